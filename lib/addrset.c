/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "addrset.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t addr_length(enum addr_family family)
{
	return family == ADDR_IPV4 ? 4 : 16;
}

/* inet_pton() and inet_ntop() of AF_INET read "1.2.3.4" only: no short or octal forms. */
int addr_parse(const char *text, struct addr *ret_addr)
{
	struct addr addr;

	memset(&addr, 0, sizeof(addr));
	addr.family = strchr(text, ':') ? ADDR_IPV6 : ADDR_IPV4;
	if (inet_pton(addr.family == ADDR_IPV6 ? AF_INET6 : AF_INET, text, addr.bytes) != 1)
		return -EINVAL;
	*ret_addr = addr;
	return 0;
}

/* Decimal digits only, no sign, no leading zero, at most max. */
static int parse_number(const char *text, size_t length, unsigned int max, unsigned int *ret_value)
{
	unsigned int value = 0;

	if (length == 0 || length > 5 || (length > 1 && text[0] == '0'))
		return -EINVAL;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return -EINVAL;
		value = value * 10 + (unsigned int)(text[i] - '0');
	}
	if (value > max)
		return -EINVAL;
	*ret_value = value;
	return 0;
}

/* Clear every bit past length; true when one was set. */
static bool clear_host_bits(struct addr *addr, unsigned int length)
{
	bool changed = false;

	for (size_t i = 0; i < addr_length(addr->family); i++) {
		unsigned int kept = length > i * 8 ? length - (unsigned int)i * 8 : 0;
		uint8_t mask = kept >= 8 ? 0xff : (uint8_t)(0xff00u >> kept);

		changed = changed || (addr->bytes[i] & (uint8_t)~mask);
		addr->bytes[i] &= mask;
	}
	return changed;
}

int addr_compare(const struct addr *a, const struct addr *b)
{
	if (a->family != b->family)
		return a->family < b->family ? -1 : 1;
	return memcmp(a->bytes, b->bytes, sizeof(a->bytes));
}

bool addr_prefix_same(const struct addr_prefix *a, const struct addr_prefix *b)
{
	return a->length == b->length && addr_compare(&a->addr, &b->addr) == 0;
}

int addr_prefix_parse(const char *text, struct addr_prefix *ret_prefix)
{
	char address[ADDR_TEXT_MAX];
	const char *slash = strchr(text, '/');
	size_t length = slash ? (size_t)(slash - text) : strlen(text);
	struct addr_prefix prefix;
	unsigned int bits;

	if (length >= sizeof(address))
		return -EINVAL;
	memcpy(address, text, length);
	address[length] = '\0';
	if (addr_parse(address, &prefix.addr) < 0)
		return -EINVAL;
	bits = (unsigned int)addr_length(prefix.addr.family) * 8;
	prefix.length = bits;
	if (slash && parse_number(slash + 1, strlen(slash + 1), bits, &prefix.length) < 0)
		return -EINVAL;
	bool host_bits = clear_host_bits(&prefix.addr, prefix.length);
	*ret_prefix = prefix;
	return host_bits ? -EDOM : 0;
}

static char *put_byte(char *text, uint8_t byte)
{
	if (byte >= 100)
		*text++ = (char)('0' + byte / 100);
	if (byte >= 10)
		*text++ = (char)('0' + byte / 10 % 10);
	*text++ = (char)('0' + byte % 10);
	return text;
}

void addr_format(enum addr_family family, const uint8_t *bytes, char text[ADDR_TEXT_MAX])
{
	/* Written for every blocked flow. */
	if (family == ADDR_IPV4) {
		for (size_t i = 0; i < 4; i++) {
			text = put_byte(text, bytes[i]);
			*text++ = i < 3 ? '.' : '\0';
		}
		return;
	}
	if (!inet_ntop(AF_INET6, bytes, text, ADDR_TEXT_MAX))
		text[0] = '\0';
}

