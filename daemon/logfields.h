/* SPDX-License-Identifier: GPL-2.0-or-later */
/* All members of one line of the log, by their names: for those that struct log_record lacks. */
#ifndef HEDATE_LOGFIELDS_H
#define HEDATE_LOGFIELDS_H

#include <stddef.h>
#include <stdint.h>

#include "../lib/json.h"

#define LOGFIELDS_MAX 64 /* more are left out */

struct logfields {
	char *text; /* owned: what the members point into */
	size_t used;
	struct json_member members[LOGFIELDS_MAX];
	size_t count;
};

/* line: a record, without its newline. 0; -EINVAL: it is no flat object (what was read of it is
 * there); -ENOMEM. To be cleared in each case. */
int logfields_read(const char *line, size_t length, struct logfields *ret_fields);
void logfields_clear(struct logfields *fields);

/* The text, or the digits, of a member; "": it has none. */
const char *logfields_get(const struct logfields *fields, const char *key);
/* Its number, written as one or as a text; 0: it has none. */
uint64_t logfields_number(const struct logfields *fields, const char *key);

#endif
