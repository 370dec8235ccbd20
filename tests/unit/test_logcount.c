/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Counting records: rows, totals, their order, against a plain count. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/logcount.h"
#include "suite.h"

static struct logcount *new_count(enum logcount_by by)
{
	struct logcount *count = NULL;

	ck_assert_int_eq(logcount_new(by, &count), 0);
	ck_assert_int_eq(logcount_of(count), by);
	return count;
}

static const struct log_record flow = {
	.action = "flow-blocked",
	.reason = "no-path",
	.zone_source = "internet",
	.zone_destination = "mynumber",
	.source_ip = "10.30.17.5",
	.destination_ip = "fd00:20::5",
	.destination_port = "445",
	.transport = "tcp",
	.packets = "3",
};

/* The only row that a record makes. */
static void expect_row(
	enum logcount_by by, const struct log_record *record, const char *name, const char *second)
{
	struct logcount *count = new_count(by);
	struct logcount_row *rows;
	size_t row_count;

	ck_assert_int_eq(logcount_add(count, record), 0);
	ck_assert_int_eq(logcount_add(count, record), 0);
	ck_assert_int_eq(logcount_top(count, 10, &rows, &row_count), 0);
	ck_assert_uint_eq(row_count, 1);
	ck_assert_str_eq(rows[0].name, name);
	ck_assert_str_eq(rows[0].second, second);
	ck_assert_uint_eq(rows[0].records, 2);
	ck_assert_uint_eq(rows[0].packets, 2 * log_record_packets(record));
	ck_assert_uint_eq(logcount_totals(count).records, 2);
	free(rows);
	logcount_free(count);
}

START_TEST(test_fields)
{
	struct log_record icmp = flow, event = { .action = "apply", .message = "..." };

	expect_row(LOGCOUNT_SOURCE, &flow, "10.30.17.5", "");
	expect_row(LOGCOUNT_DESTINATION, &flow, "fd00:20::5", "");
	expect_row(LOGCOUNT_PORT, &flow, "tcp", "445");
	expect_row(LOGCOUNT_PAIR, &flow, "internet", "mynumber");
	expect_row(LOGCOUNT_REASON, &flow, "no-path", "");
	icmp.transport = "icmp";
	icmp.destination_port = NULL;
	expect_row(LOGCOUNT_PORT, &icmp, "icmp", "");
	icmp.transport = NULL;
	icmp.protocol_number = "253";
	expect_row(LOGCOUNT_PORT, &icmp, "253", "");
	icmp.zone_destination = NULL;
	expect_row(LOGCOUNT_PAIR, &icmp, "internet", "");
	icmp.source_ip = "not an address";
	expect_row(LOGCOUNT_SOURCE, &icmp, "", "");
	for (int by = LOGCOUNT_SOURCE; by < LOGCOUNT_BY_COUNT; by++)
		expect_row((enum logcount_by)by, &event, "", "");
}
END_TEST

/* "ab" and "c" are not "a" and "bc"; what is too long is cut off, in both parts. */
START_TEST(test_parts)
{
	static char long_name[1000];
	struct logcount *count = new_count(LOGCOUNT_PAIR);
	struct log_record record = flow;
	struct logcount_row *rows;
	size_t row_count;

	record.zone_source = "ab";
	record.zone_destination = "c";
	ck_assert_int_eq(logcount_add(count, &record), 0);
	record.zone_source = "a";
	record.zone_destination = "bc";
	ck_assert_int_eq(logcount_add(count, &record), 0);
	memset(long_name, 'x', sizeof(long_name) - 1);
	record.zone_source = record.zone_destination = long_name;
	ck_assert_int_eq(logcount_add(count, &record), 0);
	ck_assert_int_eq(logcount_top(count, 10, &rows, &row_count), 0);
	ck_assert_uint_eq(row_count, 3);
	ck_assert_str_eq(rows[0].name, "a");
	ck_assert_str_eq(rows[0].second, "bc");
	ck_assert_str_eq(rows[1].name, "ab");
	ck_assert_uint_eq(strlen(rows[2].name), LOGCOUNT_TEXT_MAX - 1);
	ck_assert_uint_eq(strlen(rows[2].second), LOGCOUNT_TEXT_MAX - 1);
	free(rows);
	logcount_free(count);
}
END_TEST

