/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Expressions that load registers, and that write packets. */
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "ctstate.h"
#include "symrule_impl.h"

/* What a byte of a field is loaded as. One that may have been rewritten is free; while tests are
 * noted none is: what is found not to be rewritten after all is tested. */
static struct pkt_byte load_byte(struct sym_run *run, struct pkt_byte byte)
{
	const struct symexec *exec = run->exec;

	if (byte.kind != PKT_BYTE_FIELD)
		return byte;
	byte.minus = byte.field == PKT_TTL && run->place->stage.hop_less;
	if (exec->noting)
		return byte;
	if (run->dirty.fields[byte.field] == SYM_BOUNDED)
		return sym_bounded_byte(sym_bounds_of(&run->dirty, byte.field), byte.index);
	if (run->dirty.fields[byte.field] == SYM_WRITTEN)
		return (struct pkt_byte){ .kind = PKT_BYTE_FREE };
	if (run->dirty.fields[byte.field] == SYM_TRANSLATED) {
		/* Which connections are new is not known any more. */
		if (run->dirty.fields[PKT_CT_STATE] != SYM_AS_IT_CAME)
			return (struct pkt_byte){ .kind = PKT_BYTE_FREE };
		byte.translated = true;
	}
	if (!exec->trace)
		return byte;
	if (byte.translated && exec->untranslated == BDD_EMPTY)
		return (struct pkt_byte){ .kind = PKT_BYTE_FREE };
	/* Of the only packet what stands there now: it may be rewritten later. */
	unsigned int bits = pkt_field_bits(exec->world, byte.field);

	return (struct pkt_byte){ .kind = PKT_BYTE_CONSTANT,
		.flip = (uint8_t)((exec->trace->packet.values[byte.field] >>
					  (bits - 8 * (byte.index + 1u))) -
				  byte.minus) };
}

static void load_clean(
	struct sym_run *run, uint64_t target, struct pkt_load *loads, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		for (unsigned int k = 0; k < loads[i].length; k++)
			loads[i].bytes[k] = load_byte(run, loads[i].bytes[k]);
	sym_store(run, target, loads, count);
}

static void load_field(struct sym_run *run, uint64_t target, enum pkt_field field)
{
	struct pkt_load load;

	pkt_load_field(run->exec->world, field, &load);
	load_clean(run, target, &load, 1);
}

/* Does the packet have an incoming, an outgoing interface at this hook? */
static bool has_interface(const struct sym_run *run, bool incoming)
{
	uint32_t hook = run->place->hook;

	return incoming ? hook != NF_INET_LOCAL_OUT && hook != NF_INET_POST_ROUTING
			: hook != NF_INET_PRE_ROUTING && hook != NF_INET_LOCAL_IN;
}

/* One that is not there has an empty name, and no type. */
static void load_interface(
	struct sym_run *run, uint64_t target, enum pkt_field field, bool incoming)
{
	static const uint8_t nothing[16] = { 0 };
	bool has_name = field == PKT_IIFNAME || field == PKT_OIFNAME;
	bool forwarded = run->place->stage.hop_less && run->place->table->family != NFPROTO_NETDEV;

	/* Forwarded packets still have theirs in postrouting, the host's own never had one. */
	if (incoming && run->place->hook == NF_INET_POST_ROUTING && !forwarded) {
		if (!has_name)
			sym_may_stop(run);
		sym_store_free(run, target, 16);
		return;
	}
	if (has_interface(run, incoming) || forwarded) {
		load_field(run, target, field);
		return;
	}
	if (!has_name)
		sym_narrow(run, SYM_NEVER);
	sym_load_constant(run, target, nothing, sizeof(nothing));
}

