/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other gateway of a pair: ha = { peer; command; }. */
#include "conf_node.h"
#include "i18n.h"

static int read_peer(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	return conf_name(conf, setting, CHARSET_NAME, &policy->ha.peer);
}

static int read_command(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	return conf_command(conf, setting, &policy->ha.command, &policy->ha.command_count);
}

static const struct conf_key ha_keys[] = {
	{ "peer", true, read_peer },
	{ "command", true, read_command },
	{ 0 },
};

int conf_read_ha(struct conf *conf, const config_setting_t *setting, void *object)
{
	snprintf(conf->subject, sizeof(conf->subject), "%s", _("ha"));
	return conf_group(conf, setting, ha_keys, object);
}
