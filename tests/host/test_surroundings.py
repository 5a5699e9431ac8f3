# SPDX-License-Identifier: BSD-2-Clause
"""On a machine that isn't ours: variables that others export, files of theirs, odd paths, other owners."""

import os
import pathlib
import re
import socket
import sys
import unittest
import unittest.mock

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(TOP / 'scripts'), str(TOP / 'tests/host')]
import machine  # noqa: E402 (found by the line above)
import surroundings  # noqa: E402
from odd_machine import CLEAN, Case, run  # noqa: E402

MAKEFILES = [TOP / 'Makefile', TOP / 'tests/host/host.mk', TOP / 'tests/fuzz/fuzz.mk',
             TOP / 'tests/user/user.mk']
NOBODY = 65534


def make_list(name):
    """A list of words in the Makefile."""
    text = MAKEFILES[0].read_text(encoding='utf-8').replace('\\\n', ' ')
    return re.search(rf'^{name} := (.*)$', text, re.M)[1].split()


class Settings(Case):
    """Everyday names in the environment have no effect."""
    NAMES = {*machine.SETTINGS, *make_list('build_settings'), 'CC', 'LD', 'NM', 'AR', 'OBJCOPY', 'OBJDUMP',
             'CHECK_RESULTS', 'APT_ARM64', 'CLANG_FORMAT', 'TIMEOUT_FACTOR', 'CONSOLE_TIMEOUT', 'PRINTK'}

    def test_the_makefile_knows_the_settings_of_the_scripts(self):
        self.assertEqual(make_list('machine_settings'), list(machine.SETTINGS))

    def test_what_make_lets_others_set_is_a_setting(self):
        text = ''.join(path.read_text(encoding='utf-8') for path in MAKEFILES)
        names = set(re.findall(r'^(?:[\w-]+: )?(\w+) \?=', text, re.M))
        names |= set(re.findall(r'^ifn?def (\w+)', text, re.M))
        names |= set(re.findall(r'^ifn?eq \(\$\(([A-Z]\w+)\)', text, re.M))
        self.assertEqual(names - set(make_list('build_settings')) - {'INCLUDED'}, set())

    def test_make(self):
        """The same commands, whatever is exported."""
        goals = ['-n', 'all', 'run', 'gdb', 'check-host', 'TESTS=bitmap', 'check-fuzz', 'FUZZERS=cmdline', 'check-matrix']
        plain = run('make', *goals)
        self.assertEqual(plain[0], 0, plain[1])
        evil = {name: f'/{name}-of-somebody' for name in self.NAMES}
        status, text = run('make', *goals, environment=evil)
        self.assertEqual(status, 0, text)
        self.assertEqual(sorted(text.splitlines()), sorted(plain[1].splitlines()))

    def test_make_by_arguments_and_by_prefix(self):
        status, text = run('make', '-n', 'run', 'CPU=a53', "CMDLINE=a 'b' c", environment={'MEM': '8G'})
        self.assertEqual(status, 0, text)
        line = text.splitlines()[-1].split()
        self.assertEqual(' '.join(line), "scripts/run CMDLINE='a '\\''b'\\'' c' CPU='a53'")
        self.assertIn('ld.lld ', run('make', '-n', 'all', environment={'GRANULE_LLVM': '1'})[1])
        self.assertNotIn('ld.lld ', run('make', '-n', 'all', environment={'LLVM': '1'})[1])
        self.assertIn('ld.lld ', run('make', '-n', 'all', environment={'LLVM': '0', 'GRANULE_LLVM': '1'})[1])

    def test_scripts(self):
        plain = run('scripts/run', '-n')
        evil = {name: f'/{name}-of-somebody' for name in self.NAMES}
        self.assertEqual(run('scripts/run', '-n', environment=evil), plain)
        for given in ({'GRANULE_CPU': 'cortex-a35'}, {}):
            text = run('scripts/run', '-n', *([] if given else ['CPU=cortex-a35']), environment=given)[1]
            self.assertIn('-cpu cortex-a35 ', text)
        self.assertEqual(run('scripts/deps', 'build', environment={'CROSS_COMPILE': 'of-somebody-'}),
                         run('scripts/deps', 'build'))

    def test_a_test_is_not_set_from_outside(self):
        given = {'GRANULE_CPU': 'x', 'GRANULE_BUILD': 'build-llvm', 'CPU': 'y'}
        self.assertEqual(surroundings.without_settings(given), {'GRANULE_BUILD': 'build-llvm', 'CPU': 'y'})


