# SPDX-License-Identifier: BSD-2-Clause
"""From KEY=VALUE settings to the one QEMU command that starts such a machine.

Neighbours: scripts/run starts it, scripts/run-tests starts many, scripts/mk-loaders makes the files
of the loaders that aren't QEMU itself. Nothing here starts or writes anything, so the command that
scripts/run -n prints is the command that a test row runs.
"""

import contextlib
import ctypes
import os
import re
import subprocess

import surroundings

# The build directory, as the Makefile calls it: another one for another compiler.
BUILD = surroundings.setting('BUILD', 'build')

# name: (default, what it means). What `scripts/run --help` prints. Files are named from the top of the
# tree, or absolutely.
SETTINGS = {
    'PAGESIZE': ('', 'appended to the command line as pagesize=VALUE'),
    'CMDLINE': ('', "the kernel's command line; neither this nor PAGESIZE: none at all"),
    'MACHINE': ('virt', 'virt, or raspi3b: a Raspberry Pi 3, with 1 GiB, its own CPUs and the devicetree of Debian'),
    'ACCEL': ('tcg', "kvm: on this machine's own CPU, where that is arm64 and has /dev/kvm: no semihosting there, "
                     'so the verdict is on the console and the status is 0'),
    'CPU': ('max', 'a CPU model that qemu-system-aarch64 -cpu help lists'),
    'MEM': ('512M', 'RAM, such as 64M, 8G or 1T'),
    'SMP': ('1', 'number of CPUs'),
    'EL2': ('0', '1: the machine has EL2, and the kernel is entered there'),
    'SECURE': ('0', '1: the machine has EL3 and secure devices (an ELF is entered at EL3)'),
    'GIC': ('3', 'interrupt controller: 2 or 3'),
    'NUMA': ('1', 'number of memory nodes, each with an equal part of MEM'),
    'INITRD': ('', 'a file to hand over as the initrd'),
    'DTB': ('', "a devicetree blob to use instead of QEMU's own"),
    'SEMIHOSTING': ('1', '0: none, so the kernel leaves by PSCI and the status is always 0'),
    'ICOUNT': ('0', '1: count guest instructions exactly: the same run each time, on any machine'),
    'JUNK': ('0', '1: RAM that QEMU puts nothing into holds junk instead of zeros'),
    'GDB': ('0', '1: wait for gdb on port 1234; a path where nothing is yet: on the unix socket that is made there'),
    'FIRMWARE': ('edk2', 'with a loader of UEFI: edk2 or aavmf'),
    'ACPI': ('1', 'with a loader of UEFI: 0: firmware describes the machine by a devicetree, not by ACPI'),
    'LOADER': ('image', 'who loads the kernel: {}'),
    'ADDR': ('', 'with LOADER=place: an address, such as 0x40400000: a multiple of 64 KiB (loaders promise 2 MiB)'),
    'STATE': ('', 'with LOADER=place: what of the machine is wrong at the jump, a name in tests/loaders/state.S'),
    'KERNEL': ('', "the kernel's file, if it isn't the usual one of that loader"),
}

# loader: (the kernel's file below BUILD, what it does)
LOADERS = {
    'image': ('Image', 'QEMU loads the raw Image'),
    'gzip': ('loaders/Image.gz', 'QEMU unpacks and loads the Image'),
    'elf': ('granule.elf', 'QEMU loads the ELF, which gets no devicetree in x0'),
    'place': ('Image', 'the raw Image at ADDR, entered by a jump from elsewhere'),
    'bare': ('Image', 'the Image with x0 = 0 and no devicetree anywhere in RAM'),
    'bare-low': ('Image', 'the same, at the very base of RAM'),
    'bare-broken': ('Image', 'as bare, with something in RAM that only begins like a devicetree'),
    'uboot': ('Image', 'U-Boot takes it from QEMU'),
    'uboot-disk': ('Image', 'U-Boot reads it and an initrd from a disk and runs booti'),
    'efi': ('Image', 'UEFI firmware takes it from QEMU, and runs it as a program'),
    'efi-disk': ('Image', 'UEFI firmware finds it on a FAT disk, as EFI/BOOT/BOOTAA64.EFI'),
    'efi-shell': ('Image', "the UEFI shell runs it with arguments, and an initrd from its disk"),
    'grub': ('Image', 'GRUB loads it and an initrd from a disk, under UEFI'),
    'efi-usb': ('Image', "UEFI firmware starts what `make disk` made: GRUB's menu of page sizes"),
    'kexec': ('Image', "Debian's Linux boots first and kexecs it, with a devicetree of its own"),
    'kexec-dtb': ('Image', 'the same, but with the devicetree that Linux was given'),
}

