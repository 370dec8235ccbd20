/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chains: what each rule does is named from the first to the last, since what it writes is there
 * for those behind it; what comes of a packet from a rule on, from the last to the first.
 */
#include <stdlib.h>
#include <string.h>

#include "smt2_impl.h"

#define DEPTH_MAX 32		    /* of jumps: the kernel takes 16 */
#define NAMES_MAX UINT64_C(4000000) /* with more than this, chains are free */

/* What comes of a rule. */
struct outcome {
	const char *accepted, *returned, *on;
	struct smt2_packet after;
};

static bool same_packet(const struct smt2_packet *a, const struct smt2_packet *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

static bool same_stage(const struct smt2_stage *a, const struct smt2_stage *b)
{
	return a->hook == b->hook && a->tracked == b->tracked && a->hop_less == b->hop_less;
}

static const struct smt2_chain *find(
	const struct smt2 *smt, const struct smt2_place *place, const struct smt2_packet *packet)
{
	for (const struct smt2_chain *chain = smt->chains; chain; chain = chain->next)
		if (chain->chain == place->chain && same_stage(&chain->stage, &place->stage) &&
			same_packet(&chain->before, packet))
			return chain;
	return NULL;
}

static void keep(struct smt2 *smt, const struct smt2_chain *chain)
{
	struct smt2_chain *kept = malloc(sizeof(*kept));

	if (!kept) {
		smt->failed = true;
		return;
	}
	*kept = *chain;
	kept->next = smt->chains;
	smt->chains = kept;
}

void smt2_forget_chains(struct smt2 *smt)
{
	struct smt2_chain *next;

	for (struct smt2_chain *chain = smt->chains; chain; chain = next) {
		next = chain->next;
		free(chain);
	}
	smt->chains = NULL;
}

static void do_rule(struct smt2 *smt, const struct smt2_place *place, struct smt2_packet *packet,
	struct outcome *outcome)
{
	struct smt2_run run = {
		.smt = smt, .place = place, .alive = "true", .packet = *packet, .expression = "?"
	};

	smt2_rule(&run);
	outcome->accepted = smt2_name(smt, smt2_join(smt, "or", &run.accepted));
	outcome->returned = smt2_name(smt, smt2_join(smt, "or", &run.returned));
	outcome->on = smt2_name(smt, smt2_or(smt, smt2_not(smt, smt2_join(smt, "or", &run.left)),
					     smt2_join(smt, "or", &run.back)));
	outcome->after = *packet = run.packet;
	smt2_list_free(&run.accepted);
	smt2_list_free(&run.returned);
	smt2_list_free(&run.back);
	smt2_list_free(&run.left);
}

/* One rule before those that are known already. */
static void put_before(struct smt2 *smt, const struct outcome *first, struct smt2_chain *rest)
{
	const char *leaves = smt2_or(smt, first->accepted, first->returned);

	for (unsigned int i = 0; i < SMT2_FIELDS; i++)
		if (rest->after.fields[i] != first->after.fields[i] && !smt2_is(leaves, "false"))
			rest->after.fields[i] = smt2_name_bits(smt, smt2_field_bits(smt->world, i),
				smt2_format(smt, "(ite %s %s %s)", leaves, first->after.fields[i],
					rest->after.fields[i]));
	rest->accepted = smt2_name(
		smt, smt2_or(smt, first->accepted, smt2_and(smt, first->on, rest->accepted)));
	rest->returned = smt2_name(
		smt, smt2_or(smt, first->returned, smt2_and(smt, first->on, rest->returned)));
}

/* What nothing is said about. */
static struct smt2_chain anything(struct smt2 *smt, const struct smt2_place *place)
{
	struct smt2_chain chain = { .accepted = smt2_any(smt), .returned = smt2_any(smt) };

	for (unsigned int i = 0; i < SMT2_FIELDS; i++)
		if (smt->came.fields[i])
			chain.after.fields[i] = smt2_any_bits(smt, smt2_field_bits(smt->world, i));
	smt2_list_add(smt, &smt->notes,
		smt2_format(smt, "%s %s: too much leads there", snap_table_name(place->table),
			snap_chain_name(place->chain)));
	return chain;
}

static struct smt2_chain do_chain(
	struct smt2 *smt, const struct smt2_place *place, const struct smt2_packet *packet)
{
	size_t count = place->chain->rule_count;
	struct outcome *outcomes = calloc(count + 1, sizeof(*outcomes));
	struct smt2_chain chain = { .chain = place->chain,
		.stage = place->stage,
		.before = *packet,
		.accepted = "false",
		.returned = "true" };
	struct smt2_packet at = *packet;

	fprintf(smt->body, "; %s %s\n", snap_table_name(place->table),
		snap_chain_name(place->chain));
	for (size_t i = 0; outcomes && i < count; i++) {
		struct smt2_place there = *place;

		there.rule = &place->chain->rules[i];
		do_rule(smt, &there, &at, &outcomes[i]);
	}
	chain.after = at;
	for (size_t i = count; outcomes && i-- > 0;)
		put_before(smt, &outcomes[i], &chain);
	smt->failed |= !outcomes;
	free(outcomes);
	return chain;
}

/* What has been written, to go back to. */
struct mark {
	off_t at;
	uint64_t free;
	size_t notes;
	const char *raw[SMT2_REGISTERS];
	struct smt2_chain *chains;
};

static struct mark mark_here(const struct smt2 *smt)
{
	struct mark mark = { .at = ftello(smt->body),
		.free = smt->free,
		.notes = smt->notes.count,
		.chains = smt->chains };

	memcpy(mark.raw, smt->raw, sizeof(mark.raw));
	return mark;
}

static void go_back(struct smt2 *smt, const struct mark *mark)
{
	smt->failed |= fseeko(smt->body, mark->at, SEEK_SET) != 0;
	smt->free = mark->free;
	smt->notes.count = mark->notes;
	memcpy(smt->raw, mark->raw, sizeof(mark->raw));
	while (smt->chains != mark->chains) {
		struct smt2_chain *chain = smt->chains;

		smt->chains = chain->next;
		free(chain);
	}
}

/* A chain in which something is free is another one each time: a packet that comes to it twice may
 * fare differently. Of one that drops all of them, whatever is free, nothing else needs to be said.
 */
struct smt2_chain smt2_follow(
	struct smt2 *smt, const struct smt2_place *place, const struct smt2_packet *packet)
{
	const struct smt2_chain *known = find(smt, place, packet);
	const struct mark mark = mark_here(smt);

	if (known)
		return *known;
	if (place->depth > DEPTH_MAX || smt->names > NAMES_MAX || smt->failed)
		return anything(smt, place);
	struct smt2_chain chain = do_chain(smt, place, packet);

	if (smt2_is(chain.accepted, "false") && smt2_is(chain.returned, "false")) {
		go_back(smt, &mark);
		chain.after = *packet;
		fprintf(smt->body, "; %s %s drops all\n", snap_table_name(place->table),
			snap_chain_name(place->chain));
	}
	if (smt->free == mark.free)
		keep(smt, &chain);
	return chain;
}
