/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each way round the rules that this kernel can be given is built, and found; what cannot carry
 * packets past them is told apart. What it cannot be given: test_bypassmade.c. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test_bypass.h"

static const struct {
	const char *command, *name, *what;
	bool harmless;
} built[] = {
	{ "ip link add link e0 name m0 type macvlan", "stacked-interfaces",
		"macvlan m0 (no zone) lies on interface e0 of zone a", false },
	{ "ip link add link p0 name m1 type macvlan", "stacked-interfaces", "macvlan m1 (no zone)",
		true },
	{ "ip link add x0 type vxlan id 5 dev p0 dstport 4789", "tunnels", "vxlan x0 (no zone)",
		true },
	{ "tc qdisc add dev e0 ingress && tc filter add dev e0 parent ffff: protocol ip u32 match "
	  "u32 0 0 action mirred egress redirect dev e1",
		"tc", "e0 (a): u32 mirred", false },
	{ "tc qdisc add dev p1 clsact && tc filter add dev p1 egress protocol ip u32 match u32 0 0 "
	  "action mirred egress mirror dev e0",
		"tc", "p1 (no zone): u32 mirred", false },
	{ "tc qdisc add dev e1 ingress && tc filter add dev e1 parent ffff: protocol ip u32 match "
	  "u32 0 0 flowid 1:1",
		"tc", "e1 (b): u32", true },
	{ "ip rule add pref 99 fwmark 7 lookup 77", "policy-routing", "ipv4 rule 99, table 77",
		true },
	{ "ip -6 rule add pref 98 lookup 77", "policy-routing", "ipv6 rule 98, table 77", true },
	{ "ip route add 10.1.0.128/25 dev e1", "routes",
		"route 10.1.0.128/25 (table 254) sends networks of segment a.a", true },
	{ "ip xfrm policy add src 10.1.0.0/24 dst 10.2.0.0/24 dir fwd tmpl src 192.0.2.1 dst "
	  "192.0.2.2 proto esp mode tunnel",
		"xfrm", "policy fwd 10.1.0.0/24 > 10.2.0.0/24 allow", false },
	{ "ip xfrm policy add src 10.3.0.0/24 dst 10.2.0.0/24 dir fwd action block", "xfrm",
		"policy fwd 10.3.0.0/24 > 10.2.0.0/24 block", true },
	{ "sysctl -qw net.ipv4.conf.all.accept_source_route=1 "
	  "net.ipv4.conf.e0.accept_source_route=1",
		"source-route", "e0 (a): accept_source_route", false },
	{ "sysctl -qw net.ipv4.conf.e0.proxy_arp=1", "switches", "interface e0 of zone a has",
		true },
	{ "sysctl -qw net.ipv6.conf.e0.seg6_enabled=1", "lwtunnel", "ipv6/conf/e0/seg6_enabled = 1",
		false },
	{ "ip -6 route add fd00:9::/64 encap seg6 mode encap segs fd00:2::9 dev e1", "lwtunnel",
		"route fd00:9::/64, table 254, encap", false },
	{ "nft 'table ip t1 { chain y { type filter hook forward priority -10; ct mark set 5; }; "
	  "}'",
		"connection-marks", "table ip t1 chain y handle 2: ct-mark", false },
	{ "nft 'table ip t2 { chain y { type nat hook prerouting priority -100; dnat to "
	  "10.2.0.5; }; }'",
		"foreign-rules", "table ip t2 chain y handle 2: nat", true },
	{ "nft 'table ip t3 { chain y { type filter hook prerouting priority -300; notrack; }; }'",
		"foreign-rules", "table ip t3 chain y handle 2: notrack", true },
	{ "nft 'table inet hedate-guard { chain y { ct mark set 5; }; }'", "connection-marks",
		"table inet hedate-guard chain y handle 2", false },
	{ "nft 'table bridge t4 { chain y { type filter hook forward priority 0; }; }'",
		"foreign-rules", "table bridge t4 chain y: layer2", true },
};

