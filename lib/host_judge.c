/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What weakens the separation: interfaces and switches; findings. See host.h. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "host_impl.h"

static const struct {
	const char *name, *action;
} risks[RISK_COUNT] = {
	[RISK_FORWARDING_OFF] = { "forwarding-off", "forwarding" },
	[RISK_ROUTE] = { "route", "route-contradiction" },
	[RISK_ROUTES_MANY] = { "routes-many", "route-contradiction" },
	[RISK_PORTS] = { "ports", "bridge" },
	[RISK_STACKED] = { "stacked", "bridge" },
	[RISK_XDP] = { "xdp", "interface-risk" },
	[RISK_FILTER] = { "filter", "interface-risk" },
	[RISK_SWITCH] = { "switch", "interface-risk" },
};

const char *host_risk_name(enum host_risk risk)
{
	return risks[risk].name;
}

const char *host_risk_action(enum host_risk risk)
{
	return risks[risk].action;
}

/* Findings ------------------------------------------------------------------------------------- */

void host_found(struct host_judging *judging, enum host_risk risk, const char *interface,
	const char *format, ...)
{
	struct host_findings *findings = judging->findings;
	va_list arguments;

	if (findings->count == HOST_FINDINGS_MAX) {
		findings->left_out++;
		return;
	}
	void *list = array_reserve(
		findings->list, sizeof(*findings->list), findings->count, &findings->room);

	if (!list) {
		judging->error = -ENOMEM;
		return;
	}
	findings->list = list;
	struct host_finding *finding = &findings->list[findings->count++];

	*finding = (struct host_finding){ .risk = risk };
	snprintf(finding->interface, sizeof(finding->interface), "%s", interface);
	va_start(arguments, format);
	vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
}

static int compare(const void *a, const void *b)
{
	const struct host_finding *one = a, *other = b;

	return strcmp(one->text, other->text);
}

/* The same may be found twice: the same route in two families of messages, say. */
static void sort(struct host_findings *findings)
{
	size_t kept = 0;

	if (findings->count == 0)
		return;
	qsort(findings->list, findings->count, sizeof(*findings->list), compare);
	for (size_t i = 1; i < findings->count; i++)
		if (compare(&findings->list[kept], &findings->list[i]) != 0)
			findings->list[++kept] = findings->list[i];
	findings->count = kept + 1;
}

void host_findings_clear(struct host_findings *findings)
{
	free(findings->list);
	*findings = (struct host_findings){ 0 };
}

void host_findings_compare(const struct host_findings *before, const struct host_findings *after,
	host_difference callback, void *data)
{
	size_t i = 0, j = 0;

	while (i < before->count || j < after->count) {
		int order;

		if (i == before->count)
			order = 1;
		else if (j == after->count)
			order = -1;
		else
			order = compare(&before->list[i], &after->list[j]);
		if (order < 0)
			callback(&before->list[i], false, data);
		else if (order > 0)
			callback(&after->list[j], true, data);
		i += order <= 0;
		j += order >= 0;
	}
}

/* Interfaces ----------------------------------------------------------------------------------- */

size_t host_segment_of(const struct policy *policy, const char *interface)
{
	size_t i = 0;

	while (i < policy->segment_count && strcmp(policy->segments[i].interface, interface) != 0)
		i++;
	return i;
}

/* The zone of an interface; zone_count: none. */
static size_t zone_of(const struct policy *policy, const char *interface)
{
	size_t segment = host_segment_of(policy, interface);

	return segment < policy->segment_count ? policy->segments[segment].zone
					       : policy->zone_count;
}

static const char *zone_text(const struct policy *policy, size_t zone)
{
	return zone < policy->zone_count ? policy->zones[zone].name : "no zone";
}

/*
 * Two ports of one master, or a port and its master: frames go between them without the rule set,
 * or the rule set sees them under another name. A declared bridge whose ports nobody declared is as
 * it should be.
 */
