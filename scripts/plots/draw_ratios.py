# SPDX-License-Identifier: BSD-2-Clause
"""Instructions of the product over those of a kernel with a constant page size: a dot each, around 1.00."""

from canvas import FAINT, SMALL, WIDTH, Canvas

LOW, HIGH = 0.97, 1.04  # what is beyond is a number at the edge
STEP = 0.01
HEAD, BOTTOM, ROW = 1.05, 0.2, 0.19
NAME, PANEL, RIGHT = 1.75, WIDTH / 2, 0.25
LIMIT = '#b00020'


def lines(bench):
    """{(figure, machine): {granule: row}}, in the order of the bench, but machines of a figure together."""
    found = {}
    first = {}
    for n, row in enumerate(bench):
        first.setdefault(row['figure'], n)
    bench = sorted(bench, key=lambda row: first[row['figure']])
    for row in bench:
        found.setdefault((row['figure'], row['memory']), {})[row['granule']] = row
    return found


def across(ratio, x):
    return x + NAME + (min(max(ratio, LOW), HIGH) - LOW) / (HIGH - LOW) * (PANEL - NAME - RIGHT)


def scale(canvas, x, top, bottom):
    for n in range(round((HIGH - LOW) / STEP) + 1):
        ratio = LOW + n * STEP
        one = abs(ratio - 1) < STEP / 2
        canvas.line([across(ratio, x)] * 2, [bottom, top], FAINT if one else '#dddddd', 0.9 if one else 0.5)
        canvas.text(across(ratio, x), top + 0.1, f'{ratio:.2f}', SMALL - 0.5, FAINT, 'center')


def line(canvas, key, rows, x, y):
    figure, memory = key
    canvas.text(x + NAME - 0.12, y, figure if memory in ('512M', '-') else f'{figure}  {memory}', SMALL,
                across='right')
    limit = max(row['ratio_limit'] for row in rows.values())
    canvas.line([across(limit, x)] * 2, [y - 0.07, y + 0.07], LIMIT, 1.2)
    ratios = {granule: row['ours'] / row['constant'] for granule, row in rows.items()}
    for n, (granule, ratio) in enumerate(ratios.items()):
        # One beside the other where they are the same.
        canvas.dot(across(ratio, x), y + 0.045 * ((len(rows) - 1) / 2 - n), granule)
    for beyond, side, step in ((lambda ratio: ratio < LOW, 'left', 0.09), (lambda ratio: ratio > HIGH, 'right', -0.09)):
        out = sorted({f'{ratio:.2f}' for ratio in ratios.values() if beyond(ratio)})
        if out:
            canvas.text(across(float(out[0]), x) + step, y, ' to '.join(out[:1] + out[1:][-1:]), SMALL - 1,
                        across=side)


def legend(canvas, y):
    x = 0.25
    for granule, text in (('4k', '4K'), ('16k', '16K'), ('64k', '64K'), ('all', 'the image')):
        canvas.dot(x, y, granule)
        canvas.text(x + 0.1, y, text)
        x += 0.25 + 0.1 * len(text) + 0.1
    canvas.line([x] * 2, [y - 0.07, y + 0.07], LIMIT, 1.2)
    canvas.text(x + 0.1, y, 'the limit that make bench sets')


def draw(bench, _):
    found = list(lines(bench).items())
    rows = -(-len(found) // 2)
    canvas = Canvas(HEAD + BOTTOM + rows * ROW + 0.1, 'What a page size chosen at boot costs: ' + claim(bench),
                    'Ours over a kernel built for that one size: guest instructions, and bytes where the '
                    'name says so.')
    top = canvas.height - HEAD
    legend(canvas, canvas.height - 0.75)
    for half in range(2):
        x, mine = half * PANEL, found[half * rows:(half + 1) * rows]
        scale(canvas, x, top - 0.05, top - len(mine) * ROW - 0.05)
        for n, (key, granules) in enumerate(mine):
            line(canvas, key, granules, x, top - 0.05 - (n + 0.5) * ROW)
    return canvas


def claim(bench):
    ratios = sorted(row['ours'] / row['constant'] for row in bench)
    share = sum(ratio <= 1.01 for ratio in ratios) / len(ratios)
    return f'{100 * share:.0f}% of figures within a hundredth, the worst {ratios[-1]:.2f}'
