#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""Compare what psz printed with what Linux has at that page size.

    tests/user/psz_compare.py [--allow-missing] 4k|16k|64k < OUTPUT

A line for each fact that differs; the last line is "N passed, N failed". Every fact has to be there, in the
order of psz.golden.tsv. A fact whose value is "-" (the kernel lacks a call) fails, unless --allow-missing:
then it is counted apart. Lines without a tab, and others before the first fact, are passed over.

Neighbours: tests/user/psz.c; scripts/check-oracle imports this.
"""

import pathlib
import re
import sys

GOLDEN = pathlib.Path(__file__).resolve().parent / 'psz.golden.tsv'
SIZES = ('4k', '16k', '64k')
# What is the machine's or the program's, not the page's: the part that counts, of what the table and psz have.
LOOSE = {
    'AT_HWCAP': r'0x[0-9a-f]+$',  # the CPU, and what the kernel was built for
    'maps lines / not page aligned': r'/ [0-9]+$',  # how many there are is the program's
}


def golden(size):
    """[(name, value)] in order."""
    rows = [line.split('\t') for line in GOLDEN.read_text().splitlines() if not line.startswith('#')]
    return [(row[0], row[1 + SIZES.index(size)]) for row in rows]


def same(name, expected, value):
    if name not in LOOSE:
        return value == expected
    parts = [re.search(LOOSE[name], text) for text in (expected, value)]
    return all(parts) and (name == 'AT_HWCAP' or parts[0][0] == parts[1][0])


def compare(text, size):
    """(how many are right, [(name, what is wrong)], [names of those that the kernel lacks a call for])"""
    facts = [line.rstrip('\r').split('\t', 1) for line in text.split('\n') if '\t' in line]
    expected = golden(size)
    while facts and facts[0][0] != expected[0][0]:
        facts.pop(0)
    right, wrong, missing = 0, [], []
    for (name, value), (found, text_found) in zip(expected, facts + [['', '']] * len(expected)):
        if found != name:
            wrong.append((name, f"{found or 'nothing'} stands in its place"))
            break  # what comes after would differ, too
        if text_found == '-':
            missing.append(name)
        elif same(name, value, text_found):
            right += 1
        else:
            wrong.append((name, f'{text_found}, not {value}'))
    if len(facts) > len(expected):
        wrong.append((facts[len(expected)][0], 'no such fact is known'))
    return right, wrong, missing


def main():
    arguments = [word for word in sys.argv[1:] if word != '--allow-missing']
    if len(arguments) != 1 or arguments[0] not in SIZES:
        sys.exit(__doc__)
    right, wrong, missing = compare(sys.stdin.read(), arguments[0])
    for name, text in wrong:
        print(f'{name.strip()}: {text}')
    for name in missing:
        print(f'{name.strip()}: the kernel lacks a call')
    failed = len(wrong) + (0 if '--allow-missing' in sys.argv else len(missing))
    print(f'{right} passed, {failed} failed')
    sys.exit(failed > 0)


if __name__ == '__main__':
    main()
