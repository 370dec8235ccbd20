/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Paths that are open at times only: see compile.h. The rules of a pair that look one up go on only
 * while it is open, so one that is closed hides no other.
 */
#include <errno.h>
#include <string.h>

#include "compile_internal.h"

/* Is one of the paths through the gateway, or to and from itself, timed? */
static bool has_timed(const struct policy *policy, bool gateway)
{
	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];

		if (policy_path_timed(path) && gateway == (path->direction != PATH_FORWARD))
			return true;
	}
	return false;
}

/* Go on only when the connection's mark is one of an open path on these interfaces. */
static void require_open(struct maker *make, bool input, bool output)
{
	struct selectors selectors = { .count = 0 };

	if (!output)
		selectors.list[selectors.count++] = SEL_META_IIFNAME;
	if (!input)
		selectors.list[selectors.count++] = SEL_META_OIFNAME;
	selectors.list[selectors.count++] = SEL_CT_MARK;
	make_keyed(make, STMT_LOOKUP, &selectors,
		input || output ? SET_GATEWAY_TIMED : SET_ACTIVE_TIMED);
}

void timed_accept_forward(struct compiler *compiler)
{
	if (!has_timed(compiler->policy, false))
		return;
	make_rule(&compiler->make, 0);
	require_open(&compiler->make, false, false);
	make_verdict(&compiler->make, VERDICT_ACCEPT, NULL);
}

void timed_accept_gateway(struct compiler *compiler, bool input)
{
	if (!has_timed(compiler->policy, true))
		return;
	make_rule(&compiler->make, 0);
	require_open(&compiler->make, input, !input);
	make_verdict(&compiler->make, VERDICT_ACCEPT, NULL);
}

void timed_require_open(struct compiler *compiler, size_t from, size_t to)
{
	require_open(&compiler->make, to == gateway_zone(compiler), from == gateway_zone(compiler));
}

void timed_deny(struct compiler *compiler, uint32_t state, const char *from, const char *to)
{
	static const struct selectors mark = { { SEL_CT_MARK }, 1 };

	make_rule(&compiler->make, 0);
	if (state)
		make_test_mask(&compiler->make, SEL_CT_STATE, state, 0, true);
	make_keyed(&compiler->make, STMT_LOOKUP, &mark, SET_TIMED);
	deny(compiler, REASON_EXPIRED, from, to);
}

int compile_timeouts(struct ruleset *ruleset, compile_open open, void *data)
{
	for (size_t i = 0; i < ruleset->set_count; i++) {
		struct set *set = &ruleset->sets[i];
		bool is_open = strcmp(set->name, SET_OPEN) == 0;

		for (size_t j = 0; j < set->count && set->flags & SET_TIMEOUT; j++) {
			const uint8_t *end = set->elements + j * set->stride + set->key_length;
			uint32_t id;

			memcpy(&id, end - sizeof(id), sizeof(id));
			if (set_put_timeout(set, j, is_open ? OPEN_MS : open(id, data)) < 0)
				return -ENOMEM;
		}
	}
	return 0;
}