/* A span has its begin and not its end; what is in none is in the totals. */
START_TEST(test_spans)
{
	static const int64_t bounds[] = { 1000, 2000, 2500, 9000 };
	static const struct {
		int64_t time;
		size_t span;
	} cases[] = { { 999, SIZE_MAX }, { 1000, 0 }, { 1999, 0 }, { 2000, 1 }, { 2499, 1 },
		{ 2500, 2 }, { 8999, 2 }, { 9000, SIZE_MAX }, { 1500, 0 }, { INT64_MIN, SIZE_MAX },
		{ INT64_MAX, SIZE_MAX } };
	struct logcount *count = new_count(LOGCOUNT_TIME);
	struct log_record record = flow, lost = { .action = "records-lost", .lost_packets = "7" };
	const struct logcount_span *spans;
	struct logcount_totals totals;

	ck_assert_int_eq(logcount_set_spans(count, bounds, 3), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		ck_assert_uint_eq(logcount_span_of(count, cases[i].time), cases[i].span);
		record.time = lost.time = cases[i].time;
		ck_assert_int_eq(logcount_add(count, &record), 0);
		ck_assert_int_eq(logcount_add(count, &lost), 0);
	}
	spans = logcount_spans(count);
	ck_assert_uint_eq(spans[0].records, 3);
	ck_assert_uint_eq(spans[0].packets, 3 * log_record_packets(&flow));
	ck_assert_uint_eq(spans[1].losses, 2);
	ck_assert_uint_eq(spans[1].lost_packets, 14);
	ck_assert_uint_eq(spans[2].records, 2);
	totals = logcount_totals(count);
	ck_assert_uint_eq(totals.records, 11);
	ck_assert_uint_eq(totals.lost_packets, 77);
	logcount_free(count);
	count = new_count(LOGCOUNT_TIME); /* without spans, only totals */
	ck_assert_int_eq(logcount_add(count, &flow), 0);
	ck_assert_uint_eq(logcount_totals(count).records, 1);
	logcount_free(count);
}
END_TEST

START_TEST(test_losses)
{
	struct logcount *count = new_count(LOGCOUNT_SOURCE);
	const struct log_record lost = { .action = "records-lost", .lost_packets = "7" };
	const struct log_record detail = { .action = "detail-lost", .counted_packets = "5" };
	struct logcount_totals totals;
	struct logcount_row *rows;
	size_t row_count;

	ck_assert_int_eq(logcount_add(count, &lost), 0);
	ck_assert_int_eq(logcount_add(count, &detail), 0);
	ck_assert_int_eq(logcount_add(count, &flow), 0);
	totals = logcount_totals(count);
	ck_assert_uint_eq(totals.records, 1);
	ck_assert_uint_eq(totals.packets, 3);
	ck_assert_uint_eq(totals.losses, 2);
	ck_assert_uint_eq(totals.lost_packets, 12);
	ck_assert_int_eq(logcount_top(count, 10, &rows, &row_count), 0);
	ck_assert_uint_eq(row_count, 1);
	free(rows);
	logcount_free(count);
}
END_TEST

START_TEST(test_nothing)
{
	struct logcount *count = new_count(LOGCOUNT_REASON);
	struct logcount_row *rows;
	size_t row_count = 1;

	ck_assert_int_eq(logcount_top(count, 10, &rows, &row_count), 0);
	ck_assert_uint_eq(row_count, 0);
	free(rows);
	ck_assert_int_eq(logcount_add(count, &flow), 0);
	ck_assert_int_eq(logcount_top(count, 0, &rows, &row_count), 0);
	ck_assert_uint_eq(row_count, 0);
	free(rows);
	logcount_free(count);
	logcount_free(NULL);
}
END_TEST

#define ADDRESSES 5000

struct plain {
	uint64_t records, packets;
	unsigned int number;
};

static int compare_plain(const void *left, const void *right)
{
	const struct plain *a = left, *b = right;

	if (a->packets != b->packets)
		return a->packets < b->packets ? 1 : -1;
	if (a->records != b->records)
		return a->records < b->records ? 1 : -1;
	return (a->number > b->number) - (a->number < b->number);
}

