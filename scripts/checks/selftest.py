# SPDX-License-Identifier: BSD-2-Clause
"""A check that cannot fail is a defect: for every rule, trees that it must find fault with.

Each fault is planted in a tree that is otherwise clean, and the findings must be exactly
that rule's. The clean tree itself must have none.
"""

import os
import tempfile

import style

HEAD = "// SPDX-License-Identifier: BSD-2-Clause\n/*\n * What it is for.\n */\n"
BODY = "int foo_bar(void)\n{\n\treturn 0;\n}\n"
ORDER = "# Comment.\n\n== Chapter (0:15 h)\nA sentence.\nlib/foo.c\n"

CLEAN = {
    "lib/foo.c": HEAD
    + "/* 4K, 16K and 64K; 14K; \"0x1000\". */\n"
    + 'static const char text[] = "4096 and 0x1000 << 12";\n\n'
    + BODY
    + "\nstatic int helper(int n)\n{\n\treturn n >> 2;\n}\n"
    + "\nint foo(void)\n{\n\treturn 0;\n}\n",
    "scripts/reading-order.txt": ORDER,
    "scripts/tool": "#!/bin/sh\n# SPDX-License-Identifier: BSD-2-Clause\n# ~/work/x, a/home/b, /rooted\n",
    "README.md": "Hard line break:  \nhttps://example.org/registry\n",
    ".clang-format": "BasedOnStyle: LLVM\nIndentWidth: 8\nUseTab: Always\nColumnLimit: 0\n"
    "BreakBeforeBraces: Linux\n",
}


def foo(text):
    return {"lib/foo.c": HEAD + BODY + text}


def code(text):
    return foo(f"\nstatic int planted(int n)\n{{\n\treturn {text};\n}}\n")


def asm(text):
    return {"arch/arm64/a.S": HEAD + text, **order(ORDER + "arch/arm64/a.S\n")}


def order(text):
    return {"scripts/reading-order.txt": text}


HOUSE = "# Lowest first.\nup: main\n\nlib\nmm\nkernel\tTOOLS\n"


def storeys(files, house=HOUSE):
    """A house of lib, mm and kernel; <mm/low.h> belongs to mm/low.c, and kernel/own.h to its folder."""
    tree = {path: HEAD for path in ("mm/low.c", "kernel/high.c", "include/mm/low.h", "kernel/own.h")}
    tree |= {path: HEAD + text for path, text in files.items()}
    listed = "".join(f"{path}\n" for path in sorted(tree, key=lambda path: "kernel/" in path) if path != "lib/foo.c")
    return {**tree, "scripts/layers.txt": house, **order(ORDER + listed)}


def exceptions(*lines):
    return {"scripts/checks/exceptions.txt": "\n".join(lines) + "\n"}


LONG_FUNCTION = "\nstatic int planted(int n)\n{\n" + "\tn++;\n" * 57 + "\treturn n;\n}\n"
assert LONG_FUNCTION.count("\n") - 1 == 61

PYTHON = "# SPDX-License-Identifier: BSD-2-Clause\n"
SHELL = "#!/bin/sh\n# SPDX-License-Identifier: BSD-2-Clause\n"

