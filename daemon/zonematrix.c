/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "zonematrix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/compile.h"
#include "../lib/decode.h"

#define ATTEMPTS 10

const char *zone_matrix_place(const struct policy *policy, size_t place)
{
	if (place < policy->zone_count)
		return policy->zones[place].name;
	return place == policy->zone_count ? "gateway" : "unknown";
}

void zone_matrix_clear(struct zone_matrix *matrix)
{
	free(matrix->pairs);
	*matrix = (struct zone_matrix){ 0 };
}

struct reading {
	const struct policy *policy;
	const struct denials *denials;
	struct zone_matrix *matrix;
	struct zone_pair *pair; /* what a guess found */
	enum reason reason;
};

/* The pair of two places, or NULL when one is not of this policy. */
static struct zone_pair *find_pair(const struct reading *reading, const char *from, const char *to)
{
	const char *const places[2] = { from, to };
	size_t indexes[2];

	for (int end = 0; end < 2; end++) {
		char zone[FLOW_PLACE_MAX];
		size_t place = 0;

		place_zone(places[end], zone, sizeof(zone));
		while (place < reading->matrix->places &&
			strcmp(zone_matrix_place(reading->policy, place), zone) != 0)
			place++;
		if (place == reading->matrix->places)
			return NULL;
		indexes[end] = place;
	}
	return &reading->matrix->pairs[indexes[0] * reading->matrix->places + indexes[1]];
}

static int try_guess(const struct denial *denial, void *data)
{
	struct reading *reading = data;

	if (!reading->pair) {
		reading->pair = find_pair(reading, denial->from, denial->to);
		reading->reason = denial->reason;
	}
	return 0;
}

static void add_denied(struct zone_pair *pair, enum reason reason, uint64_t packets)
{
	pair->blocked += packets;
	pair->denied[reason] += packets;
	pair->reasons |= UINT32_C(1) << reason;
}

static int add_blocked(const char *name, struct counter_value value, void *data)
{
	struct reading *reading = data;
	const struct denial *denial = denials_find(reading->denials, name);
	int r = 0;

	reading->pair = NULL;
	if (denial)
		(void)try_guess(denial, reading);
	else if (value.packets)
		r = denials_guesses(name, try_guess, reading);
	if (reading->pair && reading->reason == REASON_OBSERVED)
		reading->pair->observed += value.packets;
	else if (reading->pair)
		add_denied(reading->pair, reading->reason, value.packets);
	return r;
}

static void forget_counts(struct zone_pair *pair)
{
	pair->blocked = pair->observed = 0;
	memset(pair->denied, 0, sizeof(pair->denied));
	pair->reasons = 0;
}

static int read_blocked(const struct lifecycle *lifecycle, struct reading *reading)
{
	size_t pairs = reading->matrix->places * reading->matrix->places;
	int r = -EINTR;

	for (int attempt = 0; attempt < ATTEMPTS && (r == -EINTR || r == -ENOBUFS); attempt++) {
		for (size_t i = 0; i < pairs; i++)
			forget_counts(&reading->matrix->pairs[i]);
		r = decode_counters(lifecycle_socket(lifecycle), TABLE_NAME, add_blocked, reading);
	}
	return r == -ENOENT ? 0 : r;
}

static void count_paths(const struct policy *policy, struct zone_matrix *matrix)
{
	for (size_t i = 0; i < policy->path_count; i++) {
		size_t from = policy_path_zone_from(policy, &policy->paths[i]);
		size_t to = policy_path_zone_to(policy, &policy->paths[i]);

		matrix->pairs[from * matrix->places + to].paths++;
	}
	for (size_t i = 0; i < policy->observe_count; i++) {
		const struct policy_observe *observe = &policy->observes[i];

		matrix->pairs[observe->from * matrix->places + observe->to].only_observed = true;
	}
}

static int count_closed(const struct lifecycle *lifecycle, struct zone_matrix *matrix)
{
	const struct policy *policy = lifecycle_policy(lifecycle);
	struct openings openings;
	int r = openings_at(policy, lifecycle_zone(lifecycle), realtime_ms() / 1000, &openings);

	for (size_t i = 0; r == 0 && i < openings.count; i++) {
		const struct policy_path *path = &policy->paths[openings.items[i].path];
		size_t from = policy_path_zone_from(policy, path);
		size_t to = policy_path_zone_to(policy, path);

		matrix->pairs[from * matrix->places + to].closed += !openings.items[i].state.open;
	}
	if (r == 0)
		openings_clear(&openings);
	return r;
}

int zone_matrix_read(const struct lifecycle *lifecycle, struct zone_matrix *ret_matrix)
{
	const struct policy *policy = lifecycle_policy(lifecycle);
	struct reading reading = {
		.policy = policy,
		.denials = lifecycle_denials(lifecycle),
		.matrix = ret_matrix,
	};

	ret_matrix->places = policy->zone_count + 2;
	ret_matrix->pairs =
		calloc(ret_matrix->places * ret_matrix->places, sizeof(*ret_matrix->pairs));
	if (!ret_matrix->pairs)
		return -ENOMEM;
	count_paths(policy, ret_matrix);
	int r = count_closed(lifecycle, ret_matrix);

	if (r == 0)
		r = read_blocked(lifecycle, &reading);
	if (r < 0)
		zone_matrix_clear(ret_matrix);
	return r;
}

void zone_networks_text(const struct policy_segment *segment, char *text, size_t size)
{
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < segment->prefix_count && used < size; i++) {
		char prefix[ADDR_TEXT_MAX];

		addr_prefix_format(&segment->prefixes[i].prefix, prefix);
		used += (size_t)snprintf(text + used, size - used, "%s%s", i ? " " : "", prefix);
	}
}
