/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captured bytes → what rules and connection tracking see of them. Untrusted: every length is
 * checked. Sources: RFC 791, 792, 4443, 8200, 9293; libpcap's link types. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "replay_impl.h"

/* ---- the link layer ---- */

/* libpcap's numbers, so that this file needs no header of it. */
enum link {
	LINK_NULL = 0,
	LINK_ETHERNET = 1,
	LINK_RAW = 12,
	LINK_RAW_BSD = 14,
	LINK_RAW_FILE = 101,
	LINK_LOOP = 108,
	LINK_COOKED = 113,
	LINK_IPV4 = 228,
	LINK_IPV6 = 229,
	LINK_COOKED2 = 276,
};

#define ETHERTYPE_VLAN	0x8100
#define ETHERTYPE_QINQ	0x88a8
#define VLAN_TAGS_MAX	4
#define COOKED_OUTGOING 4 /* LINUX_SLL_OUTGOING */
#define ARPHRD_ETHERNET 1

bool replay_link_known(int linktype)
{
	static const int known[] = { LINK_NULL, LINK_ETHERNET, LINK_RAW, LINK_RAW_BSD,
		LINK_RAW_FILE, LINK_LOOP, LINK_COOKED, LINK_IPV4, LINK_IPV6, LINK_COOKED2 };

	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (known[i] == linktype)
			return true;
	return false;
}

static uint16_t be16(const uint8_t *bytes)
{
	return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static bool go_behind(struct replay_frame *frame, size_t length)
{
	if (frame->length < length)
		return false;
	frame->bytes += length;
	frame->length -= length;
	frame->whole = frame->whole > length ? frame->whole - length : frame->length;
	return true;
}

/* Is it IP, behind tags of VLANs? */
static bool take_ethertype(struct replay_frame *frame, uint16_t type)
{
	for (int i = 0; i < VLAN_TAGS_MAX && (type == ETHERTYPE_VLAN || type == ETHERTYPE_QINQ);
		i++) {
		if (frame->length < 4)
			return false;
		type = be16(frame->bytes + 2);
		(void)go_behind(frame, 4);
	}
	return type == 0x0800 || type == 0x86dd;
}

static bool take_ethernet(struct replay_frame *frame)
{
	uint16_t type;

	if (frame->length < 14)
		return false;
	memcpy(frame->mac, frame->bytes + 6, MAC_LENGTH);
	frame->has_mac = true;
	type = be16(frame->bytes + 12);
	return go_behind(frame, 14) && take_ethertype(frame, type);
}

/* Linux' "cooked" header of "-i any": kind of packet, kind of link, address of the sender. */
static bool take_cooked(struct replay_frame *frame)
{
	uint16_t type;

	if (frame->length < 16)
		return false;
	frame->leaving = be16(frame->bytes) == COOKED_OUTGOING;
	frame->has_mac =
		be16(frame->bytes + 2) == ARPHRD_ETHERNET && be16(frame->bytes + 4) == MAC_LENGTH;
	memcpy(frame->mac, frame->bytes + 6, MAC_LENGTH);
	type = be16(frame->bytes + 14);
	return go_behind(frame, 16) && take_ethertype(frame, type);
}

static bool take_cooked2(struct replay_frame *frame)
{
	uint16_t type;

	if (frame->length < 20)
		return false;
	type = be16(frame->bytes);
	frame->leaving = frame->bytes[10] == COOKED_OUTGOING;
	frame->has_mac =
		be16(frame->bytes + 8) == ARPHRD_ETHERNET && frame->bytes[11] == MAC_LENGTH;
	memcpy(frame->mac, frame->bytes + 12, MAC_LENGTH);
	return go_behind(frame, 20) && take_ethertype(frame, type);
}

bool replay_link(
	int linktype, const uint8_t *bytes, size_t length, size_t whole, struct replay_frame *frame)
{
	*frame = (struct replay_frame){
		.bytes = bytes, .length = length, .whole = whole > length ? whole : length
	};
	switch (linktype) {
	case LINK_ETHERNET:
		return take_ethernet(frame);
	case LINK_COOKED:
		return take_cooked(frame);
	case LINK_COOKED2:
		return take_cooked2(frame);
	case LINK_NULL:
	case LINK_LOOP:
		return go_behind(frame, 4);
	default:
		return replay_link_known(linktype);
	}
}

/* ---- the packet ---- */

static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP || protocol == IPPROTO_UDPLITE;
}

