/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Residents' data (マイナンバー利用事務系): what may cross the boundary, and between which hosts.
 */
#include <netinet/in.h>

#include "i18n.h"
#include "judge_impl.h"

static const struct policy_zone *mynumber_of(const struct judge_case *c)
{
	return c->from->kind == ZONE_MYNUMBER ? c->from : c->to;
}

static const struct policy_zone *other_of(const struct judge_case *c)
{
	return c->from->kind == ZONE_MYNUMBER ? c->to : c->from;
}

/* The end outside of the zone of residents' data. */
static const struct policy_end *peer_of(const struct judge_case *c)
{
	return c->from->kind == ZONE_MYNUMBER ? &c->path->to : &c->path->from;
}

/* ---- isolation ---- */

static int refuse_internet(const struct judge_case *c)
{
	return judge_report(c, c->path->loc,
		_("remove it, or lead it through a host in a zone of kind lgwan"),
		_("path \"%s\" would connect zone \"%s\" of kind mynumber with zone \"%s\" of kind "
		  "internet: they are cut off from each other"),
		c->path->name, mynumber_of(c)->name, other_of(c)->name);
}

static int refuse_undeclared(const struct judge_case *c)
{
	return judge_report(c, c->path->loc,
		_("remove it; or declare it with specified = { ... }, when its peer is known not "
		  "to reach the Internet"),
		_("path \"%s\" crosses the boundary of zone \"%s\" and is not declared as a "
		  "specified communication"),
		c->path->name, mynumber_of(c)->name);
}

static int refuse_observing(const struct judge_case *c)
{
	return judge_report(c, c->observe->loc,
		_("remove the entry; name the paths that are needed"),
		_("observe: the boundary of zone \"%s\" of kind mynumber is never open, not even "
		  "to "
		  "be observed"),
		mynumber_of(c)->name);
}

int judge_isolation(const struct judge_case *c)
{
	bool internet;

	if (!judge_crosses(c->from, c->to) || c->from->kind == c->to->kind)
		return 0;
	internet = other_of(c)->kind == ZONE_INTERNET;
	if (!internet && c->check->internet_only)
		return 0;
	if (c->path == NULL)
		return refuse_observing(c);
	if (internet)
		return refuse_internet(c);
	return c->path->specified.given ? 0 : refuse_undeclared(c);
}

/* ---- specified-hosts ---- */

/* What is only observed passes between all hosts; unless isolation has said so. */
static int judge_observed_hosts(const struct judge_case *c)
{
	if (c->from->kind == c->to->kind || c->sink->now[CHECK_ISOLATION] < CLAUSE_SEVERITIES)
		return 0;
	return refuse_observing(c);
}

int judge_specified_hosts(const struct judge_case *c)
{
	int error = 0;

	if (!judge_crosses(c->from, c->to))
		return 0;
	if (c->path == NULL)
		return judge_observed_hosts(c);
	if (!judge_is_one_host(c->judge, &c->path->from))
		error = judge_report(c, c->path->loc,
			_("name the host that opens the connection, with its MAC"),
			_("path \"%s\" crosses the boundary of zone \"%s\": its source is not one "
			  "host"),
			c->path->name, mynumber_of(c)->name);
	if (error == 0 && !judge_is_one_host(c->judge, &c->path->to))
		error = judge_report(c, c->path->loc, _("name the host that is connected to"),
			_("path \"%s\" crosses the boundary of zone \"%s\": its target is not one "
			  "host"),
			c->path->name, mynumber_of(c)->name);
	return error;
}

/* ---- specified-service ---- */

static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP || protocol == IPPROTO_UDPLITE;
}

/* Port 0 is no port: a range without it is every port all the same. */
static bool is_every_port(const struct policy_service_entry *entry)
{
	return has_ports(entry->protocol) &&
	       (entry->whole || (entry->ports.first <= 1 && entry->ports.last == UINT16_MAX));
}

static int refuse_service(
	const struct judge_case *c, const struct policy_service *service, bool portless)
{
	if (portless)
		return judge_report(c, c->path->loc, _("name a protocol with ports, and the ports"),
			_("path \"%s\" crosses the boundary of zone \"%s\": service \"%s\" is not "
			  "limited to ports"),
			c->path->name, mynumber_of(c)->name, service->name);
	return judge_report(c, c->path->loc, _("name the ports that are needed"),
		_("path \"%s\" crosses the boundary of zone \"%s\": service \"%s\" permits every "
		  "port"),
		c->path->name, mynumber_of(c)->name, service->name);
}

