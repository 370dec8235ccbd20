/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedate proposals; hedate proposal show DIGEST: what waits for a second person. */
#include <stdlib.h>
#include <string.h>

#include "pager.h"
#include "proposalview.h"
#include "table.h"

#define LIST_SECONDS 30
#define SHORT_DIGEST 13 /* bytes of PROPOSALS_DIGITS_LEAST digits, with the NUL */

/* ---- the list ---- */

static const struct cmd_usage list_usage = {
	"proposals",
	"",
	N_("Lists the proposals that wait for the approval of another person."),
	NULL,
	0,
};

static void put_row(struct table *table, const struct proposal_record *record)
{
	const struct proposal *proposal = &record->proposal;
	char digest[PROPOSAL_DIGEST_MAX], time[PROPOSALVIEW_TIME_MAX];

	proposal_digest_text(proposal->digest, digest);
	digest[SHORT_DIGEST - 1] = '\0';
	table_cell(table, TABLE_STRONG, digest);
	table_cell(table, proposal->kind == PROPOSAL_OPEN ? TABLE_BAD : TABLE_PLAIN,
		proposal->kind == PROPOSAL_OPEN ? _("OPEN") : _("apply"));
	table_cell(table, TABLE_PLAIN, proposal->who);
	proposalview_time(proposal->expires, time);
	table_cell(table, TABLE_PLAIN, time);
	table_cell(table, record->current ? TABLE_GOOD : TABLE_WARN,
		record->current ? _("waits") : _("stale"));
	table_cell(table, TABLE_PLAIN, proposal->ticket);
	table_cell(table, TABLE_PLAIN, proposal->reason);
}

static int print_list(const struct cli *cli, const struct proposalview *view)
{
	const struct table_column columns[] = {
		{ _("DIGEST"), false, 0 },
		{ _("KIND"), false, 0 },
		{ _("PROPOSED BY"), false, 0 },
		{ _("ENDS"), false, 0 },
		{ _("STATE"), false, 0 },
		{ _("TICKET"), false, 0 },
		{ _("REASON"), false, 0 },
	};
	struct table *table;

	if (view->count == 0) {
		puts(_("no proposal waits"));
		return EXIT_OK;
	}
	if (table_new(columns, sizeof(columns) / sizeof(columns[0]), cli->color, &table) < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < view->count; i++)
		put_row(table, &view->items[i]);
	int error = table_print(table, stdout);

	table_free(table);
	return error < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

/* Each as it is on disk, and whether it is current. */
static int print_list_json(const struct proposalview *view)
{
	struct json json;

	cmd_begin_json_list("proposals");
	for (size_t i = 0; i < view->count; i++) {
		json_init(&json);
		proposal_write(&json, &view->items[i].proposal);
		if (json.failed) {
			json_clear(&json);
			return cmd_failed(_("out of memory"));
		}
		printf("%s%.*s,\"current\":%s}", i > 0 ? ",\n" : "", (int)json.length - 2,
			json.text, view->items[i].current ? "true" : "false");
		json_clear(&json);
	}
	puts("]}");
	return EXIT_OK;
}

int cmd_proposals(struct cli *cli, int argc, char **argv)
{
	const struct ctl_request request = {
		.type = CTL_PROPOSALS, .fd = -1, .seconds = LIST_SECONDS
	};
	struct proposalview view;
	int exit_code;

	if (!cmd_parse(cli, &list_usage, argc, argv, NULL, NULL, &exit_code))
		return exit_code;
	proposalview_begin(cli, &view);
	exit_code = ctl_call(cli, &request, proposalview_take, &view, NULL);
	pager_begin(cli);
	if (exit_code == EXIT_OK)
		exit_code = cli->json ? print_list_json(&view) : print_list(cli, &view);
	proposalview_clear(&view);
	return exit_code;
}

/* ---- one ---- */

static const struct cmd_usage show_usage = {
	"proposal",
	N_("show DIGEST"),
	N_("Shows a proposal and what it would change of what is in force now. The first 12 "
	   "digits of\n"
	   "its digest are enough."),
	NULL,
	0,
};

struct operands {
	const char *list[2];
	size_t count;
};

static int take_operand(int option, const char *value, void *data)
{
	struct operands *operands = data;

	(void)option;
	if (operands->count == 2)
		return cmd_usage_error(&show_usage, _("only one proposal at a time"));
	operands->list[operands->count++] = value;
	return EXIT_OK;
}

int cmd_proposal(struct cli *cli, int argc, char **argv)
{
	struct operands operands = { 0 };
	struct proposalview view;
	int exit_code;

	if (!cmd_parse(cli, &show_usage, argc, argv, take_operand, &operands, &exit_code))
		return exit_code;
	if (operands.count < 2 || strcmp(operands.list[0], "show") != 0)
		return cmd_usage_error(&show_usage, _("write \"hedate proposal show DIGEST\""));
	exit_code = proposalview_ask(cli, operands.list[1], &view);
	pager_begin(cli);
	if (cli->json && exit_code != EXIT_UNREACHABLE)
		exit_code = proposalview_json(&view, NULL, exit_code);
	else if (view.count == 1)
		proposalview_print(cli, &view);
	if (!cli->json && exit_code != EXIT_OK && view.view.text[0] != '\0')
		cmd_failed("%s", view.view.text);
	proposalview_clear(&view);
	return exit_code;
}
