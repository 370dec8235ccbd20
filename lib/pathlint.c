/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pathlint.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "pathlint_impl.h"

#define STEPS_MAX      UINT64_C(100000000) /* boxes compared, of all paths together */
#define PIECES_MAX     4096		   /* that one box may fall into */
#define NEIGHBOURS_MAX 256		   /* other paths that one path overlaps with */

/* ---- findings ---- */

int pathlint_add(struct pathlint *lint, const struct pathlint_finding *finding)
{
	struct pathlint_finding *list =
		array_reserve(lint->list, sizeof(*list), lint->count, &lint->room);

	if (list == NULL)
		return -ENOMEM;
	lint->list = list;
	lint->list[lint->count++] = *finding;
	return 0;
}

void pathlint_clear(struct pathlint *lint)
{
	free(lint->list);
	*lint = (struct pathlint){ 0 };
}

/* ---- what is left of a box ---- */

/* Boxes that are still to be covered. */
struct pieces {
	struct pathbox list[PIECES_MAX];
	size_t count;
};

static bool overlap(const struct pathbox *a, const struct pathbox *b)
{
	for (int i = 0; i < PATHBOX_SIDES; i++)
		if (a->sides[i].last < b->sides[i].first || b->sides[i].last < a->sides[i].first)
			return false;
	return true;
}

/* Take one box out of the piece at index, which overlaps it: what is left are up to two pieces a
 * side. False: too many. */
static bool cut(struct pieces *pieces, size_t index, const struct pathbox *taken)
{
	struct pathbox left = pieces->list[index];

	pieces->list[index] = pieces->list[--pieces->count];
	for (int i = 0; i < PATHBOX_SIDES; i++) {
		struct pathside *side = &left.sides[i];
		const struct pathside *other = &taken->sides[i];
		struct pathbox piece = left;

		if (pieces->count + 2 > PIECES_MAX)
			return false;
		if (side->first < other->first) {
			piece.sides[i].last = other->first - 1;
			pieces->list[pieces->count++] = piece;
			side->first = other->first;
		}
		piece = left;
		if (side->last > other->last) {
			piece.sides[i].first = other->last + 1;
			pieces->list[pieces->count++] = piece;
			side->last = other->last;
		}
	}
	return true;
}

/* Was anything taken? */
static bool take_out(struct pieces *pieces, const struct pathbox *taken, bool *too_many)
{
	bool any = false;

	for (size_t i = pieces->count; i > 0; i--) {
		if (!overlap(&pieces->list[i - 1], taken))
			continue;
		any = true;
		if (!cut(pieces, i - 1, taken))
			*too_many = true;
	}
	return any;
}

/* ---- one path against the others ---- */

struct comparison {
	const struct policy *policy;
	struct pathboxes boxes;
	struct pieces *pieces;
	uint64_t steps;
	bool too_many;
	const struct policy_path *neighbours[NEIGHBOURS_MAX]; /* of the path that is compared */
	size_t neighbour_count;
};

static bool same_windows(const struct policy_path *a, const struct policy_path *b)
{
	if (a->window_count != b->window_count)
		return false;
	for (size_t i = 0; i < a->window_count; i++)
		if (a->windows[i].days != b->windows[i].days ||
			a->windows[i].from != b->windows[i].from ||
			a->windows[i].until != b->windows[i].until)
			return false;
	return true;
}

/* Is other open whenever path is? */
static bool open_with(const struct policy_path *path, const struct policy_path *other)
{
	if (!policy_path_timed(other))
		return true;
	return other->exception == NULL && path->exception == NULL && same_windows(path, other);
}

static void add_neighbour(struct comparison *comparison, const struct policy_path *path)
{
	for (size_t i = 0; i < comparison->neighbour_count; i++)
		if (comparison->neighbours[i] == path)
			return;
	if (comparison->neighbour_count == NEIGHBOURS_MAX)
		comparison->too_many = true;
	else
		comparison->neighbours[comparison->neighbour_count++] = path;
}

/* Called for each box of other paths that overlaps; true: that is enough. */
typedef bool (*box_function)(struct comparison *comparison, const struct pathbox *other);

static void each_overlapping(
	struct comparison *comparison, const struct pathbox *box, box_function function)
{
	const struct pathboxes *boxes = &comparison->boxes;
	size_t i = pathboxes_end(boxes, box);

