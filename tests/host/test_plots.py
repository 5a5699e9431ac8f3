# SPDX-License-Identifier: BSD-2-Clause
"""scripts/plots: reports that no picture can be made of are refused, and what is drawn lies where it should."""

import copy
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import re
import stat
import subprocess
import sys
import tempfile
import unittest

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
sys.dont_write_bytecode = True
sys.path[:0] = [str(TOP / 'scripts/plots'), str(TOP / 'scripts')]
import json_report  # noqa: E402 (found by the line above)
import layout  # noqa: E402 (found by the line above)
import recorded  # noqa: E402
import reports  # noqa: E402

RUN = TOP / 'scripts/plots/run'
KIB, MIB, GIB = 1 << 10, 1 << 20, 1 << 30
LINEAR = 0xffff << 48


def mem(granule='4k'):
    """8 MiB of RAM at 1 GiB: text, something free, heap, a lot that is free."""
    ranges = [(0, 64 * KIB, 'kernel text'), (64 * KIB, 64 * KIB, 'free'), (128 * KIB, 64 * KIB, 'heap'),
              (192 * KIB, 8 * MIB - 192 * KIB, 'free')]
    return {'granule': granule, 'page_bytes': reports.PAGE_BYTES[granule], 'total_bytes': 8 * MIB,
            'owners': [{'owner': 'free', 'bytes': 8 * MIB - 128 * KIB}, {'owner': 'kernel text', 'bytes': 64 * KIB},
                       {'owner': 'heap', 'bytes': 64 * KIB}],
            'ranges': [{'base': GIB + base, 'bytes': size, 'owner': owner} for base, size, owner in ranges]}


def table(level, va, size, tables, leaves):
    return {'level': level, 'va': va, 'bytes': size, 'entries': size // 8, 'used': tables + leaves,
            'tables': tables, 'leaves': leaves}


def pt(granule='4k'):
    """A root, and at the last level `leaves` pages of the linear map."""
    page = reports.PAGE_BYTES[granule]
    root = 1 if granule == '64k' else 0
    tables = [table(level, LINEAR, page, 1, 0) for level in range(root, 3)] + [table(3, LINEAR, page, 0, 2)]
    return {'granule': granule, 'page_bytes': page, 'va_bits': 48, 'root_level': root,
            'table_bytes': len(tables) * page, 'tables': tables,
            'ranges': [{'va': LINEAR, 'bytes': 2 * page, 'leaf_bytes': page, 'level': 3, 'memory': 'normal'}]}


def machines():
    return {granule: {'mem': mem(granule), 'pt': pt(granule)} for granule in reports.PAGE_BYTES}


