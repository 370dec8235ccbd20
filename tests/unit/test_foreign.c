/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Tables of others: what the kernel tells of real ones, and what it could tell. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../../lib/decode_foreign.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"

static struct foreign_list read_list(void)
{
	struct foreign_list list;
	uint32_t generation, kernel;

	ck_assert_int_eq(decode_foreign(sock, &list, &generation), 0);
	ck_assert_int_eq(nlsock_generation(sock, &kernel), 0);
	ck_assert_uint_eq(generation, kernel);
	return list;
}

#define FILTER(family, rule)                                                                       \
	"add table " family " t; add chain " family                                                \
	" t c { type filter hook forward priority 0; }; add rule " family " t c " rule
#define EARLY(family, rule)                                                                        \
	"add table " family " t; add chain " family                                                \
	" t c { type filter hook prerouting priority -300; }; add rule " family " t c " rule
#define NAT(rule)                                                                                  \
	"add table ip t; add chain ip t c { type nat hook prerouting priority -100; };"            \
	" add rule ip t c " rule

/* Commands of nft, and what is found; those that the kernel has no module for are passed over. */
static const struct {
	const char *commands, *risks;
} shapes[] = {
	{ "add table inet t", "" },
	{ "add table ip t { flags dormant; }", "" },
	{ FILTER("inet", "accept"), "" },
	{ FILTER("ip", "counter log prefix x drop"), "" },
	{ FILTER("ip6", "ip6 saddr { ::1, ::2 } limit rate 5/second reject"), "" },
	{ FILTER("inet", "ct state established,related accept"), "" },
	{ FILTER("inet", "ip saddr . tcp dport vmap { 10.0.0.1 . 80 : accept }"), "" },
	{ FILTER("inet", "tcp flags syn tcp option maxseg size set 1400"), "" },
	{ FILTER("inet", "quota over 1 mbytes drop"), "" },
	{ FILTER("inet", "fib saddr oif missing drop"), "" },
	{ FILTER("inet", "numgen random mod 2 == 0 drop"), "" },
	{ FILTER("inet", "socket transparent 1 accept"), "" },
	{ FILTER("inet", "rt classid 1 accept"), "" },
	{ FILTER("inet", "meta priority set 1:2"), "" },
	{ FILTER("inet", "meta nftrace set 1"), "" },
	{ FILTER("inet", "ct mark set 1"), "ct-mark" },
	{ FILTER("inet", "ct mark set meta mark"), "ct-mark" },
	{ FILTER("inet", "meta mark set 1"), "mark" },
	{ FILTER("inet", "meta mark set ct mark"), "mark" },
	{ FILTER("inet", "meta mark set 1 ct mark set 2"), "ct-mark, mark" },
	{ EARLY("inet", "notrack"), "notrack" },
	{ EARLY("inet", "ct zone set 5"), "notrack" },
	{ FILTER("inet", "ip dscp set 1"), "rewrite" },
	{ FILTER("inet", "ip daddr set 10.0.0.1"), "rewrite" },
	{ FILTER("inet", "meta pkttype set host"), "rewrite" },
	{ FILTER("inet", "queue num 1"), "queue" },
	{ FILTER("ip", "dup to 10.0.0.1"), "forward" },
	{ FILTER("inet", "synproxy mss 1400 wscale 7"), "proxy" },
	{ EARLY("ip", "tcp dport 80 tproxy to :8080"), "proxy" },
	{ NAT("dnat to 10.0.0.1"), "nat" },
	{ NAT("tcp dport 80 redirect to :8080"), "nat" },
	{ "add table inet t; add chain inet t c { type nat hook prerouting priority -100; };"
	  " add rule inet t c dnat ip to 10.0.0.1",
		"nat" },
	{ "add table ip t; add chain ip t c { type nat hook postrouting priority 100; };"
	  " add rule ip t c masquerade",
		"" },
	{ "add table ip t; add chain ip t c { type nat hook postrouting priority 100; };"
	  " add rule ip t c snat to 10.0.0.1",
		"" },
	{ "add table ip t; add ct helper ip t h { type \"ftp\" protocol tcp; };"
	  " add chain ip t c { type filter hook forward priority 0; };"
	  " add rule ip t c ct helper set \"h\"",
		"expect" },
	{ "add table inet t; add ct expectation inet t e { protocol tcp; dport 80; timeout 1m;"
	  " size 2; l3proto ip; };"
	  " add chain inet t c { type filter hook forward priority 0; };"
	  " add rule inet t c ct expectation set \"e\"",
		"expect" },
	{ "add table inet t; add counter inet t n; add map inet t m { type ipv4_addr : counter; };"
	  " add chain inet t c { type filter hook forward priority 0; };"
	  " add rule inet t c counter name ip saddr map @m",
		"" },
	{ "add table inet t; add map inet t m { type ipv4_addr : synproxy; }", "proxy" },
	{ "add table inet t; add flowtable inet t f { hook ingress priority 0; devices = { lo }; }",
		"offload" },
	{ "add table bridge t; add chain bridge t c { type filter hook forward priority 0; }",
		"layer2" },
	{ "add table bridge t; add chain bridge t c { type filter hook forward priority 0;"
	  " policy drop; }",
		"" },
	{ "add table netdev t; add chain netdev t c { type filter hook ingress device lo priority"
	  " 0; policy drop; }; add rule netdev t c fwd to lo",
		"forward" },
	{ "add table netdev t; add chain netdev t c { type filter hook ingress device lo priority"
	  " 0; policy drop; }; add rule netdev t c dup to lo",
		"forward" },
	{ "add table arp t; add chain arp t c { type filter hook input priority 0; };"
	  " add rule arp t c arp operation request drop",
		"" },
	/* A chain that no packet comes to counts too: a jump to it is one rule away. */
	{ "add table inet t; add chain inet t c; add rule inet t c ct mark set 1", "ct-mark" },
};