class Files(Case):
    """What isn't ours is neither removed nor overwritten."""

    def test_a_socket_is_never_taken_over(self):
        for kind in ('file', 'socket', 'link'):
            path = self.folder / kind
            if kind == 'socket':
                with socket.socket(socket.AF_UNIX) as theirs:
                    theirs.bind(str(path))
            elif kind == 'link':
                path.symlink_to('nowhere')
            else:
                path.write_text('theirs', encoding='utf-8')
            for given in ([f'GDB={path}'], []):
                environment = {} if given else {'GRANULE_GDB': str(path)}
                self.script(self.folder / 'bin/qemu-system-aarch64', f'rm -f {path}')
                environment['PATH'] = f"{self.folder / 'bin'}:{CLEAN['PATH']}"
                status, text = run('scripts/run', *given, environment=environment)
                self.assertEqual(status, 2, text)
                self.assertIn('something is there', text)
                self.assertTrue(os.path.lexists(path))

    def test_folders(self):
        ours, theirs = self.folder / 'ours', self.folder / 'theirs'
        surroundings.own_folder(str(ours / 'new'))
        (ours / 'new/x').touch()
        surroundings.own_folder(str(ours / 'new'))
        surroundings.own_folder(str(TOP / 'build'))
        theirs.mkdir()
        (theirs / 'Image').write_text('theirs', encoding='utf-8')
        with self.assertRaisesRegex(SystemExit, 'not ours'):
            surroundings.own_folder(str(theirs))
        with self.assertRaisesRegex(SystemExit, 'not ours'):
            surroundings.own_folder(str(theirs / 'Image'))

    def test_each_that_writes_asks(self):
        theirs = self.folder / 'theirs'
        theirs.mkdir()
        for name in ('Image', 'check-results', 'memory.svg'):
            (theirs / name).write_text('theirs', encoding='utf-8')
        environment = {'GRANULE_BUILD': str(theirs), 'GRANULE_CHECK_RESULTS': str(theirs / 'check-results'),
                       'GRANULE_APT_ARM64': str(theirs)}
        for command in (['make', f'BUILD={theirs}'], ['make', 'check-style'], ['scripts/suite', '--begin', 'x'],
                        ['scripts/suite', 'x', 'true'], ['scripts/mk-loaders', 'odd.cpio'],
                        ['scripts/run-tests', '-k', '^no-such', '--build', theirs, '-k', 'granule/4k-max-64M'],
                        ['scripts/plots/run', '--recorded', '--to', theirs],
                        ['scripts/fetch-arm64', theirs, 'libfdt-dev'],
                        ['scripts/fetch-arm64', self.folder / 'new', 'libfdt-dev']):
            status, text = run(*command, environment=environment)
            self.assertNotEqual(status, 0, command)
            self.assertRegex(text, "not ours|isn't from here", command)
            self.assertNotIn('Traceback', text)
        self.assertEqual({path.name: path.read_text(encoding='utf-8') for path in theirs.iterdir()},
                         dict.fromkeys(('Image', 'check-results', 'memory.svg'), 'theirs'))

    def test_what_make_refuses(self):
        for given, what in ((f'BUILD={self.folder}/a b', 'there is a blank in it'), ('LLVM=2', 'LLVM=2: '),
                            (f'LIBFDT_SRC={self.folder}', 'no libfdt/fdt.c')):
            status, text = run('make', given)
            self.assertEqual(status, 2, text)
            self.assertEqual(len(text.splitlines()), 1)
            self.assertIn(what, text)


