# SPDX-License-Identifier: BSD-2-Clause
"""scripts/trial/compare.py: what is chance, what is not, and how a difference is shown."""

import pathlib
import random
import sys
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / 'scripts'))
from trial.compare import LINES_MAX, Template  # noqa: E402 (found by the line above)


def text(*lines):
    return ''.join(f'{line}\n' for line in lines)


class Compare(unittest.TestCase):
    def same(self, first, second, *others):
        template = Template(first, [second])
        for run in (first, second, *others):
            self.assertTrue(template.same(run), (first, second, run))
        return template

    def other(self, first, second, *others):
        template = Template(first, [second])
        for run in others:
            self.assertFalse(template.same(run), (first, second, run))
            self.assertNotEqual(template.difference(run, ('a', 'b')), [])
        return template

    def test_nothing_is_chance(self):
        for run in ('', 'a', 'a\n', 'a\nb\n', '\n'):
            self.same(run, run)
            self.other(run, run, run + 'x', run + '\n', 'x' + run)

    def test_a_number_for_a_number(self):
        template = self.same('pid 7 of 3\n', 'pid 8 of 3\n', 'pid 123 of 3\n')
        self.assertEqual(list(template.chance()), [(1, 'pid <number> of 3')])
        self.other('pid 7 of 3\n', 'pid 8 of 3\n', 'pid 7 of 4\n', 'pid x of 3\n', 'pid 7 of 3\npid 7 of 3\n')

    def test_fractions_and_units_belong_to_the_number(self):
        self.same('0.5 s\n', '0.7 s\n', '12.25 s\n')
        self.same('0.5s\n', '0.7s\n', '3.25s\n')
        self.same('12:00:01\n', '12:00:02\n', '13:59:59.25\n')

    def test_addresses(self):
        self.same('at 0xffff1000\n', 'at 0xffffa000\n', 'at 0x1\n')
        self.same('ffff1000-ffff2000 r\n', 'ffffa000-ffffb000 r\n', '10000-20000 r\n')
        self.other('at 0xffff1000\n', 'at 0xffffa000\n', 'at here\n')

    def test_columns(self):
        self.same('  7 ms\n', ' 12 ms\n', '123 ms\n')

    def test_a_hole_is_at_its_place_only(self):
        self.other(text('7', '4096'), text('8', '4096'), text('9', '16384'))

    def test_order(self):
        self.same(text('a', 'b', 'c'), text('b', 'a', 'c'), text('c', 'b', 'a'))
        self.other(text('a', 'b', 'c'), text('b', 'a', 'c'), text('a', 'b', 'd'), text('a', 'b', 'c', 'c'))

    def test_lines_that_come_and_go(self):
        template = self.same(text('a', 'x', 'b', 'c'), text('a', 'b', 'c'), text('a', 'q', 'r', 's', 'b', 'c'))
        self.assertEqual([line for line, _ in template.chance()], [2])
        self.other(text('a', 'x', 'b', 'c'), text('a', 'b', 'c'), text('a', 'b', 'd'), text('b', 'c'), text('a', 'b'))
        template = self.same(text('a', 'b'), text('a', 'x', 'b'), text('a', 'y', 'z', 'b'))
        self.assertEqual(len(list(template.chance())), 1)

    def test_a_third_run_teaches_more(self):
        template = Template('a 1\nb 1\n', ['a 2\nb 1\n', 'a 1\nb 2\n'])
        self.assertTrue(template.same('a 3\nb 4\n'))

    def test_text_without_end(self):
        self.same('pid 7', 'pid 8', 'pid 9')
        self.other('pid 7', 'pid 7', 'pid 7\n')

    def test_much(self):
        many = text(*range(LINES_MAX + 1))
        self.same(many, many)
        template = self.other(many, many, many + 'x\n')
        self.assertIn('+x', template.difference(many + 'x\n', ('a', 'b')))
        self.same(many, many.replace('77\n', '99\n', 1))
        # So long, and of another length each time: nothing is compared, and that is said.
        template = self.same(many, many + 'x\n', 'y\n')
        self.assertEqual(len(list(template.chance())), LINES_MAX + 2)

    def test_a_difference_is_shown_without_chance(self):
        template = Template(text('pid 7', 'page 4096', 'end'), [text('pid 8', 'page 4096', 'end')])
        self.assertEqual(template.difference(text('pid 9', 'page 65536', 'end'), ('a', 'b')),
                         ['--- a', '+++ b', '@@ -1,3 +1,3 @@', ' pid <number>', '-page 4096', '+page 65536', ' end'])

    def test_what_was_learnt_is_always_the_same(self):
        for seed in range(300):
            chance = random.Random(seed)
            def some():
                return text(*(chance.choice(('a', 'b 1', 'b 2', 'b 0x3', '', 'c d', 'c  d')) for _ in range(chance.randrange(6))))
            runs = [some() for _ in range(3)]
            with self.subTest(seed=seed):
                template = Template(runs[0], runs[1:])
                for run in runs:
                    self.assertTrue(template.same(run), runs)


if __name__ == '__main__':
    unittest.main()
