/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "statuscheck.h"

#include <stdio.h>
#include <string.h>

#include "../lib/i18n.h"

/* When a field calls for somebody. */
enum wrong {
	WHEN_IS,     /* it is this value */
	WHEN_IS_NOT, /* it is another one than this, and there */
	WHEN_MORE,   /* a number above 0 */
	WHEN_TEXT,   /* not empty */
};

/* The worst first. %s is the value. */
static const struct rule {
	const char *key;
	enum wrong wrong;
	const char *value;
	enum check_level level;
	const char *text;
} rules[] = {
	{ "state", WHEN_IS, "open", CHECK_CRITICAL, N_("opened on purpose: NOTHING is blocked") },
	{ "state", WHEN_IS, "none", CHECK_CRITICAL, N_("no rule set is in force") },
	{ "state", WHEN_IS_NOT, "enforcing", CHECK_CRITICAL,
		N_("the kernel's rule set is not the one that should be in force") },
	{ "isolated", WHEN_IS, "unknown", CHECK_CRITICAL,
		N_("what is isolated cannot be read, or not be put into the kernel") },
	{ "island", WHEN_IS_NOT, "no", CHECK_CRITICAL, N_("nothing is forwarded (%s)") },
	{ "recording", WHEN_IS, "failed", CHECK_CRITICAL, N_("the log cannot be written") },
	{ "recorder", WHEN_IS, "absent", CHECK_CRITICAL,
		N_("no recorder is connected: nothing is put on record") },
	{ "foreign_risks", WHEN_TEXT, NULL, CHECK_CRITICAL,
		N_("tables of others may let packets by: %s") },
	{ "log_room", WHEN_IS, "disk-low", CHECK_CRITICAL,
		N_("the disk of the log is nearly full") },
	{ "host_risks", WHEN_TEXT, NULL, CHECK_WARNING, N_("the host's network: %s") },
	{ "log_room", WHEN_IS, "too-large", CHECK_WARNING, N_("the log is larger than it may be") },
	{ "log_holds", WHEN_IS, "unreadable", CHECK_WARNING,
		N_("the legal holds cannot be read: nothing of the log is removed") },
	{ "store", WHEN_IS_NOT, "ok", CHECK_WARNING, N_("changes cannot be kept: %s") },
	{ "confirmed", WHEN_IS, "false", CHECK_WARNING, N_("a change waits to be confirmed") },
	{ "isolated", WHEN_MORE, NULL, CHECK_WARNING, N_("%s isolated") },
	{ "observed", WHEN_TEXT, NULL, CHECK_WARNING, N_("only observed, nothing is blocked: %s") },
	{ "exceptions_register", WHEN_IS_NOT, "ok", CHECK_WARNING,
		N_("no exception is granted: %s") },
	{ "exceptions_suspended", WHEN_MORE, NULL, CHECK_WARNING,
		N_("%s exceptions are suspended") },
	{ "reports_due", WHEN_MORE, NULL, CHECK_WARNING,
		N_("%s emergencies were not reported on") },
	{ "separation", WHEN_IS, "lost", CHECK_CRITICAL,
		N_("the gateway is NOT as the policy says") },
	{ "separation_whole", WHEN_IS, "lost", CHECK_CRITICAL,
		N_("the gateway is NOT as the policy says") },
	{ "proof", WHEN_IS_NOT, "ok", CHECK_WARNING, N_("the proof: %s") },
	{ "clock", WHEN_IS, "unsynchronised", CHECK_WARNING, N_("the clock is not synchronised") },
};

static bool is_wrong(const struct rule *rule, const struct ctl_fields *status)
{
	const char *value = ctl_fields_find(status, rule->key);
	uint64_t number;

	if (!value)
		return false; /* what this hedated does not tell is not wrong */
	switch (rule->wrong) {
	case WHEN_IS:
		return strcmp(value, rule->value) == 0;
	case WHEN_IS_NOT:
		return strcmp(value, rule->value) != 0;
	case WHEN_MORE:
		return ctl_fields_number(status, rule->key, &number) && number > 0;
	case WHEN_TEXT:
		return value[0] != '\0';
	}
	return false;
}

/* One line, whatever a value holds; a bar would begin performance data. */
static void append(struct statuscheck *check, enum check_level level, const char *text)
{
	size_t used = strlen(check->text);

	snprintf(check->text + used, sizeof(check->text) - used, "%s%s", used ? "; " : "", text);
	for (char *at = check->text + used; *at; at++)
		if ((unsigned char)*at < ' ' || *at == '|')
			*at = ' ';
	check->problems++;
	if (level > check->level)
		check->level = level;
}

/* The text with the value in the place of its "%s", if it has one. */
static void put_value(const char *with, const char *value, char text[STATUSCHECK_MAX])
{
	const char *at = strstr(with, "%s");

	if (at)
		snprintf(text, STATUSCHECK_MAX, "%.*s%s%s", (int)(at - with), with, value, at + 2);
	else
		snprintf(text, STATUSCHECK_MAX, "%s", with);
}

void statuscheck_judge(
	const struct ctl_fields *status, bool balanced, struct statuscheck *ret_check)
{
	const char *state = ctl_fields_find(status, "state");
	bool none = state && strcmp(state, "none") == 0;
	bool open = state && strcmp(state, "open") == 0;
	char text[STATUSCHECK_MAX];

	*ret_check = (struct statuscheck){ .level = state ? CHECK_OK : CHECK_UNKNOWN };
	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++) {
		const struct rule *rule = &rules[i];

		/* That there is none, or that it is open, says enough of it. */
		if (!is_wrong(rule, status) || ((none || open) && rule->wrong == WHEN_IS_NOT &&
						       strcmp(rule->key, "state") == 0))
			continue;
		put_value(_(rule->text), ctl_fields_find(status, rule->key), text);
		append(ret_check, rule->level, text);
	}
	if (!balanced && !none && !open)
		append(ret_check, CHECK_CRITICAL,
			_("the equation of blocked packets does not hold"));
}

const char *statuscheck_level_name(enum check_level level)
{
	static const char *const names[] = {
		[CHECK_OK] = "OK",
		[CHECK_WARNING] = "WARNING",
		[CHECK_CRITICAL] = "CRITICAL",
		[CHECK_UNKNOWN] = "UNKNOWN",
	};

	return names[level];
}
