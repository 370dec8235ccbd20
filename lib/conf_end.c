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
	diag_add(conf->diags, DIAG_ERROR, loc, _("zones, hosts and networks share their names"),
		_("%s: the name is that of the %s on line %u"), conf->subject,
		kind_noun(NAMED_KIND(other)), named_line(conf->policy, other));
	return 0;
}

/* ---- parts ---- */

/* One more part, empty. NULL: out of memory. */
static struct policy_part *add_part(struct policy_end *end, size_t segment)
{
	struct policy_part *parts =
		reallocarray(end->parts, end->part_count + 1, sizeof(*end->parts));
	struct policy_part *part;

	if (parts == NULL)
		return NULL;
	end->parts = parts;
	part = &parts[end->part_count++];
	part->segment = segment;
	for (int family = 0; family < ADDR_FAMILIES; family++)
		addrset_init(&part->addresses[family], (enum addr_family)family);
	return part;
}

/* A part with a copy of these sets. */
static int add_sets(
	struct policy_end *end, size_t segment, const struct addrset sets[ADDR_FAMILIES])
{
	struct policy_part *part = add_part(end, segment);
	int error = part == NULL ? -ENOMEM : 0;

	for (int family = 0; error == 0 && family < ADDR_FAMILIES; family++)
		error = addrset_copy(&part->addresses[family], &sets[family]);
	return error;
}

int conf_zone_end(const struct policy *policy, size_t index, struct policy_end *ret_end)
{
	const struct policy_zone *zone = &policy->zones[index];
	int error = 0;

	for (size_t i = 0; error == 0 && i < zone->segment_count; i++)
		error = add_sets(ret_end, zone->first_segment + i,
			policy->segments[zone->first_segment + i].source);
	return error;
}

static int host_end(const struct policy_host *host, struct policy_end *ret_end)
{
	struct policy_part *part;
	int error = 0;

	if (host->segment == CONF_NOWHERE)
		return 0;
	part = add_part(ret_end, host->segment);
	if (part == NULL)
		return -ENOMEM;
	for (size_t i = 0; error == 0 && i < host->address_count; i++) {
		const struct addr *addr = &host->addresses[i];
		struct addr_range range;

		memcpy(range.first, addr->bytes, sizeof(range.first));
		memcpy(range.last, addr->bytes, sizeof(range.last));
		error = addrset_add(&part->addresses[addr->family], &range);
	}
	return error;
}

static int named_end(const struct conf *conf, size_t value, struct policy_end *ret_end)
{
	const struct policy *policy = conf->policy;
	size_t index = NAMED_INDEX(value);

	switch (NAMED_KIND(value)) {
	case NAMED_ZONE:
		return conf_zone_end(policy, index, ret_end);
	case NAMED_SEGMENT:
		return add_sets(ret_end, index, policy->segments[index].source);
	case NAMED_HOST:
		return host_end(&policy->hosts[index], ret_end);
	case NAMED_NETWORK:
		if (conf->network_segments[index] == CONF_NOWHERE)
			return 0;
		return add_sets(
			ret_end, conf->network_segments[index], policy->networks[index].addresses);
	}
	return -EINVAL;
}

/* ---- literals and what is neither ---- */

/* Does it look like an address? Names never hold '/' or ':', nor begin with a digit. */
static bool looks_literal(const char *text)
{
	return strpbrk(text, "/:") != NULL || (text[0] >= '0' && text[0] <= '9');
}

static int literal_end(
	struct conf *conf, const config_setting_t *setting, struct policy_end *ret_end)
{
	struct addr_prefix prefix;
	struct policy_part *part;
	struct addr_range range;
	size_t segment;

	if (!conf_prefix(conf, setting, &prefix))
		return 0;
	range = addr_prefix_range(&prefix);
	segment = conf_segment_of(conf, setting, prefix.addr.family, &range);
	if (segment == CONF_NOWHERE)
		return 0;
	part = add_part(ret_end, segment);
	if (part == NULL)
		return -ENOMEM;
	return addrset_add(&part->addresses[prefix.addr.family], &range);
}

static void refuse_unknown(struct conf *conf, const config_setting_t *setting, const char *text)
{
	struct suggest suggest = { .word = text };

	conf_consider(conf, &suggest, &conf->names);
	if (strcmp(text, "gateway") == 0)
		conf_error(conf, setting, _("declare it in gateway.input or gateway.output"),
			_("%s: the gateway itself is no end of a path"), conf->subject);
	else if (strcmp(text, "any") == 0)
		conf_error(conf, setting, _("name a zone, a segment, a network or a host"),
			_("%s: \"any\" is no end of a path"), conf->subject);
	else
		conf_error(conf, setting, conf_did_you_mean(conf, &suggest),
			_("%s: no host, network, segment or zone is named \"%s\""), conf->subject,
			text);
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
	size_t value;

	if (strmap_find(&conf->names, text, &value))
		return named_end(conf, value, end);
	if (looks_literal(text))
		return literal_end(conf, setting, end);
	refuse_unknown(conf, setting, text);
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
