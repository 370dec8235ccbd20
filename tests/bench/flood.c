/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A flood of distinct flows that are not permitted: the load for the recorder.
 *
 *	flood INTERFACE GATEWAY_MAC BASE HOSTS DESTINATION FLOWS MILLISECONDS CPU [RATE]
 *
 * Sends frames from INTERFACE to the gateway, round and round over FLOWS distinct flows: sources
 * are BASE to BASE + HOSTS - 1 (addresses of that very segment, nothing is spoofed) with source
 * ports from 1024 on; one flow in two is a TCP SYN to port 445, the others are UDP to port 161.
 * Frames are written by a packet socket past the queueing discipline, as fast as one processor can,
 * or RATE of them a second.
 * It ends after MILLISECONDS, but never before each flow was sent once.
 * Prints: packets sent, distinct flows sent, nanoseconds of wall time.
 */
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "tool.h"

#define BATCH	   64
#define FRAME_MAX  64
#define FIRST_PORT 1024
#define PORTS	   60000 /* FIRST_PORT + PORTS stays below 65536 */

struct frame {
	uint8_t bytes[FRAME_MAX];
	size_t length;
};

struct load {
	struct ether_header ether;
	uint32_t base; /* host order */
	uint32_t hosts;
	struct in_addr destination;
};

static uint32_t sum_words(const void *data, size_t length, uint32_t sum)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i + 1 < length; i += 2)
		sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
	return sum;
}

static uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons((uint16_t)~sum);
}

/* Conntrack would call a wrong checksum invalid; this flood is to be well-formed. */
static uint16_t transport_sum(const struct iphdr *ip, const void *segment, size_t length)
{
	uint32_t sum = sum_words(&ip->saddr, 4, sum_words(&ip->daddr, 4, 0));

	return fold(sum_words(segment, length, sum + ip->protocol + (uint32_t)length));
}

static size_t put_syn(uint8_t *out, const struct iphdr *ip, uint16_t port)
{
	struct tcphdr tcp = { .source = htons(port), .dest = htons(445), .doff = 5, .syn = 1 };

	tcp.window = htons(64240);
	tcp.seq = htonl(port);
	tcp.check = transport_sum(ip, &tcp, sizeof(tcp));
	memcpy(out, &tcp, sizeof(tcp));
	return sizeof(tcp);
}

static size_t put_datagram(uint8_t *out, const struct iphdr *ip, uint16_t port)
{
	struct {
		struct udphdr header;
		uint8_t payload[10]; /* a frame of the least size */
	} udp = { .header = { .source = htons(port), .dest = htons(161) } };

	udp.header.len = htons(sizeof(udp));
	udp.header.check = transport_sum(ip, &udp, sizeof(udp));
	memcpy(out, &udp, sizeof(udp));
	return sizeof(udp);
}

static void make_frame(const struct load *load, unsigned long flow, struct frame *ret_frame)
{
	unsigned long pair = flow / 2; /* two flows, one TCP and one UDP, share address and port */
	uint16_t port = (uint16_t)(FIRST_PORT + pair / load->hosts % PORTS);
	struct iphdr ip = { .version = 4, .ihl = 5, .ttl = 64 };
	uint8_t *segment = ret_frame->bytes + sizeof(load->ether) + sizeof(ip);
	size_t length;

	ip.saddr = htonl(load->base + (uint32_t)(pair % load->hosts));
	ip.daddr = load->destination.s_addr;
	ip.protocol = flow % 2 ? IPPROTO_UDP : IPPROTO_TCP;
	if (ip.protocol == IPPROTO_UDP)
		length = put_datagram(segment, &ip, port);
	else
		length = put_syn(segment, &ip, port);
	ip.tot_len = htons((uint16_t)(sizeof(ip) + length));
	ip.check = fold(sum_words(&ip, sizeof(ip), 0));
	memcpy(ret_frame->bytes, &load->ether, sizeof(load->ether));
	memcpy(ret_frame->bytes + sizeof(load->ether), &ip, sizeof(ip));
	ret_frame->length = sizeof(load->ether) + sizeof(ip) + length;
}

static void parse_mac(const char *text, uint8_t mac[ETH_ALEN])
{
	unsigned int parts[ETH_ALEN];
	char rest;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &parts[0], &parts[1], &parts[2], &parts[3],
		    &parts[4], &parts[5], &rest) != ETH_ALEN) {
		errno = 0;
		die("\"%s\" is not a MAC address", text);
	}
	for (int i = 0; i < ETH_ALEN; i++)
		mac[i] = (uint8_t)parts[i];
}