static void judge_pair(struct host_judging *judging, const struct nlroute_link *master,
	const struct nlroute_link *one, const struct nlroute_link *other)
{
	const struct policy *policy = judging->policy;
	size_t zone = zone_of(policy, one->name), other_zone = zone_of(policy, other->name);

	if (zone == other_zone)
		return;
	host_found(judging, RISK_PORTS, one->name,
		"%s %s joins interface %s (%s) with interface %s (%s): what goes between them does "
		"not pass by the rules of these zones",
		master->kind[0] ? master->kind : "interface", master->name, one->name,
		zone_text(policy, zone), other->name, zone_text(policy, other_zone));
}

static void judge_ports(struct host_judging *judging, const struct nlroute_link *master)
{
	const struct host *host = judging->host;
	const struct policy *policy = judging->policy;
	bool declared = zone_of(policy, master->name) < policy->zone_count;
	const struct nlroute_link *first = NULL;

	/* One port of each zone is compared with the first that is of another, or of none. */
	for (size_t i = 0; i < host->link_count; i++) {
		const struct nlroute_link *port = &host->links[i].link;

		if (port->master != master->index)
			continue;
		bool in_zone = zone_of(policy, port->name) < policy->zone_count;

		if (in_zone)
			judge_pair(judging, master, port, master);
		if (first && (in_zone || !declared))
			judge_pair(judging, master, port, first);
		if (!first && (in_zone || !declared))
			first = port;
	}
}

/* Kinds that take what comes by the interface under them, whatever its rules say. VLANs have a
 * network of their own on the same cable. */
static bool shares_wire(const char *kind)
{
	static const char *const kinds[] = { "macvlan", "macvtap", "ipvlan", "ipvtap", "ipip",
		"gre", "gretap", "erspan", "sit", "ip6tnl", "ip6gre", "ip6gretap", "vxlan",
		"geneve", "vti", "vti6", "xfrm", "gtp", "bareudp", "macsec" };

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i]) == 0)
			return true;
	return false;
}

static void judge_stacked(struct host_judging *judging, const struct nlroute_link *upper)
{
	const struct policy *policy = judging->policy;
	const struct host_link *lower = upper->lower && !upper->lower_elsewhere
						? host_find_link(judging->host, upper->lower)
						: NULL;

	if (!lower || !shares_wire(upper->kind))
		return;
	size_t zone = zone_of(policy, upper->name), below = zone_of(policy, lower->link.name);

	if (zone == below || below == policy->zone_count)
		return;
	host_found(judging, RISK_STACKED, upper->name,
		"%s %s (%s) lies on interface %s of zone %s: it sends and receives there past the "
		"rules of that zone",
		upper->kind, upper->name, zone_text(policy, zone), lower->link.name,
		zone_text(policy, below));
}

static void judge_programs(struct host_judging *judging, const struct host_link *link)
{
	const char *name = link->link.name;
	const char *zone = zone_text(judging->policy, zone_of(judging->policy, name));

	if (link->link.xdp)
		host_found(judging, RISK_XDP, name,
			"interface %s of zone %s has XDP program %u: it takes packets before any "
			"rule sees them",
			name, zone, link->link.xdp_program);
	if (link->filter.kind[0])
		host_found(judging, RISK_FILTER, name,
			"interface %s of zone %s has a filter of tc(8), kind %s%s: it sees packets "
			"before the rules do, or after them",
			name, zone, link->filter.kind,
			link->filter.redirects ? ", that redirects them"
			: link->filter.program ? ", a program"
					       : "");
}

/* Switches ------------------------------------------------------------------------------------- */

/* Those that should not be on where zones are kept apart. all: what all interfaces have must be on
 * as well, for it to be of effect. */
static void judge_switch(struct host_judging *judging, const struct nlroute_link *link,
	enum nlroute_switch what, int all, const char *name, const char *why)
{
	if (link->switches[what] > 0 && all != 0)
		host_found(judging, RISK_SWITCH, link->name,
			"interface %s of zone %s has %s on: %s", link->name,
			zone_text(judging->policy, zone_of(judging->policy, link->name)), name,
			why);
}

int host_rp_filter(const struct host *host, const struct nlroute_link *link)
{
	int own = link->switches[SWITCH_RP_FILTER];

	return own > host->rp_filter_all ? own : host->rp_filter_all;
}

