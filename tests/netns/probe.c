/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of probe: kinds, keys, processes.
 *
 *	tcp, udp, echo	a try: says "<id> passed|blocked|rejected|half <detail>"; tcp with
 *			"seconds" tries again and again, until one does not pass
 *	raw		raw packets out of the client's namespace, looked for in the server's
 *	stream		a TCP connection that stays open for "seconds"
 *	send		raw packets, nobody looks for them: says how many were sent
 *	count		until SIGTERM or for "seconds": how many packets arrive in "server"
 *	batch		tries from standard input, one a line, all at once
 *
 * Exit status: 0 all passed (tries: what was sent arrived), 1 not, 2 the try could not be made.
 */
#include "probe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t stop_asked;

static void on_signal(int number)
{
	(void)number;
	stop_asked = 1;
}

bool stopping(void)
{
	return stop_asked != 0;
}

int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int enter_namespace(const char *name)
{
	char path[192];
	int fd, error;

	if (name[0] == '\0')
		return 0;
	snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	error = fd < 0 ? -1 : setns(fd, CLONE_NEWNET);
	if (error < 0)
		fprintf(stderr, "probe: namespace %s: %s\n", name, strerror(errno));
	if (fd >= 0)
		close(fd);
	return error;
}

socklen_t make_sockaddr(
	const struct address *address, unsigned int port, struct sockaddr_storage *ret_sockaddr)
{
	struct sockaddr_in in = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	struct sockaddr_in6 in6 = { .sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port) };

	memset(ret_sockaddr, 0, sizeof(*ret_sockaddr));
	if (address->family == AF_INET) {
		memcpy(&in.sin_addr, address->bytes, 4);
		memcpy(ret_sockaddr, &in, sizeof(in));
		return sizeof(in);
	}
	memcpy(&in6.sin6_addr, address->bytes, 16);
	memcpy(ret_sockaddr, &in6, sizeof(in6));
	return sizeof(in6);
}

/* The life of a server's process. */
static int serve(const struct options *options, server_function function, int ready)
{
	struct report report = { 0 };

	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (enter_namespace(options->server) < 0 || function(options, ready, &report) < 0)
		return 2;
	return write(ready, &report, sizeof(report)) == sizeof(report) ? 0 : 2;
}

int server_start(const struct options *options, server_function function, struct server *ret_server)
{
	int ends[2];
	char ready;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return -1;
	ret_server->pid = fork();
	if (ret_server->pid == 0) {
		close(ends[0]);
		_exit(serve(options, function, ends[1]));
	}
	close(ends[1]);
	ret_server->pipe = ends[0];
	if (ret_server->pid > 0 && read(ends[0], &ready, 1) == 1)
		return 0;
	close(ends[0]);
	if (ret_server->pid > 0)
		waitpid(ret_server->pid, NULL, 0);
	return -1;
}

int server_stop(struct server *server, struct report *ret_report)
{
	ssize_t n;

	kill(server->pid, SIGTERM);
	do
		n = read(server->pipe, ret_report, sizeof(*ret_report));
	while (n < 0 && errno == EINTR);
	close(server->pipe);
	while (waitpid(server->pid, NULL, 0) < 0 && errno == EINTR)
		;
	return n == sizeof(*ret_report) ? 0 : -1;
}

/* Values of keys. Each reads text into a place; false for what it cannot be. */

static bool read_text(const char *text, void *place, size_t size)
{
	return snprintf(place, size, "%s", text) < (int)size;
}

static bool read_number(const char *text, void *place, size_t size)
{
	char *end;
	unsigned long value = strtoul(text, &end, 0);

	(void)size;
	memcpy(place, &(unsigned int){ (unsigned int)value }, sizeof(unsigned int));
	return *end == '\0' && *text != '\0' && value <= 0xffffffff;
}

static bool read_byte(const char *text, void *place, size_t size)
{
	unsigned int value;

	if (!read_number(text, &value, size) || value > 255)
		return false;
	*(uint8_t *)place = (uint8_t)value;
	return true;
}

static bool read_address(const char *text, void *place, size_t size)
{
	struct address address = { .family = strchr(text, ':') != NULL ? AF_INET6 : AF_INET };

	(void)size;
	if (inet_pton(address.family, text, address.bytes) != 1)
		return false;
	memcpy(place, &address, sizeof(address));
	return true;
}

