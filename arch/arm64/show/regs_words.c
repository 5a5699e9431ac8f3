// SPDX-License-Identifier: BSD-2-Clause
/* System registers in words; <arch/regs.h> has the contract. Pure, but for names of addresses. */
#include <stdarg.h>

#include <arch/boot.h>
#include <arch/cpu.h>
#include <arch/granule.h>
#include <arch/regs.h>
#include <arch/sysreg.h>
#include <arch/trap.h>
#include <kernel/compiler.h>
#include <lib/string.h>
#include <lib/symbols.h>
#include <lib/vsnprintf.h>

/* One string, since pointers are relocations: names with a zero after each. */
static const char names[] =
#define REGS_NAME(id, name, read) name "\0"
	REGS_LIST(REGS_NAME);

const char *regs_name(enum regs_id id)
{
	const char *name = names;

	while (id--)
		name += strlen(name) + 1;
	return name;
}

enum regs_id regs_find(const char *name)
{
	size_t len = strlen(name);
	enum regs_id id = 0;

	for (; id < REG_COUNT; id++) {
		const char *full = regs_name(id);
		size_t stem = strlen(full);

		if (stem > 4 && !memcmp(full + stem - 4, "_EL", 3))
			stem -= 4;
		if ((len == strlen(full) || len == stem) && !strncasecmp(name, full, len))
			break;
	}
	return id;
}

/* Text that grows. */
struct words {
	char *buf;
	size_t size;
	size_t len;
};

static void __printf(2, 3) say(struct words *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	w->len += (size_t)vscnprintf(w->buf + w->len, w->size - w->len, format, args);
	va_end(args);
}

static u64 field(u64 value, unsigned lsb, unsigned bits)
{
	return value >> lsb & ((1ULL << bits) - 1);
}

static const char *on_off(u64 bits)
{
	return bits ? "on" : "off";
}

/* ---- what the CPU does ---- */

static void say_sctlr(struct words *w, u64 v)
{
	say(w,
	    "MMU %s, data cache %s, instruction cache %s, alignment checks %s, of the stack "
	    "pointer "
	    "%s, WXN %s, %s-endian",
	    on_off(v & SCTLR_M), on_off(v & SCTLR_C), on_off(v & SCTLR_I), on_off(v & SCTLR_A),
	    on_off(v & SCTLR_SA), on_off(v & SCTLR_WXN), v & SCTLR_EE ? "big" : "little");
}

static void say_cacheability(struct words *w, const char *which, u64 v)
{
	static const char kinds[4][16] = { "non-cacheable", "write-back", "write-through",
					   "no-allocate" };

	say(w, " %s %s", which, kinds[v & 3]);
}

/* One half of TCR_EL1: what its fields from bit `lsb` on say. */
static void say_half(struct words *w, unsigned half, u64 v, unsigned lsb, const struct granule *g)
{
	static const char shared[4][16] = { "not shareable", "reserved", "outer shareable",
					    "inner shareable" };

	say(w, "TTBR%u: %s, %llu bits (T%uSZ %llu), granule %s, walks", half,
	    v >> (lsb + 7) & 1 ? "off" : "on", 64 - field(v, lsb, 6), half, field(v, lsb, 6),
	    g ? g->name : "reserved");
	say_cacheability(w, "inner", v >> (lsb + 8));
	say_cacheability(w, "outer", v >> (lsb + 10));
	say(w, ", %s; ", shared[field(v, lsb + 12, 2)]);
}

static void say_tcr(struct words *w, u64 v)
{
	say_half(w, 0, v, TCR_T0SZ_SHIFT, granule_by_tg(tcr_tg0(v), false));
	say_half(w, 1, v, TCR_T1SZ_SHIFT, granule_by_tg(tcr_tg1(v), true));
	say(w, "physical addresses of %u bits, ASIDs of %u",
	    pa_range_bits((unsigned)field(v, 32, 3)), v >> 36 & 1 ? 16 : 8);
}

static void say_ttbr(struct words *w, u64 v)
{
	say(w, "root at %#llx, ASID %llu%s", v & TTBR_ADDR_MASK, v >> 48,
	    v & 1 ? ", common to CPUs" : "");
}

static const char *memory_name(u64 attr)
{
	switch (attr) {
	case 0x00:
		return "device nGnRnE";
	case 0x04:
		return "device nGnRE";
	case 0x08:
		return "device nGRE";
	case 0x0c:
		return "device GRE";
	case 0x44:
		return "normal non-cacheable";
	case 0xbb:
		return "normal write-through";
	case 0xff:
		return "normal write-back";
	default:
		return "another kind";
	}
}

