/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rule set → netlink messages, through libnftnl. With decode the only modules that include
 * libnftnl. A batch is one growing buffer; each message remembers what it was built from, so that
 * a refusal by the kernel names the object and the line of the configuration.
 */
#ifndef HEDATE_NFTGEN_H
#define HEDATE_NFTGEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nlsock.h"
#include "ruleset.h"

struct nftgen;

/* Start a batch that the kernel refuses (ERESTART) when its generation is no longer this one;
 * 0: any generation. 0, or -ENOMEM. */
int nftgen_new(struct nlsock *socket, uint32_t generation, struct nftgen **ret_batch);
void nftgen_free(struct nftgen *batch);

/* Each adds messages; 0, -ENOMEM, or -EINVAL for an IR that cannot be expressed. */
int nftgen_add_table(struct nftgen *batch, const struct ruleset *ruleset);
int nftgen_delete_table(struct nftgen *batch, const char *table);
int nftgen_flush_rules(struct nftgen *batch, const char *table, const char *chain); /* NULL: all */
int nftgen_delete_chain(struct nftgen *batch, const char *table, const char *chain);
int nftgen_delete_set(struct nftgen *batch, const char *table, const char *set);
int nftgen_flush_set(struct nftgen *batch, const char *table, const char *set);
int nftgen_delete_counter(struct nftgen *batch, const char *table, const char *counter);
int nftgen_add_counter(struct nftgen *batch, const char *table, const char *counter);
int nftgen_add_chain(struct nftgen *batch, const struct ruleset *ruleset, const struct chain *chain);
int nftgen_add_rules(struct nftgen *batch, const struct ruleset *ruleset, const struct chain *chain);
int nftgen_add_set(struct nftgen *batch, const struct ruleset *ruleset, const struct set *set);
int nftgen_add_elements(struct nftgen *batch, const struct ruleset *ruleset, const struct set *set);

/* Close the batch; the bytes stay owned by it. */
int nftgen_finish(struct nftgen *batch, const void **ret_bytes, size_t *ret_length,
	uint32_t *ret_last_sequence);

/* What the message with this sequence number was about: "rule 3 of chain forward", and the line
 * of the configuration (0: none). text is cut to size. */
void nftgen_describe(
	const struct nftgen *batch, uint32_t sequence, char *text, size_t size, unsigned int *ret_line);

#endif
