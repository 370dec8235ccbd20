/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Putting a table in place without looking at what is there: see nftxact.h. */
#include <errno.h>

#include "nftgen.h"
#include "nftxact.h"
#include "nftxact_impl.h"
#include "nftxact_refusal.h"

#define TRIES_MAX 16

/* One transaction, which no change of others gets in the way of: it is not bound to a generation.
 * -ERESTART: a table is there that was thought not to be, or the other way round. */
static int force_once(struct nlsock *socket, struct ruleset *ruleset, bool there, const char *file,
	struct diag_list *diags)
{
	struct nlsock_error errors[NFTXACT_ERRORS_MAX];
	struct nftgen *batch = NULL;
	size_t count = 0;
	int error = nftgen_new(socket, 0, &batch);

	if (error == 0 && there)
		error = nftgen_delete_table(batch, ruleset->table);
	if (error == 0)
		error = nftgen_add_all(batch, ruleset);
	if (error < 0) {
		error = refusal_of_writing(batch, error, file, diags);
		nftgen_free(batch);
		return error;
	}
	error = nftxact_commit(socket, batch, errors, &count);
	if (error == -ENOBUFS && count == 0)
		error = 0;
	else if (error == (there ? -ENOENT : -EEXIST) || error == -ERESTART)
		error = -ERESTART;
	else if (error < 0)
		error = refusal_of_batch(batch, error, errors, count, file, diags);
	nftgen_free(batch);
	return error;
}

/* The kernel makes a flow set's hash for as many elements as the last 16 bits of its size say, all
 * set where it is to take many (compile_flow.c). To clear that mebibyte for each set is most of
 * what a new table takes. Made for few it grows by itself; such a set has room for so many more. */
#define SMALL_HASH 4096

static void begin_small(struct ruleset *ruleset, bool small)
{
	for (size_t i = 0; i < ruleset->set_count; i++) {
		struct set *set = &ruleset->sets[i];
		uint32_t hash = set->size & UINT16_MAX;

		if (!(set->flags & SET_DYNAMIC))
			continue;
		if (small && hash == UINT16_MAX)
			set->size += 1 + SMALL_HASH;
		else if (!small && hash == SMALL_HASH && set->size > UINT16_MAX)
			set->size -= 1 + SMALL_HASH;
	}
}

int nftxact_force(
	struct nlsock *socket, struct ruleset *ruleset, const char *file, struct diag_list *diags)
{
	bool there = false;
	int error = -ERESTART;

	ruleset_sort(ruleset);
	begin_small(ruleset, true);
	for (unsigned int tries = 0; tries < TRIES_MAX && error == -ERESTART; tries++) {
		error = force_once(socket, ruleset, there, file, diags);
		there = !there;
	}
	begin_small(ruleset, false);
	if (error == -ERESTART)
		return refusal_of_reading(-EAGAIN, diags);
	return error < 0 ? error : nftxact_verify(socket, ruleset, diags);
}
