/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trees of messages: what is not known is kept and found; as JSON and as attributes again they stay
 * the same. And what the other readers of a host make of their messages. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_hook.h>
#include <linux/packet_diag.h>
#include <linux/sock_diag.h>
#include <linux/xfrm.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../lib/nftschema.h"
#include "../../lib/nlhost_impl.h"
#include "suite.h"

static _Alignas(8) uint8_t bytes[4096];
static size_t used;
static struct nltree tree;

static void put(uint16_t type, const void *value, size_t length)
{
	struct nlattr attr = { .nla_type = type, .nla_len = (uint16_t)(NLA_HDRLEN + length) };

	memcpy(bytes + used, &attr, sizeof(attr));
	memcpy(bytes + used + NLA_HDRLEN, value, length);
	used += NLA_ALIGN(attr.nla_len);
}

static void put_text(uint16_t type, const char *text)
{
	put(type, text, strlen(text) + 1);
}

static void put_number(uint16_t type, uint32_t number)
{
	uint32_t value = htonl(number);

	put(type, &value, sizeof(value));
}

static int read_as(enum nftschema_message kind)
{
	nltree_clear(&tree);
	return nltree_read((struct attrs){ bytes, used }, nftschema(kind), &tree);
}

START_TEST(what_is_known)
{
	put_text(NFTA_TABLE_NAME, "t");
	put_number(NFTA_TABLE_FLAGS, 1);
	ck_assert_int_eq(read_as(NFTSCHEMA_TABLE), 0);
	ck_assert(nltree_is_known(&tree));
	ck_assert_str_eq(nltree_text(&tree, NFTA_TABLE_NAME), "t");
	ck_assert_uint_eq(nltree_number(&tree, NFTA_TABLE_FLAGS, 0), 1);
	ck_assert_uint_eq(nltree_number(&tree, NFTA_TABLE_HANDLE, 77), 77);
	ck_assert(!nltree_has(&tree, NFTA_TABLE_HANDLE));
	ck_assert_ptr_null(nltree_text(&tree, NFTA_TABLE_FLAGS));
}
END_TEST

/* Of a type that is not known, of a wrong length, a text that goes on behind its end, a second one:
 * kept, and not mistaken for anything. */
START_TEST(what_is_not_known)
{
	put_text(NFTA_TABLE_NAME, "t");
	put_text(NFTA_TABLE_NAME, "u");
	put(NFTA_TABLE_FLAGS, "abc", 3);
	put(99, "xy", 2);
	ck_assert_int_eq(read_as(NFTSCHEMA_TABLE), 0);
	ck_assert(!nltree_is_known(&tree));
	ck_assert_uint_eq(tree.count, 4);
	ck_assert_str_eq(nltree_text(&tree, NFTA_TABLE_NAME), "t");
	ck_assert(!nltree_has(&tree, NFTA_TABLE_FLAGS));
	ck_assert_uint_eq(tree.children[3].type, 99);
	ck_assert_uint_eq(tree.children[3].length, 2);
	used = 0;
	put(NFTA_TABLE_NAME, "t\0u", 4);
	ck_assert_int_eq(read_as(NFTSCHEMA_TABLE), 0);
	ck_assert(!nltree_has(&tree, NFTA_TABLE_NAME));
}
END_TEST

START_TEST(no_attributes)
{
	put_text(NFTA_TABLE_NAME, "t");
	used += 2;
	ck_assert_int_eq(read_as(NFTSCHEMA_TABLE), -EBADMSG);
	nltree_clear(&tree);
	ck_assert_uint_eq(tree.count, 0);
}
END_TEST

/* An expression of a known name and one of another, behind one another. */
static void put_rule(void)
{
	size_t list, choice;
	struct nlattr attr = { 0 };

	put_text(NFTA_RULE_TABLE, "t");
	put_text(NFTA_RULE_CHAIN, "c");
	list = used;
	used += NLA_HDRLEN;
	for (unsigned int i = 0; i < 2; i++) {
		choice = used;
		used += NLA_HDRLEN;
		put_text(NFTA_EXPR_NAME, i ? "teleport" : "meta");
		size_t data = used;

		used += NLA_HDRLEN;
		put_number(NFTA_META_KEY, 3);
		attr = (struct nlattr){ (uint16_t)(used - data), NFTA_EXPR_DATA | NLA_F_NESTED };
		memcpy(bytes + data, &attr, sizeof(attr));
		attr = (struct nlattr){ (uint16_t)(used - choice), NFTA_LIST_ELEM | NLA_F_NESTED };
		memcpy(bytes + choice, &attr, sizeof(attr));
	}
	attr = (struct nlattr){ (uint16_t)(used - list), NFTA_RULE_EXPRESSIONS | NLA_F_NESTED };
	memcpy(bytes + list, &attr, sizeof(attr));
}

