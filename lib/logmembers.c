/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logmembers.h"

#include <errno.h>
#include <string.h>

#include "logtime.h"

struct parse {
	struct logmembers *members;
	/* The reader ends a value only while it hands it out: where each is to be ended for good.
	 */
	char *line;
	size_t ends[LOGMEMBERS_MAX];
};

static int take_member(const struct json_member *member, void *data)
{
	struct parse *parse = data;
	struct logmembers *members = parse->members;

	if (member->type == JSON_NULL || logmembers_find(members, member->key))
		return 0;
	if (members->count == LOGMEMBERS_MAX)
		return -E2BIG;
	parse->ends[members->count] = (size_t)(member->text - parse->line) + strlen(member->text);
	members->items[members->count++] = *member;
	return 0;
}

int logmembers_parse(char *line, size_t length, struct logmembers *ret_members)
{
	struct parse parse = { .members = ret_members, .line = line };
	int error;

	ret_members->count = 0;
	error = json_read_object(line, length, take_member, &parse);
	if (error < 0)
		return error;
	for (size_t i = 0; i < ret_members->count; i++)
		line[parse.ends[i]] = '\0';
	return 0;
}

const struct json_member *logmembers_find(const struct logmembers *members, const char *key)
{
	for (size_t i = 0; i < members->count; i++)
		if (strcmp(members->items[i].key, key) == 0)
			return &members->items[i];
	return NULL;
}

const char *logmembers_text(const struct logmembers *members, const char *key)
{
	const struct json_member *member = logmembers_find(members, key);

	return member ? member->text : NULL;
}

int64_t logmembers_time(const struct logmembers *members, const char *key)
{
	const char *text = logmembers_text(members, key);
	int64_t time;

	return text && logtime_parse(text, &time) == 0 ? time : 0;
}

void logmembers_value(struct json *json, const struct json_member *member)
{
	switch (member->type) {
	case JSON_NUMBER:
		json_number(json, member->text);
		break;
	case JSON_TRUE:
	case JSON_FALSE:
		json_bool(json, member->type == JSON_TRUE);
		break;
	case JSON_NULL:
		json_null(json);
		break;
	case JSON_STRING:
	case JSON_NESTED: /* as text: no member of ours is nested */
		json_string(json, member->text);
		break;
	}
}
