/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a log as a busy gateway's would look, quickly: not sealed, with the recorder's own lines.
 *
 *	genlog LOG RECORDS [SEED [SEGMENT_BYTES [DAYS]]]
 *
 * Days with epochs of 10 s. Few sources are the reason for most records; scans, spoofed
 * addresses, IPv6, ICMP, revisions that change, events, losses and ledgers are among them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "logname.h"
#include "record.h"

#define SECOND	      INT64_C(1000000000)
#define EPOCH	      (10 * SECOND)
#define DAY	      (86400 * SECOND)
#define FIRST	      INT64_C(1795132800000000000) /* 2026-11-20T00:00:00Z */
#define DAYS	      10 /* of 86,400 s, over which the records are spread */
#define SEGMENT_BYTES (UINT64_C(1) << 30)

struct place {
	const char *zone, *segment, *interface;
	unsigned int network; /* 10.<network>.0.0/16 */
};

static const struct place places[] = {
	{ "mynumber", "mynumber.servers", "eno1.120", 10 },
	{ "mynumber", "mynumber.terminals", "eno1.110", 11 },
	{ "lgwan", "lgwan.terminals", "eno2.210", 20 },
	{ "lgwan", "lgwan.servers", "eno2.220", 21 },
	{ "lgwan", "lgwan.external", "eno2.230", 28 },
	{ "internet", "internet.office", "eno3.310", 30 },
	{ "internet", "internet.schools", "eno3.320", 31 },
	{ "internet", "internet.cloud", "eno3.330", 32 },
};
#define PLACES (sizeof(places) / sizeof(places[0]))

static const char *const reasons[] = { "no-path", "no-path", "no-path", "no-path", "no-path",
	"no-path", "spoof", "route", "invalid", "device", "input", "limit", "revoked", "expired" };
static const uint16_t ports[] = { 445, 443, 443, 80, 22, 3389, 53, 139, 1433, 8080, 123, 161, 23,
	25, 587, 5432 };

struct maker {
	const char *directory;
	FILE *out;
	struct logname name;
	uint64_t bytes, segment_bytes; /* of the current segment; when to begin another */
	struct json json;
	uint64_t random, sequence, epoch;
};

