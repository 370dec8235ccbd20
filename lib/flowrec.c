/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flowrec.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "addrset.h"
#include "compile.h"

static bool is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '_' || c == '.';
}

/* One word and the blank after it, if there is one. False when it does not fit, or is empty. */
static bool take_word(const char **text, char *word, size_t size)
{
	size_t length = 0;
	while (is_name_char((*text)[length]))
		length++;
	if (length == 0 || length >= size)
		return false;
	memcpy(word, *text, length);
	word[length] = '\0';
	*text += length;
	if (**text == ' ')
		++*text;
	return true;
}

int flow_prefix_parse(const char *text, struct flow_prefix *ret_prefix)
{
	struct flow_prefix prefix = { 0 };
	char name[16];
	if (!take_word(&text, name, sizeof(name)) || strcmp(name, TABLE_NAME) != 0 ||
		!take_word(&text, prefix.reason, sizeof(prefix.reason)) ||
		!take_word(&text, prefix.from, sizeof(prefix.from)) ||
		!take_word(&text, prefix.to, sizeof(prefix.to)))
		return -EINVAL;
	if (*text && !take_word(&text, prefix.revision, sizeof(prefix.revision)))
		return -EINVAL;
	if (*text)
		return -EINVAL;
	*ret_prefix = prefix;
	return 0;
}

/* What is left of the packet. */
struct view {
	const uint8_t *bytes;
	size_t length;
};

static uint16_t be16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static bool skip(struct view *view, size_t length)
{
	if (length > view->length)
		return false;
	view->bytes += length;
	view->length -= length;
	return true;
}

/* Protocols whose header begins with source and destination port. */
static bool begins_with_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP || protocol == IPPROTO_UDPLITE;
}

static void parse_ports(const struct view *view, struct flow_packet *packet)
{
	if (view->length < 4)
		return;
	packet->has_ports = true;
	packet->sport = be16(view->bytes);
	packet->dport = be16(view->bytes + 2);
	if (packet->key.protocol == IPPROTO_TCP || packet->key.protocol == IPPROTO_UDP) {
		packet->key.class = packet->key.protocol == IPPROTO_TCP ? FLOW_TCP : FLOW_UDP;
		packet->key.sport = packet->sport;
		packet->key.dport = packet->dport;
	}
	if (packet->key.protocol == IPPROTO_TCP && view->length >= 14) {
		packet->has_tcp_flags = true;
		packet->tcp_flags = view->bytes[13];
	}
}

static void parse_icmp(const struct view *view, struct flow_packet *packet)
{
	if (view->length < 2)
		return;
	packet->has_icmp = true;
	packet->icmp_type = view->bytes[0];
	packet->icmp_code = view->bytes[1];
	packet->key.class = FLOW_ICMP;
	packet->key.sport = packet->icmp_type;
	packet->key.dport = packet->icmp_code;
}

static void parse_transport(const struct view *view, struct flow_packet *packet)
{
	uint8_t icmp = packet->key.family == ADDR_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	if (begins_with_ports(packet->key.protocol))
		parse_ports(view, packet);
	else if (packet->key.protocol == icmp)
		parse_icmp(view, packet);
}

/* The packet's own ports stay, for its record; the flow that it is counted on has none. */
static void forget_ports(struct flow_packet *packet)
{
	packet->key.class = FLOW_OTHER;
	packet->key.sport = 0;
	packet->key.dport = 0;
}

static bool is_extension(uint8_t type)
{
	static const uint8_t extensions[] = FLOW_EXTENSIONS;
	return memchr(extensions, type, sizeof(extensions)) != NULL;
}

static int parse_ipv4(struct view view, struct flow_packet *packet)
{
	if (view.length < 20)
		return -EINVAL;
	const uint8_t *header = view.bytes;
	size_t header_length = (size_t)(header[0] & 0x0f) * 4;
	uint16_t fragment = be16(header + 6);
	packet->key.family = ADDR_IPV4;
	packet->key.protocol = header[9];
	memcpy(packet->key.saddr, header + 12, 4);
	memcpy(packet->key.daddr, header + 16, 4);
	/* 0 in a packet that is longer than the field can say. */
	packet->length = be16(header + 2) ? be16(header + 2) : (uint32_t)view.length;
	packet->fragment = (fragment & FLOW_FRAGMENT_BITS) != 0;
	bool first = (fragment & 0x1fff) == 0;
	if (first && header_length >= 20 && skip(&view, header_length))
		parse_transport(&view, packet);
	if (packet->fragment)
		forget_ports(packet);
	return 0;
}

enum extension {
	EXTENSION_NEXT, /* another header follows */
	EXTENSION_LAST, /* the transport header, as far as the packet tells */
	EXTENSION_NONE, /* no transport header to be had */
};

/* Step over one extension header of this type, as the kernel's ipv6_find_hdr() does. */
static enum extension step_over(struct view *view, uint8_t *type, struct flow_packet *packet)
{
	uint8_t next;
	switch (*type) {
	case IPPROTO_HOPOPTS:
	case IPPROTO_ROUTING:
	case IPPROTO_DSTOPTS:
		if (view->length < 2)
			return EXTENSION_NONE;
		next = view->bytes[0];
		if (!skip(view, ((size_t)view->bytes[1] + 1) * 8))
			view->length = 0;
		break;
	case IPPROTO_FRAGMENT:
		if (view->length < 4)
			return EXTENSION_NONE;
		next = view->bytes[0];
		packet->fragment = true;
		if (be16(view->bytes + 2) & 0xfff8) {
			*type = next;
			return EXTENSION_NONE;
		}
		if (!skip(view, 8))
			view->length = 0;
		break;
	default:
		return EXTENSION_LAST;
	}
	*type = next;
	return EXTENSION_NEXT;
}

static int parse_ipv6(struct view view, struct flow_packet *packet)
{
	if (view.length < 40)
		return -EINVAL;
	const uint8_t *header = view.bytes;
	uint8_t type = header[6];
	packet->key.family = ADDR_IPV6;
	memcpy(packet->key.saddr, header + 8, 16);
	memcpy(packet->key.daddr, header + 24, 16);
	/* 0 in a jumbogram, whose length stands in an option. */
	packet->length = be16(header + 4) ? 40u + be16(header + 4) : (uint32_t)view.length;
	skip(&view, 40);
	enum extension step;
	do
		step = step_over(&view, &type, packet);
	while (step == EXTENSION_NEXT);
	packet->key.protocol = type;
	if (step == EXTENSION_LAST)
		parse_transport(&view, packet);
	if (is_extension(header[6]))
		forget_ports(packet);
	return 0;
}

int flow_packet_parse(
	const uint8_t *bytes, size_t length, uint32_t mark, struct flow_packet *ret_packet)
{
	struct flow_packet packet = {
		.key.code = mark & DENY_CODE_MASK,
		.key.generation = (mark & DENY_MARK_B) != 0,
		.key.class = FLOW_OTHER,
		.overflow = (mark & DENY_MARK_OVERFLOW) != 0,
	};
	struct view view = { .bytes = bytes, .length = length };
	int r = -EINVAL;
	if (length > 0 && bytes[0] >> 4 == 4)
		r = parse_ipv4(view, &packet);
	else if (length > 0 && bytes[0] >> 4 == 6)
		r = parse_ipv6(view, &packet);
	if (r == 0)
		*ret_packet = packet;
	return r;
}
