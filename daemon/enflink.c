/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "enflink.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "../lib/logkeep.h"
#include "clock.h"
#include "message.h"

#define PAUSE_FIRST_MS	50
#define PAUSE_MAX_MS	1000
#define LASTING_SECONDS 3  /* a connection that lasted so long is no failed attempt */
#define READ_AT_ONCE	4  /* messages, before NFLOG and timers have their turn */
#define EXTRAS_MAX	64 /* of an event; more are left out */
#define LABEL_MAX	1024

struct enflink {
	struct loop *loop;
	struct sockaddr_un address;
	struct enflink_functions functions;
	void *data;
	int fd; /* -1: not connected */
	struct loop_source *source;
	struct loop_source *timer;
	uint64_t pause_ms;
	int64_t connected; /* monotonic */
	bool welcomed;
	bool held;
	struct message message;	 /* large: not on the stack of every callback */
	char texts[MESSAGE_MAX]; /* of an event: what is in a message always fits */
};

/* Messages ------------------------------------------------------------------------------------ */

static int take_welcome(struct enflink *link, struct message *message)
{
	char site[LOGWRITE_TEXT_MAX], table[LOGWRITE_TEXT_MAX];
	struct enflink_welcome welcome = { .site = site, .table = table };
	message_get_string(message, site, sizeof(site));
	message_get_string(message, table, sizeof(table));
	welcome.group = message_get_number(message);
	uint64_t since = message_get_number(message);
	welcome.instance = message_get_number(message);
	welcome.since = since == 0 || since > INT64_MAX ? INT64_MAX : (int64_t)since;
	if (!message_complete(message) || link->welcomed)
		return -EBADMSG;
	welcome.fd = message_take_fd(message);
	link->welcomed = true;
	return link->functions.welcome(&welcome, link->data);
}

/* Bounds as conf_log.c has them. */
static bool logging_valid(const struct policy_log *log)
{
	return log->retention_days <= 36500 && log->segment >= UINT64_C(1) << 20 &&
	       log->scan_targets <= UINT16_MAX && log->scan_seconds >= 1 &&
	       log->scan_seconds <= 3600 && log->payload <= 1500;
}

static unsigned int take_small(struct message *message)
{
	uint64_t number = message_get_number(message);
	return number > UINT_MAX ? UINT_MAX : (unsigned int)number;
}

static int take_logging(struct enflink *link, struct message *message)
{
	struct policy_log log = { 0 };
	log.island = message_get_number(message) != 0;
	log.compress = message_get_number(message) != 0;
	log.retention_days = take_small(message);
	log.size = message_get_number(message);
	log.segment = message_get_number(message);
	log.scan_targets = take_small(message);
	log.scan_seconds = take_small(message);
	log.payload = take_small(message);
	if (!message_complete(message) || !logging_valid(&log))
		return -EBADMSG;
	return link->functions.logging(&log, link->data);
}

static int take_policy(struct enflink *link, struct message *message)
{
	char revision[LABEL_MAX], label[LABEL_MAX], profile[LABEL_MAX], model[LABEL_MAX];
	const struct enflink_policy policy = { revision, profile, model };
	message_get_string(message, revision, sizeof(revision));
	message_get_string(message, label, sizeof(label));
	message_get_string(message, profile, sizeof(profile));
	message_get_string(message, model, sizeof(model));
	return message_complete(message) ? link->functions.policy(&policy, link->data) : -EBADMSG;
}

static int take_place(struct enflink *link, struct message *message)
{
	struct topology_place place;
	message_get_string(message, place.interface, sizeof(place.interface));
	message_get_string(message, place.segment, sizeof(place.segment));
	message_get_string(message, place.zone, sizeof(place.zone));
	return message_complete(message) ? link->functions.place(&place, link->data) : -EBADMSG;
}

