/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sends packets on beside the routes that the rules stand between. See bypass.h. */
#include <linux/fib_rules.h>
#include <linux/rtnetlink.h>
#include <stdio.h>
#include <string.h>

#include "bypass_impl.h"

void bypass_judge_ipvs(struct bypassing *bypassing)
{
	const struct hostsnap_facts *facts;

	if (!bypass_can_read(bypassing, BYPASS_IPVS, HOSTSNAP_IPVS))
		return;
	facts = &bypassing->host->parts[HOSTSNAP_IPVS];
	for (size_t i = 0; i < facts->count; i++)
		bypass_found(
			bypassing, BYPASS_IPVS, BYPASS_PRESENT, false, "%s", facts->list[i].value);
}

/* Switches whose names begin and end so, and that are on. */
static void judge_switches(
	struct bypassing *bypassing, enum bypass_kind kind, const char *beginning, const char *end)
{
	const struct hostsnap_facts *facts;

	if (!bypass_can_read(bypassing, kind, HOSTSNAP_SWITCHES))
		return;
	facts = &bypassing->host->parts[HOSTSNAP_SWITCHES];
	for (size_t i = 0; i < facts->count; i++) {
		const char *name = facts->list[i].name;
		size_t length = strlen(name);

		if (strncmp(name, beginning, strlen(beginning)) == 0 && length > strlen(end) &&
			strcmp(name + length - strlen(end), end) == 0 &&
			strcmp(facts->list[i].value, "0") != 0)
			bypass_found(bypassing, kind, BYPASS_PRESENT, false, "%s = %s", name,
				facts->list[i].value);
	}
}

void bypass_judge_mpls(struct bypassing *bypassing)
{
	judge_switches(bypassing, BYPASS_MPLS, "mpls/conf/", "/input");
}

void bypass_judge_lwtunnel(struct bypassing *bypassing)
{
	const struct host *host;

	judge_switches(bypassing, BYPASS_LWTUNNEL, "ipv6/conf/", "/seg6_enabled");
	if (!bypass_can_read(bypassing, BYPASS_LWTUNNEL, HOSTSNAP_ROUTES))
		return;
	host = &bypassing->host->host;
	for (size_t i = 0; i < host->route_count; i++) {
		char text[ADDR_TEXT_MAX];

		if (host->routes[i].encap == 0)
			continue;
		addr_prefix_format(&host->routes[i].prefix, text);
		bypass_found(bypassing, BYPASS_LWTUNNEL, BYPASS_PRESENT, false,
			"route %s, table %u, encap %u", text, host->routes[i].table,
			host->routes[i].encap);
	}
}

/* A policy that blocks wraps nothing; those of sockets are of this host's own programs. */
void bypass_judge_xfrm(struct bypassing *bypassing)
{
	const struct hostsnap_facts *facts;

	if (!bypass_can_read(bypassing, BYPASS_XFRM, HOSTSNAP_XFRM))
		return;
	facts = &bypassing->host->parts[HOSTSNAP_XFRM];
	for (size_t i = 0; i < facts->count; i++) {
		const struct hostsnap_fact *fact = &facts->list[i];
		size_t length = strlen(fact->value);
		bool blocks = length > 5 && strcmp(fact->value + length - 5, "block") == 0;
		bool own = strncmp(fact->value, "socket", 6) == 0;

		bypass_found(bypassing, BYPASS_XFRM, BYPASS_PRESENT,
			strcmp(fact->name, "policy") == 0 && (blocks || own), "%s %s", fact->name,
			fact->value);
	}
}

/* The three rules that every host has, of both families. */
static bool is_usual(const struct nlroute_rule *rule)
{
	static const struct {
		uint32_t priority, table;
	} usual[] = { { 0, RT_TABLE_LOCAL }, { 32766, RT_TABLE_MAIN },
		{ 32767, RT_TABLE_DEFAULT } };

	for (size_t i = 0; i < sizeof(usual) / sizeof(usual[0]); i++)
		if (rule->action == FR_ACT_TO_TBL && !rule->selective &&
			rule->priority == usual[i].priority && rule->table == usual[i].table)
			return true;
	return false;
}

void bypass_judge_policy_routing(struct bypassing *bypassing)
{
	const struct host *host;

	/* Unreadable is said where routes are judged. */
	if (!bypass_is_read(bypassing, HOSTSNAP_RULES))
		return;
	host = &bypassing->host->host;
	for (size_t i = 0; i < host->rule_count; i++)
		if (!is_usual(&host->rules[i]))
			bypass_found(bypassing, BYPASS_POLICY_ROUTING, BYPASS_PRESENT, true,
				"%s rule %u, table %u",
				host->rules[i].family == ADDR_IPV6 ? "ipv6" : "ipv4",
				host->rules[i].priority, host->rules[i].table);
}
