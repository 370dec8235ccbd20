/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting the rows of a part without reading their lines. What only depends on the kind is known
 * from the sums of kinds; else each row adds to a cell, which is an array's element: one for each
 * address of the part's table, each kind, or each port of each protocol.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "logindex_impl.h"

#define NUMBERS	      65536
#define PORTS	      (NUMBERS + 1) /* with one for: none */
#define PROTOCOLS_MAX 8		    /* that have cells; others are rare, and counted one by one */

/* Rows and packets of a cell, in one number: a part has no more than 16 bits of rows, so no more
 * than 48 of packets. */
typedef uint64_t cell;
#define CELL_ROW LOGCOUNT_SUM_RECORD

static inline uint32_t cell_rows(cell value)
{
	return (uint32_t)(value >> 48);
}

static inline uint64_t cell_packets(cell value)
{
	return value & (CELL_ROW - 1);
}

struct tally {
	cell *cells;	   /* owned; all zero between two calls */
	uint32_t *touched; /* owned; cells that are not */
	size_t cell_count, touched_count;
	const char *protocols[PROTOCOLS_MAX];
	/* Of each kind, for ports: where the cells of its protocol begin, or NO_CELLS; and what
	 * its rows have instead of a port, when they have none. */
	uint32_t begin[NUMBERS];
	bool portless[NUMBERS];
};
#define NO_CELLS UINT32_MAX

void logindex_tally_free(struct tally *tally)
{
	if (!tally)
		return;
	free(tally->cells);
	free(tally->touched);
	free(tally);
}

static int get_tally(struct logindex *index, enum logcount_by by)
{
	size_t cells = by == LOGCOUNT_PORT ? (size_t)PROTOCOLS_MAX * PORTS : NUMBERS + 1;
	struct tally *tally = index->tally;

	if (!tally)
		tally = index->tally = calloc(1, sizeof(*tally));
	if (!tally)
		return -ENOMEM;
	if (tally->cell_count >= cells)
		return 0;
	free(tally->cells);
	free(tally->touched);
	tally->cell_count = 0;
	tally->cells = calloc(cells, sizeof(*tally->cells));
	tally->touched = calloc(cells, sizeof(*tally->touched));
	if (!tally->cells || !tally->touched)
		return -ENOMEM;
	tally->cell_count = cells;
	return 0;
}

static inline void touch(struct tally *tally, uint32_t number, uint32_t packets)
{
	cell before = tally->cells[number];

	if (before == 0)
		tally->touched[tally->touched_count++] = number;
	tally->cells[number] = before + CELL_ROW + packets;
}

/* What is known of kinds -----------------------------------------------------------------------
 */

static bool is_loss(const struct matches *matches, uint32_t kind)
{
	return kind >= LOGINDEX_KINDS_FIXED && matches->verdicts[kind] == ROW_ALWAYS;
}

static const char *protocol(const struct log_record *record)
{
	return record->transport ? record->transport : record->protocol_number;
}

static void kind_key(
	enum logcount_by by, const struct log_record *record, struct logcount_key *ret_key)
{
	ret_key->length = 0;
	if (by == LOGCOUNT_PAIR)
		logcount_key_text(ret_key, record->zone_source, record->zone_destination);
	else if (by == LOGCOUNT_REASON)
		logcount_key_text(ret_key, record->reason, NULL);
}

static int add_kind(struct logcount *count, const struct matches *matches, uint32_t kind,
	uint64_t rows, uint64_t packets)
{
	struct logcount_key key;

	if (rows == 0 || kind < LOGINDEX_KINDS_FIXED)
		return 0;
	if (is_loss(matches, kind)) {
		logcount_add_losses(count, rows, packets);
		return 0;
	}
	kind_key(logcount_of(count), &matches->kinds[kind].record, &key);
	return logcount_add_many(count, &key, rows, packets);
}

/* Every row of a kind is like every other. */
static int count_sums(
	struct logindex *index, size_t part, const struct matches *matches, struct logcount *count)
{
	const struct kind_sum *sums;
	int r;