static int take_code(struct enflink *link, struct message *message)
{
	char reason[FLOW_PLACE_MAX], from[FLOW_PLACE_MAX], to[FLOW_PLACE_MAX];
	uint64_t code = message_get_number(message);
	message_get_string(message, reason, sizeof(reason));
	message_get_string(message, from, sizeof(from));
	message_get_string(message, to, sizeof(to));
	if (!message_complete(message) || code > UINT32_MAX)
		return -EBADMSG;
	return link->functions.code((uint32_t)code, reason, from, to, link->data);
}

static int take_policy_end(struct enflink *link, struct message *message)
{
	return message_complete(message) ? link->functions.policy_end(link->data) : -EBADMSG;
}

/* The next string, behind those that were taken before. */
static const char *take_text(struct enflink *link, struct message *message, size_t *used)
{
	char *text = link->texts + *used;
	message_get_string(message, text, sizeof(link->texts) - *used);
	*used += strlen(text) + 1;
	return text;
}

static int take_event(struct enflink *link, struct message *message)
{
	struct record_extra extras[EXTRAS_MAX];
	size_t used = 0;
	struct record_event event = { .extras = extras };
	uint64_t serial = message_get_number(message);
	event.action = take_text(link, message, &used);
	event.outcome = take_text(link, message, &used);
	event.time = (int64_t)message_get_number(message);
	event.message = take_text(link, message, &used);
	while (message_more(message)) {
		struct record_extra extra = { 0 };
		extra.key = take_text(link, message, &used);
		extra.text = take_text(link, message, &used);
		if (event.extra_count < EXTRAS_MAX)
			extras[event.extra_count++] = extra;
	}
	return message_complete(message) ? link->functions.event(serial, &event, link->data)
					 : -EBADMSG;
}

static int take_closed(struct enflink *link, struct message *message)
{
	struct epochs_closed closed;
	closed.number = message_get_number(message);
	uint64_t generation = message_get_number(message);
	closed.packets = message_get_number(message);
	closed.bytes = message_get_number(message);
	if (!message_complete(message) || generation > 1)
		return -EBADMSG;
	closed.generation = (unsigned int)generation;
	int r = link->functions.closed(&closed, link->data);
	if (r < 0)
		return r;
	message_begin(message, REC_NEEDED);
	message_put_number(message, closed.number);
	message_put_number(message, (uint64_t)r);
	return message_send(link->fd, message);
}

static int take_epoch(struct enflink *link, struct message *message)
{
	char revision[LABEL_MAX];
	struct epochs_begin begin = { .revision = revision };
	begin.number = message_get_number(message);
	uint64_t generation = message_get_number(message);
	begin.start = (int64_t)message_get_number(message);
	begin.end = (int64_t)message_get_number(message);
	message_get_string(message, revision, sizeof(revision));
	begin.counts = message_get_number(message) != 0;
	if (!message_complete(message) || generation > 1)
		return -EBADMSG;
	begin.generation = (unsigned int)generation;
	return link->functions.begin(&begin, link->data);
}

static int take_counts(struct enflink *link, struct message *message)
{
	struct rec_count counts[REC_COUNTS_MAX];
	size_t length;
	const void *bytes = message_get_bytes(message, &length);
	if (!message_complete(message) || length % sizeof(counts[0]) != 0 ||
		length > sizeof(counts))
		return -EBADMSG;
	memcpy(counts, bytes, length); /* the message's are not aligned */
	return link->functions.counts(counts, length / sizeof(counts[0]), link->data);
}

static int take_overflow(struct enflink *link, struct message *message)
{
	struct rec_overflow codes[REC_OVERFLOW_MAX];
	size_t length;
	const void *bytes = message_get_bytes(message, &length);
	if (!message_complete(message) || length % sizeof(codes[0]) != 0 || length > sizeof(codes))
		return -EBADMSG;
	memcpy(codes, bytes, length);
	return link->functions.overflow(codes, length / sizeof(codes[0]), link->data);
}

