/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ways round our rules that a host can have: for each whether a snapshot shows it, shows that
 * it is not there, or could not tell. A proof about rules says something about packets only when
 * none of them is there: "could not be read" is never "absent".
 */
#ifndef HEDATE_BYPASS_H
#define HEDATE_BYPASS_H

#include <stdbool.h>
#include <stddef.h>

#include "policy.h"
#include "snapshot.h"

enum bypass_state {
	BYPASS_OK,	   /* it is not there */
	BYPASS_PRESENT,	   /* what says where and which */
	BYPASS_UNREADABLE, /* what says why */
};

#define BYPASS_WHAT_MAX 400

struct bypass_item {
	const char *name; /* stable: "flowtables"; the same for all items of a kind */
	enum bypass_state state;
	bool harmless; /* present, and no packet can go round the rules by it: told, no more */
	const char *sentence;	    /* what one of this kind does to packets; in English, for _() */
	char what[BYPASS_WHAT_MAX]; /* interface, table, rule ...; "" for BYPASS_OK */
};

#define BYPASS_ITEMS_MAX 1000 /* more are counted */

struct bypass_list {
	struct bypass_item *items; /* owned; at least one of each kind, kind by kind */
	size_t count, room;
	size_t left_out; /* over BYPASS_ITEMS_MAX */
};

/* policy and snapshot are not needed after it. 0, or -ENOMEM (the list is empty then). */
int bypass_judge(
	const struct snapshot *snapshot, const struct policy *policy, struct bypass_list *ret_list);
void bypass_clear(struct bypass_list *list);

const char *bypass_state_name(enum bypass_state state); /* "ok", "present", "unreadable" */
/* May a proof be said on it? Not when one is unreadable, or present and not harmless. */
bool bypass_item_holds(const struct bypass_item *item);
bool bypass_holds(const struct bypass_list *list);

#endif
