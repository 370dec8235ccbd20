/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The event loop of both daemons: descriptors, timers and signals, one callback at a time.
 *
 * A callback may remove any source, its own too, and may add new ones: a removed source is never
 * called again, not even for an event that was already waiting, and its memory is freed once the
 * loop is done with the events at hand. The loop owns sources, not the descriptors given to
 * loop_add_fd(): remove the source first, then close the descriptor.
 */
#ifndef HEDATE_LOOP_H
#define HEDATE_LOOP_H

#include <stdint.h>
#include <sys/epoll.h>

struct loop;
struct loop_source;

/* events: EPOLLIN, EPOLLOUT, EPOLLHUP, ... as they happened. */
typedef void (*loop_fd_function)(struct loop *loop, int fd, uint32_t events, void *data);
typedef void (*loop_timer_function)(struct loop *loop, void *data);
typedef void (*loop_signal_function)(struct loop *loop, int signal_number, void *data);

/* 0, or negative errno. The caller owns it: loop_free(), not from a callback. */
int loop_new(struct loop **ret_loop);
/* Frees all sources too, and unblocks the signals that the loop had blocked. Accepts NULL. */
void loop_free(struct loop *loop);

/* Each returns 0 with *ret_source, or negative errno; ret_source may be NULL when the source
 * lives as long as the loop. */

/* Level-triggered. EPOLLERR and EPOLLHUP are always reported. */
int loop_add_fd(struct loop *loop, int fd, uint32_t events, loop_fd_function function, void *data,
	struct loop_source **ret_source);
/* A timer on CLOCK_MONOTONIC, not armed until loop_set_timer(). */
int loop_add_timer(struct loop *loop, loop_timer_function function, void *data,
	struct loop_source **ret_source);
/* The signal is blocked for the process and delivered here instead; it stays blocked over fork()
 * and exec(). -EEXIST when the signal has a source already. */
int loop_add_signal(struct loop *loop, int signal_number, loop_signal_function function, void *data,
	struct loop_source **ret_source);

/* Change the events of a source made by loop_add_fd(). 0, or negative errno. */
int loop_set_events(struct loop_source *source, uint32_t events);
/*
 * Arm a timer: first after delay_ms (0: as soon as the loop runs), then every period_ms (0: only
 * once). A fired one-shot timer stays and can be armed again; periods missed while the process
 * was busy are one call. 0, or negative errno.
 */
int loop_set_timer(struct loop_source *source, uint64_t delay_ms, uint64_t period_ms);
/* Disarm. A call already waiting does not happen. */
void loop_stop_timer(struct loop_source *source);

/* Accepts NULL. A removed signal stays blocked until loop_free(). */
void loop_remove(struct loop_source *source);

/* Run until loop_quit(): returns its status, or negative errno. -EBUSY from inside a callback. */
int loop_run(struct loop *loop);
/* Make loop_run() return status after the callback that is running. Without effect on a loop that
 * does not run yet. */
void loop_quit(struct loop *loop, int status);

#endif
