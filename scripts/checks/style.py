# SPDX-License-Identifier: BSD-2-Clause
"""Layout and names, as far as a script can judge them."""

import os
import re
import shutil
import subprocess

from tree import Finding

RULES = [
    "file-length",
    "function-length",
    "blanks",
    "line-width",
    "spdx",
    "file-comment",
    "function-name",
    "page-size-if",
    "clang-format",
]

PAGE_SIZE_HEADER = "include/arch/page.h"  # the one place for an #if on page size
MAX_FILE_LINES = 400
MAX_FUNCTION_LINES = 60
MAX_COLUMNS = 100

SOURCES = ("arch", "mm", "kernel", "lib", "include", "tests")
NAMED = ("arch/", "mm/", "kernel/", "lib/")
SCRIPTS = ("scripts/", "tests/", ".ci/")
NO_BLANKS_RULE = (".md", ".txt")


def functions(source):
    """Yields (first line, last line, signature) of each function: the only construct
    whose opening brace stands alone in the first column."""
    start = None
    for number, line in enumerate(source.code, 1):
        if line.rstrip() == "{":
            start = number
        elif line.startswith("}") and start:
            first = start
            while first > 1 and starts_or_continues(source.code[first - 2]):
                first -= 1
            yield first, number, " ".join(source.code[first - 1 : start - 1])
            start = None


def starts_or_continues(line):
    line = line.rstrip()
    return bool(line) and line[-1] not in ";}{" and not line.startswith("#")


def function_name(signature):
    for name in re.findall(r"(\w+)\s*\(", signature):
        if name not in ("__attribute__", "__printf", "__section", "__aligned"):
            return name
    return ""


def name_prefixes(tree, path):
    """The file's own name; pgtable.h's, too, for pgtable_read.c, which is a part of it."""
    words = os.path.splitext(os.path.basename(path))[0].replace("-", "_").split("_")
    for count in range(len(words), 0, -1):
        prefix = "_".join(words[:count])
        if count == len(words) or any(p.endswith(f"/{prefix}.h") for p in tree.paths):
            yield prefix
    if path.startswith("arch/"):
        yield "arch"


def check_functions(tree, source):
    prefixes = list(name_prefixes(tree, source.path))
    for first, last, signature in functions(source):
        name = function_name(signature)
        if last - first + 1 > MAX_FUNCTION_LINES:
            yield Finding("function-length", source.path, first,
                          f"{name} has {last - first + 1} lines", name)
        public = not re.search(r"\bstatic\b", signature) and not name.isupper()
        fits = any(name == p or name.startswith(p + "_") for p in prefixes)
        if public and not fits and source.path.startswith(NAMED) and source.path.endswith(".c"):
            yield Finding("function-name", source.path, first,
                          f"{name} does not start with {prefixes[0]}_", name)


def check_lines(path, lines, is_source):
    for number, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield Finding("blanks", path, number, "white space at the end", line)
        if not is_source:
            continue
        if line.startswith(" ") and not line.startswith(" *"):
            yield Finding("blanks", path, number, "indented with blanks", line)
        if re.match(r"\t* +\t", line):
            yield Finding("blanks", path, number, "a blank before a tab", line)
        width = len(line.expandtabs(8))
        if width > MAX_COLUMNS:
            yield Finding("line-width", path, number, f"{width} columns", line)


def check_head(path, lines, is_source):
    at = 1 if lines and lines[0].startswith("#!") else 0
    if len(lines) <= at or "SPDX-License-Identifier: BSD-2-Clause" not in lines[at]:
        yield Finding("spdx", path, at + 1, "the licence line is missing")
    elif is_source and not (len(lines) > 1 and lines[1].startswith("/*")):
        yield Finding("file-comment", path, 2, "a comment that says what the file is for is missing")


def check_conditions(source):
    for number, line in enumerate(source.code, 1):
        if source.path == PAGE_SIZE_HEADER or not re.match(r"\s*#\s*(if|ifdef|ifndef|elif)\b", line):
            continue
        names = re.findall(r"\w*(?:PAGE_?SIZE|PAGE_?SHIFT|GRANULE_?(?:4|16|64)K)\w*", line.upper())
        if any(not name.endswith("_H") for name in names):  # but for include guards
            yield Finding("page-size-if", source.path, number, "#if on page size", line)


def formatter():
    """clang-format, in version 14 only: others disagree with it."""
    return os.environ.get("GRANULE_CLANG_FORMAT") or shutil.which("clang-format-14")


def check_format(tree, paths):
    tool = formatter()
    if not tool or not paths:
        return
    run = subprocess.run([tool, "--dry-run", "--style=file", *paths], cwd=tree.root,
                         capture_output=True, text=True, check=False)
    places = re.findall(r"^(\S+?):(\d+):\d+: (?:warning|error): ", run.stderr, re.MULTILINE)
    for path, line in dict(reversed(places)).items():  # the first place in each file
        yield Finding("clang-format", path, int(line), "`make format` changes this")
    if run.returncode:
        yield Finding("clang-format", ".clang-format", 0, f"{tool} failed: {run.stderr.strip()}")


def check(tree):
    sources = tree.sources(*SOURCES)
    for source in sources:
        if len(source.lines) > MAX_FILE_LINES:
            yield Finding("file-length", source.path, 0, f"{len(source.lines)} lines")
        if source.path.endswith((".c", ".h")):
            yield from check_functions(tree, source)
        yield from check_conditions(source)

    source_paths = {s.path for s in sources}
    for path in tree.paths:
        lines = tree.lines(path)
        is_source = path in source_paths
        script = path.startswith(SCRIPTS) and (path.endswith((".py", ".sh", ".mk")) or
                                               (lines and lines[0].startswith("#!")))
        if is_source or script or path == "Makefile":
            yield from check_head(path, lines, is_source)
        if not path.endswith(NO_BLANKS_RULE) and not path.startswith("tests/fuzz/corpus/"):
            yield from check_lines(path, lines, is_source)

    yield from check_format(tree, [s.path for s in sources if s.path.endswith((".c", ".h"))])
