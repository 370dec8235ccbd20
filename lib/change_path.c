/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services and paths. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "change_impl.h"
#include "schedule.h"

#define WEEK_MINUTES (7 * DAY_MINUTES)
#define WINDOWS_TEXT 2048 /* bytes: POLICY_WINDOWS_MAX of them, with room to spare */

/* ---- services ---- */

static size_t count_services(const struct policy *policy)
{
	return policy->service_count;
}

static const void *service_at(const struct policy *policy, size_t index)
{
	return &policy->services[index];
}

/* Not those that the loader makes, and exceptions: no name of a file holds a '/'. */
static void name_service(struct change_text *text, const struct change_side *side)
{
	const struct policy_service *service = side->object;

	if (service->name && !service->any && !strchr(service->name, '/'))
		change_put_text(text, service->name);
}

static void put_entries(struct change_text *text, const struct change_side *side, size_t offset)
{
	(void)offset;
	change_put_entries(text, side->object);
}

static const struct change_key service_keys[] = {
	{ "ports", put_entries, 0, change_relate_not, 0, 0, 0, 0 },
	{ "label", change_put_string, offsetof(struct policy_service, label), change_relate_not, 0,
		0, 0, 0 },
	{ 0 },
};

/* ---- what a path permits, as sets of numbers ---- */

static int add_numbers(struct addrset *set, uint32_t first, uint32_t last)
{
	struct addr_range range = { 0 };

	for (unsigned int i = 0; i < 4; i++) {
		range.first[i] = (uint8_t)(first >> (24 - 8 * i));
		range.last[i] = (uint8_t)(last >> (24 - 8 * i));
	}
	return addrset_add(set, &range);
}

/* protocol << 16 | port */
static int add_service(struct addrset *set, const struct policy_service *service)
{
	int r = service->any ? add_numbers(set, 0, UINT32_MAX) : 0;

	for (size_t i = 0; i < service->entry_count && r == 0; i++) {
		const struct policy_service_entry *entry = &service->entries[i];
		uint32_t base = (uint32_t)entry->protocol << 16;

		r = entry->whole
			    ? add_numbers(set, base, base | UINT16_MAX)
			    : add_numbers(set, base | entry->ports.first, base | entry->ports.last);
	}
	return r;
}

static int add_services(struct addrset *set, const struct change_side *side)
{
	const struct policy_path *path = side->object;
	int r = 0;

	for (size_t i = 0; i < path->service_count && r == 0; i++)
		r = add_service(set, &side->policy->services[path->services[i]]);
	return r;
}

/* Minutes of the week; those past its end are at its beginning. */
static int add_minutes(struct addrset *set, uint32_t from, uint32_t until)
{
	if (until <= WEEK_MINUTES)
		return add_numbers(set, from, until - 1);
	int r = from < WEEK_MINUTES ? add_numbers(set, from, WEEK_MINUTES - 1) : 0;

	return r < 0 ? r : add_numbers(set, 0, until - WEEK_MINUTES - 1);
}

static int add_windows(struct addrset *set, const struct change_side *side)
{
	const struct policy_path *path = side->object;
	int r = path->window_count == 0 ? add_minutes(set, 0, WEEK_MINUTES) : 0;

	for (size_t i = 0; i < path->window_count; i++) {
		const struct policy_window *window = &path->windows[i];

		for (uint32_t day = 0; day < 7 && r == 0; day++)
			if (window->days & 1u << day)
				r = add_minutes(set, day * DAY_MINUTES + window->from,
					day * DAY_MINUTES + window->until);
	}
	return r;
}

typedef int (*add_function)(struct addrset *set, const struct change_side *side);

static int relate_added(
	add_function add, const struct change_side *before, const struct change_side *after)
{
	struct addrset old, new;
	int r;

	addrset_init(&old, ADDR_IPV4);
	addrset_init(&new, ADDR_IPV4);
	r = add(&old, before);
	if (r == 0)
		r = add(&new, after);
	if (r == 0)
		r = change_relate_sets(&old, &new);
	addrset_clear(&old);
	addrset_clear(&new);
	return r;
}

