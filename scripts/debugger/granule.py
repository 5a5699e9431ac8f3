# SPDX-License-Identifier: BSD-2-Clause
"""gdb commands for the kernel, and symbols that follow it: loaded by scripts/gdb.

By hand: `gdb-multiarch build/granule.elf`, `source scripts/debugger/granule.py`, `target remote ...`,
`granule symbols`. `help granule` lists the commands.
"""

import contextlib
import os
import sys

import gdb

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))
import image  # noqa: E402 (found by the line above)
import memory  # noqa: E402
import tables  # noqa: E402
from target import (Problem, evaluate, exception_level, register,  # noqa: E402
                    require_machine, symbol_at)

START_STEPS = 64  # a loader of a few instructions, as QEMU's, is done by then


class Granule(gdb.Command):
    """The Granule kernel: where it is, its page tables and its memory.

What is shown is read from the stopped machine, and nothing in it is changed."""

    def __init__(self):
        super().__init__('granule', gdb.COMMAND_USER, gdb.COMPLETE_NONE, True)


class Command(gdb.Command):
    """A command that takes gdb expressions, between `least` and `most` of them."""

    least = most = 0
    usage = ''
    needs_machine = True
    one_expression = False  # all of the line
    completer = gdb.COMPLETE_NONE

    def __init__(self):
        super().__init__(f'granule {type(self).__name__.lower()}', gdb.COMMAND_DATA, self.completer)

    def invoke(self, argument, from_tty):
        name, argument = type(self).__name__.lower(), argument.strip()
        words = gdb.string_to_argv(argument) if not self.one_expression else [argument] * bool(argument)
        if not self.least <= len(words) <= self.most:
            usage = f'granule {name} {self.usage}'.strip()
            raise Problem(f'granule {name}: {argument or "nothing given"}: write "{usage}"')
        self.dont_repeat()
        try:
            if self.needs_machine:
                require_machine()
            self.run(*words)
        except gdb.GdbError:
            raise
        except (gdb.error, OSError) as error:
            raise Problem(f'granule {name}: {error}') from None

    def run(self):
        raise NotImplementedError


class Where(Command):
    """Say what the CPU runs by: MMU off, identity map or kernel map; exception level, granule, image."""

    def run(self):
        pc, level = register('pc'), exception_level()
        found = image.image().find()
        low, high = tables.halves()
        if not tables.mmu_is_on():
            phase = 'MMU off'
        else:
            phase = 'kernel map' if pc >> 63 else 'identity map'
        gdb.write(f'phase:   {phase}, EL{level}\n')
        gdb.write(f"pc:      {pc:#x} {symbol_at(pc)}\n")
        names = [f'{half.granule.name} by {half.name}' for half in (high, low) if half]
        gdb.write(f"granule: {', '.join(names) or 'none, nothing is translated'}\n")
        if not found:
            gdb.write('image:   none of this build where pc or VBAR_EL1 point\n')
            return
        base, physical = found
        stale = '' if base == image.image().base else '; symbols are elsewhere: granule symbols'
        gdb.write(f'image:   {base:#x}, physical {physical:#x}{stale}\n')


class Symbols(Command):
    """Find the image where the CPU executes it, and load its symbols for that address.

They follow it from then on: up to the kernel map, and into the next kernel of the same build."""

    def run(self):
        found = image.image().find()
        if not found:
            raise Problem('granule symbols: no image of this build where pc or VBAR_EL1 point')
        image.image().move(found[0])
        gdb.write(f'symbols: image at {found[0]:#x}\n')


class Start(Command):
    """Go on to the kernel's first instruction, and load its symbols.

granule start [ADDRESS]
Without an address by single steps, through the few instructions of QEMU's own loader. Another loader
takes longer: say where it will put the image."""

    most = 1
    usage = '[ADDRESS]'

    def run(self, address=None):
        if address:
            self.go_to(evaluate(address))
        for _ in range(1 if address else START_STEPS):
            found = image.image().find()
            if found and found[1] == register('pc'):
                image.image().move(found[0])
                gdb.write(f'start: the image is at {found[0]:#x}, EL{exception_level()}\n')
                return
            if not address:
                gdb.execute('with suppress-cli-notifications on -- stepi', to_string=True)
        raise Problem('granule start: no image of this build: write "granule start ADDRESS", with '
                      'where the loader will put it')


    def go_to(self, address):
        gdb.execute(f'thbreak *{address:#x}', to_string=True)
        with contextlib.suppress(gdb.error):  # the connection may end before gdb hears of the machine's end
            gdb.execute('with suppress-cli-notifications on -- continue', to_string=True)
        if not gdb.selected_inferior().pid:
            raise Problem(f'granule start: the machine ended, and was never at {address:#x}')


class Pt(Command):
    """Show the translation tables, as TCR_EL1 and TTBRn_EL1 have them.

granule pt        all ranges, merged where they are alike
granule pt VA     the walk of one address (any expression), each level decoded"""

    most = 1
    usage = '[VA]'
    one_expression = True
    completer = gdb.COMPLETE_EXPRESSION

    def run(self, va=None):
        if va:
            tables.print_walk(evaluate(va))
        else:
            tables.print_all()


class Frames(Command):
    """Show frame words: of the block that a physical address is in, and of those that follow.

granule frames PA [COUNT]"""

    least, most = 1, 2
    usage = 'PA [COUNT]'
    completer = gdb.COMPLETE_EXPRESSION

    def run(self, pa, count='1'):
        memory.print_frames(evaluate(pa), evaluate(count))


class Free(Command):
    """Count the free lists by walking them, by migratetype and order; compare with the counters."""

    def run(self):
        memory.print_free()


class Cma(Command):
    """Show CMA regions, and what of each is claimed."""

    def run(self):
        memory.print_cma()


class Slab(Command):
    """Show slab caches: objects, slabs, and how many objects are live, by walking their lists."""

    def run(self):
        memory.print_slab()


class Vmap(Command):
    """Show the areas of kernel-virtual memory, and who asked for them."""

    def run(self):
        memory.print_vmap()


class Log(Command):
    """Show what the kernel said, from the first line of its boot stage on, with times.

granule log [COUNT]     the last COUNT lines; all that are kept, without"""

    most = 1
    usage = '[COUNT]'

    def run(self, count='0'):
        memory.print_log(evaluate(count))


class Connect(Command):
    """Attach to a machine that shall not run on when gdb ends.

granule connect TARGET      as "target remote" has it"""

    least = most = 1
    usage = 'TARGET'
    needs_machine = False

    def run(self, target):
        if gdb.selected_inferior().pid:
            raise Problem('granule connect: there is a machine already')
        gdb.execute(f'with suppress-cli-notifications on -- target remote {target}', to_string=True)
        # Detached, which is what gdb does of itself, the machine would run on until it is ended.
        gdb.events.gdb_exiting.connect(lambda _: disconnect())


def disconnect():
    if gdb.selected_inferior().pid:
        gdb.execute('disconnect', to_string=True)


Granule()
for command in Command.__subclasses__():
    command()

path = image.default_path()
if path:
    image.attach(path)
