# SPDX-License-Identifier: BSD-2-Clause
"""The lower half while programs have it: which space TTBR0 has on each CPU, and what ASIDs are for.

A TLB keeps what it was told under an ASID for as long as it likes, whatever TTBR0 has meanwhile. So a
space counts as walked from the first time that a CPU's TTBR0 has it until all TLBs have forgotten its
ASID: a TLBI of all of it, broadcast and completed, while no CPU has it. In between, what changes in its
tables is owed a TLBI (tables.py), on whatever CPU the program runs, or on several.

TTBR0 changes while walks by it are on, which is well if the ASID changes with it: one register holds both.
The granule does not, and TLBs may hold TG0 and T0SZ (the Arm ARM, "TCR_EL1"). So there are steps:

    TTBR0 := nothing    ASID 0 and a root of zeroes, which says the same at each granule
    ISB                 no walk begins at the last space's tables any more
    TCR := ...
    ISB, TLBI VMALLE1, DSB, ISB     nothing is left that was made by the old TG0
    TTBR0 := root | ASID
    ISB, or an ERET

`Cpu.resizing` says which of the steps after TCR is missing.
"""

import dataclasses

from tables import VALID

ROOT = 0x0000fffffffffffe
ASID_SHIFT = 48
ROOT_BYTES = 4096 # of the largest: 4K's
TG0_SHIFT = {0: 12, 2: 14, 1: 16}
WHOLE = ('sy', 'ish')


@dataclasses.dataclass
class Space:
    root: int
    asid: int
    shift: int
    flushing: object = None # the CPU whose TLBI makes TLBs forget it, once a DSB comes


def geometry(tcr, half, shifts):
    """Of the tables that a half's walks begin at: (shift, level of the root, its entries, first address)."""
    shift, bits = shifts[tcr >> (30 if half else 14) & 3], 64 - (tcr >> 16 * half & 0x3f)
    levels = -(-(bits - shift) // (shift - 3))
    return shift, 4 - levels, 1 << bits - shift - (levels - 1) * (shift - 3), -1 << bits if half else 0


class Spaces:
    def __init__(self, fail, tables, cpus):
        self.fail, self.tables, self.cpus = fail, tables, cpus
        self.of = {}    # an ASID: the Space that TLBs may have entries of under it

    def is_nothing(self, ttbr):
        """The kernel's ASID, and a root that maps nothing."""
        root = ttbr & ROOT
        words = self.tables.pages.get(root >> 12, {})
        return not ttbr >> ASID_SHIFT and not any(
            value & VALID for at, value in words.items() if root <= at < root + ROOT_BYTES)

    def roots(self):
        return {(0, space.root) for space in self.of.values()}

    # ---- TTBR0 ----

    def load(self, cpu, ttbr, site):
        """TTBR0 changes while walks by it are on."""
        self.tables.settle_programs(cpu, site)
        if self.is_nothing(ttbr):
            return
        root, asid = ttbr & ROOT, ttbr >> ASID_SHIFT
        if not asid:
            self.fail(6, 'TTBR0_EL1 changes while walks by it are on, and not to a space with an ASID', site)
            return
        if cpu.resizing:
            self.fail(6, f'TTBR0_EL1 leads to tables again after TG0 or T0SZ changed, without {cpu.resizing}', site)
        shift, level, entries, base = geometry(cpu.now['tcr_el1'], 0, TG0_SHIFT)
        space = self.of.get(asid)
        if space and space.root != root:
            self.fail(7, f'an ASID is given to another space, and TLBs may have entries of the last one: {asid}', site)
            self.forget(space)
            space = None
        if not space:
            space = self.of[asid] = Space(root, asid, shift)
            for table in list(self.tables.add(root, level, base, shift, 0, root, entries, site, asid)):
                if any(time > writer.completed for time, writer in self.tables.stores_to(table)):
                    self.fail(3, 'TTBR0_EL1 leads to tables, and stores to them are not complete: no DSB', site)
        elif space.shift != shift:
            self.fail(6, f'tables are walked at another granule than before: {space.shift}, {shift}', site)
        space.flushing = None

    def enter(self, cpu, site):
        """EL0 is entered: what changed is due, and the program runs in its space."""
        self.tables.settle_programs(cpu, site)
        asid = cpu.now['ttbr0_el1'] >> ASID_SHIFT
        if asid not in self.of:
            self.fail(6, 'EL0 is entered, and TTBR0_EL1 has no space', site)

    # ---- TG0 and T0SZ ----

    def resize(self, cpu):
        """May they change now, whether walks are on or not? Only where no walk finds anything."""
        if not self.is_nothing(cpu.now['ttbr0_el1']) or not self.is_nothing(cpu.counted['ttbr0_el1']):
            return False
        cpu.resizing = 'an ISB'
        return True

    # ---- what leads on: the steps after TCR, and the end of a space ----

    def isb(self, cpu):
        cpu.resizing = {'an ISB': 'a TLBI VMALLE1', 'the last ISB': None}.get(cpu.resizing, cpu.resizing)

    def has(self, cpu, asid):
        return cpu.mmu() and asid in (cpu.now['ttbr0_el1'] >> ASID_SHIFT, cpu.counted['ttbr0_el1'] >> ASID_SHIFT)

    def flush(self, cpu, tlbi):
        if not tlbi.is_all():
            return
        if tlbi.asid is None and cpu.resizing == 'a TLBI VMALLE1':
            cpu.resizing = 'a DSB'
        for space in self.of.values():
            if tlbi.is_broadcast() and tlbi.asid in (None, space.asid) and \
                    not any(self.has(other, space.asid) for other in self.cpus.values()):
                space.flushing = cpu

    def dsb(self, cpu, option):
        if cpu.resizing == 'a DSB' and option in (*WHOLE, 'nsh'):
            cpu.resizing = 'the last ISB'
        for space in [space for space in self.of.values() if space.flushing is cpu and option in WHOLE]:
            self.forget(space)

    def forget(self, space):
        """No TLB has anything of it, and no walk comes to its tables."""
        del self.of[space.asid]
        self.tables.drop(lambda table: (table.half, table.root) != (0, space.root))
