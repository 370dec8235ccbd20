/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder's log, its write-ahead and its seals, when the process is killed or the power fails
 * in the middle of any call that writes: nothing that was acknowledged is missing, no flow is there
 * twice, sequence numbers go on, and the log is what was sealed.
 *
 * What writes are the parts of the recorder themselves; the kernel's flow sets are stood in for.
 */
#undef _FORTIFY_SOURCE
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../daemon/epoch.h"
#include "../../daemon/recorder.h"
#include "../../daemon/sealer.h"
#include "../../lib/logread.h"
#include "../../lib/logverify.h"
#include "disk.h"
#include "disk_calls.h"
#include "suite.h"
#include "testdir.h"

#define START	INT64_C(1795161600000000000) /* 2026-11-20T08:00:00Z */
#define SECOND	INT64_C(1000000000)
#define EPOCHS	5
#define PORTS	12
#define PACKETS 400

/* The system's headers name parameters in their own way. */
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name) */

/* The calls that write are those of the disk. -------------------------------------------------- */

int openat(int directory, const char *path, int flags, ...)
{
	va_list arguments;
	va_start(arguments, flags);
	mode_t mode = flags & O_CREAT ? va_arg(arguments, mode_t) : 0;
	va_end(arguments);
	return disk_openat(directory, path, flags, mode);
}

ssize_t write(int fd, const void *bytes, size_t length)
{
	return disk_write(fd, bytes, length);
}

ssize_t pwrite(int fd, const void *bytes, size_t length, off_t offset)
{
	return disk_pwrite(fd, bytes, length, offset);
}

int fdatasync(int fd)
{
	return disk_sync(fd, true);
}

int fsync(int fd)
{
	return disk_sync(fd, false);
}

int ftruncate(int fd, off_t length)
{
	return disk_truncate(fd, length);
}

int renameat(int from, const char *old, int to, const char *new)
{
	return disk_rename(from, old, to, new);
}

int unlinkat(int directory, const char *name, int flags)
{
	(void)flags;
	return disk_unlink(directory, name);
}

/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

/* The kernel ----------------------------------------------------------------------------------- */

/* One flow of one epoch: the first packet's time tells it from all others. */
struct flow {
	unsigned int epoch, port;
	unsigned int packets;
	size_t seen;  /* op at which its packet had been seen */
	size_t acked; /* from which on its detail was on disk; SIZE_MAX: never */
};

static struct flow flows[EPOCHS * PORTS];
static size_t flow_count;
static struct {
	unsigned int epoch; /* of the packet */
	size_t flow;	    /* index */
	size_t op;
} packets[PACKETS];
static size_t packet_count;
static size_t done_at[EPOCHS + 2];   /* op at which the kernel forgot the epoch */
static size_t closed_at[EPOCHS + 2]; /* op at which it went to the next one */

static int64_t time_of(const struct flow *flow)
{
	return START + flow->epoch * 100 * SECOND + flow->port * SECOND;
}

static struct flow_key key_of(unsigned int epoch, unsigned int port)
{
	return (struct flow_key){ .saddr = { 10, 30, 17, 5 },
		.daddr = { 10, 10, 0, 10 },
		.code = 5,
		.sport = (uint16_t)(1000 + port),
		.dport = 443,
		.family = ADDR_IPV4,
		.class = FLOW_TCP,
		.protocol = IPPROTO_TCP,
		.generation = epoch % 2 };
}

/* The recorder --------------------------------------------------------------------------------- */

static char directory[TESTDIR_PATH], keys[80];
static struct journal *journal;
static struct topology topology;
static struct ifnames *ifnames;
static struct epochs *epochs;
static struct sealer *sealer;
static struct logwrite_state state;

void recorder_say(const char *format, ...)
{
	(void)format;
}

static void changed(int error, void *data)
{
	(void)data;
	ck_assert_int_eq(error, 0);
}

