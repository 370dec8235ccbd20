/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each way round the rules that this kernel can be given is built, and found; what cannot carry
 * packets past them is told apart. What it cannot be given is found in a snapshot made by hand. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netfilter_ipv4/ip_tables.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../lib/bypass.h"
#include "../../lib/compile.h"
#include "../../lib/hostproc.h"
#include "../../lib/hostsnap.h"
#include "../../lib/nlsnapshot.h"
#include "fromtext.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"

#define TOWN                                                                                       \
	"site = { name = \"t\"; };\n"                                                              \
	"zones = ( { name = \"a\"; kind = \"lgwan\"; segments = ( { name = \"a\"; interface = "    \
	"\"e0\"; networks = [\"10.1.0.0/24\", \"fd00:1::/64\"]; } ); },\n"                         \
	"{ name = \"b\"; kind = \"internet\"; segments = ( { name = \"a\"; interface = \"e1\"; "   \
	"networks = [\"10.2.0.0/24\", \"fd00:2::/64\"]; } ); } );\n"                               \
	"hosts = ( { name = \"x\"; address = \"10.1.0.5\"; }, { name = \"y\"; address = "          \
	"\"10.2.0.5\"; } );\nservices = ( { name = \"s\"; tcp = 443; } );\n"                       \
	"paths = ( { name = \"P\"; from = \"x\"; to = \"y\"; service = \"s\"; reason = \"r\"; } "  \
	");\n"

static struct snapshot *snapshot;
static struct bypass_list list;

static void judge(void)
{
	bypass_clear(&list);
	ck_assert_int_eq(bypass_judge(snapshot, policy, &list), 0);
}

/* The whole host as it is now, by the way of a file. */
static void read_host(void)
{
	struct nlsock *route;
	struct snapshot *read;
	struct json json;

	ck_assert_int_eq(nlsock_open_route(&route), 0);
	ck_assert_int_eq(nlsnapshot_read(sock, route, &read), 0);
	nlsock_close(route);
	json_init(&json);
	snapshot_write(read, &json);
	snapshot_free(read);
	snapshot_free(snapshot);
	ck_assert_int_eq(snapshot_load(json.text, json.length, "s", diags, &snapshot), 0);
	json_clear(&json);
}

/* An item of that name that says so; NULL: there is none. */
static const struct bypass_item *find(const char *name, const char *what)
{
	for (size_t i = 0; i < list.count; i++)
		if (strcmp(list.items[i].name, name) == 0 && strstr(list.items[i].what, what))
			return &list.items[i];
	return NULL;
}

static void show(void)
{
	for (size_t i = 0; i < list.count; i++)
		if (list.items[i].state != BYPASS_OK)
			printf("%s: %s%s: %s\n", list.items[i].name,
				bypass_state_name(list.items[i].state),
				list.items[i].harmless ? ", harmless" : "", list.items[i].what);
}

static void expect(const char *name, const char *what, enum bypass_state state, bool harmless)
{
	const struct bypass_item *item = find(name, what);

	if (!item || item->state != state || item->harmless != harmless) {
		show();
		ck_abort_msg("%s: %s", name, what);
	}
	ck_assert_str_ne(item->sentence, "");
	if (!harmless && state != BYPASS_OK)
		ck_assert(!bypass_holds(&list));
}

static void expect_only(const char *name, enum bypass_state state)
{
	size_t count = 0;

	for (size_t i = 0; i < list.count; i++)
		if (strcmp(list.items[i].name, name) == 0) {
			count++;
			if (list.items[i].state != state)
				ck_abort_msg("%s: %s", name, list.items[i].what);
		}
	ck_assert_uint_gt(count, 0);
}

/* Built in the kernel -------------------------------------------------------------------------- */

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

/* Made by hand --------------------------------------------------------------------------------- */

static struct hostsnap *make_host(void)
{
	struct host_link links[] = { { .link = { .index = 1, .name = "e0" } },
		{ .link = { .index = 2, .name = "e1" } } };

	snapshot_free(snapshot);
	snapshot = snapshot_new();
	ck_assert_int_eq(hostsnap_new(&snapshot->host), 0);
	for (unsigned int i = 0; i < HOSTSNAP_PARTS; i++)
		snapshot->host->parts[i].error = 0;
	for (size_t i = 0; i < sizeof(links) / sizeof(links[0]); i++)
		ck_assert_int_eq(host_add_link(&snapshot->host->host, &links[i]), 0);
	return snapshot->host;
}

static void add_fact(
	enum hostsnap_part part, const char *subject, const char *name, const char *value)
{
	ck_assert_int_eq(hostsnap_add(snapshot->host, part, subject, name, value), 0);
}

static void add_link(const char *name, const char *kind)
{
	struct host *host = &snapshot->host->host;
	struct host_link link = { .link = { .index = (int)host->link_count + 1 } };

	snprintf(link.link.name, sizeof(link.link.name), "%s", name);
	snprintf(link.link.kind, sizeof(link.link.kind), "%s", kind);
	ck_assert_int_eq(host_add_link(host, &link), 0);
}

