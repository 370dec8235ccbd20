/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_check_content.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

/* ---- services ---- */

static int compare_spans(const void *left, const void *right)
{
	const struct service_span *a = left, *b = right;

	if (a->protocol != b->protocol)
		return a->protocol < b->protocol ? -1 : 1;
	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return (a->last > b->last) - (a->last < b->last);
}

/* ICMP is of one family only. */
static bool entry_applies(
	const struct path_content *content, const struct policy_service_entry *entry)
{
	if (entry->protocol == IPPROTO_ICMP)
		return content->families[ADDR_IPV4];
	if (entry->protocol == IPPROTO_ICMPV6)
		return content->families[ADDR_IPV6];
	return content->families[ADDR_IPV4] || content->families[ADDR_IPV6];
}

/* Sort, and join what touches. */
static void normalize(struct path_content *content)
{
	struct service_span *spans = content->spans;
	size_t count = 0;

	if (content->span_count > 0)
		qsort(spans, content->span_count, sizeof(*spans), compare_spans);
	for (size_t i = 0; i < content->span_count; i++) {
		struct service_span *last = count > 0 ? &spans[count - 1] : NULL;

		if (last == NULL || last->protocol != spans[i].protocol ||
			(unsigned int)last->last + 1 < spans[i].first)
			spans[count++] = spans[i];
		else if (spans[i].last > last->last)
			last->last = spans[i].last;
	}
	content->span_count = count;
}

static int collect_spans(const struct policy *policy, struct path_content *content)
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
					(struct service_span){ entry->protocol,
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

static void find_families(struct path_content *content)
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

/* ---- sameness ---- */

/* Names of hash tables are hashed so (strmap.c), here words of eight bytes. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
	hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ hash >> 29;
}

static uint64_t mix_address(uint64_t hash, const uint8_t *address)
{
	uint64_t words[2];

	memcpy(words, address, sizeof(words));
	return mix(mix(hash, words[0]), words[1]);
}

static uint64_t mix_end(
	uint64_t hash, const struct path_content *content, const struct policy_end *end)
{
	for (size_t i = 0; i < end->part_count; i++) {
		const struct policy_part *part = &end->parts[i];

		hash = mix(hash, part->segment);
		for (int family = 0; family < ADDR_FAMILIES; family++) {
			const struct addrset *set = &part->addresses[family];

			for (size_t j = 0; content->families[family] && j < set->count; j++)
				hash = mix_address(mix_address(hash, set->ranges[j].first),
					set->ranges[j].last);
		}
	}
	return hash;
}

static void set_hash(struct path_content *content)
{
	const struct policy_path *path = content->path;
	uint64_t hash = mix((uint64_t)path->direction << 1 | content->any, content->span_count);

	hash = mix_end(mix_end(hash, content, &path->from), content, &path->to);
	for (size_t i = 0; i < content->span_count; i++) {
		const struct service_span *span = &content->spans[i];

		hash = mix(hash,
			(uint64_t)span->protocol << 32 | (uint64_t)span->first << 16 | span->last);
	}
	content->hash = hash;
}

/* In the families that the paths have, which are the same. */
static bool same_part(const struct path_content *content, const struct policy_part *a,
	const struct policy_part *b)
{
	if (a->segment != b->segment)
		return false;
	for (int family = 0; family < ADDR_FAMILIES; family++) {
		const struct addrset *left = &a->addresses[family], *right = &b->addresses[family];

		if (content->families[family] && !addrset_same(left, right))
			return false;
	}
	return true;
}

static bool same_end(
	const struct path_content *content, const struct policy_end *a, const struct policy_end *b)
{
	bool same = a->part_count == b->part_count;

	for (size_t i = 0; same && i < a->part_count; i++)
		same = same_part(content, &a->parts[i], &b->parts[i]);
	return same;
}

static bool same_spans(const struct path_content *a, const struct path_content *b)
{
	bool same = a->span_count == b->span_count;

	for (size_t i = 0; same && i < a->span_count; i++)
		same = compare_spans(&a->spans[i], &b->spans[i]) == 0;
	return same;
}

bool path_content_same(const struct path_content *a, const struct path_content *b)
{
	return a->hash == b->hash && a->path->direction == b->path->direction && a->any == b->any &&
	       memcmp(a->families, b->families, sizeof(a->families)) == 0 && same_spans(a, b) &&
	       same_end(a, &a->path->from, &b->path->from) &&
	       same_end(a, &a->path->to, &b->path->to);
}

int path_content_of(const struct policy *policy, const struct policy_path *path,
	struct path_content *ret_content)
{
	int error;

	*ret_content = (struct path_content){ .path = path,
		.from_segments = segments_of(&path->from),
		.to_segments = segments_of(&path->to) };
	find_families(ret_content);
	error = collect_spans(policy, ret_content);
	if (error < 0)
		return error;
	set_hash(ret_content);
	return 0;
}

void path_content_clear(struct path_content *content)
{
	free(content->spans);
	content->spans = NULL;
}

/* ---- one against another ---- */

static bool spans_within(const struct path_content *inner, const struct path_content *outer)
{
	size_t j = 0;

	if (outer->any)
		return true;
	for (size_t i = 0; i < inner->span_count; i++) {
		const struct service_span *span = &inner->spans[i];

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

static bool part_within(const struct path_content *content, const struct policy_part *part,
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

static bool end_within(const struct path_content *content, const struct policy_end *inner,
	const struct policy_end *outer)
{
	for (size_t i = 0; i < inner->part_count; i++)
		if (!part_within(content, &inner->parts[i], outer))
			return false;
	return true;
}

bool path_content_within(const struct path_content *inner, const struct path_content *outer)
{
	const struct policy_path *a = inner->path, *b = outer->path;

	return a->direction == b->direction && !policy_path_timed(b) && !inner->any &&
	       spans_within(inner, outer) && end_within(inner, &a->from, &b->from) &&
	       end_within(inner, &a->to, &b->to) && !path_content_same(inner, outer);
}
