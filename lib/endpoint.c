/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "endpoint.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"
#include "suggest.h"

#define FIX_MAX 256

#define refuse(query, fix, ...)                                                                    \
	diag_add((query)->diags, DIAG_ERROR, (query)->loc, (fix), __VA_ARGS__)

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

int endpoint_add_sets(
	struct policy_end *end, size_t segment, const struct addrset sets[ADDR_FAMILIES])
{
	struct policy_part *part = add_part(end, segment);
	int error = part == NULL ? -ENOMEM : 0;

	for (int family = 0; error == 0 && family < ADDR_FAMILIES; family++)
		error = addrset_copy(&part->addresses[family], &sets[family]);
	return error;
}

int endpoint_add_segment(const struct policy *policy, size_t index, struct policy_end *end)
{
	return endpoint_add_sets(end, index, policy->segments[index].source);
}

int endpoint_add_zone(const struct policy *policy, size_t index, struct policy_end *end)
{
	const struct policy_zone *zone = &policy->zones[index];
	int error = 0;

	for (size_t i = 0; error == 0 && i < zone->segment_count; i++)
		error = endpoint_add_segment(policy, zone->first_segment + i, end);
	return error;
}

int endpoint_add_host(const struct policy_host *host, struct policy_end *end)
{
	struct policy_part *part = add_part(end, host->segment);
	int error = part == NULL ? -ENOMEM : 0;

	for (size_t i = 0; error == 0 && i < host->address_count; i++) {
		const struct addr *addr = &host->addresses[i];
		struct addr_range range;

		memcpy(range.first, addr->bytes, sizeof(range.first));
		memcpy(range.last, addr->bytes, sizeof(range.last));
		error = addrset_add(&part->addresses[addr->family], &range);
	}
	return error;
}

/* ---- the segment of a range ---- */

/* The segment whose source set holds this address, or segment_count. */
static size_t holder(const struct policy *policy, enum addr_family family, const uint8_t *bytes)
{
	struct addr addr = { .family = family };

	memcpy(addr.bytes, bytes, sizeof(addr.bytes));
	return policy_segment_of(policy, &addr);
}

/* A segment that has some of the range, or segment_count. */
static size_t find_overlap(
	const struct policy *policy, enum addr_family family, const struct addr_range *range)
{
	size_t i = 0;

	while (i < policy->segment_count &&
		!addrset_overlaps(&policy->segments[i].source[family], range))
		i++;
	return i;
}

/* The segment of "everything else", as something that can be written. */
static const char *rest_fix(
	const struct policy *policy, enum addr_family family, char text[FIX_MAX])
{
	for (size_t i = 0; i < policy->segment_count; i++)
		if (policy->segments[i].rest[family]) {
			snprintf(text, FIX_MAX, _("everything no other segment has is \"%s\""),
				policy->segments[i].full_name);
			return text;
		}
	return NULL;
}

static void refuse_place(const struct endpoint_query *query, const char *text, size_t first,
	size_t last, enum addr_family family, const struct addr_range *range)
{
	const struct policy *policy = query->policy;
	size_t partly = find_overlap(policy, family, range);
	char fix[FIX_MAX];

	if (first < policy->segment_count && last < policy->segment_count && first != last)
		refuse(query, rest_fix(policy, family, fix),
			_("%s: \"%s\" reaches from segment \"%s\" into segment \"%s\""),
			query->subject, text, policy->segments[first].full_name,
			policy->segments[last].full_name);
	else if (partly < policy->segment_count)
		refuse(query, rest_fix(policy, family, fix),
			_("%s: \"%s\" is only partly in segment \"%s\""), query->subject, text,
			policy->segments[partly].full_name);
	else
		refuse(query,
			_("add its network to the networks or remote of the segment it is in"),
			_("%s: \"%s\" is in no segment"), query->subject, text);
}

size_t endpoint_segment_of(const struct endpoint_query *query, const char *text,
	enum addr_family family, const struct addr_range *range)
{
	const struct policy *policy = query->policy;
	size_t first = holder(policy, family, range->first);
	size_t last = holder(policy, family, range->last);

	if (first == last && first < policy->segment_count &&
		addrset_covers(&policy->segments[first].source[family], range))
		return first;
	if (!query->incomplete)
		refuse_place(query, text, first, last, family, range);
	return policy->segment_count;
}

/* ---- literals ---- */

bool endpoint_is_literal(const char *text)
{
	return strpbrk(text, "/:") != NULL || (text[0] >= '0' && text[0] <= '9');
}

