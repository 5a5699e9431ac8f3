# SPDX-License-Identifier: BSD-2-Clause
"""The program on the host: where it is, and whether Granule can run such a file at all.

Neighbours: scripts/try asks before it boots anything. What is found out here needs no machine: a program for
another CPU, a dynamic one, a script. What only the kernel can know it says itself (`@refused`: see console.py).
Source of the offsets: the ELF specification, "ELF Header" and "Program Header".
"""

import os
import shutil
import struct

AARCH64 = 183
MACHINES = {3: '32-bit x86', 8: 'MIPS', 20: 'PowerPC', 21: '64-bit PowerPC', 22: 'S/390', 40: '32-bit Arm', 62: 'x86-64',
            243: 'RISC-V', 258: 'LoongArch'}
RELOCATABLE, FIXED, SHARED, CORE = 1, 2, 3, 4
KINDS = {RELOCATABLE: 'an object file: link it', CORE: 'a core dump'}
INTERPRETER = 3  # of program headers: PT_INTERP
HEADER = struct.Struct('<16xHHIQQQIHHHHHH')
SEGMENT = struct.Struct('<IIQQQQQQ')
HOW = 'link it statically (gcc -static; Rust: --target aarch64-unknown-linux-musl; Go: CGO_ENABLED=0)'


class Usage(Exception):
    """What was asked for can't be done. The message says what is right."""


class Unsuited(Exception):
    """A program that Granule can't run, so nothing can be said about it. The message says what would be right."""


def find(name):
    """The file that is meant: by its path; a bare name that is no file here, by $PATH."""
    path = name
    if '/' not in name and not os.path.isfile(name):
        path = shutil.which(name) or name
    if not os.path.lexists(path):
        raise Usage(f'{name}: there is no such file')
    if not os.path.isfile(path):
        raise Usage(f'{name}: not a file')
    if not os.access(path, os.R_OK):
        raise Usage(f'{name}: it may not be read')
    if not os.access(path, os.X_OK):
        raise Usage(f'{name}: it may not be executed: chmod +x')
    return path


def check(path):
    """Raise Unsuited unless it looks like a static program for AArch64."""
    name = os.path.basename(path)
    with open(path, 'rb') as file:
        start = file.read(HEADER.size)
        if start.startswith(b'#!'):
            interpreter = start[2:].split(b'\n')[0].decode('utf-8', 'backslashreplace').strip()
            raise Unsuited(f'{name} is a script for {interpreter}: run its interpreter, a static program for AArch64, '
                           f'and pack the script with --file')
        check_header(name, start)
        _, _, _, _, headers, _, _, _, size, count, *_ = HEADER.unpack(start)
        file.seek(headers)
        table = file.read(size * count)
        if size < SEGMENT.size or len(table) < size * count:
            raise Unsuited(f'{name} is cut short: its program headers are missing')
        for at in range(0, size * count, size):
            kind, _, offset, _, _, length, _, _ = SEGMENT.unpack_from(table, at)
            if kind == INTERPRETER:
                file.seek(offset)
                loader = file.read(min(length, 4096)).split(b'\0')[0].decode('utf-8', 'backslashreplace')
                raise Unsuited(f'{name} is dynamic: it needs {loader}, which Granule does not load; {HOW}')


def check_header(name, start):
    if start[:4] != b'\x7fELF':
        raise Unsuited(f'{name} is no ELF file, so no program that Granule could run')
    if len(start) < HEADER.size:
        raise Unsuited(f'{name} is cut short: an ELF header has {HEADER.size} bytes')
    kind, machine, _, entry, *_ = HEADER.unpack(start)
    if machine != AARCH64 or start[4:6] != b'\x02\x01':
        what = MACHINES.get(machine, f'another machine (ELF number {machine})')
        if machine == AARCH64:
            what = 'big-endian AArch64' if start[5] == 2 else '32-bit addresses on AArch64'
        raise Unsuited(f'{name} is a program for {what}: build it for AArch64 (aarch64-linux-gnu-gcc -static)')
    if kind in KINDS:
        raise Unsuited(f'{name} is {KINDS[kind]}')
    if kind not in (FIXED, SHARED) or not entry:
        raise Unsuited(f'{name} is a library: it has no entry point')