static void start(void)
{
	struct epochs_kept kept = { 0 };
	struct topology_place lo = { "lo", "internet.a", "internet" };
	ck_assert_int_eq(journal_open(directory, NULL, changed, NULL, &journal, &state), 0);
	ck_assert_int_eq(journal_set_site(journal, "aobano"), 0);
	ck_assert_int_eq(ifnames_new(&ifnames), 0);
	ck_assert_int_eq(epochs_new(journal, &topology, ifnames, &state, 0, &epochs), 0);
	ck_assert_int_eq(epochs_keep(epochs, directory, NULL, &kept), 0);
	ck_assert_int_eq(sealer_new(journal, directory, keys, &sealer), 0);
	sealer_run(sealer);
	ck_assert_int_eq(topology_begin(&topology, "0123456789ab"), 0);
	ck_assert_int_eq(topology_add_place(&topology, &lo), 0);
	ck_assert_int_eq(topology_end(&topology), 0);
	const struct record_event event = { .time = START,
		.action = "recorder-connected",
		.outcome = "success",
		.message = "started" };
	journal_event(journal, &event);
}

/* As in the moment of a crash: nothing more is written. */
static void stop(void)
{
	epochs_free(epochs);
	ifnames_free(ifnames);
	sealer_free(sealer);
	journal_close(journal);
	topology_clear(&topology);
}

static void see(const struct flow *flow)
{
	const struct flow_key key = key_of(flow->epoch, flow->port);
	const struct nflog_packet packet = {
		.flow = { .key = key,
			.length = 60,
			.has_ports = true,
			.sport = key.sport,
			.dport = key.dport },
		.prefix = "hedate no-path internet mynumber 0123456789ab",
		.index_in = 1,
		.has_time = true,
		.time = time_of(flow),
	};
	epochs_packet(epochs, &packet);
}

static uint64_t counted(size_t flow, size_t until)
{
	uint64_t packets_of_it = 0;
	for (size_t i = 0; i < packet_count; i++)
		packets_of_it += packets[i].flow == flow && packets[i].op <= until;
	return packets_of_it;
}

static void send_counts(unsigned int epoch, size_t until)
{
	for (size_t i = 0; i < flow_count; i++) {
		struct rec_count count = { .key = key_of(epoch, flows[i].port) };
		count.packets = flows[i].epoch == epoch ? counted(i, until) : 0;
		count.bytes = 60 * count.packets;
		if (count.packets)
			ck_assert_int_eq(epochs_counts(epochs, &count, 1), 0);
	}
}

/* What the kernel holds of an epoch, of the packets up to an op; its counts when they are needed.
 */
static void deliver(unsigned int epoch, size_t until)
{
	struct epochs_begin begin = { .number = epoch,
		.generation = epoch % 2,
		.start = START + epoch * 100 * SECOND,
		.end = START + (epoch + 1) * 100 * SECOND,
		.revision = "0123456789ab" };
	struct epochs_end end = { .number = epoch, .kernel = 1 };
	struct epochs_done done;
	for (size_t i = 0; i < flow_count; i++)
		end.packets += flows[i].epoch == epoch ? counted(i, until) : 0;
	const struct epochs_closed closed = { epoch, epoch % 2, end.packets, 60 * end.packets };
	begin.counts = !epochs_know_all(epochs, &closed);
	ck_assert_int_eq(epochs_begin(epochs, &begin), 0);
	if (begin.counts)
		send_counts(epoch, until);
	ck_assert_int_eq(epochs_end(epochs, &end, &done), 0);
	ck_assert_uint_eq(done.recorded, end.packets);
}

static void commit(void)
{
	ck_assert_int_eq(epochs_commit(epochs), 0);
	for (size_t i = 0; i < flow_count; i++)
		if (flows[i].acked == SIZE_MAX)
			flows[i].acked = disk_ops();
}

/* A packet of a random flow. */
static void send_packet(unsigned int epoch)
{
	unsigned int port = (unsigned int)rand() % PORTS;
	size_t i = 0;
	while (i < flow_count && (flows[i].epoch != epoch || flows[i].port != port))
		i++;
	if (packet_count == PACKETS)
		return;
	if (i == flow_count) {
		flows[flow_count++] = (struct flow){ epoch, port, 0, disk_ops(), SIZE_MAX };
		see(&flows[i]);
	}
	flows[i].packets++;
	packets[packet_count].epoch = epoch;
	packets[packet_count].flow = i;
	packets[packet_count++].op = disk_ops();
}

