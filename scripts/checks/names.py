# SPDX-License-Identifier: BSD-2-Clause
"""A comment names what exists: files, and words with an underscore, which are names of code.

Known are the words of all code, file names, the registers and fields of the Arm ARM (FOO_EL1,
FEAT_BAR), and what scripts/checks/exceptions.txt allows.
"""

import os
import re

from tree import Finding

RULES = ["comment-name"]
AREAS = ("arch", "include", "kernel", "lib", "mm", "tests")
WORD = re.compile(r"[A-Za-z0-9_]+")
# A word with an underscore inside; neither a part of a longer thing nor a pattern such as foo_*.
NAME = re.compile(r"(?<![\w./%$\\-])[A-Za-z][A-Za-z0-9]*(?:_[A-Za-z0-9]+)+(?![\w*/]|\.\w|-\w|_\*)")
FILE = re.compile(r"(?<![\w./])(?:[\w-]+/)+[\w-]+\.(?:c|h|S|py|cfg|txt|md|mk)(?![\w*])")
REGISTER = re.compile(r"^[A-Za-z0-9_]+_EL[0-3x]+$|^FEAT_\w+$|^ID_AA64\w+$|^S\d_\d_")


def check(tree):
    sources = tree.sources(*AREAS)
    known = {os.path.splitext(os.path.basename(path))[0] for path in tree.paths}
    for source in sources:
        for line in source.lines if source.path.endswith((".S", ".ld")) else source.code:
            known.update(WORD.findall(line))
        # Names of commands, options and sections stand in strings.
        for line in source.lines:
            for text in re.findall(r'"([^"]*)"', line):
                known.update(WORD.findall(text))
    for path in tree.paths:
        if path.startswith("scripts/checks/"):
            continue  # what is said of names is no name
        if path.startswith("scripts/") or path == "Makefile" or path.endswith((".cfg", ".py")):
            for line in tree.lines(path):
                known.update(WORD.findall(line))
    for source in sources:
        for number, comment in source.comments:
            for offset, line in enumerate(comment.split("\n")):
                for match in FILE.finditer(line):
                    name = match[0]
                    if name not in tree.paths and "include/" + name not in tree.paths \
                            and not name.startswith(("Documentation/", "build/")):
                        yield Finding("comment-name", source.path, number + offset,
                                      f"there is no file {name}", line)
                for match in NAME.finditer(line):
                    if match[0] not in known and not REGISTER.match(match[0]):
                        yield Finding("comment-name", source.path, number + offset,
                                      f"nothing is called {match[0]}", line)
