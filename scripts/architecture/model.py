# SPDX-License-Identifier: BSD-2-Clause
"""What the architecture demands of the order in which things happen: events in, findings out.

Rule 6 and the regimes are here, tables in tables.py (2, 3, 4, 7), caches in memory.py (1, 5). A model
of what must be, not of a CPU: what is not complete by a barrier may not have happened.
"""

import collections
import dataclasses

import locks
import memory
import sites
import spaces
import tables
import tlbi

LINEAR_BASE, WINDOW_BASE = 0xffff000000000000, sites.LINK_BASE
TG1_SHIFT = {2: 12, 1: 14, 3: 16}
EPD = (1 << 7, 1 << 23)
SIZES = (0x3f | 3 << 14, 0x3f << 16 | 3 << 30)  # TnSZ and TGn
MMU_ON = 1
STORES = ('sy', 'st', 'ish', 'ishst')
LOCAL_STORES = STORES + ('nsh', 'nshst')
WHOLE = ('sy', 'ish')
SECOND_ENTRY = 'cpu_entry'


@dataclasses.dataclass
class Finding:
    rule: int
    text: str
    at: int
    then: int
    cpu: int


class Cpu:
    """Times are counts of events."""

    def __init__(self):
        self.resizing = None                        # what is missing since TG0 or T0SZ changed under walks (spaces.py)
        self.ordered = self.completed = self.stored = self.context = 0
        self.now = collections.defaultdict(int)     # registers as written
        self.counted = collections.defaultdict(int) # as of the last ISB
        self.pending = {}                           # register: site of a write that no ISB followed
        self.clean = [False, False]                 # for each half: the TLB has nothing of it
        self.flushing = [False, False]              # the same, once a DSB comes
        self.stale = False                          # a TLBI completed, and no ISB came
        self.icache = None                          # the site that changed what text is at an address
        self.icache_state = 'IC'
        self.walks_off = [None, None]               # the site that switched walks off, until they are forgotten
        self.roots = [None, None]                   # what walks begin at, while they are on
        self.el2 = 'TLBI ALLE1'                     # what is missing before EL2 may enter EL1
        self.left = None                            # the site that switched the MMU off for the next kernel
        self.now['tcr_el1'] = self.counted['tcr_el1'] = EPD[0] | EPD[1]

    def mmu(self):
        return bool(self.now['sctlr_el1'] & MMU_ON)