/* What this kernel has not, the table below has no case of. */
START_TEST(ways_that_are_built)
{
	for (size_t i = 0; i < sizeof(built) / sizeof(built[0]); i++)
		netspace_run(0, built[i].command);
	read_host();
	judge();
	for (size_t i = 0; i < sizeof(built) / sizeof(built[0]); i++)
		expect(built[i].name, built[i].what, BYPASS_PRESENT, built[i].harmless);
}
END_TEST

START_TEST(bridge)
{
	netspace_run(0, "ip link add br0 type bridge && ip link set e0 master br0");
	read_host();
	judge();
	expect("bridges", "interface e0 (a) with interface br0 (no zone)", BYPASS_PRESENT, false);
	netspace_run(0, "ip link set e1 master br0");
	read_host();
	judge();
	expect("bridges", "bridge br0 joins interface e1 (b) with interface e0 (a)", BYPASS_PRESENT,
		false);
}
END_TEST

/* Without any of them there is nothing that a proof could not be said on. */
START_TEST(nothing_is_built)
{
	read_host();
	judge();
	show();
	ck_assert(bypass_holds(&list));
	expect_only("bridges", BYPASS_OK);
	expect_only("hooks", BYPASS_OK);
	expect_only("legacy-iptables", BYPASS_OK);
	expect_only("tc", BYPASS_OK);
	expect("forwarding", "IPv4", BYPASS_PRESENT, true);
}
END_TEST

/* A process in a namespace of its own, to which interfaces can be moved. */
static pid_t start_elsewhere(void)
{
	const char *text = netspace_run(0,
		"unshare -n sleep 60 >/dev/null 2>&1 & "
		"while [ \"$(readlink /proc/$!/ns/net)\" = \"$(readlink /proc/self/ns/net)\" ]; do "
		":; done; echo $!");

	return (pid_t)strtol(text, NULL, 10);
}

START_TEST(interfaces_that_lead_to_another_namespace)
{
	pid_t pid = start_elsewhere();
	char command[512];

	ck_assert_int_gt(pid, 1);
	snprintf(command, sizeof(command), "ip link set p0 netns %d", (int)pid);
	netspace_run(0, command);
	read_host();
	judge();
	expect("namespaces", "veth e0 (a)", BYPASS_PRESENT, true);
	ck_assert(bypass_holds(&list));
	snprintf(command, sizeof(command), "ip link set p1 netns %d", (int)pid);
	netspace_run(0, command);
	read_host();
	kill(pid, SIGKILL);
	judge();
	expect("namespaces", "veth e0 (a) and e1 (b) lead to the same namespace", BYPASS_PRESENT,
		false);
}
END_TEST

/* A macvlan that was moved away is no interface of ours any more, and receives all the same. */
START_TEST(interfaces_that_were_moved_away)
{
	pid_t pid = start_elsewhere();
	char command[512];

	ck_assert_int_gt(pid, 1);
	snprintf(command, sizeof(command),
		"ip link add link e0 name m0 type macvlan && ip link set m0 netns %d", (int)pid);
	netspace_run(0, command);
	read_host();
	judge();
	expect("namespaces", "macvlan m0 on e0 (a)", BYPASS_PRESENT, false);
	snprintf(command, sizeof(command),
		"nsenter -t %d -n ip link del m0 && ip link add link e1 name m1 netns %d type "
		"macvlan",
		(int)pid, (int)pid);
	netspace_run(0, command);
	read_host();
	judge();
	ck_assert_ptr_null(find("namespaces", "m0"));
	expect("namespaces", "macvlan m1 on e1 (b)", BYPASS_PRESENT, false);
	kill(pid, SIGKILL);
}
END_TEST

/* From where it was moved to on to a third namespace, which has no number here: that cannot be
 * read. When it receives, its address is told by the interface that it lies on, whatever became of
 * the namespace between. */
