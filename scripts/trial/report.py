# SPDX-License-Identifier: BSD-2-Clause
"""A Judgement for a person: text for a terminal, or Markdown for the summary of a CI job.

Neighbours: judge.py has what is shown; formats.py writes the same for programs. What a program printed is escaped before it
comes near a terminal.
"""

import re

from trial.archive import size_text
from trial.judge import DESCRIPTORS, listed, status_text

DIFF_LINES, TAIL_LINES, LOG_LINES, LINE_CHARS = 60, 20, 25, 160
CHANCE_SHOWN = 8
# (title, member of @end, how it is written)
FIGURES = (('peak memory', 'peak_rss_bytes', size_text), ('faults', 'faults', '{:,}'.format),
           ('page tables', 'table_bytes', size_text), ('mappings', 'mappings', '{:,}'.format),
           ('waste', 'waste_bytes', size_text), ('instructions', 'instructions', '{:,}'.format))


def printable(text):
    """With escapes for whatever a terminal would act on, and for what is no text."""
    text = text.encode('utf-8', 'surrogateescape').decode('utf-8', 'backslashreplace')
    return re.sub('[^\t\n\x20-\x7e\xa0-\U0010ffff]', lambda match: f'\\x{ord(match[0]):02x}', text)


def clipped(line):
    line = printable(line)
    return line if len(line) <= LINE_CHARS else f'{line[:LINE_CHARS]}... ({len(line)} characters)'


def table(judgement):
    """Rows of cells; the first is the head."""
    sizes = judgement.sizes
    yield ['', *(size.name for size in sizes)]
    yield ['status', *(', '.join(map(status_text, size.statuses)) or 'refused' for size in sizes)]
    yield ['output', *output_cells(sizes)]
    for title, member, text in FIGURES:
        values = [size.first.facts.get(member) for size in sizes]
        if any(value is not None for value in values):
            yield [title, *('-' if value is None else text(value) for value in values)]
    if judgement.cpus > 1:
        yield ['CPUs', *(str(judgement.cpus) for _ in sizes)]
    yield ['time', *(f'{size.first.seconds:.2f} s' for size in sizes)]


def output_cells(sizes):
    for size in sizes:
        if size.differing:
            yield 'differs' if len(size.differing) > 1 else f'{DESCRIPTORS[size.differing[0]]} differs'
        elif size.like and any(size.first.outputs.values()) and not size.compared:
            yield 'not compared'
        elif size.like:
            yield f'as at {size.like.name}'
        else:
            yield size_text(sum(map(len, size.first.outputs.values())))


def reasons(judgement):
    """(sizes in words, sentence) of what the kernel says about a run."""
    names = {}
    for size in judgement.sizes:
        for run in size.runs:
            for reason in run.facts.get('reasons', []):
                if size.name not in names.setdefault(str(reason), []):
                    names[str(reason)].append(size.name)
    return [(listed(sizes), printable(reason)) for reason, sizes in names.items()]


def missing_text(judgement):
    calls = [f"{printable(call)} ({count} times{'' if influenced else ', harmless'})" if count != 1 else
             f"{printable(call)} (once{'' if influenced else ', harmless'})"
             for call, (count, influenced) in judgement.missing.items()]
    return listed(calls) or 'none that it called'


def chance_lines(judgement):
    """What was passed over, in a few lines."""
    found = judgement.chance
    for size, name, line, text in found[:CHANCE_SHOWN]:
        yield f"{name}{f', line {line}' if line else ''}: {clipped(text)}"
    if len(found) > CHANCE_SHOWN:
        yield f'and {len(found) - CHANCE_SHOWN} more lines'


def diff_lines(judgement):
    lines = [clipped(line) for diff in judgement.diffs for line in diff]
    more = len(lines) - DIFF_LINES
    return lines[:DIFF_LINES] + ([f'... and {more} more lines'] if more > 0 else [])


def last_words(judgement):
    """(title, lines): the end of what it wrote at the first size where it isn't well."""
    bad = next((size for size in judgement.sizes if not size.good), None)
    for descriptor, name in DESCRIPTORS.items() if bad else ():
        if lines := bad.first.text(descriptor).rstrip('\n').split('\n')[-TAIL_LINES:]:
            if lines != ['']:
                yield f'The end of {name} at {bad.name}', [clipped(line) for line in lines]


def shown_log(judgement):
    """The end of the kernel's log, where it is at fault."""
    return [clipped(line) for line in judgement.log[-LOG_LINES:]] if judgement.word == 'broken' else []


def parts(judgement):
    """(title, lines, language) of what comes below the table."""
    if found := reasons(judgement):
        yield 'What the kernel says of it', [f'at {where}: {reason}' for where, reason in found], ''
    if judgement.diffs:
        yield 'What differs', diff_lines(judgement), 'diff'
    if judgement.word != 'well':
        for title, lines in last_words(judgement):
            yield title, lines, ''
    if lines := shown_log(judgement):
        yield "The end of the kernel's log", lines, ''
    if judgement.chance:
        yield f'Not compared, since it differs between runs at {judgement.chance[0][0]}, too', list(chance_lines(judgement)), ''


def last_line(judgement):
    lacks = f'; calls that it lacks: {missing_text(judgement)}' if judgement.sizes else ''
    return f"Granule {judgement.version or 'of an unknown version'}{lacks}"


def as_text(judgement):
    lines = [printable(judgement.headline())]
    if judgement.sizes:
        cells = list(table(judgement))
        widths = [max(len(row[n]) for row in cells) for n in range(len(cells[0]))]
        lines.append('')
        lines += ['  '.join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:]))]).rstrip()
                  for row in cells]
    for title, body, _ in parts(judgement):
        lines += ['', f'{title}:' if body else title, *(f'  {line}' for line in body)]
    return '\n'.join([*lines, '', last_line(judgement)])


def in_markdown(text):
    """As plain text of a paragraph or a cell."""
    return re.sub(r'([\\`*_{}\[\]<>#|~])', r'\\\1', text)


def as_markdown(judgement):
    lines = [f'### {in_markdown(printable(judgement.headline()))}']
    if judgement.sizes:
        head, *rest = [f"| {' | '.join(map(in_markdown, row))} |" for row in table(judgement)]
        lines += ['', head, '|' + '---|' + '--:|' * len(judgement.sizes), *rest]
    for title, body, language in parts(judgement):
        lines += ['', in_markdown(f'{title}:' if body else title)]
        if body:
            fence = '`' * max(3, *(len(ticks) + 1 for line in body for ticks in re.findall('`+', line) or ['']))
            lines += ['', f'{fence}{language}', *body, fence]
    return '\n'.join([*lines, '', in_markdown(last_line(judgement))])
