# SPDX-License-Identifier: BSD-2-Clause
"""Is the output the same at each size? What differs between two runs at *one* size is chance, and is not compared.

Process numbers, times and addresses differ from run to run. So the first size runs twice, and where the two outputs
differ the template made of them has a hole: in a line, for a word; or for lines, where one has more of them than the other.
A hole takes any word of its kind (a number, a hexadecimal number, a word) at its place only, so that a page size that is
printed elsewhere still counts. If all lines are the same but in another order, the order isn't compared.

Neighbours: judge.py asks; report.py shows what was passed over.
"""

import difflib
import re

# A number keeps its fraction and its unit: half of it may be the same by chance.
TOKEN = re.compile(r'[0-9]+(?:[.,:][0-9]+)*[0-9A-Za-z_]*|[A-Za-z_][0-9A-Za-z_]*|[ \t]+|.', re.S)
NUMBER = re.compile(r'[0-9]+(?:[.,:][0-9]+)*')
HEX = re.compile(r'(?:0[xX])?[0-9a-fA-F]+')
WORD = re.compile(r'[0-9A-Za-z_.,:]+')
BLANKS = re.compile(r'[ \t]+')
KINDS = (('number', NUMBER), ('hex', HEX), ('word', WORD))
# Beyond these, lines are only compared place by place: what finds moved ones takes the square of their number.
LINES_MAX, LINE_MAX = 4000, 4000
DIFF_MAX = 200


def tokens(line):
    return TOKEN.findall(line)


def kind_of(a, b):
    """The narrowest kind that both are of; None if there is none."""
    return next((kind for kind in KINDS if kind[1].fullmatch(a) and kind[1].fullmatch(b)), None)


class Line:
    """A line of the first run, and which of its tokens are holes."""

    def __init__(self, text):
        self.text, self.parts, self.holes = text, None, {}

    def learn(self, other):
        """Make holes where `other` differs. False if it is another line altogether."""
        if other == self.text or (self.holes and self.matches(other)):
            return True
        if max(len(other), len(self.text)) > LINE_MAX:
            return False
        self.parts = self.parts or tokens(self.text)
        theirs = tokens(other)
        if len(theirs) != len(self.parts):
            return False
        found = {}
        for n, (a, b) in enumerate(zip(self.parts, theirs)):
            if a != b and not (BLANKS.fullmatch(a) and BLANKS.fullmatch(b)):
                found[n] = kind_of(a, b)
                if not found[n]:
                    return False
        if not found:  # blanks only
            return False
        for n, kind in found.items():
            old = self.holes.get(n)
            self.holes[n] = kind if not old else max(kind, old, key=lambda k: KINDS.index(k))
        return True

    def matches(self, other):
        if not self.holes:
            return other == self.text
        pattern = ''.join(self.holes[n][1].pattern if n in self.holes else '[ \\t]*' if BLANKS.fullmatch(part)
                          else re.escape(part) for n, part in enumerate(self.parts))
        return re.fullmatch(pattern, other) is not None

    def shown(self):
        if not self.holes:
            return self.text
        return ''.join(f'<{self.holes[n][0]}>' if n in self.holes else part for n, part in enumerate(self.parts))


