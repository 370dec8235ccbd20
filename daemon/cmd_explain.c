/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate explain: what becomes of a packet, why, and what would permit it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../lib/conf.h"
#include "../lib/errtext.h"
#include "../lib/logfind.h"
#include "../lib/logmembers.h"
#include "explainview.h"
#include "optionrows.h"
#include "pager.h"
#include "readopts.h"
#include "takesnapshot.h"
#include "traceview.h"

enum option {
	OPTION_CONFIG,
	OPTION_IIF,
	OPTION_MAC,
	OPTION_ACK,
	OPTION_IPV6,
	OPTION_RECORD,
	OPTION_DIRECTORY,
	OPTION_LIVE,
	OPTION_SNAPSHOT,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_CONFIG] = OPTIONROW_CONFIG,
	[OPTION_IIF] = { "iif", 'i', N_("INTERFACE"),
		N_("it comes in there, wherever its source belongs") },
	[OPTION_MAC] = { "mac", 'm', N_("MAC"), N_("it comes with this MAC address") },
	[OPTION_ACK] = { "ack", 0, NULL,
		N_("TCP in the middle of a connection that nobody has seen begin") },
	[OPTION_IPV6] = { NULL, '6', NULL, N_("of hosts that are named, the IPv6 addresses") },
	[OPTION_RECORD] = { "record", 'n', N_("NUMBER"),
		N_("the packet of the record with this event.sequence") },
	[OPTION_DIRECTORY] = OPTIONROW_LOG,
	[OPTION_LIVE] = { "live", 'l', NULL,
		N_("also its way through all tables that this host has now") },
	[OPTION_SNAPSHOT] = { "snapshot", 's', N_("FILE"), N_("the same by the snapshot in FILE") },
};

static const struct cmd_usage usage = {
	"explain",
	N_("SOURCE DESTINATION SERVICE | --record NUMBER"),
	N_("Explains what becomes of a packet: its way through the rules, the rule and the line "
	   "of\n"
	   "the configuration that decide, the clause that it rests on, and the smallest change\n"
	   "that would permit it, or why the security policy never would. SOURCE and DESTINATION\n"
	   "are addresses, hosts of the configuration, or \"gateway\"; SERVICE is \"tcp/443\",\n"
	   "\"icmp/echo-request\", \"gre\"."),
	options,
	OPTION_COUNT,
};

/* ---- the command line ---- */

struct request {
	const char *file, *directory;
	const char *snapshot; /* or NULL */
	bool live, trace;     /* through all tables: of the snapshot, or of this host */
	struct explain_question question;
	unsigned int operands;
	unsigned long record; /* 0: none */
	/* What a record says; question points here. */
	char *line;
	struct logmembers members;
	char service[64];
};

static int take_operand(const char *value, struct request *request)
{
	const char **const places[] = { &request->question.from, &request->question.to,
		&request->question.service };

	if (request->operands == sizeof(places) / sizeof(places[0]))
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	*places[request->operands++] = value;
	return EXIT_OK;
}

static int take_option(int option, const char *value, void *data)
{
	struct request *request = data;

	switch (option) {
	case OPTION_CONFIG:
		request->file = value;
		return EXIT_OK;
	case OPTION_IIF:
		request->question.iif = value;
		return EXIT_OK;
	case OPTION_MAC:
		request->question.mac = value;
		return EXIT_OK;
	case OPTION_ACK:
		request->question.bare = true;
		return EXIT_OK;
	case OPTION_IPV6:
		request->question.ipv6 = true;
		return EXIT_OK;
	case OPTION_RECORD:
		if (!options_number(value, INT64_MAX, &request->record) || request->record == 0)
			return cmd_usage_error(
				&usage, _("\"%s\" is not the number of a record"), value);
		return EXIT_OK;
	case OPTION_DIRECTORY:
		request->directory = value;
		return EXIT_OK;
	case OPTION_SNAPSHOT:
		request->snapshot = value;
		request->trace = true;
		return EXIT_OK;
	case OPTION_LIVE:
		request->live = request->trace = true;
		return EXIT_OK;
	default:
		return take_operand(value, request);
	}
}