static int send_done(struct enflink *link, uint64_t epoch, const struct epochs_done *done)
{
	struct message *message = &link->message;
	message_begin(message, REC_DONE);
	message_put_number(message, epoch);
	message_put_number(message, done->recorded);
	message_put_number(message, done->lost);
	/* One small answer an epoch: a socket that has no room for it is not being read. */
	return message_send(link->fd, message);
}

static int take_epoch_end(struct enflink *link, struct message *message)
{
	struct epochs_done done;
	struct epochs_end end;
	end.number = message_get_number(message);
	end.packets = message_get_number(message);
	end.bytes = message_get_number(message);
	end.overflow = message_get_number(message);
	end.kernel = message_get_number(message);
	if (!message_complete(message))
		return -EBADMSG;
	int r = link->functions.end(&end, &done, link->data);
	return r < 0 ? r : send_done(link, end.number, &done);
}

static int take_request(struct enflink *link, struct message *message)
{
	char by[LOGKEEP_NAME_MAX], text[LOGKEEP_TEXT_MAX];
	uint64_t id = message_get_number(message), number = 0;
	uint64_t kind = message_get_number(message);
	struct rec_request request = { .by = by, .text = text };
	request.uid = message_get_number(message);
	message_get_string(message, by, sizeof(by));
	request.number = message_get_number(message);
	request.since = (int64_t)message_get_number(message);
	message_get_string(message, text, sizeof(text));
	if (!message_complete(message) || kind >= REC_REQUEST_COUNT)
		return -EBADMSG;
	request.kind = (enum rec_request_kind)kind;
	int r = link->functions.request(&request, &number, link->data);
	message_begin(message, REC_ANSWERED);
	message_put_number(message, id);
	message_put_number(message, (uint64_t)-r);
	message_put_number(message, number);
	return message_send(link->fd, message);
}

static int take_message(struct enflink *link, struct message *message)
{
	static int (*const functions[])(struct enflink *, struct message *) = {
		[REC_WELCOME] = take_welcome,
		[REC_POLICY] = take_policy,
		[REC_PLACE] = take_place,
		[REC_CODE] = take_code,
		[REC_POLICY_END] = take_policy_end,
		[REC_EVENT] = take_event,
		[REC_CLOSED] = take_closed,
		[REC_EPOCH] = take_epoch,
		[REC_COUNTS] = take_counts,
		[REC_EPOCH_END] = take_epoch_end,
		[REC_LOGGING] = take_logging,
		[REC_OVERFLOW] = take_overflow,
		[REC_REQUEST] = take_request,
	};
	if (message->type >= sizeof(functions) / sizeof(functions[0]) || !functions[message->type])
		return -EBADMSG;
	/* hedated greets before anything else. */
	if (!link->welcomed && message->type != REC_WELCOME)
		return -EBADMSG;
	return functions[message->type](link, message);
}

/* The connection ------------------------------------------------------------------------------ */

static void connect_later(struct enflink *link)
{
	if (link->held)
		return;
	(void)loop_set_timer(link->timer, link->pause_ms, 0);
	link->pause_ms = link->pause_ms * 2 < PAUSE_MAX_MS ? link->pause_ms * 2 : PAUSE_MAX_MS;
}

static void end_connection(struct enflink *link, int error)
{
	if (link->fd < 0)
		return;
	bool welcomed = link->welcomed;
	loop_remove(link->source);
	link->source = NULL;
	close(link->fd);
	link->fd = -1;
	link->welcomed = false;
	if (clock_monotonic() - link->connected >= LASTING_SECONDS * CLOCK_SECOND)
		link->pause_ms = PAUSE_FIRST_MS;
	connect_later(link);
	if (welcomed)
		link->functions.ended(error, link->data);
}

