// SPDX-License-Identifier: BSD-2-Clause
/*
 * kernel/sched/irq.c with a controller that the test plays, and two CPUs.
 *
 * Sources: kernel/sched/irq.c
 */
#include <stdio.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include <arch/context.h>
#include <arch/cpu.h>
#include <arch/irq_chip.h>
#include <arch/irqflags.h>
#include <arch/trap.h>
#include <kernel/compiler.h>
#include <kernel/irq.h>
#include <lib/devicetree_interrupt.h>
#include <lib/devicetree_node.h>

#define TIMER   27
#define DEVICE  40
#define KEPT    41 /* by firmware */
#define UNKNOWN 50

/* ---- the machine ---- */

void (*trap_irq)(struct regs *regs);

static struct cpu other;
static char events[200];
static u32 waiting[8]; /* numbers to be taken, the next one last */
static unsigned waiting_count;
static const char *lacks;
static u32 next_number;
static bool keeps_all;

static void note(const char *what, u32 number)
{
	snprintf(events + strlen(events), sizeof(events) - strlen(events), "%s%u@%d ", what, number,
		 host_cpu == &other);
}

static const char *happened(void)
{
	static char text[sizeof(events)];

	strcpy(text, events);
	events[0] = '\0';
	return text;
}

static const char *chip_init(const struct devicetree *dt)
{
	(void)dt;
	return NULL;
}

static const char *chip_init_cpu(void)
{
	note("init", 0);
	return lacks;
}

static bool chip_decode(const struct devicetree_interrupt *specifier, struct irq_line *line)
{
	(void)specifier;
	*line = (struct irq_line){ .number = next_number, .edge = next_number == DEVICE };
	return true;
}

static bool chip_enable(const struct irq_line *line)
{
	assert_false(irq_is_open());
	note(line->edge ? "edge" : "level", line->number);
	return line->number != KEPT && !keeps_all;
}

static void chip_disable(u32 number)
{
	note("disable", number);
}

static u32 chip_take(void)
{
	return waiting_count ? waiting[--waiting_count] : IRQ_NONE;
}

static void chip_end(u32 number)
{
	note("end", number);
}

static void chip_send(const struct cpu *to, u32 number)
{
	assert_ptr_equal(to, &other);
	note("send", number);
}

static void chip_quiet_cpu(void)
{
	note("quiet_cpu", 0);
}

static void chip_quiet(void)
{
	note("quiet", 0);
}

static const struct irq_chip chip = {
	"fake",    chip_init, chip_init_cpu, chip_decode,    chip_enable, chip_disable,
	chip_take, chip_end,  chip_send,     chip_quiet_cpu, chip_quiet,
};

const struct irq_chip *irq_chip_find(const struct devicetree *dt)
{
	(void)dt;
	return &chip;
}

const char *devicetree_node_name(const struct devicetree *dt, int node)
{
	(void)dt, (void)node;
	return "fake@0";
}

int devicetree_interrupt(const struct devicetree *dt, const struct devicetree_path *path, u32 index,
			 struct devicetree_interrupt *interrupt)
{
	(void)dt, (void)path, (void)index;
	memset(interrupt, 0, sizeof(*interrupt));
	return 0;
}

static void interrupt(struct regs *regs, u32 number)
{
	irq_mask();
	waiting[waiting_count++] = number;
	trap_irq(regs);
	irq_open();
}

/* ---- tests, each of which goes on where the one before was ---- */

static struct regs regs;
static unsigned handled;

static void handle(struct irq *irq)
{
	assert_false(irq_is_open());
	assert_ptr_equal(this_cpu()->interrupted, &regs);
	assert_int_equal(this_cpu()->handling, irq->number);
	handled++;
}

static struct irq timer = { .name = "timer", .handle = handle };
static struct irq device = { .name = "device", .handle = handle };
static struct irq ipi = { .name = "ipi", .handle = handle };
static struct irq kept = { .name = "kept", .handle = handle };

static const char *request(struct irq *irq, u32 number)
{
	next_number = number;
	return irq_request(NULL, irq, NULL, 0);
}

