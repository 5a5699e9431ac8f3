# SPDX-License-Identifier: BSD-2-Clause
"""Does tests/removals.cfg still speak of the code that there is, and does the model see what it should?"""

import importlib.machinery
import importlib.util
import os
import re
import sys
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
sys.dont_write_bytecode = True
sys.path[:0] = [os.path.join(TOP, 'scripts'), os.path.join(TOP, 'scripts/architecture')]
import debuginfo  # noqa: E402 (found by the line above)
import locks  # noqa: E402
import log  # noqa: E402
import memory  # noqa: E402
import model  # noqa: E402
import operations  # noqa: E402
import rows  # noqa: E402
import sites  # noqa: E402
import spaces  # noqa: E402
import tables  # noqa: E402
import tlbi  # noqa: E402

LOADER = importlib.machinery.SourceFileLoader('check_architecture', os.path.join(TOP, 'scripts/check-architecture'))
check_architecture = importlib.util.module_from_spec(importlib.util.spec_from_loader('check_architecture', LOADER))
LOADER.exec_module(check_architecture)

ROOT, BELOW = 0x1000, 0x2000


def read(name):
    with open(os.path.join(TOP, name), encoding='utf-8') as file:
        return file.read()


class Removals(unittest.TestCase):
    def test_each_finds_its_one_place_and_its_rows(self):
        removals = check_architecture.read_removals()
        names = [row.name for row in rows.read(read('tests/architecture.cfg'))]
        self.assertGreater(len(removals), 40)
        for name, removal in removals.items():
            with self.subTest(name):
                places = re.findall(removal['find'], read(removal['file']), re.MULTILINE)
                self.assertEqual(len(places), int(removal.get('places', '1')))
                if 'unseen' in removal:
                    continue
                self.assertTrue(any(re.search(removal['rows'], row) for row in names))
                self.assertIn(int(removal['rule']), range(1, 9))


class Operations(unittest.TestCase):
    """No barrier, DC, IC, TLBI or scope that nothing would miss."""

    def test_each_has_an_entry(self):
        self.assertEqual(operations.uncovered(TOP, check_architecture.read_removals().values()), [])

    def test_none_is_overlooked(self):
        text = '/* dsb sy */\n\tdsb\tsy\t/* isb */\n1:\tdc\tcivac, x0\n\tdc\tzva, x0\n\tisb\n\tbl\tcache_clean_poc\n\ttlbi\tvaae1is, x0\n'
        self.assertEqual([o.text for o in operations.find('a.S', text)],
                         ['dsb sy', 'dc civac', 'isb', 'bl cache_clean_poc', 'tlbi vaae1is'])
        text = 'void tlb_flush_all(void)\n{\n\tdsb_ish(); /* isb */\n\tif (a) isb();\n\tasm volatile("dc civac, %0\\n\\tdsb sy");\n\ttlb_flush_all();\n'
        self.assertEqual([o.text for o in operations.find('a.c', text)],
                         ['dsb_ish', 'isb', 'dc civac', 'dsb sy', 'tlb_flush_all'])

    def test_what_an_entry_covers(self):
        text = '\tisb\n\tdsb\tish\n\tisb\n'
        for find, put, covered in ((r'(\tisb\n)\tdsb\tish\n', r'\1', {(1, 'without')}),
                                   (r'(ish\n)\tisb\n', r'\1', {(2, 'without')}),
                                   (r'dsb\tish', r'dsb\tnsh', {(1, 'scope')}),
                                   (r'dsb\tish', r'dsb\tsy', set()),
                                   (r'\tdsb\tish\n\tisb\n', '', set())):
            with self.subTest(find):
                self.assertEqual(operations.covered('a.S', text, {'find': find, 'put': put}), covered)
        self.assertEqual(operations.covered('a.S', text, {'find': r'^\tisb', 'unseen': 'why'}),
                         {(i, what) for i in (0, 2) for what in ('without', 'scope')})


