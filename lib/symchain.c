/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chains, each done once for all who come to it alike. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "symexec_impl.h"

/* First one, then with what goes on the other. */
static struct sym_outcome compose(
	struct symexec *exec, struct sym_outcome *first, struct sym_outcome *second)
{
	struct sym_outcome outcome = { .exact = first->exact && second->exact };

	if (!outcome.exact) {
		sym_tell_drops(exec, first);
		sym_tell_drops(exec, second);
	}
	for (unsigned int i = 0; i < SYM_EXITS; i++)
		if (i != SYM_DROP || !outcome.exact)
			outcome.may[i] =
				sym_or_and(exec, i == SYM_CONTINUE ? BDD_EMPTY : first->may[i],
					first->may[SYM_CONTINUE], second->may[i]);
	if (exec->follows_logs)
		outcome.may_log =
			sym_or_and(exec, first->may_log, first->may[SYM_CONTINUE], second->may_log);
	return outcome;
}

static struct sym_outcome do_rules(struct symexec *exec, const struct sym_place *place,
	size_t first, size_t count, const struct sym_written *before, struct sym_dirt *dirt)
{
	struct sym_outcome left = SYM_GOES_ON, right;
	struct sym_dirt half = { SYM_NOBODY, SYM_NOBODY };

	if (count == 0 || exec->error) {
		sym_join_written(&dirt->on, before);
		return left;
	}
	if (count == 1) {
		struct sym_place there = *place;

		there.rule = &place->chain->rules[first];
		return sym_rule(exec, &there, before, dirt);
	}
	left = do_rules(exec, place, first, count / 2, before, &half);
	sym_join_written(&dirt->gone, &half.gone);
	right = do_rules(exec, place, first + count / 2, count - count / 2, &half.on, dirt);
	return compose(exec, &left, &right);
}

static struct sym_summary *find_summary(
	const struct symexec *exec, const struct sym_place *place, const struct sym_written *dirty)
{
	for (struct sym_summary *summary = exec->summaries; summary; summary = summary->next)
		if (summary->chain == place->chain && summary->hook == place->hook &&
			memcmp(&summary->stage, &place->stage, sizeof(place->stage)) == 0 &&
			memcmp(&summary->dirty_before, dirty, sizeof(*dirty)) == 0)
			return summary;
	return NULL;
}

static struct sym_summary *add_summary(
	struct symexec *exec, const struct sym_place *place, const struct sym_written *dirty)
{
	struct sym_summary *summary = calloc(1, sizeof(*summary));

	if (!summary) {
		sym_fail(exec, -ENOMEM);
		return NULL;
	}
	summary->chain = place->chain;
	summary->hook = place->hook;
	summary->stage = place->stage;
	summary->dirty_before = *dirty;
	summary->next = exec->summaries;
	exec->summaries = summary;
	return summary;
}

struct sym_outcome sym_chain(
	struct symexec *exec, const struct sym_place *place, struct sym_written *dirty)
{
	if (exec->trace)
		return sym_trace_chain(exec, place, dirty);
	/* Then nothing depends on what was written. */
	if (exec->noting)
		*dirty = (struct sym_written){ .nobody = false };
	struct sym_summary *summary = find_summary(exec, place, dirty);

	if (summary && summary->busy)
		sym_fail(exec, -ELOOP);
	if (!summary && (summary = add_summary(exec, place, dirty)) != NULL) {
		struct sym_dirt dirt = { SYM_NOBODY, SYM_NOBODY };

		summary->busy = true;
		summary->outcome = do_rules(exec, place, 0, place->chain->rule_count, dirty, &dirt);
		summary->outcome.may[SYM_CONTINUE] = sym_or(
			exec, summary->outcome.may[SYM_CONTINUE], summary->outcome.may[SYM_RETURN]);
		summary->outcome.may[SYM_RETURN] = BDD_EMPTY;
		summary->dirty_after = dirt.on;
		sym_join_written(&summary->dirty_after, &dirt.gone);
		summary->busy = false;
	}
	if (!summary || exec->error)
		return SYM_GOES_ON;
	*dirty = summary->dirty_after;
	return summary->outcome;
}

void sym_forget_chains(struct symexec *exec)
{
	struct sym_summary *next;

	for (struct sym_summary *summary = exec->summaries; summary; summary = next) {
		next = summary->next;
		free(summary);
	}
	exec->summaries = NULL;
}
