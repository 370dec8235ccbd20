/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reading netlink attributes that may hold anything: every length is checked against what it lies
 * in, nothing is assumed to be there. Numbers of netfilter are in network order.
 */
#ifndef HEDATE_ATTR_H
#define HEDATE_ATTR_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A run of attributes, and how far it was read. */
struct attrs {
	const uint8_t *next;
	size_t left;
};

/* Is there a complete message in what is left? As mnl_nlmsg_ok(), which in libmnl 1.0.4 compares
 * lengths as signed numbers. */
bool attrs_message_ok(const struct nlmsghdr *message, int left);

/* The attributes of a complete message behind its netfilter header; none when it is too short. */
struct attrs attrs_of_message(const struct nlmsghdr *message);
struct attrs attrs_of_nest(const struct nlattr *nest);

/* The next attribute, or NULL at the end or where the rest is no attribute (left is then not 0). */
const struct nlattr *attrs_next(struct attrs *attrs);

unsigned int attr_type(const struct nlattr *attr);
const void *attr_value(const struct nlattr *attr);
size_t attr_length(const struct nlattr *attr); /* of the value */

/* What an attribute must hold. */
enum attr_kind {
	ATTR_REFUSED, /* not known */
	ATTR_IGNORED, /* known, and says nothing that matters */
	ATTR_U16,
	ATTR_U32,
	ATTR_U64,
	ATTR_TEXT, /* ends with NUL and holds no other */
	ATTR_NEST,
	ATTR_BYTES,
};

/*
 * Sort a run into ret_table[0..count-1] by type, after kinds; what is absent is NULL. 0; -EBADMSG
 * for attributes that are no attributes, or hold what they must not; -EOPNOTSUPP when one is not
 * known (the table is filled with the others).
 */
int attrs_parse(struct attrs attrs, const enum attr_kind *kinds, unsigned int count,
	const struct nlattr **ret_table);

/* Values of attributes that attrs_parse() has checked; the absent value for NULL. */
uint16_t attr_u16(const struct nlattr *attr, uint16_t absent);
uint32_t attr_u32(const struct nlattr *attr, uint32_t absent);
uint64_t attr_u64(const struct nlattr *attr, uint64_t absent);
const char *attr_text(const struct nlattr *attr); /* NULL for NULL */

#endif
