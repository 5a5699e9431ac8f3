# SPDX-License-Identifier: BSD-2-Clause
"""scripts/gdb and its commands, in batch: symbols that follow the kernel, and what is read of it.

What a command shows is held against somebody else's word: the kernel's own report of the same machine,
the kernel's functions, called from gdb, or QEMU's translation of an address.
"""

import functools
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
GRANULES = {'4k': 4 << 10, '16k': 16 << 10, '64k': 64 << 10}
sys.path.insert(0, str(TOP / 'scripts'))
import surroundings  # noqa: E402 (found by the line above)

BUILD = surroundings.setting('BUILD', 'build')
BUILD_LLVM = surroundings.setting('BUILD_LLVM', 'build-llvm')
SECONDS = 120
SELF = {'INITRD': f'{BUILD}/loaders/kexec-self.cpio'}
UNITS = {'B': 1, 'KiB': 1 << 10, 'MiB': 1 << 20, 'GiB': 1 << 30}
COMMANDS = ('cma', 'connect', 'frames', 'free', 'log', 'pt', 'slab', 'start', 'symbols', 'vmap', 'where')
BLUNDERS = ('Traceback', 'Python Exception', 'Error occurred in Python', 'Internal error')

# Runs a command that has to be refused, so that the script goes on; says so if it is not.
REFUSED = """python
try:
    gdb.execute({!r}, to_string=True)
    print('not refused')
except gdb.error as error:
    print('refused:', error)
end"""


def start(command, build=BUILD, **more):
    return subprocess.Popen(command, cwd=TOP, env={**surroundings.without_settings(), 'GRANULE_BUILD': build}, text=True,
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            errors='replace', **more)


def settings_of(settings):
    return [f'{name}={value}' for name, value in settings.items()]


class Session:
    """One run of scripts/gdb: what each command answered, what the kernel printed, the status."""

    def __init__(self, commands, build=BUILD, **settings):
        with tempfile.TemporaryDirectory(prefix='test-gdb-') as directory:
            log, script = pathlib.Path(directory, 'log'), pathlib.Path(directory, 'script')
            lines = [f'set logging file {log}', 'set logging redirect on', 'set width 0',
                     'set logging enabled on']
            for command in commands:
                lines += [command, 'echo \\n@@\\n']
            script.write_text('\n'.join(lines) + '\n')
            process = start(['scripts/gdb', *settings_of(settings), '--', '-nx', '-batch', '-x',
                             str(script)], build)
            try:
                self.kernel, _ = process.communicate(timeout=SECONDS)
            except subprocess.TimeoutExpired:
                process.send_signal(signal.SIGTERM)
                self.kernel, _ = process.communicate()
                self.kernel += '\ntest: took too long'
            text = log.read_text(errors='replace') if log.exists() else ''
        self.status = process.returncode
        *answers, self.rest = re.split(r'\n@@\n', text)
        self.answers = [answer.strip('\n') for answer in answers]
        self.text = text

    def __str__(self):
        return f'status {self.status}\n{self.text}\n---- the kernel and errors:\n{self.kernel}'


def at_each_granule(test):
    """Three tests, called TEST_4k and so on."""
    test.granules = GRANULES
    return test


class Gdb(unittest.TestCase):
    maxDiff = None

    def __init_subclass__(cls):
        for name, test in list(vars(cls).items()):
            for granule in getattr(test, 'granules', ()):
                setattr(cls, f'{name}_{granule}', functools.partialmethod(test, granule=granule))
            if hasattr(test, 'granules'):
                delattr(cls, name)

    def session(self, *commands, status=0, build=BUILD, **settings):
        session = Session(commands, build, **settings)
        self.assertEqual(session.status, status, session)
        for blunder in BLUNDERS:
            self.assertNotIn(blunder, str(session), session)
        if status == 0:
            self.assertEqual(len(session.answers), len(commands), session)
        return session

    def where(self, answer, phase, granule, base=None):
        """Is that what `granule where` says? The image's address."""
        self.assertRegex(answer, rf'phase: +{phase}, EL')
        self.assertRegex(answer, rf'granule: {granule}')
        image = re.search(r'image: +(0x[0-9a-f]+), physical (0x[0-9a-f]+)$', answer)
        self.assertTrue(image, answer)
        if base:
            self.assertEqual(image[1], base)
        return image[1]

    def frames_of(self, answer, *functions):
        """Does the backtrace begin with these?"""
        found = re.findall(r'^#[0-9]+ +(?:0x[0-9a-f]+ in )?(\w+)', answer, re.M)
        self.assertEqual(found[:len(functions)], list(functions), answer)


