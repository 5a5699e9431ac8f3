# SPDX-License-Identifier: BSD-2-Clause
"""QEMU's log of a boot as events: one for each watched instruction, with the registers before it.

`-singlestep` makes each instruction a block of its own, and `-d exec,cpu` shows the registers at the
start of each block that `-dfilter` names. One thread runs all CPUs, so the log has one order.
"""

import re

ARGUMENTS = ['-singlestep', '-accel', 'tcg,thread=single', '-d', 'exec,cpu']
RECORD = re.compile(rb'(\d+): \S+ \[[0-9a-f]+/([0-9a-f]{16})/')
VALUE = re.compile(rb'=([0-9a-f]{16})')
CHUNK = 1 << 20


class Registers:
    """Those of one moment; read from the text when somebody asks."""

    def __init__(self, text):
        self.text, self.values = text, None

    def __call__(self, name):
        """The value of an operand: x7, w7, sp, xzr."""
        if name[1:] == 'zr':
            return 0
        if self.values is None:
            self.values = [int(v, 16) for v in VALUE.findall(self.text)]
        if name == 'sp':
            return self.values[32]
        value = self.values[1 + int(name[1:])]
        return value & 0xffffffff if name[0] == 'w' else value


def records(file):
    """Of a log that is open for bytes: (CPU, PC, Registers) in their order."""
    rest = b''
    while True:
        data = file.read(CHUNK)
        *whole, rest = (rest + data).split(b'Trace ')
        for text in whole + ([rest] if not data else []):
            if match := RECORD.match(text):
                yield int(match[1]), int(match[2], 16), Registers(text)
        if not data:
            return
