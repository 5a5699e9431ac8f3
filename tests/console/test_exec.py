# SPDX-License-Identifier: BSD-2-Clause
"""Programs at the prompt: exec."""

import console


class Exec(console.Test):
    SETTINGS = {'INITRD': console.PROGRAMS}

    @console.at_each_granule
    def test_many_times(self, prompt):
        text = prompt.run('exec --times=3 hello-bare')
        self.assertEqual(text.count('hello from'), 3)
        self.assert_lines(text, f'^exec: /hello-bare: 3 x exit 0, pages of {prompt.granule}$')
        # What is said of a death is said once.
        text = prompt.run('exec --times=3 signals 11')
        self.assert_lines(text, f'^exec: /signals: 3 x SIGSEGV, pages of {prompt.granule}$')
        self.assertEqual(prompt.run('exec --times=1 signals 0'), f'exec: /signals: 1 x exit 0, pages of {prompt.granule}\n')

    @console.at_each_granule
    def test_times_end_by_sigkill(self, prompt):
        text = prompt.refuse('exec --times=3 --timeout=1 hostile 1 1000000000')
        self.assert_lines(text, '^exec: /hostile: ended after 1 s$', '^exec: /hostile: 1 x SIGKILL,')

    @console.at_each_granule
    def test_control_c(self, prompt):
        prompt.type('exec hostile 1 1000000000\r')
        prompt.child.expect('hostile 1 1000000000\r+\n')
        prompt.type('\x03')
        text, failed = prompt.until_prompt()
        self.assertIn(f'exec: /hostile: SIGINT, pages of {prompt.granule}', text)
        self.assertFalse(failed)

    @console.at_each_granule
    def test_what_is_typed_is_its_input(self, prompt):
        prompt.type('exec cat\r')
        prompt.child.expect('exec cat\r+\n')
        prompt.type('one twp\x7fo\r')  # Backspace takes a character back,
        prompt.child.expect('one two\r+\n')
        prompt.type('all of it\x15three\r')  # Ctrl-U the line;
        prompt.child.expect('three\r+\n')
        prompt.type('four\x04')  # Ctrl-D gives what there is,
        prompt.child.expect('fourfour')
        prompt.type('\x04')  # and of nothing the end.
        text, failed = prompt.until_prompt()
        self.assertIn('cat: 3 reads', text)
        self.assertFalse(failed)
        # Beside the prompt, and from a file, nothing is typed.
        self.assertIn('cat: 0 reads', prompt.run('exec cat &; wait'))
        self.assertIn('cat: ', prompt.run('exec --stdin=cat cat'))

    @console.at_each_granule
    def test_control_backslash(self, prompt):
        prompt.type('exec hostile 1 1000000000\r')
        prompt.child.expect('hostile 1 1000000000\r+\n')
        prompt.type('\x1c')
        self.assertIn('exec: /hostile: SIGQUIT, pages of', prompt.until_prompt()[0])

    @console.at_each_granule
    def test_keys_that_are_handled(self, prompt):
        prompt.type('exec --times=5 signals wait\r')
        for key, said in (('', 'signals: waits'), ('\x03', 'signal 2'), ('\x03', 'signal 2'), ('\x1c', 'signal 3')):
            prompt.type(key)
            prompt.child.expect(f'{said}\r+\n')
        prompt.type('\x1c')
        text, failed = prompt.until_prompt()
        self.assertIn('exec: /signals: 1 x SIGKILL, pages of', text)
        self.assertTrue(failed)

    @console.at_each_granule
    def test_kill(self, prompt):
        def start(command):
            prompt.run(f'{command} &; sleep 0.5')
            return prompt.json('ps --json')['processes'][-1]['pid']

        pid = start('exec signals wait')
        for word, number in (('-INT', 2), ('-SIGQUIT', 3), ('-15', 15), ('-USR1', 10)):
            text = prompt.run(f'kill {word} {pid}; sleep 0.5')
            self.assert_lines(text, f'^signal {number}$')
        self.assertEqual(prompt.run('wait'), '')
        text = prompt.run(f"kill {start('exec signals wait')}; wait")
        self.assert_lines(text, '^exec: /signals: SIGKILL, pages of')
        text = prompt.run(f"kill -HUP {start('exec signals wait')}; wait")
        self.assert_lines(text, '^exec: /signals: SIGHUP, pages of')
        for word in ('-0', '-65', '-NONE', '-', '-SIG'):
            self.assertIn('is no signal: write -TERM', prompt.refuse(f'kill {word} 1'))
        for words in ('', '1 2', '-INT', '-INT 1 2'):
            prompt.refuse(f'kill {words}')
        prompt.refuse('kill -INT 99999')

    @console.at_each_granule
    def test_control_c_ends_all_runs(self, prompt):
        prompt.type('exec --times=1000000 hello-bare\r')
        prompt.child.expect('hello from hello-bare.*hello from hello-bare')
        prompt.type('\x03')
        text, failed = prompt.until_prompt()
        self.assertRegex(text, r'exec: /hello-bare: [0-9]+ x exit 0, pages of')
        self.assertFalse(failed)

    @console.at_each_granule
    def test_wait(self, prompt):
        self.assertEqual(prompt.run('wait'), '')
        text = prompt.run('exec --times=2 hello-bare &; exec hostile 1 1s &; wait; ps')
        self.assert_lines(text, '^exec: /hello-bare: 2 x exit 0', '^hostile: [0-9]+ calls, seed 1$', '^  pid pages')
        self.assertEqual(text.splitlines()[-1].split()[-1], 'name')  # nobody
        prompt.type('exec --timeout=60 signals wait &; wait\r')
        prompt.child.expect('; wait\r+\n')
        prompt.type('\x03')
        text, failed = prompt.until_prompt()
        self.assertNotIn('ended after', text)
        self.assertFalse(failed)
        pid = prompt.json('ps --json')['processes'][-1]['pid']
        self.assertIn('exec: /signals: SIGKILL', prompt.run(f'kill -KILL {pid}; wait'))
        prompt.refuse('wait 1')

    @console.at_each_granule
    def test_wrong_words(self, prompt):
        for words in ('', '--times=0 hello-bare', '--times= hello-bare', '--times=1000001 hello-bare', '--times=x hello-bare',
                      '--times=2 --report hello-bare', '--timeout=0 hello-bare', '--pagesize=5k hello-bare', '--more hello-bare'):
            self.assertIn(': write [--pagesize=4k|16k|64k]', prompt.refuse(f'exec {words}'))
        self.assertIn('there is no such file', prompt.refuse('exec --times=3 nothing'))
