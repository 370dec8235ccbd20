/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Epochs as hedated sends them, with a log in a directory of its own: records, numbers, failures,
 * the end of the process at any write. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "../../daemon/epoch.h"
#include "../../daemon/packets.h"
#include "../../lib/logread.h"
#include "../../lib/logrecord.h"
#include "suite.h"

#define PREFIX "hedate no-path internet mynumber 0123456789ab"
#define START  INT64_C(1795161600000000000)
#define SECOND INT64_C(1000000000)

static char directory[64];
static struct journal *journal;
static struct topology topology;
static struct ifnames *ifnames;
static struct epochs *epochs;
static struct logwrite_state state;
static int changes; /* of the log's ability to be written */

/* Writing fails once so many writes are done: with this errno, or (0) the process ends. */
static int writes_left;
static int write_error;

static ssize_t faulty_write(int fd, const void *bytes, size_t length)
{
	if (writes_left < 0 || writes_left-- > 0)
		return write(fd, bytes, length);
	writes_left = 0;
	if (!write_error) {
		(void)!write(fd, bytes, length / 2);
		_exit(0);
	}
	errno = write_error;
	return -1;
}

static int faulty_sync(int fd)
{
	if (writes_left < 0 || writes_left-- > 0)
		return fdatasync(fd);
	writes_left = 0;
	if (!write_error)
		_exit(0);
	errno = write_error;
	return -1;
}

static const struct logwrite_io faulty = { .write = faulty_write, .sync = faulty_sync };

static void changed(int error, void *data)
{
	(void)error, (void)data;
	changes++;
}

static void open_all(size_t details)
{
	ck_assert_int_eq(journal_open(directory, &faulty, changed, NULL, &journal, &state), 0);
	ck_assert_int_eq(journal_set_site(journal, "aobano"), 0);
	ck_assert_int_eq(ifnames_new(&ifnames), 0);
	ck_assert_int_eq(epochs_new(journal, &topology, ifnames, &state, details, &epochs), 0);
	ck_assert_int_eq(epochs_set_table(epochs, "t1", INT64_MAX), 0);
	struct topology_place lo = { "lo", "internet.terminals", "internet" };
	ck_assert_int_eq(topology_begin(&topology, "0123456789ab"), 0);
	ck_assert_int_eq(topology_add_place(&topology, &lo), 0);
	ck_assert_int_eq(topology_add_code(&topology, 7, "spoof", "lgwan.servers", "unknown"), 0);
	ck_assert_int_eq(topology_end(&topology), 0);
}

static void close_all(void)
{
	epochs_free(epochs);
	ifnames_free(ifnames);
	journal_close(journal);
	topology_clear(&topology);
	epochs = NULL;
	ifnames = NULL;
	journal = NULL;
}

