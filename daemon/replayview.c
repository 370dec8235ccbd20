/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replayview.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/flowrec.h"
#include "../lib/logtime.h"
#include "reasonview.h"
#include "table.h"

#define PLACE_MAX (2 * POLICY_NAME_MAX + 2)

/* ---- one flow in words ---- */

struct flow_text {
	char source[ADDR_TEXT_MAX], destination[ADDR_TEXT_MAX], service[64];
	const char *verdict;	   /* "permitted", "blocked", "observed", "unknown" */
	struct flow_prefix denial; /* "" for what passes */
	const char *from, *to;	   /* zones */
	const char *path;	   /* "" */
};

static const char *zone_of(const struct policy *policy, size_t segment)
{
	if (segment < policy->segment_count)
		return policy->zones[policy->segments[segment].zone].name;
	return segment == policy->segment_count ? "gateway" : "unknown";
}

static void describe(
	const struct policy *policy, const struct replay_flow *flow, struct flow_text *text)
{
	const struct policy_service_entry entry = { .protocol = flow->protocol,
		.whole = flow->dport == 0,
		.ports = { flow->dport, flow->dport } };

	*text = (struct flow_text){ .verdict = "permitted", .path = "" };
	addr_format(flow->family, flow->source, text->source);
	addr_format(flow->family, flow->destination, text->destination);
	policy_entry_text(&entry, text->service, sizeof(text->service));
	text->from = zone_of(policy, flow->in);
	text->to = zone_of(policy, flow->out);
	if (flow->path != NULL)
		text->path = flow->path->name;
	if (flow->unknown)
		text->verdict = "unknown";
	else if (flow->blocked > 0)
		text->verdict = "blocked";
	else if (flow->observe != NULL)
		text->verdict = "observed";
	if (flow->prefix == NULL || flow_prefix_parse(flow->prefix, &text->denial) < 0)
		text->denial = (struct flow_prefix){ 0 };
}

/* ---- sums ---- */

/* Flows that have zones, verdict, reason and path in common; or of one initiator to one target. */
struct sum {
	struct flow_text text;
	const struct replay_flow *flow; /* the first */
	uint64_t flows, permitted, blocked, bytes;
};

struct sums {
	struct sum *list;
	size_t count, room;
	const struct policy *policy;
};

typedef int (*order)(const void *left, const void *right);

static int compare_pairs(const void *left, const void *right)
{
	const struct sum *a = left, *b = right;
	int r = strcmp(a->text.from, b->text.from);

	r = r ? r : strcmp(a->text.to, b->text.to);
	r = r ? r : strcmp(b->text.verdict, a->text.verdict); /* what passes first */
	r = r ? r : strcmp(a->text.denial.reason, b->text.denial.reason);
	return r ? r : strcmp(a->text.path, b->text.path);
}

static int compare_ends(const void *left, const void *right)
{
	const struct sum *a = left, *b = right;
	int r = (int)a->flow->family - (int)b->flow->family;

	r = r ? r : memcmp(a->flow->source, b->flow->source, sizeof(a->flow->source));
	r = r ? r
	      : memcmp(a->flow->destination, b->flow->destination, sizeof(a->flow->destination));
	r = r ? r : (int)a->flow->protocol - (int)b->flow->protocol;
	r = r ? r : (int)a->flow->dport - (int)b->flow->dport;
	return r ? r : strcmp(a->text.denial.reason, b->text.denial.reason);
}

static int compare_most(const void *left, const void *right)
{
	const struct sum *a = left, *b = right;

	if (a->blocked != b->blocked)
		return a->blocked < b->blocked ? 1 : -1;
	return compare_ends(left, right);
}

/* Sort, and add up those that are equal. */
static void add_up(struct sums *sums, order compare)
{
	size_t kept = 0;

	qsort(sums->list, sums->count, sizeof(*sums->list), compare);
	for (size_t i = 0; i < sums->count; i++) {
		struct sum *sum = &sums->list[i];

		if (kept > 0 && compare(&sums->list[kept - 1], sum) == 0) {
			sums->list[kept - 1].flows += sum->flows;
			sums->list[kept - 1].permitted += sum->permitted;
			sums->list[kept - 1].blocked += sum->blocked;
			sums->list[kept - 1].bytes += sum->bytes;
		} else {
			sums->list[kept++] = *sum;
		}
	}
	sums->count = kept;
}

