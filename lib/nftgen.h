/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rule set → netlink messages, through libnftnl; the only module that includes it. Set elements,
 * of which there are hundreds of thousands, are written with libmnl's attributes directly. A
 * batch is one growing buffer; each message remembers what it was built from, so that a refusal
 * by the kernel names the object and the line of the configuration.
 *
 * A set that packets do not fill, that does not count and that is no interval set gets the number
 * of its elements as its size (unless it names a size itself): the kernel then picks the fixed hash
 * table, which is its fastest, and takes no further element, so that a reader who has found every
 * element that should be there knows that nothing else is (decode.h).
 */
#ifndef HEDATE_NFTGEN_H
#define HEDATE_NFTGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ruleset.h"

/* NFT_TABLE_F_PERSIST, which the headers of kernels before 6.9 do not have. */
#define NFTGEN_TABLE_PERSIST 0x4

struct nftgen;
struct nlsock;
struct nlsock_error;

/* Start a batch that the kernel refuses (ERESTART) when its generation is no longer this one;
 * 0: any generation. socket numbers the messages, and says of which family the tables are; NULL:
 * they are not to be sent. 0, or -ENOMEM. */
int nftgen_new(struct nlsock *socket, uint32_t generation, struct nftgen **ret_batch);
void nftgen_free(struct nftgen *batch);

/* Each adds messages; 0, -ENOMEM, or -EINVAL for an IR that cannot be expressed. Names and rule
 * sets are borrowed until the batch is freed. What is added must not be there yet, but for tables
 * and base chains, which may. */
/* With the flags of the rule set: an owner is this socket, whatever its number there. */
int nftgen_add_table(struct nftgen *batch, const struct ruleset *ruleset);
int nftgen_add_counter(struct nftgen *batch, const char *table, const char *counter);
int nftgen_add_limit(struct nftgen *batch, const char *table, const struct limit *limit);
int nftgen_add_chain(
	struct nftgen *batch, const struct ruleset *ruleset, const struct chain *chain);
int nftgen_add_set(struct nftgen *batch, const struct ruleset *ruleset, const struct set *set);
/* The size that the kernel is told; 0: none. */
uint32_t nftgen_set_size(const struct set *set);
/* Of a SET_TIMEOUT set those that are in it now, with their time. */
int nftgen_add_elements(struct nftgen *batch, const struct ruleset *ruleset, const struct set *set);
int nftgen_add_rules(
	struct nftgen *batch, const struct ruleset *ruleset, const struct chain *chain);
/* Only those from a number on, counted from 0. */
int nftgen_add_rules_from(struct nftgen *batch, const struct ruleset *ruleset,
	const struct chain *chain, size_t first);
/* All of the above for a whole rule set, in the order that references need. */
int nftgen_add_all(struct nftgen *batch, const struct ruleset *ruleset);

int nftgen_delete_table(struct nftgen *batch, const char *table);
int nftgen_delete_chain(struct nftgen *batch, const char *table, const char *chain);
int nftgen_delete_set(struct nftgen *batch, const char *table, const char *set);
int nftgen_delete_counter(struct nftgen *batch, const char *table, const char *counter);
int nftgen_delete_limit(struct nftgen *batch, const char *table, const char *limit);
/* The elements that set holds, from the set of its name. */
int nftgen_delete_elements(
	struct nftgen *batch, const struct ruleset *ruleset, const struct set *set);
/* A rule whose handle is known. */
int nftgen_delete_rule(struct nftgen *batch, const char *table, const char *chain, uint64_t handle);
int nftgen_flush_rules(struct nftgen *batch, const char *table, const char *chain); /* NULL: all */
int nftgen_flush_set(struct nftgen *batch, const char *table, const char *set);

/* Close the batch; the bytes stay owned by it. -EINVAL when nothing was added. */
int nftgen_finish(struct nftgen *batch, const void **ret_bytes, size_t *ret_length,
	uint32_t *ret_last_sequence);

/* What the refused message was about: "rule 3 of chain forward", "element 17 of set x", and the
 * line of the configuration (0: none). text is cut to size. */
void nftgen_describe(const struct nftgen *batch, const struct nlsock_error *error, char *text,
	size_t size, unsigned int *ret_line);

/* The same of what was added last, or could not be. */
void nftgen_describe_last(
	const struct nftgen *batch, char *text, size_t size, unsigned int *ret_line);

/* The kernel's name of the expression that it refused in a rule, or as an object that is one ("ct",
 * "limit"); false when the error is not about one. */
bool nftgen_refused_expression(
	const struct nftgen *batch, const struct nlsock_error *error, char *name, size_t size);

#endif
