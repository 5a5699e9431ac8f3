# SPDX-License-Identifier: BSD-2-Clause
"""scripts/check-text: what it takes for a difference, and what it sees through."""

import importlib.machinery
import importlib.util
import os
import shutil
import subprocess
import tempfile
import unittest

PATH = os.path.join(os.path.dirname(__file__), '..', '..', 'scripts', 'check-text')
LOADER = importlib.machinery.SourceFileLoader('check_text', PATH)
check = importlib.util.module_from_spec(importlib.util.spec_from_loader('check_text', LOADER))
LOADER.exec_module(check)

AS = shutil.which('aarch64-linux-gnu-as') or 'as'  # on an arm64 host

# A function of each kind of address: of another one, of data, of a string, of code out of line.
CODE = """
	.section .rodata.str1.8, "aMS", %progbits, 1
{padding}
.LC0:	.asciz "text"
	.data
{padding}
	.type counter, %object
	.size counter, 8
counter: .quad 0
	.text
{before}
	.type first, %function
first:
	adrp	x0, counter
	ldr	x1, [x0, #:lo12:counter]
1:	cbnz	x1, 1b
	cbnz	x1, 2f
	.subsection 1
2:	b	1b
	.previous
	bl	second
	bl	elsewhere
	adrp	x0, .LC0
	add	x0, x0, #:lo12:.LC0
{inside}
	ret
	.size first, . - first
	.type second, %function
second:
{page}
	ret
	.size second, . - second
"""
SITE = '1:	lsr	x0, x0, #12\n	.section .page_sites.lsr, "a"\n	.long 1b - .\n	.text'


class CheckText(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.TemporaryDirectory()
        self.addCleanup(self.dir.cleanup)

    def assemble(self, name, **parts):
        text = CODE.format(**{'padding': '', 'before': '', 'inside': '', 'page': 'lsr x0, x0, #14'} | parts)
        os.makedirs(os.path.join(self.dir.name, name), exist_ok=True)
        subprocess.run([AS, '-o', os.path.join(self.dir.name, name, 'file.o'), '-'], input=text, text=True,
                       check=True)

    def compare(self, shift=14, **ours):
        """Ours, with these parts, with a kernel of 16K pages."""
        self.assemble('ours', **{'page': SITE} | ours)
        self.assemble('constant')
        return check.Comparison(os.path.join(self.dir.name, 'ours'),
                                os.path.join(self.dir.name, 'constant'), shift, ['file.o'])

    def test_the_same(self):
        """But for where it lies."""
        for parts in {}, {'padding': '.asciz "other text"'}, {'before': '.skip 4096'}:
            found = self.compare(**parts)
            self.assertEqual((found.functions, found.differ), (2, []))
            self.assertTrue(found.is_within((0, 0)))

    def test_site(self):
        """Patched for another size, or no site, it isn't what the constant kernel has."""
        self.assertEqual(self.compare(shift=12).differ, [(0, 1, 'file.o', 'second')])
        self.assertEqual(self.compare(page='lsr x0, x0, #12').differ, [(0, 1, 'file.o', 'second')])

    def test_planted(self):
        found = self.compare(inside='nop\nnop')
        self.assertEqual(found.differ, [(8, 3, 'file.o', 'first')])
        self.assertEqual(found.more(), 8)
        self.assertFalse(found.is_within((49, 100)))
        self.assertFalse(found.is_within((100, 1)))
        self.assertTrue(found.is_within((50, 100)))

    def test_only_in_one(self):
        extra = '.type third, %function\nthird: nop\nret\n.size third, . - third'
        self.assertEqual(self.compare(before=extra).differ, [(8, 2, 'file.o', 'third')])

    def test_names(self):
        """A copy or a part of a function goes by the function's name; a helper must not differ."""
        self.assertEqual(check.plain('fields_of.constprop.0.isra.0'), 'fields_of')
        found = self.compare()
        found.differ = [(4, 1, 'hotpath.o', 'hotpath_pfn'), (0, 1, 'hotpath.o', 'hotpath_index0')]
        self.assertEqual(found.helpers('gcc'), ['hotpath_pfn', 'hotpath_index0'])
        found.shift = 16
        self.assertEqual(found.helpers('clang'), ['hotpath_pfn'])
        found.differ = [(4, 2, 'hotpath.o', 'hotpath_is_aligned')]
        self.assertEqual((found.helpers('gcc'), found.helpers('clang')), (['hotpath_is_aligned'], []))

    def test_widths(self):
        for wide, narrow in ('mov x3, #12', 'mov w3, #12'), ('and x0, x1, #0xfff', 'and w0, w1, #0xfff'):
            self.assemble('ours', inside=wide)
            self.assemble('constant', inside=narrow)
            self.assertEqual(check.read_functions(os.path.join(self.dir.name, 'ours/file.o'), 14),
                             check.read_functions(os.path.join(self.dir.name, 'constant/file.o'), 14))

    def test_kinds(self):
        """All kinds of site that the kernel has, by the words of its own table."""
        self.assertEqual(check.fields_of('index0', 16), check.bitfield(63, 63))
        for shift in check.GRANULES.values():
            for kind in ('lsr', 'lsl', 'offset', 'mask', 'word', 'shift', 'size', 'add', 'index0', 'index3'):
                mask, value = check.fields_of(kind, shift)
                self.assertEqual(value & ~mask, 0)


if __name__ == '__main__':
    unittest.main()
