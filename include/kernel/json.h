/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reports for programs: one JSON document, written as it goes, a record of an array a line.
 *
 *	json_begin(&j, printk);
 *	json_text(&j, "granule", "64k");
 *	json_array(&j, "owners");
 *	json_object(&j, NULL);
 *	json_number(&j, "bytes", 65536);
 *	json_close(&j);
 *	json_close(&j);
 *	json_end(&j);
 *
 * prints
 *
 *	{
 *	"granule": "64k",
 *	"owners": [
 *	{"bytes": 65536}
 *	]
 *	}
 *
 * so that a reader of a console finds its beginning, a line that is `{`, and its end, one that is
 * `}`. Nothing is kept in memory: a document may have any length.
 *
 * Source: RFC 8259, which leaves what a reader makes of numbers above 2^53 to the reader; many
 * round them. So numbers are unsigned and below that, and an address is a string, "0x" and
 * lower-case digits. Members with addresses are called va, pa or base, and no others:
 * scripts/json_report.py reads them.
 *
 * Locking: none; a writer has its `struct json` to itself. Page size does not enter.
 */
#ifndef KERNEL_JSON_H
#define KERNEL_JSON_H

#include <kernel/compiler.h>
#include <kernel/types.h>

#define JSON_DEPTH_MOST 8

struct json {
	int (*print)(const char *format, ...) __printf(1, 2);
	unsigned depth;
	bool is_array[JSON_DEPTH_MOST];
	bool has_members[JSON_DEPTH_MOST];
};

/* Begin a document, which is an object. */
void json_begin(struct json *j, int (*print)(const char *format, ...) __printf(1, 2));

/* End it. All that was opened in it must have been closed (asserted). */
void json_end(struct json *j);

/*
 * A member of what is open: `key` names it in an object, and is NULL in an array (asserted). Of
 * objects and arrays it begins one, which json_close ends; at most JSON_DEPTH_MOST are open at a
 * time, the document included (asserted).
 */
void json_object(struct json *j, const char *key);
void json_array(struct json *j, const char *key);
void json_close(struct json *j);

/* Below 2^53 (asserted). */
void json_number(struct json *j, const char *key, u64 value);
void json_address(struct json *j, const char *key, u64 value);
void json_truth(struct json *j, const char *key, bool value);

/* Any bytes: quotes, backslashes and what isn't printable ASCII are escaped, a byte at a time. */
void json_text(struct json *j, const char *key, const char *text);

#endif
