# SPDX-License-Identifier: BSD-2-Clause
"""Every interleaving of a few CPUs' steps, for models of what the kernel does without a lock.

A CPU is a dict from a label to a function, which does one step on a View and returns the next label, WAIT if it
can't be done yet (and then has changed nothing), or END. Stores go to a buffer of the CPU's own and reach memory
later, in any order but for stores to the same variable and for releases, which come after all earlier ones: what
Arm allows of stores. Loads are done in the order of the program.

explore() returns the first violation with the steps that led to it, or None: a step said `wrong`, nobody can go on
and somebody has not ended, or from some state on no one ever ends.
"""

WAIT, END = 'WAIT', 'END'


class Wrong(Exception):
    pass


class View:
    """Memory as one CPU sees it."""

    def __init__(self, memory, buffer):
        self.memory = memory
        self.buffer = buffer

    def __getitem__(self, name):
        for stored, value, _ in reversed(self.buffer):
            if stored == name:
                return value
        return self.memory[name]

    def __setitem__(self, name, value):
        self.buffer.append((name, value, False))

    def release(self, name, value):
        self.buffer.append((name, value, True))

    def is_settled(self):
        """A barrier goes on once this CPU's stores are seen by all."""
        return not self.buffer

    def at_once(self, name, value):
        """A store that is seen by all: for what the CPU remembers itself, and for what hardware does."""
        self.memory[name] = value

    def take(self, lock):
        """A load and a store in one: false if somebody has it."""
        if any(stored == lock for stored, _, _ in self.buffer) or self.memory[lock]:
            return False
        self.memory[lock] = 1
        return True

    def wrong(self, what):
        raise Wrong(what)


def flushes(buffer):
    """Which stores may reach memory next."""
    for at, (name, _, release) in enumerate(buffer):
        if release and at:
            continue
        if all(earlier != name for earlier, _, _ in buffer[:at]):
            yield at


def successors(state, cpus):
    memory, places, buffers = state
    for i, cpu in enumerate(cpus):
        for at in flushes(buffers[i]):
            changed = dict(memory)
            changed[buffers[i][at][0]] = buffers[i][at][1]
            left = buffers[i][:at] + buffers[i][at + 1:]
            yield f'{i}: {buffers[i][at][0]} is seen', freeze(changed, places, replaced(buffers, i, left))
        if places[i] == END:
            continue
        view = View(dict(memory), list(buffers[i]))
        try:
            place = cpu[places[i]](view)
        except Wrong as wrong:
            yield f'{i}: {places[i]}: {wrong}', None
            continue
        if place != WAIT:
            yield (f'{i}: {places[i]}',
                   freeze(view.memory, replaced(places, i, place), replaced(buffers, i, tuple(view.buffer))))


def replaced(items, at, item):
    return items[:at] + (item,) + items[at + 1:]


def freeze(memory, places, buffers):
    return tuple(sorted(memory.items())), places, buffers


def is_over(state):
    return all(place == END for place in state[1])


def trace(state, came_from):
    steps = []
    while came_from[state]:
        state, step = came_from[state]
        steps.append(step)
    return steps[::-1]


def explore(memory, *cpus):
    first = freeze(memory, ('start',) * len(cpus), ((),) * len(cpus))
    came_from, backward, todo = {first: None}, {first: []}, [first]
    while todo:
        state = todo.pop()
        nexts = list(successors(state, cpus))
        if not nexts and not is_over(state):
            return trace(state, came_from) + ['stuck at ' + ', '.join(state[1])]
        for step, after in nexts:
            if after is None:
                return trace(state, came_from) + [step]
            if after not in came_from:
                came_from[after] = state, step
                backward[after] = []
                todo.append(after)
            backward[after].append(state)
    ends = {state for state in came_from if is_over(state)}
    todo = list(ends)
    while todo:
        for before in backward[todo.pop()]:
            if before not in ends:
                ends.add(before)
                todo.append(before)
    for state in came_from:
        if state not in ends:
            return trace(state, came_from) + ['no end from here: ' + ', '.join(state[1])]
    return None
