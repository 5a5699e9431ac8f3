# SPDX-License-Identifier: BSD-2-Clause
"""What isn't free, by owner: a stacked bar for each granule, and the numbers below."""

import layout
import reports
from canvas import FAINT, NORMAL, SMALL, WIDTH, Canvas, on, owner_colours

LEFT, RIGHT = 0.85, 0.95
BAR, STEP = 0.42, 0.56
HEAD, ROW = 0.85, 0.215
TABLE = (0.3, 2.9, 4.3, 5.7)  # where the table's columns are: names, then figures, to their right ends


def owners_of(machines):
    """Each owner once, in the reports' order."""
    return list(dict.fromkeys(name for report in machines.values() for name in reports.used(report['mem'])))


def bars(canvas, machines, top, colours):
    sums = {name: reports.used(report['mem']) for name, report in machines.items()}
    an_inch = max(sum(used.values()) for used in sums.values()) / (WIDTH - LEFT - RIGHT)
    for n, (granule, used) in enumerate(sums.items()):
        x, y = LEFT, top - n * STEP - BAR
        canvas.text(LEFT - 0.12, y + BAR / 2, granule.upper(), NORMAL + 2, across='right', weight='bold')
        for owner in owners_of(machines):
            width = used.get(owner, 0) / an_inch
            canvas.box(x, y, width, BAR, colours[owner], line=0.3)
            if width > 0.55:
                canvas.text(x + width / 2, y + BAR / 2, layout.size(used[owner]), SMALL,
                            on(colours[owner]), 'center')
            x += width
        canvas.text(x + 0.08, y + BAR / 2, layout.size(sum(used.values())), NORMAL, weight='bold')


def table(canvas, machines, top, colours):
    owners = owners_of(machines)
    for at, granule in zip(TABLE[1:], machines):
        canvas.text(at, top, granule.upper(), NORMAL, across='right', weight='bold')
    for n, owner in enumerate(owners):
        y = top - (n + 1) * ROW
        canvas.box(TABLE[0], y - 0.055, 0.11, 0.11, colours[owner], line=0.3)
        canvas.text(TABLE[0] + 0.2, y, owner)
        for at, report in zip(TABLE[1:], machines.values()):
            count = reports.used(report['mem']).get(owner, 0)
            canvas.text(at, y, layout.size(count) if count else '–', across='right')
    y = top - (len(owners) + 1) * ROW
    canvas.line([TABLE[0], TABLE[-1]], [y + ROW / 2] * 2)
    canvas.text(TABLE[0] + 0.2, y, 'not free, in all', weight='bold')
    for at, report in zip(TABLE[1:], machines.values()):
        canvas.text(at, y, layout.size(sum(reports.used(report['mem']).values())), across='right',
                    weight='bold')


def largest(machines):
    """The owner whose bytes differ most between granules."""
    def differ(owner):
        counts = [reports.used(report['mem']).get(owner, 0) for report in machines.values()]
        return max(counts) - min(counts)
    return sorted(owners_of(machines), key=differ)[-2:]


def draw(machines, _):
    rows = len(owners_of(machines)) + 2
    height = HEAD + 3 * STEP + 0.2 + rows * ROW + 0.2
    second, first = largest(machines)
    canvas = Canvas(height, f'What the kernel takes: {first} and {second} make the difference',
                    f"After boot, of {layout.size(machines['4k']['mem']['total_bytes'])}: all that is not free, by "
                    'owner.')
    colours = owner_colours(owners_of(machines))
    top = height - HEAD
    bars(canvas, machines, top, colours)
    table(canvas, machines, top - 3 * STEP - 0.2, colours)
    return canvas