void addr_prefix_format(const struct addr_prefix *prefix, char text[ADDR_TEXT_MAX])
{
	addr_format(prefix->addr.family, prefix->addr.bytes, text);
	if (prefix->length < addr_length(prefix->addr.family) * 8) {
		size_t used = strlen(text);

		snprintf(text + used, ADDR_TEXT_MAX - used, "/%u", prefix->length);
	}
}

bool addr_prefix_valid(const struct addr_prefix *prefix)
{
	size_t length = addr_length(prefix->addr.family);

	if (prefix->length > 8 * length)
		return false;
	for (size_t i = prefix->length; i < 8 * sizeof(prefix->addr.bytes); i++)
		if (prefix->addr.bytes[i / 8] & 0x80 >> i % 8)
			return false;
	return true;
}

struct addr_range addr_prefix_range(const struct addr_prefix *prefix)
{
	struct addr_range range;

	memcpy(range.first, prefix->addr.bytes, sizeof(range.first));
	memcpy(range.last, prefix->addr.bytes, sizeof(range.last));
	for (size_t i = 0; i < addr_length(prefix->addr.family); i++) {
		unsigned int kept =
			prefix->length > i * 8 ? prefix->length - (unsigned int)i * 8 : 0;

		if (kept < 8)
			range.last[i] |= (uint8_t)(0xffu >> kept);
	}
	return range;
}

int addr_range_prefix_length(enum addr_family family, const struct addr_range *range)
{
	size_t length = addr_length(family);
	size_t i = 0;
	int bits;

	while (i < length && range->first[i] == range->last[i])
		i++;
	bits = (int)i * 8;
	if (i == length)
		return bits;
	unsigned int differ = range->first[i] ^ range->last[i];

	while (!(differ & 0x80)) {
		differ = (differ << 1) & 0xff;
		bits++;
	}
	/* From here on first must be all zeros, last all ones. */
	struct addr_prefix prefix = { .addr = { .family = family }, .length = (unsigned int)bits };

	memcpy(prefix.addr.bytes, range->first, length);
	if (clear_host_bits(&prefix.addr, prefix.length))
		return -1;
	struct addr_range whole = addr_prefix_range(&prefix);

	return memcmp(whole.last, range->last, length) == 0 ? bits : -1;
}

void addrset_init(struct addrset *set, enum addr_family family)
{
	set->family = family;
	set->ranges = NULL;
	set->count = 0;
}

void addrset_clear(struct addrset *set)
{
	free(set->ranges);
	set->ranges = NULL;
	set->count = 0;
}

/* bytes + 1; false when it was the last address of all. */
static bool successor(uint8_t bytes[16], size_t length)
{
	for (size_t i = length; i-- > 0;)
		if (++bytes[i] != 0)
			return true;
	return false;
}

static void predecessor(uint8_t bytes[16], size_t length)
{
	for (size_t i = length; i-- > 0;)
		if (bytes[i]-- != 0)
			return;
}

/* Does b begin after a ends, with at least one address between them? */
static bool is_apart(size_t length, const struct addr_range *a, const struct addr_range *b)
{
	uint8_t next[16];

	memcpy(next, a->last, sizeof(next));
	return successor(next, length) && memcmp(next, b->first, length) < 0;
}

/* Append to sorted ranges under construction, joining with the last one where they touch. */
static void append(struct addrset *set, const struct addr_range *range)
{
	size_t length = addr_length(set->family);
	struct addr_range *last = set->count ? &set->ranges[set->count - 1] : NULL;

	if (!last || is_apart(length, last, range)) {
		set->ranges[set->count++] = *range;
		return;
	}
	if (memcmp(range->last, last->last, length) > 0)
		memcpy(last->last, range->last, sizeof(last->last));
}

static int allocate(struct addrset *set, enum addr_family family, size_t room)
{
	addrset_init(set, family);
	set->ranges = calloc(room ? room : 1, sizeof(*set->ranges));
	return set->ranges ? 0 : -ENOMEM;
}