void sym_do_meta(struct sym_run *run, const struct nltree *data)
{
	static const uint8_t families[PKT_WORLDS] = { NFPROTO_IPV4, NFPROTO_IPV6 };
	static const uint8_t types[PKT_WORLDS][2] = { { 0x08, 0x00 }, { 0x86, 0xdd } };
	uint64_t key = sym_number(data, NFTA_META_KEY), target = sym_number(data, NFTA_META_DREG);

	if (nltree_has(data, NFTA_META_SREG)) {
		if (key == NFT_META_MARK)
			sym_rewrite_from(run, PKT_MARK, sym_number(data, NFTA_META_SREG));
		else if (key == NFT_META_PKTTYPE)
			sym_rewrite_from(run, PKT_PKTTYPE, sym_number(data, NFTA_META_SREG));
		return;
	}
	switch (key) {
	case NFT_META_NFPROTO:
		sym_load_constant(run, target, &families[run->exec->world], 1);
		break;
	case NFT_META_PROTOCOL:
		sym_load_constant(run, target, types[run->exec->world], 2);
		break;
	case NFT_META_L4PROTO:
		load_field(run, target, PKT_L4PROTO);
		break;
	case NFT_META_MARK:
		load_field(run, target, PKT_MARK);
		break;
	case NFT_META_PKTTYPE:
		load_field(run, target, PKT_PKTTYPE);
		break;
	case NFT_META_IIFNAME:
		load_interface(run, target, PKT_IIFNAME, true);
		break;
	case NFT_META_OIFNAME:
		load_interface(run, target, PKT_OIFNAME, false);
		break;
	case NFT_META_IIFTYPE:
		load_interface(run, target, PKT_IIFTYPE, true);
		break;
	case NFT_META_OIFTYPE:
		load_interface(run, target, PKT_OIFTYPE, false);
		break;
	default:
		sym_may_stop(run);
		sym_store_free(run, target, 16);
	}
}

void sym_do_ct(struct sym_run *run, const struct nltree *data)
{
	static const uint32_t untracked = CT_INVALID; /* as the kernel calls it there */
	uint64_t key = sym_number(data, NFTA_CT_KEY), target = sym_number(data, NFTA_CT_DREG);
	bdd_node connection = sym_not(run->exec, run->exec->no_connection);
	struct sym_match has_one = { connection, connection };

	if (nltree_has(data, NFTA_CT_SREG)) {
		if (key == NFT_CT_MARK)
			sym_rewrite_from(run, PKT_CT_MARK, sym_number(data, NFTA_CT_SREG));
		return;
	}
	if (!run->place->stage.tracked) {
		/* Nothing is known of a connection yet. */
		if (key == NFT_CT_STATE)
			sym_load_constant(run, target, &untracked, sizeof(untracked));
		else
			sym_narrow(run, SYM_NEVER);
		return;
	}
	if (run->dirty.fields[PKT_CT_STATE] != SYM_AS_IT_CAME)
		has_one = SYM_UNKNOWN;
	switch (key) {
	case NFT_CT_STATE:
		load_field(run, target, PKT_CT_STATE);
		break;
	case NFT_CT_DIRECTION:
		sym_narrow(run, has_one);
		load_field(run, target, PKT_CT_DIRECTION);
		break;
	case NFT_CT_MARK:
		sym_narrow(run, has_one);
		load_field(run, target, PKT_CT_MARK);
		break;
	case NFT_CT_STATUS:
		sym_narrow(run, has_one);
		load_field(run, target, PKT_CT_STATUS);
		break;
	default:
		sym_may_stop(run);
		sym_store_free(run, target, 16);
	}
}

/* Which field does a write of the packet change? All that it touches. */
static void write_payload(struct sym_run *run, const struct nltree *data)
{
	struct pkt_load loads[PKT_TRANSPORTS];
	uint64_t length = sym_number(data, NFTA_PAYLOAD_LEN);

	if (length == 0 || length > PKT_BYTES_MAX) {
		sym_rewrite_all(run);
		return;
	}
	unsigned int count =
		pkt_load_payload(run->exec->world, (uint32_t)sym_number(data, NFTA_PAYLOAD_BASE),
			(uint32_t)sym_number(data, NFTA_PAYLOAD_OFFSET), (uint32_t)length, loads);

	for (unsigned int i = 0; i < count; i++)
		for (unsigned int k = 0; k < loads[i].length; k++)
			if (loads[i].bytes[k].kind == PKT_BYTE_FIELD)
				sym_rewrite(run, loads[i].bytes[k].field);
	sym_run_doubt(run, SYM_DOUBT_REWRITE);
}

/* Only packets with so many bytes of a transport header go on; and perhaps the later fragments of
 * others, where they are not put together. */
static void come_to_transport(struct sym_run *run, uint64_t end)
{
	const struct hdr_range too_short = { 1, end < 255 ? end : 255 };
	struct symexec *exec = run->exec;
	bdd_node whole = sym_not(exec, exec->later_fragment);
	/* Of a later fragment it begins with what tells that it is one, in IPv6. */
	bdd_node cut = sym_and(
		exec, whole, sym_test(exec, pkt_slice(exec->world, PKT_TRUNCATED), too_short));
	bdd_node there = sym_not(exec, cut), first = sym_and(exec, there, whole);

	if (end > 255)
		sym_may_stop(run);
	sym_narrow(run, (struct sym_match){ sym_meets_pieces(run) ? there : first, first });
}

