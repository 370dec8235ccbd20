/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The closed tables in the kernel: put, found with their reason, replaced, removed. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../lib/nftclosed.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"

#define LIST "nft list ruleset"

static void put(const char *why)
{
	int bridge;

	ck_assert_int_eq(nftclosed_put(sock, why, &bridge), 0);
	ck_assert_int_eq(bridge, 0);
}

START_TEST(shut_and_open)
{
	char why[CLOSED_COMMENT_MAX];
	const char *listing;

	ck_assert_int_eq(nftclosed_find(sock, why), -ENOENT);
	ck_assert_int_eq(nftclosed_remove(sock), 0);
	put("starting");
	ck_assert_int_eq(nftclosed_find(sock, why), 0);
	ck_assert_str_eq(why, "starting");
	listing = netspace_run(0, "nft list table inet hedate-guard");
	ck_assert_ptr_nonnull(strstr(listing, "comment \"starting\""));
	ck_assert_ptr_nonnull(strstr(listing, "hook forward"));
	ck_assert_ptr_nonnull(strstr(listing, "policy drop"));
	ck_assert_ptr_null(strstr(listing, "hook input"));
	listing = netspace_run(0, "nft list tables");
	if (strstr(listing, "bridge"))
		ck_assert_ptr_nonnull(strstr(
			netspace_run(0, "nft list table bridge hedate-guard"), "policy drop"));
	ck_assert_int_eq(nftclosed_remove(sock), 0);
	ck_assert_str_eq(netspace_run(0, LIST), "");
	ck_assert_int_eq(nftclosed_find(sock, why), -ENOENT);
}
END_TEST

/* Another reason replaces the first; what somebody put into the table goes. */
START_TEST(replaced)
{
	char why[CLOSED_COMMENT_MAX], too_long[2 * CLOSED_COMMENT_MAX];

	put("starting");
	netspace_run(0, "nft add chain inet hedate-guard forward '{ policy accept; }' && "
			"nft add rule inet hedate-guard forward accept");
	put("nothing is confirmed");
	ck_assert_int_eq(nftclosed_find(sock, why), 0);
	ck_assert_str_eq(why, "nothing is confirmed");
	ck_assert_ptr_null(
		strstr(netspace_run(0, "nft list chain inet hedate-guard forward"), "accept"));
	memset(too_long, 'x', sizeof(too_long));
	too_long[sizeof(too_long) - 1] = '\0';
	put(too_long);
	ck_assert_int_eq(nftclosed_find(sock, why), 0);
	ck_assert_uint_eq(strlen(why), CLOSED_COMMENT_MAX - 1);
	put("");
	ck_assert_int_eq(nftclosed_find(sock, why), 0);
	ck_assert_str_eq(why, "");
}
END_TEST

/* Is the sender of a packet to a port where nobody listens told so? */
static bool hears_errors(int family)
{
	struct sockaddr_in to4 = { .sin_family = AF_INET, .sin_port = htons(9) };
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6, .sin6_port = htons(9) };
	int fd = socket(family, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	char byte = 0;

	to4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to6.sin6_addr = in6addr_loopback;
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(family == AF_INET ? connect(fd, (struct sockaddr *)&to4, sizeof(to4))
					   : connect(fd, (struct sockaddr *)&to6, sizeof(to6)),
		0);
	ck_assert_int_eq(send(fd, &byte, 1, 0), 1);
	/* On lo the answer is there when send() returns. */
	bool heard = recv(fd, &byte, 1, 0) < 0 && errno == ECONNREFUSED;

	close(fd);
	return heard;
}

/* An error quotes the packet that it is about; nothing of the gateway's own goes out as one. */
START_TEST(no_errors_that_quote)
{
	ck_assert(hears_errors(AF_INET));
	ck_assert(hears_errors(AF_INET6));
	put("starting");
	ck_assert(!hears_errors(AF_INET));
	ck_assert(!hears_errors(AF_INET6));
	ck_assert_int_eq(nftclosed_stopgap(sock, NULL), 0);
	ck_assert(hears_errors(AF_INET));
	ck_assert_int_eq(nftclosed_stopgap(sock, "drift"), 0);
	ck_assert(!hears_errors(AF_INET));
	ck_assert(!hears_errors(AF_INET6));
}
END_TEST

/* Other tables, of other families too, are nobody's business here. */
START_TEST(leaves_others)
{
	const char *listing;

	netspace_run(0, "nft add table inet other && nft add table ip hedate-guard");
	put("starting");
	ck_assert_int_eq(nftclosed_remove(sock), 0);
	listing = netspace_run(0, LIST);
	ck_assert_ptr_nonnull(strstr(listing, "table inet other"));
	ck_assert_ptr_nonnull(strstr(listing, "table ip hedate-guard"));
}
END_TEST

/* Only of the bridge's family: somebody removed the other. */
START_TEST(found_of_either_family)
{
	char why[CLOSED_COMMENT_MAX];
	const char *listing;

	put("starting");
	netspace_run(0, "nft delete table inet hedate-guard");
	listing = netspace_run(0, "nft list tables");
	ck_assert_int_eq(nftclosed_find(sock, why), strstr(listing, "bridge") ? 0 : -ENOENT);
	ck_assert_int_eq(nftclosed_remove(sock), 0);
	ck_assert_str_eq(netspace_run(0, LIST), "");
}
END_TEST

/* A comment that is not one of ours, or none. */
START_TEST(strange_comment)
{
	char why[CLOSED_COMMENT_MAX] = "x";

	netspace_run(0, "nft add table inet hedate-guard");
	ck_assert_int_eq(nftclosed_find(sock, why), 0);
	ck_assert_str_eq(why, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("nftclosed");
	TCase *kernel = tcase_create("kernel");

	tcase_add_checked_fixture(kernel, in_kernel_set_up, in_kernel_tear_down);
	tcase_add_test(kernel, shut_and_open);
	tcase_add_test(kernel, replaced);
	tcase_add_test(kernel, no_errors_that_quote);
	tcase_add_test(kernel, leaves_others);
	tcase_add_test(kernel, found_of_either_family);
	tcase_add_test(kernel, strange_comment);
	suite_add_tcase(suite, kernel);
	return suite_run_in_netspace(suite);
}