/* Attributes that are alike, as one. */
static void say_mair(struct words *w, u64 v)
{
	for (unsigned first = 0, next; first < 8; first = next) {
		u64 attr = field(v, 8 * first, 8);

		for (next = first + 1; next < 8 && field(v, 8 * next, 8) == attr;)
			next++;
		say(w, "%s%u", first ? ", " : "", first);
		if (next > first + 1)
			say(w, " to %u", next - 1);
		say(w, " %s", memory_name(attr));
	}
}

static void say_cpacr(struct words *w, u64 v)
{
	static const char traps[4][16] = { "trap", "trap at EL0", "trap", "don't trap" };

	say(w, "FP and SIMD %s", traps[field(v, 20, 2)]);
}

static void say_masks(struct words *w, u64 v)
{
	static const char exceptions[4][8] = { "FIQ", "IRQ", "SError", "debug" };
	const char *comma = "masked: ";

	for (int i = 3; i >= 0; i--) {
		if (!(v >> (6 + i) & 1))
			continue;
		say(w, "%s%s", comma, exceptions[i]);
		comma = ", ";
	}
	if (!field(v, 6, 4))
		say(w, "nothing is masked");
}

static void say_symbol(struct words *w, u64 v)
{
	char symbol[SYMBOLS_FORMAT_SIZE];

	say(w, "%s", symbols_format(symbol, sizeof(symbol), vaddr(v)));
}

static void say_sp(struct words *w, u64 v)
{
	if (v >= this_cpu()->stack_low)
		say(w, "%llu bytes above the stack's end", v - this_cpu()->stack_low);
	else
		say(w, "not on this CPU's stack");
}

/* ---- the last exception ---- */

/* entry.S makes them 0, and no exception is taken at address 0. */
static void say_exception(struct words *w, enum regs_id id, const u64 *values)
{
	u64 v = values[id];

	/* Interrupts leave ESR alone, and every class sets a bit there: class 0 sets IL. */
	if (!values[REG_ELR] || (id == REG_ESR && !v)) {
		say(w, "no exception %sso far", values[REG_ELR] ? "but interrupts " : "");
		return;
	}
	say(w, "of the last exception: ");
	if (id == REG_ESR)
		say(w, "%s", trap_class_name(v));
	else if (id == REG_FAR)
		say(w, "the address, if it was an abort");
	else if (id == REG_ELR)
		say_symbol(w, v);
	else
		say(w, "from EL%llu%c, ", field(v, 2, 2), v & 1 ? 'h' : 't');
	if (id == REG_SPSR)
		say_masks(w, v);
}

/* ---- time ---- */

static void say_frequency(struct words *w, u64 hz)
{
	say(w, "%llu.%06llu MHz", hz / 1000000, hz % 1000000);
}

static void say_counter(struct words *w, u64 ticks, u64 hz)
{
	if (hz)
		say(w, "%llu.%03llu s", ticks / hz, ticks % hz * 1000 / hz);
	else
		say(w, "the frequency isn't known");
}

/* ---- what the CPU is ---- */

static void say_midr(struct words *w, u64 v)
{
	say(w, "%s r%llup%llu: implementer %#llx, part %#llx", cpu_name(v), field(v, 20, 4),
	    field(v, 0, 4), field(v, 24, 8), field(v, 4, 12));
}

static void say_mpidr(struct words *w, u64 v)
{
	say(w, "affinity %llu.%llu.%llu.%llu", field(v, 32, 8), field(v, 16, 8), field(v, 8, 8),
	    field(v, 0, 8));
}

static void say_ctr(struct words *w, u64 v)
{
	say(w, "cache lines of %llu bytes, of %llu for instructions", 4ULL << field(v, 16, 4),
	    4ULL << field(v, 0, 4));
	say(w, "; new code needs%s%s", v >> 28 & 1 ? "" : " cleaning to the point of unification,",
	    v >> 29 & 1 ? " no invalidation" : " invalidation");
}

/* Implemented or not is as the row says; above the least that is yes there are 52-bit addresses. */
static void say_mmfr0(struct words *w, u64 v)
{
	for (unsigned i = 0; i < GRANULE_COUNT; i++) {
		const struct granule *g = &granules[i];

		say(w, "%s %s, ", g->name,
		    !granule_supported(g, v)             ? "no"
		    : field(v, g->id_lsb, 4) > g->id_min ? "yes, with 52 bits"
							 : "yes");
	}
	say(w, "physical addresses of %llu bits, ASIDs of %u",
	    field(v, 0, 4) == 6 ? 52ULL : (u64)pa_range_bits((unsigned)field(v, 0, 4)),
	    field(v, 4, 4) ? 16 : 8);
}