	while (i > 0 && pathbox_same_group(&boxes->list[i - 1], box) &&
		boxes->reach[i - 1] >= box->sides[0].first) {
		const struct pathbox *other = &boxes->list[--i];

		if (++comparison->steps > STEPS_MAX) {
			comparison->too_many = true;
			return;
		}
		if (other->path == box->path || !overlap(other, box) ||
			!open_with(&comparison->policy->paths[box->path],
				&comparison->policy->paths[other->path]))
			continue;
		if (function(comparison, other))
			return;
	}
}

static bool note_neighbour(struct comparison *comparison, const struct pathbox *other)
{
	add_neighbour(comparison, &comparison->policy->paths[other->path]);
	return comparison->too_many;
}

static bool take_box(struct comparison *comparison, const struct pathbox *other)
{
	(void)take_out(comparison->pieces, other, &comparison->too_many);
	return comparison->pieces->count == 0 || comparison->too_many;
}

/* Do all others together cover a box? */
static bool is_covered(struct comparison *comparison, const struct pathbox *box)
{
	comparison->pieces->list[0] = *box;
	comparison->pieces->count = 1;
	each_overlapping(comparison, box, take_box);
	return comparison->pieces->count == 0;
}

/* Does one other path cover all boxes of a path? */
static bool covers(struct comparison *comparison, size_t path, size_t other)
{
	const struct pathboxes *boxes = &comparison->boxes;

	for (size_t i = boxes->first[path]; i < boxes->first[path + 1]; i++) {
		comparison->pieces->list[0] = boxes->by_path[i];
		comparison->pieces->count = 1;
		for (size_t j = boxes->first[other]; j < boxes->first[other + 1]; j++) {
			if (pathbox_same_group(&boxes->by_path[i], &boxes->by_path[j]))
				(void)take_out(comparison->pieces, &boxes->by_path[j],
					&comparison->too_many);
			comparison->steps++;
		}
		if (comparison->pieces->count > 0 || comparison->too_many)
			return false;
	}
	return true;
}

static int say_covered(struct comparison *comparison, size_t index, struct pathlint *lint)
{
	struct pathlint_finding finding = { .kind = PATHLINT_REDUNDANT,
		.path = &comparison->policy->paths[index] };

	for (size_t i = 0; i < comparison->neighbour_count; i++) {
		const struct policy_path *other = comparison->neighbours[i];

		if (covers(comparison, index, (size_t)(other - comparison->policy->paths))) {
			finding.kind = PATHLINT_SHADOWED;
			finding.by[0] = other;
			finding.by_count = 1;
			return pathlint_add(lint, &finding);
		}
	}
	for (size_t i = 0; i < comparison->neighbour_count && i < PATHLINT_BY_MAX; i++)
		finding.by[finding.by_count++] = comparison->neighbours[i];
	return pathlint_add(lint, &finding);
}

static int compare_path(struct comparison *comparison, size_t index, struct pathlint *lint)
{
	const struct pathboxes *boxes = &comparison->boxes;
	size_t first = boxes->first[index], last = boxes->first[index + 1];
	bool covered = last > first;

	comparison->neighbour_count = 0;
	comparison->too_many = comparison->steps > STEPS_MAX;
	for (size_t i = first; covered && i < last; i++)
		covered = is_covered(comparison, &boxes->by_path[i]);
	for (size_t i = first; covered && i < last; i++)
		each_overlapping(comparison, &boxes->by_path[i], note_neighbour);
	if (covered && !comparison->too_many)
		return say_covered(comparison, index, lint);
	lint->undecided += comparison->too_many;
	return 0;
}

int pathlint_compare(const struct policy *policy, struct pathlint *lint)
{
	struct comparison comparison = { .policy = policy,
		.pieces = malloc(sizeof(*comparison.pieces)) };
	int error = comparison.pieces == NULL ? -ENOMEM : pathboxes_of(policy, &comparison.boxes);

	for (size_t i = 0; error == 0 && i < policy->path_count; i++)
		error = compare_path(&comparison, i, lint);
	pathboxes_clear(&comparison.boxes);
	free(comparison.pieces);
	return error;
}
