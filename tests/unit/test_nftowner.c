/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A table that is one socket's own: what others can do to it while the socket lives, and after. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../lib/compile.h"
#include "../../lib/decode.h"
#include "../../lib/flowkey.h"
#include "../../lib/nftlock.h"
#include "../../lib/nftxact.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"

/* Where the kernel cannot, there is nothing to try. */
static bool can_own(void)
{
	bool can;

	ck_assert_int_eq(nftxact_can_own(sock, &can), 0);
	if (!can)
		printf("skipped: this kernel has no table flags owner and persist\n");
	return can;
}

static struct ruleset *make_owned(void)
{
	struct ruleset *ruleset = compile_blocking();

	ruleset->owner = nlsock_port(sock);
	ruleset->persist = true;
	return ruleset;
}

/* As many flows of one packet, each counted as blocked. */
static void send_flows(unsigned int count)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	to.sin_addr.s_addr = htonl(0x7f000002);
	for (unsigned int i = 0; i < count; i++) {
		to.sin_port = htons((uint16_t)(9 + i));
		(void)sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to));
	}
	close(fd);
}

static void send_blocked(void)
{
	send_flows(1);
}

static int add_blocked(const char *name, struct counter_value value, void *data)
{
	uint64_t *sum = data;

	if (strncmp(name, "blocked-", 8) == 0)
		*sum += value.packets;
	return 0;
}

static uint64_t blocked(void)
{
	uint64_t sum = 0;

	ck_assert_int_eq(decode_counters(sock, "hedate", add_blocked, &sum), 0);
	return sum;
}

static struct nftxact_table flags(void)
{
	struct nftxact_table table;

	ck_assert_int_eq(nftxact_table(sock, &table), 0);
	return table;
}

/* The descriptor is gone from this process as it is when the process dies. */
static void another_socket(void)
{
	nlsock_close(sock);
	ck_assert_int_eq(nlsock_open(&sock), 0);
}

START_TEST(probe)
{
	bool can;

	ck_assert_int_eq(nftxact_can_own(sock, &can), 0);
	ck_assert_str_eq(netspace_run(0, "nft list tables"), "");
	/* What an earlier one left behind is in nobody's way. */
	netspace_run(0, "nft add table inet hedate-probe");
	ck_assert_int_eq(nftxact_can_own(sock, &can), 0);
	ck_assert_str_eq(netspace_run(0, "nft list tables"), "");
	ck_assert_int_eq(setuid(65534), 0);
	ck_assert_int_eq(nftxact_can_own(sock, &can), -EPERM);
	ck_assert(!can);
}
END_TEST

START_TEST(others_are_refused)
{
	static const char *const commands[] = {
		"nft delete table inet hedate",
		"nft flush table inet hedate",
		"nft 'chain inet hedate forward { policy accept; }'",
		"nft insert rule inet hedate forward accept",
		"nft flush chain inet hedate forward",
		"nft 'add table inet hedate { flags dormant; }'",
		"nft delete element inet hedate ingress '{ \"lo\" }'",
	};

	if (!can_own())
		return;
	struct ruleset *ruleset = make_owned();

	apply(ruleset);
	ck_assert_uint_ne(ruleset->handle, 0);
	ck_assert_uint_eq(flags().owner, nlsock_port(sock));
	ck_assert(flags().persist);
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		netspace_run(1, commands[i]);
	/* This one does what it can. */
	netspace_run(0, "nft add table inet other; nft flush ruleset");
	check_table(ruleset);
	ck_assert_ptr_null(strstr(netspace_run(0, "nft list tables"), "other"));
	/* The owner goes on writing it. */
	apply(ruleset);
	ck_assert_int_eq(nftxact_switch(sock, ruleset, 1, "epoch 2"), 0);
	ck_assert_int_eq(nftxact_empty(sock, ruleset, 0), 0);
	check_table(ruleset);
	ruleset_free(ruleset);
}
END_TEST

