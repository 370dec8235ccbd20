/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedate approve | refuse DIGEST: what another person has proposed. Who approves sees first what it
 * would change, and says so to the daemon; with --yes a program did that, and gives all digits.
 */
#include <string.h>
#include <unistd.h>

#include "optionrows.h"
#include "proposalview.h"
#include "table.h"

#define APPROVE_SECONDS 300

/* ---- approve ---- */

enum approve_option {
	APPROVE_YES,
	APPROVE_COUNT,
};

static const struct option_spec approve_options[APPROVE_COUNT] = {
	[APPROVE_YES] = { "yes", 'y', NULL, N_("ask nothing; all digits are needed then") },
};

static const struct cmd_usage approve_usage = {
	"approve",
	N_("[OPTION ...] DIGEST"),
	N_("Shows what another person has proposed and what it would change, and puts it in force "
	   "once\n"
	   "you have agreed. Nobody approves what is their own."),
	approve_options,
	APPROVE_COUNT,
};

struct approval {
	const char *digits;
	bool yes;
	char digest[PROPOSAL_DIGEST_MAX];
	const char *base;
};

static int take_approve_option(int option, const char *value, void *data)
{
	struct approval *approval = data;

	if (option == APPROVE_YES)
		approval->yes = true;
	else if (approval->digits)
		return cmd_usage_error(&approve_usage, _("only one proposal at a time"));
	else
		approval->digits = value;
	return EXIT_OK;
}

static void put_approval(struct message *message, const void *data)
{
	const struct approval *approval = data;

	message_put_string(message, approval->digest);
	message_put_string(message, approval->base);
}

/* False: not agreed. */
static bool agree(const struct cli *cli, const struct proposalview *view)
{
	char line[64];

	proposalview_print(cli, view);
	if (!proposalview_read_line(_("Approve it? (yes/no) "), line, sizeof(line)))
		return false;
	return strcmp(line, "yes") == 0 || strcmp(line, _("yes")) == 0;
}

static int send_approval(
	const struct cli *cli, const struct approval *approval, const struct proposal *proposal)
{
	const struct ctl_request request = {
		.type = CTL_PROPOSAL_APPROVE,
		.put = put_approval,
		.put_data = approval,
		.fd = -1,
		.seconds = APPROVE_SECONDS,
	};
	const struct applyview_file file = { proposal->file, -1 };
	struct applyview view;
	int exit_code;

	applyview_begin(cli, &view);
	exit_code = ctl_call(cli, &request, applyview_take, &view, view.text);
	if (proposal->kind == PROPOSAL_OPEN && exit_code == EXIT_OK && !cli->json) {
		table_put(stdout, cli->color, TABLE_BAD, _("THE GATEWAY IS OPEN."));
		puts(_(" \"hedate close\", or \"hedate apply\", enforces the policy again."));
	} else {
		exit_code = applyview_print(cli, &view, NULL, &file, exit_code);
	}
	applyview_clear(&view);
	return exit_code;
}

static int approve(const struct cli *cli, struct approval *approval, struct proposalview *view)
{
	int exit_code = proposalview_ask(cli, approval->digits, view);

	if (exit_code != EXIT_OK) {
		if (view->view.diags && !cli->json)
			fputs(view->view.diags, stderr);
		if (cli->json && exit_code != EXIT_UNREACHABLE)
			return proposalview_json(view, "applied", exit_code);
		return view->view.text[0] != '\0' ? (cmd_failed("%s", view->view.text), exit_code)
						  : exit_code;
	}
	proposal_digest_text(view->items[0].proposal.digest, approval->digest);
	approval->base = proposalview_base(view);
	if (approval->yes && strcmp(approval->digits, approval->digest) != 0)
		return cmd_usage_error(&approve_usage, _("--yes: all %zu digits are needed"),
			strlen(approval->digest));
	if (!approval->yes && !agree(cli, view))
		return cmd_failed(_("not approved; the proposal still waits"));
	return send_approval(cli, approval, &view->items[0].proposal);
}

int cmd_approve(struct cli *cli, int argc, char **argv)
{
	struct approval approval = { 0 };
	struct proposalview view = { 0 };
	int exit_code;

	if (!cmd_parse(cli, &approve_usage, argc, argv, take_approve_option, &approval, &exit_code))
		return exit_code;
	if (!approval.digits)
		return cmd_usage_error(
			&approve_usage, _("which proposal? \"hedate proposals\" shows them"));
	if (!approval.yes && (cli->json || !isatty(STDIN_FILENO)))
		return cmd_usage_error(&approve_usage,
			_("without a terminal nobody can be asked: give --yes and all digits"));
	exit_code = approve(cli, &approval, &view);
	proposalview_clear(&view);
	return exit_code;
}

/* ---- refuse ---- */

static const struct option_spec refuse_options[] = {
	OPTIONROW_REASON,
};

static const struct cmd_usage refuse_usage = {
	"refuse",
	N_("[OPTION ...] DIGEST"),
	N_("Refuses what another person has proposed, or takes back what you have proposed "
	   "yourself."),
	refuse_options,
	1,
};

struct refusal {
	const char *digits, *reason;
};

static int take_refuse_option(int option, const char *value, void *data)
{
	struct refusal *refusal = data;

	if (option != OPTIONS_OPERAND)
		refusal->reason = value;
	else if (refusal->digits)
		return cmd_usage_error(&refuse_usage, _("only one proposal at a time"));
	else
		refusal->digits = value;
	return EXIT_OK;
}

static void put_refusal(struct message *message, const void *data)
{
	const struct refusal *refusal = data;

	message_put_string(message, refusal->digits);
	message_put_string(message, refusal->reason ? refusal->reason : "");
}

int cmd_refuse(struct cli *cli, int argc, char **argv)
{
	struct refusal refusal = { 0 };
	const struct ctl_request request = {
		.type = CTL_PROPOSAL_REFUSE,
		.put = put_refusal,
		.put_data = &refusal,
		.fd = -1,
		.seconds = APPROVE_SECONDS,
	};
	char text[CTL_TEXT_MAX];
	int exit_code;

	if (!cmd_parse(cli, &refuse_usage, argc, argv, take_refuse_option, &refusal, &exit_code))
		return exit_code;
	if (!refusal.digits)
		return cmd_usage_error(
			&refuse_usage, _("which proposal? \"hedate proposals\" shows them"));
	if (strlen(refusal.digits) >= PROPOSAL_DIGEST_MAX)
		return cmd_usage_error(&refuse_usage, _("\"%s\" is no digest"), refusal.digits);
	if (refusal.reason && strlen(refusal.reason) >= STORE_REASON_MAX)
		return cmd_usage_error(
			&refuse_usage, _("--reason: at most %d bytes"), STORE_REASON_MAX - 1);
	exit_code = ctl_call(cli, &request, applyview_take, NULL, text);
	if (cli->json && exit_code != EXIT_UNREACHABLE)
		return cmd_put_json_done("refused", exit_code, text);
	if (exit_code != EXIT_OK && text[0] != '\0')
		cmd_failed("%s", text);
	else if (exit_code == EXIT_OK)
		puts(_("the proposal is gone; nothing changed"));
	return exit_code;
}
