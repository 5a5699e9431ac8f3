# SPDX-License-Identifier: BSD-2-Clause
"""scripts/machine.py: settings become exactly the QEMU command that they should."""

import pathlib
import struct
import subprocess
import sys
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(TOP / 'scripts'))
import machine  # noqa: E402 (found by the line above)


def command(text='', **settings):
    """The command as one line, for settings as 'MEM=1G EL2=1' or by name."""
    given = dict(word.split('=', 1) for word in text.split())
    return ' '.join(machine.qemu_command({**given, **settings}))


class Machine(unittest.TestCase):
    def test_default(self):
        self.assertEqual(command(), 'qemu-system-aarch64 -M virt,gic-version=3 -cpu max -m 512M '
                         '-nographic -nic none -semihosting-config enable=on,target=native '
                         f'-kernel {machine.BUILD}/Image')

    def test_exact_counting_has_all_that_makes_a_run_repeat(self):
        words = command('ICOUNT=1').split()
        for option in ('-M virt,gic-version=3,dtb-randomness=off', '-seed 1',
                       '-cpu max,pauth-impdef=on', '-icount shift=0,sleep=off'):
            name, value = option.split()
            self.assertEqual(words[words.index(name) + 1], value)

    def test_no_command_line_means_none(self):
        self.assertNotIn('-append', command())
        self.assertIn('-append pagesize=64k', command('PAGESIZE=64k'))
        self.assertIn('-append run="a; b" pagesize=16k',
                      command(PAGESIZE='16k', CMDLINE='run="a; b"'))

    def test_large_memory_is_not_reserved_on_the_host(self):
        self.assertNotIn('reserve', command('MEM=512M'))
        for size in ('8G', '1T'):
            self.assertIn(f'-M virt,gic-version=3,memory-backend=m -cpu max '
                          f'-object memory-backend-ram,id=m,size={size},reserve=off -m {size} ',
                          command(f'MEM={size}'))

    def test_numa_nodes_share_the_memory(self):
        text = command('NUMA=2 MEM=1G')
        self.assertEqual(text.count('size=512M,reserve=off -numa node,memdev=m'), 2)
        with self.assertRaises(machine.WrongSetting):
            command('NUMA=3 MEM=64M')

    def test_switches(self):
        self.assertIn(',virtualization=on', command('EL2=1'))
        self.assertIn(',secure=on', command('SECURE=1'))
        self.assertIn('gic-version=2', command('GIC=2'))
        self.assertIn('-smp 4', command('SMP=4'))
        self.assertIn('-s -S', command('GDB=1'))
        self.assertIn('-gdb unix:path=/tmp/a,,b,server=on,wait=off -S', command('GDB=/tmp/a,b'))
        self.assertNotIn('semihosting', command('SEMIHOSTING=0'))
        self.assertIn('-cpu cortex-a53', command('CPU=cortex-a53'))

    def test_firmware(self):
        self.assertIn(f'-bios {machine.EDK2} -kernel', command('LOADER=efi'))
        self.assertIn(f'file={machine.AAVMF} ', command('LOADER=efi FIRMWARE=aavmf'))
        self.assertIn(',acpi=off', command('LOADER=efi-disk ACPI=0'))
        self.assertIn(f"grub-{b'test'.hex()}.img", command('LOADER=grub CMDLINE=test'))

    def test_the_cpu_at_hand(self):
        line = command('ACCEL=kvm SMP=4')
        self.assertIn('-M virt,gic-version=host -accel kvm -cpu host ', line)
        self.assertNotIn('semihosting', line)

    def test_raspberry_pi(self):
        line = command('MACHINE=raspi3b PAGESIZE=64k')
        self.assertIn('-M raspi3b ', line)
        self.assertIn('-append pagesize=64k', line)
        self.assertIn('-dtb ' + machine.PREPARED, line)

    def test_junk_leaves_room_for_what_qemu_places(self):
        self.assertIn('junk-low,addr=0x40400000,', command('JUNK=1 MEM=64M'))
        self.assertIn('junk-high,addr=0x42200000,', command('JUNK=1 MEM=64M'))
        self.assertIn('junk-low,addr=0x40400000,', command('JUNK=1 MEM=64M INITRD=x'))
        self.assertNotIn('junk-high', command('JUNK=1 MEM=64M INITRD=x'))

    def test_every_loader(self):
        for loader in machine.LOADERS:
            more = 'ADDR=0x40400000' if loader == 'place' else ''
            with self.subTest(loader):
                self.assertIn('qemu-system-aarch64', command(f'LOADER={loader} {more}'))

    def test_command_line_for_uboot_survives_being_cut_into_words(self):
        line = 'run="granule; pt" pagesize=64k'
        words = machine.qemu_command({'LOADER': 'uboot-disk', 'CMDLINE': line})
        memory = {}
        for word in words:
            if word.startswith('loader,addr='):
                address, data = (part.split('=')[1] for part in word.split(',')[1:3])
                memory[int(address, 16)] = struct.pack('<Q', int(data, 16))
        text = b''.join(memory[address] for address in sorted(memory))
        self.assertEqual(text.partition(b'\0')[0], f'bootargs={line}\n'.encode())
        self.assertIn(b'\0', text)

    def test_wrong_settings_are_refused_and_say_what_is_right(self):
        for text, why in (('MEM=5', '512M'), ('MEM=0G', '512M'), ('GIC=4', '2, 3'), ('SMP=0', '1 to'),
                          ('SMP=9 GIC=2', '1 to 8'), ('EL2=yes', '0, 1'), ('LOADER=x', 'kexec'),
                          ('ADDR=0x40400000', 'LOADER=place'), ('LOADER=place', 'ADDR'),
                          ('LOADER=place ADDR=0x40400001', 'multiple'), ('CPUS=3', 'MEM'),
                          ('LOADER=place ADDR=0x40000000', '0x40200000'), ('CPU=a/b', '-cpu help'),
                          ('LOADER=bare PAGESIZE=4k', 'no way'), ('JUNK=1', 'MEM=64M'),
                          ('ACPI=0', 'only with LOADER=efi'), ('FIRMWARE=aavmf', 'only with LOADER=efi'),
                          ('MACHINE=raspi3b ACPI=0', 'not with MACHINE'), ('LOADER=efi-usb CMDLINE=x', 'no way'),
                          ('ACCEL=kvm CPU=max EL2=1', 'EL2: not with ACCEL=kvm'),
                          ('LOADER=grub CMDLINE=' + 130 * 'x', '110 characters'),
                          ('MACHINE=raspi3b MEM=1G', 'MEM: not with MACHINE=raspi3b')):
            with self.subTest(text), self.assertRaises(machine.WrongSetting) as caught:
                command(text)
            self.assertIn(why, str(caught.exception))

    def test_dry_run_prints_a_line_that_a_shell_reads_back(self):
        line = subprocess.run([TOP / 'scripts/run', '-n', 'CMDLINE=run="a b; c" $x', '--', '-d', 'in t'],
                              stdout=subprocess.PIPE, text=True, check=True).stdout
        words = subprocess.run(['sh', '-c', f'printf "%s\\n" {line}'], stdout=subprocess.PIPE,
                               text=True, check=True).stdout.splitlines()
        self.assertEqual(words[words.index('-append') + 1], 'run="a b; c" $x')
        self.assertEqual(words[-2:], ['-d', 'in t'])


if __name__ == '__main__':
    unittest.main()