START_TEST(nothing_was_read)
{
	snapshot = snapshot_new();
	judge();
	ck_assert(!bypass_holds(&list));
	expect("xdp", "links: ENODATA", BYPASS_UNREADABLE, false);
	/* The rules are there. */
	expect_only("flowtables", BYPASS_OK);
}
END_TEST

/* Each part by itself: what depends on it is unreadable, and says by which error. */
START_TEST(one_part_was_not_read)
{
	static const char *const whose[HOSTSNAP_PARTS] = {
		[HOSTSNAP_LINKS] = "bridges",
		[HOSTSNAP_ELSEWHERE] = "namespaces",
		[HOSTSNAP_ROUTES] = "routes",
		[HOSTSNAP_RULES] = "policy-routing",
		[HOSTSNAP_SWITCHES] = "mpls",
		[HOSTSNAP_TRAFFIC] = "tc",
		[HOSTSNAP_XFRM] = "xfrm",
		[HOSTSNAP_IPVS] = "ipvs",
		[HOSTSNAP_HOOKS] = "hooks",
		[HOSTSNAP_BPF] = "bpf-links",
		[HOSTSNAP_PACKETS] = "packet-sockets",
	};
	const char *part = hostsnap_part_name(_i);
	char what[64];

	make_host();
	judge();
	ck_assert(bypass_holds(&list));
	snapshot->host->parts[_i].error = -EACCES;
	judge();
	if (!whose[_i]) {
		/* Nothing hangs on these, or only together with others. */
		ck_assert(bypass_holds(&list));
		return;
	}
	snprintf(what, sizeof(what), "%s: EACCES", part);
	expect(whose[_i], what, BYPASS_UNREADABLE, false);
}
END_TEST

START_TEST(hooks)
{
	struct hostsnap *host = make_host();

	add_fact(HOSTSNAP_HOOKS, "ip 2", "nft_do_chain_ipv4", "0");
	add_fact(HOSTSNAP_HOOKS, "ip 2", "selinux_ip_forward", "0");
	judge();
	expect_only("hooks", BYPASS_OK);
	add_fact(HOSTSNAP_HOOKS, "ip 2", "somebody_hook", "-5");
	judge();
	expect("hooks", "ip 2: somebody_hook, priority -5", BYPASS_PRESENT, false);
	/* The kernel does not list them: nobody else may have one. */
	host->parts[HOSTSNAP_HOOKS].error = -EINVAL;
	judge();
	expect("hooks", "hooks: EINVAL", BYPASS_UNREADABLE, false);
	add_fact(HOSTSNAP_KERNEL, "", HOSTPROC_ILA, "no");
	judge();
	expect("hooks", "hooks: EINVAL", BYPASS_UNREADABLE, false);
	add_fact(HOSTSNAP_KERNEL, "", HOSTPROC_MODULES, "no");
	judge();
	expect_only("hooks", BYPASS_OK);
	host->parts[HOSTSNAP_BPF].error = -EPERM;
	judge();
	expect("hooks", "hooks: EINVAL", BYPASS_UNREADABLE, false);
	expect("bpf-links", "bpf: EPERM", BYPASS_UNREADABLE, false);
	add_fact(HOSTSNAP_KERNEL, "", HOSTPROC_NETFILTER_BPF, "no");
	judge();
	expect_only("hooks", BYPASS_OK);
	expect("bpf-links", "bpf: EPERM", BYPASS_UNREADABLE, false);
	add_fact(HOSTSNAP_KERNEL, "", HOSTPROC_TCX, "no");
	judge();
	expect_only("bpf-links", BYPASS_OK);
}
END_TEST

START_TEST(tables_by_hooks)
{
	struct hostsnap *host = make_host();

	/* Not to be listed, but nothing of them is at a hook. */
	host->parts[HOSTSNAP_XTABLES].error = -EACCES;
	judge();
	expect_only("legacy-iptables", BYPASS_OK);
	add_fact(HOSTSNAP_HOOKS, "ip 2", "ipt_do_table", "0");
	judge();
	expect("legacy-iptables", "xtables: EACCES", BYPASS_UNREADABLE, false);
	host->parts[HOSTSNAP_XTABLES].error = 0;
	add_fact(HOSTSNAP_XTABLES, "ip", "mangle", "?");
	add_fact(HOSTSNAP_XTABLES, "arp", "filter", "7");
	judge();
	expect("legacy-iptables", "table ip mangle", BYPASS_UNREADABLE, false);
	expect("legacy-iptables", "table arp filter, rules 7", BYPASS_PRESENT, true);
	/* Frames: only where there is a bridge, and a kernel that has them. */
	add_fact(HOSTSNAP_HOOKS, "bridge 2", "ebt_in_hook", "0");
	judge();
	expect_only("legacy-ebtables", BYPASS_OK);
	add_link("br0", "bridge");
	judge();
	expect("legacy-ebtables", "bridge 2: ebt_in_hook", BYPASS_PRESENT, false);
	host->parts[HOSTSNAP_HOOKS].error = -EINVAL;
	judge();
	expect("legacy-ebtables", "hooks: EINVAL", BYPASS_UNREADABLE, false);
	add_fact(HOSTSNAP_KERNEL, "", HOSTPROC_EBTABLES, "no");
	judge();
	expect_only("legacy-ebtables", BYPASS_OK);
}
END_TEST

