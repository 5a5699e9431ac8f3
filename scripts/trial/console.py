# SPDX-License-Identifier: BSD-2-Clause
"""What the kernel's `exec --report` and scripts/try say to each other, on either side of the console.

The host packs .try/run (and .try/stdin) into the initrd and writes `run="exec ...; ...; poweroff"`. The kernel answers in
lines that start with `@`; every other line is its log:

    @begin {"run":1,"pagesize":"4k","program":"/bin/hello","version":"0.1"}
    @o1 TEXT      a piece of what went to descriptor 1 (@o2: 2), with the escapes \\n \\t \\r \\\\ \\xNN; no lines, only pieces
    @end {"run":1,"pagesize":"4k","exit":0,...}          "signal" instead of "exit", and figures
    @refused {"run":1,"pagesize":"4k","why":"sentence"}  it could not be started

Neighbours: guest.py feeds the lines; judge.py says what they mean. Nothing here starts anything.
"""

import json
import os
import re
import time

DESCRIPTION, INPUT = '.try/run', '.try/stdin'
LINE = re.compile(rb'@(begin|o1|o2|end|refused)(?: (.*))?', re.S)
ESCAPE = re.compile(rb'\\(?:([ntr\\])|x([0-9a-fA-F]{2})|)')
ESCAPED = {b'n': b'\n', b't': b'\t', b'r': b'\r', b'\\': b'\\'}
# What a program prints beyond this is not kept, and it can't be judged by it.
OUTPUT_MAX = 16 << 20
TIMED_OUT = 124  # as timeout(1) has it
SIZES = {'4k': 4096, '16k': 16384, '64k': 65536}


class Broken(Exception):
    """The kernel or the machine failed, not the program. The message says how."""


class Run:
    """One run of the program: what it wrote, and how it ended."""

    def __init__(self, size, about):
        self.size, self.version = size, re.sub('^Granule ', '', str(about.get('version') or '')) or None
        self.outputs = {1: bytearray(), 2: bytearray()}
        self.end, self.refused = None, None
        self.begun, self.seconds = time.monotonic(), 0.0

    @property
    def status(self):
        """As a shell has it: 128 + the signal's number; 124 for what did not end in time."""
        if self.end.get('timed_out'):
            return TIMED_OUT
        return 128 + self.end['signal'] if 'signal' in self.end else self.end['exit']

    def text(self, descriptor):
        return self.outputs[descriptor].decode('utf-8', 'surrogateescape')

    def truncated(self, descriptor):
        return len(self.outputs[descriptor]) > OUTPUT_MAX

    @property
    def facts(self):
        """What the kernel says of its end."""
        return self.end or {}


def description(arguments, environment):
    """What .try/run holds."""
    words = [*arguments, '', *environment, '']
    return b''.join(os.fsencode(word) + b'\0' for word in words)


def command_line(sizes, timeout, stdin, layout):
    """The kernel's command line: a run for each of `sizes`, then the end."""
    more = f' --from={DESCRIPTION}' + (f' --stdin={INPUT}' if stdin else '') + f' --timeout={timeout}'
    more += f' --layout={layout}' if layout else ''
    runs = [f'exec --report --pagesize={size}{more}' for size in sizes]
    return f"run=\"{'; '.join([*runs, 'poweroff'])}\""


def unescape(text):
    def plain(match):
        if match[1]:
            return ESCAPED[match[1]]
        if match[2]:
            return bytes([int(match[2], 16)])
        raise Broken(f"output that is no output: {match[0] + text[match.end():match.end() + 8]!r}")
    return ESCAPE.sub(plain, text)


def is_count(value):
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def check_end(end):
    """Is it what the protocol says? Members that aren't known are passed over."""
    endings = [end.get(name) for name in ('exit', 'signal') if name in end]
    if end.get('timed_out') and not endings:
        return
    if len(endings) != 1 or not is_count(endings[0]):
        raise Broken(f'an @end without one "exit" or "signal": {json.dumps(end)}')
    for name, value in end.items():
        if name.endswith('_bytes') and not is_count(value):
            raise Broken(f'@end: "{name}" is no number of bytes')
    missing = end.get('missing', [])
    if not isinstance(missing, list) or not all(isinstance(item, dict) and 'call' in item for item in missing):
        raise Broken('@end: "missing" is no list of calls')


class Reader:
    """Takes the console of one machine, a piece at a time."""

    def __init__(self, planned):
        self.planned = planned  # sizes, in the order of their runs
        self.runs, self.log, self.rest = [], [], b''
        self.running = None

    def feed(self, piece):
        *lines, self.rest = (self.rest + piece).split(b'\n')
        for line in lines:
            self.take(line.rstrip(b'\r'))

    def close(self):
        """What stands on the last line without an end is a part of the log."""
        if self.rest:
            self.log.append(self.rest.decode('utf-8', 'backslashreplace'))
        self.rest = b''

    def take(self, line):
        match = LINE.fullmatch(line)
        if not match:
            self.log.append(line.decode('utf-8', 'backslashreplace'))
            return
        word, text = match[1].decode(), match[2] or b''
        if word in ('o1', 'o2'):
            self.output(int(word[1]), text)
            return
        try:
            about = json.loads(text.decode('utf-8', 'surrogateescape'))
        except ValueError:
            about = None
        if not isinstance(about, dict):
            raise Broken(f"@{word} with what is no JSON: {text[:80].decode('utf-8', 'backslashreplace')}")
        getattr(self, word)(about)

    def begin(self, about):
        if self.running:
            raise Broken(f'a run began before that at {self.running.size} had ended')
        if len(self.runs) == len(self.planned):
            raise Broken(f'more runs than the {len(self.planned)} that were asked for')
        size = self.planned[len(self.runs)]
        if about.get('pagesize') != size:
            raise Broken(f"run {len(self.runs) + 1} is at {about.get('pagesize')} instead of {size}")
        self.running = Run(size, about)

    def output(self, descriptor, text):
        if not self.running:
            raise Broken('output of a program while none ran')
        kept = self.running.outputs[descriptor]
        if len(kept) <= OUTPUT_MAX:
            kept += unescape(text)

    def end(self, about):
        if not self.running or about.get('pagesize') != self.running.size:
            raise Broken('the end of a run that had not begun')
        check_end(about)
        self.running.end = about
        self.finish()

    def refused(self, about):
        if not self.running:
            self.begin(about)
        self.running.refused = str(about.get('why') or 'the kernel does not say why')
        self.finish()

    def finish(self):
        self.running.seconds = time.monotonic() - self.running.begun
        self.runs.append(self.running)
        self.running = None
