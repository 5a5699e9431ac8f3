# SPDX-License-Identifier: BSD-2-Clause
"""`mem` and `blocks`: who has what of RAM, on small, usual and crowded machines."""

import re

import console

MIB = 1 << 20
BLOCK = 2 * MIB
UNITS = {'B': 1, 'KiB': 1 << 10, 'MiB': MIB, 'GiB': 1 << 30, 'TiB': 1 << 40}


def size(text):
    """Bytes, as lib/format.h prints them."""
    number, unit = text.split()
    return int(float(number) * UNITS[unit])


def owners_of(document):
    return {owner['owner']: owner['bytes'] for owner in document['owners']}


class Usual(console.Test):
    """What holds on every machine."""

    RAM = 512 * MIB

    @console.at_each_granule
    def test_ranges_cover_ram(self, prompt):
        document = prompt.json('mem --json')
        self.assertEqual(document['granule'], prompt.granule)
        self.assertEqual(document['page_bytes'], prompt.page_bytes)
        self.assertEqual(document['total_bytes'], self.RAM)
        sums, at = {}, 0x40000000
        for entry in document['ranges']:
            self.assertEqual(entry['base'], at)
            at += entry['bytes']
            sums[entry['owner']] = sums.get(entry['owner'], 0) + entry['bytes']
        self.assertEqual(at, 0x40000000 + self.RAM)
        self.assertEqual(sums, owners_of(document))
        free = sums['free'] + sums.get('free cma', 0)
        self.assertEqual(document['free_bytes'], free)
        listed = sum(entry['block_bytes'] * entry['blocks'] for entry in document['free'])
        self.assertTrue(0 <= free - listed < 8 * MIB, f'{free} bytes are free, {listed} on lists')
        self.assertEqual(document['largest_free_bytes'], max(entry['block_bytes'] for entry in document['free']))

    @console.at_each_granule
    def test_report_and_check(self, prompt):
        self.assert_lines(prompt.run('mem'), '^Memory: .*available', '^mm: reserved at boot by kernel image')

    @console.at_each_granule
    def test_by_order(self, prompt):
        text = prompt.run('mem order')
        rows = re.findall(r'^ *(\S+ [KMG]?i?B)((?: +\d+){4}) +(\S+ [KMG]?i?B) +([\d.]+)%$', text, re.M)
        self.assertTrue(rows, text)
        for block, counts, all_bytes, _ in rows:
            self.assertEqual(size(block) * sum(map(int, counts.split())), size(all_bytes))
            self.assertGreaterEqual(size(block), prompt.page_bytes)
        total = re.search(r'^free: (\S+ [KMG]?i?B), and .* hot; largest block (\S+ \S+);', text, re.M)
        self.assertEqual(sum(size(row[2]) for row in rows), size(total[1]))
        self.assertEqual(rows[-1][0], total[2])

    @console.at_each_granule
    def test_by_type(self, prompt):
        text = prompt.run('mem type')
        rows = re.findall(r'^(\w+) +(\d+) +(\S+ [KMG]?i?B) +(\S+ [KMG]?i?B)$', text, re.M)
        self.assertEqual(sum(int(row[1]) for row in rows) * BLOCK, self.RAM)
        self.assertEqual(sum(size(row[2]) for row in rows), self.RAM)
        self.assertEqual(sum(size(row[3]) for row in rows), prompt.json('mem --json')['free_bytes'])

    @console.at_each_granule
    def test_by_owner(self, prompt):
        text = prompt.run('mem owner')
        rows = re.findall(r'^(.*\S) +(\d\S* [KMG]?i?B) +([\d.]+)%$', text, re.M)
        self.assertEqual(rows[-1][0], 'sum')
        self.assertEqual(size(rows[-1][1]), self.RAM)
        self.assertEqual({row[0]: size(row[1]) for row in rows[:-1]}, owners_of(prompt.json('mem --json')))

    @console.at_each_granule
    def test_map(self, prompt):
        ranges = prompt.json('mem --json')['ranges']
        for line in 'mem map', 'mem map 0':
            rows = re.findall(r'^ *(0x\w+) to +(0x\w+) +(\S+ \S+)  (.*)$', prompt.run(line), re.M)
            told = [{'base': int(row[0], 16), 'bytes': size(row[2]), 'owner': row[3]} for row in rows]
            self.assertEqual(told, ranges)
        rows = re.findall(r'^ *(0x\w+) to +(0x\w+) ', prompt.run('mem map 1M'), re.M)
        self.assertTrue(1 < len(rows) < len(ranges))
        self.assertEqual([row[0] for row in rows[1:]], [row[1] for row in rows[:-1]])

    @console.at_each_granule
    def test_blocks(self, prompt):
        text = prompt.run('blocks')
        counts = {row[0]: int(row[1]) for row in re.findall(r'^ +(\S) +(\d+)  \S', text, re.M)}
        self.assertEqual(counts.pop('_', 0) * BLOCK, -self.RAM % (64 * BLOCK))
        self.assertEqual(sum(counts.values()) * BLOCK, self.RAM)
        self.assert_lines(text, r'^ +0x40000000 \S{64}$')
        image = [e['base'] for e in prompt.json('mem --json')['ranges'] if e['owner'] == 'kernel text'][0]
        self.assert_lines(prompt.run(f'blocks {image:#x}'), '^0x.*: the kernel|^0x.*; the kernel', '^kernel text ')

    @console.at_each_granule
    def test_a_block_adds_up(self, prompt):
        for address in 0x40000000, 0x40200000, 0x40000000 + self.RAM - 1:
            rows = re.findall(r' (\S+ \S+) in \d+ range', prompt.run(f'blocks {address:#x}'))
            self.assertEqual(sum(map(size, rows)), BLOCK)

    @console.at_each_granule
    def test_garbage_is_refused(self, prompt):
        for line in ('mem nonsense', 'mem ORDER', 'mem order type', 'mem --jso', 'mem --json --json', 'mem map x',
                     'mem map 1M 2M', 'mem map -1', 'mem map 99999999999999999999', 'mem owner 0x40000000'):
            self.assertIn('mem: ', prompt.refuse(line))
        for line in ('blocks x', 'blocks 0', 'blocks 0x40000000 1', 'blocks -1', 'blocks 0x', 'blocks 0xffffffffffffffff',
                     f'blocks {0x40000000 + self.RAM:#x}'):
            self.assertIn('blocks: ', prompt.refuse(line))


