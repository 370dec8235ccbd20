/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The recorder's connection over a real socket. */
#ifndef TEST_RECLINK_H
#define TEST_RECLINK_H

#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../daemon/reclink.h"
#include "suite.h"
#include "testdir.h"

static struct loop *loop;
static struct reclink *reclink;
static char directory[TESTDIR_PATH], path[96];
static struct reclink_hello greeting;
static struct reclink_done answer;
static int connections, disconnections, drains;

static inline void on_connected(const struct reclink_hello *hello, void *data)
{
	(void)data;
	connections++;
	greeting = *hello;
}

static inline void on_disconnected(void *data)
{
	(void)data;
	disconnections++;
}

static inline void on_done(const struct reclink_done *done, void *data)
{
	(void)data;
	answer = *done;
}

static uint64_t needed_epoch;
static bool needed_counts;

static inline void on_needed(uint64_t epoch, bool counts, void *data)
{
	(void)data;
	needed_epoch = epoch;
	needed_counts = counts;
}

static unsigned int events_on_disk; /* how often that was told */

static inline void on_events_done(void *data)
{
	(void)data;
	events_on_disk++;
}

static int log_error;

static inline void on_log_state(int error, void *data)
{
	(void)data;
	log_error = error;
}

static inline void on_drained(void *data)
{
	(void)data;
	drains++;
}

static const struct reclink_functions functions = {
	.connected = on_connected,
	.disconnected = on_disconnected,
	.needed = on_needed,
	.done = on_done,
	.events_done = on_events_done,
	.log_state = on_log_state,
	.drained = on_drained,
};

static inline void set_up(void)
{
	connections = disconnections = drains = events_on_disk = 0;
	testdir_make(directory, "reclink");
	ck_assert_int_eq(chmod(directory, 0755), 0);
	snprintf(path, sizeof(path), "%s/socket", directory);
	ck_assert_int_eq(loop_new(&loop), 0);
	ck_assert_int_eq(reclink_new(loop, path, NULL, 0, &functions, NULL, &reclink), 0);
}

static inline void tear_down(void)
{
	reclink_free(reclink);
	loop_free(loop);
	ck_assert_int_eq(rmdir(directory), 0); /* the socket's file is gone */
}

static inline void on_end(struct loop *running, void *data)
{
	(void)data;
	loop_quit(running, 0);
}

static inline void let_pass(void)
{
	struct loop_source *end;

	ck_assert_int_eq(loop_add_timer(loop, on_end, NULL, &end), 0);
	ck_assert_int_eq(loop_set_timer(end, 50, 0), 0);
	ck_assert_int_eq(loop_run(loop), 0);
	loop_remove(end);
}

static inline int dial(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(connect(fd, (const struct sockaddr *)&address, sizeof(address)), 0);
	return fd;
}

static inline void say_hello(int fd, int attached)
{
	struct message message;

	message_begin(&message, REC_HELLO);
	message_put_string(&message, "0123456789abcdef");
	message_put_number(&message, 7);
	message_put_number(&message, 100);
	message_put_number(&message, 3);
	message.fd = attached;
	ck_assert_int_eq(message_send(fd, &message), 0);
}

static inline int greeted_peer(void)
{
	int fd = dial();

	say_hello(fd, -1);
	let_pass();
	ck_assert(reclink_connected(reclink));
	return fd;
}

static inline void push_number(uint64_t number)
{
	struct message message;

	message_begin(&message, REC_POLICY_END);
	message_put_number(&message, number);
	ck_assert_int_eq(reclink_push(reclink, &message), 0);
}

/* Is the connection at its end? */
static inline bool is_closed(int fd)
{
	struct message message;
	int r;

	while ((r = message_receive(fd, &message)) == 0)
		;
	return r == -ECONNRESET;
}

#endif
