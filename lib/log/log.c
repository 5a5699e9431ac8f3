// SPDX-License-Identifier: BSD-2-Clause
/* The ring that printk fills; <lib/log.h> has its layout and the contracts. */
#include <arch/counter.h>
#include <kernel/assert.h>
#include <kernel/errno.h>
#include <lib/cmdline.h>
#include <lib/console.h>
#include <lib/log.h>
#include <lib/string.h>
#include <lib/vsnprintf.h>

CMDLINE_OPTION(printk_time, "printk.time");

#define HEADER_BYTES sizeof(struct log_header)
#define CUT          "..."

/* "[    0.001234] ", with up to 20 digits of seconds. */
#define STAMP_BYTES 32

BUILD_ASSERT(HEADER_BYTES + LOG_LINE_BYTES <= LOG_BYTES);
BUILD_ASSERT(LOG_LINE_BYTES <= 0xffff); /* of a header */

struct log log_state;
LOCK_CLASS(log, LOCK_LOG, &log_lock);
struct spinlock log_lock = SPINLOCK(log);

/* ---- the ring ---- */

static void ring_put(u64 at, const void *from, size_t bytes)
{
	size_t start = at % LOG_BYTES;
	size_t first = MIN(bytes, LOG_BYTES - start);

	memcpy(log_state.ring + start, from, first);
	memcpy(log_state.ring, (const u8 *)from + first, bytes - first);
}

static void ring_get(u64 at, void *to, size_t bytes)
{
	size_t start = at % LOG_BYTES;
	size_t first = MIN(bytes, LOG_BYTES - start);

	memcpy(to, log_state.ring + start, first);
	memcpy((u8 *)to + first, log_state.ring, bytes - first);
}

/* L1, and as much of L2 and L3 as can be seen without a walk. */
static bool is_sane(void)
{
	u64 used = log_state.tail - log_state.head;

	return used <= LOG_BYTES && log_state.lines <= used / HEADER_BYTES &&
	       !log_state.lines == !used &&
	       (!log_state.open || (log_state.open_bytes <= LOG_LINE_BYTES &&
				    HEADER_BYTES + log_state.open_bytes <= used));
}

/* The header of the line at `at`. False if no line can be there. */
static bool read_header(u64 at, struct log_header *header)
{
	u64 left = log_state.tail - at;

	if (left < HEADER_BYTES || left > LOG_BYTES)
		return false;
	ring_get(at, header, HEADER_BYTES);
	return header->bytes <= LOG_LINE_BYTES && header->bytes <= left - HEADER_BYTES;
}

static void forget_all(void)
{
	log_state.first += log_state.lines;
	log_state.head = log_state.tail;
	log_state.lines = 0;
	log_state.open = false;
}

/* ---- writing ---- */

static void drop_oldest(void)
{
	struct log_header header;

	/* The open line fits, so it is never in its own way. */
	if (log_state.lines <= log_state.open || !read_header(log_state.head, &header)) {
		forget_all();
		return;
	}
	log_state.head += HEADER_BYTES + header.bytes;
	log_state.lines--;
	log_state.first++;
	log_state.lost++;
}

/* Comes to an end: each turn takes a header away, or everything. */
static void make_room(u64 bytes)
{
	while (log_state.tail - log_state.head > LOG_BYTES - bytes)
		drop_oldest();
}

static void begin_line(u64 ns)
{
	struct log_header header = { .ns = ns };

	make_room(HEADER_BYTES);
	ring_put(log_state.tail, &header, HEADER_BYTES);
	log_state.tail += HEADER_BYTES;
	log_state.lines++;
	log_state.open = true;
	log_state.open_bytes = 0;
}

static void append(const char *text, size_t bytes)
{
	u64 header = log_state.tail - log_state.open_bytes - HEADER_BYTES;
	u64 fits = MIN(bytes, (size_t)LOG_LINE_BYTES - log_state.open_bytes);

	make_room(fits);
	if (!log_state.open) /* it was damaged, and is gone */
		return;
	ring_put(log_state.tail, text, fits);
	log_state.tail += fits;
	log_state.open_bytes = (u16)(log_state.open_bytes + fits);
	if (fits < bytes)
		ring_put(log_state.tail - strlen(CUT), CUT, strlen(CUT));
	ring_put(header + offsetof(struct log_header, bytes), &log_state.open_bytes,
		 sizeof(log_state.open_bytes));
}

/*
 * A line, with its newline, or a part of one. True, and when, if a line begins with it that should
 * have a stamp on the console.
 */
static bool add(const char *text, size_t bytes, u64 *ns)
{
	bool ends = text[bytes - 1] == '\n', begins = false;
	u64 saved;

	saved = spin_lock_irq(&log_lock);
	if (!log_state.paused) {
		if (!is_sane())
			forget_all();
		begins = !log_state.open;
		if (begins) {
			*ns = arch_counter_ns();
			begin_line(*ns);
		}
		append(text, bytes - ends);
		log_state.open = log_state.open && !ends;
	}
	begins = begins && log_state.stamps == LOG_STAMPS_CONSOLE;
	spin_unlock_irq(&log_lock, saved);
	return begins;
}

