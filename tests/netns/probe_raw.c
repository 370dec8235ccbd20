/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets that no honest host sends: made byte by byte, out of a packet socket. */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "../inetsum.h"
#include "probe.h"

#define FRAME_MAX 2048
#define BATCH	  64

struct frame {
	uint8_t bytes[FRAME_MAX];
	size_t length;
};

static void put16(uint8_t *bytes, unsigned int value)
{
	bytes[0] = (uint8_t)(value >> 8);
	bytes[1] = (uint8_t)value;
}

/* Where the checksum of a transport header lies; 0: it has none that we make. */
static size_t checksum_place(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return 16;
	case IPPROTO_UDP:
		return 6;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		return 2;
	default:
		return 0;
	}
}

/* The transport header and payload; returns their length. */
static size_t put_transport(const struct options *options, unsigned int sport, uint8_t *bytes)
{
	size_t header = 0;

	switch (options->protocol) {
	case IPPROTO_TCP:
		header = 20;
		put16(bytes, sport);
		put16(bytes + 2, options->port);
		bytes[7] = 1; /* sequence number */
		bytes[11] = (options->flags & 0x10) != 0;
		bytes[12] = 5 << 4;
		bytes[13] = options->flags;
		put16(bytes + 14, 64240);
		break;
	case IPPROTO_UDP:
		header = 8;
		put16(bytes, sport);
		put16(bytes + 2, options->port);
		put16(bytes + 4, 8 + options->bytes);
		break;
	case IPPROTO_ICMP:
	case IPPROTO_ICMPV6:
		header = 8;
		bytes[0] = options->type;
		bytes[1] = options->code;
		put16(bytes + 4, sport);
		break;
	default:
		break;
	}
	memset(bytes + header, 'x', options->bytes);
	return header + options->bytes;
}

static void put_checksum(const struct options *options, uint8_t *bytes, size_t length,
	const uint8_t *saddr, const uint8_t *daddr, size_t address_length)
{
	size_t place = checksum_place(options->protocol);
	uint32_t sum = 0;

	if (place == 0 || length < place + 2)
		return;
	if (options->protocol != IPPROTO_ICMP) { /* pseudo header */
		sum = inetsum_add(sum, saddr, address_length);
		sum = inetsum_add(sum, daddr, address_length);
		sum += options->protocol + (uint32_t)length;
	}
	put16(bytes + place, inetsum_fold(inetsum_add(sum, bytes, length)));
}

/* Bits of the fragment field: more fragments, or an offset. */
static unsigned int fragment_bits(const struct options *options, bool is4)
{
	if (strcmp(options->fragment, "first") == 0)
		return is4 ? 0x2000 : 1;
	if (strcmp(options->fragment, "later") == 0)
		return is4 ? 8 : 8 << 3;
	return 0;
}

static size_t kept(const struct options *options, size_t length)
{
	return options->truncate != 0 && options->truncate < length ? options->truncate : length;
}

#define PORTS 60000

static void add_to_address(uint8_t *address, size_t length, uint64_t number)
{
	for (size_t i = length; number > 0 && i-- > 0; number >>= 8) {
		number += address[i];
		address[i] = (uint8_t)number;
	}
}

/* The source of packet number index: addresses count up after each 60,000 ports, or ports after so
 * many addresses. */
static unsigned int vary(const struct options *options, uint64_t index, uint8_t *saddr)
{
	size_t length = options->source.family == AF_INET ? 4 : 16;
	uint64_t step, port;

	memcpy(saddr, options->source.bytes, 16);
	if (options->distinct == 0)
		return options->sport;
	index %= options->distinct;
	step = options->sources ? index % options->sources : index / PORTS;
	port = options->sources ? index / options->sources : index;
	add_to_address(saddr, length, step);
	return 1024 + (unsigned int)(port % PORTS);
}

static size_t put_ipv4(const struct options *options, uint64_t index, uint8_t *bytes)
{
	uint8_t saddr[16];
	unsigned int sport = vary(options, index, saddr);
	size_t length = put_transport(options, sport, bytes + 20);

	put_checksum(options, bytes + 20, length, saddr, options->destination.bytes, 4);
	length = 20 + kept(options, length);
	bytes[0] = 0x45;
	put16(bytes + 2, (unsigned int)length);
	put16(bytes + 4, (unsigned int)index);
	put16(bytes + 6, fragment_bits(options, true));
	bytes[8] = 64;
	bytes[9] = options->protocol;
	memcpy(bytes + 12, saddr, 4);
	memcpy(bytes + 16, options->destination.bytes, 4);
	put16(bytes + 10, inetsum(bytes, 20));
	return length;
}

