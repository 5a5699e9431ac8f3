#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""scripts/mkrelocs.py, fed with what readelf prints."""

import os
import subprocess
import unittest

SCRIPT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..', 'scripts', 'mkrelocs.py')

SYMBOL = '   7: ffff808000060000     0 NOTYPE  GLOBAL HIDDEN     3 _data\n'


def pointer(offset, kind='R_AARCH64_RELATIVE'):
    return f'{0xffff808000060000 + offset:016x}  0000000000000403 {kind}   -7f7ffffaff10\n'


def make(text):
    """(the map's words, what was said)"""
    done = subprocess.run([SCRIPT], input=text, capture_output=True, encoding='utf-8', check=False)
    words = [int(line.split()[1], 16) for line in done.stdout.splitlines() if line.startswith('\t.xword')]
    count = [int(line.split()[1], 16) for line in done.stdout.splitlines() if line.startswith('\t.long')]
    assert done.returncode != 0 or count == [len(words)]
    return words, done.stderr


class Map(unittest.TestCase):
    def test_no_input_is_an_empty_map(self):
        self.assertEqual(make(''), ([], ''))

    def test_a_bit_for_each_pointer(self):
        rows = [pointer(8 * n) for n in (0, 3, 63, 64, 200)]
        self.assertEqual(make(''.join(reversed(rows)) + SYMBOL), ([1 << 63 | 0b1001, 1, 0, 1 << 8], ''))

    def test_what_reloc_apply_cannot_do(self):
        for rows, why in ((pointer(8, 'R_AARCH64_ABS64') + SYMBOL, 'does not know'),
                          (pointer(4) + SYMBOL, 'not aligned'),
                          (pointer(-8) + SYMBOL, 'not in the data'),
                          (pointer(8), 'no symbol _data')):
            words, said = make(rows)
            self.assertEqual(words, [])
            self.assertIn(why, said)


if __name__ == '__main__':
    unittest.main()
