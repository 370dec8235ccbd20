/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate replay: what a configuration would do with traffic that was captured. */
#include <stdlib.h>
#include <string.h>

#include "../lib/opening.h"
#include "capture.h"
#include "cmd_file.h"
#include "optionrows.h"
#include "pager.h"
#include "replayview.h"

enum option {
	OPTION_CONFIG,
	OPTION_IIF,
	OPTION_OWN,
	OPTION_NO_MAC,
	OPTION_FLOWS,
	OPTION_TOP,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_CONFIG] = OPTIONROW_CONFIG,
	[OPTION_IIF] = { "iif", 'i', N_("INTERFACE"),
		N_("what opens connections comes in there, wherever its source belongs") },
	[OPTION_OWN] = { "gateway", 'g', N_("ADDRESS"),
		N_("an address of the gateway itself (may be given several times)") },
	[OPTION_NO_MAC] = { "no-mac", 0, NULL,
		N_("MAC addresses in the capture are not those of the senders") },
	[OPTION_FLOWS] = { "flows", 'f', NULL, N_("show each flow") },
	[OPTION_TOP] = { "top", 't', N_("NUMBER"),
		N_("show so many of what would be blocked (default: 10)") },
};

static const struct cmd_usage usage = {
	"replay",
	N_("[OPTION ...] FILE"),
	N_("Shows what a configuration would do with the packets of a capture (pcap, pcapng): "
	   "which\n"
	   "flows pass by which path, which would be blocked and why. Nothing is sent, and the\n"
	   "kernel is not asked."),
	options,
	OPTION_COUNT,
};

#define TOP_DEFAULT 10

struct request {
	const char *file; /* the capture */
	const char *config;
	struct replay_options options;
	struct addr own[REPLAY_OWN_MAX];
	bool flows;
	unsigned long top;
};

static int take_own(struct request *request, const char *value)
{
	struct addr addr;

	if (addr_parse(value, &addr) < 0)
		return cmd_usage_error(&usage, _("\"%s\" is not an address"), value);
	if (request->options.own_count == REPLAY_OWN_MAX)
		return cmd_usage_error(
			&usage, _("more than %d addresses of the gateway"), REPLAY_OWN_MAX);
	request->own[request->options.own_count++] = addr;
	return EXIT_OK;
}

static int take_file(struct request *request, const char *value)
{
	if (request->file != NULL)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	request->file = value;
	return EXIT_OK;
}

static int take_option(int option, const char *value, void *data)
{
	struct request *request = data;

	switch (option) {
	case OPTION_CONFIG:
		request->config = value;
		return EXIT_OK;
	case OPTION_IIF:
		request->options.iif = value;
		return EXIT_OK;
	case OPTION_OWN:
		return take_own(request, value);
	case OPTION_NO_MAC:
		request->options.no_mac = true;
		return EXIT_OK;
	case OPTION_FLOWS:
		request->flows = true;
		return EXIT_OK;
	case OPTION_TOP:
		if (!options_number(value, 1000000, &request->top))
			return cmd_usage_error(&usage, _("\"%s\" is not a number"), value);
		return EXIT_OK;
	default:
		return take_file(request, value);
	}
}

/* What is replayed, and by what. */
struct site {
	struct policy *policy;
	struct ruleset *ruleset;
	struct zonetime *zone;
	struct replay *replay;
	struct capture *capture;
};

static int prepare(const struct cli *cli, const struct request *request, struct diag_list *diags,
	struct site *site)
{
	int exit_code, error = cmd_file_compile(
			       cli, request->config, diags, &site->policy, &site->ruleset);

	if (error == 0)
		error = openings_load_zone(site->policy, &site->zone);
	if (error == 0)
		error = replay_new(
			site->policy, site->ruleset, site->zone, &request->options, &site->replay);
	exit_code = cmd_file_exit(error);
	if (exit_code != EXIT_OK)
		diag_list_print(diags, stderr, cli->error_color);
	else
		exit_code = capture_open(request->file, &site->capture);
	return exit_code;
}

/* Also of a capture that is broken: what could be read of it, if anything. */
static int show(const struct cli *cli, const struct request *request, const struct site *site,
	int exit_code)
{
	const struct replayview view = { site->policy, site->replay, request->flows, request->top };
	int shown;

	if (exit_code != EXIT_OK && replay_totals(site->replay).packets == 0)
		return exit_code;
	pager_begin(cli);
	shown = cli->json ? replayview_print_json(&view) : replayview_print(cli, &view);
	return exit_code == EXIT_OK ? shown : exit_code;
}

int cmd_replay(struct cli *cli, int argc, char **argv)
{
	struct request request = { .config = CONFIG_FILE, .top = TOP_DEFAULT };
	struct diag_list *diags;
	struct site site = { 0 };
	int exit_code;

	request.options.own = request.own;
	if (!cmd_parse(cli, &usage, argc, argv, take_option, &request, &exit_code))
		return exit_code;
	if (request.file == NULL)
		return cmd_usage_error(&usage, _("which file?"));
	if (diag_list_new(&diags) < 0)
		return cmd_failed(_("out of memory"));
	exit_code = prepare(cli, &request, diags, &site);
	if (exit_code == EXIT_OK) {
		exit_code = capture_replay(site.capture, site.replay);
		exit_code = show(cli, &request, &site, exit_code);
	}
	capture_close(site.capture);
	replay_free(site.replay);
	zonetime_free(site.zone);
	ruleset_free(site.ruleset);
	policy_free(site.policy);
	diag_list_free(diags);
	return exit_code;
}
