/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts and networks: names for addresses of a segment. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* One more part of something that must lie in one segment: where all of it is now. */
static size_t join_segments(struct conf *conf, const config_setting_t *setting, size_t before,
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

/* ---- hosts ---- */

static bool parse_address(
	struct conf *conf, const config_setting_t *setting, struct addr *ret_address)
{
	const char *text = conf_string(conf, setting);

	if (text == NULL)
		return false;
	if (addr_parse(text, ret_address) == 0)
		return true;
	conf_error(conf, setting,
		strchr(text, '/') != NULL
			? _("a host has an address without prefix length; a network is defined "
			    "in networks")
			: _("addresses look like \"10.1.2.3\" or \"fd00:1:2::3\""),
		_("%s: \"%s\" is not an address"), conf->subject, text);
	return false;
}

static bool has_address(const struct policy_host *host, const struct addr *address)
{
	for (size_t i = 0; i < host->address_count; i++)
		if (host->addresses[i].family == address->family &&
			memcmp(host->addresses[i].bytes, address->bytes, sizeof(address->bytes)) ==
				0)
			return true;
	return false;
}

#define HOST_ADDRESSES_MAX 64

static int read_address(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_host *host = object;
	struct addr *addresses;
	struct addr_range range;
	struct addr address;
	size_t found;

	if (!parse_address(conf, setting, &address))
		return 0;
	if (has_address(host, &address)) {
		conf_error(conf, setting, _("remove it"), _("%s: address \"%s\" is given twice"),
			conf->subject, config_setting_get_string(setting));
		return 0;
	}
	memcpy(range.first, address.bytes, sizeof(range.first));
	memcpy(range.last, address.bytes, sizeof(range.last));
	found = conf_segment_of(conf, setting, address.family, &range);
	addresses =
		reallocarray(host->addresses, host->address_count + 1, sizeof(*host->addresses));
	if (addresses == NULL)
		return -ENOMEM;
	host->addresses = addresses;
	host->segment = join_segments(conf, setting, host->segment, found, host->address_count);
	addresses[host->address_count++] = address;
	return 0;
}

static int read_addresses(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_values(conf, setting, HOST_ADDRESSES_MAX, read_address, object);
}

static int read_host_name(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_host *host = object;
	int error = conf_name(conf, setting, CHARSET_NAME, &host->name);

	if (error < 0 || host->name == NULL)
		return error;
	return conf_add_name(conf, host->name, NAMED_HOST, conf->policy->host_count - 1, host->loc);
}

static int read_mac(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_host *host = object;
	const char *text = conf_string(conf, setting);

	if (text == NULL)
		return 0;
	host->has_mac = mac_parse(text, host->mac) == 0;
	if (!host->has_mac)
		conf_error(conf, setting,
			_("MAC addresses look like \"00:00:5e:00:53:01\"; multicast and all-zero "
			  "ones belong to no host"),
			_("%s: \"%s\" is not the MAC address of a host"), conf->subject, text);
	return 0;
}

static int read_host_label(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_host *host = object;

	return conf_label(conf, setting, true, &host->label);
}

static const struct conf_key host_keys[] = {
	{ "name", true, read_host_name },
	{ "label", false, read_host_label },
	{ "address", true, read_addresses },
	{ "mac", false, read_mac },
	{ 0 },
};

static int read_host(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = conf->policy;
	struct policy_host *hosts =
		conf_room(policy->hosts, policy->host_count, &conf->host_room, sizeof(*hosts));
	size_t errors = diag_list_count(conf->diags, DIAG_ERROR);
	struct policy_host *host;
	int error;

	(void)object;
	if (hosts == NULL)
		return -ENOMEM;
	policy->hosts = hosts;
	host = &hosts[policy->host_count++];
	*host = (struct policy_host){ .segment = CONF_NOWHERE,
		.loc = conf_group_loc(conf, setting) };
	conf_set_subject(conf, _("host"), setting, policy->host_count);
	error = conf_group(conf, setting, host_keys, host);
	if (error < 0)
		return error;
	if (conf_failed_since(conf, errors))
		host->segment = CONF_NOWHERE;
	if (conf_default_text(&host->name) < 0 || conf_default_text(&host->label) < 0)
		return -ENOMEM;
	return 0;
}

int conf_read_hosts(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_list(conf, setting, true, read_host, object);
}

/* ---- networks ---- */

/* The network being read and where it is. */
struct network_reader {
	struct policy_network *network;
	size_t *segment;
	struct addr_range *ranges[ADDR_FAMILIES]; /* owned */
	size_t counts[ADDR_FAMILIES], rooms[ADDR_FAMILIES];
};

static int read_prefix(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct network_reader *reader = object;
	size_t before = reader->counts[ADDR_IPV4] + reader->counts[ADDR_IPV6];
	struct addr_prefix prefix;
	struct addr_range *ranges;
	enum addr_family family;
	size_t found;

	if (conf_too_many_prefixes(conf, setting) || !conf_prefix(conf, setting, &prefix))
		return 0;
	family = prefix.addr.family;
	ranges = conf_room(reader->ranges[family], reader->counts[family], &reader->rooms[family],
		sizeof(*ranges));
	if (ranges == NULL)
		return -ENOMEM;
	reader->ranges[family] = ranges;
	ranges += reader->counts[family]++;
	*ranges = addr_prefix_range(&prefix);
	found = conf_segment_of(conf, setting, family, ranges);
	*reader->segment = join_segments(conf, setting, *reader->segment, found, before);
	return 0;
}

static int read_prefixes(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_values(conf, setting, CONF_PREFIXES_MAX, read_prefix, object);
}

static int read_network_name(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct network_reader *reader = object;
	struct policy_network *network = reader->network;
	int error = conf_name(conf, setting, CHARSET_NAME, &network->name);

	if (error < 0 || network->name == NULL)
		return error;
	return conf_add_name(
		conf, network->name, NAMED_NETWORK, conf->policy->network_count - 1, network->loc);
}

static int read_network_label(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct network_reader *reader = object;

	return conf_label(conf, setting, true, &reader->network->label);
}

static const struct conf_key network_keys[] = {
	{ "name", true, read_network_name },
	{ "label", false, read_network_label },
	{ "networks", true, read_prefixes },
	{ 0 },
};

/* One more network, and its place in conf->network_segments. */
static struct policy_network *new_network(struct conf *conf)
{
	struct policy *policy = conf->policy;
	size_t segment_room = conf->network_room;
	struct policy_network *networks = conf_room(
		policy->networks, policy->network_count, &conf->network_room, sizeof(*networks));
	size_t *segments;

	if (networks == NULL)
		return NULL;
	policy->networks = networks;
	segments = conf_room(
		conf->network_segments, policy->network_count, &segment_room, sizeof(*segments));
	if (segments == NULL)
		return NULL;
	conf->network_segments = segments;
	segments[policy->network_count] = CONF_NOWHERE;
	return &networks[policy->network_count++];
}

static int read_network(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct network_reader reader = { .network = new_network(conf) };
	struct policy_network *network = reader.network;
	size_t errors = diag_list_count(conf->diags, DIAG_ERROR);
	int error;

	(void)object;
	if (network == NULL)
		return -ENOMEM;
	*network = (struct policy_network){ .loc = conf_group_loc(conf, setting) };
	for (int family = 0; family < ADDR_FAMILIES; family++)
		addrset_init(&network->addresses[family], (enum addr_family)family);
	reader.segment = &conf->network_segments[conf->policy->network_count - 1];
	conf_set_subject(conf, _("network"), setting, conf->policy->network_count);
	error = conf_group(conf, setting, network_keys, &reader);
	for (int family = 0; family < ADDR_FAMILIES; family++) {
		if (error == 0)
			error = conf_add_ranges(&network->addresses[family], reader.ranges[family],
				reader.counts[family]);
		free(reader.ranges[family]);
	}
	if (error < 0)
		return error;
	if (conf_failed_since(conf, errors))
		*reader.segment = CONF_NOWHERE;
	if (conf_default_text(&network->name) < 0 || conf_default_text(&network->label) < 0)
		return -ENOMEM;
	return 0;
}

int conf_read_networks(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_list(conf, setting, true, read_network, object);
}
