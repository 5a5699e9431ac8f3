# SPDX-License-Identifier: BSD-2-Clause
"""Which instructions of the kernel are watched, found in its ELF file.

Barriers, maintenance, writes of registers that translation depends on, and exception returns, wherever
they stand; stores and returns of the code that writes tables and instructions (STORAGE). Nothing is
built in: what is watched is the product itself.
"""

import bisect
import dataclasses
import os
import re
import subprocess

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
LINK_BASE = 0xffff808000000000
LOAD_BASE = 0x40200000  # where QEMU puts the Image

# Files whose stores are tables, instructions, or memory that is written with the MMU off.
TABLES = 'arch/arm64/table/'
STORAGE = (TABLES, 'arch/arm64/boot/idmap.c', 'arch/arm64/boot/head.S')
# Written by a `mov`: no register that translation depends on is.
REGISTERS = ('ttbr0_el1', 'ttbr1_el1', 'tcr_el1', 'mair_el1', 'sctlr_el1')
NAMED = ('dsb', 'dmb', 'isb', 'tlbi', 'ic', 'dc')
# Who copies by these writes memory for the next kernel.
COPIES = ('memcpy', 'memset', 'arch_copy_pages', 'arch_zero')
COPIERS = ('arch/arm64/kexec/', 'kernel/kexec/', 'mm/move/', 'mm/user/space_migrate.c')
MOVERS = ('mm/move/', 'mm/user/space_migrate.c')
# Of programs: who makes the content of their pages, and by what; who gives their memory back, and to whom; what
# tables.c calls to free a table, besides *_free; who goes to EL0.
FILLERS = ('mm/page/pages.c', 'mm/page/pages_hot.c', 'mm/user/space_fault.c')
FILLS = ('memcpy', 'memset', 'arch_copy_pages', 'arch_zero', 'arch_zero_pages')
GIVERS, GIVES = 'mm/user/', ('pages_free', 'pages_free_rows', 'pages_free_rest', 'chunk_free', 'table_pages_free')
TABLE_FREES = ('keep_as_spare', 'free_now')
ENTERS = 'user_return'
# Of these, those that write what it is handed.
LOADERS = {'kernel/kexec/kexec_load.c:fill', 'arch/arm64/kexec/kexec.c:arch_kexec_copy'}
# Who waits for what it cleaned, and other code than TABLES that changes how is translated: by their returns.
CLEANER = 'cache_clean_poc'
RETURNS = ('trampoline.c', 'address_space.c', 'user_space.c', 'head.S', 'kexec_jump.S', 'boot.c')
# Parts of el2.S that enter a level by ERET, but not EL1 from EL2.
ENTERED_OTHERWISE = ('enter_el1', 'from_el3')
# Barriers that put what is counted in order, and nothing else: many, where one waits for a time.
COUNTING = ('arch/arm64/cpu/pmu.c', 'arch/arm64/cpu/counter.c')
# A hit costs as much as some hundred ranges to look through: near ones are one, for the most part where
# the kernel runs for a short time.
MERGED_HIGH_BYTES, MERGED_LOW_BYTES = 8, 512
PAGE_BYTES = 4096  # of QEMU

# For rule 8: whose loads and stores are watched, besides all that is done with acquire or release.
LOCKED = ('mm/page/', 'mm/heap/', 'mm/vmap/', 'mm/move/', 'lib/log/log.c', 'lib/log/serial_pl011.c', 'lib/bitmap.c', 'kernel/sched/',
          'arch/arm64/boot/mmu_lock.c', 'kernel/show/granule/compare_record.c',
          *(f'kernel/show/memory/{name}.c' for name in (
              'cma_report', 'fault_inject', 'mm_report', 'movable_report', 'slab_command', 'slab_report', 'vmap_report')))
LOCKED_CALLS = ('memcpy', 'memmove', 'memset', 'arch_zero', 'slab_free', 'serial_port_write')
ATOMIC = re.compile(r'(ldax|ldx|stlx|stx)[rp][bh]?$|(lda|stl)r[bh]?$|(cas|swp|ld(add|clr|eor|set)|st(add|clr|eor|set))')
PLAIN = re.compile(r'(ld|st)u?(rs?[bhw]?|p)$')

LINE = re.compile(r'^([0-9a-f]+):\s+[0-9a-f]+\s+(\S+)\s*([^/]*)')


@dataclasses.dataclass
class Site:
    """An instruction: `kind` is what the model knows it as, `words` its operands."""
    kind: str
    words: list
    function: str
    file: str

    def is_low(self):
        """With the MMU on, it says nothing."""
        return self.kind == 'load' or self.kind == 'store' and '[sp' in self.words[-1]


