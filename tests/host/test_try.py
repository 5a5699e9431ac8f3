# SPDX-License-Identifier: BSD-2-Clause
"""scripts/try, with a machine that only says what the kernel would: each exit status, and what is packed and printed."""

import json
import os
import pathlib
import resource
import signal
import sys
import time
import unittest
import xml.etree.ElementTree as xml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from fake_programs import PASS, SIZES, Programs, console, elf, line, one_run  # noqa: E402 (found by the line above)

WELL = ('hello\\n', {})
SEGV = ('hel', {'signal': 11, 'reasons': ['segment 1 is aligned to 4096 bytes only']})


def missing(influenced):
    return {'missing': [{'call': 'socket', 'number': 198, 'count': 3, 'influenced': influenced}]}


class Verdicts(Programs):
    """Each exit status, by what the machine says."""

    def test_well(self):
        self.say(console(*[('hello\\n', {'peak_rss_bytes': 311296, 'faults': 1234})] * 4))
        text = self.try_hello()
        self.assertIn('hello: well at 4k, 16k and 64k\n', text)
        self.assertRegex(text, r'peak memory +304 KiB +304 KiB +304 KiB')
        self.assertRegex(text, r'faults +1,234 ')
        self.assertIn('Granule 0.1; calls that it lacks: none', text)
        self.assertNotIn('CPUs', text)
        self.assertNotIn('-smp', self.arguments())

    def test_another_ending_at_a_size(self):
        self.say(console(WELL, WELL, WELL, SEGV))
        text = self.try_hello(status=1)
        self.assertIn('differs by page size: it ends with 0 at 4k and 16k, with 139 (SIGSEGV) at 64k\n', text)
        self.assertIn('What the kernel says of it:\n  at 64k: segment 1 is aligned', text)
        self.assertRegex(text, r'The end of stdout at 64k:\n  hel\n')

    def test_other_output_at_a_size(self):
        self.say(console(WELL, WELL, WELL, ('hullo\\n', {})))
        text = self.try_hello(status=1)
        self.assertIn('what it prints at 64k is not what it prints at 4k', text)
        self.assertIn('\n  -hello\n  +hullo\n', text)

    def test_output_to_another_descriptor(self):
        self.say(console(WELL, WELL, WELL, ('hello\\n', {'errors': 'oh\\n'})))
        self.assertIn('stderr differs', self.try_hello(status=1))

    def test_fails_alike(self):
        self.say(console(*[('', {'exit': 3})] * 4))
        self.assertIn('fails at 4k, 16k and 64k alike: it ends with 3 at', self.try_hello(status=3))
        self.say(console(*[('', {'signal': 6})] * 4))
        self.assertIn('134 (SIGABRT)', self.try_hello(status=3))

    def test_fails_everywhere_but_not_alike(self):
        self.say(console(('', {'exit': 3}), ('', {'exit': 3}), ('', {'exit': 4}), ('', {'exit': 3})))
        self.try_hello(status=1)

    def test_what_is_expected(self):
        self.say(console(*[('', {'exit': 3})] * 4))
        self.assertIn('it ends with 3 at 4k, 16k and 64k, as expected', self.try_hello('--expect', '3'))
        self.assertIn('instead of with 4', self.try_hello('--expect', '4', status=3))
        jemalloc = console(WELL, WELL, ('bad size\\n', {'signal': 6}), ('bad size\\n', {'signal': 6}))
        self.say(jemalloc.replace(one_run('16k', 'bad size\\n', signal=6), one_run('16k', 'bad size\\n', signal=6) * 2))
        # The first size of each expected status runs twice, and is what the others are compared with.
        self.assertIn('with 0 at 4k, with 134 (SIGABRT) at 16k and 64k, as expected', self.try_hello('--expect', '0,134,134'))

    def test_a_missing_call(self):
        harmless, other = missing(False), missing(True)
        self.say(console(*[('', other)] * 4))
        self.assertIn('calls that it lacks: socket (12 times)', self.try_hello())
        self.say(console(*[('', {'exit': 1, **harmless})] * 4))
        self.assertIn('socket (12 times, harmless)', self.try_hello(status=3))
        self.say(console(*[('', {'exit': 1, **other})] * 4))
        self.assertIn('it called what Granule lacks, and that may be why: socket', self.try_hello(status=77))
        self.say(console(('a', other), ('a', {}), ('a', {}), ('b', {})))
        self.try_hello(status=77)
        # That of a run that is well says nothing about one that ends without any.
        self.say(console(('a', other), ('a', {}), ('a', {}), ('', {'signal': 11})))
        self.try_hello(status=1)
        self.say(console(('a', {}), ('a', {}), ('a', other), ('a', {'signal': 11})))
        self.try_hello(status=1)
        # If nothing is said about its harm it may have done some.
        self.say(console(*[('', {'exit': 1, 'missing': [{'call': 'call_999'}]})] * 4))
        self.assertIn('call_999 (4 times)', self.try_hello(status=77))

    def test_refused_by_the_kernel(self):
        self.say(console(WELL, WELL, WELL, ('', {'why': 'this CPU has no 64k'})))
        self.assertIn("can't be judged: at 64k it could not be started: this CPU has no 64k", self.try_hello(status=77))
        # Without a beginning, too.
        self.say(console(WELL, WELL, WELL, end=line('refused', run=4, pagesize='64k', why='no memory') + PASS))
        self.assertIn('no memory', self.try_hello(status=77))

    def test_chance(self):
        self.say(console(WELL, ('', {'exit': 1}), WELL, WELL))
        self.assertIn('two runs at 4k end differently, with 0 and 1', self.try_hello(status=77))

    def test_timeout(self):
        late = ('hel', {'signal': 9, 'timed_out': True})
        self.say(console(WELL, WELL, WELL, late))
        self.assertIn('hello: timeout: no end in time at 64k', self.try_hello(status=124))
        self.say(console(*[late] * 4).replace('"signal": 9, ', ''))
        self.assertIn('no end in time at 4k, 16k and 64k', self.try_hello(status=124))
        self.say(console(('', {**missing(True), **late[1]}), late, late, late))
        self.try_hello(status=77)

    def test_without_end_of_output(self):
        big = '\r\n'.join(['@o1 ' + 1000 * 'x'] * 18000)
        self.say(console(WELL, WELL, WELL, WELL).replace('@o1 hello\\n', big, 1))
        self.assertIn('at 4k it prints more to stdout than is kept', self.try_hello(status=77))


