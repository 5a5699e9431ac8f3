# SPDX-License-Identifier: BSD-2-Clause
"""The prompt's `dt`: everything that dtc sees in the tree that QEMU hands over is shown."""

import os
import re
import subprocess
import tempfile
import unittest

import console

CHANGES = ('bootargs', 'kaslr-seed', 'rng-seed')  # from boot to boot


def qemu_tree():
    """What dtc makes of the tree of the same machine: {path: {property: its text}}, in its order."""
    with tempfile.TemporaryDirectory() as directory:
        blob = os.path.join(directory, 'tree.dtb')
        line = subprocess.run([os.path.join(console.TOP, 'scripts/run'), '-n', 'SMP=2'], cwd=console.TOP,
                              check=True, capture_output=True, encoding='utf-8').stdout.strip()
        line = re.sub(r'-M (\S+)|-machine (\S+)', lambda m: f'-M {m[1] or m[2]},dumpdtb={blob}', line, count=1)
        subprocess.run(line, shell=True, cwd=console.TOP, check=True, capture_output=True, timeout=60)
        source = subprocess.run(['dtc', '-q', '-q', '-I', 'dtb', '-O', 'dts', blob], check=True,
                                capture_output=True, encoding='utf-8').stdout
    tree, path = {}, []
    for text in map(str.strip, source.splitlines()):
        if text.endswith('{'):
            path.append(text[:-1].strip().rpartition(':')[2].strip().strip('/'))
            tree['/'.join(path) or '/'] = {}
        elif text == '};':
            path.pop()
        elif text.endswith(';') and path:
            name, _, value = text[:-1].partition(' = ')
            tree['/'.join(path) or '/'][name] = value
    return tree


def strings(text):
    """Of a list of strings, as dtc writes it: with zeros in it up to 1.6, as several from 1.7 on."""
    return text.strip('"').replace('\\0', '", "').split('", "')


def numbers(text):
    """Of cells, as dtc writes them."""
    return [int(word, 16) for word in text.strip('<>').split()]


def dumped(text):
    """The bytes of a property, from the hex below it; None without."""
    lines = re.findall(r'^  [0-9a-f]{4,}  (.*)$', text, re.MULTILINE)
    return bytes.fromhex(' '.join(lines)) if lines else None


