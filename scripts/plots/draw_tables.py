# SPDX-License-Identifier: BSD-2-Clause
"""The live translation tables as trees: a box a table, a column a level, and how much of each is used."""

import layout
import reports
from canvas import FAINT, NORMAL, SMALL, WIDTH, Canvas, owner_colours

LEVELS = 4
LEFT, STEP = 0.68, 2.09
BOX_WIDTH, BOX_HEIGHT, ROW = 1.86, 0.44, 0.53
HEAD, BETWEEN, BOTTOM = 1.05, 0.22, 0.2
BAR = 0.07


def entries(box, report):
    """'255 of 512: 1 table, 254 x 2 MiB'"""
    parts = []
    if box['tables']:
        parts.append(f"{box['tables']} table{'s' * (box['tables'] > 1)}")
    if box['leaves']:
        leaf = layout.size(reports.level_bytes(report, box['level']))
        parts.append(f"{box['leaves']:,} × {leaf}")
    return f"{box['used']:,} of {box['entries']:,}" + (f": {', '.join(parts)}" if parts else '')


def table(canvas, report, box, x, y, regions, colours):
    names = layout.maps(report, box, regions)
    many = f"{box['count']:,} tables, " if box['count'] > 1 else ''
    for n in range(min(box['count'], 3) - 1, 0, -1):  # a pile
        canvas.box(x + 0.04 * n, y - BOX_HEIGHT / 2 - 0.04 * n, BOX_WIDTH, BOX_HEIGHT, 'white')
    low = y - BOX_HEIGHT / 2
    canvas.box(x, low, BOX_WIDTH, BOX_HEIGHT, 'white')
    canvas.box(x, low, BOX_WIDTH, BAR, '#eeeeee', line=0.4)
    canvas.box(x, low, BOX_WIDTH * box['used'] / box['entries'], BAR, '#444444', line=0)
    part = (BOX_HEIGHT - BAR) / max(len(names), 1)
    for n, name in enumerate(reversed(names)):
        canvas.box(x, low + BAR + n * part, 0.08, part, colours[name], line=0.4)
    what = ', '.join(names) if len(names) < 3 else f'{len(names)} regions'
    canvas.text(x + 0.13, y + 0.12, many + (what or 'empty'), SMALL, weight='bold')
    canvas.text(x + 0.13, y - 0.045, entries(box, report), SMALL - 0.7)
    canvas.text(x + BOX_WIDTH - 0.05, y + 0.12, layout.size(box['bytes']), SMALL - 0.5, FAINT, 'right')


def granule(canvas, report, top, regions, colours):
    """Draw one tree below `top`; how far down it goes."""
    placed, rows = layout.place(reports.tree(report))
    for box, row, parent in placed:
        x, y = LEFT + box['level'] * STEP, top - (row + 0.5) * ROW
        if parent is not None:
            up = top - (parent + 0.5) * ROW
            middle = x - (STEP - BOX_WIDTH) / 2
            canvas.line([x - (STEP - BOX_WIDTH), middle, middle, x], [up, up, y, y], width=0.7)
    for box, row, _ in placed:
        table(canvas, report, box, LEFT + box['level'] * STEP, top - (row + 0.5) * ROW, regions, colours)
    return rows * ROW


def claim(machines):
    counts = [len(report['pt']['tables']) for report in machines.values()]
    sizes = [report['pt']['table_bytes'] for report in machines.values()]
    if counts == sorted(counts, reverse=True) and sizes == sorted(sizes) and sizes[0] < sizes[-1]:
        return 'Fewer tables, more bytes'
    return 'Translation tables'


def draw(machines, regions):
    trees = {name: layout.place(reports.tree(report['pt'])) for name, report in machines.items()}
    height = sum(rows * ROW + BETWEEN for _, rows in trees.values()) + HEAD + BOTTOM
    counts = {name: len(report['pt']['tables']) for name, report in machines.items()}
    sums = {name: layout.size(report['pt']['table_bytes']) for name, report in machines.items()}
    canvas = Canvas(height, f'{claim(machines)}: '
                    + ', '.join(f'{counts[name]} of {sums[name]} at {name.upper()}' for name in machines),
                    'Each box is a live translation table: what it maps, its size, entries in use (the bar, too), '
                    'and where they lead.')
    names = {name for _, name in regions} | {'devices'}
    colours = owner_colours(names)
    top = height - HEAD + 0.1
    for level in range(LEVELS):
        canvas.text(LEFT + level * STEP, top + 0.1, f'level {level}', NORMAL, FAINT)
    for name, report in machines.items():
        canvas.line([0.2, WIDTH - 0.2], [top - 0.05] * 2, '#cccccc')
        canvas.text(0.2, top - 0.05 - ROW / 2, name.upper(), NORMAL + 2, weight='bold')
        top -= granule(canvas, report['pt'], top - 0.1, regions, colours) + BETWEEN
    return canvas
