/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_check_path.h"

#include <errno.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"

/* Each path is compared with each other one, each range of its ends with those of the other's. */
#define CONTAINED_PATHS_MAX  2000
#define CONTAINED_RANGES_MAX 50000
#define DIGEST_LENGTH	     16

/* Values of one protocol, ports or ICMP types and codes. */
struct span {
	uint8_t protocol;
	uint16_t first, last;
};

/* What a path permits, independent of how it was written down. */
struct content {
	const struct policy_path *path;
	bool families[ADDR_FAMILIES]; /* in which both ends have addresses */
	bool any;		      /* every protocol */
	struct span *spans;	      /* owned; sorted, apart */
	size_t span_count;
	uint64_t from_segments, to_segments; /* bit segment % 64 */
	uint8_t digest[DIGEST_LENGTH];
};

/* ---- services ---- */

static int compare_spans(const void *left, const void *right)
{
	const struct span *a = left, *b = right;

	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->last > b->last) - (a->last < b->last);
}

/* ICMP is of one family only. */
static bool entry_applies(const struct content *content, const struct policy_service_entry *entry)
{
	if (entry->protocol == IPPROTO_ICMP)
		return content->families[ADDR_IPV4];
	if (entry->protocol == IPPROTO_ICMPV6)
		return content->families[ADDR_IPV6];
	return content->families[ADDR_IPV4] || content->families[ADDR_IPV6];
}

/* Sort, and join what touches. */
static void normalize(struct content *content)
{
	struct span *spans = content->spans;
	size_t count = 0;

	if (content->span_count > 0)
		qsort(spans, content->span_count, sizeof(*spans), compare_spans);
	for (size_t i = 0; i < content->span_count; i++) {
		struct span *last = count > 0 ? &spans[count - 1] : NULL;

		if (last == NULL || last->protocol != spans[i].protocol ||
			(unsigned int)last->last + 1 < spans[i].first)
			spans[count++] = spans[i];
		else if (spans[i].last > last->last)
			last->last = spans[i].last;
	}
	content->span_count = count;
}

static int collect_spans(const struct policy *policy, struct content *content)
{
	const struct policy_path *path = content->path;
	size_t room = 1;

	for (size_t i = 0; i < path->service_count; i++)
		room += policy->services[path->services[i]].entry_count;
	content->spans = calloc(room, sizeof(*content->spans));
	if (content->spans == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < path->service_count; i++) {
		const struct policy_service *service = &policy->services[path->services[i]];

		content->any = content->any || service->any;
		for (size_t j = 0; j < service->entry_count; j++) {
			const struct policy_service_entry *entry = &service->entries[j];

			if (entry_applies(content, entry))
				content->spans[content->span_count++] =
					(struct span){ entry->protocol,
						entry->whole ? 0 : entry->ports.first,
						entry->whole ? UINT16_MAX : entry->ports.last };
		}
	}
	normalize(content);
	return 0;
}

/* ---- ends ---- */

static bool end_has_family(const struct policy_end *end, int family)
{
	for (size_t i = 0; i < end->part_count; i++)
		if (end->parts[i].addresses[family].count > 0)
			return true;
	return false;
}

/* Both ends were resolved; the gateway itself is one of its own paths. */
static bool is_resolved(const struct policy_path *path)
{
	return (path->from.part_count > 0 || path->direction == PATH_OUTPUT) &&
	       (path->to.part_count > 0 || path->direction == PATH_INPUT);
}

static void find_families(struct content *content)
{
	const struct policy_path *path = content->path;

	for (int family = 0; family < ADDR_FAMILIES; family++)
		content->families[family] =
			(path->direction == PATH_OUTPUT || end_has_family(&path->from, family)) &&
			(path->direction == PATH_INPUT || end_has_family(&path->to, family));
}

static uint64_t segments_of(const struct policy_end *end)
{
	uint64_t segments = 0;

	for (size_t i = 0; i < end->part_count; i++)
		segments |= UINT64_C(1) << end->parts[i].segment % 64;
	return segments;
}

static void digest_end(crypto_generichash_state *state, const struct content *content,
	const struct policy_end *end)
{
	uint64_t count = end->part_count;

	crypto_generichash_update(state, (const unsigned char *)&count, sizeof(count));
	for (size_t i = 0; i < end->part_count; i++) {
		const struct policy_part *part = &end->parts[i];
		uint64_t head[1 + ADDR_FAMILIES] = { part->segment };

		for (int family = 0; family < ADDR_FAMILIES; family++)
			if (content->families[family])
				head[1 + family] = part->addresses[family].count;
		crypto_generichash_update(state, (const unsigned char *)head, sizeof(head));
		for (int family = 0; family < ADDR_FAMILIES; family++)
			if (head[1 + family] > 0)
				crypto_generichash_update(state,
					(const unsigned char *)part->addresses[family].ranges,
					head[1 + family] * sizeof(struct addr_range));
	}
}