static int check_request(const struct request *request)
{
	if (request->live && request->snapshot != NULL)
		return cmd_usage_error(&usage, "%s", _("--live and --snapshot exclude each other"));
	if (request->record != 0 && request->operands > 0)
		return cmd_usage_error(
			&usage, "%s", _("--record says all of the packet: nothing else is needed"));
	if (request->record == 0 && request->operands < 3)
		return cmd_usage_error(
			&usage, "%s", _("which packet? SOURCE DESTINATION SERVICE is needed"));
	return EXIT_OK;
}

/* ---- a record ---- */

static const char *text_of(const struct request *request, const char *key)
{
	return logmembers_text(&request->members, key);
}

/* As the question has it. */
static void take_service(struct request *request)
{
	const char *transport = text_of(request, "network.transport");
	const char *number = text_of(request, "network.iana_number");
	const char *port = text_of(request, "destination.port");
	const char *type = text_of(request, "hedate.icmp.type");
	const char *code = text_of(request, "hedate.icmp.code");

	if (type != NULL && code != NULL)
		snprintf(request->service, sizeof(request->service), "icmp/%s/%s", type, code);
	else if (port != NULL && transport != NULL)
		snprintf(request->service, sizeof(request->service), "%s/%s", transport, port);
	else
		snprintf(request->service, sizeof(request->service), "%s", number ? number : "");
	request->question.service = request->service;
}

static int take_record(struct request *request)
{
	struct explain_question *question = &request->question;
	const char *flags = text_of(request, "hedate.tcp.flags");

	question->from = text_of(request, "source.ip");
	question->to = text_of(request, "destination.ip");
	if (question->from == NULL || question->to == NULL)
		return cmd_failed(_("record %lu is not of a packet"), request->record);
	take_service(request);
	if (question->iif == NULL)
		question->iif = text_of(request, "observer.ingress.interface.name");
	if (question->mac == NULL)
		question->mac = text_of(request, "source.mac");
	if (flags != NULL && strchr(flags, 'S') == NULL)
		question->bare = true;
	if (strcmp(text_of(request, "hedate.zone.source") ? text_of(request, "hedate.zone.source")
							  : "",
		    EXPLAIN_GATEWAY) == 0)
		question->from = EXPLAIN_GATEWAY;
	if (strcmp(text_of(request, "hedate.zone.destination")
			    ? text_of(request, "hedate.zone.destination")
			    : "",
		    EXPLAIN_GATEWAY) == 0)
		question->to = EXPLAIN_GATEWAY;
	if (strcmp(question->from, EXPLAIN_GATEWAY) == 0)
		question->iif = NULL;
	return EXIT_OK;
}

static int find_record(struct request *request)
{
	size_t length;
	int error = logfind(request->directory, request->record, &request->line, &length);

	if (error == -ENOENT)
		return cmd_failed(
			_("%s: there is no record %lu"), request->directory, request->record);
	if (error < 0)
		return cmd_failed("%s: %s", request->directory, errtext(error));
	error = logmembers_parse(request->line, length, &request->members);
	if (error < 0)
		return cmd_failed(_("%s: record %lu is not valid: %s"), request->directory,
			request->record, errtext(error));
	return take_record(request);
}

/* ---- explaining ---- */

/* What is read of the configuration. */
struct site {
	struct readopts readopts;
	const struct conf_options *options;
	const char *file;
	char *bytes;
	size_t length;
	struct policy *policy;
	struct ruleset *ruleset;
	struct zonetime *zone;
	struct openings openings;
	const struct snapshot *snapshot; /* NULL: not asked for */
};

static int read_again(const char *bytes, size_t length, struct diag_list *diags,
	struct policy **ret_policy, void *data)
{
	const struct site *site = data;

	return conf_read_bytes(bytes, length, site->file, site->options, diags, ret_policy);
}

static int read_site(const struct cli *cli, struct site *site, struct diag_list *diags)
{
	int error = conf_load_file(site->file, diags, &site->bytes, &site->length);

	site->options = readopts_now(&site->readopts, cli->profiles);
	if (error == 0)
		error = read_again(site->bytes, site->length, diags, &site->policy, site);
	if (error == 0)
		error = compile_policy(site->policy, diags, &site->ruleset);
	if (error == 0)
		error = openings_load_zone(site->policy, &site->zone);
	if (error == 0)
		error = openings_at(site->policy, site->zone, (int64_t)time(NULL), &site->openings);
	return error;
}

