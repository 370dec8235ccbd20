/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sees packets beside the rules: programs, filters, older tables, sockets. See bypass.h. */
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpffilter.h"
#include "bypass_impl.h"
#include "hostproc.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Programs at interfaces ----------------------------------------------------------------------- */

void bypass_judge_xdp(struct bypassing *bypassing)
{
	if (!bypass_can_read(bypassing, BYPASS_XDP, HOSTSNAP_LINKS))
		return;
	for (size_t i = 0; i < bypassing->host->host.link_count; i++) {
		const struct nlroute_link *link = &bypassing->host->host.links[i].link;

		if (link->xdp)
			bypass_found(bypassing, BYPASS_XDP, BYPASS_PRESENT, false,
				"%s (%s): program %u", link->name,
				bypass_zone_name(bypassing, link->name), link->xdp_program);
	}
}

/* Kinds of filters and actions that let a packet go on or drop it, and do nothing else. */
static bool is_plain_filter(const char *text)
{
	static const char *const plain[] = { "u32", "flower", "matchall", "fw", "basic", "route",
		"flow", "cgroup", "gact", "police" };
	char copy[NLROUTE_KIND_MAX + NLROUTE_ACTIONS_MAX], *rest;

	snprintf(copy, sizeof(copy), "%s", text);
	for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
		size_t i = 0;

		while (i < COUNT(plain) && strcmp(plain[i], word) != 0)
			i++;
		if (i == COUNT(plain))
			return false;
	}
	return true;
}

void bypass_judge_tc(struct bypassing *bypassing)
{
	const struct hostsnap_facts *facts;

	if (!bypass_can_read(bypassing, BYPASS_TC, HOSTSNAP_TRAFFIC))
		return;
	facts = &bypassing->host->parts[HOSTSNAP_TRAFFIC];
	for (size_t i = 0; i < facts->count; i++) {
		const struct hostsnap_fact *fact = &facts->list[i];

		if (strcmp(fact->name, "filter") == 0)
			bypass_found(bypassing, BYPASS_TC, BYPASS_PRESENT,
				is_plain_filter(fact->value), "%s (%s): %s", fact->subject,
				bypass_zone_name(bypassing, fact->subject), fact->value);
	}
}

/* What the kernel is said not to have cannot be attached. */
static bool has_not(const struct bypassing *bypassing, const char *feature)
{
	const char *value = bypassing->host
				    ? hostsnap_value(bypassing->host, HOSTSNAP_KERNEL, "", feature)
				    : NULL;

	return value && strcmp(value, "no") == 0;
}

static void judge_bpf_link(struct bypassing *bypassing, const struct hostsnap_fact *fact)
{
	/* "#7": of an interface that is not here, so of another namespace. A link of XDP at one
	 * that is here shows at the interface as well. Programs of a namespace choose sockets. */
	if (fact->subject[0] == '#' || strcmp(fact->name, "xdp") == 0)
		return;
	bypass_found(bypassing, BYPASS_BPF_LINKS, BYPASS_PRESENT,
		strcmp(fact->name, "namespace") == 0, "%s%s%s: program %s", fact->name,
		fact->subject[0] ? " " : "", fact->subject, fact->value);
}

void bypass_judge_bpf(struct bypassing *bypassing)
{
	const struct hostsnap_facts *facts;

	if (has_not(bypassing, HOSTPROC_NETFILTER_BPF) && has_not(bypassing, HOSTPROC_TCX))
		return;
	if (!bypass_can_read(bypassing, BYPASS_BPF_LINKS, HOSTSNAP_BPF))
		return;
	facts = &bypassing->host->parts[HOSTSNAP_BPF];
	for (size_t i = 0; i < facts->count; i++)
		judge_bpf_link(bypassing, &facts->list[i]);
}

/* Whether there is one or not: what it could do, any program of this host can. */
void bypass_judge_sockmap(struct bypassing *bypassing)
{
	(void)bypassing;
}

/* Hooks ---------------------------------------------------------------------------------------- */

/* Functions that do what is known: the rules themselves, connections, security modules, which only
 * drop. The older tables are judged by themselves. */
