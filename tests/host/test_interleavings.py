# SPDX-License-Identifier: BSD-2-Clause
"""Models of what CPUs do beside each other, in every interleaving; each finds the faults that are planted in it.

A label is a step, and names the line that it stands for.
"""

import pathlib
import sys
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from interleavings import END, WAIT, explore  # noqa: E402 (found by the line above)


def does(action, then):
    """A step that always can be done."""
    def step(m):
        action(m)
        return then
    return step


def locks(lock, then):
    return lambda m: then if m.take(lock) else WAIT


def unlocks(lock, then):
    return does(lambda m: m.release(lock, 0), then)


def sets(name, value, then):
    return does(lambda m: m.__setitem__(name, value), then)


def barrier(there, then):
    return lambda m: then if not there or m.is_settled() else WAIT


# ---- a thread waits, is woken, and goes on elsewhere: kernel/sched/sched.c, sched_wait, put, steal, run_next;
# ---- it ends, and its stack is freed: sched_leave, sched_settle


def run_elsewhere(m):
    if m['on stack']:
        m.wrong('two CPUs on one stack')
    if not m['registers']:
        m.wrong('goes on without its registers')
    return END


def sleeper(early=False, first=False):
    """`early`: the queue's lock is let go of before the switch; `first`: the waiter's, before the queue's is had."""
    steps = {
        'start': locks('waiters', 'wait_on: put_last'),
        'wait_on: put_last': sets('enqueued', 1, 'unlock first' if first else 'sched_wait: spin_lock(queue)'),
        'unlock first': unlocks('waiters', 'sched_wait: spin_lock(queue)'),
        'sched_wait: spin_lock(queue)': locks('queue', 'state = THREAD_WAITING'),
        'state = THREAD_WAITING': sets('state', 'waits', 'spin_unlock(lock)'),
        'spin_unlock(lock)': unlocks('waiters', 'run_next'),
        'run_next': does(lambda m: None, 'early unlock' if early else 'arch_switch: store registers'),
        'early unlock': unlocks('queue', 'arch_switch: store registers'),
        'arch_switch: store registers': sets('registers', 1, 'arch_switch: other stack'),
        'arch_switch: other stack': sets('on stack', 0, 'next: spin_unlock(queue)'),
        'next: spin_unlock(queue)': does(lambda m: None, END) if early else unlocks('queue', END),
    }
    if first:
        steps['spin_unlock(lock)'] = does(lambda m: None, 'run_next')
    return steps


# Whoever wakes, and then takes it over: what it does as one CPU another one could do as well.
WAKER = {
    'start': locks('waiters', 'wait_wake: queue->first?'),
    'wait_wake: queue->first?': lambda m: 'put: spin_lock' if m['enqueued'] else 'nobody',
    'nobody': unlocks('waiters', 'start'),
    'put: spin_lock': locks('queue', 'put_last'),
    'put_last': sets('state', 'ready', 'put: spin_unlock'),
    'put: spin_unlock': unlocks('queue', 'wake: spin_unlock'),
    'wake: spin_unlock': unlocks('waiters', 'steal: spin_lock'),
    'steal: spin_lock': locks('queue', 'take_movable'),
    'take_movable': lambda m: 'steal: spin_unlock' if m['state'] == 'ready' else 'nothing',
    'nothing': unlocks('queue', END),
    'steal: spin_unlock': unlocks('queue', 'run'),
    'run': run_elsewhere,
}


def sleep_and_wake(**fault):
    return explore({'waiters': 0, 'queue': 0, 'state': 'runs', 'registers': 0, 'on stack': 1, 'enqueued': 0},
                   sleeper(**fault), WAKER)


def end_and_join(settles=True):
    leaver = sleeper()
    leaver['spin_unlock(lock)'] = does(lambda m: (m.__setitem__('ended', 1), m.release('waiters', 0)), 'run_next')
    joiner = {
        'start': locks('waiters', 'has_ended?'),
        'has_ended?': lambda m: 'unlock' if m['ended'] else 'again',
        'again': unlocks('waiters', 'start'),
        'unlock': unlocks('waiters', 'sched_settle: lock' if settles else 'free_thread'),
        'sched_settle: lock': locks('queue', 'sched_settle: unlock'),
        'sched_settle: unlock': unlocks('queue', 'free_thread'),
        'free_thread': lambda m: m.wrong('a stack is freed that is in use') if m['on stack'] else END,
    }
    return explore({'waiters': 0, 'queue': 0, 'state': 'runs', 'registers': 0, 'on stack': 1, 'enqueued': 0,
                    'ended': 0},
                   leaver, joiner)


