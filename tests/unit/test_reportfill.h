/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Logs of a few lines, written as the programs write them, and a report to be filled from them. */
#ifndef HEDATE_TEST_REPORTFILL_H
#define HEDATE_TEST_REPORTFILL_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../daemon/reportfill.h"
#include "../../daemon/store.h"
#include "../../lib/logkeep.h"
#include "fromtext.h"
#include "register.h"
#include "suite.h"
#include "testdir.h"

#define MIDNIGHT INT64_C(1795186800) /* 2026-11-21T00:00:00+09:00 */
#define FILE_1	 "hedate-20261120.jsonl"
#define FILE_2	 "hedate-20261121.jsonl"

/* A configuration, but for its paths; two of these. */
#define SITE                                                                                       \
	"site = { name = \"x\"; };\n"                                                              \
	"zones = ( { name = \"a\"; kind = \"lgwan\"; segments = ( { name = \"s\"; interface = "    \
	"\"e1\"; networks = \"10.1.0.0/24\"; } ); },\n"                                            \
	"  { name = \"b\"; kind = \"lgwan\"; segments = ( { name = \"s\"; interface = \"e2\"; "    \
	"networks = \"10.2.0.0/24\"; } ); } );\n"                                                  \
	"services = ( { name = \"https\"; tcp = 443; } );\n"
#define PATH_ONE                                                                                   \
	"{ name = \"P1\"; from = \"10.1.0.1\"; to = \"10.2.0.1\"; service = \"https\"; reason = "  \
	"\"x\"; }"
#define PATH_TWO                                                                                   \
	"{ name = \"P2\"; from = \"10.1.0.2\"; to = \"10.2.0.1\"; service = \"https\"; reason = "  \
	"\"x\"; }"

/* In place of those of hedate.c: what goes wrong is told in the report. */
static unsigned int complaints;

int cmd_failed(const char *format, ...)
{
	(void)format;
	complaints++;
	return EXIT_FAILED;
}

int cmd_usage_error(const struct cmd_usage *usage, const char *format, ...)
{
	(void)usage, (void)format;
	ck_abort_msg("a mistake on the command line");
	return EXIT_USAGE;
}

/* ---- the fixture ---- */

static char root[TESTDIR_PATH], logs[80];
static struct report *report;
static struct reportfacts facts;
static struct zonetime *zone;
static const struct cli cli = { .profiles = "conf" };
static uint64_t sequence;

static inline void set_up(void)
{
	testdir_make(root, "reportfill");
	snprintf(logs, sizeof(logs), "%s/log", root);
	ck_assert_int_eq(mkdir(logs, 0755), 0);
	ck_assert_int_eq(report_new(&report), 0);
	ck_assert_int_eq(zonetime_load("Asia/Tokyo", &zone), 0);
	report->zone = zone;
	facts = (struct reportfacts){ .cli = &cli,
		.now = MIDNIGHT + 5 * DAY,
		.since = MIDNIGHT - 3 * DAY,
		.until = MIDNIGHT + 2 * DAY,
		.log = logs,
		.unused_days = 90 };
	sequence = 0;
	complaints = 0;
	register_set_up();
	from_text_set_up();
}

static inline void tear_down(void)
{
	from_text_tear_down();
	register_tear_down();
	report_free(report);
	zonetime_free(zone);
	testdir_remove(root);
}

static inline void put(const char *name, const char *bytes, size_t length)
{
	char path[200];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", root, name);
	file = fopen(path, "a");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, length, file), length);
	ck_assert_int_eq(fclose(file), 0);
}

/* A line of the log: its time in seconds, its action, and what else it has. */
__attribute__((format(printf, 4, 5))) static inline void line(
	const char *file, int64_t time, const char *action, const char *format, ...)
{
	char rest[1024], whole[1400], when[ZONETIME_TEXT_MAX], name[64];
	va_list arguments;
	int length;

	va_start(arguments, format);
	vsnprintf(rest, sizeof(rest), format, arguments);
	va_end(arguments);
	zonetime_format(NULL, time, when);
	length = snprintf(whole, sizeof(whole),
		"{\"@timestamp\":\"%s\",\"event.sequence\":%" PRIu64 ",\"event.kind\":\"event\","
		"\"event.action\":\"%s\",\"event.outcome\":\"success\"%s%s}\n",
		when, ++sequence, action, rest[0] != '\0' ? "," : "", rest);
	snprintf(name, sizeof(name), "log/%s", file);
	put(name, whole, (size_t)length);
}

static inline void flow(const char *file, int64_t time, const char *source, const char *reason,
	unsigned int packets)
{
	line(file, time, "flow-blocked",
		"\"event.reason\":\"%s\",\"hedate.zone.source\":\"internet\","
		"\"hedate.zone.destination\":\"mynumber\",\"source.ip\":\"%s\","
		"\"destination.ip\":\"10.10.0.1\",\"destination.port\":445,"
		"\"network.transport\":\"tcp\",\"network.packets\":%u",
		reason, source, packets);
}

static inline void ledger(const char *file, int64_t time, unsigned int packets,
	unsigned int recorded, unsigned int lost)
{
	line(file, time, "ledger",
		"\"hedate.ledger.packets\":%u,\"hedate.ledger.recorded\":%u,"
		"\"hedate.ledger.lost\":%u",
		packets, recorded, lost);
}

/* Two days of it: three flows, one of them observed only by hedate, a loss, a scan; and one flow
 * before the period. */
static inline void write_flows(void)
{
	flow(FILE_1, MIDNIGHT - 5 * DAY, "10.30.0.9", "spoof", 1000);
	ledger(FILE_1, MIDNIGHT - 5 * DAY, 1000, 1000, 0);
	flow(FILE_1, MIDNIGHT - 60, "10.30.0.1", "no-path", 2);
	ledger(FILE_1, MIDNIGHT - 50, 2, 2, 0);
	flow(FILE_1, MIDNIGHT + 60, "10.30.0.1", "no-path", 5);
	flow(FILE_1, MIDNIGHT + 61, "10.30.0.2", "spoof", 4);
	line(FILE_1, MIDNIGHT + 62, "flow-observed",
		"\"event.reason\":\"observe\",\"source.ip\":\"10.20.0.1\",\"network.packets\":9");
	line(FILE_1, MIDNIGHT + 70, "records-lost", "\"hedate.lost.packets\":3");
	ledger(FILE_1, MIDNIGHT + 70, 21, 18, 3);
	line(FILE_1, MIDNIGHT + 80, "scan",
		"\"hedate.zone.source\":\"internet\",\"hedate.zone.destination\":\"lgwan\","
		"\"source.ip\":\"10.30.0.2\",\"hedate.scan.reason\":\"no-path\","
		"\"hedate.scan.targets\":21,\"hedate.scan.addresses\":12,\"hedate.scan.ports\":3");
}

#endif
