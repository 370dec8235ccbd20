/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loop.h"

#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define EVENTS_MAX 32 /* taken from the kernel at once */

enum source_kind {
	SOURCE_FD,
	SOURCE_TIMER,
	SOURCE_SIGNAL,
};

struct loop_source {
	enum source_kind kind;
	struct loop *loop;
	struct loop_source *next, *previous; /* in loop->sources, or next only in loop->removed */
	bool removed;
	int fd; /* SOURCE_TIMER: owned; SOURCE_SIGNAL: the signal's number */
	union {
		loop_fd_function fd;
		loop_timer_function timer;
		loop_signal_function signal;
	} function;
	void *data;
};

struct loop {
	int epoll;
	int signals;	  /* signalfd, -1 until the first signal is added */
	sigset_t handled; /* what signals reports */
	sigset_t blocked; /* what was not blocked before */
	struct loop_source *sources;
	struct loop_source *removed; /* freed after the events at hand */
	bool running;
	bool quit;
	int status;
};

int loop_new(struct loop **ret_loop)
{
	struct loop *loop = calloc(1, sizeof(*loop));
	if (!loop)
		return -ENOMEM;
	loop->signals = -1;
	sigemptyset(&loop->handled);
	sigemptyset(&loop->blocked);
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0) {
		int r = -errno;
		free(loop);
		return r;
	}
	*ret_loop = loop;
	return 0;
}

static void free_removed(struct loop *loop)
{
	while (loop->removed) {
		struct loop_source *source = loop->removed;
		loop->removed = source->next;
		free(source);
	}
}

void loop_free(struct loop *loop)
{
	if (!loop)
		return;
	while (loop->sources)
		loop_remove(loop->sources);
	free_removed(loop);
	if (loop->signals >= 0)
		close(loop->signals);
	close(loop->epoll);
	sigprocmask(SIG_UNBLOCK, &loop->blocked, NULL);
	free(loop);
}

static struct loop_source *source_new(struct loop *loop, enum source_kind kind, int fd, void *data)
{
	struct loop_source *source = calloc(1, sizeof(*source));
	if (!source)
		return NULL;
	source->kind = kind;
	source->loop = loop;
	source->fd = fd;
	source->data = data;
	return source;
}

static void source_link(struct loop_source *source, struct loop_source **ret_source)
{
	struct loop *loop = source->loop;
	source->next = loop->sources;
	if (source->next)
		source->next->previous = source;
	loop->sources = source;
	if (ret_source)
		*ret_source = source;
}

static int epoll_set(struct loop *loop, int operation, int fd, uint32_t events, void *pointer)
{
	struct epoll_event event = { .events = events, .data.ptr = pointer };
	return epoll_ctl(loop->epoll, operation, fd, &event) < 0 ? -errno : 0;
}

int loop_add_fd(struct loop *loop, int fd, uint32_t events, loop_fd_function function, void *data,
	struct loop_source **ret_source)
{
	struct loop_source *source = source_new(loop, SOURCE_FD, fd, data);
	if (!source)
		return -ENOMEM;
	source->function.fd = function;
	int r = epoll_set(loop, EPOLL_CTL_ADD, fd, events, source);
	if (r < 0) {
		free(source);
		return r;
	}
	source_link(source, ret_source);
	return 0;
}

int loop_add_timer(struct loop *loop, loop_timer_function function, void *data,
	struct loop_source **ret_source)
{
	struct loop_source *source = source_new(loop, SOURCE_TIMER, -1, data);
	if (!source)
		return -ENOMEM;
	source->function.timer = function;
	source->fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	int r = source->fd < 0 ? -errno : 0;
	if (r == 0)
		r = epoll_set(loop, EPOLL_CTL_ADD, source->fd, EPOLLIN, source);
	if (r < 0) {
		if (source->fd >= 0)
			close(source->fd);
		free(source);
		return r;
	}
	source_link(source, ret_source);
	return 0;
}

/* Let the signalfd, made when first needed, report one more signal. Its epoll entry points to the
 * loop itself: one descriptor serves all signal sources. */
