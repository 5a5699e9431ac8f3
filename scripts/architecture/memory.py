# SPDX-License-Identifier: BSD-2-Clause
"""Lines of memory and what caches may hold of them: rules 1 and 5.

TCG has no caches, so this is the worst that the architecture allows: a line that was not cleaned is
only in a cache, one that was not invalidated may hide what was written past it.
"""

LINE = 64


def lines(pa, count):
    return range(pa // LINE, (pa + count + LINE - 1) // LINE)


class Memory:
    def __init__(self, fail, clean):
        self.fail = fail
        self.clean = clean        # (first, end): what a loader promises to be in memory, and nothing stale
        self.fresh = set()        # lines that no cache has a dirty copy of
        self.dropping = {}        # the same, once a DSB of that CPU comes
        self.past = {}            # lines written with the MMU off: (time, site)
        self.text = {}            # lines of instructions written: [what comes next, site, CPU that has begun]
        self.handed = {}          # lines to be read past caches, and written by them: (time, site)
        self.cleaning = {}        # those that are on their way, by that CPU
        self.copies = []          # what functions wrote for the next kernel: (pa, bytes, time)

    def store_off(self, pa, count, time, site):
        """A store with the MMU off."""
        for line in lines(pa, count):
            if line not in self.fresh and not self.is_clean(line):
                self.fail(5, f'{pa:#x} is written with the MMU off, and a cache may hold a dirty line of it: '
                          'no DC IVAC and DSB before', site)
                self.fresh.add(line)
            self.past[line] = (time, site)

    def load_off(self, pa, site):
        line = pa // LINE
        if line not in self.fresh and line not in self.past and not self.is_clean(line):
            self.fail(5, f'{pa:#x} is read with the MMU off, and a cache may have it: no DC CIVAC and DSB before', site)
            self.fresh.add(line)

    def is_clean(self, line):
        return self.clean[0] <= line * LINE < self.clean[1]

    def store_text(self, pa, count, site):
        for line in lines(pa, count):
            self.text[line] = ['DC', site, None]
            self.handed[line] = (0, site)

    def store_handed(self, pa, count, time, site):
        for line in lines(pa, count):
            self.handed[line] = (time, site)

    def dc(self, form, pa, cpu):
        line = pa // LINE
        if form in ('ivac', 'civac'):
            self.dropping[line] = cpu
            if line in self.past and self.past[line][0] <= cpu.stored:
                del self.past[line]
        if form in ('cvac', 'civac') and line in self.handed:
            self.cleaning[line] = cpu
        if form in ('cvau', 'cvac', 'civac') and line in self.text and self.text[line][0] == 'DC':
            self.text[line] = ['DSB after DC', self.text[line][1], cpu]

    def dsb(self, option, cpu):
        """It completes what this CPU did, and no other's."""
        if option == 'sy':
            for line in [line for line, by in self.dropping.items() if by is cpu]:
                self.fresh.add(line)
                del self.dropping[line]
            for line in [line for line, by in self.cleaning.items() if by is cpu]:
                self.handed.pop(line, None)
                del self.cleaning[line]
        for state in self.text.values():
            if state[2] is not cpu:
                continue
            if state[0] == 'DSB after DC' and option in ('sy', 'ish'):
                state[0] = 'IC'
            elif state[0] == 'DSB after IC':
                state[0] = 'ISB'

    def cleaned(self, cpu, site):
        """The caller relies on it from here on."""
        for line in [line for line, by in self.cleaning.items() if by is cpu]:
            self.fail(5, f'{line * LINE:#x} is not clean yet: no DSB SY after the DC', site)

    def ic(self, cpu, others_run):
        """`others_run`: it is for this CPU alone, and others are on."""
        for state in self.text.values():
            if state[0] == 'IC' and state[2] is cpu and not others_run:
                state[0] = 'DSB after IC'

    def isb(self, cpu):
        for line in [line for line, state in self.text.items() if state[0] == 'ISB' and state[2] is cpu]:
            del self.text[line]

    def mmu_on(self, site):
        for line, (_, where) in self.past.items():
            self.fail(5, f'{line * LINE:#x} was written with the MMU off, and its line was not dropped since '
                      '(DSB SY, DC IVAC, DSB SY)', where, site)
        for line in self.dropping:
            self.fail(5, f'{line * LINE:#x}: no DSB SY completes the DC', site)
        self.past.clear()
        self.dropping.clear()

    def mmu_off(self, spans, site):
        for line, (_, where) in self.handed.items():
            if any(first <= line * LINE < end for first, end in spans):
                self.fail(5, f'{line * LINE:#x} is read past the caches, and was not cleaned to PoC', where, site)

    def loaded(self, entry, devicetree, site):
        """
        What the next kernel reads with caches off: all that was written since its first byte was where
        it has to be; if that came there by a copy, since its devicetree was.
        """
        begins = [time for pa, count, time in self.copies if pa <= entry < pa + count]
        trees = [time for pa, count, time in self.copies if pa == devicetree]
        if not begins or not trees:
            self.fail(5, f'nobody is seen to write the next kernel at {entry:#x}, or its devicetree', site)
            return []
        first = min(begins[-1], trees[-1])
        return [(pa, pa + count) for pa, count, time in self.copies if time >= first]

    def fetch(self, site):
        """The kernel runs where instructions were written."""
        for missing, where, _ in self.text.values():
            self.fail(1, f'instructions were written, and are executed without {missing}', where, site)
        self.text.clear()