class Trees(Case):
    """A tree whose path has a blank and more, that can't be written, that is somebody else's."""

    def test_a_path_with_blanks(self):
        tree = self.copy("it's a tree, of mine")
        status, text = run('make', '-j2', self.libfdt(), 'build/lib/string.o', 'build/arch/arm64/boot/head.o',
                           'build/kernel.ld', 'build/compile_commands.json', 'build/host/test_bitmap', cwd=tree)
        self.assertEqual(status, 0, text)
        self.assertNotIn(b'of mine', (tree / 'build/lib/string.o').read_bytes())
        status, text = run('scripts/mk-loaders', 'tree-reserved.dtb', 'junk-low', cwd=tree)
        self.assertEqual(status, 0, text)
        (tree / 'build/Image').touch()
        status, text = run(tree / 'scripts/run', '-n', 'LOADER=place', 'ADDR=0x40400000', cwd='/')
        self.assertEqual(status, 0, text)
        self.assertIn('it\'"\'"\'s a tree,, of mine/build/Image,addr=', text)

    def libfdt(self):
        """A file that stands for libfdt: none is fetched."""
        library = self.folder / 'deps/usr/lib/aarch64-linux-gnu/libfdt.a'
        library.parent.mkdir(parents=True)
        library.touch()
        return f"fetched={self.folder / 'deps'}"

    def read_only(self, *command, **more):
        """Run a command that may write nowhere but in its own folder."""
        if os.getuid():
            for folder, _, _ in os.walk(self.tree):
                os.chmod(folder, 0o555)
                self.addCleanup(os.chmod, folder, 0o755)
            return run(*command, cwd=self.tree, **more)
        return run(*command, cwd=self.tree, user=NOBODY, group=NOBODY, extra_groups=[], **more)

    def test_a_tree_that_cannot_be_written(self):
        self.tree, out = self.copy('tree'), self.folder / 'out'
        out.mkdir()
        self.folder.chmod(0o755)
        for path in (self.tree, *self.tree.rglob('*')):
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() else 0o444))
        if not os.getuid():
            os.chown(out, NOBODY, NOBODY)
        before = sorted(self.tree.rglob('*'))
        home = {'HOME': str(out), 'TMPDIR': str(out)}
        status, text = self.read_only('make', self.libfdt(), f'BUILD={out}/b', f'{out}/b/lib/string.o',
                                      f'{out}/b/compile_commands.json', f'{out}/b/host/test_bitmap', environment=home)
        self.assertEqual(status, 0, text)
        for command in (['scripts/checks/run', 'reading-order'], ['scripts/check-readme'],
                        ['scripts/suite', 'x', 'echo', 'ok 1']):
            given = {**home, 'GRANULE_BUILD': f'{out}/b', 'GRANULE_CHECK_RESULTS': f'{out}/b/check-results'}
            status, text = self.read_only(*command, environment=given)
            self.assertEqual(status, 0, text)
        status, text = self.read_only('make', environment=home)
        self.assertEqual(status, 2)
        self.assertIn("BUILD=build can't be written", text)
        self.assertEqual(sorted(self.tree.rglob('*')), before)

    def test_git_does_not_want_to_say(self):
        """Of a tree that belongs to another user git says nothing, and neither where it isn't installed."""
        tree = self.copy('tree')
        expected = {str(path.relative_to(tree)) for path in tree.rglob('*') if path.is_file()}
        for name in ('build/x.o', 'build-llvm/y', 'compile_commands.json', 'scripts/__pycache__/z.pyc'):
            (tree / name).parent.mkdir(exist_ok=True)
            (tree / name).touch()
        (tree / '.git').mkdir()
        refuses = self.script(self.folder / 'bin/git', 'echo "fatal: detected dubious ownership" >&2; exit 128')
        path = f'{refuses.parent}:{CLEAN["PATH"]}'
        for command in (['scripts/checks/run', 'reading-order', 'literals'], ['scripts/check-readme']):
            status, text = run(*command, cwd=tree, environment={'PATH': path})
            self.assertEqual(status, 0, text)
        for environment in (path, '/nowhere'):
            with unittest.mock.patch.dict(os.environ, {'PATH': environment}):
                self.assertEqual(surroundings.files(str(tree)), expected)


class Terminals(Case):
    """Whatever the terminal can't show, what was found is said to the end."""
    ASCII = {'LC_ALL': 'C', 'PYTHONCOERCECLOCALE': '0', 'PYTHONUTF8': '0', 'PYTHONIOENCODING': 'ascii'}

    def test_runner(self):
        config = self.folder / 'rows.cfg'
        (self.folder / 'Image').touch()
        self.script(self.folder / 'bin/qemu-system-aarch64', r"printf 'caf\303\251 \200\nverdict: fail\n'; exit 1")
        config.write_text(f"[a]\nkernel = {self.folder / 'Image'}\n", encoding='utf-8')
        status, text = run('scripts/run-tests', '--rows', config, '--build', self.folder / 'b',
                           environment={**self.ASCII, 'PATH': f"{self.folder / 'bin'}:{CLEAN['PATH']}"})
        self.assertEqual(status, 1, text)
        self.assertIn(r'| caf\xe9 \ufffd', text)
        self.assertIn('0 passed, 1 failed', text)

    def test_suite(self):
        given = {**self.ASCII, 'GRANULE_CHECK_RESULTS': str(self.folder / 'r/results')}
        status, text = run('scripts/suite', 'cafe', 'printf', 'ok 1 \\303\\251\\n', environment=given)
        self.assertEqual(status, 0, text)
        status, text = run('scripts/suite', '--sum', environment=given)
        self.assertIn('1 passed', text)
        self.assertNotIn('Traceback', text)

    def test_others(self):
        for command in (['scripts/check-readme'], ['scripts/run', '-n', 'CMDLINE=café'], ['scripts/run', 'café'],
                        ['scripts/run-tests', '--list'], ['scripts/checks/run', 'reading-order']):
            text = run(*command, environment=self.ASCII)[1]
            self.assertNotIn('Traceback', text, command)


if __name__ == '__main__':
    unittest.main()