START_TEST(expressions_by_their_names)
{
	const struct nltree *list;

	put_rule();
	ck_assert_int_eq(read_as(NFTSCHEMA_RULE), 0);
	ck_assert(!nltree_is_known(&tree));
	list = nltree_find(&tree, NFTA_RULE_EXPRESSIONS);
	ck_assert_uint_eq(list->count, 2);
	ck_assert(nltree_is_known(&list->children[0]));
	ck_assert_uint_eq(
		nltree_number(nltree_find(&list->children[0], NFTA_EXPR_DATA), NFTA_META_KEY, 0),
		3);
	ck_assert(!nltree_is_known(&list->children[1]));
	ck_assert_str_eq(nltree_text(&list->children[1], NFTA_EXPR_NAME), "teleport");
	ck_assert(!nltree_has(&list->children[1], NFTA_EXPR_DATA));
}
END_TEST

START_TEST(as_attributes_again)
{
	static uint8_t again[sizeof(bytes)];
	size_t length;

	put_rule();
	put_number(NFTA_RULE_ID, 5); /* says nothing that matters */
	ck_assert_int_eq(read_as(NFTSCHEMA_RULE), 0);
	ck_assert_int_eq(nltree_put(&tree, again, sizeof(again), &length), 0);
	ck_assert_uint_eq(length, used - NLA_HDRLEN - sizeof(uint32_t));
	ck_assert_mem_eq(again, bytes, 16); /* the names come first */
	for (size_t room = 0; room < length; room++) {
		size_t some;

		ck_assert_int_eq(nltree_put(&tree, again, room, &some), -E2BIG);
	}
}
END_TEST

START_TEST(as_json)
{
	struct json json;
	struct jsonpull pull;
	struct nltree loaded = { 0 };

	put_rule();
	ck_assert_int_eq(read_as(NFTSCHEMA_RULE), 0);
	json_init(&json);
	nltree_write(&tree, &json);
	ck_assert_str_eq(json.text,
		"{\"table\":\"t\",\"chain\":\"c\",\"expressions\":[{\"name\":\"meta\",\"data\":{"
		"\"key\":3}},{\"name\":\"teleport\",\"unknown\":[{\"type\":2,\"bytes\":"
		"\"0800020000000003\"}]}]}");
	jsonpull_init(&pull, json.text, json.length);
	ck_assert(nltree_load(&pull, nftschema(NFTSCHEMA_RULE), &loaded));
	json_reset(&json);
	nltree_write(&loaded, &json);
	ck_assert_ptr_nonnull(strstr(json.text, "teleport"));
	ck_assert(!nltree_is_known(&loaded));
	nltree_clear(&loaded);
	jsonpull_clear(&pull);
	json_clear(&json);
}
END_TEST

/* Other readers -------------------------------------------------------------------------------- */

static struct hostsnap *snap;

static const struct nlmsghdr *finish(uint16_t type)
{
	struct nlmsghdr header = { .nlmsg_len = (uint32_t)used, .nlmsg_type = type };

	memcpy(bytes, &header, sizeof(header));
	return (const void *)bytes;
}

static const struct hostsnap_fact *only_fact(enum hostsnap_part part)
{
	ck_assert_uint_eq(snap->parts[part].count, 1);
	return &snap->parts[part].list[0];
}

START_TEST(hook)
{
	struct nfgenmsg header = { .nfgen_family = NFPROTO_IPV4 };

	used = NLMSG_HDRLEN;
	memcpy(bytes + used, &header, sizeof(header));
	used += sizeof(header);
	put_number(NFNLA_HOOK_HOOKNUM, 2);
	put_number(NFNLA_HOOK_PRIORITY, (uint32_t)-5);
	put_text(NFNLA_HOOK_FUNCTION_NAME, "somebody");
	const struct nlmsghdr *message = finish(NFNL_SUBSYS_HOOK << 8 | NFNL_MSG_HOOK_GET);

	ck_assert_int_eq(nlhost_take_hook(message, snap), 0);
	ck_assert_str_eq(only_fact(HOSTSNAP_HOOKS)->subject, "ip 2");
	ck_assert_str_eq(only_fact(HOSTSNAP_HOOKS)->name, "somebody");
	ck_assert_str_eq(only_fact(HOSTSNAP_HOOKS)->value, "-5");
	ck_assert_int_eq(nlhost_take_hook(finish(7), snap), -EBADMSG);
	used = NLMSG_HDRLEN;
	ck_assert_int_eq(nlhost_take_hook(finish(NFNL_SUBSYS_HOOK << 8 | NFNL_MSG_HOOK_GET), snap),
		-EBADMSG);
}
END_TEST

