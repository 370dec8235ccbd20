/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which checks apply, to what, and what becomes of their findings. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "judge_impl.h"

/* What a kind of check is about. */
enum subject {
	ABOUT_PATH = 1,
	ABOUT_OBSERVE = 2,
	ABOUT_SEGMENT = 4,
	ABOUT_HOST = 8,
	ABOUT_SITE = 16,
};

/* Kinds without a function have no answer. */
static const struct {
	judge_function judge;
	unsigned int about; /* mask of enum subject */
} kinds[CHECK_KINDS] = {
	[CHECK_ISOLATION] = { judge_isolation, ABOUT_PATH | ABOUT_OBSERVE },
	[CHECK_SPECIFIED_HOSTS] = { judge_specified_hosts, ABOUT_PATH | ABOUT_OBSERVE },
	[CHECK_SPECIFIED_SERVICE] = { judge_specified_service, ABOUT_PATH },
	[CHECK_SPECIFIED_DEVICE] = { judge_specified_device, ABOUT_PATH },
	[CHECK_SPECIFIED_PEER] = { judge_specified_peer, ABOUT_PATH },
	[CHECK_SANITIZE] = { judge_sanitize, ABOUT_PATH | ABOUT_OBSERVE },
	[CHECK_SANITIZER] = { judge_sanitizer, ABOUT_PATH },
	[CHECK_SCREEN_TRANSFER] = { judge_screen_transfer, ABOUT_PATH },
	[CHECK_EGRESS] = { judge_egress, ABOUT_PATH | ABOUT_OBSERVE },
	[CHECK_LOCAL_BREAKOUT] = { judge_local_breakout, ABOUT_PATH },
	[CHECK_ROLES] = { judge_roles, ABOUT_PATH | ABOUT_OBSERVE },
	[CHECK_EXTERNAL] = { judge_external, ABOUT_SEGMENT },
	[CHECK_LINE] = { judge_line, ABOUT_SEGMENT },
	[CHECK_EXTERNAL_AUDIT] = { judge_external_audit, ABOUT_SITE },
	[CHECK_MODEL] = { judge_model, ABOUT_SITE },
	[CHECK_DEVICE_BINDING] = { judge_device_binding, ABOUT_HOST },
};

/* ---- which checks apply ---- */

static bool applies(const struct policy *policy, const struct profile_check *check)
{
	if (check->model_count == 0)
		return true;
	for (size_t i = 0; policy->model_name != NULL && i < check->model_count; i++)
		if (strcmp(check->models[i], policy->model_name) == 0)
			return true;
	return false;
}

static bool has_kind(const struct judge *judge, enum check_kind kind)
{
	for (size_t i = 0; i < judge->rule_count; i++)
		if (judge->rules[i].check->kind == kind)
			return true;
	return false;
}

static void add_rules(struct judge *judge, const struct profile *document, unsigned int rank)
{
	for (size_t i = 0; i < document->clause_count; i++) {
		const struct profile_clause *clause = &document->clauses[i];

		for (size_t j = 0; j < clause->check_count; j++) {
			const struct profile_check *check = &clause->checks[j];

			if (kinds[check->kind].judge != NULL && applies(judge->policy, check))
				judge->rules[judge->rule_count++] =
					(struct judge_rule){ document, clause, check, rank };
		}
	}
}

/* Those that stand back do so before one of them is added. */
static void add_own_rules(struct judge *judge, const struct profile *own, unsigned int rank)
{
	bool named = judge->policy->profile != NULL || judge->policy->model != NULL;
	bool covered[CHECK_KINDS];

	for (int kind = 0; kind < CHECK_KINDS; kind++)
		covered[kind] = kind != CHECK_ISOLATION && has_kind(judge, (enum check_kind)kind);
	/* Who names no model has none that could allow it. */
	covered[CHECK_LOCAL_BREAKOUT] = covered[CHECK_LOCAL_BREAKOUT] || !named;
	for (size_t i = 0; i < own->clause_count; i++) {
		const struct profile_clause *clause = &own->clauses[i];

		if (!covered[clause->checks[0].kind])
			judge->rules[judge->rule_count++] =
				(struct judge_rule){ own, clause, &clause->checks[0], rank };
	}
}

static size_t count_checks(const struct profile *document)
{
	size_t count = 0;

	for (size_t i = 0; document != NULL && i < document->clause_count; i++)
		count += document->clauses[i].check_count;
	return count;
}