/* One of each flow; of those with blocked packets only, when asked for. False: out of memory. */
static bool take_flows(const struct replayview *view, bool blocked_only, struct sums *sums)
{
	const struct replay_flow *flows;
	size_t count = replay_flows(view->replay, &flows);

	*sums = (struct sums){ .policy = view->policy,
		.list = calloc(count + 1, sizeof(*sums->list)) };
	for (size_t i = 0; sums->list && i < count; i++) {
		struct sum *sum = &sums->list[sums->count];

		if (blocked_only && flows[i].blocked == 0)
			continue;
		sums->count++;
		describe(view->policy, &flows[i], &sum->text);
		sum->flow = &flows[i];
		sum->flows = 1;
		sum->permitted = flows[i].permitted;
		sum->blocked = flows[i].blocked;
		sum->bytes = flows[i].bytes;
	}
	return sums->list != NULL;
}

/* ---- for people ---- */

static enum table_style style_of(const char *verdict)
{
	if (strcmp(verdict, "permitted") == 0)
		return TABLE_GOOD;
	return strcmp(verdict, "blocked") == 0 ? TABLE_BAD : TABLE_WARN;
}

static const char *verdict_text(const char *verdict)
{
	static const struct {
		const char *name, *text;
	} texts[] = {
		{ "permitted", N_("permitted") },
		{ "blocked", N_("blocked") },
		{ "observed", N_("observed") },
		{ "unknown", N_("unknown") },
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].name, verdict) == 0)
			return _(texts[i].text);
	return "";
}

static int print_pairs(const struct cli *cli, const struct replayview *view)
{
	const struct table_column columns[] = {
		{ _("FROM"), false, 0 },
		{ _("TO"), false, 0 },
		{ _("VERDICT"), false, 0 },
		{ _("REASON OR PATH"), false, 0 },
		{ _("FLOWS"), true, 0 },
		{ _("PACKETS"), true, 0 },
		{ _("BLOCKED"), true, 0 },
	};
	struct table *table;
	struct sums sums;
	int error;

	if (!take_flows(view, false, &sums))
		return -1;
	add_up(&sums, compare_pairs);
	error = table_new(columns, sizeof(columns) / sizeof(columns[0]), cli->color, &table);
	for (size_t i = 0; error == 0 && i < sums.count; i++) {
		const struct sum *sum = &sums.list[i];

		table_cell(table, TABLE_PLAIN, sum->text.from);
		table_cell(table, TABLE_PLAIN, sum->text.to);
		table_cell(table, style_of(sum->text.verdict), verdict_text(sum->text.verdict));
		table_cell(table, TABLE_PLAIN,
			sum->text.denial.reason[0] != '\0' ? sum->text.denial.reason
							   : sum->text.path);
		table_number(table, TABLE_PLAIN, sum->flows);
		table_number(table, TABLE_PLAIN, sum->permitted + sum->blocked);
		table_number(table, sum->blocked > 0 ? TABLE_BAD : TABLE_FAINT, sum->blocked);
	}
	if (error == 0) {
		error = table_print(table, stdout);
		table_free(table);
	}
	free(sums.list);
	return error;
}

static int print_blocked(const struct cli *cli, const struct replayview *view)
{
	const struct table_column columns[] = {
		{ _("SOURCE"), false, 0 },
		{ _("DESTINATION"), false, 0 },
		{ _("SERVICE"), false, 0 },
		{ _("REASON"), false, 0 },
		{ _("FLOWS"), true, 0 },
		{ _("BLOCKED"), true, 0 },
		{ _("MEANING"), false, 0 },
	};
	struct table *table;
	struct sums sums;
	int error;

	if (!take_flows(view, true, &sums))
		return -1;
	add_up(&sums, compare_ends);
	qsort(sums.list, sums.count, sizeof(*sums.list), compare_most);
	error = sums.count == 0 ? 1 : table_new(columns, 7, cli->color, &table);
	if (error == 0)
		printf("\n%s\n", _("Blocked, most packets first:"));
	for (size_t i = 0; error == 0 && i < sums.count && i < view->top; i++) {
		const struct sum *sum = &sums.list[i];

		table_cell(table, TABLE_PLAIN, sum->text.source);
		table_cell(table, TABLE_PLAIN, sum->text.destination);
		table_cell(table, TABLE_PLAIN, sum->text.service);
		table_cell(table, TABLE_BAD, sum->text.denial.reason);
		table_number(table, TABLE_PLAIN, sum->flows);
		table_number(table, TABLE_PLAIN, sum->blocked);
		table_cell(table, TABLE_FAINT, reasonview_text(sum->text.denial.reason));
	}
	if (error == 0) {
		error = table_print(table, stdout);
		table_free(table);
	}
	free(sums.list);
	return error > 0 ? 0 : error;
}

