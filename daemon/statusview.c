/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "statusview.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/logtime.h"
#include "statuslog.h"
#include "table.h"

enum field_form {
	FORM_TEXT,
	FORM_TIME,
	FORM_NUMBER,
	FORM_DURATION, /* a number of seconds */
	FORM_FLAG,
	FORM_EQUATION, /* a number that something else shows */
	FORM_ISLAND,   /* "no", which is not shown, or why it is one */
	FORM_OBSERVED, /* pairs of zones, a comma between; nothing to show when there are none */
	FORM_WANTED,   /* a text that is shown when there is one, and stands out */
	FORM_REGISTER, /* "ok", which is not shown, or what is wrong */
	FORM_GUARD,    /* "ok", which is not shown, or why it has shut the gateway */
	FORM_COUNT_OF, /* a number that is shown when it is not 0, and stands out */
	FORM_RISKS,    /* sentences, a semicolon between; nothing to show when there are none */
};

/* How each key of STATUS is shown; others are shown as they come. */
static const struct {
	const char *key;
	const char *title;
	enum field_form form;
} forms[] = {
	{ "site", N_("site"), FORM_TEXT },
	{ "label", N_("label"), FORM_TEXT },
	{ "revision", N_("revision"), FORM_TEXT },
	{ "policy_digest", N_("digest of the policy"), FORM_TEXT },
	{ "profile", N_("profile"), FORM_TEXT },
	{ "model", N_("model"), FORM_TEXT },
	{ "file", N_("configuration"), FORM_TEXT },
	{ "applied_at", N_("in force since"), FORM_TIME },
	{ "change", N_("change"), FORM_NUMBER },
	{ "confirmed", NULL, FORM_FLAG },
	{ "confirm_seconds_left", NULL, FORM_EQUATION },
	{ "store", N_("CHANGES"), FORM_REGISTER },
	{ "state", N_("state"), FORM_TEXT },
	{ "ownership", N_("ownership"), FORM_TEXT },
	{ "drifts", N_("changed by others"), FORM_COUNT_OF },
	{ "drifts_repaired", N_("put right"), FORM_COUNT_OF },
	{ "foreign_tables", N_("tables of others"), FORM_COUNT_OF },
	{ "foreign_risks", N_("RISKS in tables of others"), FORM_RISKS },
	{ "separation", N_("separation"), FORM_TEXT },
	{ "separation_at", N_("decided at"), FORM_TIME },
	{ "separation_proved_at", N_("proved last"), FORM_TIME },
	{ "separation_milliseconds", NULL, FORM_EQUATION },
	{ "separation_what", N_("NOT PROVED"), FORM_WANTED },
	{ "separation_whole", N_("separation, as root sees it"), FORM_TEXT },
	{ "separation_whole_at", N_("decided at"), FORM_TIME },
	{ "separation_whole_what", N_("NOT PROVED"), FORM_WANTED },
	{ "proof", N_("PROOF"), FORM_REGISTER },
	{ "open", NULL, FORM_FLAG },
	{ "open_since", N_("OPEN SINCE"), FORM_WANTED },
	{ "open_by", N_("OPENED BY"), FORM_WANTED },
	{ "open_reason", N_("BECAUSE"), FORM_WANTED },
	{ "island", N_("ISLAND"), FORM_ISLAND },
	{ "observed", N_("ONLY OBSERVED"), FORM_OBSERVED },
	{ "generation", N_("kernel's generation"), FORM_NUMBER },
	{ "recorder", N_("recorder"), FORM_TEXT },
	{ "recording", N_("writing the log"), FORM_TEXT },
	{ "table", N_("table"), FORM_TEXT },
	{ "epoch", N_("epoch"), FORM_NUMBER },
	{ "kernel_packets", NULL, FORM_EQUATION },
	{ "recorded_packets", NULL, FORM_EQUATION },
	{ "lost_packets", NULL, FORM_EQUATION },
	{ "pending_packets", NULL, FORM_EQUATION },
	{ "balanced", NULL, FORM_FLAG },
	{ "clock", N_("clock"), FORM_TEXT },
	{ "zones", N_("zones"), FORM_NUMBER },
	{ "paths", N_("paths"), FORM_NUMBER },
	{ "exceptions_register", N_("EXCEPTIONS"), FORM_REGISTER },
	{ "exceptions_in_force", N_("exceptions in force"), FORM_COUNT_OF },
	{ "exceptions_requested", N_("exceptions asked for"), FORM_COUNT_OF },
	{ "exceptions_suspended", N_("exceptions SUSPENDED"), FORM_COUNT_OF },
	{ "reports_due", N_("REPORTS DUE"), FORM_COUNT_OF },
	{ "guard", N_("GUARD"), FORM_GUARD },
	{ "proposals", N_("proposals that wait"), FORM_COUNT_OF },
	{ "isolated", N_("ISOLATED"), FORM_COUNT_OF },
	{ "isolated_packets", N_("packets kept from what is isolated"), FORM_COUNT_OF },
	{ "host_findings", NULL, FORM_EQUATION },
	{ "host_risks", N_("HOST'S NETWORK"), FORM_RISKS },
	{ "drops_reverse_path", N_("dropped by rp_filter"), FORM_COUNT_OF },
	{ "drops_martian", N_("dropped as martian"), FORM_COUNT_OF },
	{ "drops_no_route", NULL, FORM_EQUATION },
	{ "drops_address", NULL, FORM_EQUATION },
	{ "drops_header", NULL, FORM_EQUATION },
	{ "connections_cut", N_("connections cut"), FORM_NUMBER },
	{ "uptime_seconds", N_("running for"), FORM_DURATION },
	{ "version", N_("version"), FORM_TEXT },
};
#define FORM_ROWS (sizeof(forms) / sizeof(forms[0]))