UBOOT = '/usr/lib/u-boot/qemu_arm64/u-boot.bin'
EDK2 = '/usr/share/qemu-efi-aarch64/QEMU_EFI.fd'
AAVMF = '/usr/share/AAVMF/AAVMF_CODE.fd'
AAVMF_VARIABLES = '/usr/share/AAVMF/AAVMF_VARS.fd'
EFI_LOADERS = ('efi', 'efi-disk', 'efi-usb', 'efi-shell', 'grub')
UBOOT_ENVIRONMENT = 0x50000000
PREPARED = f'{BUILD}/loaders'

KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
RAM_BASE = 0x40000000
# Above this, the host is asked for address space only: a guest touches little of its memory.
RESERVE_MAX = 512 * MIB


def compiler_of(build):
    """'gcc' or 'clang', whatever version made what is in that folder."""
    with open(os.path.join(build, 'flags'), encoding='utf-8') as file:
        return 'clang' if 'clang' in file.read().split(maxsplit=1)[0] else 'gcc'


def in_option(path):
    """A path as a part of one of QEMU's options, where commas separate."""
    return path.replace(',', ',,')


class WrongSetting(Exception):
    """A setting that no machine can be made of. The message says what is right."""


def prefer_small_pages():
    """
    Ask the host, for this process and all that it starts, not to back guests with huge pages: a guest
    of 1 TiB touches words far apart, and each would cost the host 2 MiB and the time to clear them
    (4 GiB for a boot, instead of 150 MiB).
    """
    pr_set_thp_disable = 41  # Linux, prctl(2)
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).prctl(pr_set_thp_disable, 1, 0, 0, 0)


def parse_size(text):
    """'8G' -> bytes"""
    match = re.fullmatch(r'([1-9][0-9]*)([MGT])', text.upper())
    if not match:
        raise WrongSetting(f"MEM={text}: a number and M, G or T, such as 512M, 8G or 1T")
    return int(match[1]) * {'M': MIB, 'G': GIB, 'T': GIB * KIB}[match[2]]


def with_defaults(given):
    """All settings: those of `given`, the rest by default. Refuses names that aren't settings."""
    for name in given:
        if name not in SETTINGS:
            raise WrongSetting(f"{name}: no such setting; there are: {' '.join(SETTINGS)}")
    return {name: given.get(name, default) for name, (default, _) in SETTINGS.items()}


def choose(settings, name, *allowed):
    """The value of a setting that has few possible ones."""
    if settings[name] not in allowed:
        raise WrongSetting(f"{name}={settings[name]}: one of {', '.join(allowed)}")
    return settings[name]


def number(settings, name, most):
    """The value of a setting that is a count."""
    text = settings[name]
    if not re.fullmatch(r'[1-9][0-9]{0,3}', text) or int(text) > most:
        raise WrongSetting(f"{name}={text}: a number from 1 to {most}")
    return int(text)


def command_line(settings):
    """What the kernel will read as its command line."""
    words = [settings['CMDLINE']] if settings['CMDLINE'] else []
    if settings['PAGESIZE']:
        words.append(f"pagesize={settings['PAGESIZE']}")
    return ' '.join(words)


def memory_arguments(settings):
    """(options of -M, arguments) for the machine's RAM."""
    size = parse_size(settings['MEM'])
    nodes = number(settings, 'NUMA', 8)
    if size % (nodes * MIB):
        raise WrongSetting(f"NUMA={nodes}: MEM={settings['MEM']} has to divide into whole MiB")
    if nodes > 1:
        part = f"size={size // nodes // MIB}M,reserve=off"
        arguments = []
        for node in range(nodes):
            arguments += ['-object', f'memory-backend-ram,id=m{node},{part}']
            arguments += ['-numa', f'node,memdev=m{node}']
        return '', arguments + ['-m', settings['MEM']]
    if size > RESERVE_MAX:
        backend = f"memory-backend-ram,id=m,size={settings['MEM']},reserve=off"
        return ',memory-backend=m', ['-object', backend, '-m', settings['MEM']]
    return '', ['-m', settings['MEM']]