static void write_stamp(u64 ns)
{
	char stamp[STAMP_BYTES];
	int len = scnprintf(stamp, sizeof(stamp), "[%5llu.%06llu] ", ns / 1000000000,
			    ns / 1000 % 1000000);

	console_write(stamp, (size_t)len);
}

void log_write(const char *text, size_t bytes)
{
	const char *at = text, *end = text + bytes;
	u64 ns;

	while (at < end) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		const char *next = newline ? newline + 1 : end;

		if (add(at, (size_t)(next - at), &ns)) {
			console_write(text, (size_t)(at - text));
			write_stamp(ns);
			text = at;
		}
		at = next;
	}
	console_write(text, (size_t)(end - text));
}

bool log_pause(bool paused)
{
	bool before = log_state.paused;

	log_state.paused = paused;
	return before;
}

void log_clear(void)
{
	u64 saved = spin_lock_irq(&log_lock);

	forget_all();
	log_state.lost = 0;
	spin_unlock_irq(&log_lock, saved);
}

/* ---- printk.time ---- */

int __init log_setup(const char *cmdline, struct cmdline_option *option)
{
	if (!cmdline_find_last(cmdline, "printk.time", option))
		return 0;
	if (cmdline_value_is(option, "0"))
		log_state.stamps = LOG_STAMPS_NONE;
	else if (cmdline_value_is(option, "1"))
		log_state.stamps = LOG_STAMPS_CONSOLE;
	else
		return -EINVAL;
	return 0;
}

void log_bare(void)
{
	if (log_state.stamps == LOG_STAMPS_CONSOLE)
		log_state.stamps = LOG_STAMPS_KEPT;
}

/* ---- reading: by console_write, which leaves the log as it is ---- */

/* A line of the log while others may be writing: its number, and where its text is. */
struct line {
	u64 number;
	u64 at;
	struct log_header header;
};

/*
 * The line after `line`, or the oldest if that has made way meanwhile. 0: that was the last one.
 * -EIO: the log is damaged.
 */
static int next_line(struct line *line)
{
	int found = 0;
	u64 saved;

	saved = spin_lock_irq(&log_lock);
	line->number++;
	line->at += line->header.bytes;
	if (line->number <= log_state.first || line->at < log_state.head) {
		line->number = log_state.first;
		line->at = log_state.head;
	}
	if (!is_sane())
		found = -EIO;
	else if (line->number - log_state.first < log_state.lines)
		found = read_header(line->at, &line->header) ? 1 : -EIO;
	else
		found = line->at == log_state.tail ? 0 : -EIO;
	line->at += HEADER_BYTES;
	spin_unlock_irq(&log_lock, saved);
	return found;
}

/* Some of a text, `bytes` at most; how many, 0 if it has made way. */
static size_t read_text(u64 at, char *text, size_t bytes)
{
	bool there;
	u64 saved;

	saved = spin_lock_irq(&log_lock);
	there = at >= log_state.head && log_state.tail - at <= LOG_BYTES;
	if (there)
		ring_get(at, text, bytes);
	spin_unlock_irq(&log_lock, saved);
	return there ? bytes : 0;
}

/* In pieces: the stack that a panic has may be small. */
static void print_line(const struct line *line)
{
	char text[80];
	size_t left = line->header.bytes, part;

	if (log_state.stamps != LOG_STAMPS_NONE)
		write_stamp(line->header.ns);
	for (u64 at = line->at; left; at += part, left -= part) {
		part = read_text(at, text, MIN(left, sizeof(text)));
		if (!part)
			break;
		console_write(text, part);
	}
	console_write("\n", 1);
}

static void write_text(const char *text)
{
	console_write(text, strlen(text));
}

/* Lines from number `from` on and before `end`. False: the log is damaged, and that is said. */
static bool print_lines(u64 from, u64 end, const char *indent)
{
	struct line line = { .number = ~0ULL };
	int found;

	while ((found = next_line(&line)) > 0 && line.number < end) {
		if (line.number < from)
			continue;
		write_text(indent);
		print_line(&line);
	}
	if (found < 0)
		write_text("log: damaged from here on\n");
	return found >= 0;
}

void log_print(u64 most)
{
	u64 saved = spin_lock_irq(&log_lock), end, from, lost;

	end = log_state.first + log_state.lines;
	from = end - MIN(most, (u64)log_state.lines);
	lost = most >= log_state.lines ? log_state.lost : 0;
	spin_unlock_irq(&log_lock, saved);
	if (lost) {
		char text[64];

		scnprintf(text, sizeof(text), "log: %llu lines before these are lost\n", lost);
		write_text(text);
	}
	if (!print_lines(from, end, ""))
		log_clear();
}

void log_panic(void)
{
	spin_break(&log_lock);
	log_state.paused = false;
	log_state.open = false;
	log_state.panic = log_state.first + log_state.lines;
}

void log_print_before_panic(void)
{
	u64 have = log_state.panic - log_state.first; /* huge, if all of them made way */
	u64 count = have <= log_state.lines ? MIN(have, (u64)LOG_PANIC_LINES) : 0;
	char text[64];

	if (!count)
		return;
	scnprintf(text, sizeof(text), "log: the last %llu lines:\n", count);
	write_text(text);
	print_lines(log_state.panic - count, log_state.panic, "  ");
}
