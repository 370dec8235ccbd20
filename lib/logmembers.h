/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A line of the log → all of its members, whatever they are called, in the order they stand in. */
#ifndef HEDATE_LOGMEMBERS_H
#define HEDATE_LOGMEMBERS_H

#include <stddef.h>
#include <stdint.h>

#include "json.h"

#define LOGMEMBERS_MAX 256 /* of a line; no record has half as many */

/* Texts lie in the line that was parsed. */
struct logmembers {
	struct json_member items[LOGMEMBERS_MAX];
	size_t count;
};

/* Parse a line, changed in place. Of two members with one name the first counts; those that are
 * null are left out. 0; -EINVAL when it is not one flat JSON object; -E2BIG for too many. */
int logmembers_parse(char *line, size_t length, struct logmembers *ret_members);

/* NULL: there is none. */
const struct json_member *logmembers_find(const struct logmembers *members, const char *key);
const char *logmembers_text(const struct logmembers *members, const char *key);
/* Of a time; 0: there is none, or it is none. Nanoseconds since 1970. */
int64_t logmembers_time(const struct logmembers *members, const char *key);

/* Write its value: a number stays one. */
void logmembers_value(struct json *json, const struct json_member *member);

#endif
