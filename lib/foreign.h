/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tables of nftables that are not ours: what they are, and whether they could let packets by.
 *
 * Our chain drops what no path permits, whatever others accept: a packet must pass every chain of a
 * hook. So another table matters only by what it does beside a verdict, and by what it does where
 * our rules never look. What is not known counts as a risk of its own.
 */
#ifndef HEDATE_FOREIGN_H
#define HEDATE_FOREIGN_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum foreign_risk {
	FOREIGN_NAT,	 /* changes addresses before our rules see them */
	FOREIGN_CT_MARK, /* sets the mark by which we know a permitted connection */
	FOREIGN_MARK,	 /* sets packet marks, which routing may follow */
	FOREIGN_NOTRACK, /* takes packets out of connection tracking, or into another zone of it */
	FOREIGN_EXPECT,	 /* makes other connections expected */
	FOREIGN_OFFLOAD, /* connections that pass by all rules */
	FOREIGN_FORWARD, /* sends packets or copies out by another interface */
	FOREIGN_QUEUE,	 /* gives packets to a program, which may change and return them */
	FOREIGN_PROXY,	 /* gives packets of others to a socket of this host, or answers for them */
	FOREIGN_REWRITE, /* changes what is in packets */
	FOREIGN_LAYER2,	 /* accepts frames of bridges or devices that our rules never see */
	FOREIGN_OPAQUE,	 /* has something that is not known here */
	FOREIGN_RISKS,
};
/* "nat", for records; a sentence for people, to be translated. */
const char *foreign_risk_name(enum foreign_risk risk);
const char *foreign_risk_text(enum foreign_risk risk);

#define FOREIGN_NAME_MAX 256  /* with its NUL, as the kernel has it */
#define FOREIGN_MAX	 1024 /* tables of a list; what is beyond counts in left_out */

struct foreign_table {
	uint8_t family; /* NFPROTO_* */
	char name[FOREIGN_NAME_MAX];
	bool dormant;
	bool ours;	/* one of hedate's own by its name, beside the one that is guarded */
	uint32_t risks; /* bits 1 << enum foreign_risk */
	unsigned int chains, rules;
	uint64_t digest; /* of chains and rules; another one when any was replaced */
	char opaque[32]; /* the first thing that is not known; "" for none */
};

struct foreign_list {
	struct foreign_table
		*tables; /* sorted by family and name, once foreign_sort() was called */
	size_t count, room, left_out;
};

void foreign_clear(struct foreign_list *list);
/* One message of an answer of the kernel: a table (table "hedate" of family inet is left out), or a
 * chain, flowtable, stateful object or rule of one that is in the list; of others it is passed
 * over. Any bytes may come; message must be complete (attrs_message_ok()). 0; -EBADMSG; -ENOMEM. */
int foreign_take(struct foreign_list *list, const struct nlmsghdr *message);
void foreign_sort(struct foreign_list *list);

/* "ip", "inet", "bridge"; "unknown". */
const char *foreign_family_name(uint8_t family);
/* Names of a set of risks, ", " between, or "" for none; or their texts, "; " between. */
void foreign_risks_names(uint32_t set, char *text, size_t size);
void foreign_risks_texts(uint32_t set, char *text, size_t size);

enum foreign_change {
	FOREIGN_ADDED,
	FOREIGN_CHANGED,
	FOREIGN_GONE,
};
/* What differs from before to after, both sorted, each once. table is of after, or of before when
 * it is gone. Negative errno stops. */
typedef int (*foreign_function)(
	enum foreign_change change, const struct foreign_table *table, void *data);
int foreign_compare(const struct foreign_list *before, const struct foreign_list *after,
	foreign_function function, void *data);

#endif
