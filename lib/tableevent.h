/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tells those who listen of changes of rules: one message for each object of a
 * transaction, then one for the transaction, with its generation and who made it.
 */
#ifndef HEDATE_TABLEEVENT_H
#define HEDATE_TABLEEVENT_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#define TABLEEVENT_NAME_MAX 16 /* of a process, with its NUL */

enum tableevent_kind {
	TABLEEVENT_OTHER,  /* nothing of nf_tables */
	TABLEEVENT_CHANGE, /* an object was added or deleted */
	TABLEEVENT_COMMIT,
};

struct tableevent {
	enum tableevent_kind kind;
	uint32_t port; /* of the netlink socket that made it */
	/* CHANGE */
	uint8_t family;
	const char
		*table; /* borrowed from the message; NULL: it does not say, so any may be meant */
	bool deletes_table;
	/* COMMIT */
	uint32_t generation; /* 0: it does not say */
	uint32_t pid;	     /* in the first process namespace; 0: it does not say */
	char name[TABLEEVENT_NAME_MAX];
};

/* A complete message (attrs_message_ok()), whatever it holds. */
void tableevent_read(const struct nlmsghdr *message, struct tableevent *ret_event);

#endif
