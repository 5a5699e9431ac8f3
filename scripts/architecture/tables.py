# SPDX-License-Identifier: BSD-2-Clause
"""Translation tables as walkers may see them: rules 2, 3, 4, and 7's entries.

A shadow of what is stored tells which tables a live root leads to. An entry of those that goes invalid
owes a TLBI (Broken), one that goes valid a DSB and an ISB (Made). Debts are due when the code that
writes tables is left. Sections are the Arm ARM's (DDI 0487, J.a).
"""

import dataclasses

VALID, TABLE, AP_EL0, NG, CONTIG = 1, 2, 1 << 6, 1 << 11, 1 << 52
ADDRESS = 0x0000fffffffff000
# "Use of break-before-make when updating translation table entries" doesn't name these: who may do
# what (AP, PXN, UXN), the access and dirty state (AF, DBM), and what hardware ignores.
IN_PLACE = 3 << 6 | 1 << 10 | 1 << 51 | 3 << 53 | 0xf << 55
CONTIG_SHIFT = {12: {3: 4, 2: 4, 1: 4}, 14: {3: 7, 2: 5}, 16: {3: 5, 2: 5}}
LAST = 3


@dataclasses.dataclass
class Table:
    """A table that a live root leads to; `base` is the first address that it maps."""
    pa: int
    end: int
    level: int
    base: int
    shift: int
    half: int
    root: int
    asid: int = 0           # that its walks are under; 0: the kernel's

    def span(self):
        return 1 << self.shift + (LAST - self.level) * (self.shift - 3)


@dataclasses.dataclass
class Debt:
    """An entry that changed: [va, va + span), by the store of `site` at `time`."""
    va: int
    span: int
    leaf: bool
    time: int
    site: int
    cpu: object
    asid: int = 0
    is_global: bool = True
    shift: int = 12
    level: int = LAST
    pa: int = 0             # of the table that it pointed to
    why: str = 'no TLBI'
    flushed: int = 0        # when a TLBI for it was issued
    done: int = 0           # and completed


