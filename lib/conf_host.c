/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Hosts and networks: names for addresses of a segment. */
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "conf_node.h"
#include "i18n.h"

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
		if (addr_compare(&host->addresses[i], address) == 0)
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
	host->segment =
		conf_join_segments(conf, setting, host->segment, found, host->address_count);
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

	host->has_mac = conf_mac(conf, setting, host->mac);
	return 0;
}

/* Read after mac. Which of them a host can have is seen where its addresses are (conf_check). */
static int read_next_hop_mac(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_host *host = object;

	if (host->has_mac) {
		conf_error(conf, setting,
			_("mac is for a host on the link, next_hop_mac for one "
			  "behind a router: remove the other"),
			_("%s: mac and next_hop_mac cannot stand together"), conf->subject);
		return 0;
	}
	host->next_hop_mac = true;
	host->has_mac = conf_mac(conf, setting, host->mac);
	return 0;
}

static int read_role(struct conf *conf, const config_setting_t *setting, void *object)
{
	static const enum host_role roles[] = { HOST_SANITIZER, HOST_VDI };
	const char *names[sizeof(roles) / sizeof(roles[0])];
	struct policy_host *host = object;
	size_t index;

	for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++)
		names[i] = host_role_name(roles[i]);
	if (conf_choice(conf, setting, names, sizeof(roles) / sizeof(roles[0]), &index))
		host->role = roles[index];
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
	{ "next_hop_mac", false, read_next_hop_mac },
	{ "role", false, read_role },
	{ 0 },
};

static int read_host(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = conf->policy;
	struct policy_host *hosts =
		array_reserve(policy->hosts, sizeof(*hosts), policy->host_count, &conf->host_room);
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
	conf_set_subject(conf, N_("host"), setting, policy->host_count);
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
	if (strmap_reserve(&conf->names, conf->rest) < 0)
		return -ENOMEM;
	return conf_list(conf, setting, true, read_host, object);
}

/* ---- networks ---- */

static int read_networks(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_network *network = object;
	const struct conf_place place = { .addresses = network->addresses,
		.segment = &conf->network_segments[conf->policy->network_count - 1] };

	return conf_read_place(conf, setting, &place);
}

static int read_network_name(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_network *network = object;
	int error = conf_name(conf, setting, CHARSET_NAME, &network->name);

	if (error < 0 || network->name == NULL)
		return error;
	return conf_add_name(
		conf, network->name, NAMED_NETWORK, conf->policy->network_count - 1, network->loc);
}

static int read_network_label(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_network *network = object;

	return conf_label(conf, setting, true, &network->label);
}

static const struct conf_key network_keys[] = {
	{ "name", true, read_network_name },
	{ "label", false, read_network_label },
	{ "networks", true, read_networks },
	{ 0 },
};

/* One more network, and its place in conf->network_segments. */
static struct policy_network *new_network(struct conf *conf)
{
	struct policy *policy = conf->policy;
	size_t segment_room = conf->network_room;
	struct policy_network *networks = array_reserve(
		policy->networks, sizeof(*networks), policy->network_count, &conf->network_room);
	size_t *segments;

	if (networks == NULL)
		return NULL;
	policy->networks = networks;
	segments = array_reserve(
		conf->network_segments, sizeof(*segments), policy->network_count, &segment_room);
	if (segments == NULL)
		return NULL;
	conf->network_segments = segments;
	segments[policy->network_count] = CONF_NOWHERE;
	return &networks[policy->network_count++];
}

static int read_network(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_network *network = new_network(conf);
	size_t errors = diag_list_count(conf->diags, DIAG_ERROR);
	int error;

	(void)object;
	if (network == NULL)
		return -ENOMEM;
	*network = (struct policy_network){ .loc = conf_group_loc(conf, setting) };
	for (int family = 0; family < ADDR_FAMILIES; family++)
		addrset_init(&network->addresses[family], (enum addr_family)family);
	conf_set_subject(conf, N_("network"), setting, conf->policy->network_count);
	error = conf_group(conf, setting, network_keys, network);
	if (error < 0)
		return error;
	if (conf_failed_since(conf, errors))
		conf->network_segments[conf->policy->network_count - 1] = CONF_NOWHERE;
	if (conf_default_text(&network->name) < 0 || conf_default_text(&network->label) < 0)
		return -ENOMEM;
	return 0;
}

int conf_read_networks(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_list(conf, setting, true, read_network, object);
}
