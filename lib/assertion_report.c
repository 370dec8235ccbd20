/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Assertions that do not hold, put into words. */
#include <stdio.h>
#include <string.h>

#include "assertion_impl.h"
#include "compile.h"
#include "i18n.h"

#define PACKET_MAX 320 /* bytes: three texts, and what joins them */
#define CAUSE_MAX  384

/* "tcp 443 from 10.1.0.10 to 10.2.0.10", in the reader's language. */
static void packet_text(const struct assertion_result *result, char text[PACKET_MAX])
{
	char service[64], from[ADDR_TEXT_MAX], to[ADDR_TEXT_MAX];

	policy_entry_text(&result->service, service, sizeof(service));
	addr_format(result->from.family, result->from.bytes, from);
	addr_format(result->to.family, result->to.bytes, to);
	if (result->answer)
		snprintf(
			text, PACKET_MAX, _("the answer to %s, from %s to %s,"), service, from, to);
	else
		snprintf(text, PACKET_MAX, _("%s from %s to %s"), service, from, to);
}

/* ---- it passes ---- */

static void passing_cause(
	const struct policy *policy, const struct assertion_result *result, char text[CAUSE_MAX])
{
	const struct policy_path *path = result->path;

	if (result->observe != NULL)
		snprintf(text, CAUSE_MAX, _("zone \"%s\" to zone \"%s\" is only observed, line %u"),
			policy->zones[result->observe->from].name,
			policy->zones[result->observe->to].name, result->observe->loc.line);
	else if (path != NULL && path->exception != NULL)
		snprintf(text, CAUSE_MAX, _("exception %s permits it for a time"), path->exception);
	else if (path != NULL && policy_path_timed(path))
		snprintf(text, CAUSE_MAX, _("path \"%s\" on line %u permits it while it is open"),
			path->name, path->loc.line);
	else if (path != NULL)
		snprintf(text, CAUSE_MAX, _("path \"%s\" on line %u permits it"), path->name,
			path->loc.line);
	else
		snprintf(text, CAUSE_MAX, _("rule %zu of chain \"%s\" accepts it"),
			result->met.rule + 1, result->met.chain);
}

static void report_passing(const struct policy *policy, const struct policy_assertion *assertion,
	const struct assertion_result *result, struct diag_list *diags)
{
	char packet[PACKET_MAX], cause[CAUSE_MAX];

	packet_text(result, packet);
	passing_cause(policy, result, cause);
	diag_add(diags, DIAG_ERROR, assertion->loc,
		_("narrow what permits it; if it is meant to pass, change the assertion"),
		_("assertion \"%s\": it must be blocked, but %s passes: %s"), assertion->name,
		packet, cause);
}

/* ---- it is blocked ---- */

/* What would mend it, by the reason of the denial. NULL: that is not known. */
static const char *blocked_fix(const struct assertion_result *result)
{
	static const struct {
		enum reason reason;
		const char *fix;
	} fixes[] = {
		{ REASON_NO_PATH, N_("add the path that permits it, or change the assertion") },
		{ REASON_INPUT, N_("add the path to gateway.input, or change the assertion") },
		{ REASON_OUTPUT, N_("add the path to gateway.output, or change the assertion") },
		{ REASON_DEVICE, N_("the address is bound to another MAC address by its host") },
	};
	enum reason reason;

	if (reason_parse(result->denial.reason, &reason) < 0)
		return NULL;
	for (size_t i = 0; i < sizeof(fixes) / sizeof(fixes[0]); i++)
		if (fixes[i].reason == reason)
			return _(fixes[i].fix);
	return NULL;
}

static void blocking_cause(const struct assertion_result *result, char text[CAUSE_MAX])
{
	const struct flow_prefix *denial = &result->denial;

	if (denial->reason[0] != '\0')
		snprintf(text, CAUSE_MAX, _("reason \"%s\", from %s to %s, chain \"%s\""),
			denial->reason, denial->from, denial->to, result->met.chain);
	else
		snprintf(text, CAUSE_MAX, _("rule %zu of chain \"%s\" drops it"),
			result->met.rule + 1, result->met.chain);
}