static void nothing_without_a_controller(void **state)
{
	(void)state;
	assert_non_null(request(&timer, TIMER));
	assert_non_null(irq_request_ipi(&ipi, 3));
	assert_string_equal(irq_init_cpu(), "has no controller");
	irq_quiet();
	irq_quiet_cpu();
	assert_null(irq_chip_name());
	assert_null(irq_next(NULL));
}

static void the_boot_cpu_takes_what_it_asked_for(void **state)
{
	struct devicetree dt = { .intc.depth = 0 };

	(void)state;
	boot_cpu.handling = 0;
	irq_init(&dt);
	assert_int_equal(boot_cpu.handling, IRQ_NONE);
	assert_null(irq_request_ipi(&ipi, 3));
	assert_null(request(&timer, TIMER));
	assert_null(request(&device, DEVICE));
	assert_non_null(request(&kept, KEPT));
	assert_string_equal(happened(), "init0@0 edge3@0 level27@0 edge40@0 level41@0 ");
	interrupt(&regs, TIMER);
	waiting[waiting_count++] = DEVICE;
	interrupt(&regs, 3);
	assert_string_equal(happened(), "end27@0 end3@0 end40@0 ");
	assert_int_equal(handled, 3);
	assert_int_equal(timer.count, 1);
	assert_int_equal(ipi.count, 1);
	assert_int_equal(device.count, 1);
	assert_null(boot_cpu.interrupted);
	assert_int_equal(boot_cpu.handling, IRQ_NONE);
	assert_true(HOST_ASSERTS(irq_request_ipi(&kept, IRQ_IPIS)));
}

/* Its own, in any order: not the devices' nor what was refused. */
static void a_second_cpu_takes_its_own(void **state)
{
	(void)state;
	irq_mask();
	host_cpu = &other;
	host_cpu_affinity = 5;
	lacks = "lacks something";
	assert_string_equal(irq_init_cpu(), lacks);
	assert_string_equal(happened(), "init0@1 ");
	lacks = NULL;
	keeps_all = true;
	assert_string_equal(irq_init_cpu(), "has an interrupt that firmware keeps to itself");
	keeps_all = false;
	happened();
	other.handling = 0;
	assert_null(irq_init_cpu());
	assert_string_equal(happened(), "init0@1 level27@1 edge3@1 ");
	assert_int_equal(other.affinity, 5);
	assert_int_equal(other.handling, IRQ_NONE);
	assert_false(irq_is_open());
	interrupt(&regs, TIMER);
	assert_int_equal(timer.count, 2);
	assert_null(other.interrupted);
	assert_string_equal(happened(), "end27@1 ");
	host_cpu = &boot_cpu;
	irq_send(&other, 3);
	assert_string_equal(happened(), "send3@0 ");
}

static void what_nobody_asked_for_is_disabled_where_it_came(void **state)
{
	(void)state;
	host_cpu = &other;
	interrupt(&regs, UNKNOWN);
	interrupt(&regs, 5);
	assert_string_equal(happened(), "disable50@1 end50@1 disable5@1 end5@1 ");
	assert_int_equal(irq_unknown(), 2);
	host_cpu = &boot_cpu;
}

/* What is being handled ends first, on the CPU that handles it. */
static void leave_in_a_handler(struct irq *irq)
{
	(void)irq;
	host_cpu == &other ? irq_quiet_cpu() : irq_quiet();
}

static void leaving(void **state)
{
	(void)state;
	device.handle = leave_in_a_handler;
	host_cpu = &other;
	irq_quiet_cpu();
	assert_string_equal(happened(), "quiet_cpu0@1 ");
	interrupt(&regs, DEVICE);
	assert_string_equal(happened(), "end40@1 quiet_cpu0@1 end40@1 ");
	boot_cpu.handling = IRQ_NONE;
	host_cpu = &boot_cpu;
	other.handling = TIMER; /* the other one's doesn't count */
	irq_quiet();
	assert_string_equal(happened(), "quiet0@0 ");
	interrupt(&regs, DEVICE);
	assert_string_equal(happened(), "end40@0 quiet0@0 end40@0 ");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_without_a_controller),
		cmocka_unit_test(the_boot_cpu_takes_what_it_asked_for),
		cmocka_unit_test(a_second_cpu_takes_its_own),
		cmocka_unit_test(what_nobody_asked_for_is_disabled_where_it_came),
		cmocka_unit_test(leaving),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
