/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The enforcer's end of the recorder's connection (recproto.h): who may connect, what waits to be
 * sent, and the events that wait while no recorder is there.
 */
#ifndef HEDATE_RECLINK_H
#define HEDATE_RECLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "epochid.h"
#include "loop.h"
#include "message.h"
#include "recproto.h"

/* Events that wait; more are counted as lost, which is itself an event. */
#define RECLINK_EVENTS_MAX 1000

struct reclink;

struct reclink_hello {
	char table[TABLE_ID_LENGTH + 1]; /* "" when the recorder knows none */
	uint64_t last_epoch, recorded, lost;
	int fd; /* the NFLOG socket that it kept, or -1; the callback owns it */
};

struct reclink_done {
	uint64_t epoch, recorded, lost;
};

struct reclink_functions {
	void (*connected)(const struct reclink_hello *hello, void *data);
	void (*disconnected)(void *data);
	void (*needed)(uint64_t epoch, bool counts, void *data);
	void (*done)(const struct reclink_done *done, void *data);
	void (*events_done)(void *data);	  /* more of the events are on disk */
	void (*log_state)(int error, void *data); /* negative errno: the log cannot be written */
	/* A message of another type. 0, or what ends the connection. */
	int (*other)(struct message *message, void *data);
	void (*drained)(void *data); /* all that was pushed is sent: there is room for more */
};

/*
 * Listen at path; uids are those that may connect besides root and ourselves (copied).
 * 0, or negative errno.
 */
int reclink_new(struct loop *loop, const char *path, const uid_t *uids, size_t uid_count,
	const struct reclink_functions *functions, void *data, struct reclink **ret_link);
void reclink_free(struct reclink *link); /* accepts NULL; the socket's file is removed */

/* Has a recorder connected and said HELLO? */
bool reclink_connected(const struct reclink *link);
void reclink_disconnect(struct reclink *link);

/* Send, or queue. 0; -ENOTCONN; -ENOBUFS and -ENOMEM: the connection is given up. */
int reclink_push(struct reclink *link, const struct message *message);

/* Random, of this link: what serials of events belong to. */
uint64_t reclink_instance(const struct reclink *link);

/* An event for the log, with pairs of key and value up to a NULL; pairs may be NULL. Kept until a
 * recorder has it on disk; told again to the next one when a connection ends before. */
void reclink_event(struct reclink *link, const char *action, bool success, const char *text,
	const char *const *pairs);

/* The serial of the last event, 0 where there was none; is each up to this one on disk? */
uint64_t reclink_last_event(const struct reclink *link);
bool reclink_event_done(const struct reclink *link, uint64_t serial);

/* Events that wait; for ending in order. */
bool reclink_idle(const struct reclink *link);

#endif
