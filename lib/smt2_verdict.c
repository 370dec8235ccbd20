/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How packets leave a rule: verdicts, and maps of them. */
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "smt2_impl.h"

void smt2_leave(struct smt2_run *run, bool accepted)
{
	if (accepted)
		smt2_list_add(run->smt, &run->accepted, run->alive);
	smt2_list_add(run->smt, &run->left, run->alive);
	run->ended = true;
}

/* In any way; the fields are to be free already. */
void smt2_leave_anyhow(struct smt2_run *run, const char *taken)
{
	struct smt2 *smt = run->smt;
	const char *accepted = smt2_any(smt), *returned = smt2_any(smt);

	smt2_list_add(smt, &run->accepted, smt2_and(smt, taken, accepted));
	smt2_list_add(smt, &run->returned, smt2_and(smt, taken, returned));
	/* Who does neither goes on with what follows, or is dropped. */
	smt2_list_add(smt, &run->left, smt2_and(smt, taken, smt2_or(smt, accepted, returned)));
	smt2_narrow(run, smt2_any(smt));
}

/* To a chain of the table, and what comes of it there. Packets come to it with the fields that they
 * have in packet. */
static void follow(struct smt2_run *run, const struct snap_chain *chain, const char *taken,
	const struct smt2_packet *packet, bool jump)
{
	struct smt2_place there = *run->place;
	struct smt2 *smt = run->smt;

	there.chain = chain;
	there.depth++;
	struct smt2_chain result = smt2_follow(smt, &there, packet);

	smt2_list_add(smt, &run->accepted, smt2_and(smt, taken, result.accepted));
	smt2_list_add(
		smt, jump ? &run->back : &run->returned, smt2_and(smt, taken, result.returned));
	for (unsigned int i = 0; i < SMT2_FIELDS; i++)
		if (result.after.fields[i] != packet->fields[i])
			run->packet.fields[i] = smt2_name_bits(smt, smt2_field_bits(smt->world, i),
				smt2_format(smt, "(ite %s %s %s)", taken, result.after.fields[i],
					run->packet.fields[i]));
}

/* The packets of a condition take a verdict. */
static void take_verdict(struct smt2_run *run, const char *taken, const struct smt2_packet *packet,
	int32_t code, const char *name)
{
	bool jump = code == NFT_JUMP, follows = jump || code == NFT_GOTO;
	const struct snap_chain *chain =
		follows && name ? snap_find_chain(run->place->table, name) : NULL;
	struct smt2 *smt = run->smt;

	if (chain) {
		follow(run, chain, taken, packet, jump);
	} else if (code == NF_ACCEPT) {
		smt2_list_add(smt, &run->accepted, taken);
	} else if (code == NFT_RETURN) {
		smt2_list_add(smt, &run->returned, taken);
	} else if (code != NF_DROP) {
		smt2_note(run);
		smt2_forget_all(run);
		smt2_leave_anyhow(run, taken);
		return;
	}
	smt2_list_add(smt, &run->left, taken);
}

void smt2_do_immediate(struct smt2_run *run, const struct nltree *data)
{
	const struct nltree *verdict =
		nltree_find(nltree_find(data, NFTA_IMMEDIATE_DATA), NFTA_DATA_VERDICT);
	uint64_t target = smt2_of(data, NFTA_IMMEDIATE_DREG);
	size_t length;
	const uint8_t *bytes = smt2_value(data, NFTA_IMMEDIATE_DATA, &length);

	if (verdict) {
		int32_t code = (int32_t)smt2_of(verdict, NFTA_VERDICT_CODE);
		const struct smt2_packet packet = run->packet;

		if (code == NFT_CONTINUE)
			return;
		take_verdict(
			run, run->alive, &packet, code, nltree_text(verdict, NFTA_VERDICT_CHAIN));
		run->ended = true;
	} else if (bytes && length <= SMT2_REGISTERS && length > 0) {
		smt2_store_constant(run, target, bytes, length);
	} else {
		smt2_note(run);
		smt2_store_any(run, target, SMT2_REGISTERS);
	}
}

/* Maps ----------------------------------------------------------------------------------------- */

static int compare_verdicts(const void *a, const void *b)
{
	const struct smt2_element *left = a, *right = b;

	if (left->code != right->code)
		return left->code < right->code ? -1 : 1;
	return strcmp(left->chain ? left->chain : "", right->chain ? right->chain : "");
}

static const char *any_of(struct smt2 *smt, const struct smt2_element *elements, size_t count)
{
	struct smt2_list list = { 0 };

	for (size_t i = 0; i < count; i++)
		smt2_list_add(smt, &list, elements[i].condition);
	const char *any = smt2_join(smt, "or", &list);

	smt2_list_free(&list);
	return any;
}

/* Who is in an element of a map whose elements overlap: which of them is found is free, but one
 * is. */
static const char *choose(
	struct smt2 *smt, const char *found, const char *choice, size_t i, const char **chosen)
{
	const char *mine = smt2_format(smt, "(= %s #x%08x)", choice, (unsigned int)i);

	found = smt2_name(smt, found);
	*chosen = smt2_name(smt, smt2_or(smt, *chosen, smt2_and(smt, found, mine)));
	return smt2_and(smt, found, mine);
}

