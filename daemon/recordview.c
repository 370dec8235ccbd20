/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recordview.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/compile.h"
#include "../lib/logrule.h"
#include "../lib/logtime.h"
#include "../lib/ruleset.h"
#include "table.h"

#define SERVICE_MAX 64

/* ---- what it means ---- */

static const struct {
	const char *why, *permit;
	bool path; /* a path from the source to the destination would permit it */
} meanings[REASON_COUNT] = {
	[REASON_NO_PATH] = { N_("no path of the policy permits it"),
		N_("a path in the policy, as far as the profile's clauses allow it, or for a time "
		   "an exception"),
		true },
	[REASON_SPOOF] = { N_("its source address does not belong to the segment that it came "
			      "from: it is "
			      "forged, or a host or a route is in the wrong place"),
		N_("nothing, unless the address belongs there: then the segment's networks or "
		   "remote in the policy"),
		false },
	[REASON_DEVICE] = { N_("its source address is bound to another MAC address: another "
			       "device uses it"),
		N_("the host's mac in the policy, if the device was replaced"), false },
	[REASON_INTERFACE] = { N_("it came in, or would have gone out, by an interface that is in "
				  "no zone"),
		N_("nothing, unless the interface belongs to a zone: then a segment with it in the "
		   "policy"),
		false },
	[REASON_ROUTE] = { N_("its destination does not belong to the segment that the routes "
			      "lead to"),
		N_("a route that leads where the policy says, or the segment's networks or remote "
		   "in the policy"),
		false },
	[REASON_INVALID] = { N_("it belongs to no connection that is known, and opens none"),
		N_("nothing: what is permitted goes on when the connection is opened anew"),
		false },
	[REASON_FRAGMENT] = { N_("it is a fragment"),
		N_("an MTU that makes fragments unnecessary, or fragments in the policy, which has "
		   "them put together"),
		false },
	[REASON_EXTENSION] = { N_("it carries an IPv6 extension header"),
		N_("nothing: the same without such a header"), false },
	[REASON_INPUT] = { N_("it is to the gateway itself, and gateway.input does not name it"),
		N_("an entry of gateway.input in the policy"), false },
	[REASON_OUTPUT] = { N_("it is from the gateway itself, and gateway.output does not name "
			       "it"),
		N_("an entry of gateway.output in the policy"), false },
	[REASON_REVOKED] = { N_("its connection was permitted by a path that was taken out of the "
				"policy"),
		N_("that path, put into the policy again"), true },
	[REASON_LIMIT] = { N_("a path permits it, but its zone opened more connections than its "
			      "limit"),
		N_("fewer connections; or a higher limit of the zone in the policy, when it is "
		   "known why there are so many"),
		false },
	[REASON_OBSERVED] = { N_("no path of the policy permits it; it passed all the same, for "
				 "this pair of zones is only observed"),
		N_("a path in the policy, before the pair is enforced"), true },
	[REASON_EXPIRED] = { N_("only a path permits it that was closed at the time, or its "
				"connection was cut when that path closed"),
		N_("the path's windows; or another exception"), true },
};

const char *recordview_permit(enum reason reason)
{
	return (unsigned int)reason < REASON_COUNT && meanings[reason].permit
		       ? _(meanings[reason].permit)
		       : "";
}

struct explanation {
	const struct logmembers *members;
	bool flow; /* with a reason that is known */
	enum reason reason;
	char chain[RULESET_NAME_MAX + 1]; /* "": not known */
	char service[SERVICE_MAX];	  /* "tcp/443"; "": none can be named */
};

static const char *text_of(const struct explanation *explanation, const char *key)
{
	const char *text = logmembers_text(explanation->members, key);

	return text ? text : "";
}

/* As "hedate exception request --service" takes it. */
static void find_service(struct explanation *explanation)
{
	const char *transport = text_of(explanation, "network.transport");
	const char *port = text_of(explanation, "destination.port");

	explanation->service[0] = '\0';
	if (port[0] != '\0' && (strcmp(transport, "tcp") == 0 || strcmp(transport, "udp") == 0))
		snprintf(explanation->service, SERVICE_MAX, "%s/%s", transport, port);
}

static void explain(const struct logmembers *members, struct explanation *ret_explanation)
{
	const struct logrule_flow flow = {
		.reason = logmembers_text(members, "event.reason"),
		.zone_source = logmembers_text(members, "hedate.zone.source"),
		.zone_destination = logmembers_text(members, "hedate.zone.destination"),
		.segment_source = logmembers_text(members, "hedate.segment.source"),
	};

	*ret_explanation = (struct explanation){ .members = members };
	ret_explanation->flow =
		flow.reason && reason_parse(flow.reason, &ret_explanation->reason) == 0;
	if (logrule_chain(&flow, ret_explanation->chain) < 0)
		ret_explanation->chain[0] = '\0';
	find_service(ret_explanation);
}

/* ---- for people ---- */

static void put_zones(const struct cli *cli, const struct explanation *explanation)
{
	char text[256];

	snprintf(text, sizeof(text), "%s > %s", text_of(explanation, "hedate.zone.source"),
		text_of(explanation, "hedate.zone.destination"));
	table_line(cli->color, _("Zones"), text);
}

