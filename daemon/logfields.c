/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logfields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Unescaped, nothing is longer than it was written; a quote or more is left over for each NUL. */
static const char *keep(struct logfields *fields, const char *text)
{
	char *place = fields->text + fields->used;
	size_t length = strlen(text);

	memcpy(place, text, length + 1);
	fields->used += length + 1;
	return place;
}

/* What is handed out lasts for the call only. */
static int take_member(const struct json_member *member, void *data)
{
	struct logfields *fields = data;
	struct json_member *kept;

	if (fields->count == LOGFIELDS_MAX)
		return 0;
	kept = &fields->members[fields->count++];
	kept->key = keep(fields, member->key);
	kept->text = keep(fields, member->text ? member->text : "");
	kept->type = member->type;
	return 0;
}

int logfields_read(const char *line, size_t length, struct logfields *ret_fields)
{
	*ret_fields = (struct logfields){ .text = malloc(3 * length + 2 * LOGFIELDS_MAX + 1) };
	if (!ret_fields->text)
		return -ENOMEM;
	return json_read_copy(line, length, take_member, ret_fields);
}

void logfields_clear(struct logfields *fields)
{
	free(fields->text);
	*fields = (struct logfields){ 0 };
}

const char *logfields_get(const struct logfields *fields, const char *key)
{
	for (size_t i = 0; i < fields->count; i++)
		if (strcmp(fields->members[i].key, key) == 0)
			return fields->members[i].type == JSON_NULL ? "" : fields->members[i].text;
	return "";
}

uint64_t logfields_number(const struct logfields *fields, const char *key)
{
	return strtoull(logfields_get(fields, key), NULL, 10);
}
