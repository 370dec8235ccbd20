/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Zones, segments and hosts: who may open connections, who answers for what lies behind, by which
 * line it is reached; and the site's audits. */
#include <stdio.h>
#include <string.h>

#include "i18n.h"
#include "judge_impl.h"

/* ---- roles ---- */

int judge_roles(const struct judge_case *c)
{
	if (c->from == NULL || c->to == NULL || c->from == c->to ||
		(c->check->roles & 1u << c->from->role) == 0 ||
		(c->to->kind != ZONE_LGWAN && c->to->kind != ZONE_MYNUMBER))
		return 0;
	return judge_report(c, c->path != NULL ? c->path->loc : c->observe->loc,
		_("remove it; what that zone needs is fetched by the other side"),
		_("%s \"%s\": zone \"%s\" has role = \"%s\" and opens no connection to zone \"%s\" "
		  "of kind %s"),
		c->path != NULL ? _("path") : _("observe"),
		c->path != NULL ? c->path->name : c->observe->reason, c->from->name,
		zone_role_name(c->from->role), c->to->name, zone_kind_name(c->to->kind));
}

/* ---- external ---- */

bool judge_has_remote(const struct policy_segment *segment)
{
	for (size_t i = 0; i < segment->prefix_count; i++)
		if (!segment->prefixes[i].on_link)
			return true;
	return false;
}

static bool is_given(const char *text)
{
	return text != NULL && text[0] != '\0';
}

int judge_external(const struct judge_case *c)
{
	const struct policy_external *external = &c->segment->external;
	const struct {
		enum external_need need;
		const char *value, *what, *fix;
	} needs[] = {
		{ NEED_OWNER, external->owner, N_("who runs it"), N_("add owner to external") },
		{ NEED_PERMISSION, external->permission, N_("the permission to connect"),
			N_("add permission to external: the number of the permission") },
		{ NEED_SURVEY, external->survey, N_("its survey"),
			N_("add survey to external: where the result of the survey is kept") },
	};
	int error = 0;

	if (!judge_has_remote(c->segment))
		return 0;
	if (!external->given)
		return judge_report(c, c->segment->loc,
			_("add: external = { owner = \"...\"; permission = \"...\"; survey = "
			  "\"...\"; };"),
			_("segment \"%s\" connects an outside network, and does not state whose it "
			  "is"),
			c->segment->full_name);
	for (size_t i = 0; error == 0 && i < sizeof(needs) / sizeof(needs[0]); i++)
		if ((c->check->needs & needs[i].need) != 0 && !is_given(needs[i].value))
			error = judge_report(c, external->loc, _(needs[i].fix),
				_("segment \"%s\" connects an outside network, and does not state "
				  "%s"),
				c->segment->full_name, _(needs[i].what));
	return error;
}

/* ---- line ---- */

/* The types that the clause permits, with commas between. */
static void list_types(const struct profile_check *check, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (int type = LINE_UNSTATED + 1; type <= LINE_INTERNET && used < size; type++)
		if ((check->line_types & 1u << type) != 0)
			used += (size_t)snprintf(text + used, size - used, "%s\"%s\"",
				used > 0 ? ", " : "", line_type_name((enum line_type)type));
}

static int judge_line_type(const struct judge_case *c)
{
	const struct policy_line *line = &c->segment->line;
	char types[128], fix[512];

	if (c->check->line_types == 0 || (c->check->line_types & 1u << line->type) != 0)
		return 0;
	if (line->type == LINE_UNSTATED)
		return judge_report(c, c->segment->loc, _("add: line = { type = \"dedicated\"; };"),
			_("segment \"%s\": the line to what is remote of it is not stated"),
			c->segment->full_name);
	list_types(c->check, types, sizeof(types));
	snprintf(fix, sizeof(fix), _("connect it by a line of one of these types: %s"), types);
	return judge_report(c, line->loc, fix,
		_("segment \"%s\": a line of type \"%s\" may not lead there"),
		c->segment->full_name, line_type_name(line->type));
}

