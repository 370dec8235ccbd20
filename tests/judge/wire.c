/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two namespaces. Everything between sending a frame and hearing it is done by one processor,
 * which has one queue for packets that wait between two interfaces: who comes later is heard later.
 * So a frame of a protocol of our own, sent after all others, tells that the router has done with
 * what came before, and a second one that what it sent on has come out.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "judge.h"

#define BARRIER_TYPE  0x88b5 /* for local experiments */
#define BARRIER_AGAIN 200    /* milliseconds until it is sent once more */
#define BARRIER_TRIES 500    /* then the machine is stuck */
#define RECEIVE_BYTES (64 << 20)

_Noreturn void fail(const char *format, ...)
{
	va_list arguments;

	fflush(stdout);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	exit(2);
}

void run(const char *format, ...)
{
	char command[4096];
	va_list arguments;

	va_start(arguments, format);
	int length = vsnprintf(command, sizeof(command), format, arguments);
	va_end(arguments);
	if (length < 0 || (size_t)length >= sizeof(command) || system(command) != 0)
		fail("failed: %s", command);
}

/* Namespaces and links ------------------------------------------------------------------------- */

/* A process that holds the namespace we are in now; it ends with us. */
static pid_t hold_namespace(void)
{
	int ends[2];
	char byte;
	pid_t child = pipe(ends) < 0 ? -1 : fork();

	if (child < 0)
		fail("fork: %s", strerror(errno));
	if (child == 0) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) != 0); /* nobody writes: until we are gone */
	}
	close(ends[0]);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	return child;
}

static void settings(void)
{
	run("ip link set lo up && sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1 "
	    "net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0 "
	    "net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0 "
	    "net.netfilter.nf_conntrack_checksum=0 net.netfilter.nf_conntrack_tcp_be_liberal=1 "
	    "net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0");
}

static void add_link(struct wires *wires, size_t i, pid_t others, FILE *commands)
{
	const char *name = wires->names[i];

	memcpy(wires->macs[i], (const uint8_t[6]){ 2, 0, 0, 0, 1, (uint8_t)i }, 6);
	fprintf(commands,
		"link add %s address 02:00:00:00:01:%02zx type veth peer name w%zu netns %d\n"
		"link set %s addrgenmode none up\n"
		"addr add 10.255.1.%zu/32 dev %s\n"
		"neigh replace 10.255.0.1 lladdr 02:00:00:00:02:%02zx dev %s nud permanent\n"
		"neigh replace fe80::ffff lladdr 02:00:00:00:02:%02zx dev %s nud permanent\n",
		name, i, i, (int)others, name, i + 1, name, i, name, i, name);
}

static FILE *begin_commands(void)
{
	FILE *commands = popen("ip -batch -", "w");

	if (!commands)
		fail("ip: %s", strerror(errno));
	return commands;
}

static void end_commands(FILE *commands)
{
	if (pclose(commands) != 0)
		fail("ip: a command failed");
}

/* Sockets -------------------------------------------------------------------------------------- */

static int open_socket(int protocol)
{
	int bytes = RECEIVE_BYTES, one = 1;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons((uint16_t)protocol));

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof(bytes)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof(bytes)) < 0 ||
		setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) < 0)
		fail("packet socket: %s", strerror(errno));
	return fd;
}

/* Before any rule sees them: a socket for all protocols, and of those only ours. */
static int open_barrier(const char *name)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, BARRIER_TYPE, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 64),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { sizeof(code) / sizeof(code[0]), code };
	struct sockaddr_ll address = { .sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = (int)if_nametoindex(name) };
	int fd = open_socket(0);

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		fail("barrier: %s", strerror(errno));
	return fd;
}

static void open_frames(struct wires *wires, int others)
{
	int router = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);

	if (router < 0 || setns(others, CLONE_NEWNET) < 0)
		fail("namespace: %s", strerror(errno));
	FILE *commands = begin_commands();

	for (size_t i = 0; i < wires->count; i++)
		fprintf(commands, "link set w%zu addrgenmode none up\n", i);
	end_commands(commands);
	for (size_t i = 0; i < wires->count; i++) {
		char name[16];

		snprintf(name, sizeof(name), "w%zu", i);
		wires->indexes[i] = (int)if_nametoindex(name);
	}
	wires->frames = open_socket(ETH_P_ALL);
	if (setns(router, CLONE_NEWNET) < 0)
		fail("namespace: %s", strerror(errno));
	close(router);
}

static void stay_on_one_processor(void)
{
	cpu_set_t set;
	int processor = sched_getcpu();

	CPU_ZERO(&set);
	CPU_SET(processor < 0 ? 0 : processor, &set);
	if (sched_setaffinity(0, sizeof(set), &set) < 0)
		fail("sched_setaffinity: %s", strerror(errno));
}