class Broken(Programs):
    """What is the kernel's fault is never called the program's."""

    def broken(self, why, *words, environment=None):
        got, out, errors = self.run_try(*words, self.hello, environment=environment or {})
        self.assertEqual(got, 125, out + errors)
        self.assertRegex(out, rf'hello: no result, by no fault of its own: .*{why}')
        return out

    def test_panic(self):
        panic = 'Kernel panic - not syncing: space_map: oops\r\nverdict: panic\r\n'
        self.say(console(WELL, WELL, end=line('begin', run=3, pagesize='16k') + panic), 'exit 1')
        text = self.broken('Granule panicked: space_map: oops')
        self.assertIn("The end of the kernel's log:\n  Granule 0.1\n  Kernel panic", text)

    def test_a_machine_that_is_lost(self):
        self.say(console(WELL, WELL, end=''))
        self.broken('ended without a verdict; it said last: Granule 0.1')
        self.say('', 'kill -KILL $$')
        self.broken('QEMU was ended by signal 9')
        self.say('qemu-system-aarch64: Could not open Image\n', 'exit 1')
        self.broken('Could not open Image')
        self.say('', 'exit 0')
        self.broken('it said last: nothing')

    def test_another_verdict(self):
        self.say(console(WELL, WELL, WELL, WELL, end='verdict: fail\r\n'), 'exit 1')
        self.broken('the verdict is fail, and the status 1')
        self.say(console(WELL, WELL, WELL, WELL), 'exit 1')
        self.broken('the verdict is pass, and the status 1')

    def test_runs_that_are_missing(self):
        self.say(console(WELL, WELL, WELL))
        self.broken('3 of 4 runs ended')
        self.say(console(WELL, WELL, WELL, end=line('begin', run=4, pagesize='64k') + PASS))
        self.broken('3 of 4 runs ended')

    def test_a_machine_that_says_no_more(self):
        slow = {'GRANULE_TIMEOUT_FACTOR': '0.01'}
        self.say(console(WELL, WELL, end=line('begin', run=3, pagesize='16k')), 'sleep 60')
        self.broken('Granule did not end the run at 16k by its time limit', '--timeout', '1', environment=slow)
        self.say('', 'sleep 60')
        self.broken('did not come to the next run', environment=slow)
        self.say(console(WELL, end='Kernel panic - not syncing: x'), 'sleep 60')
        self.broken('Granule panicked: x', environment=slow)

    def test_what_is_no_protocol(self):
        begin = line('begin', run=1, pagesize='4k')
        for text, why in ((begin + '@o1 a\\q\r\n', 'output that is no output'), (begin + '@o1 \\x0g\r\n', 'no output'),
                          ('@o1 x\r\n', 'while none ran'), ('@end {"pagesize":"4k","exit":0}\r\n', 'had not begun'),
                          (begin + '@end {"pagesize":"4k"\r\n', 'no JSON'), (begin + '@end\r\n', 'no JSON'),
                          (begin + '@end [1]\r\n', 'no JSON'), (begin + line('end', pagesize='4k'), 'without one'),
                          (begin + line('end', pagesize='4k', exit=-1), 'without one'),
                          (begin + line('end', pagesize='4k', exit=1, signal=1), 'without one'),
                          (begin + line('end', pagesize='4k', exit=0, waste_bytes='x'), 'number of bytes'),
                          (begin + line('end', pagesize='4k', exit=0, missing=['x']), 'list of calls'),
                          (begin + begin, 'had ended'), (line('begin', pagesize='64k'), 'at 64k instead of 4k'),
                          (console(WELL, WELL, WELL, WELL, end=begin), 'more runs than the 4')):
            with self.subTest(text):
                self.say(text + PASS)
                self.broken(why)

    def test_a_log_without_end(self):
        self.say('', 'yes')
        self.broken('no end')

    def test_no_qemu(self):
        (self.folder / 'bin/qemu-system-aarch64').unlink()
        (self.folder / 'bin/python3').symlink_to(sys.executable)
        out = self.broken('package qemu-system-arm', environment={'PATH': str(self.folder / 'bin')})
        self.assertIn('Granule 0.1 (gcc)', out)

    def test_no_kernel(self):
        self.broken("none isn't there: make makes it", environment={'GRANULE_KERNEL': str(self.folder / 'none')})


