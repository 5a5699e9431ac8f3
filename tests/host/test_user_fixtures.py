# SPDX-License-Identifier: BSD-2-Clause
"""tests/user/fixtures.tsv says of each fixture what a model of Linux's loader says, and what its name promises."""

import pathlib
import random
import struct
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(TOP / 'scripts'), str(TOP / 'tests/user')]
import elf_map  # noqa: E402 (found by the line above)
import surroundings  # noqa: E402

FIXTURES = TOP / surroundings.setting('BUILD', 'build') / 'user/fixtures'
FIELDS = 6


def table():
    """{name: ([status at 4K, 16K, 64K], how it is linked, why)}"""
    rows = {}
    for line in (TOP / 'tests/user/fixtures.tsv').read_text().splitlines():
        if line and not line.startswith('#'):
            fields = line.split('\t')
            assert len(fields) == FIELDS and fields[0] not in rows, line
            rows[fields[0]] = ([int(status) for status in fields[2:5]], fields[1], fields[5])
    return rows


def small(segments, entry=0x400000, size=0x3000):
    """An executable of (offset, vaddr, filesz, memsz, flags), each byte of it its page's number."""
    header = struct.pack('<4sBBBBQ HHIQQQI HHHHHH', b'\x7fELF', 2, 1, 1, 0, 0, 2, 183, 1, entry, 64, 0, 0, 64, 56,
                         len(segments), 0, 0, 0)
    for offset, vaddr, filesz, memsz, flags in segments:
        header += struct.pack('<IIQQQQQQ', 1, flags, offset, vaddr, vaddr, filesz, memsz, 4096)
    return header + bytes(at >> 12 for at in range(len(header), size))


class Fixtures(unittest.TestCase):
    def test_prediction(self):
        for name, (statuses, _, _) in table().items():
            data = (FIXTURES / name).read_bytes()  # made by `make user-fixtures`
            for page, status in zip(elf_map.PAGE_SIZES, statuses):
                predicted, why = elf_map.predict(data, page)
                self.assertEqual(predicted, status, f'{name} with pages of {page}: {why}')

    def test_layouts(self):
        """As many segments as the name says; each kind of layout has one that breaks and one that doesn't."""
        outcomes = set()
        for name, (statuses, link, _) in table().items():
            file = elf_map.File((FIXTURES / name).read_bytes())
            linker, align, *rest = name.split('-')
            self.assertEqual(linker, link.split()[0], name)
            self.assertIn(f'max-page-size={int(align[:-1]) << 10}', link)
            self.assertEqual(file.type, elf_map.ET_DYN if 'pie' in rest else elf_map.ET_EXEC, name)
            if rest[0].isdigit():
                self.assertEqual(len(file.segments), int(rest[0]), name)
            outcomes.add((align, tuple(statuses)))
        self.assertEqual(outcomes, {('4k', (0, 139, 139)), ('4k', (0, 0, 0)), ('16k', (0, 0, 139)), ('64k', (0, 0, 0))})


class Model(unittest.TestCase):
    TEXT = (0, 0x400000, 0x1000, 0x1000, 5)

    def test_aligned(self):
        self.assertEqual(elf_map.predict(small([self.TEXT, (0x1000, 0x401000, 0x1000, 0x1000, 6)]), 4096)[0], 0)

    def test_offset_that_no_page_begins_at(self):
        status, why = elf_map.predict(small([self.TEXT, (0x1000, 0x402000, 0x1000, 0x1000, 6)]), 16384)
        self.assertEqual((status, why[:6]), (139, 'EINVAL'))

    def test_last_segment_decides_on_protection(self):
        status, why = elf_map.predict(small([self.TEXT, (0x1000, 0x401000, 0x1000, 0x1000, 6)]), 16384)
        self.assertEqual((status, why), (139, 'the entry 0x400000 is not executable'))

    def test_zeroed_end_of_page_takes_the_next_bytes(self):
        """Data first: with large pages its end is zeroed, and with it text that lies in the same page."""
        data = (0x1000, 0x401000, 0x800, 0x900, 7)
        status, why = elf_map.predict(small([data, (0x2000, 0x402000, 0x1000, 0x1000, 7)], entry=0x401000), 16384)
        # Mapped again by the second: what was zeroed has the file's bytes.
        self.assertEqual((status, why), (139, '0x401800 has 0x1, not 0x0'))
        status, why = elf_map.predict(small([(0x2000, 0x402000, 0x1000, 0x1000, 5), data], entry=0x401000), 16384)
        self.assertEqual((status, why), (139, '0x402000 has 0x0, not 0x2'))

    def test_bss_over_others(self):
        bss = (0x1000, 0x401000, 0x100, 0x5000, 6)
        after = (0x2000, 0x406000, 0x100, 0x100, 4)
        memory = elf_map.Memory(small([bss, after]), 4096)
        for segment in elf_map.File(memory.data).segments:
            memory.load(segment)
        self.assertEqual(memory.byte(0x405fff), (0, 6))
        self.assertEqual(memory.byte(0x406000), (2, 4))
        self.assertIsNone(memory.byte(0x407000))


