// SPDX-License-Identifier: BSD-2-Clause
/* Descriptors in words; <arch/pte_text.h> has the contracts. */
#include <arch/pte_text.h>
#include <lib/vsnprintf.h>

char *pte_text_permissions(char buf[PTE_TEXT_PERMISSIONS_SIZE], pte_t leaf)
{
	bool user = leaf.val & PTE_AP_EL0, writable = pte_writable(leaf);
	bool user_executes = !(leaf.val & PTE_UXN);
	char *out = buf;

	/* What EL0 may write EL1 never executes, whatever PXN says. */
	*out++ = 'r';
	*out++ = writable ? 'w' : '-';
	*out++ = leaf.val & PTE_PXN || (user && writable) ? '-' : 'x';
	if (user || user_executes) {
		*out++ = '/';
		*out++ = user ? 'r' : '-';
		*out++ = user && writable ? 'w' : '-';
		*out++ = user_executes ? 'x' : '-';
	}
	*out = '\0';
	return buf;
}

const char *pte_text_memory(pte_t leaf)
{
	static const char names[][9] = { [MAIR_NORMAL] = "normal", [MAIR_DEVICE_nGnRE] = "device" };
	u64 type = (leaf.val & PTE_ATTR_MASK) >> PTE_ATTR_SHIFT;

	return type < ARRAY_SIZE(names) ? names[type] : "reserved";
}

char *pte_text(char *buf, size_t size, pte_t leaf)
{
	char permissions[PTE_TEXT_PERMISSIONS_SIZE];
	/* Device memory is outer shareable, whatever the field says. */
	bool shared = (leaf.val & PTE_SH_INNER) == PTE_SH_INNER ||
		      (leaf.val & PTE_ATTR_MASK) >> PTE_ATTR_SHIFT == MAIR_DEVICE_nGnRE;

	snprintf(buf, size, "%s %s%s%s%s%s", pte_text_permissions(permissions, leaf),
		 pte_text_memory(leaf), leaf.val & PTE_CONTIG ? ", contiguous" : "",
		 leaf.val & PTE_NG ? ", not global" : "",
		 leaf.val & PTE_AF ? "" : ", no access flag",
		 shared ? "" : ", not inner shareable");
	return buf;
}

const char *pte_text_kind(const struct granule *g, unsigned level, pte_t entry)
{
	if (!pte_valid(entry))
		return "invalid";
	if (pte_is_table(entry, level))
		return "table";
	if (!pte_maps(g, entry, level))
		return "reserved";
	return level == GRANULE_LAST_LEVEL ? "page" : "block";
}
