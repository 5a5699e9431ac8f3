# SPDX-License-Identifier: BSD-2-Clause
"""scripts/run-tests and scripts/rows.py, with guests made of shell script.

    python3 -m unittest discover -s tests/host

A fake qemu-system-aarch64 stands first in PATH; what a row gives as its command line is the shell
script that this fake runs, so every way in which a guest can go wrong is one line here. What is
checked is first of all that each of them is called wrong: a runner that can't fail tests nothing.
"""

import os
import pathlib
import stat
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as xml

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / 'scripts'))
import rows  # noqa: E402 (found by the line above)

FAKE_QEMU = r'''#!/bin/sh
# One line from the console, which ends with a carriage return, into $line.
type_in()
{
    line=
    while key=$(dd bs=1 count=1 2>/dev/null | tr '\r' '.'); [ "$key" != . ]; do
        line=$line$key
    done
}
while [ "$1" != -append ]; do
    shift || exit 3
done
eval "$2"
'''

KTAP = "echo KTAP version 1; echo 1..2; echo ok 1 one; echo ok 2 two '# SKIP no such CPU'; "
PASS = 'echo verdict: pass'


class FakeGuests(unittest.TestCase):
    """Run rows of a config in a temporary directory, with the fake."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        fake = self.folder / 'bin/qemu-system-aarch64'
        fake.parent.mkdir()
        fake.write_text(FAKE_QEMU)
        fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
        (self.folder / 'Image').write_text('not read by the fake')

    def run_config(self, text, *options):
        config = self.folder / 'rows.cfg'
        config.write_text(f"[defaults]\nkernel = {self.folder / 'Image'}\ntimeout = 5\n{text}")
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return subprocess.run([sys.executable, TOP / 'scripts/run-tests', '--rows', config,
                               '--build', self.folder / 'build', *options],
                              env={**os.environ, 'PATH': path}, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              check=False)

    def green(self, guest, more=''):
        done = self.run_config(f'[row]\ncmdline = {guest}\n{more}')
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn('1 passed, 0 failed', done.stdout)
        return done.stdout

    def red(self, guest, why, more='', outcome='fail'):
        done = self.run_config(f'[row]\ncmdline = {guest}\n{more}')
        self.assertEqual(done.returncode, 124 if outcome == 'hang' else 1, done.stdout)
        self.assertIn(why, done.stdout)
        self.assertIn(f'{outcome} 1', done.stdout)
        self.assertIn('0 passed, 1 failed', done.stdout)
        return done.stdout


class Verdicts(FakeGuests):
    def test_each_verdict_with_its_status(self):
        for verdict, status in rows.STATUS.items():
            with self.subTest(verdict):
                self.green(f'echo verdict: {verdict}; exit {status}', f'expect = {verdict}')

    def test_carriage_returns_and_trailing_empty_lines(self):
        self.green(r"printf 'hello\r\nverdict: pass\r\n\r\n'")

    def test_no_verdict_although_status_is_0(self):
        self.red('echo all is well', "the last line is no 'verdict", outcome='no verdict')

    def test_no_output_at_all(self):
        self.red('exit 0', "the last line is no 'verdict", outcome='no verdict')

    def test_something_after_the_verdict(self):
        self.red(f'{PASS}; echo oops', "the last line is no 'verdict", outcome='no verdict')

    def test_unknown_verdict(self):
        self.red('echo verdict: splendid', "the last line is no 'verdict", outcome='no verdict')

    def test_verdict_inside_a_line(self):
        self.red('echo the verdict: pass', "the last line is no 'verdict", outcome='no verdict')

    def test_every_other_verdict_than_the_expected(self):
        names = {'skip': 'no granule'}
        for expected in rows.STATUS:
            for verdict, status in rows.STATUS.items():
                if verdict != expected:
                    with self.subTest(expected=expected, verdict=verdict):
                        self.red(f'echo verdict: {verdict}; exit {status}',
                                 f'verdict {verdict} instead of {expected}', f'expect = {expected}',
                                 names.get(verdict, verdict))

    def test_status_that_contradicts_the_verdict(self):
        self.red(f'{PASS}; exit 1', 'exit status 1 instead of 0')
        self.red('echo verdict: panic; exit 0', 'exit status 0 instead of 1', 'expect = panic')
        self.red('echo verdict: skip; exit 0', 'exit status 0 instead of 77', 'expect = skip')

    def test_status_given_by_the_row(self):
        self.green('echo verdict: skip; exit 0', 'expect = skip\nstatus = 0')
        self.red('echo verdict: skip; exit 77', 'exit status 77 instead of 0',
                 'expect = skip\nstatus = 0')

    def test_another_verdict_that_is_as_good(self):
        kvm = 'or = skip\nstatus = 0\nmust = granule\nktap = yes'
        self.green('echo verdict: skip', kvm)
        self.green(KTAP + 'echo granule; ' + PASS, kvm)
        self.red(KTAP + PASS, 'not on the console: granule', kvm)
        self.red('echo verdict: panic; exit 0', 'verdict panic instead of pass', kvm, 'panic')
        self.red('echo verdict: skip; exit 77', 'exit status 77 instead of 0', kvm)

    def test_qemu_killed_by_a_signal(self):
        self.red(f'{PASS}; kill -SEGV $$', 'exit status -11 instead of 0')

    def test_hang(self):
        self.red('sleep 60', 'no end after 0.3 s', 'timeout = 0.3', 'hang')

    def test_hang_after_the_verdict(self):
        self.red(f'{PASS}; sleep 60', 'no end after 0.3 s', 'timeout = 0.3', 'hang')

    def test_hang_of_a_child_with_the_console_open(self):
        self.red('sleep 60 & wait', 'no end after 0.3 s', 'timeout = 0.3', 'hang')

    def test_console_flood_is_stopped(self):
        self.red('while :; do echo again and again and again and again; done',
                 'no end of its console', 'timeout = 60', 'hang')

    def test_output_that_is_not_text(self):
        self.green(r"printf '\377\000\033[1m\n'; " + PASS)
        self.red(r"printf '\377\000\033[1m\n'", "the last line is no", outcome='no verdict')
        xml.parse(self.folder / 'build/junit-rows.xml')


class Console(FakeGuests):
    def test_must(self):
        self.green(f'echo pagesize=64k; {PASS}', 'must = ^pagesize=64k$')
        self.red(f'echo pagesize=16k; {PASS}', 'not on the console: ^pagesize=64k$',
                 'must = ^pagesize=64k$')

    def test_every_must_counts(self):
        self.red(f'echo one; {PASS}', 'not on the console: two', 'must = one\n    two')

    def test_mustnot(self):
        self.green(PASS, 'mustnot = WARNING')
        self.red(f'echo a WARNING: b; {PASS}', "on the console: 'WARNING: b'", 'mustnot = WARNING.*')

    def test_substitution(self):
        self.green(f'echo pagesize=16k on cortex-a35; {PASS}',
                   'pagesize =\ncpu = cortex-a35\nvar.what = 16k\nmust = ^pagesize=<what> on <cpu>$')


class Ktap(FakeGuests):
    ask = 'ktap = yes'

    def test_complete(self):
        self.assertIn('2 tests in guests', self.green(KTAP + PASS, self.ask))

    def test_lines_between(self):
        self.green('echo hello; echo KTAP version 1; echo noise; echo 1..1; echo "# diagnostic"; '
                   f'echo noise; echo ok 1 one; echo noise; {PASS}', self.ask)

    def test_not_ok(self):
        self.red(f'echo KTAP version 1; echo 1..2; echo ok 1 one; echo not ok 2 two; {PASS}',
                 'not ok 2 two', self.ask)

    def test_not_ok_counts_in_a_row_that_did_not_ask(self):
        self.red(f'echo KTAP version 1; echo 1..1; echo not ok 1 one; {PASS}', 'not ok 1 one')

    def test_no_report(self):
        self.red(PASS, "0 lines 'KTAP version 1'", self.ask)

    def test_two_reports(self):
        self.red(KTAP + KTAP + PASS, "2 lines 'KTAP version 1'", self.ask)

    def test_no_plan(self):
        self.red(f'echo KTAP version 1; echo ok 1 one; {PASS}', 'KTAP: no plan', self.ask)

    def test_plan_of_nothing(self):
        self.red(f'echo KTAP version 1; echo 1..0; {PASS}', 'a plan of no tests', self.ask)

    def test_short_of_the_plan(self):
        self.red(f'echo KTAP version 1; echo 1..3; echo ok 1 one; {PASS}',
                 'KTAP: plan 1..3, but 1 results', self.ask)

    def test_more_than_the_plan(self):
        self.red(f'echo KTAP version 1; echo 1..1; echo ok 1 one; echo ok 2 two; {PASS}',
                 'KTAP: plan 1..1, but 2 results', self.ask)

    def test_numbers_out_of_order(self):
        self.red(f'echo KTAP version 1; echo 1..2; echo ok 2 one; echo ok 1 two; {PASS}',
                 'not in order', self.ask)

    def test_the_same_number_twice(self):
        self.red(f'echo KTAP version 1; echo 1..2; echo ok 1 one; echo ok 1 one; {PASS}',
                 'not in order', self.ask)

    def test_plan_at_the_end(self):
        self.red(f'echo KTAP version 1; echo ok 1 one; echo 1..1; {PASS}', 'comes after results',
                 self.ask)

    def test_test_on_the_command_line_asks_for_a_report(self):
        for word in ('test', 'test=a,b'):
            with self.subTest(word):
                self.red(f': {word} ; {PASS}', "0 lines 'KTAP version 1'")
                self.green(f': {word} ; {PASS}', 'ktap = no')


class Input(FakeGuests):
    prompt = r"printf 'granule> '; type_in; "
    answer = r"echo; echo I was told $line; "

    def test_lines_are_typed_one_per_prompt(self):
        self.green(2 * (self.prompt + self.answer) + PASS,
                   'input =\n    one\n    two\nmust = told one\n    told two')

    def test_nothing_is_typed_ahead(self):
        drain = 'timeout 0.3 cat >/dev/null; '
        self.green(self.prompt + self.answer + drain + self.prompt + self.answer + PASS,
                   'input =\n    one\n    two\nmust = told two')

    def test_echo_of_what_was_typed(self):
        guest = self.prompt + 'echo $line; ' + self.answer
        self.green(guest + guest + PASS, 'input =\n    one\n    two\nmust = told two')

    def test_nothing_is_typed_without_a_prompt(self):
        self.red('type_in; ' + self.answer + PASS, 'no end after',
                 'input = one\ntimeout = 0.3', 'hang')

    def test_a_prompt_too_many(self):
        self.red(2 * self.prompt + PASS, 'no end after', 'input = one\ntimeout = 0.3', 'hang')

    def test_guest_that_dies_before_it_reads(self):
        self.red(r"printf 'granule> '; sleep 0.1; echo oops", 'the last line is no', 'input = one',
                 'no verdict')


class Runner(FakeGuests):
    two = f'[a]\ncmdline = {PASS}\n[b]\ncmdline = echo verdict: fail; exit 1\n'

    def test_one_wrong_row_is_enough(self):
        done = self.run_config(self.two)
        self.assertEqual(done.returncode, 1)
        self.assertIn('1 passed, 1 failed', done.stdout)

    def test_selection(self):
        self.assertEqual(self.run_config(self.two, '-k', '^a$').returncode, 0)
        self.assertEqual(self.run_config(self.two, '-k', '^b$').returncode, 1)
        self.assertNotEqual(self.run_config(self.two, '-k', 'nothing').returncode, 0)

    def test_no_rows_is_a_failure(self):
        self.assertNotEqual(self.run_config('').returncode, 0)

    def test_list_runs_nothing(self):
        done = self.run_config(self.two, '--list')
        self.assertEqual(done.returncode, 0)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertFalse((self.folder / 'build').exists())

    def test_kernel_that_is_not_there(self):
        (self.folder / 'Image').unlink()
        self.red(PASS, "Image isn't there", outcome='not started')

    def test_logs_and_repeat_command(self):
        done = self.run_config(self.two)
        self.assertRegex(done.stdout, r'again: (GRANULE_BUILD=\S+ )?scripts/run ')
        log = (self.folder / 'build/test-logs/b.log').read_text()
        self.assertIn('verdict: fail', log)
        self.assertRegex(log, r'# (GRANULE_BUILD=\S+ )?scripts/run ')

    def test_what_qemu_says_is_in_the_log(self):
        self.red('echo no such machine >&2; exit 1', 'no such machine', outcome='no verdict')

    def test_junit(self):
        self.run_config(self.two)
        suite = xml.parse(self.folder / 'build/junit-rows.xml').getroot()
        self.assertEqual((suite.get('tests'), suite.get('failures')), ('2', '1'))
        self.assertEqual([case.get('name') for case in suite if case.find('failure') is not None],
                         ['b'])

    def test_junit_has_the_lines_of_the_console(self):
        self.run_config("[a]\ncmdline = printf 'one\\r\\ntwo\\r\\r\\nthree\\033\\r\\n'")
        text = xml.parse(self.folder / 'build/junit-rows.xml').getroot().find('testcase/failure').text
        self.assertEqual(text.split('\n')[1:], ['one', 'two', 'three?', ''])

    def test_rows_run_at_the_same_time(self):
        # Each waits for the other's file: one after the other, neither would end.
        touch = 'touch {0}; while [ ! -e {1} ]; do sleep 0.02; done; ' + PASS
        one, two = self.folder / 'one', self.folder / 'two'
        done = self.run_config(f'[a]\ncmdline = {touch.format(one, two)}\n'
                               f'[b]\ncmdline = {touch.format(two, one)}\n', '-j', '2')
        self.assertEqual(done.returncode, 0, done.stdout)


class Config(unittest.TestCase):
    def wrong(self, text, why):
        with self.assertRaisesRegex(rows.BadConfig, why):
            rows.read(text)

    def test_cross_product(self):
        table = rows.read('[a]\npagesize = 4k 16k 64k\ncpu = max cortex-a53\nmem = 1G\n')
        self.assertEqual(len(table), 6)
        self.assertEqual(table[0].name, 'a/4k-max')
        self.assertEqual(table[5].settings, {'PAGESIZE': '64k', 'CPU': 'cortex-a53', 'MEM': '1G'})

    def test_override(self):
        table = rows.read('[a]\npagesize = 4k 16k\ncpu = max cortex-a53\n'
                          '[a when pagesize=16k cpu=cortex-a53|cortex-a72]\nexpect = skip\n')
        self.assertEqual([row.expect for row in table], ['pass', 'pass', 'pass', 'skip'])
        self.assertEqual([row.status for row in table], [0, 0, 0, 77])

    def test_override_of_an_axis_shows_in_the_name(self):
        table = rows.read('[a]\nmem = 64M 1T\n[a when mem=1T]\nmem = 1023G\n')
        self.assertEqual(table[1].settings['MEM'], '1023G')
        self.assertEqual(table[1].name, 'a/1023G')

    def test_override_for_all_blocks(self):
        table = rows.read('[a]\ncpu = max\n[b]\ncpu = cortex-a53\n[* when cpu=max]\nstatus = 5\n')
        self.assertEqual([row.status for row in table], [5, 0])

    def test_axis_of_its_own(self):
        table = rows.read('[a]\naxis.fault = text stack\ncmdline = run="fault <fault>"\n'
                          'expect = panic\nvar.what = write\nmust = <what>\n'
                          '[a when fault=stack]\nvar.what = overflow\n')
        self.assertEqual([row.name for row in table], ['a/text', 'a/stack'])
        self.assertEqual(table[1].settings['CMDLINE'], 'run="fault stack"')
        self.assertEqual([row.must for row in table], [['write'], ['overflow']])

    def test_command_lines_are_lines(self):
        table = rows.read('[a]\ncmdline =\n    run="a; b" x\n    pagesize=4K\n')
        self.assertEqual([row.settings['CMDLINE'] for row in table], ['run="a; b" x', 'pagesize=4K'])

    def test_several_cpus_where_none_are_named(self):
        table = rows.read('[a]\ntimeout = 5\n[b]\nsmp = 1 8\ntimeout = 5\n[c]\nmachine = raspi3b\n'
                          '[d]\nmem = 1G 2G\n[d when mem=2G]\nsmp = 2\n', 4)
        self.assertEqual([row.settings.get('SMP') for row in table], ['4', '1', '8', None, '4', '2'])
        self.assertEqual([row.timeout for row in table], [20, 5, 5, 30, 120, 30])
        self.assertEqual([row.name for row in table], ['a', 'b/smp.1', 'b/smp.8', 'c', 'd/1G', 'd/2G'])

    def test_fill(self):
        row = rows.read('[a]\ncmdline = a <fill 3000>\n')[0]
        self.assertEqual(len(row.settings['CMDLINE']), 3002)

    def test_what_is_wrong_is_refused(self):
        self.wrong('[a]\ncpus = 2\n', 'no such key')
        self.wrong('[a]\nexpect = good\n', 'one of pass')
        self.wrong('[a]\nktap = maybe\n', 'yes or no')
        self.wrong('[a]\nmem = much\n', 'a number and M, G or T')
        self.wrong('[a]\nmust = (\n', 'unterminated')
        self.wrong('[a]\ncpu = max\ncpu = max\n', 'already exists')
        self.wrong('[a]\n[a]\n', 'already exists')
        self.wrong('[a b]\n', 'a section is')
        self.wrong('[a]\n[a when much]\n', 'KEY=VALUE')
        self.wrong('[a]\n[a when much=x]\n', 'matches no row')
        self.wrong('[a]\nmem = 64M 64M\n', 'two rows')

    def test_override_that_matches_nothing_is_refused(self):
        self.wrong('[a]\ncpu = max\n[a when cpu=cortex-a53]\nexpect = skip\n', 'matches no row')
        self.wrong('[a]\ncpu = max\n[b when cpu=max]\nexpect = skip\n', r'there is no \[b\]')

    def test_the_matrix_itself(self):
        table = rows.read((TOP / 'tests/matrix.cfg').read_text(encoding='utf-8'))
        self.assertEqual({row.expect for row in table} & {'pass', 'skip', 'usage', 'panic'},
                         {'pass', 'skip', 'usage', 'panic'})

    def test_the_other_tables(self):
        for name in ('core', 'kvm'):
            with self.subTest(name):
                self.assertTrue(rows.read((TOP / f'tests/{name}.cfg').read_text(encoding='utf-8')))


if __name__ == '__main__':
    unittest.main()