class Tables(unittest.TestCase):
    """A live root of 4K at level 2, with a table below."""

    def setUp(self):
        self.rules = []
        self.tables = tables.Tables(lambda rule, text, at, then=None: self.rules.append(rule))
        self.cpu, self.time = model.Cpu(), 0
        self.tables.put(self.cpu, ROOT, BELOW | 3, 0)
        list(self.tables.add(ROOT, 2, 0, 12, 0, ROOT))

    def store(self, index, value):
        self.time += 1
        self.tables.store(self.cpu, BELOW + 8 * index, value, self.time, 0)

    def dsb(self):
        self.time += 1
        self.cpu.completed = self.time
        self.tables.complete(self.cpu, self.time)

    def settle(self, isb=True):
        self.time += 1
        self.cpu.context = self.time if isb else 0
        self.tables.settle(self.cpu, 0)
        return self.rules

    def flush(self, form, va):
        self.time += 1
        self.tables.flush(self.cpu, tlbi.decode(form, va >> 12), self.time)

    def test_made(self):
        self.store(1, 0x5703)
        self.dsb()
        self.assertEqual(self.settle(), [])

    def test_made_without_barriers(self):
        self.store(1, 0x5703)
        self.assertEqual(self.settle(), [3])

    def test_made_without_isb(self):
        self.store(1, 0x5703)
        self.dsb()
        self.assertEqual(self.settle(isb=False), [3])

    def broken_at_once(self):
        self.store(1, 0x5703)
        self.dsb()
        self.settle()
        self.store(1, 0)
        self.dsb()
        self.flush('vaae1is', 0x1000)
        self.dsb()

    def broken(self, form='vaae1is', va=0x1000, before=True, after=True):
        self.store(1, 0x5703)
        self.dsb()
        self.settle()
        self.store(1, 0)
        if before:
            self.dsb()
        self.flush(form, va)
        if after:
            self.dsb()
        return self.settle()

    def test_broken(self):
        self.assertEqual(self.broken(), [])

    def test_made_again(self):
        for context, rules in ((9, []), (0, [2])):
            with self.subTest(context=context):
                self.setUp()
                self.broken_at_once()
                self.cpu.context = context
                self.store(1, 0x6703)
                self.assertEqual(self.rules, rules)

    def test_broken_wrongly(self):
        for wrong in ({'before': False}, {'after': False}, {'va': 0x2000}, {'form': 'vaae1'}):
            with self.subTest(wrong):
                self.setUp()
                self.assertEqual(self.broken(**wrong), [2])

    def test_changed_while_valid(self):
        self.store(1, 0x5703)
        self.dsb()
        self.settle()
        self.store(1, 0x6703)
        self.assertEqual(self.rules, [2])

    def test_permissions_change_in_place(self):
        self.store(1, 0x5703)
        self.dsb()
        self.settle()
        self.store(1, 0x5783)
        self.dsb()
        self.flush('vaale1is', 0x1000)
        self.dsb()
        self.assertEqual(self.settle(), [])

    def test_content_that_moved(self):
        for ordered, rules in ((3, []), (0, [3])):
            with self.subTest(ordered=ordered):
                self.setUp()
                self.tables.copy(0x5000, 0x1000, 2)
                self.cpu.ordered = ordered
                self.store(1, 0x5703)
                self.assertEqual(self.rules, rules)

    def test_half_a_run(self):
        for i in range(8):
            self.store(i, (0x10000 + 0x1000 * i) | 0x703 | 1 << 52)
        self.dsb()
        self.assertEqual(self.settle(), [4])

    def test_global_entry_of_a_user(self):
        self.store(1, 0x5743)
        self.assertEqual(self.rules, [7])

    def test_two_types(self):
        self.tables.memory_type = lambda entry: 'Device' if entry >> 2 & 7 else 'Normal'
        for first, second, rules in ((0, 1, [5]), (1, 0, [5]), (0, 0, []), (1, 1, [])):
            with self.subTest((first, second)):
                self.setUp_types()
                self.store(1, 0x5703 | first << 2)
                self.store(2, 0x6707)
                self.store(3, 0x5703 | second << 2)
                self.assertEqual(self.rules, rules)

    def setUp_types(self):
        kinds = self.tables.memory_type
        self.setUp()
        self.tables.memory_type = kinds

    def test_two_types_one_after_the_other(self):
        self.tables.memory_type = lambda entry: 'Device' if entry >> 2 & 7 else 'Normal'
        self.store(1, 0x5707)
        self.store(1, 0)
        self.store(3, 0x5703)
        self.assertEqual(self.rules, [])


