/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One try: both ends of a TCP or UDP exchange, an echo request, raw packets. */
#include <errno.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../inetsum.h"
#include "probe.h"

#define CHUNK 16384

/* What is sent: bytes that differ with their place, the direction and the try. */
static uint8_t pattern(size_t place, unsigned int seed)
{
	return (uint8_t)(place * 131 + (place >> 8) * 17 + seed);
}

static void fill(uint8_t *bytes, size_t length, size_t place, unsigned int seed)
{
	for (size_t i = 0; i < length; i++)
		bytes[i] = pattern(place + i, seed);
}

static bool check(const uint8_t *bytes, size_t length, size_t place, unsigned int seed)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i] != pattern(place + i, seed))
			return false;
	return true;
}

static unsigned int seed_there(const struct options *options)
{
	return options->sport + options->port;
}

static unsigned int seed_back(const struct options *options)
{
	return seed_there(options) + 101;
}

/* Wait for events until the deadline. 0, or errno. */
static int wait_for(int fd, short events, int64_t deadline)
{
	for (;;) {
		struct pollfd wanted = { .fd = fd, .events = events };
		int64_t left = deadline - now_ms();
		int n;

		if (left <= 0 || stopping())
			return ETIMEDOUT;
		n = poll(&wanted, 1, (int)left);
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return errno;
	}
}

static int send_all(int fd, size_t bytes, unsigned int seed, int64_t deadline)
{
	uint8_t chunk[CHUNK];

	for (size_t place = 0; place < bytes;) {
		size_t length = bytes - place < CHUNK ? bytes - place : CHUNK;
		ssize_t n;

		fill(chunk, length, place, seed);
		n = send(fd, chunk, length, MSG_NOSIGNAL);
		if (n > 0)
			place += (size_t)n;
		else if (n < 0 && errno != EAGAIN && errno != EINTR)
			return errno;
		else {
			int error = wait_for(fd, POLLOUT, deadline);
			if (error != 0)
				return error;
		}
	}
	return 0;
}

static int receive_all(int fd, size_t bytes, unsigned int seed, int64_t deadline)
{
	uint8_t chunk[CHUNK];

	for (size_t place = 0; place < bytes;) {
		size_t length = bytes - place < CHUNK ? bytes - place : CHUNK;
		ssize_t n = recv(fd, chunk, length, 0);

		if (n == 0)
			return ECONNRESET;
		if (n > 0) {
			if (!check(chunk, (size_t)n, place, seed))
				return EBADMSG;
			place += (size_t)n;
		} else if (errno != EAGAIN && errno != EINTR) {
			return errno;
		} else {
			int error = wait_for(fd, POLLIN, deadline);
			if (error != 0)
				return error;
		}
	}
	return 0;
}

/* A socket bound to an address of our own. -1 on failure. */
static int bound_socket(const struct address *address, unsigned int port, int type, int protocol)
{
	struct sockaddr_storage local;
	socklen_t length = make_sockaddr(address, port, &local);
	int one = 1;
	int fd = socket(address->family, type | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

	if (fd < 0)
		return -1;
	/* Of UDP it would let two servers have one port. */
	if (type == SOCK_STREAM)
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (address->family == AF_INET6)
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&local, length) < 0) {
		int error = errno;

		close(fd);
		errno = error;
		return -1;
	}
	return fd;
}

static int client_socket(const struct options *options, unsigned int port, int type, int protocol)
{
	int fd = bound_socket(&options->source, port, type, protocol);

	if (fd < 0)
		perror("probe: the client's address");
	return fd;
}

/* The server's socket. Another try of the batch may have the same address and port: wait for it. */
static int server_socket(const struct options *options, int type)
{
	int64_t deadline = now_ms() + 20000;

	for (;;) {
		int fd = bound_socket(&options->destination, options->port, type, 0);

		if (fd >= 0 && (type != SOCK_STREAM || listen(fd, 8) == 0))
			return fd;
		if (fd >= 0)
			close(fd);
		if (errno != EADDRINUSE || now_ms() > deadline || stopping()) {
			perror("probe: the server's address");
			return -1;
		}
		poll(NULL, 0, 20);
	}
}

