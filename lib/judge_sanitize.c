/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Between zones of kind lgwan and internet: methods that make data harmless (無害化通信), the
 * devices that do it, the side that opens a screen. */
#include "i18n.h"
#include "judge_impl.h"

/* ---- sanitize ---- */

/* Does data flow from the Internet's side? */
static bool flows_in(const struct judge_case *c)
{
	switch (c->path->data) {
	case PATH_DATA_FORWARD:
		return c->from->kind == ZONE_INTERNET;
	case PATH_DATA_REVERSE:
		return c->from->kind == ZONE_LGWAN;
	case PATH_DATA_BOTH:
		return true;
	}
	return true;
}

int judge_sanitize(const struct judge_case *c)
{
	if (!judge_exchanges(c->from, c->to))
		return 0;
	if (c->path == NULL)
		return judge_report(c, c->observe->loc,
			_("remove it: what only observes lets pass"),
			_("observe: between zone \"%s\" and zone \"%s\" data passes sanitized "
			  "only"),
			c->from->name, c->to->name);
	if (c->path->sanitize != SANITIZE_NONE || c->path->local_breakout ||
		(c->check->inward_only && !flows_in(c)))
		return 0;
	return judge_report(c, c->path->loc,
		c->check->inward_only
			? _("add sanitize = \"mail_text\", \"screen_transfer\" or "
			    "\"file_sanitize\"; or say with data that nothing comes in")
			: _("add sanitize = \"mail_text\", \"screen_transfer\" or "
			    "\"file_sanitize\""),
		_("path \"%s\" leads data from zone \"%s\" to zone \"%s\" without making it "
		  "harmless"),
		c->path->name,
		c->check->inward_only && c->from->kind == ZONE_LGWAN ? c->to->name : c->from->name,
		c->check->inward_only && c->from->kind == ZONE_LGWAN ? c->from->name : c->to->name);
}

/* ---- sanitizer ---- */

static enum host_role role_for(enum sanitize sanitize)
{
	return sanitize == SANITIZE_SCREEN_TRANSFER ? HOST_VDI : HOST_SANITIZER;
}

/* The host of that role at one end, and the zone that it is in. */
static const struct policy_host *find_device(
	const struct judge_case *c, enum host_role role, const struct policy_zone **ret_zone)
{
	const struct policy_host *from = judge_host(c->judge, &c->path->from);
	const struct policy_host *to = judge_host(c->judge, &c->path->to);

	*ret_zone = c->from;
	if (from != NULL && from->role == role)
		return from;
	*ret_zone = c->to;
	return to != NULL && to->role == role ? to : NULL;
}

int judge_sanitizer(const struct judge_case *c)
{
	const struct policy_zone *zone;
	const struct policy_host *device;
	enum host_role role;

	if (!judge_exchanges(c->from, c->to) || c->path->sanitize == SANITIZE_NONE)
		return 0;
	role = role_for(c->path->sanitize);
	device = find_device(c, role, &zone);
	if (device == NULL)
		return judge_report(c, c->path->loc,
			role == HOST_VDI ? _("give the host that shows the screen role = \"vdi\"")
					 : _("give the device role = \"sanitizer\" in hosts, and "
					     "lead the path to or from it"),
			_("path \"%s\": sanitize = \"%s\", but neither end is a host with role = "
			  "\"%s\""),
			c->path->name, sanitize_name(c->path->sanitize), host_role_name(role));
	/* Where a screen is shown is the matter of screen-transfer. */
	if (role == HOST_SANITIZER && c->check->zone_kinds != 0 &&
		(c->check->zone_kinds & 1u << zone->kind) == 0)
		return judge_report(c, c->path->loc,
			_("lead it through a sanitizer on the other side"),
			_("path \"%s\": its sanitizer \"%s\" stands in zone \"%s\" of kind %s"),
			c->path->name, device->name, zone->name, zone_kind_name(zone->kind));
	return 0;
}

/* ---- screen-transfer ---- */

int judge_screen_transfer(const struct judge_case *c)
{
	const struct policy_zone *zone;

	if (!judge_exchanges(c->from, c->to) || c->path->sanitize != SANITIZE_SCREEN_TRANSFER)
		return 0;
	if (c->from->kind != c->check->from || c->to->kind != c->check->to)
		return judge_report(c, c->path->loc,
			_("let the side that looks open the connection, to the host with role = "
			  "\"vdi\" on the other"),
			_("path \"%s\" opens a screen from zone \"%s\" of kind %s in zone \"%s\"; "
			  "screens are opened from kind %s to kind %s"),
			c->path->name, c->from->name, zone_kind_name(c->from->kind), c->to->name,
			zone_kind_name(c->check->from), zone_kind_name(c->check->to));
	if (find_device(c, HOST_VDI, &zone) != NULL && zone == c->from)
		return judge_report(c, c->path->loc,
			_("the host with role = \"vdi\" is the one that is connected to"),
			_("path \"%s\": the host whose screen is shown opens the connection"),
			c->path->name);
	return 0;
}