static int relate_services(
	const struct change_side *before, const struct change_side *after, size_t offset)
{
	(void)offset;
	return relate_added(add_services, before, after);
}

static int relate_windows(
	const struct change_side *before, const struct change_side *after, size_t offset)
{
	(void)offset;
	return relate_added(add_windows, before, after);
}

/* ---- ends ---- */

static const struct policy_end *end_of(const struct change_side *side, size_t offset)
{
	const char *object = side->object;

	return (const struct policy_end *)(const void *)(object + offset);
}

static bool is_whole(const struct policy_part *part, const struct policy_segment *segment)
{
	for (int family = 0; family < ADDR_FAMILIES; family++)
		if (!addrset_same(&part->addresses[family], &segment->source[family]))
			return false;
	return true;
}

static void put_part(
	struct change_text *text, const struct policy *policy, const struct policy_part *part)
{
	const struct policy_segment *segment = &policy->segments[part->segment];
	struct change_text addresses = { 0 };

	change_put_comma(text);
	if (!is_whole(part, segment)) {
		change_put_sets(&addresses, part->addresses);
		change_put(text, "%s@", addresses.bytes ? addresses.bytes : "");
		text->failed |= addresses.failed;
		free(addresses.bytes);
	}
	change_put_text(text, segment->full_name);
}

/* "eltax (172.28.1.20@lgwan.external)": as written, and what that is; of a whole segment only its
 * name, whose networks are the segment's own. */
static void put_end(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_end *end = end_of(side, offset);
	struct change_text parts = { 0 };

	if (end->part_count == 0) {
		change_put_text(text, "gateway");
		return;
	}
	for (size_t i = 0; i < end->part_count; i++)
		put_part(&parts, side->policy, &end->parts[i]);
	text->failed |= parts.failed;
	if (end->text && parts.bytes && strcmp(end->text, parts.bytes) == 0)
		change_put_text(text, end->text);
	else
		change_put(text, "%s (%s)", end->text ? end->text : "",
			parts.bytes ? parts.bytes : "");
	free(parts.bytes);
}

/* Is all of a part in an end? In the segment of the same name; a whole one is in a whole one, also
 * when that has other networks: that stands at the segment. */
static bool has_part(const struct policy *policy, const struct policy_end *end,
	const struct policy *other, const struct policy_part *part)
{
	const struct policy_segment *segment = &other->segments[part->segment];

	for (size_t i = 0; i < end->part_count; i++) {
		const struct policy_part *mine = &end->parts[i];
		bool covered = true;

		if (strcmp(policy->segments[mine->segment].full_name, segment->full_name) != 0)
			continue;
		if (is_whole(mine, &policy->segments[mine->segment]))
			return true;
		for (int family = 0; family < ADDR_FAMILIES; family++)
			covered = covered && !(change_relate_sets(&mine->addresses[family],
						       &part->addresses[family]) &
						     CHANGE_GREW);
		return covered;
	}
	return false;
}

static bool has_parts(const struct policy *policy, const struct policy_end *end,
	const struct policy *other, const struct policy_end *parts)
{
	if (parts->part_count == 0)
		return end->part_count == 0;
	for (size_t i = 0; i < parts->part_count; i++)
		if (!has_part(policy, end, other, &parts->parts[i]))
			return false;
	return true;
}

static int relate_ends(
	const struct change_side *before, const struct change_side *after, size_t offset)
{
	const struct policy_end *old = end_of(before, offset), *new = end_of(after, offset);

	return (has_parts(before->policy, old, after->policy, new) ? 0 : CHANGE_GREW) |
	       (has_parts(after->policy, new, before->policy, old) ? 0 : CHANGE_SHRANK);
}

/* ---- paths ---- */

