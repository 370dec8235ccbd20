/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Epochs as hedated sends them, with a log in a directory of its own: records, numbers, failures,
 * the end of the process at any write. */
#ifndef HEDATE_TEST_EPOCH_H
#define HEDATE_TEST_EPOCH_H

#include <check.h>
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
#include "testdir.h"

#define PREFIX "hedate no-path internet mynumber 0123456789ab"
#define START  INT64_C(1795161600000000000)
#define SECOND INT64_C(1000000000)

static char directory[TESTDIR_PATH];
static struct journal *journal;
static struct topology topology;
static struct ifnames *ifnames;
static struct epochs *epochs;
static struct logwrite_state state;
static int changes; /* of the log's ability to be written */

/* Writing fails once so many writes are done: with this errno, or (0) the process ends. */
static int writes_left;
static int write_error;

static inline ssize_t faulty_write(int fd, const void *bytes, size_t length)
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

static inline int faulty_sync(int fd)
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

static inline void changed(int error, void *data)
{
	(void)error, (void)data;
	changes++;
}

static inline void open_all(size_t details)
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

static inline void close_all(void)
{
	epochs_free(epochs);
	ifnames_free(ifnames);
	journal_close(journal);
	topology_clear(&topology);
	epochs = NULL;
	ifnames = NULL;
	journal = NULL;
}

static inline void set_up(void)
{
	testdir_make(directory, "epoch");
	writes_left = -1;
	changes = 0;
	open_all(0);
}

static inline void tear_down(void)
{
	close_all();
	testdir_remove(directory);
}

/* Input ---------------------------------------------------------------------------------------- */

static inline struct flow_key tcp_key(unsigned int generation, uint16_t port)
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

static inline void send_packet(const struct flow_key *key, bool overflow, int64_t time)
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

static inline int begin_epoch(uint64_t number, unsigned int generation, bool counts)
{
	const struct epochs_begin what = {
		.number = number,
		.generation = generation,
		.start = START,
		.end = START + 10 * SECOND,
		.revision = "0123456789ab",
		.counts = counts,
	};
	return epochs_begin(epochs, &what);
}

static inline int begin(uint64_t number, unsigned int generation)
{
	return begin_epoch(number, generation, true);
}

/* Likewise, when nothing is needed of the counts. */
static inline int begin_known(uint64_t number, unsigned int generation)
{
	return begin_epoch(number, generation, false);
}

static inline bool knows_all(uint64_t number, unsigned int generation, uint64_t packets)
{
	const struct epochs_closed closed = { number, generation, packets, packets * 60 };
	return epochs_know_all(epochs, &closed);
}

static inline int count(const struct flow_key *key, uint64_t packets)
{
	const struct rec_count what = { *key, packets, packets * 60 };
	return epochs_counts(epochs, &what, 1);
}

static inline int end(
	uint64_t number, uint64_t packets, uint64_t overflow, struct epochs_done *done)
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

static inline void look_at(struct seen *seen, char *line, size_t length)
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

static inline struct seen read_log(void)
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

/* The end of an epoch all of whose packets are on record, and the log as it is then. */
static inline struct seen end_recorded(uint64_t number, uint64_t packets, uint64_t overflow)
{
	struct epochs_done done;

	ck_assert_int_eq(end(number, packets, overflow, &done), 0);
	ck_assert_uint_eq(done.recorded, packets);
	ck_assert_uint_eq(done.lost, 0);
	return read_log();
}

#define ck_has(text, part) ck_assert_msg(strstr(text, part), "no %s in %s", part, text)

#endif
