/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses, prefixes and sets of them. A set is a sorted array of disjoint, non-adjacent closed
 * ranges of one family, so every operation is a linear merge and equality is memcmp.
 */
#ifndef HEDATE_ADDRSET_H
#define HEDATE_ADDRSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum addr_family {
	ADDR_IPV4,
	ADDR_IPV6,
};
#define ADDR_FAMILIES 2

/* Length of an address in bytes: 4 or 16. */
size_t addr_length(enum addr_family family);

/* An address in network byte order; IPv4 uses bytes[0..3], the rest is zero. */
struct addr {
	enum addr_family family;
	uint8_t bytes[16];
};

struct addr_prefix {
	struct addr addr; /* no bit set past length */
	unsigned int length;
};

/* A closed range of one family, first <= last in byte order. */
struct addr_range {
	uint8_t first[16];
	uint8_t last[16];
};

struct addrset {
	enum addr_family family;
	struct addr_range *ranges; /* owned */
	size_t count;
};

#define ADDR_TEXT_MAX 64 /* an address or prefix as text, with its NUL */

/* Parse "10.1.2.3" or "fd00::1". 0, or -EINVAL. */
int addr_parse(const char *text, struct addr *ret_addr);
/* As of memcmp(): IPv4 is before IPv6. */
int addr_compare(const struct addr *a, const struct addr *b);
bool addr_prefix_same(const struct addr_prefix *a, const struct addr_prefix *b);
/* Parse "10.1.0.0/16" or a bare address (full length). 0, -EINVAL for no prefix at all,
 * -EDOM when host bits are set (ret_prefix then holds the prefix that was meant). */
int addr_prefix_parse(const char *text, struct addr_prefix *ret_prefix);
void addr_format(enum addr_family family, const uint8_t *bytes, char text[ADDR_TEXT_MAX]);
void addr_prefix_format(const struct addr_prefix *prefix, char text[ADDR_TEXT_MAX]);
/* Is its length one of its family, and no bit set past it? */
bool addr_prefix_valid(const struct addr_prefix *prefix);
struct addr_range addr_prefix_range(const struct addr_prefix *prefix);

/* Is the range one prefix? Then its length in bits, else -1. */
int addr_range_prefix_length(enum addr_family family, const struct addr_range *range);

void addrset_init(struct addrset *set, enum addr_family family);
void addrset_clear(struct addrset *set); /* frees the ranges; the set is empty afterwards */
/* 0, or -ENOMEM (the set is unchanged). */
int addrset_add(struct addrset *set, const struct addr_range *range);
/* Many at once, in any order, which they lose: sorted in place. */
int addrset_add_ranges(struct addrset *set, struct addr_range *ranges, size_t count);
int addrset_add_set(struct addrset *set, const struct addrset *other);
int addrset_subtract(struct addrset *set, const struct addrset *other);
int addrset_intersect(struct addrset *set, const struct addrset *other);
int addrset_copy(struct addrset *ret_set, const struct addrset *set);
bool addrset_contains(const struct addrset *set, const uint8_t *bytes);
/* Do two sets of one family hold the same addresses? */
bool addrset_same(const struct addrset *a, const struct addrset *b);
bool addrset_covers(const struct addrset *set, const struct addr_range *range);
bool addrset_overlaps(const struct addrset *set, const struct addr_range *range);

#define MAC_LENGTH   6
#define MAC_TEXT_MAX 18
/* Parse "00:00:5e:00:53:01" (also with '-'). 0, or -EINVAL; multicast and all-zero are -EINVAL. */
int mac_parse(const char *text, uint8_t mac[MAC_LENGTH]);
void mac_format(const uint8_t mac[MAC_LENGTH], char text[MAC_TEXT_MAX]);

/* A closed range of 16-bit values in host byte order: ports, or ICMP (type << 8 | code). */
struct port_range {
	uint16_t first;
	uint16_t last;
};
/* Parse "443" or "1024-2047". 0, or -EINVAL. */
int port_range_parse(const char *text, struct port_range *ret_range);

#endif
