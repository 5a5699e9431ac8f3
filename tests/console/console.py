# SPDX-License-Identifier: BSD-2-Clause
"""What the tests of this directory share: a booted machine at a pseudo-terminal.

    import console

    class Mem(console.Test):
        SETTINGS = {'MEM': '128M'}           # of scripts/run; none: the usual machine

        @console.at_each_granule             # three tests, on a machine that the class boots once each
        def test_by_order(self, prompt):
            text = prompt.run('mem order')   # its answer; an error if the command failed
            text = prompt.refuse('mem up')   # its answer; an error if it did not fail
            document = prompt.json('mem --json')

The machine is driven as a person drives it: keys in, characters out, by QEMU's console. Whether a
command failed is what the next prompt says.
"""

import functools
import os
import re
import signal
import sys
import unittest

import pexpect

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
sys.path.insert(0, os.path.join(TOP, 'scripts'))
import json_report  # noqa: E402 (found by the line above)
import machine  # noqa: E402
import surroundings  # noqa: E402

# Initrds that mk-loaders makes: this build's kernel, programs.
KERNELS = f'{machine.BUILD}/loaders/kexec-self.cpio'
PROGRAMS = f'{machine.BUILD}/loaders/user.cpio'

GRANULES = {'4k': 4 << 10, '16k': 16 << 10, '64k': 64 << 10}

# A host may have more to do than this.
SECONDS = int(surroundings.setting('CONSOLE_TIMEOUT', '60'))

PROMPT = r'granule( \[failed\])?> $'


class Trouble(AssertionError):
    """The machine did not do what was asked; with what it said."""


def answer(text):
    """What a command printed: all but the echo before it. QEMU's terminal adds carriage returns of its own."""
    return re.sub('\r+\n', '\n', text).partition('\n')[2]


class Prompt:
    """One machine, at its prompt."""

    def __init__(self, granule, settings):
        self.granule = granule
        self.page_bytes = GRANULES[granule]
        self.status = None  # QEMU's, once it has ended
        arguments = [f'{key}={value}' for key, value in {**settings, 'PAGESIZE': granule}.items()]
        self.child = pexpect.spawn(os.path.join(TOP, 'scripts/run'), arguments, cwd=TOP, timeout=SECONDS,
                                   encoding='latin-1', codec_errors='strict', dimensions=(24, 80),
                                   env=surroundings.without_settings())
        self.child.delaybeforesend = None
        self.boot = self.until_prompt()[0]

    def until_prompt(self):
        """(what was printed up to the next prompt, did the command fail?)"""
        try:
            self.child.expect(PROMPT)
        except (pexpect.EOF, pexpect.TIMEOUT) as error:
            raise Trouble(f'no prompt ({type(error).__name__}), but: {self.child.before[-2000:]}') from None
        return self.child.before, bool(self.child.match[1])

    def type(self, keys):
        """Keys, exactly these."""
        self.child.send(keys)

    def ask(self, line):
        """(the answer, did it fail?)"""
        self.type(line + '\r')
        text, failed = self.until_prompt()
        return answer(text), failed

    def run(self, line):
        """The answer of a command that has to succeed."""
        text, failed = self.ask(line)
        if failed:
            raise Trouble(f'`{line}` failed: {text}')
        return text

    def refuse(self, line):
        """The answer of a command that has to fail, and has to say why."""
        text, failed = self.ask(line)
        if not failed:
            raise Trouble(f'`{line}` did not fail: {text}')
        if not text.strip():
            raise Trouble(f'`{line}` failed without a word')
        return text

    def json(self, line):
        """The document that a command prints; addresses are numbers in it."""
        return json_report.loads(self.run(line))

    def run_to_end(self, line):
        """All that is printed until QEMU ends, whose status is `status` then."""
        self.type(line + '\r')
        try:
            self.child.expect(pexpect.EOF)
        except pexpect.TIMEOUT:
            raise Trouble(f'`{line}` does not end: {self.child.before[-2000:]}') from None
        self.child.close()
        self.status = self.child.exitstatus
        return answer(self.child.before)

    def resynchronise(self):
        """After keys that end nobody knows where: throw away what comes, until nothing does."""
        while self.child.expect([r'(?s).+', pexpect.TIMEOUT], timeout=0.3) == 0:
            pass

    def end(self):
        if self.child.isalive():
            self.child.kill(signal.SIGKILL)
            self.child.wait()
        self.child.close()

    def is_alive(self):
        return self.status is None and self.child.isalive()


def at_each_granule(test):
    """Mark a test that becomes three, each with a machine of that granule."""
    test.at_each_granule = True
    return test


class Test(unittest.TestCase):
    """Tests that share machines: one a granule."""

    SETTINGS = {}
    machines = {}
    maxDiff = None

    def __init_subclass__(cls):
        super().__init_subclass__()
        cls.machines = {}
        for name, test in list(vars(cls).items()):
            if getattr(test, 'at_each_granule', False):
                delattr(cls, name)
                for granule in GRANULES:
                    setattr(cls, f'{name}_at_{granule}', cls.with_machine(test, granule))

    @staticmethod
    def with_machine(test, granule):
        @functools.wraps(test)
        def run(self):
            test(self, self.machine(granule))
        return run

    @classmethod
    def machine(cls, granule):
        """The class's machine of that granule: a fresh one if the last one has ended or is out of step."""
        prompt = cls.machines.get(granule)
        if prompt is None or not prompt.is_alive():
            prompt = cls.machines[granule] = Prompt(granule, cls.SETTINGS)
        return prompt

    def run(self, result=None):
        """After a failure the console may be anywhere: the next test begins with a fresh machine."""
        bad = result and len(result.failures) + len(result.errors)
        super().run(result)
        if result and len(result.failures) + len(result.errors) != bad:
            self.tearDownClass()

    @classmethod
    def tearDownClass(cls):
        for prompt in cls.machines.values():
            prompt.end()
        cls.machines.clear()

    def assert_lines(self, text, *patterns):
        """Each pattern has a line that it matches, in this order."""
        lines = iter(text.splitlines())
        for pattern in patterns:
            if not any(re.search(pattern, line) for line in lines):
                self.fail(f'no line (or not in this order) matches {pattern!r} in:\n{text}')


def main():
    sys.dont_write_bytecode = True
    unittest.main()