static void put_chain(const struct cli *cli, const struct explanation *explanation)
{
	const char *revision = text_of(explanation, "rule.ruleset");
	char text[RULESET_NAME_MAX + 160];

	if (explanation->chain[0] == '\0')
		return;
	snprintf(text, sizeof(text),
		revision[0] != '\0' ? _("chain %s of table inet %s, revision %s of the policy")
				    : _("chain %s of table inet %s"),
		explanation->chain, TABLE_NAME, revision);
	table_line(cli->color, _("Rule"), text);
}

/* How to ask for an exception to it. */
static void put_request(const struct cli *cli, const struct explanation *explanation)
{
	char text[256];

	if (!meanings[explanation->reason].path || explanation->service[0] == '\0')
		return;
	snprintf(text, sizeof(text), "    hedate exception request --from %s --to %s --service %s",
		text_of(explanation, "source.ip"), text_of(explanation, "destination.ip"),
		explanation->service);
	table_put(stdout, cli->color, TABLE_PLAIN, text);
	putchar('\n');
}

static void put_flow(const struct cli *cli, const struct explanation *explanation)
{
	const char *detail = text_of(explanation, "hedate.detail");

	table_line(cli->color,
		explanation->reason == REASON_OBSERVED ? _("Why it is here") : _("Why blocked"),
		_(meanings[explanation->reason].why));
	put_zones(cli, explanation);
	put_chain(cli, explanation);
	table_line(cli->color, _("What would permit it"), _(meanings[explanation->reason].permit));
	put_request(cli, explanation);
	if (strcmp(detail, "counted") == 0)
		table_line(cli->color, _("Note"),
			_("the packet itself was lost on its way to the recorder; only the "
			  "kernel's count is known"));
	if (strcmp(detail, "recovered") == 0)
		table_line(cli->color, _("Note"),
			_("the table that counted it is gone; how many packets followed is not "
			  "known"));
	if (text_of(explanation, "hedate.packet")[0] != '\0')
		table_line(cli->color, _("Note"),
			_("the first bytes of its packet are kept; \"hedate log pcap\" writes "
			  "them"));
}

static void put_head(const struct cli *cli, const struct explanation *explanation)
{
	int64_t time = logmembers_time(explanation->members, "@timestamp");
	char local[LOGTIME_TEXT_MAX], zone[LOGTIME_TEXT_MAX], text[256];
	bool bad = explanation->flow && explanation->reason != REASON_OBSERVED;

	logtime_format_local(time, local);
	logtime_zone(time, zone);
	snprintf(text, sizeof(text), _("Record %s, %s %s: "),
		text_of(explanation, "event.sequence"), local, zone);
	table_put(stdout, cli->color, TABLE_PLAIN, text);
	table_put(stdout, cli->color, bad ? TABLE_BAD : TABLE_STRONG,
		text_of(explanation, "event.action"));
	putchar('\n');
}

static int put_members(const struct cli *cli, const struct logmembers *members)
{
	const struct table_column columns[] = { { NULL, false, 0 }, { NULL, false, 0 } };
	struct table *table;
	int error;

	if (table_new(columns, 2, cli->color, &table) < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < members->count; i++) {
		table_cell(table, TABLE_FAINT, members->items[i].key);
		table_cell(table, TABLE_PLAIN, members->items[i].text);
	}
	error = table_print(table, stdout);
	table_free(table);
	return error < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

int recordview_print(const struct cli *cli, const struct logmembers *members)
{
	struct explanation explanation;
	const char *text;

	explain(members, &explanation);
	put_head(cli, &explanation);
	if (explanation.flow)
		put_flow(cli, &explanation);
	text = text_of(&explanation, "message");
	if (text[0] != '\0')
		table_line(cli->color, _("What happened"), text);
	text = text_of(&explanation, "hedate.clauses");
	if (text[0] != '\0')
		table_line(cli->color, _("Clauses"), text);
	putchar('\n');
	return put_members(cli, members);
}

/* ---- for programs ---- */

static void put_text(struct json *json, const char *key, const char *text)
{
	if (text[0] == '\0')
		return;
	json_key(json, key);
	json_string(json, text);
}

int recordview_print_json(const struct logmembers *members)
{
	struct explanation explanation;
	struct json json;

	explain(members, &explanation);
	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "record");
	json_object_begin(&json);
	for (size_t i = 0; i < members->count; i++) {
		json_key(&json, members->items[i].key);
		logmembers_value(&json, &members->items[i]);
	}
	json_object_end(&json);
	json_key(&json, "explanation");
	json_object_begin(&json);
	if (explanation.flow) {
		put_text(&json, "why", meanings[explanation.reason].why);
		put_text(&json, "permit", meanings[explanation.reason].permit);
	}
	put_text(&json, "chain", explanation.chain);
	put_text(&json, "service", explanation.service);
	put_text(&json, "clauses", text_of(&explanation, "hedate.clauses"));
	json_object_end(&json);
	json_object_end(&json);
	return cmd_put_json(&json);
}
