/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The structure of a configuration file, checked before libconfig reads it. libconfig says only
 * "syntax error" and a line, follows @include, compares each key with all its siblings and knows
 * no limit of depth; here every key and value gets its place, mistakes get their cause, and what
 * would cost too much is refused. The language is libconfig's without @include, floating point
 * numbers and strings over several lines. Internal to conf.
 *
 *	file    = members
 *	members = { name ("=" | ":") value [";" | ","] }
 *	value   = string | integer | boolean | "{" members "}" | "(" [values] ")" | "[" [values] "]"
 *	values  = value { "," value }
 *	string  = '"' ... '"' { '"' ... '"' }
 */
#ifndef HEDATE_CONF_SCAN_H
#define HEDATE_CONF_SCAN_H

#include <stddef.h>
#include <stdint.h>

#include "conf_text.h"
#include "diag.h"

#define CONF_DEPTH_MAX	 32 /* groups and lists in each other */
#define CONF_MEMBERS_MAX 64 /* keys of one group */
#define CONF_NO_KEY	 UINT32_MAX

/* Where a setting begins: offsets of its key (CONF_NO_KEY for an element of a list) and value. */
struct conf_position {
	uint32_t key, value;
};

/* A setting of the file itself, or an element of a list that such a one is: what libconfig can
 * read alone. */
struct conf_part {
	uint32_t position; /* index */
	uint32_t end;	   /* offset behind its value */
	uint32_t elements; /* so many parts that follow are elements of it */
};

struct conf_scan {
	struct conf_position *positions; /* owned; in the order of the text, parents first */
	size_t count, room;
	struct conf_part *parts; /* owned; in the order of the text */
	size_t part_count, part_room;
};

/* 0 with *ret_scan, -EINVAL with a diagnostic, -ENOMEM. Clear it in any case. */
int conf_scan(const struct conf_text *text, struct diag_list *diags, struct conf_scan *ret_scan);
void conf_scan_clear(struct conf_scan *scan);

#endif
