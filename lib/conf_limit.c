/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How many connections a zone may open: zones[].limit. */
#include <errno.h>

#include "conf_node.h"
#include "i18n.h"

#define LIMIT_MAX 1000000

static bool is_zero(const config_setting_t *setting)
{
	int type = config_setting_type(setting);

	return (type == CONFIG_TYPE_INT || type == CONFIG_TYPE_INT64) &&
	       config_setting_get_int64(setting) == 0;
}

static int read_rate(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_limit *limit = object;

	if (is_zero(setting))
		conf_error(conf, setting,
			_("1 to 1000000; a zone that may open no connection has no paths"),
			_("%s: a rate of 0 would stop every connection of the zone"),
			conf->subject);
	else
		conf_number(conf, setting, 1, LIMIT_MAX, &limit->rate);
	return 0;
}

static int read_per(struct conf *conf, const config_setting_t *setting, void *object)
{
	static const char *const names[] = { "second", "minute", "hour" };
	static const unsigned int seconds[] = { 1, 60, 3600 };
	struct policy_limit *limit = object;
	size_t index;

	if (conf_choice(conf, setting, names, sizeof(names) / sizeof(names[0]), &index))
		limit->per_seconds = seconds[index];
	return 0;
}

static int read_burst(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_limit *limit = object;

	if (is_zero(setting))
		conf_error(conf, setting, _("1 to 1000000; without burst it is the rate"),
			_("%s: with a burst of 0 not even one connection could be opened"),
			conf->subject);
	else
		conf_number(conf, setting, 1, LIMIT_MAX, &limit->burst);
	return 0;
}

static const struct conf_key limit_keys[] = {
	{ "rate", true, read_rate },
	{ "per", true, read_per },
	{ "burst", false, read_burst },
	{ 0 },
};

int conf_read_limit(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_zone *zone = object;
	struct policy_limit limit = { .loc = conf_key_loc(conf, setting) };
	int error = conf_group(conf, setting, limit_keys, &limit);

	if (error < 0)
		return error;
	if (zone->kind == ZONE_MANAGEMENT)
		diag_add(conf->diags, DIAG_ERROR, limit.loc, _("remove limit"),
			_("%s: a zone of kind \"management\" opens no connection through the "
			  "gateway that could be limited"),
			conf->subject);
	if (limit.burst == 0)
		limit.burst = limit.rate;
	zone->limit = limit;
	return 0;
}
