# SPDX-License-Identifier: BSD-2-Clause
"""A machine where nothing is installed yet, or that has no arm64 packages: scripts/deps, fetch-arm64, make -j."""

import pathlib
import shutil
import sys
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(TOP / 'scripts'), str(TOP / 'tests/host')]
from odd_machine import CLEAN, Case, run  # noqa: E402 (found by the line above)

# Tools of the build that do nothing but leave their outputs; each says that it ran.
TOOL = r'''name=${0##*/}
echo "$name" >>"$STATE/ran"
out=
while [ $# -gt 0 ]; do
	case $1 in
	-print-file-name=*) echo /nowhere; exit ;;
	-o) out=$2; shift ;;
	-MF) : >"$2"; shift ;;
	esac
	out_last=$1
	shift
done
case $name in
*objcopy) out=$out_last ;;
esac
[ -z "$out" ] || { mkdir -p "$(dirname "$out")" && : >"$out"; }'''

# Stands for scripts/deps: puts tools where PATH finds them, and takes its time. Two at once: see flock.
DEPS = r'''exec 9>>"$STATE/lock"
flock 9
for group; do
	[ ! -e "$STATE/$group" ] || continue
	sleep 0.2
	case $group in
	build) p=aarch64-linux-gnu-; [ "$(uname -m)" != aarch64 ] || p=
		tools="${p}gcc ${p}ld ${p}nm ${p}objcopy ${p}objdump ${p}readelf python3" ;;
	llvm*) v=${group#llvm}; tools="clang$v ld.lld$v llvm-nm$v llvm-objcopy$v llvm-objdump$v llvm-readelf$v" ;;
	user) p=aarch64-linux-gnu-; [ "$(uname -m)" != aarch64 ] || p=; tools="${p}gcc ${p}ld ld.lld" ;;
	host) tools=cc ;;
	fuzz) tools="cc clang" ;;
	*) tools= ;;
	esac
	for tool in $tools; do
		cp "$STATE/tool" "$STATE/bin/$tool.new" && mv "$STATE/bin/$tool.new" "$STATE/bin/$tool"
	done
	: >"$STATE/$group"
done'''

# What a bare machine has.
BASE = ('sh make awk basename cat chmod cmp cp cut dirname echo env false find flock grep head install ln ls mkdir mktemp mv nproc '
        'printf readlink realpath rm sed sleep sort tail touch tr true uname wc xargs').split()

# What a script or suite starts that is no part of a build, by its group in scripts/deps.
NEEDED = {'scripts/run': 'run', 'scripts/gdb': 'gdb', 'scripts/plots/run': 'plots', 'scripts/bench': 'run',
          'scripts/check-hotpath': 'run', 'scripts/run-tests': 'run', 'scripts/unittests': 'check',
          'scripts/check-readme': 'run', 'scripts/checks/run': 'check', 'tests/host/run': 'host',
          'tests/fuzz/run': 'fuzz', 'scripts/check-guards': 'check', 'scripts/mksymbols.py': 'build',
          'scripts/mkrelocs.py': 'build', 'scripts/check-image': 'build', 'scripts/fetch-arm64': 'build'}