class Model:
    def __init__(self, found, table=None):
        self.sites, self.time, self.ended = found, 0, False
        self.findings, self.seen, self.cpu = [], set(), 0
        self.cpus = collections.defaultdict(Cpu)
        self.counts = collections.Counter()
        base = sites.LOAD_BASE - sites.LINK_BASE
        self.image = (sites.LOAD_BASE, found.symbols['_end'] + base)
        self.text = (sites.LOAD_BASE, found.symbols['_etext'] + base)
        self.jump = (found.symbols['_kexec_jump'] + base, found.symbols['_kexec_jump_end'] + base)
        self.memory = memory.Memory(self.fail, (sites.LOAD_BASE, found.symbols['_bss'] + base))
        self.tables = tables.Tables(self.fail, self.memory_type)
        self.spaces = spaces.Spaces(self.fail, self.tables, self.cpus)
        self.locks = locks.Locks(self.fail, found, table) if table else None

    def fail(self, rule, text, at, then=None):
        key = (rule, text.split(':')[-1] if ':' in text else text, at, then)
        if key not in self.seen:
            self.seen.add(key)
            self.findings.append(Finding(rule, text, at, then, self.cpu))

    def event(self, number, pc, registers):
        offset = pc - (sites.LINK_BASE if pc >= sites.LINK_BASE else sites.LOAD_BASE)
        site = self.sites.at.get(offset)
        if not site or self.ended:
            return
        self.time += 1
        if site.function == SECOND_ENTRY and site.words[1] == 'mair_el1' and self.cpus[number].mmu():
            # It was switched off meanwhile.
            self.cpus[number] = Cpu()
            self.forget_roots()
        self.cpu, cpu = number, self.cpus[number]
        self.counts[site.kind] += 1
        if pc >= sites.LINK_BASE:
            if self.memory.text:
                self.memory.fetch(offset)
            if cpu.icache is not None:
                self.fail(1, f'text is at another place in memory, and runs without {cpu.icache_state}', cpu.icache, offset)
                cpu.icache = None
        getattr(self, 'on_' + site.kind)(cpu, site, offset, registers)

    # ---- barriers ----

    def on_dmb(self, cpu, site, *_):
        if site.words[1] in STORES:
            cpu.ordered = self.time

    def on_dsb(self, cpu, site, offset, *_):
        option = site.words[1]
        if option in LOCAL_STORES:
            cpu.ordered = self.time
        if option in STORES:
            cpu.completed = self.time
        if option == 'sy':
            cpu.stored = self.time
        if option in WHOLE:
            cpu.stale |= self.tables.complete(cpu, self.time)
        self.spaces.dsb(cpu, option)
        if option in WHOLE + ('nsh',):
            cpu.el2 = 'ISB' if cpu.el2 == 'DSB' else cpu.el2
            for half in (0, 1):
                cpu.stale |= cpu.flushing[half]
                if cpu.flushing[half]:
                    cpu.clean[half], cpu.walks_off[half] = True, None
            cpu.flushing = [False, False]
            if cpu.icache is not None and cpu.icache_state == 'DSB':
                cpu.icache_state = 'ISB'
        self.memory.dsb(option, cpu)

    def on_isb(self, cpu, *_):
        cpu.context, cpu.stale = self.time, False
        cpu.counted = collections.defaultdict(int, cpu.now)
        cpu.pending.clear()
        cpu.el2 = None if cpu.el2 == 'ISB' else cpu.el2
        if cpu.icache_state == 'ISB':
            cpu.icache, cpu.icache_state = None, 'IC'
        self.spaces.isb(cpu)
        self.memory.isb(cpu)

    # ---- maintenance ----

    def forget_roots(self):
        """Tables that no CPU begins at, or comes to, are not walked any more."""
        roots = {(half, cpu.roots[half]) for cpu in self.cpus.values() for half in (0, 1)} | self.spaces.roots()
        self.tables.drop(lambda table: (table.half, table.root) in roots)

    def on_tlbi(self, cpu, site, offset, registers):
        form = site.words[1]
        if form.startswith('alle'):
            cpu.el2 = 'DSB'
            return
        self.needs_isb(cpu, f'TLBI {form}', offset)
        operand = registers(site.words[2]) if len(site.words) > 3 else None
        what = tlbi.decode(form, operand)
        self.tables.flush(cpu, what, self.time)
        self.spaces.flush(cpu, what)
        if what.is_all() and what.asid is None:
            for half in (0, 1):
                cpu.flushing[half] |= not self.walks(cpu, cpu.counted, half)

    def needs_isb(self, cpu, what, offset):
        for register, where in cpu.pending.items():
            self.fail(6, f'{register} is written, and {what} comes before an ISB', where, offset)

    def on_ic(self, cpu, site, offset, *_):
        self.needs_isb(cpu, 'IC', offset)
        others = any(other is not cpu and other.mmu() for other in self.cpus.values())
        self.memory.ic(cpu, site.words[1] == 'iallu' and others)
        if cpu.icache is not None:
            cpu.icache_state = 'DSB'

    def on_dc(self, cpu, site, offset, registers):
        self.memory.dc(site.words[1], self.physical(registers(site.words[2])), cpu)

    # ---- registers ----

    @staticmethod
    def walks(cpu, values, half):
        return bool(values['sctlr_el1'] & MMU_ON) and not values['tcr_el1'] & EPD[half]

    def on_msr(self, cpu, site, offset, registers):
        name, value = site.words[1], registers(site.words[2])
        old = cpu.now[name]
        before = [self.walks(cpu, cpu.now, half) for half in (0, 1)]
        if name == 'tcr_el1':
            self.change_tcr(cpu, value, offset)
        if name.startswith('ttbr') and cpu.mmu():
            self.change_root(cpu, int(name[4]), old, value, offset)
        cpu.now[name] = value
        for half in (0, 1):
            after = self.walks(cpu, cpu.now, half)
            if after and not before[half]:
                self.begin(cpu, half, offset)
            elif before[half] and not after:
                cpu.roots[half] = None
                self.forget_roots()
                cpu.walks_off[half] = offset if cpu.now['sctlr_el1'] & MMU_ON else None
        if name == 'sctlr_el1' and (old ^ value) & MMU_ON:
            self.turn(cpu, value & MMU_ON, offset)
        if name != 'sctlr_el1' or (old ^ value) & MMU_ON:
            cpu.pending[name] = offset

    def change_tcr(self, cpu, value, offset):
        for half in (0, 1):
            changed = (cpu.now['tcr_el1'] ^ value) & SIZES[half]
            if not changed or not cpu.mmu() or (not half and self.spaces.resize(cpu)):
                continue
            if self.walks(cpu, cpu.counted, half) or not value & EPD[half]:
                self.fail(6, f'TG{half} or T{half}SZ changes while walks by TTBR{half} are on', offset)
            elif cpu.walks_off[half] is not None:
                self.fail(6, f'TG{half} or T{half}SZ changes while the TLB may have entries of the old kind', offset)
            elif cpu.stale:
                self.fail(6, f'TG{half} or T{half}SZ changes after a TLBI, and no ISB came between', offset)
            cpu.clean[half] = False

    def change_root(self, cpu, half, old, value, offset):
        if self.walks(cpu, cpu.now, half) or self.walks(cpu, cpu.counted, half):
            if half:
                self.fail(6, 'TTBR1_EL1 changes while walks by it are on', offset)
            else:
                self.spaces.load(cpu, value, offset)
        if (old ^ value) & spaces.ROOT and (half or not self.spaces.is_nothing(value)):
            cpu.clean[half] = False
            if half and old:
                cpu.icache, cpu.icache_state = offset, 'IC'

    def begin(self, cpu, half, offset):
        """Walks by this half begin."""
        for register, where in cpu.pending.items():
            if register != 'sctlr_el1':
                self.fail(6, f'walks begin while {register} does not count yet: no ISB since', where, offset)
        if not cpu.clean[half]:
            self.fail(2, f'walks by TTBR{half} begin, and the TLB may hold what an earlier map left: '
                      'no completed TLBI since it changed', offset)
        if cpu.stale:
            self.fail(2, f'walks by TTBR{half} begin after a TLBI, and no ISB came between', offset)
        cpu.clean[half], cpu.walks_off[half] = False, None
        tcr, root = cpu.now['tcr_el1'], cpu.now[f'ttbr{half}_el1'] & spaces.ROOT
        if not half and self.spaces.is_nothing(cpu.now['ttbr0_el1']):
            return
        shift, level, entries, base = spaces.geometry(tcr, half, TG1_SHIFT if half else spaces.TG0_SHIFT)
        known = any(other.roots[half] == root for other in self.cpus.values())
        cpu.roots[half] = root
        for table in self.tables.below(half, root) if known else list(
                self.tables.add(root, level, base, shift, half, root, entries, offset)):
            if any(time > writer.completed for time, writer in self.tables.stores_to(table)):
                self.fail(3, f'walks by TTBR{half} begin, and stores to tables are not complete: no DSB', offset)

    def turn(self, cpu, on, offset):
        """The MMU goes on or off."""
        if on:
            self.memory.mmu_on(offset)
            return
        self.memory.mmu_off([self.jump], offset)
        if self.sites.at[offset].function.startswith('cpu_leave'):
            cpu.left = cpu.icache = offset
            cpu.icache_state = 'IC'

    def memory_type(self, entry):
        """Of a leaf, by MAIR: None as long as that isn't written."""
        attributes = self.cpus[self.cpu].now['mair_el1'] >> 8 * (entry >> 2 & 7) & 0xff
        return 'Device' if attributes < 0x10 else 'Normal uncached' if attributes == 0x44 else 'Normal'

    # ---- stores ----

    def physical(self, va):
        if va >= WINDOW_BASE and va < WINDOW_BASE + 0x1000000:
            return va - WINDOW_BASE + sites.LOAD_BASE
        return va - LINEAR_BASE if va >= LINEAR_BASE else va

    def on_store(self, cpu, site, offset, registers):
        name, operands = site.words[0], site.words[-1]
        values, _, place = operands.partition('[')
        if place.startswith('sp') and cpu.mmu():
            return
        sources = [word.strip() for word in values.split(',') if word.strip()]
        size = 4 if sources[0][0] == 'w' else 8
        pa = self.physical(address(place, registers) & (1 << 64) - 1)
        if not cpu.mmu():
            self.memory.store_off(pa, size * len(sources), self.time, offset)
        if site.file.endswith('reloc.c') and self.text[0] <= pa < self.text[1]:
            self.memory.store_text(pa, size, offset)
        elif size == 8:
            for i, source in enumerate(sources):
                if self.locks and any(table.half for table in self.tables.live.get(pa >> 12, ())):
                    self.locks.table_store(cpu, offset)
                self.tables.store(cpu, pa + 8 * i, registers(source), self.time, offset)

    def on_load(self, cpu, site, offset, registers):
        place = site.words[-1].partition('[')[2]
        pa = self.physical(address(place, registers) & (1 << 64) - 1)
        if not cpu.mmu() and not place.startswith('sp') and not self.image[0] <= pa < self.image[1]:
            self.memory.load_off(pa, offset)

    def on_call(self, cpu, site, offset, registers):
        """Functions that store, from which nothing is reported."""
        if site.words[0] != 'blr':
            called = site.words[2].strip('<>')
        else:
            target = registers(site.words[1])
            base = sites.LINK_BASE if target >= sites.LINK_BASE else sites.LOAD_BASE
            called = self.sites.function(target - base + sites.LINK_BASE)[0]
        in_tables = site.file.startswith(sites.TABLES)
        if site.file.startswith(sites.FILLERS):
            count = registers('x1' if called.startswith('arch_zero') else 'x2')
            self.tables.fill(cpu, self.physical(registers('x0')), count, self.time)
        elif called in ('memset', 'arch_zero'):
            count = registers('x2' if called == 'memset' else 'x1')
            self.fill(cpu, site, offset, registers('x0'), count)
        elif called == 'arch_copy_pages' and site.file.startswith(sites.MOVERS):
            self.tables.copy(self.physical(registers('x0')), registers('x2'), self.time)
        elif called in ('memcpy', 'arch_copy_pages') and not in_tables:
            self.copy(offset, self.physical(registers('x0')), registers('x2'))
        elif in_tables and (called.endswith('_free') or called in sites.TABLE_FREES):
            self.tables.free(registers('x2'), offset)

    def on_give(self, cpu, site, offset, *_):
        """Memory that programs had is given back."""
        self.tables.settle_programs(cpu, offset)

    def on_enter(self, cpu, site, offset, registers):
        """An ERET to EL0, which synchronizes as an ISB does."""
        self.spaces.enter(cpu, offset)
        self.on_isb(cpu)

    def fill(self, cpu, site, offset, va, count):
        pa = self.physical(va)
        if not cpu.mmu():
            self.memory.store_off(pa, count, self.time, offset)
        if site.file.startswith(sites.TABLES):
            self.tables.clear(cpu, pa, count, self.time)
        else:
            self.copy(offset, pa, count)

    def on_leave(self, cpu, site, offset, registers):
        """The call, since the function lies anywhere by then. It writes nothing."""
        self.memory.mmu_off(self.memory.loaded(registers('x0'), registers('x1'), offset), offset)

    def copy(self, offset, pa, count):
        self.memory.store_handed(pa, count, self.time, offset)
        if sites.LOADERS.intersection(self.sites.callers([offset])[0]):
            self.memory.copies.append((pa, count, self.time))

    # ---- locks, and what they protect ----

    def on_atomic(self, cpu, site, offset, registers):
        place = site.words[-1].partition('[')[2]
        self.locks.operate(cpu, site, offset, self.physical(address(place, registers) & (1 << 64) - 1), registers)

    def on_touch(self, cpu, site, offset, registers):
        name, (values, _, place) = site.words[0], site.words[-1].partition('[')
        va = address(place, registers) & (1 << 64) - 1
        registers_of = [word.strip() for word in values.split(',') if word.strip()]
        size = {'b': 1, 'h': 2, 'w': 4}.get(name[-1]) or (4 if values[0] == 'w' else 8)
        written = [registers(word) for word in registers_of] if name.startswith('st') else None
        self.locks.run(cpu, offset)
        if written and size == 8 and locks.FRAME_TABLE_BASE <= va < locks.FRAME_TABLE_BASE + locks.FRAME_TABLE_BYTES:
            for i, value in enumerate(written):
                self.locks.frame(cpu, offset, va + 8 * i, value)
        self.locks.touch(cpu, offset, self.physical(va), size * len(registers_of), written)

    def on_locked_call(self, cpu, site, offset, registers):
        called = site.words[2].strip('<>')
        count = registers('x1' if called == 'arch_zero' else 'x2')
        self.locks.called(called, registers, self.physical)
        self.locks.run(cpu, offset)
        if called in ('slab_free', 'serial_port_write'):
            return
        self.locks.touch_range(cpu, offset, self.physical(registers('x0')), count, True)
        if called in ('memcpy', 'memmove'):
            self.locks.touch_range(cpu, offset, self.physical(registers('x1')), count, False)

    # ---- debts are due ----

    def on_ret(self, cpu, site, offset, registers):
        if site.function == sites.CLEANER:
            self.memory.cleaned(cpu, offset)
            return
        back = registers('x30')
        base = sites.LINK_BASE if back >= sites.LINK_BASE else sites.LOAD_BASE
        if self.sites.function(back - base + sites.LINK_BASE)[1].startswith(sites.TABLES):
            return
        self.due(cpu, offset)

    def on_passed(self, cpu, site, offset, *_):
        """EL2 enters EL1; the boot stage calls kernel_main; the next kernel begins."""
        if site.words[0] == 'bl':
            self.due(cpu, offset)
        elif site.words[0] == 'eret' and cpu.el2:
            self.fail(2, f'EL1 is entered, and TLBs may have what EL1 and EL0 had before: no {cpu.el2}', offset)
        elif cpu.left is not None:
            if cpu.icache is not None:
                self.fail(1, f'the next kernel was written, and begins without {cpu.icache_state}', cpu.left, offset)
            self.ended = True

    def due(self, cpu, offset):
        self.tables.settle(cpu, offset)
        for register, where in cpu.pending.items():
            self.fail(6, f'{register} is written, and no ISB comes before it is used', where, offset)
        if cpu.stale:
            self.fail(2, 'a TLBI is complete, and no ISB came after it', offset)
            cpu.stale = False
        for half in (0, 1):
            if cpu.walks_off[half] is not None:
                self.fail(2, f'walks by TTBR{half} are off, and the TLB still has what they gave', cpu.walks_off[half], offset)
                cpu.walks_off[half] = None


def address(place, registers):
    """'x0, #16]' -> the address that a store goes to; after `]`, the base changes later."""
    inside, _, _ = place.partition(']')
    words = [word.strip() for word in inside.split(',')]
    value = registers(words[0])
    if len(words) > 1:
        second = int(words[1][1:], 0) if words[1].startswith('#') else registers(words[1])
        if len(words) > 2 and words[2].startswith('sxtw') and second >> 31:
            second -= 1 << 32
        shift = int(words[2].partition('#')[2] or '0', 0) if len(words) > 2 else 0
        value += second << shift
    return value
