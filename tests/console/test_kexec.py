# SPDX-License-Identifier: BSD-2-Clause
"""kexec at the prompt: from one kernel's prompt to the next one's, and every word that is wrong."""

import console

NEXT = {'4k': '16k', '16k': '64k', '64k': '4k'}


class Kexec(console.Test):
    SETTINGS = {'INITRD': console.KERNELS}

    @console.at_each_granule
    def test_files_and_images(self, prompt):
        self.assert_lines(prompt.run('files'), ' Image$', r'^initrd: \d+ members with')
        self.assertIn('now: it takes no arguments', prompt.refuse('files now'))
        self.assertIn('page size unspecified', prompt.run('image Image'))
        self.assertIn('no such file', prompt.refuse('image nothing'))
        self.assertIn('write image NAME', prompt.refuse('image'))
        self.assertIn('write image NAME', prompt.refuse('image Image Image'))

    @console.at_each_granule
    def test_load_show_unload(self, prompt):
        self.assertIn('nothing is loaded', prompt.run('kexec show'))
        before = prompt.run('mem').splitlines()[0]
        for load, show, unload in (('kexec load probe -- a=b', 'kexec show', 'kexec unload'),
                                   ("kexec -l probe --append='a=b c'", 'kexec -S', 'kexec -u'),
                                   ('kexec --load probe --args=args', 'kexec', 'kexec --unload')):
            self.assert_lines(prompt.run(load), '^kexec: kernel ', '^kexec: devicetree ', '^kexec: entry at')
            self.assert_lines(prompt.run(show), '^kexec: kernel ')
            self.assertEqual(prompt.run(unload), '')
            self.assertIn('nothing is loaded', prompt.run(show))
        # What the heap grew by for the first load stays; nothing else does.
        prompt.run('kexec load probe; kexec unload')
        after = prompt.run('mem').splitlines()[0]
        prompt.run('kexec load probe; kexec unload')
        self.assertEqual(prompt.run('mem').splitlines()[0], after)
        self.assertEqual(before.split()[0], after.split()[0])

    @console.at_each_granule
    def test_what_is_wrong_is_refused(self, prompt):
        for line, why in (('kexec exec', 'nothing is loaded'),
                          ('kexec -e', 'nothing is loaded'),
                          ('kexec load', 'kexec: load: not understood'),
                          ('kexec nonsense', 'kexec: nonsense: not understood'),
                          ('kexec load nothing', 'no such file'),
                          ('kexec load probe --dest=17', 'kexec:'),
                          ('kexec load probe --dest=zero', '--dest=zero: not understood'),
                          ('kexec load probe --initrd=', '--initrd=: not understood'),
                          ('kexec load probe --args=args -- more', 'exclude each other'),
                          ('kexec -p probe', 'crashkernel'),
                          ('kexec load probe -- ' + 'x' * 600, 'longer than 511 characters'),
                          ('kexec load elf', 'ELF'),
                          ('kexec_chain', 'kexec_chain'),
                          ('kexec_chain none', 'kexec_chain')):
            self.assertIn(why, prompt.refuse(line), line)
        self.assertIn('nothing is loaded', prompt.run('kexec show'))
        self.assertTrue(prompt.refuse('kexec load probe --reuse-cmdline -- x').endswith('-p -u and -e\n'))

    @console.at_each_granule
    def test_exec_ends_at_the_next_prompt(self, prompt):
        other = NEXT[prompt.granule]
        prompt.run(f"kexec load Image -- pagesize={other} 'run=granule; nothing' x=\"y z\"")
        text = prompt.run_to_end('kexec exec')
        self.assert_lines(text, f'^pagesize={other} requested={other}', 'nothing: no such command', '^verdict: fail')
        self.assertIn(f'Kernel command line: pagesize={other} "run=granule; nothing" "x=y z"', text)
        self.assertEqual(prompt.status, 1)
        prompt = self.machine(prompt.granule)
        prompt.run(f'kexec load Image --append=pagesize={other}')
        text = prompt.run('kexec exec')
        self.assert_lines(text, f'^pagesize={other} requested={other}', '^Type `help`')
        prompt.run('granule')
        prompt.end()


if __name__ == '__main__':
    console.main()
