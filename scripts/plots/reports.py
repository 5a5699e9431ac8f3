# SPDX-License-Identifier: BSD-2-Clause
"""What the prompt's reports say, read and checked: a picture is drawn of these, or not at all.

Neighbours: run boots the machines and hands over their output; layout.py places what is here.
A document is a line `{`, to a line `}`: see include/kernel/json.h and scripts/json_report.py.
"""

import re

import json_report

PAGE_BYTES = {'4k': 4 << 10, '16k': 16 << 10, '64k': 64 << 10}
FREE = ('free', 'free cma')  # what somebody else may have
ENTRY_BYTES = 8
LAST_LEVEL = 3

# What is read, and of which type; what else a report has is passed over.
MEM = {'granule': str, 'page_bytes': int, 'total_bytes': int,
       'owners': [{'owner': str, 'bytes': int}],
       'ranges': [{'base': int, 'bytes': int, 'owner': str}]}
PT = {'granule': str, 'page_bytes': int, 'va_bits': int, 'root_level': int, 'table_bytes': int,
      'tables': [{'level': int, 'va': int, 'bytes': int, 'entries': int, 'used': int,
                  'tables': int, 'leaves': int}],
      'ranges': [{'va': int, 'bytes': int, 'leaf_bytes': int, 'level': int, 'memory': str}]}
BENCH = [{'figure': str, 'granule': str, 'memory': str, 'ours': float, 'constant': float,
          'ratio_limit': float}]


class Wrong(Exception):
    """A report that no picture can be made of. The message says which, and what is wrong."""


def refuse(condition, message):
    if condition:
        raise Wrong(message)


def shaped(value, shape, where):
    """`value`, without what `shape` doesn't name; refused if something isn't there or isn't of its type."""
    if isinstance(shape, dict):
        refuse(not isinstance(value, dict), f'{where}: not an object')
        for name in shape:
            refuse(name not in value, f'{where}: has no "{name}"')
        return {name: shaped(value[name], kind, f'{where}: {name}') for name, kind in shape.items()}
    if isinstance(shape, list):
        refuse(not isinstance(value, list), f'{where}: not a list')
        return [shaped(item, shape[0], f'{where}[{n}]') for n, item in enumerate(value)]
    kinds = (int, float) if shape is float else shape
    good = isinstance(value, kinds) and not isinstance(value, bool)
    refuse(not good, f'{where}: {value!r} is not {"a number" if shape in (int, float) else "text"}')
    refuse(shape in (int, float) and value < 0, f'{where}: {value} is less than nothing')
    return value


def documents(text, where):
    """The JSON documents in what a machine printed."""
    found, lines = [], None
    for line in text.replace('\r', '').split('\n'):
        if line == '{':
            refuse(lines is not None, f'{where}: a report begins within another')
            lines = []
        if lines is not None:
            lines.append(line)
            if line == '}':
                try:
                    found.append(json_report.loads('\n'.join(lines)))
                except ValueError as error:
                    raise Wrong(f'{where}: a report that is not JSON: {error}') from error
                lines = None
    refuse(lines is not None, f'{where}: a report has no end')
    return found


def check_granule(document, granule, where):
    refuse(document['granule'] != granule, f"{where}: it is of {document['granule']} pages")
    refuse(document['page_bytes'] != PAGE_BYTES[granule],
           f"{where}: pages of {document['page_bytes']} bytes")


def check_ascending(ranges, base, where):
    end = 0
    for item in ranges:
        refuse(not item['bytes'], f'{where}: nothing at {item[base]:#x}')
        refuse(item[base] < end, f'{where}: {item[base]:#x} lies in or before what precedes it')
        end = item[base] + item['bytes']


def memory(value, granule):
    """A report of `mem --json`: each byte of RAM has one owner, and the sums are right."""
    where = f'{granule}: mem'
    report = shaped(value, MEM, where)
    check_granule(report, granule, where)
    check_ascending(report['ranges'], 'base', f'{where}: ranges')
    sums = {}
    for item in report['ranges']:
        sums[item['owner']] = sums.get(item['owner'], 0) + item['bytes']
    owners = {item['owner']: item['bytes'] for item in report['owners']}
    refuse(len(owners) < len(report['owners']), f'{where}: an owner stands there twice')
    for name in sorted(sums.keys() | owners.keys()):
        refuse(sums.get(name, 0) != owners.get(name, 0), f'{where}: {name} has {owners.get(name, 0)} '
               f'bytes, but ranges of {sums.get(name, 0)}')
    total = sum(sums.values())
    refuse(not total or total != report['total_bytes'],
           f"{where}: ranges of {total} bytes, where RAM has {report['total_bytes']}")
    return report


