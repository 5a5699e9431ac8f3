# SPDX-License-Identifier: BSD-2-Clause
"""scripts/reading-order.txt lists every source file once, in chapters."""

from tree import SOURCE_NAMES, Finding

RULES = ["reading-order"]
ORDER = "scripts/reading-order.txt"
LISTED = ("arch/", "mm/", "kernel/", "lib/", "include/", "tests/guest/")


def check(tree):
    def finding(line, message):
        return Finding("reading-order", ORDER, line, message)

    if not tree.exists(ORDER):
        yield finding(0, "is missing")
        return

    listed = {}
    chapter = sentence = None
    for number, line in enumerate(tree.lines(ORDER), 1):
        if not line.strip() or line.startswith("#"):
            continue
        if line.startswith("== "):
            if chapter and not sentence:
                yield finding(chapter, "the chapter has no sentence")
            chapter, sentence = number, None
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
            if line not in tree.paths:
                yield finding(number, f"there is no {line}")
    if chapter and not sentence:
        yield finding(chapter, "the chapter has no sentence")

    for path in tree.paths:
        if path.startswith(LISTED) and path.endswith(SOURCE_NAMES) and path not in listed:
            yield finding(0, f"{path} is not listed")