static void site_clear(struct site *site)
{
	openings_clear(&site->openings);
	zonetime_free(site->zone);
	ruleset_free(site->ruleset);
	policy_free(site->policy);
	free(site->bytes);
}

static int show(const struct cli *cli, const struct site *site, const struct explain *explain,
	const struct explain_change *change, const struct explain_trace *trace)
{
	uint32_t generation = site->snapshot ? site->snapshot->generation : 0;

	if (cli->json)
		return explainview_print_json(site->file, explain, change, generation, trace);
	explainview_print(cli, site->file, explain, change);
	if (trace)
		traceview_print(cli, generation, explain, trace);
	return EXIT_OK;
}

static int answer(const struct cli *cli, const struct site *site, const struct explain *explain)
{
	const struct explain_source source = { site->bytes, site->length, read_again,
		(void *)(uintptr_t)site, site->options->today };
	struct explain_trace trace = { 0 };
	struct explain_change change;
	int exit_code, error = 0;

	if (explain_find_change(explain, &source, &change) < 0)
		return cmd_failed(_("out of memory"));
	if (site->snapshot)
		error = explain_trace(explain, site->snapshot, &trace);
	if (error < 0)
		exit_code = cmd_failed(_("the rules cannot be followed: %s"), errtext(error));
	else
		exit_code = show(cli, site, explain, &change, site->snapshot ? &trace : NULL);
	explain_trace_clear(&trace);
	explain_change_clear(&change);
	if (exit_code == EXIT_OK && explain->met.verdict == EVAL_UNKNOWN)
		exit_code = EXIT_FAILED;
	return exit_code;
}

static int explain_it(const struct cli *cli, const struct site *site,
	const struct explain_question *question, struct diag_list *diags)
{
	struct explain explain;
	int exit_code, error = explain_packet(site->policy, site->ruleset, &site->openings,
			       question, diags, &explain);

	if (error == -EINVAL) {
		diag_list_print(diags, stderr, cli->error_color);
		return EXIT_USAGE;
	}
	if (error < 0)
		return cmd_failed(_("out of memory"));
	exit_code = answer(cli, site, &explain);
	explain_clear(&explain);
	return exit_code;
}

/* Warnings of the configuration are no answer here: "hedate check" shows them. */
static int with_diags(const struct cli *cli, struct site *site,
	const struct explain_question *question, struct diag_list *diags)
{
	struct diag_list *asked;
	int exit_code, error = read_site(cli, site, diags);

	if (error == -ENOMEM)
		return cmd_failed(_("out of memory"));
	if (error < 0) {
		diag_list_print(diags, stderr, cli->error_color);
		return EXIT_CONFIG;
	}
	if (diag_list_new(&asked) < 0)
		return cmd_failed(_("out of memory"));
	exit_code = explain_it(cli, site, question, asked);
	diag_list_free(asked);
	return exit_code;
}

/* The snapshot first, if one was asked for. */
static int with_snapshot(const struct cli *cli, const struct request *request, struct site *site,
	struct diag_list *diags)
{
	struct takesnapshot taken = { 0 };
	int exit_code = EXIT_OK;

	if (request->trace)
		exit_code = takesnapshot(cli, request->snapshot, diags, &taken);
	if (exit_code == EXIT_OK) {
		site->snapshot = taken.snapshot;
		exit_code = with_diags(cli, site, &request->question, diags);
	} else {
		diag_list_print(diags, stderr, cli->error_color);
	}
	takesnapshot_clear(&taken);
	return exit_code;
}

int cmd_explain(struct cli *cli, int argc, char **argv)
{
	struct request request = { .file = CONFIG_FILE, .directory = LOG_DIRECTORY };
	struct site site = { 0 };
	struct diag_list *diags;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &request, &exit_code))
		return exit_code;
	exit_code = check_request(&request);
	if (exit_code == EXIT_OK && request.record != 0)
		exit_code = find_record(&request);
	if (exit_code == EXIT_OK && diag_list_new(&diags) < 0)
		exit_code = cmd_failed(_("out of memory"));
	else if (exit_code == EXIT_OK) {
		site.file = request.file;
		pager_begin(cli);
		exit_code = with_snapshot(cli, &request, &site, diags);
		diag_list_free(diags);
	}
	site_clear(&site);
	free(request.line);
	return exit_code;
}
