/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where addresses lie: the segment of a host's address, of the networks of a list. */
#include <errno.h>
#include <stdlib.h>

#include "array.h"
#include "conf_node.h"
#include "i18n.h"

size_t conf_segment_of(struct conf *conf, const config_setting_t *setting, enum addr_family family,
	const struct addr_range *range)
{
	struct endpoint_query query = conf_query(conf, setting);
	size_t segment =
		endpoint_segment_of(&query, config_setting_get_string(setting), family, range);

	return segment < conf->policy->segment_count ? segment : CONF_NOWHERE;
}

size_t conf_join_segments(struct conf *conf, const config_setting_t *setting, size_t before,
	size_t found, size_t count)
{
	if (found == CONF_NOWHERE || (count > 0 && before == CONF_NOWHERE))
		return CONF_NOWHERE;
	if (count == 0 || before == found)
		return found;
	if (conf->networks_broken)
		return CONF_NOWHERE;
	conf_error(conf, setting, _("give the part in the other segment a name of its own"),
		_("%s: \"%s\" is in segment \"%s\", what stands before it in \"%s\""),
		conf->subject, config_setting_get_string(setting),
		conf->policy->segments[found].full_name, conf->policy->segments[before].full_name);
	return CONF_NOWHERE;
}

/* The list being read. */
struct list {
	const struct conf_place *place;
	struct addr_range *ranges[ADDR_FAMILIES]; /* owned */
	size_t counts[ADDR_FAMILIES], rooms[ADDR_FAMILIES];
};

static int add_range(struct list *list, const struct addr_prefix *prefix)
{
	enum addr_family family = prefix->addr.family;
	struct addr_range *ranges = array_reserve(
		list->ranges[family], sizeof(*ranges), list->counts[family], &list->rooms[family]);

	if (ranges == NULL)
		return -ENOMEM;
	list->ranges[family] = ranges;
	ranges[list->counts[family]++] = addr_prefix_range(prefix);
	return 0;
}

static int read_prefix(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct list *list = object;
	const struct conf_place *place = list->place;
	size_t before = list->counts[ADDR_IPV4] + list->counts[ADDR_IPV6];
	struct addr_prefix prefix;
	struct addr_range range;
	size_t found;

	if (conf_too_many_prefixes(conf, setting) || !conf_prefix(conf, setting, &prefix))
		return 0;
	range = addr_prefix_range(&prefix);
	found = conf_segment_of(conf, setting, prefix.addr.family, &range);
	if (place->check != NULL && found != CONF_NOWHERE)
		place->check(conf, setting, &prefix, found);
	if (place->segment != NULL)
		*place->segment = conf_join_segments(conf, setting, *place->segment, found, before);
	return add_range(list, &prefix);
}

int conf_read_place(
	struct conf *conf, const config_setting_t *setting, const struct conf_place *place)
{
	struct list list = { .place = place };
	int error = conf_values(conf, setting, CONF_PREFIXES_MAX, read_prefix, &list);

	for (int family = 0; family < ADDR_FAMILIES; family++) {
		if (error == 0)
			error = conf_add_ranges(&place->addresses[family], list.ranges[family],
				list.counts[family]);
		free(list.ranges[family]);
	}
	return error;
}
