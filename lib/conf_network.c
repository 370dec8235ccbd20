/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Networks as they are written in lists: parsing, limits, what no host can have. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_node.h"
#include "i18n.h"

#define FILE_PREFIXES_MAX 65536

bool conf_too_many_prefixes(struct conf *conf, const config_setting_t *setting)
{
	if (conf->prefixes++ < FILE_PREFIXES_MAX)
		return false;
	if (conf->prefixes == FILE_PREFIXES_MAX + 1)
		conf_error(conf, setting, NULL, _("%s: the file has more than %d networks"),
			conf->subject, FILE_PREFIXES_MAX);
	return true;
}

bool conf_prefix(struct conf *conf, const config_setting_t *setting, struct addr_prefix *ret_prefix)
{
	const char *text = conf_string(conf, setting);
	struct endpoint_query query = conf_query(conf, setting);

	return text != NULL && endpoint_prefix(&query, text, ret_prefix);
}

/* Addresses that no host of a segment can send from. */
struct special {
	const char *prefix;
	bool only_rest; /* may be a segment's own, but is never part of "everything else" */
	const char *what;
};

static const struct special special_networks[] = {
	{ "0.0.0.0/8", false, N_("this network") },
	{ "127.0.0.0/8", false, N_("loopback") },
	{ "169.254.0.0/16", true, N_("link-local") },
	{ "224.0.0.0/4", false, N_("multicast") },
	{ "240.0.0.0/4", false, N_("reserved and broadcast") },
	{ "::/128", false, N_("unspecified") },
	{ "::1/128", false, N_("loopback") },
	{ "::ffff:0.0.0.0/96", false, N_("IPv4-mapped") },
	{ "fe80::/10", false, N_("link-local") },
	{ "ff00::/8", false, N_("multicast") },
};
#define SPECIAL_COUNT (sizeof(special_networks) / sizeof(special_networks[0]))

/* The range of a special network of this family. */
static bool special_range(
	const struct special *special, enum addr_family family, struct addr_range *ret_range)
{
	struct addr_prefix prefix;

	if (addr_prefix_parse(special->prefix, &prefix) < 0 || prefix.addr.family != family)
		return false;
	*ret_range = addr_prefix_range(&prefix);
	return true;
}

static bool ranges_meet(const struct addr_range *a, const struct addr_range *b)
{
	return memcmp(a->first, b->last, sizeof(a->first)) <= 0 &&
	       memcmp(b->first, a->last, sizeof(a->first)) <= 0;
}

bool conf_is_usable(
	struct conf *conf, const config_setting_t *setting, const struct addr_prefix *prefix)
{
	struct addr_range range = addr_prefix_range(prefix), other;

	for (size_t i = 0; i < SPECIAL_COUNT; i++) {
		const struct special *special = &special_networks[i];

		if (special->only_rest || !special_range(special, prefix->addr.family, &other) ||
			!ranges_meet(&range, &other))
			continue;
		conf_error(conf, setting,
			prefix->length <= 8 ? _("everything no other segment has is \"0.0.0.0/0\" "
						"or \"::/0\", as remote")
					    : NULL,
			_("%s: \"%s\" holds %s, %s addresses: no host of a segment has one"),
			conf->subject, config_setting_get_string(setting), special->prefix,
			_(special->what));
		return false;
	}
	return true;
}

/* ---- sets ---- */

/* Halves, and their union: adding ranges one by one would move the others each time. */
int conf_add_ranges(struct addrset *set, const struct addr_range *ranges, size_t count)
{
	struct addrset half;
	int error;

	if (count == 0)
		return 0;
	if (count == 1)
		return addrset_add(set, ranges);
	addrset_init(&half, set->family);
	error = conf_add_ranges(&half, ranges, count / 2);
	if (error == 0)
		error = addrset_add_set(set, &half);
	addrset_clear(&half);
	if (error < 0)
		return error;
	error = conf_add_ranges(&half, ranges + count / 2, count - count / 2);
	if (error == 0)
		error = addrset_add_set(set, &half);
	addrset_clear(&half);
	return error;
}

int conf_subtract_special(struct addrset *set, enum addr_family family)
{
	int error = 0;

	for (size_t i = 0; error == 0 && i < SPECIAL_COUNT; i++) {
		struct addrset special;
		struct addr_range range;

		if (!special_range(&special_networks[i], family, &range))
			continue;
		addrset_init(&special, family);
		error = addrset_add(&special, &range);
		if (error == 0)
			error = addrset_subtract(set, &special);
		addrset_clear(&special);
	}
	return error;
}
