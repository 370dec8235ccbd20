/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Something added to the text of a configuration, everything else left as it stands, comments
 * included: for showing a change before anybody makes it. The text is one that was read without an
 * error.
 */
#ifndef HEDATE_CONF_INSERT_H
#define HEDATE_CONF_INSERT_H

#include <stddef.h>

#define CONF_DRAFT_MAX 16 /* changes of one text */

/* Text that grows; its bytes are owned, and a NUL follows them. */
struct conf_draft {
	char *bytes;
	size_t length;
	struct {
		size_t at;
		unsigned int lines;
	} added[CONF_DRAFT_MAX]; /* where, and by how many lines it grew there */
	size_t added_count;
};

/* A copy. 0, or -ENOMEM. */
int conf_draft_init(struct conf_draft *draft, const char *bytes, size_t length);
void conf_draft_clear(struct conf_draft *draft);

/*
 * Add an element to a list, as its first one; the list is made when it is not there. The list's key
 * stands alone ("paths"), or in a group: group "gateway", list "input". group may be NULL.
 * 0 with the line, of the text as it was at first, at which the element comes; -EINVAL: the text
 * is none of a configuration; -E2BIG: more than CONF_DRAFT_MAX changes; -ENOMEM.
 */
int conf_draft_add(struct conf_draft *draft, const char *group, const char *list,
	const char *element, unsigned int *ret_line);

/*
 * Give the index-th group of a list (from 0) a member: its value as it is to stand in the text, in
 * the place of one that it has. 0 with the line; -ENOENT: there is no such group; the others as
 * above.
 */
int conf_draft_set(struct conf_draft *draft, const char *list, size_t index, const char *key,
	const char *value, unsigned int *ret_line);

#endif
