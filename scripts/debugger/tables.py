# SPDX-License-Identifier: BSD-2-Clause
"""Translation tables, read as the hardware reads them: by TCR_EL1 and TTBRn_EL1, in physical memory.

Nothing of the kernel's data is needed but the three rows of `granules`, from the ELF file, so it works
as soon as the MMU is on, and of any kernel that this CPU runs. The page size is what the registers
say at that moment.
"""

import struct

import gdb
from target import MASK64, Problem, exception_level, format_bytes, macros, physical, read, register

ENTRY_BYTES = 8
TABLE_BYTES_MIN = 64  # TTBRn_EL1 has no bits for less


class Granule:
    def __init__(self, row):
        self.name = row['name'].string()
        self.shift = int(row['shift'])
        self.tg = int(row['tg0']), int(row['tg1'])
        self.bits = self.shift - macros.PTE_BYTES_SHIFT

    def level_shift(self, level):
        return self.shift + (macros.GRANULE_LAST_LEVEL - level) * self.bits


granules = []


def read_granules(elf):
    """The rows of arch/arm64/table/granule.c."""
    kind = gdb.lookup_type('struct granule')
    count = macros.GRANULE_COUNT
    data = elf.content(elf.address['granules'], kind.sizeof * count)
    rows = gdb.Value(data, kind.array(count - 1))
    granules[:] = [Granule(rows[i]) for i in range(count)]