def kernel_arguments(settings, root):
    """How the kernel gets into the machine."""
    loader = choose(settings, 'LOADER', *LOADERS)
    kernel = os.path.join(root, settings['KERNEL'] or os.path.join(BUILD, LOADERS[loader][0]))
    prepared = os.path.join(root, PREPARED)
    cmdline = command_line(settings)
    append = ['-append', cmdline] if cmdline else []

    if (loader == 'place') != bool(settings['ADDR']):
        raise WrongSetting('LOADER=place and ADDR=... belong together')
    if settings['STATE'] and loader != 'place':
        raise WrongSetting('STATE: only with LOADER=place')
    if loader not in ('image', 'gzip', 'elf', 'place', 'efi') and settings['INITRD']:
        raise WrongSetting(f'INITRD: not with LOADER={loader}')

    initrd = ['-initrd', os.path.join(root, settings['INITRD'])] if settings['INITRD'] else []
    if loader == 'place':
        # A jump, elsewhere, is what QEMU takes for the kernel: x0 is as always, and the rest but for STATE.
        address = placement(settings['ADDR'])
        jump = f"state-{settings['STATE']}" if settings['STATE'] else 'jump'
        return ['-kernel', os.path.join(prepared, f'{jump}-{address:#x}'), *append,
                '-device', f'loader,file={in_option(kernel)},addr={address:#x},force-raw=on', *initrd]
    if loader.startswith('bare'):
        if cmdline:
            raise WrongSetting(f'LOADER={loader}: there is no way to hand over a command line')
        return ['-kernel', os.path.join(prepared, loader + '.elf')]
    if loader == 'uboot':
        return ['-bios', UBOOT, '-kernel', kernel, *append]
    if loader == 'uboot-disk':
        # Nothing of ours but the disk, so that U-Boot doesn't take a shorter way.
        disk = os.path.join(prepared, 'uboot.img')
        return ['-bios', UBOOT, '-drive', f'if=none,id=disk,format=raw,readonly=on,file={in_option(disk)}',
                '-device', 'virtio-blk-device,drive=disk', *uboot_environment(cmdline)]
    if loader == 'efi':
        return [*firmware_arguments(settings), '-kernel', kernel, *append, *initrd]
    if loader in EFI_LOADERS:
        return [*firmware_arguments(settings), *efi_disk_arguments(loader, cmdline, prepared)]
    if loader in ('kexec', 'kexec-dtb'):
        # Its /init reads the word dtb, and hands on whatever stands after " -- ".
        words = 'console=ttyAMA0 quiet' + (' dtb' if loader == 'kexec-dtb' else '')
        return ['-kernel', os.path.join(prepared, 'linux'),
                '-initrd', os.path.join(prepared, 'kexec.cpio'), '-append', f'{words} -- {cmdline}']
    return ['-kernel', kernel, *append, *initrd]


def firmware_arguments(settings):
    """UEFI firmware, in ROM or in flash, whose variables are as they were before at each start."""
    if choose(settings, 'FIRMWARE', 'edk2', 'aavmf') == 'edk2':
        return ['-bios', EDK2]
    return ['-drive', f'if=pflash,format=raw,unit=0,readonly=on,file={AAVMF}',
            '-drive', f'if=pflash,format=raw,unit=1,snapshot=on,file={AAVMF_VARIABLES}']


