/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which packets can be sent here. */
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "craft.h"

#define LENGTH_MAX 1500

#define FIN 0x01
#define SYN 0x02
#define RST 0x04
#define PSH 0x08
#define ACK 0x10
#define URG 0x20

/* Numbers -------------------------------------------------------------------------------------- */

void put_number(uint8_t *bytes, size_t length, hdr_value value)
{
	while (length-- > 0) {
		bytes[length] = (uint8_t)value;
		value >>= 8;
	}
}

hdr_value get_number(const uint8_t *bytes, size_t length)
{
	hdr_value value = 0;

	for (size_t i = 0; i < length; i++)
		value = value << 8 | bytes[i];
	return value;
}

hdr_value host_number(uint32_t number, size_t length)
{
	uint16_t half = (uint16_t)number;
	uint8_t bytes[4];

	memcpy(bytes, length == 2 ? (const void *)&half : &number, length);
	return get_number(bytes, length);
}

static uint64_t random_state = 1;

void draw_seed(uint64_t seed)
{
	random_state = seed * 2654435761u + 88172645463325252u;
}

uint64_t draw(void) /* xorshift64* */
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 2685821657736338717u;
}

size_t draw_below(size_t count)
{
	return (size_t)(draw() >> 16) % count;
}

/* Limits --------------------------------------------------------------------------------------- */

static hdr_value name_number(const char *name)
{
	uint8_t bytes[16] = { 0 };

	memcpy(bytes, name, strnlen(name, 15));
	return get_number(bytes, sizeof(bytes));
}

static struct craft_limit *add_limit(
	const struct craft *craft, struct craft_limit *limits, size_t *count, enum pkt_field field)
{
	struct craft_limit *limit = &limits[(*count)++];

	*limit = (struct craft_limit){ .slice = pkt_slice(craft->world, field) };
	return limit;
}

static void add_range(struct craft_limit *limit, hdr_value first, hdr_value last)
{
	limit->ranges[limit->count++] = (struct hdr_range){ first, last };
}

/* No martians: what the kernel drops before and after all rules. */
static void limit_address(struct craft_limit *limit)
{
	if (limit->slice.bits == 32) {
		add_range(limit, 0x01000000, 0x7effffff);
		add_range(limit, 0x80000000, 0xdfffffff);
	} else {
		add_range(limit, (hdr_value)0x1000 << 112, ((hdr_value)0xfe00 << 112) - 1);
	}
}

/* Of those in the order in which they stand: what the router sends is tracked always. */
static size_t state_count(const struct craft *craft)
{
	return craft->marks && craft->way != SYM_OUTPUT ? 5 : 4;
}

/* Are there no pieces of packets? Those to the router are put together first. */
static bool is_whole(const struct craft *craft)
{
	return craft->tracked || craft->way != SYM_FORWARD;
}

size_t craft_limits(const struct craft *craft, struct craft_limit *limits, size_t room)
{
	static const uint32_t states[] = { NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED };
	static const enum pkt_field ethernets[] = { PKT_IIFTYPE, PKT_OIFTYPE };
	bool six = craft->world == PKT_IPV6;
	struct craft_limit *limit;
	size_t count = 0;

	if (room < 12)
		fail("no room for limits");
	limit = add_limit(craft, limits, &count, PKT_IIFNAME);
	for (size_t i = 0; i < craft->wires->count; i++)
		add_range(limit, name_number(craft->wires->names[i]),
			name_number(craft->wires->names[i]));
	for (size_t i = 0; i < 2; i++)
		add_range(add_limit(craft, limits, &count, ethernets[i]), host_number(1, 2),
			host_number(1, 2));
	add_range(add_limit(craft, limits, &count, PKT_PKTTYPE), 0, 0);
	limit = add_limit(craft, limits, &count, PKT_CT_STATE);
	for (size_t i = 0; i < state_count(craft); i++)
		add_range(limit, host_number(states[i], 4), host_number(states[i], 4));
	if (!craft->marks)
		add_range(add_limit(craft, limits, &count, PKT_MARK), 0, 0);
	limit_address(add_limit(craft, limits, &count, PKT_SADDR));
	limit_address(add_limit(craft, limits, &count, PKT_DADDR));
	add_range(add_limit(craft, limits, &count, PKT_TTL), 2, 255);
	if (is_whole(craft)) {
		limit = add_limit(craft, limits, &count, PKT_FRAG_OFF);
		limit->slice = (struct hdr_slice){ PKT_FRAG_OFF, 0, six ? 1 : 14 };
		add_range(limit, 0, 0);
	}
	return count;
}