def level_bytes(report, level):
    """What an entry of a table of this level covers."""
    return report['page_bytes'] * (report['page_bytes'] // ENTRY_BYTES) ** (LAST_LEVEL - level)


def tables(value, granule):
    """A report of `pt --json`: the tables make one tree, which maps what the ranges say."""
    where = f'{granule}: pt'
    report = shaped(value, PT, where)
    check_granule(report, granule, where)
    check_ascending(report['ranges'], 'va', f'{where}: ranges')
    mapped = sum(table['leaves'] * level_bytes(report, table['level']) for table in report['tables'])
    ranges = sum(item['bytes'] for item in report['ranges'])
    refuse(not ranges or mapped != ranges, f'{where}: leaves of {mapped} bytes, but ranges of {ranges}')
    size = sum(table['bytes'] for table in report['tables'])
    refuse(size != report['table_bytes'],
           f"{where}: tables of {size} bytes, where the sum is {report['table_bytes']}")
    tree(report, where)
    return report


def tree(report, where=''):
    """The root of the tables, each with its `children`, from a list that has them depth first."""
    rows = iter(report['tables'])

    def take(level):
        table = next(rows, None)
        refuse(table is None, f'{where}: tables are missing at the end')
        refuse(table['level'] != level, f"{where}: the table of {table['va']:#x} is of level "
               f"{table['level']}, not {level}")
        refuse(table['used'] != table['tables'] + table['leaves'] or table['used'] > table['entries'],
               f"{where}: the table of {table['va']:#x} has entries that don't add up")
        return {**table, 'children': [take(level + 1) for _ in range(table['tables'])]}

    root = take(report['root_level'])
    refuse(next(rows, None) is not None, f'{where}: there is more than one root')
    return root


def machines(reports):
    """{granule: {'mem': ..., 'pt': ...}}, checked: all three, of machines with the same RAM."""
    for granule in PAGE_BYTES:
        refuse(granule not in reports, f'{granule}: no report')
    read = {granule: {'mem': memory(reports[granule].get('mem'), granule),
                      'pt': tables(reports[granule].get('pt'), granule)} for granule in PAGE_BYTES}
    bounds = {granule: (report['mem']['ranges'][0]['base'], report['mem']['total_bytes'])
              for granule, report in read.items()}
    refuse(len(set(bounds.values())) > 1, f'not the same RAM: {bounds}')
    return read


def from_output(text, granule):
    """{'mem': ..., 'pt': ...} from what a machine printed that ran `mem --json; pt --json`."""
    found = documents(text, granule)
    refuse(len(found) != 2, f'{granule}: {len(found)} reports instead of two; the last line is: '
           f'{(text.split() and text.strip().splitlines()[-1]) or "(none)"}')
    return {'mem': found[0], 'pt': found[1]}


def ratios(value):
    """What `scripts/bench --json` says of figures that a constant build has, too."""
    refuse(not isinstance(value, list), 'bench: not a list')
    missing = [row for row in value if isinstance(row, dict) and row.get('verdict') == 'MISSING']
    refuse(missing, f'bench: a figure is missing: {missing[:1]}')
    # boot_growth compares two machines, not two builds.
    have = [row for row in value if not isinstance(row, dict) or
            (row.get('constant', 0) is not None and row.get('figure') != 'boot_growth')]
    read = shaped(have, BENCH, 'bench')
    for row in read:
        refuse(not row['constant'], f"bench: {row['figure']}: a constant build takes nothing")
    for granule in PAGE_BYTES:
        refuse(not any(row['granule'] == granule for row in read), f'bench: nothing of {granule} pages')
    return read


def used(report):
    """{owner: bytes} of what isn't free, in the report's order."""
    return {item['owner']: item['bytes'] for item in report['owners']
            if item['owner'] not in FREE and item['bytes']}


def regions(header):
    """[(first address, name)] of the kernel's half, from the comment of include/arch/layout.h."""
    found = [(int(address.replace('_', ''), 16), re.sub(r' (windows|areas)$', '', name)) for address, name in
             re.findall(r'^ \*   0x([0-9a-f_]{19})  ([^:,\n]+)', header, re.M)]
    refuse(not found, 'include/arch/layout.h: its comment has no addresses')
    return sorted(found)
