// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `locks`: how often each kind of spin lock was taken, and waited for. */
#include <arch/spinlock.h>
#include <kernel/json.h>
#include <kernel/monitor.h>
#include <lib/printk.h>

extern const struct lock_class _lock_classes[], _lock_classes_end[];

/* The one after `class` from the outside in; those of a rank by name. NULL: the first, and none. */
static const struct lock_class *next_class(const struct lock_class *class)
{
	const struct lock_class *at = class ? class + 1 : _lock_classes;
	unsigned rank = class ? class->rank : 0;

	for (; rank < LOCK_RANKS; rank++, at = _lock_classes)
		for (; at < _lock_classes_end; at++)
			if (at->rank == rank)
				return at;
	return NULL;
}

/* False: nobody knows. */
static bool taken(const struct lock_class *class, u64 *count)
{
	if (class->lock)
		*count = spin_taken(class->lock);
	else if (class->taken)
		*count = class->taken();
	return class->lock || class->taken;
}

static int print_json(void)
{
	struct json j;
	u64 count;

	json_begin(&j, printk);
	json_array(&j, "locks");
	for (const struct lock_class *c = next_class(NULL); c; c = next_class(c)) {
		json_object(&j, NULL);
		json_text(&j, "class", c->name);
		if (taken(c, &count))
			json_number(&j, "taken", count);
		json_number(&j, "waits", c->waits);
		json_number(&j, "waited_ns", c->waited_ns);
		json_number(&j, "worst_ns", c->worst_ns);
		json_close(&j);
	}
	json_close(&j);
	json_end(&j);
	return 0;
}

static void print_class(const struct lock_class *c)
{
	u64 count;

	printk("%-16s", c->name);
	if (taken(c, &count))
		printk("%12llu", count);
	else
		printk("%12s", "-");
	printk("%12u%12llu%12llu\n", c->waits, c->waited_ns / 1000, c->worst_ns / 1000);
}

COMMAND(locks, "[--json]", "spin locks: how often each kind was taken, and waited for")
{
	bool json;
	int err = monitor_parse_json(argc, argv, &json);

	if (err)
		return err;
	if (json)
		return print_json();
	printk("%-16s%12s%12s%12s%12s\n", "class", "taken", "waits", "waited us", "worst us");
	for (const struct lock_class *c = next_class(NULL); c; c = next_class(c))
		print_class(c);
	return 0;
}
