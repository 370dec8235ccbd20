/* SPDX-License-Identifier: GPL-2.0-or-later */
/* When a path is open: windows = ( { days = "mon-fri"; from = "08:30"; until = "17:15"; } ). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_node.h"
#include "i18n.h"
#include "suggest.h"

#define DAYS	     7
#define ALL_DAYS     0x7f
#define WEEK_MINUTES (DAYS * DAY_MINUTES)
#define UNTIL_MAX    (2 * DAY_MINUTES - 1)
#define TIME_LENGTH  5		/* "08:30" */
#define NO_TIME	     UINT32_MAX /* not given, or wrong */

static const char *const day_names[DAYS] = { "mon", "tue", "wed", "thu", "fri", "sat", "sun" };

/* A window that is being read. */
struct reading {
	struct policy_window window;
	struct diag_loc until_loc;
};

/* ---- days ---- */

/* The day of this name, DAYS if there is none. */
static unsigned int find_day(const char *name, size_t length)
{
	unsigned int day = 0;

	while (day < DAYS &&
		(strlen(day_names[day]) != length || strncmp(day_names[day], name, length) != 0))
		day++;
	return day;
}

static void refuse_day(struct conf *conf, const config_setting_t *setting, const char *text)
{
	struct suggest suggest = { .word = text };
	const char *meant;

	for (unsigned int i = 0; i < DAYS; i++)
		suggest_consider(&suggest, day_names[i]);
	suggest_consider(&suggest, "daily");
	meant = conf_did_you_mean(conf, &suggest);
	conf_error(conf, setting,
		meant ? meant
		      : _("days are mon, tue, wed, thu, fri, sat, sun, ranges of them "
			  "(\"mon-fri\"), or \"daily\""),
		_("%s: \"%s\" is not a day of the week"), conf->subject, text);
}

/* "mon", "mon-fri", "sat-mon", "daily" as bits; 0 after an error. */
static unsigned int parse_days(struct conf *conf, const config_setting_t *setting, const char *text)
{
	const char *dash = strchr(text, '-');
	size_t length = dash ? (size_t)(dash - text) : strlen(text);
	unsigned int first = find_day(text, length);
	unsigned int last = dash ? find_day(dash + 1, strlen(dash + 1)) : first, days = 0;

	if (strcmp(text, "daily") == 0)
		return ALL_DAYS;
	if (first == DAYS || last == DAYS) {
		refuse_day(conf, setting, text);
		return 0;
	}
	while (first != last) {
		days |= 1u << first;
		first = (first + 1) % DAYS;
	}
	return days | 1u << last;
}

static int read_day(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct reading *reading = object;
	const char *text = conf_string(conf, setting);
	unsigned int days;

	if (text == NULL)
		return 0;
	if (text[0] == '\0') {
		conf_error(conf, setting, _("name the days, or \"daily\""),
			_("%s: a window without a day"), conf->subject);
		return 0;
	}
	days = parse_days(conf, setting, text);
	if (reading->window.days & days)
		conf_error(conf, setting, _("remove it"), _("%s: \"%s\" names a day again"),
			conf->subject, text);
	reading->window.days |= (uint8_t)days;
	return 0;
}

static int read_days(struct conf *conf, const config_setting_t *setting, void *object)
{
	if (config_setting_is_aggregate(setting) && !config_setting_is_group(setting) &&
		config_setting_length(setting) == 0) {
		conf_error(conf, setting, _("name the days, or \"daily\""),
			_("%s: a window without a day"), conf->subject);
		return 0;
	}
	return conf_values(conf, setting, DAYS, read_day, object);
}

/* ---- times ---- */

/* Two digits, or -1. */
static int two_digits(const char *text)
{
	if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
		return -1;
	return (text[0] - '0') * 10 + text[1] - '0';
}

/* "08:30" in minutes, at most max; false after an error. */
static bool read_time(struct conf *conf, const config_setting_t *setting, unsigned int max,
	unsigned int *ret_minutes)
{
	const char *text = conf_string(conf, setting);
	int hours = -1, minutes = -1;

	if (text == NULL)
		return false;
	if (strlen(text) == TIME_LENGTH && text[2] == ':') {
		hours = two_digits(text);
		minutes = two_digits(text + 3);
	}
	if (hours < 0 || minutes < 0) {
		conf_error(conf, setting,
			_("write hours and minutes with two digits each: \"08:30\""),
			_("%s: \"%s\" is not a time"), conf->subject, text);
		return false;
	}
	*ret_minutes = (unsigned int)hours * 60 + (unsigned int)minutes;
	if (minutes <= 59 && *ret_minutes <= max)
		return true;
	conf_error(conf, setting,
		max == UNTIL_MAX ? _("until goes from 00:00 to 47:59; hours from 24 on are those "
				     "of the next day")
				 : _("from goes from 00:00 to 23:59"),
		_("%s: there is no such hour as \"%s\""), conf->subject, text);
	return false;
}

