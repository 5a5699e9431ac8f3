# SPDX-License-Identifier: BSD-2-Clause
"""What the checks look at: a tree of files, and C-like sources split into code and comments."""

import fnmatch
import os
import re
import sys
from dataclasses import dataclass, field

sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
import surroundings  # noqa: E402 (found by the line above)

SOURCE_NAMES = (".c", ".h", ".S", ".ld", ".lds")


@dataclass
class Finding:
    rule: str
    path: str
    line: int  # 0: the file as a whole
    message: str
    text: str = ""  # the source line, which exceptions are matched with


@dataclass
class Source:
    """One file: its lines as they are, without comments and strings, and its comments."""

    path: str
    lines: list
    code: list = field(default_factory=list)  # one a line; strings emptied, comments gone
    comments: list = field(default_factory=list)  # (first line, text) of each block

    def __post_init__(self):
        text = "\n".join(self.lines)
        self.code = TOKEN.sub(blank, text).split("\n")
        run = None
        for match in TOKEN.finditer(text):
            if not match["comment"]:
                continue
            line = text.count("\n", 0, match.start()) + 1
            last = line + match["comment"].count("\n")
            # Line comments in a row are one block.
            if run and run[1] + 1 == line and match["comment"].startswith("//"):
                self.comments[-1] = (run[0], self.comments[-1][1] + "\n" + match["comment"])
                run = (run[0], last)
            else:
                self.comments.append((line, match["comment"]))
                run = (line, last)

    def code_lines(self):
        """How many lines hold more than blanks and comments."""
        return sum(bool(line.strip()) for line in self.code)


# A string that is not closed in its line is an apostrophe in assembly or a linker script.
TOKEN = re.compile(
    r"""(?P<comment>/\*.*?(?:\*/|\Z)|//[^\n]*)"""
    r'''|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')''',
    re.DOTALL,
)


def blank(match):
    if match["string"]:
        return match["string"][0] * 2
    return "\n" * match["comment"].count("\n")


class Tree:
    def __init__(self, root):
        self.root = root
        self.paths = sorted(self.list_paths())
        self.cache = {}

    def list_paths(self):
        return surroundings.files(self.root)

    def exists(self, path):
        return os.path.isfile(os.path.join(self.root, path))

    def lines(self, path):
        """The lines of a text file; [] for a binary one."""
        if path not in self.cache:
            with open(os.path.join(self.root, path), "rb") as f:
                data = f.read()
            text = "" if b"\0" in data else data.decode("utf-8", "replace")
            self.cache[path] = text.removesuffix("\n").split("\n") if text else []
        return self.cache[path]

    def sources(self, *directories):
        """The C, assembly and linker-script files below `directories`."""
        return [
            Source(p, self.lines(p))
            for p in self.paths
            if p.endswith(SOURCE_NAMES) and p.startswith(tuple(d + "/" for d in directories))
        ]


class Exceptions:
    """Lines of `rule :: path :: regex :: reason`; the path may be a shell pattern."""

    def __init__(self, tree, path, rules):
        self.entries = []
        self.findings = []
        self.path = path
        for number, line in enumerate(tree.lines(path) if tree.exists(path) else [], 1):
            if not line.strip() or line.startswith("#"):
                continue
            fields = [f.strip() for f in line.split(" :: ")]
            if len(fields) != 4 or not all(fields) or fields[0] not in rules:
                self.findings.append(
                    Finding("exception", path, number, "is not `rule :: path :: regex :: reason`")
                )
                continue
            self.entries.append([number, *fields[:3], False])

    def allow(self, finding):
        allowed = False
        for entry in self.entries:
            _, rule, path, regex, _ = entry
            if (
                rule == finding.rule
                and fnmatch.fnmatch(finding.path, path)
                and re.search(regex, finding.text or finding.message)
            ):
                entry[4] = allowed = True
        return allowed

    def stale(self, rules):
        """Entries of these rules that nothing needs any more."""
        for number, rule, path, _, used in self.entries:
            if rule in rules and not used:
                yield Finding("exception", self.path, number, f"{rule} in {path}: nothing needs it")
