# SPDX-License-Identifier: BSD-2-Clause
"""Nothing in a public tree tells where it was made or fetched from."""

import re

from tree import Finding

RULES = ["build-path", "host-name"]

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


def check(tree):
    for path in tree.paths:
        for number, line in enumerate(tree.lines(path), 1):
            for rule, pattern in (("build-path", PATH), ("host-name", HOST)):
                match = pattern.search(line)
                if match:
                    yield Finding(rule, path, number, f"`{match[0]}`", line)
