/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nftprint_value.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <string.h>

#include "addrset.h"

struct name {
	uint32_t value;
	const char *text;
};

/* Only what is a word of nft's grammar: all else would depend on /etc/protocols. */
static const struct name protocol_names[] = {
	{ IPPROTO_ICMP, "icmp" },
	{ IPPROTO_IGMP, "igmp" },
	{ IPPROTO_TCP, "tcp" },
	{ IPPROTO_UDP, "udp" },
	{ IPPROTO_DCCP, "dccp" },
	{ IPPROTO_ESP, "esp" },
	{ IPPROTO_AH, "ah" },
	{ IPPROTO_ICMPV6, "icmpv6" },
	{ IPPROTO_COMP, "comp" },
	{ IPPROTO_SCTP, "sctp" },
	{ IPPROTO_UDPLITE, "udplite" },
	{ 0, NULL },
};

/* Bits, lowest first. */
static const struct name state_names[] = {
	{ 0x01, "invalid" },
	{ 0x02, "established" },
	{ 0x04, "related" },
	{ 0x08, "new" },
	{ 0x40, "untracked" },
	{ 0, NULL },
};

static const struct name flag_names[] = {
	{ 0x01, "fin" },
	{ 0x02, "syn" },
	{ 0x04, "rst" },
	{ 0x08, "psh" },
	{ 0x10, "ack" },
	{ 0x20, "urg" },
	{ 0x40, "ecn" },
	{ 0x80, "cwr" },
	{ 0, NULL },
};

static const struct name nfproto_names[] = {
	{ 2, "ipv4" }, /* NFPROTO_IPV4 */
	{ 10, "ipv6" },
	{ 0, NULL },
};

static const struct name direction_names[] = {
	{ 0, "original" },
	{ 1, "reply" },
	{ 0, NULL },
};

static void print_number(const struct name *names, uint32_t value, FILE *out)
{
	for (; names && names->text; names++) {
		if (names->value == value) {
			fputs(names->text, out);
			return;
		}
	}
	fprintf(out, "%u", value);
}

/* All bits by name, or the number when one has none. */
static void print_bits(const struct name *names, uint32_t bits, const char *between, FILE *out)
{
	uint32_t known = 0;
	bool first = true;

	for (const struct name *name = names; name->text; name++)
		known |= name->value;
	if (bits == 0 || (bits & ~known)) {
		fprintf(out, "0x%x", bits);
		return;
	}
	for (; names->text; names++) {
		if (!(bits & names->value))
			continue;
		fprintf(out, "%s%s", first ? "" : between, names->text);
		first = false;
	}
}

static uint32_t read_number(const uint8_t *bytes, unsigned int length, bool host_order)
{
	uint32_t value = 0;

	if (host_order && length == sizeof(value)) {
		memcpy(&value, bytes, sizeof(value));
		return value;
	}
	for (unsigned int i = 0; i < length && i < sizeof(value); i++)
		value = value << 8 | bytes[i];
	return value;
}

static void print_address(enum addr_family family, const uint8_t *bytes, FILE *out)
{
	char text[ADDR_TEXT_MAX];

	addr_format(family, bytes, text);
	fputs(text, out);
}

static void print_interface(const uint8_t *bytes, FILE *out)
{
	fprintf(out, "\"%.*s\"", 16, (const char *)bytes);
}

void nftprint_value(enum field_type type, const uint8_t *slot, FILE *out)
{
	const struct field_info *info = field_info(type);
	char mac[MAC_TEXT_MAX];

	switch (type) {
	case FIELD_IPV4_ADDR:
		print_address(ADDR_IPV4, slot, out);
		break;
	case FIELD_IPV6_ADDR:
		print_address(ADDR_IPV6, slot, out);
		break;
	case FIELD_ETHER_ADDR:
		mac_format(slot, mac);
		fputs(mac, out);
		break;
	case FIELD_IFNAME:
		print_interface(slot, out);
		break;
	case FIELD_MARK:
		fprintf(out, "0x%08x", read_number(slot, info->length, info->host_order));
		break;
	case FIELD_INET_PROTO:
		print_number(protocol_names, slot[0], out);
		break;
	case FIELD_INET_SERVICE:
	case FIELD_ICMP_TYPE:
	case FIELD_ICMP_CODE:
	case FIELD_ICMPV6_TYPE:
	case FIELD_ICMPV6_CODE:
		fprintf(out, "%u", read_number(slot, info->length, info->host_order));
		break;
	case FIELD_INVALID:
	case FIELD_VERDICT:
	case FIELD_COUNT:
		break;
	}
}

static bool print_prefix(
	enum addr_family family, const uint8_t *first, const uint8_t *last, FILE *out)
{
	struct addr_range range = { { 0 }, { 0 } };
	int length;

	memcpy(range.first, first, addr_length(family));
	memcpy(range.last, last, addr_length(family));
	length = addr_range_prefix_length(family, &range);
	if (length < 0)
		return false;
	print_address(family, first, out);
	fprintf(out, "/%d", length);
	return true;
}

