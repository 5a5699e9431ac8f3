# SPDX-License-Identifier: BSD-2-Clause
"""The machine as gdb has it: registers, physical memory; and the constants of the kernel's headers.

What gdb can tell by itself (structs, enums, addresses) is read from the kernel's debug information.
Macros aren't in it: those that are needed are read from the headers, which say what the kernel was
built from.
"""

import contextlib
import os
import re

import gdb

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
MASK64 = (1 << 64) - 1


class Problem(gdb.GdbError):
    """What a person is told, without a traceback."""


deciding = False  # whether to stop: gdb calls the machine running, but it stands and can be read


@contextlib.contextmanager
def while_deciding():
    global deciding
    deciding = True
    try:
        yield
    finally:
        deciding = False


def require_machine():
    thread = gdb.selected_thread()
    if thread is None or not thread.is_valid():
        raise Problem('granule: no machine: scripts/gdb starts one, or "target remote ..." attaches')
    if thread.is_running() and not deciding:
        raise Problem('granule: the machine runs: stop it first')


def register(*names):
    """The first of these registers that the stub has, of the CPU itself whatever frame is selected."""
    require_machine()
    frame = gdb.newest_frame()
    for name in names:
        try:
            return int(frame.read_register(name)) & MASK64
        except (ValueError, gdb.error):
            continue
    raise Problem(f"granule: the target has no register {names[0]}: QEMU's stub has")


def exception_level():
    return register('cpsr') >> 2 & 3


def evaluate(expression):
    """A gdb expression as a number; of a function or an array it is the address."""
    try:
        value = gdb.parse_and_eval(expression)
        kind = value.type.strip_typedefs()
        if kind.code in (gdb.TYPE_CODE_STRUCT, gdb.TYPE_CODE_UNION):
            if [field.name for field in kind.fields()] != ['val']:  # not a paddr_t and the like
                raise Problem(f'granule: {expression}: is a {kind}: its address is &{expression}')
            value = value['val']
        return int(value.cast(gdb.lookup_type('unsigned long'))) & MASK64
    except gdb.error as error:
        raise Problem(f'granule: {expression}: {error}') from None


def symbol_at(address):
    """'kernel_main+4', or '' where nothing is known."""
    text = gdb.execute(f'info symbol {address:#x}', to_string=True)
    match = re.match(r'(\S+)(?: \+ (\d+))? in section', text)
    return match[1] + (f'+{match[2]}' if match[2] else '') if match else ''


def read(address, count):
    try:
        return gdb.selected_inferior().read_memory(address, count).tobytes()
    except gdb.error:
        raise Problem(f"granule: {count} bytes at {address:#x} can't be read") from None


def physical_mode(on):
    command = f'maintenance packet Qqemu.PhyMemMode:{int(on)}'
    if 'received: "OK"' not in gdb.execute(command, to_string=True):
        raise Problem("granule: the target can't read physical memory: QEMU's stub can")


@contextlib.contextmanager
def physical():
    """Within, addresses of memory are physical ones."""
    require_machine()
    physical_mode(True)
    try:
        yield
    finally:
        physical_mode(False)


class Macros:
    """#define NAME EXPRESSION of some headers, as numbers."""

    NUMBER = re.compile(r'\b(0x[0-9a-fA-F]+|[0-9]+)[uUlL]*\b')
    ALLOWED = re.compile(r'[0-9a-fA-Fx<>|&~+*() -]+')

    def __init__(self, *headers):
        self.text = {}
        for header in headers:
            with open(os.path.join(TOP, 'include', header), encoding='utf-8') as file:
                source = re.sub(r'/\*.*?\*/', ' ', file.read(), flags=re.S)
            # A macro that is defined twice is the kernel's where it is a number.
            for name, body in re.findall(r'^#define (\w+)[ \t]+(.+)$', source, re.M):
                if name not in self.text or not re.match(r'[\d(~]', self.text[name]):
                    self.text[name] = body.strip()

    def __getattr__(self, name):
        if name not in self.text:
            raise Problem(f'granule: no header defines {name}: are they of this kernel?')
        body = self.NUMBER.sub(r'\1', self.text[name])
        body = re.sub(r'\b[A-Z]\w+', lambda match: str(getattr(self, match[0])), body)
        if not self.ALLOWED.fullmatch(body):
            raise Problem(f'granule: {name} is no number: {self.text[name]}')
        value = eval(body, {'__builtins__': {}}) & MASK64  # digits and operators only
        setattr(self, name, value)
        return value


macros = Macros('arch/granule.h', 'arch/layout.h', 'arch/sysreg.h', 'arch/pte.h', 'mm/frame.h',
                'mm/memblock.h', 'mm/pages.h', 'mm/rmap.h')


def format_bytes(count):
    """As lib/format.c has it: exact, in the largest unit that gives a whole number or a half."""
    for unit in range(6, 0, -1):
        one = 1 << 10 * unit
        if count >= one and count % one in (0, one // 2):
            return f"{count // one}{'.5' if count % one else ''} {'KMGTPE'[unit - 1]}iB"
    return f'{count} B'


def enum_names(tag, prefix):
    """{value: lower-case name without the prefix} of an enum."""
    try:
        fields = gdb.lookup_type(f'enum {tag}').fields()
    except gdb.error as error:
        raise Problem(f'granule: {error}') from None
    return {field.enumval: field.name[len(prefix):].lower() for field in fields}
