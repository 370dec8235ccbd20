/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A policy on its way into place: compiled, with what the extension adds to it. */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "../lib/assertion.h"
#include "../lib/compile.h"
#include "lifecycle_impl.h"

void candidate_clear(struct candidate *candidate)
{
	denials_clear(&candidate->denials);
	ruleset_free(candidate->ruleset);
	zonetime_free(candidate->zone);
	policy_free(candidate->policy);
	if (candidate->nflog >= 0)
		close(candidate->nflog);
}

/* Compiling ----------------------------------------------------------------------------------- */

/* Instead of what was found to be right, for as long as nothing may be forwarded. */
static int make_island(struct candidate *candidate, struct diag_list *diags)
{
	ruleset_free(candidate->ruleset);
	candidate->ruleset = NULL;
	candidate->island = true;
	return compile_island(candidate->policy, diags, &candidate->ruleset);
}

/* Instead of what blocks, as long as two persons want it so; a log that fails is no reason against
 * it. */
static int make_open(struct candidate *candidate, struct diag_list *diags)
{
	ruleset_free(candidate->ruleset);
	candidate->ruleset = NULL;
	candidate->open = true;
	return compile_opened(candidate->policy, diags, &candidate->ruleset);
}

/* Every change comes by here, so none gets into place that breaks an assertion: it must hold as
 * soon as the gateway is no island any more. */
static int compile(
	const struct lifecycle *lifecycle, struct candidate *candidate, struct diag_list *diags)
{
	struct assertion_results results = { 0 };
	int r = compile_policy(candidate->policy, diags, &candidate->ruleset);

	if (r == 0)
		r = assertion_check(candidate->policy, candidate->ruleset, diags, &results);
	candidate->assertions = results.count;
	candidate->assertions_failed = results.failed;
	assertion_failed_names(candidate->policy, &results, candidate->assertions_broken,
		sizeof(candidate->assertions_broken));
	assertion_results_clear(&results);
	if (r == 0 && lifecycle->open_asked && candidate->may_open)
		r = make_open(candidate, diags);
	else if (r == 0 && lifecycle->island_asked && candidate->policy->log.island)
		r = make_island(candidate, diags);
	if (r == 0)
		r = denials_collect(candidate->ruleset, &candidate->denials);
	return r < 0 ? r : openings_load_zone(candidate->policy, &candidate->zone);
}

static int extend(const struct lifecycle *lifecycle, struct policy *policy, struct diag_list *diags)
{
	const struct lifecycle_extension *extension = lifecycle->extension;

	return extension ? extension->extend(policy, diags, extension->data) : 0;
}

static void candidate_empty(struct candidate *candidate)
{
	denials_clear(&candidate->denials);
	ruleset_free(candidate->ruleset);
	candidate->ruleset = NULL;
}

/* What the extension added does not go together with this policy: then without. */
static int compile_without(const struct lifecycle *lifecycle, struct candidate *candidate,
	size_t own_paths, const struct diag_list *findings, struct diag_list *diags)
{
	const char *why = diag_list_length(findings) ? diag_list_get(findings, 0)->message : "";
	struct policy *policy = candidate->policy;

	candidate_empty(candidate);
	while (policy->path_count > own_paths)
		policy_path_clear(&policy->paths[--policy->path_count]);
	lifecycle->extension->withdraw(why, diags, lifecycle->extension->data);
	return compile(lifecycle, candidate, diags);
}

/* The paths of the file count, whatever the extension adds to them. */
static int compile_extended(const struct lifecycle *lifecycle, struct candidate *candidate,
	size_t own_paths, struct diag_list *diags)
{
	struct diag_list *findings;
	int r = diag_list_new(&findings);

	if (r < 0)
		return r;
	r = compile(lifecycle, candidate, findings);
	if (r != -EINVAL)
		diag_list_append(diags, findings);
	else
		r = compile_without(lifecycle, candidate, own_paths, findings, diags);
	diag_list_free(findings);
	return r;
}

int candidate_compile(
	const struct lifecycle *lifecycle, struct candidate *candidate, struct diag_list *diags)
{
	size_t own_paths = candidate->policy->path_count;
	int r = extend(lifecycle, candidate->policy, diags);

	if (r < 0)
		return r;
	if (candidate->policy->path_count == own_paths)
		return compile(lifecycle, candidate, diags);
	return compile_extended(lifecycle, candidate, own_paths, diags);
}

/* The policy in place, once more ------------------------------------------------------------- */

void lifecycle_set_extension(
	struct lifecycle *lifecycle, const struct lifecycle_extension *extension)
{
	lifecycle->extension = extension;
}

struct policy *lifecycle_policy_to_extend(struct lifecycle *lifecycle)
{
	return lifecycle->policy;
}

/* The policy once more, with an array of its own for its paths, those of the file; all else they
 * share until one of them is released. NULL: out of memory. */
static struct policy *share_policy(const struct policy *policy)
{
	struct policy *shared = malloc(sizeof(*shared));
	struct policy_path *paths = malloc((policy->path_count + 1) * sizeof(*paths));

	if (!shared || !paths) {
		free(shared);
		free(paths);
		return NULL;
	}
	*shared = *policy;
	shared->paths = paths;
	shared->path_count = 0;
	for (size_t i = 0; i < policy->path_count; i++)
		if (!policy->paths[i].exception)
			paths[shared->path_count++] = policy->paths[i];
	return shared;
}

/* Free what is only this one's. */
static void release_shared(struct policy *shared)
{
	for (size_t i = 0; i < shared->path_count; i++)
		if (shared->paths[i].exception)
			policy_path_clear(&shared->paths[i]);
	free(shared->paths);
	free(shared);
}

int candidate_renew(
	struct lifecycle *lifecycle, struct diag_list *diags, struct candidate *candidate)
{
	struct policy *policy = lifecycle->policy;
	struct policy *shared = share_policy(policy);
	int r = shared ? extend(lifecycle, shared, diags) : -ENOMEM;

	if (!shared)
		return r;
	/* Services only become more; the array may have moved. */
	policy->services = shared->services;
	policy->service_count = shared->service_count;
	candidate->policy = shared;
	candidate->may_open = true;
	if (r == 0)
		r = compile(lifecycle, candidate, diags);
	if (r < 0) {
		release_shared(shared);
		candidate->policy = NULL;
	}
	return r;
}

void candidate_clear_shared(struct candidate *candidate)
{
	if (candidate->policy)
		release_shared(candidate->policy);
	candidate->policy = NULL;
	candidate_clear(candidate);
}

int lifecycle_try(struct lifecycle *lifecycle, struct diag_list *diags)
{
	struct candidate candidate = { .nflog = -1 };
	int r = candidate_renew(lifecycle, diags, &candidate);

	candidate_clear_shared(&candidate);
	return r;
}
