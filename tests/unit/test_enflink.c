/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorder's end of the connection, against a hedated that the test plays. */
#include <check.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../../daemon/enflink.h"
#include "../../daemon/message.h"
#include "../../daemon/recproto.h"
#include "suite.h"

static struct loop *loop;
static struct loop_source *stopper;
static struct enflink *link_;
static char path[64];
static int listener, peer;
static struct message message;

/* What the callbacks were told. */
static char told[4000];
static int result; /* of the next callback */
static int own_fd, given_fd;

static struct epochs_totals totals = { .table = "t1", .last_epoch = 4, .recorded = 100, .lost = 3 };

static void tell(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void tell(const char *format, ...)
{
	va_list arguments;
	size_t length = strlen(told);
	va_start(arguments, format);
	vsnprintf(told + length, sizeof(told) - length, format, arguments);
	va_end(arguments);
}

static const struct epochs_totals *on_hello(int *ret_fd, void *data)
{
	(void)data;
	*ret_fd = own_fd;
	return &totals;
}

static int on_welcome(const struct enflink_welcome *welcome, void *data)
{
	(void)data;
	tell("welcome %s %s %u;", welcome->site, welcome->table, (unsigned int)welcome->group);
	given_fd = welcome->fd;
	return result;
}

static int on_logging(const struct policy_log *log, void *data)
{
	(void)data;
	tell("logging %d %d %u %llu %llu %u/%u %u;", log->island, log->compress,
		log->retention_days, log->size, log->segment, log->scan_targets, log->scan_seconds,
		log->payload);
	return result;
}

static int on_policy(const struct enflink_policy *policy, void *data)
{
	(void)data;
	tell("policy %s %s %s;", policy->revision, policy->profile, policy->model);
	return result;
}

static int on_place(const struct topology_place *place, void *data)
{
	(void)data;
	tell("place %s %s %s;", place->interface, place->segment, place->zone);
	return result;
}

static int on_code(uint32_t code, const char *reason, const char *from, const char *to, void *data)
{
	(void)data;
	tell("code %u %s %s %s;", code, reason, from, to);
	return result;
}

static int on_policy_end(void *data)
{
	(void)data;
	tell("end of policy;");
	return result;
}

static int on_event(uint64_t serial, const struct record_event *event, void *data)
{
	tell("%u ", (unsigned int)serial);
	(void)data;
	tell("event %s %s %lld %s %zu", event->action, event->outcome, (long long)event->time,
		event->message, event->extra_count);
	for (size_t i = 0; i < event->extra_count && i < 3; i++)
		tell(" %s=%.20s", event->extras[i].key, event->extras[i].text);
	tell(";");
	return result;
}

static int on_closed(const struct epochs_closed *closed, void *data)
{
	(void)data;
	tell("closed %u %u %u %u;", (unsigned int)closed->number, closed->generation,
		(unsigned int)closed->packets, (unsigned int)closed->bytes);
	return result;
}

static int on_begin(const struct epochs_begin *begin, void *data)
{
	(void)data;
	tell("epoch %u %u %lld %lld %s%s;", (unsigned int)begin->number, begin->generation,
		(long long)begin->start, (long long)begin->end, begin->revision,
		begin->counts ? "" : " without counts");
	return result;
}

static int on_counts(const struct rec_count *counts, size_t count, void *data)
{
	(void)data;
	tell("counts %zu", count);
	for (size_t i = 0; i < count && i < 2; i++)
		tell(" %u:%u", counts[i].key.sport, (unsigned int)counts[i].packets);
	tell(";");
	return result;
}

static int on_overflow(const struct rec_overflow *codes, size_t count, void *data)
{
	(void)data;
	tell("overflow %zu", count);
	for (size_t i = 0; i < count && i < 2; i++)
		tell(" %u:%u", codes[i].code, (unsigned int)codes[i].packets);
	tell(";");
	return result;
}

static int on_end(const struct epochs_end *end, struct epochs_done *ret_done, void *data)
{
	(void)data;
	tell("end %u %u %u %u %u;", (unsigned int)end->number, (unsigned int)end->packets,
		(unsigned int)end->bytes, (unsigned int)end->overflow, (unsigned int)end->kernel);
	*ret_done = (struct epochs_done){ 7, 2 };
	return result;
}

static int on_request(const struct rec_request *request, uint64_t *ret_number, void *data)
{
	(void)data;
	tell("request %d %u %s %u %d %s;", (int)request->kind, (unsigned int)request->uid,
		request->by, (unsigned int)request->number, (int)request->since, request->text);
	*ret_number = 9;
	return result;
}

static void on_ended(int error, void *data)
{
	(void)data;
	tell("ended %s;", strerrorname_np(-error));
}

static const struct enflink_functions functions = { on_hello, on_welcome, on_logging, on_policy,
	on_place, on_code, on_policy_end, on_event, on_closed, on_begin, on_counts, on_overflow,
	on_end, on_request, on_ended };

static void stop(struct loop *running, void *data)
{
	(void)data;
	loop_quit(running, 0);
}

static void run_for(uint64_t milliseconds)
{
	ck_assert_int_eq(loop_set_timer(stopper, milliseconds, 0), 0);
	ck_assert_int_eq(loop_run(loop), 0);
}

static void listen_there(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	strcpy(address.sun_path, path);
	unlink(path);
	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 5), 0);
}

