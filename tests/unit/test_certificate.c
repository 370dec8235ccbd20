/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates: what is signed is found again, what was changed is not believed. */
#include <check.h>
#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/certificate.h"
#include "suite.h"

#define OBJECT                                                                                     \
	"{\"hedate.prove\":1,\"result\":\"proved\",\"time\":\"2026-11-21T00:00:00Z\","             \
	"\"seconds\":1795219200,\"snapshot\":{\"sha256\":\"aa\",\"machine\":null},"                \
	"\"policy\":{\"site\":\"s\",\"revision\":\"r\",\"blake2b\":\"bb\"},"                       \
	"\"budget\":{\"nodes\":8,\"steps\":9}}"

static struct json line;

static void set_up(void)
{
	unsigned char public[CERTIFICATE_KEY], secret[crypto_sign_SECRETKEYBYTES];
	unsigned char seed[crypto_sign_SEEDBYTES] = { 1 }, signature[CERTIFICATE_SIGNATURE];

	ck_assert_int_ge(sodium_init(), 0);
	crypto_sign_seed_keypair(public, secret, seed);
	crypto_sign_detached(
		signature, NULL, (const unsigned char *)OBJECT, strlen(OBJECT), secret);
	json_init(&line);
	certificate_sign(&line, OBJECT, public, signature);
	ck_assert(!line.failed);
}

static void tear_down(void)
{
	json_clear(&line);
}

START_TEST(what_is_signed_is_found_again)
{
	struct certificate_parts parts;

	ck_assert_int_eq(certificate_parse(line.text, line.length, &parts), 0);
	ck_assert_uint_eq(parts.length, strlen(OBJECT));
	ck_assert_int_eq(memcmp(parts.object, OBJECT, parts.length), 0);
	ck_assert(certificate_verify(&parts));
}
END_TEST

/* Each byte of it: either it is no certificate any more, or the signature is wrong. */
START_TEST(no_byte_may_change)
{
	for (size_t i = 0; i < line.length; i++)
		for (unsigned int bit = 0; bit < 8; bit++) {
			struct certificate_parts parts;

			line.text[i] = (char)(line.text[i] ^ 1 << bit);
			ck_assert_msg(certificate_parse(line.text, line.length, &parts) < 0 ||
					      !certificate_verify(&parts),
				"byte %zu, bit %u", i, bit);
			line.text[i] = (char)(line.text[i] ^ 1 << bit);
		}
}
END_TEST

START_TEST(a_part_of_it_is_none)
{
	struct certificate_parts parts;

	for (size_t length = 0; length < line.length; length++) {
		/* A copy of that size: reading past it is seen. */
		char *copy = malloc(length + 1);

		ck_assert_ptr_nonnull(copy);
		memcpy(copy, line.text, length);
		ck_assert(
			certificate_parse(copy, length, &parts) < 0 || !certificate_verify(&parts));
		free(copy);
	}
}
END_TEST

START_TEST(what_it_says)
{
	struct certificate_facts facts;

	ck_assert_int_eq(certificate_read(OBJECT, strlen(OBJECT), &facts), 0);
	ck_assert_str_eq(facts.result, "proved");
	ck_assert_str_eq(facts.snapshot_digest, "aa");
	ck_assert_str_eq(facts.policy_digest, "bb");
	ck_assert_str_eq(facts.machine, "");
	ck_assert_int_eq(facts.seconds, 1795219200);
	ck_assert_uint_eq(facts.budget.nodes, 8);
	ck_assert_uint_eq(facts.budget.steps, 9);
}
END_TEST

/* Members that are not there, twice there, or of another kind; another version. */
static const char *const wrong[] = {
	"",
	"{}",
	"[]",
	"{\"hedate.prove\":2,\"result\":\"proved\",\"time\":\"t\",\"seconds\":1,\"snapshot\":{"
	"\"sha256\":\"aa\",\"machine\":null},\"policy\":{\"site\":\"s\",\"revision\":\"r\","
	"\"blake2b\":\"bb\"},\"budget\":{\"nodes\":8,\"steps\":9}}",
	"{\"hedate.prove\":1,\"result\":7,\"time\":\"t\",\"seconds\":1}",
	"{\"hedate.prove\":1,\"result\":\"a\",\"result\":\"b\",\"time\":\"t\",\"seconds\":1}",
	"{\"hedate.prove\":1,\"result\":\"proved\",\"time\":\"t\",\"seconds\":\"1\"}",
	"{\"hedate.prove\":1,\"result\":\"proved\",\"time\":\"t\",\"seconds\":1}",
	"{\"hedate.prove\":1,\"result\":\"proved\",\"time\":\"t\",\"seconds\":1,\"snapshot\":1}",
	"{\"hedate.prove\":1,\"result\":\"proved\",\"time\":\"t\",\"seconds\":1,\"snapshot\":{}}",
};

START_TEST(what_is_no_certificate)
{
	struct certificate_facts facts;

	ck_assert_int_eq(certificate_read(wrong[_i], strlen(wrong[_i]), &facts), -EINVAL);
}
END_TEST

