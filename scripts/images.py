# SPDX-License-Identifier: BSD-2-Clause
"""arm64 Images: their header, and those that kexec is to start or to refuse.

Neighbours: scripts/mk-loaders packs these files, tests/matrix.cfg has the rows that name them,
tests/loaders/probe.S is what most of them are made of. Nothing here reads or writes a file.
"""

import gzip
import struct

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30

# Two instructions, text_offset, image_size, flags, three reserved words, magic, PE offset. FACTS and
# Linux's Documentation/arch/arm64/booting.rst.
HEADER = struct.Struct('<II QQQ QQQ 4sI')
MAGIC = b'ARM\x64'
BIG_ENDIAN = 1 << 0
NEEDS_16K, NEEDS_64K = 2 << 1, 3 << 1
ANYWHERE = 1 << 3

# b +64: over the header.
OVER_HEADER = 0x14000010


def header(image_size, flags=ANYWHERE, text_offset=0):
    """The header of an Image whose first instruction stands right after it."""
    return HEADER.pack(OVER_HEADER, 0, text_offset, image_size, flags, 0, 0, 0, MAGIC, 0)


def image_size(image):
    return HEADER.unpack_from(image)[3]


def changed(image, **fields):
    """The Image with another text_offset, image_size or flags in its header."""
    values = list(HEADER.unpack_from(image))
    for name, value in fields.items():
        values[['text_offset', 'image_size', 'flags'].index(name) + 2] = value
    return HEADER.pack(*values) + image[HEADER.size:]


def good_ones(probe):
    """{name: Image} of those that every kexec has to start, of an Image that looks how it was entered."""
    return {
        'probe': probe,
        # At the base of RAM, and so large that the running kernel is in the way there.
        'probe-fixed': changed(probe, flags=0, image_size=5 * MIB + 4321),
        'probe-offset': changed(probe, text_offset=512 * KIB),
        'needs-16k': changed(probe, flags=ANYWHERE | NEEDS_16K),
        'needs-64k': changed(probe, flags=ANYWHERE | NEEDS_64K),
    }


def bad_ones(probe, kernel):
    """{name: file} of what is to be refused: each has one thing wrong."""
    elf = struct.pack('<4sBBBB8xHHI', b'\x7fELF', 2, 1, 1, 0, 2, 183, 1)
    return {
        'empty': b'',
        'cut': probe[:HEADER.size - 4],
        'cut-later': kernel[:4 * KIB],  # which says how long it is
        'elf': elf + bytes(4 * KIB - len(elf)),
        'Image.gz': gzip.compress(probe, mtime=0),
        'text': b'A text is no Image, however long it is.\n' * 4,
        'big-endian': changed(probe, flags=ANYWHERE | BIG_ENDIAN),
        'old': changed(probe, image_size=0),
        'overlong': changed(probe, image_size=len(probe) - 1),
        'huge': changed(probe, image_size=100 * GIB),
    }


def command_lines():
    """{name: file} for --args=NAME. The last one is wrong; the one before it is longer than Linux takes."""
    return {
        'args': b'run="granule; pt; poweroff" from=a-file\n',
        # For a next kernel that starts another one, from the same initrd.
        'next-args': b'run="kexec load probe -- a=b; kexec exec" pagesize=16k\n',
        'no-args': b'',
        'long-args': b'filler '.ljust(100000, b'x') + b'\n',
        'nul-args': b'before=1 \0 behind=2\n',
    }


def bad_devicetrees(good):
    """{name: file} for --dtb=NAME, of one that is right."""
    magic, _, *rest = struct.unpack_from('>10I', good)
    size = 2 * MIB + 8
    return {
        # Its header and its blocks are right; there is more after them than a kernel may be given.
        'large.dtb': (struct.pack('>10I', magic, size, *rest) + good[40:]).ljust(size, b'\0'),
        'broken.dtb': struct.pack('>10I', magic, 4096, *([0xfffffff0] * 8)).ljust(4096, b'\0'),
        'cut.dtb': good[:len(good) // 2],
        # Its memory node is of another type, and so none.
        'no-memory.dtb': good.replace(b'memory\0', b'nemory\0'),
    }


def kexec_files(kernel, probe, tree):
    """{name: file}: all of the above, of our own Image, the probe and a devicetree that is right."""
    return {'Image': kernel, 'good.dtb': tree, **good_ones(probe), **bad_ones(probe, kernel), **command_lines(),
            **bad_devicetrees(tree)}