	sums = logindex_section(index, part, SECTION_SUMS, &r);
	if (!sums)
		return r;
	for (uint32_t i = 0; i < index->parts[part].kinds && r == 0; i++)
		if (matches->verdicts[i] != 0)
			r = add_kind(count, matches, i, sums[i].rows, sums[i].packets);
	return r;
}

/* Rows -----------------------------------------------------------------------------------------
 */

/* The columns that rows are counted by. */
struct columns {
	const uint16_t *kind, *by; /* by: NULL for what only the kind decides */
	const uint32_t *packets;
	size_t rows;
};

static int load_columns(
	struct logindex *index, size_t part, enum logcount_by by, struct columns *ret_columns)
{
	static const enum section sections[LOGCOUNT_BY_COUNT + 1] = {
		[LOGCOUNT_SOURCE] = SECTION_SOURCE,
		[LOGCOUNT_DESTINATION] = SECTION_DESTINATION,
		[LOGCOUNT_PORT] = SECTION_DPORT,
	};
	static const enum section tables[LOGCOUNT_BY_COUNT + 1] = {
		[LOGCOUNT_SOURCE] = SECTION_SOURCES,
		[LOGCOUNT_DESTINATION] = SECTION_DESTINATIONS,
	};
	int r = 0;

	*ret_columns = (struct columns){ .rows = index->parts[part].rows };
	ret_columns->kind = logindex_section(index, part, SECTION_KIND, &r);
	if (!ret_columns->kind)
		return r;
	ret_columns->packets = logindex_section(index, part, SECTION_PACKETS, &r);
	if (!ret_columns->packets)
		return r;
	if (sections[by] != SECTION_OFFSETS)
		ret_columns->by = logindex_section(index, part, sections[by], &r);
	if (r == 0 && tables[by] != SECTION_OFFSETS)
		(void)logindex_section(index, part, tables[by], &r); /* for the keys, later */
	return r;
}

static uint8_t bits_of(const struct matches *matches, const struct columns *columns, size_t row)
{
	return matches->rows ? matches->rows[row] : matches->verdicts[columns->kind[row]];
}

/* Rows by their kind: only those with a kind that is counted. */
static void tally_kinds(
	struct tally *tally, const struct matches *matches, const struct columns *columns)
{
	for (size_t i = 0; i < columns->rows; i++)
		if (bits_of(matches, columns, i) != 0)
			touch(tally, columns->kind[i], columns->packets[i]);
}

static const struct address_table *table_of(
	const struct logindex *index, size_t part, enum logcount_by by)
{
	return by == LOGCOUNT_SOURCE ? &index->parts[part].sources
				     : &index->parts[part].destinations;
}

/* Flows and events by their address; those whose number the table of them does not have are of
 * none: the cell behind all others. Losses go to the count at once. Of ten million rows each goes
 * through here. */
static void tally_addresses(struct tally *tally, const struct matches *matches,
	const struct columns *columns, uint32_t none, struct logcount *count)
{
	const uint8_t *rows = matches->rows, *verdicts = matches->verdicts;
	const uint16_t *kind = columns->kind, *by = columns->by;
	const uint32_t *packets = columns->packets;
	const size_t row_count = columns->rows;
	cell *cells = tally->cells;

	for (size_t i = 0; i < row_count; i++) {
		uint8_t bits = rows ? rows[i] : verdicts[kind[i]];

		if (bits & ROW_FIELDS)
			cells[by[i] < none ? by[i] : none] += CELL_ROW + packets[i];
		else if (bits && kind[i] >= LOGINDEX_KINDS_FIXED)
			logcount_add_losses(count, 1, packets[i]);
	}
}

static int flush_kinds(
	struct tally *tally, const struct matches *matches, uint32_t kinds, struct logcount *count)
{
	int r = 0;

