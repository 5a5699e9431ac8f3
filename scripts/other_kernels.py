# SPDX-License-Identifier: BSD-2-Clause
"""Figures of other kernels: each that is cited has its source in scripts/other-kernels.cfg.

Neighbours: scripts/check-readme asks; scripts/other-kernels.cfg says what an entry has. A figure is cited
where a kernel's name precedes it: in the column or row of a table that the name heads, or in a sentence of
a README.md or a comment.
"""

import configparser
import re

FIELDS = {'kernel', 'what', 'version', 'configuration', 'command', 'source', 'figures'}
SOURCE = re.compile(r'(published|code|unknown): \S')
MARK = '†'
NAME = re.compile(r"\b(Linux|littlekernel|kvm-unit-tests|purgatory)\b")
RELEASE = re.compile(r'\bLinux[\' ]*\d+\.\d+|\b(?:up to|since|from|left in) \d+\.\d+|\b(?:19|20)\d\d\b')
NUMBER = re.compile(r'(?<![\w.,-])\d[\d,]*(?:\.\d+)?(?!\w)')
# Of a workload or a machine.
SIZE = re.compile(r'(?<!multiple of )\b\d[\d,]* [KMGT]iB')
# What stands before a figure in prose is its measure, else numbers are sizes of options, chapters and the like.
MEASURED = re.compile(r'million|instructions|\d s\b|% larger|\d MB\b|multiple of')


def read(text):
    """{name: entry} and what is wrong with them."""
    parser = configparser.ConfigParser(interpolation=None, delimiters=('=',), comment_prefixes=('#',))
    parser.read_string(text)
    entries = {name: dict(parser[name]) for name in parser.sections()}
    faults = []
    for name, entry in entries.items():
        if set(entry) != FIELDS or not all(entry.values()):
            faults.append(f"{name}: an entry has {', '.join(sorted(FIELDS))}")
        elif not SOURCE.match(entry['source']):
            faults.append(f'{name}: a source is published:, code: or unknown:, and says what')
        entry.setdefault('figures', '')
    return entries, faults


def numbers(text):
    return [match.rstrip(',') for match in NUMBER.findall(SIZE.sub('', RELEASE.sub('', text)))]


def of_table(lines):
    """(kernel, number, marked) of a table's lines."""
    cells = [[cell.strip() for cell in line.strip('|').split('|')] for line in lines]
    for row in cells[2:]:
        for head, cell in zip(cells[0][1:], row[1:]):
            name = NAME.search(head) or NAME.search(row[0])
            for number in numbers(cell) if name else ():
                yield name[1], number, MARK in head + row[0]


def of_sentence(sentence):
    """The same of a sentence: what comes after a name, up to the next one."""
    names = list(NAME.finditer(sentence))
    for name, following in zip(names, [*names[1:], None]):
        part = sentence[name.start():following.start() if following else None]
        for number in numbers(part.replace(name[1], '', 1) if not RELEASE.match(part) else part):
            yield name[1], number, MARK in sentence


def of_readme(text):
    text = re.sub(r'<!-- output of:.*?-->\n```\n.*?```\n', '', text, flags=re.S)
    for paragraph in re.split(r'\n\s*\n|\n(?=[-#] )', text):
        lines = paragraph.strip('\n').split('\n')
        if lines[0].startswith('|'):
            # A table of options or commands has prose in its cells.
            yield from of_table(lines) if NAME.search(lines[0] + ''.join(line.split('|')[1] for line in lines)) else ()
        else:
            for sentence in re.split(r'(?<=\.) ', ' '.join(lines)):
                if MEASURED.search(sentence):
                    yield from of_sentence(sentence)


def of_comments(text):
    """Of scripts/bench, where a comment has nothing else after such a name."""
    for comment in re.findall(r'(?:^ *#.*\n)+', text, re.M):
        for sentence in re.split(r'(?<=\.) ', ' '.join(re.sub(r'^ *# *', '', comment, flags=re.M).split('\n'))):
            yield from of_sentence(sentence)


def of_sources(texts):
    """Of comments in C, where most numbers are none of these: those that a measure follows."""
    for text in texts:
        for comment in re.findall(r'/\*.*?\*/|(?:^\s*//.*\n)+', text, re.S | re.M):
            for sentence in re.split(r'(?<=\.) ', re.sub(r'\s*\n\s*(?:\*|//)?\s*', ' ', comment)):
                for kernel, number, marked in of_sentence(sentence):
                    if re.search(rf'(?<![\d.,]){re.escape(number)}(?: million)? (?:instructions|million|s\b|ms\b|MB\b)', sentence):
                        yield kernel, number, marked


def faults(config, readme, bench, sources=()):
    entries, found = read(config)
    yield from found
    known = {}
    for entry in entries.values():
        for figure in entry['figures'].split():
            known.setdefault((entry.get('kernel'), figure), []).append(entry.get('source', ''))
    cited = set()
    for place, figures in (('a README.md', of_readme(readme)), ('scripts/bench', of_comments(bench)),
                           ('a comment', of_sources(sources))):
        for kernel, number, marked in figures:
            cited.add((kernel, number))
            sources = known.get((kernel, number))
            if not sources:
                yield f'{place}: {number} of {kernel} has no entry in scripts/other-kernels.cfg'
            elif place == 'a README.md' and all(source.startswith('unknown') for source in sources) and not marked:
                yield f'{place}: {number} of {kernel} is not repeatable, and has no {MARK}'
    for name, entry in entries.items():
        for figure in entry['figures'].split():
            if (entry.get('kernel'), figure) not in cited:
                yield f'scripts/other-kernels.cfg: {name}: {figure} is cited nowhere'
