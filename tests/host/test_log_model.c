// SPDX-License-Identifier: BSD-2-Clause
/*
 * lib/log/log.c against a list of lines, and on memory that is damaged.
 *
 * Sources: lib/log/log.c tests/host/log_world.c lib/cmdline.c lib/string.c lib/vsnprintf.c
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <host.h>

#include <cmocka.h>

#include "log_world.h"

/* ---- damage ---- */

/* Whatever is in memory: reading comes to an end, and so does writing, which heals. */
static void survives_damage(void **state)
{
	(void)state;
	for (unsigned round = 0; round < 3000; round++) {
		log_world_fresh(NULL);
		for (u64 i = host_random_below(2000); i; i--)
			log_world_write(host_random_below(8) ? "some line\n" : "part of ");
		if (round % 4 == 0) {
			host_random_bytes(&log_state, sizeof(log_state));
		} else {
			/* A few bytes, most of them where they hurt. */
			size_t size =
				round % 4 == 1 ? sizeof(log_state) : offsetof(struct log, ring);

			for (u64 i = 1 + host_random_below(6); i; i--)
				((u8 *)&log_state)[host_random_below(size)] = (u8)host_random();
		}
		spin_break(&log_lock); /* that it breaks is another test's */
		/* A bool that is neither is not C's business. */
		log_state.open = *(u8 *)&log_state.open & 1;
		log_state.paused = *(u8 *)&log_state.paused & 1;
		log_world_hush();
		if (round & 16)
			log_print(host_random_below(300));
		if (round & 32)
			log_world_panic();
		log_print_before_panic();
		log_state.paused = false;
		for (unsigned i = 0; i < LOG_BYTES / 10; i++)
			log_world_write("and goes on\n");
		log_print(~0ULL);
		log_world_hush();
		log_world_write("\nas before\n");
		log_world_hush();
		log_print(1);
		if (log_world_said_bytes < 10 ||
		    strcmp(log_world_said + log_world_said_bytes - 10, "as before\n") ||
		    strstr(log_world_said, "damaged"))
			fail_msg("round %u: %s", round, log_world_said);
	}
}

/* ---- the model ---- */

#define MODEL_MOST 4096

static struct {
	char *text;
	size_t bytes;
	u64 ns;
} model[MODEL_MOST];
static unsigned model_from, model_end;
static u64 model_lost;
static bool model_open;

static size_t model_used(void)
{
	size_t used = 0;

	for (unsigned i = model_from; i < model_end; i++)
		used += sizeof(struct log_header) + model[i].bytes;
	return used;
}

static void model_shrink(void)
{
	while (model_used() > LOG_BYTES) {
		free(model[model_from++].text);
		model_lost++;
	}
}

static void model_char(char c)
{
	if (!model_open) {
		assert_true(model_end < MODEL_MOST);
		model[model_end].text = malloc(LOG_LINE_BYTES + 1);
		model[model_end].bytes = 0;
		model[model_end++].ns = log_world_ns;
		model_open = true;
		model_shrink();
	}
	if (c == '\n') {
		model_open = false;
	} else if (model[model_end - 1].bytes < LOG_LINE_BYTES) {
		model[model_end - 1].text[model[model_end - 1].bytes++] = c;
		model_shrink();
	} else {
		memcpy(model[model_end - 1].text + LOG_LINE_BYTES - 3, "...", 3);
	}
}

static void model_clear(void)
{
	while (model_from < model_end)
		free(model[model_from++].text);
	model_open = false;
	model_lost = 0;
}

static void compare(void)
{
	static char want[2 * LOG_BYTES + 64 * MODEL_MOST];
	size_t used = 0;

	if (model_lost)
		used = (size_t)sprintf(want, "log: %llu lines before these are lost\n", model_lost);
	for (unsigned i = model_from; i < model_end; i++)
		used += (size_t)sprintf(want + used, "[%5llu.%06llu] %.*s\n",
					model[i].ns / 1000000000, model[i].ns / 1000 % 1000000,
					(int)model[i].bytes, model[i].text);
	want[used] = '\0';
	log_world_hush();
	log_print(~0ULL);
	assert_int_equal(log_world_said_bytes, used);
	assert_memory_equal(log_world_said, want, used);
	assert_int_equal(log_state.lines, model_end - model_from);
	assert_int_equal(log_state.tail - log_state.head, model_used());
}

static size_t random_text(char *text, size_t room)
{
	static const unsigned most[] = { 1, 20, 80, 400, LOG_LINE_BYTES, 3 * LOG_BYTES };
	size_t bytes = 1 + host_random_below(most[host_random_below(5 + !host_random_below(20))]);
	u64 newlines = host_random_below(4) ? host_random_below(8) : 200;

	if (bytes > room)
		bytes = room;
	for (size_t i = 0; i < bytes; i++)
		text[i] = (char)('a' + host_random_below(26));
	for (u64 i = 0; i < newlines; i++)
		text[host_random_below(bytes)] = '\n';
	return bytes;
}

static void agrees_with_a_list(void **state)
{
	static char text[3 * LOG_BYTES];

	(void)state;
	for (unsigned round = 0; round < 100; round++) {
		log_world_fresh(NULL);
		model_from = model_end = 0;
		model_open = false;
		model_lost = 0;
		for (unsigned step = 0; step < 60 && model_end < MODEL_MOST / 2; step++) {
			size_t bytes = random_text(text, sizeof(text));

			log_world_ns += host_random_below(5000000000);
			if (!host_random_below(50)) {
				log_clear();
				model_clear();
			}
			for (size_t i = 0; i < bytes; i++)
				model_char(text[i]);
			log_world_hush();
			log_write(text, bytes);
			compare();
		}
		model_clear();
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(survives_damage, log_world_fresh),
		cmocka_unit_test_setup(agrees_with_a_list, log_world_fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
