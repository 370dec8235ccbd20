/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a path is, and what its ends are: facts that the checks and the grounds of paths share. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "judge_impl.h"

/* ---- ends ---- */

static const struct policy_host *host_of_address(const struct judge *judge, const struct addr *addr)
{
	size_t low = 0, high = judge->address_count;

	/* The first that is not below it. */
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (addr_compare(judge->addresses[middle].addr, addr) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == judge->address_count || addr_compare(judge->addresses[low].addr, addr) != 0)
		return NULL;
	return judge->addresses[low].host;
}

const struct policy_host *judge_host(const struct judge *judge, const struct policy_end *end)
{
	struct addr addr;
	size_t index;

	if (strmap_find(&judge->hosts, end->text, &index))
		return &judge->policy->hosts[index];
	return addr_parse(end->text, &addr) == 0 ? host_of_address(judge, &addr) : NULL;
}

bool judge_is_one_host(const struct judge *judge, const struct policy_end *end)
{
	struct addr addr;
	size_t index;

	return strmap_find(&judge->hosts, end->text, &index) || addr_parse(end->text, &addr) == 0;
}

bool judge_is_on_link(const struct policy *policy, const struct policy_end *end)
{
	for (size_t i = 0; i < end->part_count; i++) {
		const struct policy_part *part = &end->parts[i];
		const struct policy_segment *segment = &policy->segments[part->segment];

		for (int family = 0; family < ADDR_FAMILIES; family++)
			for (size_t j = 0; j < part->addresses[family].count; j++)
				if (!addrset_covers(&segment->on_link[family],
					    &part->addresses[family].ranges[j]))
					return false;
	}
	return true;
}

/* What is left of a range that lies in neither set as a whole: it may lie in both. */
static int has_rest(const struct addrset *range, const struct addrset *on_link,
	const struct addrset *cloud, bool *ret_rest)
{
	struct addrset left;
	int error = addrset_copy(&left, range);

	if (error < 0)
		return error;
	error = addrset_subtract(&left, on_link);
	if (error == 0 && cloud != NULL)
		error = addrset_subtract(&left, cloud);
	*ret_rest = left.count > 0;
	addrset_clear(&left);
	return error;
}

static int part_is_outside(const struct policy *policy, const struct policy_part *part,
	const struct addrset *cloud, bool *ret_outside)
{
	const struct policy_segment *segment = &policy->segments[part->segment];
	int error = 0;

	for (int family = 0; error == 0 && family < ADDR_FAMILIES; family++) {
		const struct addrset *addresses = &part->addresses[family];
		const struct addrset *inside = cloud != NULL ? &cloud[family] : NULL;

		for (size_t i = 0; error == 0 && !*ret_outside && i < addresses->count; i++) {
			struct addr_range *range = &addresses->ranges[i];
			const struct addrset one = { (enum addr_family)family, range, 1 };

			if (!addrset_covers(&segment->on_link[family], range) &&
				(inside == NULL || !addrset_covers(inside, range)))
				error = has_rest(
					&one, &segment->on_link[family], inside, ret_outside);
		}
	}
	return error;
}

int judge_is_outside(const struct policy *policy, const struct policy_end *end,
	const struct addrset *cloud, bool *ret_outside)
{
	int error = 0;

	*ret_outside = false;
	for (size_t i = 0; error == 0 && !*ret_outside && i < end->part_count; i++) {
		size_t zone = policy->segments[end->parts[i].segment].zone;

		if (policy->zones[zone].kind == ZONE_INTERNET)
			error = part_is_outside(policy, &end->parts[i], cloud, ret_outside);
	}
	return error;
}

/* ---- zones ---- */

bool judge_crosses(const struct policy_zone *from, const struct policy_zone *to)
{
	return from != NULL && to != NULL && from != to &&
	       (from->kind == ZONE_MYNUMBER || to->kind == ZONE_MYNUMBER);
}

bool judge_exchanges(const struct policy_zone *from, const struct policy_zone *to)
{
	if (from == NULL || to == NULL)
		return false;
	return (from->kind == ZONE_LGWAN && to->kind == ZONE_INTERNET) ||
	       (from->kind == ZONE_INTERNET && to->kind == ZONE_LGWAN);
}

/* ---- classes ---- */

static enum path_class gateway_class(const struct policy_zone *zone)
{
	return zone != NULL && zone->kind == ZONE_MANAGEMENT ? CLASS_MANAGEMENT : CLASS_GATEWAY;
}

static enum path_class exchange_class(const struct policy_path *path)
{
	if (path->local_breakout)
		return CLASS_LOCAL_BREAKOUT;
	switch (path->sanitize) {
	case SANITIZE_NONE:
		return CLASS_EXCHANGE;
	case SANITIZE_MAIL_TEXT:
		return CLASS_MAIL_TEXT;
	case SANITIZE_SCREEN_TRANSFER:
		return CLASS_SCREEN_TRANSFER;
	case SANITIZE_FILE:
		return CLASS_FILE_SANITIZE;
	}
	return CLASS_EXCHANGE;
}

/* Does any of an end lie behind the uplink? Without the memory to tell it is taken for so. */
static bool is_beyond(const struct policy *policy, const struct policy_end *end)
{
	bool outside;

	return judge_is_outside(policy, end, NULL, &outside) < 0 || outside;
}

static enum path_class inside_class(
	const struct policy *policy, const struct policy_path *path, enum zone_kind kind)
{
	switch (kind) {
	case ZONE_MYNUMBER:
		return CLASS_MYNUMBER_INSIDE;
	case ZONE_LGWAN:
		return CLASS_LGWAN_INSIDE;
	case ZONE_INTERNET:
		break;
	case ZONE_MANAGEMENT:
		return CLASS_MANAGEMENT;
	}
	if (path->local_breakout)
		return CLASS_LOCAL_BREAKOUT;
	return is_beyond(policy, &path->from) || is_beyond(policy, &path->to)
		       ? CLASS_EGRESS
		       : CLASS_INTERNET_INSIDE;
}

enum path_class judge_class(const struct policy *policy, const struct policy_path *path)
{
	size_t from = policy_path_zone_from(policy, path), to = policy_path_zone_to(policy, path);
	const struct policy_zone *source = from < policy->zone_count ? &policy->zones[from] : NULL;
	const struct policy_zone *target = to < policy->zone_count ? &policy->zones[to] : NULL;

	if (path->exception != NULL)
		return CLASS_EXCEPTION;
	if (source == NULL || target == NULL)
		return gateway_class(source != NULL ? source : target);
	if (path->specified.given)
		return CLASS_SPECIFIED;
	if (judge_exchanges(source, target))
		return exchange_class(path);
	if (source->kind != target->kind)
		return CLASS_CROSSING;
	return inside_class(policy, path, source->kind);
}

struct judge_ground judge_ground(const struct policy *policy, const struct policy_path *path)
{
	const struct profile *const documents[] = { policy->profile, policy->model };
	struct judge_ground ground = { NULL, NULL };
	enum path_class class;

	if (policy->profile == NULL && policy->model == NULL)
		return ground;
	class = judge_class(policy, path);
	for (size_t i = 0; i < sizeof(documents) / sizeof(documents[0]); i++) {
		if (documents[i] == NULL)
			continue;
		ground.document = documents[i];
		ground.clause = profile_ground(documents[i], class);
		if (ground.clause != NULL)
			return ground;
	}
	return (struct judge_ground){ NULL, NULL };
}