bool endpoint_prefix(
	const struct endpoint_query *query, const char *text, struct addr_prefix *ret_prefix)
{
	char meant[ADDR_TEXT_MAX], fix[FIX_MAX];
	int error = addr_prefix_parse(text, ret_prefix);

	if (error == -EDOM) {
		addr_prefix_format(ret_prefix, meant);
		snprintf(fix, sizeof(fix), _("the network is \"%s\""), meant);
		refuse(query, fix, _("%s: \"%s\" has bits set past its prefix length"),
			query->subject, text);
		return true;
	}
	if (error < 0)
		refuse(query, _("networks look like \"10.1.2.0/24\" or \"fd00:1:2::/64\""),
			_("%s: \"%s\" is not a network"), query->subject, text);
	return error == 0;
}

int endpoint_add_literal(
	const struct endpoint_query *query, const char *text, struct policy_end *end)
{
	struct addr_prefix prefix;
	struct policy_part *part;
	struct addr_range range;
	size_t segment;

	if (!endpoint_prefix(query, text, &prefix))
		return 0;
	range = addr_prefix_range(&prefix);
	segment = endpoint_segment_of(query, text, prefix.addr.family, &range);
	if (segment == query->policy->segment_count)
		return 0;
	part = add_part(end, segment);
	if (part == NULL)
		return -ENOMEM;
	return addrset_add(&part->addresses[prefix.addr.family], &range);
}

/* ---- names ---- */

/* All of a network lies in one segment, the reader of the configuration saw to that. */
static int add_network(const struct policy *policy, const struct addrset sets[ADDR_FAMILIES],
	struct policy_end *end)
{
	for (int family = 0; family < ADDR_FAMILIES; family++)
		if (sets[family].count > 0)
			return endpoint_add_sets(end,
				holder(policy, (enum addr_family)family,
					sets[family].ranges[0].first),
				sets);
	return 0;
}

/* A name of each kind, one after the other: nothing of the policy has an index to look it up. */
static bool add_named(const struct policy *policy, const char *text, struct suggest *suggest,
	struct policy_end *end, int *ret_error)
{
#define TRY(candidate, add)                                                                        \
	do {                                                                                       \
		if (strcmp((candidate), text) == 0) {                                              \
			*ret_error = (add);                                                        \
			return true;                                                               \
		}                                                                                  \
		suggest_consider(suggest, (candidate));                                            \
	} while (0)

	for (size_t i = 0; i < policy->zone_count; i++)
		TRY(policy->zones[i].name, endpoint_add_zone(policy, i, end));
	for (size_t i = 0; i < policy->segment_count; i++)
		TRY(policy->segments[i].full_name, endpoint_add_segment(policy, i, end));
	for (size_t i = 0; i < policy->host_count; i++)
		TRY(policy->hosts[i].name, endpoint_add_host(&policy->hosts[i], end));
	for (size_t i = 0; i < policy->network_count; i++)
		TRY(policy->networks[i].name,
			add_network(policy, policy->networks[i].addresses, end));
	for (size_t i = 0; i < policy->breakout_count; i++)
		TRY(policy->breakouts[i].name,
			add_network(policy, policy->breakouts[i].addresses, end));
#undef TRY
	return false;
}

void endpoint_refuse_name(const struct endpoint_query *query, const char *text, const char *best)
{
	char fix[FIX_MAX];

	snprintf(fix, sizeof(fix), _("did you mean \"%s\"?"), best ? best : "");
	if (strcmp(text, "gateway") == 0)
		refuse(query, _("declare it in gateway.input or gateway.output"),
			_("%s: the gateway itself is no end of a path"), query->subject);
	else if (strcmp(text, "any") == 0)
		refuse(query, _("name a zone, a segment, a network or a host"),
			_("%s: \"any\" is no end of a path"), query->subject);
	else
		refuse(query, best ? fix : NULL,
			_("%s: no host, network, segment or zone is named \"%s\""), query->subject,
			text);
}

int endpoint_resolve(
	const struct endpoint_query *query, const char *text, struct policy_end *ret_end)
{
	struct suggest suggest = { .word = text };
	int error = 0;

	ret_end->text = strdup(text);
	if (ret_end->text == NULL)
		return -ENOMEM;
	if (add_named(query->policy, text, &suggest, ret_end, &error))
		return error;
	if (endpoint_is_literal(text))
		return endpoint_add_literal(query, text, ret_end);
	endpoint_refuse_name(query, text, suggest.best);
	return 0;
}
