# SPDX-License-Identifier: BSD-2-Clause
"""scripts/suite: what it counts, and that nothing that goes wrong is lost from the sum."""

import os
import pathlib
import pty
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
SUITE = str(TOP / 'scripts/suite')


class Suite(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.results = os.path.join(folder.name, 'deeper', 'results')
        self.environment = {**os.environ, 'GRANULE_CHECK_RESULTS': self.results}

    def call(self, *arguments, **options):
        done = subprocess.run([sys.executable, SUITE, *arguments], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, env=self.environment, text=True,
                              check=False, **options)
        return done.returncode, done.stdout

    def counts(self, script):
        """(status, "passed failed") of one suite made of shell script."""
        status, _ = self.call('x', 'sh', '-c', script)
        with open(self.results, encoding='utf-8') as file:
            return status, file.read().splitlines()[-1].removeprefix('x ').rpartition(' ')[0]

    def test_what_is_counted(self):
        self.assertEqual(self.counts('echo ok 1 a; echo ok 2 b'), (0, '2 0'))
        self.assertEqual(self.counts('echo ok 1 a; echo not ok 2 b'), (1, '1 1'))
        self.assertEqual(self.counts('echo 5 passed, 0 failed'), (0, '5 0'))
        self.assertEqual(self.counts('echo ok 1 a; echo 5 passed, 2 failed; exit 1'), (1, '5 2'))
        self.assertEqual(self.counts('echo Ran 7 tests in 0.1s; echo OK'), (0, '7 0'))
        self.assertEqual(self.counts('echo Ran 7 tests in 0.1s; echo "FAILED (failures=2, errors=1)"; '
                                     'exit 1'), (1, '4 3'))
        self.assertEqual(self.counts('echo nothing special'), (0, '1 0'))

    def test_status_counts_whatever_is_printed(self):
        self.assertEqual(self.counts('exit 3'), (1, '0 1'))
        self.assertEqual(self.counts('echo ok 1 a; exit 3'), (1, '1 1'))
        self.assertEqual(self.counts('echo 5 passed, 0 failed; kill -SEGV $$'), (1, '5 1'))
        self.assertEqual(self.counts('echo not ok 1 a; exit 0'), (1, '0 1'))

    def test_command_that_is_not_there(self):
        status, _ = self.call('x', '/no/such/command')
        self.assertNotEqual(status, 0)

    def test_output_is_passed_on(self):
        self.assertEqual(self.call('x', 'printf', r'a\nb')[1], 'a\nb')

    def test_on_a_terminal(self):
        try:
            reader, writer = pty.openpty()
        except OSError:
            self.skipTest('no pseudo-terminals here')
        command = [sys.executable, SUITE, 'x', 'sh', '-c',
                   r'test -t 1 && printf "busy\r\033[Kok 1 a\r\nok 2 b\r\n"']
        done = subprocess.run(command, stdout=writer, env=self.environment, check=False)
        os.close(writer)
        os.close(reader)
        self.assertEqual(done.returncode, 0)
        with open(self.results, encoding='utf-8') as file:
            self.assertRegex(file.read(), r'^x 2 0 [0-9]+\n$')

    def test_sum(self):
        self.call('--begin', 'a', 'b')
        self.call('a', 'echo', 'ok 1')
        self.call('b', 'echo', '4 passed, 0 failed')
        self.call('b', 'true')
        status, text = self.call('--sum')
        self.assertEqual((status, text.splitlines()[-1]), (0, '6 passed, 0 failed'))
        self.assertRegex(text, r'(?m)^b +5 passed +0 failed +[0-9]+ s$')

    def test_one_failure_fails_the_sum(self):
        self.call('--begin', 'a', 'b')
        self.call('a', 'true')
        self.call('b', 'false')
        status, text = self.call('--sum')
        self.assertEqual((status, text.splitlines()[-1]), (1, '1 passed, 1 failed'))

    def test_suite_that_left_nothing_fails_the_sum(self):
        self.call('--begin', 'a', 'b')
        self.call('a', 'true')
        status, text = self.call('--sum')
        self.assertEqual((status, text.splitlines()[-1]), (1, '1 passed, 1 failed'))
        self.assertIn('left no result', text)

    def test_nothing_at_all_fails_the_sum(self):
        self.assertEqual(self.call('--sum')[0], 1)

    def test_begin_forgets_earlier_results(self):
        self.call('--begin', 'a')
        self.call('a', 'false')
        self.call('--begin', 'a')
        self.call('a', 'true')
        self.assertEqual(self.call('--sum')[0], 0)


if __name__ == '__main__':
    unittest.main()