class Template:
    """What an output has to be like, learnt from runs at one size."""

    def __init__(self, first, others):
        self.lines = [Line(text) for text in first.split('\n')]
        self.lost, self.gaps = set(), set()  # lines that aren't compared; places where others may stand
        self.any_order = False
        for other in others:
            self.learn(other.split('\n'))
        if not all(map(self.same, others)):  # another order, and other words
            self.any_order = False
            self.lose(range(len(self.lines)))

    def learn(self, other):
        mine = [line.text for line in self.lines]
        if other == mine:
            return
        if sorted(other) == sorted(mine):
            self.any_order = True
            return
        if len(other) == len(mine) and self.learn_lines(range(len(mine)), other):
            return
        if max(len(other), len(mine)) > LINES_MAX:
            self.lose(range(len(mine)))
            return
        for what, a, b, c, d in difflib.SequenceMatcher(None, mine, other, autojunk=False).get_opcodes():
            if what != 'equal' and not (b - a == d - c and self.learn_lines(range(a, b), other[c:d])):
                self.lose(range(a, b))
                self.gaps.add(b)

    def learn_lines(self, numbers, other):
        """All of these lines, or none."""
        before = [dict(self.lines[n].holes) for n in numbers]
        if all(self.lines[n].learn(text) for n, text in zip(numbers, other)):
            return True
        for n, holes in zip(numbers, before):
            self.lines[n].holes = holes
        return False

    def lose(self, numbers):
        self.lost.update(numbers)
        self.gaps.update(n + 1 for n in numbers)

    def compares(self):
        """Is there a line that is compared?"""
        return any(line.text and n not in self.lost for n, line in enumerate(self.lines))

    def same(self, text):
        """Could it be a run at the first size?"""
        theirs = text.split('\n')
        if theirs == [line.text for line in self.lines]:
            return True
        if self.any_order:
            return sorted(theirs) == sorted(line.text for line in self.lines)
        pieces, piece = [], []
        for n, line in enumerate(self.lines):
            if n in self.gaps:
                pieces.append(piece)
                piece = []
            if n not in self.lost:
                piece.append(line)
        pieces.append(piece)
        if len(self.lines) in self.gaps:
            pieces.append([])
        return fits(pieces, theirs)

    def chance(self):
        """What isn't compared: (line number from 1, how the line is shown)."""
        for n, line in enumerate(self.lines):
            if n in self.lost:
                yield n + 1, line.text
            elif line.holes:
                yield n + 1, line.shown()
        if self.any_order:
            yield 0, 'the order of its lines'
        elif self.gaps and not self.lost:
            yield min(self.gaps), 'lines that are there in one run only'

    def difference(self, text, names):
        """A unified diff, of what is compared, as a list of lines."""
        mine = [line.shown() for n, line in enumerate(self.lines) if n not in self.lost]
        theirs = text.split('\n')
        moved = len(theirs) != len(self.lines)
        theirs = [self.masked(n, line, moved) for n, line in enumerate(theirs)]
        if self.any_order:
            mine, theirs = sorted(mine), sorted(theirs)
        if max(len(mine), len(theirs)) > LINES_MAX:
            first = next((n for n, pair in enumerate(zip(mine, theirs)) if pair[0] != pair[1]), min(len(mine), len(theirs)))
            mine, theirs = mine[first:first + 3], theirs[first:first + 3]
            return [f'--- {names[0]}', f'+++ {names[1]}', f'@@ line {first + 1} @@',
                    *(f'-{line}' for line in mine), *(f'+{line}' for line in theirs)]
        return [line.rstrip('\n') for line in difflib.unified_diff(ended(mine), ended(theirs), *names, lineterm='')]

    def masked(self, number, text, moved):
        """A line of another output as it is shown: with holes where it fits the line at its place, or, if they moved, any."""
        nearby = self.lines[number:number + 1] + ([line for line in self.lines if line.holes] if moved else [])
        return next((line.shown() for line in nearby if line.matches(text)), text)


def ended(lines):
    """As a text without an end of its last line is shown."""
    return lines[:-1] if lines[-1:] in ([], ['']) else [*lines[:-1], f'{lines[-1]} (no end of line)']


def fits(pieces, lines):
    """Do the pieces follow each other in `lines`, with anything between them, but nothing before and after?"""
    def at(piece, start):
        return all(line.matches(lines[start + n]) for n, line in enumerate(piece))
    if sum(map(len, pieces)) > len(lines) or not at(pieces[0], 0):
        return False
    if len(pieces) == 1:
        return len(lines) == len(pieces[0])
    start, last = len(pieces[0]), len(lines) - len(pieces[-1])
    for piece in pieces[1:-1]:
        # The first place is as good as any: what comes later has the more room.
        while start + len(piece) <= last and not at(piece, start):
            start += 1
        if start + len(piece) > last:
            return False
        start += len(piece)
    return at(pieces[-1], last)
