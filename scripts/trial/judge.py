# SPDX-License-Identifier: BSD-2-Clause
"""From the runs at each size to one verdict.

    word      exit status
    well      0     it ended as expected at each size, and its output is the same
    differs   1     it ends, or prints, otherwise at one size than at another
    fails     3     it ends alike at each size, but not as expected
    unjudged  77    nothing can be said: the kernel can't run it, or lacks a call that the result may hang on, or two runs at the
                    same size end differently
    timeout   124   a run did not end in time
    broken    125   the kernel or the machine failed: nothing is known about the program

A call that the kernel lacks answers ENOSYS. If all is well nevertheless the verdict stands, and the calls are named. If a run isn't
well, and a call was missing in it that isn't known to be harmless, that may be the reason, and the result is unjudged; so too
if only outputs differ, and a call was missing in either of the two. Sizes with the same expected status are compared with each
other; the first of them runs twice, and what differs between its runs is chance (compare.py).

Neighbours: scripts/try runs what plan() says; report.py and formats.py show a Judgement.
"""

import signal

from trial.compare import Template

STATUS = {'well': 0, 'differs': 1, 'fails': 3, 'unjudged': 77, 'timeout': 124, 'broken': 125}
DESCRIPTORS = {1: 'stdout', 2: 'stderr'}


def listed(words):
    """['a', 'b', 'c'] -> 'a, b and c'"""
    words = list(words)
    return ' and '.join(filter(None, [', '.join(words[:-1]), *words[-1:]]))


def status_text(status):
    """139 -> '139 (SIGSEGV)'"""
    try:
        return f'{status} ({signal.Signals(status - 128).name})' if status > 128 else str(status)
    except ValueError:
        return str(status)


def plan(sizes, expected, count):
    """How often each size runs: {size: times}. The first with an expected status runs twice at least."""
    firsts = {status: size for size, status in reversed(list(zip(sizes, expected)))}
    return {size: max(count, 2) if size in firsts.values() else count for size in sizes}


class Size:
    """All runs at one size."""

    def __init__(self, name, expected, runs):
        self.name, self.expected, self.runs = name, expected, runs
        self.statuses = sorted({run.status for run in runs if run.end})
        self.good = self.statuses == [expected]
        self.like = None  # the size that its output is compared with, if it isn't the first
        self.differing, self.compared = [], []  # descriptors

    @property
    def first(self):
        return self.runs[0]

    @property
    def well(self):
        return self.good and not self.differing

    @property
    def differs_only(self):
        """It ends as the size that it is compared with, and prints something else."""
        return bool(self.differing) and self.statuses == self.like.statuses

    def ending(self):
        return listed(map(status_text, self.statuses))


class Judgement:
    """What came of it. `sizes` is empty where nothing ran."""

    def __init__(self, program, word='', sentence='', sizes=()):
        self.program, self.word, self.sentence, self.sizes = program, word, sentence, list(sizes)
        self.version, self.log = None, []
        self.cpus = 1
        self.chance = []  # (size, descriptor's name, line, how it is shown)
        self.diffs = []   # lines of each
        self.missing = {}  # call: [count, may the result hang on it]

    @property
    def status(self):
        return STATUS[self.word]

    def headline(self):
        names = listed(size.name for size in self.sizes)
        title = {'well': f'well at {names}', 'differs': 'differs by page size', 'fails': f'fails at {names} alike',
                 'unjudged': "can't be judged", 'timeout': 'timeout', 'broken': 'no result, by no fault of its own'}[self.word]
        return f'{self.program}: {title}' + (f': {self.sentence}' if self.sentence else '')

    def influential(self):
        """Calls that a result may hang on: of runs that aren't well, and of those that they are compared with."""
        bad = [size for size in self.sizes if not size.well]
        bad += [size.like for size in bad if size.differs_only]
        missing = collect_missing(run for size in bad for run in size.runs)
        return [call for call, (_, influenced) in missing.items() if influenced]


def collect_missing(runs):
    """{call: [count, influenced]}, of all runs."""
    missing = {}
    for run in runs:
        for item in run.facts.get('missing', []):
            entry = missing.setdefault(str(item['call']), [0, False])
            entry[0] += item.get('count', 1)
            entry[1] |= bool(item.get('influenced', True))
    return missing