static bool read_mac(const char *text, void *place, size_t size)
{
	uint8_t *mac = place;

	(void)size;
	return sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", &mac[0], &mac[1], &mac[2], &mac[3],
		       &mac[4], &mac[5]) == 6;
}

static bool read_bool(const char *text, void *place, size_t size)
{
	(void)size;
	*(bool *)place = strcmp(text, "yes") == 0;
	return *(bool *)place || strcmp(text, "no") == 0;
}

static bool read_protocol(const char *text, void *place, size_t size)
{
	static const struct {
		const char *name;
		uint8_t number;
	} names[] = { { "tcp", IPPROTO_TCP }, { "udp", IPPROTO_UDP }, { "icmp", IPPROTO_ICMP },
		{ "icmpv6", IPPROTO_ICMPV6 } };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (strcmp(names[i].name, text) == 0) {
			*(uint8_t *)place = names[i].number;
			return true;
		}
	}
	return read_byte(text, place, size);
}

static bool read_flags(const char *text, void *place, size_t size)
{
	static const char letters[] = "FSRPAUEC";
	uint8_t flags = 0;

	(void)size;
	for (; *text != '\0'; text++) {
		const char *letter = strchr(letters, *text);

		if (letter == NULL)
			return false;
		flags |= (uint8_t)(1 << (letter - letters));
	}
	*(uint8_t *)place = flags;
	return true;
}

static struct options defaults(void)
{
	return (struct options){ .id = "-",
		.sport = 0,
		.wait = 1500,
		.bytes = 1000,
		.seconds = 0,
		.count = 1,
		.stall = 15000,
		.flags = 2,
		.listen = true,
		.sniff = true };
}

#define KEY(name, member, function)                                                                \
	{                                                                                          \
		name, offsetof(struct options, member), sizeof(((struct options *)0)->member),     \
			function                                                                   \
	}

static const struct key {
	const char *name;
	size_t place, size;
	bool (*read)(const char *text, void *place, size_t size);
} keys[] = {
	KEY("id", id, read_text),
	KEY("client", client, read_text),
	KEY("server", server, read_text),
	KEY("interface", interface, read_text),
	KEY("from-mac", from_mac, read_mac),
	KEY("to-mac", to_mac, read_mac),
	KEY("source", source, read_address),
	KEY("destination", destination, read_address),
	KEY("sport", sport, read_number),
	KEY("port", port, read_number),
	KEY("wait", wait, read_number),
	KEY("bytes", bytes, read_number),
	KEY("seconds", seconds, read_number),
	KEY("count", count, read_number),
	KEY("rate", rate, read_number),
	KEY("distinct", distinct, read_number),
	KEY("sources", sources, read_number),
	KEY("protocol", protocol, read_protocol),
	KEY("flags", flags, read_flags),
	KEY("type", type, read_byte),
	KEY("code", code, read_byte),
	KEY("fragment", fragment, read_text),
	KEY("truncate", truncate, read_number),
	KEY("stall", stall, read_number),
	KEY("listen", listen, read_bool),
	KEY("sniff", sniff, read_bool),
};

static bool read_extension(struct options *options, const char *text)
{
	if (options->extension_count == EXTENSIONS_MAX)
		return false;
	return read_byte(text, &options->extensions[options->extension_count++], 1);
}

static bool read_key(struct options *options, char *word)
{
	char *value = strchr(word, '=');

	if (value == NULL)
		return false;
	*value++ = '\0';
	if (strcmp(word, "extension") == 0) /* may be given again */
		return read_extension(options, value);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (strcmp(keys[i].name, word) == 0)
			return keys[i].read(
				value, (uint8_t *)options + keys[i].place, keys[i].size);
	return false;
}

static int run_send(struct options *options, struct result *ret_result)
{
	int64_t sent = enter_namespace(options->client) < 0 ? -1 : raw_send(options);

	ret_result->seen = sent < 0 ? SEEN_ERROR : SEEN_PASSED;
	snprintf(ret_result->detail, sizeof(ret_result->detail), "%lld", (long long)sent);
	return 0;
}