def nodes_of(text):
    """The paths of the nodes in the tree, those on one line taken apart."""
    path, alike = [], []
    for line in text.splitlines():
        found = re.match(r'( *)(\S+)( to @(\S+) +(\d+) alike:)?', line)
        if not found or line.startswith('/memreserve/') or re.match(r'\d+ nodes, ', line):
            continue
        path[len(found[1]) // 2:] = [found[2].strip('/')]
        if found[3]:
            alike.append(('/'.join(path), found[4], int(found[5])))
        else:
            yield '/'.join(path) or '/', 1
    for first, last, count in alike:
        yield f'{first} {first.partition("@")[0]}@{last}', count


class Dtc(unittest.TestCase):
    def test_lists_of_any_version(self):
        for text in ('"arm,pl011\\0arm,primecell"', '"arm,pl011", "arm,primecell"'):
            self.assertEqual(strings(text), ['arm,pl011', 'arm,primecell'])
        self.assertEqual(strings('"okay"'), ['okay'])


class Devicetree(console.Test):
    SETTINGS = {'SMP': '2'}

    @classmethod
    def setUpClass(cls):
        cls.tree = qemu_tree()
        assert len(cls.tree) > 50

    @console.at_each_granule
    def test_every_node_is_in_the_tree(self, prompt):
        text = prompt.run('dt')
        expected = list(self.tree)
        shown = {}
        for where, count in nodes_of(text):
            first, _, last = where.partition(' ')
            if last:  # a run: from the first to the last, in dtc's order
                begin, end = expected.index(first), expected.index(last)
                self.assertEqual(end - begin + 1, count)
                for path in expected[begin:end + 1]:
                    self.assertEqual(path.partition('@')[0], first.partition('@')[0])
                    shown[path] = True
            else:
                shown[first] = True
        self.assertEqual(sorted(shown), sorted(expected))
        self.assertLess(len(text.splitlines()), 40)
        self.assert_lines(text, r'^/ +linux,dummy-virt$', r'^  memory@40000000 +0x40000000 \+ 512 MiB$',
                          r'^  virtio_mmio@a000000 to @a003e00 +32 alike: virtio,mmio 0xa000000 \+ 512 B$',
                          fr'^{len(expected)} nodes, \d+ bytes$')

    @console.at_each_granule
    def test_every_property_is_shown(self, prompt):
        for path, properties in self.tree.items():
            lines = prompt.run(f'dt {path}').splitlines()
            self.assertEqual(lines[0], path)
            shown = dict(line.strip().split(maxsplit=1) for line in lines[1:] if not line.startswith('  /'))
            self.assertEqual(sorted(set(shown) - {'bootargs', 'linux,initrd-start', 'linux,initrd-end'}),
                             sorted(set(properties) - {'bootargs'}), path)
            for name, value in properties.items():
                if name in CHANGES:
                    continue
                if value.startswith('"'):
                    self.assertEqual(strings(shown[name]), strings(value), f'{path} {name}')
                elif not value:
                    self.assertIn(shown[name], ('true', 'one to one'))
                elif len(numbers(value)) == 1 and re.search('#|-cells$|phandle$', name):
                    self.assertEqual(int(shown[name].strip('<>'), 0), numbers(value)[0], f'{path} {name}')
                self.assertNotRegex(shown[name], r'\(it |\(no node|must')

    @console.at_each_granule
    def test_every_byte_is_right(self, prompt):
        seen = set()
        for path, properties in self.tree.items():
            kind = path.partition('@')[0]
            if kind in seen:
                continue  # one of those that are alike
            seen.add(kind)
            for name, value in properties.items():
                if name in CHANGES or not value.startswith('<'):
                    continue
                text = prompt.run(f'dt {path} {name}')
                self.assertEqual(dumped(text), b''.join(n.to_bytes(4, 'big') for n in numbers(value)))

    @console.at_each_granule
    def test_what_is_known_is_decoded(self, prompt):
        uart = prompt.run('dt /pl011')
        self.assert_lines(uart, r'^/pl011@9000000$', r'clocks +/apb-pclk, /apb-pclk$',
                          r'interrupts +SPI 1 \(INTID 33\) level high$', r'reg +0x9000000 \+ 4 KiB$',
                          r'compatible +"arm,pl011", "arm,primecell"$')
        self.assert_lines(prompt.run('dt /cpus/cpu-map/socket0/cluster0/core1'), r'cpu +/cpus/cpu@1$')
        self.assert_lines(prompt.run('dt /pcie ranges'), r'^0x1000000:0x0:0x0 -> 0x3eff0000 \+ 64 KiB$')
        self.assertEqual(prompt.run('dt /pl011 compatible'), '"arm,pl011"\n"arm,primecell"\n')

    @console.at_each_granule
    def test_seeds_are_not_shown(self, prompt):
        for command in ('dt /chosen', 'dt /chosen rng-seed', 'dt /chosen kaslr-seed'):
            self.assertRegex(prompt.run(command), r'(8|32) bytes, not shown')
            self.assertIsNone(dumped(prompt.run(command)))

    @console.at_each_granule
    def test_tab_completes_paths(self, prompt):
        self.assertEqual(prompt.run('dt /cp\t').splitlines()[0], '/cpus')
        self.assertEqual(prompt.run('dt /virtio_mmio@a0002\t').splitlines()[0], '/virtio_mmio@a000200')
        self.assertEqual(prompt.run('dt /cpus/cpu-\t').splitlines()[0], '/cpus/cpu-map')
        self.assertIn('dt: /cpus has no x', prompt.refuse('dt /cpus/x\t'))

    @console.at_each_granule
    def test_garbage_is_refused(self, prompt):
        for words, answer in (
                ('/nix', 'dt: / has no nix; it has: psci, memory@40000000'),
                ('/cpus/cpu@7/x', 'dt: /cpus has no cpu@7; it has: cpu-map, cpu@0, cpu@1'),
                ('/cpus/cpu', 'dt: /cpus has several cpu, write one of: cpu@0, cpu@1'),
                ('nix', 'dt: nix: a path begins with / or an alias; aliases: '),
                ('/chosen nix', 'dt: /chosen has no property nix; it has: '),
                ('/chosen bootargs more', 'dt: write dt, dt PATH, or dt PATH PROPERTY'),
                ('--json', 'dt: --json: a path begins with / or an alias; aliases: '),
                ('/' + 'x' * 150, 'dt: / has no xxx'),
                ('/a' * 60, 'dt: / has no a; '),
                (r'/%s%n\\', r'dt: / has no %s%n\\; '),  # the prompt takes one of two backslashes
                ("'/a b'", 'dt: / has no a b; '),
                ("''", 'dt: : a path begins with / or an alias; ')):
            text = prompt.refuse(f'dt {words}')
            self.assertEqual(text.count('\n'), 1, text)
            self.assertEqual(text[:len(answer)], answer)


if __name__ == '__main__':
    console.main()
