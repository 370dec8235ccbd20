/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a sealed log, with the recorder's own code but at times of our choice.
 *
 *	makelog LOG KEYS HOST DAYS GROUPS LINES [REMOVED...]
 *	makelog --lines LOG KEYS HOST SEED
 *	makelog --pack LOG SEGMENT...
 *
 * DAYS files of GROUPS groups of LINES flows and a ledger, a checkpoint after each group. Goes on
 * behind a log that is there, or at FIRST (environment, Unix time). Last, a record for each segment
 * that retention is said to have REMOVED, which is sealed; it names the first checkpoint of the
 * segment CUT (environment), if there is one. --lines takes the lines of a log as they are, and
 * makes a checkpoint every day and at the end; the keys are those of SEED. --pack compresses files,
 * as the recorder does.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "json.h"
#include "logfile_pack.h"
#include "logverify.h"
#include "logwrite.h"
#include "record.h"
#include "seal.h"
#include "sealcut.h"

#define DAY   INT64_C(86400000000000)
#define FIRST INT64_C(1795132800000000000) /* 2026-11-20T00:00:00Z */

struct maker {
	struct logwrite *log;
	struct seal *seal;
	struct json json;
	uint64_t lines;
	const char *site, *directory;
	const char *cut; /* the segment that stays as the first one, NULL: seals stay */
};

static void check(int r, const char *what)
{
	if (r == 0)
		return;
	fprintf(stderr, "makelog: %s: %s\n", what, strerror(-r));
	exit(1);
}

static void put(struct maker *maker, int64_t now)
{
	check(logwrite_line(maker->log, maker->json.text, maker->json.length, now), "line");
	json_reset(&maker->json);
}

static void seal(struct maker *maker, int64_t now)
{
	check(logwrite_commit(maker->log), "commit");
	check(seal_put(maker->seal, logwrite_opened(maker->log), logwrite_point(maker->log), now),
		"seal");
}

static void put_removal(struct maker *maker, const char *segment, int64_t now)
{
	const struct record_origin origin = { .site = maker->site, .table = "0123456789abcdef" };
	struct checkpoint first = { .index = 0 };
	char vkey[CHECKPOINT_VKEY_MAX] = "";
	bool cut = maker->cut && sealcut_first(maker->directory, maker->cut, &first) == 0;
	checkpoint_vkey(first.origin, first.key, vkey);
	const struct record_extra extras[] = {
		{ .key = LOGVERIFY_REMOVED_KEY, .text = segment },
		{ .key = SEALCUT_INDEX_KEY, .number = first.index },
		{ .key = SEALCUT_VKEY_KEY, .text = vkey },
	};
	const struct record_event event = {
		.time = now,
		.action = LOGVERIFY_REMOVED,
		.outcome = "success",
		.message = "removed",
		.extras = extras,
		.extra_count = cut ? 3 : 1,
	};
	record_event_write(&maker->json, &origin, logwrite_sequence(maker->log), &event);
	put(maker, now);
	seal(maker, now);
}

static void put_group(struct maker *maker, int64_t now)
{
	const struct record_origin origin = { .site = maker->site, .table = "0123456789abcdef" };
	struct record_flow flow = {
		.key = { .family = ADDR_IPV4, .protocol = 6 },
		.reason = "no-path",
		.revision = "3f5a0c1d2e4b",
		.from = "internet",
		.to = "mynumber",
		.segment_from = "internet.office",
		.segment_to = "mynumber.servers",
		.interface_in = "eno3.310",
		.interface_out = "eno1.120",
		.start = now,
		.end = now + 1000,
		.boottime = 1000,
		.packets = 3,
		.bytes = 180,
		.length = 60,
		.has_mac = true,
		.has_ports = true,
		.has_tcp_flags = true,
		.dport = 445,
		.tcp_flags = 2,
	};
	const struct record_ledger ledger = { .epoch = maker->lines, .start = now, .end = now };
	for (uint64_t i = 0; i < maker->lines; i++) {
		flow.sport = (uint16_t)(i + 1);
		record_flow_write(&maker->json, &origin, logwrite_sequence(maker->log), &flow);
		put(maker, now);
	}
	record_ledger_write(&maker->json, &origin, logwrite_sequence(maker->log), now, &ledger);
	put(maker, now);
	seal(maker, now);
}

/* The same bytes for the same seed, each time others. */
static unsigned char random_seed[randombytes_SEEDBYTES];

static void seeded(void *bytes, size_t length)
{
	randombytes_buf_deterministic(bytes, length, random_seed);
	sodium_increment(random_seed, sizeof(random_seed));
}