FAULTS = [
    ("reading-order", order(ORDER.replace("lib/foo.c\n", ""))),
    ("reading-order", order(ORDER + "lib/foo.c\n")),
    ("reading-order", order(ORDER + "lib/gone.c\n")),
    ("reading-order", order(ORDER + "\n== Title only (0:15 h)\n")),
    ("reading-order", order("== Title only (0:15 h)\n\n" + ORDER)),
    ("reading-order", order(ORDER.replace("sentence.", "sentence"))),
    ("reading-order", order("lib/foo.c\n")),
    ("reading-order", order("A sentence.\n" + ORDER)),
    ("reading-order", {"tests/guest/new.c": HEAD + BODY}),
    ("reading-order", {"include/kernel/new.h": HEAD}),
    ("reading-order", {"arch/arm64/new.S": HEAD}),
    ("reading-order", {"arch/arm64/new.ld": HEAD.replace("//", "/*", 1).replace("\n", " */\n", 1)}),
    ("reading-order", {**storeys({}), **order(ORDER.replace("lib/", "kernel/high.c\nkernel/own.h\nlib/")
                                              + "mm/low.c\ninclude/mm/low.h\n")}),
    ("reading-time", order(ORDER.replace(" (0:15 h)", ""))),
    ("reading-time", order(ORDER.replace("0:15", "0:20"))),
    ("reading-time", order(ORDER.replace("0:15", "0:00"))),
    ("reading-time", order(ORDER.replace("0:15", "0:30"))),
    ("reading-time", {**foo("\nextern int n;\n" * 520), **exceptions(
        "file-length :: lib/foo.c :: . :: a long file, for its time")}),
    ("layers", storeys({"lib/foo.c": BODY + "#include <mm/low.h>\n"})),
    ("layers", storeys({"mm/low.c": '#include "../kernel/own.h"\n'})),
    ("layers", storeys({"kernel/high.c": "", "include/kernel/high.h": "",
                        "mm/low.c": "#include <kernel/high.h>\n"})),
    ("layers", storeys({"include/kernel/high.h": "", "include/mm/low.h": "#include <kernel/high.h>\n"})),
    ("layers", storeys({"tests/guest/new.c": ""})),
    ("layers", storeys({}, HOUSE + "arch/arm64\n")),
    ("layers", storeys({}, HOUSE + "lib\n")),
    ("comment-name", foo("\n/* As foo_baz does. */\n")),
    ("comment-name", foo("\n/* BAR_BYTES at the most. */\n")),
    ("comment-name", foo("\n/* See lib/bar.c. */\n")),
    ("file-length", foo("\nextern int n;\n" * 200)),
    ("function-length", foo(LONG_FUNCTION)),
    ("blanks", asm("\tnop \n")),
    ("blanks", {"scripts/tool": CLEAN["scripts/tool"] + "true \n"}),
    ("blanks", asm("    nop\n")),
    ("blanks", asm("\t  \tnop\n")),
    ("line-width", foo("\n/* " + "x" * 95 + " */\n")),
    ("line-width", asm("\t" * 12 + "nop 1\n")),
    ("spdx", {"lib/foo.c": "// Something else\n" + HEAD.split("\n", 1)[1] + BODY}),
    ("spdx", {"scripts/tool": "#!/bin/sh\ntrue\n"}),
    ("spdx", {"Makefile": "all:\n"}),
    ("file-comment", {"lib/foo.c": HEAD.split("\n")[0] + "\n" + BODY}),
    ("function-name", foo("\nint bar(void)\n{\n\treturn 0;\n}\n")),
    ("function-name", foo("\nint foobar(void)\n{\n\treturn 0;\n}\n")),
    ("function-name", foo("\nchar *arch_bar(int a,\n\t       int b)\n{\n\treturn 0;\n}\n")),
    ("function-name", foo("\nint __init foo_x(void)\n{\n\treturn 0;\n}\n\n"
                          "void __chk(void)\n{\n}\n")),
    ("function-name", {"lib/foo_part.c": HEAD + BODY, **order(ORDER + "lib/foo_part.c\n")}),
    ("page-size-if", foo("\n#if PAGE_SIZE_MAX > 1\n#endif\n")),
    ("page-size-if", asm("#  ifdef CONST_PAGESIZE\n#endif\n")),
    ("clang-format", foo("\nextern int  n;\n")),
    ("literal", code("n & 4096")),
    ("literal", code("n & 16384UL")),
    ("literal", code("n & 65536")),
    ("literal", code("n & 0x1000")),
    ("literal", code("n & 0x00001000ull")),
    ("literal", code("n & ~0xFFF")),
    ("literal", code("n & 0x3fff")),
    ("literal", code("n & 0x4000")),
    ("literal", code("n & 0x10000")),
    ("literal", code("n << 12")),
    ("literal", code("n >> 14")),
    ("literal", asm("\t.long x>>12\n")),
    ("literal", code("BIT(12)")),
    ("literal", code("PAGE_SIZE")),
    ("literal", code("n >> PAGE_SHIFT")),
    ("literal", asm("\tlsr\tx0, x0, #12\n")),
    ("literal", asm("\t.p2align 12\n")),
    ("literal", {"arch/arm64/k.ld": "/* SPDX-License-Identifier: BSD-2-Clause */\n/* It. */\n"
                 ". = ALIGN(0x10000);\n", **order(ORDER + "arch/arm64/k.ld\n")}),
    ("granule-comment", foo("\n/* Four entries of 4K pages. */\n")),
    ("granule-comment", foo("\n// That is 4 KiB,\n// or 64K.\n")),
    ("granule-comment", foo("\n/* A table of 4K has 512 entries, one of 16 K 2048. */\n")),
    ("build-path", {"README.md": "See /" + "work/main.\n"}),
    ("build-path", {"README.md": "In `/" + "home/me`.\n"}),
    ("build-path", {"README.md": "cp x /" + "root\n"}),
    ("build-path", {"tests/matrix.cfg": "file=/" + "root/x\n"}),
    ("host-name", {"README.md": "https://registry." + "npmjs.org/x\n"}),
    ("host-name", {"README.md": "http://artifactory." + "acme.com/x\n"}),
    ("host-name", {"README.md": "deb http://deb." + "debian.org/debian\n"}),
    ("host-name", {"README.md": "index.crates." + "io\n"}),
    ("environment", {"scripts/tool.py": PYTHON + "x = os.environ.get('" + "CPU')\n"}),
    ("environment", {"scripts/tool.py": PYTHON + 'x = os.environ["' + 'MEM"]\n'}),
    ("environment", {"tests/host/run": SHELL + 'echo "${' + 'DTB:-none}"\n'}),
    ("environment", {"tests/host/run": SHELL + "make $" + "GDB\n"}),
    ("host-name", {"README.md": "https://apt-cache.build." + "internal:8080\n"}),
    ("exception", exceptions("literal :: lib/foo.c :: 4096 ::")),
    ("literal exception", {**code("n & 4096"),
                           **exceptions("literal :: lib/foo.c ::  :: an empty pattern")}),
    ("exception", exceptions("nonsense :: lib/foo.c :: 4096 :: no such rule")),
    ("exception", exceptions("literal :: lib/foo.c :: 4096 :: but there is none")),
    ("literal exception", {**code("n & 4096"),
                           **exceptions("literal :: lib/foo.c :: 9999 :: another line")}),
]

