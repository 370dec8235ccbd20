/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages of rules and objects that are written by hand, expression by expression: what nftgen
 * would never write. */
#include <arpa/inet.h>
#include <check.h>
#include <endian.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/if_arp.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../../lib/attr.h"
#include "../../lib/decode_impl.h"
#include "../../lib/nftprint.h"
#include "suite.h"

struct scribe {
	uint8_t buffer[8192] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *message;
	struct nlattr *list, *item, *data;
};

static void begin_rule(struct scribe *scribe)
{
	struct nfgenmsg family = { .nfgen_family = NFPROTO_INET };

	scribe->message = mnl_nlmsg_put_header(scribe->buffer);
	scribe->message->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE;
	memcpy(mnl_nlmsg_put_extra_header(scribe->message, sizeof(family)), &family,
		sizeof(family));
	mnl_attr_put_strz(scribe->message, NFTA_RULE_TABLE, "hedate");
	mnl_attr_put_strz(scribe->message, NFTA_RULE_CHAIN, "forward");
	scribe->list = mnl_attr_nest_start(scribe->message, NFTA_RULE_EXPRESSIONS);
}

static void begin(struct scribe *scribe, const char *name)
{
	scribe->item = mnl_attr_nest_start(scribe->message, NFTA_LIST_ELEM);
	mnl_attr_put_strz(scribe->message, NFTA_EXPR_NAME, name);
	scribe->data = mnl_attr_nest_start(scribe->message, NFTA_EXPR_DATA);
}

static void end(struct scribe *scribe)
{
	mnl_attr_nest_end(scribe->message, scribe->data);
	mnl_attr_nest_end(scribe->message, scribe->item);
}

static void number(struct scribe *scribe, uint16_t type, uint32_t value)
{
	mnl_attr_put_u32(scribe->message, type, htonl(value));
}

static void value(struct scribe *scribe, uint16_t type, const void *bytes, size_t length)
{
	struct nlattr *nest = mnl_attr_nest_start(scribe->message, type);

	mnl_attr_put(scribe->message, NFTA_DATA_VALUE, length, bytes);
	mnl_attr_nest_end(scribe->message, nest);
}

static void meta_load(struct scribe *scribe, uint32_t key, uint32_t target)
{
	begin(scribe, "meta");
	number(scribe, NFTA_META_KEY, key);
	number(scribe, NFTA_META_DREG, target);
	end(scribe);
}

static void payload_load(
	struct scribe *scribe, uint32_t base, uint32_t offset, uint32_t length, uint32_t target)
{
	begin(scribe, "payload");
	number(scribe, NFTA_PAYLOAD_DREG, target);
	number(scribe, NFTA_PAYLOAD_BASE, base);
	number(scribe, NFTA_PAYLOAD_OFFSET, offset);
	number(scribe, NFTA_PAYLOAD_LEN, length);
	end(scribe);
}

static void compare(struct scribe *scribe, uint32_t operation, uint32_t source, const void *bytes,
	size_t length)
{
	begin(scribe, "cmp");
	number(scribe, NFTA_CMP_SREG, source);
	number(scribe, NFTA_CMP_OP, operation);
	value(scribe, NFTA_CMP_DATA, bytes, length);
	end(scribe);
}

static void is_byte(struct scribe *scribe, uint32_t key, uint8_t byte)
{
	meta_load(scribe, key, NFT_REG_1);
	compare(scribe, NFT_CMP_EQ, NFT_REG_1, &byte, 1);
}

/* The rule as decode sees it, in words; it must not be longer than text. */
static const char *decoded(struct scribe *scribe)
{
	static char text[1024];
	struct decoder decoder = { 0 };
	const struct chain *chain;
	FILE *out;

	mnl_attr_nest_end(scribe->message, scribe->list);
	ck_assert_int_eq(ruleset_new("hedate", &decoder.ruleset), 0);
	ck_assert_ptr_nonnull(ruleset_add_chain(decoder.ruleset, "forward"));
	enum field_type field = FIELD_IPV4_ADDR;

	ck_assert_ptr_nonnull(
		ruleset_add_set(decoder.ruleset, "hosts", 0, &field, 1, FIELD_INVALID));
	ck_assert_ptr_nonnull(
		ruleset_add_set(decoder.ruleset, "marks", SET_MAP, &field, 1, FIELD_MARK));
	ck_assert_ptr_nonnull(
		ruleset_add_set(decoder.ruleset, "plain", SET_DYNAMIC, &field, 1, FIELD_INVALID));
	ck_assert_int_eq(decode_rule_message(scribe->message, &decoder), 0);
	chain = ruleset_find_chain(decoder.ruleset, "forward");
	ck_assert_uint_eq(chain->count, 1);
	memset(text, 0, sizeof(text));
	out = fmemopen(text, sizeof(text), "w");
	ck_assert_int_eq(nftprint_rule(decoder.ruleset, &chain->rules[0], out), 0);
	ck_assert_int_eq(fclose(out), 0);
	ruleset_free(decoder.ruleset);
	return text;
}