/* The catch-all of a map, where no other element is found. There is room for one more. */
static void add_rest(struct smt2 *smt, struct smt2_set *set)
{
	const struct nltree *verdict =
		nltree_find(nltree_find(set->catchall, NFTA_SET_ELEM_DATA), NFTA_DATA_VERDICT);
	struct smt2_element rest = { .element = set->catchall,
		.condition = smt2_not(smt, any_of(smt, set->elements, set->count)),
		.code = (int32_t)nltree_number(verdict, NFTA_VERDICT_CODE, 0),
		.chain = nltree_text(verdict, NFTA_VERDICT_CHAIN) };

	set->elements[set->count++] = rest;
}

static void do_verdict_map(struct smt2_run *run, struct smt2_set *set)
{
	struct smt2 *smt = run->smt;
	const struct smt2_packet packet = run->packet;
	const char *choice = set->overlap ? smt2_any_bits(smt, 32) : NULL;
	const char *on = "false", *chosen = "false";
	size_t next;

	if (set->catchall)
		add_rest(smt, set);
	qsort(set->elements, set->count, sizeof(*set->elements), compare_verdicts);
	for (size_t i = 0; i < set->count && !smt->failed; i = next) {
		const struct smt2_element *element = &set->elements[i];

		for (next = i + 1;
			next < set->count && compare_verdicts(element, &set->elements[next]) == 0;
			next++)
			;
		const char *found = any_of(smt, element, next - i);

		if (choice)
			found = choose(smt, found, choice, i, &chosen);
		const char *taken = smt2_name(smt, smt2_and(smt, run->alive, found));

		if (element->code == NFT_CONTINUE)
			on = smt2_or(smt, on, taken);
		else
			take_verdict(run, taken, &packet, element->code, element->chain);
	}
	if (choice)
		fprintf(smt->body, "(assert %s)\n",
			smt2_or(smt, chosen,
				smt2_not(smt, any_of(smt, set->elements, set->count))));
	smt2_narrow(run, on);
}

/* Between which values is what a map holds, where it has four bytes? */
static void load_bounded(struct smt2_run *run, const struct smt2_set *set, uint64_t target)
{
	uint8_t first[4] = { 0xff, 0xff, 0xff, 0xff }, last[4] = { 0 };
	struct smt2 *smt = run->smt;
	bool known = set->understood && set->count > 0 && !set->catchall;

	for (size_t i = 0; known && i < set->count; i++) {
		size_t length;
		const uint8_t *bytes =
			smt2_value(set->elements[i].element, NFTA_SET_ELEM_DATA, &length);

		known = bytes && length == sizeof(first);
		if (known && memcmp(bytes, first, length) < 0)
			memcpy(first, bytes, length);
		if (known && memcmp(bytes, last, length) > 0)
			memcpy(last, bytes, length);
	}
	smt2_store_any(run, target, SMT2_REGISTERS);
	if (!known)
		return;
	const char *value = smt2_any_bits(smt, 32);

	fprintf(smt->body, "(assert (and %s))\n",
		smt2_format(smt, "(bvule %s %s) (bvule %s %s)", smt2_hex(smt, first, 4), value,
			value, smt2_hex(smt, last, 4)));
	smt2_store_term(run, target, value, 4);
}

/* Of a map that is not understood any verdict may come. */
static void do_unknown_map(struct smt2_run *run)
{
	smt2_note(run);
	smt2_forget_all(run);
	smt2_leave_anyhow(run, run->alive);
}

void smt2_do_lookup(struct smt2_run *run, const struct nltree *data)
{
	const char *name = nltree_text(data, NFTA_LOOKUP_SET);
	const struct snap_set *set = name ? snap_find_set(run->place->table, name) : NULL;
	unsigned int at = smt2_register(smt2_of(data, NFTA_LOOKUP_SREG));
	uint64_t length = set ? nltree_number(&set->tree, NFTA_SET_KEY_LEN, 0) : 0,
		 target = smt2_of(data, NFTA_LOOKUP_DREG);
	struct smt2 *smt = run->smt;
	struct smt2_set elements = { .understood = false };

	if (length > 0 && at + length <= SMT2_REGISTERS)
		smt2_set_read(smt, set, run->registers + at, &elements);
	if (nltree_has(data, NFTA_LOOKUP_DREG) && target == NFT_REG_VERDICT) {
		if (elements.understood)
			do_verdict_map(run, &elements);
		else
			do_unknown_map(run);
	} else if (!elements.understood) {
		smt2_may_stop(run);
		if (nltree_has(data, NFTA_LOOKUP_DREG))
			smt2_store_any(run, target, SMT2_REGISTERS);
	} else {
		const char *found =
			elements.catchall ? "true" : any_of(smt, elements.elements, elements.count);

		if (nltree_number(data, NFTA_LOOKUP_FLAGS, 0) & NFT_LOOKUP_F_INV)
			found = smt2_not(smt, found);
		smt2_narrow(run, found);
		if (nltree_has(data, NFTA_LOOKUP_DREG))
			load_bounded(run, &elements, target);
	}
	smt2_set_clear(&elements);
}
