/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logfields.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int take_member(const struct json_member *member, void *data)
{
	struct logfields *fields = data;

	if (fields->count < LOGFIELDS_MAX)
		fields->members[fields->count++] = *member;
	return 0;
}

int logfields_read(const char *line, size_t length, struct logfields *ret_fields)
{
	*ret_fields = (struct logfields){ .text = strndup(line, length) };
	if (!ret_fields->text)
		return -ENOMEM;
	return json_read_object(ret_fields->text, length, take_member, ret_fields);
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