static const uint8_t address[4] = { 10, 20, 0, 1 };

START_TEST(by_hand_plain)
{
	struct scribe scribe;

	begin_rule(&scribe);
	is_byte(&scribe, NFT_META_NFPROTO, NFPROTO_IPV4);
	payload_load(&scribe, NFT_PAYLOAD_NETWORK_HEADER, 12, 4, NFT_REG32_05);
	compare(&scribe, NFT_CMP_NEQ, NFT_REG32_05, address, 4);
	ck_assert_str_eq(decoded(&scribe), "ip saddr != 10.20.0.1");
}
END_TEST

START_TEST(by_hand_opaque)
{
	struct scribe scribe;

	begin_rule(&scribe);
	begin(&scribe, "limit");
	number(&scribe, 1, 5);
	end(&scribe);
	ck_assert_ptr_nonnull(strstr(decoded(&scribe), "<limit>"));

	/* What it left in registers is not known. */
	begin_rule(&scribe);
	is_byte(&scribe, NFT_META_NFPROTO, NFPROTO_IPV4);
	payload_load(&scribe, NFT_PAYLOAD_NETWORK_HEADER, 12, 4, NFT_REG_1);
	begin(&scribe, "hash");
	end(&scribe);
	compare(&scribe, NFT_CMP_EQ, NFT_REG_1, address, 4);
	ck_assert_ptr_nonnull(strstr(decoded(&scribe), "<hash> <cmp>"));
}
END_TEST

/* An address whose family was not tested is not that address. */
START_TEST(by_hand_untested_family)
{
	struct scribe scribe;

	begin_rule(&scribe);
	payload_load(&scribe, NFT_PAYLOAD_NETWORK_HEADER, 12, 4, NFT_REG_1);
	compare(&scribe, NFT_CMP_EQ, NFT_REG_1, address, 4);
	ck_assert_str_eq(decoded(&scribe), "<payload> <cmp>");

	begin_rule(&scribe);
	is_byte(&scribe, NFT_META_NFPROTO, NFPROTO_IPV6);
	payload_load(&scribe, NFT_PAYLOAD_NETWORK_HEADER, 12, 4, NFT_REG_1);
	compare(&scribe, NFT_CMP_EQ, NFT_REG_1, address, 4);
	ck_assert_str_eq(decoded(&scribe), "meta nfproto ipv6 <payload> <cmp>");
}
END_TEST

/* A load that nobody reads ends the rule when it fails. */
START_TEST(by_hand_unused_load)
{
	struct scribe scribe;

	begin_rule(&scribe);
	payload_load(&scribe, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2, NFT_REG_2);
	is_byte(&scribe, NFT_META_L4PROTO, 17);
	ck_assert_str_eq(decoded(&scribe), "meta l4proto udp <unused load>");

	begin_rule(&scribe);
	payload_load(&scribe, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2, NFT_REG_1);
	is_byte(&scribe, NFT_META_L4PROTO, 17);
	ck_assert_str_eq(decoded(&scribe), "<unused load> meta l4proto udp");
}
END_TEST

/* The mark in a register is what it was before it was set. */
START_TEST(by_hand_stale_mark)
{
	struct scribe scribe;
	uint32_t mark = 7;

	begin_rule(&scribe);
	meta_load(&scribe, NFT_META_MARK, NFT_REG_2);
	begin(&scribe, "immediate");
	number(&scribe, NFTA_IMMEDIATE_DREG, NFT_REG_1);
	value(&scribe, NFTA_IMMEDIATE_DATA, &mark, 4);
	end(&scribe);
	begin(&scribe, "meta");
	number(&scribe, NFTA_META_KEY, NFT_META_MARK);
	number(&scribe, NFTA_META_SREG, NFT_REG_1);
	end(&scribe);
	compare(&scribe, NFT_CMP_EQ, NFT_REG_2, &mark, 4);
	ck_assert_ptr_nonnull(strstr(decoded(&scribe), "<unused load> <cmp>"));
}
END_TEST

