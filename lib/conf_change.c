/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the configuration itself is changed: by whom, and how long a change waits. */
#include "conf_node.h"
#include "i18n.h"

int conf_read_two_person(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	conf_bool(conf, setting, &policy->two_person);
	return 0;
}

int conf_read_confirm_seconds(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;
	unsigned int seconds;

	if (!conf_number(conf, setting, 0, POLICY_CONFIRM_MAX, &seconds))
		return 0;
	if (seconds > 0 && seconds < POLICY_CONFIRM_LEAST)
		conf_error(conf, setting,
			_("10 or more; 0: a change is confirmed as soon as it is in place"),
			_("%s: nobody can try and confirm a change within %u seconds"),
			conf->subject, seconds);
	else
		policy->confirm_seconds = seconds;
	return 0;
}

int conf_read_proposal_seconds(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	conf_number(conf, setting, 60, 604800, &policy->proposal_seconds);
	return 0;
}
