/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The log's reader on any bytes; what it accepts, written again, must be accepted again. */
#include <stdlib.h>
#include <string.h>

#include "json.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static int copy_member(const struct json_member *member, void *data)
{
	struct json *copy = data;
	json_key(copy, member->key);
	json_string(copy, member->text);
	return 0;
}

static int count_member(const struct json_member *member, void *data)
{
	size_t *count = data;
	*count += 1 + strlen(member->key) + strlen(member->text);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct json copy;
	size_t count = 0;
	char *text = malloc(length ? length : 1);
	if (!text)
		return 0;
	if (length > 0)
		memcpy(text, bytes, length);
	json_init(&copy);
	json_object_begin(&copy);
	int r = json_read_object(text, length, copy_member, &copy);
	json_object_end(&copy);
	if (!copy.failed && memchr(copy.text, '\n', copy.length))
		abort();
	if (r == 0 && !copy.failed &&
		json_read_object(copy.text, copy.length, count_member, &count) < 0)
		abort();
	json_clear(&copy);
	free(text);
	return 0;
}
