#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-2-Clause
"""The spin lock's instructions, as they stand in its sources, on three CPUs in every interleaving.

What is in the asm statements of include/arch/spinlock.h and arch/arm64/cpu/spinlock.c is read and
executed here: there is no second lock. Looked at are mutual exclusion, first come first served, no wake-up
that is lost, and that a critical section sees what the one before wrote. Of the machine:

  exclusives  a monitor for each CPU, cleared by every other CPU's store to the lock
  events      a register for each CPU: WFE waits until it is set, and clears it; SEVL sets it, and so does
              a monitor that another CPU's store clears. Nothing else does: real CPUs wake more often
  order       a load without acquire lets the critical section's load be done before it; a store without
              release may be seen before what was stored earlier

Source: Arm ARM (DDI 0487, J.a), "Synchronization and semaphores", "Wait for Event mechanism".
"""

import os
import re
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
HEADER, WAIT = 'include/arch/spinlock.h', 'arch/arm64/cpu/spinlock.c'
CPUS = 3


def read(path):
    with open(os.path.join(TOP, path), encoding='utf-8') as file:
        return file.read()


def asm_of(text, function):
    """The instructions of a function's asm statement: [label or None, name, operands...]."""
    body = text[re.search(rf'^static inline \w+ {function}\(|^static \w+ {function}\(', text, re.MULTILINE).end():]
    body = body[body.index('asm volatile('):]
    body = body[:re.search(r'"\s*:\s*"', body).start() + 1]
    lines, label = [], None
    for line in ''.join(re.findall(r'"([^"]*)"', body)).replace('\\n', '\n').replace('\\t', ' ').split('\n'):
        match = re.match(r'\s*(\d+):\s*(.*)$', line)
        label, line = (match[1], match[2].strip()) if match else (label, line.strip())
        if line.startswith('.') and label:
            lines.append((label, 'nop'))
            label = None
        if line:
            lines.append((label, line))
            label = None
    if label:
        lines.append((label, 'nop'))
    return lines


class Program:
    """lock(); critical section; unlock(), as one list of instructions, branches as indices."""

    def __init__(self, header, wait):
        take = asm_of(header, 'spin_take')
        at = take.index((None, '.subsection 1'))
        hot, cold = take[:at], take[at + 1:]
        cold = cold[:cold.index((None, '.previous'))]
        # The call keeps all registers: what it does stands in its place.
        call = next(i for i, (_, line) in enumerate(cold) if line.startswith('bl '))
        entry, leave = cold[0][0], cold[-1][1].split()
        assert leave[0] == 'b' and leave[1].rstrip('fb') == hot[-1][0], cold
        assert all(line.startswith(('stp', 'str', 'ldr')) and 'sp' in line for _, line in cold[:call] + cold[call + 1:-1]), cold
        parts = [('take', hot), ('section', [(None, 'section')]), ('unlock', asm_of(header, 'spin_unlock')),
                 ('end', [(None, 'end')]), ('wait', [(entry, 'nop'), *asm_of(wait, 'wait')]), ('back', [(None, 'back')])]
        self.code, self.labels = [], {}
        for name, lines in parts:
            for label, line in lines:
                if label:
                    self.labels.setdefault((('take' if label == entry else name), label), len(self.code))
                self.code.append((name, line))
        self.section = self.code.index(('section', 'section'))
        self.steps = [self.decode(name, line) for name, line in self.code]

    def decode(self, part, line):
        """(name, operands): registers are (name, has it 32 bits), branches indices. One name is one register."""
        name, _, rest = line.partition(' ')
        operands = []
        for word in (word.strip(' []') for word in rest.split(',')) if rest else ():
            if word.startswith('%'):
                number = word.lstrip('%w')
                if part == 'wait': # its third operand is what spin_take drew, its first a register of its own
                    number = {'2': '0'}.get(number, 'wait' + number)
                operands.append((number, word.startswith('%w')))
            elif name in ('cbnz', 'b'):
                operands.append(self.labels[part, word.rstrip('fb')])
            else:
                operands.append(word)
        return name, operands


def explore(header, wait, word=0):
    """None, or what goes wrong in some interleaving. Each CPU takes the lock once and adds 1 to `data`."""
    program = Program(header, wait)
    # pc, registers, has it a monitor, an event; data that was read early, and that is stored but not seen.
    cpu = (0, (), False, False, None, None)
    # The lock's word, data, CPUs; who drew a number, and how many of them came in.
    start = (word, 0, (cpu,) * CPUS, (), 0)
    seen, todo = {start}, [start]
    while todo:
        state = todo.pop()
        if all(program.steps[cpu[0]][0] == 'end' and cpu[5] is None for cpu in state[2]):
            if state[1] != CPUS:
                return 'a critical section did not see the one before'
            continue
        found = [after for i in range(CPUS) for after in step(program, state, i)]
        # What a CPU may read early is no reason for it to go on.
        if all((program.steps[cpu[0]][0] == 'wfe' and not cpu[3] or program.steps[cpu[0]][0] == 'end') and cpu[5] is None
               for cpu in state[2]):
            return 'a CPU sleeps for ever'
        for after in found:
            if isinstance(after, str):
                return after
            if after not in seen:
                seen.add(after)
                todo.append(after)
    return None


