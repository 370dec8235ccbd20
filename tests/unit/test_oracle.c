/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Three ways to decide random rule sets, which share no code: sets of packets (symexec.h), packet
 * by packet, and sets over plain bits, built rule by rule by BuDDy. What may pass and what passes
 * for sure is compared as a whole, not by samples: symexec's sets are written in plain bits, too.
 *
 * ORACLE_SETS: so many rule sets of each world; HEDATE_SEED: the first one's seed.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/symexec.h"
#include "oracle.h"
#include "oracle_buddy.h"
#include "oracle_tried.h"
#include "suite.h"

#define POINTS	    200
#define PRODUCT_MAX 2000
#define PROTOCOLS   3

/* One rule set, decided. */
struct trial {
	struct oracle_rules rules;
	enum pkt_world world;
	struct snapshot *snapshot;
	struct hdrspace *space;
	struct symexec *exec;
	bdd_node care; /* what the oracles model */
	struct hdr_column *columns;
	size_t column_count;
	struct memo {
		bdd_node node;
		size_t column;
		buddy_set set;
	} * memos;
	size_t memo_count, memo_room;
};

/* TCP, UDP and SCTP that is whole. */
static const struct {
	enum pkt_field field;
	hdr_value values[PROTOCOLS];
} whole[] = {
	{ PKT_L4PROTO, { 6, 17, 132 } },
	{ PKT_NEXTHDR, { 6, 17, 132 } },
	{ PKT_TRUNCATED, { 0, 0, 0 } },
	{ PKT_FRAG_OFF, { 0, 0, 0 } },
};

/* Our sets as plain bits ----------------------------------------------------------------------- */

static buddy_set convert(struct trial *trial, bdd_node node, size_t column);

static enum oracle_field field_of(const struct hdr_column *column)
{
	enum oracle_field field = 0;

	while (field < ORACLE_FIELDS && oracle_theirs[field] != column->slice.field)
		field++;
	return field;
}

/* Atom by atom of all columns of a field; which they are is known in the end. */
static buddy_set convert_field(
	struct trial *trial, bdd_node node, size_t column, unsigned int field, buddy_set atoms)
{
	buddy_set set = 0;

	if (node == BDD_EMPTY)
		return 0;
	if (column == trial->column_count || trial->columns[column].slice.field != field) {
		node = hdrspace_forget(trial->space, node, HDRSPACE_FIELD(field));
		return buddy_and(atoms, convert(trial, node, column));
	}
	const struct hdr_column *here = &trial->columns[column];
	bool *one = calloc(here->atoms, sizeof(*one));

	for (size_t i = 0; i < here->atoms; i++) {
		struct hdr_range range = hdrspace_atom(trial->space, here, i);
		enum oracle_field ours = field_of(here);

		one[i] = true;
		bdd_node part = bdd_and(hdrspace_bdd(trial->space), node,
			hdrspace_in_column(trial->space, here, one));
		one[i] = false;
		if (part == BDD_EMPTY)
			continue;
		buddy_set in = ours == ORACLE_FIELDS
				       ? 1
				       : buddy_between(ours, here->slice.shift, here->slice.bits,
						 range.first, range.last);
		set = buddy_or(
			set, convert_field(trial, part, column + 1, field, buddy_and(atoms, in)));
	}
	free(one);
	return set;
}

static buddy_set convert(struct trial *trial, bdd_node node, size_t column)
{
	/* check's own assertions write a line each. */
	if (node == BDD_NONE)
		ck_abort_msg("past the budget");
	if (node == BDD_EMPTY || column == trial->column_count)
		return node != BDD_EMPTY;
	for (size_t i = 0; i < trial->memo_count; i++)
		if (trial->memos[i].node == node && trial->memos[i].column == column)
			return trial->memos[i].set;
	buddy_set set = convert_field(trial, node, column, trial->columns[column].slice.field, 1);

	if (trial->memo_count == trial->memo_room) {
		trial->memo_room = 2 * trial->memo_room + 64;
		trial->memos = realloc(trial->memos, trial->memo_room * sizeof(*trial->memos));
		ck_assert_ptr_nonnull(trial->memos);
	}
	trial->memos[trial->memo_count++] = (struct memo){ node, column, set };
	return set;
}

/* Deciding --------------------------------------------------------------------------------------
 */

static void note_whole(struct trial *trial)
{
	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		for (unsigned int k = 0; k < PROTOCOLS; k++)
			if (pkt_field_bits(trial->world, whole[i].field))
				ck_assert_int_eq(hdrspace_note(trial->space,
							 pkt_slice(trial->world, whole[i].field),
							 (struct hdr_range){ whole[i].values[k],
								 whole[i].values[k] }),
					0);
}

