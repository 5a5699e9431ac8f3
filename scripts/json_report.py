# SPDX-License-Identifier: BSD-2-Clause
"""The prompt's reports for programs (`pt --json` and the like), read and written.

Neighbours: include/kernel/json.h has the form, kernel/prompt/json.c writes it; scripts/plots and tests/console read it
with this. An address is a string there, "0x" and lower-case digits, since many readers of JSON round
numbers above 2^53; here it is a number. No other member is such a string.
"""

import json
import re

ADDRESSES = ('va', 'pa', 'base')
NUMBER_END = 1 << 53


def decode_member(name, value):
    if name in ADDRESSES:
        if not isinstance(value, str) or not re.fullmatch(r'0x(0|[1-9a-f][0-9a-f]{0,15})', value):
            raise ValueError(f'"{name}": {value!r} is not an address, a string such as "0x40000000"')
        return int(value, 16)
    if isinstance(value, int) and value >= NUMBER_END:
        raise ValueError(f'"{name}": {value} is a number that readers of JSON round')
    return value


def loads(text):
    """The document of a text, with numbers for addresses. Raises ValueError."""
    return json.loads(text, object_pairs_hook=lambda pairs: {name: decode_member(name, value)
                                                             for name, value in pairs})


def encode(value):
    """A document as it is to be written, from one that loads() gave."""
    if isinstance(value, list):
        return [encode(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {name: f'{item:#x}' if name in ADDRESSES else encode(item) for name, item in value.items()}
