/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transactions on our table: replace the rule set, switch the generation of the flow sets, empty
 * the generation that is not in use. Each is one batch bound to the kernel's generation, so it is
 * refused, and begun again from what is there then, when anything changed since it was read.
 *
 * Replacing keeps what packets have filled: flow sets, counters and base chains stay, everything
 * else is deleted and added again in the same batch, so a packet sees the old rule set or the new
 * one and no count is lost. In the order that references need: rules, then sets (a verdict map
 * holds its chains), then chains; then all is added.
 *  - A flow set stays when its fields and flags are what they should be. Its size then stays too;
 *    a new limit takes effect when its generation is emptied, which makes its sets anew. One whose
 *    fields or flags differ is made anew, and loses what was counted in it.
 *  - A set whose elements count (and that is no map, nor of ranges, nor of limited size) stays,
 * with the counts of those elements that stay.
 *  - A counter stays, also when no rule of the new rule set counts on it.
 *  - A limit stays, with what it has left, when its numbers are what they should be.
 *  - The whole table is deleted and added, still in one batch, when it is not ours to keep: a base
 *    chain is at another hook or priority, it has things that cannot be deleted by name
 *    (flowtables, other objects), or it was made without the flags that it is to have. Counts in
 *    the kernel are lost then.
 *
 * A rule set with an owner makes the table the socket's own: nobody else can change it as long as
 * the socket is open, in whatever process. A table whose owner has gone is adopted as it stands, if
 * it has flag persist.
 */
#ifndef HEDATE_NFTXACT_H
#define HEDATE_NFTXACT_H

#include "diag.h"
#include "nlsock.h"
#include "ruleset.h"

/*
 * Put ruleset in place, read it back, compare. file is the configuration's name for located
 * errors. 0; -EINVAL: the kernel refused, diags says what and which line; -EILSEQ: it is in place,
 * but what was read back differs, or could not be read, diags says how; -EPERM, -EOPNOTSUPP: diags
 * says what is missing and what to do; -EAGAIN: others kept changing the rule set; -ENOMEM; other
 * negative errno. On any error but -EILSEQ the kernel is as before.
 *
 * The generation that packets are counted in does not change: where the table in place counts in
 * another than ruleset says, ruleset is changed to that, with the comment that stands there. Where
 * both say the same, ruleset's comment is put there.
 */
int nftxact_apply(
	struct nlsock *socket, struct ruleset *ruleset, const char *file, struct diag_list *diags);

/*
 * The same, where old is what was put in place before and still is: only what differs goes into the
 * transaction (nftdelta.h), and what old and ruleset have in common is never gone from the kernel,
 * not even for the packets that are judged in the instant of the commit. The whole table is read
 * back and compared all the same.
 * Is something else there than old, as far as can be read, or does the kernel refuse, or what is
 * read back differ, then the table is replaced as nftxact_apply() does it. old may be NULL.
 */
int nftxact_change(struct nlsock *socket, const struct ruleset *old, struct ruleset *ruleset,
	const char *file, struct diag_list *diags);

/*
 * The same without looking at what is there, which is deleted as a whole, with all that it has
 * counted: for a table that is gone, and where others change rules so often that nothing could be
 * read that holds for a moment. Generations are not kept.
 *
 * It has to be quick, so each flow set begins with a small hash, until nftxact_empty() makes those
 * of its generation anew: while one grows, flows that it refuses go to its spare, or overflow, and
 * are counted there. The generation that is not in use should be emptied before packets are
 * counted in it.
 */
int nftxact_force(
	struct nlsock *socket, struct ruleset *ruleset, const char *file, struct diag_list *diags);

/* Can a table be this socket's own, and outlive it? A table of no other use is made, read back and
 * deleted to see. 0 with *ret_can, or negative errno. */
int nftxact_can_own(struct nlsock *socket, bool *ret_can);

/* The flags and the handle of table "hedate", of a rule set: owner, persist, handle. 0; -ENOENT no
 * table; other negative errno. */
struct nftxact_table {
	uint32_t owner;
	bool persist;
	uint64_t handle;
};
int nftxact_table(struct nlsock *socket, struct nftxact_table *ret_table);

/* Which generation is chain "blocked" set to, and the comment of its rule (the epoch, see
 * compile.h; the caller frees it; NULL for none)? 0; -ENOENT no table, or not one of ours. */
int nftxact_generation(struct nlsock *socket, unsigned int *ret_generation, char **ret_comment);

/* Let packets be counted in the other generation, from now on, and leave the comment there.
 * ruleset is the one in place and is changed to say so. 0, or negative errno (nothing changed);
 * -ENOENT when the table in place is not ours. */
int nftxact_switch(struct nlsock *socket, struct ruleset *ruleset, unsigned int generation,
	const char *comment);

/*
 * Empty the flow sets and counters of a generation that is not in use. 0, -EBUSY when it is in
 * use, or negative errno (nothing changed).
 *
 * Emptying a set and setting a counter back to zero cannot be one transaction, but deleting and
 * adding both again can: the rules that refer to them are deleted, then the sets and counters; all
 * are added again, in one batch. So a crash leaves a generation either full or empty, and the
 * equation of its counters (compile.h) always holds. No packet is in these rules at that time,
 * for the generation is not in use.
 */
int nftxact_empty(struct nlsock *socket, struct ruleset *ruleset, unsigned int generation);

/*
 * Put into the SET_TIMEOUT sets of the table in place what ruleset, which is the one in place, says
 * of them (struct set.timeouts), and nothing else, in one batch: they are emptied and filled, so
 * that an element which stays is there at any moment. Elements that have ended by themselves make
 * no difference. 0, also for a rule set without such sets; -ENOENT when the table in place is not
 * ours; other negative errno (nothing changed).
 */
int nftxact_timed(struct nlsock *socket, struct ruleset *ruleset);

/*
 * A table of another name: add what ruleset has to what is there, or make it, and take nothing
 * away; counters must not be there yet. 0; -EINVAL, -EPERM, -EOPNOTSUPP and others as
 * nftxact_apply(). It is not read back.
 */
int nftxact_add(struct nlsock *socket, const struct ruleset *ruleset, struct diag_list *diags);
/* Take one of its counters away, that no rule counts on any more. */
int nftxact_delete_counter(
	struct nlsock *socket, const char *table, const char *counter, struct diag_list *diags);
/* Take it away as a whole; 0 also when there is none. */
int nftxact_delete(struct nlsock *socket, const char *table, struct diag_list *diags);

#endif
