# SPDX-License-Identifier: BSD-2-Clause
"""Random use of all memory: repeatable, stoppable, and in the end all is as before."""

import re

import console


class Stress(console.Test):
    SETTINGS = {'MEM': '128M', 'CMDLINE': 'cma=16M nokaslr'}

    @console.at_each_granule
    def test_all_is_given_back(self, prompt):
        text = prompt.run('stress 1500 7')
        self.assert_lines(text, '^stress: 1500 rounds on 1 CPU, seed 7: 6 checks of everything$', 'pieces: [1-9][0-9]+ taken, .* pins: [1-9][0-9]+,',
                          'claims: [1-9][0-9]+, which moved', 'all is given back, and .* as before$')

    @console.at_each_granule
    def test_what_is_given_back_was_taken(self, prompt):
        taken, given = re.search(r'pieces: ([0-9]+) taken, 0 refused, ([0-9]+) given', prompt.run('stress 1 0')).groups()
        self.assertEqual(taken, given)

    @console.at_each_granule
    def test_the_same_seed_repeats_a_run(self, prompt):
        texts = []
        for seed in (7, 7, 8):
            # Memory that was used is not the same memory.
            self.machine(prompt.granule).end()
            texts.append(self.machine(prompt.granule).run(f'stress 1000 {seed}').replace('seed 8', 'seed 7'))
        self.assertEqual(texts[0], texts[1])
        self.assertNotEqual(texts[0], texts[2])

    @console.at_each_granule
    def test_with_allocations_that_fail(self, prompt):
        prompt.run('inject pages:share=1/5:3,slab:share=1/5:3,vmap:share=1/5:3,tables:share=1/5:3,migrate:share=1/9:3')
        self.assertRegex(prompt.run('stress 1000 3'), 'all is given back')
        prompt.run('inject all:off')

    @console.at_each_granule
    def test_control_c_ends_it(self, prompt):
        prompt.type('stress 100000000 1\r')
        prompt.child.expect('stress 100000000 1')
        prompt.type('x\x03')
        text, failed = prompt.until_prompt()
        self.assertFalse(failed)
        self.assertRegex(text, r'stress: [0-9]+ rounds on 1 CPU until stopped, seed 1: ')
        self.assertIn('as before', text)

    @console.at_each_granule
    def test_garbage_is_refused(self, prompt):
        for line in ('stress x', 'stress 0', 'stress 1 x', 'stress 1 2 3', 'stress -1'):
            self.assertRegex(prompt.refuse(line), '^stress: write stress ')


class Terabyte(console.Test):
    """Claims of GiB, of memory that the host has not touched yet: within a minute, and not all of it."""

    SETTINGS = {'MEM': '1T', 'CMDLINE': 'cma=16G'}

    def test_little_of_it_is_touched(self):
        self.assertRegex(self.machine('4k').run('stress 1000 1'), 'all is given back, and .* as before')


if __name__ == '__main__':
    console.main()
