# SPDX-License-Identifier: BSD-2-Clause
"""A test in the guest whose fact the compiler knows ends the build: include/kernel/selftest.h."""

import pathlib
import shutil
import subprocess
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
GCC = shutil.which('aarch64-linux-gnu-gcc') or 'gcc'  # on an arm64 host
COMPILERS = [[GCC], ['clang', '--target=aarch64-linux-gnu']]
FLAGS = ['-std=gnu11', '-ffreestanding', '-fpie', '-I', 'include', '-include', 'include/kernel/hidden.h']

# As tests/guest/exceptions.c had it: nothing writes the array, so nothing reads it either.
BSS = '''
	static {0}u64 zeroes[64];

	for (unsigned i = 0; i < ARRAY_SIZE(zeroes); i++)
		{1};
'''
ERROR = 'nothing is tested'


class Folded(unittest.TestCase):
    def compile(self, body, *more):
        """What each compiler says, at each level that the kernel is built with; nothing: it is well."""
        source = ('#include <kernel/compiler.h>\n#include <kernel/selftest.h>\n'
                  f'SELFTEST(one)\n{{{body}}}\n')
        said = []
        for compiler in COMPILERS:
            for level in ('-O2', '-Os'):
                done = subprocess.run([*compiler, *FLAGS, level, *more, '-x', 'c', '-c', '-o', '/dev/null', '-'],
                                      input=source, cwd=TOP, stdout=subprocess.PIPE,
                                      stderr=subprocess.STDOUT, encoding='utf-8', check=False)
                self.assertEqual(done.returncode != 0, 'error' in done.stdout, done.stdout)
                said.append(done.stdout)
        return said

    def test_red(self):
        for fact in ('EXPECT_EQUAL(zeroes[i], 0)', 'EXPECT(!zeroes[i])'):
            for said in self.compile(BSS.format('', fact)):
                self.assertIn(ERROR, said)
        for said in self.compile('EXPECT(sizeof(u64) == 8);'):
            self.assertIn(ERROR, said)

    def test_green(self):
        for fact in ('EXPECT_EQUAL(zeroes[i], 0)', 'EXPECT(!zeroes[i])'):
            for said in self.compile(BSS.format('volatile ', fact)):
                self.assertEqual(said, '')

    def test_constant_page_size(self):
        """There, facts about the page size are known."""
        for said in self.compile('EXPECT(sizeof(u64) == 8);', '-DCONST_PAGE_SHIFT=12'):
            self.assertEqual(said, '')


if __name__ == '__main__':
    unittest.main()