static void set_up(void)
{
	snprintf(path, sizeof(path), "/tmp/hedate-enflink.%d", (int)getpid());
	told[0] = '\0';
	result = 0;
	own_fd = given_fd = peer = -1;
	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(loop_add_timer(loop, stop, NULL, &stopper), 0);
	listen_there();
	ck_assert_int_eq(enflink_new(loop, path, &functions, NULL, &link_), 0);
}

static void tear_down(void)
{
	enflink_free(link_);
	loop_free(loop);
	if (peer >= 0)
		close(peer);
	if (given_fd >= 0)
		close(given_fd);
	close(listener);
	unlink(path);
}

/* Wait for a connection and its HELLO. */
static void accept_hello(void)
{
	for (int i = 0; i < 40; i++) {
		run_for(50);
		peer = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (peer >= 0)
			break;
	}
	ck_assert_int_ge(peer, 0);
	ck_assert_int_eq(message_receive(peer, &message), 0);
	ck_assert_uint_eq(message.type, REC_HELLO);
}

static void send_welcome(int fd)
{
	message_begin(&message, REC_WELCOME);
	message_put_string(&message, "aobano");
	message_put_string(&message, "t1");
	message_put_number(&message, 100);
	message_put_number(&message, 5);
	message_put_number(&message, 6);
	message.fd = fd;
	ck_assert_int_eq(message_send(peer, &message), 0);
	run_for(10);
}

static void greet(void)
{
	accept_hello();
	send_welcome(-1);
	ck_assert(enflink_connected(link_));
	told[0] = '\0';
}

static void send_it(void)
{
	ck_assert_int_eq(message_send(peer, &message), 0);
	run_for(10);
}

START_TEST(test_hello_and_welcome)
{
	char table[32];
	accept_hello();
	message_get_string(&message, table, sizeof(table));
	ck_assert_str_eq(table, "t1");
	ck_assert_uint_eq(message_get_number(&message), 4);
	ck_assert_uint_eq(message_get_number(&message), 100);
	ck_assert_uint_eq(message_get_number(&message), 3);
	ck_assert(message_complete(&message));
	ck_assert_int_eq(message.fd, -1);
	ck_assert(!enflink_connected(link_));
	send_welcome(0);
	ck_assert(enflink_connected(link_));
	ck_assert_str_eq(told, "welcome aobano t1 100;");
	ck_assert_int_ge(given_fd, 0);
}
END_TEST

START_TEST(test_hello_brings_the_socket)
{
	own_fd = 0;
	accept_hello();
	ck_assert_int_ge(message.fd, 0);
	message_close_fd(&message);
	send_welcome(-1);
	ck_assert_int_eq(given_fd, -1);
}
END_TEST

static void send_logging(
	uint64_t days, uint64_t segment, uint64_t targets, uint64_t seconds, uint64_t payload)
{
	const uint64_t numbers[] = { 1, 0, days, UINT64_C(1) << 40, segment, targets, seconds,
		payload };
	message_begin(&message, REC_LOGGING);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		message_put_number(&message, numbers[i]);
	send_it();
}

START_TEST(test_logging)
{
	greet();
	send_logging(365, 1 << 20, 20, 60, 1500);
	run_for(50);
	ck_assert_ptr_nonnull(strstr(told, "logging 1 0 365 1099511627776 1048576 20/60 1500;"));
	ck_assert(enflink_connected(link_));
}
END_TEST

START_TEST(test_logging_out_of_bounds)
{
	static const uint64_t wrong[][5] = {
		{ 36501, 1 << 20, 20, 60, 0 },
		{ UINT64_C(1) << 32, 1 << 20, 20, 60, 0 },
		{ 365, (1 << 20) - 1, 20, 60, 0 },
		{ 365, 1 << 20, 65536, 60, 0 },
		{ 365, 1 << 20, 20, 0, 0 },
		{ 365, 1 << 20, 20, 3601, 0 },
		{ 365, 1 << 20, 20, 60, 1501 },
	};
	const uint64_t *w = wrong[_i];
	greet();
	send_logging(w[0], w[1], w[2], w[3], w[4]);
	run_for(50);
	ck_assert(!enflink_connected(link_));
	ck_assert_ptr_null(strstr(told, "logging"));
}
END_TEST

