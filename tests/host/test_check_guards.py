# SPDX-License-Identifier: BSD-2-Clause
"""Does tests/guards.cfg still speak of the code that there is? A guard that finds no place guards nothing."""

import importlib.machinery
import importlib.util
import os
import re
import sys
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
sys.dont_write_bytecode = True
PATH = os.path.join(TOP, 'scripts/check-guards')
LOADER = importlib.machinery.SourceFileLoader('check_guards', PATH)
check_guards = importlib.util.module_from_spec(importlib.util.spec_from_loader('check_guards', LOADER))
LOADER.exec_module(check_guards)


class Guards(unittest.TestCase):
    def test_each_finds_its_one_place(self):
        guards = check_guards.read_guards()
        self.assertGreater(len(guards), 100)
        for name, guard in guards.items():
            with self.subTest(name), open(os.path.join(TOP, guard['file']), encoding='utf-8') as file:
                self.assertEqual(len(re.findall(guard['find'], file.read(), re.MULTILINE)), 1)


if __name__ == '__main__':
    unittest.main()
