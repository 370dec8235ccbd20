/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is loaded from headers: where they have which fields. */
#include <string.h>

#include <linux/netfilter/nf_tables.h>
#include <net/if_arp.h>
#include <netinet/in.h>

#include "smt2_impl.h"

struct layout {
	unsigned int first; /* byte of the header */
	enum smt2_field field;
};
#define END_OF_LAYOUT SMT2_FIELDS

static const struct layout ethernet[] = { { 0, SMT2_ETHER_DADDR }, { 6, SMT2_ETHER_SADDR },
	{ 0, END_OF_LAYOUT } };
static const struct layout ip4[] = { { 1, SMT2_TOS }, { 2, SMT2_LENGTH }, { 4, SMT2_ID },
	{ 6, SMT2_FRAGMENT }, { 8, SMT2_TTL }, { 9, SMT2_L4PROTO }, { 12, SMT2_SADDR },
	{ 16, SMT2_DADDR }, { 0, END_OF_LAYOUT } };
static const struct layout ip6[] = { { 0, SMT2_FLOW }, { 4, SMT2_LENGTH }, { 6, SMT2_NEXTHDR },
	{ 7, SMT2_TTL }, { 8, SMT2_SADDR }, { 24, SMT2_DADDR }, { 0, END_OF_LAYOUT } };
static const struct layout tcp[] = { { 0, SMT2_SPORT }, { 2, SMT2_DPORT }, { 13, SMT2_TCP_FLAGS },
	{ 0, END_OF_LAYOUT } };
static const struct layout ports[] = { { 0, SMT2_SPORT }, { 2, SMT2_DPORT }, { 0, END_OF_LAYOUT } };
static const struct layout icmp[] = { { 0, SMT2_ICMP_TYPE }, { 1, SMT2_ICMP_CODE },
	{ 0, END_OF_LAYOUT } };
static const struct layout nothing[] = { { 0, END_OF_LAYOUT } };

static const struct {
	const struct layout *layout;
	uint8_t protocols[PKT_WORLDS][4];
} transports[] = {
	{ tcp, { { IPPROTO_TCP }, { IPPROTO_TCP } } },
	{ ports, { { IPPROTO_UDP, IPPROTO_DCCP, IPPROTO_SCTP, IPPROTO_UDPLITE },
			 { IPPROTO_UDP, IPPROTO_DCCP, IPPROTO_SCTP, IPPROTO_UDPLITE } } },
	{ icmp, { { IPPROTO_ICMP }, { IPPROTO_ICMPV6 } } },
};
#define TRANSPORTS (sizeof(transports) / sizeof(transports[0]))

/* The field that has a byte of a header; END_OF_LAYOUT: none. */
static enum smt2_field field_at(const struct smt2 *smt, const struct layout *layout,
	uint64_t offset, unsigned int *ret_index)
{
	for (; layout->field != END_OF_LAYOUT; layout++)
		if (offset >= layout->first &&
			offset < layout->first + smt2_field_bits(smt->world, layout->field) / 8) {
			*ret_index = (unsigned int)(offset - layout->first);
			return layout->field;
		}
	return END_OF_LAYOUT;
}

/* A byte that is in no field: the same each time it is read from a packet that no rule changes. */
static struct smt2_byte other_byte(struct smt2_run *run, const char *header, uint64_t offset)
{
	struct smt2 *smt = run->smt;

	if (!header || !smt->unchanged || offset >= SMT2_REGISTERS)
		return (struct smt2_byte){ .kind = SMT2_UNSET };
	const char **place = &smt->raw[offset];

	if (!*place) {
		*place = smt2_format(smt, "%s.%s.%u", smt->world == PKT_IPV4 ? "ip4" : "ip6",
			header, (unsigned int)offset);
		fprintf(smt->body, "(declare-const %s (_ BitVec 8))\n", *place);
	}
	return (struct smt2_byte){ .kind = SMT2_PART, .term = *place, .index = 0, .of = 1 };
}

static struct smt2_byte byte_at(
	struct smt2_run *run, const struct layout *layout, const char *header, uint64_t offset)
{
	struct smt2 *smt = run->smt;
	unsigned int index = 0;
	enum smt2_field field = field_at(smt, layout, offset, &index);

	if (field == END_OF_LAYOUT)
		return other_byte(run, header, offset);
	const char *term = run->packet.fields[field];

	if (field == SMT2_TTL && run->place->stage.hop_less)
		term = smt2_name_bits(smt, 8, smt2_format(smt, "(bvsub %s #x01)", term));
	return (struct smt2_byte){ .kind = SMT2_PART,
		.term = term,
		.index = index,
		.of = smt2_field_bits(smt->world, field) / 8 };
}

static const char *bytes_of(struct smt2_run *run, const struct layout *layout, const char *header,
	uint64_t offset, unsigned int length)
{
	struct smt2_byte bytes[SMT2_REGISTERS];

	for (unsigned int i = 0; i < length; i++)
		bytes[i] = byte_at(run, layout, header, offset + i);
	return smt2_bytes(run->smt, bytes, length);
}

static void load_header(struct smt2_run *run, uint64_t target, const struct layout *layout,
	uint64_t offset, unsigned int length)
{
	struct smt2_byte bytes[SMT2_REGISTERS];

	for (unsigned int i = 0; i < length; i++)
		bytes[i] = byte_at(run, layout, NULL, offset + i);
	smt2_store(run, target, bytes, length);
}

