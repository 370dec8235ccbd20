/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reclink.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "limiter.h"
#include "sendq.h"
#include "unixsock.h"

#define OUT_BYTES_MAX	(32u << 20)
#define EVENT_BYTES_MAX (4u << 20)
#define ERRNO_MAX	4095

struct reclink {
	struct loop *loop;
	char *path;
	int listen_fd;
	struct loop_source *listen_source;
	uid_t *uids;
	size_t uid_count;
	struct reclink_functions functions;
	void *data;

	int fd; /* the recorder, or -1 */
	struct loop_source *source;
	bool greeted;	      /* it said HELLO */
	struct sendq out;     /* dies with the connection */
	struct sendq events;  /* does not: what is not on disk is told again */
	size_t events_sent;   /* of them, on this connection */
	uint64_t events_done; /* serial of the last that is on disk */
	uint64_t instance;
	uint64_t events_lost;
	struct limiter strangers;
};

bool reclink_connected(const struct reclink *link)
{
	return link->fd >= 0 && link->greeted;
}

bool reclink_idle(const struct reclink *link)
{
	return !reclink_connected(link) || (sendq_empty(&link->out) && sendq_empty(&link->events));
}

void reclink_disconnect(struct reclink *link)
{
	if (link->fd < 0)
		return;
	bool greeted = link->greeted;

	loop_remove(link->source);
	link->source = NULL;
	close(link->fd);
	link->fd = -1;
	link->greeted = false;
	link->events_sent = 0;
	sendq_clear(&link->out);
	if (greeted)
		link->functions.disconnected(link->data);
}

static void want_output(struct reclink *link)
{
	if (reclink_connected(link))
		(void)loop_set_events(link->source, EPOLLIN | EPOLLOUT);
}

int reclink_push(struct reclink *link, const struct message *message)
{
	if (!reclink_connected(link))
		return -ENOTCONN;
	int r = sendq_push(&link->out, message);

	if (r < 0)
		reclink_disconnect(link);
	else
		want_output(link);
	return r;
}

uint64_t reclink_instance(const struct reclink *link)
{
	return link->instance;
}

uint64_t reclink_last_event(const struct reclink *link)
{
	return link->events_done + link->events.count;
}

bool reclink_event_done(const struct reclink *link, uint64_t serial)
{
	return serial <= link->events_done;
}

static void begin_event(const struct reclink *link, struct message *message, const char *action,
	bool success, const char *text)
{
	message_begin(message, REC_EVENT);
	message_put_number(message, reclink_last_event(link) + 1);
	message_put_string(message, action);
	message_put_string(message, success ? "success" : "failure");
	message_put_number(message, (uint64_t)clock_realtime());
	message_put_string(message, text);
}

/* The queue has room again: first say what it had none for. */
static void report_lost_events(struct reclink *link)
{
	struct message message;
	char count[24];

	if (!link->events_lost || link->events.count >= RECLINK_EVENTS_MAX)
		return;
	snprintf(count, sizeof(count), "%" PRIu64, link->events_lost);
	begin_event(link, &message, "events-lost", false,
		"events were lost while no recorder took them");
	message_put_string(&message, "count");
	message_put_string(&message, count);
	if (sendq_push(&link->events, &message) == 0)
		link->events_lost = 0;
}

void reclink_event(struct reclink *link, const char *action, bool success, const char *text,
	const char *const *pairs)
{
	struct message message;

	report_lost_events(link);
	begin_event(link, &message, action, success, text);
	for (; pairs && *pairs; pairs++)
		message_put_string(&message, *pairs);
	if (link->events.count >= RECLINK_EVENTS_MAX || sendq_push(&link->events, &message) < 0)
		link->events_lost++;
	want_output(link);
}

static int flush(struct reclink *link)
{
	bool had_output = !sendq_empty(&link->out);
	int r = sendq_flush(&link->out, link->fd);

	if (r == 0) {
		report_lost_events(link);
		r = sendq_send(&link->events, link->fd, &link->events_sent);
	}
	if (r < 0)
		return r;
	(void)loop_set_events(link->source, EPOLLIN);
	if (had_output)
		link->functions.drained(link->data);
	return 0;
}

static int read_hello(struct reclink *link, struct message *message)
{
	struct reclink_hello hello = { .fd = -1 };

	message_get_string(message, hello.table, sizeof(hello.table));
	hello.last_epoch = message_get_number(message);
	hello.recorded = message_get_number(message);
	hello.lost = message_get_number(message);
	if (!message_complete(message) || link->greeted)
		return -EBADMSG;
	hello.fd = message_take_fd(message);
	link->greeted = true;
	want_output(link);
	link->functions.connected(&hello, link->data);
	return 0;
}

static int read_needed(struct reclink *link, struct message *message)
{
	uint64_t epoch = message_get_number(message);
	uint64_t counts = message_get_number(message);

	if (!message_complete(message) || !link->greeted || counts > 1)
		return -EBADMSG;
	link->functions.needed(epoch, counts == 1, link->data);
	return 0;
}

static int read_done(struct reclink *link, struct message *message)
{
	struct reclink_done done;

	done.epoch = message_get_number(message);
	done.recorded = message_get_number(message);
	done.lost = message_get_number(message);
	if (!message_complete(message) || !link->greeted)
		return -EBADMSG;
	link->functions.done(&done, link->data);
	return 0;
}

static int read_events_done(struct reclink *link, struct message *message)
{
	uint64_t serial = message_get_number(message);

	if (!message_complete(message) || !link->greeted ||
		serial > link->events_done + link->events_sent)
		return -EBADMSG;
	for (; link->events_done < serial; link->events_done++) {
		sendq_drop(&link->events);
		link->events_sent--;
	}
	link->functions.events_done(link->data);
	return 0;
}

