# SPDX-License-Identifier: BSD-2-Clause
"""The system registers in words, on CPUs from the oldest to the newest."""

import re

import console

NAMES = ('CurrentEL SPSel SP DAIF SCTLR_EL1 CPACR_EL1 TCR_EL1 TTBR0_EL1 TTBR1_EL1 MAIR_EL1 VBAR_EL1 ESR_EL1 '
         'FAR_EL1 ELR_EL1 SPSR_EL1 CNTFRQ_EL0 CNTPCT_EL0 CNTVCT_EL0 MIDR_EL1 MPIDR_EL1 CTR_EL0 ID_AA64MMFR0_EL1 '
         'ID_AA64MMFR1_EL1 ID_AA64MMFR2_EL1 ID_AA64ISAR0_EL1 ID_AA64PFR0_EL1').split()


class Regs(console.Test):
    SETTINGS = {'MEM': '128M'}

    @console.at_each_granule
    def test_all(self, prompt):
        prompt.run('sleep 0.001')  # so that there was an interrupt
        text = prompt.run('regs')
        self.assertEqual(re.findall(r'^(\S+) +[0-9a-f]{16}  \S', text, re.M), NAMES)
        self.assert_lines(text, '^CurrentEL .* EL1$', '^SP .* bytes above', 'masked: debug, FIQ$',
                          '^SCTLR_EL1 .* MMU on, data cache on, instruction cache on,',
                          f'^TCR_EL1 .* TTBR0: off, .*; TTBR1: on, 48 bits .*, granule {prompt.granule}, ',
                          '^VBAR_EL1 .* vectors[+]0x0$', '^ESR_EL1 .* no exception but interrupts so far$',
                          '^ID_AA64MMFR0_EL1 .* 4k yes.*, 16k yes.*, 64k yes, ')

    @console.at_each_granule
    def test_one(self, prompt):
        line = prompt.run('regs TCR_EL1')
        self.assertRegex(line, '^TCR_EL1 .*\n$')
        for name in ('tcr', 'Tcr_el1', 'TCR'):
            self.assertEqual(prompt.run(f'regs {name}'), line)
        self.assertRegex(prompt.run('regs sp'), '^SP  .*\n$')

    @console.at_each_granule
    def test_refuses(self, prompt):
        for name in ('TCR_EL2', 'tc', 'x0', '--json'):
            self.assertIn(f'regs: "{name}" is none of these', prompt.refuse(f'regs {name}'))
        self.assertIn('regs: "sp" is too much', prompt.refuse('regs tcr sp'))


class Cpus(console.Test):
    """Nothing of it traps, whatever the CPU has, entered at EL2."""

    def test_each(self):
        for name, has_16k in (('Cortex-A35', 'yes'), ('Cortex-A53', 'no'), ('Cortex-A72', 'no'), ('Neoverse-N1', 'yes')):
            cpu = name.lower()
            with self.subTest(cpu=cpu):
                prompt = console.Prompt('64k', {'CPU': cpu, 'EL2': '1', 'MEM': '128M'})
                try:
                    text = prompt.run('regs')
                finally:
                    prompt.end()
                self.assertEqual(re.findall(r'^(\S+) +[0-9a-f]{16}  \S', text, re.M), NAMES)
                self.assert_lines(text, f'^MIDR_EL1 .* {name} r',
                                  f'^ID_AA64MMFR0_EL1 .* 4k yes, 16k {has_16k}, 64k yes, ')


if __name__ == '__main__':
    console.main()
