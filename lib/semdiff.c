/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "semdiff_impl.h"

#include <errno.h>
#include <stdlib.h>

#include "pkttext.h"

static int compare_items(const void *a, const void *b)
{
	const struct semdiff_item *left = a, *right = b;
	const size_t keys[2][5] = {
		{ left->kind, left->from, left->to, left->world, left->phase },
		{ right->kind, right->from, right->to, right->world, right->phase },
	};

	for (size_t i = 0; i < 5; i++)
		if (keys[0][i] != keys[1][i])
			return keys[0][i] < keys[1][i] ? -1 : 1;
	return 0;
}

int semdiff_find(const struct semdiff_question *question, struct semdiff **ret_diff)
{
	struct semdiff *diff = calloc(1, sizeof(*diff));
	int r = diff ? 0 : -ENOMEM;

	for (unsigned int world = 0; world < PKT_WORLDS && r == 0; world++)
		r = semdiff_world(question, (enum pkt_world)world, diff);
	if (r < 0) {
		semdiff_free(diff);
		return r;
	}
	if (diff->count > 1)
		qsort(diff->items, diff->count, sizeof(*diff->items), compare_items);
	*ret_diff = diff;
	return 0;
}

void semdiff_free(struct semdiff *diff)
{
	if (!diff)
		return;
	for (size_t i = 0; i < diff->count; i++)
		pktregions_free(diff->items[i].regions);
	free(diff->items);
	for (unsigned int i = 0; i < PKT_WORLDS; i++) {
		symexec_free(diff->worlds[i].before);
		symexec_free(diff->worlds[i].after);
	}
	free(diff);
}

/* Answers -------------------------------------------------------------------------------------- */

enum semdiff_result semdiff_result(const struct semdiff *diff)
{
	static const enum semdiff_result results[SEMDIFF_KINDS] = {
		[SEMDIFF_PERMITTED] = SEMDIFF_DIFFERS,
		[SEMDIFF_FORBIDDEN] = SEMDIFF_DIFFERS,
		[SEMDIFF_RECORDED] = SEMDIFF_LOGS,
		[SEMDIFF_UNRECORDED] = SEMDIFF_LOGS,
		[SEMDIFF_UNDECIDED] = SEMDIFF_UNKNOWN,
	};
	bool found[SEMDIFF_UNKNOWN + 1] = { false };

	for (unsigned int i = 0; i < PKT_WORLDS; i++)
		found[SEMDIFF_UNKNOWN] |= diff->worlds[i].error != 0;
	for (size_t i = 0; i < diff->count; i++)
		found[results[diff->items[i].kind]] = true;
	if (found[SEMDIFF_DIFFERS])
		return SEMDIFF_DIFFERS;
	/* That nothing else passes is said only where it is known. */
	if (found[SEMDIFF_UNKNOWN])
		return SEMDIFF_UNKNOWN;
	return found[SEMDIFF_LOGS] ? SEMDIFF_LOGS : SEMDIFF_SAME;
}

const char *semdiff_kind_name(enum semdiff_kind kind)
{
	static const char *const names[SEMDIFF_KINDS] = { "permitted", "forbidden", "recorded",
		"unrecorded", "undecided" };

	return names[kind];
}

const char *semdiff_phase_name(enum semdiff_phase phase)
{
	static const char *const names[SEMDIFF_PHASES] = { "new", "known", "stray" };

	return names[phase];
}

const char *semdiff_result_name(enum semdiff_result result)
{
	static const char *const names[] = { "same", "differs", "logs", "unknown" };

	return names[result];
}

unsigned int semdiff_ends(const struct policy *policy, size_t from, size_t to)
{
	size_t gateway = policy ? ZONESPACE_GATEWAY(policy) : 0;

	return (from != gateway ? PKTTEXT_IN : 0u) | (to != gateway ? PKTTEXT_OUT : 0u);
}

const char *semdiff_place(const struct policy *policy, size_t place)
{
	size_t zones = policy ? policy->zone_count : 0;

	return place < zones ? policy->zones[place].name : place == zones ? "gateway" : "other";
}