def groups(sizes):
    """Sizes with the same expected status, in lists."""
    found = {}
    for size in sizes:
        found.setdefault(size.expected, []).append(size)
    return found.values()


def compare(judgement, masks):
    """Fill in what differs, and what was passed over."""
    def read(run, descriptor):
        text = run.text(descriptor)
        for mask in masks:
            text = mask.sub('<masked>', text)
        return text

    for first, *others in groups(judgement.sizes):
        for descriptor, name in DESCRIPTORS.items():
            mine = [read(run, descriptor) for run in first.runs]
            template = Template(mine[0], mine[1:])
            judgement.chance += [(first.name, name, line, text) for line, text in template.chance()]
            for other in others:
                other.like = first
                if template.compares():
                    other.compared.append(descriptor)
                texts = [read(run, descriptor) for run in other.runs]
                wrong = next((text for text in texts if not template.same(text)), None)
                if wrong is not None:
                    other.differing.append(descriptor)
                    judgement.diffs.append(template.difference(wrong, (f'{name} at {first.name}', f'{name} at {other.name}')))


def by_size(pairs):
    """[('0', '4k'), ('139', '16k'), ('139', '64k')] -> 'with 0 at 4k, with 139 at 16k and 64k'"""
    names = {}
    for status, name in pairs:
        names.setdefault(status, []).append(name)
    return ', '.join(f'with {status} at {listed(sizes)}' for status, sizes in names.items())


def describe(sizes):
    """What is wrong, in words."""
    parts = []
    if not all(size.good for size in sizes):
        parts.append('it ends ' + by_size((size.ending(), size.name) for size in sizes))
        expected = {size.expected for size in sizes}
        if len(expected) > 1:
            parts[0] += ', instead of ' + by_size((status_text(size.expected), size.name) for size in sizes)
        elif expected != {0}:
            parts[0] += f', instead of with {status_text(sizes[0].expected)}'
    for first in sizes:
        if names := [size.name for size in sizes if size.differs_only and size.like is first]:
            parts.append(f'what it prints at {listed(names)} is not what it prints at {first.name}')
    return '; '.join(parts)


def unjudged(judgement):
    """Why nothing can be said, or None."""
    runs = [run for size in judgement.sizes for run in size.runs]
    for run in runs:
        if run.refused:
            return f'at {run.size} it could not be started: {run.refused}'
    for size in judgement.sizes:
        for descriptor, name in DESCRIPTORS.items():
            if any(run.truncated(descriptor) for run in size.runs):
                return f'at {size.name} it prints more to {name} than is kept'
    return None


def decide(judgement, masks):
    """(word, sentence), of sizes whose runs all ended."""
    sizes = judgement.sizes
    if why := unjudged(judgement):
        return 'unjudged', why
    compare(judgement, masks)
    late = [size.name for size in sizes if any(run.end.get('timed_out') for run in size.runs)]
    unsteady = [group[0] for group in groups(sizes) if len(group[0].statuses) > 1]
    well = not late and all(size.well for size in sizes)
    if well:
        ending = by_size((size.ending(), size.name) for size in sizes)
        return 'well', '' if {size.expected for size in sizes} == {0} else f'it ends {ending}, as expected'
    what = f'no end in time at {listed(late)}' if late else describe(sizes)
    if calls := judgement.influential():
        return 'unjudged', f"{what}; but it called what Granule lacks, and that may be why: {', '.join(calls)}"
    if late:
        return 'timeout', what
    if unsteady:
        size = unsteady[0]
        return 'unjudged', f'two runs at {size.name} end differently, with {size.ending()}: that is chance, not page size'
    alike = not any(size.good or size.differing for size in sizes) and len({tuple(size.statuses) for size in sizes}) == 1
    return 'fails' if alike else 'differs', what


def judge(program, sizes, expected, runs, masks=()):
    """Of all runs, each of which ended or was refused. What a regular expression of `masks` matches isn't compared."""
    judgement = Judgement(program, sizes=[Size(name, status, [run for run in runs if run.size == name])
                                          for name, status in zip(sizes, expected)])
    judgement.version = runs[0].version
    judgement.missing = collect_missing(runs)
    judgement.word, judgement.sentence = decide(judgement, masks)
    return judgement