	for (size_t i = 0; i < tally->touched_count; i++) {
		uint32_t kind = tally->touched[i];

		if (r == 0 && kind < kinds)
			r = add_kind(count, matches, kind, cell_rows(tally->cells[kind]),
				cell_packets(tally->cells[kind]));
		tally->cells[kind] = 0;
	}
	tally->touched_count = 0;
	return r;
}

static int flush_addresses(struct logindex *index, const struct address_table *table,
	const uint8_t *bytes, struct logcount *count)
{
	const struct logcount_key no_address = { .length = 0 };
	const uint32_t none = table->v4 + table->v6;
	cell *cells = index->tally->cells;
	int r;

	logcount_begin_batch(count);
	r = logcount_add_addresses(count, ADDR_IPV4, bytes, cells, table->v4);
	if (r == 0)
		r = logcount_add_addresses(count, ADDR_IPV6, bytes + (size_t)table->v4 * 4,
			cells + table->v4, table->v6);
	if (r == 0 && cells[none])
		r = logcount_add_many(
			count, &no_address, cell_rows(cells[none]), cell_packets(cells[none]));
	memset(cells, 0, ((size_t)none + 1) * sizeof(*cells));
	return r;
}

static int count_addresses(struct logindex *index, size_t part, const struct matches *matches,
	const struct columns *columns, struct logcount *count)
{
	enum logcount_by by = logcount_of(count);
	const struct address_table *table = table_of(index, part, by);
	enum section section = by == LOGCOUNT_SOURCE ? SECTION_SOURCES : SECTION_DESTINATIONS;

	tally_addresses(index->tally, matches, columns, table->v4 + table->v6, count);
	return flush_addresses(index, table, index->sections[section], count);
}

/* Ports ----------------------------------------------------------------------------------------
 */

/* Which protocol has each kind? Those of the first few have cells. */
static void find_protocols(struct tally *tally, const struct matches *matches, uint32_t kinds)
{
	uint32_t count = 0;

	for (uint32_t i = LOGINDEX_KINDS_FIXED; i < kinds; i++) {
		const char *name = protocol(&matches->kinds[i].record);
		uint32_t number = 0;

		name = name ? name : "";
		while (number < count && strcmp(tally->protocols[number], name) != 0)
			number++;
		tally->begin[i] = number < PROTOCOLS_MAX ? number * PORTS : NO_CELLS;
		tally->portless[i] = !matches->kinds[i].has_dport;
		if (number == count && count < PROTOCOLS_MAX)
			tally->protocols[count++] = name;
	}
}

static void port_key(const char *name, uint32_t port, struct logcount_key *ret_key)
{
	logcount_key_port(ret_key, name && name[0] ? name : NULL, port < NUMBERS ? (int)port : -1);
}

static int tally_ports(struct tally *tally, const struct matches *matches,
	const struct columns *columns, struct logcount *count)
{
	int r = 0;

	for (size_t i = 0; i < columns->rows && r == 0; i++) {
		uint8_t bits = bits_of(matches, columns, i);
		uint16_t kind = columns->kind[i];
		uint32_t port;

		if (bits == 0 || kind < LOGINDEX_KINDS_FIXED)
			continue;
		if (!(bits & ROW_FIELDS)) {
			logcount_add_losses(count, 1, columns->packets[i]);
			continue;
		}
		port = tally->portless[kind] ? NUMBERS : columns->by[i];
		if (tally->begin[kind] != NO_CELLS) {
			touch(tally, tally->begin[kind] + port, columns->packets[i]);
		} else {
			struct logcount_key key;

			port_key(protocol(&matches->kinds[kind].record), port, &key);
			r = logcount_add_many(count, &key, 1, columns->packets[i]);
		}
	}
	return r;
}

static int flush_ports(struct tally *tally, struct logcount *count)
{
	int r = 0;

	logcount_begin_batch(count);
	for (size_t i = 0; i < tally->touched_count; i++) {
		uint32_t number = tally->touched[i];
		cell *of = &tally->cells[number];
		struct logcount_key key;

		port_key(tally->protocols[number / PORTS], number % PORTS, &key);
		if (r == 0)
			r = logcount_add_batched(count, &key, cell_rows(*of), cell_packets(*of));
		*of = 0;
	}
	tally->touched_count = 0;
	return r;
}

