# SPDX-License-Identifier: BSD-2-Clause
"""Rows of the boot matrix: read from a config file, and judged by what a machine left behind.

Neighbours: scripts/run-tests runs rows, tests/matrix.cfg says which (its head explains the format),
scripts/machine.py makes the command of each. Nothing here starts anything: tests/host/test_run_tests.py
calls all of it without a guest.
"""

import configparser
import dataclasses
import itertools
import re
import shlex

import machine

STATUS = {'pass': 0, 'fail': 1, 'panic': 1, 'usage': 2, 'skip': 77}
HANG_STATUS = 124

AXES = {name.lower(): name for name in machine.SETTINGS}
FIELDS = {
    'expect': 'pass',
    'or': '',
    'status': '',
    'must': '',
    'mustnot': '',
    'ktap': '',
    'timeout': '30',
    'qemu': '',
    'input': '',
    'prompt': r'^granule( \[failed\])?> ',
}


class BadConfig(Exception):
    """The config file is wrong. The message says where, and what is right."""


@dataclasses.dataclass
class Row:
    """One machine, one boot, and what has to come of it."""
    name: str
    settings: dict
    expect: str
    instead: str
    status: int
    must: list
    mustnot: list
    ktap: bool
    timeout: float
    extra: list
    input: list
    prompt: str

    def command(self, root):
        return machine.qemu_command(self.settings, self.extra, root)

    def repeat(self):
        """What a person types to see this row again."""
        words = [f'{name}={value}' for name, value in self.settings.items()]
        build = '' if machine.BUILD == 'build' else f'GRANULE_BUILD={shlex.quote(machine.BUILD)} '
        return build + shlex.join(['scripts/run', *words] + (['--', *self.extra] if self.extra else []))


# --- reading -------------------------------------------------------------------------------------


@dataclasses.dataclass
class Override:
    """A [BLOCK when KEY=VALUE|... ...] section; block '*' means all of them."""
    title: str
    block: str
    conditions: list
    values: dict
    used: bool = False

    def matches(self, block, axes):
        if self.block not in ('*', block):
            return False
        return all(axes.get(key) in allowed for key, allowed in self.conditions)


def parse_title(title):
    """'a when b=c|d' -> ('a', [('b', ['c', 'd'])])"""
    block, when, rest = title.partition(' when ')
    conditions = []
    for word in shlex.split(rest):
        key, equals, values = word.partition('=')
        if not equals:
            raise BadConfig(f"[{title}]: '{word}' isn't KEY=VALUE|...")
        conditions.append((key, values.split('|')))
    if not re.fullmatch(r'\*|[A-Za-z0-9-]+', block) or bool(when) != bool(conditions):
        raise BadConfig(f'[{title}]: a section is [name] or [name when key=value|... ...]')
    return block, conditions


def check_key(title, key):
    if key not in AXES and key not in FIELDS and not re.fullmatch(r'(var|axis)\.[a-z_]+', key):
        raise BadConfig(f"[{title}] {key}: no such key; there are: {' '.join([*AXES, *FIELDS])}, "
                        'var.NAME and axis.NAME')


def read_sections(text):
    """-> (defaults, {block: values}, [Override])"""
    parser = configparser.ConfigParser(interpolation=None, delimiters=('=',), default_section=None,
                                       comment_prefixes=('#',), empty_lines_in_values=False)
    if dropped := re.search(r'^[ \t]+#.*$', text, re.M):
        raise BadConfig(f'{dropped[0].strip()}: an indented line that begins with # is dropped; write [#]')
    try:
        parser.read_string(text)
    except configparser.Error as error:
        raise BadConfig(str(error)) from error
    defaults, blocks, overrides = {}, {}, []
    for title in parser.sections():
        values = dict(parser[title])
        for key in values:
            check_key(title, key)
        if title == 'defaults':
            defaults = values
            continue
        block, conditions = parse_title(title)
        if conditions:
            overrides.append(Override(title, block, conditions, values))
        else:
            blocks[block] = values
    for override in overrides:
        if override.block != '*' and override.block not in blocks:
            raise BadConfig(f'[{override.title}]: there is no [{override.block}]')
    return defaults, blocks, overrides


