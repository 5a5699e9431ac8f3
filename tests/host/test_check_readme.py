# SPDX-License-Identifier: BSD-2-Clause
"""scripts/check-readme finds each kind of thing that a README.md could say wrongly."""

import importlib.machinery
import importlib.util
import pathlib
import sys
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
loader = importlib.machinery.SourceFileLoader('check_readme', str(TOP / 'scripts/check-readme'))
readme = importlib.util.module_from_spec(importlib.util.spec_from_loader('check_readme', loader))
loader.exec_module(readme)
import other_kernels  # noqa: E402 (found by what was loaded)

# check: (what README.md has, what it would be instead)
PLANTED = {
    'check_options': ('| `nokaslr` |', '| `nokasl` |'),
    'check_commands': ('| `poweroff` |', '| `power` |'),
    'check_verdicts': ('| `skip` | 77 |', '| `skip` | 7 |'),
    'check_targets': ('| `make dump` |', '| `make dumps` |'),
    'check_settings': ('`SMP=`', '`SMPS=`'),
    'check_files': ('`kernel/main.c`', '`kernel/mian.c`'),
    'check_granules': ('| 2 | 16 KiB | 32 MiB', '| 4 | 16 KiB | 32 MiB'),
    'check_layout': ('`0xffffd00000000000`', '`0xffffe00000000000`'),
    'check_auto': ('64K from 16 GiB', '64K from 8 GiB'),
    'check_limits': ('2 million at 8 GiB', '3 million at 8 GiB'),
    'check_comparison': ('| Granule, to its prompt | 0', '| Granule, to its prompt | 1'),
    'check_relocators': ('| `extent`, Granule |', '| `extent`, Granule | 1'),
    'check_other_kernels': ('| 5.3, 3.9, 3.4 |', '| 5.2, 3.9, 3.4 |'),
    'check_links': ('](scripts/README.md#make)', '](scripts/README.md#mike)'),
    'check_pictures': ('pictures/footprint.svg)', 'pictures/foot.svg)'),
    'check_rows': ('cfg` has about ', 'cfg` has about 6,'),
    'check_chapters': ('| 4. Translation | 1:', '| 4. Translation | 9:'),
}


ENTRY = """[a]
kernel = Linux
what = a boot
version = 6.1
configuration = none
command = none
source = {}
figures = 17 2.5
"""


class OtherKernels(unittest.TestCase):
    def faults(self, text, source='published: here', bench='', sources=()):
        return list(other_kernels.faults(ENTRY.format(source), text, bench, sources))

    def test_each_figure_has_its_entry(self):
        good = 'A boot of Linux 6.1 takes 17 million instructions, on 64 MiB, and 2.5 s.\n'
        self.assertEqual(self.faults(good), [])
        self.assertEqual(self.faults('| | Linux |\n|---|---|\n| a | 17 |\n| b | 2.5 |\n'), [])
        self.assertEqual(self.faults('| | a | b |\n|---|---|\n| Linux | 17 | 2.5 |\n| us | 1 | 2 |\n'), [])
        self.assertIn('18 of Linux', self.faults(good.replace('17', '18'))[0])
        self.assertIn('3 of Linux', self.faults(good, bench='# Peers: Linux 3.\n')[0])
        self.assertIn('9 of Linux', self.faults(good, sources=['/* Linux takes\n * 9 instructions. */'])[0])
        self.assertIn('5 of littlekernel', self.faults('Linux takes 17 and 2.5 million, littlekernel 5.')[0])
        self.assertEqual(self.faults('Linux takes 17 million.'), ['scripts/other-kernels.cfg: a: 2.5 is cited nowhere'])

    def test_what_is_not_repeatable_is_marked(self):
        text = 'Linux takes 17 million instructions, and 2.5 s.'
        self.assertEqual(len(self.faults(text, 'unknown: the release')), 2)
        self.assertEqual(self.faults(text + ' †', 'unknown: the release'), self.faults(text, 'unknown: the release'))
        self.assertEqual(self.faults(text[:-1] + ' †.', 'unknown: the release'), [])

    def test_entries_that_are_wrong(self):
        text = 'Linux takes 17 million instructions, and 2.5 s.'
        self.assertIn('a source is', self.faults(text, 'somewhere')[0])
        self.assertIn('an entry has', list(other_kernels.faults('[a]\nkernel = Linux\nfigures = 17 2.5\n', text, ''))[0])


class CheckReadme(unittest.TestCase):
    def test_each_check_is_quiet_and_then_is_not(self):
        text = readme.everything()
        self.assertEqual(sorted(PLANTED), sorted(check.__name__ for check in readme.CHECKS))
        for check in readme.CHECKS:
            was, instead = PLANTED[check.__name__]
            with self.subTest(check.__name__):
                self.assertEqual(list(check(text)), [])
                self.assertIn(was, text)
                self.assertNotEqual(list(check(text.replace(was, instead))), [])

    def test_links(self):
        page = '<!-- file: README.md -->\n# Top\n[a](mm/README.md#it-is-so)\n'
        other = '<!-- file: mm/README.md -->\n## It is: so!\n[b](../README.md) [c](https://example.org/x)\n'
        self.assertEqual(list(readme.check_links(page + other)), [])
        for was, instead in (('#it-is-so', '#it-was'), ('../README.md', '../READYOU.md'), ('[a](mm/README.md#it-is-so)', '')):
            with self.subTest(was):
                self.assertEqual(len(list(readme.check_links((page + other).replace(was, instead)))), 1)

    def test_each_readme_is_read(self):
        found = readme.readmes()
        self.assertEqual(found[0], 'README.md')
        self.assertLess({'mm/README.md', 'kernel/prompt/README.md'}, set(found))
        self.assertEqual(list(readme.pages(readme.everything())), found)

    def test_lines(self):
        truth = 'pagesize=4k requested=auto levels=4'
        self.assertTrue(readme.same_line(truth, truth, False))
        self.assertFalse(readme.same_line(truth, truth.replace('4', '3'), False))
        self.assertTrue(readme.same_line('free: 12 KiB at 0x40200000', 'free: 99 KiB at 0x48000000', False))
        self.assertFalse(readme.same_line('free: 12 KiB', 'free: 12 MiB', False))
        self.assertTrue(readme.same_line('boot 4k 1,000 ok', 'boot 4k 1,090 ok', True))
        self.assertFalse(readme.same_line('boot 4k 1,000 ok', 'boot 4k 1,200 ok', True))
        self.assertTrue(readme.same_line('Granule (gcc 12.2.0)', 'Granule (clang 14.0.6)', False))

    def test_output_is_compared(self):
        block = '<!-- output of: echo one two -->\n```\none three\n```\n'
        (_, faults), = readme.check_outputs(block)
        self.assertEqual(len(faults), 1)
        self.assertIn('one two\n```', readme.update(block + '| Granule, to its prompt | |\n'))
        (_, faults), = readme.check_outputs(block.replace('three', 'two'))
        self.assertEqual(faults, [])

    def test_no_output_is_a_fault(self):
        block = '<!-- output of: true -->\n```\n```\n'
        (_, faults), = readme.check_outputs(block)
        self.assertEqual(len(faults), 1)
        with self.assertRaises(SystemExit):
            readme.update(block)


if __name__ == '__main__':
    unittest.main()