static void set_up(void)
{
	strcpy(directory, "/tmp/hedate-epoch.XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	writes_left = -1;
	changes = 0;
	open_all(0);
}

static void empty_directory(void)
{
	DIR *names = opendir(directory);
	struct dirent *entry;
	while ((entry = readdir(names)))
		unlinkat(dirfd(names), entry->d_name, 0);
	closedir(names);
}

static void tear_down(void)
{
	close_all();
	empty_directory();
	rmdir(directory);
}

/* Input ---------------------------------------------------------------------------------------- */

static struct flow_key tcp_key(unsigned int generation, uint16_t port)
{
	return (struct flow_key){ .saddr = { 10, 30, 17, 5 },
		.daddr = { 10, 10, 0, 10 },
		.code = 5,
		.sport = port,
		.dport = 443,
		.family = ADDR_IPV4,
		.class = FLOW_TCP,
		.protocol = IPPROTO_TCP,
		.generation = (uint8_t)generation };
}

/* What there is of every packet that is sent. */
static const uint8_t packet_bytes[1500] = { 0x45, 0, 0, 60 };

static void send_packet(const struct flow_key *key, bool overflow, int64_t time)
{
	struct nflog_packet packet = {
		.flow = { .key = *key,
			.length = 60,
			.overflow = overflow,
			.has_tcp_flags = true,
			.tcp_flags = 2,
			.has_ports = true,
			.sport = key->sport,
			.dport = key->dport },
		.prefix = PREFIX,
		.bytes = packet_bytes,
		.captured = sizeof(packet_bytes),
		.index_in = 1,
		.has_time = true,
		.has_mac = true,
		.time = time,
		.mac = { 0, 0, 0x5e, 0, 0x53, 5 },
	};
	epochs_packet(epochs, &packet);
}

static int begin(uint64_t number, unsigned int generation)
{
	const struct epochs_begin what = {
		.number = number,
		.generation = generation,
		.start = START,
		.end = START + 10 * SECOND,
		.revision = "0123456789ab",
		.counts = true,
	};
	return epochs_begin(epochs, &what);
}

/* Likewise, when nothing is needed of the counts. */
static int begin_known(uint64_t number, unsigned int generation)
{
	const struct epochs_begin what = {
		.number = number,
		.generation = generation,
		.start = START,
		.end = START + 10 * SECOND,
		.revision = "0123456789ab",
	};
	return epochs_begin(epochs, &what);
}

static bool knows_all(uint64_t number, unsigned int generation, uint64_t packets)
{
	const struct epochs_closed closed = { number, generation, packets, packets * 60 };
	return epochs_know_all(epochs, &closed);
}

static int count(const struct flow_key *key, uint64_t packets)
{
	const struct rec_count what = { *key, packets, packets * 60 };
	return epochs_counts(epochs, &what, 1);
}

static int end(uint64_t number, uint64_t packets, uint64_t overflow, struct epochs_done *done)
{
	const struct epochs_end what = {
		.number = number, .packets = packets, .overflow = overflow, .kernel = 1000
	};
	return epochs_end(epochs, &what, done);
}

/* The log -------------------------------------------------------------------------------------- */

struct seen {
	unsigned int lines, flows, full, counted, overflow, ledgers, lost_notes, detail_notes,
		events;
	uint64_t packets; /* of all flows */
	uint64_t lost;
	char actions[2000]; /* of all that are not flows */
	char first_flow[1000], last_flow[1000];
	char last_note[1000]; /* detail-lost */
};

static void look_at(struct seen *seen, char *line, size_t length)
{
	struct log_record record;
	char copy[1000];
	snprintf(copy, sizeof(copy), "%s", line);
	ck_assert_int_eq(log_record_parse(line, length, &record), 0);
	seen->lines++;
	ck_assert_uint_eq(strtoull(record.sequence, NULL, 10), seen->lines);
	if (strcmp(record.action, "flow-blocked") == 0) {
		seen->flows++;
		seen->packets += strtoull(record.packets, NULL, 10);
		seen->full += strcmp(record.detail, "full") == 0;
		seen->counted += strcmp(record.detail, "counted") == 0;
		seen->overflow += strcmp(record.detail, "overflow") == 0;
		strcpy(seen->last_flow, copy);
		if (seen->flows == 1)
			strcpy(seen->first_flow, copy);
		return;
	}
	if (strlen(seen->actions) + strlen(record.action) + 2 < sizeof(seen->actions)) {
		strcat(seen->actions, record.action);
		strcat(seen->actions, " ");
	}
	seen->ledgers += strcmp(record.action, "ledger") == 0;
	if (strcmp(record.action, "detail-lost") == 0) {
		seen->detail_notes++;
		strcpy(seen->last_note, copy);
	}
	if (strcmp(record.action, "records-lost") == 0) {
		seen->lost_notes++;
		seen->lost += strtoull(record.lost_packets, NULL, 10);
	}
}

static struct seen read_log(void)
{
	struct seen seen = { 0 };
	struct logread *log;
	char *line;
	size_t length;
	int r;
	ck_assert_int_eq(logread_open(directory, &log), 0);
	while ((r = logread_next(log, &line, &length)) > 0)
		look_at(&seen, line, length);
	ck_assert_int_eq(r, 0);
	logread_close(log);
	return seen;
}

#define ck_has(text, part) ck_assert_msg(strstr(text, part), "no %s in %s", part, text)

/* Records -------------------------------------------------------------------------------------- */

START_TEST(test_full)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), two = tcp_key(0, 1001);
	send_packet(&one, false, START + SECOND);
	send_packet(&two, false, START + 2 * SECOND);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(count(&two, 4), 0);
	ck_assert_int_eq(end(1, 5, 0, &done), 0);
	ck_assert_uint_eq(done.recorded, 5);
	ck_assert_uint_eq(done.lost, 0);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.full, 2);
	ck_assert_uint_eq(seen.packets, 5);
	ck_assert_str_eq(seen.actions, "ledger ");
	ck_has(seen.last_flow, "\"@timestamp\":\"2026-11-20T08:00:02.000000000Z\"");
	ck_has(seen.last_flow, "\"event.end\":\"2026-11-20T08:00:10.000000000Z\"");
	ck_has(seen.last_flow, "\"event.reason\":\"no-path\"");
	ck_has(seen.last_flow, "\"rule.ruleset\":\"0123456789ab\"");
	ck_has(seen.last_flow, "\"hedate.zone.source\":\"internet\"");
	ck_has(seen.last_flow, "\"hedate.zone.destination\":\"mynumber\"");
	ck_has(seen.last_flow, "\"hedate.segment.source\":\"internet.terminals\"");
	ck_has(seen.last_flow, "\"observer.ingress.interface.name\":\"lo\"");
	ck_has(seen.last_flow, "\"source.mac\":\"00-00-5E-00-53-05\"");
	ck_has(seen.last_flow, "\"source.port\":1001");
	ck_has(seen.last_flow, "\"network.packets\":4,\"network.bytes\":240");
	ck_has(seen.last_flow, "\"hedate.length\":60");
	ck_has(seen.last_flow, "\"hedate.epoch\":1,\"hedate.table\":\"t1\"");
}
END_TEST

