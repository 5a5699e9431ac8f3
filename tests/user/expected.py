# SPDX-License-Identifier: BSD-2-Clause
"""What the programs of tests/user ought to do, on whatever kernel they run: by the tables beside this file.

Neighbours: scripts/check-oracle holds Linux to it, scripts/check-user this kernel.
"""

import pathlib
import re

import psz_compare

HERE = pathlib.Path(__file__).resolve().parent
PAGE_SIZES = {'4k': 4096, '16k': 16384, '64k': 65536}


def table(name):
    """The rows of a file, as lists of words."""
    return [line.split('\t') for line in (HERE / name).read_text(encoding='utf-8').splitlines()
            if line and not line.startswith('#')]


def programs(folder):
    """{name: file} of all that `make user` has built into this folder."""
    found = [*folder.iterdir(), *(folder / 'fixtures').iterdir()]
    return {path.name: path for path in sorted(found) if path.is_file()}


def statuses(size):
    """{fixture: the exit status that the table has for pages of this size}"""
    return {row[0]: int(row[2 + list(PAGE_SIZES).index(size)]) for row in table('fixtures.tsv')}


def exceptions():
    """{fact: reason} of those that this kernel answers otherwise, and says why."""
    return {row[0]: row[1] for row in table('psz.exceptions.tsv')}


def facts(text, size, excepted=()):
    """What psz found that the table has otherwise; '' if nothing."""
    right, wrong, missing = psz_compare.compare(text, size)
    faults = [f'{name.strip()}: {what}' for name, what in wrong if name not in excepted]
    faults += [f'no {name.strip()}' for name in missing if name not in excepted]
    # An exception that isn't one any more has to go.
    faults += [f'{name.strip()}: as on Linux, though an exception is listed' for name in excepted
               if name not in missing and name not in dict(wrong)]
    return f"{right} facts are right; {'; '.join(faults)}" if faults else ''


def judge(name, status, text, size, excepted=()):
    """What is wrong with a program's end, or ''."""
    fixtures = statuses(size)
    if name in fixtures:
        return '' if status == fixtures[name] else f'status {status}, not {fixtures[name]}'
    if status:
        return f'status {status}'
    if name.startswith('hello') and not re.search(f'^hello from (\\S*/)?{re.escape(name)}, pages of {PAGE_SIZES[size]}$', text, re.M):
        return f'it said {text!r}'
    if name == 'hostile' and not re.search(r'^hostile: [0-9]+ calls, seed [0-9]+\n\Z', text, re.M):
        return 'its last line is another'
    if name.startswith('threads') and not re.search(r'^threads: ([0-9]+ things|all)\n\Z', text, re.M):
        return f'it said {text!r}'
    return facts(text, size, excepted) if name == 'psz' else ''
