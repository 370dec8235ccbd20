/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logindex_build.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "logtime.h"
#include "strmap.h"

#define BYTES_MAX (INT64_C(1) << 30) /* of the lines of a part: offsets have 32 bits */

/* A value of a table, before its number is known: sorted, the equal ones get the same number. */
struct value {
	uint8_t bytes[17]; /* of an address, behind its family */
	uint16_t row;
};

struct values {
	struct value *values; /* owned, LOGINDEX_ROWS of them */
	size_t count;
};

struct part_builder {
	int64_t begin, end;
	uint32_t rows;
	/* Columns. */
	uint32_t offsets[LOGINDEX_ROWS], packets[LOGINDEX_ROWS];
	int64_t times[LOGINDEX_ROWS];
	uint16_t kind[LOGINDEX_ROWS], sport[LOGINDEX_ROWS], dport[LOGINDEX_ROWS];
	struct values sources, destinations, macs;
	/* Kinds, by their text; the first two have none. */
	char *kinds[LOGINDEX_ROWS]; /* owned */
	struct kind_sum sums[LOGINDEX_ROWS];
	uint32_t kind_count;
	struct strmap kind_map;
};

int part_builder_new(struct part_builder **ret_builder)
{
	struct part_builder *builder = calloc(1, sizeof(*builder));

	if (!builder)
		return -ENOMEM;
	builder->sources.values = reallocarray(NULL, LOGINDEX_ROWS, sizeof(struct value));
	builder->destinations.values = reallocarray(NULL, LOGINDEX_ROWS, sizeof(struct value));
	builder->macs.values = reallocarray(NULL, LOGINDEX_ROWS, sizeof(struct value));
	if (!builder->sources.values || !builder->destinations.values || !builder->macs.values) {
		part_builder_free(builder);
		return -ENOMEM;
	}
	part_builder_begin(builder, 0);
	*ret_builder = builder;
	return 0;
}

void part_builder_begin(struct part_builder *builder, int64_t begin)
{
	strmap_clear(&builder->kind_map);
	for (uint32_t i = LOGINDEX_KINDS_FIXED; i < builder->kind_count; i++)
		free(builder->kinds[i]);
	builder->kind_count = LOGINDEX_KINDS_FIXED;
	memset(builder->sums, 0, LOGINDEX_KINDS_FIXED * sizeof(builder->sums[0]));
	builder->sources.count = builder->destinations.count = builder->macs.count = 0;
	builder->rows = 0;
	builder->begin = builder->end = begin;
}

void part_builder_free(struct part_builder *builder)
{
	if (!builder)
		return;
	part_builder_begin(builder, 0);
	free(builder->sources.values);
	free(builder->destinations.values);
	free(builder->macs.values);
	free(builder);
}

bool part_builder_full(const struct part_builder *builder)
{
	return builder->rows == LOGINDEX_ROWS || builder->end - builder->begin >= BYTES_MAX;
}

uint32_t part_builder_rows(const struct part_builder *builder)
{
	return builder->rows;
}

/* A line ------------------------------------------------------------------------------------- */

struct row {
	uint16_t kind, sport, dport;
	uint32_t packets;
};

/* A number as it is written, in its only form, up to max. Absent: 0. */
static bool take_number(const char *text, unsigned long max, unsigned long *ret_number)
{
	size_t digits = text ? strspn(text, "0123456789") : 0;

	*ret_number = 0;
	if (!text)
		return true;
	if (digits == 0 || digits > 10 || text[digits] != '\0' || (digits > 1 && text[0] == '0'))
		return false;
	*ret_number = strtoul(text, NULL, 10);
	return *ret_number <= max;
}

static bool take_packets(const struct log_record *record, uint32_t *ret_packets)
{
	unsigned long packets = 0;
	bool valid = true;

	switch (log_record_class(record)) {
	case LOG_CLASS_FLOW:
		valid = take_number(record->packets, UINT32_MAX, &packets);
		break;
	case LOG_CLASS_LOSS:
		valid = take_number(
			record->lost_packets ? record->lost_packets : record->counted_packets,
			UINT32_MAX, &packets);
		break;
	case LOG_CLASS_LEDGER:
	case LOG_CLASS_EVENT:
		break;
	}
	*ret_packets = (uint32_t)packets;
	return valid;
}

/* The number of the record's kind. 0; -E2BIG: it can have none; -ENOMEM. */
static int find_kind(
	struct part_builder *builder, const struct log_record *record, uint16_t *ret_kind)
{
	char text[LOGINDEX_KIND_MAX];
	size_t number;
	int r = logindex_kind_write(record, text);

	if (r < 0)
		return r;
	if (strmap_find(&builder->kind_map, text, &number)) {
		*ret_kind = (uint16_t)number;
		return 0;
	}
	number = builder->kind_count;
	if (number == LOGINDEX_ROWS)
		return -E2BIG;
	builder->kinds[number] = strdup(text);
	if (!builder->kinds[number])
		return -ENOMEM;
	builder->sums[number] = (struct kind_sum){ 0, 0 };
	builder->kind_count++;
	*ret_kind = (uint16_t)number;
	return strmap_add(&builder->kind_map, builder->kinds[number], number);
}

