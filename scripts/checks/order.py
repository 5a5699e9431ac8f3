# SPDX-License-Identifier: BSD-2-Clause
"""scripts/reading-order.txt lists every source file once, in chapters.

A chapter's title ends with the time that it takes, in quarters of an hour. The time may be a quarter
off what the chapter's lines of code make at LINES_AN_HOUR. Rounding alone makes half of that, so an
edit has to add or take 125 lines at least before a time is wrong.

Files of storeys that can be left out come after all others: the core makes sense without them.
"""

import os
import re

import layers
from tree import SOURCE_NAMES, Finding, Source

RULES = ["reading-order", "reading-time"]
ORDER = "scripts/reading-order.txt"
LISTED = ("arch/", "mm/", "kernel/", "lib/", "include/", "tests/guest/")
TITLE = re.compile(r"== .*\S \((\d+):(00|15|30|45) h\)")
LINES_AN_HOUR = 1000
QUARTER = 15


def time_of(tree, files):
    """Minutes that it takes to read `files`."""
    lines = sum(Source(path, tree.lines(path)).code_lines() for path in files)
    return lines * 60 / LINES_AN_HOUR


def check_time(tree, number, files):
    match = TITLE.fullmatch(tree.lines(ORDER)[number - 1])
    minutes = time_of(tree, [path for path in files if tree.exists(path)])
    rounded = max(QUARTER, QUARTER * round(minutes / QUARTER))
    written = 60 * int(match[1]) + int(match[2]) if match else 0
    if not written or abs(written - minutes) > QUARTER:
        yield Finding("reading-time", ORDER, number,
                      f"the title ends with ({rounded // 60}:{rounded % 60:02} h), for {minutes:.0f} minutes")


def check_core_first(tree, listed):
    """Nothing that stays comes after what can be left out."""
    house = layers.Layers(tree.lines(layers.LAYERS) if tree.exists(layers.LAYERS) else [])
    storeys = layers.storeys_of_headers(tree, house.rank)
    above = None
    for path, number in listed.items():
        storey = storeys.get(path, os.path.dirname(path))
        if house.switch.get(storey):
            above = above or path
        elif above and storey in house.rank:
            yield Finding("reading-order", ORDER, number, f"{path} stands after {above}, which can be left out")


def check(tree):
    def finding(line, message):
        return Finding("reading-order", ORDER, line, message)

    if not tree.exists(ORDER):
        yield finding(0, "is missing")
        return

    listed, chapters = {}, {}
    chapter = sentence = None
    for number, line in enumerate(tree.lines(ORDER), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("== "):
            if chapter and not sentence:
                yield finding(chapter, "the chapter has no sentence")
            chapter, sentence = number, None
            chapters[chapter] = []
        elif not chapter:
            yield finding(number, "stands before the first chapter")
        elif not sentence:
            sentence = line
            if not line.endswith("."):
                yield finding(number, "a chapter opens with one sentence, which ends in a full stop")
        elif line in listed:
            yield finding(number, f"{line} is listed in line {listed[line]} already")
        else:
            listed[line] = number
            chapters[chapter].append(line)
            if line not in tree.paths:
                yield finding(number, f"there is no {line}")
    if chapter and not sentence:
        yield finding(chapter, "the chapter has no sentence")

    for path in tree.paths:
        if path.startswith(LISTED) and path.endswith(SOURCE_NAMES) and path not in listed:
            yield finding(0, f"{path} is not listed")
    for number, files in chapters.items():
        yield from check_time(tree, number, files)
    yield from check_core_first(tree, listed)
