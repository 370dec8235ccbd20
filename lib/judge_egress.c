/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way to the Internet: through the security cloud, or straight to a cloud that is listed. */
#include "i18n.h"
#include "judge_impl.h"

static bool has_cloud(const struct policy *policy)
{
	return policy->cloud[ADDR_IPV4].count > 0 || policy->cloud[ADDR_IPV6].count > 0;
}

/* ---- egress ---- */

static const char *egress_fix(const struct policy *policy)
{
	return has_cloud(policy)
		       ? _("let it end in the networks of security_cloud")
		       : _("declare the networks of the security cloud: security_cloud = { ... }");
}

static int judge_path_egress(const struct judge_case *c)
{
	const struct policy_path *path = c->path;
	bool outside;
	int error = judge_is_outside(c->policy, &path->from, c->policy->cloud, &outside);

	if (error == 0 && !outside)
		error = judge_is_outside(c->policy, &path->to, c->policy->cloud, &outside);
	if (error < 0 || !outside)
		return error;
	return judge_report(c, path->loc, egress_fix(c->policy),
		_("path \"%s\" leads past the security cloud: not all of \"%s\" is in it"),
		path->name, path->to.part_count > 0 ? path->to.text : path->from.text);
}

/* A zone as a whole, with what is behind its uplink. */
static bool has_uplink(const struct policy *policy, const struct policy_zone *zone)
{
	for (size_t i = 0; i < zone->segment_count; i++) {
		const struct policy_segment *segment = &policy->segments[zone->first_segment + i];

		for (size_t j = 0; j < segment->prefix_count; j++)
			if (!segment->prefixes[j].on_link)
				return true;
	}
	return false;
}

static int judge_observe_egress(const struct judge_case *c)
{
	bool from = c->from->kind == ZONE_INTERNET && has_uplink(c->policy, c->from);
	bool to = c->to->kind == ZONE_INTERNET && has_uplink(c->policy, c->to);

	if (!from && !to)
		return 0;
	return judge_report(c, c->observe->loc, _("remove it: what only observes lets pass"),
		_("observe: zone \"%s\" has an uplink, which would be open past the security "
		  "cloud"),
		to ? c->to->name : c->from->name);
}

int judge_egress(const struct judge_case *c)
{
	if (c->path == NULL)
		return judge_observe_egress(c);
	return c->path->local_breakout ? 0 : judge_path_egress(c);
}

/* ---- local-breakout ---- */

int judge_local_breakout(const struct judge_case *c)
{
	if (!c->path->local_breakout)
		return 0;
	if (!c->check->allowed)
		return judge_report(c, c->path->loc,
			_("remove it, or name in site.model a model with local breakout"),
			_("path \"%s\" is a local breakout"), c->path->name);
	/* ZONE_MANAGEMENT: from was not given. */
	if (c->check->from != ZONE_MANAGEMENT &&
		(c->from == NULL || c->from->kind != c->check->from))
		return judge_report(c, c->path->loc, NULL,
			_("path \"%s\" is a local breakout from zone \"%s\"; it is for zones of "
			  "kind %s"),
			c->path->name, c->from != NULL ? c->from->name : "gateway",
			zone_kind_name(c->check->from));
	return 0;
}
