# SPDX-License-Identifier: BSD-2-Clause
"""The log: from the boot stage's first line to the report of a panic, with stamps and without."""

import re

import console

STAMP = r'\[ *[0-9]+\.[0-9]{6}\] '


def bare(text):
    return re.sub(f'^{STAMP}', '', text, flags=re.M)


def boot_lines(prompt):
    """What the console showed of the boot."""
    text = re.sub('\r+\n', '\n', prompt.boot)
    return text[text.index('Granule '):text.index('Type `help`')]


class Dmesg(console.Test):
    SETTINGS = {'MEM': '128M'}

    @console.at_each_granule
    def test_has_all_lines_of_the_boot(self, prompt):
        text = prompt.run('dmesg')
        for line in text.splitlines():
            self.assertRegex(line, f'^{STAMP}')
        self.assertEqual(bare(text), boot_lines(prompt))
        self.assert_lines(text, f'^{STAMP}pagesize={prompt.granule} requested={prompt.granule} ')
        times = [float(s) for s in re.findall(r'^\[ *([0-9.]+)\]', text, re.M)]
        self.assertEqual(times, sorted(times))
        # Answers aren't in it.
        prompt.run('help')
        self.assertEqual(prompt.run('dmesg'), text)

    @console.at_each_granule
    def test_count(self, prompt):
        lines = prompt.run('dmesg').splitlines()
        self.assertEqual(prompt.run('dmesg 3').splitlines(), lines[-3:])
        self.assertEqual(prompt.run('dmesg 0x1').splitlines(), lines[-1:])
        self.assertEqual(prompt.run('dmesg 18446744073709551615').splitlines(), lines)

    @console.at_each_granule
    def test_refuses(self, prompt):
        before = prompt.run('dmesg')
        for words in ('0', '-1', '3x', 'all', '--clean', '18446744073709551616'):
            self.assertIn(f'dmesg: "{words}" is no number of lines', prompt.refuse(f'dmesg {words}'))
        for words in ('3 4', '--clear 4', '3 --clear'):
            self.assertIn('is too much', prompt.refuse(f'dmesg {words}'))
        self.assertEqual(prompt.run('dmesg'), before)


class Clear(console.Test):
    SETTINGS = {'MEM': '128M'}

    @console.at_each_granule
    def test_clear_and_panic(self, prompt):
        boot = boot_lines(prompt).splitlines()
        self.assertEqual(prompt.run('dmesg --clear'), '')
        self.assertEqual(prompt.run('dmesg'), '')
        text = prompt.run_to_end('fault panic')
        self.assertNotIn(boot[-1], text)
        self.assertRegex(text, r'\nverdict: panic\n$')


class Panic(console.Test):
    SETTINGS = {'MEM': '128M'}

    @console.at_each_granule
    def test_a_panic_tells_what_was_before(self, prompt):
        boot = boot_lines(prompt).splitlines()
        text = prompt.run_to_end('fault panic')
        report = re.search(r'^log: the last ([0-9]+) lines:\n((?:  .*\n)+)verdict: panic\n$', text, re.M)
        self.assertIsNotNone(report, text)
        lines = [re.sub(f'^  {STAMP}', '', line) for line in report[2].splitlines()]
        self.assertEqual(int(report[1]), len(lines))
        self.assertEqual(lines, boot[-20:])


class NoStamps(console.Test):
    SETTINGS = {'MEM': '128M', 'CMDLINE': 'printk.time=0'}

    @console.at_each_granule
    def test_none_anywhere(self, prompt):
        self.assertEqual(prompt.run('dmesg'), boot_lines(prompt))
        text = prompt.run_to_end('fault panic')
        self.assertIn('\n  pagesize=' if len(boot_lines(prompt).splitlines()) <= 20 else '\n  mm: ', text)
        self.assertNotRegex(text, STAMP)


class StampsOnTheConsole(console.Test):
    SETTINGS = {'MEM': '128M', 'CMDLINE': 'printk.time=1'}

    @console.at_each_granule
    def test_each_line_has_its_own(self, prompt):
        boot = re.sub('\r+\n', '\n', prompt.boot)
        boot = boot[boot.index('['):boot.index('Type `help`')]
        self.assertEqual(prompt.run('dmesg'), boot)
        self.assertNotRegex(prompt.run('help'), STAMP)
        text = prompt.run_to_end('fault panic')
        self.assert_lines(text, f'^{STAMP}Kernel panic - not syncing: fault_panic')
        self.assertRegex(text, r'\nverdict: panic\n$')


if __name__ == '__main__':
    console.main()