class Tlbi(unittest.TestCase):
    """What each form takes out of a page of 16K at 0x8000, ASID 5, that a walk came to by a table of level 2."""

    LEAF = tables.Debt(0x8000, 0x4000, True, 0, 0, None, 5, False, 14, 3)
    TABLE = tables.Debt(0, 0x2000000, False, 0, 0, None, 5, False, 14, 2)
    KERNEL = tables.Debt(-1 << 48, 0x4000, True, 0, 0, None, 0, True, 14, 3)

    def takes(self, form, operand, debt):
        what = tlbi.decode(form, operand)
        return what.touches(debt.va, debt.span) and what.lacks(debt) is None

    def test_forms(self):
        for form, operand, leaf, table in (
                ('vmalle1is', None, True, True), ('vmalle1', None, False, False),
                ('aside1is', 5 << 48, True, True), ('aside1is', 6 << 48, False, False), ('aside1', 5 << 48, False, False),
                ('vae1is', 5 << 48 | 0x8, True, True), ('vae1is', 6 << 48 | 0x8, False, False),
                ('vae1is', 5 << 48 | 0xb, True, True), ('vae1is', 5 << 48 | 0xc, False, True),
                ('vale1is', 5 << 48 | 0x8, True, False), ('vaale1is', 0x8, True, False), ('vaae1is', 0x8, True, True),
                ('vaae1os', 0x8, True, True), ('vaae1', 0x8, False, False)):
            with self.subTest((form, operand)):
                self.assertEqual(self.takes(form, operand, self.LEAF), leaf)
                self.assertEqual(self.takes(form, operand, self.TABLE), table)

    def test_hints(self):
        for hint, leaf, table in ((0b1011, True, False), (0b1010, False, True), (0b0111, False, False), (0b0011, True, True)):
            with self.subTest(hint):
                self.assertEqual(self.takes('vae1is', 5 << 48 | hint << 44 | 8, self.LEAF), leaf)
                self.assertEqual(self.takes('vae1is', 5 << 48 | hint << 44 | 8, self.TABLE), table)

    def test_ranges(self):
        """TG says the granule: another one's range takes nothing out."""
        for granule, base, pages, takes in ((2, 2, 0, True), (2, 1, 0, True), (2, 3, 0, False), (1, 8, 1, False), (3, 0, 0, False)):
            with self.subTest((granule, base)):
                operand = 5 << 48 | granule << 46 | pages << 39 | base
                self.assertEqual(self.takes('rvae1is', operand, self.LEAF), takes)
        self.assertFalse(self.takes('rvae1is', 6 << 48 | 2 << 46 | 2, self.LEAF))

    def test_global(self):
        """An ASID doesn't matter to a global leaf, where an address is given."""
        at = (-1 << 48 & 0x00ffffffffffffff) >> 12
        self.assertTrue(self.takes('vae1is', 9 << 48 | at, self.KERNEL))
        self.assertFalse(self.takes('aside1is', 9 << 48, self.KERNEL))


