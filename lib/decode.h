/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel → rule set: one table read back. Strict: what is not known becomes STMT_OPAQUE, never
 * skipped. decode(nftgen(ir)) == ir for every ruleset that compile makes.
 */
#ifndef HEDATE_DECODE_H
#define HEDATE_DECODE_H

#include "nlsock.h"
#include "ruleset.h"

/*
 * Read one table of family inet. Contents of SET_DYNAMIC sets are left out. 0 with *ret_ruleset
 * (sorted; the caller owns it) and the generation it belongs to; -ENOENT when there is no such
 * table; -EAGAIN when the rule set changed all the time; other negative errno.
 */
int decode_table(struct nlsock *socket, const char *table, struct ruleset **ret_ruleset,
	uint32_t *ret_generation);

/* Only the names of a table's chains, sets and counters, with which chains have a hook and which
 * sets are dynamic: enough to replace it. Same errors. */
int decode_names(struct nlsock *socket, const char *table, struct ruleset **ret_ruleset,
	uint32_t *ret_generation);

/* Value of one named counter. */
struct counter_value {
	uint64_t packets;
	uint64_t bytes;
};
/* Called for each named counter of the table / each element of a set with counters (key as in
 * struct set). Negative errno stops. */
typedef int (*decode_counter)(const char *name, struct counter_value value, void *data);
typedef int (*decode_element)(const uint8_t *key, unsigned int key_length,
	struct counter_value value, void *data);
int decode_counters(
	struct nlsock *socket, const char *table, decode_counter callback, void *data);
int decode_elements(struct nlsock *socket, const char *table, const char *set,
	decode_element callback, void *data);

#endif
