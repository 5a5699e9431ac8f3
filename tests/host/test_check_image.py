# SPDX-License-Identifier: BSD-2-Clause
"""scripts/check-image: what it refuses, with tools that show what no kernel has."""

import os
import subprocess
import tempfile
import unittest

CHECK = os.path.join(os.path.dirname(__file__), '..', '..', 'scripts', 'check-image')
RELATIVE = 'ffff808000061000  0000000000000403 R_AARCH64_RELATIVE                ffff808000054aaf\n'


class CheckImage(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def tool(self, name, text):
        path = os.path.join(self.dir.name, name)
        with open(path, 'w', encoding='utf-8') as file:
            file.write(f"#!/bin/sh\ncat << 'end'\n{text}end\n")
        os.chmod(path, 0o755)
        return path

    def check(self, relocations, segments='', sections=''):
        """What check-image says of an image and one object; nothing: they pass."""
        objdump = self.tool('objdump', segments + sections)
        done = subprocess.run([CHECK, objdump, self.tool('readelf', relocations), 'kernel.elf', 'early.o'],
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8', check=False)
        self.assertEqual(bool(done.stdout), done.returncode != 0)
        return done.stdout

    def test_good(self):
        self.assertEqual(self.check(RELATIVE, '    filesz 0x1 memsz 0x1 flags r-x\n'), '')

    def test_relocations(self):
        """Any but RELATIVE would be applied wrongly; none at all: the tool didn't find them."""
        other = RELATIVE.replace('403 R_AARCH64_RELATIVE', '101 R_AARCH64_ABS64   ')
        self.assertIn('reloc_apply does not know', self.check(RELATIVE + other + RELATIVE))
        self.assertIn('shows no relocations', self.check('There are no relocations.\n'))

    def test_segments(self):
        self.assertIn('writable and executable', self.check(RELATIVE, 'filesz 0x1 flags rwx\n'))

    def test_fp(self):
        """Only what is known to stand between brackets; names, addresses and numbers are no registers."""
        code = 'ffff808000001000 <{0}>:\nffff808000001000:\tldp\t{1}\nffff808000001004:\tret\n'
        self.assertEqual(self.check(RELATIVE, code.format('arch_fp_load', 'q0, q1, [x0]')), '')
        self.assertEqual(self.check(RELATIVE, code.format('f', 'x0, x1, [x2, #0xb5]')), '')
        self.assertEqual(self.check(RELATIVE, code.format('d1', 'x0, ffff8080000010b4 <d5+0xd6>')), '')
        for operands in ('q0, q1, [x0]', '{v31.16b}, [x2], #16', 'x0, d31', 'v0.d[0], x1', 's7, [x1, #4]'):
            self.assertRegex(self.check(RELATIVE, code.format('fdt_next_node', operands)), 'in: fdt_next_node$')

    def test_sites(self):
        self.assertIn('early.o runs before the page size',
                      self.check(RELATIVE, sections='  5 .page_sites.lsr 00000004\n'))


if __name__ == '__main__':
    unittest.main()