static const char *is_transport(struct smt2_run *run, size_t transport)
{
	const uint8_t *protocols = transports[transport].protocols[run->smt->world];
	const char *any = "false";

	/* By the protocol as it came: no rule can change it but by what makes it free. */
	for (size_t i = 0; i < 4 && protocols[i]; i++)
		any = smt2_or(run->smt, any,
			smt2_format(run->smt, "(= %s #x%02x)", run->packet.fields[SMT2_L4PROTO],
				protocols[i]));
	return any;
}

/* Are there no later fragments here? Where the kernel puts packets together. */
static bool is_whole(const struct smt2_run *run)
{
	const struct smt2 *smt = run->smt;

	return smt->keeps_connections &&
	       run->packet.fields[SMT2_FRAGMENT] == smt->came.fields[SMT2_FRAGMENT];
}

/* Of a later fragment, and of protocols that are not known, the bytes are in no field. */
static void load_transport(
	struct smt2_run *run, uint64_t target, uint64_t offset, unsigned int length)
{
	struct smt2 *smt = run->smt;
	const char *term = bytes_of(run, nothing, "transport", offset, length);

	for (size_t i = 0; i < TRANSPORTS; i++)
		term = smt2_format(smt, "(ite %s %s %s)", is_transport(run, i),
			bytes_of(run, transports[i].layout, "transport", offset, length), term);
	if (!is_whole(run))
		term = smt2_format(smt, "(ite %s %s %s)",
			smt2_later(smt, run->packet.fields[SMT2_FRAGMENT]),
			bytes_of(run, nothing, NULL, offset, length), term);
	smt2_store_term(run, target, smt2_name_bits(smt, 8 * length, term), length);
}

/* A packet that is cut off before its end fails, a later fragment may. */
static void come_to_transport(struct smt2_run *run, uint64_t end)
{
	struct smt2 *smt = run->smt;
	const char *cut = run->packet.fields[SMT2_CUT];
	const char *enough = smt2_format(smt, "(or (= %s #x00) (bvult #x%02x %s))", cut,
		(unsigned int)(end < 255 ? end : 255), cut);

	if (end > 255)
		smt2_may_stop(run);
	if (is_whole(run))
		smt2_narrow(run, enough);
	else
		smt2_narrow(run, smt2_format(smt, "(ite %s %s %s)",
					 smt2_later(smt, run->packet.fields[SMT2_FRAGMENT]),
					 smt2_any(smt), enough));
}

static const struct layout *layout_of(const struct smt2 *smt, uint64_t base)
{
	if (base == NFT_PAYLOAD_NETWORK_HEADER)
		return smt->world == PKT_IPV4 ? ip4 : ip6;
	return base == NFT_PAYLOAD_LL_HEADER ? ethernet : nothing;
}

/* All fields that a write touches are free from then on. */
static void write_payload(struct smt2_run *run, const struct nltree *data)
{
	uint64_t base = smt2_of(data, NFTA_PAYLOAD_BASE),
		 offset = smt2_of(data, NFTA_PAYLOAD_OFFSET),
		 length = smt2_of(data, NFTA_PAYLOAD_LEN);
	unsigned int index;

	smt2_note(run);
	if (length == 0 || length > SMT2_REGISTERS) {
		smt2_forget_all(run);
		return;
	}
	for (uint64_t i = offset; i < offset + length; i++) {
		enum smt2_field field = field_at(run->smt, layout_of(run->smt, base), i, &index);

		if (base != NFT_PAYLOAD_TRANSPORT_HEADER && field != END_OF_LAYOUT)
			smt2_forget_field(run, field);
		for (size_t k = 0; base == NFT_PAYLOAD_TRANSPORT_HEADER && k < TRANSPORTS; k++) {
			field = field_at(run->smt, transports[k].layout, i, &index);
			if (field != END_OF_LAYOUT)
				smt2_forget_field(run, field);
		}
	}
}

void smt2_do_payload(struct smt2_run *run, const struct nltree *data)
{
	static const uint16_t ether = ARPHRD_ETHER;
	uint64_t base = smt2_of(data, NFTA_PAYLOAD_BASE),
		 offset = smt2_of(data, NFTA_PAYLOAD_OFFSET),
		 length = smt2_of(data, NFTA_PAYLOAD_LEN),
		 target = smt2_of(data, NFTA_PAYLOAD_DREG);
	struct smt2 *smt = run->smt;

	if (nltree_has(data, NFTA_PAYLOAD_SREG)) {
		write_payload(run, data);
		return;
	}
	if (length == 0 || length > SMT2_REGISTERS) {
		smt2_may_stop(run);
		return;
	}
	if (base == NFT_PAYLOAD_TRANSPORT_HEADER) {
		come_to_transport(run, offset + length);
		load_transport(run, target, offset, (unsigned int)length);
		return;
	}
	/* Without an Ethernet header there may be something else. */
	if (base != NFT_PAYLOAD_NETWORK_HEADER)
		smt2_narrow(
			run, smt2_format(smt, "(or (= %s %s) %s)", smt->came.fields[SMT2_IIFTYPE],
				     smt2_hex(smt, &ether, sizeof(ether)), smt2_any(smt)));
	load_header(run, target, layout_of(smt, base), offset, (unsigned int)length);
}