/* Words of the protocol, for people, and how good they are. */
static const struct {
	const char *key, *value;
	const char *text;
	enum table_style style;
} words[] = {
	{ "state", "enforcing", N_("enforcing"), TABLE_GOOD },
	{ "state", "differs", N_("the kernel's rule set DIFFERS from what should be in force"),
		TABLE_BAD },
	{ "state", "open",
		N_("OPEN: NOTHING IS BLOCKED, and nothing of what passes is recorded; \"hedate "
		   "close\" ends that"),
		TABLE_BAD },
	{ "state", "none", N_("NO rule set is in force"), TABLE_BAD },
	{ "ownership", "owned", N_("hedated's alone: the kernel refuses changes by others"),
		TABLE_GOOD },
	{ "ownership", "locked",
		N_("watched, and locked by a second table that is hedated's alone"), TABLE_GOOD },
	{ "ownership", "watched", N_("watched: what others change is put right at once"),
		TABLE_PLAIN },
	{ "clock", "synchronised", N_("synchronised"), TABLE_GOOD },
	{ "clock", "unsynchronised", N_("NOT synchronised: the times of records may be wrong"),
		TABLE_WARN },
	{ "clock", "unknown", N_("not known whether it is synchronised"), TABLE_PLAIN },
	{ "profile", "", N_("none"), TABLE_PLAIN },
	{ "model", "", N_("none"), TABLE_PLAIN },
	{ "island", "starting",
		N_("NOTHING is forwarded: no recorder has told yet that the log can be written"),
		TABLE_BAD },
	{ "island", "log-failed", N_("NOTHING is forwarded: the log cannot be written"),
		TABLE_BAD },
	{ "island", "recorder-absent",
		N_("NOTHING is forwarded: no recorder is there to write the log"), TABLE_BAD },
	{ "island", "catching-up",
		N_("NOTHING is forwarded until what was blocked meanwhile is on record"),
		TABLE_WARN },
	{ "recording", "ok", N_("works"), TABLE_GOOD },
	{ "recording", "failed", N_("FAILS: the kernel goes on counting"), TABLE_BAD },
	{ "recording", "unknown", N_("not known"), TABLE_WARN },
	{ "recorder", "connected", N_("connected"), TABLE_GOOD },
	{ "recorder", "absent", N_("absent: the kernel goes on counting, records come later"),
		TABLE_WARN },
};

struct status_equation statusview_equation(const struct ctl_fields *status)
{
	struct status_equation equation = { 0 };
	const char *balanced = ctl_fields_find(status, "balanced");

	equation.known = ctl_fields_number(status, "kernel_packets", &equation.kernel) &&
			 ctl_fields_number(status, "recorded_packets", &equation.recorded) &&
			 ctl_fields_number(status, "lost_packets", &equation.lost) &&
			 ctl_fields_number(status, "pending_packets", &equation.pending);
	equation.holds = equation.known && balanced && strcmp(balanced, "true") == 0 &&
			 equation.kernel == equation.recorded + equation.lost + equation.pending;
	return equation;
}

static enum field_form form_of(const char *key, const char **ret_title)
{
	*ret_title = key;
	for (size_t i = 0; i < FORM_ROWS; i++) {
		if (strcmp(forms[i].key, key) != 0)
			continue;
		if (forms[i].title)
			*ret_title = _(forms[i].title);
		return forms[i].form;
	}
	return FORM_TEXT;
}