# What an exception or the rule itself allows is no finding.
ALLOWED = [
    foo("\n/* foo_bar(), lib/foo.c, foo_*, TCR_EL1, FEAT_LPA2. */\n"),
    storeys({"kernel/high.c": '#include "own.h"\n\n#include <mm/low.h>\n'}),
    storeys({"include/lib/types.h": "", "lib/foo.c": BODY + "#include <lib/types.h>\n"}),
    # A file may be a part of what another one's header declares.
    {"lib/foo_part.c": HEAD + BODY,
     "include/lib/foo.h": HEAD + "#ifndef LIB_PAGESIZE_H\n#define LIB_PAGESIZE_H\n#endif\n",
     **order(ORDER + "lib/foo_part.c\ninclude/lib/foo.h\n")},
    {"arch/arm64/a.c": HEAD + BODY.replace("foo", "arch"), **order(ORDER + "arch/arm64/a.c\n")},
    # Braces in assembly and linker scripts are no functions.
    asm("{\n" + "\tnop\n" * 80 + "}\n"),
    {**code("n & 4096"), **exceptions("literal :: lib/*.c :: & 4096 :: a mask of a register")},
    {**foo("\nint bar(void)\n{\n\treturn 0;\n}\n"),
     **exceptions("function-name :: lib/foo.c :: ^bar$ :: the ABI wants it")},
]


def findings(run, change):
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**CLEAN, **change}.items():
            os.makedirs(os.path.dirname(os.path.join(root, path)), exist_ok=True)
            with open(os.path.join(root, path), "w", encoding="utf-8") as f:
                f.write(text)
        names = ["reading-order", "style", "literals", "hygiene", "names"]
        return run(root, names + ["layers"] * ("scripts/layers.txt" in change))[1]


def run(check, rules):
    """Returns how many trees were judged rightly, and how many not."""
    wrong = 0

    def judge(what, right, found):
        nonlocal wrong
        if right:
            return
        wrong += 1
        print(f"self-test: {what}")
        for f in found:
            print(f"    found {f.path}:{f.line}: {f.rule}: {f.message}")

    faults = [f for f in FAULTS if f[0] != "clang-format" or style.formatter()]
    clean = [{}, *ALLOWED]
    for change in clean:
        found = findings(check, change)
        judge(f"there is no fault in {sorted(change.items())[:1]}", not found, found)
    for expected, change in faults:
        found = findings(check, change)
        right = {f.rule for f in found} == set(expected.split())
        judge(f"{expected} was expected of {sorted(change.items())[:1]}", right, found)
    for rule in sorted(set(rules) - {rule for rule, _ in FAULTS}):
        judge(f"no fault is planted for {rule}", False, [])
    print(f"checks: self-test: {len(faults)} planted faults, {len(clean)} clean trees, {wrong} wrong")
    return len(faults) + len(clean) - wrong, wrong
