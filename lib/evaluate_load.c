/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a packet has in the fields that rules read, and which elements hold it. */
#include <string.h>

#include "evaluate_impl.h"

#define NFPROTO_INET4 2 /* NFPROTO_IPV4 of linux/netfilter.h */
#define NFPROTO_INET6 10

static void put_be(uint8_t *bytes, uint32_t value, unsigned int length)
{
	while (length-- > 0) {
		bytes[length] = (uint8_t)value;
		value >>= 8;
	}
}

static bool put_host(uint8_t *bytes, uint32_t value)
{
	memcpy(bytes, &value, sizeof(value));
	return true;
}

static uint8_t nfproto(const struct eval_packet *packet)
{
	return packet->family == ADDR_IPV4 ? NFPROTO_INET4 : NFPROTO_INET6;
}

static bool load_interface(const char *name, uint8_t *bytes)
{
	if (name == NULL)
		return false;
	strncpy((char *)bytes, name, 15); /* IFNAMSIZ - 1 */
	return true;
}

static bool load_meta(const struct evaluation *run, enum selector selector, uint8_t *bytes)
{
	const struct eval_packet *packet = run->packet;

	switch (selector) {
	case SEL_META_IIFNAME:
		return load_interface(packet->iif, bytes);
	case SEL_META_OIFNAME:
		return load_interface(packet->oif, bytes);
	case SEL_META_NFPROTO:
		bytes[0] = nfproto(packet);
		return true;
	case SEL_META_L4PROTO:
		bytes[0] = packet->protocol;
		return true;
	case SEL_META_MARK:
		return put_host(bytes, run->result->mark);
	case SEL_CT_STATE:
		return put_host(bytes, packet->ct_state);
	case SEL_CT_DIRECTION:
		bytes[0] = packet->ct_direction;
		return !packet->no_ct;
	case SEL_CT_MARK:
		return put_host(bytes, run->result->ct_mark) && !packet->no_ct;
	default:
		return false;
	}
}

static bool load_network(const struct eval_packet *packet, enum selector selector, uint8_t *bytes)
{
	size_t length = addr_length(packet->family);

	switch (selector) {
	case SEL_ETHER_SADDR:
		memcpy(bytes, packet->mac, MAC_LENGTH);
		return !packet->no_mac;
	case SEL_IP_SADDR:
	case SEL_IP6_SADDR:
		memcpy(bytes, packet->saddr, length);
		return true;
	case SEL_IP_DADDR:
	case SEL_IP6_DADDR:
		memcpy(bytes, packet->daddr, length);
		return true;
	case SEL_IP_FRAG_OFF:
		put_be(bytes, packet->frag_off, 2);
		return true;
	case SEL_IP6_NEXTHDR:
		bytes[0] = packet->next_header;
		return true;
	case SEL_IP6_HOPLIMIT:
		bytes[0] = packet->hop_limit;
		return true;
	default:
		return false;
	}
}

static bool load_transport(const struct eval_packet *packet, enum selector selector, uint8_t *bytes)
{
	if (packet->truncated)
		return false;
	switch (selector) {
	case SEL_TH_SPORT:
		put_be(bytes, packet->sport, 2);
		return true;
	case SEL_TH_DPORT:
		put_be(bytes, packet->dport, 2);
		return true;
	case SEL_TCP_FLAGS:
		bytes[0] = packet->tcp_flags;
		return true;
	case SEL_ICMP_TYPE:
	case SEL_ICMPV6_TYPE:
		bytes[0] = (uint8_t)(packet->dport >> 8);
		return true;
	case SEL_ICMP_CODE:
	case SEL_ICMPV6_CODE:
		bytes[0] = (uint8_t)packet->dport;
		return true;
	default:
		return false;
	}
}

/* A selector whose condition (family, protocol) is not tested before it would read nonsense. */
static bool is_readable(const struct eval_packet *packet, const struct selector_info *info)
{
	return (!info->needs_nfproto || info->needs_nfproto == nfproto(packet)) &&
	       (!info->needs_l4proto || info->needs_l4proto == packet->protocol);
}

bool eval_load(struct evaluation *run, enum selector selector, uint8_t bytes[16])
{
	const struct selector_info *info = selector_info(selector);

	memset(bytes, 0, 16);
	if (!is_readable(run->packet, info)) {
		eval_doubt(run, DOUBT_SELECTOR, info->name);
		return false;
	}
	if (info->source != SOURCE_PAYLOAD)
		return load_meta(run, selector, bytes);
	if (selector < SEL_TH_SPORT)
		return load_network(run->packet, selector, bytes);
	return load_transport(run->packet, selector, bytes);
}

static bool fits(const struct statement *statement, const struct set *set)
{
	if (statement->selector_count != set->field_count)
		return false;
	for (unsigned int i = 0; i < set->field_count; i++)
		if (selector_info(statement->selectors[i])->field != set->fields[i])
			return false;
	return true;
}

bool eval_load_key(struct evaluation *run, const struct statement *statement, const struct set *set,
	uint8_t key[RULESET_KEY_MAX])
{
	unsigned int at = 0;

	if (!fits(statement, set)) {
		eval_doubt(run, DOUBT_SET, set->name);
		return false;
	}
	for (unsigned int i = 0; i < statement->selector_count; i++) {
		unsigned int slot = field_info(set->fields[i])->slot;
		uint8_t bytes[16];

		if (!eval_load(run, statement->selectors[i], bytes))
			return false;
		memcpy(key + at, bytes, slot);
		at += slot;
	}
	return true;
}

const struct set *eval_set(struct evaluation *run, const struct statement *statement)
{
	const struct set *set = ruleset_find_set(run->ruleset, statement->name);

	if (set == NULL)
		eval_doubt(run, DOUBT_MISSING, statement->name);
	return set;
}

static bool holds(const struct set *set, const uint8_t *element, const uint8_t *key)
{
	unsigned int at = 0;

	if (!(set->flags & SET_INTERVAL))
		return memcmp(element, key, set->key_length) == 0;
	for (unsigned int i = 0; i < set->field_count; i++) {
		unsigned int length = field_info(set->fields[i])->slot;

		if (memcmp(key + at, element + at, length) < 0 ||
			memcmp(key + at, element + set->key_length + at, length) > 0)
			return false;
		at += length;
	}
	return true;
}

const uint8_t *eval_find(struct evaluation *run, const struct set *set, const uint8_t *key)
{
	const uint8_t *found = NULL;

	for (size_t i = 0; i < set->count; i++) {
		const uint8_t *element = set->elements + i * set->stride;

		if (!holds(set, element, key))
			continue;
		if (found != NULL)
			eval_doubt(run, DOUBT_AMBIGUOUS, set->name);
		found = element;
		if (set->lines != NULL)
			run->line = set->lines[i];
	}
	return found;
}