/* Settling ------------------------------------------------------------------------------------- */

static size_t link_named(const struct craft *craft, hdr_value name)
{
	for (size_t i = 0; i < craft->wires->count; i++)
		if (name_number(craft->wires->names[i]) == name)
			return i;
	return draw_below(craft->wires->count);
}

size_t craft_link(const struct craft *craft, const struct hdr_packet *packet)
{
	return link_named(craft, packet->values[PKT_IIFNAME]);
}

void craft_settle_address(enum pkt_world world, hdr_value *value)
{
	struct craft_limit limit = { .slice = pkt_slice(world, PKT_SADDR) };

	limit_address(&limit);
	for (size_t i = 0; i < limit.count; i++)
		if (*value >= limit.ranges[i].first && *value <= limit.ranges[i].last)
			return;
	size_t i = draw_below(limit.count);
	hdr_value random = (hdr_value)draw() << 64 | draw();

	*value =
		limit.ranges[i].first + random % (limit.ranges[i].last - limit.ranges[i].first + 1);
}

static bool is_extension(hdr_value protocol)
{
	return protocol == IPPROTO_HOPOPTS || protocol == IPPROTO_ROUTING ||
	       protocol == IPPROTO_FRAGMENT || protocol == IPPROTO_AH || protocol == IPPROTO_NONE ||
	       protocol == IPPROTO_DSTOPTS || protocol == 135 || protocol == 139 ||
	       protocol == 140 || protocol >= 253;
}

