# SPDX-License-Identifier: BSD-2-Clause
"""scripts/mk-loaders and scripts/images.py: every file that a row reads can be made, and is what it says."""

import gzip
import importlib.machinery
import importlib.util
import os
import pathlib
import re
import struct
import subprocess
import sys
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / 'scripts'))
import images  # noqa: E402 (found by the line above)
import machine  # noqa: E402
import rows  # noqa: E402

LOADER = importlib.machinery.SourceFileLoader('mk_loaders', str(TOP / 'scripts/mk-loaders'))
mk_loaders = importlib.util.module_from_spec(importlib.util.spec_from_loader('mk_loaders', LOADER))
LOADER.exec_module(mk_loaders)

PROBE = images.header(1 << 20) + bytes(range(256)) * 8
TREE = struct.pack('>10I', 0xd00dfeed, 256, 56, 200, 40, 17, 16, 0, 56, 144).ljust(256, b'\0')


def header(image):
    """(text_offset, image_size, flags, magic)"""
    fields = images.HEADER.unpack_from(image)
    return fields[2], fields[3], fields[4], fields[8]


class Rules(unittest.TestCase):
    def rules(self, name):
        return [rule for rule in mk_loaders.RULES if re.fullmatch(rule, name)]

    def test_one_rule_makes_each_file(self):
        for name in mk_loaders.ALL:
            with self.subTest(name):
                self.assertEqual(len(self.rules(name)), 1)

    def test_what_a_rule_is_made_of_is_there_or_is_made(self):
        for name in mk_loaders.ALL:
            for source in mk_loaders.RULES[self.rules(name)[0]][1]:
                with self.subTest(name, source=source):
                    if source.parent == mk_loaders.OUT:
                        self.assertEqual(len(self.rules(source.name)), 1)
                    elif source.parent != TOP / machine.BUILD:
                        self.assertTrue(source.exists())

    def test_what_the_rows_of_the_matrix_read_can_be_made(self):
        every = rows.read((TOP / 'tests/matrix.cfg').read_text())
        names = machine.prepared_files(row.command('') for row in every)
        self.assertIn('kexec.cpio', names)
        for name in names:
            with self.subTest(name):
                self.assertEqual(len(self.rules(name)), 1)
                if tree := re.fullmatch('tree-(.*).dtb', name):
                    self.assertTrue((mk_loaders.TESTS / f'{tree[1]}.dts').exists())

    def test_what_the_rows_load_is_in_the_initrd_that_they_name(self):
        files = {'kexec-self.cpio': images.kexec_files(b'', PROBE, TREE),
                 'kexec-linux.cpio': ['linux', 'busybox.cpio']}
        not_there = {'nothing', 'folder', 'link'}
        seen = set()
        for row in rows.read((TOP / 'tests/matrix.cfg').read_text()):
            text = '\n'.join([row.settings.get('CMDLINE', ''), *row.input])
            archive = pathlib.Path(row.settings.get('INITRD', '')).name
            for name in re.findall(r'kexec load (?:--crash )?([\w.-]+)|--(?:dtb|initrd|args)=([\w.-]+)', text):
                name = ''.join(name)
                seen.add(name)
                with self.subTest(row.name, name=name):
                    self.assertTrue(name in files[archive] or name in not_there)
        # What is packed and never loaded has no purpose.
        packed = {name for names in files.values() for name in names}
        self.assertEqual(packed - seen, set())

    def test_a_build_by_another_compiler_has_files_of_its_own(self):
        code = ("import sys; sys.path.insert(0, 'scripts'); import machine; print(machine.prepared_files("
                "[machine.qemu_command({'INITRD': 'build-llvm/loaders/kexec-self.cpio'})]))")
        done = subprocess.run([sys.executable, '-Bc', code], cwd=TOP, stdout=subprocess.PIPE, text=True,
                              env={**os.environ, 'GRANULE_BUILD': 'build-llvm'}, check=True)
        self.assertEqual(done.stdout, "['kexec-self.cpio']\n")


class Images(unittest.TestCase):
    def test_header(self):
        image = images.header(0x12345, flags=images.ANYWHERE, text_offset=0x80000)
        self.assertEqual(len(image), 64)
        self.assertEqual(struct.unpack_from('<QQQ', image, 8), (0x80000, 0x12345, 8))
        self.assertEqual(image[56:60], b'ARM\x64')

    def test_good_ones_differ_from_the_probe_in_the_header_alone(self):
        for name, image in images.good_ones(PROBE).items():
            with self.subTest(name):
                self.assertEqual(image[64:], PROBE[64:])
                self.assertEqual(image[:8], PROBE[:8])
                self.assertGreaterEqual(images.image_size(image), len(image))
        good = images.good_ones(PROBE)
        self.assertEqual(good['probe'], PROBE)
        self.assertEqual(header(good['probe-fixed'])[::2], (0, 0))
        self.assertGreater(images.image_size(good['probe-fixed']), 2 * images.MIB)
        self.assertEqual(header(good['probe-offset'])[0], 0x80000)
        self.assertEqual([header(good[name])[2] >> 1 & 3 for name in ('needs-16k', 'needs-64k')], [2, 3])

    def test_bad_ones_have_one_thing_wrong(self):
        bad = images.bad_ones(PROBE, bytes(8192))
        self.assertEqual([len(bad[name]) for name in ('empty', 'cut', 'cut-later')], [0, 60, 4096])
        self.assertEqual(bad['elf'][:4], b'\x7fELF')
        self.assertEqual(gzip.decompress(bad['Image.gz']), PROBE)
        self.assertGreater(len(bad['text']), 64)
        for name, at, value in (('big-endian', 2, 9), ('old', 1, 0), ('huge', 1, 100 << 30),
                                ('overlong', 1, len(PROBE) - 1)):
            with self.subTest(name):
                good = header(PROBE)
                self.assertEqual(header(bad[name]), (*good[:at], value, *good[at + 1:]))
                self.assertEqual(bad[name][64:], PROBE[64:])

    def test_devicetrees(self):
        bad = images.bad_devicetrees(TREE)
        large = bad['large.dtb']
        self.assertEqual(struct.unpack_from('>II', large), (0xd00dfeed, len(large)))
        self.assertGreater(len(large), 2 * images.MIB)
        self.assertEqual(large[8:256], TREE[8:])
        self.assertEqual(bad['broken.dtb'][:4], TREE[:4])
        self.assertLess(len(bad['cut.dtb']), 256)

    def test_command_lines(self):
        lines = images.command_lines()
        # What a run= command can't say, and what the row for it looks for.
        self.assertTrue({b';', b'"'} <= {bytes([byte]) for byte in lines['args']})
        self.assertEqual(len(lines['long-args']), 100001)
        self.assertIn(b'\0', lines['nul-args'])
        self.assertEqual(lines['no-args'], b'')


if __name__ == '__main__':
    unittest.main()