static bool is_known_hook(const char *function)
{
	static const char *const known[] = { "nft_do_chain", "ipv4_conntrack", "ipv6_conntrack",
		"nf_conntrack", "ipv4_confirm", "nf_confirm", "ipv6_confirm", "ipv6_defrag",
		"nf_nat_", "selinux_", "smack_", "apparmor_", "br_nf_", "ip_sabotage_in",
		"ipt_do_table", "ip6t_do_table", "iptable_", "ip6table_", "arpt_do_table",
		"arptable_", "ebt_", "nf_br_", "ipv4_synproxy_hook", "ipv6_synproxy_hook",
		"nf_flow_offload_" };

	for (size_t i = 0; i < COUNT(known); i++)
		if (strncmp(function, known[i], strlen(known[i])) == 0)
			return true;
	return false;
}

/* A hook of one of the beginnings; NULL: there is none. Of a part that was read. */
static const struct hostsnap_fact *find_hook(
	const struct bypassing *bypassing, const char *const *beginnings, size_t count)
{
	const struct hostsnap_facts *facts = &bypassing->host->parts[HOSTSNAP_HOOKS];

	for (size_t i = 0; i < facts->count; i++)
		for (size_t k = 0; k < count; k++)
			if (strncmp(facts->list[i].name, beginnings[k], strlen(beginnings[k])) == 0)
				return &facts->list[i];
	return NULL;
}

/*
 * A kernel that does not list its hooks: whoever could have one is looked for by itself. That is
 * the older tables, the load balancer, programs of BPF, rewriting of addresses (ILA), and modules
 * that are not of the kernel's source, which may do anything.
 */
static bool nobody_has_hooks(const struct bypassing *bypassing)
{
	bool bpf = has_not(bypassing, HOSTPROC_NETFILTER_BPF) ||
		   bypass_is_read(bypassing, HOSTSNAP_BPF);

	return bpf && bypass_is_read(bypassing, HOSTSNAP_XTABLES) &&
	       bypass_is_read(bypassing, HOSTSNAP_IPVS) && has_not(bypassing, HOSTPROC_ILA) &&
	       has_not(bypassing, HOSTPROC_MODULES);
}

void bypass_judge_hooks(struct bypassing *bypassing)
{
	const struct hostsnap_facts *facts;

	if (!bypass_is_read(bypassing, HOSTSNAP_HOOKS) && nobody_has_hooks(bypassing))
		return;
	if (!bypass_can_read(bypassing, BYPASS_HOOKS, HOSTSNAP_HOOKS))
		return;
	facts = &bypassing->host->parts[HOSTSNAP_HOOKS];
	for (size_t i = 0; i < facts->count; i++)
		if (!is_known_hook(facts->list[i].name))
			bypass_found(bypassing, BYPASS_HOOKS, BYPASS_PRESENT, false,
				"%s: %s, priority %s", facts->list[i].subject, facts->list[i].name,
				facts->list[i].value);
}

/* Older tables --------------------------------------------------------------------------------- */

static void judge_table(struct bypassing *bypassing, const struct hostsnap_fact *fact)
{
	/* Rules of ARP do not see packets of IP; a table with only its policies accepts or drops.
	 */
	bool harmless = strcmp(fact->subject, "arp") == 0 || strcmp(fact->value, "0") == 0;

	if (strcmp(fact->value, "?") == 0)
		bypass_found(bypassing, BYPASS_XTABLES, BYPASS_UNREADABLE, false, "table %s %s",
			fact->subject, fact->name);
	else
		bypass_found(bypassing, BYPASS_XTABLES, BYPASS_PRESENT, harmless,
			"table %s %s, rules %s", fact->subject, fact->name, fact->value);
}

void bypass_judge_xtables(struct bypassing *bypassing)
{
	static const char *const functions[] = { "ipt_do_table", "ip6t_do_table", "iptable_",
		"ip6table_" };
	const struct hostsnap_facts *facts;

	/* Nothing of them is at a hook. */
	if (!bypass_is_read(bypassing, HOSTSNAP_XTABLES) &&
		bypass_is_read(bypassing, HOSTSNAP_HOOKS) &&
		!find_hook(bypassing, functions, COUNT(functions)))
		return;
	if (!bypass_can_read(bypassing, BYPASS_XTABLES, HOSTSNAP_XTABLES))
		return;
	facts = &bypassing->host->parts[HOSTSNAP_XTABLES];
	for (size_t i = 0; i < facts->count; i++)
		judge_table(bypassing, &facts->list[i]);
}

