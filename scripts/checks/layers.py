# SPDX-License-Identifier: BSD-2-Clause
"""Storeys: no file includes a header of a higher one. scripts/layers.txt lists them, lowest first.

A header's storey is that of the .c or .S file with its name, be it NAME_hot; one without such a file
(types, macros) lies below all of them. A header in a storey's own folder is private: only that folder includes it.
"""

import os
import re

from tree import SOURCE_NAMES, Finding

RULES = ["layers"]
LAYERS = "scripts/layers.txt"
INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')
# In which folders the file that belongs to a header of include/AREA may stand.
AREAS = {"arch": ("arch/",), "lib": ("lib",), "mm": ("mm",), "kernel": ("kernel", "tests/guest")}


class Layers:
    """What the file says: folders in order, their switches, names that may be used upwards."""

    def __init__(self, lines):
        self.rank, self.switch, self.up, self.faults = {}, {}, set(), []
        for number, line in enumerate(lines, 1):
            words = line.split("#")[0].split()
            if not words:
                continue
            if words[0] == "up:":
                self.up |= set(words[1:])
            elif len(words) > 2 or words[0] in self.rank:
                self.faults.append((number, f"{words[0]} stands there twice, or with two switches"))
            else:
                self.rank[words[0]] = len(self.rank)
                self.switch[words[0]] = words[1] if len(words) > 1 else None


def storeys_of_headers(tree, rank):
    """{header: its storey}; None for a header that has no file of its own."""
    files = {}
    for path in tree.paths:
        folder, name = os.path.split(path)
        if folder in rank and name.endswith((".c", ".S")):
            files.setdefault(os.path.splitext(name)[0], []).append(folder)
    storeys = {}
    for path in tree.paths:
        folder, name = os.path.split(path)
        if not name.endswith(".h"):
            continue
        area = folder.removeprefix("include/")
        named = files.get(name[:-2], []) + files.get(name[:-2] + "_hot", [])
        places = [f for f in named if f.startswith(AREAS.get(area, ("?",)))]
        storeys[path] = folder if folder in rank else places[0] if places else None
    return storeys


def check(tree):
    if not tree.exists(LAYERS):
        yield Finding("layers", LAYERS, 0, "is missing")
        return
    layers = Layers(tree.lines(LAYERS))
    for number, message in layers.faults:
        yield Finding("layers", LAYERS, number, message)
    rank, storeys = layers.rank, storeys_of_headers(tree, layers.rank)
    folders = {os.path.dirname(path) for path in tree.paths}
    for folder in rank.keys() - folders:
        yield Finding("layers", LAYERS, 0, f"there is no {folder}")

    for path in tree.paths:
        if not path.endswith(SOURCE_NAMES) or not path.startswith(("arch/", "mm/", "kernel/", "lib/",
                                                                   "include/", "tests/guest/")):
            continue
        folder = os.path.dirname(path)
        if not path.startswith("include/") and folder not in rank:
            yield Finding("layers", path, 0, f"{folder} is no storey of {LAYERS}")
            continue
        here = storeys.get(path) if path.startswith("include/") else folder
        for number, line in enumerate(tree.lines(path), 1):
            match = INCLUDE.match(line)
            if not match:
                continue
            beside = os.path.normpath(os.path.join(folder, match[1]))
            header = beside if beside in storeys else os.path.join("include", match[1])
            there = storeys.get(header)
            if os.path.dirname(header) in rank and there != folder:
                yield Finding("layers", path, number, f"{match[1]} is private to {there}", line)
            elif there and here and rank[there] > rank[here]:
                yield Finding("layers", path, number, f"{match[1]} is of {there}, above {here}", line)