void nftprint_range(enum field_type type, const uint8_t *first, const uint8_t *last, FILE *out)
{
	bool is_address = type == FIELD_IPV4_ADDR || type == FIELD_IPV6_ADDR;

	if (!last || memcmp(first, last, field_info(type)->length) == 0) {
		nftprint_value(type, first, out);
		return;
	}
	if (is_address &&
		print_prefix(type == FIELD_IPV4_ADDR ? ADDR_IPV4 : ADDR_IPV6, first, last, out))
		return;
	/* Numbers, so that "0-255" does not become "0-255" of names. */
	if (type == FIELD_INET_PROTO) {
		fprintf(out, "%u-%u", first[0], last[0]);
		return;
	}
	nftprint_value(type, first, out);
	fputc('-', out);
	nftprint_value(type, last, out);
}

/* Names of a selector's values, NULL for numbers. */
static const struct name *value_names(enum selector selector)
{
	switch (selector) {
	case SEL_META_NFPROTO:
		return nfproto_names;
	case SEL_META_L4PROTO:
	case SEL_IP6_NEXTHDR:
		return protocol_names;
	case SEL_CT_DIRECTION:
		return direction_names;
	case SEL_CT_STATE:
		return state_names;
	case SEL_TCP_FLAGS:
		return flag_names;
	case SEL_META_IIFNAME:
	case SEL_META_OIFNAME:
	case SEL_META_MARK:
	case SEL_CT_MARK:
	case SEL_ETHER_SADDR:
	case SEL_ETHER_DADDR:
	case SEL_IP_SADDR:
	case SEL_IP_DADDR:
	case SEL_IP_FRAG_OFF:
	case SEL_IP6_SADDR:
	case SEL_IP6_DADDR:
	case SEL_IP6_HOPLIMIT:
	case SEL_TH_SPORT:
	case SEL_TH_DPORT:
	case SEL_ICMP_TYPE:
	case SEL_ICMP_CODE:
	case SEL_ICMPV6_TYPE:
	case SEL_ICMPV6_CODE:
	case SEL_COUNT:
		break;
	}
	return NULL;
}

/* Length of a mask of leading ones; -1 for another one. All zero is no mask: full length. */
static int mask_length(const uint8_t *mask, unsigned int size)
{
	unsigned int bits = 0;

	while (bits < size * 8 && (mask[bits / 8] & 0x80 >> bits % 8))
		bits++;
	for (unsigned int i = bits; i < size * 8; i++)
		if (mask[i / 8] & 0x80 >> i % 8)
			return -1;
	return bits ? (int)bits : (int)size * 8;
}

static void compare_address(const struct statement *statement, enum addr_family family, FILE *out)
{
	struct addr_prefix prefix = { .addr = { .family = family } };
	unsigned int size = (unsigned int)addr_length(family);
	char text[ADDR_TEXT_MAX];
	int length = mask_length(statement->mask, size);

	if (statement->length)
		length = (int)statement->length * 8;
	memcpy(prefix.addr.bytes, statement->data, size);
	prefix.length = length < 0 ? size * 8 : (unsigned int)length;
	if (length < 0) {
		fputs("& ", out);
		print_address(family, statement->mask, out);
		fprintf(out, " %s ", statement->negate ? "!=" : "==");
	} else if (statement->negate) {
		fputs("!= ", out);
	}
	addr_prefix_format(&prefix, text);
	fputs(text, out);
}

/* nft reads "ct state a,b" as "any of these bits". */
static void compare_bits(
	enum selector selector, uint32_t mask, uint32_t value, bool negate, FILE *out)
{
	const char *equal = negate ? "!=" : "==";

	if (selector == SEL_CT_STATE && value == 0 && negate) {
		print_bits(state_names, mask, ",", out);
	} else if (selector == SEL_TCP_FLAGS) {
		fputs("& (", out);
		print_bits(flag_names, mask, " | ", out);
		fprintf(out, ") %s ", equal);
		print_bits(flag_names, value, " | ", out);
	} else {
		fprintf(out, "& 0x%x %s 0x%x", mask, equal, value);
	}
}

static void compare_number(enum selector selector, const struct statement *statement, FILE *out)
{
	const struct selector_info *info = selector_info(selector);
	uint32_t value = read_number(statement->data, info->length, info->host_order);
	uint32_t mask = read_number(statement->mask, info->length, info->host_order);

	if (mask) {
		compare_bits(selector, mask, value, statement->negate, out);
		return;
	}
	if (statement->negate)
		fputs("!= ", out);
	else if (selector == SEL_CT_STATE || selector == SEL_TCP_FLAGS)
		fputs("== ", out); /* without it nft means "has one of these bits" */
	if (info->field == FIELD_MARK)
		fprintf(out, "0x%08x", value);
	else
		print_number(value_names(selector), value, out);
}

void nftprint_compare(const struct statement *statement, FILE *out)
{
	enum selector selector = statement->selectors[0];
	const struct selector_info *info = selector_info(selector);

	fprintf(out, "%s ", info->name);
	if (info->field == FIELD_IPV4_ADDR || info->field == FIELD_IPV6_ADDR) {
		compare_address(
			statement, info->field == FIELD_IPV4_ADDR ? ADDR_IPV4 : ADDR_IPV6, out);
	} else if (info->field == FIELD_IFNAME || info->field == FIELD_ETHER_ADDR) {
		if (statement->negate)
			fputs("!= ", out);
		nftprint_value(info->field, statement->data, out);
	} else {
		compare_number(selector, statement, out);
	}
}