void wires_open(struct wires *wires, const char *names)
{
	char copy[2048], *state = NULL;

	snprintf(copy, sizeof(copy), "%s", names);
	memset(wires, 0, sizeof(*wires));
	for (char *name = strtok_r(copy, " ", &state); name; name = strtok_r(NULL, " ", &state)) {
		if (wires->count == LINKS_MAX || strlen(name) > 15)
			fail("%s: too many interfaces, or too long a name", name);
		memcpy(wires->names[wires->count++], name, strlen(name) + 1);
	}
	stay_on_one_processor();
	if (unshare(CLONE_NEWNET) < 0)
		fail("no network namespace: %s", strerror(errno));
	int others = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	pid_t child = hold_namespace();

	if (others < 0 || unshare(CLONE_NEWNET) < 0)
		fail("no network namespace: %s", strerror(errno));
	settings();
	FILE *commands = begin_commands();

	for (size_t i = 0; i < wires->count; i++)
		add_link(wires, i, child, commands);
	end_commands(commands);
	open_frames(wires, others);
	wires->barrier = open_barrier(wires->names[0]);
	close(others);
}

void wires_route(const struct wires *wires, size_t link)
{
	const char *name = wires->names[link];

	FILE *commands = begin_commands();

	fprintf(commands, "route replace default via 10.255.0.1 dev %s onlink\n", name);
	fprintf(commands, "route replace ::/0 via fe80::ffff dev %s onlink\n", name);
	end_commands(commands);
}

/* Packets -------------------------------------------------------------------------------------- */

static void send_all(const struct wires *wires, const struct frame *frames, size_t count)
{
	struct sockaddr_ll addresses[BATCH];
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];

	for (size_t i = 0; i < count && frames[0].link == WIRES_ROUTER; i++)
		host_send(&frames[i]);
	if (count == 0 || frames[0].link == WIRES_ROUTER)
		return;
	for (size_t i = 0; i < count; i++) {
		addresses[i] = (struct sockaddr_ll){ .sll_family = AF_PACKET,
			.sll_ifindex = wires->indexes[frames[i].link] };
		parts[i] = (struct iovec){ (void *)(uintptr_t)frames[i].bytes, frames[i].length };
		messages[i] = (struct mmsghdr){ .msg_hdr = { .msg_name = &addresses[i],
							.msg_namelen = sizeof(addresses[i]),
							.msg_iov = &parts[i],
							.msg_iovlen = 1 } };
	}
	for (size_t sent = 0; sent < count;) {
		int n = sendmmsg(wires->frames, messages + sent, (unsigned int)(count - sent), 0);

		if (n < 0 && errno != EINTR && errno != ENOBUFS)
			fail("sendmmsg: %s", strerror(errno));
		sent += n > 0 ? (size_t)n : 0;
	}
}

/* Has the router heard the frame of this number? Those of before may still be on their way. */
static bool barrier_heard(const struct wires *wires, uint32_t number)
{
	struct pollfd ready = { .fd = wires->barrier, .events = POLLIN };
	uint8_t bytes[64];

	while (poll(&ready, 1, BARRIER_AGAIN) == 1)
		if (recv(wires->barrier, bytes, sizeof(bytes), 0) >= 18 &&
			get_number(bytes + 14, 4) == number)
			return true;
	return false;
}

/* Other tests may fill the processor's queue: then a frame is lost, and sent again. */
static void send_barrier(const struct wires *wires)
{
	static struct frame frame = { .link = 0, .length = 64 };
	static uint32_t number;

	memset(frame.bytes, 0xff, 6);
	memcpy(frame.bytes + 6, (const uint8_t[6]){ 2, 0, 0, 0, 3, 0 }, 6);
	put_number(frame.bytes + 12, 2, BARRIER_TYPE);
	put_number(frame.bytes + 14, 4, ++number);
	for (unsigned int i = 0; i < BARRIER_TRIES; i++) {
		send_all(wires, &frame, 1);
		if (barrier_heard(wires, number))
			return;
	}
	fail("a frame to the router was not heard there in %d tries", BARRIER_TRIES);
}

static size_t link_of(const struct wires *wires, int index)
{
	size_t i = 0;

	while (i < wires->count && wires->indexes[i] != index)
		i++;
	return i;
}

static void hear(const struct wires *wires, wires_heard heard, void *data)
{
	struct sockaddr_ll from;
	uint8_t bytes[2 * FRAME_MAX];

	for (;;) {
		socklen_t size = sizeof(from);
		ssize_t length = recvfrom(wires->frames, bytes, sizeof(bytes), MSG_DONTWAIT,
			(struct sockaddr *)&from, &size);

		if (length < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (length < 0)
			fail("recvfrom: %s", strerror(errno));
		if (heard)
			heard(link_of(wires, from.sll_ifindex), bytes, (size_t)length, data);
	}
}

void wires_send(const struct wires *wires, const struct frame *frames, size_t count,
	wires_heard heard, void *data)
{
	hear(wires, NULL, NULL);
	send_all(wires, frames, count);
	send_barrier(wires);
	send_barrier(wires);
	hear(wires, heard, data);
}
