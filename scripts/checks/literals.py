# SPDX-License-Identifier: BSD-2-Clause
"""No number stands for a page size, and no comment speaks for one granule alone."""

import re

from tree import Finding

RULES = ["literal", "granule-comment"]
SOURCES = ("arch", "mm", "kernel", "lib", "include", "tests/guest")

NUMBER_END = r"(?:[uUlL]*)(?![\w.])"
LITERALS = [
    re.compile(pattern)
    for pattern in (
        r"(?<![\w.])(?:4096|16384|65536)" + NUMBER_END,
        r"(?i)(?<![\w.])0x0*(?:1000|4000|10000|fff|3fff)" + NUMBER_END,
        r"(?:<<|>>)=?\s*1[24]" + NUMBER_END,
        r"(?<![\w.])1[24]\)",
        r"(?i)\b(?:lsl|lsr|asr|ror|ubfx|ubfiz|bfi|bfxil)\b.*#1[24]\b",
        r"\.(?:p2align|align)\s+1[246]\b",
        r"\bPAGE_(?:SIZE|SHIFT|MASK)\b",
    )
]


def check(tree):
    for source in tree.sources(*SOURCES):
        for number, code in enumerate(source.code, 1):
            for literal in LITERALS:
                match = literal.search(code)
                if match:
                    yield Finding("literal", source.path, number,
                                  f"`{match[0].strip()}` may stand for a page size",
                                  source.lines[number - 1])
                    break
        for line, comment in source.comments:
            match = re.search(r"(?<![\w.])4 ?K(?:i?B)?\b", comment)
            if match and not (re.search(r"\b16", comment) and re.search(r"\b64", comment)):
                yield Finding("granule-comment", source.path, line,
                              f"speaks of {match[0]} without 16K and 64K", comment)