START_TEST(what_this_kernel_has_not)
{
	make_host();
	add_link("vrf0", "vrf");
	add_link("ovs-system", "openvswitch");
	add_link("wg0", "wireguard");
	snapshot->host->host.links[0].link.master = 77; /* not here */
	add_fact(HOSTSNAP_IPVS, "", "service", "TCP  0A000001:0050 rr");
	add_fact(HOSTSNAP_SWITCHES, "", "mpls/conf/e0/input", "1");
	add_fact(HOSTSNAP_SWITCHES, "", "mpls/conf/e1/input", "0");
	add_fact(HOSTSNAP_BPF, "e0", "tcx", "12");
	add_fact(HOSTSNAP_BPF, "#99", "tcx", "13");
	add_fact(HOSTSNAP_BPF, "", "netfilter", "14");
	add_fact(HOSTSNAP_BPF, "", "namespace", "15");
	add_fact(HOSTSNAP_TRAFFIC, "e0", "filter", "matchall gact");
	add_fact(HOSTSNAP_TRAFFIC, "e1", "filter", "flower skbedit");
	judge();
	expect("vrf", "vrf0 (no zone)", BYPASS_PRESENT, true);
	expect("openvswitch", "ovs-system (no zone)", BYPASS_PRESENT, false);
	expect("openvswitch", "e0 (a) is a port of an interface that is not here", BYPASS_PRESENT,
		false);
	expect("tunnels", "wireguard wg0 (no zone)", BYPASS_PRESENT, true);
	expect("ipvs", "TCP  0A000001:0050 rr", BYPASS_PRESENT, false);
	expect("mpls", "mpls/conf/e0/input = 1", BYPASS_PRESENT, false);
	ck_assert_ptr_null(find("mpls", "e1"));
	expect("bpf-links", "tcx e0: program 12", BYPASS_PRESENT, false);
	ck_assert_ptr_null(find("bpf-links", "#99"));
	expect("bpf-links", "netfilter: program 14", BYPASS_PRESENT, false);
	expect("bpf-links", "namespace: program 15", BYPASS_PRESENT, true);
	expect("tc", "e0 (a): matchall gact", BYPASS_PRESENT, true);
	expect("tc", "e1 (b): flower skbedit", BYPASS_PRESENT, false);
}
END_TEST

/* More than is kept is no proof either. */
START_TEST(too_many)
{
	make_host();
	for (unsigned int i = 0; i < BYPASS_ITEMS_MAX + 5; i++)
		add_fact(HOSTSNAP_TRAFFIC, "e0", "filter", "matchall");
	judge();
	ck_assert_uint_gt(list.left_out, 0);
	ck_assert_uint_le(list.count, BYPASS_ITEMS_MAX);
	ck_assert(!bypass_holds(&list));
	for (size_t i = 0; i < list.count; i++)
		ck_assert(bypass_item_holds(&list.items[i]));
	expect_only("xdp", BYPASS_OK);
}
END_TEST

START_TEST(ways_through_programs_of_this_host)
{
	forget();
	parse(TOWN "gateway = { input = ( { name = \"I\"; from = \"x\"; service = \"s\"; reason = "
		   "\"r\"; } ); output = ( { name = \"O\"; to = \"y\"; service = \"s\"; reason = "
		   "\"r\"; } ); };\n");
	make_host();
	judge();
	expect("local-proxies", "path I, path O", BYPASS_PRESENT, true);
}
END_TEST

/* ---------------------------------------------------------------------------------------------- */

static void set_up(void)
{
	from_text_set_up();
	parse(TOWN);
}

static void tear_down(void)
{
	bypass_clear(&list);
	snapshot_free(snapshot);
	from_text_tear_down();
}

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
	TCase *kernel = tcase_create("kernel"), *made = tcase_create("made");

	tcase_set_timeout(kernel, 60);
	tcase_add_checked_fixture(kernel, set_up_kernel, tear_down_kernel);
	tcase_add_test(kernel, ways_that_are_built);
	tcase_add_test(kernel, bridge);
	tcase_add_test(kernel, nothing_is_built);
	tcase_add_test(kernel, interfaces_that_lead_to_another_namespace);
	tcase_add_test(kernel, interfaces_that_were_moved_away);
	tcase_add_test(kernel, program_of_xdp);
	tcase_add_test(kernel, sockets_that_read_packets);
	tcase_add_test(kernel, older_tables);
	suite_add_tcase(suite, kernel);
	tcase_add_checked_fixture(made, set_up, tear_down);
	tcase_add_test(made, nothing_was_read);
	tcase_add_loop_test(made, one_part_was_not_read, 0, HOSTSNAP_PARTS);
	tcase_add_test(made, hooks);
	tcase_add_test(made, tables_by_hooks);
	tcase_add_test(made, what_this_kernel_has_not);
	tcase_add_test(made, too_many);
	tcase_add_test(made, ways_through_programs_of_this_host);
	suite_add_tcase(suite, made);
	return suite_run_in_netspace(suite);
}