class Kernel(unittest.TestCase):
    """kernel/process/elf_map.c, run on this machine, maps as the model does: page by page."""

    PROGRAM = TOP / surroundings.setting('BUILD', 'build') / 'host/test_elf_map'  # made by `make check-scripts`
    FLAGS = ((elf_map.R, 'r'), (elf_map.W, 'w'), (elf_map.X, 'x'))

    def modelled(self, data, page):
        """{address: (offset, permissions, cleared from)}; None: refused."""
        memory = elf_map.Memory(data, page)
        try:
            for segment in elf_map.File(data).segments:
                memory.load(segment)
        except elf_map.Refused:
            return None
        return {address: (each.offset, ''.join(letter if each.flags & flag else '-' for flag, letter in self.FLAGS),
                          min(each.zeroed, default=page)) for address, each in memory.pages.items()}

    def mapped(self, names, page):
        """The same, of each file."""
        output = subprocess.run([self.PROGRAM, str(page.bit_length() - 1), *names], check=True,
                                stdout=subprocess.PIPE, text=True).stdout
        files = {}
        for line in output.splitlines():
            words = line.split()
            if len(words) == 1:
                pages = files[line] = {}
            elif words[0] == 'error':
                files[next(reversed(files))] = None
            else:
                pages[int(words[0], 16)] = (None if words[1] == '-' else int(words[1], 16), words[2], int(words[3], 16))
        return files

    def compare(self, names):
        outcomes = set()
        for page in elf_map.PAGE_SIZES:
            files = self.mapped(names, page)
            self.assertEqual(len(files), len(names))
            for name in names:
                modelled = self.modelled(pathlib.Path(name).read_bytes(), page)
                self.assertEqual(files[name], modelled, f'{name} with pages of {page}')
                outcomes.add(modelled is None)
        self.assertEqual(outcomes, {True, False})

    def test_fixtures(self):
        self.compare([str(FIXTURES / name) for name in table()])

    def test_random(self):
        """Segments of odd sizes in a few pages, in any order, at fixed places and anywhere."""
        numbers = random.Random(16)
        with tempfile.TemporaryDirectory() as folder:
            names = []
            for number in range(150):
                segments = []
                for _ in range(numbers.randint(1, 4)):
                    vaddr = 0x400000 + numbers.randrange(0x28) * 0x1000 + numbers.choice((0, 0, 0x234, 0xff8))
                    offset = vaddr - 0x400000 - numbers.choice((0, 0, 0, 0x1000, 0x4000, 0x10000))
                    filesz = numbers.choice((0, 0x10, 0x800, 0x1000, 0x5000))
                    memsz = filesz + numbers.choice((0, 0, 8, 0x1000, 0x12345))
                    segments.append((offset if offset >= 0 else vaddr - 0x400000, vaddr, filesz, memsz,
                                     numbers.choice((4, 5, 6, 7))))
                data = bytearray(small(segments, size=0x40000))
                if number % 2 and min(segment[1] for segment in segments) == segments[0][1] & ~0xffff:
                    data[16] = elf_map.ET_DYN
                names.append(f'{folder}/{number}')
                pathlib.Path(names[-1]).write_bytes(data)
            self.compare(names)


if __name__ == '__main__':
    unittest.main()
