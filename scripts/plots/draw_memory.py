# SPDX-License-Identifier: BSD-2-Clause
"""Who has what of RAM, to scale: a column of all of it for each granule, and beside it what isn't free."""

import layout
import reports
from canvas import FAINT, NORMAL, SMALL, WIDTH, Canvas, on, owner_colours

GAP_BYTES = 512 << 10  # free memory that is cut out of the enlarged column
TOP, BOTTOM = 1.15, 0.35
LABEL, FITS = 0.145, 0.11  # inches: from label to label, and what a line of text takes
BREAK = 0.32
COLUMN, ZOOM, BETWEEN, LEFT = 0.3, 0.54, 0.27, 0.76
STEPS = 4  # of the scale of addresses


def scale(machines, height):
    """Bytes an inch of the enlarged columns: the same for all, and the fullest fits."""
    worst = 0
    for report in machines.values():
        parts = layout.stretches(report['mem']['ranges'], GAP_BYTES)
        size = sum(item['bytes'] for part in parts for item in part)
        worst = max(worst, size / (height - BREAK * (len(parts) + 1)))
    return worst


def cut(ranges, first, end):
    """What a cut leaves out: '127 MiB free', or what else lies there."""
    left_out = [item for item in ranges if first <= item['base'] < end]
    names = {'free': 'free', 'free cma': 'free CMA'}
    return [f"{layout.size(item['bytes'])} {names.get(item['owner'], item['owner'])}" for item in left_out]


def labels(canvas, items, x, low, high, colours):
    """`items`: (middle, text, owner), ascending by position."""
    items = sorted(items)
    for (middle, text, owner), at in zip(items, layout.spread([item[0] for item in items], LABEL, low, high)):
        canvas.line([x, x + 0.03, x + 0.1, x + 0.13], [middle, middle, at, at])
        canvas.box(x + 0.13, at - 0.04, 0.08, 0.08, colours[owner], line=0.3)
        canvas.text(x + 0.24, at, text, SMALL - 0.3)


def column(canvas, report, x, base, height, bytes_an_inch, colours):
    ranges = report['ranges']
    start, total = ranges[0]['base'], ranges[-1]['base'] + ranges[-1]['bytes'] - ranges[0]['base']

    def down(address):
        return base + height - (address - start) / total * height

    parts = layout.stretches(ranges, GAP_BYTES)
    zoom_x = x + COLUMN + BETWEEN
    y = base + height
    edge = start
    found = []
    for part in parts + [None]:
        first = part[0]['base'] if part else start + total
        if text := cut(ranges, edge, first):
            canvas.text(zoom_x + ZOOM / 2, y - BREAK / 2, '\n'.join(text), SMALL, FAINT, 'center',
                        linespacing=1.0)
            y -= BREAK
        if not part:
            break
        edge = part[-1]['base'] + part[-1]['bytes']
        length = (edge - first) / bytes_an_inch
        canvas.shape([(x + COLUMN, down(first)), (zoom_x, y), (zoom_x, y - length),
                      (x + COLUMN, down(edge))], '#ececec')
        for item in part:
            size = item['bytes'] / bytes_an_inch
            canvas.box(zoom_x, y - size, ZOOM, size, colours[item['owner']], line=0.3)
            text = layout.size(item['bytes'])
            if item['owner'] not in reports.FREE:
                found.append((y - size / 2, f"{item['owner']} {text}", item['owner']))
            elif size > FITS:
                canvas.text(zoom_x + ZOOM / 2, y - size / 2, text, SMALL - 0.5, FAINT, 'center')
            y -= size
    labels(canvas, found, zoom_x + ZOOM, base, base + height, colours)
    for item in ranges:
        top, low = down(item['base']), down(item['base'] + item['bytes'])
        canvas.box(x, low, COLUMN, top - low, colours[item['owner']], edge='none', line=0)
        if item['owner'] == 'free cma' and top - low > LABEL:
            canvas.text(x + COLUMN / 2, (top + low) / 2, 'CMA', SMALL, on(colours['free cma']), 'center')
    for part in parts:  # too thin for their colours: a line at least, in that of the largest
        largest = max(part, key=lambda item: item['bytes'] * (item['owner'] not in reports.FREE))
        y = down((part[0]['base'] + part[-1]['base'] + part[-1]['bytes']) / 2)
        canvas.line([x, x + COLUMN], [y, y], colours[largest['owner']], 0.8)
    canvas.box(x, base, COLUMN, height, 'none', line=0.6)


def addresses(canvas, report, x, base, height):
    start, total = report['ranges'][0]['base'], report['total_bytes']
    for n in range(STEPS + 1):
        y = base + height - height * n / STEPS
        canvas.line([x - 0.05, x], [y, y])
        text = f'+ {layout.size(total * n // STEPS)}' if n else f'{start:#x}'
        canvas.text(x - 0.08, y, text, SMALL - 0.5, FAINT, 'right')


def draw(machines, _):
    height = 5.6
    total = layout.size(machines['4k']['mem']['total_bytes'])
    parts = [f"{layout.size(sum(reports.used(report['mem']).values()))} at {granule.upper()}"
             for granule, report in machines.items()]
    bytes_an_inch = scale(machines, height)
    full = machines['4k']['mem']['total_bytes'] / height
    canvas = Canvas(height + TOP + BOTTOM, f'Of {total}, the kernel takes {", ".join(parts[:-1])} and '
                    f'{parts[-1]} pages',
                    'Left of each pair: all of RAM, to scale. Right: what is not free, '
                    f'{full / bytes_an_inch:.0f} times as large, by one scale; long free parts are cut out.')
    colours = owner_colours(item['owner'] for report in machines.values()
                            for item in report['mem']['owners'])
    step = (WIDTH - LEFT) / len(machines)
    for n, (granule, report) in enumerate(machines.items()):
        x = LEFT + n * step
        used = sum(reports.used(report['mem']).values())
        share = 100 * used / report['mem']['total_bytes']
        canvas.text(x, BOTTOM + height + 0.28, f'{granule.upper()} pages', NORMAL + 1, weight='bold')
        canvas.text(x + 0.95, BOTTOM + height + 0.28, f'{layout.size(used)} taken, {share:.2f}%', NORMAL)
        if not n:
            addresses(canvas, report['mem'], x, BOTTOM, height)
        column(canvas, report['mem'], x, BOTTOM, height, bytes_an_inch, colours)
    return canvas
