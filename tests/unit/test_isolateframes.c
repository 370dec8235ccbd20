/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is sent to devices in quarantine, at the interfaces of a namespace: put there, found to be
 * all, a part or something else, counted, taken away; and what does not come of it. */
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../daemon/isolate_frames.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"

static struct isolation list;

static void set_up(void)
{
	in_kernel_set_up();
	netspace_run(0, "ip link add aa0 type veth; ip link set aa0 up; ip link set veth0 up");
}

static void tear_down(void)
{
	isolation_clear(&list);
	in_kernel_tear_down();
}

static struct isolation_entry *add(const char *text)
{
	const struct isolation_step step = { .user = "taro", .time = 1763700000, .reason = "x" };
	struct isolation_target target;
	struct isolation_entry *entry;

	ck_assert_int_eq(isolation_target_parse(text, &target), 0);
	ck_assert_int_eq(isolation_add(&list, &target, "", &step, &entry), 0);
	return entry;
}

static void put(void)
{
	ck_assert_int_eq(isolate_frames_put(&list, diags), 0);
	ck_assert_uint_eq(diag_list_length(diags), 0);
}

static enum isolate_frames look(void)
{
	enum isolate_frames have;

	ck_assert_int_eq(isolate_frames_look(&list, &have), 0);
	return have;
}

/* Nothing in quarantine: nothing in the kernel, and what is there is something else. */
START_TEST(nothing)
{
	add("10.1.0.5");
	ck_assert_int_eq(look(), ISOLATE_FRAMES_ALL);
	put();
	netspace_run(1, "nft list table netdev hedate-isolate 2>&1");
	netspace_run(0, "nft add table netdev hedate-isolate");
	ck_assert_int_eq(look(), ISOLATE_FRAMES_OTHER);
	put();
	netspace_run(1, "nft list table netdev hedate-isolate 2>&1");
	ck_assert_int_eq(look(), ISOLATE_FRAMES_ALL);
}
END_TEST

static const struct {
	const char *what, *has;
} listings[] = {
	{ "chain netdev hedate-isolate egress-aa0",
		"type filter hook egress device \"aa0\" priority filter; policy accept;" },
	{ "chain netdev hedate-isolate egress-veth0",
		"ether daddr @isolated-devices jump isolated-to" },
	{ "chain netdev hedate-isolate egress-veth0",
		"ether saddr @isolated-devices jump isolated-from" },
	{ "chain netdev hedate-isolate isolated-to",
		"ether daddr 00:00:5e:00:53:60 counter name \"isolation-1\" drop" },
	{ "chain netdev hedate-isolate isolated-from",
		"ether saddr 00:00:5e:00:53:61 counter name \"isolation-2\" drop" },
	{ "set netdev hedate-isolate isolated-devices", "00:00:5e:00:53:61" },
};

START_TEST(listed)
{
	char command[128];

	add("00:00:5e:00:53:60");
	add("00:00:5e:00:53:61");
	put();
	for (size_t i = 0; i < sizeof(listings) / sizeof(listings[0]); i++) {
		snprintf(command, sizeof(command), "nft list %s", listings[i].what);
		ck_assert_ptr_nonnull(strstr(netspace_run(0, command), listings[i].has));
	}
	/* Not at what has no addresses of Ethernet. */
	netspace_run(1, "nft list chain netdev hedate-isolate egress-lo 2>&1");
	/* What nft lists, it can read, and that is the same. */
	netspace_run(0, "listing=$(nft list table netdev hedate-isolate) && "
			"nft delete table netdev hedate-isolate && echo \"$listing\" | nft -f -");
	ck_assert_int_eq(look(), ISOLATE_FRAMES_ALL);
}
END_TEST

/* What somebody may have done to it. */
static const char *const others[] = {
	"nft delete table netdev hedate-isolate",
	"nft flush chain netdev hedate-isolate isolated-to",
	"nft flush chain netdev hedate-isolate egress-aa0",
	"nft insert rule netdev hedate-isolate egress-aa0 accept",
	"nft add chain netdev hedate-isolate x",
	"nft add chain netdev hedate-isolate x '{ type filter hook ingress device aa0 priority 0; "
	"}'",
	"nft add element netdev hedate-isolate isolated-devices '{ 00:00:5e:00:53:99 }' "
	"2>/dev/null; "
	"nft add set netdev hedate-isolate x '{ type mark; }'",
	"nft add chain netdev hedate-isolate egress-veth0 '{ policy drop; }'",
};

START_TEST(changed)
{
	add("00:00:5e:00:53:60");
	put();
	ck_assert_int_eq(look(), ISOLATE_FRAMES_ALL);
	netspace_run(0, others[_i]);
	ck_assert_int_eq(look(), ISOLATE_FRAMES_OTHER);
	put();
	ck_assert_int_eq(look(), ISOLATE_FRAMES_ALL);
}
END_TEST