/* Epoch by epoch; the one before is delivered while the next is being counted. */
static void live(void)
{
	flow_count = packet_count = 0;
	for (unsigned int epoch = 0; epoch < EPOCHS + 2; epoch++)
		done_at[epoch] = closed_at[epoch] = SIZE_MAX;
	start();
	ck_assert_int_eq(epochs_set_table(epochs, "t1", INT64_MAX), 0);
	for (unsigned int epoch = 1; epoch <= EPOCHS; epoch++) {
		for (int i = 0; i < 8; i++) {
			send_packet(epoch);
			if (rand() % 3 == 0)
				commit();
		}
		if (epoch == EPOCHS)
			break;
		closed_at[epoch] = disk_ops();
		if (rand() % 2)
			send_packet(epoch + 1);
		deliver(epoch, SIZE_MAX);
		done_at[epoch] = disk_ops();
		for (size_t i = 0; i < flow_count; i++)
			if (flows[i].epoch == epoch && flows[i].acked == SIZE_MAX)
				flows[i].acked = disk_ops();
		if (rand() % 2)
			sealer_run(sealer);
	}
}

/* The log -------------------------------------------------------------------------------------- */

struct line {
	unsigned int epoch, port;
	int64_t time;
	unsigned int packets;
	bool full, recovered;
};
static struct line lines[1000];
static size_t line_count;

static uint64_t number_of(const char *text, const char *key)
{
	const char *found = strstr(text, key);
	return found ? strtoull(found + strlen(key), NULL, 10) : 0;
}

static void take_line(const char *text)
{
	struct line *line = &lines[line_count++];
	uint64_t at = number_of(text, "\"event.start\":\"2026-11-20T08:");
	const char *seconds = strstr(text, "\"event.start\":\"2026-11-20T08:") + 32;
	line->epoch = (unsigned int)number_of(text, "\"hedate.epoch\":");
	line->port = (unsigned int)number_of(text, "\"source.port\":") - 1000;
	line->time = START + (int64_t)(at * 60 + strtoull(seconds, NULL, 10)) * SECOND;
	line->packets = (unsigned int)number_of(text, "\"network.packets\":");
	line->full = strstr(text, "\"hedate.detail\":\"full\"");
	line->recovered = strstr(text, "\"hedate.detail\":\"recovered\"");
}

static void read_log(void)
{
	struct logread *log;
	char *text;
	size_t length;
	uint64_t sequence = 0;
	int r;
	line_count = 0;
	ck_assert_int_eq(logread_open(directory, &log), 0);
	while ((r = logread_next(log, &text, &length)) > 0) {
		uint64_t number = number_of(text, "\"event.sequence\":");
		ck_assert_msg(number == sequence + 1, "sequence %u after %u", (unsigned int)number,
			(unsigned int)sequence);
		sequence = number;
		if (strstr(text, "\"event.action\":\"flow-blocked\""))
			take_line(text);
	}
	ck_assert_int_eq(r, 0);
	logread_close(log);
}

static void found(const struct logverify_finding *finding, void *data)
{
	(void)data;
	ck_abort_msg("hedate log verify: %s, %s, %u to %u", logverify_name(finding->code),
		finding->file, (unsigned int)finding->first, (unsigned int)finding->last);
}

static void check_seal(void)
{
	const struct logverify_request request = {
		.directory = directory, .key_directory = keys, .found = found
	};
	struct logverify_summary summary;
	ck_assert_int_eq(logverify_run(&request, &summary), 0);
	ck_assert_uint_eq(summary.findings, 0);
}

/* How many lines are of this flow: by the time of its packet, which no other has, or as the kernel
 * counted it. */
static unsigned int lines_of(const struct flow *flow, const struct line **ret_line)
{
	unsigned int count = 0;
	for (size_t i = 0; i < line_count; i++) {
		const struct line *line = &lines[i];
		bool known = line->full || line->recovered;
		if (line->port != flow->port)
			continue;
		if (known ? line->time != time_of(flow) : line->epoch != flow->epoch)
			continue;
		*ret_line = line;
		count++;
	}
	return count;
}

