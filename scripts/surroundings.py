# SPDX-License-Identifier: BSD-2-Clause
"""What a script takes from the machine that it runs on, which isn't ours: settings, folders, a terminal.

Neighbours: every script here, and the Makefile, which has the same rules. Of the environment's variables
only those with a prefix are settings: others have a CPU, a MEM or a KERNEL with a meaning of their own.
What lies in a folder that a setting names is overwritten or removed only if the folder is ours: it was
empty or not there before, and has the mark since.
"""

import os
import pathlib
import subprocess
import sys

PREFIX = 'GRANULE_'
MARK = '.granule'
TOP = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def setting(name, default=''):
    """The setting's value by the environment; an empty one is as none."""
    return os.environ.get(PREFIX + name) or default


def without_settings(environment=None):
    """The environment for a child that nobody outside is to choose settings for; make's build stays."""
    kept = (PREFIX + 'BUILD', PREFIX + 'DEPS')
    return {name: value for name, value in (environment or os.environ).items()
            if not name.startswith(PREFIX) or name in kept}


def is_default(folder):
    """Is it one of build, build-debug and so on, which git passes over in this tree, or in one of these?"""
    parts = pathlib.PurePath(os.path.relpath(os.path.realpath(folder), TOP)).parts
    return bool(parts) and (parts[0] == 'build' or parts[0].startswith('build-'))


def own_folder(folder):
    """Make the folder if it isn't there; end, having said why, if it is somebody else's."""
    mark = os.path.join(folder, MARK)
    if os.path.exists(mark):
        return
    try:
        if is_default(folder):
            os.makedirs(folder, exist_ok=True)
            return
        if os.path.lexists(folder) and (not os.path.isdir(folder) or os.listdir(folder)):
            sys.exit(f'{os.path.basename(sys.argv[0])}: {folder} is not ours, and has something '
                     'in it: name a folder that is empty or not there')
        os.makedirs(folder, exist_ok=True)
        with open(mark, 'w', encoding='utf-8'):
            pass
    except OSError as error:
        sys.exit(f'{os.path.basename(sys.argv[0])}: {folder}: {error.strerror}')


def any_terminal():
    """Print what a terminal's encoding lacks by escapes, instead of ending there."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors='backslashreplace')


def is_made(path):
    """Is it what a build leaves? As .gitignore says."""
    first, name = path.split('/')[0], path.rpartition('/')[2]
    return (first in ('.git', 'build', 'compile_commands.json') or first.startswith('build-') or
            '/__pycache__/' in f'/{path}' or name.endswith('.pyc'))


def shared_folder(build):
    """Where what every build can use is kept: build, or, in a tree that can't be written, that build's folder."""
    usual = os.path.join(TOP, 'build')
    return usual if os.access(usual if os.path.exists(usual) else TOP, os.W_OK) else os.path.join(TOP, build)


def files(top=TOP):
    """
    The paths of the tree's files: what git has, or would take. Where git isn't there or doesn't want to
    say (a tree without history, or one that belongs to somebody else): all that no build leaves.
    """
    command = ['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard']
    listed = None
    if os.path.exists(os.path.join(top, '.git')):
        try:
            listed = subprocess.run(command, cwd=top, check=True, capture_output=True).stdout
        except (OSError, subprocess.CalledProcessError):
            listed = None
    if listed is not None:
        found = os.fsdecode(listed).split('\0')
    else:
        found = [os.path.relpath(os.path.join(folder, name), top) for folder, _, names in os.walk(top)
                 for name in names]
        found = [path for path in found if not is_made(path)]
    return {path for path in found if path and os.path.isfile(os.path.join(top, path))}