START_TEST(ipsec)
{
	struct xfrm_userpolicy_info policy = { .dir = XFRM_POLICY_FWD,
		.action = XFRM_POLICY_BLOCK,
		.sel = { .family = AF_INET, .prefixlen_s = 8, .prefixlen_d = 16 } };
	struct xfrm_usersa_info state = {
		.family = AF_INET6, .mode = XFRM_MODE_TUNNEL, .id = { .proto = 50 }
	};

	policy.sel.saddr.a4 = htonl(0x0a000000);
	policy.sel.daddr.a4 = htonl(0x0a020000);
	used = NLMSG_HDRLEN + sizeof(policy);
	memcpy(bytes + NLMSG_HDRLEN, &policy, sizeof(policy));
	ck_assert_int_eq(nlhost_take_xfrm(finish(XFRM_MSG_NEWPOLICY), snap), 0);
	ck_assert_str_eq(only_fact(HOSTSNAP_XFRM)->value, "fwd 10.0.0.0/8 > 10.2.0.0/16 block");
	used--;
	ck_assert_int_eq(nlhost_take_xfrm(finish(XFRM_MSG_NEWPOLICY), snap), -EBADMSG);
	hostsnap_forget(snap, HOSTSNAP_XFRM);
	used = NLMSG_HDRLEN + sizeof(state);
	memcpy(bytes + NLMSG_HDRLEN, &state, sizeof(state));
	ck_assert_int_eq(nlhost_take_xfrm(finish(XFRM_MSG_NEWSA), snap), 0);
	ck_assert_str_eq(only_fact(HOSTSNAP_XFRM)->name, "state");
	ck_assert_str_eq(only_fact(HOSTSNAP_XFRM)->value, "50 :: > :: tunnel");
}
END_TEST

START_TEST(packet_socket)
{
	struct packet_diag_msg packet = { .pdiag_family = AF_PACKET,
		.pdiag_type = SOCK_DGRAM,
		.pdiag_num = 0x0800,
		.pdiag_ino = 9 };
	struct packet_diag_info info = { .pdi_index = 5 };

	used = NLMSG_HDRLEN + sizeof(packet);
	memcpy(bytes + NLMSG_HDRLEN, &packet, sizeof(packet));
	put(PACKET_DIAG_INFO, &info, sizeof(info));
	put(PACKET_DIAG_FILTER, "\x06\0\0\0\0\0\0\0", 8);
	ck_assert_int_eq(nlhost_take_packet(finish(SOCK_DIAG_BY_FAMILY), snap), 0);
	ck_assert_str_eq(only_fact(HOSTSNAP_PACKETS)->subject, "#5");
	ck_assert_str_eq(only_fact(HOSTSNAP_PACKETS)->name, "0x0800");
	ck_assert_str_eq(
		only_fact(HOSTSNAP_PACKETS)->value, "dgram inode 9 filter 0600000000000000");
	used += 3;
	ck_assert_int_eq(nlhost_take_packet(finish(SOCK_DIAG_BY_FAMILY), snap), -EBADMSG);
}
END_TEST

static void set_up(void)
{
	memset(bytes, 0, sizeof(bytes));
	used = 0;
	ck_assert_int_eq(hostsnap_new(&snap), 0);
}

static void tear_down(void)
{
	nltree_clear(&tree);
	hostsnap_free(snap);
}

int main(void)
{
	Suite *suite = suite_create("nltree");
	TCase *tcase = tcase_create("nltree");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, what_is_known);
	tcase_add_test(tcase, what_is_not_known);
	tcase_add_test(tcase, no_attributes);
	tcase_add_test(tcase, expressions_by_their_names);
	tcase_add_test(tcase, as_attributes_again);
	tcase_add_test(tcase, as_json);
	tcase_add_test(tcase, hook);
	tcase_add_test(tcase, ipsec);
	tcase_add_test(tcase, packet_socket);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
