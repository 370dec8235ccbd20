/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Zones and their segments: names, interfaces, networks. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "conf_node.h"
#include "i18n.h"

/* Where the networks of a list go. */
struct prefix_list {
	struct policy_segment *segment;
	size_t room;
	bool on_link;
};

/* Can this be a network of a segment? false after an error. */
static bool take_prefix(struct conf *conf, const config_setting_t *setting,
	const struct prefix_list *list, struct addr_prefix *ret_prefix)
{
	if (conf_too_many_prefixes(conf, setting) || !conf_prefix(conf, setting, ret_prefix))
		return false;
	if (ret_prefix->length > 0)
		return conf_is_usable(conf, setting, ret_prefix);
	if (list->on_link)
		conf_error(conf, setting, _("put it into remote"),
			_("%s: \"%s\" cannot be the network of an interface"), conf->subject,
			config_setting_get_string(setting));
	return !list->on_link;
}

static int add_prefix(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct prefix_list *list = object;
	struct policy_segment *segment = list->segment;
	struct policy_prefix prefix = { .on_link = list->on_link };
	struct policy_prefix *prefixes;

	if (!take_prefix(conf, setting, list, &prefix.prefix)) {
		conf->networks_broken = true;
		return 0;
	}
	prefix.loc = conf_value_loc(conf, setting);
	prefixes = array_reserve(
		segment->prefixes, sizeof(*prefixes), segment->prefix_count, &list->room);
	if (prefixes == NULL)
		return -ENOMEM;
	segment->prefixes = prefixes;
	prefixes[segment->prefix_count++] = prefix;
	return 0;
}

/* The room of segment->prefixes is not kept from one list to the next: a multiple of two that
 * holds them is enough to go on with. */
static int read_prefixes(
	struct conf *conf, const config_setting_t *setting, void *object, bool on_link)
{
	struct prefix_list list = { .segment = object, .on_link = on_link };
	size_t before = list.segment->prefix_count;
	int error;

	list.room = before;
	error = conf_values(conf, setting, CONF_PREFIXES_MAX, add_prefix, &list);
	if (list.segment->prefix_count == before)
		conf->networks_broken = true;
	return error;
}

static int read_on_link(struct conf *conf, const config_setting_t *setting, void *object)
{
	return read_prefixes(conf, setting, object, true);
}

static int read_remote(struct conf *conf, const config_setting_t *setting, void *object)
{
	return read_prefixes(conf, setting, object, false);
}

/* ---- segments ---- */

static bool interface_fits(const char *name)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	return name[0] != '\0' && name[strspn(name, allowed)] == '\0' && strcmp(name, ".") != 0 &&
	       strcmp(name, "..") != 0;
}

static int read_interface(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_segment *segment = object;
	const char *name = conf_string(conf, setting);

	if (name == NULL)
		return 0;
	if (strlen(name) > POLICY_IFNAME_MAX) {
		conf_error(conf, setting, NULL,
			_("%s: interface name of %zu bytes; the kernel takes %d"), conf->subject,
			strlen(name), POLICY_IFNAME_MAX);
	} else if (!interface_fits(name)) {
		conf_error(conf, setting, _("A-Z, a-z, 0-9, '.', '_' and '-'"),
			_("%s: \"%s\" cannot be the name of an interface"), conf->subject, name);
	} else if (strcmp(name, "lo") == 0) {
		conf_error(conf, setting, NULL,
			_("%s: \"lo\" is the gateway itself and belongs to no zone"),
			conf->subject);
	} else {
		segment->interface_loc = conf_value_loc(conf, setting);
		segment->interface = strdup(name);
		return segment->interface == NULL ? -ENOMEM : 0;
	}
	return 0;
}

static int read_segment_name(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_segment *segment = object;

	return conf_name(conf, setting, CHARSET_PLACE, &segment->name);
}

static int read_segment_label(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_segment *segment = object;

	return conf_label(conf, setting, true, &segment->label);
}

static const struct conf_key segment_keys[] = {
	{ "name", true, read_segment_name },
	{ "interface", true, read_interface },
	{ "label", false, read_segment_label },
	{ "networks", true, read_on_link },
	{ "remote", false, read_remote },
	{ "external", false, conf_read_external },
	{ "line", false, conf_read_line },
	{ 0 },
};

