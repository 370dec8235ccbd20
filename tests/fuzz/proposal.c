/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as the line of a proposal: what is accepted is what is written again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "proposal.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct proposal proposal;
	/* Exactly as long as it is, so that reading on is found. */
	char *line = malloc(length ? length : 1);
	struct json json;

	if (!line)
		return 0;
	if (length > 0)
		memcpy(line, bytes, length);
	json_init(&json);
	if (proposal_read(line, length, &proposal) == 0) {
		proposal_write(&json, &proposal);
		if (json.failed || json.length != length + 1 ||
			memcmp(json.text, line, length) != 0)
			abort();
	}
	json_clear(&json);
	free(line);
	return 0;
}