# ---- a CPU goes to sleep while another one has work for it: call, look_around, idle, irq_wait


def idle(fence=True):
    return {
        'start': sets('idling', 1, 'look_around: dmb_ish'),
        'look_around: dmb_ish': barrier(fence, 'look_around: waiting'),
        'look_around: waiting': lambda m: 'lock' if m['waiting'] else 'irq_wait',
        'irq_wait': lambda m: 'take interrupt' if m['interrupt'] and m.is_settled() else WAIT,
        'take interrupt': does(lambda m: m.at_once('interrupt', 0), 'idling = false'),
        'idling = false': sets('idling', 0, 'start'),
        'lock': locks('queue', 'take_first'),
        'take_first': does(lambda m: m.__setitem__('waiting', m['waiting'] - 1), 'unlock'),
        'unlock': unlocks('queue', END),
    }


def caller(fence=True):
    return {
        'start': locks('queue', 'put_last'),
        'put_last': does(lambda m: m.__setitem__('waiting', m['waiting'] + 1), 'put: spin_unlock'),
        'put: spin_unlock': unlocks('queue', 'call: dmb_ish'),
        'call: dmb_ish': barrier(fence, 'call: is_idling'),
        'call: is_idling': lambda m: 'ipi_wake' if m['idling'] else END,
        # irq_send completes the stores before it.
        'ipi_wake': lambda m: 'interrupt' if m.is_settled() else WAIT,
        'interrupt': does(lambda m: m.at_once('interrupt', 1), END),
    }


def sleep_or_see(idle_fence=True, caller_fence=True):
    return explore({'queue': 0, 'idling': 0, 'waiting': 0, 'interrupt': 0}, idle(idle_fence), caller(caller_fence))


# ---- the same, of two threads for one CPU, beside another that sleeps: run_waiting


def run_waiting(calls=True, fence=True):
    """The CPU runs one thread for long. If two wait, one of them goes elsewhere: somebody calls the other CPU."""
    woken = {
        'start': sets('idling', 0, 'run_waiting: dmb_ish'),
        'run_waiting: dmb_ish': barrier(fence, 'run_waiting: waiting' if calls else 'lock'),
        'run_waiting: waiting': lambda m: 'call' if m['waiting'] > 1 else 'lock',
        'call': does(lambda m: m.at_once('called', 1), 'lock'),
        'lock': locks('queue', 'take_first'),
        'take_first': does(lambda m: m.__setitem__('waiting', m['waiting'] - 1), 'unlock'),
        'unlock': unlocks('queue', END),
    }
    puts = caller()
    puts['call: is_idling'] = lambda m: 'ipi_wake' if m['idling'] else 'call another'
    puts['call another'] = does(lambda m: m.at_once('called', 1), END)
    other = {'start': lambda m: END if m['called'] else WAIT}
    return explore({'queue': 0, 'idling': 1, 'waiting': 1, 'interrupt': 0, 'called': 0}, woken, puts, other)


# ---- what another CPU keeps is fetched in its interrupt: mm/page/pages_hot.c, mm/page/hot_text.c, take_all


def fetch(looks_at_pc=True):
    """A list is (first, ...). The interrupt comes between any two instructions of pages_alloc."""
    def interrupted(m):
        if m['pc'] and looks_at_pc:
            return WAIT  # asked again: ipi_call returned false
        m.at_once('taken', m['list'])
        m.at_once('list', ())
        return 'put_back'

    def own(m):
        if m['list'] == ():
            m.at_once('pc', 0)
            return END
        m.at_once('first', m['list'][0])
        m.at_once('next', m['list'][1:])
        return 'list->first = first->next'

    def has(m):
        m.at_once('list', m['next'])
        m.at_once('mine', (m['first'],))
        m.at_once('pc', 0)
        return 'use'

    def count(m):
        blocks = m['mine'] + m['list'] + m['buddy'] + m['taken']
        if sorted(blocks) != [1, 2]:
            m.wrong(f'blocks are {blocks}')
        return END

    allocates = {
        'start': does(lambda m: m.at_once('pc', 1), 'first = list->first'),
        'first = list->first': own,
        'list->first = first->next': has,
        'use': count,
    }
    asks = {
        'start': interrupted,
        'put_back': does(lambda m: (m.at_once('buddy', m['taken']), m.at_once('taken', ())), 'count'),
        'count': lambda m: WAIT if m['pc'] else count(m),
    }
    return explore({'list': (1, 2), 'first': 0, 'next': (), 'mine': (), 'taken': (), 'buddy': (), 'pc': 0},
                   allocates, asks)