static void on_readable(struct loop *loop, int fd, uint32_t events, void *data)
{
	struct enflink *link = data;
	int r = 0;
	(void)loop, (void)events;
	for (int i = 0; i < READ_AT_ONCE && r == 0 && link->fd == fd; i++) {
		r = message_receive(fd, &link->message);
		if (r < 0)
			break;
		r = take_message(link, &link->message);
		message_close_fd(&link->message);
	}
	if (r < 0 && r != -EAGAIN && link->fd == fd)
		end_connection(link, r);
}

static int send_hello(struct enflink *link)
{
	struct message *message = &link->message;
	int fd = -1;
	const struct epochs_totals *totals = link->functions.hello(&fd, link->data);
	message_begin(message, REC_HELLO);
	message_put_string(message, totals->table);
	message_put_number(message, totals->last_epoch);
	message_put_number(message, totals->recorded);
	message_put_number(message, totals->lost);
	message->fd = fd;
	return message_send(link->fd, message);
}

static int try_connect(struct enflink *link)
{
	const struct sockaddr *address = (const struct sockaddr *)&link->address;
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return -errno;
	int r = connect(fd, address, sizeof(link->address)) < 0 ? -errno : 0;
	if (r == 0)
		r = loop_add_fd(link->loop, fd, EPOLLIN, on_readable, link, &link->source);
	if (r < 0) {
		close(fd);
		return r;
	}
	link->fd = fd;
	link->connected = clock_monotonic();
	link->welcomed = false;
	r = send_hello(link);
	if (r < 0)
		end_connection(link, r);
	return 0;
}

static void on_timer(struct loop *loop, void *data)
{
	struct enflink *link = data;
	(void)loop;
	if (link->fd < 0 && !link->held && try_connect(link) < 0)
		connect_later(link);
}

void enflink_tell(struct enflink *link, const struct message *keeping)
{
	if (link->welcomed)
		(void)message_send(link->fd, keeping);
}

int enflink_new(struct loop *loop, const char *path, const struct enflink_functions *functions,
	void *data, struct enflink **ret_link)
{
	if (strlen(path) >= sizeof(((struct sockaddr_un *)NULL)->sun_path))
		return -ENAMETOOLONG;
	struct enflink *link = calloc(1, sizeof(*link));
	if (!link)
		return -ENOMEM;
	link->loop = loop;
	link->address.sun_family = AF_UNIX;
	memcpy(link->address.sun_path, path, strlen(path) + 1);
	link->functions = *functions;
	link->data = data;
	link->fd = -1;
	link->pause_ms = PAUSE_FIRST_MS;
	int r = loop_add_timer(loop, on_timer, link, &link->timer);
	if (r == 0)
		r = loop_set_timer(link->timer, 0, 0);
	if (r < 0) {
		enflink_free(link);
		return r;
	}
	*ret_link = link;
	return 0;
}

void enflink_free(struct enflink *link)
{
	if (!link)
		return;
	loop_remove(link->source);
	loop_remove(link->timer);
	if (link->fd >= 0)
		close(link->fd);
	free(link);
}

static void tell(struct enflink *link, enum rec_message type, uint64_t number)
{
	struct message message;
	if (!enflink_connected(link))
		return;
	message_begin(&message, type);
	message_put_number(&message, number);
	/* If it does not get there the connection is about to end, and that says enough. */
	(void)message_send(link->fd, &message);
}

void enflink_tell_log_state(struct enflink *link, int error)
{
	tell(link, REC_LOG_STATE, (uint64_t)-error);
}

void enflink_tell_events(struct enflink *link, uint64_t serial)
{
	tell(link, REC_EVENTS_DONE, serial);
}

bool enflink_connected(const struct enflink *link)
{
	return link->fd >= 0 && link->welcomed;
}

void enflink_hold(struct enflink *link, bool hold)
{
	if (link->held == hold)
		return;
	link->held = hold;
	if (hold) {
		loop_stop_timer(link->timer);
		end_connection(link, -ECANCELED);
	} else {
		link->pause_ms = PAUSE_FIRST_MS;
		(void)loop_set_timer(link->timer, 0, 0);
	}
}