int judge_line(const struct judge_case *c)
{
	const struct policy_line *line = &c->segment->line;
	int error;

	if (!judge_has_remote(c->segment) || (c->check->zone_kinds & 1u << c->zone->kind) == 0)
		return 0;
	error = judge_line_type(c);
	if (error == 0 && c->check->encryption && !is_given(line->encryption))
		error = judge_report(c, line->type == LINE_UNSTATED ? c->segment->loc : line->loc,
			_("add encryption to line: how it is encrypted"),
			_("segment \"%s\": the encryption of the line is not stated"),
			c->segment->full_name);
	return error;
}

/* ---- device-binding ---- */

bool judge_host_is_on_link(const struct judge_case *c)
{
	for (size_t i = 0; i < c->host->address_count; i++) {
		const struct addr *addr = &c->host->addresses[i];

		if (!addrset_contains(&c->segment->on_link[addr->family], addr->bytes))
			return false;
	}
	return true;
}

int judge_device_binding(const struct judge_case *c)
{
	if ((c->check->zone_kinds & 1u << c->zone->kind) == 0 || c->host->has_mac ||
		!judge_host_is_on_link(c))
		return 0;
	return judge_report(c, c->host->loc, _("give the host its MAC in hosts"),
		_("host \"%s\" in zone \"%s\" is not bound to a MAC"), c->host->name,
		c->zone->name);
}

/* ---- external-audit ---- */

static struct diag_loc site_loc(const struct policy *policy)
{
	if (policy->model_loc.line > 0)
		return policy->model_loc;
	if (policy->profile_loc.line > 0)
		return policy->profile_loc;
	return (struct diag_loc){ .file = policy->file };
}

static bool is_after(const struct calendar_date *a, const struct calendar_date *b)
{
	return calendar_days(a) > calendar_days(b);
}

static int refuse_future(
	const struct judge_case *c, struct diag_loc loc, const char *key, const char *day)
{
	return judge_report(c, loc, _("write the day on which it was done"),
		_("site: %s = \"%s\" is in the future"), key, day);
}

/* Counted from the later of confirmation and audit. */
static int judge_due(
	const struct judge_case *c, const struct calendar_date *last, struct diag_loc loc)
{
	struct calendar_date due = calendar_add_months(last, c->check->months);
	char last_text[CALENDAR_TEXT_MAX], due_text[CALENDAR_TEXT_MAX];

	if (c->judge->today.year == 0 || !is_after(&c->judge->today, &due))
		return 0;
	calendar_format(last, last_text);
	calendar_format(&due, due_text);
	return judge_remark(c, loc, _("have it done, then write its day: audited = \"...\""),
		_("site: the external audit was due on %s, the last one was on %s"), due_text,
		last_text);
}

int judge_external_audit(const struct judge_case *c)
{
	const struct policy *policy = c->policy;
	struct calendar_date confirmed, audited;
	bool has_audit;

	if (policy->confirmed_on == NULL || calendar_parse(policy->confirmed_on, &confirmed) < 0)
		return judge_report(c, site_loc(policy),
			_("add to site the day of the confirmation: confirmed = \"2026-03-01\""),
			_("site: confirmed is missing: nobody from outside has confirmed the "
			  "measures beforehand"));
	has_audit = policy->audited_on != NULL && calendar_parse(policy->audited_on, &audited) == 0;
	if (c->judge->today.year > 0 && is_after(&confirmed, &c->judge->today))
		return refuse_future(c, policy->confirmed_loc, "confirmed", policy->confirmed_on);
	if (has_audit && c->judge->today.year > 0 && is_after(&audited, &c->judge->today))
		return refuse_future(c, policy->audited_loc, "audited", policy->audited_on);
	if (has_audit && is_after(&audited, &confirmed))
		return judge_due(c, &audited, policy->audited_loc);
	return judge_due(c, &confirmed, policy->confirmed_loc);
}

/* ---- model ---- */

/* A site without a model is not asked. */
int judge_model(const struct judge_case *c)
{
	const char *model = c->policy->model_name;

	if (model == NULL)
		return 0;
	for (size_t i = 0; i < c->check->fit_count; i++)
		if (strcmp(c->check->fits[i], model) == 0)
			return 0;
	return judge_report(
		c, site_loc(c->policy), NULL, _("site: model \"%s\" does not fit"), model);
}