/* Nothing fails from here on but memory. */
static int count_rows(struct logindex *index, size_t part, const struct matches *matches,
	const struct columns *columns, struct logcount *count)
{
	uint32_t kinds = index->parts[part].kinds;
	int r, flushed;

	if (logcount_of(count) == LOGCOUNT_PORT) {
		find_protocols(index->tally, matches, kinds);
		r = tally_ports(index->tally, matches, columns, count);
		flushed = flush_ports(index->tally, count);
		return r < 0 ? r : flushed;
	}
	if (!columns->by) {
		tally_kinds(index->tally, matches, columns);
		return flush_kinds(index->tally, matches, kinds, count);
	}
	return count_addresses(index, part, matches, columns, count);
}

/* Time -----------------------------------------------------------------------------------------
 */

/* All of the part lies in one span, and every row of a kind is like every other. */
static int count_span(struct logindex *index, size_t part, const struct matches *matches,
	size_t span, struct logcount *count)
{
	const struct kind_sum *sums;
	int r;

	sums = logindex_section(index, part, SECTION_SUMS, &r);
	if (!sums)
		return r;
	for (uint32_t i = LOGINDEX_KINDS_FIXED; i < index->parts[part].kinds; i++)
		if (matches->verdicts[i] != 0)
			logcount_add_to_span(
				count, span, is_loss(matches, i), sums[i].rows, sums[i].packets);
	return 0;
}

static int count_times(
	struct logindex *index, size_t part, const struct matches *matches, struct logcount *count)
{
	const struct part *of = &index->parts[part];
	size_t span = logcount_span_of(count, of->first);
	struct columns columns = { 0 };
	const int64_t *times;
	int r = 0;

	if (!matches->rows && of->first <= of->last && span != SIZE_MAX &&
		span == logcount_span_of(count, of->last))
		return count_span(index, part, matches, span, count);
	times = logindex_section(index, part, SECTION_TIMES, &r);
	if (!times)
		return r;
	r = load_columns(index, part, LOGCOUNT_TIME, &columns);
	if (r != 0)
		return r;
	for (size_t i = 0; i < columns.rows; i++) {
		uint8_t bits = bits_of(matches, &columns, i);

		if (bits != 0 && columns.kind[i] >= LOGINDEX_KINDS_FIXED)
			logcount_add_to_span(count, logcount_span_of(count, times[i]),
				(bits & ROW_FIELDS) == 0, 1, columns.packets[i]);
	}
	return 0;
}

int logindex_count(struct logindex *index, size_t part, const struct log_filter *filter,
	struct logcount *count, struct logindex_lines *ret_lines)
{
	enum logcount_by by = logcount_of(count);
	struct columns columns = { 0 };
	struct matches matches = { .none = true };
	bool by_kind = by == LOGCOUNT_ALL || by == LOGCOUNT_PAIR || by == LOGCOUNT_REASON;
	const struct kind_sum *sums;
	int r = logindex_match(index, part, filter, &matches);

	*ret_lines = (struct logindex_lines){ 0 };
	if (r < 0 || matches.none)
		return r;
	sums = logindex_section(index, part, SECTION_SUMS, &r);
	if (r == 0 && sums[LOGINDEX_READ].rows + sums[LOGINDEX_READ_TIMELESS].rows > 0)
		r = logindex_lines(index, part, &matches, true, ret_lines);
	if (r < 0)
		return r;
	if (by == LOGCOUNT_TIME)
		return count_times(index, part, &matches, count);
	if (by_kind && !matches.rows)
		return count_sums(index, part, &matches, count);
	r = get_tally(index, by);
	if (r == 0)
		r = load_columns(index, part, by, &columns);
	return r != 0 ? r : count_rows(index, part, &matches, &columns, count);
}
