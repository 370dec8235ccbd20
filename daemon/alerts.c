/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "alerts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/errtext.h"
#include "../lib/logkeep.h"
#include "../lib/record.h"
#include "alertrun.h"
#include "clock.h"
#include "logask.h"
#include "readopts.h"

#define TEST_ACTION "alert-test" /* in no log */

struct item {
	struct alert alert;
	struct alertrun run;
	char *line;	     /* owned; the last record that it was about, or NULL */
	uint64_t suppressed; /* that the command which runs was told of */
};

struct alerts {
	const struct cli *cli;
	struct policy *policy;
	bool unrecorded; /* that runs cannot be put on record was said */
	struct item *items;
	alerts_would would; /* NULL: run */
	void *would_data;
};

static int out_of_memory(void)
{
	return cmd_failed(_("out of memory"));
}

/* Put on record how the command of one ended. That this fails is said once. */
static void record_end(struct alerts *alerts, struct item *item, const char *end)
{
	char text[LOGKEEP_TEXT_MAX];
	int exit_code;

	snprintf(text, sizeof(text), "%s %s", item->alert.rule->name, end);
	exit_code = logask_tell(alerts->cli, CTL_ALERT_RUN, item->suppressed, text);
	if (exit_code != EXIT_OK && !alerts->unrecorded)
		cmd_failed(_("runs of alerts cannot be put on record: hedated does not answer, or "
			     "this user may not"));
	alerts->unrecorded = exit_code != EXIT_OK;
}

/* Read; NULL after complaints. */
static struct policy *read_policy(const struct cli *cli, const char *file, int *ret_exit)
{
	struct readopts readopts;
	struct policy *policy = NULL;
	struct diag_list *diags;
	int error;

	if (diag_list_new(&diags) < 0) {
		*ret_exit = out_of_memory();
		return NULL;
	}
	error = conf_read_file(file, readopts_now(&readopts, cli->profiles), diags, &policy);
	if (error < 0) {
		diag_list_print(diags, stderr, cli->error_color);
		policy_free(policy);
		policy = NULL;
		*ret_exit = error == -ENOMEM ? out_of_memory() : EXIT_CONFIG;
	}
	diag_list_free(diags);
	return policy;
}

struct alerts *alerts_read(const struct cli *cli, const char *file, int *ret_exit)
{
	struct policy *policy = read_policy(cli, file, ret_exit);
	struct alerts *alerts = policy ? calloc(1, sizeof(*alerts)) : NULL;
	bool complete = alerts != NULL;

	if (!policy)
		return NULL;
	if (alerts) {
		alerts->cli = cli;
		alerts->policy = policy;
		alerts->items = calloc(policy->alert_count + 1, sizeof(*alerts->items));
		complete = alerts->items != NULL;
	} else {
		policy_free(policy);
	}
	for (size_t i = 0; complete && i < policy->alert_count; i++)
		complete = alert_init(&alerts->items[i].alert, &policy->alerts[i],
				   policy->epoch_seconds) == 0;
	if (complete)
		return alerts;
	alerts_free(alerts);
	*ret_exit = out_of_memory();
	return NULL;
}

void alerts_free(struct alerts *alerts)
{
	if (!alerts)
		return;
	for (size_t i = 0; alerts->items && i < alerts->policy->alert_count; i++) {
		bool ran = alerts->items[i].run.pid != 0;

		(void)alertrun_wait(&alerts->items[i].run);
		if (ran)
			record_end(alerts, &alerts->items[i], alerts->items[i].run.end);
		alert_clear(&alerts->items[i].alert);
		free(alerts->items[i].line);
	}
	free(alerts->items);
	policy_free(alerts->policy);
	free(alerts);
}

const char *alerts_revision(const struct alerts *alerts)
{
	return alerts->policy->revision;
}

size_t alerts_count(const struct alerts *alerts)
{
	return alerts->policy->alert_count;
}

const struct policy_alert *alerts_rule(const struct alerts *alerts, size_t index)
{
	return &alerts->policy->alerts[index];
}

size_t alerts_find(const struct alerts *alerts, const char *name)
{
	for (size_t i = 0; i < alerts->policy->alert_count; i++)
		if (strcmp(alerts->policy->alerts[i].name, name) == 0)
			return i;
	return SIZE_MAX;
}

void alerts_only_show(struct alerts *alerts, alerts_would function, void *data)
{
	alerts->would = function;
	alerts->would_data = data;
}

static void run(struct alerts *alerts, struct item *item, const struct alert_told *told)
{
	const struct policy_alert *rule = item->alert.rule;
	int error;

	/* The last one still runs: told with the next. */
	if (item->run.pid != 0) {
		item->alert.suppressed += told->suppressed + (told->records > 0);
		return;
	}
	item->suppressed = told->suppressed;
	error = alertrun_start(&item->run, rule, alerts->policy->site, told, item->line);
	if (error < 0) {
		cmd_failed(_("alert \"%s\": its command cannot be run: %s"), rule->name,
			errtext(error));
		record_end(alerts, item, errtext_english(error));
	}
}

static bool keep_line(struct item *item, const char *line)
{
	char *copy = strdup(line);

	if (!copy)
		return false;
	free(item->line);
	item->line = copy;
	return true;
}

int alerts_take(struct alerts *alerts, const char *line, const struct log_record *record)
{
	int64_t now = alerts->would ? record->time : clock_monotonic();
	struct alert_told told;

	for (size_t i = 0; i < alerts->policy->alert_count; i++) {
		struct item *item = &alerts->items[i];

		if (alerts->would && alert_due(&item->alert, now, &told))
			alerts->would(item->alert.rule, now, &told, alerts->would_data);
		if (!alert_matches(item->alert.rule, record))
			continue;
		if (!alerts->would && !keep_line(item, line))
			return out_of_memory();
		if (!alert_note(&item->alert, record, now, &told))
			continue;
		if (alerts->would)
			alerts->would(item->alert.rule, now, &told, alerts->would_data);
		else
			run(alerts, item, &told);
	}
	return EXIT_OK;
}

void alerts_tick(struct alerts *alerts)
{
	struct alert_told told;
	bool good;

	for (size_t i = 0; i < alerts->policy->alert_count; i++) {
		struct item *item = &alerts->items[i];

		if (alertrun_poll(&item->run, &good))
			record_end(alerts, item, item->run.end);
		if (item->run.pid == 0 && alert_due(&item->alert, clock_monotonic(), &told))
			run(alerts, item, &told);
	}
}

bool alerts_try(struct alerts *alerts, size_t index)
{
	struct item *item = &alerts->items[index];
	const struct alert_told told = { .records = 1, .packets = 1 };
	struct json json;
	bool copied;

	json_init(&json);
	record_event_write(&json,
		&(struct record_origin){ .site = alerts->policy->site, .table = "" }, 1,
		&(struct record_event){ .time = clock_realtime(),
			.action = TEST_ACTION,
			.outcome = "unknown",
			.revision = alerts->policy->revision,
			.message = "a test of an alert; nothing has happened" });
	if (!json.failed && json.length > 0)
		json.text[json.length - 1] = '\0';
	copied = !json.failed && keep_line(item, json.text);
	json_clear(&json);
	if (!copied) {
		out_of_memory();
		return false;
	}
	run(alerts, item, &told);
	return alertrun_wait(&item->run);
}