START_TEST(test_one_packet_ends_when_it_begins)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(1, 1000);
	send_packet(&one, false, START + SECOND);
	ck_assert_int_eq(begin(1, 1), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), 0);
	struct seen seen = read_log();
	ck_has(seen.last_flow, "\"event.end\":\"2026-11-20T08:00:01.000000000Z\"");
}
END_TEST

START_TEST(test_counted)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	one.code = 7;
	epochs_findings(epochs, (struct nflog_findings){ .overruns = 3, .malformed = 1 });
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 6), 0);
	ck_assert_int_eq(end(1, 6, 0, &done), 0);
	ck_assert_uint_eq(done.recorded, 6);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.counted, 1);
	ck_assert_str_eq(seen.actions, "detail-lost ledger ");
	ck_has(seen.last_flow, "\"event.reason\":\"spoof\"");
	ck_has(seen.last_flow, "\"hedate.segment.source\":\"lgwan.servers\"");
	ck_has(seen.last_flow, "\"event.start\":\"2026-11-20T08:00:00.000000000Z\"");
	ck_has(seen.last_flow, "\"source.port\":1000");
	ck_assert_ptr_null(strstr(seen.last_flow, "hedate.boottime"));
	ck_assert_ptr_null(strstr(seen.last_flow, "source.mac"));
	ck_assert_ptr_null(strstr(seen.last_flow, "hedate.length"));
}
END_TEST

/* As many flows as packets: each had one. */
START_TEST(test_known)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), two = tcp_key(0, 1001), other = tcp_key(1, 1002);
	const struct epochs_closed longer = { 1, 0, 2, 121 };
	send_packet(&one, false, START + SECOND);
	ck_assert(!knows_all(1, 0, 2));
	send_packet(&two, false, START + 2 * SECOND);
	send_packet(&two, true, START + 3 * SECOND); /* overflow is not in the sets */
	send_packet(&other, false, START + 4 * SECOND);
	ck_assert(knows_all(1, 0, 2));
	ck_assert(!knows_all(1, 0, 1));
	ck_assert(!knows_all(1, 0, 3));
	ck_assert(!epochs_know_all(epochs, &longer));
	ck_assert_int_eq(begin_known(1, 0), 0);
	ck_assert_int_eq(end(1, 3, 1, &done), 0);
	ck_assert_uint_eq(done.recorded, 3);
	ck_assert_uint_eq(done.lost, 0);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.full, 2);
	ck_assert_uint_eq(seen.overflow, 1);
	ck_assert_uint_eq(seen.packets, 3);
	ck_assert_str_eq(seen.actions, "overflow ledger ");
	ck_has(seen.first_flow, "\"event.end\":\"2026-11-20T08:00:01.000000000Z\"");
	ck_has(seen.first_flow, "\"source.port\":1000");
	ck_has(seen.first_flow, "\"network.packets\":1,\"network.bytes\":60");
	ck_assert(knows_all(1, 0, 2)); /* it is on disk */
	ck_assert(!knows_all(2, 1, 2));
	ck_assert(knows_all(2, 1, 1)); /* what came meanwhile is still there */
}
END_TEST

/* What hedated says at the end is what it asked with. */
START_TEST(test_known_no_more)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), two = tcp_key(0, 1001);
	send_packet(&one, false, START);
	ck_assert(knows_all(1, 0, 1));
	ck_assert_int_eq(begin_known(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), -EPROTO); /* none were to come */
	epochs_abort(epochs);
	ck_assert_int_eq(begin_known(1, 0), 0);
	ck_assert_int_eq(end(1, 2, 0, &done), -EPROTO);
	send_packet(&two, false, START);
	ck_assert_int_eq(begin_known(1, 0), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), -EPROTO);
	ck_assert_uint_eq(read_log().lines, 0);
	ck_assert_int_eq(begin_known(1, 0), 0);
	ck_assert_int_eq(end(1, 2, 0, &done), 0);
	ck_assert_uint_eq(read_log().full, 2);
}
END_TEST

