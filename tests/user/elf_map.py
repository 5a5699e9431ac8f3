#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""What Linux makes of an ELF file with pages of another size than it was linked for: a model of its loader.

    tests/user/elf_map.py FILE...       with pages of 4K, 16K and 64K: what the program sees, and how it ends

Linux (fs/binfmt_elf.c, elf_map and elf_load) maps a segment from the page that p_vaddr is in, at the offset
p_offset less what p_vaddr has within that page, and each segment over those before it. So, with pages larger
than the file's alignment:

- the offset may be no multiple of a page, or negative: mmap says EINVAL, and since the old program is gone by
  then, the process is killed by SIGSEGV;
- a page may belong to two segments: it has the bytes that the last one maps there, and its protection;
- from the end of a segment's file bytes its page is zeroed, be there another segment's bytes in it;
- pages of bss are mapped over what other segments have there.

Neighbours: fixtures.tsv has what each fixture does; tests/host/test_user_fixtures.py compares.
"""

import dataclasses
import struct
import sys

PAGE_SIZES = (4096, 16384, 65536)
SIGSEGV_STATUS = 139
PT_LOAD, ET_EXEC, ET_DYN = 1, 2, 3
X, W, R = 1, 2, 4
PADDING = 0x1f  # tests/user/padding.c: nobody runs it, so nobody misses it


class Refused(Exception):
    """The loader gives up, after the point of no return. The message says at what."""


@dataclasses.dataclass
class Segment:
    offset: int
    vaddr: int
    filesz: int
    memsz: int
    flags: int


@dataclasses.dataclass
class Page:
    """One page of memory: what of the file it shows, from which of its bytes on it is zero, and its protection."""
    offset: int | None
    flags: int
    zeroed: list = dataclasses.field(default_factory=list)


class File:
    def __init__(self, data):
        self.data = data
        if data[:6] != b'\x7fELF\x02\x01':
            raise ValueError('no little-endian ELF64 file')
        self.type, _, _, self.entry, phoff = struct.unpack_from('<HHIQQ', data, 16)
        size, count = struct.unpack_from('<HH', data, 54)
        headers = [struct.unpack_from('<IIQQQQQQ', data, phoff + i * size) for i in range(count)]
        self.segments = [Segment(offset, vaddr, filesz, memsz, flags)
                         for kind, flags, offset, vaddr, _, filesz, memsz, _ in headers if kind == PT_LOAD]
        self.interpreted = any(header[0] == 3 for header in headers)


class Memory:
    """Pages of one size; addresses as linked, since a bias is a multiple of the page."""

    def __init__(self, data, page):
        self.data, self.page, self.pages = data, page, {}

    def start(self, address):
        return address - address % self.page

    def end(self, address):
        return self.start(address + self.page - 1)

    def map(self, segment):
        within = segment.vaddr % self.page
        offset, first = segment.offset - within, segment.vaddr - within
        size = self.end(segment.filesz + within)
        if offset < 0 or offset % self.page:
            raise Refused(f'EINVAL: {segment.vaddr:#x} of offset {segment.offset:#x} would begin a page at {offset:#x}')
        for at in range(0, size, self.page):
            self.pages[first + at] = Page(offset + at, segment.flags)

    def load(self, segment):
        """As elf_load: file bytes, zeros to the end of their page, and pages of zeros."""
        if segment.filesz:
            self.map(segment)
        if segment.memsz <= segment.filesz:
            return
        zero = segment.vaddr + segment.filesz if segment.filesz else self.start(segment.vaddr)
        last = segment.vaddr + segment.memsz
        if segment.filesz and zero % self.page:
            page = self.pages[self.start(zero)]
            if page.flags & W:
                page.zeroed.append(zero % self.page)
        # vm_brk_flags: fresh pages over whatever is there; not executable unless asked for.
        for address in range(self.end(zero), self.end(last), self.page):
            self.pages[address] = Page(None, R | W | segment.flags & X)

    def byte(self, address):
        """(value, protection) of a byte; None where nothing is mapped, or past the file's last page."""
        page = self.pages.get(self.start(address))
        if page is None:
            return None
        within = address % self.page
        if page.offset is None or any(within >= zero for zero in page.zeroed):
            return 0, page.flags
        at = page.offset + within
        if at < len(self.data):
            return self.data[at], page.flags
        return (0, page.flags) if at < self.end(len(self.data)) else None


def faults(memory, segment):
    """What a program that uses all of a segment finds: wrong bytes, and accesses that it hasn't."""
    for at in range(segment.memsz):
        found = memory.byte(segment.vaddr + at)
        wanted = memory.data[segment.offset + at] if at < segment.filesz else 0
        if wanted == PADDING:
            continue
        if found is None or segment.flags & ~found[1]:
            lacks = ''.join(letter for letter, flag in (('r', R), ('w', W), ('x', X)) if segment.flags & flag
                            and not (found and found[1] & flag))
            yield f'{segment.vaddr + at:#x} is not {lacks}'
            return
        if found[0] != wanted:
            yield f'{segment.vaddr + at:#x} has {found[0]:#x}, not {wanted:#x}'
            return


def spare(memory, segment):
    """Accesses that a segment was not to have: nobody notices."""
    flags = {memory.pages[address].flags for address in
             range(memory.start(segment.vaddr), segment.vaddr + segment.memsz, memory.page) if address in memory.pages}
    return ''.join(letter for letter, flag in (('w', W), ('x', X)) if any(f & flag for f in flags)
                   and not segment.flags & flag)


def predict(data, page):
    """(exit status, why) of a program that uses all its bytes but for padding, and would exit with 0."""
    file = File(data)
    memory = Memory(data, page)
    try:
        for segment in file.segments:
            memory.load(segment)
    except Refused as why:
        return SIGSEGV_STATUS, str(why)
    entry = memory.byte(file.entry)
    if entry is None or not entry[1] & X:
        return SIGSEGV_STATUS, f'the entry {file.entry:#x} is not executable'
    for segment in file.segments:
        for text in faults(memory, segment):
            return SIGSEGV_STATUS, text
    loose = [f'{segment.vaddr:#x} has {extra}' for segment in file.segments if (extra := spare(memory, segment))]
    return 0, 'as linked' + (f", but {', '.join(loose)}, too" if loose else '')


def main():
    for name in sys.argv[1:]:
        with open(name, 'rb') as file:
            data = file.read()
        for page in PAGE_SIZES:
            status, why = predict(data, page)
            print(f'{name}: pages of {page}: {status}: {why}')


if __name__ == '__main__':
    main()