def in_bytes(text):
    number, unit = text.split()
    return int(float(number) * UNITS[unit])


class Follow(Gdb):
    """Symbols are right wherever the kernel runs."""

    def from_reset(self, granule, build):
        s = self.session(
            'info symbol $pc', 'granule where', 'break idmap_build', 'break boot_main', 'break kernel_main',
            'continue', 'bt', 'granule where',
            'continue', 'bt', 'granule where', 'granule pt $pc',
            'continue', 'bt', 'granule where', 'print boot_info.image_va', 'print granule_by_shift(16)->name',
            'tbreak verdict_end', 'continue', 'bt', 'print verdict',
            build=build, PAGESIZE=granule, CMDLINE='run=granule')
        a = s.answers
        self.assertRegex(a[0], '^(_text|_start) in section')
        self.where(a[1], 'MMU off', 'none', '0x40200000')
        self.frames_of(a[6], 'idmap_build', 'boot_entry')
        self.where(a[7], 'MMU off', 'none')
        self.frames_of(a[9], 'boot_main', 'boot_entry')
        self.where(a[10], 'identity map', '4k by TTBR0', '0x40200000')
        self.assertRegex(a[11], r'page of 4 KiB at 0x[0-9a-f]+, rwx normal')
        self.frames_of(a[13], 'kernel_main', 'mmu_switch')
        image = self.where(a[14], 'kernel map', f'{granule} by TTBR1')
        self.assertIn(str(int(image, 16)), a[15])
        self.assertIn('"64k"', a[16])
        self.frames_of(a[19], 'verdict_end')
        self.assertIn('kernel_main', a[19])
        self.assertIn('VERDICT_PASS', a[20])
        # By KASLR, and as the kernel says.
        self.assertIn(f'KiB at {image} (random, by kaslr-seed)', s.kernel)

    @at_each_granule
    def test_from_reset_gcc(self, granule):
        self.from_reset(granule, BUILD)

    @at_each_granule
    def test_from_reset_clang(self, granule):
        self.from_reset(granule, BUILD_LLVM)

    def test_a_path_with_more_than_letters(self):
        with tempfile.TemporaryDirectory() as folder:
            build = os.path.join(folder, "it's a \"build\", of mine")
            os.mkdir(build)
            for name in ('Image', 'granule.elf'):
                shutil.copy(os.path.join(TOP, BUILD, name), build)
            s = self.session('break kernel_main', 'continue', 'granule where', build=build)
            self.where(s.answers[2], 'kernel map', '4k by TTBR1')

    def kexec(self, first, then, **settings):
        s = self.session(
            'break kernel_main', 'continue', 'granule where', 'continue', 'bt', 'granule where',
            'break boot_entry', 'info breakpoints', 'tbreak verdict_end', 'continue', 'bt',
            PAGESIZE=first, **SELF, **settings,
            CMDLINE=f'run="kexec load Image -- pagesize={then} run=granule; kexec exec"')
        a = s.answers
        before = self.where(a[2], 'kernel map', f'{first} by TTBR1')
        self.frames_of(a[4], 'kernel_main', 'mmu_switch')
        after = self.where(a[5], 'kernel map', f'{then} by TTBR1')
        self.assertNotEqual(before, after)
        self.assertIn('already hit 2 times', a[7])
        self.frames_of(a[10], 'verdict_end')
        self.assertIn(f'pagesize={then} requested={then}', s.kernel)
        self.assertIn('boot: entered at EL' + ('2' if settings else '1'), s.kernel)

    def test_kexec_4k_to_64k(self):
        self.kexec('4k', '64k')

    def test_kexec_16k_to_4k(self):
        self.kexec('16k', '4k')

    def test_kexec_64k_to_16k_by_el2(self):
        self.kexec('64k', '16k', EL2='1')

    def test_the_next_kernel_from_its_first_instruction(self):
        s = self.session('break boot_entry', 'continue', 'continue', 'granule where', 'info symbol $pc',
                         'break boot_main', 'continue', 'bt', 'granule where', 'granule pt',
                         PAGESIZE='16k', **SELF,
                         CMDLINE='run="kexec load Image -- pagesize=64k run=granule; kexec exec"')
        base = self.where(s.answers[3], 'MMU off', 'none')
        self.assertNotEqual(base, '0x40200000')
        self.assertRegex(s.answers[4], '^boot_entry in section')
        self.frames_of(s.answers[7], 'boot_main', 'boot_entry')
        self.where(s.answers[8], 'identity map', '4k by TTBR0', base)
        self.assertRegex(s.answers[9],
                         rf'\n{int(base, 16):016x}-[0-9a-f]+ {int(base, 16):012x} .* rwx normal')

    def test_a_crash_kernel(self):
        s = self.session('break panic', 'continue', 'bt', 'tbreak kernel_main', 'continue', 'granule where',
                         PAGESIZE='64k', **SELF, CMDLINE='crashkernel=64M run="kexec load --crash Image '
                         '-- pagesize=4k run=granule; fault panic"')
        self.frames_of(s.answers[2], 'panic')
        self.where(s.answers[5], 'kernel map', '4k by TTBR1')

    def test_a_trap(self):
        s = self.session('break panic_end', 'continue', 'bt', 'granule where', 'granule free',
                         PAGESIZE='4k', CMDLINE='run="fault null"')
        self.frames_of(s.answers[2], 'panic_end', 'trap_handle')
        self.where(s.answers[3], 'kernel map', '4k by TTBR1')

    def test_steps_across_the_move(self):
        s = self.session('tbreak mmu_switch', 'continue', 'stepi', 'stepi', 'info symbol $pc', 'stepi',
                         'info symbol $pc', 'granule where', 'stepi', 'info symbol $pc', PAGESIZE='16k')
        for answer in (s.answers[4], s.answers[6], s.answers[9]):
            self.assertRegex(answer, r'^mmu_switch \+ [0-9]+ in section')
        self.where(s.answers[7], 'kernel map', '16k by TTBR1, 4k by TTBR0')

    def test_other_entries(self):
        for settings, base, level in (({'EL2': '1'}, '0x40200000', 2),
                                      ({'LOADER': 'elf', 'SECURE': '1'}, '0x40200000', 3),
                                      ({'LOADER': 'place', 'ADDR': '0x44600000'}, '0x44600000', 1)):
            with self.subTest(**settings):
                s = self.session('granule where', 'break kernel_main', 'continue', 'granule where',
                                 PAGESIZE='64k', **settings)
                self.where(s.answers[0], 'MMU off', 'none', base)
                self.assertIn(f'EL{level}', s.answers[0])
                self.where(s.answers[3], 'kernel map', '64k by TTBR1')
                self.assertIn(f'physical {base}', s.answers[3])

    def test_found_without_having_followed(self):
        """The last kernel's symbols are taken away; VBAR_EL1 and pc say where it is."""
        s = self.session('tbreak report_image', 'continue', 'granule where', 'symbol-file', 'symbol-file '
                         f'{TOP}/{BUILD}/granule.elf', 'python image.image().base = 0', 'granule symbols',
                         'bt', PAGESIZE='64k')
        base = self.where(s.answers[2], 'kernel map', '64k by TTBR1')
        self.assertEqual(s.answers[6], f'symbols: image at {base}')
        self.assertRegex(s.answers[7], 'report_image|kernel_main')


