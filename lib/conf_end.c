/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ends of paths: names and literal addresses → addresses of segments. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_node.h"
#include "i18n.h"
#include "suggest.h"

#define END_RANGES_MAX 2000000 /* of all paths together: 64 MiB */

static const char *kind_noun(enum conf_named kind)
{
	switch (kind) {
	case NAMED_ZONE:
		return _("zone");
	case NAMED_SEGMENT:
		return _("segment");
	case NAMED_HOST:
		return _("host");
	case NAMED_NETWORK:
		return _("network");
	case NAMED_BREAKOUT:
		return _("cloud of local breakout");
	}
	return "";
}

static unsigned int named_line(const struct policy *policy, size_t value)
{
	size_t index = NAMED_INDEX(value);

	switch (NAMED_KIND(value)) {
	case NAMED_ZONE:
		return policy->zones[index].loc.line;
	case NAMED_SEGMENT:
		return policy->segments[index].loc.line;
	case NAMED_HOST:
		return policy->hosts[index].loc.line;
	case NAMED_NETWORK:
		return policy->networks[index].loc.line;
	case NAMED_BREAKOUT:
		return policy->breakouts[index].loc.line;
	}
	return 0;
}

int conf_add_name(struct conf *conf, const char *name, enum conf_named kind, size_t index,
	struct diag_loc loc)
{
	int error = strmap_add(&conf->names, name, NAMED_VALUE(kind, index));
	size_t other;

	if (error != -EEXIST)
		return error;
	strmap_find(&conf->names, name, &other);
	diag_add(conf->diags, DIAG_ERROR, loc,
		_("zones, hosts, networks and clouds of local breakout share their names"),
		_("%s: the name is that of the %s on line %u"), conf->subject,
		kind_noun(NAMED_KIND(other)), named_line(conf->policy, other));
	return 0;
}

struct endpoint_query conf_query(const struct conf *conf, const config_setting_t *setting)
{
	return (struct endpoint_query){
		.policy = conf->policy,
		.diags = conf->diags,
		.loc = conf_value_loc(conf, setting),
		.subject = conf->subject,
		.incomplete = conf->networks_broken,
	};
}

/* ---- what a name stands for ---- */

static int host_end(const struct policy_host *host, struct policy_end *ret_end)
{
	return host->segment == CONF_NOWHERE ? 0 : endpoint_add_host(host, ret_end);
}

/* A set of addresses, unless an error leaves unknown where it lies. */
static int placed_end(
	size_t segment, const struct addrset addresses[ADDR_FAMILIES], struct policy_end *ret_end)
{
	return segment == CONF_NOWHERE ? 0 : endpoint_add_sets(ret_end, segment, addresses);
}

static int named_end(const struct conf *conf, size_t value, struct policy_end *ret_end)
{
	const struct policy *policy = conf->policy;
	size_t index = NAMED_INDEX(value);

	switch (NAMED_KIND(value)) {
	case NAMED_ZONE:
		return endpoint_add_zone(policy, index, ret_end);
	case NAMED_SEGMENT:
		return endpoint_add_segment(policy, index, ret_end);
	case NAMED_HOST:
		return host_end(&policy->hosts[index], ret_end);
	case NAMED_NETWORK:
		return placed_end(
			conf->network_segments[index], policy->networks[index].addresses, ret_end);
	case NAMED_BREAKOUT:
		return placed_end(conf->breakout_segments[index],
			policy->breakouts[index].addresses, ret_end);
	}
	return -EINVAL;
}

/* Each end has addresses of its own: a long network in many paths is refused before it fills the
 * memory. */
static void count_ranges(
	struct conf *conf, const config_setting_t *setting, const struct policy_end *end)
{
	for (size_t i = 0; i < end->part_count; i++)
		for (int family = 0; family < ADDR_FAMILIES; family++)
			conf->end_ranges += end->parts[i].addresses[family].count;
	if (conf->end_ranges <= END_RANGES_MAX || conf->end_limit)
		return;
	conf->end_limit = true;
	conf_error(conf, setting, _("write fewer paths between larger networks"),
		_("%s: the ends of the paths up to here have more than %d ranges of addresses"),
		conf->subject, END_RANGES_MAX);
}

static int resolve(struct conf *conf, const config_setting_t *setting, const char *text,
	struct policy_end *end)
{
	struct suggest suggest = { .word = text };
	struct endpoint_query query;
	size_t value;

	if (strmap_find(&conf->names, text, &value))
		return named_end(conf, value, end);
	query = conf_query(conf, setting);
	if (endpoint_is_literal(text))
		return endpoint_add_literal(&query, text, end);
	conf_consider(conf, &suggest, &conf->names);
	endpoint_refuse_name(&query, text, suggest.best);
	return 0;
}

int conf_end(struct conf *conf, const config_setting_t *setting, struct policy_end *ret_end)
{
	const char *text = conf_string(conf, setting);
	int error;

	if (text == NULL)
		return 0;
	ret_end->text = strdup(text);
	if (ret_end->text == NULL)
		return -ENOMEM;
	if (conf->end_limit)
		return 0;
	error = resolve(conf, setting, text, ret_end);
	count_ranges(conf, setting, ret_end);
	return error;
}