static int judge_service(const struct judge_case *c, const struct policy_service *service)
{
	for (size_t i = 0; i < service->entry_count; i++) {
		const struct policy_service_entry *entry = &service->entries[i];

		if (is_every_port(entry))
			return refuse_service(c, service, false);
		if (entry->whole && !c->check->portless)
			return refuse_service(c, service, true);
	}
	return service->any ? refuse_service(c, service, false) : 0;
}

int judge_specified_service(const struct judge_case *c)
{
	int error = 0;

	if (!judge_crosses(c->from, c->to))
		return 0;
	for (size_t i = 0; error == 0 && i < c->path->service_count; i++)
		error = judge_service(c, &c->policy->services[c->path->services[i]]);
	return error;
}

/* ---- specified-device ---- */

/* An end on the link is bound to the host's MAC, one behind a router to that of the router; but
 * what is behind the peer's router is the peer's. An end that is not one host is not ours to
 * judge: specified-hosts does. */
static bool is_bound(const struct judge_case *c, const struct policy_end *end)
{
	const struct policy_host *host = judge_host(c->judge, end);

	if (!judge_is_one_host(c->judge, end) || (host != NULL && host->has_mac))
		return true;
	return !judge_is_on_link(c->policy, end) && (c->check->source_only || end == peer_of(c));
}

static const char *binding_fix(const struct judge_case *c, const struct policy_end *end)
{
	return judge_is_on_link(c->policy, end)
		       ? _("give the host its MAC in hosts")
		       : _("give the host in hosts the MAC of its router as next_hop_mac");
}

int judge_specified_device(const struct judge_case *c)
{
	const struct policy_path *path = c->path;
	int error = 0;

	if (!judge_crosses(c->from, c->to))
		return 0;
	if (!is_bound(c, &path->from))
		error = judge_report(c, path->loc, binding_fix(c, &path->from),
			_("path \"%s\" crosses the boundary of zone \"%s\": its source is not "
			  "bound to a MAC"),
			path->name, mynumber_of(c)->name);
	if (error == 0 && !c->check->source_only && !is_bound(c, &path->to))
		error = judge_report(c, path->loc, binding_fix(c, &path->to),
			_("path \"%s\" crosses the boundary of zone \"%s\": its target is not "
			  "bound to a MAC"),
			path->name, mynumber_of(c)->name);
	return error;
}

/* ---- specified-peer ---- */

static int judge_public_body(const struct judge_case *c)
{
	const struct policy_specified *specified = &c->path->specified;
	const struct policy_zone *via =
		specified->via < c->policy->zone_count ? &c->policy->zones[specified->via] : NULL;

	if (via == NULL || via->kind != ZONE_LGWAN || via != other_of(c))
		return judge_report(c, specified->loc,
			_("via names the zone of kind lgwan that the peer is in"),
			_("path \"%s\": its peer is in zone \"%s\", not reached through LGWAN"),
			c->path->name, other_of(c)->name);
	if (judge_is_on_link(c->policy, peer_of(c)))
		return judge_report(c, specified->loc,
			_("attest that the peer does not reach the Internet: attested_by and "
			  "attested_on"),
			_("path \"%s\": its peer is on the link of this gateway, no public body's "
			  "system behind LGWAN"),
			c->path->name);
	return 0;
}

static int judge_attestation(const struct judge_case *c)
{
	const struct policy_specified *specified = &c->path->specified;
	struct calendar_date day;

	if (specified->attested_by[0] == '\0' || calendar_parse(specified->attested_on, &day) < 0)
		return judge_report(c, specified->loc,
			_("add attested_by and attested_on, or public_body = true and via"),
			_("path \"%s\": nobody has attested that its peer does not reach the "
			  "Internet"),
			c->path->name);
	if (c->judge->today.year > 0 && calendar_days(&day) > calendar_days(&c->judge->today))
		return judge_report(c, specified->loc,
			_("attested_on is the day on which it was attested"),
			_("path \"%s\": attested_on = \"%s\" is in the future"), c->path->name,
			specified->attested_on);
	return 0;
}

int judge_specified_peer(const struct judge_case *c)
{
	if (!judge_crosses(c->from, c->to) || !c->path->specified.given)
		return 0;
	return c->path->specified.public_body ? judge_public_body(c) : judge_attestation(c);
}
