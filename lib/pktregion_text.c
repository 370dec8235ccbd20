/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Regions in words and as JSON (pktregion.h). */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "addrset.h"
#include "conf_protocol.h"
#include "pktregion.h"
#include "pkttext.h"

#define VALUE_MAX  160
#define VALUES_MAX 6 /* in a line; of more it is said how many */

enum value_kind {
	VALUE_NUMBER,
	VALUE_HEX,
	VALUE_HOST_HEX, /* in memory's order */
	VALUE_NAME,
	VALUE_ADDRESS,
	VALUE_MAC,
	VALUE_PROTOCOL,
	VALUE_ICMP_TYPE,
	VALUE_STATE,
	VALUE_DIRECTION,
};

/* The key is that of JSON; NULL: as nft writes the field. */
static const struct {
	const char *key;
	enum value_kind kind;
} fields[PKT_FIELDS] = {
	[PKT_IIFNAME] = { "in", VALUE_NAME },
	[PKT_IIFTYPE] = { NULL, VALUE_HOST_HEX },
	[PKT_CT_STATE] = { "state", VALUE_STATE },
	[PKT_CT_DIRECTION] = { "direction", VALUE_DIRECTION },
	[PKT_CT_STATUS] = { NULL, VALUE_HOST_HEX },
	[PKT_L4PROTO] = { "protocol", VALUE_PROTOCOL },
	[PKT_FRAG_OFF] = { NULL, VALUE_HEX },
	[PKT_TCP_FLAGS] = { NULL, VALUE_HEX },
	[PKT_ETHER_SADDR] = { NULL, VALUE_MAC },
	[PKT_ETHER_DADDR] = { NULL, VALUE_MAC },
	[PKT_MARK] = { NULL, VALUE_HOST_HEX },
	[PKT_CT_MARK] = { NULL, VALUE_HOST_HEX },
	[PKT_TOS] = { NULL, VALUE_HEX },
	[PKT_FLOW] = { NULL, VALUE_HEX },
	[PKT_NEXTHDR] = { NULL, VALUE_PROTOCOL },
	[PKT_SADDR] = { "source", VALUE_ADDRESS },
	[PKT_OIFNAME] = { "out", VALUE_NAME },
	[PKT_OIFTYPE] = { NULL, VALUE_HOST_HEX },
	[PKT_DADDR] = { "destination", VALUE_ADDRESS },
	[PKT_DPORT] = { "destination_port", VALUE_NUMBER },
	[PKT_SPORT] = { "source_port", VALUE_NUMBER },
	[PKT_ICMP_TYPE] = { "icmp_type", VALUE_ICMP_TYPE },
	[PKT_ICMP_CODE] = { "icmp_code", VALUE_NUMBER },
};

static const char *key_of(enum pkt_field field)
{
	return fields[field].key ? fields[field].key : pkt_field_name(field);
}

/* One value ------------------------------------------------------------------------------------ */

static hdr_value most(unsigned int bits)
{
	return bits >= 128 ? ~(hdr_value)0 : ((hdr_value)1 << bits) - 1;
}

static void put_bytes(hdr_value value, uint8_t *bytes, size_t length)
{
	while (length-- > 0) {
		bytes[length] = (uint8_t)value;
		value >>= 8;
	}
}

/* As it stands in a register, host order: a number. */
static uint64_t host_number(hdr_value value, unsigned int bits)
{
	uint8_t bytes[8] = { 0 };
	uint16_t two;
	uint32_t four;

	put_bytes(value, bytes, bits / 8);
	memcpy(&two, bytes, sizeof(two));
	memcpy(&four, bytes, sizeof(four));
	return bits == 16 ? two : four;
}

static void put_numbered(
	const struct conf_protocol *const *tables, size_t count, unsigned int number, char *text)
{
	for (size_t i = 0; i < count; i++) {
		const struct conf_protocol *known = conf_protocol_numbered(tables[i], number);

		if (known) {
			snprintf(text, VALUE_MAX, "%s", known->name);
			return;
		}
	}
	snprintf(text, VALUE_MAX, "%u", number);
}