class Output(Programs):
    def test_garbage_on_the_console_is_the_log(self):
        noise = b'\xff\xfe\0@noise\r\n@\r\nx@end {}\r\n \r\n'
        self.say(noise + console(WELL, WELL, WELL, WELL).encode().replace(b'@o1', noise + b'@o1') + b'\r\n')
        status, out, errors = self.run_try('-v', self.hello)
        self.assertEqual(status, 0, out)
        self.assertIn('@noise', errors)
        self.assertNotIn('\0', errors)

    def test_any_bytes(self):
        run = ('\\x00\\xff\\x1b[2J\\\\ \\t\\r\\n  @end', {})
        self.say(console(run, run, run, run))
        document = json.loads(self.try_hello('--json'))
        self.assertEqual(document['sizes'][0]['runs'][0]['stdout'], '\0\\xff\x1b[2J\\ \t\r\n  @end')
        self.say(console(run, run, run, ('\\x00\\xff\\x1b[3J\\xc3\\xa9\\n', {})))
        text = self.try_hello(status=1)
        self.assertIn('+\\x00\\xff\\x1b[3Jé\n', text)
        self.assertNotRegex(text, '[\0\x1b]')

    def test_no_line_end(self):
        self.say(console(('a', {}), ('a', {}), ('a\\n', {}), ('a', {})))
        self.assertIn('-a (no end of line)', self.try_hello(status=1))

    def test_what_differs_from_run_to_run_is_passed_over(self):
        runs = [(f'pid {n} at {n:x}fff000\\n{100 - n}.5 ms\\n', {}) for n in (9, 10, 11, 12)]
        self.say(console(*runs))
        text = self.try_hello()
        self.assertIn('Not compared, since it differs between runs at 4k, too:\n  stdout, line 1: pid <number> at <hex>\n', text)

    def test_pages_count_although_process_numbers_do_not(self):
        self.say(console(*[(f'{n}\\n{size}\\n', {}) for n, size in ((7, 4096), (8, 4096), (9, 4096), (10, 65536))]))
        text = self.try_hello(status=1)
        self.assertIn(' <number>\n  -4096\n  +65536\n', text)

    def test_nothing_to_compare_is_no_sameness(self):
        self.say(console(('a/b\\n', {}), ('c\\n', {}), ('d\\n', {}), ('e e\\n', {})))
        text = self.try_hello()
        self.assertRegex(text, r'output +4 B +not compared +not compared\n')
        self.assertIn('Not compared, since it differs between runs at 4k, too:\n  stdout, line 1: a/b\n', text)

    def test_masks(self):
        self.say(console(*[(f'page: {size}\\n', {}) for size in (4096, 4096, 16384, 65536)]))
        self.try_hello(status=1)
        self.try_hello('--mask', 'page: [0-9]+')

    def test_a_long_difference_is_cut(self):
        self.say(console(WELL, WELL, WELL, (''.join(f'{n}\\n' for n in range(900)), {})))
        text = self.try_hello(status=1)
        self.assertRegex(text, r'\n  \.\.\. and 8\d\d more lines\n')