static void settle_headers(const struct craft *craft, struct hdr_packet *packet)
{
	hdr_value *v = packet->values;

	/* Their headers are looked at by the kernel's table of connections; ours are no good. */
	if (craft->tracked && (v[PKT_L4PROTO] == IPPROTO_SCTP || v[PKT_L4PROTO] == IPPROTO_DCCP ||
				      v[PKT_L4PROTO] == IPPROTO_UDPLITE))
		v[PKT_L4PROTO] = draw_below(2) ? IPPROTO_TCP : IPPROTO_UDP;
	/* Two without ports, translated to one address, cannot be told apart: the kernel drops one.
	 */
	if (craft->translates && v[PKT_L4PROTO] != IPPROTO_TCP && v[PKT_L4PROTO] != IPPROTO_ICMP &&
		v[PKT_L4PROTO] != IPPROTO_ICMPV6)
		v[PKT_L4PROTO] = IPPROTO_UDP;
	/* Nor is the ICMP of the other world. */
	if (craft->tracked &&
		v[PKT_L4PROTO] == (craft->world == PKT_IPV4 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		v[PKT_L4PROTO] = IPPROTO_ESP;
	if (craft->world == PKT_IPV4) {
		if (is_whole(craft))
			v[PKT_FRAG_OFF] &= 0xc000;
		return;
	}
	if (is_extension(v[PKT_L4PROTO]))
		v[PKT_L4PROTO] = IPPROTO_TCP;
	if (is_whole(craft))
		v[PKT_FRAG_OFF] = 0;
	if (v[PKT_FRAG_OFF] && v[PKT_NEXTHDR] != IPPROTO_HOPOPTS &&
		v[PKT_NEXTHDR] != IPPROTO_DSTOPTS)
		v[PKT_NEXTHDR] = IPPROTO_FRAGMENT;
	if ((v[PKT_NEXTHDR] == IPPROTO_FRAGMENT && is_whole(craft)) ||
		(v[PKT_NEXTHDR] != IPPROTO_HOPOPTS && v[PKT_NEXTHDR] != IPPROTO_DSTOPTS &&
			v[PKT_NEXTHDR] != IPPROTO_FRAGMENT))
		v[PKT_NEXTHDR] = v[PKT_L4PROTO];
}

static enum manner icmp_manner(enum pkt_world world, unsigned int type)
{
	if (world == PKT_IPV6) {
		if ((type >= 130 && type <= 137) || type == 143)
			return MANNER_CHATTER;
		return type == 128 ? MANNER_ASK : type == 129 ? MANNER_ANSWER : MANNER_ERROR;
	}
	if (type == 8 || type == 13 || type == 15 || type == 17)
		return MANNER_ASK;
	return type == 0 || type == 14 || type == 16 || type == 18 ? MANNER_ANSWER : MANNER_ERROR;
}

enum manner craft_manner(const struct craft *craft, const struct hdr_packet *packet)
{
	hdr_value protocol = packet->values[PKT_L4PROTO];

	if (protocol == IPPROTO_TCP)
		return MANNER_TCP;
	if (protocol == IPPROTO_UDP)
		return MANNER_UDP;
	if (protocol == (craft->world == PKT_IPV6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return icmp_manner(craft->world, (unsigned int)packet->values[PKT_ICMP_TYPE]);
	return MANNER_GENERIC;
}

/* The state that a TCP packet has when it should have another: by its flags, which are changed now
 * and then. */
static uint32_t settle_tcp(hdr_value *flags, uint32_t wanted)
{
	unsigned int base = (unsigned int)*flags & (FIN | SYN | RST | ACK | URG);
	bool begins = (base & ~(unsigned int)URG) == SYN || (base & ~(unsigned int)URG) == ACK;
	bool goes_on = base == ACK || base == (ACK | URG) || base == (FIN | ACK) ||
		       base == (FIN | ACK | URG) || base == RST || base == (RST | ACK);

	if (wanted == NEW && !begins) {
		if (draw_below(2))
			return INVALID;
		*flags = (*flags & ~(hdr_value)0x37) | (draw_below(4) ? SYN : ACK);
	} else if (wanted == INVALID && begins) {
		*flags &= ~(hdr_value)0x37;
	} else if ((wanted == ESTABLISHED || wanted == RELATED) && !goes_on) {
		*flags = (*flags & ~(hdr_value)0x37) | ACK;
	}
	return wanted;
}

/* ICMPv6 whose state kernels do not all think the same of; and redirects, which are looked into. */
static bool manner_is_doubtful(enum manner manner, const struct hdr_packet *packet)
{
	unsigned int type = (unsigned int)packet->values[PKT_ICMP_TYPE];

	if (manner == MANNER_CHATTER)
		return type == 137;
	return manner == MANNER_ERROR &&
	       (type == 139 || type == 140 || (type >= 151 && type <= 153));
}

static uint32_t settle_state(const struct craft *craft, struct hdr_packet *packet, uint32_t wanted)
{
	enum manner manner = craft_manner(craft, packet);

	if (wanted == UNTRACKED)
		return wanted;
	if (craft->world == PKT_IPV6 && manner_is_doubtful(manner, packet)) {
		packet->values[PKT_ICMP_TYPE] = 128;
		manner = MANNER_ASK;
	}
	if (packet->values[PKT_TRUNCATED] && manner != MANNER_GENERIC)
		return INVALID;
	switch (manner) {
	case MANNER_TCP:
		return settle_tcp(&packet->values[PKT_TCP_FLAGS], wanted);
	case MANNER_UDP:
		return wanted;
	case MANNER_ASK:
		/* What is related by ICMP is errors. */
		return wanted == INVALID ? NEW : wanted == RELATED ? ESTABLISHED : wanted;
	case MANNER_ANSWER:
		return wanted == ESTABLISHED ? wanted : INVALID;
	case MANNER_CHATTER:
		return UNTRACKED;
	case MANNER_ERROR:
		return INVALID;
	case MANNER_GENERIC:
		break;
	}
	return wanted == INVALID ? NEW : wanted;
}

static void settle_connection(const struct craft *craft, struct hdr_packet *packet)
{
	static const uint32_t states[] = { NEW, ESTABLISHED, RELATED, INVALID, UNTRACKED };
	hdr_value *v = packet->values;
	uint32_t wanted = 0;

	for (size_t i = 0; i < state_count(craft); i++)
		if (v[PKT_CT_STATE] == host_number(states[i], 4))
			wanted = states[i];
	if (!wanted)
		wanted = draw_below(2) ? NEW : ESTABLISHED;
	if (!craft->tracked) {
		v[PKT_CT_STATE] = host_number(NEW, 4);
		v[PKT_CT_DIRECTION] = 0;
		v[PKT_CT_MARK] = 0;
		return;
	}
	wanted = settle_state(craft, packet, wanted);
	v[PKT_CT_STATE] = host_number(wanted, 4);
	if (wanted == NEW && draw_below(3))
		v[PKT_CT_MARK] = 0;
	if (wanted != ESTABLISHED)
		v[PKT_CT_DIRECTION] = 0;
	else if (craft_manner(craft, packet) == MANNER_ANSWER)
		v[PKT_CT_DIRECTION] = 1;
	else if (craft_manner(craft, packet) == MANNER_ASK)
		v[PKT_CT_DIRECTION] = 0;
	else
		v[PKT_CT_DIRECTION] &= 1;
	if (wanted == INVALID || wanted == UNTRACKED)
		v[PKT_CT_MARK] = 0;
}

size_t craft_transport_size(const struct craft *craft, const struct hdr_packet *packet)
{
	size_t size = craft_manner(craft, packet) == MANNER_TCP ? 20 : 8;

	return packet->values[PKT_TRUNCATED] ? (size_t)packet->values[PKT_TRUNCATED] - 1 : size;
}

/* Extension headers before the transport's. */
static size_t extension_size(const struct craft *craft, const struct hdr_packet *packet)
{
	const hdr_value *v = packet->values;

	if (craft->world == PKT_IPV4 || v[PKT_NEXTHDR] == v[PKT_L4PROTO])
		return 0;
	return v[PKT_NEXTHDR] != IPPROTO_FRAGMENT && v[PKT_FRAG_OFF] ? 16 : 8;
}

/* The length field counts from behind the first header in IPv6. */
static void settle_length(const struct craft *craft, struct hdr_packet *packet)
{
	hdr_value least = (craft->world == PKT_IPV4 ? 20 : 0) + extension_size(craft, packet) +
			  craft_transport_size(craft, packet);
	hdr_value *length = &packet->values[PKT_LENGTH];

	if (packet->values[PKT_TRUNCATED])
		*length = least;
	else if (!craft->tested[PKT_LENGTH] || *length < least || *length > LENGTH_MAX - 40)
		*length = least + TRAILER_SIZE;
}

void craft_settle(const struct craft *craft, struct hdr_packet *packet)
{
	hdr_value *v = packet->values;
	size_t link = craft_link(craft, packet);
	uint8_t mac[6] = { 2, 0 };

	v[PKT_IIFNAME] = name_number(craft->wires->names[link]);
	v[PKT_OIFNAME] = name_number(craft->wires->names[craft->out]);
	v[PKT_IIFTYPE] = v[PKT_OIFTYPE] = host_number(1, 2);
	v[PKT_PKTTYPE] = 0;
	v[PKT_ETHER_DADDR] = get_number(craft->wires->macs[link], 6);
	craft_settle_address(craft->world, &v[PKT_SADDR]);
	craft_settle_address(craft->world, &v[PKT_DADDR]);
	if (v[PKT_TTL] < 2)
		v[PKT_TTL] = 64;
	/* Who speaks to himself is his own answer. */
	if (v[PKT_SADDR] == v[PKT_DADDR])
		v[PKT_SADDR] ^= 1;
	/* The kernel gives what has none a number. */
	if (craft->way == SYM_OUTPUT && v[PKT_ID] == 0)
		v[PKT_ID] = 1;
	settle_headers(craft, packet);
	/* What is as long as its header is whole. */
	if (v[PKT_TRUNCATED] > (craft_manner(craft, packet) == MANNER_TCP ? 20 : 8))
		v[PKT_TRUNCATED] = 0;
	settle_connection(craft, packet);
	settle_length(craft, packet);
	if (!craft->marks)
		v[PKT_MARK] = 0;
	if (craft->tested[PKT_ETHER_SADDR]) {
		v[PKT_ETHER_SADDR] &= ~((hdr_value)1 << 40);
	} else {
		mac[1] = v[PKT_CT_STATE] == host_number(UNTRACKED, 4);
		put_number(mac + 2, 4, v[PKT_MARK]);
		v[PKT_ETHER_SADDR] = get_number(mac, 6);
	}
}

/* Marks and what is not tracked come from the sender's Ethernet address, where no rule looks. */
void craft_marks(const struct wires *wires)
{
	char names[LINKS_MAX * 20] = "";

	for (size_t i = 0; i < wires->count; i++) {
		size_t used = strlen(names);

		snprintf(names + used, sizeof(names) - used, "%s\"%s\"", i ? ", " : "",
			wires->names[i]);
	}
	run("nft -f - <<'END'\n"
	    "table netdev judge {\n chain in {\n"
	    "type filter hook ingress devices = { %s } priority -2000;\n"
	    "meta mark set @ll,64,32\n}\n}\n"
	    "table inet judge {\n chain raw {\n"
	    "type filter hook prerouting priority -201;\n"
	    "@ll,56,8 1 notrack\n}\n}\nEND",
		names);
}
