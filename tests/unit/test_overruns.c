/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Answers of the kernel that get lost (ENOBUFS) or that a change gets in the way of (EINTR): what
 * was read before counts no more, and where it never ends, reading does. */
#include <check.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <limits.h>
#include <linux/rtnetlink.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../daemon/balance.h"
#include "../../daemon/isolate_frames.h"
#include "../../daemon/isolate_impl.h"
#include "../../daemon/nflog.h"
#include "../../daemon/ownaddr.h"
#include "../../daemon/pathhits.h"
#include "../../lib/compile.h"
#include "../../lib/nlrouteask.h"
#include "suite.h"

#define PACKETS 5

/* The kernel: each dump tells of one thing, and then is lost, as long as there are losses. */
static unsigned int losses, asked;
static int loss;

static int lose(void)
{
	asked++;
	if (losses == 0)
		return 0;
	losses -= losses != UINT_MAX;
	return loss;
}

static const char *counter;

int decode_counters(struct nlsock *socket, const char *table, decode_counter callback, void *data)
{
	(void)socket, (void)table;
	ck_assert_int_eq(callback(counter, (struct counter_value){ PACKETS, 300 }, data), 0);
	return lose();
}

int decode_elements(struct nlsock *socket, const char *table, const char *set,
	decode_element callback, void *data)
{
	const uint32_t mark = 7;
	uint8_t key[sizeof(mark)];

	(void)socket, (void)table, (void)set;
	memcpy(key, &mark, sizeof(key));
	ck_assert_int_eq(callback(key, 4, (struct counter_value){ PACKETS, 300 }, data), 0);
	return lose();
}

int nlroute_dump(struct nlsock *socket, uint16_t type, nlsock_message callback, void *data)
{
	static const uint8_t address[4] = { 10, 1, 0, 1 };
	union {
		struct nlmsghdr header;
		uint8_t bytes[128];
	} buffer = { 0 };
	struct nlmsghdr *message = mnl_nlmsg_put_header(&buffer);

	(void)socket;
	ck_assert_int_eq(type, RTM_GETADDR);
	message->nlmsg_type = RTM_NEWADDR;
	struct ifaddrmsg *head = mnl_nlmsg_put_extra_header(message, sizeof(*head));

	head->ifa_family = AF_INET;
	head->ifa_prefixlen = 24;
	head->ifa_index = 1;
	mnl_attr_put(message, IFA_LOCAL, sizeof(address), address);
	mnl_attr_put(message, IFA_ADDRESS, sizeof(address), address);
	ck_assert_int_eq(callback(message, data), 0);
	return lose();
}

/* Dumps ---------------------------------------------------------------------------------------- */

/* Each reads; where it worked, what it has found is counted: of one dump, not of all that were
 * begun. */
static int read_balance(uint64_t *ret_found)
{
	struct balance_reading reading;

	counter = "deny-no-path-a-b";
	int r = balance_read(NULL, &reading);

	*ret_found = reading.denied;
	return r;
}

static int read_hits(uint64_t *ret_found)
{
	struct path_hits hits;
	int r = path_hits_read(NULL, &hits);

	*ret_found = r < 0 ? 0 : path_hits_of(&hits, 7).packets * hits.count;
	if (r < 0)
		ck_assert_ptr_null(hits.items);
	path_hits_clear(&hits);
	return r;
}

static int read_isolated(const char *text, uint64_t *ret_found)
{
	static char name[ISOLATION_COUNTER_MAX];
	const struct isolation_step step = { .user = "taro", .time = 1763700000, .reason = "x" };
	struct isolate_work work = { 0 };
	struct isolation_target target;
	struct isolation_entry *entry;

	ck_assert_int_eq(isolation_target_parse(text, &target), 0);
	ck_assert_int_eq(isolation_add(&work.isolation, &target, "", &step, &entry), 0);
	isolation_counter_name(entry, name);
	counter = name;
	int r = isolate_read_counters(&work);

	*ret_found = work.isolation.entries[0].packets;
	if (r == 0)
		ck_assert_uint_eq(work.missing, 0);
	isolation_clear(&work.isolation);
	return r;
}