static const char *seeded_name(void)
{
	return "seeded";
}

/* Not on disk at once: a year of groups would take long. */
static int no_sync(int fd)
{
	(void)fd;
	return 0;
}

/* Whether a line is the last one of its group (logwrite.h). */
static bool ends_group(const char *line)
{
	static const char *const inside[] = { "flow-blocked", "flow-observed", "detail-lost",
		"records-lost" };
	const char *action = strstr(line, "\"event.action\":\"");

	for (size_t i = 0; action && i < sizeof(inside) / sizeof(inside[0]); i++)
		if (strncmp(action + 16, inside[i], strlen(inside[i])) == 0 &&
			action[16 + strlen(inside[i])] == '"')
			return false;
	return true;
}

static int64_t time_of(const char *line)
{
	struct tm tm = { 0 };

	if (!strptime(line, "{\"@timestamp\":\"%Y-%m-%dT%H:%M:%S", &tm))
		check(-EBADMSG, line);
	return (int64_t)timegm(&tm) * 1000000000;
}

static int take_lines(char **arguments)
{
	static struct randombytes_implementation source = { .implementation_name = seeded_name,
		.buf = seeded };
	static const struct logwrite_io io = { .write = write, .sync = no_sync };
	struct maker maker = { .site = arguments[2] };
	struct logwrite_state state;
	char *line = NULL;
	size_t room = 0;
	ssize_t length;
	int64_t now = 0;
	bool began;

	snprintf((char *)random_seed, sizeof(random_seed), "%s", arguments[3]);
	randombytes_set_implementation(&source);
	check(sodium_init() < 0 ? -EIO : 0, "libsodium");
	check(logwrite_open(arguments[0], &io, &maker.log, &state), arguments[0]);
	check(seal_open(arguments[0], arguments[1], arguments[2], &maker.seal, &began),
		arguments[1]);
	check(logwrite_resume(maker.log, arguments[0], seal_last(maker.seal)), "resume");
	while ((length = getline(&line, &room, stdin)) > 0) {
		int64_t time = time_of(line);

		if (now > 0 && time / DAY != now / DAY)
			seal(&maker, now);
		now = time;
		check(logwrite_line(maker.log, line, (size_t)length, now), line);
		if (ends_group(line))
			check(logwrite_commit(maker.log), line);
	}
	seal(&maker, now);
	free(line);
	seal_close(maker.seal);
	logwrite_close(maker.log);
	return 0;
}

static int pack(const char *log, char **segments)
{
	int directory = open(log, O_RDONLY | O_DIRECTORY);
	for (; *segments; segments++) {
		struct logfile_pack *one;
		int r = logfile_pack_begin(directory, *segments, NULL, &one);
		check(r, *segments);
		while ((r = logfile_pack_step(one)) > 0)
			;
		check(r, *segments);
		logfile_pack_end(one);
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct maker maker = { 0 };
	struct logwrite_state state;
	bool began;
	if (argc > 2 && strcmp(argv[1], "--pack") == 0)
		return pack(argv[2], argv + 3);
	if (argc == 6 && strcmp(argv[1], "--lines") == 0)
		return take_lines(argv + 2);
	if (argc < 7 || sodium_init() < 0)
		return 2;
	uint64_t days = strtoull(argv[4], NULL, 10), groups = strtoull(argv[5], NULL, 10);
	maker.lines = strtoull(argv[6], NULL, 10);
	maker.site = argv[3];
	maker.directory = argv[1];
	maker.cut = getenv("CUT");
	json_init(&maker.json);
	check(logwrite_open(argv[1], NULL, &maker.log, &state), argv[1]);
	check(seal_open(argv[1], argv[2], argv[3], &maker.seal, &began), argv[2]);
	check(logwrite_resume(maker.log, argv[1], seal_last(maker.seal)), "resume");
	const char *chosen = getenv("FIRST");
	int64_t first = chosen ? strtoll(chosen, NULL, 10) * 1000000000 : FIRST;
	int64_t begin = state.time > first ? state.time + 1 : first;
	for (uint64_t day = 0; day < days; day++)
		for (uint64_t group = 0; group < groups; group++)
			put_group(&maker, begin + (int64_t)day * DAY + (int64_t)group * 1000000000);
	for (int i = 7; i < argc; i++)
		put_removal(&maker, argv[i],
			begin + (int64_t)(days ? days - 1 : 0) * DAY + i * INT64_C(100000000000));
	seal_close(maker.seal);
	logwrite_close(maker.log);
	json_clear(&maker.json);
	return 0;
}