static void report_blocked(const struct policy_assertion *assertion,
	const struct assertion_result *result, struct diag_list *diags)
{
	char packet[PACKET_MAX], cause[CAUSE_MAX];

	packet_text(result, packet);
	blocking_cause(result, cause);
	diag_add(diags, DIAG_ERROR, assertion->loc,
		result->met.timed ? _("only a path that is open at times permits it; an assertion "
				      "is about any time")
				  : blocked_fix(result),
		_("assertion \"%s\": it must pass, but %s is blocked: %s"), assertion->name, packet,
		cause);
}

/* ---- it cannot be told ---- */

static const char *doubt_text(enum eval_doubt doubt)
{
	static const char *const texts[] = {
		[DOUBT_NONE] = N_("nothing could be tried"),
		[DOUBT_STATEMENT] = N_("an expression that is not known"),
		[DOUBT_TABLE] = N_("the table has something that is not known"),
		[DOUBT_MISSING] = N_("a name that does not exist"),
		[DOUBT_SELECTOR] = N_("something is read that the packet does not have"),
		[DOUBT_SET] = N_("something that cannot be used so"),
		[DOUBT_AMBIGUOUS] = N_("a set of which two elements hold it"),
		[DOUBT_LOOP] = N_("a chain that leads to itself"),
	};

	return _(texts[doubt]);
}

static void report_doubt(const struct policy_assertion *assertion,
	const struct assertion_result *result, struct diag_list *diags)
{
	const struct eval_result *met = &result->met;
	char packet[PACKET_MAX];

	packet_text(result, packet);
	diag_add(diags, DIAG_ERROR, assertion->loc, NULL,
		_("assertion \"%s\": what becomes of %s cannot be told: %s, \"%s\" in chain "
		  "\"%s\""),
		assertion->name, packet, doubt_text(met->doubt), met->name ? met->name : "",
		met->chain ? met->chain : "");
}

void assertion_report(const struct policy *policy, const struct policy_assertion *assertion,
	const struct assertion_result *result, struct diag_list *diags)
{
	if (result->tried > ASSERTION_TRIES_MAX)
		diag_add(diags, DIAG_ERROR, assertion->loc,
			_("name hosts with fewer addresses, or fewer services"),
			_("assertion \"%s\": more than %d packets would have to be tried"),
			assertion->name, ASSERTION_TRIES_MAX);
	else if (result->outcome == ASSERTION_UNKNOWN)
		report_doubt(assertion, result, diags);
	else if (assertion->must_pass)
		report_blocked(assertion, result, diags);
	else
		report_passing(policy, assertion, result, diags);
}

const char *assertion_outcome_name(enum assertion_outcome outcome)
{
	static const char *const names[] = {
		[ASSERTION_HOLDS] = "holds",
		[ASSERTION_FAILS] = "fails",
		[ASSERTION_UNKNOWN] = "unknown",
	};

	return names[outcome];
}

void assertion_failed_names(const struct policy *policy, const struct assertion_results *results,
	char *text, size_t size)
{
	static const char more[] = " ...";
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < results->count && results->list != NULL; i++) {
		const char *name = policy->assertions[i].name;

		if (results->list[i].outcome == ASSERTION_HOLDS)
			continue;
		if (length + strlen(name) + sizeof(more) + 1 > size) {
			snprintf(text + length, size - length, "%s", more);
			return;
		}
		length += (size_t)snprintf(
			text + length, size - length, "%s%s", length > 0 ? " " : "", name);
	}
}

void assertion_met_text(const struct policy *policy, const struct assertion_result *result,
	char text[ASSERTION_MET_MAX])
{
	const struct flow_prefix *denial = &result->denial;

	if (result->observe != NULL)
		snprintf(text, ASSERTION_MET_MAX, "observed %s %s",
			policy->zones[result->observe->from].name,
			policy->zones[result->observe->to].name);
	else if (result->path != NULL)
		snprintf(text, ASSERTION_MET_MAX, "path %s", result->path->name);
	else if (denial->reason[0] != '\0')
		snprintf(text, ASSERTION_MET_MAX, "%s %s %s", denial->reason, denial->from,
			denial->to);
	else
		snprintf(text, ASSERTION_MET_MAX, "chain %s, rule %zu",
			result->met.chain ? result->met.chain : "", result->met.rule + 1);
}
