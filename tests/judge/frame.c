/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How packets are made, what they are known by, and which connections they need. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "../inetsum.h"
#include "craft.h"

#define TRAILER 0x6a756467u

static uint8_t *put_ip4(const hdr_value *v, uint8_t *ip)
{
	ip[0] = 0x45;
	ip[1] = (uint8_t)v[PKT_TOS];
	put_number(ip + 2, 2, v[PKT_LENGTH]);
	put_number(ip + 4, 2, v[PKT_ID]);
	put_number(ip + 6, 2, v[PKT_FRAG_OFF]);
	ip[8] = (uint8_t)v[PKT_TTL];
	ip[9] = (uint8_t)v[PKT_L4PROTO];
	put_number(ip + 12, 4, v[PKT_SADDR]);
	put_number(ip + 16, 4, v[PKT_DADDR]);
	put_number(ip + 10, 2, inetsum(ip, 20));
	return ip + 20;
}

static uint8_t *put_ip6(const hdr_value *v, uint8_t *ip)
{
	static const uint8_t padding[8] = { 0, 0, 1, 4 };
	uint8_t *at = ip + 40, *next = ip + 6;

	put_number(ip, 4, v[PKT_FLOW]);
	ip[0] = (uint8_t)((ip[0] & 0x0f) | 0x60);
	put_number(ip + 4, 2, v[PKT_LENGTH]);
	ip[6] = (uint8_t)v[PKT_NEXTHDR];
	ip[7] = (uint8_t)v[PKT_TTL];
	put_number(ip + 8, 16, v[PKT_SADDR]);
	put_number(ip + 24, 16, v[PKT_DADDR]);
	if (*next != v[PKT_L4PROTO] && *next != IPPROTO_FRAGMENT) {
		memcpy(at, padding, 8);
		*at = v[PKT_FRAG_OFF] ? IPPROTO_FRAGMENT : 0;
		next = at;
		at += 8;
	}
	if (v[PKT_FRAG_OFF] || ip[6] == IPPROTO_FRAGMENT) {
		memset(at, 0, 8);
		at[3] = v[PKT_FRAG_OFF] ? 8 : 1; /* the second eight bytes, or the first ones */
		next = at;
		at += 8;
	}
	*next = (uint8_t)v[PKT_L4PROTO];
	return at;
}

static void put_transport(
	const struct craft *craft, const struct hdr_packet *packet, uint32_t id, uint8_t *at)
{
	const hdr_value *v = packet->values;
	enum manner manner = craft_manner(craft, packet);

	if (manner == MANNER_ASK || manner == MANNER_ANSWER || manner == MANNER_ERROR ||
		manner == MANNER_CHATTER) {
		at[0] = (uint8_t)v[PKT_ICMP_TYPE];
		at[1] = (uint8_t)v[PKT_ICMP_CODE];
		put_number(at + 4, 2, (uint16_t)id);
		return;
	}
	if (manner == MANNER_GENERIC && v[PKT_L4PROTO] != IPPROTO_SCTP &&
		v[PKT_L4PROTO] != IPPROTO_DCCP && v[PKT_L4PROTO] != IPPROTO_UDPLITE)
		return;
	put_number(at, 2, v[PKT_SPORT]);
	put_number(at + 2, 2, v[PKT_DPORT]);
	if (manner == MANNER_TCP) {
		at[12] = 5 << 4;
		at[13] = (uint8_t)v[PKT_TCP_FLAGS];
		at[14] = 16; /* window */
	}
}

void craft_frame(const struct craft *craft, const struct hdr_packet *packet, uint32_t id,
	struct frame *frame)
{
	const hdr_value *v = packet->values;
	bool six = craft->world == PKT_IPV6;
	uint8_t *ip = frame->bytes + ETHER_SIZE, *at, mark[4];
	size_t size = craft_transport_size(craft, packet);

	frame->link = craft->way == SYM_OUTPUT ? WIRES_ROUTER : craft_link(craft, packet);
	put_number(mark, sizeof(mark), v[PKT_MARK]);
	memcpy(&frame->mark, mark, sizeof(mark));
	memset(frame->bytes, 0, sizeof(frame->bytes));
	put_number(frame->bytes, 6, v[PKT_ETHER_DADDR]);
	put_number(frame->bytes + 6, 6, v[PKT_ETHER_SADDR]);
	put_number(frame->bytes + 12, 2, six ? 0x86dd : 0x0800);
	at = six ? put_ip6(v, ip) : put_ip4(v, ip);
	if (size > 0)
		put_transport(craft, packet, id, at);
	frame->length = ETHER_SIZE + (six ? 40 : 0) + (size_t)v[PKT_LENGTH];
	size_t rest = (size_t)(frame->bytes + frame->length - at);

	if (craft_manner(craft, packet) == MANNER_UDP && size > 0)
		put_number(at + 4, 2, v[PKT_CT_STATE] == host_number(INVALID, 4) ? 0xffff : rest);
	if (rest >= size + TRAILER_SIZE) {
		put_number(at + rest - 8, 4, TRAILER);
		put_number(at + rest - 4, 4, id);
	}
}

/* The IP packet in a frame, without padding; 0: there is none. */
static size_t ip_length(const uint8_t *bytes, size_t length)
{
	size_t whole = 0;

	if (length >= ETHER_SIZE + 40 && bytes[12] == 0x86 && bytes[13] == 0xdd)
		whole = 40 + (size_t)get_number(bytes + ETHER_SIZE + 4, 2);
	else if (length >= ETHER_SIZE + 20 && bytes[12] == 8 && bytes[13] == 0)
		whole = (size_t)get_number(bytes + ETHER_SIZE + 2, 2);
	return whole <= length - ETHER_SIZE ? whole : 0;
}

