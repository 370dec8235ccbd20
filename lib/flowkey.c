/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "flowkey.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "addrset.h"
#include "compile.h"

const char *flow_set_name(unsigned int generation, enum flow_class class, unsigned int family)
{
	static const char *const names[2][FLOW_CLASS_COUNT][ADDR_FAMILIES] = {
		{
			[FLOW_TCP] = { "flow-tcp4-a", "flow-tcp6-a" },
			[FLOW_UDP] = { "flow-udp4-a", "flow-udp6-a" },
			[FLOW_ICMP] = { "flow-icmp4-a", "flow-icmp6-a" },
			[FLOW_OTHER] = { "flow-other4-a", "flow-other6-a" },
		},
		{
			[FLOW_TCP] = { "flow-tcp4-b", "flow-tcp6-b" },
			[FLOW_UDP] = { "flow-udp4-b", "flow-udp6-b" },
			[FLOW_ICMP] = { "flow-icmp4-b", "flow-icmp6-b" },
			[FLOW_OTHER] = { "flow-other4-b", "flow-other6-b" },
		},
	};
	return names[generation][class][family];
}

const char *flow_spare_name(unsigned int generation, enum flow_class class, unsigned int family)
{
	static const char *const names[2][FLOW_CLASS_COUNT][ADDR_FAMILIES] = {
		{
			[FLOW_TCP] = { "flow-tcp4-spare-a", "flow-tcp6-spare-a" },
			[FLOW_UDP] = { "flow-udp4-spare-a", "flow-udp6-spare-a" },
		},
		{
			[FLOW_TCP] = { "flow-tcp4-spare-b", "flow-tcp6-spare-b" },
			[FLOW_UDP] = { "flow-udp4-spare-b", "flow-udp6-spare-b" },
		},
	};
	return names[generation][class][family];
}

void flow_name(char name[FLOW_NAME_MAX], const char *base, unsigned int generation)
{
	snprintf(name, FLOW_NAME_MAX, "%s-%c", base, generation ? 'b' : 'a');
}

struct flow_key flow_key_other(const struct flow_key *key)
{
	struct flow_key other = *key;
	other.class = FLOW_OTHER;
	other.sport = 0;
	other.dport = 0;
	return other;
}

/* Fields of an element take whole registers. */
#define SLOT 4u

static uint16_t port_at(const uint8_t *slot)
{
	return (uint16_t)(slot[0] << 8 | slot[1]);
}

/* What follows the addresses. */
static void take_rest(struct flow_key *key, unsigned int family, const uint8_t *rest)
{
	switch ((enum flow_class)key->class) {
	case FLOW_TCP:
	case FLOW_UDP:
		key->protocol = key->class == FLOW_TCP ? IPPROTO_TCP : IPPROTO_UDP;
		key->sport = port_at(rest);
		key->dport = port_at(rest + SLOT);
		break;
	case FLOW_ICMP:
		key->protocol = family == ADDR_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
		key->sport = rest[0];
		key->dport = rest[SLOT];
		break;
	case FLOW_OTHER:
		key->protocol = rest[0];
		break;
	case FLOW_CLASS_COUNT:
		break;
	}
}

int flow_key_from_element(unsigned int generation, enum flow_class class, unsigned int family,
	const uint8_t *element, unsigned int length, struct flow_key *ret_key)
{
	if (generation > 1 || class >= FLOW_CLASS_COUNT || family >= ADDR_FAMILIES)
		return -EINVAL;
	unsigned int address = (unsigned int)addr_length((enum addr_family)family);
	unsigned int rest = class == FLOW_OTHER ? SLOT : 2 * SLOT;
	if (length != SLOT + 2 * address + rest)
		return -EINVAL;
	struct flow_key key = {
		.family = (uint8_t)family,
		.class = (uint8_t) class,
		.generation = (uint8_t)generation,
	};
	uint32_t mark;
	memcpy(&mark, element, sizeof(mark));
	key.code = mark & DENY_CODE_MASK;
	memcpy(key.saddr, element + SLOT, address);
	memcpy(key.daddr, element + SLOT + address, address);
	take_rest(&key, family, element + SLOT + 2 * address);
	*ret_key = key;
	return 0;
}
