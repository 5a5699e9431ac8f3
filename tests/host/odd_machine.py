# SPDX-License-Identifier: BSD-2-Clause
"""What tests of the scripts share that make up another machine: its environment, tools, and a copy of the tree."""

import pathlib
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / 'scripts'))
import surroundings  # noqa: E402 (found by the line above)

# Not make's of this run, whose flags and command line would be taken over.
CLEAN = {name: value for name, value in surroundings.without_settings().items()
         if not name.startswith(('MAKE', 'MFLAGS', surroundings.PREFIX))}


def run(*command, cwd=TOP, **more):
    """(status, what was printed)"""
    environment = {**CLEAN, **more.pop('environment', {})}
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8', errors='replace',
                          check=False, timeout=300, **more)
    return done.returncode, done.stdout


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix='granule-test-')
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def copy(self, name):
        """The tree's files in a folder of that name."""
        target = self.folder / name
        for path in surroundings.files():
            (target / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(TOP / path, target / path)
        return target

    def script(self, path, text):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\n{text}\n', encoding='utf-8')
        path.chmod(path.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
        return path
