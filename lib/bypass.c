/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "bypass_impl.h"
#include "errtext.h"
#include "i18n.h"

static const struct {
	const char *name, *sentence;
	void (*judge)(struct bypassing *bypassing); /* NULL: one above finds these too */
} kinds[BYPASS_KINDS] = {
	[BYPASS_FLOWTABLES] = { "flowtables",
		N_("packets of connections in a flow table pass by all rules"),
		bypass_judge_rules },
	[BYPASS_BRIDGES] = { "bridges",
		N_("what goes between ports of one bridge, bond or VRF does not pass by the rules "
		   "of their zones"),
		bypass_judge_host },
	[BYPASS_STACKED] = { "stacked-interfaces",
		N_("an interface on top of another one sends and receives past the rules of that "
		   "one"),
		bypass_judge_stacked },
	[BYPASS_NAMESPACES] = { "namespaces",
		N_("another network stack of this host, which may forward by itself, is behind an "
		   "interface"),
		bypass_judge_namespaces },
	[BYPASS_TUNNELS] = { "tunnels",
		N_("packets within a tunnel are judged under its name, and again as what carries "
		   "them"),
		bypass_judge_tunnels },
	[BYPASS_VRF] = { "vrf", N_("the rules see packets of interfaces of a VRF under its name"),
		bypass_judge_vrf },
	[BYPASS_OVS] = { "openvswitch", N_("Open vSwitch forwards by flows of its own"),
		bypass_judge_ovs },
	[BYPASS_XDP] = { "xdp",
		N_("a program takes packets of an interface before any rule sees them, and may "
		   "send them on"),
		bypass_judge_xdp },
	[BYPASS_TC] = { "tc",
		N_("a filter of tc(8) sees packets before the rules do, or behind them, and may "
		   "send them on"),
		bypass_judge_tc },
	[BYPASS_BPF_LINKS] = { "bpf-links", N_("a program of BPF is attached where packets pass"),
		bypass_judge_bpf },
	[BYPASS_SOCKMAP] = { "sockmap",
		N_("programs of BPF may hand data from one connection of this host to another; the "
		   "packets of both pass by the rules"),
		bypass_judge_sockmap },
	[BYPASS_HOOKS] = { "hooks",
		N_("a function of the kernel that is not known here sees packets at the rules' "
		   "hooks"),
		bypass_judge_hooks },
	[BYPASS_XTABLES] = { "legacy-iptables",
		N_("rules of the older iptables may change packets, and are not decided here"),
		bypass_judge_xtables },
	[BYPASS_EBTABLES] = { "legacy-ebtables",
		N_("rules of the older ebtables may redirect frames of bridges"),
		bypass_judge_ebtables },
	[BYPASS_IPVS] = { "ipvs", N_("the kernel's load balancer takes packets and sends them on"),
		bypass_judge_ipvs },
	[BYPASS_MPLS] = { "mpls", N_("packets with labels are forwarded past all rules"),
		bypass_judge_mpls },
	[BYPASS_LWTUNNEL] = { "lwtunnel",
		N_("a route wraps packets, rewrites them or runs a program on them"),
		bypass_judge_lwtunnel },
	[BYPASS_XFRM] = { "xfrm", N_("policies of IPsec wrap and unwrap packets on their way"),
		bypass_judge_xfrm },
	[BYPASS_PACKET_SOCKETS] = { "packet-sockets",
		N_("a program can read packets before the rules see them, and send others"),
		bypass_judge_packets },
	[BYPASS_XDP_SOCKETS] = { "xdp-sockets",
		N_("a program can take packets from an interface by AF_XDP"),
		bypass_judge_xdp_sockets },
	[BYPASS_LOCAL_PROXIES] = { "local-proxies",
		N_("the policy lets one zone reach this host and this host reach another zone: its "
		   "programs can pass on between them"),
		bypass_judge_local_proxies },
	[BYPASS_TPROXY] = { "tproxy",
		N_("rules of others give packets to a program of this host, or answer them"),
		NULL },
	[BYPASS_FORWARD] = { "forwarding-rules",
		N_("rules of others send packets or copies out by themselves"), NULL },
	[BYPASS_QUEUE] = { "queue",
		N_("rules of others give packets to a program, which may change them"), NULL },
	[BYPASS_CT_MARK] = { "connection-marks",
		N_("rules of others write the mark by which a permitted connection is known"),
		NULL },
	[BYPASS_FOREIGN] = { "foreign-rules",
		N_("rules of others change packets or connections: they are decided together with "
		   "ours"),
		NULL },
	[BYPASS_POLICY_ROUTING] = { "policy-routing",
		N_("other routes hold for some packets; which interface a packet leaves by is left "
		   "open where it is decided"),
		bypass_judge_policy_routing },
	[BYPASS_ROUTES] = { "routes",
		N_("a route sends networks of one zone out of an interface of another; the rules "
		   "want both to be right"),
		NULL },
	[BYPASS_SOURCE_ROUTE] = { "source-route",
		N_("senders can choose the way of their packets, whose destination is replaced "
		   "behind the rules"),
		bypass_judge_source_route },
	[BYPASS_SWITCHES] = { "switches",
		N_("a switch lets others on the link change where packets go, not what the rules "
		   "do with them"),
		NULL },
	[BYPASS_FORWARDING] = { "forwarding", N_("what is not forwarded does not pass at all"),
		NULL },
};