class Reports(unittest.TestCase):
    def refused(self, what, function, *arguments):
        with self.assertRaisesRegex(reports.Wrong, what):
            function(*arguments)

    def test_what_is_right_is_read(self):
        self.assertEqual(reports.machines(machines()), machines())

    def test_documents(self):
        text = 'Granule 0.1\r\n{\r\n"a": 1\r\n}\r\nverdict: {\n{\n"b": [\n{"c": 2}\n]\n}\n'
        self.assertEqual(reports.documents(text, 'x'), [{'a': 1}, {'b': [{'c': 2}]}])
        self.refused('x: a report has no end', reports.documents, '{\n"a": 1\n', 'x')
        self.refused('within another', reports.documents, '{\n{\n}\n', 'x')
        self.refused('not JSON', reports.documents, '{\n"a" 1\n}\n', 'x')
        self.refused('0 reports instead of two; the last line is: verdict: fail', reports.from_output,
                     'mem: no memory\nverdict: fail\n', '4k')
        self.refused(r'last line is: \(none\)', reports.from_output, '', '4k')

    def test_a_granule_is_missing(self):
        for granule in reports.PAGE_BYTES:
            some = machines()
            del some[granule]
            self.refused(f'^{granule}: no report', reports.machines, some)
        some = machines()
        some['16k']['mem'] = None
        self.refused('16k: mem: not an object', reports.machines, some)

    def wrong_memory(self, what, change):
        report = mem()
        change(report)
        self.refused(what, reports.memory, report, '4k')

    def test_memory(self):
        self.refused('it is of 16k pages', reports.memory, mem('16k'), '4k')
        self.wrong_memory('pages of 1 bytes', lambda r: r.update(page_bytes=1))
        self.wrong_memory('has no "ranges"', lambda r: r.pop('ranges'))
        self.wrong_memory('ranges: not a list', lambda r: r.update(ranges={}))
        self.wrong_memory(r"ranges\[1\]: bytes: '5' is not a number", lambda r: r['ranges'][1].update(bytes='5'))
        self.wrong_memory('True is not a number', lambda r: r['ranges'][1].update(bytes=True))
        self.wrong_memory('less than nothing', lambda r: r['ranges'][1].update(bytes=-1))
        self.wrong_memory('nothing at 0x40010000', lambda r: r['ranges'][1].update(bytes=0))
        self.wrong_memory('ranges of 0 bytes', lambda r: r.update(ranges=[], owners=[]))

    def test_ranges_cover_all_of_ram_once(self):
        self.wrong_memory('free has 8257536 bytes, but ranges of 8192000', lambda r: r['ranges'].pop(1))
        self.wrong_memory('lies in or before', lambda r: r['ranges'][2].update(base=GIB + 96 * KIB))
        self.wrong_memory('lies in or before', lambda r: r['ranges'].reverse())
        self.wrong_memory('ranges of 8388608 bytes, where RAM has 16777216', lambda r: r.update(total_bytes=16 * MIB))
        self.wrong_memory('heap has 0 bytes, but ranges of 65536', lambda r: r['owners'].pop())
        self.wrong_memory('twice', lambda r: r['owners'].append(r['owners'][0]))

    def test_the_machines_are_the_same(self):
        some = machines()
        for item in some['64k']['mem']['ranges']:
            item['base'] += GIB
        self.refused('not the same RAM', reports.machines, some)

    def wrong_tables(self, what, change):
        report = pt()
        change(report)
        self.refused(what, reports.tables, report, '4k')

    def test_tables(self):
        self.wrong_tables('is of level 3, not 2', lambda r: (r['tables'].pop(2), r.update(table_bytes=3 * 4096)))
        self.wrong_tables("don't add up", lambda r: r['tables'][3].update(used=3))
        self.wrong_tables("don't add up", lambda r: r['tables'][3].update(entries=1))
        self.wrong_tables('where the sum is 5', lambda r: r.update(table_bytes=5))
        self.wrong_tables('leaves of 8192 bytes, but ranges of 4096', lambda r: r['ranges'][0].update(bytes=4096))
        self.wrong_tables('more than one root', lambda r: (r['tables'].append(table(0, 0, 4096, 0, 0)),
                                                           r.update(table_bytes=5 * 4096)))
        self.wrong_tables('missing at the end', lambda r: r['tables'][2].update(tables=2, used=2))

    def test_bench(self):
        row = {'figure': 'boot', 'memory': '8G', 'ours': 404, 'constant': 400.5, 'ratio_limit': 1.02, 'verdict': 'ok'}
        good = [{**row, 'granule': granule} for granule in reports.PAGE_BYTES]
        alone = {**row, 'granule': '4k', 'constant': None}
        growth = {**row, 'granule': '4k', 'figure': 'boot_growth'}
        self.assertEqual(len(reports.ratios([*good, alone, growth])), 3)
        self.refused('nothing of 64k', reports.ratios, good[:2])
        self.refused('not a list', reports.ratios, {})
        self.refused('not an object', reports.ratios, [*good, 1])
        self.refused('has no "ours"', reports.ratios, [*good, {'figure': 'x', 'granule': '4k', 'memory': '8G'}])
        self.refused('a figure is missing', reports.ratios, [*good, {**alone, 'verdict': 'MISSING'}])
        self.refused('takes nothing', reports.ratios, [*good, {**alone, 'constant': 0}])

    def test_regions_are_those_of_the_layout(self):
        found = reports.regions((TOP / 'include/arch/layout.h').read_text())
        self.assertIn((LINEAR, 'linear map'), found)
        self.assertIn('image', [name for _, name in found])
        self.refused('no addresses', reports.regions, 'nothing')


class Addresses(unittest.TestCase):
    """Numbers that any reader of JSON reads, and addresses that none rounds."""

    def test_read_and_written(self):
        text = '{"va": "0xffff000000000000", "bytes": 9007199254740991, "ranges": [{"base": "0x0"}]}'
        value = json_report.loads(text)
        self.assertEqual(value, {'va': LINEAR, 'bytes': (1 << 53) - 1, 'ranges': [{'base': 0}]})
        self.assertEqual(json.dumps(json_report.encode(value)), text)

    def test_refused(self):
        for text in ('{"va": 1}', '{"pa": "1"}', '{"base": "0x01"}', '{"va": "0xA"}', '{"va": null}',
                     '{"bytes": 9007199254740992}', '{"ranges": [{"pa": 4096}]}'):
            with self.assertRaises(ValueError, msg=text):
                json_report.loads(text)