static struct policy_segment *new_segment(struct conf *conf)
{
	struct policy *policy = conf->policy;
	struct policy_segment *segments = array_reserve(
		policy->segments, sizeof(*segments), policy->segment_count, &conf->segment_room);
	struct policy_segment *segment;

	if (segments == NULL)
		return NULL;
	policy->segments = segments;
	segment = &segments[policy->segment_count++];
	*segment = (struct policy_segment){ .zone = policy->zone_count - 1 };
	for (int family = 0; family < ADDR_FAMILIES; family++) {
		addrset_init(&segment->on_link[family], (enum addr_family)family);
		addrset_init(&segment->source[family], (enum addr_family)family);
	}
	return segment;
}

/* What the networks hold, of one family. */
static int fill_sets(struct policy_segment *segment, enum addr_family family)
{
	struct addr_range *ranges = calloc(segment->prefix_count + 1, sizeof(*ranges));
	size_t on_link = 0, count = 0;
	int error;

	if (ranges == NULL)
		return -ENOMEM;
	/* The order of the keys' table: those on the link come first. */
	for (size_t i = 0; i < segment->prefix_count; i++) {
		const struct policy_prefix *prefix = &segment->prefixes[i];

		if (prefix->prefix.addr.family != family)
			continue;
		if (prefix->prefix.length == 0)
			segment->rest[family] = true;
		else
			ranges[count++] = addr_prefix_range(&prefix->prefix);
		on_link += prefix->on_link;
	}
	error = conf_add_ranges(&segment->on_link[family], ranges, on_link);
	if (error == 0)
		error = conf_add_ranges(&segment->source[family], ranges, count);
	free(ranges);
	return error;
}

/* The full name, the sets, and what was not given. */
static int finish_segment(
	struct conf *conf, const struct policy_zone *zone, struct policy_segment *segment)
{
	bool named = segment->name != NULL && zone->name != NULL;

	if (conf_default_text(&segment->name) < 0 || conf_default_text(&segment->label) < 0 ||
		conf_default_text(&segment->interface) < 0 ||
		conf_default_text(&segment->external.owner) < 0 ||
		conf_default_text(&segment->external.permission) < 0 ||
		conf_default_text(&segment->external.survey) < 0 ||
		conf_default_text(&segment->line.encryption) < 0)
		return -ENOMEM;
	if (asprintf(&segment->full_name, "%s.%s", zone->name != NULL ? zone->name : "",
		    segment->name) < 0) {
		segment->full_name = NULL;
		return -ENOMEM;
	}
	for (int family = 0; family < ADDR_FAMILIES; family++)
		if (fill_sets(segment, (enum addr_family)family) < 0)
			return -ENOMEM;
	if (!named)
		return 0;
	return conf_add_name(conf, segment->full_name, NAMED_SEGMENT,
		conf->policy->segment_count - 1, segment->loc);
}

/* A segment is known by its full name. */
static void set_subject(
	struct conf *conf, const struct policy_zone *zone, const config_setting_t *setting)
{
	char noun[POLICY_NAME_MAX + 64];

	snprintf(noun, sizeof(noun), _("zone \"%s\", segment"),
		zone->name != NULL ? zone->name : "");
	conf_set_subject_of(conf, noun, setting, zone->segment_count);
}

static int read_segment(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_zone *zone = object;
	struct policy_segment *segment = new_segment(conf);
	int error;

	if (segment == NULL)
		return -ENOMEM;
	segment->loc = conf_group_loc(conf, setting);
	zone->segment_count++;
	set_subject(conf, zone, setting);
	error = conf_group(conf, setting, segment_keys, segment);
	return error < 0 ? error : finish_segment(conf, zone, segment);
}

/* ---- zones ---- */

static int read_zone_name(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_zone *zone = object;
	int error = conf_name(conf, setting, CHARSET_PLACE, &zone->name);

	if (error < 0 || zone->name == NULL)
		return error;
	return conf_add_name(conf, zone->name, NAMED_ZONE, conf->policy->zone_count - 1, zone->loc);
}