class Spaces(unittest.TestCase):
    """Two CPUs, and spaces at 4K: each a root at level 0, with a page at 0x1000 three tables below."""

    NOTHING, ONE, TWO = 0x80000, 0x10000 | 5 << 48, 0x20000 | 6 << 48
    TCR = 16 | 0 << 14

    def setUp(self):
        self.rules, self.time = [], 0
        self.tables = tables.Tables(lambda rule, text, at, then=None: self.rules.append(rule))
        self.cpus = {0: model.Cpu(), 1: model.Cpu()}
        self.spaces = spaces.Spaces(self.tables.fail, self.tables, self.cpus)
        for cpu in self.cpus.values():
            cpu.now.update(sctlr_el1=1, tcr_el1=self.TCR, ttbr0_el1=self.NOTHING)
            cpu.counted.update(cpu.now)
        for root in (0x10000, 0x20000):
            for level in range(3):
                self.tables.put(self.cpus[0], root + 0x1000 * level, root + 0x1000 * (level + 1) | 3, 0)
            self.tables.put(self.cpus[0], root + 0x3008, 0x5f43 | tables.NG, 0)

    def isb(self, number=0):
        cpu = self.cpus[number]
        self.time += 1
        cpu.context, cpu.counted = self.time, type(cpu.now)(int, cpu.now)
        self.spaces.isb(cpu)

    def write(self, ttbr, number=0, isb=True):
        self.time += 1
        self.spaces.load(self.cpus[number], ttbr, 0)
        self.cpus[number].now['ttbr0_el1'] = ttbr
        if isb:
            self.isb(number)

    def dsb(self, number=0, option='ish'):
        self.time += 1
        self.cpus[number].completed = self.time
        self.tables.complete(self.cpus[number], self.time)
        self.spaces.dsb(self.cpus[number], option)

    def flush(self, form, operand=None, number=0):
        self.time += 1
        what = tlbi.decode(form, operand)
        self.tables.flush(self.cpus[number], what, self.time)
        self.spaces.flush(self.cpus[number], what)

    def unmap(self):
        self.time += 1
        self.tables.store(self.cpus[0], 0x13008, 0, self.time, 0)

    def forget(self, form='aside1is', asid=5, dsb=True):
        self.dsb()
        self.flush(form, asid << 48)
        if dsb:
            self.dsb()

    # ---- what changes while a space has an ASID ----

    def test_unmapped(self):
        for form, operand, rules in (('vae1is', 5 << 48 | 1, []), ('vaale1is', 1, []), ('vae1is', 6 << 48 | 1, [2]),
                                     ('vae1', 5 << 48 | 1, [2]), ('vae1is', 5 << 48 | 2, [2]), ('aside1is', 5 << 48, [])):
            with self.subTest((form, operand)):
                self.setUp()
                self.write(self.ONE)
                self.unmap()
                self.tables.settle(self.cpus[0], 0)
                self.assertEqual(self.rules, []) # it is in time if memory isn't given back before
                self.dsb()
                self.flush(form, operand)
                self.dsb()
                self.tables.settle_programs(self.cpus[0], 0)
                self.assertEqual(self.rules, rules)

    def test_due(self):
        for due in (lambda: self.tables.settle_programs(self.cpus[0], 0), lambda: self.spaces.enter(self.cpus[0], 0),
                    lambda: self.write(self.NOTHING), lambda: self.write(self.TWO)):
            self.setUp()
            self.write(self.ONE)
            self.unmap()
            due()
            self.assertEqual(self.rules, [2])

    def test_it_ran_once(self):
        """TLBs may have its entries, though no CPU has it now; another CPU's may, too."""
        self.write(self.ONE, 1)
        self.write(self.NOTHING, 1)
        self.unmap()
        self.tables.settle_programs(self.cpus[0], 0)
        self.assertEqual(self.rules, [2])

    def test_nobody_ran_it(self):
        self.unmap()
        self.tables.settle_programs(self.cpus[0], 0)
        self.assertEqual(self.rules, [])

    def test_global_entry(self):
        self.tables.put(self.cpus[0], 0x13010, 0x6703, 0) # not even EL0's
        self.write(self.ONE)
        self.assertEqual(self.rules, [7])

    # ---- the end of a space ----

    def test_end(self):
        for how, rules in (({}, []), ({'asid': 6}, [2]), ({'form': 'aside1'}, [2]), ({'dsb': False}, [2])):
            with self.subTest(how):
                self.setUp()
                self.write(self.ONE)
                self.write(self.NOTHING)
                self.forget(**how)
                self.unmap()
                self.tables.settle_programs(self.cpus[0], 0)
                self.assertEqual(self.rules, rules)

    def test_end_on_another_cpu(self):
        """One that has it in TTBR0 still walks its tables after the TLBI."""
        self.write(self.ONE)
        self.write(self.ONE, 1)
        self.write(self.NOTHING)
        self.forget()
        self.tables.free(0x10000, 0)
        self.assertEqual(self.rules, [2])

    def test_asid_of_another(self):
        for forgotten, rules in ((True, []), (False, [7])):
            self.setUp()
            self.write(self.ONE)
            self.write(self.NOTHING)
            if forgotten:
                self.forget()
            self.write(self.TWO & spaces.ROOT | 5 << 48)
            self.assertEqual(self.rules, rules)

    # ---- TG0 ----

    def change_granule(self, missing):
        """Each step, but for one."""
        cpu = self.cpus[0]
        steps = [lambda: self.isb(), lambda: self.flush('vmalle1'), lambda: self.dsb(option='nsh'), lambda: self.isb()]
        self.write(self.ONE)
        if missing != 'nothing':
            self.write(self.NOTHING, isb=missing != 'isb')
        may = self.spaces.resize(cpu)
        cpu.now['tcr_el1'] = self.TCR | 2 << 14
        for i, step in enumerate(steps):
            if i != missing:
                step()
        self.write(self.TWO)
        return may

    def test_granule(self):
        for missing in (None, 'nothing', 'isb', *range(4)):
            with self.subTest(missing):
                self.setUp()
                may = self.change_granule(missing)
                self.assertEqual(may, missing not in ('nothing', 'isb'))
                self.assertEqual(self.rules, [] if missing is None or not may else [6])

    def test_another_granule_than_before(self):
        self.write(self.ONE)
        self.write(self.NOTHING)
        self.cpus[0].now['tcr_el1'] = self.TCR | 2 << 14
        self.write(self.ONE)
        self.assertEqual(self.rules, [6])

    def test_content(self):
        for ordered, rules in ((9, []), (0, [3])):
            self.setUp()
            self.write(self.ONE)
            self.tables.fill(self.cpus[1], 0x9000, 0x1000, 5)
            self.cpus[1].ordered = ordered
            self.tables.store(self.cpus[0], 0x13010, 0x9f43 | tables.NG, 20, 0)
            self.assertEqual(self.rules, rules)


