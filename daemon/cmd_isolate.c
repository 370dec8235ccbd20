/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate isolate, quarantine, release: what is cut off in an incident, and ends being so. */
#include <stdlib.h>
#include <string.h>

#include "cutoff.h"
#include "devaddr.h"
#include "isolateview.h"

#define ADDRESSES_MAX 16 /* of a device that are shown */

enum option {
	OPTION_REASON,
	OPTION_CONFIG,
	OPTION_ALL, /* of release only */
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_REASON] = { "reason", 0, N_("TEXT"), N_("why, for the record") },
	[OPTION_CONFIG] = { "config", 'c', N_("FILE"),
		N_("the configuration beside which it is kept, /etc/hedate/hedate.conf") },
	[OPTION_ALL] = { "all", 0, NULL, N_("everything that is isolated") },
};

static const struct cmd_usage isolate_usage = {
	"isolate",
	N_("--reason=TEXT TARGET"),
	N_("Cuts off a zone, an interface, an address or a network: nothing passes to or from it\n"
	   "any more, open connections included, whatever the policy permits. At once, also when\n"
	   "hedated hangs or does not run, and until it is released, also after a restart."),
	options,
	2,
};

static const struct cmd_usage quarantine_usage = {
	"quarantine",
	N_("--reason=TEXT MAC|ADDRESS"),
	N_("Cuts off one device, by its MAC address or its address. Of a MAC address it is what\n"
	   "comes from it that does not pass; what others send to its addresses ends when these\n"
	   "are quarantined, too."),
	options,
	2,
};

static const struct cmd_usage release_usage = {
	"release",
	N_("--reason=TEXT TARGET|--all"),
	N_("Ends what \"hedate isolate\" and \"hedate quarantine\" have begun. The policy decides\n"
	   "again what passes."),
	options,
	OPTION_COUNT,
};

struct arguments {
	const struct cmd_usage *usage;
	const char *config;
	struct isolate_request request;
};

static int take_option(int option, const char *value, void *data)
{
	struct arguments *arguments = data;

	if (option == OPTION_REASON)
		arguments->request.reason = value;
	else if (option == OPTION_CONFIG)
		arguments->config = value;
	else if (option == OPTION_ALL)
		arguments->request.action = ISOLATE_RELEASE_ALL;
	else if (arguments->request.target)
		return cmd_usage_error(arguments->usage, _("only one at a time"));
	else
		arguments->request.target = value;
	return EXIT_OK;
}

static int check_arguments(const struct arguments *arguments)
{
	bool all = arguments->request.action == ISOLATE_RELEASE_ALL;

	if (!arguments->request.reason || arguments->request.reason[0] == '\0')
		return cmd_usage_error(arguments->usage, _("option --%s is needed"), "reason");
	if (!all && !arguments->request.target)
		return cmd_usage_error(
			arguments->usage, _("what? name it as \"hedate zones\" shows it"));
	if (all && arguments->request.target)
		return cmd_usage_error(arguments->usage, _("either one, or --all"));
	return EXIT_OK;
}

/* For people ------------------------------------------------------------------------------------
 */

/* The device that was isolated now, NULL for none. */
static const uint8_t *isolated_device(const struct isolate_result *result)
{
	for (size_t i = 0; i < result->isolation.count; i++) {
		const struct isolation_entry *entry = &result->isolation.entries[i];

		if (entry->target.kind == ISOLATION_DEVICE &&
			entry->isolated.number > result->before)
			return entry->target.mac;
	}
	return NULL;
}

/* What is known of them; a device without one is not worth a word. */
static void print_addresses(const uint8_t mac[MAC_LENGTH])
{
	struct addr addresses[ADDRESSES_MAX];
	char text[ADDR_TEXT_MAX];
	size_t count;

	if (devaddr_find(mac, addresses, ADDRESSES_MAX, &count) < 0 || count == 0)
		return;
	puts(_("This gateway knows of these as its addresses, by what it has said itself:"));
	for (size_t i = 0; i < count && i < ADDRESSES_MAX; i++) {
		addr_format(addresses[i].family, addresses[i].bytes, text);
		printf("  %s\n", text);
	}
	if (count > ADDRESSES_MAX)
		printf(_("  and %zu more\n"), count - ADDRESSES_MAX);
}

static void print_isolated(const struct isolate_result *result)
{
	const uint8_t *device = isolated_device(result);

	if (device)
		puts(_("Nothing that comes from this device passes any more, open connections "
		       "included. What others\n"
		       "send to its addresses does: quarantine these, too."));
	else
		puts(_("Nothing passes to or from it any more, open connections included."));
	if (device)
		print_addresses(device);
	puts(_("It stays so after a restart, until \"hedate release\"."));
	puts(_("This is by rules of this gateway only. Where the rules on incidents ask for "
	       "physical disconnection\n"
	       "(第2章7.1(10)⑤), do that as well: pull the cable."));
}

static bool anything_done(const struct isolate_result *result)
{
	for (size_t i = 0; i < result->isolation.count; i++)
		if (result->isolation.entries[i].isolated.number > result->before ||
			result->isolation.entries[i].released.number > result->before)
			return true;
	return false;
}

static void print_people(const struct cli *cli, const struct isolate_request *request,
	const struct isolate_result *result)
{
	bool releases =
		request->action == ISOLATE_RELEASE || request->action == ISOLATE_RELEASE_ALL;

	if (!anything_done(result)) {
		puts(releases ? _("Nothing is isolated.") : _("It is isolated already."));
		return;
	}
	(void)isolateview_print(cli, &result->isolation, result->before, false);
	if (!releases)
		print_isolated(result);
}

static int print_json(const struct isolate_result *result, enum exit_code code)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "done");
	json_bool(&json, code == EXIT_OK);
	json_key(&json, "entries");
	isolateview_put_json(&json, &result->isolation, result->before, false);
	json_object_end(&json);
	return cmd_put_json(&json);
}

static int run(struct cli *cli, struct arguments *arguments, int argc, char **argv)
{
	struct isolate_result result;
	int exit_code;

	arguments->config = CONFIG_FILE;
	if (!cmd_parse(cli, arguments->usage, argc, argv, take_option, arguments, &exit_code))
		return exit_code;
	exit_code = check_arguments(arguments);
	if (exit_code != EXIT_OK)
		return exit_code;
	if (arguments->request.action == ISOLATE_ZONE_OR_PEER ||
		arguments->request.action == ISOLATE_DEVICE)
		cutoff_warn(arguments->config, arguments->request.target);
	exit_code = (int)isolateview_do(cli, arguments->config, &arguments->request, &result);
	if (exit_code == EXIT_OK || anything_done(&result)) {
		if (!cli->json)
			print_people(cli, &arguments->request, &result);
		else if (print_json(&result, (enum exit_code)exit_code) != EXIT_OK)
			exit_code = EXIT_FAILED;
	}
	isolate_result_clear(&result);
	return exit_code;
}

int cmd_isolate(struct cli *cli, int argc, char **argv)
{
	struct arguments arguments = { .usage = &isolate_usage };

	arguments.request.action = ISOLATE_ZONE_OR_PEER;
	return run(cli, &arguments, argc, argv);
}

int cmd_quarantine(struct cli *cli, int argc, char **argv)
{
	struct arguments arguments = { .usage = &quarantine_usage };

	arguments.request.action = ISOLATE_DEVICE;
	return run(cli, &arguments, argc, argv);
}

int cmd_release(struct cli *cli, int argc, char **argv)
{
	struct arguments arguments = { .usage = &release_usage };

	arguments.request.action = ISOLATE_RELEASE;
	return run(cli, &arguments, argc, argv);
}
