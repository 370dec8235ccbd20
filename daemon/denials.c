/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "denials.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/array.h"

void denials_clear(struct denials *denials)
{
	for (size_t i = 0; i < denials->count; i++)
		free(denials->items[i].counter);
	free(denials->items);
	*denials = (struct denials){ 0 };
}

static int append(struct denials *denials, const struct denial *denial)
{
	struct denial *items =
		array_reserve(denials->items, sizeof(*items), denials->count, &denials->room);

	if (!items)
		return -ENOMEM;
	denials->items = items;
	denials->items[denials->count++] = *denial;
	return 0;
}

/* The log prefix has spaces between its words, so it says exactly what the chain's name cannot. */
static bool read_prefix(const char *prefix, struct denial *denial)
{
	struct flow_prefix words;

	if (flow_prefix_parse(prefix, &words) < 0)
		return false;
	if (reason_parse(words.reason, &denial->reason) < 0)
		return false;
	memcpy(denial->from, words.from, sizeof(denial->from));
	memcpy(denial->to, words.to, sizeof(denial->to));
	return true;
}

/* What the rules of a deny chain say together: one counts, another one logs. */
static bool read_chain(const struct chain *chain, struct denial *denial, const char **ret_counter)
{
	bool logged = false;

	*ret_counter = NULL;
	for (size_t i = 0; i < chain->count; i++) {
		for (size_t k = 0; k < chain->rules[i].count; k++) {
			const struct statement *statement = &chain->rules[i].statements[k];

			if (statement->kind == STMT_LOG && statement->prefix)
				logged = read_prefix(statement->prefix, denial);
			else if (statement->kind == STMT_COUNTER)
				*ret_counter = statement->name;
		}
	}
	return logged && *ret_counter;
}

static int collect_chain(const struct chain *chain, struct denials *denials)
{
	struct denial denial = { 0 };
	const char *counter;

	if (!read_chain(chain, &denial, &counter))
		return 0;
	denial.code = deny_code(denial.reason, denial.from, denial.to);
	denial.counter = strdup(counter);
	if (!denial.counter)
		return -ENOMEM;
	int r = append(denials, &denial);

	if (r < 0)
		free(denial.counter);
	return r;
}

static int compare(const void *a, const void *b)
{
	const struct denial *left = a, *right = b;

	return strcmp(left->counter, right->counter);
}

int denials_collect(const struct ruleset *ruleset, struct denials *ret_denials)
{
	struct denials denials = { 0 };

	for (size_t i = 0; i < ruleset->chain_count; i++) {
		const struct chain *chain = &ruleset->chains[i];

		if (!denial_counts(chain->name))
			continue;
		int r = collect_chain(chain, &denials);

		if (r < 0) {
			denials_clear(&denials);
			return r;
		}
	}
	if (denials.count)
		qsort(denials.items, denials.count, sizeof(*denials.items), compare);
	*ret_denials = denials;
	return 0;
}

static int compare_name(const void *key, const void *item)
{
	const struct denial *denial = item;

	return strcmp(key, denial->counter);
}

const struct denial *denials_find(const struct denials *denials, const char *counter)
{
	if (!denials->count)
		return NULL;
	return bsearch(
		counter, denials->items, denials->count, sizeof(*denials->items), compare_name);
}

/* places: "<from>-<to>"; every hyphen may be the one between them. */
static int guess_places(enum reason reason, const char *places, denials_guess function, void *data)
{
	for (const char *hyphen = strchr(places, '-'); hyphen; hyphen = strchr(hyphen + 1, '-')) {
		struct denial denial = { .reason = reason };
		size_t from_length = (size_t)(hyphen - places);

		if (!from_length || from_length >= sizeof(denial.from) || !hyphen[1] ||
			strlen(hyphen + 1) >= sizeof(denial.to))
			continue;
		memcpy(denial.from, places, from_length);
		snprintf(denial.to, sizeof(denial.to), "%s", hyphen + 1);
		denial.code = deny_code(reason, denial.from, denial.to);
		int r = function(&denial, data);

		if (r < 0)
			return r;
	}
	return 0;
}

int denials_guesses(const char *counter, denials_guess function, void *data)
{
	for (int reason = 0; reason < REASON_COUNT; reason++) {
		char text[DENIAL_PREFIX_MAX];
		const char *prefix = denial_prefix((enum reason)reason, text);

		if (strncmp(counter, prefix, strlen(prefix)) != 0)
			continue;
		int r = guess_places((enum reason)reason, counter + strlen(prefix), function, data);

		if (r < 0)
			return r;
	}
	return 0;
}

void place_zone(const char *place, char *zone, size_t size)
{
	snprintf(zone, size, "%.*s", (int)strcspn(place, "."), place);
}
