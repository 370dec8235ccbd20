/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which rows of a part does a filter let through? First what its tables say: is any of its kinds
 * asked for, does the address occur at all? Only then columns are read, those that matter, each in
 * one loop (logindex_columns.c).
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "logindex_matcher.h"

/* A filter has got another member? Then rows have to be matched by it too: below, and in
 * tests/unit/test_logindex.c. */
_Static_assert(sizeof(struct log_filter) == 232, "struct log_filter has changed");

void logindex_matcher_free(struct matcher *matcher)
{
	if (!matcher)
		return;
	free(matcher->kinds);
	free(matcher);
}

/* Kinds ----------------------------------------------------------------------------------------
 */

static int make_room(struct matcher *matcher, size_t count)
{
	struct kind *kinds;

	if (count <= matcher->kinds_room)
		return 0;
	kinds = reallocarray(matcher->kinds, count, sizeof(*kinds));
	if (!kinds)
		return -ENOMEM;
	matcher->kinds = kinds;
	matcher->kinds_room = count;
	return 0;
}

static int read_kinds(struct logindex *index, size_t part, struct matcher *matcher)
{
	uint32_t count = index->parts[part].kinds, bytes = index->parts[part].kind_bytes;
	int r = make_room(matcher, count);
	const char *end;
	char *text;

	if (r < 0)
		return r;
	if (!logindex_section(index, part, SECTION_KINDS, &r))
		return r;
	text = index->sections[SECTION_KINDS];
	index->loaded[SECTION_KINDS] = false; /* it is changed here */
	end = text + bytes;
	memset(matcher->kinds, 0, LOGINDEX_KINDS_FIXED * sizeof(*matcher->kinds));
	for (uint32_t i = LOGINDEX_KINDS_FIXED; i < count; i++) {
		size_t length = text < end ? strlen(text) : 0;

		r = logindex_kind_read(text, length, &matcher->kinds[i]);
		if (r < 0)
			return r;
		text += length + 1;
	}
	matcher->kind_count = count;
	return 0;
}

static uint8_t verdict(const struct log_filter *filter, const struct log_record *record)
{
	if (!log_filter_match_action(filter, record))
		return 0;
	if (log_record_class(record) == LOG_CLASS_LOSS)
		return ROW_ALWAYS;
	return log_filter_match_kind(filter, record) ? ROW_FIELDS : 0;
}

static void judge_kinds(struct matcher *matcher, const struct log_filter *filter)
{
	memset(matcher->verdicts, 0, sizeof(matcher->verdicts));
	matcher->verdicts[LOGINDEX_READ] = ROW_ALWAYS;
	matcher->verdicts[LOGINDEX_READ_TIMELESS] = ROW_ALWAYS | ROW_TIMELESS;
	for (uint32_t i = LOGINDEX_KINDS_FIXED; i < matcher->kind_count; i++)
		matcher->verdicts[i] = verdict(filter, &matcher->kinds[i].record);
}

/* Of the kinds' verdicts, only these bits stay. */
static void keep_verdicts(struct matcher *matcher, uint8_t bits)
{
	for (uint32_t i = 0; i < matcher->kind_count; i++)
		matcher->verdicts[i] &= bits;
}

static bool any_verdict(const struct matcher *matcher, const struct kind_sum *sums)
{
	for (uint32_t i = 0; i < matcher->kind_count; i++)
		if (matcher->verdicts[i] != 0 && sums[i].rows > 0)
			return true;
	return false;
}

/* Tables ---------------------------------------------------------------------------------------
 */

