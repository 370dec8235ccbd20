/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explainview.h"

#include <stdlib.h>
#include <string.h>

#include "explaintext.h"
#include "reasonview.h"
#include "recordview.h"
#include "table.h"
#include "traceview.h"

#define LINE_MAX_BYTES 1024

/* ---- lines ---- */

static void put_title(const struct cli *cli, const char *title)
{
	putchar('\n');
	table_put(stdout, cli->color, TABLE_STRONG, title);
	putchar('\n');
}

static void put_text(const struct cli *cli, const char *indent, const char *text)
{
	fputs(indent, stdout);
	table_put(stdout, cli->color, TABLE_PLAIN, text);
	putchar('\n');
}

/* ---- what became of it ---- */

static void put_head(const struct cli *cli, const struct explain *explain)
{
	bool passes = explain->met.verdict == EVAL_ACCEPT;
	char text[LINE_MAX_BYTES];

	explaintext_packet(explain, text, sizeof(text));
	table_put(stdout, cli->color, TABLE_STRONG, text);
	fputs(": ", stdout);
	if (explain->met.verdict == EVAL_UNKNOWN)
		table_put(stdout, cli->color, TABLE_WARN, _("it cannot be told"));
	else
		table_put(stdout, cli->color, passes ? TABLE_GOOD : TABLE_BAD,
			passes ? _("passes") : _("blocked"));
	putchar('\n');
}

static void put_pass(const struct cli *cli, const struct explain *explain)
{
	char text[LINE_MAX_BYTES];

	if (explain->path != NULL) {
		snprintf(text, sizeof(text), "%s (%s)", explain->path->name,
			explain->path->reason ? explain->path->reason : "");
		table_line(cli->color, _("Path"), text);
	} else if (explain->observe != NULL) {
		table_line(cli->color, _("Why"),
			_("its pair of zones is only observed: it passes, and is recorded"));
	} else {
		table_line(cli->color, _("Why"), _("what every gateway lets pass"));
	}
}

static void put_block(const struct cli *cli, const struct explain *explain)
{
	const char *why = reasonview_text(explain->denial.reason);
	char text[LINE_MAX_BYTES];

	if (explain->denial.reason[0] == '\0') {
		table_line(cli->color, _("Why"), _("a rule drops it"));
		return;
	}
	snprintf(text, sizeof(text), "%s (%s)", why, explain->denial.reason);
	table_line(cli->color, _("Why"), text);
	snprintf(text, sizeof(text), "%s > %s", explain->denial.from, explain->denial.to);
	table_line(cli->color, _("Zones"), text);
}

static void put_decided(const struct cli *cli, const struct explain *explain)
{
	char text[LINE_MAX_BYTES];

	if (explain->decisive < explain->rule_count)
		snprintf(text, sizeof(text), _("rule %zu of chain %s of table inet %s"),
			explain->rules[explain->decisive].index + 1,
			explain->rules[explain->decisive].chain->name, explain->ruleset->table);
	else
		snprintf(text, sizeof(text), _("the end of chain %s of table inet %s"),
			explain->met.chain, explain->ruleset->table);
	table_line(cli->color, _("Decided by"), text);
}

static void put_place(const struct cli *cli, const char *file, const struct explain *explain)
{
	char text[LINE_MAX_BYTES];

	if (explain->loc.line == 0)
		return;
	snprintf(text, sizeof(text), "%s:%u", file, explain->loc.line);
	table_line(cli->color, _("Configuration"), text);
}

static void put_clause(const struct cli *cli, const struct explain *explain)
{
	char text[LINE_MAX_BYTES];

	if (explain->clause == NULL)
		return;
	snprintf(text, sizeof(text), "%s %s (%s)", explain->clause->number, explain->clause->title,
		profile_document(explain->document, explain->clause));
	table_line(cli->color, _("Clause"), text);
}

/* ---- its way ---- */

static void put_rule(const struct cli *cli, const struct explain *explain, const char *file,
	const struct explain_rule *rule)
{
	char *text = explaintext_rule(explain->ruleset, rule);

	fputs("    ", stdout);
	table_put(stdout, cli->color, TABLE_FAINT, rule->chain->name);
	printf(" %zu  ", rule->index + 1);
	table_put(stdout, cli->color, TABLE_PLAIN, text ? text : "");
	if (rule->line != 0)
		printf("  # %s:%u", file, rule->line);
	putchar('\n');
	free(text);
}

/* How it is put on record is the same for all that is blocked. */
static void put_rules(const struct cli *cli, const char *file, const struct explain *explain,
	const struct explain_base *base)
{
	for (size_t i = 0; i < base->rule_count; i++) {
		const struct explain_rule *rule = &explain->rules[base->first_rule + i];

		if (!explain_is_bookkeeping(rule))
			put_rule(cli, explain, file, rule);
	}
}

