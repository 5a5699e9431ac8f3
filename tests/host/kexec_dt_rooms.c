// SPDX-License-Identifier: BSD-2-Clause
/* See kexec_dt_rooms.h. */
#include "kexec_dt_rooms.h"
#include "host.h"

#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

void kexec_dt_in_each_room(const struct kexec_dt_request *request, const void *whole, u64 bytes,
			   u64 enough)
{
	struct kexec_dt_result result;

	assert_true(bytes <= enough);
	for (u64 room = 0; room <= enough; room++) {
		u8 *tree = malloc(room ? room : 1);

		if (kexec_dt_make(request, tree, room, &result)) {
			assert_true(room < enough);
			assert_non_null(strstr(result.why, "takes more than"));
		} else {
			assert_true(room >= bytes && result.bytes == bytes);
			assert_memory_equal(tree, whole, bytes);
		}
		free(tree);
	}
}