# ---- a CPU meets an entry that is broken and not made yet: pgtable_replace.c, mmu_lock.c, trap.c


def fault(flushes=True, tries_lock=True, looks_first=False, ends=True):
    """The page moves from frame 1 to frame 2. `tlb`: what the other CPU remembers of the entry."""
    changes = {
        'start': locks('map', 'break'),
        'break': sets('entry', 0, 'dsb ishst'),
        'dsb ishst': barrier(True, 'tlbi' if flushes else 'make'),
        'tlbi': does(lambda m: m.at_once('tlb', 0), 'make'),
        'make': sets('entry', 2, 'dsb') if ends else lambda m: END,
        'dsb': barrier(True, 'moved'),
        'moved': does(lambda m: m.at_once('moved', 1), 'mmu_unlock'),
        'mmu_unlock': unlocks('map', END),
    }

    def access(m):
        if not m['tlb']:
            if not m['entry']:
                return 'mmu_settle'
            m.at_once('tlb', m['entry'])
        if m['moved'] and m['tlb'] == 1:
            m.wrong('the old page is used after the move')
        m.at_once('uses', m['uses'] + 1)
        return END if m['uses'] == 2 else 'start'

    def has_settled(m):
        if m['locked']:
            m.release('map', 0)
        if m['mapped']:
            return 'start'
        return 'bad access' if m['locked'] else 'mmu_settle'

    uses = {
        'start': access,
        'mmu_settle': does(lambda m: None, 'is_mapped first' if looks_first else 'spin_try_lock'),
        'is_mapped first': does(lambda m: m.at_once('mapped', m['entry']), 'spin_try_lock'),
        'spin_try_lock': does(lambda m: m.at_once('locked', 1 if not tries_lock or m.take('map') else 0),
                              'has_settled' if looks_first else 'is_mapped'),
        'is_mapped': does(lambda m: m.at_once('mapped', m['entry']), 'has_settled'),
        'has_settled': has_settled,
        'bad access': lambda m: m.wrong('a page that is mapped counts as a bad access'),
    }
    return explore({'map': 0, 'entry': 1, 'tlb': 0, 'moved': 0, 'uses': 0, 'mapped': 0, 'locked': 0}, changes, uses)


class Interleavings(unittest.TestCase):

    def find(self, violation, what):
        self.assertIsNotNone(violation, 'the planted fault is not found')
        self.assertIn(what, violation[-1], '\n'.join(violation))

    def hold(self, violation):
        self.assertIsNone(violation, violation and '\n'.join(violation))

    def test_a_thread_is_on_one_cpu(self):
        self.hold(sleep_and_wake())
        self.find(sleep_and_wake(early=True), '1: run: ')
        self.find(sleep_and_wake(first=True), '1: run: ')

    def test_a_stack_is_left_before_it_is_freed(self):
        self.hold(end_and_join())
        self.find(end_and_join(settles=False), 'freed')

    def test_no_wake_up_is_lost(self):
        self.hold(sleep_or_see())
        self.find(sleep_or_see(idle_fence=False), 'stuck at irq_wait')
        self.find(sleep_or_see(caller_fence=False), 'stuck at irq_wait')

    def test_two_that_wait_get_two_cpus(self):
        self.hold(run_waiting())
        self.find(run_waiting(calls=False), 'stuck')
        self.find(run_waiting(fence=False), 'stuck')

    def test_no_hot_block_is_lost(self):
        self.hold(fetch())
        self.find(fetch(looks_at_pc=False), 'blocks are')

    def test_a_fault_on_what_moves_goes_on(self):
        self.hold(fault())
        self.find(fault(flushes=False), 'old page')
        self.find(fault(tries_lock=False), 'bad access')
        self.find(fault(looks_first=True), 'bad access')
        self.find(fault(ends=False), 'no end')


if __name__ == '__main__':
    unittest.main()