class Half:
    """One of the two: what TTBR0 or TTBR1 translates."""

    def __init__(self, upper, tcr):
        self.upper = upper
        field = tcr >> (macros.TCR_TG1_SHIFT if upper else macros.TCR_TG0_SHIFT) & 3
        size = tcr >> (macros.TCR_T1SZ_SHIFT if upper else macros.TCR_T0SZ_SHIFT) & 0x3f
        self.granule = next((g for g in granules if g.tg[upper] == field), None)
        if not self.granule:
            raise Problem(f'granule: TCR_EL1 has the reserved TG{int(upper)} {field}')
        self.va_bits = 64 - size
        self.name = f'TTBR{int(upper)}'
        ttbr = register(f'{self.name}_EL1')
        self.root = ttbr & macros.TTBR_ADDR_MASK
        levels = -(-(self.va_bits - self.granule.shift) // self.granule.bits)
        self.root_level = macros.GRANULE_LEVELS - levels
        self.base = MASK64 ^ ((1 << self.va_bits) - 1) if upper else 0

    def holds(self, va):
        return va >> self.va_bits == (MASK64 >> self.va_bits if self.upper else 0)

    def entries(self, level):
        reach = self.va_bits - self.granule.level_shift(level)
        return 1 << min(reach, self.granule.bits)

    def index(self, level, va):
        return va >> self.granule.level_shift(level) & (self.entries(level) - 1)

    def table(self, level, pa):
        count = self.entries(level)
        return struct.unpack(f'<{count}Q', read(pa, count * ENTRY_BYTES))

    def walk(self, va):
        """Yields (level, index, entry), the last of which is no table. In physical()."""
        table, level = self.root, self.root_level
        while True:
            index = self.index(level, va)
            entry, = struct.unpack('<Q', read(table + index * ENTRY_BYTES, ENTRY_BYTES))
            yield level, index, entry
            if not is_table(entry, level):
                return
            table, level = self.address_of(entry), level + 1

    def translate(self, va):
        """The physical address, or None. In physical()."""
        if not self.holds(va):
            return None
        *_, (level, _, entry) = self.walk(va)
        if not entry & macros.PTE_VALID:
            return None
        span = 1 << self.granule.level_shift(level)
        return (self.address_of(entry) & -span) + va % span

    def address_of(self, entry):
        return entry & macros.PTE_ADDR_MASK & -(1 << self.granule.shift)

    def leaves(self, level=None, table=None, va=None):
        """Yields (va, level, entry) of each valid leaf, and (None, level, bytes) of each table."""
        level = self.root_level if level is None else level
        table = self.root if table is None else table
        va = self.base if va is None else va
        yield None, level, max(self.entries(level) * ENTRY_BYTES, TABLE_BYTES_MIN)
        span = 1 << self.granule.level_shift(level)
        for index, entry in enumerate(self.table(level, table)):
            if is_table(entry, level):
                yield from self.leaves(level + 1, self.address_of(entry), va + index * span)
            elif entry & macros.PTE_VALID:
                yield va + index * span, level, entry


def is_table(entry, level):
    bits = macros.PTE_VALID | macros.PTE_TABLE
    return level != macros.GRANULE_LAST_LEVEL and entry & bits == bits


def mmu_is_on():
    """Of the EL1 regime, and is it what the CPU runs by?"""
    return exception_level() < 2 and bool(register('SCTLR', 'SCTLR_EL1') & macros.SCTLR_M)


def halves():
    """(lower, upper), None for what is switched off."""
    if not register('SCTLR', 'SCTLR_EL1') & macros.SCTLR_M:
        return None, None
    tcr = register('TCR_EL1')
    off = tcr & macros.TCR_EPD0, tcr & macros.TCR_EPD1
    return tuple(None if off[upper] else Half(bool(upper), tcr) for upper in (0, 1))


# ---- in words ----

def memory_type(entry):
    index = (entry & macros.PTE_ATTR_MASK) >> macros.PTE_ATTR_SHIFT
    attribute = register('MAIR_EL1') >> 8 * index & 0xff
    # MAIR_EL1's encodings: 0000xxxx Device, 0100 0100 non-cacheable, 1111 1111 write-back.
    known = {0xff: 'normal', 0x44: 'uncached'}
    return 'device' if attribute < 0x10 else known.get(attribute, f'attributes {attribute:#x}')


def attributes(entry):
    return ''.join((
        'u' if entry & macros.PTE_AP_EL0 else 'r', '-' if entry & macros.PTE_AP_RO else 'w',
        '-' if entry & macros.PTE_PXN else 'x', '' if entry & macros.PTE_UXN else 'X',
        ' ', memory_type(entry), ', contiguous' if entry & macros.PTE_CONTIG else ''))


def merged(half):
    """([va, bytes, pa, leaf bytes, entry] of each range that is alike, bytes of all tables)"""
    ranges, table_bytes = [], 0
    for va, level, entry in half.leaves():
        if va is None:
            table_bytes += entry
            continue
        span = 1 << half.granule.level_shift(level)
        pa, rest = half.address_of(entry), entry & ~macros.PTE_ADDR_MASK
        if ranges:
            last = ranges[-1]
            if (va == last[0] + last[1] and pa == last[2] + last[1] and span == last[3] and
                    rest == last[4] & ~macros.PTE_ADDR_MASK):
                last[1] += span
                continue
        ranges.append([va, span, pa, span, entry])
    return ranges, table_bytes


def print_half(half):
    with physical():
        ranges, table_bytes = merged(half)
    gdb.write(f'{half.name}: granule {half.granule.name}, {half.va_bits} bits, root {half.root:#x}\n')
    for va, count, pa, leaf, entry in ranges:
        gdb.write(f'{va:016x}-{va + count & MASK64:016x} {pa:012x} {format_bytes(count):>10} '
                  f'by {format_bytes(leaf):8} {attributes(entry)}\n')
    gdb.write(f'tables: {format_bytes(table_bytes)}\n')


def require_mmu():
    if not register('SCTLR', 'SCTLR_EL1') & macros.SCTLR_M:
        raise Problem('granule pt: the MMU is off: nothing is translated')


def print_all():
    require_mmu()
    for half, name in reversed(list(zip(halves(), ('TTBR0', 'TTBR1')))):
        if half:
            print_half(half)
        else:
            gdb.write(f'{name}: off\n')


def print_walk(va):
    require_mmu()
    half = halves()[va >> 63]
    if not half:
        gdb.write(f'TTBR{va >> 63}: off: nothing is mapped at {va:#x}\n')
        return
    if not half.holds(va):
        gdb.write(f'{va:#x} is outside both halves of {half.va_bits} bits\n')
        return
    with physical():
        steps, pa = list(half.walk(va)), half.translate(va)
    gdb.write(f'{half.name}: granule {half.granule.name}, {half.va_bits} bits, root {half.root:#x}\n')
    for level, index, entry in steps:
        if is_table(entry, level):
            what = f'table at {half.address_of(entry):#x}'
        elif entry & macros.PTE_VALID:
            span = 1 << half.granule.level_shift(level)
            kind = 'page' if level == macros.GRANULE_LAST_LEVEL else 'block'
            what = (f'{kind} of {format_bytes(span)} at {half.address_of(entry) & -span:#x}, '
                    f'{attributes(entry)}')
        else:
            what = 'invalid'
        gdb.write(f'  level {level} [{index:4}] {entry:016x} {what}\n')
    gdb.write(f'{va:#x} is not mapped\n' if pa is None else f'{va:#x} is at physical {pa:#x}\n')