static int print_flows(const struct cli *cli, const struct replayview *view)
{
	const struct table_column columns[] = {
		{ _("SOURCE"), false, 0 },
		{ _("DESTINATION"), false, 0 },
		{ _("SERVICE"), false, 0 },
		{ _("VERDICT"), false, 0 },
		{ _("REASON OR PATH"), false, 0 },
		{ _("PACKETS"), true, 0 },
		{ _("BLOCKED"), true, 0 },
	};
	const struct replay_flow *flows;
	size_t count = replay_flows(view->replay, &flows);
	struct table *table;
	int error;

	if (table_new(columns, 7, cli->color, &table) < 0)
		return -1;
	putchar('\n');
	for (size_t i = 0; i < count; i++) {
		struct flow_text text;

		describe(view->policy, &flows[i], &text);
		table_cell(table, TABLE_PLAIN, text.source);
		table_cell(table, TABLE_PLAIN, text.destination);
		table_cell(table, TABLE_PLAIN, text.service);
		table_cell(table, style_of(text.verdict), verdict_text(text.verdict));
		table_cell(table, TABLE_PLAIN,
			text.denial.reason[0] != '\0' ? text.denial.reason : text.path);
		table_number(table, TABLE_PLAIN, flows[i].permitted + flows[i].blocked);
		table_number(table, TABLE_PLAIN, flows[i].blocked);
	}
	error = table_print(table, stdout);
	table_free(table);
	return error;
}

static void print_totals(const struct replay_totals *totals)
{
	static const char *const texts[REPLAY_SKIPS] = {
		[REPLAY_NO_IP] = N_("no IP"),
		[REPLAY_CUT] = N_("captured only in part"),
		[REPLAY_LEAVING] = N_("seen before, when they came"),
		[REPLAY_INSIDE] = N_("from a segment to itself, not by the gateway"),
		[REPLAY_NO_SEGMENT] = N_("multicast, broadcast, or of no segment"),
		[REPLAY_TOO_MANY] = N_("of more flows than can be kept"),
	};
	char number[TABLE_NUMBER_MAX];

	table_number_text(totals->packets, number);
	printf(_("packets: %s"), number);
	table_number_text(totals->permitted, number);
	printf(_("; permitted: %s"), number);
	table_number_text(totals->blocked, number);
	printf(_("; blocked: %s\n"), number);
	for (int i = 0; i < REPLAY_SKIPS; i++) {
		if (totals->skipped[i] == 0)
			continue;
		table_number_text(totals->skipped[i], number);
		printf(_("not replayed, %s: %s\n"), _(texts[i]), number);
	}
}

int replayview_print(const struct cli *cli, const struct replayview *view)
{
	const struct replay_totals totals = replay_totals(view->replay);
	int error = print_pairs(cli, view);

	if (error == 0 && view->top > 0)
		error = print_blocked(cli, view);
	if (error == 0 && view->flows)
		error = print_flows(cli, view);
	if (error < 0)
		return cmd_failed(_("out of memory"));
	putchar('\n');
	print_totals(&totals);
	return EXIT_OK;
}

/* ---- for programs ---- */

static void put(struct json *json, const char *key, const char *text)
{
	json_put_text(json, key, text[0] != '\0' ? text : NULL);
}

static void put_number(struct json *json, const char *key, uint64_t number)
{
	json_key(json, key);
	json_unsigned(json, number);
}

static void put_flow(struct json *json, const struct policy *policy, const struct replay_flow *flow)
{
	struct flow_text text;

	describe(policy, flow, &text);
	json_object_begin(json);
	put(json, "source", text.source);
	put(json, "destination", text.destination);
	put(json, "service", text.service);
	put_number(json, "protocol", flow->protocol);
	put_number(json, "source_port", flow->sport);
	put_number(json, "destination_port", flow->dport);
	put(json, "from", text.from);
	put(json, "to", text.to);
	put(json, "verdict", text.verdict);
	put(json, "path", text.path);
	put(json, "reason", text.denial.reason);
	put_number(json, "permitted", flow->permitted);
	put_number(json, "blocked", flow->blocked);
	put_number(json, "bytes", flow->bytes);
	json_object_end(json);
}

int replayview_print_json(const struct replayview *view)
{
	const struct replay_totals totals = replay_totals(view->replay);
	const struct replay_flow *flows;
	size_t count = replay_flows(view->replay, &flows);
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	put_number(&json, "packets", totals.packets);
	put_number(&json, "permitted", totals.permitted);
	put_number(&json, "blocked", totals.blocked);
	put_number(&json, "unknown", totals.unknown);
	json_key(&json, "skipped");
	json_object_begin(&json);
	for (int i = 0; i < REPLAY_SKIPS; i++)
		put_number(&json, replay_skip_name((enum replay_skip)i), totals.skipped[i]);
	json_object_end(&json);
	json_key(&json, "flows");
	json_array_begin(&json);
	for (size_t i = 0; i < count; i++)
		put_flow(&json, view->policy, &flows[i]);
	json_array_end(&json);
	json_object_end(&json);
	return cmd_put_json(&json);
}