/* That the queue was full was seen in an epoch that misses nothing: the next one says it. */
START_TEST(test_findings_wait)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), two = tcp_key(1, 1000);
	send_packet(&one, false, START);
	epochs_findings(epochs, (struct nflog_findings){ .overruns = 3, .malformed = 1 });
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 2), 0);
	ck_assert_int_eq(end(1, 2, 0, &done), 0);
	ck_assert_uint_eq(read_log().detail_notes, 0);
	for (uint64_t number = 2; number <= 4; number += 2) {
		ck_assert_int_eq(begin(number, 1), 0);
		ck_assert_int_eq(count(&two, 2), 0);
		ck_assert_int_eq(end(number, 2, 0, &done), 0);
		struct seen seen = read_log();
		ck_assert_uint_eq(seen.detail_notes, number / 2);
		ck_has(seen.last_note,
			number == 2 ? "counted.overruns\":3" : "counted.overruns\":0");
	}
}
END_TEST

START_TEST(test_payload)
{
	const struct flow_key one = tcp_key(0, 1000), two = tcp_key(0, 1001);
	struct epochs_done done;

	send_packet(&one, false, START);
	epochs_set_payload(epochs, 6);
	send_packet(&two, false, START);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(count(&two, 1), 0);
	ck_assert_int_eq(end(1, 2, 0, &done), 0);
	struct seen seen = read_log();
	ck_assert_ptr_nonnull(strstr(seen.last_flow, "\"hedate.packet\":\"RQAAPAAA\""));
	ck_assert_ptr_null(strstr(seen.first_flow, "hedate.packet"));
	ck_assert_uint_eq(seen.detail_notes, 0);
}
END_TEST

/* Past what is kept at most, packets are counted, and that is on record. */
START_TEST(test_payload_bound)
{
	const unsigned int kept = PACKETS_BYTES_MAX / (1500 + 2), sent = kept + 7;
	const struct flow_key last = tcp_key(0, (uint16_t)sent);
	struct epochs_done done;

	epochs_set_payload(epochs, 1500);
	for (unsigned int i = 1; i <= sent; i++) {
		const struct flow_key key = tcp_key(0, (uint16_t)i);

		send_packet(&key, false, START);
	}
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&last, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), 0);
	struct seen seen = read_log();
	ck_assert_ptr_null(strstr(seen.last_flow, "hedate.packet"));
	ck_assert_uint_eq(seen.full, 1);
	ck_assert_uint_eq(seen.detail_notes, 1);
	ck_assert_ptr_nonnull(strstr(seen.last_note, "\"hedate.counted.unkept\":7"));
	ck_assert_ptr_nonnull(strstr(seen.last_note, "was not kept"));
}
END_TEST

START_TEST(test_unknown_code)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	one.class = FLOW_ICMP;
	one.protocol = IPPROTO_ICMP;
	one.sport = 8;
	one.dport = 0;
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), 0);
	struct seen seen = read_log();
	ck_has(seen.last_flow, "\"event.reason\":\"unknown\"");
	ck_has(seen.last_flow, "\"hedate.icmp.type\":8,\"hedate.icmp.code\":0");
}
END_TEST

START_TEST(test_overflow)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), two = tcp_key(0, 1001);
	send_packet(&one, false, START);
	/* The same flow overflowed later: its element did not last, or was not added. */
	for (int i = 1; i <= 3; i++)
		send_packet(&one, true, START + i * SECOND);
	send_packet(&two, true, START + 4 * SECOND);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 10), 0);
	ck_assert_int_eq(end(1, 16, 6, &done), 0); /* two of the six were not logged */
	ck_assert_uint_eq(done.recorded, 14);
	ck_assert_uint_eq(done.lost, 2);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.full, 1);
	ck_assert_uint_eq(seen.overflow, 2);
	ck_assert_uint_eq(seen.packets, 14);
	ck_assert_uint_eq(seen.lost, 2);
	ck_assert_str_eq(seen.actions, "overflow records-lost ledger ");
}
END_TEST

/* Of three denials: one was logged in part, one not at all, one more often than it was counted. */
START_TEST(test_overflow_by_code)
{
	struct epochs_done done;
	struct flow_key keys[3] = { tcp_key(0, 1000), tcp_key(0, 1001), tcp_key(0, 1002) };
	struct rec_overflow codes[] = {
		{ .code = 70, .packets = 5, .bytes = 300 },
		{ .code = keys[0].code, .packets = 4, .bytes = 240 },
		{ .code = 71, .packets = 1, .bytes = 60 },
	};
	keys[2].code = 71;
	for (int i = 0; i < 3; i++)
		send_packet(&keys[i], true, START + i * SECOND);
	send_packet(&keys[2], true, START + 3 * SECOND);
	ck_assert_int_eq(epochs_overflow(epochs, codes, 1), -EPROTO); /* of no epoch */
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(epochs_overflow(epochs, codes, 2), 0);
	ck_assert_int_eq(epochs_overflow(epochs, codes + 2, 1), 0);
	ck_assert_int_eq(end(1, 10, 10, &done), 0);
	ck_assert_uint_eq(done.recorded, 3);
	ck_assert_uint_eq(done.lost, 7);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.packets, 3);
	ck_assert_str_eq(seen.actions, "overflow overflow overflow records-lost ledger ");
	/* Nothing of it is there in the next epoch. */
	ck_assert_int_eq(begin(2, 1), 0);
	codes[0].code = 0;
	ck_assert_int_eq(epochs_overflow(epochs, codes, 1), -EPROTO);
}
END_TEST

