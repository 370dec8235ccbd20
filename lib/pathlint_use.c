/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Paths against what was used of them. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"
#include "pathlint_impl.h"

#define DAY_SECONDS 86400
#define NAMES_MAX   512

/* ---- never used ---- */

int pathlint_unused(const struct policy *policy, const uint64_t *hits, uint64_t seconds,
	unsigned int days, struct pathlint *lint)
{
	int error = 0;

	if (seconds / DAY_SECONDS < days)
		return 0;
	for (size_t i = 0; error == 0 && i < policy->path_count; i++) {
		const struct pathlint_finding finding = { .kind = PATHLINT_UNUSED,
			.path = &policy->paths[i],
			.days = seconds / DAY_SECONDS };

		if (hits[i] == 0)
			error = pathlint_add(lint, &finding);
	}
	return error;
}

/* ---- less than it permits ---- */

static int compare_uses(const void *left, const void *right)
{
	const struct pathlint_use *a = left, *b = right;
	int order = (a->path > b->path) - (a->path < b->path);

	if (order == 0)
		order = addr_compare(&a->source, &b->source);
	if (order == 0)
		order = addr_compare(&a->destination, &b->destination);
	if (order == 0)
		order = (int)a->protocol - (int)b->protocol;
	return order != 0 ? order : (int)a->port - (int)b->port;
}

static bool same_address(const struct pathlint_use *a, const struct pathlint_use *b, int side)
{
	return side == PATHBOX_SOURCE ? addr_compare(&a->source, &b->source) == 0
				      : addr_compare(&a->destination, &b->destination) == 0;
}

static bool same_side(const struct pathlint_use *a, const struct pathlint_use *b, int side)
{
	return side == PATHBOX_SERVICE ? a->protocol == b->protocol && a->port == b->port
				       : same_address(a, b, side);
}

/* How many different ones there are on one side. */
static size_t count_different(const struct pathlint_use *uses, size_t count, int side)
{
	size_t different = 0;

	for (size_t i = 0; i < count; i++) {
		size_t j = 0;

		while (j < i && !same_side(&uses[i], &uses[j], side))
			j++;
		different += j == i;
	}
	return different;
}

/* Codes of an ICMP type are one. */
static pathbox_value side_size(const struct pathside *side, int index)
{
	pathbox_value protocol = side->first >> 16;
	bool icmp = protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;

	if (index == PATHBOX_SERVICE && icmp && protocol == side->last >> 16)
		return (side->last >> 8) - (side->first >> 8) + 1;
	return side->last - side->first + 1;
}

/* How many packets' worth the path permits: combinations of addresses and services, at most
 * SIZE_MAX; those of its boxes may overlap, which only makes it wider than it is. */
static pathbox_value size_of(const struct pathbox *box)
{
	pathbox_value size = 1;

	for (int i = 0; i < PATHBOX_SIDES; i++) {
		pathbox_value side = side_size(&box->sides[i], i);

		if (side == 0 || side > SIZE_MAX || size * side > SIZE_MAX)
			return SIZE_MAX;
		size *= side;
	}
	return size;
}

static bool is_wider(const struct pathboxes *boxes, size_t path, size_t used)
{
	pathbox_value size = 0;

	for (size_t i = boxes->first[path]; i < boxes->first[path + 1]; i++)
		size += size_of(&boxes->by_path[i]);
	return size > used;
}

/* Each use once. */
static size_t drop_equal(struct pathlint_use *uses, size_t count)
{
	size_t kept = 0;

	for (size_t i = 0; i < count; i++)
		if (kept == 0 || compare_uses(&uses[kept - 1], &uses[i]) != 0)
			uses[kept++] = uses[i];
	return kept;
}

#define DIFFERENT_MAX 4096 /* uses of a path; more are no help for narrowing it */

static int judge_path_uses(const struct policy *policy, const struct pathboxes *boxes,
	const struct pathlint_use *uses, size_t count, struct pathlint *lint)
{
	struct pathlint_finding finding = { .kind = PATHLINT_WIDE,
		.path = &policy->paths[uses->path] };

	if (count > DIFFERENT_MAX || !is_wider(boxes, uses->path, count))
		return 0;
	finding.sources = count_different(uses, count, PATHBOX_SOURCE);
	finding.destinations = count_different(uses, count, PATHBOX_DESTINATION);
	finding.ports = count_different(uses, count, PATHBOX_SERVICE);
	return pathlint_add(lint, &finding);
}

int pathlint_wide(
	const struct policy *policy, struct pathlint_use *uses, size_t count, struct pathlint *lint)
{
	struct pathboxes boxes;
	int error = pathboxes_of(policy, &boxes);
	size_t i = 0;

	if (error == 0 && count > 0)
		qsort(uses, count, sizeof(*uses), compare_uses);
	count = drop_equal(uses, count);
	while (error == 0 && i < count) {
		size_t end = i;

		while (end < count && uses[end].path == uses[i].path)
			end++;
		error = judge_path_uses(policy, &boxes, uses + i, end - i, lint);
		i = end;
	}
	pathboxes_clear(&boxes);
	return error;
}

/* ---- words ---- */

const char *pathlint_kind_name(enum pathlint_kind kind)
{
	static const char *const names[PATHLINT_KINDS] = {
		[PATHLINT_SHADOWED] = "shadowed",
		[PATHLINT_REDUNDANT] = "redundant",
		[PATHLINT_UNUSED] = "unused",
		[PATHLINT_WIDE] = "wide",
	};

	return names[kind];
}

/* "F01" on line 3, "F02" on line 4 */
static void names_of(const struct pathlint_finding *finding, char text[NAMES_MAX])
{
	size_t length = 0;

	text[0] = '\0';
	for (size_t i = 0; i < finding->by_count && length < NAMES_MAX; i++)
		length += (size_t)snprintf(text + length, NAMES_MAX - length, "%s%s (%u)",
			i > 0 ? ", " : "", finding->by[i]->name, finding->by[i]->loc.line);
}

void pathlint_report(const struct pathlint_finding *finding, struct diag_list *diags)
{
	const struct policy_path *path = finding->path;
	char names[NAMES_MAX];

	switch (finding->kind) {
	case PATHLINT_SHADOWED:
		diag_add(diags, DIAG_WARNING, path->loc,
			_("remove one of them, or narrow the other"),
			_("path \"%s\": all that it permits, path \"%s\" on line %u permits as "
			  "well"),
			path->name, finding->by[0]->name, finding->by[0]->loc.line);
		break;
	case PATHLINT_REDUNDANT:
		names_of(finding, names);
		diag_add(diags, DIAG_WARNING, path->loc, _("remove it, or narrow the others"),
			_("path \"%s\": all that it permits, other paths together permit as well: "
			  "%s"),
			path->name, names);
		break;
	case PATHLINT_UNUSED:
		diag_add(diags, DIAG_WARNING, path->loc,
			_("ask who needs it, and remove it if nobody does"),
			_("path \"%s\": no connection has used it in %llu days"), path->name,
			(unsigned long long)finding->days);
		break;
	case PATHLINT_WIDE:
		diag_add(diags, DIAG_WARNING, path->loc,
			_("narrow it to what is needed, if that was all"),
			_("path \"%s\": it permits more than was used: %zu sources, %zu "
			  "destinations, %zu ports or types"),
			path->name, finding->sources, finding->destinations, finding->ports);
		break;
	}
}
