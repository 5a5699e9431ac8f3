# SPDX-License-Identifier: BSD-2-Clause
"""`pt`: the live tables as ranges, address by address, and as a tree."""

import re

import console

LINEAR = 0xffff000000000000
RAM = 0x40000000


def covered(ranges):
    """The linear map's ranges as one, if they lie side by side."""
    base = end = ranges[0]['va']
    for part in ranges:
        if part['va'] != end:
            raise AssertionError(f'a gap at {end:#x}')
        end += part['bytes']
    return base, end


class Pt(console.Test):
    SETTINGS = {'MEM': '128M'}

    @console.at_each_granule
    def test_ranges_for_people(self, prompt):
        text = prompt.run('pt')
        self.assert_lines(text, '^linear map:$', f'^{LINEAR + RAM:016x}-.* rw- normal', '^frame table:$',
                          '^image, text:$', ' r-x normal', '^image, constants:$', ' r-- normal',
                          '^image, data:$', '^image, stacks:$', '^devices:$', ' rw- device$', '^tables: ')
        self.assertNotRegex(text, '[rw-]wx|no access flag|not global|shareable|/')
        self.assertLess(len(text.splitlines()), 45)

    @console.at_each_granule
    def test_ranges_for_programs(self, prompt):
        document = prompt.json('pt --json')
        self.assertEqual(document['granule'], prompt.granule)
        self.assertEqual(document['page_bytes'], prompt.page_bytes)
        self.assertEqual(document['va_bits'], 48)
        self.assertEqual(document['root_level'], 1 if prompt.granule == '64k' else 0)
        linear = [r for r in document['ranges'] if r['va'] < LINEAR + (1 << 47)]
        self.assertEqual(covered(linear), (LINEAR + RAM, LINEAR + RAM + (128 << 20)))
        for part in document['ranges']:
            self.assertIn(part['permissions'], ('rw-', 'r--', 'r-x'))
            self.assertEqual(part['bytes'] % part['leaf_bytes'], 0)
            self.assertEqual((part['va'] | part['pa']) % part['leaf_bytes'], 0)
            self.assertEqual(part['level'] == 3, part['leaf_bytes'] == prompt.page_bytes)
        for part in linear:
            self.assertEqual(part['va'] - part['pa'], LINEAR)
        devices = [r for r in document['ranges'] if r['memory'] == 'device']
        # the console's port, the GIC's distributor and the first redistributors
        self.assertEqual([r['pa'] for r in devices], [0x9000000, 0x8000000, 0x80a0000])

    @console.at_each_granule
    def test_tables_for_programs(self, prompt):
        document = prompt.json('pt --json')
        tables = document['tables']
        self.assertEqual(sum(t['bytes'] for t in tables), document['table_bytes'])
        self.assertEqual(sum(t['tables'] for t in tables), len(tables) - 1)
        leaves = sum(r['bytes'] // r['leaf_bytes'] for r in document['ranges'])
        self.assertEqual(sum(t['leaves'] for t in tables), leaves)
        for table in tables:
            self.assertEqual(table['used'], table['tables'] + table['leaves'])
            self.assertLessEqual(table['used'], table['entries'])
            self.assertEqual(table['bytes'], max(64, 8 * table['entries']))

    @console.at_each_granule
    def test_tree_of_tables(self, prompt):
        self.is_the_tree(prompt, prompt.run('pt --tables'))

    def is_the_tree(self, prompt, text):
        tables = prompt.json('pt --json')['tables']
        shown = sum(int(more or 1) for more in re.findall(r'^ *level \d at .*? entries.*?(?:; (\d+) like this)?$',
                                                          text, re.M))
        self.assertEqual(shown, len(tables))
        for level in range(tables[0]['level'], 4):
            here = [t for t in tables if t['level'] == level]
            self.assert_lines(text, rf'^tables of level {level}: {len(here)}, .*, {sum(t["used"] for t in here)} of '
                                    rf'{sum(t["entries"] for t in here)} entries used$')

    @console.at_each_granule
    def test_one_address(self, prompt):
        """In memory, after the image: of a walk, each table is where the entry before it says."""
        va = LINEAR + RAM + (48 << 20) + 0x123
        text = prompt.run(f'pt {va:#x}')
        at = int(re.search(r'^walk: TTBR1, granule (\w+), root (0x\w+)$', text, re.M)[2], 16)
        steps = re.findall(r'^  level (\d) table at (0x\w+) \[ *(\d+) of +(\d+)\] (\w{16}) (\w+) at (0x\w+)', text, re.M)
        for level, table, index, entries, entry, kind, to in steps:
            self.assertEqual(int(table, 16), at)
            self.assertLess(int(index), int(entries))
            self.assertEqual(int(entry, 16) & 0xfffffffff000, int(to, 16))
            at = int(to, 16)
        self.assertIn(kind, ('block', 'page'))
        self.assert_lines(text, rf'^pt: {va:#x} is at {va - LINEAR:#x}, by a {kind} of ', '^pt: linear map; memory: free')

    @console.at_each_granule
    def test_who_has_it(self, prompt):
        image = next(r for r in prompt.json('pt --json')['ranges'] if r['permissions'] == 'r-x')
        text = prompt.run('pt kernel_main')
        self.assert_lines(text, 'page at 0x[0-9a-f]+, r-x normal',
                          r'^pt: image, text, kernel_main\+0x0; memory: kernel text$')
        self.assertEqual(prompt.run(f'pt {LINEAR + image["pa"]:#x}').count('r-- normal'), 1)
        devices = next(r for r in prompt.json('pt --json')['ranges'] if r['memory'] == 'device')
        self.assert_lines(prompt.run(f'pt {devices["va"]}'), 'rw- device$', '^pt: devices; memory: none$')

    @console.at_each_granule
    def test_who_has_what_was_allocated(self, prompt):
        large = -(-(300 << 10) // prompt.page_bytes) * prompt.page_bytes >> 10
        # KIND SIZE, an offset in it, and whose that is.
        for what, offset, memory in (('pages 100K', 99999, 'pages, in a block of 128 KiB'),
                                     ('kmalloc 100', 0, 'heap, a slab of 4 KiB of kmalloc-112'),
                                     ('kmalloc 5000', 0, 'heap, a chunk of 8 KiB'),
                                     ('kmalloc 300K', 299 << 10, f'large kmalloc, in a block of {large} KiB'),
                                     ('movable 1', 0, f'movable pages, in a block of {prompt.page_bytes >> 10} KiB')):
            at = int(re.search(r'physical (0x\w+)', prompt.run(f'alloc {what}'))[1], 16)
            self.assert_lines(prompt.run(f'pt {LINEAR + at + offset:#x}'), f'; memory: {memory}$')
        prompt.run('free all')
        self.assert_lines(prompt.run(f'pt {LINEAR + at:#x}'), '; memory: free, in a block of ')

    @console.at_each_granule
    def test_functions_are_completed(self, prompt):
        """By the tab key; without a letter there are too many."""
        prompt.type('pt ptdump_add\t')
        self.assert_lines(prompt.run(''), r'^pt: image, text, ptdump_address\+0x0; ')

    @console.at_each_granule
    def test_what_is_not_mapped_is_an_answer(self, prompt):
        for va, why in (('0', 'walk: TTBR0 is switched off'), ('0xffffffffffff', 'walk: TTBR0 is switched off'),
                        ('0x1000000000000', 'outside both halves'), ('0x8000000000000000', 'outside both halves'),
                        ('0xfffeffffffffffff', 'outside both halves'), ('0xffffffffffffffff', ' invalid$'),
                        ('0xffff000000000000', ' invalid$')):
            self.assert_lines(prompt.run(f'pt {va}'), why, f'^pt: {int(va, 0):#x} is not mapped: an access faults$'
                              if va != '0' else '^pt: 0 is not mapped')

    @console.at_each_granule
    def test_garbage_is_refused(self, prompt):
        for word in ('0x10000000000000000', '12x', '-1', 'nobody_main', '--table', '--json=1', '64K', '0x', '18446744073709551616'):
            self.assert_lines(prompt.refuse(f'pt {word}'), f'^pt: {re.escape(word)} is no address')
        for line in ('pt 1 2', 'pt --json --tables', 'pt --tables 0'):
            self.assertIn('one address', prompt.refuse(line))


class Areas(console.Test):
    """However many there are, the list fits a screen or two."""

    SETTINGS = {'MEM': '256M'}

    @console.at_each_granule
    def test_areas_alike_share_a_line(self, prompt):
        size = prompt.page_bytes
        prompt.run(f'alloc vmalloc {size} 600')
        self.assert_lines(prompt.run('pt'), '^vmap areas:$', r' rw- normal; 600 like this$', '^tables: ')
        prompt.run('free all')

    @console.at_each_granule
    def test_areas_of_all_sizes(self, prompt):
        for i in range(1, 80):
            prompt.run(f'alloc vmalloc {(i % 2 + 1) * prompt.page_bytes}')
        text = prompt.run('pt')
        areas = text.partition('vmap areas:\n')[2].splitlines()
        self.assertLess(len(areas), 70)
        left = int(re.search(r'^and (\d+) ranges more; pt --json has all$', text, re.M)[1])
        told = sum(int((re.search(r'; (\d+) like this', line) or [0, 1])[1]) for line in areas if re.match('ffff', line))
        self.assertEqual(left + told, 79)
        prompt.run('free all')


class Large(console.Test):
    SETTINGS = {'MEM': '1T'}

    def test_tables_alike_share_a_line(self):
        prompt = self.machine('16k')
        text = prompt.run('pt --tables')
        self.assert_lines(text, ' 2048 of 2048 entries; 15 like this$')
        Pt.is_the_tree(self, prompt, text)


class CmaAndLittle(console.Test):
    SETTINGS = {'MEM': '64M', 'CMDLINE': 'cma=16M nokaslr'}

    @console.at_each_granule
    def test_memory_of_a_region(self, prompt):
        base = int(re.search(r'(0x[0-9a-f]+)', prompt.run('cma claim 1M').splitlines()[-1])[1], 16)
        self.assert_lines(prompt.run(f'pt {LINEAR + base + 0x80000:#x}'), '^pt: linear map; memory: claimed')
        prompt.run(f'cma release {base:#x} 1M')
        self.assert_lines(prompt.run(f'pt {LINEAR + base + 0x80000:#x}'), '^pt: linear map; memory: free')


if __name__ == '__main__':
    console.main()
