/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ways round the rules that this kernel cannot be given, found in snapshots made by hand. */
#include <errno.h>

#include "../../lib/hostproc.h"
#include "test_bypass.h"

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

int main(void)
{
	Suite *suite = suite_create("bypassmade");
	TCase *made = tcase_create("made");

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