START_TEST(by_hand_ethernet)
{
	struct scribe scribe;
	uint8_t mac[6] = { 0, 0, 0x5e, 0, 0x53, 1 };
	uint16_t ethernet = ARPHRD_ETHER, loopback = ARPHRD_LOOPBACK;

	begin_rule(&scribe);
	meta_load(&scribe, NFT_META_IIFTYPE, NFT_REG_1);
	compare(&scribe, NFT_CMP_EQ, NFT_REG_1, &ethernet, 2);
	payload_load(&scribe, NFT_PAYLOAD_LL_HEADER, 6, 6, NFT_REG_1);
	compare(&scribe, NFT_CMP_EQ, NFT_REG_1, mac, 6);
	ck_assert_str_eq(decoded(&scribe), "ether saddr 00:00:5e:00:53:01");

	/* Tested for itself, it says something that no statement can. */
	begin_rule(&scribe);
	meta_load(&scribe, NFT_META_IIFTYPE, NFT_REG_1);
	compare(&scribe, NFT_CMP_EQ, NFT_REG_1, &ethernet, 2);
	ck_assert_str_eq(decoded(&scribe), "<meta iiftype>");

	begin_rule(&scribe);
	meta_load(&scribe, NFT_META_IIFTYPE, NFT_REG_1);
	compare(&scribe, NFT_CMP_EQ, NFT_REG_1, &loopback, 2);
	ck_assert_str_eq(decoded(&scribe), "<cmp>");
}
END_TEST

static void lookup(struct scribe *scribe, const char *set, uint32_t source, int target)
{
	begin(scribe, "lookup");
	mnl_attr_put_strz(scribe->message, NFTA_LOOKUP_SET, set);
	number(scribe, NFTA_LOOKUP_SREG, source);
	if (target >= 0)
		number(scribe, NFTA_LOOKUP_DREG, (uint32_t)target);
	end(scribe);
}

START_TEST(by_hand_lookup)
{
	struct scribe scribe;

	begin_rule(&scribe);
	is_byte(&scribe, NFT_META_NFPROTO, NFPROTO_IPV4);
	payload_load(&scribe, NFT_PAYLOAD_NETWORK_HEADER, 16, 4, NFT_REG_1);
	lookup(&scribe, "hosts", NFT_REG_1, -1);
	ck_assert_str_eq(decoded(&scribe), "ip daddr @hosts");

	/* A set that there is not, a key that is not whole, a set taken for a map. */
	begin_rule(&scribe);
	is_byte(&scribe, NFT_META_NFPROTO, NFPROTO_IPV4);
	payload_load(&scribe, NFT_PAYLOAD_NETWORK_HEADER, 16, 4, NFT_REG_1);
	lookup(&scribe, "nobody", NFT_REG_1, -1);
	lookup(&scribe, "hosts", NFT_REG_2, -1);
	ck_assert_str_eq(decoded(&scribe), "meta nfproto ipv4 <lookup> <lookup>");
	begin_rule(&scribe);
	is_byte(&scribe, NFT_META_NFPROTO, NFPROTO_IPV4);
	payload_load(&scribe, NFT_PAYLOAD_NETWORK_HEADER, 16, 4, NFT_REG_1);
	lookup(&scribe, "hosts", NFT_REG_1, NFT_REG_1);
	ck_assert_str_eq(decoded(&scribe), "meta nfproto ipv4 <lookup>");

	/* A map whose value nobody uses: the lookup still decides whether the rule goes on. */
	begin_rule(&scribe);
	is_byte(&scribe, NFT_META_NFPROTO, NFPROTO_IPV4);
	payload_load(&scribe, NFT_PAYLOAD_NETWORK_HEADER, 16, 4, NFT_REG_1);
	lookup(&scribe, "marks", NFT_REG_1, NFT_REG_1);
	ck_assert_ptr_nonnull(strstr(decoded(&scribe), "<lookup>"));
}
END_TEST

/* Adding to a set whose elements do not count, without a counter, is not what STMT_ADD says. */
START_TEST(by_hand_add_without_counter)
{
	struct scribe scribe;

	begin_rule(&scribe);
	is_byte(&scribe, NFT_META_NFPROTO, NFPROTO_IPV4);
	payload_load(&scribe, NFT_PAYLOAD_NETWORK_HEADER, 16, 4, NFT_REG_1);
	begin(&scribe, "dynset");
	mnl_attr_put_strz(scribe.message, NFTA_DYNSET_SET_NAME, "plain");
	number(&scribe, NFTA_DYNSET_OP, NFT_DYNSET_OP_ADD);
	number(&scribe, NFTA_DYNSET_SREG_KEY, NFT_REG_1);
	end(&scribe);
	ck_assert_ptr_nonnull(strstr(decoded(&scribe), "<dynset>"));
}
END_TEST

