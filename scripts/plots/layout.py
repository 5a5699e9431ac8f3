# SPDX-License-Identifier: BSD-2-Clause
"""Where things go in a picture: arithmetic, without anything that draws.

Neighbours: reports.py reads what is placed here; draw_*.py draw it.
"""

from reports import FREE, level_bytes

UNITS = ('B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB')


def size(count):
    """'1.4 MiB', '57 KiB': two digits at least, but no zero after the point."""
    unit = 0
    while count >= 1024 and unit < len(UNITS) - 1:
        count, unit = count / 1024, unit + 1
    digits = 0 if count >= 9.95 or unit == 0 else 1
    return f'{count:.{digits}f}'.removesuffix('.0') + f' {UNITS[unit]}'


def short(count):
    """'64K', as a granule is written."""
    return size(count).replace(' ', '').replace('iB', '')


def stretches(ranges, gap_bytes):
    """
    The ranges that aren't free, in lists: what is free between two of them, less than `gap_bytes`, is in
    the list as well; more than that, or a hole, ends it.
    """
    found, between = [], []
    end = None
    for item in ranges:
        if found and item['base'] != end:
            between = None
        end = item['base'] + item['bytes']
        if item['owner'] in FREE:
            if between is not None:
                between.append(item)
            continue
        small = between is not None and sum(gap['bytes'] for gap in between) < gap_bytes
        if found and small:
            found[-1] += [*between, item]
        else:
            found.append([item])
        between = []
    return found


def spread(wanted, height, low, high):
    """
    Positions for labels of this height, near the `wanted` (ascending) ones, in the same order and none
    over another, from `low` to `high` if there is room: the least sum of squares of what they move by.
    """
    blocks = []  # of labels that touch: [sum of wanted first positions, count]
    for n, at in enumerate(wanted):
        blocks.append([at - n * height, 1])
        while len(blocks) > 1 and blocks[-2][0] / blocks[-2][1] > blocks[-1][0] / blocks[-1][1]:
            last = blocks.pop()
            blocks[-1] = [blocks[-1][0] + last[0], blocks[-1][1] + last[1]]
    highest = max(low, high - (len(wanted) - 1) * height)
    firsts = [min(max(total / count, low), highest) for total, count in blocks for _ in range(count)]
    return [first + n * height for n, first in enumerate(firsts)]


# Of siblings that point to no table, more than so many become one box.
SIBLINGS = 4


def merge(children):
    """Boxes: the children, but those that are many and point to no table as one, with their sums."""
    plain = [child for child in children if not child['children']]
    boxes = []
    for child in children:
        if len(plain) <= SIBLINGS or child['children']:
            boxes.append({**child, 'count': 1, 'last': child})
        elif child is plain[0]:
            sums = {name: sum(one[name] for one in plain) for name in ('used', 'entries', 'leaves', 'bytes')}
            boxes.append({**child, **sums, 'count': len(plain), 'last': plain[-1]})
    return boxes


def place(root):
    """
    [(box, row, parent's row or None)] and the number of rows: what has no children has a row of its own, a
    parent stands amid its children.
    """
    placed = []
    rows = 0

    def put(box):
        nonlocal rows
        below = [put(child) for child in merge(box['children'])]
        if below:
            row = (below[0][1] + below[-1][1]) / 2
        else:
            row, rows = rows, rows + 1
        placed.extend((child, at, row) for child, at in below)
        return box, row

    box, row = put(merge([root])[0])
    placed.append((box, row, None))
    return placed, rows


def maps(report, box, regions):
    """The names of what a table, and those below it, map, in ascending order of address."""
    first, last = box['va'], box['last']
    end = last['va'] + level_bytes(report, last['level']) * last['entries']
    names = []
    for item in report['ranges']:
        if item['va'] < end and first < item['va'] + item['bytes']:
            name = next(name for base, name in reversed(regions) if base <= item['va'])
            name = 'devices' if item['memory'] == 'device' else name
            if name not in names:
                names.append(name)
    return names
