/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The whole policy: topology, what is defined and not used. The rest in conf_check_*.c. */
#include "conf_check.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "conf_check_host.h"
#include "conf_check_path.h"
#include "endpoint.h"
#include "errtext.h"
#include "i18n.h"
#include "strmap.h"
#include "zonetime.h"

static void check_limits(const struct policy *policy, struct diag_list *diags)
{
	if (policy->zone_count > POLICY_ZONES_MAX)
		diag_add(diags, DIAG_ERROR, policy->zones[POLICY_ZONES_MAX].loc, NULL,
			_("zone \"%s\": more than %d zones"), policy->zones[POLICY_ZONES_MAX].name,
			POLICY_ZONES_MAX);
	if (policy->segment_count > POLICY_SEGMENTS_MAX)
		diag_add(diags, DIAG_ERROR, policy->segments[POLICY_SEGMENTS_MAX].loc, NULL,
			_("segment \"%s\": more than %d segments"),
			policy->segments[POLICY_SEGMENTS_MAX].full_name, POLICY_SEGMENTS_MAX);
	for (size_t i = 0; i < policy->zone_count; i++)
		if (policy->zones[i].open_inside && policy->zones[i].segment_count == 1)
			diag_add(diags, DIAG_WARNING, policy->zones[i].loc, NULL,
				_("zone \"%s\": it has one segment, so inside = \"open\" opens "
				  "nothing"),
				policy->zones[i].name);
}

/* ---- interfaces ---- */

static int check_interfaces(const struct policy *policy, struct diag_list *diags)
{
	struct strmap interfaces = { 0 };
	int error = 0;

	for (size_t i = 0; error == 0 && i < policy->segment_count; i++) {
		const struct policy_segment *segment = &policy->segments[i];
		const struct policy_segment *other;
		size_t index;

		if (segment->interface[0] == '\0')
			continue;
		error = strmap_add(&interfaces, segment->interface, i);
		if (error != -EEXIST)
			continue;
		error = 0;
		strmap_find(&interfaces, segment->interface, &index);
		other = &policy->segments[index];
		diag_add(diags, DIAG_ERROR, segment->interface_loc,
			_("each segment has an interface of its own; a VLAN makes one"),
			_("segment \"%s\": interface \"%s\" is that of segment \"%s\" on line %u"),
			segment->full_name, segment->interface, other->full_name,
			other->interface_loc.line);
	}
	strmap_clear(&interfaces);
	return error;
}

/* ---- networks ---- */

/* A network of a segment, in the order of addresses. */
struct placed {
	const struct policy_prefix *prefix;
	const struct policy_segment *segment;
	struct addr_range range;
};

static int compare_placed(const void *left, const void *right)
{
	const struct placed *a = left, *b = right;
	enum addr_family family = a->prefix->prefix.addr.family;
	int order;

	if (family != b->prefix->prefix.addr.family)
		return family < b->prefix->prefix.addr.family ? -1 : 1;
	order = memcmp(a->range.first, b->range.first, sizeof(a->range.first));
	if (order == 0) /* the larger network first, it holds the other */
		order = memcmp(b->range.last, a->range.last, sizeof(a->range.last));
	if (order == 0) /* networks of a segment lie in the order of the file */
		order = a->prefix < b->prefix ? -1 : a->prefix > b->prefix;
	return order;
}

static bool holds(const struct placed *outer, const struct placed *inner)
{
	return outer->prefix->prefix.addr.family == inner->prefix->prefix.addr.family &&
	       memcmp(outer->range.first, inner->range.first, sizeof(inner->range.first)) <= 0 &&
	       memcmp(outer->range.last, inner->range.last, sizeof(inner->range.last)) >= 0;
}

static void report_overlap(
	const struct placed *outer, const struct placed *inner, struct diag_list *diags)
{
	/* Point to what stands later in the file, name what stands before. */
	bool inner_later = inner->prefix->loc.line >= outer->prefix->loc.line;
	const struct placed *here = inner_later ? inner : outer;
	const struct placed *there = inner_later ? outer : inner;
	char here_text[ADDR_TEXT_MAX], there_text[ADDR_TEXT_MAX];

	addr_prefix_format(&here->prefix->prefix, here_text);
	addr_prefix_format(&there->prefix->prefix, there_text);
	if (here->segment != there->segment)
		diag_add(diags, DIAG_ERROR, here->prefix->loc,
			_("an address belongs to one segment only"),
			_("segment \"%s\": %s overlaps %s of segment \"%s\" on line %u"),
			here->segment->full_name, here_text, there_text, there->segment->full_name,
			there->prefix->loc.line);
	else if (here->prefix->on_link == there->prefix->on_link)
		diag_add(diags, DIAG_WARNING, here->prefix->loc, _("remove one of them"),
			_("segment \"%s\": %s overlaps %s on line %u"), here->segment->full_name,
			here_text, there_text, there->prefix->loc.line);
}