static bdd_node make_care(struct trial *trial)
{
	bdd_node care = symexec_valid(trial->exec);

	for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
		struct hdr_range ranges[PROTOCOLS];

		for (unsigned int k = 0; k < PROTOCOLS; k++)
			ranges[k] = (struct hdr_range){ whole[i].values[k], whole[i].values[k] };
		if (pkt_field_bits(trial->world, whole[i].field))
			care = bdd_and(hdrspace_bdd(trial->space), care,
				hdrspace_tests(trial->space,
					pkt_slice(trial->world, whole[i].field), ranges,
					PROTOCOLS));
	}
	return care;
}

static void begin(struct trial *trial, uint64_t seed, enum pkt_world world)
{
	const struct bdd_budget budget = { 0 };

	memset(trial, 0, sizeof(*trial));
	trial->world = world;
	oracle_make(&trial->rules, seed, world == PKT_IPV6);
	trial->snapshot = oracle_snapshot(&trial->rules);
	ck_assert_int_eq(pktspace_new(world, &trial->space), 0);
	ck_assert_int_eq(symexec_new_in(trial->snapshot, world, trial->space, &trial->exec), 0);
	ck_assert_int_eq(symexec_note(trial->exec), 0);
	note_whole(trial);
	ck_assert_int_eq(hdrspace_seal(trial->space, &budget), 0);
	ck_assert_int_eq(symexec_decide(trial->exec), 0);
	trial->care = make_care(trial);
	ck_assert_int_eq(hdrspace_columns(trial->space, &trial->columns, &trial->column_count), 0);
	buddy_begin(world == PKT_IPV6);
}

static void end(struct trial *trial)
{
	buddy_end();
	free(trial->memos);
	free(trial->columns);
	symexec_free(trial->exec);
	hdrspace_free(trial->space);
	snapshot_free(trial->snapshot);
}

/* Comparing -------------------------------------------------------------------------------------
 */

static int ignore_step(const struct sym_step *step, void *data)
{
	(void)step, (void)data;
	return 0;
}

static char *describe(const struct trial *trial, const struct oracle_packet *packet)
{
	static char text[2048];
	size_t used = 0;

	for (unsigned int i = 0; i < ORACLE_FIELDS; i++) {
		unsigned int length = oracle_field_bytes(trial->world == PKT_IPV6, i);

		used += (size_t)snprintf(
			text + used, sizeof(text) - used, " %s=", pkt_field_name(oracle_theirs[i]));
		for (unsigned int k = 0; k < length; k++)
			used += (size_t)snprintf(
				text + used, sizeof(text) - used, "%02x", packet->bytes[i][k]);
	}
	return text;
}

/* No packet is in one set and not in the other. */
static void none_in(const struct trial *trial, buddy_set set, uint64_t seed, const char *what)
{
	if (set == 0)
		return;
	struct oracle_packet packet = buddy_pick(set);
	char *text = oracle_text(&trial->rules);

	const struct sym_doubt *doubts;
	size_t count = symexec_doubts(trial->exec, &doubts);

	fprintf(stderr, "%s", text); /* too long for check */
	for (size_t i = 0; i < count; i++)
		fprintf(stderr, "not sure: %s, handle %llu\n", doubts[i].expression,
			(unsigned long long)doubts[i].handle);
	free(text);
	ck_abort_msg("seed %llu, world %u: %s: %g packets, as%s", (unsigned long long)seed,
		trial->world, what, buddy_count(set), describe(trial, &packet));
}

static buddy_set outside(buddy_set a, buddy_set b)
{
	return buddy_and(a, buddy_differ(a, b));
}

static void compare_points(struct trial *trial, buddy_set passes, buddy_set care, uint64_t seed)
{
	bdd_node may = symexec_may_pass(trial->exec, SYM_FORWARD);
	bdd_node must = symexec_must_pass(trial->exec, SYM_FORWARD);

	for (unsigned int i = 0; i < POINTS; i++) {
		struct oracle_packet packet = oracle_packet(&trial->rules);
		struct hdr_packet ours = oracle_to_theirs(&trial->rules, &packet);
		bool passed = oracle_passes(&trial->rules, &packet);
		struct sym_end way = { 0 };

		if (!buddy_holds(care, &packet))
			ck_abort_msg("seed %llu: no valid packet:%s", (unsigned long long)seed,
				describe(trial, &packet));
		if (buddy_holds(passes, &packet) != passed)
			ck_abort_msg("seed %llu, world %u: the oracles differ on%s",
				(unsigned long long)seed, trial->world, describe(trial, &packet));
		if (hdrspace_holds(trial->space, may, &ours) < passed ||
			hdrspace_holds(trial->space, must, &ours) > passed)
			ck_abort_msg("seed %llu, world %u: the set is wrong about%s",
				(unsigned long long)seed, trial->world, describe(trial, &packet));
		ck_assert_int_eq(
			symexec_trace(trial->exec, SYM_FORWARD, &ours, ignore_step, NULL, &way), 0);
		if (way.may_pass < passed || way.must_pass > passed)
			ck_abort_msg("seed %llu, world %u: the way is wrong of%s",
				(unsigned long long)seed, trial->world, describe(trial, &packet));
	}
}