START_TEST(outlives_its_owner)
{
	if (!can_own())
		return;
	struct ruleset *ruleset = make_owned();

	apply(ruleset);
	send_blocked();
	ck_assert_uint_eq(blocked(), 1);
	uint64_t handle = flags().handle;

	another_socket();
	ck_assert_uint_eq(flags().owner, 0);
	ck_assert(flags().persist);
	ck_assert_ptr_nonnull(strstr(table_differences(ruleset), "no owner"));
	/* It is adopted as it stands: nothing that it counted is gone. */
	ruleset->owner = nlsock_port(sock);
	apply(ruleset);
	check_table(ruleset);
	ck_assert_uint_eq(flags().handle, handle);
	ck_assert_uint_eq(flags().owner, nlsock_port(sock));
	ck_assert_uint_eq(blocked(), 1);
	netspace_run(1, "nft delete table inet hedate");
	ruleset_free(ruleset);
}
END_TEST

/* Watched only, over a table that has flag persist: the flag stays, and is no difference. */
START_TEST(watched_over_persistent)
{
	if (!can_own())
		return;
	struct ruleset *owned = make_owned(), *watched = compile_blocking();

	apply(owned);
	send_blocked();
	another_socket();
	apply(watched);
	check_table(watched);
	ck_assert(flags().persist);
	ck_assert_uint_eq(flags().owner, 0);
	ck_assert_uint_eq(blocked(), 1);
	ruleset_free(owned);
	ruleset_free(watched);
}
END_TEST

START_TEST(takes_over_unflagged)
{
	if (!can_own())
		return;
	struct ruleset *watched = compile_blocking(), *owned = make_owned();

	apply(watched);
	uint64_t handle = flags().handle;

	ck_assert(!flags().persist);
	ck_assert_ptr_nonnull(strstr(table_differences(owned), "no owner"));
	apply(owned);
	check_table(owned);
	ck_assert_uint_ne(flags().handle, handle);
	netspace_run(1, "nft delete table inet hedate");
	ruleset_free(watched);
	ruleset_free(owned);
}
END_TEST

START_TEST(second_owner)
{
	if (!can_own())
		return;
	struct ruleset *ruleset = make_owned();
	struct nlsock *first = sock;

	apply(ruleset);
	ck_assert_int_eq(nlsock_open(&sock), 0);
	ruleset->owner = nlsock_port(sock);
	ck_assert_int_eq(nftxact_apply(sock, ruleset, CITY, diags), -EPERM);
	ck_assert_uint_eq(diag_list_length(diags), 1);
	ck_assert_ptr_nonnull(strstr(diag_list_get(diags, 0)->message, "its own"));
	ck_assert_ptr_nonnull(strstr(diag_list_get(diags, 0)->fix, "another hedated"));
	ck_assert_ptr_nonnull(strstr(table_differences(ruleset), "another program"));
	/* Nor one that would only watch it. */
	ruleset->owner = 0;
	ck_assert_int_eq(nftxact_apply(sock, ruleset, CITY, diags), -EPERM);
	ck_assert_ptr_nonnull(strstr(table_differences(ruleset), "another program"));
	ruleset->owner = nlsock_port(first);
	check_table(ruleset);
	nlsock_close(first);
	ruleset_free(ruleset);
}
END_TEST

/* A descriptor that somebody kept: the table is protected all the time. */
START_TEST(kept_descriptor)
{
	if (!can_own())
		return;
	struct ruleset *ruleset = make_owned();

	apply(ruleset);
	int kept = dup(nlsock_fd(sock));

	nlsock_close(sock);
	netspace_run(1, "nft delete table inet hedate");
	ck_assert_int_eq(nlsock_adopt(kept, &sock), 0);
	ck_assert_uint_eq(nlsock_port(sock), ruleset->owner);
	ck_assert_int_eq(fcntl(kept, F_GETFD), FD_CLOEXEC);
	check_table(ruleset);
	apply(ruleset);
	netspace_run(1, "nft delete table inet hedate");
	ruleset_free(ruleset);
}
END_TEST

