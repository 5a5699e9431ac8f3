# SPDX-License-Identifier: BSD-2-Clause
"""An initrd: files of the host at their paths in the guest, as a cpio archive ("newc", uncompressed).

Neighbours: scripts/try says what is in it, lib/initramfs.c reads it. Everything belongs to root, modes and times are the
host's. A name through a link (/bin -> usr/bin) is put where the link leads, as it would be on a file system.
"""

import os
import stat

from trial.program import Usage

LINKS_MAX = 40
FILE_MAX = (1 << 32) - 1
PARTS = ('K', 'M', 'G', 'T')


def size_text(size):
    """1536 -> '1.5 KiB'"""
    if size < 1024:
        return f'{size} B'
    for unit in PARTS:
        size /= 1024
        if size < 1000 or unit == PARTS[-1]:
            break
    return f'{size:.1f} {unit}iB' if size < 10 and size != int(size) else f'{size:.0f} {unit}iB'


class Archive:
    """What is to be packed; nothing is read before write(), but sizes count from the start."""

    def __init__(self, limit, advice):
        self.limit, self.advice = limit, advice
        self.bytes = 0
        self.entries = {}  # path: (mode, mtime, bytes or the host's path)
        self.skipped = []

    def add(self, path, mode, content=b'', mtime=0, size=None):
        """`content` is bytes, or a path of the host. -> the path in the guest, from /"""
        path = self.resolve(path.strip('/'))
        self.drop(path)
        self.add_folders(path)
        size = len(content) if size is None else size
        self.bytes += size
        if self.bytes > self.limit or size > FILE_MAX:
            raise Usage(f'/{path}: with it the files take more than {size_text(self.limit)}: {self.advice}')
        self.entries[path] = (mode, mtime, content)
        return f'/{path}'

    def drop(self, path):
        """What is packed there makes room for another file; a folder doesn't."""
        old = self.entries.pop(path, None)
        if old is None:
            return
        if stat.S_ISDIR(old[0]):
            raise Usage(f'/{path}: a folder is packed there')
        self.bytes -= len(old[2]) if isinstance(old[2], bytes) else os.stat(old[2]).st_size

    def add_folders(self, path):
        parts = path.split('/')[:-1]
        for n in range(1, len(parts) + 1):
            folder = '/'.join(parts[:n])
            mode = self.entries.setdefault(folder, (stat.S_IFDIR | 0o755, 0, b''))[0]
            if not stat.S_ISDIR(mode):
                raise Usage(f'/{path}: /{folder} is packed, and is no folder')

    def resolve(self, path):
        """Without links, `.` and `..` on the way; the last part stays as it is."""
        rest, done, links = path.split('/')[::-1], [], 0
        while len(rest) > 1:
            part = rest.pop()
            link = self.entries.get('/'.join([*done, part]))
            if link and stat.S_ISLNK(link[0]):
                links += 1
                if links > LINKS_MAX:
                    raise Usage(f'/{path}: links that lead to each other')
                target = os.fsdecode(link[2])
                done = [] if target.startswith('/') else done
                rest += target.split('/')[::-1]
            elif part == '..':
                done = done[:-1]
            elif part not in ('', '.'):
                done.append(part)
        return '/'.join([*done, rest[0]])

    def add_file(self, path, host):
        try:
            about = os.stat(host)
        except OSError as error:
            raise Usage(f'{host}: {error.strerror}') from error
        if not stat.S_ISREG(about.st_mode):
            raise Usage(f"{host}: {'--root packs folders' if stat.S_ISDIR(about.st_mode) else 'not a file'}")
        if not os.access(host, os.R_OK):
            raise Usage(f'{host}: it may not be read')
        return self.add(path, stat.S_IFREG | stat.S_IMODE(about.st_mode), os.path.abspath(host), about.st_mtime, about.st_size)

    def add_tree(self, host, folder=''):
        """All of a folder. What is no file, folder or link, or can't be read, is left out, and named in `skipped`."""
        try:
            found = sorted(os.scandir(os.path.join(host, folder)), key=lambda item: item.name)
        except OSError as error:
            if not folder:
                raise Usage(f'{host}: {error.strerror}') from error
            self.skipped.append(f'/{folder}')
            return
        for item in found:
            path = f'{folder}/{item.name}' if folder else item.name
            about = item.stat(follow_symlinks=False)
            if stat.S_ISDIR(about.st_mode):
                self.entries[path] = (about.st_mode, about.st_mtime, b'')
                self.add_tree(host, path)
            elif stat.S_ISLNK(about.st_mode):
                self.add(path, about.st_mode, os.fsencode(os.readlink(item.path)), about.st_mtime)
            elif stat.S_ISREG(about.st_mode) and os.access(item.path, os.R_OK):
                self.add(path, about.st_mode, os.path.abspath(item.path), about.st_mtime, about.st_size)
            else:
                self.skipped.append(f'/{path}')

    def write(self, file):
        for number, (path, (mode, mtime, content)) in enumerate(sorted(self.entries.items()), 1):
            if not isinstance(content, bytes):
                with open(content, 'rb') as source:
                    content = source.read()
            write_entry(file, os.fsencode(path), mode, content, number, int(mtime))
        write_entry(file, b'TRAILER!!!', 0, b'', 0, 0)


def write_entry(file, name, mode, content, number, mtime):
    fields = (number, mode, 0, 0, 1, min(max(mtime, 0), FILE_MAX), len(content), 0, 0, 0, 0, len(name) + 1, 0)
    head = b'070701' + b''.join(b'%08x' % field for field in fields) + name + b'\0'
    file.write(head + b'\0' * (-len(head) % 4))
    file.write(content)
    file.write(b'\0' * (-len(content) % 4))
