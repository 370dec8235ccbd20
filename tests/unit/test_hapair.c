/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the gateways of a pair tell each other: read strictly, compared, and the digest of what a
 * policy means. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/hapair.h"
#include "city.h"
#include "suite.h"

#define DIGEST "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const struct hapair_side good = { .text = {
						 [HAPAIR_SITE] = "aobano",
						 [HAPAIR_DIGEST] = DIGEST,
						 [HAPAIR_REVISION] = "001122334455",
						 [HAPAIR_STATE] = "enforcing",
						 [HAPAIR_ISLAND] = "no",
						 [HAPAIR_CONFIRMED] = "true",
						 [HAPAIR_ISOLATED] = "0",
						 [HAPAIR_EXCEPTIONS] = "2",
						 [HAPAIR_VERSION] = "0.1.0",
					 } };

static char *written(const struct hapair_side *side)
{
	struct json json;

	json_init(&json);
	hapair_write(&json, side);
	ck_assert(!json.failed);
	char *text = strndup(json.text, json.length);

	json_clear(&json);
	return text;
}

/* good with one text replaced by another, which may be shorter or longer. */
static int read_with(const char *was, const char *is)
{
	char *text = written(&good), *at = strstr(text, was), all[2048];
	struct hapair_side side;

	ck_assert_ptr_nonnull(at);
	snprintf(all, sizeof(all), "%.*s%s%s", (int)(at - text), text, is, at + strlen(was));
	free(text);
	return hapair_read(all, strlen(all), &side);
}

START_TEST(as_written)
{
	char *text = written(&good);
	struct hapair_side side;

	ck_assert_int_eq(hapair_read(text, strlen(text), &side), 0);
	for (int i = 0; i < HAPAIR_MEMBERS; i++)
		ck_assert_str_eq(side.text[i], good.text[i]);
	ck_assert_uint_eq(hapair_compare(&good, &side), 0);
	free(text);
}
END_TEST

START_TEST(strict)
{
	char big[HAPAIR_LINE_MAX + 1];
	struct hapair_side side;

	ck_assert_int_eq(read_with("aobano", "another"), 0);
	ck_assert_int_eq(read_with("{", "{\"of the next version\":[1],"), 0);
	ck_assert_int_eq(read_with("\"site\":\"aobano\",", ""), -EBADMSG);
	ck_assert_int_eq(read_with("{", "{\"site\":\"twice\","), -EBADMSG);
	ck_assert_int_eq(read_with("\"aobano\"", "7"), -EBADMSG);
	ck_assert_int_eq(read_with("\"aobano\"", "null"), -EBADMSG);
	ck_assert_int_eq(read_with("aobano", "\\u001b[31m"), -EBADMSG);
	ck_assert_int_eq(read_with("aobano", "青葉野"), -EBADMSG);
	ck_assert_int_eq(read_with(DIGEST, "00"), -EBADMSG);
	ck_assert_int_eq(read_with("aabbcc", "AABBCC"), -EBADMSG);
	ck_assert_int_eq(read_with("}", "} more"), -EBADMSG);
	ck_assert_int_eq(hapair_read("", 0, &side), -EBADMSG);
	ck_assert_int_eq(hapair_read("[]", 2, &side), -EBADMSG);
	memset(big, 'a', HAPAIR_TEXT_MAX - 1);
	big[HAPAIR_TEXT_MAX - 1] = '\0';
	ck_assert_int_eq(read_with("aobano", big), 0);
	big[HAPAIR_TEXT_MAX - 1] = 'a';
	big[HAPAIR_TEXT_MAX] = '\0';
	ck_assert_int_eq(read_with("aobano", big), -EBADMSG);
	memset(big, ' ', sizeof(big));
	ck_assert_int_eq(hapair_read(big, sizeof(big), &side), -EFBIG);
}
END_TEST

START_TEST(comparison)
{
	const bool same[HAPAIR_MEMBERS] = {
		[HAPAIR_REVISION] = true,
		[HAPAIR_VERSION] = true,
	};

	for (int i = 0; i < HAPAIR_MEMBERS; i++) {
		struct hapair_side other = good;

		strcpy(other.text[i], "other");
		ck_assert_uint_eq(hapair_compare(&good, &other), same[i] ? 0 : 1u << i);
	}
	/* That neither enforces is no agreement. */
	struct hapair_side none = good;

	strcpy(none.text[HAPAIR_STATE], "none");
	ck_assert_uint_eq(hapair_compare(&none, &none), 1u << HAPAIR_STATE);
}
END_TEST

static void digest_of(const char *text, uint8_t ret_digest[POLICY_DIGEST_LENGTH])
{
	parse(text);
	ck_assert_int_eq(hapair_digest(policy, ret_digest), 0);
	policy_free(policy);
	policy = NULL;
}

static bool means_the_same(const char *one, const char *other)
{
	uint8_t a[POLICY_DIGEST_LENGTH], b[POLICY_DIGEST_LENGTH];

	digest_of(one, a);
	digest_of(other, b);
	return memcmp(a, b, sizeof(a)) == 0;
}

#define P1		PATH("P1", "bound", "relay", "https")
#define P2		PATH("P2", "lgwan", "internet", "high")
#define TWO(one, other) CITY "paths = (" one "," other ");\n"
#define PEER(name, word)                                                                           \
	"ha = { peer = \"" name "\"; command = [ \"/bin/echo\", \"" word "\" ]; };\n"

START_TEST(digests)
{
	ck_assert(means_the_same(TWO(P1, P2), TWO(P1, P2)));
	ck_assert(means_the_same(TWO(P1, P2), "# a comment\n" TWO(P2, P1)));
	ck_assert(means_the_same(TWO(P1, P2) PEER("gw1", "a"), TWO(P1, P2) PEER("gw2", "b")));
	ck_assert(means_the_same(TWO(P1, P2) PEER("gw1", "a"), TWO(P1, P2)));
	ck_assert(!means_the_same(TWO(P1, P2), CITY "paths = (" P1 ");\n"));
	ck_assert(!means_the_same(TWO(P1, P2), TWO(P1, PATH("P2", "lgwan", "internet", "ping"))));
	ck_assert(!means_the_same(TWO(P1, P2), TWO(P1, P2) "log = { epoch = 20; };\n"));
	ck_assert(!means_the_same(TWO(P1, P2), TWO(P1, P2) GATEWAY));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hapair");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, from_text_set_up, from_text_tear_down);
	tcase_add_test(all, as_written);
	tcase_add_test(all, strict);
	tcase_add_test(all, comparison);
	tcase_add_test(all, digests);
	suite_add_tcase(suite, all);
	return suite_run(suite);
}