/* Answer one TCP connection while counting what arrives. */
static int serve_tcp(const struct options *options, int ready, struct report *report)
{
	int sniffer = options->sniff ? sniff_open() : -1;
	int fd = server_socket(options, SOCK_STREAM);

	if (fd < 0 || write(ready, "r", 1) != 1)
		return -1;
	while (!stopping() && !report->complete) {
		struct pollfd wanted = { .fd = fd, .events = POLLIN };
		int connection, error;

		poll(&wanted, 1, 50);
		connection = accept4(fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (connection < 0)
			continue;
		error = receive_all(
			connection, options->bytes, seed_there(options), now_ms() + options->wait);
		if (error == 0)
			error = send_all(connection, options->bytes, seed_back(options),
				now_ms() + options->wait);
		report->complete = error == 0;
		report->packets++;
		close(connection);
	}
	if (sniffer >= 0)
		report->packets += sniff_count(sniffer, options);
	return 0;
}

static int client_tcp(const struct options *options)
{
	struct sockaddr_storage remote;
	socklen_t length = make_sockaddr(&options->destination, options->port, &remote);
	int64_t deadline = now_ms() + options->wait;
	int fd = client_socket(options, options->sport, SOCK_STREAM, 0);
	int error = 0;
	socklen_t error_length = sizeof(error);

	if (fd < 0)
		return -1;
	if (connect(fd, (struct sockaddr *)&remote, length) < 0 && errno != EINPROGRESS)
		error = errno;
	if (error == 0)
		error = wait_for(fd, POLLOUT, deadline);
	if (error == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &error_length) < 0)
		error = errno;
	if (error == 0)
		error = send_all(fd, options->bytes, seed_there(options), deadline);
	if (error == 0)
		error = receive_all(fd, options->bytes, seed_back(options), deadline);
	close(fd);
	return error;
}

static int serve_udp(const struct options *options, int ready, struct report *report)
{
	int sniffer = options->sniff ? sniff_open() : -1;
	int fd = server_socket(options, SOCK_DGRAM);

	if (fd < 0 || write(ready, "r", 1) != 1)
		return -1;
	while (!stopping()) {
		struct pollfd wanted = { .fd = fd, .events = POLLIN };
		struct sockaddr_storage from;
		socklen_t from_length = sizeof(from);
		uint8_t bytes[CHUNK];
		ssize_t n;

		poll(&wanted, 1, 50);
		n = recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &from_length);
		if (n < 0)
			continue;
		report->packets++;
		if ((size_t)n != options->bytes || !check(bytes, (size_t)n, 0, seed_there(options)))
			continue;
		fill(bytes, (size_t)n, 0, seed_back(options));
		report->complete =
			sendto(fd, bytes, (size_t)n, 0, (struct sockaddr *)&from, from_length) == n;
	}
	if (sniffer >= 0)
		report->packets += sniff_count(sniffer, options);
	return 0;
}

/* Send until something comes back: at the start and every 300 ms. */
static int exchange(int fd, const uint8_t *request, size_t length, int64_t deadline,
	bool (*is_answer)(const struct options *, const uint8_t *, size_t),
	const struct options *options)
{
	int64_t next = 0;

	while (now_ms() < deadline) {
		uint8_t answer[CHUNK];
		int64_t until;
		ssize_t n;

		/* An error that an earlier packet brought (port unreachable) shows up in either
		 * call; too big is mended by the kernel, which now knows the path's MTU. */
		if (now_ms() >= next) {
			next = now_ms() + 300;
			if (send(fd, request, length, 0) < 0 && errno != EMSGSIZE)
				return errno;
		}
		until = next < deadline ? next : deadline;
		if (wait_for(fd, POLLIN, until) != 0)
			continue;
		n = recv(fd, answer, sizeof(answer), 0);
		if (n < 0 && errno != EAGAIN && errno != EMSGSIZE)
			return errno;
		if (n >= 0 && is_answer(options, answer, (size_t)n))
			return 0;
	}
	return ETIMEDOUT;
}

static bool is_udp_answer(const struct options *options, const uint8_t *bytes, size_t length)
{
	return length == options->bytes && check(bytes, length, 0, seed_back(options));
}

static int client_udp(const struct options *options)
{
	struct sockaddr_storage remote;
	socklen_t length = make_sockaddr(&options->destination, options->port, &remote);
	uint8_t request[CHUNK];
	int fd = client_socket(options, options->sport, SOCK_DGRAM, 0);
	int error;

	if (fd < 0)
		return -1;
	fill(request, options->bytes, 0, seed_there(options));
	if (connect(fd, (struct sockaddr *)&remote, length) < 0)
		error = errno;
	else
		error = exchange(fd, request, options->bytes, now_ms() + options->wait,
			is_udp_answer, options);
	close(fd);
	return error;
}

