/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opening.h"

#include <errno.h>
#include <stdlib.h>

#include "compile.h"

static bool has_windows(const struct policy *policy)
{
	for (size_t i = 0; i < policy->path_count; i++)
		if (policy->paths[i].window_count > 0)
			return true;
	return false;
}

static size_t count_timed(const struct policy *policy)
{
	size_t count = 0;

	for (size_t i = 0; i < policy->path_count; i++)
		count += policy_path_timed(&policy->paths[i]);
	return count;
}

int openings_load_zone(const struct policy *policy, struct zonetime **ret_zone)
{
	int error = 0;

	*ret_zone = NULL;
	if (count_timed(policy) > 0)
		error = zonetime_load(policy->time_zone, ret_zone);
	/* The end of an exception is an instant. */
	return has_windows(policy) ? error : 0;
}

int openings_at(const struct policy *policy, const struct zonetime *zone, int64_t now,
	struct openings *ret_openings)
{
	struct openings openings = { .next = SCHEDULE_NEVER };
	struct schedule schedule;

	openings.items = calloc(count_timed(policy) + 1, sizeof(*openings.items));
	if (!openings.items)
		return -ENOMEM;
	schedule_init(&schedule, zone, now);
	if (policy->exceptions_since > now)
		schedule.exceptions_now = policy->exceptions_since;
	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];
		struct opening *opening = &openings.items[openings.count];

		if (!policy_path_timed(path))
			continue;
		opening->path = i;
		opening->id = path->id;
		schedule_path(&schedule, path, &opening->state);
		openings.count++;
		openings.open += opening->state.open;
		if (opening->state.change < openings.next)
			openings.next = opening->state.change;
	}
	*ret_openings = openings;
	return 0;
}

void openings_clear(struct openings *openings)
{
	free(openings->items);
	*openings = (struct openings){ .next = SCHEDULE_NEVER };
}

/* How long the paths of an id are open. */
struct time {
	uint32_t id;
	uint64_t milliseconds;
};

struct times {
	struct time *items;
	size_t count;
};

static int compare_times(const void *a, const void *b)
{
	const struct time *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* One that never closes is asked again before this is over. */
static uint64_t time_left(const struct schedule_state *state, int64_t now_ms)
{
	int64_t end = state->change == SCHEDULE_NEVER ? now_ms + SCHEDULE_HORIZON * 1000
						      : state->change * 1000;

	return state->open && end > now_ms ? (uint64_t)(end - now_ms) : 0;
}

/* Sorted; of paths with one id the time of the one that is open longest. */
static int collect_times(const struct openings *openings, int64_t now_ms, struct times *ret_times)
{
	struct times times = { .items = calloc(openings->count + 1, sizeof(*times.items)) };
	size_t count = 0;

	if (!times.items)
		return -ENOMEM;
	for (size_t i = 0; i < openings->count; i++)
		times.items[i] = (struct time){ openings->items[i].id,
			time_left(&openings->items[i].state, now_ms) };
	qsort(times.items, openings->count, sizeof(*times.items), compare_times);
	for (size_t i = 0; i < openings->count; i++) {
		struct time *last = count > 0 ? &times.items[count - 1] : NULL;

		if (!last || last->id != times.items[i].id)
			times.items[count++] = times.items[i];
		else if (times.items[i].milliseconds > last->milliseconds)
			last->milliseconds = times.items[i].milliseconds;
	}
	times.count = count;
	*ret_times = times;
	return 0;
}

static uint64_t find_time(uint32_t id, void *data)
{
	const struct times *times = data;
	const struct time key = { .id = id };
	const struct time *found =
		bsearch(&key, times->items, times->count, sizeof(key), compare_times);

	return found ? found->milliseconds : 0;
}

int openings_fill(const struct openings *openings, int64_t now_ms, struct ruleset *ruleset)
{
	struct times times;
	int error = collect_times(openings, now_ms, &times);

	if (error < 0)
		return error;
	error = compile_timeouts(ruleset, find_time, &times);
	free(times.items);
	return error;
}
