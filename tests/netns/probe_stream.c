/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A TCP connection that stays: the client sends a number, the server sends it back, again and
 * again. Says when it was opened, and at the end how it went or since when nothing came back.
 * Times are milliseconds since 1970, so that a script can compare them with its own.
 */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "probe.h"

#define INTERVAL 20 /* ms between two rounds */

static int64_t realtime_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int open_socket(const struct address *address, unsigned int port)
{
	struct sockaddr_storage local;
	socklen_t length = make_sockaddr(address, port, &local);
	int one = 1;
	int fd = socket(address->family, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&local, length) < 0) {
		perror("probe: bind");
		close(fd);
		return -1;
	}
	return fd;
}

static bool readable(int fd, int timeout)
{
	struct pollfd wanted = { .fd = fd, .events = POLLIN };

	return poll(&wanted, 1, timeout) > 0;
}

static int serve_stream(const struct options *options, int ready, struct report *report)
{
	int fd = open_socket(&options->destination, options->port);
	int connection = -1;

	if (fd < 0 || listen(fd, 1) < 0 || write(ready, "r", 1) != 1)
		return -1;
	while (!stopping() && connection < 0)
		if (readable(fd, 100))
			connection = accept4(fd, NULL, NULL, SOCK_CLOEXEC);
	close(fd); /* the next one may have the port */
	while (!stopping()) {
		uint8_t bytes[4096];
		ssize_t n;

		if (!readable(connection, 100))
			continue;
		n = recv(connection, bytes, sizeof(bytes), 0);
		if (n <= 0 || send(connection, bytes, (size_t)n, MSG_NOSIGNAL) != n)
			break;
		report->packets++;
	}
	return 0;
}

/* Send one number and wait for it. 0, or errno. */
static int round_trip(int fd, uint64_t number, unsigned int stall)
{
	uint64_t answer = 0;
	size_t have = 0;
	int64_t deadline = now_ms() + stall;

	if (send(fd, &number, sizeof(number), MSG_NOSIGNAL) != sizeof(number))
		return errno;
	while (have < sizeof(answer)) {
		ssize_t n;
		int64_t left = deadline - now_ms();

		if (left <= 0 || stopping())
			return ETIMEDOUT;
		if (!readable(fd, (int)left))
			continue;
		n = recv(fd, (uint8_t *)&answer + have, sizeof(answer) - have, 0);
		if (n <= 0)
			return n == 0 ? ECONNRESET : errno;
		have += (size_t)n;
	}
	return answer == number ? 0 : EBADMSG;
}

static int run_rounds(int fd, const struct options *options, uint64_t *ret_rounds,
	int64_t *ret_last, int64_t *ret_longest)
{
	int64_t end = now_ms() + options->seconds * 1000;

	*ret_rounds = 0;
	*ret_longest = 0;
	*ret_last = realtime_ms();
	while (now_ms() < end && !stopping()) {
		int64_t start = now_ms();
		int error = round_trip(fd, *ret_rounds, options->stall);

		if (error != 0)
			return stopping() ? 0 : error;
		if (now_ms() - start > *ret_longest)
			*ret_longest = now_ms() - start;
		*ret_last = realtime_ms();
		(*ret_rounds)++;
		poll(NULL, 0, INTERVAL);
	}
	return 0;
}

static int client_stream(const struct options *options, struct result *ret_result)
{
	struct sockaddr_storage remote;
	socklen_t length = make_sockaddr(&options->destination, options->port, &remote);
	struct timeval limit = { .tv_sec = options->wait / 1000,
		.tv_usec = (options->wait % 1000) * 1000 };
	int fd = open_socket(&options->source, options->sport);
	uint64_t rounds;
	int64_t last, longest;
	int error;

	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit)); /* limits connect */
	if (connect(fd, (struct sockaddr *)&remote, length) < 0) {
		snprintf(ret_result->detail, sizeof(ret_result->detail), "not opened");
		ret_result->seen = SEEN_BLOCKED;
		close(fd);
		return 0;
	}
	printf("%s open %lld\n", options->id, (long long)realtime_ms());
	fflush(stdout);
	error = run_rounds(fd, options, &rounds, &last, &longest);
	ret_result->seen = error == 0 ? SEEN_PASSED : SEEN_HALF;
	snprintf(ret_result->detail, sizeof(ret_result->detail),
		"last %lld rounds %llu longest %lld %s", (long long)last,
		(unsigned long long)rounds, (long long)longest, error == 0 ? "" : strerror(error));
	close(fd);
	return 0;
}

void try_stream(const struct options *options, struct result *ret_result)
{
	struct server server;
	struct report report;

	ret_result->seen = SEEN_ERROR;
	snprintf(ret_result->detail, sizeof(ret_result->detail), "the try could not be made");
	if (server_start(options, serve_stream, &server) < 0)
		return;
	if (enter_namespace(options->client) < 0 || client_stream(options, ret_result) < 0)
		ret_result->seen = SEEN_ERROR;
	server_stop(&server, &report);
}