/* Its tables cannot be listed: asking for one makes it. Without a bridge they see nothing. */
void bypass_judge_ebtables(struct bypassing *bypassing)
{
	static const char *const functions[] = { "ebt_" };
	const struct hostsnap_fact *hook;
	bool bridge = false;

	if (!bypass_can_read(bypassing, BYPASS_EBTABLES, HOSTSNAP_LINKS))
		return;
	for (size_t i = 0; i < bypassing->host->host.link_count; i++)
		bridge |= strcmp(bypassing->host->host.links[i].link.kind, "bridge") == 0;
	if (!bridge || has_not(bypassing, HOSTPROC_EBTABLES))
		return;
	if (!bypass_can_read(bypassing, BYPASS_EBTABLES, HOSTSNAP_HOOKS))
		return;
	hook = find_hook(bypassing, functions, COUNT(functions));
	if (hook)
		bypass_found(bypassing, BYPASS_EBTABLES, BYPASS_PRESENT, false, "%s: %s",
			hook->subject, hook->name);
}

/* Sockets -------------------------------------------------------------------------------------- */

/* The filter of a fact's value, "raw inode 5 filter 2800...": its instructions. */
static size_t filter_of(const char *value, struct sock_filter *ret_filter, size_t room)
{
	const char *digits = strstr(value, " filter ");
	size_t count = 0;

	for (digits = digits ? digits + strlen(" filter ") : ""; count < room; count++) {
		uint8_t bytes[sizeof(*ret_filter)] = { 0 };

		for (size_t i = 0; i < sizeof(bytes); i++, digits += 2) {
			char two[3] = { digits[0], digits[0] ? digits[1] : '\0' };

			if (!two[0] || !two[1])
				return count;
			bytes[i] = (uint8_t)strtoul(two, NULL, 16);
		}
		memcpy(&ret_filter[count], bytes, sizeof(bytes));
	}
	return count;
}

/*
 * A socket that is given no packet of IP carries none: one for LLDP, LACP or 802.1X hears only
 * those, one whose filter lets nothing else through the same. One for no protocol at all only
 * sends, and has nothing of another zone to send. Whatever else it is (a capture, a DHCP client,
 * a bridge in a program): by what the kernel tells, it could send on what it reads.
 */
static bool carries_no_packets(const struct hostsnap_fact *fact)
{
	static const uint16_t carriers[] = { ETH_P_IP, ETH_P_IPV6, ETH_P_8021Q, ETH_P_8021AD,
		ETH_P_MPLS_UC, ETH_P_MPLS_MC, ETH_P_PPP_SES };
	struct sock_filter filter[256];
	uint16_t protocol = (uint16_t)strtoul(fact->name, NULL, 16);
	size_t count = filter_of(fact->value, filter, COUNT(filter));
	bool ethernet = strncmp(fact->value, "raw", 3) == 0;

	if (protocol == 0)
		return true;
	for (size_t i = 0; i < COUNT(carriers); i++)
		if ((protocol == ETH_P_ALL || protocol == carriers[i]) &&
			bpffilter_may_take(filter, count, carriers[i], ethernet))
			return false;
	return true;
}

void bypass_judge_packets(struct bypassing *bypassing)
{
	const struct hostsnap_facts *facts;

	if (!bypass_can_read(bypassing, BYPASS_PACKET_SOCKETS, HOSTSNAP_PACKETS))
		return;
	facts = &bypassing->host->parts[HOSTSNAP_PACKETS];
	for (size_t i = 0; i < facts->count; i++) {
		const struct hostsnap_fact *fact = &facts->list[i];
		const char *end = strstr(fact->value, " filter ");
		int length = end ? (int)(end - fact->value) : (int)strlen(fact->value);

		bypass_found(bypassing, BYPASS_PACKET_SOCKETS, BYPASS_PRESENT,
			carries_no_packets(fact), "%s%sprotocol %s, %.*s%s",
			fact->subject[0] ? fact->subject : "", fact->subject[0] ? ": " : "",
			fact->name, length, fact->value, end ? ", filtered" : "");
	}
}

/* They are given packets by programs of XDP only, which are judged by themselves. */
void bypass_judge_xdp_sockets(struct bypassing *bypassing)
{
	(void)bypass_can_read(bypassing, BYPASS_XDP_SOCKETS, HOSTSNAP_LINKS);
}