static int read_log_state(struct reclink *link, struct message *message)
{
	uint64_t error = message_get_number(message);

	if (!message_complete(message) || !link->greeted || error > ERRNO_MAX)
		return -EBADMSG;
	link->functions.log_state(-(int)error, link->data);
	return 0;
}

static int read_other(struct reclink *link, struct message *message)
{
	if (!link->greeted || !link->functions.other)
		return -EBADMSG;
	return link->functions.other(message, link->data);
}

static int read_message(struct reclink *link)
{
	static const struct {
		enum rec_message type;
		int (*read)(struct reclink *link, struct message *message);
	} readers[] = {
		{ REC_HELLO, read_hello },
		{ REC_NEEDED, read_needed },
		{ REC_DONE, read_done },
		{ REC_LOG_STATE, read_log_state },
		{ REC_EVENTS_DONE, read_events_done },
	};
	int (*reader)(struct reclink * link, struct message * message) = read_other;
	struct message message;
	int r = message_receive(link->fd, &message);

	if (r < 0)
		return r;
	for (size_t i = 0; i < sizeof(readers) / sizeof(readers[0]); i++)
		if (readers[i].type == message.type)
			reader = readers[i].read;
	r = reader(link, &message);
	message_close_fd(&message);
	return r;
}

/* What it said before it closed counts, also where we were writing at that moment. That it closed
 * with something unread is told by one error, before what it has sent. */
static void hear_last_words(struct reclink *link, int fd)
{
	for (int errors = 0; errors < 2 && link->fd == fd;)
		errors += read_message(link) < 0;
}

static void on_peer(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct reclink *link = data;
	int r = 0;

	(void)loop;
	if (events & EPOLLIN)
		r = read_message(link);
	/* The callback may have ended this connection already. */
	if ((r == 0 || r == -EAGAIN) && link->fd == fd && events & EPOLLOUT)
		r = flush(link);
	if (r == 0 && !(events & EPOLLIN) && events & (EPOLLHUP | EPOLLERR))
		r = -ECONNRESET;
	if (r == -EPIPE || r == -ECONNRESET)
		hear_last_words(link, fd);
	if (r < 0 && r != -EAGAIN && link->fd == fd)
		reclink_disconnect(link);
}

static bool may_connect(const struct reclink *link, int fd)
{
	struct unixsock_peer peer;

	if (unixsock_peer(fd, &peer) < 0)
		return false;
	if (peer.uid == 0 || peer.uid == geteuid())
		return true;
	for (size_t i = 0; i < link->uid_count; i++) {
		if (peer.uid == link->uids[i])
			return true;
	}
	return false;
}

static void record_stranger(struct reclink *link)
{
	uint64_t left_out;
	char others[24];

	if (!limiter_pass(&link->strangers, (uint64_t)(clock_realtime() / CLOCK_SECOND), &left_out))
		return;
	snprintf(others, sizeof(others), "%" PRIu64, left_out);
	reclink_event(link, "recorder-refused", false,
		"a process that is not the recorder connected to its socket",
		(const char *const[]){ "others", others, NULL });
}

static void on_connection(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct reclink *link = data;
	int peer;

	(void)events;
	if (unixsock_accept(fd, &peer) < 0)
		return;
	if (!may_connect(link, peer)) {
		close(peer);
		record_stranger(link);
		return;
	}
	reclink_disconnect(link); /* a newer one replaces an older */
	if (loop_add_fd(loop, peer, EPOLLIN, on_peer, link, &link->source) < 0) {
		close(peer);
		return;
	}
	link->fd = peer;
}

static int set_up(struct reclink *link, const char *path, const uid_t *uids, size_t uid_count)
{
	link->path = strdup(path);
	link->uids = calloc(uid_count + 1, sizeof(*uids));
	if (!link->path || !link->uids)
		return -ENOMEM;
	if (uid_count)
		memcpy(link->uids, uids, uid_count * sizeof(*uids));
	link->uid_count = uid_count;
	int r = unixsock_listen(path, &link->listen_fd);

	if (r < 0)
		return r;
	return loop_add_fd(
		link->loop, link->listen_fd, EPOLLIN, on_connection, link, &link->listen_source);
}

int reclink_new(struct loop *loop, const char *path, const uid_t *uids, size_t uid_count,
	const struct reclink_functions *functions, void *data, struct reclink **ret_link)
{
	struct reclink *link = calloc(1, sizeof(*link));

	if (!link)
		return -ENOMEM;
	link->loop = loop;
	link->listen_fd = link->fd = -1;
	randombytes_buf(&link->instance, sizeof(link->instance));
	link->functions = *functions;
	link->data = data;
	sendq_init(&link->out, OUT_BYTES_MAX);
	sendq_init(&link->events, EVENT_BYTES_MAX);
	int r = set_up(link, path, uids, uid_count);

	if (r < 0) {
		reclink_free(link);
		return r;
	}
	*ret_link = link;
	return 0;
}

void reclink_free(struct reclink *link)
{
	if (!link)
		return;
	link->greeted = false; /* nobody is told of the end of a connection any more */
	reclink_disconnect(link);
	loop_remove(link->listen_source);
	if (link->listen_fd >= 0) {
		close(link->listen_fd);
		(void)unlink(link->path);
	}
	sendq_clear(&link->out);
	sendq_clear(&link->events);
	free(link->uids);
	free(link->path);
	free(link);
}
