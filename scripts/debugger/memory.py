# SPDX-License-Identifier: BSD-2-Clause
"""The kernel's data: frame words, free lists, CMA regions, slab caches, vmap areas; and its log.

Layouts and names are those of the debug information. What is linked is walked with an eye on its
counter, so a broken list ends with a sentence and not never.
"""

import struct

import gdb
import tables
from image import image
from target import (Problem, enum_names, exception_level, format_bytes, macros, read, symbol_at)

WORD_BYTES = 8
READ_WORDS = 256       # frame words that are read at once
COUNT_MOST = 4096      # lines of `granule frames`
RUNS_MOST = 16         # lines for one CMA region's claims


def value(name):
    """A variable, 'mm/page/buddy.c' 'buddy' as "mm/page/buddy.c:buddy"."""
    file, _, variable = name.rpartition(':')
    try:
        return gdb.parse_and_eval(f"'{file}'::{variable}" if file else variable)
    except gdb.error as error:
        raise Problem(f'granule: {name}: {error}') from None


def require_kernel(command):
    """The kernel's data means something, and can be read, in the kernel map only."""
    if exception_level() > 1 or not image().base >> 63 or not tables.halves()[1]:
        raise Problem(f'granule {command}: not in the kernel map (see granule where): the data of the '
                      'kernel proper begins there, in kernel_main')


def page_shift():
    return tables.halves()[1].granule.shift


def linear(pa):
    return macros.LINEAR_BASE + pa


def follow(first, link, most, what):
    """The values of a list that ends in a null pointer: no more than `most` are believed."""
    count = 0
    while int(first):
        if count >= most:
            raise Problem(f'granule: {what}: the list has more than the {most} that its counter says')
        count += 1
        yield first
        first = first.dereference()[link]


def require_buddy(command):
    require_kernel(command)
    if not int(value('mm/page/buddy.c:buddy')['max_order']):
        raise Problem(f'granule {command}: the page allocator has no memory yet: mm_init gives it some')


# ---- frames ----

class Frames:
    """The frame table, and where in it valid words begin: include/mm/frame.h, I1 to I4."""

    def __init__(self):
        self.shift = page_shift()
        self.page = 1 << self.shift
        self.kinds = enum_names('frame_kind', 'FRAME_')
        self.types = enum_names('migratetype', 'MIGRATE_')
        self.reserved = next(number for number, name in self.kinds.items() if name == 'reserved')
        self.cache = {}

    def word(self, pa):
        number = pa >> self.shift
        first = number - number % READ_WORDS
        if first not in self.cache:
            address = macros.FRAME_TABLE_BASE + first * WORD_BYTES
            try:
                self.cache[first] = struct.unpack(f'<{READ_WORDS}Q', read(address, READ_WORDS * WORD_BYTES))
            except Problem:
                raise Problem(f'granule: no frame word for {pa:#x}: no memory is near it') from None
        return self.cache[first][number - first]

    def kind(self, word):
        return word & macros.FRAME_KIND_MASK

    def order(self, word):
        return (word & macros.FRAME_ORDER_MASK) >> macros.FRAME_ORDER_SHIFT

    def own(self, word):
        return (word & macros.FRAME_OWN_MASK) >> macros.FRAME_OWN_SHIFT

    def bytes(self, word):
        return self.page << (0 if self.kind(word) == self.reserved else self.order(word))

    def pageblock(self, pa):
        number = pa >> macros.PAGEBLOCK_SHIFT
        ranges, types = value('mm/page/frame.c:type_ranges'), int(value('mm/page/frame.c:types'))
        for i in range(int(value('mm/page/frame.c:type_range_count'))):
            offset = number - int(ranges[i]['first'])
            if 0 <= offset < int(ranges[i]['count']):
                return self.types.get(read(types + int(ranges[i]['at']) + offset, 1)[0], '?')
        return '?'

    def head(self, pa, runs):
        """The first page of the block that holds `pa`, by walking from the last known head."""
        for base, end, is_cma in runs:
            if base <= pa < end:
                unit = macros.PAGEBLOCK_BYTES if is_cma else macros.PAGES_BLOCK_BYTES_MAX
                at = max(base, pa - pa % unit)
                while at + self.bytes(self.word(at)) <= pa:
                    at += self.bytes(self.word(at))
                return at
        return None

    def describe(self, at):
        word = self.word(at)
        kind = self.kinds.get(self.kind(word), f'kind {self.kind(word)}?')
        text = f'{at:#x} {format_bytes(self.bytes(word)):>8} {word:016x} {kind}'
        if self.kind(word) != self.reserved:
            text += f', order {self.order(word)}'
        if kind in ('free', 'hot', 'allocated'):
            number = (word & macros.FRAME_LIST_MASK) >> macros.FRAME_LIST_SHIFT
            text += f', list {self.types.get(number, "?")}'
        text += f', pageblock {self.pageblock(at)}'
        return text + self.describe_own(kind, word)

    def describe_own(self, kind, word):
        own = self.own(word)
        if kind == 'movable':
            where = own & (1 << macros.RMAP_WHERE_BITS) - 1
            owner = enum_names('rmap_owner', 'RMAP_').get(own >> macros.RMAP_OWNER_SHIFT & 0xf, '?')
            pins = own >> macros.RMAP_PIN_SHIFT
            at = f' at {macros.VMAP_BASE + (where << self.shift):#x}' if owner == 'area' else f' {where:#x}'
            return f', of {owner}{at}, {pins} pins'
        if kind in ('kmalloc', 'claimed') and own:
            return f', {own} pages'
        return f', own {own:#x}' if own else ''