static int collect_rules(struct judge *judge)
{
	const struct policy *policy = judge->policy;
	const struct profile *own = judge_own();
	size_t room =
		1 + count_checks(policy->profile) + count_checks(policy->model) + count_checks(own);

	judge->rules = calloc(room, sizeof(*judge->rules));
	if (judge->rules == NULL)
		return -ENOMEM;
	if (policy->profile != NULL)
		add_rules(judge, policy->profile, 0);
	if (policy->model != NULL)
		add_rules(judge, policy->model, 1);
	add_own_rules(judge, own, 2);
	return 0;
}

/* ---- hosts by name and address ---- */

/* Of several hosts with an address the one with a MAC comes first: it binds the address. */
static int compare_addresses(const void *left, const void *right)
{
	const struct judge_address *a = left, *b = right;
	int order = addr_compare(a->addr, b->addr);

	if (order == 0)
		order = (int)b->host->has_mac - (int)a->host->has_mac;
	if (order == 0)
		order = (a->host > b->host) - (a->host < b->host);
	return order;
}

static int collect_hosts(struct judge *judge)
{
	const struct policy *policy = judge->policy;
	size_t room = 1;

	for (size_t i = 0; i < policy->host_count; i++) {
		room += policy->hosts[i].address_count;
		if (strmap_add(&judge->hosts, policy->hosts[i].name, i) == -ENOMEM)
			return -ENOMEM;
	}
	judge->addresses = calloc(room, sizeof(*judge->addresses));
	if (judge->addresses == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < policy->host_count; i++)
		for (size_t j = 0; j < policy->hosts[i].address_count; j++)
			judge->addresses[judge->address_count++] =
				(struct judge_address){ &policy->hosts[i].addresses[j],
					&policy->hosts[i] };
	qsort(judge->addresses, judge->address_count, sizeof(*judge->addresses), compare_addresses);
	return 0;
}

int judge_new(
	const struct policy *policy, const struct calendar_date *today, struct judge **ret_judge)
{
	struct judge *judge = calloc(1, sizeof(*judge));
	int error;

	if (judge == NULL)
		return -ENOMEM;
	judge->policy = policy;
	judge->today = *today;
	error = collect_rules(judge);
	if (error == 0)
		error = collect_hosts(judge);
	if (error < 0) {
		judge_free(judge);
		return error;
	}
	*ret_judge = judge;
	return 0;
}

void judge_free(struct judge *judge)
{
	if (judge == NULL)
		return;
	free(judge->rules);
	free(judge->addresses);
	strmap_clear(&judge->hosts);
	free(judge);
}

/* ---- findings ---- */

static bool was_said(const struct judge_sink *sink, enum check_kind kind, unsigned int severity)
{
	return sink->before[kind] <= severity;
}

__attribute__((format(printf, 5, 0))) static int report(const struct judge_case *c,
	enum clause_severity severity, struct diag_loc loc, const char *fix, const char *format,
	va_list arguments)
{
	struct judge_sink *sink = c->sink;
	struct judge_finding finding = { .document = c->rule->document,
		.clause = c->rule->clause,
		.check = c->check,
		.severity = severity,
		.loc = loc,
		.fix = fix };
	char *message;
	int error;

	if (was_said(sink, c->check->kind, severity))
		return 0;
	if (vasprintf(&message, format, arguments) < 0)
		return -ENOMEM;
	if (severity < sink->now[c->check->kind])
		sink->now[c->check->kind] = severity;
	finding.message = message;
	error = sink->visitor(&finding, sink->data);
	free(message);
	return error;
}

int judge_report(
	const struct judge_case *c, struct diag_loc loc, const char *fix, const char *format, ...)
{
	va_list arguments;
	int error;

	va_start(arguments, format);
	error = report(c, c->check->severity, loc, fix, format, arguments);
	va_end(arguments);
	return error;
}

int judge_remark(
	const struct judge_case *c, struct diag_loc loc, const char *fix, const char *format, ...)
{
	enum clause_severity severity =
		c->check->severity == CLAUSE_REFUSE ? CLAUSE_WARN : c->check->severity;
	va_list arguments;
	int error;

	va_start(arguments, format);
	error = report(c, severity, loc, fix, format, arguments);
	va_end(arguments);
	return error;
}