static void show_text(struct table *table, const struct ctl_field *field)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].key, field->key) == 0 &&
			strcmp(words[i].value, field->value) == 0) {
			table_cell(table, words[i].style, _(words[i].text));
			return;
		}
	}
	table_cell(table, TABLE_PLAIN, field->value);
}

static void show_duration(struct table *table, unsigned long seconds)
{
	unsigned long days = seconds / 86400;

	if (days > 0)
		table_format(table, TABLE_PLAIN, _("%lu d %02lu:%02lu:%02lu"), days,
			seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
	else
		table_format(table, TABLE_PLAIN, "%lu:%02lu:%02lu", seconds / 3600,
			seconds / 60 % 60, seconds % 60);
}

static void show_time(struct table *table, const char *value)
{
	char text[LOGTIME_TEXT_MAX], zone[LOGTIME_TEXT_MAX];
	int64_t time;

	if (logtime_parse(value, &time) < 0) {
		table_cell(table, TABLE_PLAIN, value);
		return;
	}
	logtime_format_local(time, text);
	logtime_zone(time, zone);
	table_format(table, TABLE_PLAIN, "%s %s", text, zone);
}

static void show_observed(struct table *table, const char *title, const char *pairs)
{
	if (*pairs == '\0')
		return;
	table_cell(table, TABLE_BAD, title);
	table_format(
		table, TABLE_BAD, _("%s: what no path permits PASSES, and is recorded"), pairs);
}

static void show_guard(struct table *table, const char *title, const char *why)
{
	if (strcmp(why, "ok") == 0)
		return;
	table_cell(table, TABLE_BAD, title);
	table_format(table, TABLE_BAD, _("NOTHING is forwarded: %s"), why);
}

static void show_register(struct table *table, const struct ctl_field *field, const char *title)
{
	bool store = strcmp(field->key, "store") == 0;

	if (strcmp(field->value, "ok") == 0)
		return;
	table_cell(table, TABLE_BAD, title);
	table_format(table, TABLE_BAD, store ? _("NONE can be made: %s") : _("NONE is granted: %s"),
		field->value);
}

/* A change that somebody has to confirm. */
static void show_unconfirmed(struct table *table, const struct ctl_fields *status)
{
	const char *confirmed = ctl_fields_find(status, "confirmed");
	const char *number = ctl_fields_find(status, "change");
	uint64_t left = 0;

	if (!confirmed || !number || strcmp(confirmed, "false") != 0)
		return;
	(void)ctl_fields_number(status, "confirm_seconds_left", &left);
	table_cell(table, TABLE_BAD, _("NOT CONFIRMED"));
	if (left > 0)
		table_format(table, TABLE_BAD,
			_("change %s is rolled back in %llu s; \"hedate confirm\" keeps it"),
			number, (unsigned long long)left);
	else
		table_format(table, TABLE_BAD, _("change %s is being rolled back"), number);
}

/* A row for each. */
static void show_risks(struct table *table, const char *title, const char *risks)
{
	while (*risks != '\0') {
		size_t length = strcspn(risks, ";");

		table_cell(table, TABLE_BAD, title);
		table_format(table, TABLE_BAD, "%.*s", (int)length, risks);
		risks += length;
		risks += strspn(risks, "; ");
	}
}

/* What calls for somebody to do something. */
static void show_count(struct table *table, const struct ctl_field *field, const char *title)
{
	bool due = strcmp(field->key, "reports_due") == 0;

	if (strcmp(field->value, "0") == 0)
		return;
	table_cell(table, due ? TABLE_BAD : TABLE_WARN, title);
	if (due)
		table_format(table, TABLE_BAD, _("%s: emergencies that were not reported on"),
			field->value);
	else
		table_cell(table, TABLE_WARN, field->value);
}

static void show_wanted(struct table *table, const char *title, const char *value)
{
	if (value[0] == '\0')
		return;
	table_cell(table, TABLE_BAD, title);
	table_cell(table, TABLE_BAD, value);
}

static void show_field(struct table *table, const struct ctl_field *field)
{
	const char *title;
	enum field_form form = form_of(field->key, &title);
	unsigned long number;

	if (form == FORM_EQUATION || form == FORM_FLAG)
		return;
	if (form == FORM_OBSERVED) {
		show_observed(table, title, field->value);
		return;
	}
	if (form == FORM_RISKS) {
		show_risks(table, title, field->value);
		return;
	}
	if (form == FORM_WANTED) {
		show_wanted(table, title, field->value);
		return;
	}
	if (form == FORM_REGISTER) {
		show_register(table, field, title);
		return;
	}
	if (form == FORM_GUARD) {
		show_guard(table, title, field->value);
		return;
	}
	if (form == FORM_COUNT_OF) {
		show_count(table, field, title);
		return;
	}
	if (form == FORM_ISLAND && strcmp(field->value, "no") == 0)
		return;
	table_cell(table, form == FORM_ISLAND ? TABLE_BAD : TABLE_FAINT, title);
	if (form == FORM_TIME)
		show_time(table, field->value);
	else if (form == FORM_TEXT || form == FORM_ISLAND ||
		 !options_number(field->value, UINT64_MAX, &number))
		show_text(table, field);
	else if (form == FORM_DURATION)
		show_duration(table, number);
	else
		table_number(table, TABLE_PLAIN, number);
}

/* A number as it came, "?" for one that the daemon does not know. */
static void equation_term(
	const struct ctl_fields *status, const char *key, char text[TABLE_NUMBER_MAX])
{
	uint64_t value;

	if (ctl_fields_number(status, key, &value))
		table_number_text(value, text);
	else
		snprintf(text, TABLE_NUMBER_MAX, "?");
}

static void show_equation(struct table *table, const struct ctl_fields *status,
	const struct status_equation *equation)
{
	char kernel[TABLE_NUMBER_MAX], recorded[TABLE_NUMBER_MAX];
	char lost[TABLE_NUMBER_MAX], pending[TABLE_NUMBER_MAX];

	equation_term(status, "kernel_packets", kernel);
	equation_term(status, "recorded_packets", recorded);
	equation_term(status, "lost_packets", lost);
	equation_term(status, "pending_packets", pending);
	table_cell(table, TABLE_FAINT, _("blocked packets"));
	if (equation->holds)
		table_format(table, equation->lost > 0 ? TABLE_WARN : TABLE_GOOD,
			_("kernel %s = recorded %s + lost %s + pending %s: balanced"), kernel,
			recorded, lost, pending);
	else if (equation->known)
		table_format(table, TABLE_BAD,
			_("kernel %s, recorded %s + lost %s + pending %s: NOT balanced"), kernel,
			recorded, lost, pending);
	else
		table_format(table, TABLE_BAD,
			_("kernel %s, recorded %s + lost %s + pending %s: not known until a "
			  "recorder connects"),
			kernel, recorded, lost, pending);
}

int statusview_print(const struct cli *cli, const struct ctl_fields *status,
	const struct status_equation *equation)
{
	static const struct table_column columns[] = { { NULL, false, 0 }, { NULL, false, 0 } };
	struct table *table;
	int error = table_new(columns, 2, cli->color, &table);

	if (error < 0)
		return cmd_failed(_("out of memory"));
	for (size_t i = 0; i < status->count; i++)
		if (!statuslog_has(status->fields[i].key))
			show_field(table, &status->fields[i]);
	show_unconfirmed(table, status);
	statuslog_show(table, status);
	show_equation(table, status, equation);
	error = table_print(table, stdout);
	table_free(table);
	return error < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

void statusview_put_list(struct json *json, const char *pairs, char separator)
{
	const char ends[] = { separator, '\0' }, skip[] = { separator, ' ', '\0' };

	json_array_begin(json);
	while (*pairs != '\0') {
		size_t length = strcspn(pairs, ends);

		json_string_n(json, pairs, length);
		pairs += length;
		pairs += strspn(pairs, skip);
	}
	json_array_end(json);
}

int statusview_print_json(const struct ctl_fields *status)
{
	struct json json;

	json_init(&json);
	json_object_begin(&json);
	for (size_t i = 0; i < status->count; i++) {
		const struct ctl_field *field = &status->fields[i];
		const char *title;
		enum field_form form = form_of(field->key, &title);
		unsigned long number;

		json_key(&json, field->key);
		if (statuslog_has(field->key))
			statuslog_put_json(&json, field);
		else if (form == FORM_FLAG)
			json_bool(&json, strcmp(field->value, "true") == 0);
		else if (form == FORM_OBSERVED)
			statusview_put_list(&json, field->value, ',');
		else if (form == FORM_RISKS)
			statusview_put_list(&json, field->value, ';');
		else if (form == FORM_TEXT || form == FORM_TIME || form == FORM_REGISTER ||
			 form == FORM_GUARD || form == FORM_ISLAND || form == FORM_WANTED)
			json_string(&json, field->value);
		else if (options_number(field->value, UINT64_MAX, &number))
			json_unsigned(&json, number);
		else
			json_null(&json); /* "unknown" */
	}
	json_object_end(&json);
	return cmd_put_json(&json);
}
