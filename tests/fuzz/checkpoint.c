/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any bytes as a checkpoint and as a public key; what is accepted is what is written again. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "checkpoint.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void check_vkey(const char *text)
{
	char origin[CHECKPOINT_ORIGIN_MAX], again[CHECKPOINT_VKEY_MAX];
	uint8_t key[CHECKPOINT_KEY];
	if (checkpoint_vkey_parse(text, origin, key) < 0)
		return;
	checkpoint_vkey(origin, key, again);
	if (strcmp(text, again) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct checkpoint one;
	static char again[CHECKPOINT_MAX];
	/* Exactly as long as it is, so that reading on is found. */
	char *text = malloc(length + 1);
	if (!text)
		return 0;
	if (length > 0)
		memcpy(text, bytes, length);
	text[length] = '\0';
	check_vkey(text);
	char *exact = realloc(text, length ? length : 1);
	text = exact ? exact : text;
	int used = checkpoint_parse_body(text, length, &one);
	if (used > 0 && (checkpoint_format(&one, again) != (size_t)used ||
				memcmp(text, again, (size_t)used) != 0))
		abort();
	(void)checkpoint_parse(text, length, &one);
	free(text);
	return 0;
}
