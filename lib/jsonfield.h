/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record of C as a JSON object and back, by one table of its members for both ways. */
#ifndef HEDATE_JSONFIELD_H
#define HEDATE_JSONFIELD_H

#include <stddef.h>

#include "json.h"
#include "jsonpull.h"

enum jsonfield_kind {
	JSONFIELD_UNSIGNED, /* of size 1, 2, 4 or 8 */
	JSONFIELD_SIGNED,   /* of size 4 or 8 */
	JSONFIELD_BOOL,
	JSONFIELD_TEXT,	 /* char[size], with its NUL */
	JSONFIELD_OWNED, /* char *, owned; never NULL once it was read */
	JSONFIELD_BYTES, /* uint8_t[size], as digits */
};

struct jsonfield {
	const char *name;
	enum jsonfield_kind kind;
	size_t offset, size;
};

#define JSONFIELD(record, member, kind)                                                            \
	{                                                                                          \
#member, JSONFIELD_##kind, offsetof(struct record, member),                        \
			sizeof(((struct record *)NULL)->member)                                    \
	}

/* The members, in the order of the table, into an object that is begun and ended by the caller. */
void jsonfield_write(
	const struct jsonfield *fields, size_t count, const void *record, struct json *json);
/* Read them all, in the order of the table, from an object that is begun. What is owned stays the
 * caller's to free, on an error too. */
bool jsonfield_read(
	const struct jsonfield *fields, size_t count, struct jsonpull *pull, void *record);

#endif
