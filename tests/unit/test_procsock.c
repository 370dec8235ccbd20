/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "procsock.h"
#include "suite.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* As the kernel writes it on a machine that has the low byte first. */
#define HEADING                                                                                    \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "      \
	"timeout inode\n"
#define REST	" 00000000:00000000 00:00000000 00000000     0        0 4711 1 0 100 0 0 10 0\n"
#define NOBODY6 "00000000000000000000000000000000:0000"

static struct procsocks sockets;

static void setup(void)
{
	sockets = (struct procsocks){ .items = NULL };
}

static void teardown(void)
{
	procsock_clear(&sockets);
	ck_assert_uint_eq(sockets.count, 0);
}

static int read_text(const char *text, uint8_t protocol, enum addr_family family)
{
	return procsock_read(text, strlen(text), protocol, family, &sockets);
}

static const struct {
	const char *line;
	uint8_t protocol;
	enum addr_family family;
	const char *address; /* NULL: left out */
	uint16_t port;
} lines[] = {
	{ "   0: 00000000:0016 00000000:0000 0A", IPPROTO_TCP, ADDR_IPV4, "0.0.0.0", 22 },
	{ "   1: 0100005A:0016 00000000:0000 0A", IPPROTO_TCP, ADDR_IPV4, "90.0.0.1", 22 },
	{ "1000: 0B005A0A:FFFF 00000000:0000 0A", IPPROTO_TCP, ADDR_IPV4, "10.90.0.11", 65535 },
	/* Connected, or only for this host. */
	{ "   0: 0B005A0A:0016 0C005A0A:8235 01", IPPROTO_TCP, ADDR_IPV4, NULL, 0 },
	{ "   0: 0100007F:0035 00000000:0000 0A", IPPROTO_TCP, ADDR_IPV4, NULL, 0 },
	{ "   0: 3500007F:0035 00000000:0000 07", IPPROTO_UDP, ADDR_IPV4, NULL, 0 },
	{ "   0: 00000000:007B 00000000:0000 07", IPPROTO_UDP, ADDR_IPV4, "0.0.0.0", 123 },
	{ "   0: 0B005A0A:9C40 7B005A0A:007B 01", IPPROTO_UDP, ADDR_IPV4, NULL, 0 },
	{ "   0: 00000000000000000000000000000000:0016 " NOBODY6 " 0A", IPPROTO_TCP, ADDR_IPV6,
		"::", 22 },
	{ "   0: B80D0120000000000000000001000000:0016 " NOBODY6 " 0A", IPPROTO_TCP, ADDR_IPV6,
		"2001:db8::1", 22 },
	{ "   0: 00000000000000000000000001000000:0016 " NOBODY6 " 0A", IPPROTO_TCP, ADDR_IPV6,
		NULL, 0 },
	{ "   0: 0000000000000000FFFF00000100007F:0016 " NOBODY6 " 0A", IPPROTO_TCP, ADDR_IPV6,
		NULL, 0 },
};

START_TEST(test_line)
{
	char text[512], address[ADDR_TEXT_MAX];

	if (htonl(1) == 1)
		return; /* these lines are of the other kind of machine */
	snprintf(text, sizeof(text), HEADING "%s" REST, lines[_i].line);
	ck_assert_int_eq(read_text(text, lines[_i].protocol, lines[_i].family), 0);
	ck_assert_uint_eq(sockets.count, lines[_i].address != NULL);
	if (!lines[_i].address)
		return;
	addr_format(sockets.items[0].addr.family, sockets.items[0].addr.bytes, address);
	ck_assert_str_eq(address, lines[_i].address);
	ck_assert_uint_eq(sockets.items[0].port, lines[_i].port);
	ck_assert_uint_eq(sockets.items[0].protocol, lines[_i].protocol);
}
END_TEST

static const char *const broken[] = {
	"",
	HEADING "   0: 0000000:0016 00000000:0000 0A" REST,
	HEADING "   0: 00000000:0016 00000000:0000\n",
	HEADING "   0: 0000000g:0016 00000000:0000 0A" REST,
	HEADING "   0: 00000000000000000000000000000000:0016 " NOBODY6 " 0A" REST,
	HEADING "   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000 0 0\n",
	HEADING "\n",
	HEADING "no socket at all\n",
};

START_TEST(test_broken)
{
	ck_assert_int_eq(read_text(broken[_i], IPPROTO_TCP, ADDR_IPV4), -EBADMSG);
}
END_TEST

START_TEST(test_line_that_does_not_end)
{
	char text[2000];

	memset(text, ' ', sizeof(text));
	ck_assert_int_eq(
		procsock_read(text, sizeof(text), IPPROTO_TCP, ADDR_IPV4, &sockets), -EBADMSG);
}
END_TEST

/* Two sockets of one place are two, and are known to be of one place. */
START_TEST(test_inodes)
{
	static const char text[] = HEADING
		"   0: 00000000:0016 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0"
		"        0 18446744073709551615 1 0 100 0 0 10 0\n"
		"   1: 00000000:0016 00000000:0000 0A" REST
		"   2: 00000000:0017 00000000:0000 0A" REST;

	ck_assert_int_eq(read_text(text, IPPROTO_TCP, ADDR_IPV4), 0);
	procsock_sort(&sockets);
	ck_assert_uint_eq(sockets.count, 3);
	ck_assert_uint_eq(sockets.items[0].inode, 4711);
	ck_assert_uint_eq(sockets.items[1].inode, UINT64_MAX);
	ck_assert(procsock_is_same(&sockets.items[0], &sockets.items[1]));
	ck_assert(!procsock_is_same(&sockets.items[1], &sockets.items[2]));
}
END_TEST

START_TEST(test_sorted_and_once)
{
	static const char text[] = HEADING "   0: 00000000:01BB 00000000:0000 0A" REST
					   "   1: 00000000:0016 00000000:0000 0A" REST
					   "   2: 00000000:01BB 00000000:0000 0A" REST;
	static const char udp[] = HEADING "   0: 00000000:0016 00000000:0000 07" REST;

	ck_assert_int_eq(read_text(udp, IPPROTO_UDP, ADDR_IPV4), 0);
	for (int i = 0; i < 20; i++)
		ck_assert_int_eq(read_text(text, IPPROTO_TCP, ADDR_IPV4), 0);
	ck_assert_uint_eq(sockets.count, 61);
	procsock_sort(&sockets);
	ck_assert_uint_eq(sockets.count, 3);
	ck_assert_uint_eq(sockets.items[0].port, 22);
	ck_assert_uint_eq(sockets.items[1].port, 443);
	ck_assert_uint_eq(sockets.items[2].protocol, IPPROTO_UDP);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("procsock");
	TCase *tests = tcase_create("procsock");

	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, test_line, 0, COUNT(lines));
	tcase_add_loop_test(tests, test_broken, 0, COUNT(broken));
	tcase_add_test(tests, test_line_that_does_not_end);
	tcase_add_test(tests, test_sorted_and_once);
	tcase_add_test(tests, test_inodes);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