/* splitmix64 */
static uint64_t draw(struct maker *maker)
{
	uint64_t value = maker->random += UINT64_C(0x9e3779b97f4a7c15);

	value = (value ^ value >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	value = (value ^ value >> 27) * UINT64_C(0x94d049bb133111eb);
	return value ^ value >> 31;
}

static uint64_t below(struct maker *maker, uint64_t limit)
{
	return draw(maker) % limit;
}

/* Small numbers are far more frequent than large ones. */
static uint64_t skewed(struct maker *maker, uint64_t limit)
{
	double part = (double)(draw(maker) >> 11) / 9007199254740992.0;

	return (uint64_t)((double)limit * part * part * part * part);
}

static void fail(const char *what)
{
	perror(what);
	exit(1);
}

static void begin_file(struct maker *maker, int64_t now)
{
	char name[LOGNAME_MAX], path[4096], day[RECORD_TIME_MAX];

	record_time_format(now, day);
	snprintf(path, sizeof(path), "%.4s%.2s%.2s", day, day + 5, day + 8);
	if (maker->out && fclose(maker->out) != 0)
		fail(maker->directory);
	if (strcmp(path, maker->name.day) == 0)
		maker->name.part++;
	else
		maker->name.part = 0;
	memcpy(maker->name.day, path, sizeof(maker->name.day));
	logname_format(&maker->name, name);
	snprintf(path, sizeof(path), "%s/%s", maker->directory, name);
	maker->out = fopen(path, "w");
	if (!maker->out)
		fail(path);
	maker->bytes = 0;
}

static void put(struct maker *maker)
{
	if (fwrite(maker->json.text, 1, maker->json.length, maker->out) != maker->json.length)
		fail(maker->directory);
	maker->bytes += maker->json.length;
	json_reset(&maker->json);
}

static void set_v4(uint8_t bytes[16], unsigned int network, uint64_t host)
{
	const uint8_t address[4] = { 10, (uint8_t)network, (uint8_t)(host >> 8), (uint8_t)host };

	memcpy(bytes, address, sizeof(address));
}

static void set_v6(uint8_t bytes[16], unsigned int network, uint64_t host)
{
	bytes[0] = 0xfd;
	bytes[3] = (uint8_t)network;
	bytes[14] = (uint8_t)(host >> 8);
	bytes[15] = (uint8_t)host;
}

static void set_ends(struct maker *maker, struct record_flow *flow, const struct place *from,
	const struct place *to, uint64_t host)
{
	bool v6 = below(maker, 10) == 0;

	flow->key.family = v6 ? ADDR_IPV6 : ADDR_IPV4;
	(v6 ? set_v6 : set_v4)(flow->key.saddr, from->network, host);
	(v6 ? set_v6 : set_v4)(flow->key.daddr, to->network, 1 + skewed(maker, 2000));
	if (strcmp(flow->reason, "spoof") == 0 && !v6) {
		uint64_t address = draw(maker);

		memcpy(flow->key.saddr, &address, 4);
	}
	flow->has_mac = true;
	memcpy(flow->mac, (const uint8_t[]){ 0, 0, 0x5e, 0, 0, 0 }, MAC_LENGTH);
	flow->mac[3] = (uint8_t)from->network;
	flow->mac[4] = (uint8_t)(host >> 8);
	flow->mac[5] = (uint8_t)host;
}

static void set_transport(struct maker *maker, struct record_flow *flow)
{
	uint64_t what = below(maker, 20);

	flow->key.protocol = what == 0 ? 1 : what < 5 ? 17 : 6;
	flow->has_icmp = what == 0;
	flow->icmp_type = 8;
	flow->has_ports = !flow->has_icmp;
	flow->has_tcp_flags = what >= 5;
	flow->tcp_flags = 2;
	flow->sport = (uint16_t)(32768 + below(maker, 28232));
	flow->dport = what == 19 ? (uint16_t)below(maker, 65536)
				 : ports[skewed(maker, sizeof(ports) / sizeof(ports[0]))];
}

static void put_flow(struct maker *maker, const struct record_origin *origin, int64_t begin)
{
	static char revision[16];
	const struct place *from = &places[skewed(maker, PLACES)], *to;
	struct record_flow flow = { 0 };

	do
		to = &places[below(maker, PLACES)];
	while (to == from);
	snprintf(revision, sizeof(revision), "%012" PRIx64,
		(maker->epoch / 4320 + 1) * UINT64_C(0x3f5a0c1d2e) & UINT64_C(0xffffffffffff));
	flow.reason = reasons[below(maker, sizeof(reasons) / sizeof(reasons[0]))];
	flow.revision = revision;
	flow.from = from->zone;
	flow.segment_from = from->segment;
	flow.interface_in = from->interface;
	flow.to = to->zone;
	flow.segment_to = to->segment;
	flow.interface_out = to->interface;
	flow.start = begin + (int64_t)below(maker, EPOCH);
	flow.end = flow.start + (int64_t)below(maker, EPOCH);
	flow.boottime = flow.start - FIRST;
	flow.packets = 1 + skewed(maker, 200);
	flow.bytes = flow.packets * 60;
	flow.length = 60;
	flow.epoch = maker->epoch;
	set_ends(maker, &flow, from, to, 1 + skewed(maker, 6000));
	set_transport(maker, &flow);
	record_flow_write(&maker->json, origin, ++maker->sequence, &flow);
	put(maker);
}

static void put_event(struct maker *maker, const struct record_origin *origin, int64_t time,
	const char *action, const struct record_extra *extra)
{
	const struct record_event event = {
		.time = time,
		.action = action,
		.outcome = extra ? "failure" : "success",
		.revision = "3f5a0c1d2e4b",
		.message = "made for a measurement",
		.extras = extra,
		.extra_count = extra ? 1 : 0,
	};

	record_event_write(&maker->json, origin, ++maker->sequence, &event);
	put(maker);
}

/* The lines of an epoch; returns how many. */
static uint64_t put_epoch(
	struct maker *maker, const struct record_origin *origin, int64_t begin, uint64_t flows)
{
	const struct record_ledger ledger = { .epoch = maker->epoch,
		.start = begin,
		.end = begin + EPOCH,
		.packets = flows,
		.recorded = flows };
	const struct record_extra lost = { .key = "lost.packets", .number = 5 };
	uint64_t before = maker->sequence;

	for (uint64_t i = 0; i < flows; i++)
		put_flow(maker, origin, begin);
	if (below(maker, 50) == 0)
		put_event(maker, origin, begin + EPOCH, "records-lost", &lost);
	record_ledger_write(&maker->json, origin, ++maker->sequence, begin + EPOCH, &ledger);
	put(maker);
	if (below(maker, 100) == 0)
		put_event(maker, origin, begin + EPOCH, "apply", NULL);
	return maker->sequence - before;
}

int main(int argc, char **argv)
{
	const struct record_origin origin = { .site = "aobano", .table = "0123456789abcdef" };
	struct maker maker = { .segment_bytes = SEGMENT_BYTES };
	uint64_t records, an_epoch, days = DAYS;

	if (argc < 3 || argc > 6) {
		fprintf(stderr, "usage: genlog LOG RECORDS [SEED [SEGMENT_BYTES [DAYS]]]\n");
		return 2;
	}
	maker.directory = argv[1];
	records = strtoull(argv[2], NULL, 10);
	maker.random = argc > 3 ? strtoull(argv[3], NULL, 10) : 1;
	if (argc > 4)
		maker.segment_bytes = strtoull(argv[4], NULL, 10);
	if (argc > 5)
		days = strtoull(argv[5], NULL, 10);
	an_epoch = records / (days * (uint64_t)(DAY / EPOCH)) + 1;
	for (uint64_t written = 0; written < records; maker.epoch++) {
		int64_t begin = FIRST + (int64_t)maker.epoch * EPOCH;

		if (!maker.out || begin % DAY == 0 || maker.bytes >= maker.segment_bytes)
			begin_file(&maker, begin);
		written += put_epoch(&maker, &origin, begin, 1 + below(&maker, 2 * an_epoch));
	}
	if (maker.out && fclose(maker.out) != 0)
		fail(maker.directory);
	json_clear(&maker.json);
	return 0;
}
