# SPDX-License-Identifier: BSD-2-Clause
"""What a TLBI takes out of TLBs, by its form and its operand.

    form            entries                                          operand
    vmalle1         all                                              none
    aside1          of an ASID; none that is global                  ASID in 63..48
    vae1, vale1     of an address and an ASID, or global             ASID, TTL in 47..44, VA[55:12] in 43..0
    vaae1, vaale1   of an address and any ASID                       the same without an ASID
    r...            of a range of addresses, at one granule          TG in 47..46, SCALE, NUM, TTL, BaseADDR

`l` is for last: walk caches keep what they have of tables. `is` and `os` reach other CPUs. The Arm ARM
(DDI 0487, J.a): "TLB maintenance instructions", and each instruction's page.
"""

import dataclasses

FIELD_SHIFT = (None, 12, 14, 16)    # what TG, and the upper half of TTL, say of the granule
ADDRESS_BITS = 0x00fffffffffff000   # VA[55:12]: of an address, what there is in an operand


@dataclasses.dataclass
class Tlbi:
    form: str
    asid: int = None    # None: of all, and what is global
    first: int = None   # of the addresses; None: all
    bytes: int = 0
    shift: int = None   # of the granule that it is for; None: any
    level: int = None   # the same

    def is_all(self):
        """All of an ASID, or of all of them."""
        return self.first is None

    def is_broadcast(self):
        return self.form.endswith(('is', 'os'))

    def is_last_level(self):
        return self.form.removeprefix('r').startswith(('vale', 'vaale'))

    def touches(self, va, span):
        """Is it about any of [va, va + span)?"""
        first = va & ADDRESS_BITS
        return self.is_all() or (self.first < first + max(span, 0x1000) and first < self.first + self.bytes)

    def lacks(self, debt):
        """Why it leaves what TLBs may have of an entry at these addresses; None: it doesn't."""
        of_asid = self.asid is None or self.asid == debt.asid or (debt.is_global and not self.is_all())
        if not of_asid:
            return f'TLBI {self.form} is for ASID {self.asid}'
        if self.shift is not None and (self.shift != debt.shift or self.level not in (None, debt.level)):
            return f'TLBI {self.form} is for another granule or level'
        if not self.is_broadcast():
            return f'TLBI {self.form} reaches this CPU alone'
        if self.is_last_level() and not debt.leaf:
            return f'TLBI {self.form} leaves walk caches what they have of the table'
        return None


def decode(form, operand):
    """Of an instruction: its form in lower case, and its register's value, or None."""
    plain = form.removesuffix('is').removesuffix('os')
    if operand is None:
        return Tlbi(form)
    asid = None if 'vaa' in plain else operand >> 48
    if plain == 'aside1':
        return Tlbi(form, asid)
    if plain.startswith('r'):
        shift = FIELD_SHIFT[operand >> 46 & 3] or 0
        pages = (operand >> 39 & 0x1f) + 1 << 5 * (operand >> 44 & 3) + 1
        base, sign = operand & (1 << 37) - 1, 1 << 36
        first = (base ^ sign) - sign << shift & ADDRESS_BITS
        return Tlbi(form, asid, first, pages << shift, shift, operand >> 37 & 3 or None)
    ttl = operand >> 44 & 0xf
    shift = FIELD_SHIFT[ttl >> 2]
    return Tlbi(form, asid, operand << 12 & ADDRESS_BITS, 0x1000, shift, ttl & 3 if shift else None)