def step(program, state, i):
    """What CPU i may do next: states, or a text for what is wrong."""
    word, data, cpus, drawn, served = state
    pc, registers, monitor, event, early, buffered = cpus[i]
    values = dict(registers)
    part, (name, operands) = program.code[pc][0], program.steps[pc]

    def value(operand):
        if isinstance(operand, str):
            return int(operand.lstrip('#'), 0)
        return values[operand[0]] & (0xffffffff if operand[1] else 0xffffffffffffffff)

    def go(pc=pc + 1, word=word, data=data, drawn=drawn, served=served, stored=False, **changes):
        mine = {'monitor': monitor, 'event': event, 'early': early, 'buffered': buffered} | changes
        new = list(cpus)
        new[i] = (pc, tuple(sorted(values.items())), *mine.values())
        if stored: # to the lock: others lose their monitors, which is an event for them
            new = [(*cpu[:2], False, True, *cpu[4:]) if j != i and cpu[2] else cpu for j, cpu in enumerate(new)]
        return word, data, tuple(new), drawn, served

    if buffered is not None: # what was stored may be seen at any time,
        yield go(pc=pc, data=buffered, buffered=None)
    if part in ('take', 'wait') and early is None: # and what will be read may be read at any time,
        yield go(pc=pc, early=data)
    if name in ('ldaxr', 'ldxr', 'ldaxrh', 'ldrh'):
        values[operands[0][0]] = word & 0xffff if name.endswith('h') else word
        # but not before a load with acquire.
        yield go(monitor='x' in name or monitor, early=None if name.startswith('lda') else early)
    elif name == 'ldxrh':
        values[operands[0][0]] = word & 0xffff
        yield go(monitor=True)
    elif name == 'stxr':
        values[operands[0][0]] = int(not monitor)
        if monitor:
            yield go(word=value(operands[1]), monitor=False, stored=True, drawn=drawn + (i,))
        else:
            yield go()
    elif name == 'str': # instead of STXR
        yield go(word=value(operands[0]), stored=True, drawn=drawn + (i,))
    elif name in ('stlrh', 'strh'):
        if name == 'strh' or buffered is None:
            yield go(word=word & ~0xffff | value(operands[0]) & 0xffff, stored=True)
    elif name in ('add', 'eor'):
        bits = 32 if operands[0][1] else 64
        shift, amount = operands[3].split() if len(operands) == 4 else ('lsl', '0')
        left, right, amount = value(operands[1]), value(operands[2]), int(amount.lstrip('#'))
        right = {'lsl': right << amount, 'lsr': right >> amount, 'ror': right >> amount | right << bits - amount}[shift]
        right &= (1 << bits) - 1
        values[operands[0][0]] = (left + right if name == 'add' else left ^ right) & (1 << bits) - 1
        yield go()
    elif name == 'cbnz':
        yield go(pc=operands[1] if value(operands[0]) else pc + 1)
    elif name == 'back':
        yield go(pc=program.section)
    elif name == 'sevl':
        yield go(event=True)
    elif name == 'wfe':
        if event:
            yield go(event=False)
    elif name == 'nop':
        yield go()
    elif name == 'section':
        if any(cpu[0] > program.section and program.code[cpu[0]][0] == 'unlock' for cpu in cpus):
            yield 'two CPUs hold the lock'
        elif drawn[served] != i:
            yield 'a CPU came out of turn'
        else:
            values.clear()
            yield go(buffered=(data if early is None else early) + 1, served=served + 1, early=None)
    elif name != 'end':
        raise ValueError(name)


class Lock(unittest.TestCase):
    def setUp(self):
        self.header, self.wait = read(HEADER), read(WAIT)

    def put(self, text, old, new):
        self.assertEqual(len(re.findall(old, text)), 1, old)
        return re.sub(old, new, text)

    def test_right(self):
        for word in (0, 0xffffffffffff << 16 | 0xffff): # all numbers wrap around in the second
            with self.subTest(hex(word)):
                self.assertIsNone(explore(self.header, self.wait, word=word))

    def test_without_sevl(self):
        self.assertEqual(explore(self.header, self.put(self.wait, r'   sevl', '   nop')), 'a CPU sleeps for ever')

    def test_without_monitor(self):
        self.assertEqual(explore(self.header, self.put(self.wait, r'ldaxrh %w0, %1', 'ldrh %w0, %1')), 'a CPU sleeps for ever')

    def test_without_acquire(self):
        take = r'(spin_take\(struct spinlock \*lock\)\n(?:.*\n)*?.*1: )ldaxr'
        stale = 'a critical section did not see the one before'
        self.assertEqual(explore(self.put(self.header, take, r'\1ldxr'), self.wait), stale)
        self.assertEqual(explore(self.header, self.put(self.wait, 'ldaxrh', 'ldxrh')), stale)

    def test_without_release(self):
        self.assertEqual(explore(self.put(self.header, r'"stlrh', '"strh'), self.wait), 'a critical section did not see the one before')

    def test_without_exclusive(self):
        take = r'(spin_take\(struct spinlock \*lock\)\n(?:.*\n)*?.*"   )stxr  %w2, %1, (.*?)\\n"\n(.*)cbnz  %w2, 1b'
        self.assertIn(explore(self.put(self.header, take, r'\1str %1, \2\\n"\n\3nop'), self.wait),
                      ('two CPUs hold the lock', 'a CPU came out of turn', 'a CPU sleeps for ever'))

    def test_without_waiting(self):
        self.assertEqual(explore(self.put(self.header, r'"   cbnz  %w1, 2f\\n"\n(\s+)"3:', r'"   nop\\n"\n\1"3:'), self.wait),
                         'two CPUs hold the lock')


if __name__ == '__main__':
    unittest.main()