static int handle_signal(struct loop *loop, int signal_number)
{
	sigset_t wanted = loop->handled;
	if (sigaddset(&wanted, signal_number) < 0)
		return -errno;
	int fd = signalfd(loop->signals, &wanted, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return -errno;
	if (loop->signals < 0) {
		int r = epoll_set(loop, EPOLL_CTL_ADD, fd, EPOLLIN, loop);
		if (r < 0) {
			close(fd);
			return r;
		}
		loop->signals = fd;
	}
	loop->handled = wanted;
	return 0;
}

static int block_signal(struct loop *loop, int signal_number)
{
	sigset_t one, before;
	sigemptyset(&one);
	sigaddset(&one, signal_number);
	if (sigprocmask(SIG_BLOCK, &one, &before) < 0)
		return -errno;
	if (!sigismember(&before, signal_number))
		sigaddset(&loop->blocked, signal_number);
	return 0;
}

static struct loop_source *signal_source(struct loop *loop, int signal_number)
{
	for (struct loop_source *source = loop->sources; source; source = source->next)
		if (source->kind == SOURCE_SIGNAL && source->fd == signal_number)
			return source;
	return NULL;
}

int loop_add_signal(struct loop *loop, int signal_number, loop_signal_function function, void *data,
	struct loop_source **ret_source)
{
	if (signal_source(loop, signal_number))
		return -EEXIST;
	struct loop_source *source = source_new(loop, SOURCE_SIGNAL, signal_number, data);
	if (!source)
		return -ENOMEM;
	source->function.signal = function;
	int r = handle_signal(loop, signal_number);
	if (r == 0)
		r = block_signal(loop, signal_number);
	if (r < 0) {
		free(source);
		return r;
	}
	source_link(source, ret_source);
	return 0;
}

int loop_set_events(struct loop_source *source, uint32_t events)
{
	if (source->kind != SOURCE_FD || source->removed)
		return -EINVAL;
	return epoll_set(source->loop, EPOLL_CTL_MOD, source->fd, events, source);
}

static struct timespec milliseconds(uint64_t count)
{
	return (struct timespec){
		.tv_sec = (time_t)(count / 1000),
		.tv_nsec = (long)(count % 1000) * 1000000,
	};
}

int loop_set_timer(struct loop_source *source, uint64_t delay_ms, uint64_t period_ms)
{
	if (source->kind != SOURCE_TIMER || source->removed)
		return -EINVAL;
	struct itimerspec times = {
		.it_value = milliseconds(delay_ms),
		.it_interval = milliseconds(period_ms),
	};
	if (delay_ms == 0)
		times.it_value.tv_nsec = 1; /* zero would disarm */
	return timerfd_settime(source->fd, 0, &times, NULL) < 0 ? -errno : 0;
}

void loop_stop_timer(struct loop_source *source)
{
	struct itimerspec never = { 0 };
	if (source->kind == SOURCE_TIMER && !source->removed)
		timerfd_settime(source->fd, 0, &never, NULL);
}

void loop_remove(struct loop_source *source)
{
	if (!source || source->removed)
		return;
	struct loop *loop = source->loop;
	source->removed = true;
	if (source->kind != SOURCE_SIGNAL)
		epoll_ctl(loop->epoll, EPOLL_CTL_DEL, source->fd, NULL);
	if (source->kind == SOURCE_TIMER)
		close(source->fd);
	if (source->previous)
		source->previous->next = source->next;
	else
		loop->sources = source->next;
	if (source->next)
		source->next->previous = source->previous;
	source->next = loop->removed;
	loop->removed = source;
	if (!loop->running)
		free_removed(loop);
}

static void dispatch_signals(struct loop *loop)
{
	struct signalfd_siginfo info;
	while (!loop->quit && read(loop->signals, &info, sizeof(info)) == sizeof(info)) {
		struct loop_source *source = signal_source(loop, (int)info.ssi_signo);
		if (source)
			source->function.signal(loop, source->fd, source->data);
	}
}

static void dispatch(struct loop *loop, const struct epoll_event *event)
{
	if (event->data.ptr == loop) {
		dispatch_signals(loop);
		return;
	}
	struct loop_source *source = event->data.ptr;
	uint64_t expirations;
	if (source->removed)
		return;
	switch (source->kind) {
	case SOURCE_FD:
		source->function.fd(loop, source->fd, event->events, source->data);
		break;
	case SOURCE_TIMER:
		/* Nothing to read: another callback stopped it or armed it again. */
		if (read(source->fd, &expirations, sizeof(expirations)) == sizeof(expirations))
			source->function.timer(loop, source->data);
		break;
	case SOURCE_SIGNAL:
		break; /* only by the signalfd */
	}
}

int loop_run(struct loop *loop)
{
	if (loop->running)
		return -EBUSY;
	loop->running = true;
	loop->quit = false;
	loop->status = 0;
	while (!loop->quit) {
		struct epoll_event events[EVENTS_MAX];
		int count = epoll_wait(loop->epoll, events, EVENTS_MAX, -1);
		if (count < 0 && errno != EINTR)
			loop_quit(loop, -errno);
		for (int i = 0; i < count && !loop->quit; i++)
			dispatch(loop, &events[i]);
		free_removed(loop);
	}
	loop->running = false;
	return loop->status;
}

void loop_quit(struct loop *loop, int status)
{
	loop->quit = true;
	loop->status = status;
}
