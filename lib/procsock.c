/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "procsock.h"

#include <errno.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

#define STATE_LISTEN 0x0a /* of TCP: include/net/tcp_states.h of the kernel */
#define STATE_CLOSE  0x07 /* of UDP that is not connected */
#define LINE_MAX     512

struct ends {
	struct addr local, remote;
	unsigned int local_port, remote_port, state;
	uint64_t inode;
};

/* Words of 32 bits as this machine reads them, in hexadecimal digits. */
static bool read_address(const char *digits, enum addr_family family, struct addr *ret_addr)
{
	size_t words = family == ADDR_IPV4 ? 1 : 4;

	*ret_addr = (struct addr){ .family = family };
	if (strlen(digits) != 8 * words || strspn(digits, "0123456789ABCDEF") != 8 * words)
		return false;
	for (size_t i = 0; i < words; i++) {
		char word[9];
		uint32_t number;

		memcpy(word, digits + 8 * i, 8);
		word[8] = '\0';
		number = (uint32_t)strtoul(word, NULL, 16);
		memcpy(ret_addr->bytes + 4 * i, &number, sizeof(number));
	}
	return true;
}

/* "  12: 0100007F:0035 00000000:0000 0A queues timer retransmissions uid timeout inode ...". */
static bool read_line(const char *line, enum addr_family family, struct ends *ret_ends)
{
	char local[40], remote[40];

	return sscanf(line,
		       " %*u: %39[0-9A-F]:%4x %39[0-9A-F]:%4x %2x %*x:%*x %*x:%*x %*x %*u %*u "
		       "%" SCNu64,
		       local, &ret_ends->local_port, remote, &ret_ends->remote_port,
		       &ret_ends->state, &ret_ends->inode) == 6 &&
	       read_address(local, family, &ret_ends->local) &&
	       read_address(remote, family, &ret_ends->remote);
}

static bool is_loopback(const struct addr *addr)
{
	static const uint8_t mapped[13] = { [10] = 0xff, [11] = 0xff, [12] = 127 };
	static const uint8_t one[16] = { [15] = 1 };

	if (addr->family == ADDR_IPV4)
		return addr->bytes[0] == 127;
	return memcmp(addr->bytes, one, sizeof(one)) == 0 ||
	       memcmp(addr->bytes, mapped, sizeof(mapped)) == 0;
}

static int add(struct procsocks *sockets, const struct procsock *socket)
{
	struct procsock *grown =
		array_reserve(sockets->items, sizeof(*grown), sockets->count, &sockets->room);

	if (!grown)
		return -ENOMEM;
	sockets->items = grown;
	sockets->items[sockets->count++] = *socket;
	return 0;
}

static int take_line(
	const char *line, uint8_t protocol, enum addr_family family, struct procsocks *sockets)
{
	struct ends ends;

	if (!read_line(line, family, &ends))
		return -EBADMSG;
	if (ends.state != (protocol == IPPROTO_TCP ? STATE_LISTEN : STATE_CLOSE) ||
		ends.remote_port != 0 || is_loopback(&ends.local))
		return 0;
	return add(sockets,
		&(struct procsock){ protocol, ends.local, (uint16_t)ends.local_port, ends.inode });
}

int procsock_read(const char *text, size_t length, uint8_t protocol, enum addr_family family,
	struct procsocks *sockets)
{
	const char *end = text + length, *next;
	bool heading = true;
	int r = 0;

	for (const char *at = text; at < end && r == 0; at = next) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		size_t taken = (size_t)((newline ? newline : end) - at);
		char line[LINE_MAX];

		next = newline ? newline + 1 : end;
		if (taken >= sizeof(line))
			return -EBADMSG;
		memcpy(line, at, taken);
		line[taken] = '\0';
		if (!heading)
			r = take_line(line, protocol, family, sockets);
		heading = false;
	}
	return heading ? -EBADMSG : r;
}

static int compare_places(const struct procsock *left, const struct procsock *right)
{
	if (left->protocol != right->protocol)
		return left->protocol < right->protocol ? -1 : 1;
	if (left->port != right->port)
		return left->port < right->port ? -1 : 1;
	return addr_compare(&left->addr, &right->addr);
}

static int compare(const void *a, const void *b)
{
	const struct procsock *left = a, *right = b;
	int order = compare_places(left, right);

	return order != 0 ? order : (left->inode > right->inode) - (left->inode < right->inode);
}

bool procsock_is_same(const struct procsock *a, const struct procsock *b)
{
	return compare_places(a, b) == 0;
}

void procsock_sort(struct procsocks *sockets)
{
	size_t kept = 0;

	if (sockets->count == 0)
		return;
	qsort(sockets->items, sockets->count, sizeof(*sockets->items), compare);
	for (size_t i = 0; i < sockets->count; i++)
		if (kept == 0 || compare(&sockets->items[kept - 1], &sockets->items[i]) != 0)
			sockets->items[kept++] = sockets->items[i];
	sockets->count = kept;
}

void procsock_clear(struct procsocks *sockets)
{
	free(sockets->items);
	*sockets = (struct procsocks){ .items = NULL };
}