START_TEST(test_policy_and_events)
{
	static char longer[5000];
	memset(longer, 'x', sizeof(longer) - 1);
	greet();
	message_begin(&message, REC_POLICY);
	message_put_string(&message, "0123456789ab");
	message_put_string(&message, "青葉野市");
	message_put_string(&message, "aobano");
	message_put_string(&message, "alpha");
	send_it();
	message_begin(&message, REC_PLACE);
	message_put_string(&message, "eno1.120");
	message_put_string(&message, "mynumber.servers");
	message_put_string(&message, "mynumber");
	send_it();
	message_begin(&message, REC_CODE);
	message_put_number(&message, 7);
	message_put_string(&message, "spoof");
	message_put_string(&message, "lgwan.servers");
	message_put_string(&message, "unknown");
	send_it();
	message_begin(&message, REC_POLICY_END);
	send_it();
	message_begin(&message, REC_EVENT);
	message_put_number(&message, 3);
	message_put_string(&message, "apply");
	message_put_string(&message, "success");
	message_put_number(&message, 5);
	message_put_string(&message, "done");
	message_put_string(&message, "file");
	message_put_string(&message, "x.conf");
	message_put_string(&message, "text");
	message_put_string(&message, longer);
	send_it();
	ck_assert_str_eq(told,
		"policy 0123456789ab aobano alpha;place eno1.120 mynumber.servers mynumber;"
		"code 7 spoof lgwan.servers unknown;end of policy;"
		"3 event apply success 5 done 2 file=x.conf text=xxxxxxxxxxxxxxxxxxxx;");
}
END_TEST

/* However many: some are kept, none ends the connection. */
START_TEST(test_event_with_many_extras)
{
	greet();
	message_begin(&message, REC_EVENT);
	message_put_number(&message, 4);
	message_put_string(&message, "apply");
	message_put_string(&message, "success");
	message_put_number(&message, 5);
	message_put_string(&message, "done");
	for (int i = 0; i < 2000; i++)
		message_put_string(&message, "");
	send_it();
	ck_assert_str_eq(told, "4 event apply success 5 done 64 = = =;");
	ck_assert(enflink_connected(link_));
}
END_TEST

static void send_epoch(uint64_t counts)
{
	message_begin(&message, REC_EPOCH);
	message_put_number(&message, 5);
	message_put_number(&message, 1);
	message_put_number(&message, 10);
	message_put_number(&message, 20);
	message_put_string(&message, "0123456789ab");
	message_put_number(&message, counts);
	send_it();
}

static void send_end(void)
{
	message_begin(&message, REC_EPOCH_END);
	for (unsigned int i = 5; i < 10; i++)
		message_put_number(&message, i);
	send_it();
}

START_TEST(test_epoch)
{
	struct rec_count counts[2] = { { .key.sport = 1, .packets = 3 },
		{ .key.sport = 2, .packets = 4 } };
	greet();
	send_epoch(1);
	message_begin(&message, REC_COUNTS);
	message_put_bytes(&message, counts, sizeof(counts));
	send_it();
	message_begin(&message, REC_COUNTS);
	message_put_bytes(&message, NULL, 0);
	send_it();
	send_end();
	ck_assert_str_eq(
		told, "epoch 5 1 10 20 0123456789ab;counts 2 1:3 2:4;counts 0;end 5 6 7 8 9;");
	ck_assert_int_eq(message_receive(peer, &message), 0);
	ck_assert_uint_eq(message.type, REC_DONE);
	ck_assert_uint_eq(message_get_number(&message), 5);
	ck_assert_uint_eq(message_get_number(&message), 7);
	ck_assert_uint_eq(message_get_number(&message), 2);
	ck_assert(message_complete(&message));
}
END_TEST

START_TEST(test_closed_epoch)
{
	greet();
	for (result = 0; result < 2; result++) {
		told[0] = '\0';
		message_begin(&message, REC_CLOSED);
		message_put_number(&message, 5);
		message_put_number(&message, 1);
		message_put_number(&message, 3);
		message_put_number(&message, 180);
		send_it();
		ck_assert_str_eq(told, "closed 5 1 3 180;");
		ck_assert_int_eq(message_receive(peer, &message), 0);
		ck_assert_uint_eq(message.type, REC_NEEDED);
		ck_assert_uint_eq(message_get_number(&message), 5);
		ck_assert_uint_eq(message_get_number(&message), (uint64_t)result);
		ck_assert(message_complete(&message));
	}
	told[0] = '\0';
	result = 0;
	send_epoch(0);
	ck_assert_str_eq(told, "epoch 5 1 10 20 0123456789ab without counts;");
}
END_TEST