def regions(name):
    """[(base, end, flags, owner)] of one of memblock's lists."""
    owners = enum_names('memblock_owner', 'MEMBLOCK_')
    region_list = value(f'memblock_{name}')
    grown = region_list['grown']
    array = grown if int(grown) else region_list['first']
    result = []
    for i in range(int(region_list['count'])):
        base, flags = int(array[i]['base']['val']), int(array[i]['flags'])
        result.append((base, base + int(array[i]['bytes']), flags,
                       owners.get(int(array[i]['owner']), '?')))
    return result


def runs_of_memory(page):
    """[(base, end, is CMA)]: what the allocator has, as frame_next_run of mm/page/frame.c finds it."""
    pieces, cma = [], []
    taken = regions('reserved')
    for base, end, flags, _ in regions('memory'):
        if flags & macros.MEMBLOCK_FLAG_NO_MAP:
            continue
        for start, stop, _, _ in [r for r in taken if r[1] > base and r[0] < end]:
            pieces.append((base, min(start, end)))
            base = max(base, stop)
        pieces.append((base, end))
    for start, stop, _, owner in taken:
        if owner == 'cma':
            cma.append((start, stop, True))
        elif owner == 'image':
            pieces.append((start, -(-stop // page) * page))
    runs = []
    for base, end in sorted((-(-b // page) * page, e // page * page) for b, e in pieces):
        if base >= end:
            continue
        if runs and runs[-1][1] == base:
            runs[-1] = (runs[-1][0], end, False)
        else:
            runs.append((base, end, False))
    return sorted(runs + cma)


def print_frames(pa, count):
    require_buddy('frames')
    if not 0 < count <= COUNT_MOST:
        raise Problem(f'granule frames: {count} blocks: a number from 1 to {COUNT_MOST}')
    frames = Frames()
    runs = runs_of_memory(frames.page)
    for _ in range(count):
        at = frames.head(pa, runs)
        if at is not None:
            gdb.write(frames.describe(at) + '\n')
            pa = at + frames.bytes(frames.word(at))
            continue
        # What the words of such memory hold is junk.
        gdb.write(f"{pa:#x} is not the allocator's: {owner_of(pa)}\n")
        pa = min((base for base, _, _ in runs if base > pa), default=None)
        if pa is None:
            return


def owner_of(pa):
    for base, end, _, owner in regions('reserved'):
        if base <= pa < end:
            return f"reserved at boot, {owner.replace('_', ' ')}"
    inside = any(base <= pa < end for base, end, _, _ in regions('memory'))
    return 'memory that is not used' if inside else 'no memory'


# ---- free lists ----

def walk_list(head, count, frames, type_number, order):
    """The blocks on one of the buddy allocator's lists, each of which has to be what it says."""
    node, first, blocks = int(head['next']), int(head.address), 0
    while node != first:
        if blocks == count:
            raise Problem('has more blocks than its counter says')
        pa = node - macros.LINEAR_BASE
        if not 0 <= pa < macros.LINEAR_BYTES or pa % (frames.page << order):
            raise Problem(f'leads to {node:#x}, which is no block')
        word = frames.word(pa)
        listed = (word & macros.FRAME_LIST_MASK) >> macros.FRAME_LIST_SHIFT
        if (frames.kinds.get(frames.kind(word)), frames.order(word), listed) != ('free', order, type_number):
            raise Problem(f'has {pa:#x}, whose frame word {word:016x} says otherwise')
        node, = struct.unpack('<Q', read(node, WORD_BYTES))
        blocks += 1
    if blocks != count:
        raise Problem(f'has {blocks} blocks, its counter says {count}')
    return blocks


def cpus():
    cpu = value('boot_cpu')
    yield cpu
    while int(cpu['next']):
        cpu = cpu['next'].dereference()
        yield cpu


def hot_bytes(page, hot, lists, orders):
    """Walk a CPU's lists of blocks that were freed last."""
    total = 0
    for index in range(lists):
        count = int(hot[index]['limit']) - int(hot[index]['room'])
        if not count:
            continue
        blocks = sum(1 for _ in follow(hot[index]['first'], 'next', count, f'hot list {index}'))
        if blocks != count:
            raise Problem(f'granule free: hot list {index} has {blocks} blocks, its counter says {count}')
        total += count * (page << index % orders)
    return total


def print_free():
    require_buddy('free')
    buddy, frames = value('mm/page/buddy.c:buddy'), Frames()
    total, wrong = 0, []
    for number, name in frames.types.items():
        if name == 'types':
            continue
        parts, pages = [], 0
        for order in range(int(buddy['max_order']) + 1):
            count = int(buddy['count'][number][order])
            try:
                blocks = walk_list(buddy['list'][number][order], count, frames, number, order)
            except Problem as problem:
                wrong.append(f'{name}, order {order}: the list {problem}')
                continue
            pages += blocks << order
            if blocks:
                parts.append(f'{blocks} x {format_bytes(frames.page << order)}')
        if parts:
            gdb.write(f"{name + ':':<10} {format_bytes(pages * frames.page)}: {', '.join(parts)}\n")
        total += pages * frames.page
    orders = 1 << macros.FRAME_LIST_SHIFT - macros.FRAME_ORDER_SHIFT
    hot = sum(hot_bytes(frames.page, cpu['pages_hot'], (len(frames.types) - 1) * orders, orders) for cpu in cpus())
    gdb.write(f'hot:       {format_bytes(hot)}\nfree:      {total + hot} bytes\n')
    if wrong:
        raise Problem('granule free: broken: ' + '; '.join(wrong))


# ---- CMA ----

def bit_runs(words, count):
    """[(first, end, set?)] of a bitmap."""
    bits = int.from_bytes(words, 'little') & (1 << count) - 1
    runs, at = [], 0
    while at < count:
        is_set = bits >> at & 1
        rest = (~bits if is_set else bits) >> at & (1 << count - at) - 1
        length = (rest & -rest).bit_length() - 1 if rest else count - at
        runs.append((at, at + length, bool(is_set)))
        at += length
    return runs


def print_cma():
    require_kernel('cma')
    page, table = 1 << page_shift(), value('mm/move/cma.c:regions')
    count = int(value('mm/move/cma.c:region_count'))
    if not count:
        gdb.write('cma: no regions\n')
    for i in range(count):
        region = table[i]
        base, total = int(region['base']['val']), int(region['bytes'])
        text = (f"cma: {region['name'].string()}: {format_bytes(total)} at {base:#x}"
                f"{' (default)' if region['is_default'] else ''}")
        if not int(region['claimed']):
            gdb.write(f'{text}: no bitmap: nothing can be claimed, yet\n')
            continue
        pages = total // page
        runs = bit_runs(read(int(region['claimed']), -(-pages // 64) * 8), pages)
        claimed = [run for run in runs if run[2]]
        largest = max((end - first for first, end, is_set in runs if not is_set), default=0)
        gdb.write(f'{text}: {format_bytes(sum(e - f for f, e, _ in claimed) * page)} claimed in '
                  f'{len(claimed)} runs, largest run not claimed {format_bytes(largest * page)}\n')
        for first, end, _ in claimed[:RUNS_MOST]:
            gdb.write(f'  claimed {base + first * page:#x} to {base + end * page:#x} '
                      f'{format_bytes((end - first) * page)}\n')
        if len(claimed) > RUNS_MOST:
            gdb.write(f'  and {len(claimed) - RUNS_MOST} more\n')


# ---- the heap ----

def print_slab():
    require_kernel('slab')
    gdb.write('object   stride slab       slabs     live  name\n')
    for cache in follow(value('slab_caches')['first'], 'next', COUNT_MOST, 'slab caches'):
        slabs, per_slab = int(cache['slabs']), int(cache['per_slab'])
        partial = list(follow(cache['partial'], 'next', slabs, 'partial'))
        full = list(follow(cache['full'], 'next', slabs, 'full'))
        name = cache['name'].string()
        owned = list(follow(cache['owned'], 'next', slabs, 'owned'))
        if len(partial) + len(full) + len(owned) != slabs:
            raise Problem(f'granule slab: {name} has {len(partial)} + {len(full)} + {len(owned)} slabs on its '
                          f'lists, its counter says {slabs}')
        live = len(full) * per_slab + sum(int(slab['live']) for slab in partial)
        live += sum(int(slab['live']) - int(slab['returned_count']) for slab in owned)
        gdb.write(f"{int(cache['object_bytes']):6} B {int(cache['stride']):6} "
                  f"{format_bytes(int(cache['slab_bytes'])):<8} {slabs:7} {live:8}  {name}\n")


def areas(node, depth=0):
    """In ascending order."""
    if int(node):
        if depth > 64:  # an AVL tree that high has more areas than there are addresses
            raise Problem('granule vmap: the tree of areas runs in a circle')
        yield from areas(node['child'][0], depth + 1)
        yield node
        yield from areas(node['child'][1], depth + 1)


def print_vmap():
    require_kernel('vmap')
    tree, types = value('vmap_tree'), enum_names('vmap_type', 'VMAP_TYPE_')
    count = 0
    for area in areas(tree['root']):
        base, size = int(area['base']), int(area['bytes'])
        gdb.write(f"{base:#x} to {base + size:#x} {format_bytes(size)}, "
                  f"{types.get(int(area['type']), '?')} by {symbol_at(int(area['caller']))}\n")
        count += 1
    gdb.write(f'{count} areas\n')
    if count != int(tree['count']):
        raise Problem(f"granule vmap: the tree has {count} areas, its counter says {int(tree['count'])}")


# ---- the log ----

def log_lines():
    """Yields (ns, text), oldest first: include/lib/log.h, L1 and L2."""
    log, header = value('log_state'), gdb.lookup_type('struct log_header')
    size = log['ring'].type.sizeof
    ring = read(int(log['ring'].address), size)
    head, tail, lines = (int(log[name]) for name in ('head', 'tail', 'lines'))

    def take(count):
        nonlocal head
        if not 0 <= count <= tail - head <= size:
            raise Problem(f'granule log: damaged at {head}: {lines} lines are said to follow')
        head += count
        return bytes(ring[at % size] for at in range(head - count, head))

    while lines:
        line = gdb.Value(take(header.sizeof), header)
        yield int(line['ns']), take(int(line['bytes'])).decode('latin-1')
        lines -= 1
    if head != tail:
        raise Problem(f'granule log: damaged at {head}: no line should be there')


def print_log(count):
    # Before that, the memory that it lies in may hold anything.
    if not tables.mmu_is_on():
        raise Problem('granule log: the MMU is off: the log begins on the identity map')
    lines = list(log_lines())
    for ns, text in lines[-count:] if count else lines:
        gdb.write(f'[{ns // 10**9:5}.{ns // 1000 % 10**6:06}] {text}\n')
