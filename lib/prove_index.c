/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The paths of a policy by the places they lead between. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "prove_impl.h"

static size_t pair_of(const struct policy *policy, size_t places, const struct policy_path *path)
{
	return policy_path_zone_from(policy, path) * places + policy_path_zone_to(policy, path);
}

int prove_index_make(const struct policy *policy, struct prove_index *ret_index)
{
	size_t places = ZONESPACE_PLACES(policy);
	struct prove_index index = { .places = places };

	index.paths = calloc(policy->path_count + 1, sizeof(*index.paths));
	index.first = calloc(places * places + 2, sizeof(*index.first));
	if (!index.paths || !index.first) {
		prove_index_clear(&index);
		return -ENOMEM;
	}
	/* Counted one place further on, so that filling leaves each pair's beginning. */
	for (size_t i = 0; i < policy->path_count; i++)
		index.first[pair_of(policy, places, &policy->paths[i]) + 2]++;
	for (size_t i = 2; i < places * places + 2; i++)
		index.first[i] += index.first[i - 1];
	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];

		index.paths[index.first[pair_of(policy, places, path) + 1]++] = path;
	}
	*ret_index = index;
	return 0;
}

void prove_index_clear(struct prove_index *index)
{
	free(index->paths);
	free(index->first);
	*index = (struct prove_index){ 0 };
}

size_t prove_index_find(const struct prove_index *index, size_t from, size_t to,
	const struct policy_path *const **ret_paths)
{
	size_t pair = from * index->places + to;

	*ret_paths = index->paths + index->first[pair];
	return index->first[pair + 1] - index->first[pair];
}
