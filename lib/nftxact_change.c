/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the rule set in place to the next one by what differs: see nftxact.h. */
#include <errno.h>

#include "decode.h"
#include "drift.h"
#include "nftdelta.h"
#include "nftxact.h"
#include "nftxact_impl.h"

/* Is actual, read from the kernel, what was put there? What drift lets pass, the generation that is
 * counted in and its comment, must be the same too. */
static bool is_old(const struct ruleset *old, const struct ruleset *actual)
{
	size_t differences;

	if (drift_compare(old, actual, NULL, NULL, &differences) < 0 || differences)
		return false;
	for (size_t i = 0; i < old->chain_count; i++) {
		const struct chain *chain = &old->chains[i];

		if (chain->switched &&
			!drift_same_rules(chain, ruleset_find_chain(actual, chain->name)))
			return false;
	}
	return true;
}

/* The kernel's generation, if it has old. Others may have changed their own tables; then ours is
 * read to see. -ESTALE: it is not as it was left. */
static int find_old(struct nlsock *socket, const struct ruleset *old, uint32_t *ret_generation)
{
	struct ruleset *actual;
	int error;

	if (!old->in_kernel)
		return -ESTALE;
	error = nlsock_generation(socket, ret_generation);
	if (error < 0 || *ret_generation == old->in_kernel)
		return error;
	error = decode_table(socket, old->table, old, &actual, ret_generation);
	if (error < 0)
		return error;
	if (!is_old(old, actual))
		error = -ESTALE;
	ruleset_free(actual);
	return error;
}

/* Counters ------------------------------------------------------------------------------------ */

static int add_name(const char *name, struct counter_value value, void *data)
{
	int error = ruleset_add_counter(data, name);

	(void)value;
	return error == -EEXIST ? 0 : error;
}

static bool has_counters(const struct ruleset *old, const struct ruleset *ruleset)
{
	size_t index;

	for (size_t i = 0; i < ruleset->counter_count; i++)
		if (!strmap_find(&old->counter_names, ruleset->counters[i], &index))
			return false;
	return true;
}

/* Counters of policies before old are in the kernel still: where new ones come, all are read. The
 * batch is bound to the generation, so they are those that it meets. */
static int read_counters(struct nlsock *socket, const struct ruleset *old,
	const struct ruleset *ruleset, struct ruleset *ret_counters)
{
	if (has_counters(old, ruleset))
		return 0;
	return decode_counters(socket, ruleset->table, add_name, ret_counters);
}

/* The transaction ------------------------------------------------------------------------------ */

static int send_delta(struct nlsock *socket, const struct nftdelta *delta, uint32_t generation)
{
	struct nlsock_error errors[NFTXACT_ERRORS_MAX];
	struct nftgen *batch;
	size_t count = 0;
	int error = nftgen_new(socket, generation, &batch);

	if (error < 0)
		return error;
	error = nftdelta_write(delta, batch);
	if (error == 0)
		error = nftxact_commit(socket, batch, errors, &count);
	nftgen_free(batch);
	/* Lost answers: what is read back next will tell. */
	return error == -ENOBUFS && count == 0 ? 0 : error;
}

static int change(struct nlsock *socket, const struct ruleset *old, struct ruleset *ruleset,
	struct ruleset *counters)
{
	struct nftdelta *delta;
	uint32_t generation;
	int error = find_old(socket, old, &generation);

	if (error == 0)
		error = nftxact_keep_generation(old, ruleset);
	if (error == 0)
		error = read_counters(socket, old, ruleset, counters);
	if (error == 0)
		error = nftdelta_new(old, ruleset,
			counters->counter_count ? &counters->counter_names : &old->counter_names,
			&delta);
	if (error != 0)
		return error;
	error = send_delta(socket, delta, generation);
	nftdelta_free(delta);
	return error < 0 ? error : nftxact_verify(socket, ruleset, NULL);
}

int nftxact_change(struct nlsock *socket, const struct ruleset *old, struct ruleset *ruleset,
	const char *file, struct diag_list *diags)
{
	struct ruleset *counters;

	ruleset_sort(ruleset);
	if (old && ruleset_new(ruleset->table, &counters) == 0) {
		int error = change(socket, old, ruleset, counters);

		ruleset_free(counters);
		if (error == 0)
			return 0;
	}
	return nftxact_apply(socket, ruleset, file, diags);
}
