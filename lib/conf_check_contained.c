/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_check_contained.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"

/* ---- the same ---- */

/* Paths in the order of their hashes; of equal ones, that of the file. */
struct rank {
	uint64_t hash;
	const struct path_content *content;
};

static int compare_ranks(const void *left, const void *right)
{
	const struct rank *a = left, *b = right;

	if (a->hash != b->hash)
		return a->hash < b->hash ? -1 : 1;
	return (a->content->path > b->content->path) - (a->content->path < b->content->path);
}

/* The first path that is the same as that of ranks[index]: itself, if there is none before it. */
static const struct path_content *first_same(const struct rank *ranks, size_t index)
{
	size_t i = index;

	while (i > 0 && ranks[i - 1].hash == ranks[index].hash)
		i--;
	while (!path_content_same(ranks[i].content, ranks[index].content))
		i++;
	return ranks[i].content;
}

static void report_repeated(const struct rank *ranks, size_t count, struct diag_list *diags)
{
	for (size_t i = 1; i < count; i++) {
		const struct path_content *content = ranks[i].content;
		const struct path_content *first;

		if (ranks[i - 1].hash != ranks[i].hash)
			continue;
		first = first_same(ranks, i);
		if (first != content)
			diag_add(diags, DIAG_ERROR, content->path->loc, _("remove one of them"),
				_("path \"%s\": it permits exactly what path \"%s\" on line %u "
				  "permits"),
				content->path->name, first->path->name, first->path->loc.line);
	}
}

int conf_check_repeated(const struct path_content *contents, size_t count, struct diag_list *diags)
{
	struct rank *ranks = calloc(count + 1, sizeof(*ranks));

	if (ranks == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		ranks[i] = (struct rank){ contents[i].hash, &contents[i] };
	qsort(ranks, count, sizeof(*ranks), compare_ranks);
	report_repeated(ranks, count, diags);
	free(ranks);
	return 0;
}

/* ---- one within another ---- */

/* Each path is compared with each other one, each range of its ends with those of the other's. */
#define CONTAINED_PATHS_MAX  2000
#define CONTAINED_RANGES_MAX 50000

static bool is_one_address(const struct policy_end *end)
{
	size_t count = 0;

	for (size_t i = 0; i < end->part_count; i++) {
		for (int family = 0; family < ADDR_FAMILIES; family++) {
			const struct addrset *set = &end->parts[i].addresses[family];

			count += set->count;
			if (set->count > 0 && memcmp(set->ranges[0].first, set->ranges[0].last,
						      addr_length(set->family)) != 0)
				return false;
		}
	}
	return count <= 1;
}

/* Can a path that is not the same lie within this one? Most are from one address to one address
 * with one port, and cannot. */
static bool is_wide(const struct path_content *content)
{
	return content->any || content->span_count > 1 ||
	       (content->span_count == 1 && content->spans[0].first != content->spans[0].last) ||
	       !is_one_address(&content->path->from) || !is_one_address(&content->path->to);
}

static size_t count_ranges(const struct policy_end *end)
{
	size_t count = 0;

	for (size_t i = 0; i < end->part_count; i++)
		for (int family = 0; family < ADDR_FAMILIES; family++)
			count += end->parts[i].addresses[family].count;
	return count;
}

/* Is comparing each with each other too much work? */
static bool are_many(const struct path_content *contents, size_t count)
{
	size_t ranges = 0;

	for (size_t i = 0; i < count; i++)
		ranges +=
			count_ranges(&contents[i].path->from) + count_ranges(&contents[i].path->to);
	return count > CONTAINED_PATHS_MAX || ranges > CONTAINED_RANGES_MAX;
}

/* What tells most pairs of paths apart at once: the segments they lead between, and the protocols
 * and ports from the first to the last. */
struct extent {
	uint64_t from_segments, to_segments;
	uint32_t first, last; /* protocol << 16 | port */
};

/* A path that another may lie in. */
struct wide {
	struct extent extent;
	const struct path_content *content;
};

static struct extent extent_of(const struct path_content *content)
{
	struct extent extent = { content->from_segments, content->to_segments, 0, UINT32_MAX };

	if (!content->any && content->span_count > 0) {
		const struct service_span *first = &content->spans[0];
		const struct service_span *last = &content->spans[content->span_count - 1];

		extent.first = (uint32_t)first->protocol << 16 | first->first;
		extent.last = (uint32_t)last->protocol << 16 | last->last;
	}
	return extent;
}

static bool may_be_within(const struct extent *inner, const struct extent *outer)
{
	return ((inner->from_segments & ~outer->from_segments) |
		       (inner->to_segments & ~outer->to_segments)) == 0 &&
	       inner->first >= outer->first && inner->last <= outer->last;
}

/* One wider path is enough to be named. */
static void warn_one(const struct path_content *content, const struct wide *wide, size_t wide_count,
	struct diag_list *diags)
{
	struct extent extent = extent_of(content);

	for (size_t i = 0; i < wide_count; i++) {
		const struct path_content *other = wide[i].content;

		if (!may_be_within(&extent, &wide[i].extent) || other == content ||
			!path_content_within(content, other))
			continue;
		diag_add(diags, DIAG_WARNING, content->path->loc, NULL,
			_("path \"%s\" is already permitted by path \"%s\" on line %u"),
			content->path->name, other->path->name, other->path->loc.line);
		return;
	}
}

int conf_check_contained(const struct path_content *contents, size_t count, struct diag_list *diags)
{
	struct wide *wide;
	size_t wide_count = 0;

	if (are_many(contents, count))
		return 0;
	wide = calloc(count + 1, sizeof(*wide));
	if (wide == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		if (is_wide(&contents[i]))
			wide[wide_count++] = (struct wide){ extent_of(&contents[i]), &contents[i] };
	for (size_t i = 0; i < count; i++)
		warn_one(&contents[i], wide, wide_count, diags);
	free(wide);
	return 0;
}