static int read_kind(struct conf *conf, const config_setting_t *setting, void *object)
{
	static const enum zone_kind kinds[] = { ZONE_MYNUMBER, ZONE_LGWAN, ZONE_INTERNET,
		ZONE_MANAGEMENT };
	const char *names[sizeof(kinds) / sizeof(kinds[0])];
	struct policy_zone *zone = object;
	size_t index;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		names[i] = zone_kind_name(kinds[i]);
	if (conf_choice(conf, setting, names, sizeof(kinds) / sizeof(kinds[0]), &index))
		zone->kind = kinds[index];
	return 0;
}

static int read_zone_label(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_zone *zone = object;

	return conf_label(conf, setting, true, &zone->label);
}

static int read_zone_role(struct conf *conf, const config_setting_t *setting, void *object)
{
	static const enum zone_role roles[] = { ZONE_PUBLIC, ZONE_IOT };
	const char *names[sizeof(roles) / sizeof(roles[0])];
	struct policy_zone *zone = object;
	size_t index;

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		names[i] = zone_role_name(roles[i]);
	if (conf_choice(conf, setting, names, sizeof(roles) / sizeof(roles[0]), &index))
		zone->role = roles[index];
	return 0;
}

static int read_inside(struct conf *conf, const config_setting_t *setting, void *object)
{
	static const char *const names[] = { "closed", "open" };
	struct policy_zone *zone = object;
	size_t index;

	if (conf_choice(conf, setting, names, 2, &index))
		zone->open_inside = index == 1;
	return 0;
}

static int read_segments(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_list(conf, setting, false, read_segment, object);
}

static const struct conf_key zone_keys[] = {
	{ "name", true, read_zone_name },
	{ "kind", true, read_kind },
	{ "label", false, read_zone_label },
	{ "role", false, read_zone_role },
	{ "inside", false, read_inside },
	{ "limit", false, conf_read_limit },
	{ "segments", true, read_segments },
	{ 0 },
};

static int read_zone(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = conf->policy;
	struct policy_zone *zones =
		array_reserve(policy->zones, sizeof(*zones), policy->zone_count, &conf->zone_room);
	size_t errors = diag_list_count(conf->diags, DIAG_ERROR);
	struct policy_zone *zone;
	int error;

	(void)object;
	if (zones == NULL)
		return -ENOMEM;
	policy->zones = zones;
	zone = &zones[policy->zone_count++];
	/* Of a kind that nothing is refused for, until it is known. */
	*zone = (struct policy_zone){ .kind = ZONE_LGWAN,
		.first_segment = policy->segment_count,
		.loc = conf_group_loc(conf, setting) };
	conf_set_subject(conf, N_("zone"), setting, policy->zone_count);
	error = conf_group(conf, setting, zone_keys, zone);
	if (error < 0)
		return error;
	if (conf_failed_since(conf, errors))
		conf->zones_broken = true;
	if (conf_default_text(&zone->name) < 0 || conf_default_text(&zone->label) < 0)
		return -ENOMEM;
	return 0;
}

int conf_read_zones(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_list(conf, setting, false, read_zone, object);
}

/* ---- everything no other segment has ---- */

static int fill_rest(struct policy *policy, size_t index, enum addr_family family)
{
	const struct addr_prefix all = { .addr = { .family = family } };
	struct addr_range range = addr_prefix_range(&all);
	struct addrset rest;
	int error;

	addrset_init(&rest, family);
	error = addrset_add(&rest, &range);
	if (error == 0)
		error = conf_subtract_special(&rest, family);
	for (size_t i = 0; error == 0 && i < policy->segment_count; i++)
		if (i != index)
			error = addrset_subtract(&rest, &policy->segments[i].source[family]);
	if (error == 0)
		error = addrset_add_set(&policy->segments[index].source[family], &rest);
	addrset_clear(&rest);
	return error;
}

int conf_finish_zones(struct conf *conf)
{
	struct policy *policy = conf->policy;
	int error = 0;

	for (int family = 0; family < ADDR_FAMILIES; family++)
		for (size_t i = 0; error == 0 && i < policy->segment_count; i++)
			if (policy->segments[i].rest[family])
				error = fill_rest(policy, i, (enum addr_family)family);
	return error;
}
