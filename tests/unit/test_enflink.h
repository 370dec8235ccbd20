/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A recorder's end of the connection, and the hedated that the test plays. */
#ifndef TEST_ENFLINK_H
#define TEST_ENFLINK_H

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
static inline void tell(const char *format, ...)
{
	va_list arguments;
	size_t length = strlen(told);
	va_start(arguments, format);
	vsnprintf(told + length, sizeof(told) - length, format, arguments);
	va_end(arguments);
}

static inline const struct epochs_totals *on_hello(int *ret_fd, void *data)
{
	(void)data;
	*ret_fd = own_fd;
	return &totals;
}

static inline int on_welcome(const struct enflink_welcome *welcome, void *data)
{
	(void)data;
	tell("welcome %s %s %u;", welcome->site, welcome->table, (unsigned int)welcome->group);
	given_fd = welcome->fd;
	return result;
}

static inline int on_logging(const struct policy_log *log, void *data)
{
	(void)data;
	tell("logging %d %d %u %llu %llu %u/%u %u;", log->island, log->compress,
		log->retention_days, log->size, log->segment, log->scan_targets, log->scan_seconds,
		log->payload);
	return result;
}

static inline int on_policy(const struct enflink_policy *policy, void *data)
{
	(void)data;
	tell("policy %s %s %s;", policy->revision, policy->profile, policy->model);
	return result;
}

static inline int on_place(const struct topology_place *place, void *data)
{
	(void)data;
	tell("place %s %s %s;", place->interface, place->segment, place->zone);
	return result;
}

static inline int on_code(
	uint32_t code, const char *reason, const char *from, const char *to, void *data)
{
	(void)data;
	tell("code %u %s %s %s;", code, reason, from, to);
	return result;
}

static inline int on_policy_end(void *data)
{
	(void)data;
	tell("end of policy;");
	return result;
}

static inline int on_event(uint64_t serial, const struct record_event *event, void *data)
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

static inline int on_closed(const struct epochs_closed *closed, void *data)
{
	(void)data;
	tell("closed %u %u %u %u;", (unsigned int)closed->number, closed->generation,
		(unsigned int)closed->packets, (unsigned int)closed->bytes);
	return result;
}

static inline int on_begin(const struct epochs_begin *begin, void *data)
{
	(void)data;
	tell("epoch %u %u %lld %lld %s%s;", (unsigned int)begin->number, begin->generation,
		(long long)begin->start, (long long)begin->end, begin->revision,
		begin->counts ? "" : " without counts");
	return result;
}

static inline int on_counts(const struct rec_count *counts, size_t count, void *data)
{
	(void)data;
	tell("counts %zu", count);
	for (size_t i = 0; i < count && i < 2; i++)
		tell(" %u:%u", counts[i].key.sport, (unsigned int)counts[i].packets);
	tell(";");
	return result;
}

static inline int on_overflow(const struct rec_overflow *codes, size_t count, void *data)
{
	(void)data;
	tell("overflow %zu", count);
	for (size_t i = 0; i < count && i < 2; i++)
		tell(" %u:%u", codes[i].code, (unsigned int)codes[i].packets);
	tell(";");
	return result;
}

static inline int on_end(const struct epochs_end *end, struct epochs_done *ret_done, void *data)
{
	(void)data;
	tell("end %u %u %u %u %u;", (unsigned int)end->number, (unsigned int)end->packets,
		(unsigned int)end->bytes, (unsigned int)end->overflow, (unsigned int)end->kernel);
	*ret_done = (struct epochs_done){ 7, 2 };
	return result;
}

static inline int on_request(const struct rec_request *request, uint64_t *ret_number, void *data)
{
	(void)data;
	tell("request %d %u %s %u %d %s;", (int)request->kind, (unsigned int)request->uid,
		request->by, (unsigned int)request->number, (int)request->since, request->text);
	*ret_number = 9;
	return result;
}

static inline void on_ended(int error, void *data)
{
	(void)data;
	tell("ended %s;", strerrorname_np(-error));
}

static const struct enflink_functions functions = { on_hello, on_welcome, on_logging, on_policy,
	on_place, on_code, on_policy_end, on_event, on_closed, on_begin, on_counts, on_overflow,
	on_end, on_request, on_ended };

static inline void stop(struct loop *running, void *data)
{
	(void)data;
	loop_quit(running, 0);
}

static inline void run_for(uint64_t milliseconds)
{
	ck_assert_int_eq(loop_set_timer(stopper, milliseconds, 0), 0);
	ck_assert_int_eq(loop_run(loop), 0);
}

static inline void listen_there(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	strcpy(address.sun_path, path);
	unlink(path);
	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);
	ck_assert_int_eq(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(listen(listener, 5), 0);
}

static inline void set_up(void)
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

static inline void tear_down(void)
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
static inline void accept_hello(void)
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

static inline void send_welcome(int fd)
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

static inline void greet(void)
{
	accept_hello();
	send_welcome(-1);
	ck_assert(enflink_connected(link_));
	told[0] = '\0';
}

static inline void send_it(void)
{
	ck_assert_int_eq(message_send(peer, &message), 0);
	run_for(10);
}

static inline void send_epoch(uint64_t counts)
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

static inline void send_end(void)
{
	message_begin(&message, REC_EPOCH_END);
	for (unsigned int i = 5; i < 10; i++)
		message_put_number(&message, i);
	send_it();
}

#endif