/* Items ---------------------------------------------------------------------------------------- */

static struct bypass_item *add(struct bypassing *bypassing, enum bypass_kind kind)
{
	struct bypass_list *list = bypassing->list;

	void *items = array_reserve(list->items, sizeof(*list->items), list->count, &list->room);

	if (!items) {
		bypassing->error = -ENOMEM;
		return NULL;
	}
	list->items = items;
	struct bypass_item *item = &list->items[list->count++];

	*item = (struct bypass_item){ .name = kinds[kind].name, .sentence = kinds[kind].sentence };
	return item;
}

void bypass_found(struct bypassing *bypassing, enum bypass_kind kind, enum bypass_state state,
	bool harmless, const char *format, ...)
{
	struct bypass_item *item;
	va_list arguments;

	/* What is left out counts as a risk: see bypass_holds(). Each kind has room for its one. */
	if (bypassing->list->count >= BYPASS_ITEMS_MAX - BYPASS_KINDS) {
		bypassing->list->left_out++;
		return;
	}
	item = add(bypassing, kind);
	if (!item)
		return;
	item->state = state;
	item->harmless = harmless;
	va_start(arguments, format);
	vsnprintf(item->what, sizeof(item->what), format, arguments);
	va_end(arguments);
}

bool bypass_is_read(const struct bypassing *bypassing, enum hostsnap_part part)
{
	return bypassing->host && bypassing->host->parts[part].error == 0;
}

bool bypass_can_read(struct bypassing *bypassing, enum bypass_kind kind, enum hostsnap_part part)
{
	if (bypass_is_read(bypassing, part))
		return true;
	int error = bypassing->host ? -bypassing->host->parts[part].error : ENODATA;
	const char *name = errtext_name(-error);

	bypass_found(bypassing, kind, BYPASS_UNREADABLE, false, "%s: %s", hostsnap_part_name(part),
		name ? name : "?");
	return false;
}

size_t bypass_zone_of(const struct bypassing *bypassing, const char *interface)
{
	const struct policy *policy = bypassing->policy;

	for (size_t i = 0; i < policy->segment_count; i++)
		if (strcmp(policy->segments[i].interface, interface) == 0)
			return policy->segments[i].zone;
	return policy->zone_count;
}

const char *bypass_zone_name(const struct bypassing *bypassing, const char *interface)
{
	size_t zone = bypass_zone_of(bypassing, interface);

	return zone < bypassing->policy->zone_count ? bypassing->policy->zones[zone].name
						    : "no zone";
}

/* All ------------------------------------------------------------------------------------------ */

static int by_kind(const void *a, const void *b)
{
	const struct bypass_item *one = a, *other = b;
	unsigned int i = 0;

	if (one->name == other->name)
		return strcmp(one->what, other->what);
	while (kinds[i].name != one->name && kinds[i].name != other->name)
		i++;
	return kinds[i].name == one->name ? -1 : 1;
}

static bool has_item(const struct bypass_list *list, enum bypass_kind kind)
{
	for (size_t i = 0; i < list->count; i++)
		if (list->items[i].name == kinds[kind].name)
			return true;
	return false;
}

int bypass_judge(
	const struct snapshot *snapshot, const struct policy *policy, struct bypass_list *ret_list)
{
	struct bypassing bypassing = {
		.snapshot = snapshot, .policy = policy, .host = snapshot->host, .list = ret_list
	};

	*ret_list = (struct bypass_list){ 0 };
	for (unsigned int i = 0; i < BYPASS_KINDS; i++)
		if (kinds[i].judge)
			kinds[i].judge(&bypassing);
	for (unsigned int i = 0; i < BYPASS_KINDS; i++)
		if (!has_item(ret_list, i))
			(void)add(&bypassing, i);
	if (bypassing.error < 0) {
		bypass_clear(ret_list);
		return bypassing.error;
	}
	qsort(ret_list->items, ret_list->count, sizeof(*ret_list->items), by_kind);
	return 0;
}

void bypass_clear(struct bypass_list *list)
{
	free(list->items);
	*list = (struct bypass_list){ 0 };
}

const char *bypass_state_name(enum bypass_state state)
{
	static const char *const names[] = {
		[BYPASS_OK] = "ok", [BYPASS_PRESENT] = "present", [BYPASS_UNREADABLE] = "unreadable"
	};

	return names[state];
}

bool bypass_item_holds(const struct bypass_item *item)
{
	return item->state == BYPASS_OK || item->harmless;
}

bool bypass_holds(const struct bypass_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (!bypass_item_holds(&list->items[i]))
			return false;
	return list->left_out == 0;
}