static int run_count(struct options *options, struct result *ret_result)
{
	int64_t end = now_ms() + options->seconds * 1000;
	uint64_t count = 0;
	int fd = enter_namespace(options->server) < 0 ? -1 : sniff_open();

	ret_result->seen = fd < 0 ? SEEN_ERROR : SEEN_PASSED;
	if (fd < 0)
		return 0;
	printf("%s ready\n", options->id);
	fflush(stdout);
	while (!stopping() && (options->seconds == 0 || now_ms() < end)) {
		struct pollfd wanted = { .fd = fd, .events = POLLIN };

		poll(&wanted, 1, 50);
		count += sniff_count(fd, options);
	}
	count += sniff_count(fd, options);
	close(fd);
	snprintf(ret_result->detail, sizeof(ret_result->detail), "%llu", (unsigned long long)count);
	return 0;
}

static int run_try(struct options *options, struct result *ret_result,
	void (*function)(const struct options *, struct result *), uint8_t protocol)
{
	if (protocol != 0)
		options->protocol = protocol;
	function(options, ret_result);
	return 0;
}

/* One connection, or for "seconds" one after the other, until one fails. */
static int run_tcp(struct options *options, struct result *ret_result)
{
	int64_t end = now_ms() + options->seconds * 1000;
	unsigned int passed = 0;
	size_t length;

	do {
		run_try(options, ret_result, try_tcp, IPPROTO_TCP);
		passed += ret_result->seen == SEEN_PASSED;
		options->sport++; /* the last one is still in TIME-WAIT */
	} while (ret_result->seen == SEEN_PASSED && now_ms() < end && !stopping());
	length = strlen(ret_result->detail);
	if (options->seconds != 0)
		snprintf(ret_result->detail + length, sizeof(ret_result->detail) - length,
			", %u connections", passed);
	return 0;
}

static int run_udp(struct options *options, struct result *ret_result)
{
	return run_try(options, ret_result, try_udp, IPPROTO_UDP);
}

static int run_echo(struct options *options, struct result *ret_result)
{
	return run_try(options, ret_result, try_echo,
		options->destination.family == AF_INET ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static int run_raw(struct options *options, struct result *ret_result)
{
	return run_try(options, ret_result, try_raw, 0);
}

static int run_stream(struct options *options, struct result *ret_result)
{
	return run_try(options, ret_result, try_stream, IPPROTO_TCP);
}

static const struct kind {
	const char *name;
	int (*run)(struct options *options, struct result *ret_result);
	unsigned int bytes; /* of payload, when not said */
} kinds[] = {
	{ "tcp", run_tcp, 4000 },
	{ "udp", run_udp, 200 },
	{ "echo", run_echo, 56 },
	{ "raw", run_raw, 20 },
	{ "stream", run_stream, 8 },
	{ "send", run_send, 20 },
	{ "count", run_count, 0 },
};

/* One command. The exit status. */
static int run(char **words, int count)
{
	static const char *const names[] = { "passed", "blocked", "rejected", "half", "error" };
	struct options options = defaults();
	struct result result = { SEEN_ERROR, "" };
	const struct kind *kind = NULL;

	for (size_t i = 0; count > 0 && i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kinds[i].name, words[0]) == 0)
			kind = &kinds[i];
	if (kind == NULL) {
		fprintf(stderr, "probe: no such kind: %s\n", count > 0 ? words[0] : "");
		return 2;
	}
	options.bytes = kind->bytes;
	for (int i = 1; i < count; i++) {
		if (!read_key(&options, words[i])) {
			fprintf(stderr, "probe: cannot read: %s\n", words[i]);
			return 2;
		}
	}
	kind->run(&options, &result);
	printf("%s %s %s\n", options.id, names[result.seen], result.detail);
	fflush(stdout);
	return result.seen == SEEN_PASSED ? 0 : result.seen == SEEN_ERROR ? 2 : 1;
}

/* Each line of standard input in a process of its own. */
static int run_batch(void)
{
	char line[1024];
	int worst = 0, status;

	while (fgets(line, sizeof(line), stdin) != NULL) {
		char *words[64], *rest = NULL;
		int count = 0;

		for (char *word = strtok_r(line, " \n", &rest); word != NULL && count < 64;
			word = strtok_r(NULL, " \n", &rest))
			words[count++] = word;
		if (count == 0)
			continue;
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGTERM);
			_exit(run(words, count));
		}
	}
	while (wait(&status) > 0) {
		int code = WIFEXITED(status) ? WEXITSTATUS(status) : 2;

		worst = code > worst ? code : worst;
	}
	return worst;
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	if (argc > 1 && strcmp(argv[1], "batch") == 0)
		return run_batch();
	return run(argv + 1, argc - 1);
}