START_TEST(test_overflow_times)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	for (int i = 1; i <= 3; i++)
		send_packet(&one, true, START + i * SECOND);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(end(1, 3, 3, &done), 0);
	struct seen seen = read_log();
	ck_has(seen.last_flow, "\"event.start\":\"2026-11-20T08:00:01.000000000Z\"");
	ck_has(seen.last_flow, "\"event.end\":\"2026-11-20T08:00:03.000000000Z\"");
	ck_has(seen.last_flow, "\"network.packets\":3,\"network.bytes\":180");
}
END_TEST

/* More was logged than the kernel counted: never more than it counted is recorded. */
START_TEST(test_overflow_logged_too_often)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), two = tcp_key(0, 1001);
	for (int i = 0; i < 3; i++) {
		send_packet(&one, true, START);
		send_packet(&two, true, START);
	}
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(end(1, 4, 4, &done), 0);
	ck_assert_uint_eq(done.recorded, 4);
	ck_assert_uint_eq(done.lost, 0);
	ck_assert_uint_eq(read_log().packets, 4);
}
END_TEST

/* Its own set was full, so the kernel counted it in "other", where it has no ports. */
START_TEST(test_fallen)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), other = flow_key_other(&one);
	struct flow_key udp = other;
	udp.protocol = IPPROTO_UDP; /* without detail */
	send_packet(&one, false, START);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&udp, 2), 0);
	ck_assert_int_eq(count(&other, 5), 0);
	ck_assert_int_eq(end(1, 7, 0, &done), 0);
	ck_assert_uint_eq(done.recorded, 7);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.full, 1);
	ck_assert_uint_eq(seen.counted, 1);
	ck_has(seen.last_flow, "\"source.port\":1000");
	/* All but the one that is known may have been of other flows. */
	ck_has(seen.last_note, "\"hedate.counted.merged\":6");
}
END_TEST

/* They have all that is to be known of the first of them, and the note says that there are more. */
START_TEST(test_merged)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), other = flow_key_other(&one);
	send_packet(&one, false, START);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&other, 3), 0);
	ck_assert_int_eq(end(1, 3, 0, &done), 0);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.full, 1);
	ck_assert_uint_eq(seen.detail_notes, 1);
	ck_has(seen.last_note, "\"hedate.counted.flows\":0");
	ck_has(seen.last_note, "\"hedate.counted.merged\":2");
	ck_has(seen.last_note, "some flows share a record");
}
END_TEST

START_TEST(test_sums_that_do_not_add_up)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 5), 0);
	ck_assert_int_eq(end(1, 8, 0, &done), 0);
	ck_assert_uint_eq(done.recorded, 5);
	ck_assert_uint_eq(done.lost, 3);
	/* The other way round nothing is lost, but it is said. */
	ck_assert_int_eq(begin(2, 1), 0);
	one.generation = 1;
	ck_assert_int_eq(count(&one, 5), 0);
	ck_assert_int_eq(end(2, 4, 0, &done), 0);
	ck_assert_uint_eq(done.recorded, 4);
	ck_assert_uint_eq(done.lost, 0);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.lost_notes, 2);
	ck_assert_uint_eq(seen.lost, 3);
}
END_TEST

START_TEST(test_empty_epoch)
{
	struct epochs_done done;
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(end(1, 0, 0, &done), 0);
	ck_assert_uint_eq(done.recorded, 0);
	ck_assert_uint_eq(read_log().lines, 0);
}
END_TEST

START_TEST(test_generations_are_kept_apart)
{
	struct epochs_done done;
	struct flow_key a = tcp_key(0, 1000), b = tcp_key(1, 1000);
	send_packet(&a, false, START);
	send_packet(&b, false, START + SECOND);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&a, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), 0);
	ck_assert_int_eq(begin(2, 1), 0);
	ck_assert_int_eq(count(&b, 1), 0);
	ck_assert_int_eq(end(2, 1, 0, &done), 0);
	ck_assert_uint_eq(read_log().full, 2);
	/* What was used is gone: the next epoch of that generation does not find it. */
	ck_assert_int_eq(begin(3, 0), 0);
	ck_assert_int_eq(count(&a, 1), 0);
	ck_assert_int_eq(end(3, 1, 0, &done), 0);
	ck_assert_uint_eq(read_log().counted, 1);
	ck_assert_uint_eq(epochs_totals(epochs)->recorded, 3);
}
END_TEST