START_TEST(interfaces_that_were_moved_on)
{
	pid_t first = start_elsewhere(), second = start_elsewhere();
	char command[512];

	ck_assert_int_gt(first, 1);
	ck_assert_int_gt(second, 1);
	/* Here and there are known. */
	snprintf(command, sizeof(command),
		"ip link add link e0 name k0 type macvlan && ip link set k0 up && "
		"ip link add link e0 name m0 type macvlan && ip link set m0 netns %d && "
		"nsenter -t %d -n ip link set m0 up",
		(int)first, (int)first);
	netspace_run(0, command);
	read_host();
	judge();
	expect("namespaces", "macvlan m0 on e0 (a)", BYPASS_PRESENT, false);
	ck_assert_ptr_null(find("namespaces", "unseen"));
	ck_assert_ptr_null(find("namespaces", "namespace "));
	snprintf(command, sizeof(command),
		"nsenter -t %d -n ip link set m0 address 02:00:5e:00:53:07 netns %d", (int)first,
		(int)second);
	netspace_run(0, command);
	read_host();
	judge();
	ck_assert_ptr_null(find("namespaces", "m0"));
	expect("namespaces", "namespace ", BYPASS_UNREADABLE, false);
	snprintf(command, sizeof(command), "nsenter -t %d -n ip link set m0 up", (int)second);
	netspace_run(0, command);
	read_host();
	judge();
	expect("namespaces", "unseen 02:00:5e:00:53:07 on e0 (a)", BYPASS_PRESENT, false);
	ck_assert(!bypass_holds(&list));
	kill(first, SIGKILL);
	read_host();
	judge();
	expect("namespaces", "unseen 02:00:5e:00:53:07 on e0 (a)", BYPASS_PRESENT, false);
	kill(second, SIGKILL);
}
END_TEST

START_TEST(program_of_xdp)
{
	netspace_run(0, "tests/netns/xdp.py e1 on");
	read_host();
	judge();
	expect("xdp", "e1 (b): program ", BYPASS_PRESENT, false);
	netspace_run(0, "tests/netns/xdp.py e1 off");
	read_host();
	judge();
	expect_only("xdp", BYPASS_OK);
}
END_TEST

/* Packet sockets ------------------------------------------------------------------------------- */

static int open_packets(uint16_t protocol)
{
	int fd = socket(AF_PACKET, SOCK_RAW, htons(protocol));

	ck_assert_int_ge(fd, 0);
	return fd;
}

START_TEST(sockets_that_read_packets)
{
	/* ldh [12]; jeq 0x88cc; ret 65535; ret 0 */
	struct sock_filter lldp[] = { BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x88cc, 0, 1), BPF_STMT(BPF_RET | BPF_K, 65535),
		BPF_STMT(BPF_RET | BPF_K, 0) };
	struct sock_fprog filter = { 4, lldp };
	int by_protocol = open_packets(0x88cc), by_filter = open_packets(ETH_P_ALL);
	int sender = open_packets(0), none = 0;

	ck_assert_int_eq(
		setsockopt(by_filter, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)), 0);
	read_host();
	judge();
	expect("packet-sockets", "protocol 0x88cc, raw", BYPASS_PRESENT, true);
	expect("packet-sockets", "protocol 0x0003, raw", BYPASS_PRESENT, true);
	expect("packet-sockets", ", filtered", BYPASS_PRESENT, true);
	expect("packet-sockets", "protocol 0x0000, raw", BYPASS_PRESENT, true);
	ck_assert(bypass_holds(&list));
	/* The same without its filter hears all. */
	ck_assert_int_eq(
		setsockopt(by_filter, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none)), 0);
	read_host();
	judge();
	expect("packet-sockets", "protocol 0x0003, raw", BYPASS_PRESENT, false);
	close(by_filter);
	by_filter = open_packets(ETH_P_IPV6);
	read_host();
	judge();
	expect("packet-sockets", "protocol 0x86dd, raw", BYPASS_PRESENT, false);
	close(by_filter);
	close(by_protocol);
	close(sender);
}
END_TEST

/* Older tables --------------------------------------------------------------------------------- */

static struct ipt_getinfo get_info(int fd)
{
	struct ipt_getinfo info = { .name = "filter" };
	socklen_t length = sizeof(info);