static void judge_switches(struct host_judging *judging, const struct host_link *link)
{
	const struct host *host = judging->host;

	judge_switch(judging, &link->link, SWITCH_PROXY_ARP, 1, "proxy_arp",
		"it answers for addresses of other zones");
	judge_switch(judging, &link->link, SWITCH_PROXY_NDP, 1, "proxy_ndp",
		"it may answer for addresses of other zones");
	judge_switch(judging, &link->link, SWITCH_ROUTE_LOCALNET, 1, "route_localnet",
		"127.0.0.0/8 can be reached from outside");
	/* The rule set finds forged sources itself; but who turned this off? */
	if (link->had_rp_filter && host_rp_filter(host, &link->link) == 0)
		host_found(judging, RISK_SWITCH, link->link.name,
			"interface %s of zone %s has rp_filter off, which was on: one check of "
			"sources less",
			link->link.name,
			zone_text(judging->policy, zone_of(judging->policy, link->link.name)));
	/* Where it forwards, IPv4 needs both of these switches; where not known, it is not said. */
	if (host->redirects_all > 0)
		judge_switch(judging, &link->link, SWITCH_ACCEPT_REDIRECTS4, host->redirects_all,
			"accept_redirects", "others on the link can change where packets go");
	if (host->source_route_all > 0)
		judge_switch(judging, &link->link, SWITCH_SOURCE_ROUTE4, host->source_route_all,
			"accept_source_route", "senders can choose the way of their packets");
}

static bool segment_has(const struct policy_segment *segment, enum addr_family family)
{
	return segment->on_link[family].count > 0 || segment->source[family].count > 0;
}

/* Between zones nothing passes by an interface that does not forward: shut, and somebody did it. */
static void judge_forwarding(
	struct host_judging *judging, const struct nlroute_link *link, enum addr_family family)
{
	const struct policy *policy = judging->policy;
	const struct policy_segment *segment =
		&policy->segments[host_segment_of(policy, link->name)];
	bool six = family == ADDR_IPV6;
	int own = link->switches[six ? SWITCH_FORWARDING6 : SWITCH_FORWARDING4];

	if (policy->zones[segment->zone].kind == ZONE_MANAGEMENT || !segment_has(segment, family))
		return;
	/* Of IPv6 the switch of all interfaces stands above theirs, and is told once. */
	if (own == 0 && judging->host->forwarding_all[family] != 0)
		host_found(judging, RISK_FORWARDING_OFF, link->name,
			"interface %s of zone %s does not forward %s: what is permitted does not "
			"pass either",
			link->name, zone_text(policy, segment->zone), six ? "IPv6" : "IPv4");
}

static void judge_all_forwarding(struct host_judging *judging)
{
	for (unsigned int family = 0; family < ADDR_FAMILIES; family++)
		if (judging->host->forwarding_all[family] == 0)
			host_found(judging, RISK_FORWARDING_OFF, "",
				"%s is not forwarded: what is permitted does not pass either",
				family == ADDR_IPV6 ? "IPv6" : "IPv4");
}

/* ---------------------------------------------------------------------------------------------- */

static void judge_link(struct host_judging *judging, const struct host_link *link)
{
	bool in_zone = zone_of(judging->policy, link->link.name) < judging->policy->zone_count;

	judge_ports(judging, &link->link);
	judge_stacked(judging, &link->link);
	if (!in_zone)
		return;
	judge_programs(judging, link);
	judge_switches(judging, link);
	judge_forwarding(judging, &link->link, ADDR_IPV4);
	judge_forwarding(judging, &link->link, ADDR_IPV6);
}

int host_judge(
	const struct host *host, const struct policy *policy, struct host_findings *ret_findings)
{
	struct host_judging judging = { .host = host, .policy = policy, .findings = ret_findings };

	*ret_findings = (struct host_findings){ 0 };
	for (size_t i = 0; i < host->link_count; i++)
		judge_link(&judging, &host->links[i]);
	judge_all_forwarding(&judging);
	host_judge_routes(&judging);
	if (judging.error < 0)
		host_findings_clear(ret_findings);
	else
		sort(ret_findings);
	return judging.error;
}
