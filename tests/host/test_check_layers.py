# SPDX-License-Identifier: BSD-2-Clause
"""scripts/check-layers: a call to a higher storey is found, and what is allowed is not."""

import os
import subprocess
import tempfile
import unittest

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
CALLS_HIGH = 'int high(void);\nint low(void)\n{\n\treturn high();\n}\n'
HIGH = 'int high(void)\n{\n\treturn 1;\n}\n'


class Layers(unittest.TestCase):
    def run_with(self, sources):
        """{object without .o: C} becomes objects; returns the status and what was said."""
        with tempfile.TemporaryDirectory() as build:
            objects = []
            for name, text in sources.items():
                objects.append(os.path.join(build, name + '.o'))
                os.makedirs(os.path.dirname(objects[-1]), exist_ok=True)
                subprocess.run(['cc', '-x', 'c', '-c', '-o', objects[-1], '-'], input=text, text=True,
                               check=True)
            done = subprocess.run([os.path.join(TOP, 'scripts/check-layers'), 'nm', build, *objects],
                                  capture_output=True, text=True, check=False)
            return done.returncode, done.stdout + done.stderr

    def test_a_call_upwards_is_found(self):
        status, said = self.run_with({'lib/low': CALLS_HIGH, 'mm/page/high': HIGH})
        self.assertEqual(status, 1)
        self.assertRegex(said, 'lib/low.o uses high of .*mm/page/high.o: mm/page lies above lib')

    def test_data_counts_as_well(self):
        status, _ = self.run_with({'lib/log/low': 'extern int far;\nint near(void)\n{\n\treturn far;\n}\n',
                                   'kernel/boot/high': 'int far;\n'})
        self.assertEqual(status, 1)

    def test_calls_down_and_within_are_fine(self):
        status, said = self.run_with({'mm/page/low': CALLS_HIGH, 'lib/high': HIGH,
                                      'lib/low': CALLS_HIGH.replace('low', 'other')})
        self.assertEqual((status, said), (0, ''))

    def test_boot_goes_on_upwards(self):
        status, said = self.run_with({
            'arch/arm64/boot/head': CALLS_HIGH.replace('high', 'kernel_main'),
            'kernel/main': HIGH.replace('high', 'kernel_main')})
        self.assertEqual((status, said), (0, ''))

    def test_checks_of_the_compiler_call_upwards(self):
        status, said = self.run_with({
            'lib/low': CALLS_HIGH.replace('high', '__ubsan_handle_new_abort'),
            'lib/sanitize/high': HIGH.replace('high', '__ubsan_handle_new_abort')})
        self.assertEqual((status, said), (0, ''))
        status, said = self.run_with({
            'lib/low': CALLS_HIGH.replace('high', 'ubsan_report'),
            'lib/sanitize/high': HIGH.replace('high', 'ubsan_report')})
        self.assertEqual(status, 1)

    def test_what_nothing_defines_is_the_linkers_matter(self):
        status, said = self.run_with({'lib/low': CALLS_HIGH})
        self.assertEqual((status, said), (0, ''))

    def test_each_folder_is_a_storey(self):
        status, said = self.run_with({'attic/high': HIGH})
        self.assertEqual(status, 1)
        self.assertIn('attic is no storey', said)


if __name__ == '__main__':
    unittest.main()