static void put_way(const struct cli *cli, const char *file, const struct explain *explain)
{
	char text[LINE_MAX_BYTES];

	put_title(cli, _("The way"));
	explaintext_places(explain, text, sizeof(text));
	put_text(cli, "  ", text);
	for (size_t i = 0; i < explain->base_count; i++) {
		const struct explain_base *base = &explain->bases[i];

		printf("  %s %d  inet %s %s: ", explaintext_hook(base->chain->hook),
			base->chain->priority, explain->ruleset->table, base->chain->name);
		table_put(stdout, cli->color, base->verdict == EVAL_ACCEPT ? TABLE_GOOD : TABLE_BAD,
			explaintext_verdict(base->verdict));
		putchar('\n');
		put_rules(cli, file, explain, base);
	}
}

/* ---- what would permit it ---- */

static void put_edits(const struct cli *cli, const char *file, const struct explain_change *change)
{
	char text[LINE_MAX_BYTES];

	for (size_t i = 0; i < change->edit_count; i++) {
		const struct explain_edit *edit = &change->edits[i];

		snprintf(text, sizeof(text),
			edit->member ? _("%s:%u, to the host of %s that is there:")
				     : _("%s:%u, to %s:"),
			file, edit->line, edit->list);
		put_text(cli, "  ", text);
		put_text(cli, "      ", edit->text);
	}
}

static void put_needed(const struct cli *cli, const struct explain_change *change)
{
	char text[LINE_MAX_BYTES];

	put_text(cli, "  ", _("It may be made only when this is known, and so:"));
	for (size_t i = 0; i < change->needed_count; i++) {
		explaintext_needed(&change->needed[i], text, sizeof(text));
		put_text(cli, "    - ", text);
	}
}

static void put_asked(const struct cli *cli, const struct explain_refusal *refusal)
{
	char text[LINE_MAX_BYTES];

	snprintf(text, sizeof(text), "%s (%s): %s", refusal->clause->number,
		_(profile_document(refusal->document, refusal->clause)),
		refusal->asks[0] != '\0' ? _(refusal->asks) : "");
	put_text(cli, "      ", text);
}

/* What a clause asks for is said once. */
static void put_refusals(const struct cli *cli, const struct explain_change *change)
{
	const char *asked = NULL;

	put_text(cli, "  ", _("Nothing: it would be refused."));
	for (size_t i = 0; i < change->refusal_count; i++) {
		const struct explain_refusal *refusal = &change->refusals[i];

		if (!refusal->plain && !refusal->last)
			continue;
		put_text(cli, "    - ", refusal->message);
		if (refusal->clause != NULL && refusal->asks != asked)
			put_asked(cli, refusal);
		asked = refusal->asks;
	}
}

static void put_change(const struct cli *cli, const char *file, const struct explain *explain,
	const struct explain_change *change)
{
	char text[LINE_MAX_BYTES];

	put_title(cli, _("What would permit it"));
	if (explain->closed != NULL) {
		snprintf(text, sizeof(text), _("path \"%s\" (%s:%u), while it is open"),
			explain->closed->name, file, explain->closed->loc.line);
		put_text(cli, "  ", text);
	} else if (!change->tried) {
		put_text(cli, "  ", recordview_permit(explain->reason));
	} else if (!change->found) {
		put_refusals(cli, change);
	} else {
		put_edits(cli, file, change);
		put_needed(cli, change);
		if (change->assertions != NULL) {
			snprintf(text, sizeof(text),
				_("Assertions say that this must be blocked: %s"),
				change->assertions);
			put_text(cli, "  ", text);
		}
	}
}

void explainview_print(const struct cli *cli, const char *file, const struct explain *explain,
	const struct explain_change *change)
{
	put_head(cli, explain);
	if (explain->met.verdict == EVAL_ACCEPT)
		put_pass(cli, explain);
	else if (explain->met.verdict == EVAL_DROP)
		put_block(cli, explain);
	put_decided(cli, explain);
	put_place(cli, file, explain);
	put_clause(cli, explain);
	put_way(cli, file, explain);
	if (explain->met.verdict == EVAL_DROP)
		put_change(cli, file, explain, change);
}

/* ---- for programs ---- */

static void json_text(struct json *json, const char *key, const char *text)
{
	json_put_text(json, key, text != NULL && text[0] != '\0' ? text : NULL);
}

static void json_addr(struct json *json, const char *key, const struct addr *addr)
{
	char text[ADDR_TEXT_MAX];

	addr_format(addr->family, addr->bytes, text);
	json_text(json, key, text);
}

static void json_place(struct json *json, const char *key, const struct explain *explain,
	const struct explain_place *place)
{
	json_key(json, key);
	json_object_begin(json);
	json_text(json, "place", explaintext_place(explain, place));
	json_text(json, "interface", place->interface);
	json_text(json, "by", place->gateway ? NULL : place->said ? "said" : "segments");
	json_object_end(json);
}

static void json_packet(struct json *json, const struct explain *explain)
{
	char service[64];

	policy_entry_text(&explain->service, service, sizeof(service));
	json_key(json, "packet");
	json_object_begin(json);
	json_addr(json, "source", &explain->from);
	json_addr(json, "destination", &explain->to);
	json_text(json, "service", service);
	json_place(json, "in", explain, &explain->in);
	json_place(json, "out", explain, &explain->out);
	json_text(json, "mac",
		explain->in.gateway  ? NULL
		: explain->mac_said  ? "said"
		: explain->mac_bound ? "bound"
				     : "unknown");
	json_object_end(json);
}

