# SPDX-License-Identifier: BSD-2-Clause
"""Locks, and what they protect by tests/locks.cfg: rule 8.

A lock is taken and released by what is done to its word: exclusives and stores that change it. Each CPU
that changed it by a store-exclusive waits in a queue, whose first one holds it: that is a lock of one
bit, and one of tickets. A CPU holds it once it has looked with acquire; a store with release lets go.
"""

import collections
import configparser
import os
import re

import debuginfo
import sites

LINEAR_BASE, FRAME_TABLE_BASE, FRAME_TABLE_BYTES = 0xffff000000000000, 0xffff800000000000, 1 << 39
KIND_MASK = 0xf
LINE_SHIFT = 6
WORD_BYTES = 8 # of a lock: its class comes after that
TABLE = 'tests/locks.cfg'
ACQUIRING = re.compile(r'ld(ax|a)r[bh]?$|ldaxp$')
LOADS = re.compile(r'ld(ax|a|x)r[bh]?$|ldaxp$|ldxp$')
EXCLUSIVE = re.compile(r'st(lx|x)r[bh]?$')
RELEASE = re.compile(r'stlr[bh]?$')


class BadTable(Exception):
    pass


class Word:
    """A lock's own word."""

    def __init__(self, lock, pa, size):
        self.lock, self.pa, self.size = lock, pa, size
        self.value, self.queue, self.since, self.used = 0, [], 0, False

    def bits(self, pa, size, value=None):
        """What is, or becomes, of some of its bytes."""
        shift, mask = 8 * (pa - self.pa), (1 << 8 * size) - 1
        if value is not None:
            self.value = self.value & ~(mask << shift) | (value & mask) << shift
        return self.value >> shift & mask


class Holder(Word):
    """A mutex: held while it has a holder, a thread, which may be on another CPU by then."""


class Lock:
    """A section of the table."""

    def __init__(self, name, section):
        self.name, self.words = name, []
        unknown = set(section) - {'lock', 'data', 'objects', 'from', 'gone', 'code', 'words', 'tables', 'made', 'idle', 'unlocked'}
        if unknown:
            raise BadTable(f'[{name}]: {sorted(unknown)}')
        self.place, self.data = section['lock'], section.get('data', '').split()
        self.object_type, _, members = section.get('objects', '').partition(':')
        self.members, self.sources = members.split(), section.get('from', '').split()
        self.gone = section.get('gone', '')
        self.code = set(section.get('code', '').split())
        self.kinds = section.get('words', '').split()
        self.tables, self.made = 'tables' in section, section.get('made', '')
        self.idle = 'idle' in section
        self.reads, self.writes = set(), set()
        for line in filter(None, section.get('unlocked', '').split('\n')):
            function, _, reason = line.strip().partition(': ')
            if not reason:
                raise BadTable(f'[{name}]: {line}: no reason')
            self.reads.add(function.removeprefix('writes '))
            if function.startswith('writes '):
                self.writes.add(function.removeprefix('writes '))


def read_table(top):
    parser = configparser.ConfigParser(interpolation=None, delimiters=('=',), default_section=None,
                                       comment_prefixes=('#',), empty_lines_in_values=False)
    with open(os.path.join(top, TABLE), encoding='utf-8') as file:
        parser.read_file(file)
    return [Lock(name, parser[name]) for name in parser.sections()]


