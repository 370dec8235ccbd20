/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "observed.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct observed_pair pair_of(
	const struct policy *policy, const struct policy_observe *observe)
{
	struct observed_pair pair;

	snprintf(pair.from, sizeof(pair.from), "%s", policy->zones[observe->from].name);
	snprintf(pair.to, sizeof(pair.to), "%s", policy->zones[observe->to].name);
	return pair;
}

static bool is_same(const struct observed_pair *a, const struct observed_pair *b)
{
	return strcmp(a->from, b->from) == 0 && strcmp(a->to, b->to) == 0;
}

static bool has_pair(const struct observed *observed, const struct observed_pair *pair)
{
	for (size_t i = 0; i < observed->count; i++)
		if (is_same(&observed->pairs[i], pair))
			return true;
	return false;
}

static bool is_observed(const struct policy *policy, const struct observed_pair *pair)
{
	for (size_t i = 0; i < policy->observe_count; i++) {
		struct observed_pair other = pair_of(policy, &policy->observes[i]);

		if (is_same(&other, pair))
			return true;
	}
	return false;
}

static int remember(struct observed *observed, const struct policy *policy)
{
	struct observed_pair *pairs = calloc(policy->observe_count + 1, sizeof(*pairs));

	if (!pairs)
		return -ENOMEM;
	for (size_t i = 0; i < policy->observe_count; i++)
		pairs[i] = pair_of(policy, &policy->observes[i]);
	free(observed->pairs);
	observed->pairs = pairs;
	observed->count = policy->observe_count;
	return 0;
}

int observed_update(struct observed *observed, const struct policy *policy,
	observed_change function, void *data)
{
	for (size_t i = 0; i < observed->count; i++)
		if (!is_observed(policy, &observed->pairs[i]))
			function(false, &observed->pairs[i], NULL, data);
	for (size_t i = 0; i < policy->observe_count; i++) {
		struct observed_pair pair = pair_of(policy, &policy->observes[i]);

		if (!has_pair(observed, &pair))
			function(true, &pair, policy->observes[i].reason, data);
	}
	return remember(observed, policy);
}

void observed_clear(struct observed *observed)
{
	free(observed->pairs);
	*observed = (struct observed){ 0 };
}
