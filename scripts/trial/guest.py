# SPDX-License-Identifier: BSD-2-Clause
"""One boot: start the machine, read its console until it ends, and say what is wrong if it doesn't end well.

Neighbours: scripts/machine.py makes the command, console.py reads the lines. The program's own time limit is the kernel's
to keep; what is limited here is a machine that no longer says anything.
"""

import contextlib
import os
import re
import selectors
import signal
import subprocess
import time

from trial.console import Broken

BOOT_SECONDS, GRACE_SECONDS = 60, 20
LOG_MAX = 100_000  # lines
PANIC = re.compile(r'Kernel panic - not syncing: (.*)')
VERDICT = re.compile(r'^verdict: (\w+)$', re.M)


def patience(reader, timeout, factor):
    """So many seconds may pass without a line that says that a run began or ended."""
    return factor * (timeout + GRACE_SECONDS if reader.running else BOOT_SECONDS)


def watch(process, reader, timeout, factor):
    """Read until the console ends. Raises Broken if that takes too long."""
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        state, since = None, 0.0
        while True:
            if state != (reader.running, len(reader.runs)):
                state, since = (reader.running, len(reader.runs)), time.monotonic()
            left = since + patience(reader, timeout, factor) - time.monotonic()
            if left <= 0:
                what = f'end the run at {reader.running.size} by its time limit' if reader.running else 'come to the next run'
                raise Broken(f'Granule did not {what}, and the machine had to be stopped')
            if not selector.select(left):
                continue
            piece = os.read(process.stdout.fileno(), 1 << 16)
            if not piece:
                return
            reader.feed(piece)
            if len(reader.log) > LOG_MAX:
                raise Broken(f'the log has no end after {LOG_MAX} lines')


def run(command, reader, timeout, factor=1.0):
    """Boot once. Raises Broken; what was read until then is in `reader`."""
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          start_new_session=True) as process:
        try:
            watch(process, reader, timeout, factor)
            status = process.wait(BOOT_SECONDS * factor)
        except subprocess.TimeoutExpired:
            raise Broken('the console ended, but the machine did not') from None
        except Broken as broken:
            reader.close()
            raise Broken(panic(reader) or broken) from None
        finally:
            if process.poll() is None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
    reader.close()
    check(reader, status)


def panic(reader):
    found = PANIC.search('\n'.join(reader.log))
    return f'Granule panicked: {found[1].strip()}' if found else ''


def check(reader, status):
    """Did the machine end well, with all that it was to run?"""
    if why := panic(reader):
        raise Broken(why)
    if status < 0:
        raise Broken(f'QEMU was ended by signal {-status}')
    verdicts = VERDICT.findall('\n'.join(reader.log))
    last = next((line for line in reversed(reader.log) if line.strip() and not VERDICT.fullmatch(line)), 'nothing')
    if not verdicts:
        raise Broken(f'the machine ended without a verdict; it said last: {last}')
    if verdicts[-1] != 'pass' or status:
        raise Broken(f'the verdict is {verdicts[-1]}, and the status {status}; it said last: {last}')
    if len(reader.runs) != len(reader.planned):
        raise Broken(f'{len(reader.runs)} of {len(reader.planned)} runs ended before the machine did')