static int read_from(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct reading *reading = object;

	if (!read_time(conf, setting, DAY_MINUTES - 1, &reading->window.from))
		reading->window.from = NO_TIME;
	return 0;
}

static int read_until(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct reading *reading = object;

	reading->until_loc = conf_value_loc(conf, setting);
	if (!read_time(conf, setting, UNTIL_MAX, &reading->window.until))
		reading->window.until = NO_TIME;
	return 0;
}

/* An end before the beginning is that of the next day. false after an error. */
static bool check_length(struct conf *conf, struct reading *reading)
{
	struct policy_window *window = &reading->window;

	if (window->until == window->from) {
		diag_add(conf->diags, DIAG_ERROR, reading->until_loc,
			_("for a whole day add 24 to the hour of until"),
			_("%s: a window that ends when it begins"), conf->subject);
		return false;
	}
	if (window->until < window->from)
		window->until += DAY_MINUTES;
	if (window->until - window->from <= DAY_MINUTES)
		return true;
	diag_add(conf->diags, DIAG_ERROR, reading->until_loc,
		_("name each day on which it begins; every day is \"daily\" with until \"24:00\""),
		_("%s: a window of more than 24 hours"), conf->subject);
	return false;
}

/* ---- windows ---- */

static const struct conf_key window_keys[] = {
	{ "days", true, read_days },
	{ "from", true, read_from },
	{ "until", true, read_until },
	{ 0 },
};

/* Do they have a minute of the week in common? (a window of at most 24 hours never meets itself) */
static bool overlap(const struct policy_window *a, const struct policy_window *b)
{
	for (unsigned int i = 0; i < DAYS * DAYS; i++) {
		unsigned int day = i / DAYS, other = i % DAYS;
		/* How long after a's beginning b's comes, around the week. */
		unsigned int after = (other * DAY_MINUTES + b->from + WEEK_MINUTES -
					     (day * DAY_MINUTES + a->from)) %
				     WEEK_MINUTES;
		unsigned int before = (WEEK_MINUTES - after) % WEEK_MINUTES;

		if (!(a->days >> day & 1) || !(b->days >> other & 1))
			continue;
		if (after < a->until - a->from || before < b->until - b->from)
			return true;
	}
	return false;
}

static void check_overlaps(
	struct conf *conf, const struct policy_path *path, const struct policy_window *window)
{
	for (size_t i = 0; i < path->window_count; i++) {
		if (!overlap(&path->windows[i], window))
			continue;
		diag_add(conf->diags, DIAG_ERROR, window->loc,
			_("make one window of both, or let one end where the other begins"),
			_("%s: the window overlaps the one on line %u"), conf->subject,
			path->windows[i].loc.line);
		return;
	}
}

static int add_window(struct policy_path *path, const struct policy_window *window)
{
	struct policy_window *windows =
		reallocarray(path->windows, path->window_count + 1, sizeof(*windows));

	if (windows == NULL)
		return -ENOMEM;
	path->windows = windows;
	windows[path->window_count++] = *window;
	return 0;
}

static int read_window(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct reading reading = { .window = { .from = NO_TIME, .until = NO_TIME } };
	struct policy_path *path = object;
	int error;

	reading.window.loc = conf_group_loc(conf, setting);
	reading.until_loc = reading.window.loc;
	error = conf_group(conf, setting, window_keys, &reading);
	if (error < 0 || reading.window.from == NO_TIME || reading.window.until == NO_TIME ||
		reading.window.days == 0)
		return error;
	if (!check_length(conf, &reading))
		return 0;
	if (path->window_count == POLICY_WINDOWS_MAX) {
		diag_add(conf->diags, DIAG_ERROR, reading.window.loc, NULL,
			_("%s: more than %d windows"), conf->subject, POLICY_WINDOWS_MAX);
		return 0;
	}
	check_overlaps(conf, path, &reading.window);
	return add_window(path, &reading.window);
}

/* Without an end between its windows a path is not timed. */
static void warn_always(
	struct conf *conf, const config_setting_t *setting, const struct policy_path *path)
{
	unsigned int minutes = 0;

	for (size_t i = 0; i < path->window_count; i++)
		for (unsigned int day = 0; day < DAYS; day++)
			if (path->windows[i].days >> day & 1)
				minutes += path->windows[i].until - path->windows[i].from;
	if (minutes >= WEEK_MINUTES)
		diag_add(conf->diags, DIAG_WARNING, conf_value_loc(conf, setting),
			_("leave windows out"), _("%s: its windows are all of the week"),
			conf->subject);
}

int conf_read_windows(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_path *path = object;
	size_t errors = diag_list_count(conf->diags, DIAG_ERROR);
	int error = conf_list(conf, setting, false, read_window, object);

	if (error == 0 && !conf_failed_since(conf, errors))
		warn_always(conf, setting, path);
	return error;
}
