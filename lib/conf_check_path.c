/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_check_path.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "conf_check_contained.h"
#include "i18n.h"

/* ---- one path ---- */

/* Both ends were resolved; the gateway itself is one of its own paths. */
static bool is_resolved(const struct policy_path *path)
{
	return (path->from.part_count > 0 || path->direction == PATH_OUTPUT) &&
	       (path->to.part_count > 0 || path->direction == PATH_INPUT);
}

/* Is a zone of kind management on this end? */
static const struct policy_zone *management_zone(
	const struct policy *policy, const struct policy_end *end)
{
	const struct policy_zone *zone;

	if (end->part_count == 0)
		return NULL;
	zone = &policy->zones[policy->segments[end->parts[0].segment].zone];
	return zone->kind == ZONE_MANAGEMENT ? zone : NULL;
}

static void check_management(
	const struct policy *policy, const struct policy_path *path, struct diag_list *diags)
{
	const struct policy_zone *zone = management_zone(policy, &path->from);

	if (path->direction != PATH_FORWARD)
		return;
	if (zone == NULL)
		zone = management_zone(policy, &path->to);
	if (zone != NULL)
		diag_add(diags, DIAG_ERROR, path->loc,
			_("what the gateway itself needs goes into gateway.input or "
			  "gateway.output"),
			_("path \"%s\": zone \"%s\" is of kind \"management\" and never forwards"),
			path->name, zone->name);
}

static bool same_addresses(const struct policy_part *a, const struct policy_part *b)
{
	for (int family = 0; family < ADDR_FAMILIES; family++)
		if (!addrset_same(&a->addresses[family], &b->addresses[family]))
			return false;
	return true;
}

static bool is_on_link(const struct policy *policy, const struct policy_part *part)
{
	const struct policy_segment *segment = &policy->segments[part->segment];

	for (int family = 0; family < ADDR_FAMILIES; family++)
		for (size_t i = 0; i < part->addresses[family].count; i++)
			if (!addrset_covers(
				    &segment->on_link[family], &part->addresses[family].ranges[i]))
				return false;
	return true;
}

static void check_itself(
	const struct policy *policy, const struct policy_path *path, struct diag_list *diags)
{
	const struct policy_part *from = path->from.parts, *to = path->to.parts;

	if (path->direction != PATH_FORWARD || path->from.part_count != 1 ||
		path->to.part_count != 1 || from->segment != to->segment)
		return;
	if (same_addresses(from, to))
		diag_add(diags, DIAG_ERROR, path->loc, NULL,
			_("path \"%s\": it leads from \"%s\" to the same addresses"), path->name,
			path->from.text);
	else if (is_on_link(policy, from) && is_on_link(policy, to))
		diag_add(diags, DIAG_WARNING, path->loc, _("remove the path"),
			_("path \"%s\": both ends are on segment \"%s\" itself, such packets do "
			  "not come by the gateway"),
			path->name, policy->segments[from->segment].full_name);
}

static void check_families(const struct path_content *content, struct diag_list *diags)
{
	const struct policy_path *path = content->path;

	if (!content->families[ADDR_IPV4] && !content->families[ADDR_IPV6])
		diag_add(diags, DIAG_ERROR, path->loc,
			_("give one end an address of the family of the other"),
			_("path \"%s\": one end has IPv4 addresses only, the other IPv6 only"),
			path->name);
	else if (content->span_count == 0 && !content->any && path->service_count > 0)
		diag_add(diags, DIAG_ERROR, path->loc,
			_("IPv4 has icmp, IPv6 has icmpv6; name both in the service"),
			_("path \"%s\": its service has nothing for the addresses of its ends "
			  "(%s)"),
			path->name, content->families[ADDR_IPV4] ? "IPv4" : "IPv6");
}

/* ---- all of them ---- */

static int examine(const struct policy *policy, const struct policy_path *path,
	struct path_content *content, struct diag_list *diags)
{
	int error = path_content_of(policy, path, content);

	if (error < 0)
		return error;
	check_management(policy, path, diags);
	check_itself(policy, path, diags);
	check_families(content, diags);
	return 0;
}

int conf_check_paths(const struct policy *policy, struct diag_list *diags)
{
	struct path_content *contents = calloc(policy->path_count + 1, sizeof(*contents));
	size_t count = 0;
	int error = 0;

	if (contents == NULL)
		return -ENOMEM;
	for (size_t i = 0; error == 0 && i < policy->path_count; i++)
		if (is_resolved(&policy->paths[i]) && policy->paths[i].service_count > 0)
			error = examine(policy, &policy->paths[i], &contents[count++], diags);
	if (error == 0)
		error = conf_check_repeated(contents, count, diags);
	if (error == 0)
		error = conf_check_contained(contents, count, diags);
	for (size_t i = 0; i < count; i++)
		path_content_clear(&contents[i]);
	free(contents);
	return error;
}

/* ---- a path that no file holds ---- */

/* Is what the path permits permitted at any time, by one of the others? That one, or NULL. */
static int find_wider(const struct policy *policy, const struct path_content *content,
	const struct policy_path **ret_path)
{
	int error = 0;

	*ret_path = NULL;
	for (size_t i = 0; error == 0 && *ret_path == NULL && i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];
		struct path_content other;

		if (policy_path_timed(path) || path->direction != content->path->direction)
			continue;
		error = path_content_of(policy, path, &other);
		if (error == 0 && (path_content_same(content, &other) ||
					  path_content_within(content, &other)))
			*ret_path = path;
		path_content_clear(&other);
	}
	return error;
}

static int check_needless(
	const struct policy *policy, const struct path_content *content, struct diag_list *diags)
{
	const struct policy_path *wider;
	int error = find_wider(policy, content, &wider);

	if (wider != NULL)
		diag_add(diags, DIAG_ERROR, content->path->loc, _("no exception is needed for it"),
			_("path \"%s\" is already permitted by path \"%s\" on line %u"),
			content->path->name, wider->name, wider->loc.line);
	return error;
}

int conf_check_other_path(
	const struct policy *policy, const struct policy_path *path, struct diag_list *diags)
{
	size_t errors = diag_list_count(diags, DIAG_ERROR);
	struct path_content content;
	int error = examine(policy, path, &content, diags);

	if (error == 0 && diag_list_count(diags, DIAG_ERROR) == errors)
		error = check_needless(policy, &content, diags);
	path_content_clear(&content);
	return error;
}
