# SPDX-License-Identifier: BSD-2-Clause
"""Kernel-virtual memory: areas, and what an address is."""

import re

import console

VMAP = 0xffffd00000000000


class Vm(console.Test):
    SETTINGS = {'MEM': '128M', 'CMDLINE': 'nokaslr'}

    @console.at_each_granule
    def test_areas(self, prompt):
        self.assertRegex(prompt.run('vm'), r'^vmap: 0 areas of 0 B, tables for them take ')
        prompt.run('alloc vmalloc 3M')
        # The lowest one fits below.
        prompt.run('alloc movable 1M 5')
        text = prompt.run('vm')
        self.assert_lines(text, r'^vmap: 6 areas of 8 MiB, ', r' 3 MiB, vmalloc by hand_take\+0x',
                          r' 4 areas of 1 MiB, movable_alloc by hand_take\+0x')
        prompt.run('free all')
        text = prompt.run(f'alloc vmalloc {prompt.page_bytes}')
        virtual, physical = re.search(r' at (0x[0-9a-f]+), physical (0x[0-9a-f]+);', text).groups()
        self.assertRegex(prompt.run('vm'), rf'{prompt.page_bytes >> 10} KiB, vmalloc by hand_take\S+, physical {physical}\n')
        self.assert_lines(prompt.run(f'vm {int(virtual, 16) + 8:#x}'), f'is in the area of {prompt.page_bytes} bytes at {virtual}, ',
                          f'is mapped to physical {int(physical, 16) + 8:#x}, ')
        for guard, where in ((int(virtual, 16) - 1, 'before'), (int(virtual, 16) + prompt.page_bytes, 'after')):
            self.assert_lines(prompt.run(f'vm {guard:#x}'), f'is in the guard page {where} the area', 'is not mapped$')
        prompt.run('free all')

    @console.at_each_granule
    def test_what_an_address_is(self, prompt):
        rows = {0: 'below the kernel.s half', 0xfffe000000000000: 'below the kernel.s half',
                0xffff000040000000: 'in the linear map, where physical 0x40000000 would be',
                0xffff000000000000: 'in the linear map, where physical 0 would be',
                0xffff800000000000 + 0x40000000 // prompt.page_bytes * 8:
                    'in the frame table: the word of the page at physical 0x40000000',
                0xffff808000000000: 'in the image, 0 bytes from its start: text, _start.0x0',
                0xffff808000800000: "in the image.s window, for device registers",
                0xffff808000c00000: "in the image.s window, for the devicetree at boot",
                0xffff808001000000: "in a window for images that the kernel didn.t take",
                VMAP + (1 << 40): 'among vmap areas, in none',
                0xffffe00000000000: 'in no region', 0xffffffffffffffff: 'in the last 64 KiB'}
        mapped = (0xffff000040000000, 0xffff800000000000 + 0x40000000 // prompt.page_bytes * 8, 0xffff808000800000)
        for address, what in rows.items():
            text = prompt.run(f'vm {address:#x}')
            self.assertRegex(text, what)
            # The image's first pages are given back where they can be.
            if address != 0xffff808000000000:
                self.assertIn('is mapped to physical' if address in mapped else 'is not mapped', text, hex(address))

    @console.at_each_granule
    def test_garbage_is_refused(self, prompt):
        for line in ('vm x', 'vm -1', 'vm 0x', 'vm 0x10000000000000000', 'vm 1 2'):
            self.assertRegex(prompt.refuse(line), '^vm: ')
        self.assertIn('no such command', prompt.refuse('vmap'))


if __name__ == '__main__':
    console.main()
