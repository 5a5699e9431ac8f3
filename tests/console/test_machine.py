# SPDX-License-Identifier: BSD-2-Clause
"""Commands about the machine and the tests in it: bench, test, inject, hotpath, reboot."""

import re

import console


class Machine(console.Test):
    SETTINGS = {'CMDLINE': 'cma=16M'}

    @console.at_each_granule
    def test_guest_tests(self, prompt):
        names = prompt.run('test --list').split()
        self.assertIn('truth_line', names)
        self.assertEqual(len(set(names)), len(names))
        text = prompt.run('test truth_line')
        self.assert_lines(text, '^KTAP version 1$', r'^1\.\.1$', '^ok 1 ')
        self.assertIn('there is no test "nothing"', prompt.refuse('test nothing'))
        self.assert_lines(prompt.refuse('test truth_line,nothing'), '^ok 1 truth_line', '^# 1 of 1 passed$')
        self.assertIn('in one word', prompt.refuse('test truth_line nothing'))
        self.assertIn('there is no test', prompt.refuse('test ' + 'x' * 400))

    @console.at_each_granule
    def test_guest_tests_of_a_region_want_it_idle(self, prompt):
        test = 'test cma_is_not_idle_while_others_lack_memory,cma_wait_for_a_pin_is_bounded'
        at = re.search(r' at (0x[0-9a-f]+)', prompt.run('cma claim 1M'))[1]
        self.assertEqual(prompt.run(test).count('SKIP no idle CMA region'), 2)
        prompt.run(f'cma release {at} 1M; cma fill')
        self.assertEqual(prompt.run(test).count('SKIP no idle CMA region'), 2)
        prompt.run('cma drain')
        self.assertNotIn('SKIP', prompt.run(test))

    @console.at_each_granule
    def test_bench_says_what_it_needs(self, prompt):
        self.assertIn('-icount shift=0', prompt.refuse('bench boot'))

    @console.at_each_granule
    def test_inject(self, prompt):
        self.assertTrue(prompt.run('inject'))
        prompt.run('inject slab:every=3')
        self.assert_lines(prompt.run('inject'), 'slab')
        prompt.run('inject all:off')
        for line in ('inject nothing', 'inject slab:nth=0', 'inject slab:share=3/2', 'inject slab', 'inject slab:every=x'):
            self.assertIn('inject: write SITE:RULE', prompt.refuse(line))

    @console.at_each_granule
    def test_hotpath_shows_patched_words(self, prompt):
        self.assertTrue(prompt.run('hotpath'))
        self.assertIn('takes no arguments', prompt.refuse('hotpath all'))

    @console.at_each_granule
    def test_reboot_comes_back(self, prompt):
        self.assertIn('takes no arguments', prompt.refuse('reboot now'))
        text = prompt.run('reboot')
        self.assert_lines(text, '^verdict: pass$', '^Granule ', f'^pagesize={prompt.granule} ')


class Small(console.Test):
    SETTINGS = {'MEM': '64M'}

    @console.at_each_granule
    def test_guest_tests_leave_nothing(self, prompt):
        prompt.run('test')  # what memory is kept for is there
        before = prompt.json('mem --json')['owners']
        prompt.run('test')
        self.assertEqual(prompt.json('mem --json')['owners'], before)


class Counted(console.Test):
    SETTINGS = {'ICOUNT': '1'}

    @console.at_each_granule
    def test_bench(self, prompt):
        self.assert_lines(prompt.run('bench boot'), '^bench: boot [0-9]+$', '^bench: used_bytes [0-9]+$')
        self.assert_lines(prompt.run('bench pages'), r'^bench: pages_1 \d+\.\d\d$')
        self.assertIn('nothing: boot, helpers', prompt.refuse('bench nothing'))


if __name__ == '__main__':
    console.main()
