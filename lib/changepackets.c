/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "changepackets.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "compile.h"
#include "i18n.h"
#include "pkttext.h"
#include "semdiff.h"
#include "snapgen.h"
#include "snapsame.h"

#define REGIONS_MAX	  10
#define KNOWN_REGIONS_MAX 3
#define OPEN_FOR_MS	  86400000u

/* Texts ---------------------------------------------------------------------------------------- */

const char *changepackets_why_text(enum changepackets_why why)
{
	static const char *const texts[CHANGEPACKETS_WHYS] = {
		[CHANGEPACKETS_BUDGET] = N_("it would take too much time or memory"),
		[CHANGEPACKETS_DOUBTS] = N_("rules that are not understood"),
		[CHANGEPACKETS_NO_RULES] = N_("a configuration does not become a rule set"),
		[CHANGEPACKETS_NO_TEXT] = N_("a configuration could not be read"),
		[CHANGEPACKETS_NO_WORKER] = N_("the process that finds it out is not there"),
		[CHANGEPACKETS_ENDED] = N_("the process that finds it out was ended"),
		[CHANGEPACKETS_LATE] = N_("the process that finds it out did not answer in time"),
		[CHANGEPACKETS_BUSY] = N_("too much is being found out for others; ask again"),
	};

	return texts[why];
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

/* Items ---------------------------------------------------------------------------------------- */

/* What of the comparison is told, and as what. */
static const struct told {
	bool told;
	enum change_action action;
	enum change_what what;
	unsigned int effects;
} tellings[SEMDIFF_KINDS] = {
	[SEMDIFF_PERMITTED] = { true, CHANGE_ADDED, CHANGE_PACKETS, CHANGE_OPENS },
	[SEMDIFF_FORBIDDEN] = { true, CHANGE_REMOVED, CHANGE_PACKETS, CHANGE_CLOSES },
	[SEMDIFF_RECORDED] = { true, CHANGE_ADDED, CHANGE_RECORDS, 0 },
	[SEMDIFF_UNRECORDED] = { true, CHANGE_REMOVED, CHANGE_RECORDS, CHANGE_WEAKENS },
};

/* Which known connections pass follows from what may begin, and from the marks of paths, which the
 * summary names. */
static bool is_told(const struct semdiff_item *item)
{
	const struct told *told = &tellings[item->kind];

	return told->told && (item->phase == SEMDIFF_NEW || told->what == CHANGE_RECORDS);
}

static bool same_pair(const struct semdiff_item *a, const struct semdiff_item *b)
{
	return a && a->kind == b->kind && a->from == b->from && a->to == b->to;
}

static int add_pair(
	const struct policy *policy, const struct semdiff_item *item, struct change *change)
{
	const struct told *told = &tellings[item->kind];
	char name[256];

	snprintf(name, sizeof(name), "%.120s > %.120s", semdiff_place(policy, item->from),
		semdiff_place(policy, item->to));
	return change_add_item(change, told->action, told->what, name, told->effects);
}

static int add_field(const struct semdiff_item *item, const char *suffix, const char *text,
	struct change *change)
{
	static const char *const phases[SEMDIFF_PHASES] = { "", "-known", "-stray" };
	const struct told *told = &tellings[item->kind];
	bool comes = told->action == CHANGE_ADDED;
	char key[32];

	snprintf(key, sizeof(key), "%s%s%s", item->world == PKT_IPV4 ? "ipv4" : "ipv6",
		phases[item->phase], suffix);
	return change_add_field(change, change_key_name(told->what, key), comes ? "" : text,
		comes ? text : "", told->effects);
}

static int add_regions(
	const struct policy *policy, const struct semdiff_item *item, struct change *change)
{
	char *text = regions_text(item), example[PKTTEXT_MAX];
	int r = text ? add_field(item, "", text, change) : -ENOMEM;

	free(text);
	if (r < 0 || item->regions->count == 0)
		return r;
	pkttext(item->world, &item->regions->regions[0].witness,
		semdiff_ends(policy, item->from, item->to), example);
	return add_field(item, "-example", example, change);
}

int changepackets_add_undecided(struct change *change, enum changepackets_why why)
{
	int r = change_add_item(change, CHANGE_CHANGED, CHANGE_PACKETS, CHANGEPACKETS_UNDECIDED,
		CHANGE_OPENS | CHANGE_CLOSES);

	return r < 0 ? r
		     : change_add_field(change, "why", "", changepackets_why_text(why),
			       CHANGE_OPENS | CHANGE_CLOSES);
}

/* Those for which there was no room. */
static int add_more(size_t count, struct change *change)
{
	char text[24];
	int r = change_add_item(change, CHANGE_CHANGED, CHANGE_PACKETS, CHANGEPACKETS_MORE,
		CHANGE_OPENS | CHANGE_CLOSES);

	snprintf(text, sizeof(text), "%zu", count);
	return r < 0 ? r
		     : change_add_field(change, "count", "", text, CHANGE_OPENS | CHANGE_CLOSES);
}

static int add_items(const struct policy *policy, const struct semdiff *diff, struct change *change)
{
	const struct semdiff_item *last = NULL;
	size_t items = 0;
	int r = 0;

	for (size_t i = 0; i < diff->count && r == 0; i++) {
		const struct semdiff_item *item = &diff->items[i];

		if (!is_told(item))
			continue;
		if (!same_pair(last, item) && ++items <= CHANGEPACKETS_MAX)
			r = add_pair(policy, item, change);
		if (r == 0 && items <= CHANGEPACKETS_MAX)
			r = add_regions(policy, item, change);
		last = item;
	}
	return r == 0 && items > CHANGEPACKETS_MAX ? add_more(items - CHANGEPACKETS_MAX, change)
						   : r;
}

/* Comparing ------------------------------------------------------------------------------------ */

static bool is_unknown(const struct semdiff *diff)
{
	for (size_t i = 0; i < diff->count; i++)
		if (diff->items[i].kind == SEMDIFF_UNDECIDED)
			return true;
	return false;
}

static int add_all(const struct policy *policy, const struct semdiff *diff, struct change *change)
{
	int r = add_items(policy, diff, change);

	if (r == 0 && (diff->worlds[PKT_IPV4].error || diff->worlds[PKT_IPV6].error))
		r = changepackets_add_undecided(change, CHANGEPACKETS_BUDGET);
	else if (r == 0 && is_unknown(diff))
		r = changepackets_add_undecided(change, CHANGEPACKETS_DOUBTS);
	return r;
}

int changepackets_compare(const struct policy *policy, const struct snapshot *before,
	const struct snapshot *after, const struct bdd_budget *budget, struct change *change)
{
	const struct semdiff_question question = {
		.before = before,
		.after = after,
		.policy = policy,
		.budget = *budget,
		.logs = true,
		.regions = { REGIONS_MAX, KNOWN_REGIONS_MAX, KNOWN_REGIONS_MAX },
	};
	struct semdiff *diff;

	if (snapsame_all(before, after))
		return 0;
	int r = semdiff_find(&question, &diff);

	if (r < 0)
		return r;
	r = add_all(policy, diff, change);
	semdiff_free(diff);
	return r;
}

/* Policies ------------------------------------------------------------------------------------- */

static const struct effort {
	size_t elements; /* of a rule set's sets: what is read of them is bounded by nothing else */
	struct bdd_budget budget;
} efforts[] = {
	[CHANGEPACKETS_BRIEFLY] = { 20000, { (size_t)1 << 18, UINT64_C(1) << 22 } },
	[CHANGEPACKETS_FULLY] = { 500000, { (size_t)1 << 23, UINT64_C(1) << 25 } },
};

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
static int make_snapshot(
	struct policy *policy, const struct effort *effort, struct snapshot **ret_snapshot)
{
	struct ruleset *ruleset = NULL;
	struct diag_list *diags;
	int r = diag_list_new(&diags);

	if (r < 0)
		return r;
	r = compile_policy(policy, diags, &ruleset);
	if (r == 0 && element_count(ruleset) > effort->elements)
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
static int make_unlimited(
	const struct policy *policy, const struct effort *effort, struct snapshot **ret_snapshot)
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
		r = make_snapshot(&unlimited, effort, ret_snapshot);
	free(unlimited.zones);
	return r;
}

int changepackets_add(struct policy *before, struct policy *after, enum changepackets_effort effort,
	struct change *change)
{
	const struct effort *bounds = &efforts[effort];
	struct snapshot *old = NULL, *new = NULL;
	int r;

	if (!before)
		return 0;
	r = make_unlimited(before, bounds, &old);
	if (r == 0)
		r = make_unlimited(after, bounds, &new);
	if (r == 0)
		r = changepackets_compare(after, old, new, &bounds->budget, change);
	else if (r == -E2BIG)
		r = changepackets_add_undecided(change, CHANGEPACKETS_BUDGET);
	else if (r != -ENOMEM)
		r = changepackets_add_undecided(change, CHANGEPACKETS_NO_RULES);
	snapshot_free(old);
	snapshot_free(new);
	return r;
}