static int read_host(uint64_t *ret_found)
{
	return read_isolated("10.1.0.10", ret_found);
}

static int read_own(uint64_t *ret_found)
{
	struct ownaddr own = { 0 };
	int r = ownaddr_read(&own);

	*ret_found = own.count * PACKETS;
	ownaddr_clear(&own);
	return r;
}

static int (*const readers[])(
	uint64_t *ret_found) = { read_balance, read_hits, read_host, read_own };
#define READERS (int)(sizeof(readers) / sizeof(readers[0]))

static const int errors[] = { -ENOBUFS, -EINTR };

START_TEST(begun_again)
{
	uint64_t found;

	loss = errors[_i / READERS];
	losses = 3;
	asked = 0;
	ck_assert_int_eq(readers[_i % READERS](&found), 0);
	ck_assert_uint_eq(asked, 4);
	ck_assert_uint_eq(found, PACKETS);
}
END_TEST

START_TEST(without_end)
{
	uint64_t found;

	loss = errors[_i / READERS];
	losses = UINT_MAX;
	asked = 0;
	ck_assert_int_eq(readers[_i % READERS](&found), loss);
	ck_assert_uint_gt(asked, 3);
	ck_assert_uint_le(asked, 16);
}
END_TEST

/* Another error is no reason to ask again. */
START_TEST(other_error)
{
	uint64_t found;

	loss = -EPERM;
	losses = UINT_MAX;
	asked = 0;
	ck_assert_int_eq(readers[_i](&found), -EPERM);
	ck_assert_uint_eq(asked, 1);
}
END_TEST

/* Of a device there are two tables: what the first has told stays where the second is read again.
 */
START_TEST(device)
{
	uint64_t found;

	loss = -ENOBUFS;
	losses = 0;
	ck_assert_int_eq(read_isolated("00:00:5e:00:53:60", &found), 0);
	ck_assert_uint_eq(found, 2 * PACKETS);
	losses = 5;
	ck_assert_int_eq(read_isolated("00:00:5e:00:53:60", &found), 0);
	ck_assert_uint_eq(found, 2 * PACKETS);
}
END_TEST

/* NFLOG ---------------------------------------------------------------------------------------- */

static unsigned int receives;

ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	(void)fd, (void)message, (void)flags;
	receives++;
	errno = losses == 0 ? EAGAIN : ENOBUFS;
	losses -= losses != 0 && losses != UINT_MAX;
	return -1;
}

static void no_packet(const struct nflog_packet *packet, void *data)
{
	(void)packet, (void)data;
	ck_abort_msg("a packet");
}

/* A reader gives others their turn, and counts what was told to it. */
START_TEST(packets)
{
	int (*const read)(struct nflog * nflog) = _i ? nflog_drain : nflog_read;
	struct nflog *nflog;
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	ck_assert_int_eq(nflog_new(fd, no_packet, NULL, &nflog), 0);
	receives = 0;
	losses = 3;
	ck_assert_int_eq(read(nflog), 0);
	ck_assert_uint_eq(receives, 4);
	ck_assert_uint_eq(nflog_take_findings(nflog).overruns, 3);
	losses = UINT_MAX;
	ck_assert_int_eq(read(nflog), 0);
	ck_assert_uint_eq(nflog_take_findings(nflog).overruns, receives - 4);
	ck_assert_uint_eq(nflog_take_findings(nflog).overruns, 0);
	nflog_free(nflog);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("overruns");
	TCase *dumps = tcase_create("dumps"), *events = tcase_create("events");

	tcase_add_loop_test(dumps, begun_again, 0, 2 * READERS);
	tcase_add_loop_test(dumps, without_end, 0, 2 * READERS);
	tcase_add_loop_test(dumps, other_error, 0, READERS);
	tcase_add_test(dumps, device);
	suite_add_tcase(suite, dumps);
	tcase_add_loop_test(events, packets, 0, 2);
	suite_add_tcase(suite, events);
	return suite_run(suite);
}
