# SPDX-License-Identifier: BSD-2-Clause
"""What an ELF file's debug information says of variables and types: places of members, values of enumerators.

Read from what `readelf` prints, so nothing has to be installed.
"""

import re

import sites

DIE = re.compile(r'^ <(\d+)><([0-9a-f]+)>: Abbrev Number: \d+ \((\w+)\)')
ATTRIBUTE = re.compile(r'^    <[0-9a-f]+>\s+DW_AT_(name|type|byte_size|data_member_location|upper_bound|count|'
                       r'const_value|specification|declaration|location|addr_base)\s*:\s*(.*)$')
# All else is what is inside functions.
WANTED = {'DW_TAG_' + tag for tag in (
    'compile_unit', 'structure_type', 'union_type', 'enumeration_type', 'enumerator', 'member', 'array_type',
    'subrange_type', 'pointer_type', 'base_type', 'typedef', 'const_type', 'volatile_type', 'variable')}
POINTER_BYTES = 8


class Die:
    def __init__(self, tag):
        self.tag, self.children = tag, []

    def __getattr__(self, name):
        return None


class DebugInfo:
    """From readelf's texts: of the entries, and of a table of addresses that clang's entries have indices of."""

    def __init__(self, text, addresses=''):
        self.dies, self.structs, self.variables, self.enumerators = {}, {}, {}, {}
        self.read(text, [[int(word, 16) for word in re.findall(r'^\t\d+:\s+([0-9a-f]+)$', part, re.MULTILINE)]
                         for part in addresses.split('For compilation unit')[1:]])

    def read(self, text, tables):
        above, at, found = [], None, []
        for line in text.splitlines():
            if line.startswith('    <'):
                if at is not None and (match := ATTRIBUTE.match(line)):
                    setattr(at, match[1], value_of(match[1], match[2]))
            elif match := DIE.match(line):
                if match[3] not in WANTED:
                    at = None
                    continue
                depth, at = int(match[1]), Die(match[3])
                self.dies[int(match[2], 16)] = at
                del above[depth:]
                above += [None] * (depth - len(above)) + [at]
                if depth and above[-2]:
                    above[-2].children.append(at)
                if depth:
                    at.unit = above[0]
                if match[3] in ('DW_TAG_structure_type', 'DW_TAG_enumeration_type') or \
                        (match[3] == 'DW_TAG_variable' and depth == 1):
                    found.append(at)
            else:
                at = None
        units = [die for die in self.dies.values() if die.addr_base is not None]
        table_of = dict(zip(map(id, units), tables))
        for die in found:
            origin = self.dies.get(die.specification, die)
            if die.tag == 'DW_TAG_variable':
                key = sites.in_tree(die.unit.name or ''), origin.name
                address = place_of(die.location or '', table_of.get(id(die.unit)))
                if address is not None:
                    self.variables[key] = address, self.dies.get(origin.type)
            elif die.tag == 'DW_TAG_enumeration_type':
                self.enumerators |= {one.name: one.const_value for one in die.children}
            elif die.name and not die.declaration:
                self.structs.setdefault(die.name, die)

    # ---- types ----

    def plain(self, die):
        """Without typedef, const and volatile."""
        while die is not None and die.tag in ('DW_TAG_typedef', 'DW_TAG_const_type', 'DW_TAG_volatile_type'):
            die = self.dies.get(die.type)
        return die

    def size(self, die):
        die = self.plain(die)
        if die is None:
            return 0
        if die.tag == 'DW_TAG_pointer_type':
            return POINTER_BYTES
        if die.tag == 'DW_TAG_array_type':
            return self.size(self.dies.get(die.type)) * array_count(die)
        return die.byte_size or 0

    def members(self, die):
        """(name, offset, type) of each, of a struct or union."""
        return [(child.name, child.data_member_location or 0, self.dies.get(child.type))
                for child in die.children if child.tag == 'DW_TAG_member']

    def place(self, die, path):
        """(offset, type) of each thing that a path names: a.b, and a[].b of all elements."""
        if not path:
            return [(0, die)]
        first, _, rest = path.partition('.')
        name, all_of = first.removesuffix('[]'), first.endswith('[]')
        die = self.plain(die)
        if name:
            at = [(offset, kind) for member, offset, kind in self.members(die) if member == name]
            if not at:
                raise KeyError(f'no member {name} in {die.name}')
        else:
            at = [(0, die)]
        if all_of:
            offset, array = at[0][0], self.plain(at[0][1])
            element = self.dies.get(array.type)
            at = [(offset + i * self.size(element), element) for i in range(array_count(array))]
        return [(offset + more, kind) for offset, within in at for more, kind in self.place(within, rest)]

    def inside(self, die, name):
        """Offsets of all structs of this name in a type, itself included."""
        die = self.plain(die)
        if die is None:
            return []
        if die.tag == 'DW_TAG_structure_type' and die.name == name:
            return [0]
        if die.tag == 'DW_TAG_array_type':
            element = self.dies.get(die.type)
            within = self.inside(element, name)
            return [i * self.size(element) + at for i in range(array_count(die)) for at in within] if within else []
        if die.tag in ('DW_TAG_structure_type', 'DW_TAG_union_type'):
            return [offset + at for _, offset, kind in self.members(die) for at in self.inside(kind, name)]
        return []


def of(found):
    """Of the ELF file of some sites."""
    return DebugInfo(*(found.run('readelf', '--debug-dump=' + what, found.elf) for what in ('info', 'addr')))


def place_of(location, table):
    if match := re.search(r'DW_OP_addr: ([0-9a-f]+)', location):
        return int(match[1], 16)
    match = re.search(r'DW_OP_addrx <(0x[0-9a-f]+|0)>', location)
    return table[int(match[1], 16)] if match else None


def value_of(name, text):
    if name == 'name':
        return text.rpartition('): ')[2].strip() if text.startswith('(') else text.strip()
    if name in ('type', 'specification'):
        return int(text.strip().strip('<>'), 16)
    if name in ('location', 'declaration'):
        return text
    try:
        return int(text.split()[0], 0)
    except ValueError:
        return None


def array_count(die):
    count = 1
    for child in die.children:
        if child.tag == 'DW_TAG_subrange_type':
            count *= child.count if child.count is not None else (-1 if child.upper_bound is None else child.upper_bound) + 1
    return count
