/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The index of the log: what it finds and counts is what reading every line finds, for random logs
 * and questions; it is made step by step as the log grows; what is damaged, of another log, or of
 * what the log was, is found out.
 */
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

static char directory[64], logs[80], indexes[80];
static int log_fd;
static struct logindex *reader;

static void path_of(char path[256], const char *where, const char *name)
{
	snprintf(path, 256, "%s/%s", where, name);
}

static void setup(void)
{
	snprintf(directory, sizeof(directory), "/tmp/hedate-logindex.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(logs, sizeof(logs), "%s/log", directory);
	snprintf(indexes, sizeof(indexes), "%s/index", directory);
	ck_assert_int_eq(mkdir(logs, 0700), 0);
	ck_assert_int_eq(mkdir(indexes, 0700), 0);
	log_fd = open(logs, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(log_fd, 0);
	ck_assert_int_eq(logindex_new(indexes, &reader), 0);
}

static void teardown(void)
{
	char command[128];

	logindex_free(reader);
	close(log_fd);
	snprintf(command, sizeof(command), "rm -r '%s'", directory);
	ck_assert_int_eq(system(command), 0); /* NOLINT(cert-env33-c): a directory of our own */
}

/* Lines --------------------------------------------------------------------------------------- */

static unsigned int below(unsigned int limit)
{
	return (unsigned int)random() % limit;
}

static const char *pick(const char *const *texts, unsigned int count)
{
	return texts[below(count)];
}
#define PICK(...)                                                                                  \
	pick((const char *const[]){ __VA_ARGS__ },                                                 \
		sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))

static void put_time(FILE *out)
{
	fprintf(out, "{\"@timestamp\":\"2026-11-20T%02u:%02u:%02u.%03uZ\"", below(24), below(60),
		below(60), below(1000));
}

/* Sometimes there, sometimes not. */
static void put_text(FILE *out, const char *key, const char *value)
{
	if (value[0] != '\0')
		fprintf(out, ",\"%s\":\"%s\"", key, value);
}

static void put_number(FILE *out, const char *key, const char *value)
{
	if (value[0] != '\0')
		fprintf(out, ",\"%s\":%s", key, value);
}

static void put_flow(FILE *out)
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

static void put_other(FILE *out)
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
static void append(const char *segment, unsigned int groups, unsigned int flows)
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

static bool often(void)
{
	return below(4) == 0;
}

static void ask_address(struct log_address *address)
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
static const struct log_path *ask_path(void)
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

static struct log_filter random_filter(void)
{
	struct log_filter filter = { .since = INT64_MIN, .until = INT64_MAX };

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

static void read_lines(const char *segment)
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

static void forget_lines(void)
{
	for (size_t i = 0; i < line_count; i++)
		free(lines[i].text);
	free(lines);
	lines = NULL;
	line_count = 0;
}

/* As whoever reads the log does. 1, 0; -EINVAL: no record. */
static int considered(const struct line *line, const struct log_filter *filter,
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

static const struct line *line_at(int64_t offset)
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
static bool unusual(const struct line *line)
{
	return strstr(line->text, "4294967296") || strstr(line->text, ":053") ||
	       strstr(line->text, ":65536") || strstr(line->text, "1e3") ||
	       !strstr(line->text, "event.action") || line->length > 2000 ||
	       strstr(line->text + 3, "@timestamp");
}

/* Comparing ----------------------------------------------------------------------------------- */

/* Of the lines that the index has, it finds those that match, those that are no records, and of
 * others only such that it cannot know. */
static void compare_find(const struct log_filter *filter)
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

static struct logcount *count_lines(enum logcount_by by, const struct log_filter *filter)
{
	struct logcount *count;

	ck_assert_int_eq(logcount_new(by, &count), 0);
	for (size_t i = 0; i < line_count && lines[i].offset < logindex_end(reader); i++) {
		char copy[8192];
		struct log_record record;

		if (considered(&lines[i], filter, &record, copy) > 0)
			ck_assert_int_eq(logcount_add(count, &record), 0);
	}
	return count;
}

static struct logcount *count_index(enum logcount_by by, const struct log_filter *filter)
{
	struct logcount *count;

	ck_assert_int_eq(logcount_new(by, &count), 0);
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

static void compare_count(enum logcount_by by, const struct log_filter *filter)
{
	struct logcount *seen = count_index(by, filter), *wanted = count_lines(by, filter);
	struct logcount_totals a = logcount_totals(seen), b = logcount_totals(wanted);
	struct logcount_row *seen_rows, *wanted_rows;
	size_t seen_count, wanted_count, limit = below(2) ? 3 : 1000;

	ck_assert_int_eq(memcmp(&a, &b, sizeof(a)), 0);
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

static struct logindex_work update(const char *segment, bool anew)
{
	struct logindex_work work;

	ck_assert_int_eq(logindex_update(indexes, logs, segment, anew, NULL, NULL, &work), 0);
	return work;
}

static void ask_many(int questions)
{
	for (int i = 0; i < questions; i++) {
		struct log_filter filter = random_filter();

		compare_find(&filter);
		compare_count((enum logcount_by)below(LOGCOUNT_BY_COUNT), &filter);
	}
}

START_TEST(test_questions)
{
	srandom(random_seed("logindex") + (unsigned int)_i);
	append(SEGMENT, 40, 40);
	ck_assert_int_eq(update(SEGMENT, false).made, LOGINDEX_MADE);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
	read_lines(SEGMENT);
	ck_assert_int_eq(logindex_end(reader),
		lines[line_count - 1].offset + (int64_t)lines[line_count - 1].length + 1);
	ask_many(QUESTIONS);
	forget_lines();
}
END_TEST

/* More lines than a part has; then more of them, and more. */
START_TEST(test_growing)
{
	struct logindex_work work;

	srandom(random_seed("logindex, growing"));
	append(SEGMENT, 1700, 40);
	work = update(SEGMENT, false);
	ck_assert_uint_gt(work.rows, LOGINDEX_ROWS);
	append(SEGMENT, 3, 40);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
	ck_assert_uint_eq(logindex_parts(reader), 2);
	read_lines(SEGMENT);
	ck_assert_int_lt(logindex_end(reader), lines[line_count - 1].offset);
	ask_many(ROUNDS);
	forget_lines();
	for (int i = 0; i < ROUNDS; i++) {
		uint64_t rows = work.rows;

		append(SEGMENT, 700, 40);
		work = update(SEGMENT, false);
		ck_assert_int_eq(work.made, LOGINDEX_EXTENDED);
		ck_assert_uint_gt(work.rows, rows);
		ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
		read_lines(SEGMENT);
		ck_assert_uint_eq(work.rows, line_count);
		ask_many(ROUNDS);
		forget_lines();
		work = update(SEGMENT, false);
		ck_assert_int_eq(work.made, LOGINDEX_KEPT);
		ck_assert_int_eq(work.bytes, 0);
	}
	ck_assert_int_eq(update(SEGMENT, true).made, LOGINDEX_MADE);
}
END_TEST

static void append_text(const char *segment, const char *text)
{
	char path[256];
	FILE *out;

	path_of(path, logs, segment);
	out = fopen(path, "a");
	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	ck_assert_int_eq(fclose(out), 0);
}

/* What may still be cut off is not in the index. */
START_TEST(test_whole_groups)
{
	const char *flow = "{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.action\":\"flow-"
			   "blocked\"}\n";
	const char *ledger =
		"{\"@timestamp\":\"2026-11-20T08:00:00Z\",\"event.action\":\"ledger\"}\n";
	char path[256];

	append_text(SEGMENT, flow);
	ck_assert_uint_eq(update(SEGMENT, false).rows, 0);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ENOENT);
	append_text(SEGMENT, ledger);
	append_text(SEGMENT, flow);
	append_text(SEGMENT, "{\"@timest");
	ck_assert_uint_eq(update(SEGMENT, false).rows, 2);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
	ck_assert_int_eq(logindex_end(reader), (int64_t)(strlen(flow) + strlen(ledger)));
	/* The recorder cuts the rest off, and goes on. */
	path_of(path, logs, SEGMENT);
	ck_assert_int_eq(truncate(path, logindex_end(reader)), 0);
	append_text(SEGMENT, ledger);
	ck_assert_uint_eq(update(SEGMENT, false).rows, 3);
}
END_TEST

/* A line that is too long to be a record: the index ends before it. */
START_TEST(test_too_long)
{
	static char text[2u << 20];
	int64_t end;

	srandom(7);
	append(SEGMENT, 10, 10);
	end = (int64_t)update(SEGMENT, false).bytes;
	memset(text, 'x', sizeof(text) - 2);
	text[sizeof(text) - 2] = '\n';
	append_text(SEGMENT, text);
	append(SEGMENT, 10, 10);
	update(SEGMENT, false);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
	ck_assert_int_eq(logindex_end(reader), end);
}
END_TEST

/* Damage, strangers, other times --------------------------------------------------------------- */

static void make_one(void)
{
	srandom(11);
	append(SEGMENT, 20, 30);
	update(SEGMENT, false);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
}

/* Does every way of asking say that something is wrong, or is what it says right all the same? */
static void expect_honest(void)
{
	const struct log_filter all = { .since = BEGIN + 1, .until = INT64_MAX, .events = true };
	int r = logindex_enter(reader, log_fd, SEGMENT);

	if (r < 0) {
		ck_assert(r == -EBADMSG || r == -ESTALE);
		ck_assert_uint_eq(logindex_parts(reader), 0);
		return;
	}
	for (int i = 0; i < 6; i++) {
		struct log_filter filter = i ? random_filter() : all;
		struct logindex_lines found;
		struct logcount *count;

		r = logindex_find(reader, 0, &filter, &found);
		ck_assert(r == 0 || r == -EBADMSG);
		if (r == 0)
			compare_find(&filter);
		ck_assert_int_eq(logcount_new(LOGCOUNT_SOURCE, &count), 0);
		r = logindex_count(reader, 0, &filter, count, &found);
		ck_assert(r == 0 || r == -EBADMSG);
		if (r < 0)
			ck_assert_uint_eq(logcount_totals(count).records, 0);
		else
			compare_count(LOGCOUNT_SOURCE, &filter);
		logcount_free(count);
	}
}

START_TEST(test_damage)
{
	char path[256];
	struct stat status;
	int fd;

	make_one();
	read_lines(SEGMENT);
	path_of(path, indexes, SEGMENT ".index");
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(fstat(fd, &status), 0);
	srandom(random_seed("logindex, damage"));
	for (int i = 0; i < 80 * ROUNDS; i++) {
		off_t at = (off_t)below((unsigned int)status.st_size);
		uint8_t byte, changed;

		ck_assert_int_eq(pread(fd, &byte, 1, at), 1);
		changed = (uint8_t)(byte ^ (1u << below(8)));
		ck_assert_int_eq(pwrite(fd, &changed, 1, at), 1);
		expect_honest();
		ck_assert_int_eq(pwrite(fd, &byte, 1, at), 1);
	}
	for (int i = 0; i < 20 * ROUNDS; i++) {
		ck_assert_int_eq(ftruncate(fd, (off_t)below((unsigned int)status.st_size)), 0);
		ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -EBADMSG);
	}
	close(fd);
	ck_assert_int_eq(update(SEGMENT, false).made, LOGINDEX_MADE);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
	ask_many(5);
	forget_lines();
}
END_TEST

/* A damaged part is not taken over when the index is extended. */
START_TEST(test_damage_mended)
{
	char path[256];
	const char zero[64] = { 0 };
	int fd;

	srandom(13);
	append(SEGMENT, 1700, 40);
	update(SEGMENT, false);
	path_of(path, indexes, SEGMENT ".index");
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, zero, sizeof(zero), 5000), sizeof(zero));
	close(fd);
	append(SEGMENT, 1, 40);
	update(SEGMENT, false);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
	read_lines(SEGMENT);
	ask_many(4);
	forget_lines();
}
END_TEST

START_TEST(test_stale)
{
	char path[256], other[256];
	char byte;
	int fd;

	make_one();
	path_of(path, logs, SEGMENT);
	/* Changed in place, as nobody does who means well. */
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pread(fd, &byte, 1, 3000), 1);
	ck_assert_int_eq(pwrite(fd, &byte, 1, 3000), 1);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ESTALE);
	ck_assert_int_eq(update(SEGMENT, false).made, LOGINDEX_MADE);
	/* Cut back. */
	ck_assert_int_eq(ftruncate(fd, 2000), 0);
	close(fd);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ESTALE);
	/* Another file of this name, which is longer. */
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ESTALE);
	append(SEGMENT, 60, 30);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ESTALE);
	/* The index of another segment. */
	update(SEGMENT, false);
	append("hedate-20261121.jsonl", 20, 30);
	path_of(path, indexes, SEGMENT ".index");
	path_of(other, indexes, "hedate-20261121.jsonl.index");
	ck_assert_int_eq(rename(path, other), 0);
	ck_assert_int_eq(logindex_enter(reader, log_fd, "hedate-20261121.jsonl"), -ESTALE);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ENOENT);
}
END_TEST