/* Extension headers, eight bytes each; returns where the transport header goes. */
static size_t put_extensions(const struct options *options, uint8_t *bytes)
{
	uint8_t *next = bytes + 6;
	size_t place = 40;

	for (unsigned int i = 0; i < options->extension_count; i++) {
		*next = options->extensions[i];
		next = bytes + place;
		if (options->extensions[i] == IPPROTO_FRAGMENT) {
			put16(bytes + place + 2, fragment_bits(options, false));
			bytes[place + 7] = 77; /* identification */
		} else {
			bytes[place + 2] = 1; /* PadN of four bytes */
			bytes[place + 3] = 4;
		}
		place += 8;
	}
	*next = options->protocol;
	return place;
}

static size_t put_ipv6(const struct options *options, uint64_t index, uint8_t *bytes)
{
	uint8_t saddr[16];
	unsigned int sport = vary(options, index, saddr);
	size_t place, length;

	bytes[0] = 0x60;
	bytes[7] = 64;
	memcpy(bytes + 8, saddr, 16);
	memcpy(bytes + 24, options->destination.bytes, 16);
	place = put_extensions(options, bytes);
	length = put_transport(options, sport, bytes + place);
	put_checksum(options, bytes + place, length, saddr, options->destination.bytes, 16);
	length = place + kept(options, length);
	put16(bytes + 4, (unsigned int)(length - 40));
	return length;
}

static void make_frame(const struct options *options, uint64_t index, struct frame *ret_frame)
{
	bool is4 = options->destination.family == AF_INET;
	uint8_t *bytes = ret_frame->bytes;

	memset(bytes, 0, 256);
	memcpy(bytes, options->to_mac, 6);
	memcpy(bytes + 6, options->from_mac, 6);
	put16(bytes + 12, is4 ? ETH_P_IP : ETH_P_IPV6);
	ret_frame->length = 14 + (is4 ? put_ipv4 : put_ipv6)(options, index, bytes + 14);
}

/* The interface's own address, where none is forged. */
static void own_mac(int fd, const char *interface, uint8_t *mac)
{
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	if (memcmp(mac, (uint8_t[6]){ 0 }, 6) == 0 && ioctl(fd, SIOCGIFHWADDR, &request) == 0)
		memcpy(mac, request.ifr_hwaddr.sa_data, 6);
}

static int packet_socket(const char *interface)
{
	struct sockaddr_ll local = {
		.sll_family = AF_PACKET,
		.sll_ifindex = (int)if_nametoindex(interface),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0 || local.sll_ifindex == 0 ||
		bind(fd, (struct sockaddr *)&local, sizeof(local)) < 0) {
		fprintf(stderr, "probe: interface %s: %s\n", interface, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

/* Send one batch whole, however often the device's queue is full. */
static int send_batch(int fd, struct mmsghdr *messages, unsigned int count)
{
	for (unsigned int done = 0; done < count;) {
		int n = sendmmsg(fd, messages + done, count - done, 0);

		if (n > 0)
			done += (unsigned int)n;
		else if (errno == ENOBUFS || errno == EAGAIN)
			poll(NULL, 0, 1);
		else if (errno != EINTR)
			return -1;
	}
	return 0;
}

int64_t raw_send(struct options *options)
{
	const char *interface = options->interface[0] != '\0' ? options->interface : "eth0";
	static struct frame frames[BATCH];
	struct mmsghdr messages[BATCH] = { 0 };
	struct iovec parts[BATCH];
	int64_t start = now_ms();
	uint64_t sent = 0;
	int fd = packet_socket(interface);

	if (fd < 0)
		return -1;
	own_mac(fd, interface, options->from_mac);
	while (sent < options->count && !stopping()) {
		uint64_t left = options->count - sent;
		unsigned int batch = left < BATCH ? (unsigned int)left : BATCH;
		int64_t elapsed = now_ms() - start;

		if (options->seconds != 0 && elapsed >= options->seconds * 1000)
			break;
		if (options->rate != 0 && sent > options->rate * (uint64_t)elapsed / 1000) {
			poll(NULL, 0, 1);
			continue;
		}
		for (unsigned int i = 0; i < batch; i++) {
			make_frame(options, sent + i, &frames[i]);
			parts[i] = (struct iovec){ frames[i].bytes, frames[i].length };
			messages[i].msg_hdr.msg_iov = &parts[i];
			messages[i].msg_hdr.msg_iovlen = 1;
		}
		if (send_batch(fd, messages, batch) < 0) {
			perror("probe: sendmmsg");
			break;
		}
		sent += batch;
	}
	close(fd);
	return (int64_t)sent;
}