class OtherCpus(Gdb):
    """EL2 of CPUs that QEMU hasn't, by changing what the set-up there (el2.S) reads or writes."""

    E2H = 1 << 34

    def boots(self, *commands):
        s = self.session(*commands, 'tbreak verdict_end', 'continue', 'print verdict', 'print/x $HCR_EL2',
                         EL2='1', PAGESIZE='64k', CMDLINE='test=el2_stub,el2_traps_nothing,entry_state')
        self.assertIn('VERDICT_PASS', s.answers[-2])
        return int(s.answers[-1].rpartition('= ')[2], 16) & self.E2H

    def test_e2h_is_0_where_it_can_be(self):
        self.assertFalse(self.boots('tbreak *e2h_is_known', 'continue'))

    def test_e2h_can_be_1_only_and_the_cpu_says_so(self):
        """ID_AA64MMFR4_EL1.E2H0 is -1, and so for what comes next."""
        self.assertTrue(self.boots('tbreak *el2_read_e2h0', 'continue', 'stepi', 'set $x1 = 0x0f000000'))

    def test_e2h_can_be_1_only_and_nothing_says_so(self):
        """The bit is 1 when 0 was written, as on a CPU where it is what it reads as or not."""
        self.assertTrue(self.boots('tbreak *el2_write_hcr', 'continue', f'set $x22 = $x22 | {self.E2H}',
                                   'stepi', f'set $x22 = $x22 & ~{self.E2H}'))

    def lost(self, label, change, *says):
        """What EL1 does traps to EL2 unexpectedly: the run ends, and says why."""
        # Its status says only whether QEMU closed the connection before or after it said that it ends.
        s = Session([f'tbreak *{label}', 'continue', change, 'continue'], EL2='1', PAGESIZE='64k',
                    CMDLINE='test=truth_line')
        for text in says:
            self.assertIn(text, s.kernel)
        self.assertRegex(s.kernel, '(?m)^verdict: (panic|usage)$')

    def test_a_trap_to_el2(self):
        """Of SMC (HCR_EL2.TSC), which the kernel calls PSCI by."""
        self.lost('el2_write_hcr', 'set $x22 = $x22 | 1 << 19', 'Kernel panic - not syncing: trap_handle: '
                  'unexpected exception at 0x', 'exception: synchronous from EL1, SMC, ESR 0x5e00')

    def test_a_trap_to_el2_where_e2h_is_1(self):
        self.lost('el2_write_hcr', f'set $x22 = $x22 | 1 << 19 | {self.E2H}', 'Kernel panic - not syncing: '
                  'trap_handle: unexpected exception at 0x', 'exception: synchronous from EL1, SMC, ESR 0x5e00')

    def test_a_trap_of_what_a_panic_needs(self):
        """The counter (CNTHCTL_EL2): lines are stamped by it, those of the panic, too."""
        self.lost('el2_write_cnthctl', 'set $x0 = 2', 'panic: lost')

    def test_a_trap_before_there_is_a_console(self):
        """The timer, too, which entry_state switches off."""
        self.lost('el2_write_cnthctl', 'set $x0 = 0', 'boot: exception before the MMU was on')