static void set_digest(struct content *content)
{
	uint8_t head[2] = { (uint8_t)content->path->direction, content->any };
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, DIGEST_LENGTH);
	crypto_generichash_update(&state, head, sizeof(head));
	digest_end(&state, content, &content->path->from);
	digest_end(&state, content, &content->path->to);
	for (size_t i = 0; i < content->span_count; i++) {
		const struct span *span = &content->spans[i];
		uint16_t words[] = { span->protocol, span->first, span->last };

		crypto_generichash_update(&state, (const unsigned char *)words, sizeof(words));
	}
	crypto_generichash_final(&state, content->digest, DIGEST_LENGTH);
}

/* ---- one path ---- */

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
	for (int family = 0; family < ADDR_FAMILIES; family++) {
		const struct addrset *left = &a->addresses[family], *right = &b->addresses[family];

		if (left->count != right->count ||
			(left->count > 0 && memcmp(left->ranges, right->ranges,
						    left->count * sizeof(*left->ranges)) != 0))
			return false;
	}
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

static void check_families(const struct content *content, struct diag_list *diags)
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

/* ---- paths against each other ---- */

/* Paths in the order of their digests; of equal ones, that of the file. */
struct rank {
	const struct content *content;
};

static int compare_ranks(const void *left, const void *right)
{
	const struct content *a = ((const struct rank *)left)->content;
	const struct content *b = ((const struct rank *)right)->content;
	int order = memcmp(a->digest, b->digest, DIGEST_LENGTH);

	return order != 0 ? order : (a->path > b->path) - (a->path < b->path);
}

static void report_repeated(const struct rank *ranks, size_t count, struct diag_list *diags)
{
	const struct content *first = NULL;

	for (size_t i = 0; i < count; i++) {
		const struct content *content = ranks[i].content;

		if (first == NULL || memcmp(first->digest, content->digest, DIGEST_LENGTH) != 0)
			first = content;
		else
			diag_add(diags, DIAG_ERROR, content->path->loc, _("remove one of them"),
				_("path \"%s\": it permits exactly what path \"%s\" on line %u "
				  "permits"),
				content->path->name, first->path->name, first->path->loc.line);
	}
}

static int check_repeated(const struct content *contents, size_t count, struct diag_list *diags)
{
	struct rank *ranks = calloc(count + 1, sizeof(*ranks));

	if (ranks == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++)
		ranks[i].content = &contents[i];
	qsort(ranks, count, sizeof(*ranks), compare_ranks);
	report_repeated(ranks, count, diags);
	free(ranks);
	return 0;
}

static bool spans_within(const struct content *inner, const struct content *outer)
{
	size_t j = 0;

	if (outer->any)
		return true;
	for (size_t i = 0; i < inner->span_count; i++) {
		const struct span *span = &inner->spans[i];

		while (j < outer->span_count &&
			(outer->spans[j].protocol < span->protocol ||
				(outer->spans[j].protocol == span->protocol &&
					outer->spans[j].last < span->last)))
			j++;
		if (j == outer->span_count || outer->spans[j].protocol != span->protocol ||
			outer->spans[j].first > span->first)
			return false;
	}
	return true;
}

static bool part_within(const struct content *content, const struct policy_part *part,
	const struct policy_end *outer)
{
	for (size_t i = 0; i < outer->part_count; i++) {
		bool within = outer->parts[i].segment == part->segment;

		for (int family = 0; within && family < ADDR_FAMILIES; family++)
			for (size_t j = 0; within && content->families[family] &&
					   j < part->addresses[family].count;
				j++)
				within = addrset_covers(&outer->parts[i].addresses[family],
					&part->addresses[family].ranges[j]);
		if (within)
			return true;
	}
	return false;
}

static bool end_within(const struct content *content, const struct policy_end *inner,
	const struct policy_end *outer)
{
	for (size_t i = 0; i < inner->part_count; i++)
		if (!part_within(content, &inner->parts[i], outer))
			return false;
	return true;
}