/* Many addresses, few of which stand out, added one by one and as sums. */
START_TEST(test_random)
{
	static struct plain plain[ADDRESSES];
	struct logcount *count = new_count(LOGCOUNT_SOURCE);

	srandom(random_seed("logcount"));
	for (unsigned int i = 0; i < ADDRESSES; i++)
		plain[i] = (struct plain){ 0, 0, i };
	for (int i = 0; i < 40000; i++) {
		unsigned int number = (unsigned int)random() % (i % 2 ? ADDRESSES : 20);
		uint64_t records = (uint64_t)random() % 2 + 1, packets = (uint64_t)random() % 5;
		struct addr addr = { .family = ADDR_IPV4,
			.bytes = { 10, 0, (uint8_t)(number >> 8), (uint8_t)number } };
		struct logcount_key key;

		logcount_key_address(&key, &addr);
		ck_assert_int_eq(logcount_add_many(count, &key, records, packets), 0);
		plain[number].records += records;
		plain[number].packets += packets;
	}
	qsort(plain, ADDRESSES, sizeof(plain[0]), compare_plain);
	for (size_t limit = 1; limit <= ADDRESSES; limit = limit * 3 + 1) {
		struct logcount_row *rows;
		size_t row_count;

		ck_assert_int_eq(logcount_top(count, limit, &rows, &row_count), 0);
		for (size_t i = 0; i < row_count; i++) {
			char name[32];

			snprintf(name, sizeof(name), "10.0.%u.%u", plain[i].number >> 8,
				plain[i].number & 255);
			ck_assert_str_eq(rows[i].name, name);
			ck_assert_uint_eq(rows[i].records, plain[i].records);
			ck_assert_uint_eq(rows[i].packets, plain[i].packets);
		}
		ck_assert_uint_eq(row_count, limit);
		free(rows);
	}
	logcount_free(count);
}
END_TEST

#define BATCH 3000

/* A batch of addresses of a family, few of which stand out; the same into the other one by one. */
static void add_batch(
	struct logcount *batched, struct logcount *plain_count, enum addr_family family, int offset)
{
	static uint8_t addresses[BATCH * 16];
	static uint64_t sums[BATCH];
	size_t width = addr_length(family);

	memset(addresses, 0, sizeof(addresses));
	for (int i = 0; i < BATCH; i++) {
		struct addr addr = { .family = family };
		struct logcount_key key;
		uint64_t records = random() % 8 ? 1 : (uint64_t)random() % 3;
		uint64_t packets = records * (uint64_t)(i % 100 ? random() % 3 : random() % 5000);
		uint32_t number = (uint32_t)(offset + i);

		memcpy(addr.bytes + width - sizeof(number), &number, sizeof(number));
		memcpy(addresses + (size_t)i * width, addr.bytes, width);
		sums[i] = records * LOGCOUNT_SUM_RECORD + packets;
		logcount_key_address(&key, &addr);
		if (records)
			ck_assert_int_eq(logcount_add_many(plain_count, &key, records, packets), 0);
	}
	ck_assert_int_eq(logcount_add_addresses(batched, family, addresses, sums, BATCH), 0);
}

START_TEST(test_addresses)
{
	size_t limit = (size_t[]){ 1, 10, 500, 100000 }[_i], counts[2];
	struct logcount *batched = new_count(LOGCOUNT_SOURCE);
	struct logcount *one_by_one = new_count(LOGCOUNT_SOURCE);
	struct logcount_row *rows[2];

	srandom(random_seed("logcount"));
	for (int batch = 0; batch < 8; batch++) {
		logcount_begin_batch(batched);
		add_batch(batched, one_by_one, ADDR_IPV4, batch * 500);
		add_batch(batched, one_by_one, ADDR_IPV6, batch * 1500);
	}
	struct logcount_totals totals = logcount_totals(batched);
	struct logcount_totals wanted = logcount_totals(one_by_one);

	ck_assert_mem_eq(&totals, &wanted, sizeof(totals));
	ck_assert_int_eq(logcount_top(batched, limit, &rows[0], &counts[0]), 0);
	ck_assert_int_eq(logcount_top(one_by_one, limit, &rows[1], &counts[1]), 0);
	ck_assert_uint_eq(counts[0], counts[1]);
	for (size_t i = 0; i < counts[0]; i++)
		ck_assert_mem_eq(&rows[0][i], &rows[1][i], sizeof(rows[0][i]));
	for (int i = 0; i < 2; i++)
		free(rows[i]);
	logcount_free(batched);
	logcount_free(one_by_one);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("logcount");
	TCase *rows = tcase_create("rows");

	tcase_add_test(rows, test_fields);
	tcase_add_test(rows, test_parts);
	tcase_add_test(rows, test_spans);
	tcase_add_test(rows, test_losses);
	tcase_add_test(rows, test_nothing);
	tcase_add_test(rows, test_random);
	tcase_add_loop_test(rows, test_addresses, 0, 4);
	suite_add_tcase(suite, rows);
	return suite_run(suite);
}