def is_axis(key):
    return key in AXES or key.startswith('axis.')


def plain(key):
    """'var.x' or 'axis.x' -> 'x'"""
    return key.partition('.')[2] or key


def choices(key, value):
    """The values of one machine key: words, but whole lines for the command line."""
    if key == 'cmdline':
        return [line for line in value.split('\n') if line] or ['']
    return value.split() or ['']


def slug(text):
    return re.sub(r'[^A-Za-z0-9.,=]+', '-', text).strip('-')[:60]


def label(key, value):
    """An axis value as a part of a row's name: what says it all as it is, else with its key."""
    if key in ('el2', 'secure', 'gic', 'numa', 'smp', 'semihosting', 'icount', 'junk', 'gdb'):
        return f'{key}.{slug(value)}'
    return slug(value)


def substitute(text, known):
    """<key> -> the row's value of it; <fill N> -> N characters of words nobody knows."""
    def one(match):
        if match[1].startswith('fill '):
            size = int(match[1][5:])
            return ''.join(f'filler{n:04} ' for n in range(size // 11 + 1))[:size - 1] + 'x'
        if match[1] not in known:
            return match[0]
        return known[match[1]]
    return re.sub(r'<(fill [0-9]+|[a-z0-9_]+)>', one, text)


def lines_of(text):
    return [line for line in text.split('\n') if line]


def with_cpus(values, count):
    """The values of a row that doesn't say how many CPUs it has: it has `count`, and the time for them."""
    if not count or 'smp' in values or values.get('machine', 'virt') != 'virt':
        return values
    timeout = float(values.get('timeout', FIELDS['timeout']))
    return {**values, 'smp': str(count), 'timeout': str(timeout * count)}


def make_row(block, axes, values):
    """One row of a block, from all the values that hold for it."""
    fields = {key: values.get(key, default) for key, default in FIELDS.items()}
    known = {key: values.get(key, '') for key in AXES}
    known.update({plain(key): value for key, value in values.items() if key != plain(key)})
    known['build'] = machine.BUILD
    # The command line and file names may use the other settings and the variables.
    known.update({key: substitute(known[key], known) for key in AXES})
    settings = {AXES[key]: known[key] for key in AXES if known[key]}
    # An override of an axis replaces its value: the name shows what really runs.
    parts = [label(key, known[key]) or 'none' for key in axes]
    name = '/'.join([block, '-'.join(parts)]) if parts else block

    if fields['expect'] not in STATUS:
        raise BadConfig(f"{name}: expect={fields['expect']}: one of {', '.join(STATUS)}")
    if fields['or'] not in ('', *STATUS):
        raise BadConfig(f"{name}: or={fields['or']}: one of {', '.join(STATUS)}")
    if fields['ktap'] not in ('', 'yes', 'no'):
        raise BadConfig(f"{name}: ktap={fields['ktap']}: yes or no")
    asks_for_tests = re.search(r'(^|\s)test(=\S+)?(\s|$)', known['cmdline']) is not None
    ktap = fields['ktap'] == 'yes' or (not fields['ktap'] and asks_for_tests
                                       and fields['expect'] == 'pass')
    row = Row(name, settings, fields['expect'], fields['or'],
              int(fields['status'] or STATUS[fields['expect']]),
              [substitute(line, known) for line in lines_of(fields['must'])],
              [substitute(line, known) for line in lines_of(fields['mustnot'])],
              ktap, float(fields['timeout']), shlex.split(fields['qemu']),
              lines_of(fields['input']), fields['prompt'])
    try:
        for expression in row.must + row.mustnot + [row.prompt]:
            re.compile(expression)
        row.command('')
    except (re.error, machine.WrongSetting) as error:
        raise BadConfig(f'{name}: {error}') from error
    return row


def read(text, smp=None):
    """
    The text of a config file -> its rows, in order; those that don't say how many CPUs they have with `smp`
    of them. Raises BadConfig.
    """
    defaults, blocks, overrides = read_sections(text)
    rows = []
    for block, values in blocks.items():
        lists = {key: choices(key, value) for key, value in values.items() if is_axis(key)}
        for combination in itertools.product(*lists.values()):
            point = dict(zip(lists, combination))
            axes = [plain(key) for key in lists if len(lists[key]) > 1]
            merged = {**defaults, **values, **point}
            point = {plain(key): value for key, value in point.items()}
            for override in overrides:
                if override.matches(block, point):
                    override.used = True
                    merged.update(override.values)
            rows.append(make_row(block, axes, with_cpus(merged, smp)))
    for override in overrides:
        if not override.used:
            raise BadConfig(f'[{override.title}]: matches no row')
    names = [row.name for row in rows]
    for name in names:
        if names.count(name) > 1:
            raise BadConfig(f'{name}: two rows have this name')
    return rows


# --- judging -------------------------------------------------------------------------------------


@dataclasses.dataclass
class Judgement:
    """What came of a row: an outcome for the summary, and everything that isn't as it should be."""
    outcome: str
    problems: list
    tests: int = 0


def read_verdict(console):
    """The verdict in the last line that isn't empty, or None."""
    lines = [line.strip() for line in console.split('\n') if line.strip()]
    match = re.fullmatch(r'verdict: ([a-z]+)', lines[-1]) if lines else None
    return match[1] if match and match[1] in STATUS else None


def check_ktap(console):
    """(number of tests, problems) of the one KTAP report that a console has to hold."""
    lines = console.split('\n')
    starts = [n for n, line in enumerate(lines) if line == 'KTAP version 1']
    if len(starts) != 1:
        return 0, [f"{len(starts)} lines 'KTAP version 1' instead of one"]
    plan, results, problems = None, [], []
    for line in lines[starts[0] + 1:]:
        if match := re.fullmatch(r'1\.\.([0-9]+)(\s+#.*)?', line):
            if plan is not None:
                problems.append(f"a second plan: '{line}'")
            elif results:
                problems.append(f"the plan '{line}' comes after results")
            plan = int(match[1])
        elif match := re.match(r'(not )?ok ([0-9]+)\b', line):
            results.append(int(match[2]))
            if match[1]:
                problems.append(line)
    if plan is None:
        problems.append('KTAP: no plan')
    elif plan == 0:
        problems.append('KTAP: a plan of no tests')
    elif results != list(range(1, plan + 1)):
        problems.append(f'KTAP: plan 1..{plan}, but {len(results)} results'
                        + ('' if len(results) != plan else ', not in order'))
    return len(results), problems


def judge(row, console, status, hang=None):
    """
    Compare what a machine printed and its exit status with what the row expects. `hang` says why it
    had to be killed, if it had to be.
    """
    console = console.replace('\r', '')
    verdict = read_verdict(console)
    if verdict and verdict == row.instead and not hang:
        row = dataclasses.replace(row, expect=verdict, must=[], ktap=False)
    problems = []
    if hang:
        problems.append(hang)
    elif verdict is None:
        problems.append("the last line is no 'verdict: ...'")
    elif verdict != row.expect:
        problems.append(f'verdict {verdict} instead of {row.expect}')
    if not hang and status != row.status:
        problems.append(f'exit status {status} instead of {row.status}')
    for expression in row.must:
        if not re.search(expression, console, re.MULTILINE):
            problems.append(f'not on the console: {expression}')
    for expression in row.mustnot:
        if match := re.search(expression, console, re.MULTILINE):
            problems.append(f"on the console: '{match[0]}', by {expression}")
    tests = 0
    if row.ktap or 'KTAP version' in console:
        tests, wrong = check_ktap(console)
        # A row that ends badly on purpose may leave its tests half done.
        if row.ktap or row.expect == 'pass':
            problems += wrong

    outcome = 'hang' if hang else {None: 'no verdict', 'skip': 'no granule'}.get(verdict, verdict)
    if problems and outcome == {'skip': 'no granule'}.get(row.expect, row.expect):
        outcome = 'fail'
    return Judgement(outcome, problems, tests)