/* Killed: the kernel has all, and delivers what it was not told to be on disk. */
static void check_killed(size_t op)
{
	unsigned int epoch = 1;
	ck_assert_int_eq(epochs_set_table(epochs, "t1", INT64_MAX), 0);
	while (epoch <= EPOCHS && done_at[epoch] <= op)
		epoch++;
	for (; epoch <= EPOCHS; epoch++) {
		deliver(epoch, op);
		if (closed_at[epoch] > op)
			break;
	}
	read_log();
	for (size_t i = 0; i < flow_count; i++) {
		const struct flow *flow = &flows[i];
		const struct line *line = NULL;
		unsigned int sent = 0;
		for (size_t j = 0; j < packet_count; j++)
			sent += packets[j].flow == i && packets[j].op <= op;
		ck_assert_msg(lines_of(flow, &line) == (sent > 0),
			"killed at %zu: %u lines of %u:%u", op, lines_of(flow, &line), flow->epoch,
			flow->port);
		if (!sent)
			continue;
		ck_assert_msg(line->packets == sent, "killed at %zu: %u of %u packets of %u:%u", op,
			line->packets, sent, flow->epoch, flow->port);
		ck_assert_msg(line->full || flow->acked > op,
			"killed at %zu: the detail of %u:%u was on disk", op, flow->epoch,
			flow->port);
	}
}

/* The power failed: the kernel has nothing. */
static void check_dark(size_t op)
{
	ck_assert_int_eq(epochs_set_table(epochs, "t2", INT64_MAX), 0);
	ck_assert_int_eq(epochs_record_left(epochs), 0);
	read_log();
	for (size_t i = 0; i < flow_count; i++) {
		const struct flow *flow = &flows[i];
		const struct line *line = NULL;
		unsigned int count = lines_of(flow, &line);
		ck_assert_msg(count <= 1, "dark at %zu: %u:%u stands there %u times", op,
			flow->epoch, flow->port, count);
		ck_assert_msg(count == 1 || flow->acked > op,
			"dark at %zu: %u:%u was on disk since %zu", op, flow->epoch, flow->port,
			flow->acked);
	}
}

/* Crashes -------------------------------------------------------------------------------------- */

static void make_anew(size_t op, bool power_cut)
{
	disk_stop();
	testdir_empty(directory);
	testdir_empty(keys);
	disk_make(directory, op, power_cut);
}

static void set_up(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	testdir_make(directory, "powercut");
	snprintf(keys, sizeof(keys), "%s/" DISK_KEYS, directory);
	ck_assert_int_eq(mkdir(keys, 0700), 0);
	srand(random_seed("powercut"));
}

static void tear_down(void)
{
	disk_stop();
	testdir_remove(directory);
}

/* One life, and its end in the middle of each of its calls. */
static void live_and_die(bool power_cut, unsigned int times)
{
	disk_watch(directory);
	live();
	disk_stop();
	stop();
	size_t count = disk_ops();
	for (size_t op = disk_first(); op <= count; op++) {
		for (unsigned int i = 0; i < times; i++) {
			make_anew(op, power_cut);
			start();
			if (power_cut)
				check_dark(op);
			else
				check_killed(op);
			sealer_run(sealer);
			check_seal();
			stop();
		}
	}
}

START_TEST(killed_anywhere)
{
	live_and_die(false, 1);
}
END_TEST

START_TEST(dark_anywhere)
{
	live_and_die(true, 3);
}
END_TEST

/* And again while it recovers, at any call. */
START_TEST(dark_twice)
{
	disk_watch(directory);
	live();
	disk_stop();
	stop();
	size_t count = disk_ops();
	size_t first = disk_first() + (size_t)rand() % (count - disk_first());
	make_anew(first, true);
	disk_watch(directory);
	start();
	check_dark(first);
	sealer_run(sealer);
	disk_stop();
	stop();
	for (size_t op = disk_first(); op <= disk_ops(); op++) {
		make_anew(op, true);
		start();
		check_dark(first);
		sealer_run(sealer);
		check_seal();
		stop();
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("powercut");
	TCase *tests = tcase_create("powercut");
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_set_timeout(tests, 200);
	tcase_add_test(tests, killed_anywhere);
	tcase_add_test(tests, dark_anywhere);
	tcase_add_loop_test(tests, dark_twice, 0, 10);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
