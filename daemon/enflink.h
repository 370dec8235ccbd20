/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder's end of its connection to hedated (recproto.h): connecting, and again after it
 * ended, with growing pauses; HELLO; decoding what comes.
 */
#ifndef HEDATE_ENFLINK_H
#define HEDATE_ENFLINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/policy.h"
#include "../lib/record.h"
#include "epoch.h"
#include "loop.h"
#include "message.h"
#include "topology.h"

struct enflink;

struct enflink_welcome {
	const char *site, *table;
	uint64_t group;
	uint64_t instance; /* of hedated: serials of events are its own */
	int64_t since;	   /* nothing was counted in the table before; INT64_MAX: not known */
	int fd; /* the NFLOG socket, the callback owns it; -1: the one that HELLO brought is it */
};

struct enflink_policy {
	const char *revision;
	const char *profile, *model; /* names, "" for none */
};

/*
 * All but hello and ended: negative errno ends the connection. Strings are borrowed. None may call
 * enflink_disconnect() or enflink_free().
 */
struct enflink_functions {
	/* What HELLO says; *ret_fd: the NFLOG socket, borrowed, or -1. */
	const struct epochs_totals *(*hello)(int *ret_fd, void *data);
	int (*welcome)(const struct enflink_welcome *welcome, void *data);
	int (*logging)(const struct policy_log *log, void *data);
	int (*policy)(const struct enflink_policy *policy, void *data);
	int (*place)(const struct topology_place *place, void *data);
	int (*code)(
		uint32_t code, const char *reason, const char *from, const char *to, void *data);
	int (*policy_end)(void *data);
	int (*event)(uint64_t serial, const struct record_event *event, void *data);
	/* 1: its counts are needed; 0: they are not. */
	int (*closed)(const struct epochs_closed *closed, void *data);
	int (*begin)(const struct epochs_begin *begin, void *data);
	int (*counts)(const struct rec_count *counts, size_t count, void *data);
	int (*overflow)(const struct rec_overflow *codes, size_t count, void *data);
	int (*end)(const struct epochs_end *end, struct epochs_done *ret_done, void *data);
	/* What is returned is answered, with *ret_number; it does not end the connection. */
	int (*request)(const struct rec_request *request, uint64_t *ret_number, void *data);
	/* A connection that had brought WELCOME is over; error: why, negative errno. */
	void (*ended)(int error, void *data);
};

/* path is copied. Connects at once, and whenever it can. 0, or negative errno. */
int enflink_new(struct loop *loop, const char *path, const struct enflink_functions *functions,
	void *data, struct enflink **ret_link);
void enflink_free(struct enflink *link); /* accepts NULL */

/* Tell hedated whether the log can be written: 0, or why it cannot, negative errno. Without a
 * connection nothing is told; WELCOME is the time to tell it then. */
void enflink_tell_log_state(struct enflink *link, int error);

/* Tell it that all events up to this one are on disk. */
void enflink_tell_events(struct enflink *link, uint64_t serial);

/* Has WELCOME come? */
bool enflink_connected(const struct enflink *link);
/* Tell hedated how the log is. Nothing is sent when it is not connected, or has no room: the next
 * one says all. */
void enflink_tell(struct enflink *link, const struct message *keeping);
/* Hold off from connecting, or go on: while the log cannot be written, there is nothing to ask
 * hedated for. Holding ends a connection. */
void enflink_hold(struct enflink *link, bool hold);

#endif