class Tables:
    def __init__(self, fail, memory_type=lambda entry: 'Normal'):
        self.fail, self.memory_type = fail, memory_type
        self.pages = {}       # 4K page: {address: value} of what was stored
        self.stored = {}      # 4K page: (time, CPU) of the last store
        self.live = {}        # 4K page: [Table]
        self.broken = {}      # address of an entry: Debt
        self.made = {}        # address of an entry: (time, site, CPU)
        self.runs = set()     # those that changed: (first entry, count, level, bytes of an entry, CPU)
        self.uncached = {}    # address of a leaf whose memory isn't cached: (table, pa, bytes, type)
        self.copied = {}      # 4K page whose content was moved there, and that no entry maps yet: time
        self.filled = {}      # the same of what is made for a program to find there: (time, CPU)

    def read(self, pa):
        return self.pages.get(pa >> 12, {}).get(pa, 0)

    def put(self, cpu, pa, value, time):
        self.pages.setdefault(pa >> 12, {})[pa] = value
        self.stored[pa >> 12] = time, cpu

    def copy(self, pa, count, time):
        """Content, to where an entry will point."""
        self.copied.update((page, time) for page in range(pa >> 12, (pa + count + 0xfff) >> 12))

    def fill(self, cpu, pa, count, time):
        """Content of a page that may become a program's."""
        self.filled.update((page, (time, cpu)) for page in range(pa >> 12, (pa + count + 0xfff) >> 12))

    def clear(self, cpu, pa, count, time):
        """Zeros, by a function that isn't watched inside."""
        for page in range(pa >> 12, (pa + count + 0xfff) >> 12):
            first, end = max(pa, page << 12), min(pa + count, (page + 1) << 12)
            words = self.pages.get(page)
            if words and end - first < 0x1000:
                for at in [at for at in words if first <= at < end]:
                    del words[at]
            else:
                self.pages[page] = {}
            self.stored[page] = time, cpu

    def table_of(self, pa):
        for table in self.live.get(pa >> 12, ()):
            if table.pa <= pa < table.end:
                return table
        return None

    # ---- which tables there are ----

    def add(self, pa, level, base, shift, half, root, count=0, site=0, asid=0):
        """A table, and those below it, can be walked from now on. Yields the tables."""
        table = Table(pa, pa + (8 * count or 1 << shift), level, base, shift, half, root, asid)
        for page in range(pa >> 12, (table.end + 0xfff) >> 12):
            self.live.setdefault(page, []).append(table)
        yield table
        for at, value in self.entries(table):
            if level == LAST or value & 3 != 3:
                self.check_leaf(table, at, value, site)
            else:
                index = (at - pa) >> 3
                yield from self.add(value & ADDRESS, level + 1, base + index * table.span(), shift, half, root, site=site,
                                    asid=asid)

    def below(self, half, root):
        """Those that walks from a root come to."""
        return list({id(table): table for tables in self.live.values() for table in tables
                     if (table.half, table.root) == (half, root)}.values())

    def entries(self, table):
        return [(at, value) for page in range(table.pa >> 12, (table.end + 0xfff) >> 12)
                for at, value in self.pages.get(page, {}).items() if table.pa <= at < table.end and value & VALID]

    def stores_to(self, table):
        """The last one of each of its pages: (time, CPU)."""
        pages = range(table.pa >> 12, (table.end + 0xfff) >> 12)
        return [self.stored[page] for page in pages if page in self.stored]

    def drop(self, keep):
        """Only tables that `keep` says yes to are walked any more."""
        for page in list(self.live):
            self.live[page] = [table for table in self.live[page] if keep(table)]
            if not self.live[page]:
                del self.live[page]

    def drop_below(self, pa):
        for table in list(self.live.get(pa >> 12, ())):
            if table.pa != pa:
                continue
            for _, value in self.entries(table):
                if value & 3 == 3 and table.level < LAST:
                    self.drop_below(value & ADDRESS)
            for page in range(pa >> 12, (table.end + 0xfff) >> 12):
                if table in self.live.get(page, ()):
                    self.live[page].remove(table)

    # ---- changes ----

    def store(self, cpu, pa, value, time, site):
        old = self.read(pa)
        self.put(cpu, pa, value, time)
        table = self.table_of(pa)
        if not table or old == value:
            return
        level, span = table.level, table.span()
        va = table.base + ((pa - table.pa) >> 3) * span
        leaf = level == LAST or value & 3 != 3
        what = f'the entry of level {level} for {va & (1 << 64) - 1:#x}'
        if old & VALID:
            self.break_entry(table, pa, old, value, Debt(va, span, True, time, site, cpu, table.asid), what)
        elif value & VALID:
            debt = self.broken.get(pa)
            if debt and not debt.done:
                self.fail(2, f'{what} is made before it was broken: {debt.why}', site, debt.site)
            elif debt and debt.cpu is cpu and debt.done > cpu.context:
                self.fail(2, f'{what} is made, and no ISB came after the TLBI that broke it', site, debt.site)
            self.broken.pop(pa, None)
            self.made[pa] = (time, site, cpu)
        if value & VALID and not leaf:
            for below in self.add(value & ADDRESS, level + 1, va, table.shift, table.half, table.root, site=site,
                                  asid=table.asid):
                if any(time > writer.ordered for time, writer in self.stores_to(below)):
                    self.fail(3, f'{what} points to a table whose content is not ordered before it: no DMB or DSB', site)
        if value & VALID and leaf:
            self.show_content(cpu, table, value & ADDRESS, span, what, site)
            self.check_leaf(table, pa, value, site)
        self.note_run(cpu, table, pa, old | value)

    def check_leaf(self, table, at, value, site):
        """A leaf that walks come to. All that a space has is its own, what EL0 has, and what it may not touch now."""
        if (value & AP_EL0 or table.asid) and not value & NG:
            va = table.base + ((at - table.pa) >> 3) * table.span()
            self.fail(7, f"the entry of level {table.level} for {va & (1 << 64) - 1:#x} is a user's, and global", site)
        self.check_type(table, at, value, site)

    # ---- memory that is mapped as two types: rule 5 ----

    def output(self, table, value):
        """(first, end, type) of the memory that a leaf maps."""
        first = value & ADDRESS & -table.span()
        return first, first + table.span(), self.memory_type(value)

    def check_type(self, table, at, value, site):
        first, end, kind = self.output(table, value)
        for other_at, (other, from_, to, other_kind) in list(self.uncached.items()):
            if self.table_of(other_at) is not other or not self.read(other_at) & VALID:
                del self.uncached[other_at]
            elif first < to and from_ < end and kind != other_kind:
                self.fail(5, f'{max(first, from_):#x}: mapped as {kind} and as {other_kind}', site)
        if kind == 'Normal':
            return
        self.uncached[at] = table, first, end, kind
        for live in {id(table): table for tables in self.live.values() for table in tables}.values():
            for _, entry in self.entries(live):
                from_, to, other_kind = self.output(live, entry)
                if (live.level == LAST or entry & 3 != 3) and first < to and from_ < end and kind != other_kind:
                    self.fail(5, f'{max(first, from_):#x}: mapped as {kind} and as {other_kind}', site)

    def show_content(self, cpu, table, pa, span, what, site):
        """Another thread finds it by the entry alone: nothing else tells it when the content is there."""
        for page in [page for page in self.copied if pa >> 12 <= page < (pa + span) >> 12]:
            if self.copied.pop(page) > cpu.ordered:
                self.fail(3, f'{what} points to content that is not ordered before it: no DMB or DSB', site)
        for page in range(pa >> 12, (pa + span) >> 12) if table.asid else ():
            time, maker = self.filled.pop(page, (0, cpu))
            if time > maker.ordered:
                self.fail(3, f'{what} points to content that is not ordered before it: no DMB or DSB', site)

    def break_entry(self, table, pa, old, value, debt, what):
        old_leaf = table.level == LAST or old & 3 != 3
        debt.leaf, debt.pa = old_leaf, 0 if old_leaf else old & ADDRESS
        # What walk caches have of a table is under an ASID, whatever its leaves are.
        debt.is_global, debt.shift, debt.level = old_leaf and not old & NG, table.shift, table.level
        in_place = value & VALID and old_leaf and not (old ^ value) & ~IN_PLACE and not (old | value) & CONTIG
        if value & VALID and not in_place:
            self.fail(2, f'{what} goes from one valid value to another: {old:#x}, {value:#x}', debt.site)
        if not old_leaf:
            self.drop_below(old & ADDRESS)
        self.broken[pa] = debt

    def note_run(self, cpu, table, pa, bits):
        shift = CONTIG_SHIFT[table.shift].get(table.level)
        if bits & CONTIG and shift:
            count = 1 << shift
            first = table.pa + ((pa - table.pa) >> 3) // count * count * 8
            self.runs.add((first, count, table.level, table.span(), cpu))

    # ---- what is done about them ----

    def flush(self, cpu, tlbi, time):
        """
        Other CPUs have to be reached, whether they are on or not: any may be started that has something
        left of an earlier time (<arch/tlb.h> promises it), and may have run the same program.
        """
        for debt in self.broken.values():
            if debt.cpu is not cpu or debt.flushed or not tlbi.touches(debt.va, debt.span):
                continue
            lacking = tlbi.lacks(debt)
            if debt.time > cpu.completed:
                debt.why = 'no DSB between the store and the TLBI'
            elif lacking:
                debt.why = lacking
            else:
                debt.flushed, debt.why = time, 'the TLBI is not completed by a DSB'

    def complete(self, cpu, time):
        """A DSB: returns whether any TLBI was waited for."""
        waited = False
        for debt in self.broken.values():
            if debt.cpu is cpu and debt.flushed and not debt.done:
                debt.done, waited = time, True
        return waited

    def free(self, pa, site):
        for debt in self.broken.values():
            if debt.pa == pa and not debt.done:
                self.fail(2, f'the table at {pa:#x} is freed before its pointer was broken: {debt.why}', site, debt.site)
        for table in self.live.pop(pa >> 12, ()):
            if table.pa == pa:
                self.fail(2, f'a table is freed that TTBR{table.half} leads to, or walk caches have: {pa:#x}', site)

    def settle_broken(self, cpu, site, of_programs):
        for pa, debt in list(self.broken.items()):
            if debt.cpu is cpu and of_programs == bool(debt.asid):
                if not debt.done:
                    whose = f' of ASID {debt.asid}' if debt.asid else ''
                    self.fail(2, f'{debt.va & (1 << 64) - 1:#x}{whose} was changed: {debt.why}', debt.site, site)
                del self.broken[pa]

    def settle_programs(self, cpu, site):
        """
        What this CPU changed in spaces is due: memory is given back that they had, a program goes on, or
        another has its turn. Not before: pages go in batches, which have one DSB each.
        """
        self.settle_broken(cpu, site, True)

    def settle(self, cpu, site):
        """Who changed tables returns: every debt is due, but for those of programs."""
        self.settle_broken(cpu, site, False)
        for pa, (time, where, maker) in list(self.made.items()):
            if maker is not cpu:
                continue
            if time > cpu.completed:
                self.fail(3, 'an entry was made, and no DSB came after it', where, site)
            elif time > cpu.context:
                self.fail(3, 'an entry was made, and no ISB came after it', where, site)
            del self.made[pa]
        for first, count, level, span, changer in list(self.runs):
            if changer is cpu:
                if self.table_of(first):
                    self.check_run(first, count, level, span, site)
                self.runs.remove((first, count, level, span, changer))

    def check_run(self, first, count, level, span, site):
        """All of a run or none has the hint, alike but for ascending addresses."""
        values = [self.read(first + 8 * i) for i in range(count)]
        hinted = [value for value in values if value & VALID and value & CONTIG]
        if hinted and any(value != values[0] + i * span for i, value in enumerate(values)):
            self.fail(4, f'{len(hinted)} of {count} entries of a run of level {level} have the hint, or differ', site)