/* Limit objects of every kind that is not ours, and ours. */
struct limit_sample {
	uint64_t rate, unit;
	uint32_t burst, type, flags;
	bool known;
};

static const struct limit_sample limit_samples[] = {
	{ 100, 60, 5, NFT_LIMIT_PKTS, NFT_LIMIT_F_INV, true },
	{ UINT32_MAX, 3600, UINT32_MAX, NFT_LIMIT_PKTS, NFT_LIMIT_F_INV, true },
	{ 100, 60, 5, NFT_LIMIT_PKTS, 0, false },
	{ 100, 60, 5, NFT_LIMIT_PKTS, 3, false },
	{ 100, 60, 5, NFT_LIMIT_PKT_BYTES, NFT_LIMIT_F_INV, false },
	{ 100, 86400, 5, NFT_LIMIT_PKTS, NFT_LIMIT_F_INV, false },
	{ 100, (UINT64_C(1) << 32) + 60, 5, NFT_LIMIT_PKTS, NFT_LIMIT_F_INV, false },
	{ 0, 60, 5, NFT_LIMIT_PKTS, NFT_LIMIT_F_INV, false },
	{ UINT64_C(1) << 32, 60, 5, NFT_LIMIT_PKTS, NFT_LIMIT_F_INV, false },
	{ 100, 60, 0, NFT_LIMIT_PKTS, NFT_LIMIT_F_INV, false },
};

static struct nlmsghdr *begin_object(struct scribe *scribe, uint32_t type)
{
	begin_rule(scribe);
	scribe->message = mnl_nlmsg_put_header(scribe->buffer);
	scribe->message->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWOBJ;
	mnl_nlmsg_put_extra_header(scribe->message, sizeof(struct nfgenmsg));
	mnl_attr_put_strz(scribe->message, NFTA_OBJ_TABLE, "hedate");
	mnl_attr_put_strz(scribe->message, NFTA_OBJ_NAME, "l");
	number(scribe, NFTA_OBJ_TYPE, type);
	return scribe->message;
}

static void check_object(struct scribe *scribe, const struct limit_sample *expected)
{
	struct decoder decoder = { 0 };

	ck_assert_int_eq(ruleset_new("hedate", &decoder.ruleset), 0);
	ck_assert_int_eq(decode_object_message(scribe->message, &decoder), 0);
	ck_assert_int_eq(decoder.foreign, !expected);
	ck_assert_uint_eq(decoder.ruleset->unknown_count, !expected);
	ck_assert_uint_eq(decoder.ruleset->limit_count, expected != NULL);
	if (expected) {
		const struct limit *limit = ruleset_find_limit(decoder.ruleset, "l");

		ck_assert_uint_eq(limit->rate, expected->rate);
		ck_assert_uint_eq(limit->per_seconds, expected->unit);
		ck_assert_uint_eq(limit->burst, expected->burst);
		ck_assert_int_eq(decode_object_message(scribe->message, &decoder), -EBADMSG);
	}
	ruleset_free(decoder.ruleset);
}

START_TEST(by_hand_limits)
{
	const struct limit_sample *sample = &limit_samples[_i];
	struct scribe scribe;
	struct nlattr *nest;

	begin_object(&scribe, NFT_OBJECT_LIMIT);
	nest = mnl_attr_nest_start(scribe.message, NFTA_OBJ_DATA);
	mnl_attr_put_u64(scribe.message, NFTA_LIMIT_RATE, htobe64(sample->rate));
	mnl_attr_put_u64(scribe.message, NFTA_LIMIT_UNIT, htobe64(sample->unit));
	number(&scribe, NFTA_LIMIT_BURST, sample->burst);
	number(&scribe, NFTA_LIMIT_TYPE, sample->type);
	number(&scribe, NFTA_LIMIT_FLAGS, sample->flags);
	mnl_attr_nest_end(scribe.message, nest);
	check_object(&scribe, sample->known ? sample : NULL);
}
END_TEST

START_TEST(by_hand_other_objects)
{
	struct scribe scribe;
	struct nlattr *nest;

	begin_object(&scribe, NFT_OBJECT_LIMIT); /* without data */
	check_object(&scribe, NULL);
	begin_object(&scribe, NFT_OBJECT_QUOTA);
	check_object(&scribe, NULL);
	begin_object(&scribe, NFT_OBJECT_LIMIT);
	nest = mnl_attr_nest_start(scribe.message, NFTA_OBJ_DATA);
	mnl_attr_put_u64(scribe.message, NFTA_LIMIT_RATE, htobe64(1));
	mnl_attr_put_u64(scribe.message, NFTA_LIMIT_UNIT, htobe64(1));
	number(&scribe, NFTA_LIMIT_BURST, 1);
	number(&scribe, NFTA_LIMIT_FLAGS, NFT_LIMIT_F_INV);
	number(&scribe, 99, 0);
	mnl_attr_nest_end(scribe.message, nest);
	check_object(&scribe, NULL);
}
END_TEST