class Shapes(Programs):
    def setUp(self):
        super().setUp()
        self.say(console(WELL, WELL, WELL, ('hu|l`lo\\n', {'signal': 11, **missing(False)})))

    def test_json(self):
        document = json.loads(self.try_hello('--json', status=1))
        self.assertEqual((document['verdict'], document['status'], document['version']), ('differs', 1, '0.1'))
        self.assertEqual([size['size'] for size in document['sizes']], ['4k', '16k', '64k'])
        self.assertEqual([len(size['runs']) for size in document['sizes']], [2, 1, 1])
        last = document['sizes'][2]
        self.assertEqual((last['well'], last['differs']), (False, ['stdout']))
        self.assertEqual((last['runs'][0]['signal'], last['runs'][0]['status']), (11, 139))
        self.assertEqual(document['missing'], [{'call': 'socket', 'count': 3, 'influenced': False}])

    def test_cpus(self):
        self.assertRegex(self.try_hello('--smp', '4', status=1), r'\nCPUs +4 +4 +4\n')
        self.assertEqual(self.after('-smp'), '4')
        self.assertEqual(json.loads(self.try_hello('--smp', '2', '--json', status=1))['cpus'], 2)
        self.assertEqual(self.after('-smp', 2), '2')

    def test_json_of_what_never_ran(self):
        status, out, _ = self.run_try('--json', self.program('x', b''))
        self.assertEqual((status, json.loads(out)['verdict'], json.loads(out)['sizes']), (77, 'unjudged', []))

    def test_markdown(self):
        text = self.try_hello('--markdown', status=1)
        self.assertIn('### hello: differs by page size: it ends with 0 at 4k and 16k', text)
        self.assertIn('|  | 4k | 16k | 64k |\n|---|--:|--:|--:|\n| status | 0 | 0 | 139 (SIGSEGV) |', text)
        self.assertIn('```diff\n', text)
        self.assertIn('+hu|l`lo\n', text)

    def junit(self, *words, status):
        report = self.folder / 'junit.xml'
        self.run_try('--junit', report, *words, self.hello)
        suite = xml.parse(report).getroot()
        cases = {case.get('name'): case for case in suite}
        self.assertEqual(suite.get('tests'), '3')
        self.assertEqual(list(cases), ['4k', '16k', '64k'])
        return suite, cases

    def test_junit(self):
        suite, cases = self.junit(status=1)
        self.assertEqual((suite.get('failures'), suite.get('errors'), suite.get('skipped')), ('1', '0', '0'))
        self.assertEqual((len(cases['4k']), len(cases['64k'])), (0, 1))
        self.assertIn('SIGSEGV', cases['64k'].find('failure').get('message'))

    def test_junit_of_other_outcomes(self):
        self.say(console(WELL, WELL, WELL, WELL))
        self.assertEqual(self.junit(status=0)[0].get('failures'), '0')
        self.say(console(*[('\\x07', {'exit': 1, **missing(True)})] * 4))
        suite, cases = self.junit(status=77)
        self.assertEqual(suite.get('skipped'), '3')
        self.assertIn('socket', cases['4k'].find('skipped').get('message'))
        self.say('Kernel panic - not syncing: x\r\nverdict: panic\r\n', 'exit 1')
        self.assertEqual(self.junit(status=125)[0].get('errors'), '3')


