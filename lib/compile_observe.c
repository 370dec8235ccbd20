/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pairs of zones that are only observed. What their chain would deny as "no-path" goes to chain
 * "observe-<from>-<to>" instead: the connection gets the pair's own mark, which is in @active, and
 * its first packet is counted, collapsed in the flow sets and logged as a denied one is. But then
 * it passes, as it came: with no mark on the packet. A packet that a flow set has already leaves
 * chain "blocked" by chain "repeated", where @observed tells its code from those of denials.
 */
#include <sodium.h>
#include <string.h>

#include "compile_internal.h"

#define MAP_MARKS "observe-marks" /* interfaces in and out → mark of the connection */
#define SET_CODES "observed"	  /* marks of observed packets, of both generations */

void observe_digest(
	const struct policy *policy, const struct policy_observe *observe, uint8_t *ret_digest)
{
	static const char label[] = "observe";
	const char *from = policy->zones[observe->from].name, *to = policy->zones[observe->to].name;
	crypto_generichash_state state;

	/* Each with its NUL. */
	crypto_generichash_init(&state, NULL, 0, DIGEST_LENGTH);
	crypto_generichash_update(&state, (const unsigned char *)label, sizeof(label));
	crypto_generichash_update(&state, (const unsigned char *)from, strlen(from) + 1);
	crypto_generichash_update(&state, (const unsigned char *)to, strlen(to) + 1);
	crypto_generichash_final(&state, ret_digest, DIGEST_LENGTH);
}

int observe_crossings(const struct policy *policy, const struct policy_observe *observe,
	observe_crossing function, void *data)
{
	const struct policy_zone *from = &policy->zones[observe->from];
	const struct policy_zone *to = &policy->zones[observe->to];
	int error = 0;

	for (size_t i = 0; i < from->segment_count * to->segment_count && error == 0; i++) {
		size_t in = from->first_segment + i / to->segment_count;
		size_t out = to->first_segment + i % to->segment_count;

		error = function(policy->segments[in].interface, policy->segments[out].interface,
			observe->id, data);
	}
	return error;
}

/* The map that is being filled. */
struct filling {
	struct maker *make;
	struct set *set;
	unsigned int line;
};

static int add_mark(const char *in, const char *out, uint32_t id, void *data)
{
	const struct filling *filling = data;
	uint8_t key[RULESET_KEY_MAX];
	unsigned int offset = 0;

	key_put_ifname(key, &offset, in);
	key_put_ifname(key, &offset, out);
	make_element(filling->make, filling->set, key, NULL, id, filling->line);
	return 0;
}

static void marks_map(struct compiler *compiler)
{
	static const enum field_type fields[] = { FIELD_IFNAME, FIELD_IFNAME };
	const struct policy *policy = compiler->policy;
	struct filling filling = { .make = &compiler->make };

	filling.set = make_set(&compiler->make, MAP_MARKS, SET_MAP, fields, 2, FIELD_MARK);
	for (size_t i = 0; i < policy->observe_count && filling.set; i++) {
		filling.line = policy->observes[i].loc.line;
		(void)observe_crossings(policy, &policy->observes[i], add_mark, &filling);
	}
	if (filling.set)
		filling.set->size = (uint32_t)filling.set->count;
}

static void codes_set(struct compiler *compiler)
{
	static const enum field_type mark[] = { FIELD_MARK };
	const struct policy *policy = compiler->policy;
	struct set *set = make_set(&compiler->make, SET_CODES, 0, mark, 1, FIELD_INVALID);

	for (size_t i = 0; i < policy->observe_count * 2 && set; i++) {
		const struct policy_observe *observe = &policy->observes[i / 2];
		uint32_t code = deny_code(REASON_OBSERVED, policy->zones[observe->from].name,
			policy->zones[observe->to].name);
		uint8_t key[RULESET_KEY_MAX];
		unsigned int offset = 0;

		key_put_mark(key, &offset, i % 2 ? code | DENY_MARK_B : code);
		make_element(&compiler->make, set, key, NULL, 0, observe->loc.line);
	}
	if (set)
		set->size = (uint32_t)set->count;
}

void observe_pass(struct maker *make)
{
	make_mark(make, 0, 0);
	make_verdict(make, VERDICT_ACCEPT, NULL);
}

static void repeated_chain(struct maker *make)
{
	static const struct selectors mark = { { SEL_META_MARK }, 1 };

	make_chain(make, CHAIN_REPEATED);
	make_rule(make, 0);
	make_keyed(make, STMT_LOOKUP, &mark, SET_CODES);
	observe_pass(make);
	make_rule(make, 0);
	make_verdict(make, VERDICT_DROP, NULL);
}

void observe_sets(struct compiler *compiler)
{
	if (compiler->policy->observe_count == 0)
		return;
	marks_map(compiler);
	codes_set(compiler);
	repeated_chain(&compiler->make);
}

void observe_mark(struct maker *make)
{
	static const struct selectors crossing = { { SEL_META_IIFNAME, SEL_META_OIFNAME }, 2 };

	make_rule(make, 0);
	make_keyed(make, STMT_CT_MARK_MAP, &crossing, MAP_MARKS);
}
