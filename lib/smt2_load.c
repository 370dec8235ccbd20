/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers, and what is loaded into them that stands in no header. */
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "ctstate.h"
#include "smt2_impl.h"

unsigned int smt2_register(uint64_t number)
{
	if (number >= NFT_REG_1 && number <= NFT_REG_4)
		return (unsigned int)(number - NFT_REG_1) * NFT_REG_SIZE;
	if (number >= NFT_REG32_00 && number <= NFT_REG32_15)
		return (unsigned int)(number - NFT_REG32_00) * NFT_REG32_SIZE;
	return SMT2_REGISTERS;
}

/* What is behind the bytes in their last register is zero. */
void smt2_store(struct smt2_run *run, uint64_t number, const struct smt2_byte *bytes, size_t count)
{
	unsigned int at = smt2_register(number);

	for (size_t i = 0; at + i < SMT2_REGISTERS && (i < count || i % NFT_REG32_SIZE); i++)
		run->registers[at + i] =
			i < count ? bytes[i] : (struct smt2_byte){ .kind = SMT2_CONSTANT };
}

void smt2_store_any(struct smt2_run *run, uint64_t number, unsigned int length)
{
	unsigned int at = smt2_register(number);

	for (unsigned int i = at; i < SMT2_REGISTERS && i < at + length; i++)
		run->registers[i] = (struct smt2_byte){ .kind = SMT2_UNSET };
}

void smt2_store_constant(struct smt2_run *run, uint64_t number, const uint8_t *bytes, size_t length)
{
	struct smt2_byte known[SMT2_REGISTERS];

	for (size_t i = 0; i < length; i++)
		known[i] = (struct smt2_byte){ .kind = SMT2_CONSTANT, .value = bytes[i] };
	smt2_store(run, number, known, length);
}

void smt2_store_term(struct smt2_run *run, uint64_t number, const char *term, unsigned int length)
{
	struct smt2_byte bytes[SMT2_REGISTERS];

	for (unsigned int i = 0; i < length; i++)
		bytes[i] = (struct smt2_byte){
			.kind = SMT2_PART, .term = term, .index = i, .of = length
		};
	smt2_store(run, number, bytes, length);
}

static void load_field(struct smt2_run *run, uint64_t target, enum smt2_field field)
{
	smt2_store_term(run, target, run->packet.fields[field],
		smt2_field_bits(run->smt->world, field) / 8);
}

/* One that is not there has an empty name, and no type. Forwarded packets have both of them in
 * forward and behind it; the host's own never came in by one. */
static void load_interface(
	struct smt2_run *run, uint64_t target, enum smt2_field field, bool incoming)
{
	static const uint8_t nothing[16] = { 0 };
	const struct smt2_stage *stage = &run->place->stage;
	bool has_name = field == SMT2_IIFNAME || field == SMT2_OIFNAME;
	bool forwarded = stage->hop_less && run->place->table->family != NFPROTO_NETDEV;
	bool there =
		incoming ? stage->hook != NF_INET_LOCAL_OUT
			 : stage->hook != NF_INET_PRE_ROUTING && stage->hook != NF_INET_LOCAL_IN;

	if (incoming && stage->hook == NF_INET_POST_ROUTING && !forwarded) {
		if (!has_name)
			smt2_may_stop(run);
		smt2_store_any(run, target, sizeof(nothing));
	} else if (there || forwarded) {
		load_field(run, target, field);
	} else {
		if (!has_name)
			smt2_narrow(run, "false");
		smt2_store_constant(run, target, nothing, sizeof(nothing));
	}
}

void smt2_do_meta(struct smt2_run *run, const struct nltree *data)
{
	static const uint8_t families[PKT_WORLDS] = { NFPROTO_IPV4, NFPROTO_IPV6 };
	static const uint8_t types[PKT_WORLDS][2] = { { 0x08, 0x00 }, { 0x86, 0xdd } };
	uint64_t key = smt2_of(data, NFTA_META_KEY), target = smt2_of(data, NFTA_META_DREG);

	if (nltree_has(data, NFTA_META_SREG)) {
		if (key == NFT_META_MARK || key == NFT_META_PKTTYPE)
			smt2_write_field(run, key == NFT_META_MARK ? SMT2_MARK : SMT2_PKTTYPE,
				smt2_of(data, NFTA_META_SREG));
		return;
	}
	switch (key) {
	case NFT_META_NFPROTO:
		smt2_store_constant(run, target, &families[run->smt->world], 1);
		break;
	case NFT_META_PROTOCOL:
		smt2_store_constant(run, target, types[run->smt->world], 2);
		break;
	case NFT_META_L4PROTO:
		load_field(run, target, SMT2_L4PROTO);
		break;
	case NFT_META_MARK:
		load_field(run, target, SMT2_MARK);
		break;
	case NFT_META_PKTTYPE:
		load_field(run, target, SMT2_PKTTYPE);
		break;
	case NFT_META_IIFNAME:
		load_interface(run, target, SMT2_IIFNAME, true);
		break;
	case NFT_META_OIFNAME:
		load_interface(run, target, SMT2_OIFNAME, false);
		break;
	case NFT_META_IIFTYPE:
		load_interface(run, target, SMT2_IIFTYPE, true);
		break;
	case NFT_META_OIFTYPE:
		load_interface(run, target, SMT2_OIFTYPE, false);
		break;
	default:
		smt2_may_stop(run);
		smt2_store_any(run, target, 16);
	}
}

/* Has the packet a connection? After "notrack" nobody knows. */
static const char *has_connection(struct smt2_run *run)
{
	struct smt2 *smt = run->smt;

	if (run->packet.fields[SMT2_CT_STATE] != smt->came.fields[SMT2_CT_STATE])
		return smt2_any(smt);
	return smt2_not(smt, smt->no_connection);
}

void smt2_do_ct(struct smt2_run *run, const struct nltree *data)
{
	static const struct {
		uint32_t key;
		enum smt2_field field;
	} keys[] = {
		{ NFT_CT_DIRECTION, SMT2_CT_DIRECTION },
		{ NFT_CT_MARK, SMT2_CT_MARK },
		{ NFT_CT_STATUS, SMT2_CT_STATUS },
	};
	static const uint32_t nothing = CT_INVALID; /* as the kernel calls it there */
	uint64_t key = smt2_of(data, NFTA_CT_KEY), target = smt2_of(data, NFTA_CT_DREG);

	if (nltree_has(data, NFTA_CT_SREG)) {
		if (key == NFT_CT_MARK)
			smt2_write_field(run, SMT2_CT_MARK, smt2_of(data, NFTA_CT_SREG));
		return;
	}
	if (!run->place->stage.tracked) {
		if (key == NFT_CT_STATE)
			smt2_store_constant(
				run, target, (const uint8_t *)&nothing, sizeof(nothing));
		else
			smt2_narrow(run, "false");
		return;
	}
	if (key == NFT_CT_STATE) {
		load_field(run, target, SMT2_CT_STATE);
		return;
	}
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (keys[i].key == key) {
			smt2_narrow(run, has_connection(run));
			load_field(run, target, keys[i].field);
			return;
		}
	smt2_may_stop(run);
	smt2_store_any(run, target, 16);
}
