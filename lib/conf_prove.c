/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How often the gateway proves itself: prove = { interval; }. */
#include <stdio.h>

#include "conf_node.h"
#include "i18n.h"

static int read_interval(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	conf_number(conf, setting, 0, 86400, &policy->prove_seconds);
	return 0;
}

static const struct conf_key prove_keys[] = {
	{ "interval", false, read_interval },
	{ 0 },
};

int conf_read_prove(struct conf *conf, const config_setting_t *setting, void *object)
{
	snprintf(conf->subject, sizeof(conf->subject), "prove");
	return conf_group(conf, setting, prove_keys, object);
}
