/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The order of fields: what splits a rule set first (interface, state, protocol) is nearest to the
 * root; then addresses and ports, which are tested together, source before destination unless rules
 * name far fewer destinations. On rule sets of real firewalls this order needs a hundredth of the
 * nodes of the order of the headers.
 *
 * Fields that nf_tables keeps in host order (marks, ct state, interface type) are taken byte by
 * byte as they stand in memory, the first byte as the most significant: the same tests give the
 * same sets, since the kernel compares memory, too.
 */
#include "pktspace.h"

#include <errno.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>
#include <netinet/in.h>

static const struct {
	const char *names[PKT_WORLDS];
	unsigned int bits[PKT_WORLDS];
} fields[PKT_FIELDS] = {
	[PKT_IIFNAME] = { { "iifname", "iifname" }, { 128, 128 } },
	[PKT_IIFTYPE] = { { "iiftype", "iiftype" }, { 16, 16 } },
	[PKT_CT_STATE] = { { "ct state", "ct state" }, { 32, 32 } },
	[PKT_CT_DIRECTION] = { { "ct direction", "ct direction" }, { 8, 8 } },
	[PKT_CT_STATUS] = { { "ct status", "ct status" }, { 32, 32 } },
	[PKT_L4PROTO] = { { "meta l4proto", "meta l4proto" }, { 8, 8 } },
	[PKT_TRUNCATED] = { { "truncated", "truncated" }, { 8, 8 } },
	[PKT_FRAG_OFF] = { { "ip frag-off", "later fragment" }, { 16, 1 } },
	[PKT_TCP_FLAGS] = { { "tcp flags", "tcp flags" }, { 8, 8 } },
	[PKT_ETHER_SADDR] = { { "ether saddr", "ether saddr" }, { 48, 48 } },
	[PKT_ETHER_DADDR] = { { "ether daddr", "ether daddr" }, { 48, 48 } },
	[PKT_PKTTYPE] = { { "meta pkttype", "meta pkttype" }, { 8, 8 } },
	[PKT_MARK] = { { "meta mark", "meta mark" }, { 32, 32 } },
	[PKT_CT_MARK] = { { "ct mark", "ct mark" }, { 32, 32 } },
	[PKT_TOS] = { { "ip dscp, ip ecn", "" }, { 8, 0 } },
	[PKT_FLOW] = { { "", "ip6 dscp, ip6 flowlabel" }, { 0, 32 } },
	[PKT_LENGTH] = { { "ip length", "ip6 length" }, { 16, 16 } },
	[PKT_ID] = { { "ip id", "" }, { 16, 0 } },
	[PKT_TTL] = { { "ip ttl", "ip6 hoplimit" }, { 8, 8 } },
	[PKT_NEXTHDR] = { { "", "ip6 nexthdr" }, { 0, 8 } },
	[PKT_SADDR] = { { "ip saddr", "ip6 saddr" }, { 32, 128 } },
	[PKT_OIFNAME] = { { "oifname", "oifname" }, { 128, 128 } },
	[PKT_OIFTYPE] = { { "oiftype", "oiftype" }, { 16, 16 } },
	[PKT_DADDR] = { { "ip daddr", "ip6 daddr" }, { 32, 128 } },
	[PKT_DPORT] = { { "th dport", "th dport" }, { 16, 16 } },
	[PKT_SPORT] = { { "th sport", "th sport" }, { 16, 16 } },
	[PKT_ICMP_TYPE] = { { "icmp type", "icmpv6 type" }, { 8, 8 } },
	[PKT_ICMP_CODE] = { { "icmp code", "icmpv6 code" }, { 8, 8 } },
};

const char *pkt_field_name(enum pkt_field field)
{
	const char *name = fields[field].names[PKT_IPV4];

	return name[0] != '\0' ? name : fields[field].names[PKT_IPV6];
}

unsigned int pkt_field_bits(enum pkt_world world, enum pkt_field field)
{
	return fields[field].bits[world];
}

struct hdr_slice pkt_slice(enum pkt_world world, enum pkt_field field)
{
	return (struct hdr_slice){ field, 0, fields[field].bits[world] };
}

int pktspace_new(enum pkt_world world, struct hdrspace **ret_space)
{
	int r = hdrspace_new(ret_space);

	/* A field that is not in this world is one bit that nothing tests. */
	for (unsigned int i = 0; i < PKT_FIELDS && r >= 0; i++)
		r = hdrspace_add_field(
			*ret_space, fields[i].bits[world] ? fields[i].bits[world] : 1);
	if (r < 0)
		hdrspace_free(*ret_space);
	else
		hdrspace_either_first(*ret_space, PKT_SADDR, PKT_DADDR);
	return r < 0 ? r : 0;
}

/* Where the headers have them ------------------------------------------------------------------ */

/* Bytes first .. first + bytes of the field - 1 of a header. */
struct place {
	unsigned int first;
	enum pkt_field field;
};

static const struct place ethernet_places[] = { { 0, PKT_ETHER_DADDR }, { 6, PKT_ETHER_SADDR } };
static const struct place ip4_places[] = { { 1, PKT_TOS }, { 2, PKT_LENGTH }, { 4, PKT_ID },
	{ 6, PKT_FRAG_OFF }, { 8, PKT_TTL }, { 9, PKT_L4PROTO }, { 12, PKT_SADDR },
	{ 16, PKT_DADDR } };
static const struct place ip6_places[] = { { 0, PKT_FLOW }, { 4, PKT_LENGTH }, { 6, PKT_NEXTHDR },
	{ 7, PKT_TTL }, { 8, PKT_SADDR }, { 24, PKT_DADDR } };
static const struct place tcp_places[] = { { 0, PKT_SPORT }, { 2, PKT_DPORT },
	{ 13, PKT_TCP_FLAGS } };