static void json_clause(
	struct json *json, const struct profile *document, const struct profile_clause *clause)
{
	json_text(json, "clause", clause != NULL ? clause->number : NULL);
	json_text(json, "document", clause != NULL ? profile_document(document, clause) : NULL);
}

static void json_rules(
	struct json *json, const struct explain *explain, const struct explain_base *base)
{
	json_key(json, "rules");
	json_array_begin(json);
	for (size_t i = 0; i < base->rule_count; i++) {
		const struct explain_rule *rule = &explain->rules[base->first_rule + i];
		char *text = explaintext_rule(explain->ruleset, rule);

		json_object_begin(json);
		json_text(json, "chain", rule->chain->name);
		json_key(json, "rule");
		json_unsigned(json, rule->index + 1);
		json_key(json, "depth");
		json_unsigned(json, rule->depth);
		json_text(json, "text", text);
		json_key(json, "line");
		json_unsigned(json, rule->line);
		json_object_end(json);
		free(text);
	}
	json_array_end(json);
}

static void json_way(struct json *json, const struct explain *explain)
{
	json_key(json, "way");
	json_array_begin(json);
	for (size_t i = 0; i < explain->base_count; i++) {
		const struct explain_base *base = &explain->bases[i];

		json_object_begin(json);
		json_text(json, "hook", explaintext_hook(base->chain->hook));
		json_key(json, "priority");
		json_signed(json, base->chain->priority);
		json_text(json, "table", explain->ruleset->table);
		json_text(json, "chain", base->chain->name);
		json_text(json, "verdict", explaintext_verdict(base->verdict));
		json_rules(json, explain, base);
		json_object_end(json);
	}
	json_array_end(json);
}

static void json_edits(struct json *json, const struct explain_change *change)
{
	json_key(json, "edits");
	json_array_begin(json);
	for (size_t i = 0; i < change->edit_count; i++) {
		const struct explain_edit *edit = &change->edits[i];

		json_object_begin(json);
		json_text(json, "list", edit->list);
		json_key(json, "line");
		json_unsigned(json, edit->line);
		json_text(json, "adds", edit->member ? "member" : "element");
		json_text(json, "text", edit->text);
		json_object_end(json);
	}
	json_array_end(json);
	json_key(json, "needs");
	json_array_begin(json);
	for (size_t i = 0; i < change->needed_count; i++) {
		json_object_begin(json);
		json_text(json, "fact", explain_fact_name(change->needed[i].fact));
		json_text(json, "address", change->needed[i].address);
		json_object_end(json);
	}
	json_array_end(json);
	json_text(json, "assertions", change->assertions);
}

static void json_refusals(struct json *json, const struct explain_change *change)
{
	json_key(json, "refusals");
	json_array_begin(json);
	for (size_t i = 0; i < change->refusal_count; i++) {
		const struct explain_refusal *refusal = &change->refusals[i];

		if (!refusal->plain && !refusal->last)
			continue;
		json_object_begin(json);
		json_text(json, "message", refusal->message);
		json_clause(json, refusal->document, refusal->clause);
		json_object_end(json);
	}
	json_array_end(json);
}

static void json_change(
	struct json *json, const struct explain *explain, const struct explain_change *change)
{
	json_key(json, "change");
	if (explain->met.verdict != EVAL_DROP) {
		json_null(json);
		return;
	}
	json_object_begin(json);
	json_key(json, "found");
	json_bool(json, change->found);
	json_edits(json, change);
	json_refusals(json, change);
	json_text(json, "permit", change->tried ? NULL : recordview_permit(explain->reason));
	json_text(json, "closed", explain->closed != NULL ? explain->closed->name : NULL);
	json_object_end(json);
}

static void json_decisive(struct json *json, const struct explain *explain)
{
	const struct explain_rule *rule =
		explain->decisive < explain->rule_count ? &explain->rules[explain->decisive] : NULL;

	json_text(json, "chain", rule != NULL ? rule->chain->name : explain->met.chain);
	json_key(json, "rule");
	if (rule != NULL)
		json_unsigned(json, rule->index + 1);
	else
		json_null(json);
}

int explainview_print_json(const char *file, const struct explain *explain,
	const struct explain_change *change, uint32_t generation, const struct explain_trace *trace)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_text(&json, "verdict", explain_verdict_name(explain));
	json_packet(&json, explain);
	json_text(&json, "path", explain->path != NULL ? explain->path->name : NULL);
	json_key(&json, "observed");
	json_bool(&json, explain->observe != NULL);
	json_text(&json, "reason", explain->denial.reason);
	json_text(&json, "from", explain->denial.from);
	json_text(&json, "to", explain->denial.to);
	json_text(&json, "file", file);
	json_key(&json, "line");
	json_unsigned(&json, explain->loc.line);
	json_clause(&json, explain->document, explain->clause);
	json_decisive(&json, explain);
	json_way(&json, explain);
	json_change(&json, explain, change);
	traceview_json(&json, generation, trace);
	json_object_end(&json);
	return cmd_put_json(&json);
}