/* Whether so many pieces of a field would have to be put together that this takes long. */
static bool is_fine(const struct trial *trial)
{
	size_t product = 1;

	for (size_t i = 0; i < trial->column_count && product <= PRODUCT_MAX; i++) {
		bool same =
			i > 0 && trial->columns[i].slice.field == trial->columns[i - 1].slice.field;

		product = (same ? product : 1) * trial->columns[i].atoms;
	}
	return product <= PRODUCT_MAX;
}

struct figures {
	unsigned int sets, left_out, exact, partly; /* partly: some packets pass, and some do not */
};

/* Of what a mark is that several rules may have written, only bounds are known. */
static bool writes(const struct oracle_rules *rules)
{
	for (unsigned int i = 0; i < rules->chain_count; i++)
		for (unsigned int k = 0; k < rules->chains[i].count; k++) {
			const struct oracle_rule *rule = &rules->chains[i].rules[k];
			enum oracle_kind last = rule->ops[rule->count - 1].kind;

			if (last == ORACLE_SET_META || last == ORACLE_SET_CT)
				return true;
		}
	return false;
}

static void compare(struct trial *trial, uint64_t seed, struct figures *figures)
{
	struct bdd *bdd = hdrspace_bdd(trial->space);
	buddy_set care = convert(trial, trial->care, 0);
	buddy_set may = convert(
		trial, bdd_and(bdd, trial->care, symexec_may_pass(trial->exec, SYM_FORWARD)), 0);
	buddy_set must = convert(
		trial, bdd_and(bdd, trial->care, symexec_must_pass(trial->exec, SYM_FORWARD)), 0);
	buddy_set passes = buddy_and(care, buddy_passes(&trial->rules));

	none_in(trial, outside(passes, may), seed, "may not pass, but passes");
	none_in(trial, outside(must, passes), seed, "passes for sure, but does not");
	if (!writes(&trial->rules)) {
		none_in(trial, outside(may, passes), seed, "may pass, but does not");
		none_in(trial, outside(passes, must), seed, "does not pass for sure, but passes");
		ck_assert_double_eq(buddy_count(may), buddy_count(passes));
	}
	figures->exact += may == must;
	figures->sets++;
	figures->partly += passes != 0 && passes != care;
	compare_points(trial, passes, care, seed);
}

static uint64_t first_seed(void)
{
	const char *text = getenv("HEDATE_SEED");

	return text ? strtoull(text, NULL, 0) : 1;
}

START_TEST(three_ways_agree)
{
	static struct trial trial;
	const char *text = getenv("ORACLE_SETS");
	unsigned int sets = text ? (unsigned int)strtoul(text, NULL, 0) : 20;
	struct figures figures = { 0 };
	uint64_t first = first_seed();

	for (unsigned int i = 0; i < sets; i++) {
		begin(&trial, first + i, _i);
		if (is_fine(&trial))
			compare(&trial, first + i, &figures);
		else
			figures.left_out++;
		end(&trial);
	}
	printf("oracle: %s, seeds %llu to %llu: %u rule sets, %u exact, %u let a part "
	       "pass; %u left out\n",
		_i == PKT_IPV4 ? "IPv4" : "IPv6", (unsigned long long)first,
		(unsigned long long)(first + sets - 1), figures.sets, figures.exact, figures.partly,
		figures.left_out);
	fflush(stdout);
	/* Else nothing was compared. */
	ck_assert_uint_ge(2 * figures.exact, figures.sets);
	ck_assert_uint_ge(3 * figures.partly, figures.sets);
	ck_assert_uint_ge(figures.sets, 2 * figures.left_out);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("oracle");
	TCase *three = tcase_create("three");

	if (!buddy_open()) {
		puts("needs BuDDy (libbdd0c2)");
		return 77;
	}
	tcase_set_timeout(three, 3600);
	tcase_add_loop_test(three, three_ways_agree, 0, PKT_WORLDS);
	suite_add_tcase(suite, three);
	return suite_run(suite);
}
