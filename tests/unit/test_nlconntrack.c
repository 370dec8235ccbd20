/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The kernel's table of connections: taken apart, read, one taken out. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_conntrack.h>

#include "../../lib/nlconntrack.h"
#include "netspace.h"
#include "suite.h"

#define PORT 4242

static union {
	struct nlmsghdr header;
	uint8_t bytes[1024];
} buffer;

/* What a message lacks or holds. */
enum fault {
	FAULT_NONE,
	FAULT_TYPE,
	FAULT_FAMILY,
	FAULT_NO_ORIG,
	FAULT_NO_REPLY,
	FAULT_SHORT_ADDRESS,
	FAULT_NO_PROTOCOL,
	FAULT_NO_PORTS,
	FAULT_MARK,
	FAULT_CUT,
};

static void put_tuple(unsigned int type, const char *from, const char *to, uint8_t protocol,
	uint16_t sport, uint16_t dport, enum fault fault)
{
	struct nlattr *tuple = mnl_attr_nest_start(&buffer.header, (uint16_t)type);
	struct nlattr *nest = mnl_attr_nest_start(&buffer.header, CTA_TUPLE_IP);
	struct addr source, destination;

	ck_assert_int_eq(addr_parse(from, &source), 0);
	ck_assert_int_eq(addr_parse(to, &destination), 0);
	bool six = source.family == ADDR_IPV6;
	size_t length = addr_length(source.family) - (fault == FAULT_SHORT_ADDRESS);

	mnl_attr_put(&buffer.header, six ? CTA_IP_V6_SRC : CTA_IP_V4_SRC, length, source.bytes);
	mnl_attr_put(
		&buffer.header, six ? CTA_IP_V6_DST : CTA_IP_V4_DST, length, destination.bytes);
	mnl_attr_nest_end(&buffer.header, nest);
	nest = mnl_attr_nest_start(&buffer.header, CTA_TUPLE_PROTO);
	if (fault != FAULT_NO_PROTOCOL)
		mnl_attr_put_u8(&buffer.header, CTA_PROTO_NUM, protocol);
	if (protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6) {
		mnl_attr_put_u16(&buffer.header, six ? CTA_PROTO_ICMPV6_ID : CTA_PROTO_ICMP_ID,
			htons(sport));
		mnl_attr_put_u8(&buffer.header, six ? CTA_PROTO_ICMPV6_TYPE : CTA_PROTO_ICMP_TYPE,
			(uint8_t)(dport >> 8));
		mnl_attr_put_u8(&buffer.header, six ? CTA_PROTO_ICMPV6_CODE : CTA_PROTO_ICMP_CODE,
			(uint8_t)dport);
	} else if (fault != FAULT_NO_PORTS) {
		mnl_attr_put_u16(&buffer.header, CTA_PROTO_SRC_PORT, htons(sport));
		mnl_attr_put_u16(&buffer.header, CTA_PROTO_DST_PORT, htons(dport));
	}
	mnl_attr_nest_end(&buffer.header, nest);
	mnl_attr_nest_end(&buffer.header, tuple);
}

/* As the kernel tells of a connection. */
static void make(const char *from, const char *to, uint8_t protocol, uint16_t sport, uint16_t dport,
	enum fault fault)
{
	bool six = strchr(from, ':') != NULL;
	struct nfgenmsg *family;

	memset(&buffer, 0, sizeof(buffer));
	mnl_nlmsg_put_header(&buffer);
	buffer.header.nlmsg_type = NFNL_SUBSYS_CTNETLINK << 8 |
				   (fault == FAULT_TYPE ? IPCTNL_MSG_CT_DELETE : IPCTNL_MSG_CT_NEW);
	family = mnl_nlmsg_put_extra_header(&buffer.header, sizeof(*family));
	family->nfgen_family = fault == FAULT_FAMILY ? AF_UNIX : six ? AF_INET6 : AF_INET;
	if (fault != FAULT_NO_ORIG)
		put_tuple(CTA_TUPLE_ORIG, from, to, protocol, sport, dport, fault);
	if (fault != FAULT_NO_REPLY)
		put_tuple(CTA_TUPLE_REPLY, to, from, protocol, dport, sport, FAULT_NONE);
	if (fault == FAULT_MARK)
		mnl_attr_put_u16(&buffer.header, CTA_MARK, 7);
	else
		mnl_attr_put_u32(&buffer.header, CTA_MARK, htonl(77));
	mnl_attr_put_u32(&buffer.header, CTA_ID, htonl(99));
	mnl_attr_put_u16(&buffer.header, CTA_ZONE, htons(5));
	/* Later kernels tell more. */
	mnl_attr_put_u32(&buffer.header, 300, 1);
	if (fault == FAULT_CUT)
		buffer.header.nlmsg_len -= 6;
}

