# SPDX-License-Identifier: BSD-2-Clause
"""The prompt itself: help, words that are no command, and the ways to end."""

import console


class Prompt(console.Test):
    @console.at_each_granule
    def test_help_has_a_line_a_command(self, prompt):
        text = prompt.run('help')
        self.assert_lines(text, '^granule ', '^help ', '^poweroff ')

    @console.at_each_granule
    def test_what_is_no_command_is_refused(self, prompt):
        self.assertIn('no such command', prompt.refuse('helpp'))
        self.assertEqual(prompt.run(''), '')

    @console.at_each_granule
    def test_poweroff_ends_the_machine(self, prompt):
        self.assertEqual(prompt.run_to_end('poweroff'), 'verdict: pass\n')
        self.assertEqual(prompt.status, 0)


if __name__ == '__main__':
    console.main()