/* How many of count sorted elements are below bytes, or with equal not above. */
static uint32_t below(
	const uint8_t *table, uint32_t count, size_t width, const uint8_t *bytes, bool equal)
{
	uint32_t low = 0, high = count;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = memcmp(table + (size_t)middle * width, bytes, width);

		if (order < 0 || (equal && order == 0))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int find_addresses(struct logindex *index, size_t part, enum section section,
	const struct log_address *asked, struct numbers *ret_numbers)
{
	const struct part *descriptor = &index->parts[part];
	const struct address_table *table =
		section == SECTION_SOURCES ? &descriptor->sources : &descriptor->destinations;
	bool v4 = asked->family == ADDR_IPV4;
	uint32_t count = v4 ? table->v4 : table->v6;
	size_t width = addr_length(asked->family);
	const uint8_t *bytes;
	int r;

	bytes = logindex_section(index, part, section, &r);
	if (!bytes)
		return r;
	bytes += v4 ? 0 : (size_t)table->v4 * 4;
	ret_numbers->first = below(bytes, count, width, asked->range.first, false);
	ret_numbers->count =
		below(bytes, count, width, asked->range.last, true) - ret_numbers->first;
	ret_numbers->first += v4 ? 0 : table->v4;
	return 0;
}

static int find_mac(
	struct logindex *index, size_t part, const char *asked, struct numbers *ret_numbers)
{
	uint32_t count = index->parts[part].macs;
	const uint8_t *bytes;
	uint8_t mac[MAC_LENGTH];
	int r;

	*ret_numbers = (struct numbers){ 0, 0 };
	if (mac_parse(asked, mac) < 0)
		return 0;
	bytes = logindex_section(index, part, SECTION_MACS, &r);
	if (!bytes)
		return r;
	ret_numbers->first = below(bytes, count, MAC_LENGTH, mac, false);
	ret_numbers->count = below(bytes, count, MAC_LENGTH, mac, true) - ret_numbers->first;
	return 0;
}

/* Paths ----------------------------------------------------------------------------------------
 */

/* Mark the addresses of a table that are in a set. */
static int mark_addresses(struct logindex *index, size_t part, enum section section,
	const struct addrset *set, uint8_t bit, uint8_t *ends)
{
	struct log_address range = { .set = true, .family = set->family };
	int r = 0;

	for (size_t i = 0; i < set->count && r == 0; i++) {
		struct numbers numbers = { 0, 0 };

		range.range = set->ranges[i];
		r = find_addresses(index, part, section, &range, &numbers);
		for (uint32_t j = 0; r == 0 && j < numbers.count; j++)
			ends[numbers.first + j] |= bit;
	}
	return r;
}

/* The gateway is a place, not an address. */
static void mark_kinds(struct matcher *matcher, const struct log_path *path, uint8_t gateway)
{
	memset(matcher->kind_source_ends, 0, sizeof(matcher->kind_source_ends));
	memset(matcher->kind_destination_ends, 0, sizeof(matcher->kind_destination_ends));
	for (uint32_t i = LOGINDEX_KINDS_FIXED; i < matcher->kind_count; i++) {
		const struct log_record *record = &matcher->kinds[i].record;

		if (record->zone_source && strcmp(record->zone_source, "gateway") == 0)
			matcher->kind_source_ends[i] |= gateway;
		if (record->zone_destination && strcmp(record->zone_destination, "gateway") == 0)
			matcher->kind_destination_ends[i] |= gateway;
		if (record->path && strcmp(record->path, path->name) == 0)
			matcher->kind_source_ends[i] |= NAMED;
	}
}

static int mark_path(struct logindex *index, size_t part, const struct log_path *path)
{
	struct matcher *matcher = index->matcher;
	uint8_t gateway = 0;
	int r = 0;

	memset(matcher->source_ends, 0, sizeof(matcher->source_ends));
	memset(matcher->destination_ends, 0, sizeof(matcher->destination_ends));
	for (int i = 0; i < 2; i++) {
		uint8_t bit = i == 0 ? END_FROM : END_TO;

		gateway |= path->ends[i].gateway ? bit : 0;
		for (int family = 0; family < ADDR_FAMILIES && r == 0; family++) {
			const struct addrset *set = &path->ends[i].addresses[family];

			r = mark_addresses(
				index, part, SECTION_SOURCES, set, bit, matcher->source_ends);
			if (r == 0)
				r = mark_addresses(index, part, SECTION_DESTINATIONS, set, bit,
					matcher->destination_ends);
		}
	}
	mark_kinds(matcher, path, gateway);
	return r;
}

/* Rows ------------------------------------------------------------------------------------------
 */

/* What a filter asks of rows, beside their kind. */
struct conditions {
	bool either, source, destination, port, mac, time, path;
	struct numbers eithers[2], sources, destinations, macs;
};

/* Look for what is asked for in the tables. When a field that is asked for has none of it, no row
 * can be let through by its fields. */
static int look_up(struct logindex *index, size_t part, const struct log_filter *filter,
	struct conditions *conditions, bool *ret_possible)
{
	int r = 0;

	if (conditions->either) {
		r = find_addresses(
			index, part, SECTION_SOURCES, &filter->either, &conditions->eithers[0]);
		if (r == 0)
			r = find_addresses(index, part, SECTION_DESTINATIONS, &filter->either,
				&conditions->eithers[1]);
	}
	if (r == 0 && conditions->source)
		r = find_addresses(
			index, part, SECTION_SOURCES, &filter->source, &conditions->sources);
	if (r == 0 && conditions->destination)
		r = find_addresses(index, part, SECTION_DESTINATIONS, &filter->destination,
			&conditions->destinations);
	if (r == 0 && filter->path)
		r = mark_path(index, part, filter->path);
	if (r == 0 && conditions->mac)
		r = find_mac(index, part, filter->mac, &conditions->macs);
	*ret_possible = (!conditions->either ||
				conditions->eithers[0].count + conditions->eithers[1].count > 0) &&
			(!conditions->source || conditions->sources.count > 0) &&
			(!conditions->destination || conditions->destinations.count > 0) &&
			(!conditions->mac || conditions->macs.count > 0);
	return r;
}

static int keep_ends(struct logindex *index, size_t part, const struct log_filter *filter,
	const struct conditions *conditions)
{
	struct matcher *matcher = index->matcher;
	size_t count = index->parts[part].rows;
	const uint16_t *columns[SECTION_COUNT] = { 0 };
	const bool needed[SECTION_COUNT] = {
		[SECTION_KIND] = conditions->port || conditions->path,
		[SECTION_SOURCE] = conditions->either || conditions->source || conditions->path,
		[SECTION_DESTINATION] =
			conditions->either || conditions->destination || conditions->path,
		[SECTION_SPORT] = conditions->port,
		[SECTION_DPORT] = conditions->port,
		[SECTION_MAC] = conditions->mac,
	};
	int r = 0;

	for (int i = 0; i < SECTION_COUNT; i++) {
		if (!needed[i])
			continue;
		columns[i] = logindex_section(index, part, (enum section)i, &r);
		if (!columns[i])
			return r;
	}
	if (conditions->either)
		logindex_keep_either(matcher->rows, columns[SECTION_SOURCE],
			columns[SECTION_DESTINATION], count, conditions->eithers);
	if (conditions->source)
		logindex_keep_numbers(
			matcher->rows, columns[SECTION_SOURCE], count, &conditions->sources);
	if (conditions->destination)
		logindex_keep_numbers(matcher->rows, columns[SECTION_DESTINATION], count,
			&conditions->destinations);
	if (conditions->port)
		logindex_keep_port(matcher, columns[SECTION_KIND], columns[SECTION_SPORT],
			columns[SECTION_DPORT], count, filter->port);
	if (conditions->mac)
		logindex_keep_numbers(
			matcher->rows, columns[SECTION_MAC], count, &conditions->macs);
	if (conditions->path)
		logindex_keep_path(matcher, columns[SECTION_KIND], columns[SECTION_SOURCE],
			columns[SECTION_DESTINATION], count);
	return 0;
}

/* All rows get their kind's verdict, and lose it where a condition does not hold. */
static int judge_rows(struct logindex *index, size_t part, const struct log_filter *filter,
	const struct conditions *conditions)
{
	struct matcher *matcher = index->matcher;
	size_t count = index->parts[part].rows;
	const uint16_t *kind;
	const int64_t *times;
	int r;

	kind = logindex_section(index, part, SECTION_KIND, &r);
	if (!kind)
		return r;
	for (size_t i = 0; i < count; i++)
		matcher->rows[i] = matcher->verdicts[kind[i]];
	r = keep_ends(index, part, filter, conditions);
	if (r < 0 || !conditions->time)
		return r;
	times = logindex_section(index, part, SECTION_TIMES, &r);
	if (!times)
		return r;
	logindex_keep_times(matcher->rows, times, count, filter);
	return 0;
}

static int get_matcher(struct logindex *index)
{
	if (!index->matcher)
		index->matcher = calloc(1, sizeof(*index->matcher));
	return index->matcher ? 0 : -ENOMEM;
}

/* Times that none of its lines has: only those without any are left. */
static bool out_of_time(const struct part *part, const struct log_filter *filter)
{
	return part->first > part->last || part->last < filter->since ||
	       part->first >= filter->until;
}

int logindex_match(struct logindex *index, size_t part, const struct log_filter *filter,
	struct matches *ret_matches)
{
	const struct part *descriptor = &index->parts[part];
	struct conditions conditions = {
		.either = filter->either.set,
		.source = filter->source.set,
		.destination = filter->destination.set,
		.port = filter->port_set,
		.mac = filter->mac != NULL,
		.path = filter->path != NULL,
		.time = descriptor->first < filter->since || descriptor->last >= filter->until,
	};
	const struct kind_sum *sums = NULL;
	bool possible = true;
	int r = get_matcher(index);

	if (r == 0)
		r = read_kinds(index, part, index->matcher);
	if (r == 0)
		sums = logindex_section(index, part, SECTION_SUMS, &r);
	if (!sums)
		return r;
	judge_kinds(index->matcher, filter);
	if (out_of_time(descriptor, filter))
		keep_verdicts(index->matcher, ROW_TIMELESS);
	if (any_verdict(index->matcher, sums))
		r = look_up(index, part, filter, &conditions, &possible);
	if (r < 0)
		return r;
	if (!possible)
		keep_verdicts(index->matcher, LOSE);
	*ret_matches = (struct matches){
		.verdicts = index->matcher->verdicts,
		.kinds = index->matcher->kinds,
		.none = !any_verdict(index->matcher, sums),
	};
	if (ret_matches->none ||
		!(conditions.either || conditions.source || conditions.destination ||
			conditions.port || conditions.mac || conditions.path || conditions.time))
		return 0;
	ret_matches->rows = index->matcher->rows;
	return judge_rows(index, part, filter, &conditions);
}

/* Places ----------------------------------------------------------------------------------------
 */

static bool names(const char *value, const char *place)
{
	return value && strcmp(value, place) == 0;
}

bool logindex_mentions(
	struct logindex *index, size_t part, const struct log_filter *filter, const char *place)
{
	const struct part *descriptor = &index->parts[part];

	if (out_of_time(descriptor, filter) || get_matcher(index) < 0 ||
		read_kinds(index, part, index->matcher) < 0)
		return false;
	for (uint32_t i = LOGINDEX_KINDS_FIXED; i < descriptor->kinds; i++) {
		const struct log_record *record = &index->matcher->kinds[i].record;

		if (names(record->zone_source, place) || names(record->zone_destination, place) ||
			names(record->segment_source, place) ||
			names(record->segment_destination, place))
			return true;
	}
	return false;
}
