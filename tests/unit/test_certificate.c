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

int main(void)
{
	Suite *suite = suite_create("certificate");
	TCase *tcase = tcase_create("certificate");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, what_is_signed_is_found_again);
	tcase_add_test(tcase, no_byte_may_change);
	tcase_add_test(tcase, a_part_of_it_is_none);
	tcase_add_test(tcase, what_it_says);
	tcase_add_loop_test(tcase, what_is_no_certificate, 0, sizeof(wrong) / sizeof(wrong[0]));
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