static bool nft(const char *commands)
{
	char line[2048];

	snprintf(line, sizeof(line), "nft '%s' 2>/dev/null && echo yes || echo no", commands);
	return strstr(netspace_run(0, line), "yes") != NULL;
}

START_TEST(shapes_of_tables)
{
	unsigned int tried = 0;
	char risks[256];

	for (size_t i = 0; i < sizeof(shapes) / sizeof(shapes[0]); i++) {
		netspace_run(0, "nft flush ruleset");
		if (!nft(shapes[i].commands)) {
			printf("not here: %s\n", shapes[i].commands);
			continue;
		}
		struct foreign_list list = read_list();

		tried++;
		ck_assert_uint_eq(list.count, 1);
		ck_assert_str_eq(list.tables[0].name, "t");
		foreign_risks_names(list.tables[0].risks, risks, sizeof(risks));
		ck_assert_msg(strcmp(risks, shapes[i].risks) == 0, "%s: %s, not %s (%s)",
			shapes[i].commands, risks, shapes[i].risks, list.tables[0].opaque);
		foreign_clear(&list);
	}
	printf("%u of %zu shapes tried\n", tried, sizeof(shapes) / sizeof(shapes[0]));
	ck_assert_uint_gt(tried, 25);
}
END_TEST

START_TEST(all_families)
{
	netspace_run(0,
		"nft 'add table ip6 b; add table ip a; add table inet hedate; add table arp"
		" d; add table netdev e; add table inet hedate-guard; add table ip hedate'");
	struct foreign_list list = read_list();
	char text[1024] = "";

	for (size_t i = 0; i < list.count; i++)
		sprintf(text + strlen(text), "%s %s%s;", foreign_family_name(list.tables[i].family),
			list.tables[i].name, list.tables[i].ours ? " (ours)" : "");
	ck_assert_str_eq(text, "inet hedate-guard (ours);ip a;ip hedate;arp d;netdev e;ip6 b;");
	foreign_clear(&list);
}
END_TEST

static int note_change(enum foreign_change change, const struct foreign_table *table, void *data)
{
	static const char *const names[] = { "added", "changed", "gone" };

	sprintf((char *)data + strlen(data), "%s %s;", names[change], table->name);
	return 0;
}

static const char *changes(const char *commands)
{
	static char text[1024];
	struct foreign_list before = read_list();

	netspace_run(0, commands);
	struct foreign_list after = read_list();

	text[0] = '\0';
	ck_assert_int_eq(foreign_compare(&before, &after, note_change, text), 0);
	foreign_clear(&before);
	foreign_clear(&after);
	return text;
}

