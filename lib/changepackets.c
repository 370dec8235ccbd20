/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "changepackets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "semdiff.h"
#include "snapgen.h"
#include "snapsame.h"

#define ELEMENTS_MAX                                                                               \
	20000u /* of a rule set's sets: what is read of them is bounded by nothing else */
#define NODES_MAX   ((size_t)1 << 18)
#define STEPS_MAX   (UINT64_C(1) << 22)
#define REGIONS_MAX 10
#define OPEN_FOR_MS 86400000u

/* Paths with windows, but not those of exceptions. */
static uint64_t open_windows(uint32_t id, void *data)
{
	const struct policy *policy = data;

	for (size_t i = 0; i < policy->path_count; i++)
		if (policy->paths[i].id == id && !policy->paths[i].exception)
			return OPEN_FOR_MS;
	return 0;
}

static size_t element_count(const struct ruleset *ruleset)
{
	size_t count = 0;

	for (size_t i = 0; i < ruleset->set_count; i++)
		count += ruleset->sets[i].count;
	return count;
}

/* -E2BIG: it is not one to be compared here. */
static int make_snapshot(struct policy *policy, struct snapshot **ret_snapshot)
{
	struct ruleset *ruleset = NULL;
	struct diag_list *diags;
	int r = diag_list_new(&diags);

	if (r < 0)
		return r;
	r = compile_policy(policy, diags, &ruleset);
	if (r == 0 && element_count(ruleset) > ELEMENTS_MAX)
		r = -E2BIG;
	if (r == 0)
		r = compile_timeouts(ruleset, open_windows, policy);
	if (r == 0)
		r = snapgen_ruleset(ruleset, ret_snapshot);
	ruleset_free(ruleset);
	diag_list_free(diags);
	return r;
}

/* As if no zone had a limit. */
static int make_unlimited(const struct policy *policy, struct snapshot **ret_snapshot)
{
	struct policy unlimited = *policy;
	int r = -ENOMEM;

	unlimited.zones = calloc(policy->zone_count + 1, sizeof(*unlimited.zones));
	if (unlimited.zones)
		memcpy(unlimited.zones, policy->zones,
			policy->zone_count * sizeof(*unlimited.zones));
	for (size_t i = 0; unlimited.zones && i < policy->zone_count; i++)
		unlimited.zones[i].limit.rate = 0;
	if (unlimited.zones)
		r = make_snapshot(&unlimited, ret_snapshot);
	free(unlimited.zones);
	return r;
}

/* All regions of an item. NULL: out of memory. */
static char *regions_text(const struct semdiff_item *item)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	for (size_t i = 0; i < item->regions->count; i++) {
		fputs(i ? ", " : "", out);
		pktregion_print(out, item->world, &item->regions->regions[i]);
	}
	if (item->regions->more)
		fputs(", ...", out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static bool same_pair(const struct semdiff_item *a, const struct semdiff_item *b)
{
	return a && a->kind == b->kind && a->from == b->from && a->to == b->to;
}

static int add_pair(
	const struct policy *policy, const struct semdiff_item *item, struct change *change)
{
	bool opens = item->kind == SEMDIFF_PERMITTED;
	char name[256];

	snprintf(name, sizeof(name), "%.120s > %.120s", semdiff_place(policy, item->from),
		semdiff_place(policy, item->to));
	return change_add_item(change, opens ? CHANGE_ADDED : CHANGE_REMOVED, CHANGE_PACKETS, name,
		opens ? CHANGE_OPENS : CHANGE_CLOSES);
}

static int add_regions(const struct semdiff_item *item, struct change *change)
{
	bool opens = item->kind == SEMDIFF_PERMITTED;
	char *text = regions_text(item);
	int r = text ? change_add_field(change, item->world == PKT_IPV4 ? "ipv4" : "ipv6",
			       opens ? "" : text, opens ? text : "",
			       opens ? CHANGE_OPENS : CHANGE_CLOSES)
		     : -ENOMEM;

	free(text);
	return r;
}

static int add_undecided(const char *why, struct change *change)
{
	int r = change_add_item(change, CHANGE_CHANGED, CHANGE_PACKETS, CHANGEPACKETS_UNDECIDED,
		CHANGE_OPENS | CHANGE_CLOSES);

	return r < 0 ? r : change_add_field(change, "why", "", why, CHANGE_OPENS | CHANGE_CLOSES);
}

static int add_items(const struct policy *policy, const struct semdiff *diff, struct change *change)
{
	const struct semdiff_item *last = NULL;
	bool unknown = false;
	int r = 0;

	for (size_t i = 0; i < diff->count && r == 0; i++) {
		const struct semdiff_item *item = &diff->items[i];

		unknown |= item->kind == SEMDIFF_UNDECIDED;
		if ((item->kind != SEMDIFF_PERMITTED && item->kind != SEMDIFF_FORBIDDEN) ||
			item->phase != SEMDIFF_NEW)
			continue;
		if (!same_pair(last, item))
			r = add_pair(policy, item, change);
		if (r == 0)
			r = add_regions(item, change);
		last = item;
	}
	if (r == 0 && (diff->worlds[PKT_IPV4].error || diff->worlds[PKT_IPV6].error))
		r = add_undecided("past the budget", change);
	else if (r == 0 && unknown)
		r = add_undecided("rules that are not understood", change);
	return r;
}

static int compare(const struct policy *policy, const struct snapshot *before,
	const struct snapshot *after, struct change *change)
{
	const struct semdiff_question question = {
		.before = before,
		.after = after,
		.policy = policy,
		.budget = { .nodes = NODES_MAX, .steps = STEPS_MAX },
		.regions = { REGIONS_MAX, 1, 1 },
	};
	struct semdiff *diff;

	if (snapsame_all(before, after))
		return 0;
	int r = semdiff_find(&question, &diff);

	if (r < 0)
		return r;
	r = add_items(policy, diff, change);
	semdiff_free(diff);
	return r;
}

int changepackets_add(struct policy *before, struct policy *after, struct change *change)
{
	struct snapshot *old = NULL, *new = NULL;
	int r;

	if (!before)
		return 0;
	r = make_unlimited(before, &old);
	if (r == 0)
		r = make_unlimited(after, &new);
	if (r == 0)
		r = compare(after, old, new, change);
	else if (r == -E2BIG)
		r = add_undecided("past the budget", change);
	else if (r != -ENOMEM)
		r = add_undecided("a rule set that cannot be made", change);
	snapshot_free(old);
	snapshot_free(new);
	return r;
}
