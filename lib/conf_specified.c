/* SPDX-License-Identifier: GPL-2.0-or-later */
/* 特定通信: what a path that crosses the boundary of residents' data says of its peer. */
#include <errno.h>
#include <string.h>

#include "conf_node.h"
#include "i18n.h"
#include "suggest.h"

struct reader {
	struct policy_specified *specified;
	bool has_via; /* given, right or wrong */
};

static int read_attested_by(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct reader *reader = object;

	return conf_label(conf, setting, false, &reader->specified->attested_by);
}

static int read_attested_on(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct reader *reader = object;

	return conf_date(conf, setting, &reader->specified->attested_on);
}

static int read_public_body(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct reader *reader = object;

	conf_bool(conf, setting, &reader->specified->public_body);
	return 0;
}

static void refuse_via(struct conf *conf, const config_setting_t *setting, const char *name)
{
	struct suggest suggest = { .word = name };

	for (size_t i = 0; i < conf->policy->zone_count; i++)
		suggest_consider(&suggest, conf->policy->zones[i].name);
	conf_error(conf, setting, conf_did_you_mean(conf, &suggest),
		_("%s: via: no zone is named \"%s\""), conf->subject, name);
}

static int read_via(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct reader *reader = object;
	const char *name = conf_string(conf, setting);
	const struct policy_zone *zone;
	size_t value;

	reader->has_via = true;
	if (name == NULL)
		return 0;
	if (!strmap_find(&conf->names, name, &value) || NAMED_KIND(value) != NAMED_ZONE) {
		refuse_via(conf, setting, name);
		return 0;
	}
	zone = &conf->policy->zones[NAMED_INDEX(value)];
	if (zone->kind == ZONE_LGWAN)
		reader->specified->via = NAMED_INDEX(value);
	else if (!conf->zones_broken)
		conf_error(conf, setting, _("name the zone of kind lgwan that the peer is behind"),
			_("%s: via: a public body's system is reached through LGWAN, but zone "
			  "\"%s\" is of kind %s"),
			conf->subject, name, zone_kind_name(zone->kind));
	return 0;
}

static const struct conf_key specified_keys[] = {
	{ "attested_by", false, read_attested_by },
	{ "attested_on", false, read_attested_on },
	{ "public_body", false, read_public_body },
	{ "via", false, read_via },
	{ 0 },
};

/* Either somebody attested that the peer has no Internet, or it is a public body's. */
static void check_ground(
	struct conf *conf, const config_setting_t *setting, const struct reader *reader)
{
	bool by = reader->specified->attested_by != NULL;
	bool on = reader->specified->attested_on != NULL;
	bool public_body = reader->specified->public_body;

	if ((by || on) && (public_body || reader->has_via))
		conf_error(conf, setting, _("keep the one that holds of the peer"),
			_("%s: specified: attested_by and attested_on, or public_body and via, not "
			  "both"),
			conf->subject);
	else if (!by && !on && !public_body && !reader->has_via)
		conf_error(conf, setting,
			_("add attested_by and attested_on (who attested, and when, that the peer "
			  "does not reach the Internet), or public_body = true and via"),
			_("%s: specified: nothing is said of the peer"), conf->subject);
	else if (by && !on)
		conf_error(conf, setting, _("add: attested_on = \"2026-04-01\";"),
			_("%s: specified: attested_by without attested_on"), conf->subject);
	else if (on && !by)
		conf_error(conf, setting, _("add: attested_by = \"...\";"),
			_("%s: specified: attested_on without attested_by"), conf->subject);
	else if (public_body && !reader->has_via)
		conf_error(conf, setting, _("add via: the zone of kind lgwan that it is behind"),
			_("%s: specified: public_body without via"), conf->subject);
	else if (reader->has_via && !public_body)
		conf_error(conf, setting, _("add: public_body = true;"),
			_("%s: specified: via without public_body"), conf->subject);
}

int conf_read_specified(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_path *path = object;
	struct reader reader = { .specified = &path->specified };
	size_t errors = diag_list_count(conf->diags, DIAG_ERROR);
	int error;

	path->specified.given = true;
	path->specified.via = conf->policy->zone_count;
	path->specified.loc = conf_value_loc(conf, setting);
	error = conf_group(conf, setting, specified_keys, &reader);
	if (error < 0)
		return error;
	if (!conf_failed_since(conf, errors))
		check_ground(conf, setting, &reader);
	if (conf_default_text(&path->specified.attested_by) < 0 ||
		conf_default_text(&path->specified.attested_on) < 0)
		return -ENOMEM;
	return 0;
}
