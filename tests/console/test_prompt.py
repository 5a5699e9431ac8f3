# SPDX-License-Identifier: BSD-2-Clause
"""The prompt itself: lines as a person types, edits and completes them, and the ways to end."""

import console

UP, DOWN, RIGHT, LEFT = '\x1b[A', '\x1b[B', '\x1b[C', '\x1b[D'
BACKSPACE, TAB = '\x7f', '\t'
CTRL_A = '\x01\x01'  # QEMU keeps one for itself


class Prompt(console.Test):
    SETTINGS = {'INITRD': console.KERNELS}

    @console.at_each_granule
    def test_help_has_a_line_a_command(self, prompt):
        names = [line.split()[0] for line in prompt.run('help').splitlines()]
        self.assertEqual(names, sorted(names))
        self.assertTrue({'granule', 'help', 'kexec', 'poweroff'} < set(names))
        self.assertTrue(all(len(line) < 80 for line in prompt.run('help').splitlines()))
        for name in names:
            self.assertTrue(prompt.run(f'help {name}').startswith(name))
        self.assertIn('one command at a time', prompt.refuse('help help help'))

    @console.at_each_granule
    def test_what_is_not_understood_is_refused_and_nothing_run(self, prompt):
        self.assertIn('helpp: no such command', prompt.refuse('helpp'))
        for line, why in (('help; nonsense', 'nonsense: no such command'),
                          ('help; help "help', 'a " that has no second one'),
                          ("help; 'help", "a ' that has no second one"),
                          ('help; help \\', 'a backslash'),
                          ('help ' + 'x ' * 40, 'more words'),
                          ('help nonsense', 'nonsense: no such command'),
                          ('poweroff now', 'now: it takes no arguments')):
            text = prompt.refuse(line)
            self.assertIn(why, text)
            self.assertNotIn('list the commands, or', text)
        self.assertEqual(prompt.run(''), '')
        self.assertEqual(prompt.run('  ;; ; '), '')

    @console.at_each_granule
    def test_what_is_cut_ends_its_line(self, prompt):
        word = 'x' * 480
        for line in (f'regs {word}', f'dmesg 1 {word}', f'fault {word}', f'kexec {word}'):
            self.assertRegex(prompt.refuse(line), f'(?m)^{line.split()[0]}: .*x{{300}}.*[.][.][.]$')
            self.assertEqual(prompt.refuse(line)[-1], '\n', line)

    @console.at_each_granule
    def test_the_first_command_that_fails_ends_a_line(self, prompt):
        text = prompt.refuse('help help; image nothing; help granule; help mem')
        self.assert_lines(text, '^help', '^image: nothing', '^not run:  help granule; help mem$')
        self.assertNotIn("granule's", text)

    @console.at_each_granule
    def test_quotes_keep_things_together(self, prompt):
        self.assertIn('no such; file', prompt.refuse('image "no such; file"'))
        self.assertIn('no such; file', prompt.refuse("image 'no such; file'"))
        self.assertIn('no such; file', prompt.refuse('image no\\ such\\;\\ file'))

    @console.at_each_granule
    def test_a_line_is_edited(self, prompt):
        expected = prompt.run('help help')
        for keys in ('hXelp hep' + LEFT + 'l' + CTRL_A + RIGHT + RIGHT + BACKSPACE,
                     'help' + CTRL_A + 'nonsense \x05 help' + CTRL_A + '\x1b[3~' * 9,
                     'all of this \x15help help',
                     'help help mistake\x17\x17help' + CTRL_A + '\x0bhelp help'):
            text, failed = prompt.ask(keys)
            self.assertFalse(failed, keys)
            self.assertEqual(text, expected, keys)
        prompt.type('nonsense\x03')
        prompt.until_prompt()
        self.assertEqual(prompt.run('help help'), expected)

    @console.at_each_granule
    def test_lines_typed_before_come_back(self, prompt):
        first, second = prompt.run('help help'), prompt.run('help kexec')
        self.assertEqual(prompt.run(UP), second)
        self.assertEqual(prompt.run(UP + UP), first)
        self.assertEqual(prompt.run('help kexec'), second)
        self.assertEqual(prompt.run('help' + UP + UP + DOWN + DOWN + ' help'), first)

    @console.at_each_granule
    def test_tab_completes(self, prompt):
        self.assertEqual(prompt.run('hel' + TAB), prompt.run('help'))
        self.assertEqual(prompt.run('help kexec_' + TAB), prompt.run('help kexec_chain'))
        self.assertIn('probe-offset', prompt.run('image pro' + TAB + '-o' + TAB))
        # Ambiguous: what there is, then the line again.
        prompt.type('kexec load Image --' + TAB)
        prompt.child.expect_exact('--reuse-cmdline')
        prompt.child.expect_exact('granule> kexec load Image --')
        prompt.type('\x15help help; hel' + TAB + 'hel' + TAB)
        self.assertEqual(prompt.run(''), prompt.run('help help; help help'))
        # Nothing fits: a bell, and the line as it was.
        prompt.type('qqq' + TAB)
        prompt.child.expect_exact('\a')
        prompt.type('\x15')
        self.assertEqual(prompt.run('test --l' + TAB), prompt.run('test --list'))
        self.assertIn('1..1', prompt.run('test truth_l' + TAB))
        self.assertEqual(prompt.run('reg' + TAB + 'SC' + TAB), prompt.run('regs SCTLR_EL1'))
        self.assertIn('is none', prompt.refuse('fault sp-m' + TAB + '\x7fX'))

    @console.at_each_granule
    def test_garbage_is_survived(self, prompt):
        for keys in ('\x00\x02\x1b\x1b[[[\x1b[999;999Z\x80\xff\xfe' * 20, '\x1b' * 50,
                     '"' * 300 + ';' * 100, 'x' * 3000, '\\' * 99, '\t' * 50 + 'a\t' * 20, '\x04' * 3):
            prompt.type(keys + '\x1b[m\x03')
            prompt.resynchronise()
            self.assertIn('help', prompt.run('help help'))

    @console.at_each_granule
    def test_a_long_line_scrolls(self, prompt):
        name = 'n' * 120
        self.assertIn(name, prompt.refuse(f'image {name}'))
        self.assertIn('y' * 64 + ': no such command', prompt.refuse('y' * 511))
        self.assertIn('longer than 511 characters: nothing of it was run', prompt.refuse('help;' * 110))

    @console.at_each_granule
    def test_poweroff_ends_the_machine(self, prompt):
        self.assertEqual(prompt.run_to_end('poweroff'), 'verdict: pass\n')
        self.assertEqual(prompt.status, 0)


if __name__ == '__main__':
    console.main()
