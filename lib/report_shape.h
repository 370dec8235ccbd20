/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the structs of a report consist of, as tables: its JSON is written and read by them, in
 * their order, each member under its own name. A member that is not in them is in no JSON.
 */
#ifndef HEDATE_REPORT_SHAPE_H
#define HEDATE_REPORT_SHAPE_H

#include <stddef.h>

#include "report.h"

enum report_field_kind {
	REPORT_FIELD_TEXT,     /* const char *; NULL is "" */
	REPORT_FIELD_DIGEST,   /* char [REPORT_DIGEST_MAX] */
	REPORT_FIELD_BOOL,     /* bool */
	REPORT_FIELD_UNSIGNED, /* unsigned int */
	REPORT_FIELD_NUMBER,   /* uint64_t, size_t */
	REPORT_FIELD_TIME,     /* int64_t: RFC 3339 in UTC, or null for 0 */
	REPORT_FIELD_WORD,     /* an enum, by words */
	REPORT_FIELD_OBJECT,   /* a struct, by shape */
	REPORT_FIELD_ARRAY,    /* a pointer to structs, by shape, and how many at count */
	REPORT_FIELD_TEXTS,    /* a pointer to const char *, how many at count */
	REPORT_FIELD_FAMILIES, /* const char *[REPORT_FAMILIES] */
};

/* The names of an enum's members, from 0 on. */
struct report_words {
	const char *const *names;
	unsigned int count;
};

struct report_shape;

struct report_field {
	const char *key;
	enum report_field_kind kind;
	size_t offset, count; /* count: the offset of how many there are */
	const struct report_shape *shape;
	const struct report_words *words;
};

struct report_shape {
	const struct report_field *fields;
	size_t count;
	size_t size; /* of the struct */
};

extern const struct report_shape report_shape; /* of struct report, without what is not in JSON */

/* "" in every text that is NULL. */
void report_complete(struct report *report);

#endif
