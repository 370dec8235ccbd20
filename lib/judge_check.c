/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One check alone: what it is about, and all that it finds. */
#include <errno.h>

#include "judge_impl.h"

/* ---- what each kind is about ---- */

static bool about_boundary(const struct judge_case *c)
{
	return judge_crosses(c->from, c->to);
}

static bool about_isolation(const struct judge_case *c)
{
	return judge_crosses(c->from, c->to) && c->from->kind != c->to->kind;
}

static bool about_peer(const struct judge_case *c)
{
	return judge_crosses(c->from, c->to) && c->path->specified.given;
}

static bool about_exchange(const struct judge_case *c)
{
	return judge_exchanges(c->from, c->to);
}

static bool about_sanitizer(const struct judge_case *c)
{
	return judge_exchanges(c->from, c->to) && c->path->sanitize != SANITIZE_NONE;
}

static bool about_screen(const struct judge_case *c)
{
	return judge_exchanges(c->from, c->to) && c->path->sanitize == SANITIZE_SCREEN_TRANSFER;
}

static bool about_egress(const struct judge_case *c)
{
	return c->path != NULL && judge_class(c->policy, c->path) == CLASS_EGRESS;
}

static bool about_breakout(const struct judge_case *c)
{
	return c->path->local_breakout;
}

static bool about_role(const struct judge_case *c)
{
	return c->from != NULL && c->from != c->to && (c->check->roles & 1u << c->from->role) != 0;
}

static bool about_remote(const struct judge_case *c)
{
	return judge_has_remote(c->segment);
}

static bool about_line(const struct judge_case *c)
{
	return judge_has_remote(c->segment) && (c->check->zone_kinds & 1u << c->zone->kind) != 0;
}

static bool about_site(const struct judge_case *c)
{
	return c->check->kind != CHECK_MODEL || c->policy->model_name != NULL;
}

static bool about_device(const struct judge_case *c)
{
	return (c->check->zone_kinds & 1u << c->zone->kind) != 0 && judge_host_is_on_link(c);
}

bool judge_concerns(const struct judge_case *c)
{
	static bool (*const concerns[CHECK_KINDS])(const struct judge_case *c) = {
		[CHECK_ISOLATION] = about_isolation,
		[CHECK_SPECIFIED_HOSTS] = about_boundary,
		[CHECK_SPECIFIED_SERVICE] = about_boundary,
		[CHECK_SPECIFIED_DEVICE] = about_boundary,
		[CHECK_SPECIFIED_PEER] = about_peer,
		[CHECK_SANITIZE] = about_exchange,
		[CHECK_SANITIZER] = about_sanitizer,
		[CHECK_SCREEN_TRANSFER] = about_screen,
		[CHECK_EGRESS] = about_egress,
		[CHECK_LOCAL_BREAKOUT] = about_breakout,
		[CHECK_ROLES] = about_role,
		[CHECK_EXTERNAL] = about_remote,
		[CHECK_LINE] = about_line,
		[CHECK_EXTERNAL_AUDIT] = about_site,
		[CHECK_MODEL] = about_site,
		[CHECK_DEVICE_BINDING] = about_device,
	};

	return concerns[c->check->kind] != NULL && concerns[c->check->kind](c);
}

/* ---- one check ---- */

static const struct judge_rule *rule_of(
	const struct judge *judge, const struct profile_check *check)
{
	for (size_t i = 0; i < judge->rule_count; i++)
		if (judge->rules[i].check == check)
			return &judge->rules[i];
	return NULL;
}

int judge_check(struct judge *judge, const struct profile_check *check, struct judge_paths more,
	judge_visitor visitor, void *data, size_t *ret_concerned)
{
	const struct policy *policy = judge->policy;
	int error = 0;

	*ret_concerned = 0;
	judge->only = rule_of(judge, check);
	if (judge->only == NULL)
		return -ENOENT;
	judge->concerned = ret_concerned;
	for (size_t i = 0; error == 0 && i < policy->path_count; i++)
		error = judge_path(judge, &policy->paths[i], visitor, data);
	for (size_t i = 0; error == 0 && i < more.count; i++)
		error = judge_path(judge, more.paths[i], visitor, data);
	if (error == 0)
		error = judge_rest(judge, visitor, data);
	judge->only = NULL;
	judge->concerned = NULL;
	return error;
}
