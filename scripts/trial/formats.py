# SPDX-License-Identifier: BSD-2-Clause
"""A Judgement for programs: JSON, and JUnit's XML.

Neighbours: report.py shows the same to a person. What a program wrote is text here, with \\xNN for bytes that aren't UTF-8.
"""

import json
import re

from trial.judge import DESCRIPTORS
from trial.report import as_text

# The members of @end that are handed on as they are.
HANDED_ON = ('peak_rss_bytes', 'faults', 'table_bytes', 'mappings', 'waste_bytes', 'instructions', 'reasons', 'timed_out')


def plain(text):
    return text.encode('utf-8', 'surrogateescape').decode('utf-8', 'backslashreplace')


def run_document(run):
    ending = {'refused': run.refused} if run.refused else {'status': run.status}
    figures = {name: run.facts[name] for name in ('exit', 'signal', *HANDED_ON) if name in run.facts}
    outputs = {name: plain(run.text(descriptor)) for descriptor, name in DESCRIPTORS.items()}
    return {**ending, 'seconds': round(run.seconds, 3), **outputs, **figures}


def document(judgement):
    sizes = [{'size': size.name, 'expected': size.expected, 'well': size.well,
              'differs': [DESCRIPTORS[descriptor] for descriptor in size.differing],
              'runs': [run_document(run) for run in size.runs]} for size in judgement.sizes]
    return {'program': plain(judgement.program), 'verdict': judgement.word, 'status': judgement.status,
            'sentence': plain(judgement.sentence), 'version': judgement.version, 'cpus': judgement.cpus, 'sizes': sizes,
            'missing': [{'call': call, 'count': count, 'influenced': influenced}
                        for call, (count, influenced) in judgement.missing.items()],
            'chance': [{'size': size, 'output': name, 'line': line, 'text': plain(text)}
                       for size, name, line, text in judgement.chance],
            'diffs': [[plain(line) for line in diff] for diff in judgement.diffs],
            'log': judgement.log}


def as_json(judgement):
    return json.dumps(document(judgement), indent=2)


def for_xml(text):
    """XML 1.0 has no control characters but these."""
    return re.sub('[^\t\n\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]', '?', plain(text))


def write_junit(path, judgement, names):
    """A case for each size. What couldn't be judged is skipped; what is Granule's fault is an error."""
    import xml.etree.ElementTree as xml  # pylint: disable=import-outside-toplevel  # takes time, and few want it
    kinds = {'unjudged': 'skipped', 'broken': 'error'}
    sizes = {size.name: size for size in judgement.sizes}
    bad = [name for name in names if name not in sizes or not sizes[name].well or judgement.word in kinds]
    kind = kinds.get(judgement.word, 'failure')
    counts = {what: str(len(bad) if kind == name else 0)
              for what, name in (('failures', 'failure'), ('errors', 'error'), ('skipped', 'skipped'))}
    suite = xml.Element('testsuite', name=for_xml(judgement.program), tests=str(len(names)), **counts)
    for name in names:
        seconds = sum(run.seconds for run in sizes[name].runs) if name in sizes else 0.0
        case = xml.SubElement(suite, 'testcase', classname=for_xml(judgement.program), name=name, time=f'{seconds:.3f}')
        if name in bad:
            element = xml.SubElement(case, kind, message=for_xml(judgement.headline()))
            if kind != 'skipped':
                element.set('type', judgement.word)
            element.text = for_xml(as_text(judgement))
    xml.ElementTree(suite).write(path, encoding='utf-8', xml_declaration=True)