static int open_interface(const char *name, struct ether_header *ether)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	struct ifreq request = { 0 };
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), on = 1;

	if (fd < 0)
		die("packet socket");
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (ioctl(fd, SIOCGIFHWADDR, &request) < 0)
		die("interface %s", name);
	memcpy(ether->ether_shost, request.ifr_hwaddr.sa_data, ETH_ALEN);
	ether->ether_type = htons(ETHERTYPE_IP);
	address.sll_ifindex = (int)if_nametoindex(name);
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
		die("bind to %s", name);
	if (setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &on, sizeof(on)) < 0)
		die("PACKET_QDISC_BYPASS");
	return fd;
}

/* Send frames[first] and on, to the end of the list at most. The number sent. */
static unsigned long send_some(
	int fd, struct frame *frames, unsigned long first, unsigned long count)
{
	struct mmsghdr messages[BATCH] = { 0 };
	struct iovec vectors[BATCH];
	unsigned int length = 0;
	int sent;

	for (; length < BATCH && first + length < count; length++) {
		struct frame *frame = &frames[first + length];

		vectors[length] =
			(struct iovec){ .iov_base = frame->bytes, .iov_len = frame->length };
		messages[length].msg_hdr.msg_iov = &vectors[length];
		messages[length].msg_hdr.msg_iovlen = 1;
	}
	sent = sendmmsg(fd, messages, length, 0);
	if (sent < 0 && errno != ENOBUFS && errno != EAGAIN)
		die("sendmmsg");
	return sent > 0 ? (unsigned long)sent : 0;
}

/* Wait until so many may have been sent. */
static void wait_for_rate(unsigned long long packets, unsigned long rate, uint64_t elapsed)
{
	uint64_t due = packets * UINT64_C(1000000) / rate * 1000;

	if (due > elapsed) {
		const struct timespec pause = { .tv_sec = (time_t)((due - elapsed) / 1000000000),
			.tv_nsec = (long)((due - elapsed) % 1000000000) };

		nanosleep(&pause, NULL);
	}
}

static void run(
	int fd, struct frame *frames, unsigned long flows, uint64_t duration, unsigned long rate)
{
	uint64_t start = now_ns(CLOCK_MONOTONIC), elapsed;
	unsigned long long packets = 0;
	unsigned long next = 0;

	do {
		unsigned long sent = send_some(fd, frames, next, flows);

		packets += sent;
		next = (next + sent) % flows;
		elapsed = now_ns(CLOCK_MONOTONIC) - start;
		if (rate)
			wait_for_rate(packets, rate, elapsed);
	} while (elapsed < duration || packets < flows);
	printf("%llu %lu %llu\n", packets, flows, (unsigned long long)elapsed);
}

int main(int argc, char **argv)
{
	struct load load = { 0 };
	struct frame *frames;
	struct in_addr base;
	unsigned long flows;
	int fd;

	if (argc != 9 && argc != 10) {
		fputs("usage: flood INTERFACE GATEWAY_MAC BASE HOSTS DESTINATION FLOWS "
		      "MILLISECONDS CPU [RATE]\n",
			stderr);
		return 2;
	}
	parse_mac(argv[2], load.ether.ether_dhost);
	load.hosts = (uint32_t)number(argv[4], 65536);
	flows = number(argv[6], 10000000);
	if (inet_pton(AF_INET, argv[3], &base) != 1 ||
		inet_pton(AF_INET, argv[5], &load.destination) != 1 || !load.hosts || !flows ||
		flows / 2 / load.hosts >= PORTS)
		die("the addresses or numbers do not make that many distinct flows");
	load.base = ntohl(base.s_addr);
	frames = calloc(flows, sizeof(*frames));
	if (!frames)
		die("no memory for %lu frames", flows);
	fd = open_interface(argv[1], &load.ether);
	for (unsigned long i = 0; i < flows; i++)
		make_frame(&load, i, &frames[i]);
	pin(number(argv[8], CPU_SETSIZE - 1));
	run(fd, frames, flows, number(argv[7], 600000) * UINT64_C(1000000),
		argc == 10 ? number(argv[9], 10000000) : 0);
	close(fd);
	free(frames);
	return 0;
}
