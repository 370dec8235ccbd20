/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index of the log: what it finds and counts is what reading every line finds, for random logs
 * and questions; it is made step by step as the log grows; what is damaged, of another log, or of
 * what the log was, is found out.
 */
#ifndef HEDATE_TEST_LOGINDEX_H
#define HEDATE_TEST_LOGINDEX_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/logindex.h"
#include "suite.h"
#include "testdir.h"

/* So many questions, and so often: a sanitizer makes each ten times as slow. */
#ifdef __SANITIZE_ADDRESS__
#define QUESTIONS 10
#define ROUNDS	  1
#else
#define QUESTIONS 100
#define ROUNDS	  3
#endif

#define SEGMENT "hedate-20261120.jsonl"
#define BEGIN	INT64_C(1795132800000000000) /* 2026-11-20T00:00:00Z */

static char directory[TESTDIR_PATH], logs[80], indexes[80];
static int log_fd;
static struct logindex *reader;

static inline void path_of(char path[256], const char *where, const char *name)
{
	snprintf(path, 256, "%s/%s", where, name);
}

static inline void setup(void)
{
	testdir_make(directory, "logindex");
	snprintf(logs, sizeof(logs), "%s/log", directory);
	snprintf(indexes, sizeof(indexes), "%s/index", directory);
	ck_assert_int_eq(mkdir(logs, 0700), 0);
	ck_assert_int_eq(mkdir(indexes, 0700), 0);
	log_fd = open(logs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(log_fd, 0);
	ck_assert_int_eq(logindex_new(indexes, &reader), 0);
}

static inline void teardown(void)
{
	logindex_free(reader);
	close(log_fd);
	testdir_remove(directory);
}

/* Lines --------------------------------------------------------------------------------------- */

static inline unsigned int below(unsigned int limit)
{
	return (unsigned int)random() % limit;
}

static inline const char *pick(const char *const *texts, unsigned int count)
{
	return texts[below(count)];
}
#define PICK(...)                                                                                  \
	pick((const char *const[]){ __VA_ARGS__ },                                                 \
		sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static inline void put_time(FILE *out)
{
	fprintf(out, "{\"@timestamp\":\"2026-11-20T%02u:%02u:%02u.%03uZ\"", below(24), below(60),
		below(60), below(1000));
}

/* Sometimes there, sometimes not. */
static inline void put_text(FILE *out, const char *key, const char *value)
{
	if (value[0] != '\0')
		fprintf(out, ",\"%s\":\"%s\"", key, value);
}

static inline void put_number(FILE *out, const char *key, const char *value)
{
	if (value[0] != '\0')
		fprintf(out, ",\"%s\":%s", key, value);
}

static inline void put_flow(FILE *out)
{
	char source[48], packets[16];

	put_time(out);
	put_text(out, "event.action", PICK("flow-blocked", "flow-blocked", "flow-observed"));
	put_text(out, "event.reason", PICK("no-path", "spoof", "route", ""));
	put_text(out, "rule.ruleset", PICK("0123456789ab", "0123ffffffff", "ABCDEF012345", ""));
	put_text(out, "hedate.zone.source", PICK("lgwan", "internet", "gateway", ""));
	put_text(out, "hedate.zone.destination", PICK("lgwan", "gateway", "unknown", ""));
	put_text(out, "hedate.segment.source", PICK("lgwan.a", "internet.b", ""));
	put_text(out, "hedate.segment.destination", PICK("lgwan.a", "mynumber.c", ""));
	put_text(out, "observer.ingress.interface.name", PICK("eth0", "eth1", ""));
	put_text(out, "observer.egress.interface.name", PICK("eth1", "eth2", ""));
	put_text(out, "source.mac",
		PICK("00-00-5E-00-53-05", "00-00-5e-00-53-05", "00:00:5E:00:53:06",
			"01-00-5E-00-53-05", "no MAC", ""));
	snprintf(source, sizeof(source), below(3) ? "10.0.%u.%u" : "fd00::%u:%u", below(3),
		below(60));
	put_text(out, "source.ip", below(30) ? source : "10.0.0.999");
	put_number(out, "source.port", PICK("40000", "443", "0", "65535", ""));
	put_text(out, "destination.ip",
		PICK("10.0.0.1", "10.0.1.7", "fd00::1:2", "255.255.255.255", "::", ""));
	put_number(out, "destination.port", PICK("443", "445", "0", "053", "65536", "1e3", ""));
	put_text(out, "network.transport", PICK("tcp", "udp", "icmp", ""));
	put_text(out, "network.iana_number", PICK("6", "17", "132", ""));
	snprintf(packets, sizeof(packets), "%u", below(10) ? below(5) : below(100000));
	put_number(out, "network.packets", below(50) ? packets : "4294967296");
	fputs("}\n", out);
}

static inline void put_other(FILE *out)
{
	switch (below(6)) {
	case 0:
		put_time(out);
		fputs(",\"event.action\":\"records-lost\",\"hedate.lost.packets\":7}\n", out);
		break;
	case 1:
		put_time(out);
		fputs(",\"event.action\":\"detail-lost\",\"hedate.counted.packets\":9}\n", out);
		break;
	case 2: /* no record, but with a time */
		put_time(out);
		fputs(",\"event.action\":\n", out);
		break;
	case 3: /* no record at all */
		fputs("not a record\n", out);
		break;
	case 4: /* its time is not where it is looked for, or there are two */
		fputs(below(2) ? "{\"event.action\":\"flow-blocked\",\"@timestamp\":\"2026-11-"
				 "20T08:00:00Z\"}\n"
			       : "{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.action\":\"flow-"
				 "blocked\",\"@timestamp\":\"2026-11-20T20:00:00Z\"}\n",
			out);
		break;
	default: /* a kind that is too long */
		put_time(out);
		fprintf(out, ",\"event.action\":\"flow-blocked\",\"event.reason\":\"%02000d\"}\n",
			(int)below(3));
	}
}

/* Groups of lines, each with its end. */
static inline void append(const char *segment, unsigned int groups, unsigned int flows)
{
	char path[256];
	FILE *out;

	path_of(path, logs, segment);
	out = fopen(path, "a");
	ck_assert_ptr_nonnull(out);
	for (unsigned int i = 0; i < groups; i++) {
		for (unsigned int j = below(2 * flows); j > 0; j--) {
			put_flow(out);
			if (below(100) == 0)
				put_other(out);
		}
		put_time(out);
		fprintf(out, ",\"event.action\":\"%s\"%s}\n", PICK("ledger", "ledger", "apply"),
			PICK("", ",\"hedate.path\":\"F01\""));
	}
	ck_assert_int_eq(fclose(out), 0);
}

/* Questions ----------------------------------------------------------------------------------- */

static inline bool often(void)
{
	return below(4) == 0;
}

static inline void ask_address(struct log_address *address)
{
	if (often())
		ck_assert_int_eq(log_address_parse(PICK("10.0.0.0/16", "10.0.1.0/24", "10.0.0.7",
							   "10.0.2.59/32", "fd00::/16",
							   "fd00::1:0/120", "::/0", "0.0.0.0/0",
							   "192.0.2.1", "255.255.255.255", "::"),
					 address),
			0);
}

/* A path between some of the addresses, or from the gateway. */
static inline const struct log_path *ask_path(void)
{
	static struct log_path path;
	static bool made;

	if (made)
		log_path_clear(&path);
	made = true;
	log_path_init(&path, PICK("F01", "F02"));
	for (int i = 0; i < 2; i++) {
		struct log_address address = { 0 };

		path.ends[i].gateway = below(5) == 0;
		ck_assert_int_eq(log_address_parse(PICK("10.0.0.0/16", "10.0.1.0/26", "fd00::/16",
							   "::/0", "10.0.0.1"),
					 &address),
			0);
		ck_assert_int_eq(
			addrset_add(&path.ends[i].addresses[address.family], &address.range), 0);
	}
	return &path;
}

static inline struct log_filter random_filter(void)
{
	struct log_filter filter = { .since = INT64_MIN, .until = INT64_MAX };
	filter.only_events = below(8) == 0;

	if (often())
		filter.since = BEGIN + (int64_t)below(86400) * 1000000000;
	if (often())
		filter.until = BEGIN + (int64_t)below(86400) * 1000000000;
	if (often())
		filter.place = PICK("lgwan", "lgwan.a", "unknown", "nowhere");
	if (often())
		filter.from = PICK("internet", "internet.b", "lgwan");
	if (often())
		filter.to = PICK("lgwan", "mynumber.c");
	ask_address(&filter.either);
	ask_address(&filter.source);
	ask_address(&filter.destination);
	filter.port_set = often();
	filter.port = (uint16_t)strtoul(PICK("443", "0", "40000", "65535", "53"), NULL, 10);
	if (often())
		filter.reason = PICK("no-path", "spoof", "device");
	if (often())
		filter.protocol = PICK("6", "17", "132");
	if (often())
		filter.interface = PICK("eth0", "eth1", "eth2");
	if (often())
		filter.mac = PICK("00:00:5e:00:53:05", "00-00-5E-00-53-06", "00:00:5e:00:53:99");
	if (often())
		filter.revision = PICK("0123", "abc", "0123f");
	if (often())
		filter.action = PICK("flow-observed", "records-lost", "ledger", "apply");
	if (often())
		filter.path = ask_path();
	filter.events = often();
	return filter;
}

/* Reading every line ------------------------------------------------------------------------- */

struct line {
	int64_t offset;
	size_t length;
	char *text;
};

static struct line *lines;
static size_t line_count;

static inline void read_lines(const char *segment)
{
	char path[256], *text = NULL;
	size_t room = 0;
	ssize_t length;
	int64_t offset = 0;
	FILE *in;

	path_of(path, logs, segment);
	in = fopen(path, "r");
	ck_assert_ptr_nonnull(in);
	line_count = 0;
	while ((length = getline(&text, &room, in)) > 0) {
		lines = realloc(lines, (line_count + 1) * sizeof(*lines));
		ck_assert_ptr_nonnull(lines);
		lines[line_count++] = (struct line){ offset, (size_t)length - 1,
			strndup(text, (size_t)length - 1) };
		offset += length;
	}
	free(text);
	ck_assert_int_eq(fclose(in), 0);
}

static inline void forget_lines(void)
{
	for (size_t i = 0; i < line_count; i++)
		free(lines[i].text);
	free(lines);
	lines = NULL;
	line_count = 0;
}

/* As whoever reads the log does. 1, 0; -EINVAL: no record. */
static inline int considered(const struct line *line, const struct log_filter *filter,
	struct log_record *ret_record, char copy[8192])
{
	int64_t time;

	if (log_record_time(line->text, line->length, &time) == 0 &&
		(time < filter->since || time >= filter->until))
		return 0;
	snprintf(copy, 8192, "%s", line->text);
	if (log_record_parse(copy, line->length, ret_record) < 0)
		return -EINVAL;
	return log_filter_match(filter, ret_record);
}

static inline const struct line *line_at(int64_t offset)
{
	size_t low = 0, high = line_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (lines[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	return low < line_count && lines[low].offset == offset ? &lines[low] : NULL;
}

/* May it be given though it does not match? Only lines that columns cannot hold. */
static inline bool unusual(const struct line *line)
{
	return strstr(line->text, "4294967296") || strstr(line->text, ":053") ||
	       strstr(line->text, ":65536") || strstr(line->text, "1e3") ||
	       !strstr(line->text, "event.action") || line->length > 2000 ||
	       strstr(line->text + 3, "@timestamp");
}

/* Comparing ----------------------------------------------------------------------------------- */

/* Of the lines that the index has, it finds those that match, those that are no records, and of
 * others only such that it cannot know. */
static inline void compare_find(const struct log_filter *filter)
{
	char copy[8192];
	struct log_record record;
	size_t next = 0;

	for (size_t part = 0; part < logindex_parts(reader); part++) {
		struct logindex_lines found;

		ck_assert_int_eq(logindex_find(reader, part, filter, &found), 0);
		for (size_t i = 0; i < found.count; i++) {
			int match;

			while (next < line_count && lines[next].offset < found.lines[i].offset)
				ck_assert_int_eq(
					considered(&lines[next++], filter, &record, copy), 0);
			ck_assert_uint_lt(next, line_count);
			ck_assert_int_eq(lines[next].offset, found.lines[i].offset);
			ck_assert_uint_eq(lines[next].length, found.lines[i].length);
			match = considered(&lines[next++], filter, &record, copy);
			ck_assert_msg(match != 0 || unusual(&lines[next - 1]), "%s",
				lines[next - 1].text);
		}
	}
	while (next < line_count && lines[next].offset < logindex_end(reader))
		ck_assert_int_eq(considered(&lines[next++], filter, &record, copy), 0);
}

/* Spans of an hour and something, which parts lie across; not all of the day is in one. */
#define SPANS 20
static inline struct logcount *new_counting(enum logcount_by by)
{
	int64_t bounds[SPANS + 1];
	struct logcount *count;

	for (int i = 0; i <= SPANS; i++)
		bounds[i] = BEGIN + (i + 1) * INT64_C(3700123456789);
	ck_assert_int_eq(logcount_new(by, &count), 0);
	if (by == LOGCOUNT_TIME)
		ck_assert_int_eq(logcount_set_spans(count, bounds, SPANS), 0);
	return count;
}

static inline struct logcount *count_lines(enum logcount_by by, const struct log_filter *filter)
{
	struct logcount *count = new_counting(by);

	for (size_t i = 0; i < line_count && lines[i].offset < logindex_end(reader); i++) {
		char copy[8192];
		struct log_record record;

		if (considered(&lines[i], filter, &record, copy) > 0)
			ck_assert_int_eq(logcount_add(count, &record), 0);
	}
	return count;
}

static inline struct logcount *count_index(enum logcount_by by, const struct log_filter *filter)
{
	struct logcount *count = new_counting(by);

	for (size_t part = 0; part < logindex_parts(reader); part++) {
		struct logindex_lines unread;

		ck_assert_int_eq(logindex_count(reader, part, filter, count, &unread), 0);
		for (size_t i = 0; i < unread.count; i++) {
			char copy[8192];
			struct log_record record;
			const struct line *line = line_at(unread.lines[i].offset);

			ck_assert_ptr_nonnull(line);
			if (considered(line, filter, &record, copy) > 0)
				ck_assert_int_eq(logcount_add(count, &record), 0);
		}
	}
	return count;
}

static inline void compare_count(enum logcount_by by, const struct log_filter *filter)
{
	struct logcount *seen = count_index(by, filter), *wanted = count_lines(by, filter);
	struct logcount_totals a = logcount_totals(seen), b = logcount_totals(wanted);
	struct logcount_row *seen_rows, *wanted_rows;
	size_t seen_count, wanted_count, limit = below(2) ? 3 : 1000;

	ck_assert_int_eq(memcmp(&a, &b, sizeof(a)), 0);
	if (by == LOGCOUNT_TIME)
		ck_assert_int_eq(memcmp(logcount_spans(seen), logcount_spans(wanted),
					 SPANS * sizeof(struct logcount_span)),
			0);
	ck_assert_int_eq(logcount_top(seen, limit, &seen_rows, &seen_count), 0);
	ck_assert_int_eq(logcount_top(wanted, limit, &wanted_rows, &wanted_count), 0);
	ck_assert_uint_eq(seen_count, wanted_count);
	for (size_t i = 0; i < seen_count; i++) {
		ck_assert_str_eq(seen_rows[i].name, wanted_rows[i].name);
		ck_assert_str_eq(seen_rows[i].second, wanted_rows[i].second);
		ck_assert_uint_eq(seen_rows[i].records, wanted_rows[i].records);
		ck_assert_uint_eq(seen_rows[i].packets, wanted_rows[i].packets);
	}
	free(seen_rows);
	free(wanted_rows);
	logcount_free(seen);
	logcount_free(wanted);
}

static inline struct logindex_work update(const char *segment, bool anew)
{
	struct logindex_work work;

	ck_assert_int_eq(logindex_update(indexes, logs, segment, anew, NULL, NULL, &work), 0);
	return work;
}

static inline void ask_many(int questions)
{
	for (int i = 0; i < questions; i++) {
		struct log_filter filter = random_filter();

		compare_find(&filter);
		compare_count((enum logcount_by)below(LOGCOUNT_TIME + 1), &filter);
	}
}

#endif