START_TEST(what_changes)
{
	ck_assert_str_eq(changes("true"), "");
	ck_assert_str_eq(changes("nft add table ip a"), "added a;");
	ck_assert_str_eq(changes("nft 'add table ip b; add chain ip a c'"), "changed a;added b;");
	ck_assert_str_eq(changes("nft add rule ip a c accept"), "changed a;");
	ck_assert_str_eq(changes("true"), "");
	/* The same once more is another one. */
	ck_assert_str_eq(changes("nft 'flush chain ip a c; add rule ip a c accept'"), "changed a;");
	ck_assert_str_eq(changes("nft 'add chain ip b f { type filter hook forward priority 0; }'"),
		"changed b;");
	ck_assert_str_eq(changes("nft 'chain ip b f { policy drop; }'"), "changed b;");
	ck_assert_str_eq(changes("nft 'add table ip b { flags dormant; }'"), "changed b;");
	ck_assert_str_eq(changes("nft flush ruleset"), "gone a;gone b;");
}
END_TEST

/* What no kernel of today says. */
static void put_rule(struct nlmsghdr *message, const char *expression)
{
	struct nfgenmsg family = { .nfgen_family = NFPROTO_INET };

	message->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE;
	memcpy(mnl_nlmsg_put_extra_header(message, sizeof(family)), &family, sizeof(family));
	mnl_attr_put_strz(message, NFTA_RULE_TABLE, "t");
	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, "c");
	struct nlattr *list = mnl_attr_nest_start(message, NFTA_RULE_EXPRESSIONS);
	struct nlattr *element = mnl_attr_nest_start(message, NFTA_LIST_ELEM);

	if (expression)
		mnl_attr_put_strz(message, NFTA_EXPR_NAME, expression);
	mnl_attr_nest_end(message, element);
	mnl_attr_nest_end(message, list);
}

START_TEST(not_known)
{
	static const char *const names[] = { "teleport", "", NULL, "immediate", "objref",
		"target" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint8_t buffer[512] __attribute__((aligned(NLMSG_ALIGNTO))) = { 0 };
		struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

		netspace_run(0, "nft 'flush ruleset; add table inet t'");
		struct foreign_list list = read_list();

		put_rule(message, names[i]);
		ck_assert_int_eq(foreign_take(&list, message), 0);
		ck_assert_uint_eq(list.tables[0].risks, 1u << FOREIGN_OPAQUE);
		ck_assert_int_ne(list.tables[0].opaque[0] != '\0', names[i] && !*names[i]);
		foreign_clear(&list);
	}
}
END_TEST

START_TEST(texts)
{
	char all[2048];

	foreign_risks_texts((1u << FOREIGN_RISKS) - 1, all, sizeof(all));
	for (unsigned int i = 0; i < FOREIGN_RISKS; i++) {
		ck_assert_ptr_nonnull(strstr(all, foreign_risk_text((enum foreign_risk)i)));
		ck_assert_uint_gt(strlen(foreign_risk_name((enum foreign_risk)i)), 2);
	}
	foreign_risks_names((1u << FOREIGN_RISKS) - 1, all, 8);
	ck_assert_str_eq(all, "nat, ct");
	foreign_risks_names(0, all, sizeof(all));
	ck_assert_str_eq(all, "");
}
END_TEST

START_TEST(too_many)
{
	struct foreign_list list;

	netspace_run(0, "for i in $(seq 1100); do echo add table ip t$i; done | nft -f -");
	list = read_list();
	ck_assert_uint_eq(list.count, FOREIGN_MAX);
	ck_assert_uint_eq(list.left_out, 1100 - FOREIGN_MAX);
	foreign_clear(&list);
}
END_TEST

START_TEST(without_capability)
{
	struct foreign_list list;
	uint32_t generation;

	ck_assert_int_eq(setuid(65534), 0);
	ck_assert_int_eq(decode_foreign(sock, &list, &generation), -EPERM);
	ck_assert_uint_eq(list.count, 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *made = suite_create("foreign");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, in_kernel_set_up, in_kernel_tear_down);
	tcase_add_test(all, shapes_of_tables);
	tcase_add_test(all, all_families);
	tcase_add_test(all, what_changes);
	tcase_add_test(all, not_known);
	tcase_add_test(all, texts);
	tcase_add_test(all, too_many);
	tcase_add_test(all, without_capability);
	tcase_set_timeout(all, 60);
	suite_add_tcase(made, all);
	return made;
}

int main(void)
{
	return suite_run_in_netspace(suite());
}