static void put_value(enum pkt_world world, enum pkt_field field, hdr_value value, char *text)
{
	static const struct conf_protocol *const protocols[] = { conf_protocol_keys, conf_protocols,
		conf_extension_headers };
	const struct conf_protocol *const types[] = { world == PKT_IPV4 ? conf_icmp_types
									: conf_icmpv6_types };
	unsigned int bits = pkt_field_bits(world, field);
	uint8_t bytes[16];
	char address[ADDR_TEXT_MAX], name[17];

	switch (fields[field].kind) {
	case VALUE_NUMBER:
		snprintf(text, VALUE_MAX, "%" PRIu64, (uint64_t)value);
		return;
	case VALUE_HEX:
		snprintf(text, VALUE_MAX, "0x%" PRIx64, (uint64_t)value);
		return;
	case VALUE_HOST_HEX:
		snprintf(text, VALUE_MAX, "0x%" PRIx64, host_number(value, bits));
		return;
	case VALUE_NAME:
		pkttext_interface(value, name);
		snprintf(text, VALUE_MAX, "%s", name);
		return;
	case VALUE_ADDRESS:
		put_bytes(value, bytes, bits / 8);
		addr_format(world == PKT_IPV4 ? ADDR_IPV4 : ADDR_IPV6, bytes, address);
		snprintf(text, VALUE_MAX, "%s", address);
		return;
	case VALUE_MAC:
		put_bytes(value, bytes, MAC_LENGTH);
		mac_format(bytes, address);
		snprintf(text, VALUE_MAX, "%s", address);
		return;
	case VALUE_PROTOCOL:
		put_numbered(protocols, 3, (unsigned int)value, text);
		return;
	case VALUE_ICMP_TYPE:
		put_numbered(types, 1, (unsigned int)value, text);
		return;
	case VALUE_STATE:
		snprintf(text, VALUE_MAX, "%s", pkttext_state(value));
		return;
	case VALUE_DIRECTION:
		snprintf(text, VALUE_MAX, "%s", value ? "reply" : "original");
		return;
	}
}

/* Ranges --------------------------------------------------------------------------------------- */

/* How many bits the range has in common, when it is all that begins with them; else -1. */
static int prefix_length(struct hdr_range range, unsigned int bits)
{
	for (unsigned int length = 0; length <= bits; length++) {
		hdr_value below = most(bits - length);

		if ((range.first & below) == 0 && range.last == (range.first | below))
			return (int)length;
	}
	return -1;
}

/* Of addresses a prefix, of names what they begin with. False: it is neither. */
static bool put_prefix(
	enum pkt_world world, enum pkt_field field, struct hdr_range range, char *text)
{
	unsigned int bits = pkt_field_bits(world, field);
	int length = prefix_length(range, bits);
	char first[VALUE_MAX];

	if (length < 0)
		return false;
	put_value(world, field, range.first, first);
	if (fields[field].kind == VALUE_ADDRESS)
		snprintf(text, VALUE_MAX, "%.100s/%d", first, length);
	else if (fields[field].kind == VALUE_NAME && length % 8 == 0)
		snprintf(text, VALUE_MAX, "%.100s*", first);
	else
		return false;
	return true;
}

/* Of bits in the middle of a field, as numbers; ranges that are none in that order: as they are
 * compared. */
static void put_raw(enum pkt_world world, enum pkt_field field, struct hdr_range range, char *text)
{
	unsigned int bits = pkt_field_bits(world, field);
	char ends[2][40];
	hdr_value values[2] = { range.first, range.last };

	if (fields[field].kind == VALUE_HOST_HEX && range.first == range.last)
		values[0] = host_number(range.first, bits);

	for (unsigned int i = 0; i < 2; i++) {
		uint64_t high = (uint64_t)(values[i] >> 64), low = (uint64_t)values[i];

		if (high)
			snprintf(ends[i], sizeof(ends[i]), "0x%" PRIx64 "%016" PRIx64, high, low);
		else
			snprintf(ends[i], sizeof(ends[i]), "0x%" PRIx64, low);
	}
	if (range.first == range.last)
		snprintf(text, VALUE_MAX, "%s", ends[0]);
	else
		snprintf(text, VALUE_MAX, "%s-%s", ends[0], ends[1]);
}

static bool is_ordered(enum value_kind kind)
{
	return kind == VALUE_NUMBER || kind == VALUE_HEX || kind == VALUE_ADDRESS ||
	       kind == VALUE_MAC;
}

static void put_range(
	enum pkt_world world, const struct pktregion_part *part, struct hdr_range range, char *text)
{
	enum value_kind kind = fields[part->field].kind;
	char first[VALUE_MAX], last[VALUE_MAX];