START_TEST(no_such_descriptor)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK };
	int others[] = { open("/dev/null", O_RDONLY | O_CLOEXEC), socket(AF_INET, SOCK_DGRAM, 0),
		socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE),
		socket(AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER) };
	struct nlsock *adopted;

	ck_assert_int_eq(bind(others[2], (struct sockaddr *)&address, sizeof(address)), 0);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		ck_assert_int_ge(others[i], 0);
		ck_assert_int_eq(nlsock_adopt(others[i], &adopted), -EINVAL);
		close(others[i]);
	}
	ck_assert_int_eq(nlsock_adopt(-1, &adopted), -EINVAL);
	/* One of another namespace. */
	int fd = dup(nlsock_fd(sock));

	netspace_enter();
	ck_assert_int_eq(nlsock_adopt(fd, &adopted), -EINVAL);
	close(fd);
}
END_TEST

/* The lock: nobody else can take it away, it goes with its owner, and comes again. */
START_TEST(lock)
{
	struct ruleset *ruleset = compile_blocking();
	bool can;

	ck_assert_int_eq(nftlock_can(sock, &can), 0);
	if (!can) {
		printf("skipped: this kernel has no table flag owner\n");
		ruleset_free(ruleset);
		return;
	}
	ck_assert_int_eq(nftlock_remove(sock), -ENOENT);
	apply(ruleset);
	/* Somebody has made one of this name, which is not ours alone. */
	netspace_run(0, "nft add table inet hedate-lock");
	for (unsigned int i = 0; i < 2; i++)
		ck_assert_int_eq(nftlock_put(sock, diags), 0);
	netspace_run(1, "nft delete table inet hedate-lock");
	netspace_run(0, "nft flush ruleset");
	const char *rules = netspace_run(0, "nft list ruleset");

	ck_assert_ptr_null(strstr(rules, "table inet hedate "));
	ck_assert_ptr_nonnull(
		strstr(rules, "type filter hook forward priority filter + 5; policy drop;"));
	ck_assert_ptr_nonnull(strstr(rules, "ct mark != 0x00000000 accept"));
	/* A second one is refused. */
	struct nlsock *first = sock;

	ck_assert_int_eq(nlsock_open(&sock), 0);
	ck_assert_int_eq(nftlock_put(sock, diags), -EPERM);
	ck_assert_int_eq(nftlock_remove(sock), -EPERM);
	nlsock_close(first);
	ck_assert_ptr_null(strstr(netspace_run(0, "nft list tables"), "hedate-lock"));
	ck_assert_int_eq(nftlock_put(sock, diags), 0);
	ck_assert_int_eq(nftlock_remove(sock), 0);
	ck_assert_str_eq(netspace_run(0, "nft list tables"), "");
	ruleset_free(ruleset);
}
END_TEST

/* Whatever is there, and whatever others do meanwhile. */
START_TEST(by_force)
{
	struct ruleset *ruleset = compile_blocking();

	ck_assert_int_eq(nftxact_force(sock, ruleset, CITY, diags), 0);
	check_table(ruleset);
	send_blocked();
	ck_assert_uint_eq(blocked(), 1);
	netspace_run(0, "nft 'insert rule inet hedate forward accept; add chain inet hedate x'");
	ck_assert_int_eq(nftxact_force(sock, ruleset, CITY, diags), 0);
	check_table(ruleset);
	ck_assert_uint_eq(blocked(), 0);
	netspace_run(0, "nft delete table inet hedate");
	netspace_run(0, "for i in $(seq 300); do nft 'add table ip x; delete table ip x'; done &"
			" sleep 0.05");
	ck_assert_int_eq(nftxact_force(sock, ruleset, CITY, diags), 0);
	check_table(ruleset);
	ck_assert_int_eq(setuid(65534), 0);
	ck_assert_int_eq(nftxact_force(sock, ruleset, CITY, diags), -EPERM);
	ruleset_free(ruleset);
}
END_TEST