/* An interface that comes, that has another name, that goes. */
START_TEST(interfaces)
{
	uint64_t before = isolate_frames_interfaces(), with;

	add("00:00:5e:00:53:60");
	put();
	ck_assert_uint_ne(before, 0);
	netspace_run(0, "ip link add ba0 type veth");
	with = isolate_frames_interfaces();
	ck_assert_uint_ne(with, before);
	ck_assert_int_eq(look(), ISOLATE_FRAMES_PART);
	put();
	ck_assert_int_eq(look(), ISOLATE_FRAMES_ALL);
	netspace_run(0, "ip link set ba0 name ca0");
	ck_assert_uint_ne(isolate_frames_interfaces(), with);
	ck_assert_int_ne(look(), ISOLATE_FRAMES_ALL);
	put();
	ck_assert_int_eq(look(), ISOLATE_FRAMES_ALL);
	netspace_run(0, "ip link del ca0");
	ck_assert_uint_eq(isolate_frames_interfaces(), before);
	put();
	ck_assert_int_eq(look(), ISOLATE_FRAMES_ALL);
	/* Somebody took a chain away: the interfaces are the same. */
	netspace_run(0, "nft flush chain netdev hedate-isolate egress-aa0 && "
			"nft delete chain netdev hedate-isolate egress-aa0");
	ck_assert_int_eq(look(), ISOLATE_FRAMES_PART);
	ck_assert_uint_eq(isolate_frames_interfaces(), before);
}
END_TEST

static int sum(const char *name, struct counter_value value, void *data)
{
	ck_assert_ptr_nonnull(strstr(name, ISOLATION_COUNTER));
	*(uint64_t *)data += value.packets;
	return 0;
}

/* So many frames to a device, by an interface: of no address and no neighbour. */
static void send_frames(const char *interface, const char *mac, unsigned int count)
{
	uint8_t frame[60] = { 0x02, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 1, 0x88, 0xb5 };
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_halen = MAC_LENGTH };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(mac_parse(mac, frame), 0);
	to.sll_ifindex = (int)if_nametoindex(interface);
	for (unsigned int i = 0; i < count; i++)
		(void)sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to, sizeof(to));
	close(fd);
}

/* What was dropped is counted, and stays counted while others come and go. */
START_TEST(counted)
{
	const struct isolation_step step = { .user = "taro", .time = 1763700001, .reason = "x" };
	uint64_t packets = 0;
	struct isolation_entry *entry;

	ck_assert_int_eq(isolate_frames_count(sum, &packets), 0);
	ck_assert_uint_eq(packets, 0);
	add("00:00:5e:00:53:60");
	put();
	send_frames("aa0", "00:00:5e:00:53:60", 3);
	send_frames("aa0", "00:00:5e:00:53:62", 3);
	ck_assert_int_eq(isolate_frames_count(sum, &packets), 0);
	ck_assert_uint_eq(packets, 3);
	entry = add("00:00:5e:00:53:61");
	put();
	isolation_release(&list, entry, &step);
	put();
	ck_assert_int_eq(isolate_frames_forget(entry, diags), 0);
	ck_assert_int_eq(look(), ISOLATE_FRAMES_ALL);
	uint64_t after = 0;

	ck_assert_int_eq(isolate_frames_count(sum, &after), 0);
	ck_assert_uint_ge(after, packets);
	/* What is not there cannot be forgotten. */
	ck_assert_int_lt(isolate_frames_forget(entry, diags), 0);
	ck_assert_uint_gt(diag_list_length(diags), 0);
}
END_TEST

/* Beside entries that the list does not have. */
START_TEST(beside)
{
	add("00:00:5e:00:53:60");
	put();
	isolation_clear(&list);
	list.last = 1;
	add("00:00:5e:00:53:61");
	ck_assert_int_eq(isolate_frames_add(&list, diags), 0);
	netspace_run(0, "nft list table netdev hedate-isolate | grep -q 53:60");
	netspace_run(0, "nft list chain netdev hedate-isolate egress-veth0 | grep -q 'daddr "
			"00:00:5e:00:53:61'");
	ck_assert_int_eq(look(), ISOLATE_FRAMES_OTHER);
	/* It is there already. */
	ck_assert_int_lt(isolate_frames_add(&list, diags), 0);
	ck_assert_uint_gt(diag_list_length(diags), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("isolateframes");
	TCase *kernel = tcase_create("kernel");

	tcase_add_checked_fixture(kernel, set_up, tear_down);
	tcase_add_test(kernel, nothing);
	tcase_add_test(kernel, listed);
	tcase_add_loop_test(kernel, changed, 0, sizeof(others) / sizeof(others[0]));
	tcase_add_test(kernel, interfaces);
	tcase_add_test(kernel, counted);
	tcase_add_test(kernel, beside);
	suite_add_tcase(suite, kernel);
	return suite_run_in_netspace(suite);
}