START_TEST(test_parse)
{
	struct conntrack_entry entry;
	char text[CONNTRACK_TEXT_MAX];

	make("10.1.0.10", "10.2.0.10", IPPROTO_TCP, 40000, 443, FAULT_NONE);
	ck_assert_int_eq(conntrack_parse(&buffer.header, &entry), 0);
	ck_assert_uint_eq(entry.mark, 77);
	ck_assert(entry.has_id && entry.id == 99 && entry.zone == 5);
	ck_assert(entry.has_ports && !entry.has_icmp);
	ck_assert_uint_eq(conntrack_port(&entry), 443);
	conntrack_format(&entry, text);
	ck_assert_str_eq(text, "tcp 10.1.0.10:40000 > 10.2.0.10:443");

	make("fd00:1::10", "fd00:2::10", IPPROTO_UDP, 1, 65535, FAULT_NONE);
	ck_assert_int_eq(conntrack_parse(&buffer.header, &entry), 0);
	conntrack_format(&entry, text);
	ck_assert_str_eq(text, "udp [fd00:1::10]:1 > [fd00:2::10]:65535");

	make("fd00:1::10", "fd00:2::10", IPPROTO_ICMPV6, 7, 128 << 8, FAULT_NONE);
	ck_assert_int_eq(conntrack_parse(&buffer.header, &entry), 0);
	ck_assert(entry.has_icmp && entry.icmp_id == 7 && conntrack_port(&entry) == 128 << 8);
	conntrack_format(&entry, text);
	ck_assert_str_eq(text, "icmpv6 fd00:1::10 > fd00:2::10 128/0");

	make("10.1.0.10", "10.2.0.10", IPPROTO_GRE, 0, 0, FAULT_NO_PORTS);
	ck_assert_int_eq(conntrack_parse(&buffer.header, &entry), 0);
	conntrack_format(&entry, text);
	ck_assert_str_eq(text, "47 10.1.0.10 > 10.2.0.10");
}
END_TEST

START_TEST(test_refuse)
{
	static const struct {
		enum fault fault;
		int error;
	} cases[] = {
		{ FAULT_TYPE, -ENOMSG },
		{ FAULT_FAMILY, -ENOMSG },
		{ FAULT_NO_ORIG, -EBADMSG },
		{ FAULT_NO_REPLY, -EBADMSG },
		{ FAULT_SHORT_ADDRESS, -EBADMSG },
		{ FAULT_NO_PROTOCOL, -EBADMSG },
		{ FAULT_NO_PORTS, -EBADMSG },
		{ FAULT_MARK, -EBADMSG },
		{ FAULT_CUT, -EBADMSG },
	};
	struct conntrack_entry entry = { .mark = 12345 };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		make("10.1.0.10", "10.2.0.10", IPPROTO_TCP, 40000, 443, cases[i].fault);
		ck_assert_msg(
			conntrack_parse(&buffer.header, &entry) == cases[i].error, "case %zu", i);
		ck_assert_uint_eq(entry.mark, 12345); /* nothing half read */
	}
}
END_TEST

/* What the kernel has to or from the port. */
struct seen {
	struct conntrack_entry list[8];
	size_t count;
};

static int see(const struct nlmsghdr *message, void *data)
{
	struct conntrack_entry entry;
	struct seen *seen = data;

	ck_assert_int_eq(conntrack_parse(message, &entry), 0);
	if (entry.dport == PORT && seen->count < 8)
		seen->list[seen->count++] = entry;
	return 0;
}

static struct seen look(struct nlsock *socket)
{
	struct seen seen = { .count = 0 };
	struct nlsock_answer answer;
	int r = conntrack_begin(socket, see, &seen, &answer);

	ck_assert_int_eq(r, 0);
	do
		r = nlsock_step(socket, &answer);
	while (r > 0);
	ck_assert_int_eq(r, 0);
	return seen;
}

static void send_from(const char *to, uint16_t sport)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons(sport) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons(sport) };
	bool six = strchr(to, ':') != NULL;
	void *address = six ? (void *)&in6 : (void *)&in;
	socklen_t length = six ? sizeof(in6) : sizeof(in);
	int fd = socket(six ? AF_INET6 : AF_INET, SOCK_DGRAM, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(bind(fd, address, length), 0);
	in.sin_port = in6.sin6_port = htons(PORT);
	ck_assert_int_eq(inet_pton(six ? AF_INET6 : AF_INET, to,
				 six ? (void *)&in6.sin6_addr : (void *)&in.sin_addr),
		1);
	ck_assert_int_eq(sendto(fd, "x", 1, 0, address, length), 1);
	close(fd);
}

START_TEST(test_delete)
{
	struct nlsock *reader, *writer;

	netspace_enter();
	netspace_run(0, "nft 'table inet t { chain c { type filter hook output priority 0; "
			"ct state new ct mark set 7; }; }'");
	ck_assert_int_eq(nlsock_open(&reader), 0);
	ck_assert_int_eq(nlsock_open(&writer), 0);
	send_from("127.0.0.1", 5001);
	send_from("127.0.0.1", 5002);
	send_from("::1", 5003);
	struct seen seen = look(reader);

	ck_assert_uint_eq(seen.count, 3);
	for (size_t i = 0; i < 3; i++)
		ck_assert_uint_eq(seen.list[i].mark, 7);

	/* This one only; not twice. */
	struct conntrack_entry first = seen.list[0];

	ck_assert_int_eq(conntrack_delete(writer, &first), 0);
	ck_assert_int_eq(conntrack_delete(writer, &first), -ENOENT);
	ck_assert_uint_eq(look(reader).count, 2);
	/* One that has come anew since is another. */
	struct conntrack_entry other = seen.list[1];

	other.id ^= 1;
	ck_assert_int_eq(conntrack_delete(writer, &other), -ENOENT);
	ck_assert_uint_eq(look(reader).count, 2);
	ck_assert_int_eq(conntrack_delete(writer, &seen.list[1]), 0);
	ck_assert_int_eq(conntrack_delete(writer, &seen.list[2]), 0);
	ck_assert_uint_eq(look(reader).count, 0);
	nlsock_close(reader);
	nlsock_close(writer);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nlconntrack");
	TCase *pure = tcase_create("messages");
	TCase *kernel = tcase_create("kernel");

	tcase_add_test(pure, test_parse);
	tcase_add_test(pure, test_refuse);
	tcase_add_test(kernel, test_delete);
	suite_add_tcase(suite, pure);
	suite_add_tcase(suite, kernel);
	return suite_run_in_netspace(suite);
}
