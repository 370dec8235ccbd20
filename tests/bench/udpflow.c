/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One UDP flow, as fast as its sender can: the load for the forwarding rate.
 *
 *	udpflow sink ADDRESS PORT
 *		Answers greetings, drops everything else in the kernel (a socket filter), so that
 *		the receiving end costs the same small amount whatever the gateway does. Prints
 *		"ready" when it listens.
 *	udpflow send SOURCE SPORT DESTINATION DPORT MILLISECONDS CPU
 *		Greets the sink until it answers, so that the connection is established in both
 *		directions, then sends frames of 64 bytes (with FCS) from one connected socket on
 *		one processor. On veth the whole way through the gateway runs in the sender's own
 *		context: the rate it reaches is the inverse of the cost of a packet.
 *		Prints: packets sent, nanoseconds of wall time, nanoseconds of its own CPU time.
 */
#include <arpa/inet.h>
#include <linux/filter.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "tool.h"

#define GREETING 'H'
#define DATA	 'D'
#define PAYLOAD	 18 /* 14 Ethernet + 20 IP + 8 UDP + 18 + 4 FCS = 64 */
#define BATCH	 64

static struct sockaddr_in endpoint(const char *address, const char *port)
{
	struct sockaddr_in end = { .sin_family = AF_INET };

	end.sin_port = htons((uint16_t)number(port, 65535));
	if (inet_pton(AF_INET, address, &end.sin_addr) != 1) {
		errno = 0;
		die("\"%s\" is not an IPv4 address", address);
	}
	return end;
}

static int udp_socket(const struct sockaddr_in *local)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		die("socket");
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		die("SO_REUSEADDR");
	if (bind(fd, (const struct sockaddr *)local, sizeof(*local)) < 0)
		die("bind");
	return fd;
}

/* Of what arrives, keep only greetings. */
static void filter_greetings(int fd)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 8), /* first byte after the UDP header */
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, GREETING, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 0xffff),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = { .len = sizeof(code) / sizeof(code[0]), .filter = code };

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)) < 0)
		die("SO_ATTACH_FILTER");
}

static int sink(char **arguments)
{
	struct sockaddr_in local = endpoint(arguments[0], arguments[1]);
	int fd = udp_socket(&local);

	filter_greetings(fd);
	puts("ready");
	fflush(stdout);
	for (;;) {
		struct sockaddr_in peer;
		socklen_t length = sizeof(peer);
		char byte;
		ssize_t got =
			recvfrom(fd, &byte, sizeof(byte), 0, (struct sockaddr *)&peer, &length);

		if (got < 0 && errno != EINTR)
			die("recvfrom");
		if (got == 1)
			sendto(fd, &byte, sizeof(byte), 0, (struct sockaddr *)&peer, length);
	}
}

/* Both directions must have been seen before conntrack calls the connection established. */
static void greet(int fd)
{
	struct timeval wait = { .tv_usec = 100000 };
	char bytes[PAYLOAD] = { GREETING };

	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait)) < 0)
		die("SO_RCVTIMEO");
	for (int attempt = 0; attempt < 30; attempt++) {
		/* A refusal of an earlier attempt (ICMP) is reported here; try again. */
		if (send(fd, bytes, sizeof(bytes), 0) < 0 && errno != ECONNREFUSED &&
			errno != EHOSTUNREACH && errno != EPERM)
			die("send");
		if (recv(fd, bytes, sizeof(bytes), 0) == 1)
			return;
		bytes[0] = GREETING;
	}
	errno = 0;
	die("the sink does not answer: the flow is not permitted");
}

static uint64_t burst(int fd, uint64_t duration_ns, uint64_t *ret_elapsed)
{
	static char payload[PAYLOAD] = { DATA };
	struct iovec vector = { .iov_base = payload, .iov_len = sizeof(payload) };
	struct mmsghdr messages[BATCH] = { 0 };
	uint64_t start, sent = 0;

	for (int i = 0; i < BATCH; i++) {
		messages[i].msg_hdr.msg_iov = &vector;
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	start = now_ns(CLOCK_MONOTONIC);
	do {
		int count = sendmmsg(fd, messages, BATCH, 0);

		if (count < 0 && errno != ENOBUFS && errno != EPERM && errno != ECONNREFUSED)
			die("sendmmsg");
		if (count > 0)
			sent += (uint64_t)count;
		*ret_elapsed = now_ns(CLOCK_MONOTONIC) - start;
	} while (*ret_elapsed < duration_ns);
	return sent;
}

static int send_flow(char **arguments)
{
	struct sockaddr_in local = endpoint(arguments[0], arguments[1]);
	struct sockaddr_in remote = endpoint(arguments[2], arguments[3]);
	uint64_t duration = number(arguments[4], 600000) * UINT64_C(1000000);
	uint64_t sent, elapsed, cpu;
	int fd;

	pin(number(arguments[5], CPU_SETSIZE - 1));
	fd = udp_socket(&local);
	if (connect(fd, (const struct sockaddr *)&remote, sizeof(remote)) < 0)
		die("connect");
	greet(fd);
	cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID);
	sent = burst(fd, duration, &elapsed);
	cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu;
	printf("%llu %llu %llu\n", (unsigned long long)sent, (unsigned long long)elapsed,
		(unsigned long long)cpu);
	close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 4 && !strcmp(argv[1], "sink"))
		return sink(argv + 2);
	if (argc == 8 && !strcmp(argv[1], "send"))
		return send_flow(argv + 2);
	fputs("usage: udpflow sink ADDRESS PORT\n"
	      "       udpflow send SOURCE SPORT DESTINATION DPORT MILLISECONDS CPU\n",
		stderr);
	return 2;
}