/*
 * Two networks are apart or one holds the other. So in order of addresses, those that hold the
 * current one are a stack, and the innermost tells enough: what lies around it was compared with
 * it before.
 */
static void sweep(const struct placed *placed, size_t count, size_t *stack, struct diag_list *diags)
{
	size_t depth = 0;

	for (size_t i = 0; i < count; i++) {
		while (depth > 0 && !holds(&placed[stack[depth - 1]], &placed[i]))
			depth--;
		if (depth > 0)
			report_overlap(&placed[stack[depth - 1]], &placed[i], diags);
		stack[depth++] = i;
	}
}

static int check_networks(const struct policy *policy, struct diag_list *diags)
{
	struct placed *placed;
	size_t *stack;
	size_t count = 0, room = 1;

	for (size_t i = 0; i < policy->segment_count; i++)
		room += policy->segments[i].prefix_count;
	placed = calloc(room, sizeof(*placed));
	stack = calloc(room, sizeof(*stack));
	if (placed == NULL || stack == NULL) {
		free(placed);
		free(stack);
		return -ENOMEM;
	}
	for (size_t i = 0; i < policy->segment_count; i++) {
		const struct policy_segment *segment = &policy->segments[i];

		for (size_t j = 0; j < segment->prefix_count; j++)
			if (segment->prefixes[j].prefix.length > 0)
				placed[count++] = (struct placed){ &segment->prefixes[j], segment,
					addr_prefix_range(&segment->prefixes[j].prefix) };
	}
	qsort(placed, count, sizeof(*placed), compare_placed);
	sweep(placed, count, stack, diags);
	free(placed);
	free(stack);
	return 0;
}

static const struct policy_prefix *find_rest(
	const struct policy_segment *segment, enum addr_family family)
{
	for (size_t i = 0; i < segment->prefix_count; i++)
		if (segment->prefixes[i].prefix.length == 0 &&
			segment->prefixes[i].prefix.addr.family == family)
			return &segment->prefixes[i];
	return NULL;
}

/* "Everything else" can be behind one segment of each family. */
static void check_rest(const struct policy *policy, struct diag_list *diags)
{
	for (int family = 0; family < ADDR_FAMILIES; family++) {
		const struct policy_segment *owner = NULL;
		const struct policy_prefix *first = NULL;

		for (size_t i = 0; i < policy->segment_count; i++) {
			const struct policy_segment *segment = &policy->segments[i];
			const struct policy_prefix *rest =
				find_rest(segment, (enum addr_family)family);

			if (rest != NULL && owner != NULL)
				diag_add(diags, DIAG_ERROR, rest->loc, NULL,
					_("segment \"%s\": \"%s\" is behind segment \"%s\" "
					  "already, "
					  "line %u"),
					segment->full_name,
					family == ADDR_IPV4 ? "0.0.0.0/0" : "::/0",
					owner->full_name, first->loc.line);
			if (rest != NULL && owner == NULL) {
				owner = segment;
				first = rest;
			}
		}
	}
}

/* ---- what is defined and not used ---- */

/* Addresses are no names. */
static int collect_end(const struct policy_end *end, size_t index, struct strmap *ends)
{
	if (endpoint_is_literal(end->text))
		return 0;
	return strmap_add(ends, end->text, index) == -ENOMEM ? -ENOMEM : 0;
}

/* Ends of paths by their text: a host or network that no end names is not used. */
static int collect_ends(const struct policy *policy, struct strmap *ends)
{
	if (strmap_reserve(ends, policy->host_count) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];

		if (collect_end(&path->from, i, ends) < 0 || collect_end(&path->to, i, ends) < 0)
			return -ENOMEM;
	}
	/* What is asserted of a host is a use of it: that it reaches nothing, perhaps. */
	for (size_t i = 0; i < policy->assertion_count; i++) {
		const struct policy_assertion *assertion = &policy->assertions[i];

		if (collect_end(&assertion->from, i, ends) < 0 ||
			collect_end(&assertion->to, i, ends) < 0)
			return -ENOMEM;
	}
	return 0;
}

static int warn_unused_names(const struct policy *policy, struct diag_list *diags)
{
	struct strmap ends = { 0 };
	int error = collect_ends(policy, &ends);
	size_t index;

	for (size_t i = 0; error == 0 && i < policy->host_count; i++) {
		const struct policy_host *host = &policy->hosts[i];

		/* A MAC binds the address whether or not a path names it. */
		if (!host->has_mac && !strmap_find(&ends, host->name, &index))
			diag_add(diags, DIAG_WARNING, host->loc, NULL,
				_("host \"%s\" is not used by any path"), host->name);
	}
	for (size_t i = 0; error == 0 && i < policy->network_count; i++)
		if (!strmap_find(&ends, policy->networks[i].name, &index))
			diag_add(diags, DIAG_WARNING, policy->networks[i].loc, NULL,
				_("network \"%s\" is not used by any path"),
				policy->networks[i].name);
	for (size_t i = 0; error == 0 && i < policy->breakout_count; i++)
		if (!strmap_find(&ends, policy->breakouts[i].name, &index))
			diag_add(diags, DIAG_WARNING, policy->breakouts[i].loc, NULL,
				_("local_breakout \"%s\" is not used by any path"),
				policy->breakouts[i].name);
	strmap_clear(&ends);
	return error;
}