/* It grew, but does not begin with what it had: only then this is looked at. */
START_TEST(test_grown_stale)
{
	char path[256];
	int fd;

	make_one();
	append(SEGMENT, 1, 5);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), 0);
	path_of(path, logs, SEGMENT);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(pwrite(fd, "#", 1, 20), 1);
	close(fd);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ESTALE);
}
END_TEST

START_TEST(test_refused)
{
	struct logindex_work work;
	struct logindex *none = NULL;
	char path[256];
	int lock;

	ck_assert_int_eq(logindex_new("/nonexistent", &none), -ENOENT);
	logindex_free(NULL);
	ck_assert_int_eq(
		logindex_update("/nonexistent", logs, SEGMENT, false, NULL, NULL, &work), -ENOENT);
	ck_assert_int_eq(
		logindex_update(indexes, "/nonexistent", SEGMENT, false, NULL, NULL, &work),
		-ENOENT);
	ck_assert_int_eq(
		logindex_update(indexes, logs, SEGMENT, false, NULL, NULL, &work), -ENOENT);
	append(SEGMENT, 1, 5);
	lock = open(indexes, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ck_assert_int_ge(lock, 0);
	ck_assert_int_eq(flock(lock, LOCK_EX), 0);
	ck_assert_int_eq(
		logindex_update(indexes, logs, SEGMENT, false, NULL, NULL, &work), -EWOULDBLOCK);
	close(lock);
	/* A directory stands where the index should be written. */
	path_of(path, indexes, SEGMENT ".index.new");
	ck_assert_int_eq(mkdir(path, 0700), 0);
	ck_assert_int_eq(
		logindex_update(indexes, logs, SEGMENT, false, NULL, NULL, &work), -EISDIR);
	ck_assert_int_eq(logindex_enter(reader, log_fd, SEGMENT), -ENOENT);
}
END_TEST

static void expect_file(const char *where, const char *name, bool there)
{
	char path[256];

	path_of(path, where, name);
	ck_assert_int_eq(access(path, F_OK), there ? 0 : -1);
}

START_TEST(test_prune)
{
	char path[256];
	size_t removed = 0;

	make_one();
	append("hedate-20261121.jsonl", 2, 5);
	update("hedate-20261121.jsonl", false);
	path_of(path, logs, SEGMENT);
	ck_assert_int_eq(unlink(path), 0);
	path_of(path, indexes, "hedate-20261121.jsonl.index.new");
	ck_assert_int_eq(mknod(path, S_IFREG | 0600, 0), 0);
	path_of(path, indexes, "notes.index");
	ck_assert_int_eq(mknod(path, S_IFREG | 0600, 0), 0);
	ck_assert_int_eq(logindex_prune(indexes, logs, &removed), 0);
	ck_assert_uint_eq(removed, 2);
	expect_file(indexes, SEGMENT ".index", false);
	expect_file(indexes, "hedate-20261121.jsonl.index.new", false);
	expect_file(indexes, "hedate-20261121.jsonl.index", true);
	expect_file(indexes, "notes.index", true);
	ck_assert_int_eq(logindex_prune("/nonexistent", logs, &removed), -ENOENT);
	ck_assert_int_eq(logindex_prune(indexes, "/nonexistent", &removed), -ENOENT);
}
END_TEST

START_TEST(test_mentions)
{
	struct log_filter filter = { .since = INT64_MIN, .until = INT64_MAX };

	make_one();
	ck_assert(logindex_mentions(reader, 0, &filter, "lgwan"));
	ck_assert(logindex_mentions(reader, 0, &filter, "mynumber.c"));
	ck_assert(!logindex_mentions(reader, 0, &filter, "lgwan.nowhere"));
	filter.since = BEGIN + INT64_C(86400000000000);
	ck_assert(!logindex_mentions(reader, 0, &filter, "lgwan"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("logindex");
	TCase *tests = tcase_create("index");

	tcase_set_timeout(tests, 600);
	tcase_add_checked_fixture(tests, setup, teardown);
	tcase_add_loop_test(tests, test_questions, 0, 3);
	tcase_add_test(tests, test_growing);
	tcase_add_test(tests, test_whole_groups);
	tcase_add_test(tests, test_too_long);
	tcase_add_test(tests, test_damage);
	tcase_add_test(tests, test_damage_mended);
	tcase_add_test(tests, test_stale);
	tcase_add_test(tests, test_grown_stale);
	tcase_add_test(tests, test_refused);
	tcase_add_test(tests, test_prune);
	tcase_add_test(tests, test_mentions);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
