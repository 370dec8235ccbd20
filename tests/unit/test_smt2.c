/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random rule sets decided three ways: z3 by what smt2.h writes for it, symexec.h, and packet by
 * packet as the kernel does it (oracle.h). Of packets at the edges of what the rules speak of, z3
 * says "sat" where they pass, and "unsat" where they do not.
 *
 * ORACLE_SETS: so many rule sets of each world; HEDATE_SEED: the first one's seed.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../lib/smt2_impl.h"
#include "../../lib/snaphook.h"
#include "../../lib/symexec.h"
#include "oracle.h"
#include "oracle_tried.h"
#include "suite.h"

#define POINTS	 25 /* of each rule set */
#define SETS	 25
#define SETS_MAX 10000

static const enum smt2_field fields[ORACLE_FIELDS] = { SMT2_IIFNAME, SMT2_OIFNAME, SMT2_CT_MARK,
	SMT2_CT_STATE, SMT2_L4PROTO, SMT2_MARK, SMT2_LENGTH, SMT2_TTL, SMT2_SADDR, SMT2_DADDR,
	SMT2_DPORT, SMT2_SPORT };

static bool passes[SETS_MAX][POINTS];

/* Written ---------------------------------------------------------------------------------------
 */

/* A field as the packet has it; 0 is what the oracle does not model. */
static const char *value_of(struct smt2 *smt, const struct oracle_rules *rules,
	const struct oracle_packet *packet, enum smt2_field field)
{
	static const uint8_t nothing[16] = { 0 };

	if (field == SMT2_NEXTHDR)
		field = SMT2_L4PROTO;
	for (unsigned int i = 0; i < ORACLE_FIELDS; i++)
		if (fields[i] == field)
			return smt2_hex(smt, packet->bytes[i], oracle_field_bytes(rules->six, i));
	return smt2_hex(smt, nothing, smt2_field_bits(smt->world, field) / 8);
}

static void ask(struct smt2 *smt, const struct oracle_rules *rules,
	const struct oracle_packet *packet, const char *valid, const char *passed)
{
	fputs("(push 1)\n", smt->body);
	for (unsigned int i = 0; i < SMT2_FIELDS; i++)
		if (smt->came.fields[i])
			fprintf(smt->body, "(assert (= %s %s))\n", smt->came.fields[i],
				value_of(smt, rules, packet, i));
	fprintf(smt->body, "(assert %s)\n(assert %s)\n(check-sat)\n(pop 1)\n", valid, passed);
}

/* What both others say of a packet, which is the same. */
static bool compare(struct symexec *exec, const struct oracle_rules *rules,
	const struct oracle_packet *packet, uint64_t seed)
{
	const struct hdr_packet theirs = oracle_to_theirs(rules, packet);
	const struct hdrspace *space = symexec_space(exec);
	bool passed = oracle_passes(rules, packet);

	if (hdrspace_holds(space, symexec_may_pass(exec, SYM_FORWARD), &theirs) < passed ||
		hdrspace_holds(space, symexec_must_pass(exec, SYM_FORWARD), &theirs) > passed)
		ck_abort_msg("seed %llu: the set is wrong", (unsigned long long)seed);
	return passed;
}

static void write_set(FILE *out, uint64_t seed, enum pkt_world world, bool *ret_passes)
{
	const struct bdd_budget budget = { 0 };
	static struct oracle_rules rules;
	struct symexec *exec;

	oracle_make(&rules, seed, world == PKT_IPV6);
	struct snapshot *snapshot = oracle_snapshot(&rules);
	const struct prove_question question = { .snapshot = snapshot };
	struct smt2 smt = { .question = &question, .world = world, .body = out, .most = SIZE_MAX };

	ck_assert_int_eq(symexec_new(snapshot, world, &exec), 0);
	ck_assert_int_eq(symexec_run(exec, &budget), 0);
	fputs("(reset)\n(set-logic QF_BV)\n", out);
	smt.keeps_connections = snaphook_keeps_connections(snapshot, world);
	smt.unchanged = smt2_leaves_packets(snapshot);
	const char *valid = smt2_declare(&smt), *passed = smt2_way(&smt, SYM_FORWARD);

	for (unsigned int i = 0; i < POINTS; i++) {
		const struct oracle_packet packet = oracle_packet(&rules);

		ret_passes[i] = compare(exec, &rules, &packet, seed);
		ask(&smt, &rules, &packet, valid, passed);
	}
	ck_assert(!smt.failed);
	ck_assert_uint_eq(smt.notes.count, 0); /* all of it is translated */
	smt2_forget_chains(&smt);
	smt2_free_texts(&smt);
	smt2_list_free(&smt.notes);
	symexec_free(exec);
	snapshot_free(snapshot);
}