START_TEST(test_limit_of_details)
{
	struct epochs_done done;
	close_all();
	open_all(2);
	ck_assert_int_eq(begin(1, 0), 0);
	for (uint16_t i = 0; i < 5; i++) {
		struct flow_key key = tcp_key(0, i);
		send_packet(&key, false, START);
		ck_assert_int_eq(count(&key, 1), 0);
	}
	ck_assert_int_eq(end(1, 5, 0, &done), 0);
	ck_assert_uint_eq(done.recorded, 5);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.full, 2);
	ck_assert_uint_eq(seen.counted, 3);
	/* There is room again. */
	struct flow_key key = tcp_key(1, 9);
	send_packet(&key, false, START);
	ck_assert_int_eq(begin(2, 1), 0);
	ck_assert_int_eq(count(&key, 1), 0);
	ck_assert_int_eq(end(2, 1, 0, &done), 0);
	ck_assert_uint_eq(read_log().full, 3);
}
END_TEST

START_TEST(test_not_ours)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	struct nflog_packet packet = { .flow = { .key = one }, .prefix = "ssh: \n" };
	epochs_packet(epochs, &packet);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), 0);
	ck_assert_uint_eq(read_log().counted, 1);
}
END_TEST

/* Order ---------------------------------------------------------------------------------------- */

START_TEST(test_order)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000), other = tcp_key(1, 1000);
	ck_assert_int_eq(count(&one, 1), -EPROTO);
	ck_assert_int_eq(end(1, 0, 0, &done), -EPROTO);
	ck_assert_int_eq(begin(1, 2), -EPROTO);
	ck_assert_int_eq(begin(0, 0), -EPROTO);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(begin(2, 1), -EPROTO);
	ck_assert_int_eq(end(2, 0, 0, &done), -EPROTO); /* ends the epoch, too */
	ck_assert_int_eq(count(&one, 1), -EPROTO);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&other, 1), -EPROTO); /* of another generation */
	ck_assert_int_eq(begin(1, 0), 0);
	one.family = 2;
	ck_assert_int_eq(count(&one, 1), -EPROTO);
	ck_assert_uint_eq(read_log().lines, 0);
}
END_TEST

START_TEST(test_repeated)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(begin(5, 0), 0);
		ck_assert_int_eq(count(&one, 4), 0);
		ck_assert_int_eq(end(5, 6, 2, &done), 0);
		ck_assert_uint_eq(done.recorded, 4);
		ck_assert_uint_eq(done.lost, 2);
		ck_assert_uint_eq(epochs_totals(epochs)->recorded, 4);
		ck_assert_uint_eq(epochs_totals(epochs)->last_epoch, 5);
		if (i == 1) { /* the same after a restart */
			close_all();
			open_all(0);
		}
	}
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.ledgers, 1);
	ck_assert_uint_eq(seen.flows, 1);
	/* Another table has its own numbers. */
	ck_assert_int_eq(epochs_set_table(epochs, "t2", INT64_MAX), 0);
	ck_assert_uint_eq(epochs_totals(epochs)->recorded, 0);
	ck_assert_int_eq(begin(5, 0), 0);
	ck_assert_int_eq(count(&one, 4), 0);
	ck_assert_int_eq(end(5, 4, 0, &done), 0);
	ck_assert_uint_eq(read_log().ledgers, 2);
}
END_TEST

/* The connection ends in the middle: nothing is left, and the details are found again. */
START_TEST(test_aborted)
{
	struct epochs_done done;
	for (uint16_t i = 0; i < 500; i++) {
		struct flow_key key = tcp_key(0, i);
		send_packet(&key, false, START);
	}
	for (int attempt = 0; attempt < 3; attempt++) {
		ck_assert_int_eq(begin(1, 0), 0);
		for (uint16_t i = 0; i < 500; i++) {
			struct flow_key key = tcp_key(0, i);
			ck_assert_int_eq(count(&key, 1), 0);
		}
		if (attempt < 2)
			epochs_abort(epochs);
	}
	ck_assert_int_eq(end(1, 500, 0, &done), 0);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.full, 500);
	ck_assert_uint_eq(seen.lines, 501);
}
END_TEST

/* Events and failures -------------------------------------------------------------------------- */

static void send_event(const char *action)
{
	const struct record_extra extra = { .key = "file", .text = "x.conf" };
	const struct record_event event = {
		.time = START,
		.action = action,
		.outcome = "success",
		.message = "done",
		.extras = &extra,
		.extra_count = 1,
	};
	journal_event(journal, &event);
}

START_TEST(test_events_wait_for_the_epoch)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	send_event("before");
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	send_event("inside");
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 2, 0, &done), 0);
	send_event("after");
	ck_assert_str_eq(read_log().actions, "before detail-lost ledger inside after ");
}
END_TEST

