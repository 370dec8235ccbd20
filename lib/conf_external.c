/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is behind a segment: whose network it is, and the line to it. */
#include <stdio.h>

#include "conf_node.h"
#include "i18n.h"

/* "zone "lgwan", segment "external", line": the parts of a segment say where they are. */
static void add_to_subject(struct conf *conf, const char *part)
{
	char subject[sizeof(conf->subject)];

	snprintf(subject, sizeof(subject), "%.100s, %s", conf->subject, part);
	snprintf(conf->subject, sizeof(conf->subject), "%s", subject);
}

static int read_owner(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_external *external = object;

	return conf_label(conf, setting, false, &external->owner);
}

static int read_permission(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_external *external = object;

	return conf_label(conf, setting, false, &external->permission);
}

static int read_survey(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_external *external = object;

	return conf_label(conf, setting, false, &external->survey);
}

/* Whether permission and survey may be missing is for the site's profile to say. */
static const struct conf_key external_keys[] = {
	{ "owner", true, read_owner },
	{ "permission", false, read_permission },
	{ "survey", false, read_survey },
	{ 0 },
};

int conf_read_external(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_segment *segment = object;

	segment->external.given = true;
	segment->external.loc = conf_value_loc(conf, setting);
	add_to_subject(conf, "external");
	return conf_group(conf, setting, external_keys, &segment->external);
}

static int read_type(struct conf *conf, const config_setting_t *setting, void *object)
{
	static const enum line_type types[] = { LINE_DEDICATED, LINE_LGWAN, LINE_VPN,
		LINE_INTERNET };
	const char *names[sizeof(types) / sizeof(types[0])];
	struct policy_line *line = object;
	size_t index;

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		names[i] = line_type_name(types[i]);
	if (conf_choice(conf, setting, names, sizeof(types) / sizeof(types[0]), &index))
		line->type = types[index];
	return 0;
}

static int read_encryption(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_line *line = object;

	return conf_label(conf, setting, false, &line->encryption);
}

static const struct conf_key line_keys[] = {
	{ "type", true, read_type },
	{ "encryption", false, read_encryption },
	{ 0 },
};

int conf_read_line(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_segment *segment = object;

	segment->line.loc = conf_value_loc(conf, setting);
	add_to_subject(conf, "line");
	return conf_group(conf, setting, line_keys, &segment->line);
}
