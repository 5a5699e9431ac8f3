#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Turn `readelf -rsW granule.elf` on stdin into the map of pointers that arch/arm64/table/reloc.c reads.

    readelf -rsW build/granule0.elf | scripts/mkrelocs.py > build/relocs.S
    scripts/mkrelocs.py < /dev/null > build/relocs.S         (first link: an empty map)

A bit for each 8 bytes from `_data` on says whether they are a pointer into the image. The linker's
own list takes 24 bytes for each pointer, and holds what stands in the image anyhow.

    relocs_words        u32           number of words in the map
    relocs_map          u64[words]    bit 0 of the first is for what stands at _data

The map lies after all text, so that it moves none, and says nothing of addresses: it stays true when
the segment with the data moves.
"""

import re
import sys

POINTER = 8
BITS = 64


def read(lines):
    """Returns (the address of _data or None, the addresses of the pointers)."""
    data, pointers = None, []
    for line in lines:
        fields = line.split()
        if len(fields) == 8 and fields[7] == "_data":
            data = int(fields[1], 16)
        elif len(fields) >= 3 and re.match(r"R_AARCH64_", fields[2]):
            if fields[2] != "R_AARCH64_RELATIVE":
                sys.exit(f"mkrelocs: a relocation that reloc_apply does not know: {line.strip()}")
            pointers.append(int(fields[0], 16))
    return data, pointers


def words_of(data, pointers):
    """The map."""
    words = []
    for pointer in pointers:
        number, rest = divmod(pointer - data, POINTER)
        if number < 0 or rest:
            sys.exit(f"mkrelocs: the pointer at {pointer:#x} is not in the data at {data:#x}, or not aligned")
        word, bit = divmod(number, BITS)
        words += [0] * (word + 1 - len(words))
        words[word] |= 1 << bit
    return words


def main():
    data, pointers = read(sys.stdin)
    if pointers and data is None:
        sys.exit("mkrelocs: there is no symbol _data")
    words = words_of(data, pointers)
    print("/* Made by scripts/mkrelocs.py; read by arch/arm64/table/reloc.c. */")
    print('\t.section .relocs, "a", %progbits')
    for label, directive, values in (("relocs_map", ".xword", words), ("relocs_words", ".long", [len(words)])):
        print(f"\n\t.balign 8\n\t.globl {label}\n\t.hidden {label}\n{label}:")
        for value in values:
            print(f"\t{directive} {value:#x}")
    print('\t.section .note.GNU-stack, "", %progbits')


if __name__ == "__main__":
    main()