	if (part->mask != most(pkt_field_bits(world, part->field))) {
		put_raw(world, part->field, range, text);
	} else if (range.first == range.last) {
		put_value(world, part->field, range.first, text);
	} else if (kind == VALUE_PROTOCOL || kind == VALUE_ICMP_TYPE) {
		snprintf(text, VALUE_MAX, "%u-%u", (unsigned int)range.first,
			(unsigned int)range.last);
	} else if (!put_prefix(world, part->field, range, text)) {
		if (!is_ordered(kind)) {
			put_raw(world, part->field, range, text);
			return;
		}
		put_value(world, part->field, range.first, first);
		put_value(world, part->field, range.last, last);
		snprintf(text, VALUE_MAX, "%.70s-%.70s", first, last);
	}
}

/* Lists of ranges ------------------------------------------------------------------------------ */

/* What a part says, perhaps by what it leaves out. */
struct list {
	struct hdr_range *ranges; /* freed by the caller */
	size_t count;
	bool all_but;
};

/* What is between the ranges of a part of a whole field. */
static size_t gaps(const struct pktregion_part *part, struct hdr_range *ret_gaps)
{
	hdr_value from = 0;
	size_t count = 0;

	for (size_t i = 0; i < part->count; i++) {
		if (part->ranges[i].first > from)
			ret_gaps[count++] = (struct hdr_range){ from, part->ranges[i].first - 1 };
		from = part->ranges[i].last + 1;
		if (part->ranges[i].last == part->mask)
			return count;
	}
	ret_gaps[count++] = (struct hdr_range){ from, part->mask };
	return count;
}

static bool is_shorter_by_gaps(enum pkt_world world, const struct pktregion_part *part,
	struct hdr_range *ret_gaps, size_t *ret_count)
{
	if (part->mask != most(pkt_field_bits(world, part->field)) ||
		fields[part->field].kind == VALUE_STATE)
		return false;
	*ret_count = gaps(part, ret_gaps);
	return *ret_count < part->count ||
	       (part->ranges[0].first == 0 && part->ranges[part->count - 1].last == part->mask);
}

/* False: out of memory. */
static bool list_of(enum pkt_world world, const struct pktregion_part *part, struct list *ret_list)
{
	struct hdr_range *ranges = calloc(part->count + 1, sizeof(*ranges));

	*ret_list = (struct list){ .ranges = ranges };
	if (!ranges)
		return false;
	ret_list->all_but = is_shorter_by_gaps(world, part, ranges, &ret_list->count);
	if (!ret_list->all_but) {
		memcpy(ranges, part->ranges, part->count * sizeof(*ranges));
		ret_list->count = part->count;
	}
	return true;
}

static bool has_field(const struct pktregion *region, enum pkt_field field)
{
	for (size_t i = 0; i < region->count; i++)
		if (region->parts[i].field == field)
			return true;
	return false;
}

/* Words ---------------------------------------------------------------------------------------- */

static void print_list(FILE *out, enum pkt_world world, const struct pktregion_part *part)
{
	struct list list;
	char text[VALUE_MAX];

	if (!list_of(world, part, &list)) {
		fputs("?", out);
		return;
	}
	if (list.all_but)
		fputc('!', out);
	for (size_t i = 0; i < list.count && i < VALUES_MAX; i++) {
		put_range(world, part, list.ranges[i], text);
		fprintf(out, "%s%s", i ? "," : "", text);
	}
	if (list.count > VALUES_MAX)
		fprintf(out, ",+%zu", list.count - VALUES_MAX);
	free(list.ranges);
}

/* All parts of a field, each behind what goes before. True: there were some. */
static bool print_field(FILE *out, enum pkt_world world, const struct pktregion *region,
	enum pkt_field field, const char *before)
{
	bool any = false;

	for (size_t i = 0; i < region->count; i++) {
		if (region->parts[i].field != field)
			continue;
		fputs(before, out);
		print_list(out, world, &region->parts[i]);
		any = true;
	}
	return any;
}

/* An interface, an address, or "any". */
static void print_end(FILE *out, enum pkt_world world, const struct pktregion *region,
	enum pkt_field interface, enum pkt_field address)
{
	bool named = print_field(out, world, region, interface, "");

	if (!print_field(out, world, region, address, named ? " " : "") && !named)
		fputc('*', out);
}

