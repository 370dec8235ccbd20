/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between the files of nftgen. */
#ifndef HEDATE_NFTGEN_IMPL_H
#define HEDATE_NFTGEN_IMPL_H

#include "nftgen.h"
#include "nlsock.h"

/* More than any message takes: attributes are at most 64 KiB long, and libnftnl does not look
 * where the buffer ends. */
#define NFTGEN_MESSAGE_MAX    (128u << 10)
#define NFTGEN_STATEMENTS_MAX 64 /* of a rule, so that it stays below 64 KiB */

enum origin_kind {
	ORIGIN_NONE, /* the batch's own begin and end */
	ORIGIN_TABLE,
	ORIGIN_CHAIN,
	ORIGIN_SET,
	ORIGIN_COUNTER,
	ORIGIN_LIMIT,
	ORIGIN_RULE,
	ORIGIN_ELEMENTS,
	ORIGIN_DELETE_TABLE,
	ORIGIN_DELETE_CHAIN,
	ORIGIN_DELETE_SET,
	ORIGIN_DELETE_COUNTER,
	ORIGIN_DELETE_LIMIT,
	ORIGIN_FLUSH_RULES,
	ORIGIN_FLUSH_SET,
	ORIGIN_COUNT,
};

/* What a message was built from. */
struct origin {
	enum origin_kind kind;
	const char *name;      /* of the object; RULE: of its chain; borrowed */
	const struct set *set; /* ELEMENTS */
	size_t index;	       /* RULE: which; ELEMENTS: the first of the message */
	unsigned int line;
	size_t offset; /* of the message in the batch */
};

struct nlmsghdr;

/* What is being added from now on, for messages about what cannot be. */
void nftgen_attempt(struct nftgen *batch, const struct origin *origin);

/* Begin a message of the family of the tables that the batch is about, at the end of the batch,
 * with its room behind it; NULL when out of memory. It counts only once nftgen_end() was called. */
struct nlmsghdr *nftgen_begin(
	struct nftgen *batch, unsigned int type, unsigned int flags, const struct origin *origin);
void nftgen_end(struct nftgen *batch, const struct nlmsghdr *message);

/* Which element of an ORIGIN_ELEMENTS message the attribute at offset belongs to. */
size_t nftgen_element_at(
	const struct nlmsghdr *message, const struct origin *origin, uint32_t offset);

/* The value and length of a set's key as they stand in netlink: a single field is not padded. */
unsigned int nftgen_key_length(const struct set *set);
/* NFT_GOTO and the like. */
int nftgen_verdict_code(enum verdict verdict);

#endif
