/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sympacket.h"

#include <arpa/inet.h>
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

hdr_value value_of_bytes(const void *bytes, size_t length)
{
	hdr_value value = 0;

	for (size_t i = 0; i < length; i++)
		value = value << 8 | ((const uint8_t *)bytes)[i];
	return value;
}

hdr_value value_of_name(const char *name)
{
	uint8_t bytes[16] = { 0 };

	strncpy((char *)bytes, name, sizeof(bytes) - 1);
	return value_of_bytes(bytes, sizeof(bytes));
}

/* How a field is written. */
enum form { NUMBER, IN_MEMORY, NAME, ADDRESS, MAC };

static const struct {
	const char *name;
	enum pkt_field field;
	enum form form;
	unsigned int length; /* IN_MEMORY */
} fields[] = {
	{ "iif", PKT_IIFNAME, NAME, 0 },
	{ "oif", PKT_OIFNAME, NAME, 0 },
	{ "iiftype", PKT_IIFTYPE, IN_MEMORY, 2 },
	{ "oiftype", PKT_OIFTYPE, IN_MEMORY, 2 },
	{ "state", PKT_CT_STATE, IN_MEMORY, 4 },
	{ "status", PKT_CT_STATUS, IN_MEMORY, 4 },
	{ "mark", PKT_MARK, IN_MEMORY, 4 },
	{ "ctmark", PKT_CT_MARK, IN_MEMORY, 4 },
	{ "direction", PKT_CT_DIRECTION, NUMBER, 0 },
	{ "proto", PKT_L4PROTO, NUMBER, 0 },
	{ "truncated", PKT_TRUNCATED, NUMBER, 0 },
	{ "frag", PKT_FRAG_OFF, NUMBER, 0 },
	{ "flags", PKT_TCP_FLAGS, NUMBER, 0 },
	{ "mac", PKT_ETHER_SADDR, MAC, 0 },
	{ "pkttype", PKT_PKTTYPE, NUMBER, 0 },
	{ "tos", PKT_TOS, NUMBER, 0 },
	{ "flow", PKT_FLOW, NUMBER, 0 },
	{ "length", PKT_LENGTH, NUMBER, 0 },
	{ "id", PKT_ID, NUMBER, 0 },
	{ "ttl", PKT_TTL, NUMBER, 0 },
	{ "nexthdr", PKT_NEXTHDR, NUMBER, 0 },
	{ "saddr", PKT_SADDR, ADDRESS, 0 },
	{ "daddr", PKT_DADDR, ADDRESS, 0 },
	{ "sport", PKT_SPORT, NUMBER, 0 },
	{ "dport", PKT_DPORT, NUMBER, 0 },
	{ "type", PKT_ICMP_TYPE, NUMBER, 0 },
	{ "code", PKT_ICMP_CODE, NUMBER, 0 },
};

static hdr_value parse(enum form form, unsigned int length, const char *text)
{
	uint8_t bytes[16] = { 0 };
	uint32_t number = (uint32_t)strtoul(text, NULL, 0);
	uint16_t small = (uint16_t)number;

	switch (form) {
	case NAME:
		return value_of_name(text);
	case IN_MEMORY:
		return length == 2 ? value_of_bytes(&small, 2) : value_of_bytes(&number, 4);
	case ADDRESS:
		ck_assert_int_eq(inet_pton(strchr(text, ':') ? AF_INET6 : AF_INET, text, bytes), 1);
		return value_of_bytes(bytes, strchr(text, ':') ? 16 : 4);
	case MAC:
		for (unsigned int i = 0; i < 6; i++)
			bytes[i] = (uint8_t)strtoul(text + 3 * (size_t)i, NULL, 16);
		return value_of_bytes(bytes, 6);
	default:
		return number;
	}
}

static void put(struct hdr_packet *packet, const char *name, const char *value)
{
	size_t i = 0;

	while (i < sizeof(fields) / sizeof(fields[0]) && strcmp(fields[i].name, name) != 0)
		i++;
	ck_assert_msg(i < sizeof(fields) / sizeof(fields[0]), "no field %s", name);
	packet->values[fields[i].field] = parse(fields[i].form, fields[i].length, value);
}

struct hdr_packet packet_of(const char *text, enum pkt_world *ret_world)
{
	struct hdr_packet packet = { 0 };
	char copy[512], *rest = copy, *word;

	put(&packet, "iif", "eth0");
	put(&packet, "oif", "eth1");
	put(&packet, "iiftype", "1");
	put(&packet, "oiftype", "1");
	put(&packet, "state", "8");
	put(&packet, "proto", "6");
	put(&packet, "nexthdr", "6");
	*ret_world = PKT_IPV4;
	ck_assert_uint_lt(strlen(text), sizeof(copy));
	strcpy(copy, text);
	while ((word = strsep(&rest, " ")) != NULL) {
		char *value = strchr(word, '=');

		if (*word == '\0')
			continue;
		ck_assert_msg(value != NULL, "no value: %s", word);
		*value++ = '\0';
		put(&packet, word, value);
		if (strstr(word, "addr") && strchr(value, ':'))
			*ret_world = PKT_IPV6;
	}
	return packet;
}
