# SPDX-License-Identifier: BSD-2-Clause
"""Nothing in a public tree tells where it was made or fetched from, or heeds what it finds around it."""

import re

from tree import Finding

RULES = ["build-path", "host-name", "environment"]

# In pieces, so that this file does not find itself.
PATH = re.compile(r"(?<![\w.~}$])/(?:" + "|".join(("work", "root", "home")) + r")(?:/|\b(?![-.\w]))")
HOST = re.compile(
    r"(?i)(?<![\w.-])(?:"
    r"(?:[\w-]+\.)*(?:artifactory|nexus|registry|mirrors?|proxy|pypi|packages)[\w-]*(?:\.[\w-]+)*"
    r"\.(?:com|org|net|io|dev|cloud|internal|corp|local|lan|intra)"
    r"|(?:[\w-]+\.)+(?:internal|corp|lan|intra)"
    r"|(?:deb|ftp|security|archive)\.(?:debian|ubuntu)\.(?:org|com)"
    r"|(?:static\.|index\.)?crates\.io|files\.pythonhosted\.org|(?:docker|ghcr|quay)\.io"
    r")(?![\w-])"
)

# Settings have a prefix: others have a CPU or a BUILD that means something else to them.
READ = re.compile(r"""environ(?:\.get\(|\[)\s*f?['"](\w+)|getenv\(\s*['"](\w+)""")
READ_BY_SHELL = re.compile(r"\$\{?([A-Z][A-Z0-9_]+)\b")
ASSIGNED = re.compile(r"\b([A-Z][A-Z0-9_]+)=|\bfor ([A-Z][A-Z0-9_]+)\b")
HEEDED = re.compile(r"GRANULE_\w*|PATH|PWD|OPTARG|OPTIND")


def environment(tree, path):
    """The variables of the environment that a script or a test reads and that aren't ours."""
    lines = tree.lines(path)
    shell = bool(lines) and lines[0].startswith("#!/bin/sh")
    ours = {name for line in lines for match in ASSIGNED.findall(line) for name in match} if shell else set()
    for number, line in enumerate(lines, 1):
        found = READ_BY_SHELL.findall(line) if shell else [a or b for a, b in READ.findall(line)]
        if shell and line.lstrip().startswith("#"):
            continue
        for name in found:
            if name not in ours and not HEEDED.fullmatch(name):
                yield Finding("environment", path, number, f"{name} is taken from the environment", line)


def check(tree):
    for path in tree.paths:
        if path.startswith(("scripts/", "tests/", ".ci/")):
            yield from environment(tree, path)
        for number, line in enumerate(tree.lines(path), 1):
            for rule, pattern in (("build-path", PATH), ("host-name", HOST)):
                match = pattern.search(line)
                if match:
                    yield Finding(rule, path, number, f"`{match[0]}`", line)