class BareMachine(Case):
    """Nothing is used before scripts/deps has brought it, however many jobs there are."""

    def setUp(self):
        super().setUp()
        self.tree, state = self.copy('tree'), self.folder / 'state'
        self.make_small()
        for name in BASE:
            if found := shutil.which(name):
                (state / 'bin').mkdir(parents=True, exist_ok=True)
                (state / 'bin' / name).symlink_to(found)
        self.script(state / 'tool', TOOL)
        self.script(self.tree / 'scripts/deps', DEPS)
        for name, group in NEEDED.items():
            self.script(self.tree / name, f'[ -e "$STATE/{group}" ] || {{ echo "{name} before {group}" >&2; exit 1; }}')
        fetch = 'mkdir -p "$1/usr/include" "$1/usr/lib/aarch64-linux-gnu"; : >"$1/usr/lib/aarch64-linux-gnu/libfdt.a"'
        self.script(self.tree / 'scripts/fetch-arm64', f'[ -e "$STATE/build" ] || exit 1\n{fetch}')
        self.environment = {'STATE': str(state), 'PATH': str(state / 'bin')}
        self.state = state

    def make_small(self):
        """A few sources of each kind: each costs a process or two."""
        kept = {'boot.c', 'head.S', 'kernel.ld.S', 'string.c', 'vsnprintf.c', 'printable.c', 'main.c', 'bitmap.c', 'test_bitmap.c',
                'symbols.c', 'test_symbols.c', 'host.c', 'fuzz_cmdline.c', 'cmdline.c', 'parse.c', 'cma_option.c', 'cpu_option.c',
                'memblock_crashkernel.c', 'memblock.c', 'region_list.c', 'format.c', 'test_reloc.c', 'reloc.c', 'granule.c',
                'bare.c', 'fixture.c', 'padding.c'}
        for path in self.tree.rglob('*'):
            if path.suffix in ('.c', '.S') and path.name not in kept:
                path.unlink()

    def make(self, *words):
        status, text = run('make', '-j8', *words, cwd=self.tree, environment=self.environment)
        self.assertEqual(status, 0, text)
        self.assertNotIn('not found', text)

    def again(self):
        """Bare once more, and nothing built."""
        for name in ('build', 'build-debug', 'build-llvm', 'build-llvm-19'):
            shutil.rmtree(self.tree / name, ignore_errors=True)
        for path in [*self.state.iterdir(), *(self.state / 'bin').iterdir()]:
            if path.name not in (*BASE, 'bin', 'tool'):
                path.unlink()

    def test_a_build(self):
        self.make('all')
        self.assertRegex((self.state / 'ran').read_text(encoding='utf-8'), r'(?m)^(aarch64-linux-gnu-)?gcc$')
        self.again()
        self.make('LLVM=-19', 'all')
        self.assertIn('clang-19\n', (self.state / 'ran').read_text(encoding='utf-8'))
        self.again()
        # By itself: nothing else has to have waited.
        self.make('build/symbols0.o')
        self.again()
        self.make('const')

    def test_a_build_with_a_libfdt_of_its_own(self):
        (self.folder / 'dtc/libfdt').mkdir(parents=True)
        (self.folder / 'dtc/libfdt/fdt.c').touch()
        self.script(self.state / 'bin/ar', TOOL)
        self.make(f"LIBFDT_SRC={self.folder / 'dtc'}", 'all')

    def test_host_tests_and_fuzzers(self):
        self.make('check-host', 'TESTS=reloc bitmap symbols')
        self.again()
        self.make('check-fuzz', 'FUZZERS=cmdline')

    def test_each_other_goal(self):
        for goal in ('run', 'plots', 'gdb', 'bench', 'check-style', 'check-hotpath', 'check-matrix', 'check-readme',
                     'check-console', 'check-matrix-llvm', 'check-guards', 'dump'):
            with self.subTest(goal):
                self.make(goal)
                self.again()


FAKE_APT = r'''case "$*" in
*update*) exit 0 ;;
*) echo "E: Unable to locate package libfdt-dev" >&2; exit 100 ;;
esac'''


class NoArm64(Case):
    """An archive without arm64 packages, as Ubuntu's is: what to do is said."""

    def fetch(self, package, *, apt=FAKE_APT):
        tools = self.folder / 'bin'
        if apt:
            for name in ('apt-get', 'apt-cache', 'dpkg-deb'):
                self.script(tools / name, apt)
            path = f'{tools}:{CLEAN["PATH"]}'
        else:
            for name in BASE:
                if found := shutil.which(name):
                    tools.mkdir(exist_ok=True)
                    if not (tools / name).exists():
                        (tools / name).symlink_to(found)
            path = str(tools)
        given = {'PATH': path, 'GRANULE_APT_ARM64': str(self.folder / 'apt')}
        status, text = run('scripts/fetch-arm64', self.folder / 'deps', package, environment=given)
        self.assertEqual(status, 1, text)
        return text

    def test_libfdt(self):
        text = self.fetch('libfdt-dev')
        self.assertIn("sources don't give all of these for arm64: libfdt-dev", text)
        self.assertIn('Unable to locate', text)
        self.assertIn('make LIBFDT_SRC=DIR', text)
        self.assertIn('Ubuntu', text)

    def test_others(self):
        self.assertNotIn('LIBFDT_SRC', self.fetch('busybox-static'))

    def test_without_apt(self):
        text = self.fetch('libfdt-dev', apt=None)
        self.assertIn('make LIBFDT_SRC=DIR', text)
        self.assertIn('is missing', text)
        status, text = run('scripts/deps', 'build', environment={'PATH': str(self.folder / 'bin')})
        self.assertEqual(status, 1)
        self.assertIn('LIBFDT_SRC=DIR', text)


class Groups(Case):
    """What scripts/deps asks for."""

    def test_versions_of_llvm(self):
        for name in BASE:
            if found := shutil.which(name):
                (self.folder / 'bin').mkdir(exist_ok=True)
                (self.folder / 'bin' / name).symlink_to(found)
        self.script(self.folder / 'bin/apt-get', 'exit 1')
        self.script(self.folder / 'bin/id', 'echo 0')
        status, text = run('scripts/deps', 'llvm-19', environment={'PATH': str(self.folder / 'bin'),
                                                                   'GRANULE_DEPS': 'no'})
        self.assertEqual(status, 1)
        self.assertIn('missing: clang-19 lld-19 llvm-19', text)
        for group in ('llvm-', 'llvm-x', 'nothing'):
            self.assertIn('no group', run('scripts/deps', group)[1])


if __name__ == '__main__':
    unittest.main()