START_TEST(test_events_wait_for_an_aborted_epoch)
{
	struct flow_key one = tcp_key(0, 1000);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	send_event("inside");
	epochs_abort(epochs);
	struct seen seen = read_log();
	ck_assert_str_eq(seen.actions, "inside ");
	ck_assert_uint_eq(seen.lines, 1);
}
END_TEST

/* No room for an epoch, then for events; then there is room again. */
START_TEST(test_full_disk)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	send_packet(&one, false, START);
	writes_left = 0;
	write_error = ENOSPC;
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), -ENOSPC);
	ck_assert_int_eq(changes, 1);
	ck_assert_int_eq(begin(1, 0), -EBUSY);
	for (int i = 0; i < JOURNAL_EVENTS_MAX + 5; i++)
		send_event("apply");
	ck_assert_int_eq(journal_retry(journal), -ENOSPC);
	ck_assert_uint_eq(read_log().lines, 0);
	ck_assert_int_eq(changes, 1);
	writes_left = -1;
	ck_assert_int_eq(journal_retry(journal), 0);
	ck_assert_int_eq(changes, 2);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), 0);
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.full, 1);
	ck_assert_int_eq(strncmp(seen.actions, "log-failed apply apply ", 23), 0);
	ck_assert_uint_eq(seen.lines, JOURNAL_EVENTS_MAX + 2 + 1 + 1);
	ck_assert_int_eq(journal_retry(journal), 0);
}
END_TEST

START_TEST(test_failing_device)
{
	struct epochs_done done;
	struct flow_key one = tcp_key(0, 1000);
	send_event("start");
	writes_left = 1; /* the write succeeds, the sync does not */
	write_error = EIO;
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), -EIO);
	writes_left = -1;
	ck_assert_int_eq(journal_retry(journal), 0);
	ck_assert_int_eq(begin(1, 0), 0);
	ck_assert_int_eq(count(&one, 1), 0);
	ck_assert_int_eq(end(1, 1, 0, &done), 0);
	ck_assert_str_eq(read_log().actions, "start log-failed log-recovered detail-lost ledger ");
}
END_TEST

/* Any epochs, any losses, any crashes -----------------------------------------------------------
 */

/* One epoch of random flows. The sums of what was sent are added up. */
struct plan {
	unsigned int seed;
	uint64_t packets; /* counter blocked */
};

static unsigned int draw(struct plan *plan, unsigned int below)
{
	plan->seed = plan->seed * 1103515245u + 12345u;
	return (plan->seed >> 8) % below;
}

static int run_epoch(struct plan *plan, uint64_t number, struct epochs_done *done)
{
	unsigned int generation = (unsigned int)(number & 1);
	unsigned int flows = draw(plan, 400), overflow = 0;
	uint64_t packets = 0;
	for (unsigned int i = 0; i < draw(plan, 300); i++) {
		struct flow_key key = tcp_key(generation, (uint16_t)draw(plan, 50));
		overflow++;
		if (draw(plan, 10) > 0)
			send_packet(&key, true, START);
	}
	for (unsigned int i = 0; i < flows; i++) {
		struct flow_key key = tcp_key(generation, (uint16_t)i);
		if (draw(plan, 10) > 0)
			send_packet(&key, false, START);
	}
	int r = begin(number, generation);
	for (unsigned int i = 0; i < flows && r == 0; i++) {
		struct flow_key key = tcp_key(generation, (uint16_t)i);
		unsigned int each = 1 + draw(plan, 9);
		if (draw(plan, 20) == 0)
			key = flow_key_other(&key), key.saddr[3] = (uint8_t)i;
		packets += each;
		r = count(&key, each);
	}
	plan->packets = packets + overflow;
	return r < 0 ? r : end(number, packets + overflow, overflow, done);
}

START_TEST(test_any_losses)
{
	struct plan plan = { .seed = random_seed("any_losses") };
	struct epochs_done done;
	uint64_t packets = 0;
	for (uint64_t number = 1; number <= 50; number++) {
		ck_assert_int_eq(run_epoch(&plan, number, &done), 0);
		ck_assert_uint_eq(done.recorded + done.lost, plan.packets);
		packets += plan.packets;
	}
	struct seen seen = read_log();
	ck_assert_uint_eq(seen.packets + seen.lost, packets);
	ck_assert_uint_eq(epochs_totals(epochs)->recorded, seen.packets);
	ck_assert_uint_eq(epochs_totals(epochs)->lost, seen.lost);
}
END_TEST

/* The process ends at its n-th write or sync, for every n, in the third of six epochs. hedated then
 * sends what is not acknowledged again: each epoch is on record once, with all its packets. */
static void run_until_crash(unsigned int seed, uint64_t from, int after)
{
	for (uint64_t number = from; number <= 6; number++) {
		struct plan plan = { .seed = seed + (unsigned int)number };
		struct epochs_done done;
		if (number == 3)
			writes_left = after;
		if (run_epoch(&plan, number, &done) < 0)
			_exit(1);
		send_event("apply");
	}
	_exit(42);
}

