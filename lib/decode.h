/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Kernel → rule set: one table read back. Strict: what is not known becomes STMT_OPAQUE or a text
 * in ruleset.unknown, never skipped. Comments are kept; other user data, handles and use counts say
 * nothing about packets and are passed over. decode(nftgen(ir)) == ir for every ruleset that
 * compile makes, as drift_compare() sees it.
 *
 * Messages are parsed here, attribute by attribute, and not by libnftnl, which ends the process on
 * some malformed ones and gives up a whole rule for one expression that it does not know.
 */
#ifndef HEDATE_DECODE_H
#define HEDATE_DECODE_H

#include <stdbool.h>

#include "nlsock.h"
#include "ruleset.h"

/*
 * Read one table, of the family of the socket. Contents of SET_DYNAMIC sets are left out. 0 with
 * *ret_ruleset (sorted; the caller owns it) and the generation it belongs to; -ENOENT when there is
 * no such table; -EAGAIN when the rule set changed all the time; other negative errno.
 *
 * like may be NULL, or what the table should be. It changes nothing of what is read, only how
 * fast: the kernel's dump of a hash table takes time that grows with its square, so the elements
 * of big sets are asked for by the keys that like has. That this is the whole set is known from
 * its size, the number past which the kernel adds no element (nftgen.h): when it is the number of
 * keys that were found, there is no other. Where it is not, the set is dumped after all.
 */
int decode_table(struct nlsock *socket, const char *table, const struct ruleset *like,
	struct ruleset **ret_ruleset, uint32_t *ret_generation);

/* Only the definitions of a table's chains, sets, counters and limits, without rules and elements:
 * enough to replace it. Sets and chains that cannot be held as they are stand there by their names
 * at least, and in unknown. *ret_foreign: it has things that are not in the rule set by name either
 * (flowtables, other objects), so that only the whole table can be removed. Same
 * errors. */
int decode_names(struct nlsock *socket, const char *table, struct ruleset **ret_ruleset,
	uint32_t *ret_generation, bool *ret_foreign);

/* Read the elements of one set of a rule set that decode_names() made into it, sorted. *ret_known:
 * there was nothing that it cannot hold. 0, or negative errno; that nothing changed since must be
 * found by the generation. */
int decode_contents(struct nlsock *socket, struct ruleset *names, const char *set, bool *ret_known);

/* The rules of one chain, into a rule set that has nothing else. Same errors; -ENOENT also when
 * there is no such chain. Statements that refer to a set are STMT_OPAQUE. */
int decode_chain(struct nlsock *socket, const char *table, const char *chain,
	struct ruleset **ret_ruleset, uint32_t *ret_generation);

/* Value of one named counter. */
struct counter_value {
	uint64_t packets;
	uint64_t bytes;
};
/* Called for each named counter of the table / each element of a set with counters (key as in
 * struct set; the value is zero for an element without one). Negative errno stops. */
typedef int (*decode_counter)(const char *name, struct counter_value value, void *data);
typedef int (*decode_element)(
	const uint8_t *key, unsigned int key_length, struct counter_value value, void *data);

/*
 * All counters, each read while packets may be counted. -ENOENT no such table. -EINTR and -ENOBUFS:
 * the rule set changed, or an answer was lost; throw away what callback was told and call again.
 */
int decode_counters(struct nlsock *socket, const char *table, decode_counter callback, void *data);

/* One of them. -ENOENT: no such table or counter. */
int decode_counter_named(struct nlsock *socket, const char *table, const char *name,
	struct counter_value *ret_value);

/*
 * Dump a set, dynamic or not. Errors as above. Each step of a dump walks the set from its start:
 * 100,000 elements take 0.2 s of kernel time, 200,000 take 0.7 s, 400,000 about 2 s. Asking for
 * known keys takes 2 microseconds each.
 * Elements that packets add meanwhile may be missing, and others may come twice when the table
 * grows; dump a set that packets have left alone.
 */
int decode_elements(struct nlsock *socket, const char *table, const char *set,
	decode_element callback, void *data);

/*
 * The same by pieces, for a loop that has other things to do: begin, then step as long as it
 * returns 1. 0: callback was told all; errors as above. A step takes the kernel a few milliseconds
 * at most. Nothing else is asked on that socket meanwhile; an end that comes early needs no more
 * than decode_reading_end(), which accepts NULL.
 */
struct decode_reading;
int decode_reading_begin(struct nlsock *socket, const char *table, const char *set,
	decode_element callback, void *data, struct decode_reading **ret_reading);
int decode_reading_step(struct decode_reading *reading);
void decode_reading_end(struct decode_reading *reading);

/*
 * Read count elements by their keys (as in struct set, key_length bytes each, one after the
 * other), in time that grows with count alone. callback is called in the order of keys; absent
 * keys are not reported. A run of absent keys takes one request each. Errors as above, but none of
 * them reports a key twice.
 */
int decode_known(struct nlsock *socket, const char *table, const char *set, const uint8_t *keys,
	unsigned int key_length, size_t count, decode_element callback, void *data);

#endif