/* ---- subjects ---- */

static void begin_subject(struct judge_sink *sink)
{
	for (int kind = 0; kind < CHECK_KINDS; kind++)
		sink->before[kind] = sink->now[kind] = CLAUSE_SEVERITIES;
	sink->rank = 0;
}

/* What this document found is said already when the next one is asked. */
static void next_document(struct judge_sink *sink, unsigned int rank)
{
	if (rank != sink->rank)
		memcpy(sink->before, sink->now, sizeof(sink->before));
	sink->rank = rank;
}

static int judge_subject(const struct judge *judge, struct judge_case *c, enum subject about)
{
	int error = 0;

	c->judge = judge;
	c->policy = judge->policy;
	begin_subject(c->sink);
	for (size_t i = 0; error == 0 && i < judge->rule_count; i++) {
		const struct judge_rule *rule = &judge->rules[i];

		if ((kinds[rule->check->kind].about & about) == 0 ||
			(judge->only != NULL && judge->only != rule))
			continue;
		next_document(c->sink, rule->rank);
		c->rule = rule;
		c->check = rule->check;
		if (judge->concerned != NULL && judge_concerns(c))
			++*judge->concerned;
		error = kinds[rule->check->kind].judge(c);
	}
	return error;
}

static const struct policy_zone *zone_at(const struct policy *policy, size_t index)
{
	return index < policy->zone_count ? &policy->zones[index] : NULL;
}

int judge_path(
	struct judge *judge, const struct policy_path *path, judge_visitor visitor, void *data)
{
	const struct policy *policy = judge->policy;
	struct judge_sink sink = { .visitor = visitor, .data = data };
	struct judge_case c = { .sink = &sink,
		.path = path,
		.from = zone_at(policy, policy_path_zone_from(policy, path)),
		.to = zone_at(policy, policy_path_zone_to(policy, path)) };

	/* An end that could not be resolved: why is known already. */
	if ((c.from == NULL && path->direction != PATH_OUTPUT) ||
		(c.to == NULL && path->direction != PATH_INPUT))
		return 0;
	return judge_subject(judge, &c, ABOUT_PATH);
}

static int judge_observes(const struct judge *judge, struct judge_sink *sink)
{
	const struct policy *policy = judge->policy;
	int error = 0;

	for (size_t i = 0; error == 0 && i < policy->observe_count; i++) {
		const struct policy_observe *observe = &policy->observes[i];
		struct judge_case c = { .sink = sink,
			.observe = observe,
			.from = zone_at(policy, observe->from),
			.to = zone_at(policy, observe->to) };

		if (c.from != NULL && c.to != NULL)
			error = judge_subject(judge, &c, ABOUT_OBSERVE);
	}
	return error;
}

static int judge_segments(const struct judge *judge, struct judge_sink *sink)
{
	const struct policy *policy = judge->policy;
	int error = 0;

	for (size_t i = 0; error == 0 && i < policy->segment_count; i++) {
		const struct policy_segment *segment = &policy->segments[i];
		struct judge_case c = {
			.sink = sink, .segment = segment, .zone = &policy->zones[segment->zone]
		};

		error = judge_subject(judge, &c, ABOUT_SEGMENT);
	}
	return error;
}

static int judge_hosts(const struct judge *judge, struct judge_sink *sink)
{
	const struct policy *policy = judge->policy;
	int error = 0;

	for (size_t i = 0; error == 0 && i < policy->host_count; i++) {
		const struct policy_host *host = &policy->hosts[i];
		struct judge_case c = { .sink = sink, .host = host };

		if (host->segment >= policy->segment_count)
			continue;
		c.segment = &policy->segments[host->segment];
		c.zone = &policy->zones[c.segment->zone];
		error = judge_subject(judge, &c, ABOUT_HOST);
	}
	return error;
}

int judge_rest(struct judge *judge, judge_visitor visitor, void *data)
{
	struct judge_sink sink = { .visitor = visitor, .data = data };
	struct judge_case site = { .sink = &sink };
	int error = judge_subject(judge, &site, ABOUT_SITE);

	if (error == 0)
		error = judge_segments(judge, &sink);
	if (error == 0)
		error = judge_hosts(judge, &sink);
	if (error == 0)
		error = judge_observes(judge, &sink);
	return error;
}
