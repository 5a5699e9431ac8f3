# SPDX-License-Identifier: BSD-2-Clause
"""CMA regions by hand: what is claimed and lent, what a claim then has to move, and the picture of it."""

import re

import console

MIB = 1 << 20


class Cma(console.Test):
    SETTINGS = {'MEM': '128M', 'CMDLINE': 'cma=16M'}

    def cells(self, text):
        return ''.join(re.findall(r'^ *0x[0-9a-f]+ (\S+)$', text, re.M))

    def usage(self, prompt):
        return re.search(r': ([0-9.]+ \w+) claimed, ([0-9.]+ \w+) lent, ([0-9.]+ \w+) free', prompt.run('cma')).groups()

    @console.at_each_granule
    def test_claim_and_release(self, prompt):
        self.assertEqual(prompt.run('cma list'), prompt.run('cma'))
        text = prompt.run('cma claim 3M 1M')
        at = re.search(r'3145728 bytes at (0x[0-9a-f]+)', text)[1]
        self.assertEqual(int(at, 16) % MIB, 0)
        self.assertEqual(self.usage(prompt), ('3 MiB', '0 B', '13 MiB'))
        self.assertIn('are not what was claimed', prompt.refuse(f'cma release {at} 2M'))
        prompt.run(f'cma release {at} 3M cma=')
        self.assertEqual(self.usage(prompt), ('0 B', '0 B', '16 MiB'))

    @console.at_each_granule
    def test_claims_move_what_is_lent(self, prompt):
        self.assertRegex(prompt.run('cma fill'), '^cma: cma=: lent 16 MiB, and 0 B outside of it, as handle [0-9]+; ')
        self.assertEqual(self.usage(prompt), ('0 B', '16 MiB', '0 B'))
        self.assertIn('nothing of it is free', prompt.refuse('cma fill'))
        moved = int(re.search(r'claims moved .* \(([0-9]+) pages\)', prompt.run('cma'))[1])
        at = re.search(r' at (0x[0-9a-f]+)', prompt.run('cma claim 5M'))[1]
        now = int(re.search(r'claims moved .* \(([0-9]+) pages\)', prompt.run('cma'))[1])
        self.assertEqual((now - moved) * prompt.page_bytes, 5 * MIB)
        self.assertIn('16 MiB given back that `cma fill` lent, 0 pieces of it harmed', prompt.run('cma drain'))
        prompt.run(f'cma release {at} 5M')
        self.assertEqual(self.usage(prompt), ('0 B', '0 B', '16 MiB'))
        self.assertIn('0 B given back', prompt.run('cma drain'))

    @console.at_each_granule
    def test_a_part_is_filled_and_freed_by_its_handle(self, prompt):
        text = prompt.run('cma fill cma= 3M')
        self.assertEqual(self.usage(prompt), ('0 B', '3 MiB', '13 MiB'))
        prompt.run('free ' + re.search('handle ([0-9]+)', text)[1])
        self.assertEqual(self.usage(prompt), ('0 B', '0 B', '16 MiB'))

    @console.at_each_granule
    def test_the_map_shows_who_has_what(self, prompt):
        text = prompt.run('cma map')
        unit = max(prompt.page_bytes, 32 << 10)
        self.assertIn(f'{unit >> 10} KiB a character', text)
        self.assertEqual(self.cells(text), '.' * (16 * MIB // unit))
        at = int(re.search(r' at (0x[0-9a-f]+)', prompt.run('cma claim 2M'))[1], 16)
        prompt.run('cma fill cma= 4M')
        cells = self.cells(prompt.run('cma map cma='))
        self.assertEqual(cells.count('#'), 2 * MIB // unit)
        self.assertEqual(cells[(at - 0x47000000) // unit], '#')
        self.assertEqual(cells.count('+'), 4 * MIB // unit)
        self.assertLessEqual(max(map(len, prompt.run('cma map').splitlines())), 100)
        prompt.run(f'cma release {at:#x} 2M')
        prompt.run('cma drain')

    @console.at_each_granule
    def test_garbage_is_refused(self, prompt):
        for line in ('cma x', 'cma claim', 'cma claim x', 'cma claim 0', 'cma claim 17M', 'cma claim 1M 3', 'cma claim 1M x',
                     'cma claim 1M 1M x', 'cma claim 1M 1M cma= x', 'cma release', 'cma release 0x47000000',
                     'cma release 0x47000000 1M', 'cma release x 1M', 'cma release 0x1 x', 'cma fill x', 'cma fill cma= 0',
                     'cma fill cma= 17M', 'cma fill cma= x', 'cma fill cma= 1M x', 'cma drain x', 'cma map x', 'cma map cma= x'):
            self.assertRegex(prompt.refuse(line), '^cma: ')
        self.assertRegex(prompt.refuse('cma claim 2M 1T'), 'its 16777216 bytes at .* hold no 2097152 at a multiple of 1099511627776;')
        self.assertEqual(self.usage(prompt), ('0 B', '0 B', '16 MiB'))


class NoRegion(console.Test):
    SETTINGS = {'MEM': '64M'}

    @console.at_each_granule
    def test_without_a_region(self, prompt):
        self.assertEqual(prompt.run('cma'), 'cma: there is no region\n')
        for line in ('cma claim 1M', 'cma fill', 'cma map', 'cma release 0 1M'):
            self.assertIn('no default region', prompt.refuse(line))
        prompt.run('cma drain')


if __name__ == '__main__':
    console.main()
