/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables that are no policy's: added to, and taken away. */
#include <errno.h>

#include "nftxact.h"
#include "nftxact_impl.h"
#include "nftxact_refusal.h"

/* 0; or the error, which diags was told. A batch that could not be written ends here as well. */
static int send_batch(
	struct nlsock *socket, struct nftgen *batch, int error, struct diag_list *diags)
{
	struct nlsock_error errors[NFTXACT_ERRORS_MAX];
	size_t count = 0;

	if (error < 0)
		return refusal_of_writing(batch, error, NULL, diags);
	error = nftxact_commit(socket, batch, errors, &count);
	/* Lost answers: whoever wants to know reads it back. */
	if (error == 0 || (error == -ENOBUFS && count == 0))
		return 0;
	return refusal_of_batch(batch, error, errors, count, NULL, diags);
}

static int add_all(struct nftgen *batch, const struct ruleset *ruleset)
{
	int error = nftgen_add_table(batch, ruleset);

	for (size_t i = 0; i < ruleset->counter_count && error == 0; i++)
		error = nftgen_add_counter(batch, ruleset->table, ruleset->counters[i]);
	for (size_t i = 0; i < ruleset->chain_count && error == 0; i++)
		error = nftgen_add_chain(batch, ruleset, &ruleset->chains[i]);
	for (size_t i = 0; i < ruleset->chain_count && error == 0; i++)
		error = nftgen_add_rules(batch, ruleset, &ruleset->chains[i]);
	return error;
}

int nftxact_add(struct nlsock *socket, const struct ruleset *ruleset, struct diag_list *diags)
{
	struct nftgen *batch;
	int error = nftgen_new(socket, 0, &batch);

	if (error < 0)
		return refusal_of_writing(NULL, error, NULL, diags);
	error = send_batch(socket, batch, add_all(batch, ruleset), diags);
	nftgen_free(batch);
	return error;
}

int nftxact_delete_counter(
	struct nlsock *socket, const char *table, const char *counter, struct diag_list *diags)
{
	struct nftgen *batch;
	int error = nftgen_new(socket, 0, &batch);

	if (error < 0)
		return refusal_of_writing(NULL, error, NULL, diags);
	error = send_batch(socket, batch, nftgen_delete_counter(batch, table, counter), diags);
	nftgen_free(batch);
	return error;
}

int nftxact_delete(struct nlsock *socket, const char *table, struct diag_list *diags)
{
	struct ruleset *none = NULL;
	struct nftgen *batch = NULL;
	int error = ruleset_new(table, &none);

	if (error == 0)
		error = nftgen_new(socket, 0, &batch);
	if (error < 0) {
		ruleset_free(none);
		return refusal_of_writing(NULL, error, NULL, diags);
	}
	/* Made first, it is always there. */
	error = nftgen_add_table(batch, none);
	if (error == 0)
		error = nftgen_delete_table(batch, table);
	error = send_batch(socket, batch, error, diags);
	nftgen_free(batch);
	ruleset_free(none);
	return error;
}
