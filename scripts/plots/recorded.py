# SPDX-License-Identifier: BSD-2-Clause
"""The reports that the README's pictures were drawn of, beside them; and whether they are still so.

Neighbours: run writes and reads them. What a picture claims has to be near what the kernel of today
says: not each byte, so that not each change of the kernel needs new pictures.
"""

import json
import os

import json_report
import reports

FOLDER = os.path.join(os.path.dirname(os.path.realpath(__file__)), 'pictures')
FILE = os.path.join(FOLDER, 'reports.json')
TOLERANCE = 0.10


def read(path=FILE):
    try:
        with open(path, encoding='utf-8') as file:
            value = json_report.loads(file.read())
    except (OSError, ValueError) as error:
        raise reports.Wrong(f'{os.path.relpath(path)}: {error}') from error
    reports.refuse(not isinstance(value, dict) or not {'machines', 'bench'} <= value.keys(),
                   f'{os.path.relpath(path)}: has no "machines" or no "bench"')
    return {'machines': reports.machines(value['machines']), 'bench': reports.ratios(value['bench'])}


def lines(value, depth=0):
    """JSON, a line for each thing that contains nothing further: what changed can be seen."""
    flat = not any(isinstance(item, (dict, list)) for item in
                   (value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()))
    if flat:
        return json.dumps(value)
    if isinstance(value, dict):
        items, ends = [f'{json.dumps(name)}: {lines(item, depth + 1)}' for name, item in value.items()], '{}'
    else:
        items, ends = [lines(item, depth + 1) for item in value], '[]'
    inner = ',\n'.join(' ' * (depth + 1) + item for item in items)
    return f'{ends[0]}\n{inner}\n{" " * depth}{ends[1]}'


def write(machines, bench, path=FILE):
    with open(path, 'w', encoding='utf-8') as file:
        file.write(lines(json_report.encode({'machines': machines, 'bench': bench})) + '\n')


def near(a, b, step=0):
    return abs(a - b) <= max(TOLERANCE * max(abs(a), abs(b)), step)


def levels(report):
    counts = {}
    for table in report['tables']:
        counts[table['level']] = counts.get(table['level'], 0) + 1
    return counts


def faults(old, new):
    """How the machines of today differ from those of the pictures, a line each."""
    for granule in reports.PAGE_BYTES:
        was, now = old[granule]['mem'], new[granule]['mem']
        if was['total_bytes'] != now['total_bytes']:
            yield f"{granule}: RAM has {now['total_bytes']} bytes, {was['total_bytes']} in the picture"
        a, b = reports.used(was), reports.used(now)
        for name in sorted(a.keys() | b.keys()):
            # A page more or less is how shares are rounded.
            same = name in a and name in b and near(a[name], b[name], reports.PAGE_BYTES[granule])
            if not same:
                yield f'{granule}: {name} has {b.get(name, 0)} bytes, {a.get(name, 0)} in the picture'
        a, b = sum(a.values()), sum(b.values())
        if not near(a, b):
            yield f'{granule}: {b} bytes are taken, {a} in the picture'
        a, b = levels(old[granule]['pt']), levels(new[granule]['pt'])
        for level in sorted(a.keys() | b.keys()):
            if not near(a.get(level, 0), b.get(level, 0)):
                yield (f'{granule}: {b.get(level, 0)} tables of level {level}, {a.get(level, 0)} in the '
                       'picture')


def check(machines):
    """The exit status, having said what is wrong."""
    found = list(faults(read()['machines'], machines))
    for fault in found:
        print(f'plots: {fault}; scripts/plots/run --update draws anew')
    return bool(found)
