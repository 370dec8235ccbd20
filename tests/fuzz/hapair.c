/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What another gateway says: what is accepted is written and read again to the same, and can be
 * shown. */
#include <stdlib.h>
#include <string.h>

#include "demand.h"
#include "hapair.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct hapair_side side, again;
	struct json json;

	if (hapair_read((const char *)bytes, length, &side) < 0)
		return 0;
	for (int i = 0; i < HAPAIR_MEMBERS; i++)
		for (const char *at = side.text[i]; *at != '\0'; at++)
			demand(*at >= ' ' && *at <= '~', "plain text");
	json_init(&json);
	hapair_write(&json, &side);
	if (!json.failed) {
		demand(hapair_read(json.text, json.length, &again) == 0, "read again");
		demand(memcmp(&side, &again, sizeof(side)) == 0, "the same");
		demand((hapair_compare(&side, &again) & ~(1u << HAPAIR_STATE)) == 0, "agrees");
	}
	json_clear(&json);
	return 0;
}
