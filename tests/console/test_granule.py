# SPDX-License-Identifier: BSD-2-Clause
"""`granule`: the CPU, the choice, three geometries side by side; and what a workload costs at each."""

import re

import console

NAMES = list(console.GRANULES)
UNITS = {'B': 0, 'KiB': 10, 'MiB': 20, 'GiB': 30, 'TiB': 40}


def table(text):
    """The rows of the columns: [(label, [a cell a granule])]."""
    rows = [re.split(r' {2,}', line) for line in text.splitlines()]
    return [(row[0] if row[0] else row[1], row[-3:]) for row in rows if len(row) >= 4]


def to_bytes(cell):
    number, unit = cell.split()
    return int(float(number) * (1 << UNITS[unit]))


def up(size, page):
    return (size + page - 1) // page * page


def cells(text, label, skip=0):
    """What stands after the label, the skip-th time that it is there."""
    found = [row for name, row in table('\n'.join(line.strip() for line in text.splitlines())) if name == label]
    return found[skip]


class Geometry(console.Test):
    SETTINGS = {'MEM': '128M'}

    @console.at_each_granule
    def test_choice_and_columns(self, prompt):
        text = prompt.run('granule')
        self.assert_lines(text, '^cpu: QEMU max ', '^ID_AA64MMFR0_EL1: 0x[0-9a-f]+: PARange 6, TGran4 0x1, TGran16 0x2',
                          f'^pagesize={prompt.granule} requested=',
                          f'^pagesize: {prompt.granule}: the command line asks for it')
        head = re.search(r'^ +(\*?) *4k +(\*?) *16k +(\*?) *64k$', text, re.M)
        self.assertEqual([bool(star) for star in head.groups()], [name == prompt.granule for name in NAMES])
        self.assertEqual(cells(text, 'a page'), ['4 KiB', '16 KiB', '64 KiB'])
        self.assertEqual(cells(text, 'levels for 48 bits'), ['4 (0 to 3)', '4 (0 to 3)', '3 (1 to 3)'])
        self.assertEqual(cells(text, 'entries in the root'), ['512', '2', '64'])
        self.assertEqual(cells(text, 'an entry of level 2 covers'), ['2 MiB', '32 MiB', '512 MiB'])
        self.assertEqual(cells(text, 'contiguous runs of leaves', 3), ['64 KiB', '2 MiB', '2 MiB'])
        for line in text[head.start():].splitlines():
            self.assertLessEqual(len(line), 80)

    @console.at_each_granule
    def test_for_programs(self, prompt):
        document = prompt.json('granule --json')
        self.assertEqual(document['chosen'], prompt.granule)
        self.assertEqual(document['supported'], NAMES)
        self.assertEqual([g['name'] for g in document['granules']], NAMES)
        for granule in document['granules']:
            self.assertEqual(granule['page_bytes'], console.GRANULES[granule['name']])
            self.assertEqual(granule['root_level'] + granule['levels'], 4)
            self.assertEqual(granule['leaves'][-1]['bytes'], granule['page_bytes'])
            reach = granule['root_entries'] * (granule['table_bytes'] // 8) ** (granule['levels'] - 1)
            self.assertEqual(reach * granule['page_bytes'], 1 << 48)

    @console.at_each_granule
    def test_garbage_is_refused(self, prompt):
        for line, why in (('granule 4k', '4k: write granule'), ('granule --compared', '--compared: write granule'),
                          ('granule --json 1', '1: --json takes no words'), ('granule 1 2 3', '1: write granule')):
            self.assertIn(why, prompt.refuse(line))


class Compare(console.Test):
    SETTINGS = {'MEM': '128M', 'CMDLINE': 'nokaslr'}

    @console.at_each_granule
    def test_a_list(self, prompt):
        """Against the same arithmetic once more; for areas it is that of whole pages."""
        items = [(1, 4096), (1, 65536), (100, 1500), (7, 100000)]
        text = prompt.run('granule --compare 4096 64K 100x1500 7x100000')
        pages = list(console.GRANULES.values())
        held = [sum(count * up(size, page) for count, size in items) for page in pages]
        asked = sum(count * size for count, size in items)
        self.assertEqual([to_bytes(cell) for cell in cells(text, 'held')], held)
        self.assertEqual([to_bytes(cell) for cell in cells(text, 'areas: requested')], [asked] * 3)
        self.assertEqual([to_bytes(cell) for cell in cells(text, 'of it waste')], [sum_ - asked for sum_ in held])
        self.assertEqual([to_bytes(cell) for cell in cells(text, 'frame table for it')],
                         [8 * sum_ // page for sum_, page in zip(held, pages)])
        self.assertEqual([int(cell) for cell in cells(text, 'TLB entries, by page')],
                         [sum_ // page for sum_, page in zip(held, pages)])
        self.assertEqual([to_bytes(cell) for cell in cells(text, 'frame table for all RAM')],
                         [8 * (128 << 20) // page for page in pages])
        self.assertEqual(cells(text, 'reach of 48 TLB entries'), ['192 KiB, 3 MiB', '768 KiB, 96 MiB', '3 MiB, 96 MiB'])
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80)

    @console.at_each_granule
    def test_what_the_kernel_holds(self, prompt):
        """What is said of the granule that runs is what its tables map of the image, and the tree's pages."""
        text = prompt.run('granule --compare')
        held = to_bytes(cells(text, 'held')[NAMES.index(prompt.granule)])
        mapped = sum(part['bytes'] for part in prompt.json('pt --json')['ranges']
                     if 0xffff808000000000 <= part['va'] < 0xffff808000800000)
        tree = re.search(r'^memblock: reserved (0x\w+) to (0x\w+) .*, devicetree$', prompt.boot.replace('\r', ''), re.M)
        page = prompt.page_bytes
        first, end = int(tree[1], 16), int(tree[2], 16)
        # Where it moved, it lies in a page of the image's.
        moved = 'mm: the devicetree moves to ' in prompt.boot
        self.assertEqual(moved, prompt.granule == '64k')
        self.assertEqual(held, mapped + (0 if moved else up(end, page) - first // page * page))
        self.assert_lines(text, f'^now    image, stacks and devicetree, areas, heap: {4 if moved else 5} in areas;$', '^       0 in the heap, chunks not counted')

    def made(self, prompt, part):
        """(requested, held) at each granule, in a part of what was made since boot; not there: nothing yet."""
        rows = table('\n'.join(line.strip() for line in prompt.run('granule --compare').splitlines()))
        labels = [label for label, _ in rows]
        if part not in labels:
            return [0] * 3, [0] * 3
        found = rows[labels.index(part):][:2]
        self.assertEqual(found[1][0], 'held')
        return tuple([to_bytes(cell) for cell in row] for _, row in found)

    @console.at_each_granule
    def test_since_boot(self, prompt):
        """What is allocated by hand and given back adds what the same list is said to cost, at each granule."""
        lists = (('areas made: requested', 'areas: requested', 0, ('vmalloc 5000 3', 'vmalloc 100000', 'movable 70000 2'),
                  '3x5000 100000 2x70000'),
                 # Of chunks as many as fill a page of 64 KiB.
                 ('blocks made: requested', 'heap: requested', 1, ('kmalloc 200K', 'kmalloc 5000 8', 'kmalloc 100000 2'),
                  '200K 8x5000 2x100000'))
        for part, label, heap, pieces, words in lists:
            before = self.made(prompt, part)
            for piece in pieces:
                prompt.run(f'alloc {piece}')
            prompt.run('free all')
            after = self.made(prompt, part)
            cost = prompt.run(f'granule --compare {words}')
            self.assertNotIn('made', cost)
            for old, new, name, skip in (before[0], after[0], label, 0), (before[1], after[1], 'held', heap):
                grown = [now - then for then, now in zip(old, new)]
                self.assertEqual(grown, [to_bytes(cell) for cell in cells(cost, name, skip)], part)
        text = prompt.run('granule --compare')
        self.assert_lines(text, r'^made   since boot, gone or not: [1-9]\d* areas, [1-9]\d* blocks, [1-9]\d* slabs\.')
        for line in text.splitlines():
            self.assertLessEqual(len(line), 80)

    @console.at_each_granule
    def test_more_than_kmalloc_has(self, prompt):
        text = prompt.run('granule --compare 2G 10x8')
        self.assert_lines(text, '^compare: 1 of 11 are more than kmalloc has')
        self.assertEqual(cells(text, 'heap: requested'), ['80 B'] * 3)
        self.assertNotIn('heap: requested', prompt.run('granule --compare 2G'))
        prompt.run('granule --compare 16000G')

    @console.at_each_granule
    def test_garbage_is_refused(self, prompt):
        for word in ('12x', 'x12', '0', '4x0', '12x12x12', '-1', '4096B', 'lots', '--json', '64K,', '0x'):
            self.assertIn(f'{word} is no allocation', prompt.refuse(f'granule --compare 64K {word}'))
        for word in ('16T', '18446744073709551615', '99999999999999999999', '1x16384P', '9999999999999x1',
                     '18446744073709551615x18446744073709551615'):
            self.assertIn('16 TiB', prompt.refuse(f'granule --compare {word}'))
        self.assertIn('all together', prompt.refuse('granule --compare 10T 10T'))
        many = ' '.join(['1'] * 17)
        self.assertRegex(prompt.refuse(f'granule --compare {many}'), '17 sizes|more than 16 words')
        prompt.run('granule --compare ' + ' '.join(['0x4'] * 13))  # hexadecimal


class Absent(console.Test):
    SETTINGS = {'CPU': 'cortex-a72'}

    def test_of_what_the_cpu_lacks(self):
        """The columns show it, and what it would cost can be asked all the same."""
        prompt = self.machine('64k')
        self.assertEqual(cells(prompt.run('granule'), 'this CPU has it'), ['yes', 'absent', 'yes'])
        self.assertEqual(prompt.json('granule --json')['supported'], ['4k', '64k'])
        self.assertEqual(cells(prompt.run('granule --compare 1'), 'held'), ['4 KiB', '16 KiB', '64 KiB'])


if __name__ == '__main__':
    console.main()