static void print_service(FILE *out, enum pkt_world world, const struct pktregion *region)
{
	bool known = print_field(out, world, region, PKT_L4PROTO, " ");
	bool ports = has_field(region, PKT_DPORT) || has_field(region, PKT_SPORT);

	if (ports && !known)
		fputs(" *", out);
	print_field(out, world, region, PKT_DPORT, " ");
	if (has_field(region, PKT_SPORT)) {
		fputs(" sport", out);
		print_field(out, world, region, PKT_SPORT, " ");
	}
	print_field(out, world, region, PKT_ICMP_TYPE, known ? " " : " icmp ");
	print_field(out, world, region, PKT_ICMP_CODE, "/");
}

/* What is told in its own place. */
static bool has_place(enum pkt_field field)
{
	static const enum pkt_field placed[] = { PKT_IIFNAME, PKT_SADDR, PKT_OIFNAME, PKT_DADDR,
		PKT_L4PROTO, PKT_DPORT, PKT_SPORT, PKT_ICMP_TYPE, PKT_ICMP_CODE };

	for (size_t i = 0; i < sizeof(placed) / sizeof(placed[0]); i++)
		if (placed[i] == field)
			return true;
	return false;
}

/* Of some bits of a field, "tcp flags & 0x2". */
static void put_key(
	enum pkt_world world, const struct pktregion_part *part, const char *field, char *text)
{
	char mask[VALUE_MAX];

	put_raw(world, part->field, (struct hdr_range){ part->mask, part->mask }, mask);
	if (part->mask == most(pkt_field_bits(world, part->field)))
		snprintf(text, VALUE_MAX, "%s", field);
	else
		snprintf(text, VALUE_MAX, "%.60s & %.60s", field, mask);
}

/* What packets of everyday are like anyhow: of Ethernet, whole, with no extension headers. */
static bool is_ordinary(enum pkt_world world, const struct pktregion_part *part)
{
	static const enum pkt_field technical[] = { PKT_IIFTYPE, PKT_OIFTYPE, PKT_TRUNCATED,
		PKT_FRAG_OFF, PKT_TCP_FLAGS, PKT_PKTTYPE, PKT_TOS, PKT_FLOW, PKT_LENGTH, PKT_ID,
		PKT_TTL, PKT_NEXTHDR };
	hdr_value value = pktregion_everyday(world).values[part->field] & part->mask;
	bool found = false;

	for (size_t i = 0; i < part->count; i++)
		found |= value >= part->ranges[i].first && value <= part->ranges[i].last;
	for (size_t i = 0; i < sizeof(technical) / sizeof(technical[0]); i++)
		if (technical[i] == part->field)
			return found;
	return false;
}

static void print_rest(FILE *out, enum pkt_world world, const struct pktregion *region)
{
	char key[VALUE_MAX];

	for (size_t i = 0; i < region->count; i++) {
		const struct pktregion_part *part = &region->parts[i];

		if (has_place(part->field) || is_ordinary(world, part))
			continue;
		put_key(world, part, pkt_field_name(part->field), key);
		fprintf(out, "; %s ", key);
		print_list(out, world, part);
	}
}

void pktregion_print(FILE *out, enum pkt_world world, const struct pktregion *region)
{
	print_end(out, world, region, PKT_IIFNAME, PKT_SADDR);
	fputs(" > ", out);
	print_end(out, world, region, PKT_OIFNAME, PKT_DADDR);
	print_service(out, world, region);
	print_rest(out, world, region);
}

/* JSON ----------------------------------------------------------------------------------------- */

static void write_part(struct json *json, enum pkt_world world, const struct pktregion_part *part)
{
	char key[VALUE_MAX], text[VALUE_MAX];
	struct list list;

	if (!list_of(world, part, &list)) {
		json->failed = true;
		return;
	}
	put_key(world, part, key_of(part->field), key);
	json_key(json, key);
	if (list.all_but) {
		json_object_begin(json);
		json_key(json, "not");
	}
	json_array_begin(json);
	for (size_t i = 0; i < list.count; i++) {
		put_range(world, part, list.ranges[i], text);
		json_string(json, text);
	}
	json_array_end(json);
	if (list.all_but)
		json_object_end(json);
	free(list.ranges);
}

void pktregion_write(
	struct json *json, enum pkt_world world, const struct pktregion *region, unsigned int ends)
{
	json_object_begin(json);
	for (size_t i = 0; i < region->count; i++)
		write_part(json, world, &region->parts[i]);
	json_key(json, "witness");
	pkttext_json(world, &region->witness, ends, json);
	json_object_end(json);
}