/*
 * The sixteen fields of an ID register, lowest first, by name. 0 is absent; what is signed begins
 * with a minus, and there 0xf is.
 */
static const char features_mmfr1[] =
	"hardware access flag,16-bit VMIDs,VHE,HPD,LORegions,PAN,SpecSEI,XNX,TWED,ETS,HCRX_EL2,"
	"AFP,nTLBPA,TIDCP1,CMOW,ECBHB";
static const char features_mmfr2[] =
	"CnP,UAO,LSM,IESB,52-bit VAs,CCIDX,nested virtualization,small tables,unaligned atomics,"
	"IDS,FWB,,TTL,BBM,EVT,E0PD";
static const char features_isar0[] =
	",AES,SHA1,SHA2,CRC32,atomics,TME,RDM,SHA3,SM3,SM4,dot product,FHM,flags,TLB ranges,RNDR";
static const char features_pfr0[] =
	",,,,-FP,-SIMD,GIC registers,RAS,SVE,secure EL2,MPAM,AMU,DIT,RME,CSV2,CSV3";

/* Fields above 1 are told with their number: more of the same. */
static void say_features(struct words *w, u64 v, const char *list)
{
	bool any = false;

	for (unsigned lsb = 0; lsb < 64; lsb += 4) {
		const char *comma = strchr(list, ',');
		int len = (int)(comma ? (size_t)(comma - list) : strlen(list));
		bool is_signed = list[0] == '-';
		u64 level = field(v, lsb, 4);

		if (len && (is_signed ? level < 8 : level)) {
			say(w, "%s%.*s", any ? ", " : "", len - is_signed, list + is_signed);
			if (level > 1)
				say(w, " (%llu)", level);
			any = true;
		}
		list += len + (comma != NULL);
	}
	if (!any)
		say(w, "none of its features");
}

/* The levels are fields of their own kind: 1 is AArch64 alone, 2 both states. */
static void say_pfr0(struct words *w, u64 v)
{
	for (unsigned el = 0; el < 4; el++)
		if (field(v, 4 * el, 4))
			say(w, "EL%u%s, ", el, field(v, 4 * el, 4) > 1 ? " (AArch32 too)" : "");
	say_features(w, v, features_pfr0);
}

static void say_id(struct words *w, enum regs_id id, u64 v)
{
	switch (id) {
	case REG_MIDR:
		return say_midr(w, v);
	case REG_MPIDR:
		return say_mpidr(w, v);
	case REG_CTR:
		return say_ctr(w, v);
	case REG_MMFR0:
		return say_mmfr0(w, v);
	case REG_MMFR1:
		return say_features(w, v, features_mmfr1);
	case REG_MMFR2:
		return say_features(w, v, features_mmfr2);
	case REG_ISAR0:
		return say_features(w, v, features_isar0);
	case REG_PFR0:
		return say_pfr0(w, v);
	default:
		return;
	}
}

static void say_state(struct words *w, enum regs_id id, u64 v)
{
	switch (id) {
	case REG_CURRENT_EL:
		return say(w, "EL%llu", field(v, 2, 2));
	case REG_SPSEL:
		return say(w, v & 1 ? "this level's own stack pointer" : "SP_EL0");
	case REG_SP:
		return say_sp(w, v);
	case REG_DAIF:
		return say_masks(w, v);
	case REG_SCTLR:
		return say_sctlr(w, v);
	case REG_CPACR:
		return say_cpacr(w, v);
	case REG_TCR:
		return say_tcr(w, v);
	case REG_TTBR0:
	case REG_TTBR1:
		return say_ttbr(w, v);
	case REG_MAIR:
		return say_mair(w, v);
	case REG_VBAR:
		return say_symbol(w, v);
	default:
		return;
	}
}

char *regs_words(enum regs_id id, const u64 values[REG_COUNT], char *buf, size_t size)
{
	struct words w = { .buf = buf, .size = size };
	u64 v = values[id];

	buf[0] = '\0';
	switch (id) {
	case REG_ESR:
	case REG_FAR:
	case REG_ELR:
	case REG_SPSR:
		say_exception(&w, id, values);
		break;
	case REG_CNTFRQ:
		say_frequency(&w, v);
		break;
	case REG_CNTPCT:
	case REG_CNTVCT:
		say_counter(&w, v, values[REG_CNTFRQ]);
		break;
	default:
		say_state(&w, id, v);
		say_id(&w, id, v);
	}
	return buf;
}