/* Does all that the inner path permits pass by the outer one, at any time? */
static bool is_within(const struct content *inner, const struct content *outer)
{
	const struct policy_path *a = inner->path, *b = outer->path;

	return a->direction == b->direction && !policy_path_timed(b) && !inner->any &&
	       spans_within(inner, outer) && end_within(inner, &a->from, &b->from) &&
	       end_within(inner, &a->to, &b->to) &&
	       memcmp(inner->digest, outer->digest, DIGEST_LENGTH) != 0;
}

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
static bool is_wide(const struct content *content)
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
static bool are_many(const struct content *contents, size_t count)
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
	const struct content *content;
};

static struct extent extent_of(const struct content *content)
{
	struct extent extent = { content->from_segments, content->to_segments, 0, UINT32_MAX };

	if (!content->any && content->span_count > 0) {
		const struct span *first = &content->spans[0];
		const struct span *last = &content->spans[content->span_count - 1];

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
static void warn_one(const struct content *content, const struct wide *wide, size_t wide_count,
	struct diag_list *diags)
{
	struct extent extent = extent_of(content);

	for (size_t i = 0; i < wide_count; i++) {
		const struct content *other = wide[i].content;

		if (!may_be_within(&extent, &wide[i].extent) || other == content ||
			!is_within(content, other))
			continue;
		diag_add(diags, DIAG_WARNING, content->path->loc, NULL,
			_("path \"%s\" is already permitted by path \"%s\" on line %u"),
			content->path->name, other->path->name, other->path->loc.line);
		return;
	}
}

static int warn_contained(const struct content *contents, size_t count, struct diag_list *diags)
{
	struct wide *wide = calloc(count + 1, sizeof(*wide));
	size_t wide_count = 0;

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

/* ---- all of them ---- */

static int examine(const struct policy *policy, const struct policy_path *path,
	struct content *content, struct diag_list *diags)
{
	int error;

	*content = (struct content){ .path = path,
		.from_segments = segments_of(&path->from),
		.to_segments = segments_of(&path->to) };
	find_families(content);
	error = collect_spans(policy, content);
	if (error < 0)
		return error;
	set_digest(content);
	check_management(policy, path, diags);
	check_itself(policy, path, diags);
	check_families(content, diags);
	return 0;
}

int conf_check_paths(const struct policy *policy, struct diag_list *diags)
{
	struct content *contents = calloc(policy->path_count + 1, sizeof(*contents));
	size_t count = 0;
	int error = 0;

	if (contents == NULL)
		return -ENOMEM;
	for (size_t i = 0; error == 0 && i < policy->path_count; i++)
		if (is_resolved(&policy->paths[i]) && policy->paths[i].service_count > 0)
			error = examine(policy, &policy->paths[i], &contents[count++], diags);
	if (error == 0)
		error = check_repeated(contents, count, diags);
	if (error == 0 && !are_many(contents, count))
		error = warn_contained(contents, count, diags);
	for (size_t i = 0; i < count; i++)
		free(contents[i].spans);
	free(contents);
	return error;
}

/* ---- a path that no file holds ---- */

/* Is what the path permits permitted at any time, by one of the others? That one, or NULL. */
static int find_wider(const struct policy *policy, const struct content *content,
	struct diag_list *unheard, const struct policy_path **ret_path)
{
	int error = 0;

	*ret_path = NULL;
	for (size_t i = 0; error == 0 && *ret_path == NULL && i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];
		struct content other = { 0 };

		if (policy_path_timed(path) || path->direction != content->path->direction)
			continue;
		error = examine(policy, path, &other, unheard);
		if (error == 0 && (memcmp(content->digest, other.digest, DIGEST_LENGTH) == 0 ||
					  is_within(content, &other)))
			*ret_path = path;
		free(other.spans);
	}
	return error;
}

static int check_needless(
	const struct policy *policy, const struct content *content, struct diag_list *diags)
{
	const struct policy_path *wider = NULL;
	struct diag_list *unheard;
	int error = diag_list_new(&unheard);

	if (error < 0)
		return error;
	error = find_wider(policy, content, unheard, &wider);
	diag_list_free(unheard);
	if (wider != NULL)
		diag_add(diags, DIAG_ERROR, content->path->loc, NULL,
			_("path \"%s\" is already permitted by path \"%s\" on line %u"),
			content->path->name, wider->name, wider->loc.line);
	return error;
}

int conf_check_other_path(
	const struct policy *policy, const struct policy_path *path, struct diag_list *diags)
{
	size_t errors = diag_list_count(diags, DIAG_ERROR);
	struct content content = { 0 };
	int error = examine(policy, path, &content, diags);

	if (error == 0 && diag_list_count(diags, DIAG_ERROR) == errors)
		error = check_needless(policy, &content, diags);
	free(content.spans);
	return error;
}