/* An empty set owns nothing. */
static void replace(struct addrset *set, struct addrset *by)
{
	free(set->ranges);
	set->count = by->count;
	set->ranges = by->count > 0 ? by->ranges : NULL;
	if (by->count == 0)
		free(by->ranges);
}

int addrset_add(struct addrset *set, const struct addr_range *range)
{
	struct addrset one = { .family = set->family, .count = 1 };
	struct addr_range copy = *range;

	one.ranges = &copy;
	return addrset_add_set(set, &one);
}

/* Of either family: an IPv4 address comes first in its bytes. */
static int compare_first(const void *a, const void *b)
{
	const struct addr_range *x = a, *y = b;

	return memcmp(x->first, y->first, sizeof(x->first));
}

int addrset_add_ranges(struct addrset *set, struct addr_range *ranges, size_t count)
{
	struct addrset sorted;
	int error;

	if (count == 0)
		return 0;
	if (allocate(&sorted, set->family, count) < 0)
		return -ENOMEM;
	qsort(ranges, count, sizeof(*ranges), compare_first);
	for (size_t i = 0; i < count; i++)
		append(&sorted, &ranges[i]);
	error = addrset_add_set(set, &sorted);
	addrset_clear(&sorted);
	return error;
}

int addrset_add_set(struct addrset *set, const struct addrset *other)
{
	size_t length = addr_length(set->family);
	struct addrset sum;
	size_t i = 0, j = 0;

	if (other->count == 0)
		return 0;
	if (allocate(&sum, set->family, set->count + other->count) < 0)
		return -ENOMEM;
	while (i < set->count || j < other->count) {
		bool take_first = j == other->count ||
				  (i < set->count && memcmp(set->ranges[i].first,
							     other->ranges[j].first, length) <= 0);

		append(&sum, take_first ? &set->ranges[i++] : &other->ranges[j++]);
	}
	replace(set, &sum);
	return 0;
}

/* What is left of one range after the ranges of other from *position on are taken away. */
static void subtract_one(
	struct addrset *left, struct addr_range rest, const struct addrset *other, size_t *position)
{
	size_t length = addr_length(left->family);

	while (*position < other->count &&
		memcmp(other->ranges[*position].last, rest.first, length) < 0)
		(*position)++;
	for (size_t i = *position; i < other->count; i++) {
		const struct addr_range *cut = &other->ranges[i];

		if (memcmp(cut->first, rest.last, length) > 0)
			break;
		if (memcmp(cut->first, rest.first, length) > 0) {
			struct addr_range before = rest;

			memcpy(before.last, cut->first, sizeof(before.last));
			predecessor(before.last, length);
			append(left, &before);
		}
		if (memcmp(cut->last, rest.last, length) >= 0)
			return;
		memcpy(rest.first, cut->last, sizeof(rest.first));
		successor(rest.first, length);
	}
	append(left, &rest);
}

int addrset_subtract(struct addrset *set, const struct addrset *other)
{
	struct addrset left;
	size_t position = 0;

	if (set->count == 0 || other->count == 0)
		return 0;
	if (allocate(&left, set->family, set->count + other->count) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < set->count; i++)
		subtract_one(&left, set->ranges[i], other, &position);
	replace(set, &left);
	return 0;
}

int addrset_intersect(struct addrset *set, const struct addrset *other)
{
	size_t length = addr_length(set->family);
	struct addrset common;
	size_t i = 0, j = 0;

	if (allocate(&common, set->family, set->count + other->count) < 0)
		return -ENOMEM;
	while (i < set->count && j < other->count) {
		const struct addr_range *a = &set->ranges[i], *b = &other->ranges[j];
		struct addr_range both;
		bool a_first = memcmp(a->first, b->first, length) < 0;
		bool a_ends = memcmp(a->last, b->last, length) < 0;

		memcpy(both.first, a_first ? b->first : a->first, sizeof(both.first));
		memcpy(both.last, a_ends ? a->last : b->last, sizeof(both.last));
		if (memcmp(both.first, both.last, length) <= 0)
			append(&common, &both);
		if (a_ends)
			i++;
		else
			j++;
	}
	replace(set, &common);
	return 0;
}