	ck_assert_int_eq(getsockopt(fd, IPPROTO_IP, IPT_SO_GET_INFO, &info, &length), 0);
	return info;
}

/* One more rule, a copy of the policy, at the beginning of the forward chain. */
static void add_old_rule(int fd)
{
	struct ipt_getinfo info = get_info(fd);
	size_t room = sizeof(struct ipt_get_entries) + info.size;
	struct ipt_get_entries *entries = calloc(1, room);
	struct xt_counters *counters = calloc(info.num_entries, sizeof(*counters));
	socklen_t length = (socklen_t)room;

	memcpy(entries->name, info.name, sizeof(info.name));
	entries->size = info.size;
	ck_assert_int_eq(getsockopt(fd, IPPROTO_IP, IPT_SO_GET_ENTRIES, entries, &length), 0);
	const char *old = (const char *)entries->entrytable;
	unsigned int at = info.hook_entry[NF_INET_FORWARD];
	unsigned int size = entries->entrytable[0].next_offset;
	struct ipt_replace *replace = calloc(1, sizeof(*replace) + info.size + size);
	char *new = (char *)replace->entries;

	memcpy(replace->name, info.name, sizeof(info.name));
	replace->valid_hooks = info.valid_hooks;
	replace->num_entries = info.num_entries + 1;
	replace->size = info.size + size;
	replace->num_counters = info.num_entries;
	replace->counters = counters;
	memcpy(replace->hook_entry, info.hook_entry, sizeof(info.hook_entry));
	memcpy(replace->underflow, info.underflow, sizeof(info.underflow));
	replace->underflow[NF_INET_FORWARD] += size;
	replace->hook_entry[NF_INET_LOCAL_OUT] += size;
	replace->underflow[NF_INET_LOCAL_OUT] += size;
	memcpy(new, old, at);
	memcpy(new + at, old + at, size);
	memcpy(new + at + size, old + at, info.size - at);
	ck_assert_int_eq(setsockopt(fd, IPPROTO_IP, IPT_SO_SET_REPLACE, replace,
				 (socklen_t)(sizeof(*replace) + replace->size)),
		0);
	free(replace);
	free(counters);
	free(entries);
}

START_TEST(older_tables)
{
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);

	ck_assert_int_ge(fd, 0);
	(void)get_info(fd); /* makes the table */
	read_host();
	judge();
	expect("legacy-iptables", "table ip filter, rules 0", BYPASS_PRESENT, true);
	add_old_rule(fd);
	read_host();
	judge();
	expect("legacy-iptables", "table ip filter, rules 1", BYPASS_PRESENT, false);
	close(fd);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

static void set_up_kernel(void)
{
	set_up();
	netspace_enter();
	ck_assert_int_eq(nlsock_open(&sock), 0);
	netspace_run(0, "ip link add name e0 type veth peer name p0 && ip link add name e1 type "
			"veth peer name p1 && for i in e0 p0 e1 p1; do ip link set $i up || exit; "
			"done");
}

static void tear_down_kernel(void)
{
	nlsock_close(sock);
	tear_down();
}

int main(void)
{
	Suite *suite = suite_create("bypass");
	TCase *kernel = tcase_create("kernel");

	tcase_set_timeout(kernel, 60);
	tcase_add_checked_fixture(kernel, set_up_kernel, tear_down_kernel);
	tcase_add_test(kernel, ways_that_are_built);
	tcase_add_test(kernel, bridge);
	tcase_add_test(kernel, nothing_is_built);
	tcase_add_test(kernel, interfaces_that_lead_to_another_namespace);
	tcase_add_test(kernel, interfaces_that_were_moved_away);
	tcase_add_test(kernel, interfaces_that_were_moved_on);
	tcase_add_test(kernel, program_of_xdp);
	tcase_add_test(kernel, sockets_that_read_packets);
	tcase_add_test(kernel, older_tables);
	suite_add_tcase(suite, kernel);
	return suite_run_in_netspace(suite);
}
