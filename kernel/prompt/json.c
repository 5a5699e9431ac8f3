// SPDX-License-Identifier: BSD-2-Clause
/* Reports for programs; <kernel/json.h> has the contracts. */
#include <kernel/assert.h>
#include <kernel/json.h>

static void write_text(const struct json *j, const char *text)
{
	j->print("\"");
	for (; *text; text++) {
		u8 c = (u8)*text;

		if (c == '"' || c == '\\')
			j->print("\\%c", c);
		else if (c < ' ' || c >= 0x7f)
			j->print("\\u%04x", c);
		else
			j->print("%c", c);
	}
	j->print("\"");
}

/* What stands before a member: a comma; a new line, but within a record; its name. */
static void begin_member(struct json *j, const char *key)
{
	unsigned inside = j->depth - 1;
	bool in_record = inside >= 2;

	ASSERT(j->depth && j->is_array[inside] == !key);
	if (j->has_members[inside])
		j->print(in_record ? ", " : ",\n");
	else if (!in_record)
		j->print("\n");
	j->has_members[inside] = true;
	if (key) {
		write_text(j, key);
		j->print(": ");
	}
}

static void open(struct json *j, bool is_array)
{
	ASSERT(j->depth < JSON_DEPTH_MOST);
	j->is_array[j->depth] = is_array;
	j->has_members[j->depth++] = false;
	j->print(is_array ? "[" : "{");
}

void json_begin(struct json *j, int (*print)(const char *format, ...))
{
	*j = (struct json){ .print = print };
	open(j, false);
}

void json_object(struct json *j, const char *key)
{
	begin_member(j, key);
	open(j, false);
}

void json_array(struct json *j, const char *key)
{
	begin_member(j, key);
	open(j, true);
}

void json_close(struct json *j)
{
	ASSERT(j->depth);
	j->depth--;
	if (j->depth < 2 && j->has_members[j->depth])
		j->print("\n");
	j->print(j->is_array[j->depth] ? "]" : "}");
}

void json_end(struct json *j)
{
	json_close(j);
	ASSERT(!j->depth);
	j->print("\n");
}

void json_number(struct json *j, const char *key, u64 value)
{
	ASSERT(!(value >> 53));
	begin_member(j, key);
	j->print("%llu", value);
}

void json_address(struct json *j, const char *key, u64 value)
{
	begin_member(j, key);
	j->print("\"0x%llx\"", value);
}

void json_truth(struct json *j, const char *key, bool value)
{
	begin_member(j, key);
	j->print("%s", value ? "true" : "false");
}

void json_text(struct json *j, const char *key, const char *text)
{
	begin_member(j, key);
	write_text(j, text);
}