class Layout(unittest.TestCase):
    def test_size(self):
        for count, text in ((0, '0 B'), (635, '635 B'), (7557, '7.4 KiB'), (64 * KIB, '64 KiB'),
                            (1491456, '1.4 MiB'), (MIB, '1 MiB'), (MIB - 1, '1024 KiB'), (1 << 40, '1 TiB')):
            self.assertEqual(layout.size(count), text)

    def names(self, ranges, gap):
        return [[item['owner'] for item in part] for part in layout.stretches(ranges, gap)]

    def test_stretches(self):
        self.assertEqual(self.names(mem()['ranges'], MIB), [['kernel text', 'free', 'heap']])
        self.assertEqual(self.names(mem()['ranges'], KIB), [['kernel text'], ['heap']])
        hole = mem()['ranges']
        del hole[1]
        self.assertEqual(self.names(hole, MIB), [['kernel text'], ['heap']])
        self.assertEqual(self.names([{'base': 0, 'bytes': 1, 'owner': 'free'}], 1), [])

    def test_labels_keep_apart(self):
        self.assertEqual(layout.spread([], 1, 0, 9), [])
        self.assertEqual(layout.spread([1, 5], 1, 0, 9), [1, 5])
        self.assertEqual(layout.spread([4, 4, 4], 1, 0, 9), [3, 4, 5])
        self.assertEqual(layout.spread([0, 0, 8], 1, 0, 9), [0, 1, 8])
        self.assertEqual(layout.spread([1, 9, 9], 2, 0, 9), [1, 7, 9])
        wanted = [0.1 * n * n % 3 + n / 9 for n in range(40)]
        at = layout.spread(sorted(wanted), 0.2, 0, 9)
        self.assertTrue(all(b - a > 0.2 - 1e-9 for a, b in zip(at, at[1:])))
        self.assertTrue(at[0] >= 0 and at[-1] <= 9)

    def tree(self, children):
        report = pt()
        report['tables'][2:] = [table(2, LINEAR, 4096, children, 0)]
        report['tables'] += [table(3, LINEAR + n * 2 * MIB, 4096, 0, n) for n in range(children)]
        report['ranges'][0]['bytes'] = GIB
        return report

    def test_tree(self):
        placed, rows = layout.place(reports.tree(self.tree(3)))
        self.assertEqual(rows, 3)
        self.assertEqual([(box['level'], row, parent) for box, row, parent in placed],
                         [(3, 0, 1), (3, 1, 1), (3, 2, 1), (2, 1, 1), (1, 1, 1), (0, 1, None)])

    def test_many_siblings_become_one_box(self):
        report = self.tree(9)
        placed, rows = layout.place(reports.tree(report))
        box = placed[0][0]
        self.assertEqual((rows, box['count'], box['used'], box['entries'], box['bytes']),
                         (1, 9, 36, 9 * 512, 9 * 4096))
        self.assertEqual(box['last']['va'], LINEAR + 16 * MIB)

    def test_what_a_table_maps(self):
        regions = [(LINEAR, 'linear map'), (LINEAR + 4 * MIB, 'image')]
        report = self.tree(3)
        report['ranges'] = [{'va': LINEAR, 'bytes': 3 * MIB, 'memory': 'normal'},
                            {'va': LINEAR + 4 * MIB, 'bytes': 4096, 'memory': 'normal'},
                            {'va': LINEAR + 5 * MIB, 'bytes': 4096, 'memory': 'device'}]
        boxes = layout.place(reports.tree(report))[0]
        names = [layout.maps(report, box, regions) for box, _, _ in boxes]
        self.assertEqual(names[:4], [['linear map'], ['linear map'], ['image', 'devices'],
                                     ['linear map', 'image', 'devices']])


