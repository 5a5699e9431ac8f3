// SPDX-License-Identifier: BSD-2-Clause
/* The prompt's `cpus`, `cpu` and `threads`: what runs where. */
#include <kernel/cpus.h>
#include <kernel/errno.h>
#include <kernel/json.h>
#include <kernel/monitor.h>
#include <kernel/sched.h>
#include <kernel/thread.h>
#include <lib/parse.h>
#include <lib/printk.h>
#include <lib/string.h>

/* ---- CPUs ---- */

/* What another CPU does may have changed by the time it is read. */
static const char *running(const struct cpu *cpu)
{
	const struct run_queue *queue = cpu->queue;

	if (!cpu_is_online(cpu))
		return "off";
	return __atomic_load_n(&queue->idling, __ATOMIC_RELAXED) ? "idle" : "busy";
}

static int cpus_json(void)
{
	struct json j;

	json_begin(&j, printk);
	json_array(&j, "cpus");
	for (const struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu)) {
		json_object(&j, NULL);
		json_number(&j, "number", cpu->number);
		json_number(&j, "affinity", cpu->affinity);
		json_text(&j, "state", running(cpu));
		json_number(&j, "waiting", cpu->queue->waiting);
		json_number(&j, "switches", cpu->queue->switches);
		json_number(&j, "stolen", cpu->queue->stolen);
		json_close(&j);
	}
	json_close(&j);
	json_end(&j);
	return 0;
}

static int cpus_list(void)
{
	printk("%-8s%10s  %-6s%10s%12s%10s\n", "number", "affinity", "state", "waiting", "switches",
	       "stolen");
	for (const struct cpu *cpu = &boot_cpu; cpu; cpu = cpu_next(cpu))
		printk("%-8u%#10llx  %-6s%10u%12llu%10llu\n", cpu->number, cpu->affinity,
		       running(cpu), cpu->queue->waiting, cpu->queue->switches, cpu->queue->stolen);
	return 0;
}

COMMAND(cpus, "[--json]", "CPUs: which run, and what their run queues hold and did")
{
	bool json;
	int err = monitor_parse_json(argc, argv, &json);

	if (err)
		return err;
	return json ? cpus_json() : cpus_list();
}

COMMAND(cpu, "on|off NUMBER", "start a CPU, or take one off: its threads go on elsewhere")
{
	bool on = argc == 3 && !strcmp(argv[1], "on"), off = argc == 3 && !strcmp(argv[1], "off");
	const char *lacks;
	u64 number;

	if ((!on && !off) || parse_u64(argv[2], strlen(argv[2]), &number) || number > 0xffffffff) {
		printk("cpu: write cpu on NUMBER or cpu off NUMBER; `cpus` lists those that ran\n");
		return -EINVAL;
	}
	lacks = on ? cpus_on((u32)number) : cpus_off((u32)number);
	if (!lacks)
		return 0;
	printk("cpu: %llu %s\n", number, lacks);
	return -EBUSY;
}

/* ---- threads ---- */

static const char *const states[] = { "ready", "runs", "waits", "ended" };
static const char *const priorities[] = { "urgent", "normal" };

/* What it waits for, if it does. */
static const char *waits(const struct thread *thread)
{
	return thread->state == THREAD_WAITING ? thread->waits : "";
}

static int threads_json(void)
{
	struct thread thread = { 0 };
	struct json j;

	json_begin(&j, printk);
	json_array(&j, "threads");
	while (thread_read(thread.number, &thread)) {
		json_object(&j, NULL);
		json_number(&j, "number", thread.number);
		json_text(&j, "name", thread.name);
		json_text(&j, "state", states[thread.state]);
		json_text(&j, "waits", waits(&thread));
		json_text(&j, "priority", priorities[thread.priority]);
		json_number(&j, "cpu", thread.cpu->number);
		json_number(&j, "runs", thread.runs);
		json_number(&j, "ran_ns", thread.ran_ns);
		json_close(&j);
	}
	json_close(&j);
	json_end(&j);
	return 0;
}

static int threads_list(void)
{
	struct thread thread = { 0 };

	printk("%-8s%-17s%-6s%-8s%4s%10s%12s  %s\n", "number", "name", "state", "priority", "cpu",
	       "runs", "ran ms", "for");
	while (thread_read(thread.number, &thread))
		printk("%-8u%-17s%-6s%-8s%4u%10llu%12llu  %s\n", thread.number, thread.name,
		       states[thread.state], priorities[thread.priority], thread.cpu->number,
		       thread.runs, thread.ran_ns / 1000000, waits(&thread));
	return 0;
}

/* Of one thread: where it waits. */
static int trace(const char *text)
{
	u64 number;

	if (parse_u64(text, strlen(text), &number) || number > 0xffffffff ||
	    !thread_print_trace((u32)number)) {
		printk("threads: \"%.64s\" is no thread's number; `threads` lists them\n", text);
		return -EINVAL;
	}
	return 0;
}

COMMAND(threads, "[--json | NUMBER]", "threads: what each does, and where; of one, its calls")
{
	bool json;
	int err;

	if (argc == 2 && argv[1][0] != '-')
		return trace(argv[1]);
	err = monitor_parse_json(argc, argv, &json);
	if (err)
		return err;
	return json ? threads_json() : threads_list();
}