def efi_disk_arguments(loader, cmdline, prepared):
    """A disk that firmware starts from at once. The command line is on it, so it is a part of its name."""
    if loader in ('efi-disk', 'efi-usb'):
        if cmdline:
            raise WrongSetting(f'LOADER={loader}: there is no way to hand over a command line')
        name = f'{loader}.img'
    else:
        name = f'{loader}-{cmdline.encode().hex()}.img'
        if len(name) > 250:
            raise WrongSetting(f'LOADER={loader}: a command line of at most 110 characters')
    disk = os.path.join(prepared, name)
    return ['-drive', f'if=none,id=disk,format=raw,readonly=on,file={in_option(disk)}',
            '-device', 'virtio-blk-pci,drive=disk,romfile=,bootindex=0', '-boot', 'menu=on,splash-time=0']


def uboot_environment(cmdline):
    """Lay "bootargs=..." into RAM, 8 bytes at a time, where tests/loaders/uboot.txt imports it from."""
    text = f'bootargs={cmdline}\n'.encode() if cmdline else b'\n'
    arguments = []
    for offset in range(0, len(text) + 1, 8):
        word = int.from_bytes(text[offset:offset + 8], 'little')
        address = UBOOT_ENVIRONMENT + offset
        arguments += ['-device', f'loader,addr={address:#x},data={word:#x},data-len=8']
    return arguments


def placement(text):
    """ADDR=... -> the address"""
    try:
        address = int(text, 0)
    except ValueError:
        address = -1
    lowest = RAM_BASE + 2 * MIB  # below, QEMU has a few instructions of its own
    if address < lowest or address % (64 * KIB):
        raise WrongSetting(f'ADDR={text}: a multiple of 0x10000 from {lowest:#x} on')
    return address


def junk_arguments(settings, root):
    """Fill what lies between the kernel and the devicetree, and, without an initrd, what lies after that."""
    if choose(settings, 'JUNK', '0', '1') == '0':
        return []
    if settings['LOADER'] != 'image':
        raise WrongSetting('JUNK=1: only with LOADER=image')
    if parse_size(settings['MEM']) != 64 * MIB:
        raise WrongSetting('JUNK=1: only with MEM=64M')
    # QEMU puts the kernel at +2 MiB and, at half of so little RAM, a devicetree of 1 MiB; or an
    # initrd of any size, and the devicetree after it.
    places = {'low': 4 * MIB} if settings['INITRD'] else {'low': 4 * MIB, 'high': 34 * MIB}
    arguments = []
    for name, offset in places.items():
        file = os.path.join(root, PREPARED, f'junk-{name}')
        arguments += ['-device', f'loader,file={in_option(file)},addr={RAM_BASE + offset:#x},force-raw=on']
    return arguments


JUNK_BYTES = {'junk-low': 28 * MIB, 'junk-high': 30 * MIB}


RASPI_FIXED = ('CPU', 'MEM', 'SMP', 'EL2', 'SECURE', 'GIC', 'NUMA', 'ICOUNT', 'JUNK', 'GDB', 'ACCEL', 'LOADER',
               'FIRMWARE', 'ACPI')


def raspi_command(settings, extra, root):
    """
    A Raspberry Pi 3, with a thread of the host for each CPU. The console is the second UART.
    """
    for name in RASPI_FIXED:
        if settings[name] != SETTINGS[name][0]:
            raise WrongSetting(f'{name}: not with MACHINE=raspi3b')
    tree = settings['DTB'] or os.path.join(PREPARED, 'bcm2837-rpi-3-b.dtb')
    command = ['qemu-system-aarch64', '-M', 'raspi3b', '-accel', 'tcg,thread=multi', '-display', 'none',
               '-monitor', 'none', '-serial', 'null', '-serial', 'stdio']
    if choose(settings, 'SEMIHOSTING', '0', '1') == '1':
        command += ['-semihosting-config', 'enable=on,target=native']
    return command + kernel_arguments(settings, root) + ['-dtb', os.path.join(root, tree)] + list(extra)


def is_kvm(settings):
    """On the CPU at hand: settings that choose another one, or count its instructions, are refused."""
    if choose(settings, 'ACCEL', 'tcg', 'kvm') == 'tcg':
        return False
    for name in ('CPU', 'EL2', 'SECURE', 'GIC', 'ICOUNT'):
        if settings[name] != SETTINGS[name][0]:
            raise WrongSetting(f'{name}: not with ACCEL=kvm, where CPU and GIC are those of this machine')
    return True


