/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What really arrives: packets seen by a packet socket, before anything in that namespace. */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

int sniff_open(void)
{
	int size = 16 << 20;
	int fd = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_ALL));

	if (fd >= 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return fd;
}

static bool same(const struct address *address, int family, const void *bytes)
{
	size_t length = family == AF_INET ? 4 : 16;

	return address->family == 0 ||
	       (address->family == family && memcmp(address->bytes, bytes, length) == 0);
}

static bool same_port(unsigned int port, const uint8_t *bytes)
{
	return port == 0 || (unsigned int)(bytes[0] << 8 | bytes[1]) == port;
}

/* Of TCP and UDP the ports must be the try's as well, where they were given. */
static bool same_ports(
	const struct options *options, uint8_t protocol, const uint8_t *bytes, size_t length)
{
	if ((protocol != IPPROTO_TCP && protocol != IPPROTO_UDP) || length < 4)
		return true;
	return same_port(options->sport, bytes) && same_port(options->port, bytes + 2);
}

static bool matches4(const struct options *options, const uint8_t *bytes, size_t length)
{
	struct iphdr header;
	size_t header_length;

	if (length < sizeof(header))
		return false;
	memcpy(&header, bytes, sizeof(header));
	header_length = header.ihl * 4u;
	if (header_length > length || !same(&options->source, AF_INET, &header.saddr) ||
		!same(&options->destination, AF_INET, &header.daddr))
		return false;
	if (options->protocol != 0 && header.protocol != options->protocol)
		return false;
	if ((ntohs(header.frag_off) & IP_OFFMASK) != 0)
		return true;
	return same_ports(options, header.protocol, bytes + header_length, length - header_length);
}

/* Routers and hosts ask for each other when it suits them: that is no packet of a try. */
static bool is_discovery(uint8_t protocol, const uint8_t *bytes, size_t length)
{
	return protocol == IPPROTO_ICMPV6 && length > 0 && bytes[0] >= ND_ROUTER_SOLICIT &&
	       bytes[0] <= ND_REDIRECT;
}

static bool matches6(const struct options *options, const uint8_t *bytes, size_t length)
{
	struct ip6_hdr header;

	if (length < sizeof(header))
		return false;
	memcpy(&header, bytes, sizeof(header));
	if (!same(&options->source, AF_INET6, &header.ip6_src) ||
		!same(&options->destination, AF_INET6, &header.ip6_dst))
		return false;
	/* With extension headers the addresses have to do. */
	if (header.ip6_nxt == IPPROTO_HOPOPTS || header.ip6_nxt == IPPROTO_ROUTING ||
		header.ip6_nxt == IPPROTO_FRAGMENT || header.ip6_nxt == IPPROTO_DSTOPTS)
		return true;
	bytes += sizeof(header);
	length -= sizeof(header);
	if ((options->protocol != 0 && header.ip6_nxt != options->protocol) ||
		is_discovery(header.ip6_nxt, bytes, length))
		return false;
	return same_ports(options, header.ip6_nxt, bytes, length);
}

uint64_t sniff_count(int socket, const struct options *options)
{
	uint64_t count = 0;

	for (;;) {
		uint8_t bytes[256];
		struct sockaddr_ll from = { 0 };
		socklen_t from_length = sizeof(from);
		ssize_t length = recvfrom(
			socket, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &from_length);

		if (length < 0) {
			if (errno == EINTR)
				continue;
			return count;
		}
		if (from.sll_pkttype == PACKET_OUTGOING)
			continue;
		if ((from.sll_protocol == htons(ETH_P_IP) &&
			    matches4(options, bytes, (size_t)length)) ||
			(from.sll_protocol == htons(ETH_P_IPV6) &&
				matches6(options, bytes, (size_t)length)))
			count++;
	}
}

int serve_nothing(const struct options *options, int ready, struct report *report)
{
	int fd = options->sniff ? sniff_open() : -1;

	if ((options->sniff && fd < 0) || write(ready, "r", 1) != 1)
		return -1;
	while (!stopping()) {
		struct pollfd wanted = { .fd = fd, .events = POLLIN };

		poll(&wanted, 1, 100);
		report->packets += fd < 0 ? 0 : sniff_count(fd, options);
	}
	if (fd >= 0) {
		report->packets += sniff_count(fd, options);
		close(fd);
	}
	return 0;
}
