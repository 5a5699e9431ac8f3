# SPDX-License-Identifier: BSD-2-Clause
"""Where the kernel's image is, and its symbols with it.

The image runs at three kinds of address, none of them a constant: where the loader put it (MMU off,
then the identity map), in a window of the upper half (chosen at random), and then there is the next
kernel, which kexec starts somewhere else. It is found by pc or by VBAR_EL1, and believed when what
lies there is what the ELF file has: the vectors and the table of symbol names, which nothing patches.

Symbols follow by three breakpoints that nobody sees. Each reloads the symbols while gdb decides
whether to stop, so that breakpoints of the user's move with them, and a step goes on:

  mmu_switch        about to leave the identity map: x0 is how far up, and behind the next br it has
  arch_kexec_leave  about to leave for another kernel: x1 is its entry point
  (that address)    if it is this build again, it begins anew
"""

import os
import re
import struct

import gdb
from tables import halves, mmu_is_on, read_granules
from target import (MASK64, Problem, evaluate, macros, physical, read, register, require_machine,
                    while_deciding)

FINGERPRINTS = (('vectors', 0x800), ('symbols_count', 0x400))
MARKS = ('_text', '_end', 'granules', 'mmu_switch', 'arch_kexec_leave',
         *(name for name, _ in FINGERPRINTS))


class Elf:
    """Content and addresses of the kernel's file, as linked."""

    def __init__(self, path):
        self.path = path
        with open(path, 'rb') as file:
            self.data = file.read()
        if self.data[:6] != b'\x7fELF\x02\x01':
            raise Problem(f'granule: {path} is no 64-bit little-endian ELF file')
        start, = struct.unpack_from('<Q', self.data, 32)
        size, count = struct.unpack_from('<HH', self.data, 54)
        headers = [struct.unpack_from('<IIQQQQQQ', self.data, start + size * i) for i in range(count)]
        self.segments = [(va, offset, bytes_) for kind, _, offset, va, _, bytes_, _, _ in headers
                         if kind == 1]
        link = min(va for va, _, _ in self.segments)
        if evaluate('&_text') != link:
            load_symbols(path, 0)
        self.address = {name: evaluate(f'&{name}') for name in MARKS}
        self.text = self.address['_text']
        self.bytes = self.address['_end'] - self.text

    def content(self, address, count):
        for va, offset, size in self.segments:
            if va <= address and address + count <= va + size:
                return self.data[offset + address - va:][:count]
        raise Problem(f'granule: {self.path} has nothing at {address:#x}')

    def offset(self, name):
        """From the image's first byte."""
        return self.address[name] - self.text


def load_symbols(path, offset):
    quoted = re.sub(r'([\s\\\'"])', r'\\\1', path)
    gdb.execute(f'with confirm off -- symbol-file -o {offset & MASK64:#x} {quoted}', to_string=True)


class Silent(gdb.Breakpoint):
    """A breakpoint that is not shown, acts, and never stops."""

    def __init__(self, address, action):
        super().__init__(f'*{address:#x}', type=gdb.BP_HARDWARE_BREAKPOINT, internal=True)
        self.silent = True
        self.action = action
        self.at = address

    def stop(self):
        try:
            with while_deciding():
                self.action(self.at)
        except (gdb.error, gdb.GdbError) as error:
            gdb.write(f'granule: {error}\n')
        return False


class Image:
    def __init__(self, path):
        self.elf = Elf(path)
        read_granules(self.elf)
        self.base = self.elf.text  # where the symbols are now
        self.silent = {}

    # ---- finding it ----

    def lies_at(self, base, translate):
        """
        The physical address of the image, if it lies at `base`, else None. `translate` gives that of
        an address, or None: of the first one, too, since boot's code is unmapped when it is done.
        """
        try:
            for name, count in FINGERPRINTS:
                address = translate(base + self.elf.offset(name))
                if address is None or read(address, count) != self.elf.content(
                        self.elf.address[name], count):
                    return None
        except Problem:
            return None
        return address - self.elf.offset(name)

    def find(self):
        """The address at which the CPU executes it, and its physical address; None for none."""
        pc, vbar = register('pc'), register('VBAR', 'VBAR_EL1')
        translated = mmu_is_on()
        low, high = halves() if translated else (None, None)
        candidates = []
        for address in (pc, vbar):
            # The image begins at a multiple of this, in either half, and at most so far below.
            first = address - address % macros.IMAGE_ALIGN
            reach = range(0, macros.IMAGE_MAX_BYTES, macros.IMAGE_ALIGN)
            candidates += [(first - below) & MASK64 for below in reach]
        with physical():
            for base in dict.fromkeys(candidates):
                half = high if base >> 63 else low
                if half:
                    physical_base = self.lies_at(base, half.translate)
                elif translated or base >> 63:
                    continue
                else:
                    physical_base = self.lies_at(base, lambda address: address)
                if physical_base is not None:
                    return base, physical_base
        return None

    # ---- moving the symbols, and being told when they have to ----

    def move(self, base):
        # Addresses as linked must not look readable when nothing runs there.
        if gdb.current_progspace().filename:
            gdb.execute('with confirm off -- exec-file', to_string=True)
        if base != self.base:
            load_symbols(self.elf.path, base - self.elf.text)
            self.base = base
        # Names are in step now; what comes next is of this place.
        if base >> 63:
            self.watch('leave', base + self.elf.offset('arch_kexec_leave'), self.leaves)
        else:
            self.watch('switch', base + self.elf.offset('mmu_switch'), self.moves_up)

    def watch(self, role, address, action):
        old = self.silent.get(role)
        if old and old.is_valid() and old.at == address:
            return
        # One that was left behind is deleted by the next: not while gdb looks at it.
        self.silent[role] = Silent(address, action)
        if old and old.is_valid():
            old.delete()

    def moves_up(self, at):
        if at != self.base + self.elf.offset('mmu_switch'):
            return
        to = (self.base + register('x0')) & MASK64
        code = gdb.selected_inferior().architecture().disassemble(at, count=8)
        jump = next(step for step in code if step['asm'].split()[0] == 'br')
        behind = jump['addr'] + jump['length'] - self.base
        self.watch('arrival', (to + behind) & MASK64, lambda _: self.move(to))

    def leaves(self, at):
        if at == self.base + self.elf.offset('arch_kexec_leave'):
            self.watch('entry', register('x1'), self.enters)

    def enters(self, at):
        with physical():
            physical_base = self.lies_at(at, lambda address: address)
        if physical_base is not None:
            self.move(at)
        else:
            gdb.write(f'granule: at {at:#x} another kernel begins: no symbols for it\n')


the_image = None


def attach(path):
    global the_image
    the_image = Image(path)


def image():
    require_machine()
    if not the_image:
        raise Problem('granule: no symbols: start gdb with build/granule.elf')
    return the_image


def default_path():
    files = [objfile.filename for objfile in gdb.objfiles()]
    return next((name for name in files if name and os.path.exists(name)), None)
