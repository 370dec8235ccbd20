/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the readers of rtnetlink's messages share. Its numbers are in host order, other than
 * netfilter's. */
#ifndef HEDATE_NLROUTE_IMPL_H
#define HEDATE_NLROUTE_IMPL_H

#include "attr.h"
#include "nlroute.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The header of a message of such a type, copied, and its attributes in the table; kinds and table
 * as of attrs_parse(). 0, -ENOMSG, -EBADMSG. */
int nlroute_open(const struct nlmsghdr *message, uint16_t type, uint16_t gone, void *header,
	size_t size, const enum attr_kind *kinds, unsigned int count, const struct nlattr **table);

uint32_t nlroute_u32(const struct nlattr *attr, uint32_t absent);
/* A text that may be cut to fit. */
void nlroute_text(const struct nlattr *attr, char *text, size_t size);
/* An address of the family; false: there is none, or one of another length. */
bool nlroute_addr(const struct nlattr *attr, uint8_t family, struct addr *ret_addr);
bool nlroute_family(uint8_t family, enum addr_family *ret_family);

#endif