int addrset_copy(struct addrset *ret_set, const struct addrset *set)
{
	struct addrset copy;

	if (set->count == 0) {
		addrset_init(ret_set, set->family);
		return 0;
	}
	if (allocate(&copy, set->family, set->count) < 0)
		return -ENOMEM;
	memcpy(copy.ranges, set->ranges, set->count * sizeof(*set->ranges));
	copy.count = set->count;
	*ret_set = copy;
	return 0;
}

/* The first range that does not end before bytes; set->count when there is none. */
static size_t find(const struct addrset *set, const uint8_t *bytes)
{
	size_t length = addr_length(set->family);
	size_t low = 0, high = set->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (memcmp(set->ranges[middle].last, bytes, length) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

bool addrset_contains(const struct addrset *set, const uint8_t *bytes)
{
	size_t i = find(set, bytes);

	return i < set->count && memcmp(set->ranges[i].first, bytes, addr_length(set->family)) <= 0;
}

bool addrset_same(const struct addrset *a, const struct addrset *b)
{
	return a->count == b->count &&
	       (a->count == 0 || memcmp(a->ranges, b->ranges, a->count * sizeof(*a->ranges)) == 0);
}

bool addrset_covers(const struct addrset *set, const struct addr_range *range)
{
	size_t length = addr_length(set->family);
	size_t i = find(set, range->first);

	return i < set->count && memcmp(set->ranges[i].first, range->first, length) <= 0 &&
	       memcmp(set->ranges[i].last, range->last, length) >= 0;
}

bool addrset_overlaps(const struct addrset *set, const struct addr_range *range)
{
	size_t i = find(set, range->first);

	return i < set->count &&
	       memcmp(set->ranges[i].first, range->last, addr_length(set->family)) <= 0;
}

static int hex_digit(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	if (character >= 'A' && character <= 'F')
		return character - 'A' + 10;
	return -1;
}

int mac_parse(const char *text, uint8_t mac[MAC_LENGTH])
{
	uint8_t parsed[MAC_LENGTH];
	uint8_t any = 0;

	if (strlen(text) != MAC_TEXT_MAX - 1)
		return -EINVAL;
	for (size_t i = 0; i < MAC_LENGTH; i++) {
		int high = hex_digit(text[i * 3]), low = hex_digit(text[i * 3 + 1]);
		char separator = text[i * 3 + 2];

		if (high < 0 || low < 0)
			return -EINVAL;
		if (i < MAC_LENGTH - 1 &&
			((separator != ':' && separator != '-') || separator != text[2]))
			return -EINVAL;
		parsed[i] = (uint8_t)(high << 4 | low);
		any |= parsed[i];
	}
	if (any == 0 || (parsed[0] & 1))
		return -EINVAL;
	memcpy(mac, parsed, MAC_LENGTH);
	return 0;
}

void mac_format(const uint8_t mac[MAC_LENGTH], char text[MAC_TEXT_MAX])
{
	snprintf(text, MAC_TEXT_MAX, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2],
		mac[3], mac[4], mac[5]);
}

int port_range_parse(const char *text, struct port_range *ret_range)
{
	const char *dash = strchr(text, '-');
	size_t length = dash ? (size_t)(dash - text) : strlen(text);
	unsigned int first, last;

	if (parse_number(text, length, UINT16_MAX, &first) < 0)
		return -EINVAL;
	last = first;
	if (dash && parse_number(dash + 1, strlen(dash + 1), UINT16_MAX, &last) < 0)
		return -EINVAL;
	if (first > last)
		return -EINVAL;
	ret_range->first = (uint16_t)first;
	ret_range->last = (uint16_t)last;
	return 0;
}