/* A record that columns can hold. 0; -E2BIG: they cannot; -ENOMEM. */
static int take_row(
	struct part_builder *builder, const struct log_record *record, struct row *ret_row)
{
	unsigned long sport, dport;

	if (!take_number(record->source_port, UINT16_MAX, &sport) ||
		!take_number(record->destination_port, UINT16_MAX, &dport) ||
		!take_packets(record, &ret_row->packets))
		return -E2BIG;
	ret_row->sport = (uint16_t)sport;
	ret_row->dport = (uint16_t)dport;
	return find_kind(builder, record, &ret_row->kind);
}

static void add_address(struct values *values, uint32_t row, const char *text)
{
	struct value *value = &values->values[values->count];
	struct addr addr;

	if (!text || addr_parse(text, &addr) < 0)
		return;
	*value = (struct value){ .row = (uint16_t)row };
	value->bytes[0] = (uint8_t)addr.family;
	memcpy(value->bytes + 1, addr.bytes, sizeof(addr.bytes));
	values->count++;
}

static void add_mac(struct values *values, uint32_t row, const char *text)
{
	struct value *value = &values->values[values->count];
	uint8_t mac[MAC_LENGTH];

	/* In the form in which the log has it; others match no filter. */
	if (!text || strchr(text, ':') || mac_parse(text, mac) < 0)
		return;
	*value = (struct value){ .row = (uint16_t)row };
	memcpy(value->bytes + 1, mac, MAC_LENGTH);
	values->count++;
}

static void put_row(struct part_builder *builder, const struct row *row, int64_t time)
{
	uint32_t at = builder->rows;

	builder->times[at] = time;
	builder->kind[at] = row->kind;
	builder->sport[at] = row->sport;
	builder->dport[at] = row->dport;
	builder->packets[at] = row->packets;
	builder->sums[row->kind].rows++;
	builder->sums[row->kind].packets += row->packets;
	builder->rows++;
}

/* A line that is to be read by whoever asks; early: its time, as it is seen without parsing. */
static void put_unread(struct part_builder *builder, const int64_t *early)
{
	const struct row row = { .kind = early ? LOGINDEX_READ : LOGINDEX_READ_TIMELESS };

	put_row(builder, &row, early ? *early : 0);
}

int part_builder_add(struct part_builder *builder, char *line, size_t length, int64_t offset)
{
	struct log_record record;
	struct row row = { 0 };
	int64_t early = 0;
	bool timed = log_record_time(line, length, &early) == 0;
	bool valid = log_record_parse(line, length, &record) == 0;
	int r = valid ? take_row(builder, &record, &row) : -E2BIG;

	if (r == -ENOMEM)
		return r;
	builder->offsets[builder->rows] = (uint32_t)(offset - builder->begin);
	builder->end = offset + (int64_t)length + 1;
	/* Two different times: whoever asks has to see for himself. */
	if (valid && (!timed || early != record.time)) {
		timed = false;
		r = -E2BIG;
	}
	if (r < 0) {
		put_unread(builder, timed ? &early : NULL);
		return 0;
	}
	add_address(&builder->sources, builder->rows, record.source_ip);
	add_address(&builder->destinations, builder->rows, record.destination_ip);
	add_mac(&builder->macs, builder->rows, record.source_mac);
	put_row(builder, &row, record.time);
	return 0;
}

/* Writing ------------------------------------------------------------------------------------ */

struct writer {
	FILE *out;
	uint64_t *position;
	struct part *part;
};

static int write_section(
	struct writer *writer, enum section section, const void *bytes, size_t length)
{
	static const char padding[8];
	size_t pad = logindex_padded(length) - length;

	if ((length > 0 && fwrite(bytes, 1, length, writer->out) != length) ||
		(pad > 0 && fwrite(padding, 1, pad, writer->out) != pad))
		return errno > 0 ? -errno : -EIO;
	writer->part->hashes[section] = logindex_hash(bytes, length);
	*writer->position += length + pad;
	return 0;
}

static int compare_values(const void *a, const void *b)
{
	return memcmp(((const struct value *)a)->bytes, ((const struct value *)b)->bytes,
		sizeof(((const struct value *)a)->bytes));
}

/* Sort the values, number them, and put each one's number into its row of column. width: of a value
 * of the table, by its first byte. What is left of values is the table. */
static void number_values(struct values *values, uint16_t *column, uint32_t rows)
{
	size_t used = 0;

	for (uint32_t i = 0; i < rows; i++)
		column[i] = LOGINDEX_NONE;
	if (values->count > 0)
		qsort(values->values, values->count, sizeof(struct value), compare_values);
	for (size_t i = 0; i < values->count; i++) {
		struct value *value = &values->values[i];

		if (used == 0 || compare_values(&values->values[used - 1], value) != 0)
			values->values[used++] = *value;
		column[value->row] = (uint16_t)(used - 1);
	}
	values->count = used;
}