/* What a proof comes to, from what was found of one cell, beside the rules, and of connections. */
static const struct {
	enum prove_verdict verdict;
	unsigned int restraints;
	enum bypass_state beside;
	bool harmless;
	bool nobody_looked, no_connections;
	int unread;	/* why connections could not be read */
	size_t carried; /* connections that the policy does not permit */
	enum certificate_result result;
} proofs[] = {
	{ .verdict = PROVE_EXACT, .result = CERTIFICATE_PROVED },
	{ .verdict = PROVE_OBSERVED, .result = CERTIFICATE_PROVED },
	{ .verdict = PROVE_SEPARATE, .result = CERTIFICATE_PROVED },
	{ .verdict = PROVE_BUDGET, .result = CERTIFICATE_UNDECIDED },
	{ .verdict = PROVE_LESS, .result = CERTIFICATE_LOST },
	{ .verdict = PROVE_LESS, .restraints = PROVE_GUARD, .result = CERTIFICATE_RESTRAINED },
	{ .verdict = PROVE_EXACT, .restraints = PROVE_GUARD, .result = CERTIFICATE_PROVED },
	{ .verdict = PROVE_MORE, .result = CERTIFICATE_LOST },
	{ .verdict = PROVE_MORE, .restraints = PROVE_ISLAND, .result = CERTIFICATE_LOST },
	{ .verdict = PROVE_UNDECIDED, .result = CERTIFICATE_UNDECIDED },
	{ .verdict = PROVE_EXACT, .beside = BYPASS_PRESENT, .result = CERTIFICATE_LOST },
	{ .verdict = PROVE_EXACT,
		.beside = BYPASS_PRESENT,
		.harmless = true,
		.result = CERTIFICATE_PROVED },
	{ .verdict = PROVE_UNDECIDED, .beside = BYPASS_PRESENT, .result = CERTIFICATE_LOST },
	{ .verdict = PROVE_EXACT, .beside = BYPASS_UNREADABLE, .result = CERTIFICATE_UNDECIDED },
	{ .verdict = PROVE_EXACT, .nobody_looked = true, .result = CERTIFICATE_UNDECIDED },
	{ .verdict = PROVE_MORE, .nobody_looked = true, .result = CERTIFICATE_LOST },
	{ .verdict = PROVE_EXACT, .no_connections = true, .result = CERTIFICATE_UNDECIDED },
	{ .verdict = PROVE_EXACT, .unread = -ENODATA, .result = CERTIFICATE_UNDECIDED },
	{ .verdict = PROVE_EXACT, .carried = 1, .result = CERTIFICATE_LOST },
	{ .verdict = PROVE_LESS,
		.restraints = PROVE_GUARD,
		.carried = 1,
		.result = CERTIFICATE_LOST },
	{ .verdict = PROVE_LESS,
		.restraints = PROVE_GUARD,
		.unread = -ENODATA,
		.result = CERTIFICATE_UNDECIDED },
};
#define PROOFS (int)(sizeof(proofs) / sizeof(proofs[0]))

/* The cell lies in either world, and what was found of it in any of its phases. */
START_TEST(what_it_comes_to)
{
	struct bypass_item item = { .state = proofs[_i].beside, .harmless = proofs[_i].harmless };
	struct bypass_list beside = { .items = &item, .count = 1 };
	struct ctaudit connections = { .error = proofs[_i].unread, .count = proofs[_i].carried };

	for (unsigned int at = 0; at < PKT_WORLDS * PROVE_PHASES; at++) {
		struct prove_cell cell = { 0 };
		struct proof proof = { .restraints = proofs[_i].restraints };
		struct certificate certificate = {
			.proof = &proof,
			.bypass = proofs[_i].nobody_looked ? NULL : &beside,
			.connections = proofs[_i].no_connections ? NULL : &connections,
		};

		cell.phases[at / PKT_WORLDS].verdict = proofs[_i].verdict;
		proof.worlds[at % PKT_WORLDS].cells = &cell;
		proof.worlds[at % PKT_WORLDS].cell_count = 1;
		ck_assert_int_eq(certificate_result(&certificate), proofs[_i].result);
	}
}
END_TEST

/* A world that could not be decided is not proved. */
START_TEST(undecided_world)
{
	struct bypass_list beside = { .count = 0 };
	struct ctaudit connections = { .error = 0 };
	struct proof proof = { .worlds[1].error = -ETIME };
	struct certificate certificate = {
		.proof = &proof, .bypass = &beside, .connections = &connections
	};

	ck_assert_int_eq(certificate_result(&certificate), CERTIFICATE_UNDECIDED);
	beside.left_out = 1;
	proof.worlds[1].error = 0;
	ck_assert_int_eq(certificate_result(&certificate), CERTIFICATE_UNDECIDED);
	beside.left_out = 0;
	ck_assert_int_eq(certificate_result(&certificate), CERTIFICATE_PROVED);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("certificate");
	TCase *tcase = tcase_create("certificate");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, what_is_signed_is_found_again);
	tcase_add_test(tcase, no_byte_may_change);
	tcase_add_test(tcase, a_part_of_it_is_none);
	tcase_add_test(tcase, what_it_says);
	tcase_add_loop_test(tcase, what_it_comes_to, 0, PROOFS);
	tcase_add_test(tcase, undecided_world);
	tcase_add_loop_test(tcase, what_is_no_certificate, 0, sizeof(wrong) / sizeof(wrong[0]));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
