#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Turn `nm -n vmlinux` on stdin into the symbol table that lib/log/symbols.c reads.

    nm -n build/granule.elf | scripts/mksymbols.py > build/symbols.S
    scripts/mksymbols.py < /dev/null > build/symbols.S      (first link: empty table)

The table holds, for every text symbol, its distance from the symbol `_text`: plain
numbers, so it needs no relocation wherever the image runs. An entry without a name
ends the symbol before it, where data or a section's end follows text.

    symbols_count       u32           number of entries
    symbols_offsets     u32[count]    ascending
    symbols_names       bytes         names in the same order, each ending in NUL
    symbols_index       u32[]         where in symbols_names every 16th name starts

The table lies in the image whose symbols it lists. If it lies behind all text, one
more link is enough; if not, link until the output of this script stays the same.
"""

import re
import sys

NAMES_PER_INDEX = 16  # SYMBOLS_NAMES_PER_INDEX in lib/log/symbols.c

# What the linker script calls the end of a section is no function.
END = re.compile(r"^(_+e(nd|text|inittext)|.*_end)$")
# Mapping symbols ($x, $d.5) and compiler-local labels.
NOISE = re.compile(r"^(\$|\.L)")


def read_nm(lines):
    """Yields (address, type, name) of what has an address."""
    for number, line in enumerate(lines, 1):
        fields = line.split()
        if len(fields) == 2 and fields[0] in "Uwv":
            continue
        if len(fields) != 3 or not re.fullmatch(r"[0-9a-fA-F]+", fields[0]):
            sys.exit(f"mksymbols: line {number} is not from nm: {line.rstrip()}")
        yield int(fields[0], 16), fields[1], fields[2]


def preference(symbol):
    """Among names of one address: a function over an end, a plain name over one with
    an underscore, a global one over a local one; then by the alphabet."""
    _, kind, name = symbol
    return (END.match(name) is not None, name.startswith("_"), kind.islower(), name)


def entries(symbols, text):
    """The table as a list of (offset, name); name "" where text ends."""
    table = []
    by_address = {}
    for symbol in symbols:
        if symbol[1] not in "aA" and not NOISE.match(symbol[2]):
            by_address.setdefault(symbol[0], []).append(symbol)
    for address in sorted(by_address):
        code = [s for s in by_address[address] if s[1] in "tTwWi"]
        name = min(code, key=preference)[2] if code else ""
        if END.match(name):
            name = ""
        offset = address - text
        if offset < 0 or (not name and (not table or not table[-1][1])):
            continue
        if offset >= 1 << 32:
            sys.exit(f"mksymbols: {name or 'data'} lies 4 GiB or more behind _text")
        table.append((offset, name))
    return table


def write(table, out):
    def array(label, values):
        out.write(f"\n\t.balign 4\n\t.globl {label}\n\t.hidden {label}\n{label}:\n")
        for value in values:
            out.write(f"\t.long {value}\n")

    index, position = [], 0
    for number, (_, name) in enumerate(table):
        if number % NAMES_PER_INDEX == 0:
            index.append(position)
        position += len(name.encode()) + 1

    out.write("/* Made by scripts/mksymbols.py; read by lib/log/symbols.c. */\n")
    out.write('\t.section .rodata, "a", %progbits\n')
    array("symbols_offsets", [f"{offset:#x}" for offset, _ in table])
    array("symbols_index", index)
    # A number first: what follows it is data for who disassembles the segment, too.
    out.write('\n\t.section .text_symbols, "a", %progbits\n')
    array("symbols_count", [len(table)])
    out.write("\n\t.globl symbols_names\n\t.hidden symbols_names\nsymbols_names:\n")
    for _, name in table:
        out.write(f'\t.asciz "{name}"\n')
    out.write('\t.section .note.GNU-stack, "", %progbits\n')


def main():
    symbols = list(read_nm(sys.stdin))
    text = [address for address, _, name in symbols if name == "_text"]
    if symbols and not text:
        sys.exit("mksymbols: there is no symbol _text")
    write(entries(symbols, text[0]) if symbols else [], sys.stdout)


if __name__ == "__main__":
    main()