/* Raw sockets get IPv4 answers with their IP header. */
static bool is_echo_answer(const struct options *options, const uint8_t *bytes, size_t length)
{
	size_t skip =
		options->destination.family == AF_INET && length > 0 ? (bytes[0] & 15u) * 4 : 0;
	uint8_t type = options->destination.family == AF_INET ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;

	return length >= skip + 8 && bytes[skip] == type &&
	       (unsigned int)(bytes[skip + 4] << 8 | bytes[skip + 5]) == (options->sport & 0xffff);
}

static int client_echo(const struct options *options)
{
	bool is4 = options->destination.family == AF_INET;
	struct sockaddr_storage remote;
	socklen_t length = make_sockaddr(&options->destination, 0, &remote);
	size_t total = 8 + options->bytes;
	uint8_t request[CHUNK] = { is4 ? ICMP_ECHO : ICMP6_ECHO_REQUEST };
	int fd = client_socket(options, 0, SOCK_RAW, is4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	int error;

	if (fd < 0)
		return -1;
	request[4] = (uint8_t)(options->sport >> 8);
	request[5] = (uint8_t)options->sport;
	fill(request + 8, options->bytes, 0, seed_there(options));
	if (is4) { /* the kernel makes that of ICMPv6 */
		uint16_t sum = inetsum(request, total);
		request[2] = (uint8_t)(sum >> 8);
		request[3] = (uint8_t)sum;
	}
	if (connect(fd, (struct sockaddr *)&remote, length) < 0)
		error = errno;
	else
		error = exchange(
			fd, request, total, now_ms() + options->wait, is_echo_answer, options);
	close(fd);
	return error;
}

void judge(bool client_complete, int error, const struct report *report, struct result *ret_result)
{
	/* EPERM: the rule set of the sender's own namespace did not let it out. */
	bool silent = error == 0 || error == ETIMEDOUT || error == EPERM;
	const char *why = silent ? "no answer" : strerror(error);

	if (client_complete) {
		ret_result->seen = SEEN_PASSED;
		snprintf(ret_result->detail, sizeof(ret_result->detail), "answered");
	} else if (report->packets > 0) {
		ret_result->seen = SEEN_HALF;
		snprintf(ret_result->detail, sizeof(ret_result->detail), "%llu arrived, %s",
			(unsigned long long)report->packets, why);
	} else {
		ret_result->seen = silent ? SEEN_BLOCKED : SEEN_REJECTED;
		snprintf(ret_result->detail, sizeof(ret_result->detail), "%s", why);
	}
}

/* Both ends of a try whose client is a function. */
static void try_both(const struct options *options, server_function serve,
	int (*client)(const struct options *), bool server_answers, struct result *ret_result)
{
	struct server server;
	struct report report = { 0 };
	int error;

	ret_result->seen = SEEN_ERROR;
	if (server_start(options, serve, &server) < 0) {
		snprintf(
			ret_result->detail, sizeof(ret_result->detail), "the server did not start");
		return;
	}
	error = enter_namespace(options->client) < 0 ? -1 : client(options);
	if (server_stop(&server, &report) < 0 || error < 0) {
		snprintf(ret_result->detail, sizeof(ret_result->detail), "the %s failed",
			error < 0 ? "client" : "server");
		return;
	}
	if (error == 0 && server_answers && !report.complete)
		error = EBADMSG;
	judge(error == 0, error, &report, ret_result);
}

void try_tcp(const struct options *options, struct result *ret_result)
{
	try_both(options, serve_tcp, client_tcp, true, ret_result);
}

void try_udp(const struct options *options, struct result *ret_result)
{
	try_both(
		options, options->listen ? serve_udp : serve_nothing, client_udp, true, ret_result);
}

void try_echo(const struct options *options, struct result *ret_result)
{
	try_both(options, serve_nothing, client_echo, false, ret_result);
}

/* Raw packets have no answer: wait until they would have arrived. */
static int client_raw(const struct options *options)
{
	int64_t deadline = now_ms() + options->wait;
	struct options raw = *options;

	if (raw_send(&raw) < 0)
		return -1;
	while (now_ms() < deadline && !stopping())
		poll(NULL, 0, 20);
	return ETIMEDOUT;
}

void try_raw(const struct options *options, struct result *ret_result)
{
	try_both(options, serve_nothing, client_raw, false, ret_result);
	if (ret_result->seen == SEEN_HALF)
		ret_result->seen = SEEN_PASSED;
}
