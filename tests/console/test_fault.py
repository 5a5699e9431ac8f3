# SPDX-License-Identifier: BSD-2-Clause
"""Traps that end in a panic which names them: those that have no row in tests/matrix.cfg."""

import console

# What the panic says, in some line each.
FAULTS = {
    'write-alias': r'^write of 0xffff0000[0-9a-f]+: permission fault, level [23]$',
    'exec-unmapped': r'^execution of 0xffffffffffff0000: translation fault, level [0-3]$',
    'unmapped': r'^read of 0xffffffffffff0000: translation fault, level [0-3]$',
    'outside': r'^read of 0x80000000000000: translation fault, level [01]$',
    'no-device': r'^read of 0xffff8[0-3][0-9a-f]{4}[89ab][0-9a-f]{5}: external abort, code 16$',
    'pc-misaligned': r'^exception: synchronous from EL1, misaligned PC,',
    'sp-misaligned': r"^the stack can't be used: sp is 0x[0-9a-f]+8, which is misaligned$",
    'svc': r'^exception: synchronous from EL1, SVC,',
    'fp': r'^exception: synchronous from EL1, trapped FP or SIMD,',
    'illegal-state': r'^exception: synchronous from EL1, illegal execution state,',
    'breakpoint': r'^exception: synchronous from EL1, breakpoint,',
    'watchpoint': r'^exception: synchronous from EL1, watchpoint,',
    'step': r'^exception: synchronous from EL1, single step,',
}


class Fault(console.Test):
    SETTINGS = {'MEM': '128M'}

    def provoke(self, prompt, name):
        text = prompt.run_to_end(f'fault {name}')
        self.assertRegex(text, r'^Kernel panic - not syncing: trap_handle: unexpected exception at 0x')
        self.assert_lines(text, FAULTS[name], r'^call trace:$', r'^  [0-9a-f]{16} kernel_main\+',
                          r'^log: the last 20 lines:$|^log: the last 1[0-9] lines:$')
        self.assertRegex(text, r'\nverdict: panic\n$')
        self.assertEqual(prompt.status, 1)

    @console.at_each_granule
    def test_names(self, prompt):
        text = prompt.run('fault')
        self.assert_lines(text, *(f'^{name} +[a-z]' for name in FAULTS), r'^panic +panic$')
        self.assertIn('"nothing" is none; `fault` lists them', prompt.refuse('fault nothing'))
        self.assertIn('"null" is too much', prompt.refuse('fault panic null'))


for fault in FAULTS:
    def test(self, prompt, name=fault):
        self.provoke(prompt, name)
    for granule in console.GRANULES:
        setattr(Fault, f'test_{fault.replace("-", "_")}_at_{granule}', Fault.with_machine(test, granule))


class CrashKernel(console.Test):
    SETTINGS = {'INITRD': console.KERNELS, 'CMDLINE': 'crashkernel=64M'}

    @console.at_each_granule
    def test_starts_whatever_trapped(self, prompt):
        prompt.run('kexec -p probe')
        text = prompt.run_to_end('fault fp')
        self.assert_lines(text, FAULTS['fp'], '^kexec: starting the crash kernel at', '^probe: el=1 ')
        self.assertEqual(prompt.status, 0)


if __name__ == '__main__':
    console.main()
