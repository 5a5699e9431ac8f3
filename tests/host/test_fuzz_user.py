# SPDX-License-Identifier: BSD-2-Clause
"""scripts/fuzz-user: what of a console is a failure."""

import importlib.machinery
import importlib.util
import os
import sys
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
sys.dont_write_bytecode = True
LOADER = importlib.machinery.SourceFileLoader('fuzz_user', os.path.join(TOP, 'scripts/fuzz-user'))
fuzz_user = importlib.util.module_from_spec(importlib.util.spec_from_loader('fuzz_user', LOADER))
LOADER.exec_module(fuzz_user)

WELL = ('hostile[1]: there is no system call 700: ENOSYS\r\nhostile: 9 calls did something\r\nhostile: 20 calls, seed 5\r\n'
        'hostile: 21 calls, seed 6\r\nMemory: 1K/2K available\r\nverdict: pass\r\n')


class Judge(unittest.TestCase):
    def test_well(self):
        self.assertEqual(fuzz_user.judge(WELL, [5, 6]), '')

    def test_wrong(self):
        for before, after, said in (('pass', 'panic', "it ends with 'verdict: panic'"), ('verdict: pass\r\n', '', 'it ends with'),
                                    ('Memory', 'hostile: brk with 0xffff800000000000: 0\r\nMemory', 'hostile: brk with'),
                                    ('Memory', 'exec: /hostile: exit status 1, pages of 4k\r\nMemory', 'exec: /hostile: exit'),
                                    ('Memory', 'mm_check: buddy: B1, at 0\r\nMemory', 'mm_check: '), ('seed 6', 'seed 60', 'seed 6 did not end')):
            self.assertIn(said, fuzz_user.judge(WELL.replace(before, after), [5, 6]))

    def test_pages_are_of_sizes_that_the_kernel_has(self):
        line = fuzz_user.cmdline('16k', [1, 2, 3, 4], 5)
        self.assertEqual([word for word in line.split() if word.startswith('--')], ['--pagesize=16k', '--pagesize=64k'] * 2)
        self.assertIn('hostile 4 5s 4 &; wait; mem; poweroff"', line)


if __name__ == '__main__':
    unittest.main()
