# SPDX-License-Identifier: BSD-2-Clause
"""Allocating by hand: alloc, free, and what each kind takes at each page size."""

import re

import console

KINDS = ('pages', 'kmalloc', 'vmalloc', 'movable', 'contig')
UNITS = {'B': 1, 'KiB': 1 << 10, 'MiB': 1 << 20, 'GiB': 1 << 30}


def number_of_bytes(text):
    number, unit = text.split()
    return float(number) * UNITS[unit]


class Alloc(console.Test):
    SETTINGS = {'MEM': '128M', 'CMDLINE': 'cma=16M'}

    def taken(self, text):
        return number_of_bytes(re.search(r'takes ([0-9.]+ \w+), .* of it unused', text)[1])

    def handle(self, text):
        return re.match(r'alloc: ([0-9]+)[: ]', text)[1]

    @console.at_each_granule
    def test_each_kind_takes_what_its_page_size_makes_of_it(self, prompt):
        page = prompt.page_bytes
        pages = -(-100000 // page)
        wants = {'pages': page << (pages - 1).bit_length(), 'vmalloc': pages * page, 'movable': pages * page,
                 'contig': pages * page, 'kmalloc': 128 << 10}
        for kind, want in wants.items():
            text = prompt.run(f'alloc {kind} 100000')
            self.assertRegex(text, rf'^alloc: [0-9]+: {kind} 100000 B at 0xffff[0-9a-f]+, physical 0x[0-9a-f]+; takes')
            if kind != 'kmalloc':
                self.assertEqual(self.taken(text), want)
            self.assertIn(text, prompt.run('alloc'))
        self.assertRegex(prompt.run('free all'), r'5 pieces of 500000 B given back, 0 of them harmed')
        self.assertRegex(prompt.run('alloc'), '^alloc: 0 held by hand: 0 B asked for, 0 B taken$')

    @console.at_each_granule
    def test_a_handle_is_given_back_once(self, prompt):
        handle = self.handle(prompt.run('alloc kmalloc 100 3'))
        prompt.run(f'free {handle}')
        self.assertIn('is no handle that is held', prompt.refuse(f'free {handle}'))
        self.assertIn('2 pieces', prompt.run('free all'))

    @console.at_each_granule
    def test_what_moves_arrives_unharmed(self, prompt):
        handle = self.handle(prompt.run('alloc movable 1M 8'))
        before = prompt.run('alloc')
        prompt.run('cma claim 16M')
        after = prompt.run('alloc')
        self.assertNotEqual(re.findall('physical 0x([0-9a-f]+)', before), re.findall('physical 0x([0-9a-f]+)', after))
        self.assertEqual(re.findall(' at 0x([0-9a-f]+)', before), re.findall(' at 0x([0-9a-f]+)', after))
        self.assertIn('1 pieces of 1 MiB given back, 0 of them harmed', prompt.run(f'free {handle}'))
        self.assertIn('7 pieces of 7 MiB given back, 0 of them harmed', prompt.run('free all'))
        prompt.run('cma release 0x47000000 16M')

    @console.at_each_granule
    def test_all_or_nothing(self, prompt):
        for kind in KINDS:
            text = prompt.refuse(f'alloc {kind} 10M 100')
            self.assertRegex(text, rf'no memory for {kind} of 10 MiB after [1-9][0-9]* of 100, which are given back: '
                                   r'(.*; )?the largest free run has [0-9.]+ \w+, of [0-9.]+ \w+ that are free')
            self.assertIn('alloc: 0 held by hand', prompt.run('alloc'))
        # It is all there again.
        prompt.run('alloc movable 100M')
        prompt.run('free all')
        prompt.run('alloc contig 48M')
        prompt.run('free all')

    @console.at_each_granule
    def test_a_failure_that_is_injected(self, prompt):
        prompt.run('inject slab:nth=5')
        self.assertIn('after 3 of 10, which are given back', prompt.refuse('alloc kmalloc 100 10'))
        prompt.run('inject all:off')
        self.assertIn('alloc: 0 held by hand', prompt.run('alloc'))

    @console.at_each_granule
    def test_long_lists_are_short(self, prompt):
        self.assertEqual(prompt.run('alloc kmalloc 40 5000').count('\n'), 1)
        self.assertEqual(prompt.run('alloc').count('\n'), 2)
        self.assertIn('5000 pieces', prompt.run('free all'))

    @console.at_each_granule
    def test_garbage_is_refused(self, prompt):
        for line in ('alloc pages', 'alloc 4K', 'alloc pages 0', 'alloc pages 4K 0', 'alloc pages 2G', 'alloc lent 4K',
                     'alloc kmalloc 0xffffffffffffffff', 'alloc vmalloc 0xffffffffffffffff', 'alloc movable 99999999P',
                     'alloc contig 17T', 'alloc pages -1', 'alloc pages 4K x', 'alloc pages 4K 1 1', 'free', 'free x',
                     'free 1 2', 'free -1', 'free 99999999999999999999', 'free 77777'):
            self.assertRegex(prompt.refuse(line), '^(alloc|free): ')
        self.assertIn('alloc: 0 held by hand', prompt.run('alloc'))


if __name__ == '__main__':
    console.main()
