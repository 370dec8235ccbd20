/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What lies on the Internet side and has a part of its own: the security cloud
 * (セキュリティクラウド), and the clouds that the site goes to past it (ローカルブレイクアウト). */
#include <errno.h>
#include <stdio.h>

#include "array.h"
#include "conf_node.h"
#include "i18n.h"

/* Behind the uplink: in remote of a segment whose zone is of kind internet. What stands in a zone
 * with errors, nobody knows. */
static void check_uplink(struct conf *conf, const config_setting_t *setting,
	const struct addr_prefix *prefix, size_t index)
{
	const struct policy_segment *segment = &conf->policy->segments[index];
	const struct policy_zone *zone = &conf->policy->zones[segment->zone];
	struct addr_range range = addr_prefix_range(prefix);

	if (conf->zones_broken)
		return;
	if (zone->kind != ZONE_INTERNET)
		conf_error(conf, setting,
			_("give addresses behind the uplink: in remote of a segment of a zone of "
			  "kind internet"),
			_("%s: \"%s\" is in segment \"%s\", whose zone is of kind %s, not "
			  "internet"),
			conf->subject, config_setting_get_string(setting), segment->full_name,
			zone_kind_name(zone->kind));
	else if (addrset_overlaps(&segment->on_link[prefix->addr.family], &range))
		conf_error(conf, setting,
			_("give addresses behind the uplink: in remote, not in networks"),
			_("%s: \"%s\" is in the networks of segment \"%s\" itself"), conf->subject,
			config_setting_get_string(setting), segment->full_name);
}

/* ---- security cloud ---- */

static int read_cloud_label(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	return conf_label(conf, setting, true, &policy->cloud_label);
}

static int read_cloud_networks(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;
	const struct conf_place place = { .addresses = policy->cloud, .check = check_uplink };

	return conf_read_place(conf, setting, &place);
}

static const struct conf_key cloud_keys[] = {
	{ "label", false, read_cloud_label },
	{ "networks", true, read_cloud_networks },
	{ 0 },
};

int conf_read_security_cloud(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = object;

	policy->cloud_loc = conf_value_loc(conf, setting);
	snprintf(conf->subject, sizeof(conf->subject), "security_cloud");
	return conf_group(conf, setting, cloud_keys, policy);
}

/* ---- local breakout ---- */

static int read_breakout_name(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_breakout *breakout = object;
	int error = conf_name(conf, setting, CHARSET_NAME, &breakout->name);

	if (error < 0 || breakout->name == NULL)
		return error;
	return conf_add_name(conf, breakout->name, NAMED_BREAKOUT, conf->policy->breakout_count - 1,
		breakout->loc);
}

static int read_breakout_label(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_breakout *breakout = object;

	return conf_label(conf, setting, true, &breakout->label);
}

static void check_breakout(struct conf *conf, const config_setting_t *setting,
	const struct addr_prefix *prefix, size_t segment)
{
	struct addr_range range = addr_prefix_range(prefix);

	check_uplink(conf, setting, prefix, segment);
	if (addrset_overlaps(&conf->policy->cloud[prefix->addr.family], &range))
		conf_error(conf, setting, _("remove it: no breakout is needed to go there"),
			_("%s: \"%s\" meets the networks of security_cloud on line %u"),
			conf->subject, config_setting_get_string(setting),
			conf->policy->cloud_loc.line);
}

static int read_breakout_networks(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_breakout *breakout = object;
	const struct conf_place place = { .addresses = breakout->addresses,
		.segment = &conf->breakout_segments[conf->policy->breakout_count - 1],
		.check = check_breakout };

	return conf_read_place(conf, setting, &place);
}

static const struct conf_key breakout_keys[] = {
	{ "name", true, read_breakout_name },
	{ "label", false, read_breakout_label },
	{ "networks", true, read_breakout_networks },
	{ 0 },
};

/* One more, and its place in conf->breakout_segments. */
static struct policy_breakout *new_breakout(struct conf *conf)
{
	struct policy *policy = conf->policy;
	size_t segment_room = conf->breakout_room;
	struct policy_breakout *breakouts = array_reserve(policy->breakouts, sizeof(*breakouts),
		policy->breakout_count, &conf->breakout_room);
	size_t *segments;

	if (breakouts == NULL)
		return NULL;
	policy->breakouts = breakouts;
	segments = array_reserve(
		conf->breakout_segments, sizeof(*segments), policy->breakout_count, &segment_room);
	if (segments == NULL)
		return NULL;
	conf->breakout_segments = segments;
	segments[policy->breakout_count] = CONF_NOWHERE;
	return &breakouts[policy->breakout_count++];
}

static int read_breakout(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_breakout *breakout = new_breakout(conf);
	size_t errors = diag_list_count(conf->diags, DIAG_ERROR);
	int error;

	(void)object;
	if (breakout == NULL)
		return -ENOMEM;
	*breakout = (struct policy_breakout){ .loc = conf_group_loc(conf, setting) };
	for (int family = 0; family < ADDR_FAMILIES; family++)
		addrset_init(&breakout->addresses[family], (enum addr_family)family);
	conf_set_subject(conf, "local_breakout", setting, conf->policy->breakout_count);
	error = conf_group(conf, setting, breakout_keys, breakout);
	if (error < 0)
		return error;
	if (conf_failed_since(conf, errors))
		conf->breakout_segments[conf->policy->breakout_count - 1] = CONF_NOWHERE;
	if (conf_default_text(&breakout->name) < 0 || conf_default_text(&breakout->label) < 0)
		return -ENOMEM;
	return 0;
}

int conf_read_breakouts(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_list(conf, setting, true, read_breakout, object);
}
