# SPDX-License-Identifier: BSD-2-Clause
"""QEMU's log of a boot as events: one for each watched instruction, with the registers before it.

`-d exec,cpu` shows the registers at the start of each block that `-dfilter` names. In a page that has a
breakpoint of gdb, QEMU makes each instruction a block of its own; other pages run at full speed. One
thread runs all CPUs, so the log has one order, and the lines of a record stay together.
"""

import re
import socket
import time

ARGUMENTS = ['-accel', 'tcg,thread=single', '-d', 'exec,cpu']
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


def start(path, pages, is_over):
    """Let a machine run that waits for gdb at a socket, with these pages stepped. Returns the connection."""
    gdb = socket.socket(socket.AF_UNIX)
    while True:
        try:
            gdb.connect(path)
            break
        except OSError:
            if is_over():
                return gdb
            time.sleep(0.02)
    for page in pages:
        # Where no instruction can be: the page counts, nothing stops.
        send(gdb, f'Z0,{page + 1:x},4')
        answer = b''
        while not re.search(rb'#..$', answer):
            answer += gdb.recv(64)
        if b'$OK#' not in answer:
            raise OSError(f'QEMU takes no breakpoint: {answer}')
    send(gdb, 'c')
    return gdb


def send(gdb, text):
    gdb.sendall(f'${text}#{sum(text.encode()) & 0xff:02x}'.encode())


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
