/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_check_content.h"

#include <errno.h>
#include <netinet/in.h>
#include <sodium.h>
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

static void digest_end(crypto_generichash_state *state, const struct path_content *content,
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

static void set_digest(struct path_content *content)
{
	uint8_t head[2] = { (uint8_t)content->path->direction, content->any };
	crypto_generichash_state state;

	crypto_generichash_init(&state, NULL, 0, PATH_DIGEST_LENGTH);
	crypto_generichash_update(&state, head, sizeof(head));
	digest_end(&state, content, &content->path->from);
	digest_end(&state, content, &content->path->to);
	for (size_t i = 0; i < content->span_count; i++) {
		const struct service_span *span = &content->spans[i];
		uint16_t words[] = { span->protocol, span->first, span->last };

		crypto_generichash_update(&state, (const unsigned char *)words, sizeof(words));
	}
	crypto_generichash_final(&state, content->digest, PATH_DIGEST_LENGTH);
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
	set_digest(ret_content);
	return 0;
}

void path_content_clear(struct path_content *content)
{
	free(content->spans);
	content->spans = NULL;
}

/* ---- one against another ---- */

bool path_content_same(const struct path_content *a, const struct path_content *b)
{
	return memcmp(a->digest, b->digest, PATH_DIGEST_LENGTH) == 0;
}

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
