/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is told to somebody: alerts = ( { name; ...; command; } ). */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "compile.h"
#include "conf_node.h"
#include "i18n.h"
#include "suggest.h"

#define SECONDS_MAX 86400
#define COUNT_MAX   1000000000

static int read_name(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_alert *alert = object;
	const struct policy *policy = conf->policy;
	int error = conf_name(conf, setting, CHARSET_NAME, &alert->name);

	if (error < 0 || alert->name == NULL)
		return error;
	for (size_t i = 0; i < policy->alert_count; i++)
		if (&policy->alerts[i] != alert && policy->alerts[i].name != NULL &&
			strcmp(policy->alerts[i].name, alert->name) == 0)
			conf_error(conf, setting, NULL, _("%s: the name stands already on line %u"),
				conf->subject, policy->alerts[i].loc.line);
	return 0;
}

static int copy(const char *text, char **ret_copy)
{
	free(*ret_copy);
	*ret_copy = strdup(text);
	return *ret_copy == NULL ? -ENOMEM : 0;
}

static int read_action(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_alert *alert = object;
	const char *text = conf_string(conf, setting);

	if (text == NULL)
		return 0;
	if (text[0] == '\0' || text[strspn(text, "abcdefghijklmnopqrstuvwxyz-")] != '\0') {
		conf_error(conf, setting,
			_("one that hedate-log(5) names, such as \"scan\" or \"records-lost\""),
			_("%s: \"%s\" is no action of a record"), conf->subject, text);
		return 0;
	}
	return copy(text, &alert->action);
}

static int read_reason(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_alert *alert = object;
	const char *text = conf_string(conf, setting);
	struct suggest suggest = { .word = text };
	enum reason reason;

	if (text == NULL)
		return 0;
	if (reason_parse(text, &reason) == 0)
		return copy(text, &alert->reason);
	for (int i = 0; i < REASON_COUNT; i++)
		suggest_consider(&suggest, reason_name((enum reason)i));
	conf_error(conf, setting, conf_did_you_mean(conf, &suggest),
		_("%s: there is no reason \"%s\""), conf->subject, text);
	return 0;
}

/* A zone or a segment as records name them, the gateway, or what belongs to no zone. */
static bool is_place(const struct conf *conf, const char *text, struct suggest *suggest)
{
	static const char *const others[] = { "gateway", "unknown" };
	const struct policy *policy = conf->policy;
	bool found = false;

	for (size_t i = 0; i < policy->zone_count; i++) {
		found |= strcmp(policy->zones[i].name, text) == 0;
		suggest_consider(suggest, policy->zones[i].name);
	}
	for (size_t i = 0; i < policy->segment_count; i++) {
		found |= strcmp(policy->segments[i].full_name, text) == 0;
		suggest_consider(suggest, policy->segments[i].full_name);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		found |= strcmp(others[i], text) == 0;
	return found;
}

static int read_place(struct conf *conf, const config_setting_t *setting, char **ret_place)
{
	const char *text = conf_string(conf, setting);
	struct suggest suggest = { .word = text };

	if (text == NULL)
		return 0;
	if (conf->zones_broken || is_place(conf, text, &suggest))
		return copy(text, ret_place);
	conf_error(conf, setting, conf_did_you_mean(conf, &suggest),
		_("%s: no zone or segment is named \"%s\""), conf->subject, text);
	return 0;
}

static int read_from(struct conf *conf, const config_setting_t *setting, void *object)
{
	return read_place(conf, setting, &((struct policy_alert *)object)->from);
}

static int read_to(struct conf *conf, const config_setting_t *setting, void *object)
{
	return read_place(conf, setting, &((struct policy_alert *)object)->to);
}

static int read_count(struct conf *conf, const config_setting_t *setting, void *object)
{
	conf_number(conf, setting, 1, COUNT_MAX, &((struct policy_alert *)object)->count);
	return 0;
}

static int read_packets(struct conf *conf, const config_setting_t *setting, void *object)
{
	conf_number(conf, setting, 1, COUNT_MAX, &((struct policy_alert *)object)->packets);
	return 0;
}

static int read_seconds(struct conf *conf, const config_setting_t *setting, void *object)
{
	conf_number(conf, setting, 1, SECONDS_MAX, &((struct policy_alert *)object)->seconds);
	return 0;
}

static int read_every(struct conf *conf, const config_setting_t *setting, void *object)
{
	conf_number(conf, setting, 1, SECONDS_MAX, &((struct policy_alert *)object)->every);
	return 0;
}

static int read_command(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_alert *alert = object;

	return conf_command(conf, setting, &alert->command, &alert->command_count);
}

static const struct conf_key alert_keys[] = {
	{ "name", true, read_name },
	{ "action", false, read_action },
	{ "reason", false, read_reason },
	{ "from", false, read_from },
	{ "to", false, read_to },
	{ "count", false, read_count },
	{ "packets", false, read_packets },
	{ "seconds", false, read_seconds },
	{ "every", false, read_every },
	{ "command", true, read_command },
	{ 0 },
};

/* ---- the list ---- */

static void check_alert(struct conf *conf, const struct policy_alert *alert)
{
	if (alert->count > 0 && alert->packets > 0)
		diag_add(conf->diags, DIAG_ERROR, alert->loc, _("remove one of them"),
			_("%s: both \"count\" and \"packets\" are given"), conf->subject);
	if (alert->action != NULL && alert->reason != NULL &&
		strcmp(alert->action, "flow-blocked") != 0 &&
		strcmp(alert->action, "flow-observed") != 0)
		diag_add(conf->diags, DIAG_ERROR, alert->loc, _("remove one of them"),
			_("%s: only blocked flows have a reason, not \"%s\""), conf->subject,
			alert->action);
}

static int read_alert(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = conf->policy;
	struct policy_alert *alerts = array_reserve(
		policy->alerts, sizeof(*alerts), policy->alert_count, &conf->alert_room);
	size_t errors = diag_list_count(conf->diags, DIAG_ERROR);
	struct policy_alert *alert;
	int error;

	(void)object;
	if (alerts == NULL)
		return -ENOMEM;
	policy->alerts = alerts;
	alert = &alerts[policy->alert_count++];
	*alert = (struct policy_alert){
		.seconds = 60, .every = 300, .loc = conf_group_loc(conf, setting)
	};
	conf_set_subject(conf, N_("alert"), setting, policy->alert_count);
	error = conf_group(conf, setting, alert_keys, alert);
	if (error < 0)
		return error;
	if (!conf_failed_since(conf, errors))
		check_alert(conf, alert);
	if (alert->count == 0 && alert->packets == 0)
		alert->count = 1;
	return conf_default_text(&alert->name);
}

int conf_read_alerts(struct conf *conf, const config_setting_t *setting, void *object)
{
	int count = config_setting_is_list(setting) ? config_setting_length(setting) : 0;

	if (count > POLICY_ALERTS_MAX) {
		diag_add(conf->diags, DIAG_ERROR,
			conf_value_loc(conf, config_setting_get_elem(setting, POLICY_ALERTS_MAX)),
			NULL, _("more than %d alerts"), POLICY_ALERTS_MAX);
		return 0;
	}
	return conf_list(conf, setting, true, read_alert, object);
}
