/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <arpa/inet.h>
#include <check.h>
#include <endian.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_log.h>
#include <string.h>

#include "../../daemon/nflog.h"
#include "../../lib/compile.h"
#include "suite.h"

static union {
	struct nlmsghdr header;
	uint8_t bytes[1024];
} message;

static const uint8_t packet[] = { 0x45, 0, 0, 28, 0, 1, 0, 0, 64, 17, 0, 0, 10, 30, 17, 5, 10, 10,
	0, 10, 0, 53, 0x10, 0, 0, 8, 0, 0 };

static struct nlmsghdr *begin(void)
{
	memset(&message, 0, sizeof(message));
	struct nlmsghdr *header = mnl_nlmsg_put_header(&message);
	header->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_PACKET;
	mnl_nlmsg_put_extra_header(header, sizeof(struct nfgenmsg));
	return header;
}

static void put_needed(struct nlmsghdr *header)
{
	mnl_attr_put_u32(header, NFULA_MARK, htonl(0x123 | DENY_MARK_B));
	mnl_attr_put_strz(header, NFULA_PREFIX, "hedate no-path a b 0123456789ab");
	mnl_attr_put(header, NFULA_PAYLOAD, sizeof(packet), packet);
}

START_TEST(test_all_attributes)
{
	struct nfulnl_msg_packet_timestamp stamp = { htobe64(1795161600), htobe64(123456) };
	struct nfulnl_msg_packet_hw hardware = { .hw_addrlen = htons(6),
		.hw_addr = { 0, 0, 0x5e, 0, 0x53, 5 } };
	struct nflog_packet got;
	struct nlmsghdr *header = begin();
	put_needed(header);
	mnl_attr_put(header, NFULA_TIMESTAMP, sizeof(stamp), &stamp);
	mnl_attr_put(header, NFULA_HWADDR, sizeof(hardware), &hardware);
	mnl_attr_put_u32(header, NFULA_IFINDEX_INDEV, htonl(7));
	mnl_attr_put_u32(header, NFULA_IFINDEX_OUTDEV, htonl(8));
	mnl_attr_put_u32(header, NFULA_SEQ, htonl(9)); /* not looked at */
	ck_assert_int_eq(nflog_parse(header, &got), 0);
	ck_assert_str_eq(got.prefix, "hedate no-path a b 0123456789ab");
	ck_assert_uint_eq(got.flow.key.code, 0x123);
	ck_assert_uint_eq(got.flow.key.generation, 1);
	ck_assert_uint_eq(got.flow.key.sport, 53);
	ck_assert_uint_eq(got.index_in, 7);
	ck_assert_uint_eq(got.index_out, 8);
	ck_assert(got.has_time);
	ck_assert_int_eq(got.time, INT64_C(1795161600123456000));
	ck_assert(got.has_mac);
	ck_assert_mem_eq(got.mac, hardware.hw_addr, 6);
}
END_TEST

START_TEST(test_only_what_is_needed)
{
	struct nflog_packet got;
	struct nlmsghdr *header = begin();
	put_needed(header);
	ck_assert_int_eq(nflog_parse(header, &got), 0);
	ck_assert(!got.has_time);
	ck_assert(!got.has_mac);
	ck_assert_uint_eq(got.index_in, 0);
	ck_assert_uint_eq(got.index_out, 0);
}
END_TEST

/* Attributes that are not what they should be are not taken. */
START_TEST(test_odd_attributes)
{
	struct nfulnl_msg_packet_timestamp stamp = { htobe64(1), htobe64(1000000) };
	struct nfulnl_msg_packet_hw hardware = { .hw_addrlen = htons(8) };
	struct nflog_packet got;
	struct nlmsghdr *header = begin();
	mnl_attr_put(header, NFULA_TIMESTAMP, 4, &stamp); /* too short: passed over */
	put_needed(header);
	mnl_attr_put(header, NFULA_TIMESTAMP, sizeof(stamp), &stamp);
	mnl_attr_put(header, NFULA_HWADDR, sizeof(hardware), &hardware);
	mnl_attr_put_u16(header, NFULA_IFINDEX_INDEV, 7);
	mnl_attr_put_u32(header, 1000, 7);
	ck_assert_int_eq(nflog_parse(header, &got), 0);
	ck_assert(!got.has_time);
	ck_assert(!got.has_mac);
	ck_assert_uint_eq(got.index_in, 0);
	stamp = (struct nfulnl_msg_packet_timestamp){ htobe64(UINT64_MAX), 0 };
	header = begin();
	put_needed(header);
	mnl_attr_put(header, NFULA_TIMESTAMP, sizeof(stamp), &stamp);
	ck_assert_int_eq(nflog_parse(header, &got), 0);
	ck_assert(!got.has_time);
}
END_TEST

START_TEST(test_refused)
{
	struct nflog_packet got;
	struct nlmsghdr *header = begin();
	ck_assert_int_eq(nflog_parse(header, &got), -EINVAL); /* nothing in it */
	mnl_attr_put_u32(header, NFULA_MARK, htonl(1));
	mnl_attr_put(header, NFULA_PAYLOAD, sizeof(packet), packet);
	ck_assert_int_eq(nflog_parse(header, &got), -EINVAL); /* no prefix */
	mnl_attr_put(header, NFULA_PREFIX, 6, "hedate");
	ck_assert_int_eq(nflog_parse(header, &got), -EINVAL); /* without its NUL */
	mnl_attr_put_strz(header, NFULA_PREFIX, "hedate");
	ck_assert_int_eq(nflog_parse(header, &got), 0);
	header->nlmsg_type = NFNL_SUBSYS_ULOG << 8 | NFULNL_MSG_CONFIG;
	ck_assert_int_eq(nflog_parse(header, &got), -EINVAL);
	header = begin();
	mnl_attr_put_u32(header, NFULA_MARK, htonl(1));
	mnl_attr_put_strz(header, NFULA_PREFIX, "hedate");
	mnl_attr_put(header, NFULA_PAYLOAD, 19, packet);
	ck_assert_int_eq(nflog_parse(header, &got), -EINVAL); /* no addresses */
	header = begin();
	header->nlmsg_len = sizeof(*header) + 2;
	ck_assert_int_eq(nflog_parse(header, &got), -EINVAL);
}
END_TEST

/* Only the kernel is believed: a socket of another kind gives no packets. */
static void never(const struct nflog_packet *unused, void *data)
{
	(void)unused, (void)data;
	ck_abort_msg("a packet that the kernel did not send");
}

START_TEST(test_not_from_the_kernel)
{
	struct nflog *nflog;
	int ends[2];
	struct nlmsghdr *header = begin();
	put_needed(header);
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
	ck_assert_int_eq(nflog_new(ends[0], never, NULL, &nflog), 0);
	ck_assert_int_eq(send(ends[1], header, header->nlmsg_len, 0), (ssize_t)header->nlmsg_len);
	ck_assert_int_eq(nflog_drain(nflog), 0);
	ck_assert_uint_eq(nflog_take_findings(nflog).malformed, 1);
	ck_assert_uint_eq(nflog_take_findings(nflog).malformed, 0);
	ck_assert_int_eq(nflog_read(nflog), 0);
	nflog_free(nflog);
	close(ends[1]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nflog");
	TCase *tests = tcase_create("nflog");
	tcase_add_test(tests, test_all_attributes);
	tcase_add_test(tests, test_only_what_is_needed);
	tcase_add_test(tests, test_odd_attributes);
	tcase_add_test(tests, test_refused);
	tcase_add_test(tests, test_not_from_the_kernel);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
