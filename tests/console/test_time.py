# SPDX-License-Identifier: BSD-2-Clause
"""Time and interrupts: sleep, irqs, and a machine that nobody types at."""

import os
import time

import console


def cpu_seconds(pid):
    """What a process has used of processors so far."""
    with open(f'/proc/{pid}/stat', encoding='utf-8') as file:
        fields = file.read().rpartition(')')[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


class Time(console.Test):
    SETTINGS = {'SMP': '4'}

    @console.at_each_granule
    def test_sleep(self, prompt):
        for text, seconds in (('1', 1), ('0.25', 0.25), ('0', 0), ('0.000000001', 0)):
            start = time.monotonic()
            prompt.run(f'sleep {text}')
            self.assertGreaterEqual(time.monotonic() - start, seconds * 0.99)
        for text in ('', 'x', '1.', '.5', '1.5x', '-1', '86401', '0.0000000001', '1 2', '99999999999999999999'):
            self.assertIn('write a number of seconds', prompt.refuse(f'sleep {text}'))

    @console.at_each_granule
    def test_irqs(self, prompt):
        def counts():
            return {irq['name']: irq['count'] for irq in prompt.json('irqs --json')['interrupts']}
        before = counts()
        prompt.run('sleep 0.01')
        after = counts()
        self.assertGreater(after['timer'], before['timer'])
        self.assertGreater(after['console'], before['console'])
        self.assertRegex(prompt.run('irqs'), r'(?m)^33 +[0-9]+  console\r?$')
        self.assertIn('is too much', prompt.refuse('irqs all'))

    @console.at_each_granule
    def test_idle_costs_nothing(self, prompt):
        prompt.run('irqs')
        time.sleep(0.2)
        before = cpu_seconds(prompt.child.pid)
        time.sleep(5)
        self.assertLess(cpu_seconds(prompt.child.pid) - before, 0.1)
        prompt.run('irqs')


class Keys(console.Test):
    SETTINGS = {'GIC': '2'}

    @console.at_each_granule
    def test_what_is_typed_while_a_command_runs_is_kept(self, prompt):
        prompt.type('sleep 0.5\r')
        time.sleep(0.1)
        prompt.type('help mem\r')
        prompt.child.expect('where memory went')
        self.assertFalse(prompt.until_prompt()[1])