class Locks:
    def __init__(self, fail, found, table, info=None):
        self.fail, self.sites, self.table = fail, found, table
        self.info = info or debuginfo.of(found)
        self.at = {}        # bytes of locks: Word
        self.protected = {} # bytes of data: (Word, what)
        self.sources = {}   # pointers to objects: Word
        self.enders = {}    # bytes whose writer has an object back: the object
        self.objects = {}   # their addresses: what they have in the three above
        self.learned = set()  # locks that had any
        self.near = set()   # lines with any of those
        self.frames = {}    # frame words that were stored
        self.kinds = [(lock, {self.info.enumerators['FRAME_' + kind.upper()] for kind in lock.kinds})
                      for lock in table if lock.kinds]
        self.seen = collections.defaultdict(dict) # of a CPU: {Word: (time, value, was it with acquire)}
        self.code = {}      # sites: locks under which all that is there runs
        self.time = 0
        for lock in table:
            try:
                self.set_up(lock)
            except (BadTable, KeyError) as error:
                self.fail(8, str(error), 0)
        places = [place for lock in table for place in lock.code]
        some = [offset for offset, site in found.at.items()
                if site.kind in ('touch', 'locked_call') and any(place.startswith(site.file + ':') for place in places)]
        for offset, functions in zip(some, found.callers(some)):
            self.code[offset] = [lock for lock in table if lock.code.intersection(functions)]
            places = [place for place in places if place not in functions]
        for place in places:
            self.fail(8, f'{place}: no such function', 0)

    # ---- the table ----

    def physical(self, address):
        return address - sites.LINK_BASE + sites.LOAD_BASE

    def variable(self, place):
        """(address, type) of each thing that FILE:VARIABLE.MEMBER names."""
        file, _, path = place.rpartition(':')
        first, dot, rest = path.partition('.')
        name = first.removesuffix('[]')
        if (file, name) not in self.info.variables:
            raise BadTable(f'{place}: no such variable')
        address, kind = self.info.variables[file, name]
        path = (first[len(name):] + dot + rest).removeprefix('.')
        return [(self.physical(address) + offset, what) for offset, what in self.info.place(kind, path)]

    def set_up(self, lock):
        if ':' in lock.place:
            instances = [(pa, None, 0) for pa, _ in self.variable(lock.place)]
        else:
            name, _, member = lock.place.partition('.')
            kind = self.info.structs[name]
            offset = self.info.place(kind, member)[0][0]
            instances = [(self.physical(address) + base + offset, kind, self.physical(address) + base)
                         for address, what in self.info.variables.values() for base in self.info.inside(what, name)]
        size = min(self.info.size(self.info.structs['spinlock']), WORD_BYTES)
        mutex = self.info.structs.get('mutex')
        is_mutex = ':' in lock.place and getattr(self.variable(lock.place)[0][1], 'name', '') == 'mutex'
        for pa, kind, base in instances:
            within = self.info.place(mutex, 'lock')[0][0] if is_mutex else 0
            word = Word(lock, pa + within, size)
            self.enter(word)
            if is_mutex:
                self.protect(word, f'{lock.place}.queue', None, 0, self.protected, (word, 'queue'))
                word = Holder(lock, pa + self.info.place(mutex, 'word')[0][0], WORD_BYTES)
                self.enter(word)
            lock.words.append(word)
            for member in lock.data:
                self.protect(word, member, kind, base, self.protected, (word, member.rpartition(':')[2]))
            for source in lock.sources:
                if not source.startswith(lock.object_type + '.'):
                    self.protect(word, source, kind, base, self.sources, word)

    def enter(self, word):
        for at in range(word.pa, word.pa + word.size):
            self.at[at] = word
        self.note(word.pa, word.size)

    def protect(self, word, member, kind, base, where, what):
        places = self.variable(member) if ':' in member else \
            [(base + offset, of) for offset, of in self.info.place(kind, member)]
        for pa, of in places:
            self.note(pa, self.info.size(of))
            for at in range(pa, pa + self.info.size(of)):
                where[at] = what

    def note(self, pa, size):
        self.near.update(range(pa >> LINE_SHIFT, (pa + size - 1 >> LINE_SHIFT) + 1))

    def finish(self, whole):
        """Locks that the kernel has, and the table has not; and, if the row is about all of them, unused ones."""
        for (file, name), (address, kind) in self.info.variables.items():
            if any(self.physical(address) + offset not in self.at for offset in self.info.inside(kind, 'spinlock')):
                self.fail(8, f'{file}:{name} has a lock that {TABLE} does not name', 0)
        for lock in self.table:
            if whole and not lock.idle and not any(word.used for word in lock.words):
                self.fail(8, f"{lock.name}'s lock was never taken", 0)
            if whole and lock.object_type and lock not in self.learned:
                self.fail(8, f'no {lock.object_type} of {lock.name} was seen', 0)

    # ---- objects ----

    def learn(self, word, pa):
        if pa in self.objects:
            return
        self.learned.add(word.lock)
        kind, held = self.info.structs[word.lock.object_type], []
        self.objects[pa] = held
        members = [(self.protected, (word, f'{kind.name}.{member}'), member) for member in word.lock.members]
        members += [(self.sources, word, source.partition('.')[2]) for source in word.lock.sources
                    if source.startswith(kind.name + '.')]
        if '(' not in word.lock.gone:
            members.append((self.enders, pa, word.lock.gone))
        for where, what, member in members:
            for offset, of in self.info.place(kind, member):
                self.note(pa + offset, self.info.size(of))
                for at in range(pa + offset, pa + offset + self.info.size(of)):
                    where[at] = what
                    held.append((where, at))

    def forget(self, pa):
        for where, at in self.objects.pop(pa, ()):
            where.pop(at, None)

    def called(self, function, registers, physical):
        for lock in self.table:
            name, _, register = lock.gone.partition('(')
            if name == function and register:
                self.forget(physical(registers(register.rstrip(')'))))

    # ---- locks ----

    def holds(self, cpu, word):
        if isinstance(word, Holder):
            return word.value != 0
        if not word.queue or word.queue[0] is not cpu:
            return False
        return self.seen[cpu].get(word, (0,))[0] >= word.since

    def acquired(self, cpu, word):
        """Was its last look at the lock one with acquire? A mutex's spin lock is watched by itself."""
        if isinstance(word, Holder):
            return True
        return self.seen[cpu].get(word, (0, 0, False))[2]

    def is_held(self, cpu, lock):
        """One of its words; or none was ever taken, and what it protects is being made."""
        return any(self.holds(cpu, word) for word in lock.words) or \
            bool(lock.made) and not any(word.used for word in lock.words)

    def operate(self, cpu, site, offset, pa, registers):
        """An exclusive, a load with acquire, a store with release."""
        word = self.at.get(pa)
        if not word:
            return
        self.time += 1
        name = site.words[0]
        size = {'b': 1, 'h': 2}.get(name[-1]) or (4 if site.words[1][0] == 'w' or EXCLUSIVE.match(name) else 8)
        if LOADS.match(name):
            self.seen[cpu][word] = self.time, word.value, bool(ACQUIRING.match(name))
        elif EXCLUSIVE.match(name):
            value = self.seen[cpu].get(word, (0, 0))[1]
            if value != word.value: # somebody else was faster
                return
            word.bits(pa, size, registers(site.words[2]))
            word.used = True
            if isinstance(word, Holder):
                return
            word.queue.append(cpu)
            if word.queue[0] is cpu:
                word.since = 0
        elif RELEASE.match(name):
            if not isinstance(word, Holder):
                self.release(cpu, word, offset)
            word.bits(pa, size, registers(site.words[1]))
        else:
            self.fail(8, f'{name} on {word.lock.name}: not known here', offset)

    def release(self, cpu, word, offset):
        if self.holds(cpu, word):
            if not self.acquired(cpu, word):
                self.fail(8, f'{word.lock.name} was taken without acquire', offset)
            word.queue.pop(0)
            word.since = self.time
        elif not self.is_exempt(word.lock, offset, True):
            self.fail(8, f'{word.lock.name} is released by a CPU that does not hold it', offset)

    # ---- data ----

    def touch(self, cpu, offset, pa, size, written):
        """`written`: values, or None for a load."""
        if pa >> LINE_SHIFT not in self.near and pa + size - 1 >> LINE_SHIFT not in self.near:
            return
        for at in range(pa, pa + size):
            if at in self.protected:
                self.judge(cpu, *self.protected[at], offset, written is not None)
                break
        if written is None:
            return
        for i, value in enumerate(written):
            at = pa + i * (size // len(written))
            if at in self.enders:
                self.forget(self.enders[at])
            if at in self.sources and LINEAR_BASE <= value < FRAME_TABLE_BASE:
                self.learn(self.sources[at], value - LINEAR_BASE)
            if at in self.at and not isinstance(self.at[at], Holder) and self.holds(cpu, self.at[at]):
                self.fail(8, f'{self.at[at].lock.name} is released by a store without release', offset)
                self.release(cpu, self.at[at], offset)

    def touch_range(self, cpu, offset, pa, count, writes):
        """By a function that isn't watched inside."""
        for line in range(pa >> LINE_SHIFT, pa + count + (1 << LINE_SHIFT) - 1 >> LINE_SHIFT):
            if line not in self.near:
                continue
            for at in range(max(pa, line << LINE_SHIFT), min(pa + count, line + 1 << LINE_SHIFT)):
                if at in self.protected:
                    self.judge(cpu, *self.protected[at], offset, writes)
                    return

    def judge(self, cpu, word, what, offset, writes):
        if word.lock.made and not word.used:
            return
        if not self.holds(cpu, word):
            if not self.is_exempt(word.lock, offset, writes):
                self.fail(8, f"{what} is {'written' if writes else 'read'} without {word.lock.name}'s lock", offset)
        elif not self.acquired(cpu, word):
            self.fail(8, f'{what} is used, and {word.lock.name} was taken without acquire', offset)

    def run(self, cpu, offset):
        """Code that runs under a lock."""
        for lock in self.code.get(offset, ()):
            if not self.is_held(cpu, lock) and not self.is_exempt(lock, offset, True):
                self.fail(8, f"code runs without {lock.name}'s lock", offset)

    def frame(self, cpu, offset, va, value):
        old, self.frames[va] = self.frames.get(va, 0), value
        for lock, kinds in self.kinds:
            if {old & KIND_MASK, value & KIND_MASK} & kinds and not self.is_held(cpu, lock) and \
                    not self.is_exempt(lock, offset, True):
                self.fail(8, f"a frame word changes without {lock.name}'s lock: {old & KIND_MASK}, {value & KIND_MASK}",
                          offset)

    def table_store(self, cpu, offset):
        for lock in self.table:
            if lock.tables and not self.is_held(cpu, lock) and not self.is_exempt(lock, offset, True):
                self.fail(8, f"a live table changes without {lock.name}'s lock", offset)

    # ---- exemptions ----

    def is_exempt(self, lock, offset, writes):
        names = {place.rpartition(':')[2] for place in self.sites.callers([offset])[0]}
        return bool(names & (lock.writes if writes else lock.reads))
