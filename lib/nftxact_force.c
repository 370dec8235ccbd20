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

int nftxact_force(
	struct nlsock *socket, struct ruleset *ruleset, const char *file, struct diag_list *diags)
{
	bool there = false;
	int error = -ERESTART;

	ruleset_sort(ruleset);
	for (unsigned int tries = 0; tries < TRIES_MAX && error == -ERESTART; tries++) {
		error = force_once(socket, ruleset, there, file, diags);
		there = !there;
	}
	if (error == -ERESTART)
		return refusal_of_reading(-EAGAIN, diags);
	return error < 0 ? error : nftxact_verify(socket, ruleset, diags);
}