class Small(Usual):
    SETTINGS = {'MEM': '64M'}
    RAM = 64 * MIB


class Crowded(Usual):
    """All that boot reserves for, and what changes hands afterwards."""

    SETTINGS = {'INITRD': console.KERNELS, 'CMDLINE': 'cma=64M crashkernel=32M'}

    @console.at_each_granule
    def test_who_reserved(self, prompt):
        owners = owners_of(prompt.json('mem --json'))
        self.assertEqual(owners['free cma'], 64 * MIB)
        self.assertEqual(owners['crashkernel'], 32 * MIB)
        self.assertGreater(owners['initrd'], 0)
        self.assertNotIn('cma', owners)
        text = prompt.run('blocks')
        self.assert_lines(text, '^ +: +32  free, in a CMA region', '^ +R +1[6-9]  reserved at boot')
        self.assert_lines(prompt.run('mem type'), '^cma +32 +64 MiB +64 MiB$')

    @console.at_each_granule
    def test_a_claim_is_seen(self, prompt):
        before = owners_of(prompt.json('mem --json'))
        base = re.search(r' at (0x\w+)', prompt.run('cma claim 3M'))[1]
        owners = owners_of(prompt.json('mem --json'))
        self.assertEqual(owners['claimed'], 3 * MIB)
        self.assertEqual(owners['free cma'], 61 * MIB)
        self.assert_lines(prompt.run('mem map'), f'^ +{base} to .* 3 MiB  claimed$')
        self.assert_lines(prompt.run(f'blocks {base}'), ': cma; claimed', '^claimed ')
        self.assertRegex(prompt.run('blocks'), r'(?m)^ +# +2  claimed')
        prompt.run(f'cma release {base} 3M')
        self.assertEqual(owners_of(prompt.json('mem --json')), before)

    @console.at_each_granule
    def test_a_loaded_kernel_is_seen(self, prompt):
        before = prompt.json('mem --json')
        prompt.run('kexec load Image --')
        after = prompt.json('mem --json')
        self.assertGreater(owners_of(after)['claimed'], MIB)
        self.assertGreater(before['free_bytes'] - after['free_bytes'], MIB)
        self.assertEqual(before['reserved_bytes'], after['reserved_bytes'])
        prompt.run('kexec unload')
        self.assertNotIn('claimed', owners_of(prompt.json('mem --json')))


if __name__ == '__main__':
    console.main()
