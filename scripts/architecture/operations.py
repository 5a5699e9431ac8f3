# SPDX-License-Identifier: BSD-2-Clause
"""Barriers and maintenance in the source, and which of them tests/removals.cfg has: none may be without.

An operation is an instruction, or a call of a function that is named after one: dsb_ish(), isb(),
tlb_flush_*(), cache_*(). An entry of removals.cfg takes one away, or gives it a smaller scope, or
lists, as `unseen`, why nothing can miss it.
"""

import dataclasses
import os
import re

import sites

FOLDERS = ('arch/arm64/boot', 'arch/arm64/cpu', 'arch/arm64/efi', 'arch/arm64/kexec', 'arch/arm64/table',
           'arch/arm64/user', 'kernel/process', 'mm/user')
# Each instruction once, for C to call: uses are taken away one by one, scopes here.
NAMES = 'include/arch/barrier.h'
NAME = r'(?:dsb|dmb|isb|tlbi|dc|ic)\b(?!\s*zva)'
IN_ASSEMBLY = re.compile(rf'^(?:[\w.]+:)?[ \t]+((?:bl[ \t]+(?:cache|tlb)_|{NAME})[^/\n,]*)', re.MULTILINE)
IN_C = re.compile(rf'(?:"|\\t|\\n)({NAME}[^"\\,]*)|^\t.*?\b((?:dsb_\w+|dmb_\w+|isb|tlb_flush_\w+|cache_\w+)(?=\())', re.MULTILINE)
SCOPE = re.compile(r' (sy|ish|nsh)(?:st|ld)?$|^tlbi.*(is)$')
WIDTH = {'sy': 3, 'ish': 2, 'is': 2, 'nsh': 1}


@dataclasses.dataclass
class Operation:
    text: str
    start: int
    end: int

    def width(self):
        """Of its scope: 0 where it names none that could be smaller."""
        match = SCOPE.search(self.text)
        return WIDTH[match[1] or match[2]] if match else 0


def find(name, text):
    """All of a file, in their order."""
    found = (IN_ASSEMBLY if name.endswith('.S') else IN_C).finditer(text)
    return [Operation(' '.join(match[match.lastindex].split()), *match.span(match.lastindex)) for match in found]


def files(top):
    for folder in FOLDERS:
        for name in sorted(os.listdir(os.path.join(top, folder))):
            if name.endswith(('.S', '.c', '.h')) and f'{folder}/{name}' not in sites.COUNTING:
                yield f'{folder}/{name}'
    yield NAMES


def inside(operations, start, end):
    return [i for i, operation in enumerate(operations) if start < operation.end and operation.start < end]


def covered(name, text, entry):
    """What an entry says something of: {(index of the operation, 'without' or 'scope')}."""
    operations = find(name, text)
    matches = list(re.finditer(entry['find'], text, re.MULTILINE))
    if 'unseen' in entry and 'put' not in entry:
        return {(i, what) for match in matches for i in inside(operations, *match.span()) for what in ('without', 'scope')}
    match, put = matches[0], matches[0].expand(entry.get('put', ''))
    changed = text[:match.start()] + put + text[match.end():]
    after = find(name, changed)
    before = inside(operations, *match.span())
    left = [after[i] for i in inside(after, match.start(), match.start() + len(put))]
    same = 0
    while same < min(len(before), len(left)) and operations[before[same]].text == left[same].text:
        same += 1
    if len(after) == len(operations) - 1:
        return {(before[same], 'without')}
    if same < len(left) and left[same].width() < operations[before[same]].width():
        return {(before[same], 'scope')}
    return set()


def wanted(name, operations):
    return {(i, what) for i, operation in enumerate(operations) for what in ('without', 'scope')
            if (operation.width() > WIDTH['nsh'] if what == 'scope' else name != NAMES)}


def uncovered(top, entries):
    """Of all files: 'file:line: operation: what no entry does to it'."""
    missing = []
    for name in files(top):
        with open(os.path.join(top, name), encoding='utf-8') as file:
            text = file.read()
        operations = find(name, text)
        done = set().union(*(covered(name, text, entry) for entry in entries if entry['file'] == name))
        missing += [f"{name}:{text.count(chr(10), 0, operations[i].start) + 1}: {operations[i].text}: "
                    + ('no entry takes it away' if what == 'without' else 'no entry makes its scope smaller')
                    for i, what in sorted(wanted(name, operations) - done)]
    return missing
