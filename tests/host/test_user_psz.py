# SPDX-License-Identifier: BSD-2-Clause
"""psz's table, and whether the comparison with it can fail."""

import pathlib
import re
import sys
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / 'tests/user'))
import psz_compare  # noqa: E402 (found by the line above)


def printed(size='16k', **changes):
    """As psz prints it, on the kernel of the table, but for changes."""
    lines = [f'{name}\t{changes.get(name, value)}' for name, value in psz_compare.golden(size)]
    return 'the kernel says\tsomething\nand more\n' + '\r\n'.join(lines) + '\n'


class Compare(unittest.TestCase):
    def test_same(self):
        for size in psz_compare.SIZES:
            self.assertEqual(psz_compare.compare(printed(size), size), (87, [], []))

    def test_each_size_is_told_from_the_others(self):
        for size in psz_compare.SIZES:
            for other in psz_compare.SIZES:
                self.assertEqual(bool(psz_compare.compare(printed(size), other)[1]), size != other)

    def test_any_fact_that_differs_is_found(self):
        for name, _ in psz_compare.golden('4k'):
            if name not in psz_compare.LOOSE and name != 'smaps':
                _, wrong, _ = psz_compare.compare(printed('4k', **{name: 'another value'}), '4k')
                self.assertEqual([fact for fact, _ in wrong], [name])

    def test_loose(self):
        changes = {'AT_HWCAP': '0x1', 'maps lines / not page aligned': '7 / 0'}
        self.assertEqual(psz_compare.compare(printed(**changes), '16k'), (87, [], []))
        changes = {'AT_HWCAP': 'none', 'maps lines / not page aligned': '7 / 1'}
        self.assertEqual(len(psz_compare.compare(printed(**changes), '16k')[1]), 2)

    def test_missing(self):
        right, wrong, missing = psz_compare.compare(printed(AT_CLKTCK='-'), '16k')
        self.assertEqual((right, wrong, missing), (86, [], ['AT_CLKTCK']))

    def test_too_few_and_too_many(self):
        text = printed()
        cut = text[:text.index('mremap addr')]
        self.assertEqual(psz_compare.compare(cut, '16k')[1], [('mremap addr+4096', 'nothing stands in its place')])
        self.assertEqual(len(psz_compare.compare(text + 'another\tfact\n', '16k')[1]), 1)
        self.assertEqual(psz_compare.compare('', '16k')[0], 0)
        self.assertTrue(psz_compare.compare('', '16k')[1])

    def test_program_and_table_have_the_same_facts(self):
        """In the program's sources each name stands as a string."""
        sources = ''.join(path.read_text() for path in sorted((TOP / 'tests/user').glob('psz*.c')))
        strings = set(re.findall(r'"([^"\n]*)"', sources))
        self.assertEqual([name for name, _ in psz_compare.golden('4k') if name not in strings], [])


if __name__ == '__main__':
    unittest.main()