class Recorded(unittest.TestCase):
    def test_what_is_near_enough(self):
        old, new = machines(), machines()
        self.assertEqual(list(recorded.faults(old, new)), [])
        new['64k']['mem']['owners'][1]['bytes'] += 65536  # a page
        self.assertRegex('\n'.join(recorded.faults(old, new)), '^64k: 196608 bytes are taken, 131072')
        new['64k']['mem']['owners'][1]['bytes'] += 65536
        self.assertIn('kernel text has 196608 bytes', next(recorded.faults(old, new)))
        new = copy.deepcopy(old)
        new['4k']['pt']['tables'].append(table(3, 0, 4096, 0, 0))
        self.assertEqual(list(recorded.faults(old, new)), ['4k: 2 tables of level 3, 1 in the picture'])
        new = copy.deepcopy(old)
        new['64k']['mem']['owners'][2]['owner'] = 'slab'
        self.assertEqual(len(list(recorded.faults(old, new))), 2)
        new = copy.deepcopy(old)
        new['16k']['mem']['total_bytes'] = GIB
        self.assertIn('RAM has', next(recorded.faults(old, new)))

    def test_a_line_each(self):
        value = {'a': [{'b': 1, 'c': []}, {}], 'd': 'x'}
        self.assertEqual(json.loads(recorded.lines(value)), value)
        self.assertEqual(recorded.lines({'a': [{'b': 1}, 2]}), '{\n "a": [\n  {"b": 1},\n  2\n ]\n}')

    def test_files_that_are_wrong(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, 'reports.json')
            for text in ('', '{', '[]', '{"machines": {}}', '{"machines": {}, "bench": []}'):
                pathlib.Path(path).write_text(text, encoding='utf-8')
                with self.assertRaises(reports.Wrong):
                    recorded.read(path)


def texts(path):
    return re.findall(r'<text [^>]*>([^<]*)</text>', pathlib.Path(path).read_text(encoding='utf-8'))


class Pictures(unittest.TestCase):
    """Drawn by whichever Python has matplotlib."""

    def test_those_in_the_tree_are_of_what_was_recorded(self):
        with tempfile.TemporaryDirectory() as folder:
            for again in range(2):
                done = subprocess.run([RUN, '--recorded', '--to', folder], text=True, check=False,
                                      stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
                self.assertEqual(done.returncode, 0, done.stdout)
                drawn = {name: pathlib.Path(folder, name).read_bytes() for name in os.listdir(folder)
                         if name != '.granule'}
                if again:
                    self.assertEqual(drawn, first, 'not the same a second time')
                first = drawn
            for name in first:
                here = os.path.join(recorded.FOLDER, name)
                self.assertGreater(len(texts(here)), 20)
                self.assertEqual(texts(here), texts(os.path.join(folder, name)),
                                 f'{name}: scripts/plots/run --update')
                self.assertLess(os.path.getsize(here), 100 * KIB)
            self.assertEqual(len(first), 4)


class Run(unittest.TestCase):
    """The command, with a machine made of shell script."""

    def run_with(self, script, *arguments):
        with tempfile.TemporaryDirectory() as folder:
            fake = pathlib.Path(folder, 'qemu-system-aarch64')
            fake.write_text(f'#!/bin/sh\n{script}\n', encoding='utf-8')
            fake.chmod(fake.stat().st_mode | stat.S_IXUSR)
            (pathlib.Path(folder) / 'Image').touch()
            (pathlib.Path(folder) / '.granule').touch()
            done = subprocess.run([sys.executable, RUN, *arguments], text=True, check=False, capture_output=True,
                                  env={**os.environ, 'PATH': f"{folder}:{os.environ['PATH']}", 'GRANULE_BUILD': folder})
            left = os.path.exists(os.path.join(folder, 'plots'))
            return done.returncode, done.stderr + done.stdout, left

    def test_machines_that_say_nothing_of_use(self):
        for script, what in (('echo verdict: skip; exit 77', 'CPU=a53 has no such granule'),
                             ('echo verdict: panic; exit 1', 'the last line is: verdict: panic'),
                             ('printf "{\\n}\\n{\\n}\\n"; exit 1', 'ended with status 1'),
                             ('printf "{\\n}\\n{\\n}\\n"', 'has no "granule"')):
            status, text, left = self.run_with(script, 'CPU=a53', 'memory')
            self.assertEqual((status, left), (1, False))
            self.assertIn(what, text)

    def test_words(self):
        for words in (['memry'], ['--update', 'all'], ['--check', 'memory'], ['--check', '--recorded'], ['--to'],
                      ['--update', '--to', 'here'], ['--update', '--check']):
            status, text, _ = self.run_with('exit 0', *words)
            self.assertEqual(status, 1)
            self.assertIn('scripts/plots/run [KEY=VALUE...] [NAME...]', text)


if __name__ == '__main__':
    unittest.main()