class Memory(unittest.TestCase):
    def setUp(self):
        self.rules = []
        self.memory = memory.Memory(lambda rule, text, at, then=None: self.rules.append(rule), (0, 0))
        self.cpu, self.other = model.Cpu(), model.Cpu()

    def test_written_past_a_cache(self):
        self.memory.store_off(0x40, 8, 1, 0)
        self.assertEqual(self.rules, [5])
        self.memory.mmu_on(0)
        self.assertEqual(self.rules, [5, 5])

    def test_handed_to_the_next_kernel(self):
        for option, rules in (('sy', []), ('ish', [5])):
            with self.subTest(option):
                self.setUp()
                self.memory.store_handed(0x40, 8, 0, 0)
                self.memory.dc('civac', 0x40, self.cpu)
                self.memory.dsb(option, self.cpu)
                self.memory.mmu_off([(0x40, 0x80)], 0)
                self.assertEqual(self.rules, rules)

    def test_instructions(self):
        steps = [lambda cpu: self.memory.dc('cvau', 0x40, cpu), lambda cpu: self.memory.dsb('ish', cpu),
                 lambda cpu: self.memory.ic(cpu, False), lambda cpu: self.memory.dsb('nsh', cpu),
                 lambda cpu: self.memory.isb(cpu)]
        for missing in [None, *range(len(steps))]:
            with self.subTest(missing):
                self.setUp()
                self.memory.store_text(0x40, 4, 0)
                for i, step in enumerate(steps):
                    if i != missing:
                        step(self.cpu)
                self.memory.fetch(0)
                self.assertEqual(self.rules, [] if missing is None else [1])
        # What another CPU does isn't done by this one.
        for others in range(1, len(steps)):
            with self.subTest(others=others):
                self.setUp()
                self.memory.store_text(0x40, 4, 0)
                for i, step in enumerate(steps):
                    step(self.other if i == others else self.cpu)
                self.memory.fetch(0)
                self.assertEqual(self.rules, [1])

    def test_dropped_by_another_cpu(self):
        self.memory.dc('ivac', 0x40, self.cpu)
        self.memory.dsb('sy', self.other)
        self.memory.store_off(0x40, 8, 1, 0)
        self.assertEqual(self.rules, [5])

    def test_one_cpu_of_two(self):
        self.memory.store_text(0x40, 4, 0)
        self.memory.dc('cvau', 0x40, self.cpu)
        self.memory.dsb('ish', self.cpu)
        self.memory.ic(self.cpu, True)
        self.memory.dsb('ish', self.cpu)
        self.memory.isb(self.cpu)
        self.memory.fetch(0)
        self.assertEqual(self.rules, [1])


    def test_loaded(self):
        self.memory.copies = [(0x1000, 0x100, 1), (0x8000, 0x40, 2), (0x1000, 0x80, 3), (0x1080, 0x80, 4), (0x9000, 0x40, 5)]
        self.assertEqual(self.memory.loaded(0x1000, 0x9000, 0), [(0x1000, 0x1080), (0x1080, 0x1100), (0x9000, 0x9040)])
        self.assertEqual(self.rules, [])
        self.memory.loaded(0x5000, 0x9000, 0)
        self.assertEqual(self.rules, [5])