def console_text(command, seconds):
    """(what a machine says, whether it ends within so many seconds): else it is stopped."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              timeout=seconds, check=False)
        said, ended = done.stdout, True
    except subprocess.TimeoutExpired as hang:
        said, ended = hang.stdout or b'', False
    return said.decode('utf-8', 'replace').replace('\r', ''), ended


def qemu_command(given, extra=(), root=''):
    """The command as a list. `root` leads to the top of the tree from where the command will run."""
    settings = with_defaults(given)
    if choose(settings, 'MACHINE', 'virt', 'raspi3b') == 'raspi3b':
        return raspi_command(settings, extra, root)
    gic = choose(settings, 'GIC', '2', '3')
    icount = choose(settings, 'ICOUNT', '0', '1') == '1'
    kvm = is_kvm(settings)
    machine = f"virt,gic-version={'host' if kvm else gic}"
    if choose(settings, 'EL2', '0', '1') == '1':
        machine += ',virtualization=on'
    if choose(settings, 'SECURE', '0', '1') == '1':
        machine += ',secure=on'
    if icount:
        machine += ',dtb-randomness=off'
    efi = settings['LOADER'] in EFI_LOADERS
    if choose(settings, 'ACPI', '0', '1') == '0':
        if not efi:
            raise WrongSetting(f"ACPI=0: only with LOADER={', '.join(EFI_LOADERS)}")
        machine += ',acpi=off'
    if settings['FIRMWARE'] != SETTINGS['FIRMWARE'][0] and not efi:
        raise WrongSetting(f"FIRMWARE: only with LOADER={', '.join(EFI_LOADERS)}")
    machine_memory, memory = memory_arguments(settings)
    machine += machine_memory

    cpu = settings['CPU']
    if not re.fullmatch(r'[a-z0-9_-]+(,[a-z0-9_.=-]+)*', cpu):
        raise WrongSetting(f"CPU={cpu}: a model that qemu-system-aarch64 -cpu help lists")
    # Pointer authentication by QEMU's own cipher costs no guest instruction, only host time.
    if icount and cpu == 'max':
        cpu = 'max,pauth-impdef=on'

    command = ['qemu-system-aarch64', '-M', machine]
    if kvm:
        command += ['-accel', 'kvm']
    if icount:
        command += ['-seed', '1', '-icount', 'shift=0,sleep=off']
    command += ['-cpu', 'host' if kvm else cpu, *memory]
    smp = number(settings, 'SMP', 8 if gic == '2' else 512)
    if smp > 1:
        command += ['-smp', str(smp)]
    command += ['-nographic', '-nic', 'none']
    if choose(settings, 'SEMIHOSTING', '0', '1') == '1' and not kvm:
        command += ['-semihosting-config', 'enable=on,target=native']
    command += kernel_arguments(settings, root) + junk_arguments(settings, root)
    if settings['DTB']:
        command += ['-dtb', os.path.join(root, settings['DTB'])]
    return command + gdb_arguments(settings) + list(extra)


def from_environment():
    """The settings that the environment has."""
    given = {name: surroundings.setting(name) for name in SETTINGS}
    return {name: value for name, value in given.items() if value}


def gdb_arguments(settings):
    """Stop before the first instruction, and let gdb take over. QEMU removes what it finds at the path."""
    if '/' in settings['GDB']:
        return ['-gdb', f"unix:path={in_option(settings['GDB'])},server=on,wait=off", '-S']
    return ['-s', '-S'] if choose(settings, 'GDB', '0', '1', 'a path with a /') == '1' else []


def files_needed(command):
    """The files that a command reads."""
    files = []
    for option, value in zip(command, command[1:]):
        if option in ('-kernel', '-initrd', '-dtb', '-bios'):
            files.append(value)
        elif option in ('-device', '-drive'):
            files += [file.replace(',,', ',') for file in re.findall(r'(?:^|,)file=((?:[^,]|,,)+)', value)]
    return files


def prepared_files(commands):
    """The names, below PREPARED, of what commands read from there."""
    names = set()
    for command in commands:
        for file in files_needed(command):
            if file.partition(PREPARED + '/')[1]:
                names.add(file.rpartition(PREPARED + '/')[2])
    return sorted(names)