static void refer(struct scribe *scribe, uint32_t type, const char *name)
{
	begin(scribe, "objref");
	number(scribe, NFTA_OBJREF_IMM_TYPE, type);
	if (name)
		mnl_attr_put_strz(scribe->message, NFTA_OBJREF_IMM_NAME, name);
	end(scribe);
}

START_TEST(by_hand_references)
{
	struct scribe scribe;

	begin_rule(&scribe);
	refer(&scribe, NFT_OBJECT_LIMIT, "l");
	refer(&scribe, NFT_OBJECT_COUNTER, "c");
	ck_assert_str_eq(decoded(&scribe), "limit name \"l\" counter name \"c\"");
	begin_rule(&scribe);
	refer(&scribe, NFT_OBJECT_QUOTA, "q");
	refer(&scribe, NFT_OBJECT_LIMIT, NULL);
	ck_assert_str_eq(decoded(&scribe), "<objref> <objref>");
}
END_TEST

/* nft's own forms of what we write otherwise. */
START_TEST(by_hand_nft_forms)
{
	struct scribe scribe;
	uint8_t unreachable[2] = { 3, 4 };

	begin_rule(&scribe);
	is_byte(&scribe, NFT_META_NFPROTO, NFPROTO_IPV4);
	is_byte(&scribe, NFT_META_L4PROTO, 1);
	payload_load(&scribe, NFT_PAYLOAD_TRANSPORT_HEADER, 0, 2, NFT_REG_1);
	compare(&scribe, NFT_CMP_EQ, NFT_REG_1, unreachable, 2);
	ck_assert_str_eq(decoded(&scribe), "icmp type 3 icmp code 4");

	begin_rule(&scribe);
	meta_load(&scribe, NFT_META_L4PROTO, NFT_REG_1);
	begin(&scribe, "byteorder");
	number(&scribe, NFTA_BYTEORDER_SREG, NFT_REG_1);
	number(&scribe, NFTA_BYTEORDER_DREG, NFT_REG_1);
	number(&scribe, NFTA_BYTEORDER_OP, NFT_BYTEORDER_HTON);
	number(&scribe, NFTA_BYTEORDER_LEN, 1);
	number(&scribe, NFTA_BYTEORDER_SIZE, 2);
	end(&scribe);
	compare(&scribe, NFT_CMP_EQ, NFT_REG_1, &(uint8_t){ 6 }, 1);
	ck_assert_str_eq(decoded(&scribe), "meta l4proto tcp");
}
END_TEST

/* Registers that do not exist, values that are too long. */
START_TEST(by_hand_nonsense)
{
	struct scribe scribe;
	uint8_t bytes[64] = { 0 };

	begin_rule(&scribe);
	meta_load(&scribe, NFT_META_IIFNAME, 5);
	meta_load(&scribe, NFT_META_IIFNAME, NFT_REG32_13);
	meta_load(&scribe, NFT_META_IIFNAME, UINT32_MAX);
	payload_load(&scribe, NFT_PAYLOAD_NETWORK_HEADER, 12, UINT32_MAX, NFT_REG_1);
	compare(&scribe, NFT_CMP_EQ, NFT_REG_1, bytes, 64);
	compare(&scribe, 77, NFT_REG_1, bytes, 4);
	ck_assert_str_eq(decoded(&scribe), "<meta> <meta> <meta> <payload> <cmp> <cmp>");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("decode_byhand");
	TCase *test = tcase_create("decode_byhand");

	tcase_add_test(test, by_hand_plain);
	tcase_add_test(test, by_hand_opaque);
	tcase_add_test(test, by_hand_untested_family);
	tcase_add_test(test, by_hand_unused_load);
	tcase_add_test(test, by_hand_stale_mark);
	tcase_add_test(test, by_hand_ethernet);
	tcase_add_test(test, by_hand_lookup);
	tcase_add_test(test, by_hand_add_without_counter);
	tcase_add_loop_test(
		test, by_hand_limits, 0, sizeof(limit_samples) / sizeof(limit_samples[0]));
	tcase_add_test(test, by_hand_other_objects);
	tcase_add_test(test, by_hand_references);
	tcase_add_test(test, by_hand_nft_forms);
	tcase_add_test(test, by_hand_nonsense);
	suite_add_tcase(suite, test);
	return suite_run(suite);
}
