# SPDX-License-Identifier: BSD-2-Clause
"""CPUs, threads and locks: cpus, cpu, threads, locks."""

import console


class Cpus(console.Test):
    SETTINGS = {'SMP': '4'}

    @console.at_each_granule
    def test_cpus(self, prompt):
        def states():
            return [(cpu['number'], cpu['affinity'], cpu['state']) for cpu in prompt.json('cpus --json')['cpus']]
        everyone = [(0, 0, 'busy'), (1, 1, 'idle'), (2, 2, 'idle'), (3, 3, 'idle')]
        self.assertEqual(states(), everyone)
        for number in (3, 1):
            prompt.run(f'cpu off {number}')
        self.assertEqual([state for *_, state in states()], ['busy', 'off', 'idle', 'off'])
        self.assertRegex(prompt.run('cpus'), r'(?m)^3 +0x3  off +0 ')
        # Twice, or what isn't there: a reason, and nothing has changed.
        for command, why in (('cpu off 3', '3 is off'), ('cpu off 0', '0 is the boot CPU'), ('cpu on 2', '2 is on'),
                             ('cpu on 4', "4 isn't in the devicetree"), ('cpu off 4', '4 was never on'),
                             ('cpu', 'write cpu on NUMBER'), ('cpu on', 'write cpu on NUMBER'), ('cpu on x', 'write cpu on NUMBER'),
                             ('cpu on -1', 'write cpu on NUMBER'), ('cpu up 1', 'write cpu on NUMBER'),
                             ('cpu on 1 2', 'write cpu on NUMBER'), ('cpu on 4294967296', 'write cpu on NUMBER'),
                             ('cpus all', 'is too much')):
            self.assertIn(why, prompt.refuse(command), command)
        for number in (1, 3):
            prompt.run(f'cpu on {number}')
        self.assertEqual(states(), everyone)

    @console.at_each_granule
    def test_threads(self, prompt):
        threads = prompt.json('threads --json')['threads']
        self.assertEqual([(t['number'], t['name'], t['state'], t['waits'], t['priority'], t['cpu']) for t in threads],
                         [(1, 'main', 'runs', '', 'normal', 0)])
        prompt.run('sleep 0.02')
        self.assertGreater(prompt.json('threads --json')['threads'][0]['runs'], threads[0]['runs'])
        self.assertRegex(prompt.run('threads'), r'(?m)^1 +main +runs +normal +0 ')
        self.assertIn('it runs, on CPU 0', prompt.run('threads 1'))
        for command in ('threads 0', 'threads 99', 'threads x', 'threads 4294967297'):
            self.assertIn("is no thread's number", prompt.refuse(command), command)
        self.assertIn('is too much', prompt.refuse('threads -x'))

    @console.at_each_granule
    def test_all_of_them_under_stress(self, prompt):
        for number in (2, 3):
            prompt.run(f'cpu off {number}')
        self.assertIn('stress: 400 rounds on 2 CPUs, seed 3:', prompt.run('stress 400 3'))
        self.assertIn('stress: 100 rounds on 1 CPU, seed 3:', prompt.run('stress 100 3 1'))
        self.assertIn('and 2 CPUs run', prompt.refuse('stress 100 3 3'))
        for number in (2, 3):
            prompt.run(f'cpu on {number}')
        self.assertEqual([thread['name'] for thread in prompt.json('threads --json')['threads']], ['main'])
