# SPDX-License-Identifier: BSD-2-Clause
"""What `make release` packs is all that a CI job needs, and .github/actions/try starts it."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from fake_programs import CLEAN, TOP, Programs, console  # noqa: E402 (found by the line above)

WELL = ('hello\\n', {})


class Packed(Programs):
    def setUp(self):
        super().setUp()
        self.archive = self.folder / 'granule.tar.gz'
        self.pack(self.archive)
        self.say(console(WELL, WELL, WELL, WELL))

    def pack(self, archive, image=None):
        subprocess.run([TOP / 'scripts/mk-release', image or self.folder / 'Image', archive], check=True, stdout=subprocess.PIPE)

    def bare(self, *tools):
        """An environment whose PATH has these, Python and QEMU, and nothing else."""
        path = self.folder / 'only'
        path.mkdir()
        for name in ('python3', *tools):
            (path / name).symlink_to(shutil.which(name))
        # Its shell and what that calls are the fake's own, not the job's.
        qemu = (self.folder / 'bin/qemu-system-aarch64').read_text(encoding='utf-8')
        self.script(path / 'qemu-system-aarch64', f"PATH={CLEAN['PATH']}\n{qemu}")
        return {'PATH': str(path), 'STATE': str(self.state)}


class Release(Packed):
    def test_unpacked_elsewhere_it_works(self):
        place = self.folder / 'empty'
        place.mkdir()
        subprocess.run(['tar', '-xzf', self.archive, '-C', place], check=True)
        folder, = place.iterdir()
        self.assertRegex(folder.name, r'^granule-[0-9.]+$')
        done = subprocess.run([folder / 'try', self.hello], cwd=place, env=self.bare(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8', check=False)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn('hello: well at 4k, 16k and 64k', done.stdout)
        self.assertEqual(self.after('-kernel'), str(folder / 'Image'))
        self.assertEqual(list(folder.rglob('__pycache__')), [])

    def test_the_same_bytes_again(self):
        again = self.folder / 'again.tar.gz'
        (self.folder / 'Other').write_bytes((self.folder / 'Image').read_bytes())
        os.utime(self.folder / 'Other', (1, 1))
        self.pack(again, self.folder / 'Other')
        first, second = (hashlib.sha256(path.read_bytes()).hexdigest() for path in (self.archive, again))
        self.assertEqual(first, second)


class Action(Packed):
    """The steps of the composite action, as a runner runs them."""

    def setUp(self):
        super().setUp()
        text = (TOP / '.github/actions/try/action.yml').read_text(encoding='utf-8')
        self.steps = [textwrap.dedent(step) for step in re.findall(r'^      run: \|\n((?:        .*\n|\n)+)', text, re.M)]
        self.summary = self.folder / 'summary.md'
        self.job = {**CLEAN, **self.bare('bash', 'mkdir', 'tar', 'gzip', 'tee', 'xargs', 'printf', 'cp'), 'TMPDIR': str(self.folder),
                    'RUNNER_TEMP': str(self.folder / 'runner'), 'GITHUB_STEP_SUMMARY': str(self.summary),
                    'GITHUB_SERVER_URL': 'https://server', 'RELEASE': '', 'REPOSITORY': 'owner/granule', 'REF': 'v0.1',
                    'PROGRAM': str(self.hello), 'ARGUMENTS': '', 'SIZES': '4k,16k,64k', 'EXPECT': '0', 'OPTIONS': ''}

    def run_steps(self, **inputs):
        (self.folder / 'runner').mkdir(exist_ok=True)
        for step in self.steps:
            done = subprocess.run(['bash', '-eo', 'pipefail', '-c', step], env={**self.job, **inputs}, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding='utf-8', check=False)
            if done.returncode:
                break
        return done.returncode, done.stdout

    def test_a_file(self):
        status, text = self.run_steps(RELEASE=str(self.archive), ARGUMENTS="a 'b c' $x", OPTIONS='--timeout 7 --env A=1')
        self.assertEqual(status, 0, text)
        self.assertEqual(len(self.steps), 3)
        self.assertIn('### hello: well at 4k, 16k and 64k', self.summary.read_text(encoding='utf-8'))
        self.assertIn('### hello: well', text)
        self.assertIn('--timeout=7', self.after('-append'))
        self.assertEqual((self.unpacked() / '.try/run').read_bytes().decode().split('\0')[:5], ['/bin/hello', 'a', 'b c', '$x', ''])

    def test_its_status_is_that_of_try(self):
        self.say(console(WELL, WELL, WELL, ('', {'exit': 9})))
        status, text = self.run_steps(RELEASE=str(self.archive))
        self.assertEqual(status, 1, text)
        self.assertIn('differs by page size', self.summary.read_text(encoding='utf-8'))

    def test_the_release_of_its_tag(self):
        self.script(self.folder / 'only/curl', f'echo "$@" >"$STATE/curl"\nPATH=$PATH:{CLEAN["PATH"]}\ncp {self.archive} "$3"')
        for ref, place in (('v0.1', 'download/v0.1'), ('main', 'latest/download')):
            status, text = self.run_steps(REF=ref)
            self.assertEqual(status, 0, text)
            self.assertTrue((self.state / 'curl').read_text(encoding='utf-8').endswith(
                f' https://server/owner/granule/releases/{place}/granule.tar.gz\n'))


if __name__ == '__main__':
    unittest.main()