/* The last 16 bits of the sizes of a generation's flow sets: for so many their hashes are made. */
static unsigned int greatest_hash(unsigned int generation)
{
	struct ruleset *names;
	unsigned int greatest = 0;
	uint32_t kernel;
	bool foreign;

	ck_assert_int_eq(decode_names(sock, "hedate", &names, &kernel, &foreign), 0);
	for (size_t i = 0; i < names->set_count; i++) {
		const struct set *set = &names->sets[i];
		unsigned int hash = set->size & UINT16_MAX;

		if (set->flags & SET_DYNAMIC &&
			set->name[strlen(set->name) - 1] == "ab"[generation] && hash > greatest)
			greatest = hash;
	}
	ruleset_free(names);
	return greatest;
}

static int add_packets(
	const uint8_t *key, unsigned int key_length, struct counter_value value, void *data)
{
	uint64_t *sum = data;

	(void)key;
	(void)key_length;
	*sum += value.packets;
	return 0;
}

static int add_overflow(const char *name, struct counter_value value, void *data)
{
	uint64_t *sum = data;

	if (strncmp(name, "overflow-", 9) == 0)
		*sum += value.packets;
	return 0;
}

/* Packets in the sets where flows of UDP may be, and those that no set took. */
static uint64_t counted(unsigned int generation)
{
	const char *const names[] = { flow_set_name(generation, FLOW_UDP, 0),
		flow_spare_name(generation, FLOW_UDP, 0),
		flow_set_name(generation, FLOW_OTHER, 0) };
	uint64_t sum = 0;

	for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_int_eq(decode_elements(sock, "hedate", names[i], add_packets, &sum), 0);
	ck_assert_int_eq(decode_counters(sock, "hedate", add_overflow, &sum), 0);
	return sum;
}

/* Flow sets begin small, grow, and lose no count; once emptied, they are made for many. */
START_TEST(by_force_for_few)
{
	struct ruleset *ruleset = compile_blocking();
	uint32_t size = ruleset_find_set(ruleset, "flow-udp4-a")->size;

	ck_assert_int_eq(nftxact_force(sock, ruleset, CITY, diags), 0);
	ck_assert_uint_eq(ruleset_find_set(ruleset, "flow-udp4-a")->size, size);
	ck_assert_uint_lt(greatest_hash(0), 10000);
	ck_assert_uint_lt(greatest_hash(1), 10000);
	send_flows(20000);
	ck_assert_uint_eq(blocked(), 20000);
	/* While the kernel enlarges a hash, it tells of some elements twice or not at all. */
	for (unsigned int tries = 0; counted(0) != 20000; tries++) {
		ck_assert_uint_lt(tries, 100);
		usleep(50000);
	}
	ck_assert_int_eq(nftxact_empty(sock, ruleset, 1), 0);
	ck_assert_uint_eq(greatest_hash(1), UINT16_MAX);
	ck_assert_int_eq(nftxact_switch(sock, ruleset, 1, NULL), 0);
	ck_assert_int_eq(nftxact_empty(sock, ruleset, 0), 0);
	ck_assert_uint_eq(greatest_hash(0), UINT16_MAX);
	check_table(ruleset);
	ruleset_free(ruleset);
}
END_TEST

static Suite *suite(void)
{
	Suite *made = suite_create("nftowner");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, in_kernel_set_up, in_kernel_tear_down);
	tcase_add_test(all, probe);
	tcase_add_test(all, others_are_refused);
	tcase_add_test(all, outlives_its_owner);
	tcase_add_test(all, watched_over_persistent);
	tcase_add_test(all, takes_over_unflagged);
	tcase_add_test(all, second_owner);
	tcase_add_test(all, kept_descriptor);
	tcase_add_test(all, no_such_descriptor);
	tcase_add_test(all, lock);
	tcase_add_test(all, by_force);
	tcase_add_test(all, by_force_for_few);
	tcase_set_timeout(all, 60);
	suite_add_tcase(made, all);
	return made;
}

int main(void)
{
	return suite_run_in_netspace(suite());
}