/* Their bytes, one behind the other; v4 comes first. */
static size_t pack_addresses(
	const struct values *values, uint8_t *bytes, struct address_table *ret_table)
{
	size_t used = 0;

	*ret_table = (struct address_table){ 0, 0 };
	for (size_t i = 0; i < values->count; i++) {
		enum addr_family family = (enum addr_family)values->values[i].bytes[0];

		memcpy(bytes + used, values->values[i].bytes + 1, addr_length(family));
		used += addr_length(family);
		*(family == ADDR_IPV4 ? &ret_table->v4 : &ret_table->v6) += 1;
	}
	return used;
}

/* The columns of numbers of tables, and the tables themselves: the one comes before the other in
 * the file, so both are made first. */
struct tables {
	uint16_t source[LOGINDEX_ROWS], destination[LOGINDEX_ROWS], mac[LOGINDEX_ROWS];
	uint8_t sources[LOGINDEX_ROWS * 16], destinations[LOGINDEX_ROWS * 16];
	uint8_t macs[LOGINDEX_ROWS * MAC_LENGTH];
};

static void make_tables(struct part_builder *builder, struct tables *tables, struct part *part)
{
	number_values(&builder->sources, tables->source, builder->rows);
	number_values(&builder->destinations, tables->destination, builder->rows);
	number_values(&builder->macs, tables->mac, builder->rows);
	pack_addresses(&builder->sources, tables->sources, &part->sources);
	pack_addresses(&builder->destinations, tables->destinations, &part->destinations);
	part->macs = (uint32_t)builder->macs.count;
	for (size_t i = 0; i < builder->macs.count; i++)
		memcpy(tables->macs + i * MAC_LENGTH, builder->macs.values[i].bytes + 1,
			MAC_LENGTH);
}

/* The texts of all kinds, each with its NUL; the fixed ones have none. The caller frees. */
static char *join_kinds(const struct part_builder *builder, uint32_t *ret_bytes)
{
	size_t bytes = 0, used = 0;
	char *text;

	for (uint32_t i = LOGINDEX_KINDS_FIXED; i < builder->kind_count; i++)
		bytes += strlen(builder->kinds[i]) + 1;
	text = malloc(bytes + 1);
	for (uint32_t i = LOGINDEX_KINDS_FIXED; text && i < builder->kind_count; i++) {
		size_t length = strlen(builder->kinds[i]) + 1;

		memcpy(text + used, builder->kinds[i], length);
		used += length;
	}
	*ret_bytes = (uint32_t)bytes;
	return text;
}

static void find_times(const struct part_builder *builder, struct part *part)
{
	part->first = INT64_MAX;
	part->last = INT64_MIN;
	for (uint32_t i = 0; i < builder->rows; i++) {
		int64_t time = builder->times[i];

		if (builder->kind[i] == LOGINDEX_READ_TIMELESS)
			continue;
		part->first = time < part->first ? time : part->first;
		part->last = time > part->last ? time : part->last;
	}
}

static int write_sections(const struct part_builder *builder, const struct tables *tables,
	const char *kinds, struct writer *writer)
{
	const void *const sections[SECTION_COUNT] = {
		[SECTION_OFFSETS] = builder->offsets,
		[SECTION_TIMES] = builder->times,
		[SECTION_KIND] = builder->kind,
		[SECTION_SOURCE] = tables->source,
		[SECTION_DESTINATION] = tables->destination,
		[SECTION_SPORT] = builder->sport,
		[SECTION_DPORT] = builder->dport,
		[SECTION_MAC] = tables->mac,
		[SECTION_PACKETS] = builder->packets,
		[SECTION_SOURCES] = tables->sources,
		[SECTION_DESTINATIONS] = tables->destinations,
		[SECTION_MACS] = tables->macs,
		[SECTION_SUMS] = builder->sums,
		[SECTION_KINDS] = kinds,
	};
	int r = 0;

	for (int i = 0; i < SECTION_COUNT && r == 0; i++)
		r = write_section(writer, (enum section)i, sections[i],
			logindex_section_bytes(writer->part, (enum section)i));
	return r;
}

int part_builder_write(
	struct part_builder *builder, FILE *out, uint64_t *position, struct part *ret_part)
{
	struct writer writer = { out, position, ret_part };
	struct tables *tables = malloc(sizeof(*tables));
	char *kinds;
	int r = -ENOMEM;

	*ret_part = (struct part){
		.begin = builder->begin,
		.end = builder->end,
		.position = *position,
		.rows = builder->rows,
		.kinds = builder->kind_count,
	};
	kinds = join_kinds(builder, &ret_part->kind_bytes);
	if (tables && kinds) {
		find_times(builder, ret_part);
		make_tables(builder, tables, ret_part);
		r = write_sections(builder, tables, kinds, &writer);
	}
	free(tables);
	free(kinds);
	return r;
}