class Packed(Programs):
    """What the guest is given."""

    def setUp(self):
        super().setUp()
        self.say(console(WELL, WELL, WELL, WELL))

    def test_arguments_environment_and_input(self):
        status, out, errors = self.run_try('--env', 'A=b=c', '--env', 'HOME=/x', '--stdin', self.hello, '--', self.hello,
                                           '--json', 'a b', '-v', '--', 'é')
        self.assertEqual(status, 0, out + errors)
        folder = self.unpacked()
        self.assertEqual((folder / '.try/run').read_bytes().decode().split('\0'),
                         ['/bin/hello', '--json', 'a b', '-v', '--', 'é', '', 'PATH=/usr/bin:/bin', 'HOME=/x', 'A=b=c', '', ''])
        self.assertEqual((folder / '.try/stdin').read_bytes(), elf())
        self.assertEqual((folder / 'bin/hello').read_bytes(), elf())
        self.assertEqual((folder / 'bin/hello').stat().st_mode & 0o777, 0o755)

    def test_the_command_line(self):
        self.run_try('--timeout', '7', '--layout', 'compact', '--mem', '1G', self.hello)
        run = 'exec --report --pagesize={} --from=.try/run --timeout=7 --layout=compact'
        self.assertEqual(self.after('-append'), f"run=\"{'; '.join([*map(run.format, SIZES), 'poweroff'])}\" pagesize=4k")
        self.assertEqual(self.after('-m'), '1G')
        self.assertEqual(self.after('-kernel'), str(self.folder / 'Image'))

    def test_a_boot_for_each_size(self):
        self.state.joinpath('machine').write_text('cat "$STATE/console.$number"\n', encoding='utf-8')
        for number, runs in enumerate((one_run('4k', 'a') * 2, one_run('16k', 'a'), one_run('64k', 'b')), 1):
            (self.state / f'console.{number}').write_text(runs + PASS, encoding='utf-8')
        self.try_hello('--kernel=same', status=1)
        for number, size in enumerate(('4k', '16k', '64k'), 1):
            self.assertIn(f'pagesize={size} ', self.after('-append', number))
            self.assertTrue(self.after('-append', number).endswith(f'poweroff" pagesize={size}'))

    def test_sizes_and_runs(self):
        self.say(one_run('64k') * 3 + one_run('16k') * 3 + PASS)
        self.assertIn('well at 64k and 16k', self.try_hello('--sizes=64K,16k', '--runs=3'))

    def test_files_and_a_root(self):
        root = self.folder / 'root'
        (root / 'usr/bin').mkdir(parents=True)
        (root / 'bin').symlink_to('usr/bin')
        (root / 'etc').mkdir()
        (root / 'etc/text').write_text('text', encoding='utf-8')
        (root / 'empty').mkdir()
        other = self.folder / 'other'
        other.write_text('other', encoding='utf-8')
        status, out, errors = self.run_try('--root', root, '--file', f'etc/text={other}', '--file', f'/new/place={other}', '--file',
                                           other, self.hello)
        self.assertEqual(status, 0, out + errors)
        folder = self.unpacked()
        self.assertEqual((folder / 'etc/text').read_text(encoding='utf-8'), 'other')
        self.assertEqual((folder / 'new/place').read_text(encoding='utf-8'), 'other')
        self.assertEqual((folder / str(other)[1:]).read_text(encoding='utf-8'), 'other')
        self.assertTrue((folder / 'empty').is_dir())
        # /bin is a link there: the program is where it leads.
        self.assertTrue((folder / 'bin').is_symlink())
        self.assertTrue((folder / 'usr/bin/hello').is_file())
        self.assertTrue((folder / '.try/run').read_bytes().startswith(b'/usr/bin/hello\0'))

    def test_links_on_the_way(self):
        root = self.folder / 'root'
        (root / 'usr/share/text').mkdir(parents=True)
        (root / 'etc').mkdir()
        (root / 'etc/absolute').symlink_to('/usr/share')
        (root / 'etc/relative').symlink_to('../usr/./share/text')
        (root / 'etc/around').symlink_to('around')
        for place, leads in (('etc/absolute/text/one', 'usr/share/text/one'), ('etc/relative/two', 'usr/share/text/two')):
            self.assertEqual(self.run_try('--root', root, '--file', f'{place}={self.hello}', self.hello)[0], 0)
            self.assertTrue((self.unpacked() / leads).is_file())
        status, _, errors = self.run_try('--root', root, '--file', f'etc/around/x={self.hello}', self.hello)
        self.assertEqual(status, 2)
        self.assertIn('links that lead to each other', errors)

    def test_a_file_that_only_an_argument_names(self):
        words = ['--file', f'data={self.hello}', self.hello, 'data', self.folder / 'Image', 'more']
        self.assertEqual(self.run_try(*words)[2], '')
        self.say(console(*[('', {'exit': 1})] * 4))
        status, _, errors = self.run_try(*words)
        self.assertEqual(status, 3)
        self.assertEqual(errors.count('\n'), 1)
        self.assertIn(f"Image is a file of this host, and isn't in the machine: --file {self.folder / 'Image'} packs it", errors)

    def test_a_program_of_the_root(self):
        (self.folder / 'root').mkdir()
        program = self.program('root/sbin/tool', elf())
        self.assertEqual(self.run_try('--root', self.folder / 'root', program)[0], 0)
        folder = self.unpacked()
        self.assertTrue((folder / '.try/run').read_bytes().startswith(b'/sbin/tool\0'))
        self.assertFalse((folder / 'bin').exists())

    def test_what_is_no_file_is_named(self):
        (self.folder / 'root').mkdir()
        os.mkfifo(self.folder / 'root/pipe')
        status, _, errors = self.run_try('--root', self.folder / 'root', self.hello)
        self.assertEqual(status, 0)
        self.assertIn('not packed, since they are no files or can\'t be read: /pipe', errors)

    def test_a_bare_name(self):
        self.program('bin/tool', elf())
        self.assertEqual(self.run_try('tool', cwd=self.state)[0], 0)
        self.assertEqual(self.run_try('hello', cwd=self.folder)[0], 0)


