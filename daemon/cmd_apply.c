/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedate apply [FILE]: put a configuration in force. The file is opened here, with the caller's
 * rights, and handed over as a descriptor: the daemon never opens a name that a caller gave.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "optionrows.h"
#include "proposalview.h"

enum option {
	OPTION_CONFIRM,
	OPTION_TICKET,
	OPTION_REASON,
	OPTION_DRY_RUN,
	OPTION_NO_PACKETS,
	OPTION_COUNT,
};

static const struct option_spec options[OPTION_COUNT] = {
	[OPTION_CONFIRM] = { "confirm", 0, N_("SECONDS"),
		N_("roll it back by itself, unless it is confirmed by then") },
	[OPTION_TICKET] = OPTIONROW_TICKET,
	[OPTION_REASON] = OPTIONROW_REASON,
	[OPTION_DRY_RUN] = { "dry-run", 'n', NULL,
		N_("only show what it would change of what is in force") },
	[OPTION_NO_PACKETS] = { "no-packets", 0, NULL,
		N_("do not find out what that means for packets, which takes a moment") },
};

static const struct cmd_usage usage = {
	"apply",
	N_("[FILE]"),
	N_("Puts a configuration in force, in one transaction: it is checked, loaded, read back "
	   "and\n"
	   "compared. If anything is wrong, everything stays as it was. Without FILE the daemon\n"
	   "reads its own configuration again. Where the policy in force wants two persons, this\n"
	   "proposes it; another person approves it."),
	options,
	OPTION_COUNT,
};

struct apply {
	const char *file;
	bool dry_run, no_packets;
	struct applyview_words words;
};

static int take_option(int option, const char *value, void *data)
{
	struct apply *apply = data;
	const char **const texts[OPTION_COUNT] = {
		[OPTION_CONFIRM] = &apply->words.confirm,
		[OPTION_TICKET] = &apply->words.ticket,
		[OPTION_REASON] = &apply->words.reason,
	};

	if (option == OPTION_DRY_RUN || option == OPTION_NO_PACKETS) {
		*(option == OPTION_DRY_RUN ? &apply->dry_run : &apply->no_packets) = true;
		return EXIT_OK;
	}
	if (option == OPTIONS_OPERAND && apply->file)
		return cmd_usage_error(&usage, _("only one file can be applied at a time"));
	*(option == OPTIONS_OPERAND ? &apply->file : texts[option]) = value;
	return EXIT_OK;
}

static void put_apply(struct message *message, const void *data)
{
	const struct apply *apply = data;

	if (!apply->dry_run)
		applyview_put_words(message, &apply->words);
	message_put_number(message, !apply->no_packets);
}

/* What it would change. */
static int finish_try(const struct cli *cli, const struct proposalview *view,
	const struct applyview_file *file, int exit_code)
{
	if (cli->json && exit_code != EXIT_UNREACHABLE)
		return proposalview_json(view, NULL, exit_code);
	if (exit_code != EXIT_OK)
		return applyview_print(cli, &view->view, NULL, file, exit_code);
	proposalview_print_summary(cli, view);
	puts(_("tried, and not put in force"));
	return exit_code;
}

static int ask(const struct cli *cli, const struct apply *apply, int fd, struct proposalview *view)
{
	const struct ctl_request request = {
		.type = apply->dry_run ? CTL_TRY : CTL_APPLY,
		.text = apply->file ? apply->file : "",
		.put = put_apply,
		.put_data = apply,
		.fd = fd,
		.seconds = APPLYVIEW_SECONDS,
	};
	const struct applyview_file file = { apply->file, fd };
	int exit_code = ctl_call(cli, &request, proposalview_take, view, view->view.text);

	return apply->dry_run ? finish_try(cli, view, &file, exit_code)
			      : proposalview_finish(cli, view, &file, exit_code);
}

static int cannot_open(const struct cli *cli, const char *name, struct proposalview *view)
{
	const struct applyview_file file = { name, -1 };

	snprintf(view->view.text, sizeof(view->view.text), _("cannot open %s: %s"), name,
		errtext(-errno));
	return applyview_print(cli, &view->view, NULL, &file, EXIT_CONFIG);
}

int cmd_apply(struct cli *cli, int argc, char **argv)
{
	struct apply apply = { 0 };
	struct proposalview view;
	int fd = -1, exit_code;

	if (!cmd_parse(cli, &usage, argc, argv, take_option, &apply, &exit_code))
		return exit_code;
	if ((exit_code = applyview_check(&usage, &apply.words)) != EXIT_OK)
		return exit_code;
	proposalview_begin(cli, &view);
	/* Not to wait for a writer, should it be a pipe; the daemon refuses that. */
	if (apply.file)
		fd = open(apply.file, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	exit_code = apply.file && fd < 0 ? cannot_open(cli, apply.file, &view)
					 : ask(cli, &apply, fd, &view);
	if (fd >= 0)
		close(fd);
	proposalview_clear(&view);
	return exit_code;
}