static const struct place ports_places[] = { { 0, PKT_SPORT }, { 2, PKT_DPORT } };
static const struct place icmp_places[] = { { 0, PKT_ICMP_TYPE }, { 1, PKT_ICMP_CODE } };

struct layout {
	const struct place *places;
	unsigned int count;
};

#define LAYOUT(places)                                                                             \
	{                                                                                          \
		(places), sizeof(places) / sizeof((places)[0])                                     \
	}

static const struct layout ethernet = LAYOUT(ethernet_places);
static const struct layout network[PKT_WORLDS] = { LAYOUT(ip4_places), LAYOUT(ip6_places) };
static const struct {
	enum pkt_transport transport;
	struct layout layout;
	uint8_t protocols[PKT_WORLDS][8];
} transports[PKT_TRANSPORTS] = {
	{ PKT_TCP, LAYOUT(tcp_places), { { IPPROTO_TCP }, { IPPROTO_TCP } } },
	{ PKT_PORTS, LAYOUT(ports_places),
		{ { IPPROTO_UDP, IPPROTO_DCCP, IPPROTO_SCTP, IPPROTO_UDPLITE },
			{ IPPROTO_UDP, IPPROTO_DCCP, IPPROTO_SCTP, IPPROTO_UDPLITE } } },
	{ PKT_ICMP, LAYOUT(icmp_places), { { IPPROTO_ICMP }, { IPPROTO_ICMPV6 } } },
	{ PKT_OTHER, { NULL, 0 }, { { 0 }, { 0 } } },
};

const uint8_t *pkt_protocols(enum pkt_world world, enum pkt_transport transport)
{
	for (unsigned int i = 0; i < PKT_TRANSPORTS; i++)
		if (transports[i].transport == transport && transport != PKT_OTHER)
			return transports[i].protocols[world];
	return NULL;
}

enum pkt_transport pkt_transport_of(enum pkt_world world, uint8_t protocol)
{
	for (unsigned int i = 0; i < PKT_TRANSPORTS; i++)
		if (protocol != 0 && memchr(transports[i].protocols[world], protocol,
					     sizeof(transports[i].protocols[world])))
			return transports[i].transport;
	return PKT_OTHER;
}

static struct pkt_byte find_byte(
	enum pkt_world world, const struct layout *layout, unsigned int offset)
{
	for (unsigned int i = 0; i < layout->count; i++) {
		const struct place *place = &layout->places[i];

		if (offset >= place->first &&
			offset < place->first + fields[place->field].bits[world] / 8)
			return (struct pkt_byte){ .kind = PKT_BYTE_FIELD,
				.field = (uint8_t)place->field,
				.index = (uint8_t)(offset - place->first),
				.mask = 0xff };
	}
	return (struct pkt_byte){ .kind = PKT_BYTE_FREE };
}

static void fill(enum pkt_world world, const struct layout *layout, uint32_t offset,
	uint32_t length, struct pkt_load *ret_load)
{
	ret_load->length = length;
	for (uint32_t i = 0; i < length; i++)
		ret_load->bytes[i] = find_byte(world, layout, offset + i);
}

static unsigned int load_transport(
	enum pkt_world world, uint32_t offset, uint32_t length, struct pkt_load *ret_loads)
{
	unsigned int count = 0;

	for (unsigned int i = 0; i < PKT_TRANSPORTS; i++) {
		struct pkt_load *load = &ret_loads[count];
		unsigned int same = 0;

		*load = (struct pkt_load){ .transports = transports[i].transport };
		fill(world, &transports[i].layout, offset, length, load);
		while (same < count && memcmp(ret_loads[same].bytes, load->bytes,
					       length * sizeof(load->bytes[0])) != 0)
			same++;
		if (same < count)
			ret_loads[same].transports |= load->transports;
		else
			count++;
	}
	return count;
}

unsigned int pkt_load_payload(enum pkt_world world, uint32_t base, uint32_t offset, uint32_t length,
	struct pkt_load *ret_loads)
{
	static const struct layout nothing = { NULL, 0 };
	const struct layout *layout = base == NFT_PAYLOAD_NETWORK_HEADER ? &network[world]
				      : base == NFT_PAYLOAD_LL_HEADER	 ? &ethernet
									 : &nothing;

	if (base == NFT_PAYLOAD_TRANSPORT_HEADER)
		return load_transport(world, offset, length, ret_loads);
	ret_loads[0] = (struct pkt_load){ .transports = PKT_ANY };
	fill(world, layout, offset, length, &ret_loads[0]);
	return 1;
}

void pkt_load_field(enum pkt_world world, enum pkt_field field, struct pkt_load *ret_load)
{
	const struct place place = { 0, field };
	const struct layout layout = { &place, 1 };

	*ret_load = (struct pkt_load){ .transports = PKT_ANY };
	fill(world, &layout, 0, fields[field].bits[world] / 8, ret_load);
}

hdr_value pkt_number(const void *bytes, size_t length)
{
	hdr_value number = 0;

	for (size_t i = 0; i < length; i++)
		number = number << 8 | ((const uint8_t *)bytes)[i];
	return number;
}

bool pkt_step(uint8_t *bytes, size_t length, bool up)
{
	while (length-- > 0) {
		bytes[length] = (uint8_t)(bytes[length] + (up ? 1 : -1));
		if (bytes[length] != (up ? 0 : 0xff))
			return true;
	}
	return false;
}

hdr_value pkt_interface(const char *name)
{
	uint8_t bytes[16] = { 0 }; /* IFNAMSIZ */

	if (name != NULL)
		memcpy(bytes, name, strnlen(name, sizeof(bytes) - 1));
	return pkt_number(bytes, sizeof(bytes));
}