class Host(Programs):
    """What needs no machine."""

    def usage(self, why, *words):
        status, out, errors = self.run_try(*words)
        self.assertEqual((status, out), (2, ''), errors)
        self.assertIn(why, errors)

    def test_usage(self):
        hello = self.hello
        self.usage('required: PROGRAM')
        self.usage('required: PROGRAM', '--json')
        self.usage('--siz', '--siz', '4k', hello)
        for option, value, why in (
                ('--sizes', '4k,8k', 'some of 4k,16k,64k'), ('--sizes', '4k,4k', 'each once'), ('--sizes', '', 'some of'),
                ('--expect', '256', '0 to 255'), ('--expect', '0,1', '2 statuses for 3 sizes'), ('--expect', 'x', 'status'),
                ('--timeout', '0', '1 to 86400'), ('--timeout', 'x', '1 to'), ('--runs', '21', '1 to 20'),
                ('--kernel', '8k', 'same'), ('--layout', 'wide', 'compact'), ('--mem', '5', '512M'), ('--smp', '3', '1, 2, 4'),
                ('--mask', '(', 'regular expression'), ('--env', 'A', 'NAME=VALUE'), ('--env', '=b', 'NAME=VALUE'),
                ('--root', '/nowhere', '/nowhere: No such file'), ('--file', '/nowhere', 'No such file'),
                ('--file', f'../x={hello}', 'PATH=FILE'), ('--file', f'={hello}', 'PATH=FILE'),
                ('--file', self.folder, '--root packs folders'), ('--file', f'bin={hello}', '/bin is packed, and is no folder'),
                ('--stdin', '/nowhere', 'No such file')):
            with self.subTest(option=option, value=value):
                self.usage(why, option, value, hello)
        self.usage('not allowed with', '--json', '--markdown', hello)
        self.usage('there is no such file', self.folder / 'none')
        self.usage('there is no such file', 'no-such-program-anywhere')
        self.usage('not a file', self.folder)
        self.usage('an empty argument', hello, '')
        (self.folder / 'text').write_bytes(elf())
        self.usage('chmod +x', self.folder / 'text')

    def test_too_much(self):
        (self.folder / 'root').mkdir()
        with open(self.folder / 'root/big', 'wb') as file:
            file.truncate(40 << 20)
        why = '/big: with it the files take more than 32 MiB: --mem=SIZE'
        self.usage(why, '--mem', '64M', '--root', self.folder / 'root', self.hello)

    def test_a_reserved_name(self):
        (self.folder / 'root/.try').mkdir(parents=True)
        self.usage('/.try', '--root', self.folder / 'root', self.hello)

    def test_programs_that_do_not_run_here(self):
        needs = 'dynamic is dynamic: it needs /lib/ld-linux-aarch64.so.1, which Granule does not load; link it statically'
        for name, content, why in (
                ('x86', elf(machine=62), 'x86 is a program for x86-64: build it for AArch64'),
                ('arm', elf(machine=40, ident=b'\x01\x01'), '32-bit Arm'), ('other', elf(machine=7), 'ELF number 7'),
                ('big', elf(ident=b'\x02\x02'), 'big-endian'), ('ilp32', elf(ident=b'\x01\x01'), '32-bit addresses'),
                ('object', elf(kind=1), 'an object file: link it'), ('core', elf(kind=4), 'core dump'),
                ('library', elf(kind=3, entry=0), 'library'), ('script', b'#!/bin/sh -e\n', 'a script for /bin/sh -e'),
                ('text', b'hello', 'no ELF file'), ('empty', b'', 'no ELF file'), ('cut', elf()[:40], 'cut short'),
                ('cut2', elf()[:80], 'cut short'), ('dynamic', elf(kind=3, interpreter=b'/lib/ld-linux-aarch64.so.1\0'), needs)):
            with self.subTest(name):
                status, out, errors = self.run_try(self.program(name, content))
                self.assertEqual(status, 77, out + errors)
                self.assertIn(f"{name}: can't be judged: ", out)
                self.assertIn(why, out)
                self.assertIn('Granule 0.1 (gcc)', out)
                self.assertFalse((self.state / 'arguments.1').exists())

    def test_help(self):
        status, out, _ = self.run_try('--help')
        self.assertEqual(status, 0)
        for status in (0, 1, 2, 3, 77, 124, 125):
            self.assertRegex(out, rf'(?m)^  {status} ')
        self.assertIn('is packed only by --file or --root', out)

    def test_it_starts_at_once(self):
        text = self.program('text', b'no program')
        self.assertLess(min(self.seconds(text) for _ in range(5)), 0.3)  # 0.1, and more where others share the caches

    def seconds(self, text):
        """Processor time, which a busy machine stretches less."""
        def used():
            usage = resource.getrusage(resource.RUSAGE_CHILDREN)
            return usage.ru_utime + usage.ru_stime
        start = used()
        self.run_try(text)
        return used() - start


class Interrupted(Programs):
    """Nothing is left: no folder, no machine."""

    def interrupt(self, number):
        self.say(console(WELL, end=''), 'echo $$ >"$STATE/pid.new"; mv "$STATE/pid.new" "$STATE/pid"; exec sleep 60')
        signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may ignore it
        with self.start(self.hello) as process:
            end = time.monotonic() + 30
            while not (self.state / 'pid').exists() and time.monotonic() < end:
                time.sleep(0.01)
            self.assertEqual(len(list((self.folder / 'tmp').iterdir())), 1)
            process.send_signal(number)
            out, errors = process.communicate(timeout=30)
        self.assertEqual((process.returncode, out), (128 + number, ''), errors)
        self.assertEqual(list((self.folder / 'tmp').iterdir()), [])
        self.assertNotIn('Traceback', errors)
        pid = int((self.state / 'pid').read_text(encoding='utf-8'))
        self.assertFalse(pathlib.Path(f'/proc/{pid}').exists())

    def test_by_a_person(self):
        self.interrupt(signal.SIGINT)

    def test_by_a_ci_job(self):
        self.interrupt(signal.SIGTERM)


if __name__ == '__main__':
    unittest.main()