START_TEST(test_crash_anywhere)
{
	unsigned int seed = random_seed("crash_anywhere");
	bool ended = false;
	int points = 0;
	for (; !ended; points++) {
		int status;
		pid_t child = fork();
		write_error = 0;
		if (child == 0)
			run_until_crash(seed, 1, points);
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(WIFEXITED(status));
		ck_assert_int_ne(WEXITSTATUS(status), 1);
		ended = WEXITSTATUS(status) == 42;
		close_all();
		open_all(0);
		uint64_t packets = 0, last = epochs_totals(epochs)->last_epoch;
		for (uint64_t number = 1; number <= 6; number++) {
			struct plan plan = { .seed = seed + (unsigned int)number };
			struct epochs_done done = { 0 };
			/* Without its packets' details; those died with the process. */
			ck_assert_int_eq(run_epoch(&plan, number, &done), 0);
			packets += plan.packets;
			if (number > last || number == last)
				ck_assert_uint_eq(done.recorded + done.lost, plan.packets);
		}
		struct seen seen = read_log();
		ck_assert_uint_eq(seen.ledgers, 6);
		ck_assert_uint_eq(seen.packets + seen.lost, packets);
		close_all();
		empty_directory();
		open_all(0);
	}
	ck_assert_int_gt(points, 8);
}
END_TEST

/* Speed and room for a flood. */
START_TEST(test_flood)
{
	static struct rec_count counts[REC_COUNTS_MAX];
	const unsigned int flows = 100000;
	struct timespec before, after;
	struct epochs_done done;
	for (unsigned int i = 0; i < flows; i++) {
		struct flow_key key = tcp_key(0, (uint16_t)i);
		key.saddr[1] = (uint8_t)(i >> 16);
		send_packet(&key, false, START);
	}
	clock_gettime(CLOCK_MONOTONIC, &before);
	ck_assert_int_eq(begin(1, 0), 0);
	for (unsigned int i = 0; i < flows;) {
		unsigned int n = 0;
		for (; n < REC_COUNTS_MAX && i < flows; n++, i++) {
			counts[n].key = tcp_key(0, (uint16_t)i);
			counts[n].key.saddr[1] = (uint8_t)(i >> 16);
			counts[n].packets = 2;
			counts[n].bytes = 120;
		}
		ck_assert_int_eq(epochs_counts(epochs, counts, n), 0);
	}
	ck_assert_int_eq(end(1, 2 * flows, 0, &done), 0);
	clock_gettime(CLOCK_MONOTONIC, &after);
	double seconds = (double)(after.tv_sec - before.tv_sec) +
			 (double)(after.tv_nsec - before.tv_nsec) / 1e9;
	printf("%u flows in %.2f s\n", flows, seconds);
	ck_assert_uint_eq(done.recorded, 2 * flows);
	ck_assert_uint_eq(read_log().full, flows);
	ck_assert_double_lt(seconds, 20); /* with sanitizers, on a slow disk */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("epoch");
	TCase *tests = tcase_create("epoch");
	tcase_set_timeout(tests, 200);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_full);
	tcase_add_test(tests, test_one_packet_ends_when_it_begins);
	tcase_add_test(tests, test_counted);
	tcase_add_test(tests, test_known);
	tcase_add_test(tests, test_known_no_more);
	tcase_add_test(tests, test_findings_wait);
	tcase_add_test(tests, test_payload);
	tcase_add_test(tests, test_payload_bound);
	tcase_add_test(tests, test_unknown_code);
	tcase_add_test(tests, test_overflow);
	tcase_add_test(tests, test_overflow_by_code);
	tcase_add_test(tests, test_overflow_times);
	tcase_add_test(tests, test_overflow_logged_too_often);
	tcase_add_test(tests, test_fallen);
	tcase_add_test(tests, test_merged);
	tcase_add_test(tests, test_sums_that_do_not_add_up);
	tcase_add_test(tests, test_empty_epoch);
	tcase_add_test(tests, test_generations_are_kept_apart);
	tcase_add_test(tests, test_limit_of_details);
	tcase_add_test(tests, test_not_ours);
	tcase_add_test(tests, test_order);
	tcase_add_test(tests, test_repeated);
	tcase_add_test(tests, test_aborted);
	tcase_add_test(tests, test_events_wait_for_the_epoch);
	tcase_add_test(tests, test_events_wait_for_an_aborted_epoch);
	tcase_add_test(tests, test_full_disk);
	tcase_add_test(tests, test_failing_device);
	tcase_add_test(tests, test_any_losses);
	tcase_add_test(tests, test_crash_anywhere);
	tcase_add_test(tests, test_flood);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
