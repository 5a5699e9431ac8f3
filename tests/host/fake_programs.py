# SPDX-License-Identifier: BSD-2-Clause
"""A machine that says what `exec --report` would, and programs for it: what tests of scripts/try share.

A fake qemu-system-aarch64 keeps its arguments and its initrd, and does what the shell script $STATE/machine says.
"""

import json
import os
import pathlib
import shlex
import shutil
import struct
import subprocess
import sys

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(TOP / 'scripts'), str(TOP / 'tests/host')]
from odd_machine import CLEAN, Case  # noqa: E402 (found by the line above)

QEMU = r'''number=1
while [ -e "$STATE/arguments.$number" ]; do number=$((number + 1)); done
printf '%s\n' "$@" >"$STATE/arguments.$number"
while [ "$1" != -initrd ]; do shift; done
cat "$2" >"$STATE/initrd"
dirname "$2" >"$STATE/folder"
. "$STATE/machine"'''
SIZES = ('4k', '4k', '16k', '64k')
PASS = 'verdict: pass\r\n'


def elf(*, machine=183, kind=2, entry=0x400000, ident=b'\x02\x01', interpreter=b''):
    """A program of headers only."""
    segment = struct.pack('<IIQQQQQQ', 3 if interpreter else 1, 5, 120, 0x400000, 0, len(interpreter), len(interpreter), 1)
    fields = (kind, machine, 1, entry, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return b'\x7fELF' + ident + b'\x01' + bytes(9) + struct.pack('<HHIQQQIHHHHHH', *fields) + segment + interpreter


def line(word, **members):
    return f'@{word} {json.dumps(members)}\r\n'


def one_run(size, output='', errors='', **end):
    """What a run says: its output as it is escaped there."""
    text = line('begin', run=1, pagesize=size, program='/bin/hello', version='0.1')
    text += f'@o1 {output}\r\n' if output else ''
    text += f'@o2 {errors}\r\n' if errors else ''
    if 'why' in end:
        return text + line('refused', run=1, pagesize=size, **end)
    return text + line('end', run=1, pagesize=size, **{**({} if 'signal' in end else {'exit': 0}), **end})


def console(*runs, end=PASS):
    """A whole boot; each run is (output, members of its end)."""
    return 'Granule 0.1\r\n' + ''.join(one_run(size, output, **more) for size, (output, more) in zip(SIZES, runs)) + end


class Programs(Case):
    def setUp(self):
        super().setUp()
        self.state = self.folder / 'state'
        self.state.mkdir()
        self.script(self.folder / 'bin/qemu-system-aarch64', QEMU)
        (self.folder / 'Image').write_bytes(b'\0\0Granule 0.1 (gcc)\n\0')
        self.hello = self.program('hello', elf())

    def program(self, name, content):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o755)
        return path

    def say(self, text, after='exit 0'):
        """What the machine prints, and the shell commands that follow."""
        data = text if isinstance(text, bytes) else text.encode()
        (self.state / 'console').write_bytes(data)
        (self.state / 'machine').write_text(f'cat "$STATE/console"\n{after}\n', encoding='utf-8')

    def environment(self):
        temporary = self.folder / 'tmp'
        temporary.mkdir(exist_ok=True)
        return {**CLEAN, 'PATH': f"{self.folder / 'bin'}:{CLEAN['PATH']}", 'STATE': str(self.state), 'TMPDIR': str(temporary),
                'GRANULE_KERNEL': str(self.folder / 'Image')}

    def start(self, *words, script=TOP / 'scripts/try', **more):
        # -S: without what is installed beside the standard library.
        return subprocess.Popen([sys.executable, '-S', script, *map(str, words)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, encoding='utf-8', env={**self.environment(), **more.pop('environment', {})},
                                **more)

    def run_try(self, *words, **more):
        """(status, stdout, stderr); nothing may be left in the temporary folder."""
        with self.start(*words, **more) as process:
            out, errors = process.communicate(timeout=60)
        self.assertEqual(os.listdir(self.folder / 'tmp'), [])
        self.assertNotIn('Traceback', errors)
        return process.returncode, out, errors

    def try_hello(self, *words, status=0):
        """What is printed for the program that does what the machine says."""
        got, out, errors = self.run_try(*words, self.hello)
        self.assertEqual(got, status, out + errors)
        return out

    def arguments(self, number=1):
        return (self.state / f'arguments.{number}').read_text(encoding='utf-8').splitlines()

    def after(self, option, number=1):
        words = self.arguments(number)
        return words[words.index(option) + 1]

    def unpacked(self):
        """The folder with what was in the initrd, by another reader of archives."""
        folder = self.folder / 'unpacked'
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        subprocess.run(f"cpio -idm --quiet <{shlex.quote(str(self.state / 'initrd'))}", shell=True, cwd=folder, check=True)
        return folder
