/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pkttext.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <netinet/in.h>

#include "addrset.h"
#include "ctstate.h"
#include "record.h"

static void put_bytes(hdr_value value, void *bytes, size_t length)
{
	while (length-- > 0) {
		((uint8_t *)bytes)[length] = (uint8_t)value;
		value >>= 8;
	}
}

void pkttext_interface(hdr_value value, char name[17])
{
	memset(name, 0, 17);
	put_bytes(value, name, 16);
	for (char *at = name; *at; at++)
		if ((unsigned char)*at < ' ' || (unsigned char)*at > '~')
			*at = '?';
}

/* A number that stands in the field as in memory: marks, ct state. */
static uint32_t number_of(hdr_value value)
{
	uint8_t bytes[4];
	uint32_t number;

	put_bytes(value, bytes, sizeof(bytes));
	memcpy(&number, bytes, sizeof(number));
	return number;
}

const char *pkttext_state(hdr_value value)
{
	switch (number_of(value)) {
	case CT_NEW:
		return "new";
	case CT_ESTABLISHED:
		return "established";
	case CT_RELATED:
		return "related";
	case CT_INVALID:
		return "invalid";
	case CT_UNTRACKED:
		return "untracked";
	default:
		return "?";
	}
}

static void address_text(enum pkt_world world, hdr_value value, char text[ADDR_TEXT_MAX])
{
	enum addr_family family = world == PKT_IPV4 ? ADDR_IPV4 : ADDR_IPV6;
	uint8_t bytes[16];

	put_bytes(value, bytes, addr_length(family));
	addr_format(family, bytes, text);
}

enum shape {
	SHAPE_PORTS,
	SHAPE_ICMP,
	SHAPE_OTHER,
};

static enum shape shape_of(enum pkt_world world, const struct hdr_packet *packet)
{
	uint8_t protocol = (uint8_t)packet->values[PKT_L4PROTO];

	for (unsigned int transport = PKT_TCP; transport <= PKT_ICMP; transport <<= 1) {
		const uint8_t *protocols = pkt_protocols(world, (enum pkt_transport)transport);

		for (size_t i = 0; protocols && protocols[i]; i++)
			if (protocols[i] == protocol)
				return transport == PKT_ICMP ? SHAPE_ICMP : SHAPE_PORTS;
	}
	return SHAPE_OTHER;
}

static void protocol_text(uint8_t protocol, char text[16])
{
	const char *name = record_transport_name(protocol);

	if (name)
		snprintf(text, 16, "%s", name);
	else
		snprintf(text, 16, "%u", protocol);
}

__attribute__((format(printf, 2, 3))) static void append(
	char text[PKTTEXT_MAX], const char *format, ...)
{
	size_t length = strlen(text);
	va_list list;

	va_start(list, format);
	vsnprintf(text + length, PKTTEXT_MAX - length, format, list);
	va_end(list);
}

static bool is_later_fragment(enum pkt_world world, const struct hdr_packet *packet)
{
	return packet->values[PKT_FRAG_OFF] & (world == PKT_IPV4 ? 0x1fff : 1);
}

void pkttext(enum pkt_world world, const struct hdr_packet *packet, unsigned int ends,
	char text[PKTTEXT_MAX])
{
	const hdr_value *at = packet->values;
	char name[17], address[ADDR_TEXT_MAX], protocol[16];

	text[0] = '\0';
	if (ends & PKTTEXT_IN) {
		pkttext_interface(at[PKT_IIFNAME], name);
		append(text, "%s ", name);
	}
	address_text(world, at[PKT_SADDR], address);
	append(text, "%s > ", address);
	if (ends & PKTTEXT_OUT) {
		pkttext_interface(at[PKT_OIFNAME], name);
		append(text, "%s ", name);
	}
	address_text(world, at[PKT_DADDR], address);
	protocol_text((uint8_t)at[PKT_L4PROTO], protocol);
	append(text, "%s %s", address, protocol);
	if (is_later_fragment(world, packet))
		append(text, " fragment");
	else if (shape_of(world, packet) == SHAPE_PORTS)
		append(text, " %u > %u", (unsigned int)at[PKT_SPORT], (unsigned int)at[PKT_DPORT]);
	else if (shape_of(world, packet) == SHAPE_ICMP)
		append(text, " type %u code %u", (unsigned int)at[PKT_ICMP_TYPE],
			(unsigned int)at[PKT_ICMP_CODE]);
	append(text, ", %s%s", pkttext_state(at[PKT_CT_STATE]),
		at[PKT_CT_DIRECTION] ? " reply" : "");
	if (at[PKT_CT_MARK])
		append(text, ", ct mark 0x%08x", number_of(at[PKT_CT_MARK]));
	if (at[PKT_MARK])
		append(text, ", mark 0x%08x", number_of(at[PKT_MARK]));
}

static void put_text(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	json_string(json, text);
}

static void put_number(struct json *json, const char *key, unsigned long long number)
{
	json_key(json, key);
	json_unsigned(json, number);
}

void pkttext_json(
	enum pkt_world world, const struct hdr_packet *packet, unsigned int ends, struct json *json)
{
	const hdr_value *at = packet->values;
	char text[ADDR_TEXT_MAX > 17 ? ADDR_TEXT_MAX : 17], protocol[16];

	json_object_begin(json);
	if (ends & PKTTEXT_IN) {
		pkttext_interface(at[PKT_IIFNAME], text);
		put_text(json, "in", text);
	}
	if (ends & PKTTEXT_OUT) {
		pkttext_interface(at[PKT_OIFNAME], text);
		put_text(json, "out", text);
	}
	address_text(world, at[PKT_SADDR], text);
	put_text(json, "source", text);
	address_text(world, at[PKT_DADDR], text);
	put_text(json, "destination", text);
	protocol_text((uint8_t)at[PKT_L4PROTO], protocol);
	put_text(json, "protocol", protocol);
	if (shape_of(world, packet) == SHAPE_PORTS) {
		put_number(json, "source_port", (uint16_t)at[PKT_SPORT]);
		put_number(json, "destination_port", (uint16_t)at[PKT_DPORT]);
	} else if (shape_of(world, packet) == SHAPE_ICMP) {
		put_number(json, "type", (uint8_t)at[PKT_ICMP_TYPE]);
		put_number(json, "code", (uint8_t)at[PKT_ICMP_CODE]);
	}
	put_text(json, "state", pkttext_state(at[PKT_CT_STATE]));
	put_text(json, "direction", at[PKT_CT_DIRECTION] ? "reply" : "original");
	put_number(json, "ct_mark", number_of(at[PKT_CT_MARK]));
	put_number(json, "mark", number_of(at[PKT_MARK]));
	json_key(json, "later_fragment");
	json_bool(json, is_later_fragment(world, packet));
	json_object_end(json);
}