class Show(Gdb):
    """What is shown is so."""

    @classmethod
    def setUpClass(cls):
        cls.sessions = {}

    def shown(self, granule, build=BUILD):
        """One machine for all, stopped when it has a claim of CMA's, and a report of it all."""
        if (granule, build) not in self.sessions:
            s = self.session(
                'tbreak verdict_end', 'continue', 'granule pt', 'granule free', 'print pages_free_bytes()',
                'granule cma', 'granule slab', 'granule vmap', 'granule frames 0x40000000 4096',
                'granule pt $pc', 'python gdb.execute(f"monitor gva2gpa {gdb.newest_frame().pc():#x}")',
                'granule pt boot_info.image_va + 0x800000', 'granule pt 0xffffd00000000000',
                'granule pt 0', 'granule pt 0x8000000000000000', 'granule frames 0x45621000',
                'granule frames 0x48001000', 'granule frames 0x1000',
                *(f'print buddy_free_bytes({kind})' for kind in range(3)),
                # The log's memory will do for the answer.
                'print slab_usage(0, (struct slab_usage *)log_state.ring)',
                'print *(struct slab_usage *)log_state.ring',
                "print bitmap_longest_clear_run('mm/move/cma.c'::regions[0].claimed, "
                f"'mm/move/cma.c'::regions[0].bytes / {GRANULES[granule]})",
                build=build, PAGESIZE=granule,
                CMDLINE='cma=16M run="cma claim 3M 2M; cma claim 1M; pt"')
            self.sessions[granule, build] = s
        return self.sessions[granule, build]

    @at_each_granule
    def test_tables_are_as_the_kernel_says(self, granule):
        s = self.shown(granule)
        line = re.compile(r'^[0-9a-f]{16}-[0-9a-f]{16} .*$|^tables: .*$', re.M)
        # The kernel's columns are a little narrower.
        ours, kernels = ([found.split() for found in line.findall(text)] for text in (s.answers[2], s.kernel))
        self.assertGreater(len(kernels), 8)
        self.assertEqual(ours, kernels)
        self.assertIn('TTBR0: off', s.answers[2])

    @at_each_granule
    def test_walks(self, granule):
        s = self.shown(granule)
        physical = re.search(r'is at physical (0x[0-9a-f]+)$', s.answers[9])
        self.assertIn(f'granule {granule}', s.answers[9])
        levels = re.findall(r'^  level ([0-9]) \[ *[0-9]+\] [0-9a-f]{16} (\w+)', s.answers[9], re.M)
        root = 1 if granule == '64k' else 0
        self.assertEqual(levels, [(str(level), 'table') for level in range(root, 3)] + [('3', 'page')])
        self.assertIn('r-x normal', s.answers[9])
        # QEMU's own walk.
        self.assertEqual(s.answers[10], f'gpa: {physical[1]}')
        self.assertIn('device', s.answers[11])
        self.assertIn('is not mapped', s.answers[12])
        self.assertIn('TTBR0: off', s.answers[13])
        self.assertIn('outside', s.answers[14])

    def free_adds_up(self, s):
        counted = int(re.search(r'^free: +([0-9]+) bytes$', s.answers[3], re.M)[1])
        self.assertEqual(counted, int(re.search(r'= ([0-9]+)', s.answers[4])[1]))
        parts = sum(int(number) * in_bytes(size) for number, size in
                    re.findall(r'([0-9]+) x ([0-9.]+ \w+)', s.answers[3]))
        hot = in_bytes(re.search(r'^hot: +(.*)$', s.answers[3], re.M)[1])
        self.assertEqual(parts + hot, counted)
        for kind, answer in zip(('unmovable', 'movable', 'cma'), s.answers[18:21]):
            size = re.search(rf'(?m)^{kind}: +([^:]*):', s.answers[3])[1]
            self.assertEqual(answer.partition('= ')[2], str(in_bytes(size)))

    @at_each_granule
    def test_free_lists(self, granule):
        self.free_adds_up(self.shown(granule))

    def test_free_lists_clang(self):
        self.free_adds_up(self.shown('64k', BUILD_LLVM))

    @at_each_granule
    def test_frames(self, granule):
        """All of memory, block by block: without a hole, and as much free as the lists have."""
        s = self.shown(granule)
        blocks = re.findall(r'^(0x[0-9a-f]+) +([0-9.]+ \w+) [0-9a-f]{16} (\w+)(.*)$', s.answers[8], re.M)
        others = re.findall(r"^(0x[0-9a-f]+) is not the allocator's: (.*)$", s.answers[8], re.M)
        starts = sorted(int(at, 16) for at, *_ in [*blocks, *others])
        self.assertEqual(starts[0], 0x40000000)
        for at, size, *_ in blocks:
            end = int(at, 16) + in_bytes(size)
            self.assertIn(end, [*starts, 0x60000000], hex(end))
        free = sum(in_bytes(size) for _, size, kind, _ in blocks if kind in ('free', 'hot'))
        self.assertEqual(free, int(re.search(r'= ([0-9]+)', s.answers[4])[1]))
        claims = [(int(at, 16), rest) for at, _, kind, rest in blocks if kind == 'claimed']
        claimed = sum(in_bytes(size) for _, size, kind, _ in blocks if kind == 'claimed')
        self.assertEqual(claimed, 4 << 20)
        for line, size in (('3145728', 3 << 20), ('1048576', 1 << 20)):
            at = int(re.search(rf'cma=: {line} bytes at (0x[0-9a-f]+)', s.kernel)[1], 16)
            rest = dict(claims)[at]
            self.assertIn('pageblock cma', rest)
            self.assertTrue(rest.endswith(f', {size // GRANULES[granule]} pages'), rest)
        # Where the devicetree moved into what a page of the image had left, its memory is free.
        moved = 'the devicetree moves to' in s.kernel
        self.assertIn('frame table' if moved else 'devicetree', [why for _, why in others][0])
        # In the middle of a block, whose words mean nothing; reserved; no memory.
        self.assertRegex(s.answers[15], '^0x44000000 +64 MiB [0-9a-f]{16} free, .* list movable, '
                         'pageblock movable$')
        self.assertIn(' free, ' if moved else 'reserved at boot, devicetree', s.answers[16])
        self.assertIn('no memory', s.answers[17])

    @at_each_granule
    def test_cma(self, granule):
        s = self.shown(granule)
        base = re.search(r'cma: cma=: 16 MiB at (0x[0-9a-f]+), default', s.kernel)[1]
        self.assertIn(f'cma: cma=: 16 MiB at {base} (default): 4 MiB claimed', s.answers[5])
        largest = in_bytes(re.search('largest run not claimed (.*)', s.answers[5])[1])
        self.assertEqual(s.answers[23].partition('= ')[2], str(largest // GRANULES[granule]))
        for size in (3145728, 1048576):
            at = int(re.search(rf'cma=: {size} bytes at (0x[0-9a-f]+)', s.kernel)[1], 16)
            self.assertTrue(any(int(first, 16) <= at and at + size <= int(end, 16) for first, end in
                                re.findall(r'claimed (0x[0-9a-f]+) to (0x[0-9a-f]+)', s.answers[5])), s)

    @at_each_granule
    def test_slab(self, granule):
        s = self.shown(granule)
        rows = re.findall(r'^ +[0-9]+ B +[0-9]+ ([0-9]+ KiB) +([0-9]+) +([0-9]+)  (\S+)$',
                          s.answers[6], re.M)
        self.assertIn('kmalloc-64', [name for *_, name in rows])
        for field, ours in (('slabs', sum(int(slabs) for _, slabs, _, _ in rows)),
                            ('live', sum(int(live) for _, _, live, _ in rows)),
                            ('slab_bytes', sum(in_bytes(size) * int(slabs) for size, slabs, _, _ in rows))):
            self.assertIn(f' {field} = {ours}', s.answers[22].replace('{', ' '))

    def test_vmap(self):
        """In the middle of a test that has areas."""
        s = self.session("tbreak vfree if vmap_tree.count > 2", 'continue', 'granule vmap',
                         "print vmap_tree.count", PAGESIZE='16k', CMDLINE='test=vmalloc_sizes')
        areas = re.findall(r'^0x[0-9a-f]+ to 0x[0-9a-f]+ .*, (\w+) by (\w+)', s.answers[2], re.M)
        self.assertGreater(len(areas), 2, s)
        self.assertIn(f'{len(areas)} areas', s.answers[2])
        self.assertRegex(s.answers[3], rf'= {len(areas)}$')

    @at_each_granule
    def test_log(self, granule):
        s = self.session('tbreak choose_page_size', 'continue', 'granule log', 'tbreak verdict_end', 'continue',
                         'granule log', 'granule log 2', "set var log_state.tail += 1",
                         REFUSED.format('granule log'), PAGESIZE=granule, CMDLINE='run=dmesg')
        dmesg = re.findall(r'^\[ +[0-9]+\.[0-9]{6}\] .*$', s.kernel, re.M)
        ours = s.answers[5].split('\n')
        self.assertGreater(len(dmesg), 10)
        self.assertEqual(ours[:len(dmesg)], dmesg)
        self.assertEqual(s.answers[6].split('\n'), ours[-2:])
        # The boot stage's, on the identity map.
        early = s.answers[2].split('\n')
        self.assertEqual(early, ours[:len(early)])
        self.assertIn('Granule ', early[0])
        self.assertIn('damaged', s.answers[8])

    def test_broken_lists_are_seen(self):
        s = self.session('tbreak verdict_end', 'continue',
                         "set var 'mm/page/buddy.c'::buddy.count[1][9] += 1", REFUSED.format('granule free'),
                         "set var 'mm/page/buddy.c'::buddy.count[1][9] -= 2", REFUSED.format('granule free'),
                         'set var slab_caches.first->slabs += 1', REFUSED.format('granule slab'),
                         "set var vmap_tree.count += 1", REFUSED.format('granule vmap'),
                         PAGESIZE='4k', CMDLINE='run=granule')
        self.assertRegex(s.answers[3], 'refused: .*movable, order 9: the list has [0-9]+ blocks, its counter')
        self.assertRegex(s.answers[5], 'refused: .*movable, order 9: the list has more blocks')
        self.assertRegex(s.answers[7], 'refused: .* slabs on its lists, its counter')
        self.assertRegex(s.answers[9], 'refused: .* the tree has 0 areas, its counter says 1')


class Wrong(Gdb):
    """Wrong use gets a sentence."""

    def test_without_a_machine(self):
        lines = [f'granule {command}{argument}' for command in COMMANDS
                 for argument in ('', ' 0x40000000')]
        with tempfile.NamedTemporaryFile('w', suffix='.gdb') as script:
            script.write('\n'.join(map(REFUSED.format, lines)) + '\ngranule where\n')
            script.flush()
            process = start(['gdb-multiarch', '-nx', '-batch', f'{BUILD}/granule.elf', '-x',
                             'scripts/debugger/granule.py', '-x', script.name])
            text, _ = process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 1, text)
        self.assertEqual(len(re.findall('^refused: (?:granule|0x40000000:)', text, re.M)), len(lines), text)
        self.assertIn('no machine', text)
        for blunder in BLUNDERS:
            self.assertNotIn(blunder, text)

    GARBAGE = ('granule', 'granule nonsense', 'granule where now', 'granule symbols 1', 'granule free 1',
               'granule cma "', 'granule slab x', 'granule vmap 0', 'granule pt nonsense',
               'granule pt 1 2', 'granule pt "a"', 'granule pt boot_info', 'granule pt ((',
               'granule frames', 'granule frames x', 'granule frames 0x40000000 0',
               'granule frames 0x40000000 -1', 'granule frames 0 1 2', 'granule frames 0x40000000 100000',
               'granule log x', 'granule log 1 2', 'granule start here', 'granule connect',
               'granule connect /nonexistent/socket')

    def test_garbage(self):
        """At the first instruction, on the identity map and in the kernel."""
        everywhere = [REFUSED.format(command) for command in self.GARBAGE if command != 'granule']
        s = self.session(*everywhere, 'tbreak boot_main', 'continue', *everywhere,
                         'tbreak verdict_end', 'continue', *everywhere, 'granule where',
                         PAGESIZE='64k', CMDLINE='run=granule')
        answers = [a for a in s.answers if 'refused' in a]
        self.assertEqual(len(answers), 3 * len(everywhere))
        for command, answer in zip(3 * self.GARBAGE[1:], answers):
            self.assertRegex(answer, '^refused: .*[a-z].*', command)
        self.where(s.answers[-1], 'kernel map', '64k by TTBR1')

    def test_too_early(self):
        commands = [f'granule {command}' for command in ('frames 0x40000000', 'free', 'cma', 'slab', 'vmap')]
        refused = [REFUSED.format(command) for command in commands]
        s = self.session(REFUSED.format('granule pt'), REFUSED.format('granule log'), *refused, 'tbreak boot_main', 'continue', *refused,
                         'tbreak kernel_main', 'continue', *refused[:2], 'granule cma', 'granule slab',
                         'granule vmap', PAGESIZE='4k')
        self.assertIn('the MMU is off', s.answers[0])
        self.assertIn('the MMU is off', s.answers[1])
        for answer in (*s.answers[2:7], *s.answers[9:14]):
            self.assertIn('not in the kernel map', answer)
        for answer in s.answers[16:18]:
            self.assertIn('has no memory yet', answer)
        self.assertEqual(s.answers[18], 'cma: no regions')
        self.assertIn('0 areas', s.answers[20])

    def test_help_and_completion(self):
        s = self.session('help granule', 'complete granule ', *(f'help granule {name}' for name in COMMANDS))
        for name in COMMANDS:
            self.assertRegex(s.answers[0], rf'(?m)^granule {name} -- ')
            self.assertIn(f'granule {name}', s.answers[1].split('\n'))
        for name, answer in zip(COMMANDS, s.answers[2:]):
            self.assertGreater(len(answer), 30, name)


    def test_readme_names_them(self):
        text = (TOP / 'scripts/README.md').read_text().partition('| in gdb |')[2].partition('\n\n')[0]
        self.assertEqual(sorted(re.findall('`granule ([a-z]+)', text.replace('`granule pt VA`', ''))),
                         sorted(COMMANDS))


class Launcher(Gdb):
    def launch(self, *arguments):
        process = start(['scripts/gdb', *arguments])
        text, _ = process.communicate(timeout=SECONDS)
        return process.returncode, text

    def test_status(self):
        for arguments, status, words in (
                (['nonsense'], 2, 'KEY=VALUE'),
                (['GDB=1'], 2, 'by hand'),
                (['NO=1'], 2, 'no such setting'),
                (['MEM=7'], 2, 'such as 512M'),
                (['KERNEL=/nonexistent'], 1, "isn't there"),
                (['--', '-nx', '-batch', '-ex', 'nonsense', '-ex', 'granule where'], 1, 'nonsense'),
                (['--', '-nx', '-batch', '-ex', 'granule where'], 0, 'MMU off'),
                (['LOADER=bare-broken', 'START=0x40400000', '--', '-nx', '-batch', '-ex',
                  'granule where'], 1, 'was never at 0x40400000')):
            with self.subTest(arguments=arguments):
                result, text = self.launch(*arguments)
                self.assertEqual(result, status, text)
                self.assertIn(words, text)

    def test_several_at_once_and_nothing_stays(self):
        sessions = [start(['scripts/gdb', f'PAGESIZE={granule}', 'CMDLINE=run=granule', '--', '-nx',
                           '-batch', '-ex', 'break kernel_main', '-ex', 'continue', '-ex', 'granule where'])
                    for granule in GRANULES]
        for granule, process in zip(GRANULES, sessions):
            text, _ = process.communicate(timeout=SECONDS)
            self.assertEqual(process.returncode, 0, text)
            self.assertIn(f'granule: {granule} by TTBR1', text)
            # It did not run on unseen by gdb.
            self.assertNotIn('verdict', text)

    def test_killed_it_takes_the_machine_along(self):
        process = start(['scripts/gdb', '--', '-nx', '-ex', 'info symbol $pc', '-ex', 'python '
                         'import time; gdb.flush(); time.sleep(600)'], start_new_session=True)
        for line in process.stdout:
            if 'in section' in line:
                break
        children = processes_of(process.pid)
        self.assertGreaterEqual(len(children), 2)
        process.terminate()
        process.communicate(timeout=SECONDS)
        self.assertEqual(process.returncode, 128 + signal.SIGTERM)
        end = time.monotonic() + 10
        while any(map(alive, children)) and time.monotonic() < end:
            time.sleep(0.05)
        self.assertFalse([child for child in children if alive(child)])


def processes_of(parent):
    return [int(pid) for pid in
            pathlib.Path(f'/proc/{parent}/task/{parent}/children').read_text().split()]


def alive(pid):
    try:
        return pathlib.Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] != 'Z'
    except OSError:
        return False


if __name__ == '__main__':
    unittest.main()