class Sites:
    """Of one ELF file: {offset from the image's base: Site}."""

    def __init__(self, elf, locks=False, tools='aarch64-linux-gnu-'):
        self.elf, self.tools, self.locks = elf, tools, locks
        self.symbols, self.inlined = {}, {}
        self.functions = self.read_functions()
        self.starts = [start for start, _, _ in self.functions]
        self.at = {}
        for text in self.run('objdump', '-d', '-j', '.init.text', '-j', '.text', elf).splitlines():
            if match := LINE.match(text):
                self.take(int(match[1], 16), match[2], match[3].split('//')[0].strip())

    def run(self, tool, *arguments):
        return subprocess.run([self.tools + tool, *arguments], capture_output=True, text=True, check=True).stdout

    def read_functions(self):
        found = []
        for text in self.run('nm', '-n', '-l', self.elf).splitlines():
            words = text.split()
            if len(words) < 3:
                continue
            self.symbols[words[2]] = int(words[0], 16)
            if words[1] in 'tT' and not words[2].startswith('$'):
                file = in_tree(words[3].rpartition(':')[0]) if len(words) > 3 else ''
                found.append((int(words[0], 16), words[2], file))
        return found

    def function(self, address):
        """(name, file) of the function that an address is in."""
        at = bisect.bisect(self.starts, address) - 1
        return self.functions[at][1:] if at >= 0 else ('?', '?')

    def take(self, address, name, operands):
        words = re.split(r'[\s,\[\]!]+', operands)
        function, file = self.function(address)
        if name in ('br', 'blr') and function.startswith('arch_kexec_leave'):
            self.at[address - LINK_BASE] = Site('leave', [name, *words, operands], function, file)
            return
        kind = kind_of(name, words, operands, function, file) or (self.locks and lock_kind_of(name, words, operands, file))
        if kind:
            self.at[address - LINK_BASE] = Site(kind, [name, *words, operands], function, file)

    def where(self, offset):
        """Function and line of an instruction."""
        address = LINK_BASE + offset
        out = subprocess.run([self.tools + 'addr2line', '-e', self.elf, '-i', hex(address)],
                             capture_output=True, text=True, check=True).stdout.split('\n')
        lines = [in_tree(line.split(' ')[0]) for line in out if line]
        start = self.starts[max(bisect.bisect(self.starts, address) - 1, 0)]
        return f'{self.function(address)[0]}+{address - start:#x} ({" in ".join(lines)})'

    def callers(self, offsets):
        """For each instruction the functions that it is of, FILE:NAME, inlined ones too."""
        todo = [offset for offset in offsets if offset not in self.inlined]
        self.inlined |= {offset: [] for offset in todo}
        if todo:
            out = self.run('addr2line', '-a', '-f', '-i', '-e', self.elf,
                           *(hex(LINK_BASE + offset) for offset in todo)).split('\n')
            for line, after in zip(out, out[1:]):
                if line.startswith('0x'):
                    at = self.inlined[int(line, 16) - LINK_BASE]
                elif ':' in after and ':' not in line:
                    at.append(f"{in_tree(after.partition(' ')[0].rpartition(':')[0])}:{line}")
        return [self.inlined[offset] for offset in offsets]

    def places(self):
        """(base, offsets, bytes between two that are one range), for both addresses that the image runs at."""
        return ((LINK_BASE, [offset for offset, site in self.at.items() if not site.is_low()], MERGED_HIGH_BYTES),
                (LOAD_BASE, [offset for offset, site in self.at.items()
                             if not site.file.startswith(('tests/guest/bench', 'mm/'))], MERGED_LOW_BYTES))

    def filter(self):
        """For -dfilter."""
        return ','.join(f'{base + first:#x}+{end - first:#x}'
                        for base, offsets, gap in self.places() for first, end in merged(offsets, gap))

    def pages(self):
        """Those that have a watched place."""
        return sorted({base + offset & -PAGE_BYTES for base, offsets, _ in self.places() for offset in offsets})


def merged(offsets, gap):
    """[first, end) of instructions, as one where there are at most `gap` bytes between."""
    ranges = []
    for offset in sorted(offsets):
        if ranges and offset - ranges[-1][1] <= gap:
            ranges[-1][1] = offset + 4
        else:
            ranges.append([offset, offset + 4])
    return ranges


def in_tree(path):
    """Compilers differ in what stands before a file's name in the tree."""
    return os.path.normpath(path).removeprefix(TOP + '/')


def kind_of(name, words, operands, function, file):
    """What an instruction is to the model, or None."""
    if name in NAMED:
        return None if operands.startswith('zva') or file.endswith(COUNTING) else name
    if name == 'msr':
        return 'msr' if words[0] in REGISTERS else None
    if name in ('b', 'bl') and words[1].strip('<>') in COPIES and file.startswith((TABLES, *COPIERS)):
        return 'call'
    if name in ('b', 'bl') and words[1].strip('<>') in FILLS and file.startswith(FILLERS):
        return 'call'
    if name in ('b', 'bl') and words[1].strip('<>') in GIVES and file.startswith(GIVERS):
        return 'give'
    if name == 'eret' and function == ENTERS:
        return 'enter'
    if ((name == 'eret' and function not in ENTERED_OTHERWISE and file.endswith('el2.S')) or
            (name in ('br', 'hvc') and function == 'cpu_leave') or
            (name == 'bl' and words[1] == '<kernel_main>' and file.endswith('head.S'))):
        return 'passed'
    if name == 'ret' and (function == CLEANER or file.startswith(TABLES) or file.endswith(RETURNS)):
        return 'ret'
    if not file.startswith(STORAGE):
        return None
    if name == 'blr':
        return 'call'
    if name in ('str', 'stp', 'stur'):
        return 'store'
    if name in ('ldr', 'ldp', 'ldur') and file.endswith('idmap.c'):
        return 'load'
    return None


def lock_kind_of(name, words, operands, file):
    """The same for rule 8."""
    if ATOMIC.match(name):
        return 'atomic'
    if not file.startswith(LOCKED):
        return None
    if name in ('b', 'bl'):
        return 'locked_call' if words[1].strip('<>') in LOCKED_CALLS else None
    return 'touch' if PLAIN.match(name) and '[' in operands and '[sp' not in operands else None