/* Answered --------------------------------------------------------------------------------------
 */

static void read_answers(FILE *in, unsigned int sets, uint64_t first)
{
	unsigned int passed = 0;
	char line[200];

	for (unsigned int i = 0; i < sets * POINTS; i++) {
		bool expected = passes[i / POINTS][i % POINTS];

		if (!fgets(line, sizeof(line), in))
			ck_abort_msg("%u answers are missing", sets * POINTS - i);
		if (strcmp(line, expected ? "sat\n" : "unsat\n") != 0)
			ck_abort_msg("seed %llu, packet %u: %s, but z3: %s",
				(unsigned long long)(first + i / POINTS), i % POINTS,
				expected ? "passes" : "does not pass", line);
		passed += expected;
	}
	ck_assert_ptr_null(fgets(line, sizeof(line), in));
	printf("smt2: %u rule sets, %u of %u packets pass\n", sets, passed, sets * POINTS);
	/* Else nothing was compared. */
	ck_assert_uint_gt(10 * passed, sets * POINTS);
	ck_assert_uint_lt(10 * passed, 9 * sets * POINTS);
}

START_TEST(three_ways_agree)
{
	const char *text = getenv("ORACLE_SETS"), *seed = getenv("HEDATE_SEED");
	unsigned int sets = text ? (unsigned int)strtoul(text, NULL, 0) : SETS;
	uint64_t first = seed ? strtoull(seed, NULL, 0) : 1;
	char name[] = "/tmp/hedate-smt2.XXXXXX", command[100];
	int fd = mkstemp(name);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");

	ck_assert_uint_le(sets, SETS_MAX);
	ck_assert_ptr_nonnull(out);
	for (unsigned int i = 0; i < sets; i++)
		write_set(out, first + i, _i, passes[i]);
	ck_assert_int_eq(fclose(out), 0);
	snprintf(command, sizeof(command), "z3 %s", name);
	FILE *in = popen(command, "r");

	ck_assert_ptr_nonnull(in);
	read_answers(in, sets, first);
	ck_assert_int_eq(pclose(in), 0);
	unlink(name);
}
END_TEST

/* The whole file, and what it is when there is less room than it needs. */
START_TEST(past_its_room_nothing_is_written)
{
	static const struct policy nowhere = { .zone_count = 0 };
	static struct oracle_rules rules;
	size_t length, again;
	char *text, *same;

	oracle_make(&rules, 1, false);
	struct snapshot *snapshot = oracle_snapshot(&rules);
	const struct prove_question question = { .snapshot = snapshot, .policy = &nowhere };

	ck_assert_int_eq(smt2_text(&question, SIZE_MAX, &text, &length), 0);
	ck_assert_uint_eq(strlen(text), length);
	ck_assert_ptr_nonnull(strstr(text, "\n(set-logic QF_BV)\n"));
	ck_assert_ptr_nonnull(strstr(text, "(echo \"cell gateway other ipv4 new\")"));
	ck_assert_ptr_nonnull(strstr(text, "(echo \"cell other other ipv6 stray\")"));
	/* The same facts, the same bytes. */
	ck_assert_int_eq(smt2_text(&question, SIZE_MAX, &same, &again), 0);
	ck_assert_uint_eq(length, again);
	ck_assert_int_eq(memcmp(text, same, length), 0);
	free(same);
	free(text);
	for (size_t most = 0; most < 4000; most += 333)
		ck_assert_int_eq(smt2_text(&question, most, &text, &length), -E2BIG);
	snapshot_free(snapshot);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("smt2");
	TCase *tests = tcase_create("smt2");

	if (system("command -v z3 >/dev/null") != 0) {
		puts("needs z3");
		return 77;
	}
	tcase_set_timeout(tests, 3600);
	tcase_add_test(tests, past_its_room_nothing_is_written);
	tcase_add_loop_test(tests, three_ways_agree, 0, PKT_WORLDS);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
