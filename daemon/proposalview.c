/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proposalview.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/logtime.h"
#include "changeview.h"
#include "table.h"

#define SHOW_SECONDS 300

/* ---- taking ---- */

void proposalview_begin(const struct cli *cli, struct proposalview *ret_view)
{
	*ret_view = (struct proposalview){ 0 };
	applyview_begin(cli, &ret_view->view);
}

void proposalview_clear(struct proposalview *view)
{
	free(view->items);
	summary_clear(&view->summary);
	applyview_clear(&view->view);
}

static int take_proposal(struct proposalview *view, struct message *message)
{
	char *line = ctl_take_string(message);
	bool current = message_get_number(message) != 0;
	struct proposal_record *items = reallocarray(view->items, view->count + 1, sizeof(*items));
	int r = -1;

	if (items)
		view->items = items;
	if (items && line && message_complete(message))
		r = proposal_read(line, strcspn(line, "\n"), &items[view->count].proposal);
	if (r == 0)
		items[view->count++].current = current;
	else
		message->failed = true;
	free(line);
	return items ? EXIT_OK : cmd_failed(_("out of memory"));
}

int proposalview_take(struct message *message, void *data)
{
	struct proposalview *view = data;

	if (message->type == CTL_PROPOSAL)
		return take_proposal(view, message);
	if (message->type != CTL_SUMMARY && message->type != CTL_SUMMARY_KEY)
		return applyview_take(message, &view->view);
	return summary_take(&view->summary, message) == 0 ? EXIT_OK
							  : cmd_failed(_("out of memory"));
}

int proposalview_ask(const struct cli *cli, const char *digits, struct proposalview *ret_view)
{
	const struct ctl_request request = {
		.type = CTL_PROPOSAL_SHOW,
		.text = digits,
		.fd = -1,
		.seconds = SHOW_SECONDS,
	};
	int exit_code;

	proposalview_begin(cli, ret_view);
	exit_code = ctl_call(cli, &request, proposalview_take, ret_view, ret_view->view.text);
	if (exit_code == EXIT_OK && ret_view->count != 1)
		exit_code = cmd_failed(_("the daemon's answer is not complete"));
	return exit_code;
}

const char *proposalview_base(const struct proposalview *view)
{
	const char *base = ctl_fields_find(&view->view.change, "base");

	return base ? base : "";
}

/* ---- showing ---- */

void proposalview_time(int64_t seconds, char text[PROPOSALVIEW_TIME_MAX])
{
	char local[LOGTIME_TEXT_MAX], zone[LOGTIME_TEXT_MAX];

	logtime_format_local(seconds * 1000000000, local);
	local[strcspn(local, ".")] = '\0';
	logtime_zone(seconds * 1000000000, zone);
	snprintf(text, PROPOSALVIEW_TIME_MAX, "%s %s", local, zone);
}

static void print_line(const struct cli *cli, const char *title, const char *value)
{
	if (value[0] == '\0')
		return;
	printf("%s: ", title);
	table_put(stdout, cli->color, TABLE_PLAIN, value);
	putchar('\n');
}

void proposalview_print_summary(const struct cli *cli, const struct proposalview *view)
{
	static const struct change none = { 0 };
	uint64_t left_out = 0;

	if (view->view.diags)
		fputs(view->view.diags, stderr);
	changeview_print(view->summary.change ? view->summary.change : &none, cli->color, stdout);
	if (ctl_fields_number(&view->view.change, "items_left_out", &left_out))
		printf(_("%llu more items are too long to be shown here; \"hedate check "
			 "--against\" shows all\n"),
			(unsigned long long)left_out);
}

void proposalview_print(const struct cli *cli, const struct proposalview *view)
{
	const struct proposal_record *record = &view->items[0];
	const struct proposal *proposal = &record->proposal;
	char digest[PROPOSAL_DIGEST_MAX], time[PROPOSALVIEW_TIME_MAX], who[STORE_NAME_MAX + 32];

	proposal_digest_text(proposal->digest, digest);
	snprintf(who, sizeof(who), "%s (%u)", proposal->who, proposal->uid);
	print_line(cli, _("proposal"), digest);
	print_line(cli, _("proposed by"), who);
	proposalview_time(proposal->time, time);
	print_line(cli, _("at"), time);
	proposalview_time(proposal->expires, time);
	print_line(cli, _("ends"), time);
	print_line(cli, _("file"), proposal->file);
	print_line(cli, _("ticket"), proposal->ticket);
	print_line(cli, _("reason"), proposal->reason);
	putchar('\n');
	if (proposal->kind == PROPOSAL_OPEN)
		table_put(stdout, cli->color, TABLE_BAD,
			_("IT OPENS THE GATEWAY: nothing is blocked any more, and nothing of what "
			  "passes is recorded."));
	else
		proposalview_print_summary(cli, view);
	if (proposal->kind == PROPOSAL_OPEN)
		putchar('\n');
	if (record->current)
		return;
	table_put(stdout, cli->color, TABLE_WARN,
		_("Another configuration has come into force since: it cannot be approved, and is "
		  "to be proposed again."));
	putchar('\n');
}

/* ---- as JSON ---- */

static void put_members(struct json *json, const struct proposal_record *record)
{
	struct json line;

	json_key(json, "proposal");
	json_init(&line);
	proposal_write(&line, &record->proposal);
	if (line.failed || line.length == 0)
		json_null(json);
	else {
		line.text[line.length - 1] = '\0'; /* its newline */
		json_number(json, line.text);
	}
	json_clear(&line);
	json_key(json, "current");
	json_bool(json, record->current);
}

int proposalview_json(const struct proposalview *view, const char *done_key, int exit_code)
{
	const char *diags = view->view.diags;
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	if (done_key) {
		json_key(&json, done_key);
		json_bool(&json, exit_code == EXIT_OK || exit_code == EXIT_DIFFERS);
	}
	json_key(&json, "message");
	json_string(&json, view->view.text);
	if (view->count > 0)
		put_members(&json, &view->items[0]);
	json_key(&json, "base");
	json_string(&json, proposalview_base(view));
	if (view->summary.change) {
		json_key(&json, "changes");
		change_write_json(&json, view->summary.change);
	}
	if (cmd_begin_json(&json) != EXIT_OK)
		return EXIT_FAILED;
	if (diags)
		printf(",\"diagnostics\":%.*s", (int)strcspn(diags, "\n"), diags);
	puts("}");
	return exit_code;
}

int proposalview_finish(const struct cli *cli, const struct proposalview *view,
	const struct applyview_file *file, int exit_code)
{
	char digest[PROPOSAL_DIGEST_MAX];

	if (exit_code != EXIT_OK || view->count == 0) {
		if (exit_code == EXIT_OK && !cli->json && view->summary.change)
			changeview_print(view->summary.change, cli->color, stdout);
		return applyview_print(cli, &view->view, view->summary.change, file, exit_code);
	}
	if (cli->json)
		return proposalview_json(view, "proposed", exit_code);
	proposalview_print_summary(cli, view);
	proposal_digest_text(view->items[0].proposal.digest, digest);
	putchar('\n');
	table_put(stdout, cli->color, TABLE_WARN, _("proposed, and not in force yet"));
	printf(_(": another person approves it with\n    hedate approve %s\n"), digest);
	return exit_code;
}

bool proposalview_read_line(const char *question, char *line, size_t size)
{
	size_t length;

	fputs(question, stdout);
	fflush(stdout);
	if (!fgets(line, (int)size, stdin))
		return false;
	length = strlen(line);
	while (length > 0 && strchr("\r\n \t", line[length - 1]))
		line[--length] = '\0';
	return true;
}