void sym_do_payload(struct sym_run *run, const struct nltree *data)
{
	uint64_t base = sym_number(data, NFTA_PAYLOAD_BASE),
		 length = sym_number(data, NFTA_PAYLOAD_LEN);
	struct pkt_load loads[PKT_TRANSPORTS];

	if (nltree_has(data, NFTA_PAYLOAD_SREG)) {
		write_payload(run, data);
		return;
	}
	if (base == NFT_PAYLOAD_TRANSPORT_HEADER) {
		come_to_transport(run, sym_number(data, NFTA_PAYLOAD_OFFSET) + length);
	} else if (base != NFT_PAYLOAD_NETWORK_HEADER) {
		/* Without an Ethernet header there may be something else. */
		sym_narrow(run, (struct sym_match){ BDD_ALL, run->exec->ethernet });
	}
	if (length == 0 || length > PKT_BYTES_MAX) {
		sym_may_stop(run);
		return;
	}
	unsigned int count = pkt_load_payload(run->exec->world, (uint32_t)base,
		(uint32_t)sym_number(data, NFTA_PAYLOAD_OFFSET), (uint32_t)length, loads);

	load_clean(run, sym_number(data, NFTA_PAYLOAD_DREG), loads, count);
}

/* Registers to registers ----------------------------------------------------------------------- */

void sym_do_bitwise(struct sym_run *run, const struct nltree *data)
{
	uint64_t target = sym_number(data, NFTA_BITWISE_DREG),
		 length = sym_number(data, NFTA_BITWISE_LEN);
	struct sym_loaded *from = sym_loaded_at(run, sym_number(data, NFTA_BITWISE_SREG), length);
	size_t mask_length, flip_length;
	const uint8_t *mask = sym_bytes(data, NFTA_BITWISE_MASK, &mask_length);
	const uint8_t *flip = sym_bytes(data, NFTA_BITWISE_XOR, &flip_length);

	if (!from || nltree_number(data, NFTA_BITWISE_OP, 0) != NFT_BITWISE_BOOL || !mask ||
		!flip || mask_length != length || flip_length != length) {
		sym_store_free(run, target, PKT_BYTES_MAX);
		return;
	}
	struct sym_loaded copy = *from;

	for (unsigned int i = 0; i < copy.count; i++) {
		copy.loads[i].length = (unsigned int)length;
		for (uint64_t k = 0; k < length; k++) {
			struct pkt_byte *byte = &copy.loads[i].bytes[k];

			/* Of a part of a number nothing is known. */
			if (byte->kind == PKT_BYTE_BOUNDED)
				*byte = (struct pkt_byte){ .kind = PKT_BYTE_FREE };
			byte->mask &= mask[k];
			byte->flip = (uint8_t)((byte->flip & mask[k]) ^ flip[k]);
			/* Nothing is left of it. */
			if (mask[k] == 0)
				byte->kind = PKT_BYTE_CONSTANT;
		}
	}
	sym_store(run, target, copy.loads, copy.count);
}

/* On a machine that stores the least significant byte first both directions turn bytes round. */
void sym_do_byteorder(struct sym_run *run, const struct nltree *data)
{
	uint64_t target = sym_number(data, NFTA_BYTEORDER_DREG);
	uint64_t length = sym_number(data, NFTA_BYTEORDER_LEN),
		 size = sym_number(data, NFTA_BYTEORDER_SIZE);
	struct sym_loaded *from = sym_loaded_at(run, sym_number(data, NFTA_BYTEORDER_SREG), length);

	if (!from || (size != 2 && size != 4 && size != 8)) {
		sym_store_free(run, target, PKT_BYTES_MAX);
		return;
	}
	struct sym_loaded copy = *from;

	for (unsigned int i = 0; i < copy.count; i++) {
		struct pkt_load *load = &copy.loads[i];

		load->length = (unsigned int)length;
		for (uint64_t k = 0; k < length; k++)
			if (load->bytes[k].kind == PKT_BYTE_BOUNDED)
				load->bytes[k] = (struct pkt_byte){ .kind = PKT_BYTE_FREE };
		for (uint64_t k = 0;
			k + size <= length && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__; k += size)
			for (uint64_t n = 0; n < size / 2; n++) {
				struct pkt_byte byte = load->bytes[k + n];

				load->bytes[k + n] = load->bytes[k + size - 1 - n];
				load->bytes[k + size - 1 - n] = byte;
			}
	}
	sym_store(run, target, copy.loads, copy.count);
}
