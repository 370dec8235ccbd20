/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nftgen writes, decode reads back, without a kernel between them: messages that make things
 * have the form of messages that tell of them. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../../lib/attr.h"
#include "../../lib/decode_impl.h"
#include "../../lib/drift.h"
#include "../../lib/nftgen.h"
#include "randrules.h"
#include "suite.h"

#define ROUNDS 150

static struct nlsock *sock;

static void set_up(void)
{
	ck_assert_int_eq(nlsock_open(&sock), 0);
}

static void tear_down(void)
{
	nlsock_close(sock);
}

static int count_difference(const char *text, void *data)
{
	(void)data;
	printf("%s\n", text);
	return 0;
}

static size_t differences(const struct ruleset *expected, const struct ruleset *actual)
{
	size_t count;

	ck_assert_int_eq(drift_compare(expected, actual, count_difference, NULL, &count), 0);
	return count;
}

/* libnftnl writes the name of an object that a rule refers to without its NUL, the kernel with it.
 * The names of random rule sets leave room for it in the padding. */
static void end_object_names(const struct nlmsghdr *message)
{
	struct attrs attrs = attrs_of_message(message), parts;
	const struct nlattr *attr, *item, *name, *data, *part;

	while ((attr = attrs_next(&attrs)) != NULL && attr_type(attr) != NFTA_RULE_EXPRESSIONS)
		continue;
	if (!attr)
		return;
	attrs = attrs_of_nest(attr);
	while ((item = attrs_next(&attrs)) != NULL) {
		parts = attrs_of_nest(item);
		name = attrs_next(&parts);
		data = attrs_next(&parts);
		if (strcmp(attr_text(name), "objref") != 0)
			continue;
		parts = attrs_of_nest(data);
		while ((part = attrs_next(&parts)) != NULL)
			if (attr_type(part) == NFTA_OBJREF_IMM_NAME) {
				ck_assert_uint_ne(attr_length(part) % 4, 0);
				((struct nlattr *)(uintptr_t)part)->nla_len++;
			}
	}
}

/* Feed the messages of a batch to the functions that read the kernel's. */
static void read_batch(const uint8_t *bytes, size_t length, struct decoder *decoder)
{
	const struct nlmsghdr *message = (const void *)bytes;
	int left = (int)length;

	for (; mnl_nlmsg_ok(message, left); message = mnl_nlmsg_next(message, &left)) {
		int error = 0;

		switch (message->nlmsg_type & 0xff) {
		case NFT_MSG_NEWCHAIN:
			error = decode_chain_message(message, decoder);
			break;
		case NFT_MSG_NEWSET:
			error = decode_set_message(message, decoder);
			break;
		case NFT_MSG_NEWOBJ:
			error = decode_object_message(message, decoder);
			break;
		case NFT_MSG_NEWRULE:
			end_object_names(message);
			error = decode_rule_message(message, decoder);
			break;
		}
		ck_assert_int_eq(error, 0);
	}
	ck_assert_int_eq(left, 0);
}

/* Everything but elements, which the kernel gives in another order: copy them. */
static void copy_elements(const struct ruleset *from, struct ruleset *to)
{
	for (size_t i = 0; i < from->set_count; i++) {
		const struct set *set = &from->sets[i];

		for (size_t j = 0; j < set->count; j++) {
			const uint8_t *key = set->elements + j * set->stride;
			uint32_t value = 0;

			if (set->flags & SET_MAP)
				memcpy(&value, key + set->stride - sizeof(value), sizeof(value));
			if (set->value == FIELD_VERDICT)
				ck_assert_int_eq(ruleset_verdict(to, from->verdicts[value].verdict,
							 from->verdicts[value].chain, &value),
					0);
			ck_assert_int_eq(
				set_add_element(&to->sets[i], key, key + set->key_length, value, 0),
				0);
			if (set->flags & SET_TIMEOUT)
				ck_assert_int_eq(
					set_put_timeout(&to->sets[i], j, set->timeouts[j]), 0);
		}
	}
	ruleset_sort(to);
}

static struct ruleset *round_trip(const struct ruleset *ruleset)
{
	struct decoder decoder = { 0 };
	struct nftgen *batch;
	const void *bytes;
	size_t length;
	uint32_t last;

	ck_assert_int_eq(nftgen_new(sock, 0, &batch), 0);
	ck_assert_int_eq(nftgen_add_all(batch, ruleset), 0);
	ck_assert_int_eq(nftgen_finish(batch, &bytes, &length, &last), 0);
	ck_assert_int_eq(ruleset_new(ruleset->table, &decoder.ruleset), 0);
	/* Rules refer to sets: these were defined before them in the batch. */
	read_batch(bytes, length, &decoder);
	nftgen_free(batch);
	return decoder.ruleset;
}

START_TEST(random_rules)
{
	unsigned int seed = random_seed("random_rules");

	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct ruleset *ruleset = random_ruleset(seed + i);
		struct ruleset *actual = round_trip(ruleset);

		copy_elements(ruleset, actual);
		ck_assert_uint_eq(actual->unknown_count, 0);
		ck_assert_msg(differences(ruleset, actual) == 0, "seed %u", seed + i);
		ck_assert_msg(differences(actual, ruleset) == 0, "seed %u, reverse", seed + i);
		ruleset_free(actual);
		ruleset_free(ruleset);
	}
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("decode");
	TCase *test = tcase_create("decode");

	tcase_set_timeout(test, 120);
	tcase_add_checked_fixture(test, set_up, tear_down);
	tcase_add_test(test, random_rules);
	suite_add_tcase(suite, test);
	return suite;
}

int main(void)
{
	return suite_run(suite());
}
