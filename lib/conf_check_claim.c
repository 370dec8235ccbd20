/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_check_claim.h"

#include <errno.h>

#include "i18n.h"

/* ---- zones, segments, hosts ---- */

static void check_zone_role(const struct policy_zone *zone, struct diag_list *diags)
{
	if (zone->role == ZONE_ORDINARY)
		return;
	if (zone->kind == ZONE_MANAGEMENT)
		diag_add(diags, DIAG_ERROR, zone->loc, _("remove role"),
			_("zone \"%s\": it is of kind management and opens no connection to any "
			  "zone; role = \"%s\" is for the others"),
			zone->name, zone_role_name(zone->role));
	else if (zone->kind == ZONE_MYNUMBER && zone->role == ZONE_PUBLIC)
		diag_add(diags, DIAG_ERROR, zone->loc,
			_("make a zone of its own, of kind internet, for what people from outside "
			  "use"),
			_("zone \"%s\": a zone of kind mynumber cannot be public"), zone->name);
}

static void check_segment(const struct policy_segment *segment, struct diag_list *diags)
{
	for (size_t i = 0; i < segment->prefix_count; i++)
		if (!segment->prefixes[i].on_link)
			return;
	if (segment->line.type != LINE_UNSTATED)
		diag_add(diags, DIAG_WARNING, segment->line.loc, NULL,
			_("segment \"%s\": nothing is remote of it, so line says nothing"),
			segment->full_name);
}

static void check_host_role(
	const struct policy *policy, const struct policy_host *host, struct diag_list *diags)
{
	const struct policy_zone *zone;

	if (host->role == HOST_ORDINARY || host->segment >= policy->segment_count)
		return;
	zone = &policy->zones[policy->segments[host->segment].zone];
	if (zone->kind != ZONE_MYNUMBER && zone->kind != ZONE_MANAGEMENT)
		return;
	diag_add(diags, DIAG_ERROR, host->loc,
		_("what stands between LGWAN and the Internet is in a zone of kind internet or "
		  "lgwan"),
		_("host \"%s\": role = \"%s\", but zone \"%s\" is of kind %s"), host->name,
		host_role_name(host->role), zone->name, zone_kind_name(zone->kind));
}

/* ---- paths ---- */

/* What the checks of one path need. */
struct claim {
	const struct policy *policy;
	const struct policy_path *path;
	const struct policy_zone *from, *to;
	const struct addrset *breakouts; /* [ADDR_FAMILIES], of all of them */
	struct diag_list *diags;
};

static void check_sanitize(const struct claim *claim)
{
	enum zone_kind from = claim->from->kind, to = claim->to->kind;

	if (claim->path->sanitize == SANITIZE_NONE || (from == ZONE_LGWAN && to == ZONE_INTERNET) ||
		(from == ZONE_INTERNET && to == ZONE_LGWAN))
		return;
	diag_add(claim->diags, DIAG_ERROR, claim->path->loc, _("remove sanitize"),
		_("path \"%s\": sanitize is for paths between zones of kind lgwan and internet; it "
		  "leads from zone \"%s\" of kind %s to zone \"%s\" of kind %s"),
		claim->path->name, claim->from->name, zone_kind_name(from), claim->to->name,
		zone_kind_name(to));
}

static void check_specified(const struct claim *claim)
{
	bool crosses = claim->from != claim->to &&
		       (claim->from->kind == ZONE_MYNUMBER || claim->to->kind == ZONE_MYNUMBER);

	if (claim->path->specified.given && !crosses)
		diag_add(claim->diags, DIAG_ERROR, claim->path->specified.loc,
			_("remove specified"),
			_("path \"%s\": specified is for paths across the boundary of a zone of "
			  "kind mynumber; it leads from zone \"%s\" to zone \"%s\""),
			claim->path->name, claim->from->name, claim->to->name);
}

static bool leads_to_breakouts(const struct claim *claim)
{
	const struct policy_end *to = &claim->path->to;

	for (size_t i = 0; i < to->part_count; i++)
		for (int family = 0; family < ADDR_FAMILIES; family++)
			for (size_t j = 0; j < to->parts[i].addresses[family].count; j++)
				if (!addrset_covers(&claim->breakouts[family],
					    &to->parts[i].addresses[family].ranges[j]))
					return false;
	return true;
}

static void check_breakout(const struct claim *claim)
{
	if (claim->path->local_breakout && !leads_to_breakouts(claim))
		diag_add(claim->diags, DIAG_ERROR, claim->path->loc,
			_("list the cloud in local_breakout, and name it in to"),
			_("path \"%s\": local_breakout = true, but \"%s\" is not all in a cloud of "
			  "local_breakout"),
			claim->path->name, claim->path->to.text);
}

/* The ends of an error have no parts; the gateway has none either, and no claims. */
static void check_path(const struct policy *policy, const struct policy_path *path,
	const struct addrset breakouts[ADDR_FAMILIES], struct diag_list *diags)
{
	struct claim claim = {
		.policy = policy, .path = path, .breakouts = breakouts, .diags = diags
	};

	if (path->from.part_count == 0 || path->to.part_count == 0)
		return;
	claim.from = &policy->zones[policy_path_zone_from(policy, path)];
	claim.to = &policy->zones[policy_path_zone_to(policy, path)];
	check_sanitize(&claim);
	check_specified(&claim);
	check_breakout(&claim);
}

/* ---- clouds ---- */

static int collect_breakouts(const struct policy *policy, struct addrset sets[ADDR_FAMILIES])
{
	int error = 0;

	for (int family = 0; family < ADDR_FAMILIES; family++)
		addrset_init(&sets[family], (enum addr_family)family);
	for (size_t i = 0; i < policy->breakout_count; i++)
		for (int family = 0; error == 0 && family < ADDR_FAMILIES; family++)
			error = addrset_add_set(
				&sets[family], &policy->breakouts[i].addresses[family]);
	return error;
}

int conf_check_claims(const struct policy *policy, struct diag_list *diags)
{
	struct addrset breakouts[ADDR_FAMILIES];
	int error = collect_breakouts(policy, breakouts);

	for (size_t i = 0; error == 0 && i < policy->zone_count; i++)
		check_zone_role(&policy->zones[i], diags);
	for (size_t i = 0; error == 0 && i < policy->segment_count; i++)
		check_segment(&policy->segments[i], diags);
	for (size_t i = 0; error == 0 && i < policy->host_count; i++)
		check_host_role(policy, &policy->hosts[i], diags);
	for (size_t i = 0; error == 0 && i < policy->path_count; i++)
		check_path(policy, &policy->paths[i], breakouts, diags);
	for (int family = 0; family < ADDR_FAMILIES; family++)
		addrset_clear(&breakouts[family]);
	return error;
}