class Image:
    """A kernel with a lock of 4 bytes at 0x40200000, and a word of data at 0x40200008."""
    at = {}

    def callers(self, offsets):
        return [['f.c:read_only' if offset == 1 else 'f.c:other'] for offset in offsets]


DEBUG_INFO = """ <0><b>: Abbrev Number: 1 (DW_TAG_compile_unit)
    <c>   DW_AT_name        : (indirect string, offset: 0x1): f.c
    <d>   DW_AT_addr_base   : 0x8
 <1><10>: Abbrev Number: 2 (DW_TAG_structure_type)
    <11>   DW_AT_name        : spinlock
    <12>   DW_AT_byte_size   : 4
 <1><20>: Abbrev Number: 3 (DW_TAG_base_type)
    <21>   DW_AT_byte_size   : 8
 <1><30>: Abbrev Number: 4 (DW_TAG_variable)
    <31>   DW_AT_name        : lock
    <32>   DW_AT_type        : <0x10>
    <33>   DW_AT_location    : 9 byte block: 3 0 0 0 0 80 80 ff ff 	(DW_OP_addr: ffff808000000000)
 <1><40>: Abbrev Number: 4 (DW_TAG_variable)
    <41>   DW_AT_name        : data
    <42>   DW_AT_type        : <0x20>
    <43>   DW_AT_location    :	(DW_OP_addrx <0x1>)
"""
DEBUG_ADDRESSES = """
  For compilation unit at offset 0:
	Index	Address
	0:	ffff808000001000
	1:	ffff808000000008
"""
LOCK, DATA = 0x40200000, 0x40200008


