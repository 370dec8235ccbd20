/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate ha: has the other gateway of a pair the same in force? */
#include <errno.h>

#include "../lib/conf.h"
#include "../lib/errtext.h"
#include "ctlclient.h"
#include "haview.h"
#include "peerrun.h"
#include "readopts.h"

enum option {
	OPTION_CONFIG,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_CONFIG] = { "config", 'c', N_("FILE"),
		N_("the configuration that names the peer") },
};

static const struct cmd_usage usage = {
	"ha",
	"",
	N_("Runs the command of \"ha\" in the configuration, which asks the other gateway of a "
	   "pair\n"
	   "for its \"hedate digest --json\", compares that with what is in force here, and puts "
	   "it\n"
	   "on record when it is something else than before. Exit status 5: they differ;\n"
	   "1: the peer does not tell."),
	options,
	OPTION_COUNT,
};

#define PEER_SECONDS 30 /* that its command may take */
#define TELL_SECONDS 10
#define NO_ANSWER    "no-answer"

static int take_option(int option, const char *value, void *data)
{
	const char **config = data;

	if (option == OPTIONS_OPERAND)
		return cmd_usage_error(&usage, _("\"%s\" is not expected here"), value);
	*config = value;
	return EXIT_OK;
}

/* The peer of a configuration; the caller frees the policy. */
static int read_policy(const struct cli *cli, const char *file, struct policy **ret_policy)
{
	struct readopts readopts;
	struct diag_list *diags;
	int error;

	*ret_policy = NULL;
	if (diag_list_new(&diags) < 0)
		return cmd_failed(_("out of memory"));
	error = conf_read_file(file, readopts_now(&readopts, cli->profiles), diags, ret_policy);
	if (error < 0)
		diag_list_print(diags, stderr, cli->error_color);
	diag_list_free(diags);
	if (error < 0)
		return error == -ENOMEM ? cmd_failed(_("out of memory")) : EXIT_CONFIG;
	if ((*ret_policy)->ha.peer)
		return EXIT_OK;
	cmd_failed(_("%s: there is no \"ha\": this gateway has no peer"), file);
	return EXIT_CONFIG;
}

/* EXIT_OK, or EXIT_FAILED after a complaint. */
static int ask_peer(const struct policy_ha *ha, struct hapair_side *ret_side)
{
	char text[HAPAIR_LINE_MAX];
	size_t length;
	int status, r = peerrun(ha->command, PEER_SECONDS, text, sizeof(text), &length, &status);

	if (r == -ECHILD)
		return cmd_failed(
			_("%s: the command that asks it ended with status %d"), ha->peer, status);
	if (r == -ETIMEDOUT)
		return cmd_failed(_("%s: the command that asks it was killed after %d s"), ha->peer,
			PEER_SECONDS);
	if (r == -EFBIG)
		return cmd_failed(_("%s: it says more than a digest"), ha->peer);
	if (r < 0)
		return cmd_failed(
			_("%s: the command that asks it cannot be run: %s"), ha->peer, errtext(r));
	if (hapair_read(text, length, ret_side) < 0)
		return cmd_failed(_("%s: what it says is not what \"hedate digest --json\" writes"),
			ha->peer);
	return EXIT_OK;
}

struct told {
	const char *peer, *what;
};

static void put_told(struct message *message, const void *data)
{
	const struct told *told = data;

	message_put_string(message, told->peer);
	message_put_string(message, told->what);
}

static int tell_daemon(const struct cli *cli, const char *peer, const char *what)
{
	const struct told told = { peer, what };
	struct ctl_request request = {
		.type = CTL_HA,
		.put = put_told,
		.put_data = &told,
		.fd = -1,
		.seconds = TELL_SECONDS,
	};

	return ctl_call(cli, &request, NULL, NULL, NULL);
}

static int show_json(const char *peer, const struct hapair_side sides[2], unsigned int differs)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	json_key(&json, "peer");
	json_string(&json, peer);
	json_key(&json, "agrees");
	json_bool(&json, differs == 0);
	json_key(&json, "differs");
	json_array_begin(&json);
	for (int i = 0; i < HAPAIR_MEMBERS; i++)
		if (differs & 1u << i)
			json_string(&json, hapair_name((enum hapair_member)i));
	json_array_end(&json);
	json_key(&json, "here");
	hapair_write(&json, &sides[0]);
	json_key(&json, "there");
	hapair_write(&json, &sides[1]);
	json_object_end(&json);
	return cmd_put_json(&json);
}

static void show(const char *peer, const struct hapair_side sides[2], unsigned int differs)
{
	for (int i = 0; i < HAPAIR_MEMBERS; i++) {
		const char *here = sides[0].text[i], *there = sides[1].text[i];

		if (differs & 1u << i)
			printf(_("DIFFERS  %s: here \"%s\", at %s \"%s\"\n"),
				haview_title((enum hapair_member)i), here, peer, there);
	}
	if (differs == 0)
		printf(_("%s has the same in force: digest %s\n"), peer,
			sides[0].text[HAPAIR_DIGEST]);
}

static int compare(const struct cli *cli, const struct policy_ha *ha)
{
	struct hapair_side sides[2];
	char names[256];
	int exit_code = haview_ask(cli, &sides[0]), told;

	if (exit_code != EXIT_OK)
		return exit_code;
	if (ask_peer(ha, &sides[1]) != EXIT_OK) {
		(void)tell_daemon(cli, ha->peer, NO_ANSWER);
		return EXIT_FAILED;
	}
	unsigned int differs = hapair_compare(&sides[0], &sides[1]);

	haview_names(differs, names, sizeof(names));
	told = tell_daemon(cli, ha->peer, names);
	if (!cli->json)
		show(ha->peer, sides, differs);
	else if (show_json(ha->peer, sides, differs) != EXIT_OK)
		return EXIT_FAILED;
	return told != EXIT_OK ? told : differs ? EXIT_DIFFERS : EXIT_OK;
}

int cmd_ha(struct cli *cli, int argc, char **argv)
{
	const char *config = CONFIG_FILE;
	struct policy *policy;
	int exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &config, &exit_code))
		return exit_code;
	exit_code = read_policy(cli, config, &policy);
	if (exit_code == EXIT_OK && policy)
		exit_code = compare(cli, &policy->ha);
	policy_free(policy);
	return exit_code;
}