/* What could not be written is not acknowledged, and asked for again. */
START_TEST(test_error_of_a_callback)
{
	greet();
	send_epoch(1);
	result = -ENOSPC;
	send_end();
	ck_assert_str_eq(told, "epoch 5 1 10 20 0123456789ab;end 5 6 7 8 9;ended ENOSPC;");
	ck_assert_int_eq(message_receive(peer, &message), -ECONNRESET);
	close(peer);
	result = 0;
	greet();
}
END_TEST

static void make_bad(int which)
{
	static const uint8_t bytes[64 * (REC_COUNTS_MAX + 1)];
	message_begin(&message, REC_COUNTS);
	switch (which) {
	case 0: /* not whole elements */
		message_put_bytes(&message, bytes, 63);
		break;
	case 1: /* too many */
		message_put_bytes(&message, bytes, sizeof(bytes));
		break;
	case 2: /* something left over */
		message_put_bytes(&message, bytes, 64);
		message_put_number(&message, 1);
		break;
	case 3: /* unknown type */
		message.type = 99;
		break;
	case 4: /* our own type */
		message.type = REC_HELLO;
		break;
	case 5: /* a third generation */
		message.type = REC_EPOCH;
		message_put_number(&message, 1);
		message_put_number(&message, 2);
		message_put_number(&message, 1);
		message_put_number(&message, 1);
		message_put_string(&message, "");
		message_put_number(&message, 1);
		break;
	case 9: /* the same */
		message.type = REC_CLOSED;
		message_put_number(&message, 1);
		message_put_number(&message, 2);
		message_put_number(&message, 1);
		message_put_number(&message, 1);
		break;
	case 6: /* welcomed twice */
		message.type = REC_WELCOME;
		message_put_string(&message, "a");
		message_put_string(&message, "b");
		message_put_number(&message, 1);
		message_put_number(&message, 0);
		message_put_number(&message, 0);
		break;
	case 7: /* a name that cannot be one */
		message.type = REC_PLACE;
		message_put_string(&message, "an-interface-name-too-long");
		message_put_string(&message, "b");
		message_put_string(&message, "b");
		break;
	case 8: /* a key without its value */
		message.type = REC_EVENT;
		message_put_number(&message, 1);
		message_put_string(&message, "a");
		message_put_string(&message, "b");
		message_put_number(&message, 1);
		message_put_string(&message, "c");
		message_put_string(&message, "d");
		break;
	}
}

START_TEST(test_bad_messages)
{
	greet();
	make_bad(_i);
	send_it();
	ck_assert_str_eq(told, "ended EBADMSG;");
	ck_assert(!enflink_connected(link_));
}
END_TEST

START_TEST(test_nothing_before_welcome)
{
	accept_hello();
	send_epoch(1);
	ck_assert_str_eq(told, "");
	ck_assert_int_eq(message_receive(peer, &message), -ECONNRESET);
}
END_TEST

START_TEST(test_connects_again)
{
	greet();
	close(peer);
	run_for(20);
	ck_assert_str_eq(told, "ended ECONNRESET;");
	/* Nobody listens for a while. */
	close(listener);
	unlink(path);
	run_for(300);
	listen_there();
	greet();
}
END_TEST

START_TEST(test_hold)
{
	greet();
	enflink_hold(link_, true);
	ck_assert_str_eq(told, "ended ECANCELED;");
	ck_assert_int_eq(message_receive(peer, &message), -ECONNRESET);
	run_for(300);
	ck_assert_int_eq(accept4(listener, NULL, NULL, SOCK_NONBLOCK), -1);
	close(peer);
	enflink_hold(link_, false);
	greet();
}
END_TEST

START_TEST(test_path_too_long)
{
	char longer[200];
	struct enflink *other;
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	ck_assert_int_eq(enflink_new(loop, longer, &functions, NULL, &other), -ENAMETOOLONG);
	enflink_free(NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("enflink");
	TCase *tests = tcase_create("enflink");
	tcase_set_timeout(tests, 30);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_hello_and_welcome);
	tcase_add_test(tests, test_hello_brings_the_socket);
	tcase_add_test(tests, test_logging);
	tcase_add_loop_test(tests, test_logging_out_of_bounds, 0, 7);
	tcase_add_test(tests, test_policy_and_events);
	tcase_add_test(tests, test_event_with_many_extras);
	tcase_add_test(tests, test_epoch);
	tcase_add_test(tests, test_closed_epoch);
	tcase_add_test(tests, test_error_of_a_callback);
	tcase_add_loop_test(tests, test_bad_messages, 0, 10);
	tcase_add_test(tests, test_nothing_before_welcome);
	tcase_add_test(tests, test_connects_again);
	tcase_add_test(tests, test_hold);
	tcase_add_test(tests, test_path_too_long);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