class Locks(unittest.TestCase):
    def setUp(self):
        self.found = []
        section = {'lock': 'f.c:lock', 'data': 'f.c:data', 'unlocked': 'read_only: a figure'}
        info = debuginfo.DebugInfo(DEBUG_INFO, DEBUG_ADDRESSES)
        self.locks = locks.Locks(lambda rule, text, at, then=None: self.found.append(text), Image(),
                                 [locks.Lock('a', section)], info)
        self.cpus = model.Cpu(), model.Cpu()

    def do(self, cpu, text, value=0):
        words = re.split(r'[\s,]+', text)
        site = sites.Site('atomic', [*words, text], 'f', 'f.c')
        self.locks.operate(self.cpus[cpu], site, 0, LOCK, lambda name: 0 if name == 'wzr' else value)

    def take(self, cpu, load='ldaxr'):
        self.do(cpu, load + ' w0, [x1]')
        self.do(cpu, 'stxr w2, w3, [x1]', 1)

    def write(self, cpu, at=0):
        self.locks.touch(self.cpus[cpu], at, DATA, 8, [5])

    def test_held(self):
        self.take(0)
        self.write(0)
        self.do(0, 'stlr wzr, [x1]')
        self.assertEqual(self.found, [])

    def test_not_held(self):
        self.take(1)
        self.write(0)
        self.do(1, 'stlr wzr, [x1]')
        self.write(1)
        self.assertEqual(len(self.found), 2)

    def test_somebody_else_was_faster(self):
        self.do(0, 'ldaxr w0, [x1]')
        self.take(1)
        self.do(0, 'stxr w2, w3, [x1]', 1)
        self.write(1)
        self.assertEqual(self.found, [])
        self.write(0)
        self.assertEqual(len(self.found), 1)

    def test_tickets(self):
        """The lower half is the next ticket, the upper one whose turn it is."""
        self.take(0)
        self.do(1, 'ldaxr w0, [x1]')
        self.do(1, 'stxr w2, w3, [x1]', 2)
        self.write(0)
        self.do(0, 'stlr w4, [x1]', 0x10002)
        self.assertEqual(self.found, [])
        self.write(1) # it has not looked since
        self.assertEqual(len(self.found), 1)
        self.do(1, 'ldar w0, [x1]')
        self.write(1)
        self.assertEqual(len(self.found), 1)

    def test_exempt(self):
        self.locks.touch(self.cpus[0], 1, DATA, 8, None)
        self.assertEqual(self.found, [])
        self.write(0, 1)
        self.assertEqual(len(self.found), 1)

    def test_semantics(self):
        self.take(0, 'ldxr')
        self.write(0)
        self.assertEqual(len(self.found), 1)
        self.do(0, 'ldar w0, [x1]') # tickets may be drawn without, and looked at with acquire
        self.write(0)
        self.assertEqual(len(self.found), 1)
        self.locks.touch(self.cpus[0], 0, LOCK, 4, [0])
        self.assertEqual(len(self.found), 2)

    def test_constants(self):
        layout = read('include/arch/layout.h')
        for name in ('LINEAR_BASE', 'FRAME_TABLE_BASE'):
            self.assertIn(getattr(locks, name), [int(word, 16) for word in re.findall(rf'{name} +(0x[0-9a-f]+)', layout)])

    def test_table(self):
        table = locks.read_table(TOP)
        self.assertGreater(len(table), 10)
        texts = [read(os.path.relpath(os.path.join(folder, name), TOP)) for part in ('arch', 'kernel', 'lib', 'mm')
                 for folder, _, names in os.walk(os.path.join(TOP, part)) for name in names if name.endswith('.c')]
        for name in {name for lock in table for name in lock.reads}:
            with self.subTest(name):
                self.assertTrue(any(re.search(rf'^\S.*\b{name}\(.*[^;]$', text, re.MULTILINE) for text in texts))
        with self.assertRaises(locks.BadTable):
            locks.Lock('a', {'lock': 'f.c:lock', 'unlocked': 'read_only'})


class Log(unittest.TestCase):
    def test_registers(self):
        text = b' PC=0000000000000000 ' + b' '.join(b'X%02d=%016x' % (i, i + 0x100000000) for i in range(31)) + b'  SP=00000000000000ff\n'
        registers = log.Registers(text)
        self.assertEqual((registers('x7'), registers('w7'), registers('sp'), registers('xzr')), (0x100000007, 7, 255, 0))

    def test_addresses(self):
        values = {'x0': 0x1000, 'x1': 4}.get
        self.assertEqual([model.address(text, values) for text in ('x0]', 'x0, #16]', 'x0], #16', 'x0, x1, lsl #3]')],
                         [0x1000, 0x1010, 0x1000, 0x1020])


if __name__ == '__main__':
    unittest.main()