bool frame_id(const uint8_t *bytes, size_t length, uint32_t *ret_id)
{
	size_t whole = ip_length(bytes, length);
	const uint8_t *end = bytes + ETHER_SIZE + whole;

	if (whole < 28 || get_number(end - 8, 4) != TRAILER)
		return false;
	*ret_id = (uint32_t)get_number(end - 4, 4);
	return true;
}

static uint64_t mix(uint64_t hash, hdr_value value)
{
	hash = (hash ^ (uint64_t)value) * 0x9e3779b97f4a7c15u;
	hash = (hash ^ (uint64_t)(value >> 64) ^ hash >> 29) * 0xbf58476d1ce4e5b9u;
	return hash ^ hash >> 32;
}

uint64_t frame_key(const uint8_t *bytes, size_t length)
{
	size_t whole = ip_length(bytes, length);
	const uint8_t *ip = bytes + ETHER_SIZE;

	if (whole == 0)
		return 0;
	/* Of IPv6 the flow label, of IPv4 the identification. */
	return bytes[12] == 0x86 ? mix(1, get_number(ip, 4) & 0xfffff)
				 : mix(2, get_number(ip + 4, 2));
}

/* Connections ---------------------------------------------------------------------------------- */

static unsigned int icmp_both(const hdr_value *v)
{
	return (unsigned int)(v[PKT_ICMP_TYPE] << 8 | v[PKT_ICMP_CODE]);
}

static void fill_conn(
	const struct craft *craft, const struct hdr_packet *packet, uint32_t id, struct conn *conn)
{
	const hdr_value *v = packet->values;
	size_t length = craft->world == PKT_IPV6 ? 16 : 4;
	enum manner manner = craft_manner(craft, packet);
	bool answer = v[PKT_CT_DIRECTION] == 1;
	unsigned int sport = (unsigned int)v[answer ? PKT_DPORT : PKT_SPORT],
		     dport = (unsigned int)v[answer ? PKT_SPORT : PKT_DPORT];

	*conn = (struct conn){ .world = craft->world, .protocol = (uint8_t)v[PKT_L4PROTO] };
	put_number(answer ? conn->destination : conn->source, length, v[PKT_SADDR]);
	put_number(answer ? conn->source : conn->destination, length, v[PKT_DADDR]);
	if (manner == MANNER_ASK || manner == MANNER_ANSWER) {
		sport = (uint16_t)id;
		dport = icmp_both(v);
		/* What it answers. */
		if (manner == MANNER_ANSWER)
			dport = v[PKT_ICMP_TYPE] == 0 ? dport | 8 << 8 : dport - (1 << 8);
	} else if (manner == MANNER_GENERIC) {
		sport = dport = 0;
	}
	conn->sport = (uint16_t)sport;
	conn->dport = (uint16_t)dport;
}

bool craft_conn(
	const struct craft *craft, const struct hdr_packet *packet, uint32_t id, struct conn *conn)
{
	const hdr_value *v = packet->values;
	uint8_t mark[4];

	if (!craft->tracked || v[PKT_CT_STATE] == host_number(INVALID, 4) ||
		v[PKT_CT_STATE] == host_number(UNTRACKED, 4) ||
		(v[PKT_CT_STATE] == host_number(NEW, 4) && v[PKT_CT_MARK] == 0))
		return false;
	fill_conn(craft, packet, id, conn);
	conn->replied = v[PKT_CT_STATE] == host_number(ESTABLISHED, 4);
	conn->expected = v[PKT_CT_STATE] == host_number(RELATED, 4);
	put_number(mark, 4, v[PKT_CT_MARK]);
	memcpy(&conn->mark, mark, 4);
	/* An answer, to whom it is translated to. */
	if (craft->translates && conn->replied && v[PKT_CT_DIRECTION] == 1 &&
		(conn->protocol == IPPROTO_TCP || conn->protocol == IPPROTO_UDP) &&
		craft->inner != v[PKT_SADDR] && craft->inner != v[PKT_DADDR]) {
		hdr_value inner = craft->inner;

		craft_settle_address(craft->world, &inner);
		conn->translated = true;
		memcpy(conn->translation, conn->source, sizeof(conn->translation));
		put_number(conn->source, craft->world == PKT_IPV6 ? 16 : 4, inner);
	}
	return true;
}

uint64_t craft_flow(const struct craft *craft, const struct hdr_packet *packet, uint32_t id)
{
	struct conn conn;
	uint64_t ends[2];

	fill_conn(craft, packet, id, &conn);
	ends[0] = mix(mix(1, get_number(conn.source, 16)), conn.sport);
	ends[1] = mix(mix(1, get_number(conn.destination, 16)), conn.dport);
	return mix(ends[0] ^ ends[1], conn.protocol);
}

/* For people ----------------------------------------------------------------------------------- */

static void print_value(const struct craft *craft, enum pkt_field field, hdr_value value)
{
	size_t length = (pkt_field_bits(craft->world, field) + 7) / 8;
	uint8_t bytes[17] = { 0 };

	put_number(bytes, length, value);
	printf(" %s=", pkt_field_name(field));
	if (field == PKT_IIFNAME || field == PKT_OIFNAME) {
		printf("%s", (const char *)bytes);
		return;
	}
	for (size_t i = 0; i < length; i++)
		printf(length == 4 && (field == PKT_SADDR || field == PKT_DADDR) ? "%s%u"
										 : "%.0s%02x",
			i ? "." : "", bytes[i]);
}

void print_packet(const struct craft *craft, const struct hdr_packet *packet)
{
	for (unsigned int field = 0; field < PKT_FIELDS; field++)
		if (pkt_field_bits(craft->world, field) &&
			(craft->tested[field] || packet->values[field]))
			print_value(craft, field, packet->values[field]);
	putchar('\n');
}