static bool is_icmp(const struct flow_packet *packet)
{
	return packet->key.protocol ==
	       (packet->key.family == ADDR_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

/* Where the transport header begins, in a packet without extension headers; 0: not known. */
static size_t transport_of(const uint8_t *bytes, size_t length, const struct flow_packet *packet)
{
	size_t offset;

	if (packet->key.family == ADDR_IPV6)
		return bytes[6] == packet->key.protocol && length > 40 ? 40 : 0;
	offset = (size_t)(bytes[0] & 0x0f) * 4;
	return offset >= 20 && offset < length ? offset : 0;
}

static void make_tuple(const uint8_t *bytes, size_t length, const struct flow_packet *packet,
	struct replay_tuple *ret_tuple)
{
	size_t offset = transport_of(bytes, length, packet);

	*ret_tuple = (struct replay_tuple){ .family = packet->key.family,
		.protocol = packet->key.protocol };
	memcpy(ret_tuple->source, packet->key.saddr, sizeof(ret_tuple->source));
	memcpy(ret_tuple->destination, packet->key.daddr, sizeof(ret_tuple->destination));
	if (packet->has_ports) {
		ret_tuple->sport = packet->sport;
		ret_tuple->dport = packet->dport;
	} else if (packet->has_icmp) {
		ret_tuple->dport = (uint16_t)(packet->icmp_type << 8 | packet->icmp_code);
		if (offset > 0 && length >= offset + 6)
			ret_tuple->sport = be16(bytes + offset + 4);
	}
}

static bool is_error(const struct flow_packet *packet)
{
	uint8_t type = packet->icmp_type;

	if (!packet->has_icmp || !is_icmp(packet))
		return false;
	if (packet->key.family == ADDR_IPV6)
		return type < 128;
	return type == 3 || type == 4 || type == 5 || type == 11 || type == 12;
}

/* The packet that an ICMP error quotes, behind its eight bytes. */
static void take_quoted(const struct replay_frame *frame, struct replay_seen *seen)
{
	size_t offset = transport_of(frame->bytes, frame->length, &seen->packet);
	struct flow_packet quoted;

	if (offset == 0 || frame->length <= offset + 8)
		return;
	offset += 8;
	if (flow_packet_parse(frame->bytes + offset, frame->length - offset, 0, &quoted) < 0 ||
		quoted.key.family != seen->packet.key.family)
		return;
	make_tuple(frame->bytes + offset, frame->length - offset, &quoted, &seen->quoted);
	seen->has_quoted = true;
}

/* Is what rules read of it there? */
static bool is_complete(const struct flow_packet *packet)
{
	if (packet->key.protocol == IPPROTO_TCP)
		return packet->has_tcp_flags;
	if (has_ports(packet->key.protocol))
		return packet->has_ports;
	return !is_icmp(packet) || packet->has_icmp;
}

int replay_see(const struct replay_frame *frame, struct replay_seen *ret_seen)
{
	struct flow_packet *packet = &ret_seen->packet;
	bool later;

	*ret_seen = (struct replay_seen){ 0 };
	if (flow_packet_parse(frame->bytes, frame->length, 0, packet) < 0)
		return -EINVAL;
	if (packet->key.family == ADDR_IPV4) {
		ret_seen->frag_off = be16(frame->bytes + 6);
		ret_seen->next_header = packet->key.protocol;
		ret_seen->hop_limit = frame->bytes[8];
	} else {
		ret_seen->next_header = frame->bytes[6];
		ret_seen->hop_limit = frame->bytes[7];
	}
	make_tuple(frame->bytes, frame->length, packet, &ret_seen->tuple);
	/* A later fragment has no ports of its own. */
	later = packet->fragment && !packet->has_ports && !packet->has_icmp;
	ret_seen->cut = !later && !is_complete(packet) && frame->length < frame->whole;
	ret_seen->truncated = !later && !is_complete(packet) && !ret_seen->cut;
	ret_seen->error = is_error(packet);
	if (ret_seen->error)
		take_quoted(frame, ret_seen);
	return 0;
}

/* ---- connections ---- */

/* Types that ask, and the answers to them. */
static const uint8_t asked4[][2] = { { 8, 0 }, { 13, 14 }, { 15, 16 }, { 17, 18 } };
static const uint8_t asked6[][2] = { { 128, 129 }, { 139, 140 } };

static const uint8_t (*asked_of(uint8_t family, size_t *ret_count))[2]
{
	*ret_count = family == ADDR_IPV4 ? sizeof(asked4) / sizeof(asked4[0])
					 : sizeof(asked6) / sizeof(asked6[0]);
	return family == ADDR_IPV4 ? asked4 : asked6;
}

bool replay_answer(const struct replay_tuple *tuple, struct replay_tuple *answer)
{
	uint8_t icmp = tuple->family == ADDR_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	size_t count;
	const uint8_t(*asked)[2] = asked_of(tuple->family, &count);

	*answer = *tuple;
	memcpy(answer->source, tuple->destination, sizeof(answer->source));
	memcpy(answer->destination, tuple->source, sizeof(answer->destination));
	if (tuple->protocol != icmp) {
		answer->sport = tuple->dport;
		answer->dport = tuple->sport;
		return true;
	}
	for (size_t i = 0; i < count; i++)
		for (int side = 0; side < 2; side++)
			if (asked[i][side] == tuple->dport >> 8) {
				answer->dport = (uint16_t)(asked[i][1 - side] << 8 |
							   (tuple->dport & UINT8_MAX));
				return true;
			}
	return false;
}

#define TCP_FIN 0x01u
#define TCP_SYN 0x02u
#define TCP_RST 0x04u
#define TCP_ACK 0x10u

/* As nf_conntrack's table has it: a SYN alone, or an ACK in the middle. */
static bool tcp_begins(uint8_t flags)
{
	flags &= TCP_FIN | TCP_SYN | TCP_RST | TCP_ACK;
	return flags == TCP_SYN || flags == TCP_ACK;
}

bool replay_begins(const struct replay_seen *seen)
{
	const struct flow_packet *packet = &seen->packet;
	size_t count;
	const uint8_t(*asked)[2] = asked_of(packet->key.family, &count);

	if (packet->key.protocol == IPPROTO_TCP)
		return packet->has_tcp_flags && tcp_begins(packet->tcp_flags);
	if (!is_icmp(packet))
		return !seen->truncated;
	for (size_t i = 0; i < count; i++)
		if (packet->has_icmp && asked[i][0] == packet->icmp_type)
			return true;
	return false;
}

bool replay_untracked(const struct replay_seen *seen)
{
	const struct flow_packet *packet = &seen->packet;
	uint8_t type = packet->icmp_type;

	/* Multicast listeners and neighbours (nf_conntrack_proto_icmpv6.c). */
	return packet->key.family == ADDR_IPV6 && packet->has_icmp && is_icmp(packet) &&
	       ((type >= 130 && type <= 137) || type == 143);
}