static int warn_unused_services(const struct policy *policy, struct diag_list *diags)
{
	bool *used = calloc(policy->service_count + 1, sizeof(*used));

	if (used == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < policy->path_count; i++)
		for (size_t j = 0; j < policy->paths[i].service_count; j++)
			used[policy->paths[i].services[j]] = true;
	for (size_t i = 0; i < policy->assertion_count; i++)
		for (size_t j = 0; j < policy->assertions[i].service_count; j++)
			used[policy->assertions[i].services[j]] = true;
	for (size_t i = 0; i < policy->service_count; i++)
		if (!used[i])
			diag_add(diags, DIAG_WARNING, policy->services[i].loc, NULL,
				_("service \"%s\" is not used by any path"),
				policy->services[i].name);
	free(used);
	return 0;
}

#define SSH_PORT 22

static bool holds_ssh(const struct policy_service *service)
{
	for (size_t i = 0; i < service->entry_count; i++) {
		const struct policy_service_entry *entry = &service->entries[i];

		if (entry->protocol == IPPROTO_TCP &&
			(entry->whole ||
				(entry->ports.first <= SSH_PORT && entry->ports.last >= SSH_PORT)))
			return true;
	}
	return false;
}

/* Which of the addresses is the administrator's cannot be known here; that there is none can. */
static void warn_no_access(const struct policy *policy, struct diag_list *diags)
{
	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];

		for (size_t j = 0; path->direction == PATH_INPUT && j < path->service_count; j++)
			if (holds_ssh(&policy->services[path->services[j]]))
				return;
	}
	diag_add(diags, DIAG_WARNING, (struct diag_loc){ .file = policy->file },
		_("add to gateway.input a path from the administrator's host with tcp 22"),
		_("gateway.input permits no ssh (tcp 22): the gateway could be reached at its "
		  "console "
		  "only"));
}

static int check_uses(const struct policy *policy, struct diag_list *diags)
{
	int error = warn_unused_names(policy, diags);

	if (error == 0)
		error = warn_unused_services(policy, diags);
	if (error == 0)
		warn_no_access(policy, diags);
	return error;
}

/* Until the entry is removed it permits what no path does. */
static void warn_observed(const struct policy *policy, struct diag_list *diags)
{
	for (size_t i = 0; i < policy->observe_count; i++)
		diag_add(diags, DIAG_WARNING, policy->observes[i].loc,
			_("name the paths that the records show to be needed, then remove the "
			  "entry"),
			_("zone \"%s\" to zone \"%s\" is only observed: what no path permits "
			  "passes, and is recorded"),
			policy->zones[policy->observes[i].from].name,
			policy->zones[policy->observes[i].to].name);
}

/* Without the rules of the zone nobody can tell when a window begins. */
static int check_time_zone(const struct policy *policy, struct diag_list *diags)
{
	const struct policy_path *path = NULL;
	struct zonetime *zone;
	int error;

	for (size_t i = 0; i < policy->path_count && path == NULL; i++)
		if (policy->paths[i].window_count > 0)
			path = &policy->paths[i];
	error = path != NULL ? zonetime_load(policy->time_zone, &zone) : -ENODATA;
	if (error == 0)
		zonetime_free(zone);
	else if (path != NULL && error != -ENOMEM)
		diag_add(diags, DIAG_ERROR, path->windows[0].loc, _("install the package tzdata"),
			_("path \"%s\": its windows need the rules of time zone \"%s\", which "
			  "cannot be read: %s"),
			path->name, policy->time_zone, errtext(error));
	return error == -ENOMEM ? error : 0;
}

int conf_check(const struct policy *policy, struct diag_list *diags)
{
	int error;

	check_limits(policy, diags);
	check_rest(policy, diags);
	warn_observed(policy, diags);
	error = check_interfaces(policy, diags);
	if (error == 0)
		error = check_networks(policy, diags);
	if (error == 0)
		error = conf_check_hosts(policy, diags);
	if (error == 0)
		error = conf_check_paths(policy, diags);
	if (error == 0)
		error = check_time_zone(policy, diags);
	/* What an error left out of the policy would be called unused. */
	if (error == 0 && diag_list_count(diags, DIAG_ERROR) == 0)
		error = check_uses(policy, diags);
	if (error == 0 && diag_list_count(diags, DIAG_ERROR) > 0)
		error = -EINVAL;
	return error;
}