static size_t count_paths(const struct policy *policy)
{
	return policy->path_count;
}

static const void *path_at(const struct policy *policy, size_t index)
{
	return &policy->paths[index];
}

static void name_path(struct change_text *text, const struct change_side *side)
{
	const struct policy_path *path = side->object;

	if (!path->exception)
		change_put_text(text, path->name);
}

static void put_direction(struct change_text *text, const struct change_side *side, size_t offset)
{
	static const char *const names[] = {
		[PATH_FORWARD] = "forward",
		[PATH_INPUT] = "input",
		[PATH_OUTPUT] = "output",
	};
	const struct policy_path *path = side->object;

	(void)offset;
	change_put_text(text, names[path->direction]);
}

static void put_services(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_path *path = side->object;

	(void)offset;
	for (size_t i = 0; i < path->service_count; i++) {
		const struct policy_service *service = &side->policy->services[path->services[i]];

		change_put_comma(text);
		if (service->any) {
			change_put_text(text, "any");
			continue;
		}
		change_put(text, "%s (", service->name);
		change_put_entries(text, service);
		change_put_text(text, ")");
	}
}

static void put_data(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_path *path = side->object;

	(void)offset;
	change_put_text(text, path_data_name(path->data));
}

static void put_windows(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_path *path = side->object;
	char windows[WINDOWS_TEXT];

	(void)offset;
	schedule_windows_text(path, windows, sizeof(windows));
	change_put_text(text, windows);
}

static void put_sanitize(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_path *path = side->object;

	(void)offset;
	if (path->sanitize != SANITIZE_NONE)
		change_put_text(text, sanitize_name(path->sanitize));
}

static void put_breakout(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_path *path = side->object;

	(void)offset;
	if (path->local_breakout)
		change_put_text(text, "true");
}

static void put_specified(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_path *path = side->object;
	const struct policy_specified *specified = &path->specified;

	(void)offset;
	if (!specified->given)
		return;
	if (specified->attested_by && specified->attested_by[0] != '\0')
		change_put(text, "attested by %s on %s", specified->attested_by,
			specified->attested_on ? specified->attested_on : "");
	if (specified->public_body) {
		change_put_comma(text);
		change_put_text(text, "public body");
	}
	if (specified->public_body && specified->via < side->policy->zone_count)
		change_put(text, " via %s", side->policy->zones[specified->via].name);
}

#define PATH(member) offsetof(struct policy_path, member)

static const struct change_key path_keys[] = {
	{ "direction", put_direction, 0, NULL, CHANGE_OPENS, CHANGE_CLOSES, 0, 0 },
	{ "from", put_end, PATH(from), relate_ends, CHANGE_OPENS, CHANGE_CLOSES, 0, 0 },
	{ "to", put_end, PATH(to), relate_ends, CHANGE_OPENS, CHANGE_CLOSES, 0, 0 },
	{ "service", put_services, 0, relate_services, CHANGE_OPENS, CHANGE_CLOSES, 0, 0 },
	{ "windows", put_windows, 0, relate_windows, CHANGE_OPENS, CHANGE_CLOSES, 0, 0 },
	{ "data", put_data, 0, change_relate_not, 0, 0, 0, 0 },
	{ "sanitize", put_sanitize, 0, change_relate_not, 0, 0, 0, 0 },
	{ "local_breakout", put_breakout, 0, change_relate_not, 0, 0, 0, 0 },
	{ "specified", put_specified, 0, change_relate_not, 0, 0, 0, 0 },
	{ "reason", change_put_string, PATH(reason), change_relate_not, 0, 0, 0, 0 },
	{ 0 },
};

const struct change_kind change_paths[] = {
	{ CHANGE_SERVICE, count_services, service_at, name_service, service_keys, 0, 0 },
	{ CHANGE_PATH, count_paths, path_at, name_path, path_keys, CHANGE_OPENS, CHANGE_CLOSES },
	{ 0 },
};
