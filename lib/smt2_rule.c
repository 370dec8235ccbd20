/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One rule: its expressions from left to right. One that fails ends the rule, and the next one goes
 * on. */
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "smt2_impl.h"

uint64_t smt2_of(const struct nltree *data, uint16_t attribute)
{
	return nltree_number(data, attribute, UINT32_MAX);
}

const uint8_t *smt2_value(const struct nltree *data, uint16_t attribute, size_t *ret_length)
{
	return nltree_bytes(nltree_find(data, attribute), NFTA_DATA_VALUE, ret_length);
}

/* What expressions do ----------------------------------------------------------------------------
 */

void smt2_narrow(struct smt2_run *run, const char *condition)
{
	run->alive = smt2_name(run->smt, smt2_and(run->smt, run->alive, condition));
	run->ended |= smt2_is(run->alive, "false");
}

/* Something is left free here: it is told in the head of the file. */
void smt2_note(struct smt2_run *run)
{
	const struct smt2_place *place = run->place;
	struct smt2 *smt = run->smt;
	const char *note = smt2_format(smt, "%s %s, handle %llu: %s", snap_table_name(place->table),
		snap_chain_name(place->chain),
		(unsigned long long)nltree_number(place->rule, NFTA_RULE_HANDLE, 0),
		run->expression);

	for (size_t i = smt->notes.count; i > 0; i--)
		if (strcmp(smt->notes.items[i - 1], note) == 0)
			return;
	smt2_list_add(smt, &smt->notes, note);
}

void smt2_may_stop(struct smt2_run *run)
{
	smt2_note(run);
	smt2_narrow(run, smt2_any(run->smt));
}

void smt2_forget_field(struct smt2_run *run, enum smt2_field field)
{
	unsigned int bits = smt2_field_bits(run->smt->world, field);

	if (bits)
		run->packet.fields[field] = smt2_any_bits(run->smt, bits);
}

void smt2_forget_all(struct smt2_run *run)
{
	for (unsigned int i = 0; i < SMT2_FIELDS; i++)
		smt2_forget_field(run, i);
}

/* Who has come so far has what a register holds in the field from here on. */
void smt2_write_field(struct smt2_run *run, enum smt2_field field, uint64_t source)
{
	struct smt2 *smt = run->smt;
	unsigned int bits = smt2_field_bits(smt->world, field), at = smt2_register(source);

	if (at + bits / 8 > SMT2_REGISTERS) {
		smt2_note(run);
		smt2_forget_field(run, field);
		return;
	}
	run->packet.fields[field] = smt2_name_bits(smt, bits,
		smt2_format(smt, "(ite %s %s %s)", run->alive,
			smt2_bytes(smt, run->registers + at, bits / 8), run->packet.fields[field]));
}

/* Registers ------------------------------------------------------------------------------------ */

static void do_bitwise(struct smt2_run *run, const struct nltree *data)
{
	uint64_t target = smt2_of(data, NFTA_BITWISE_DREG),
		 length = smt2_of(data, NFTA_BITWISE_LEN);
	unsigned int at = smt2_register(smt2_of(data, NFTA_BITWISE_SREG));
	size_t mask_length, flip_length;
	const uint8_t *mask = smt2_value(data, NFTA_BITWISE_MASK, &mask_length);
	const uint8_t *flip = smt2_value(data, NFTA_BITWISE_XOR, &flip_length);
	struct smt2 *smt = run->smt;

	if (nltree_number(data, NFTA_BITWISE_OP, 0) != NFT_BITWISE_BOOL || !mask || !flip ||
		length == 0 || length > SMT2_REGISTERS || at + length > SMT2_REGISTERS ||
		mask_length != length || flip_length != length) {
		smt2_note(run);
		smt2_store_any(run, target, SMT2_REGISTERS);
		return;
	}
	smt2_store_term(run, target,
		smt2_name_bits(smt, (unsigned int)(8 * length),
			smt2_format(smt, "(bvxor (bvand %s %s) %s)",
				smt2_bytes(smt, run->registers + at, length),
				smt2_hex(smt, mask, length), smt2_hex(smt, flip, length))),
		(unsigned int)length);
}

/* On a machine that stores the least significant byte first both directions turn bytes round, in
 * whole numbers alone: what is left behind the last one stays. */
static void do_byteorder(struct smt2_run *run, const struct nltree *data)
{
	uint64_t size = smt2_of(data, NFTA_BYTEORDER_SIZE),
		 length = smt2_of(data, NFTA_BYTEORDER_LEN);
	unsigned int from = smt2_register(smt2_of(data, NFTA_BYTEORDER_SREG));
	unsigned int to = smt2_register(smt2_of(data, NFTA_BYTEORDER_DREG));
	struct smt2_byte bytes[SMT2_REGISTERS];

	if ((size != 2 && size != 4 && size != 8) || length > SMT2_REGISTERS ||
		from + length > SMT2_REGISTERS || to + length > SMT2_REGISTERS) {
		smt2_note(run);
		memset(run->registers, 0, sizeof(run->registers));
		return;
	}
	bool turn = __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__;

	length -= length % size;
	for (uint64_t i = 0; i < length; i++)
		bytes[i] =
			run->registers[from + (turn ? i / size * size + size - 1 - i % size : i)];
	memcpy(run->registers + to, bytes, length * sizeof(bytes[0]));
}

/* Tests ---------------------------------------------------------------------------------------- */

static bool all_known(const struct smt2_byte *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (bytes[i].kind != SMT2_CONSTANT)
			return false;
	return true;
}

static void do_cmp(struct smt2_run *run, const struct nltree *data)
{
	static const char *const relations[] = {
		[NFT_CMP_EQ] = "=",
		[NFT_CMP_NEQ] = "distinct",
		[NFT_CMP_LT] = "bvult",
		[NFT_CMP_LTE] = "bvule",
		[NFT_CMP_GT] = "bvugt",
		[NFT_CMP_GTE] = "bvuge",
	};
	uint64_t operation = smt2_of(data, NFTA_CMP_OP);
	unsigned int at = smt2_register(smt2_of(data, NFTA_CMP_SREG));
	struct smt2 *smt = run->smt;
	size_t length;
	const uint8_t *bytes = smt2_value(data, NFTA_CMP_DATA, &length);

	if (!bytes || length == 0 || at + length > SMT2_REGISTERS || operation > NFT_CMP_GTE) {
		smt2_may_stop(run);
		return;
	}
	if (operation <= NFT_CMP_NEQ && all_known(run->registers + at, length)) {
		bool same = smt2_is(
			smt2_bytes(smt, run->registers + at, length), smt2_hex(smt, bytes, length));

		smt2_narrow(run, same == (operation == NFT_CMP_EQ) ? "true" : "false");
		return;
	}
	smt2_narrow(run, smt2_format(smt, "(%s %s %s)", relations[operation],
				 smt2_bytes(smt, run->registers + at, length),
				 smt2_hex(smt, bytes, length)));
}

static void do_range(struct smt2_run *run, const struct nltree *data)
{
	unsigned int at = smt2_register(smt2_of(data, NFTA_RANGE_SREG));
	size_t length, last_length;
	const uint8_t *first = smt2_value(data, NFTA_RANGE_FROM_DATA, &length);
	const uint8_t *last = smt2_value(data, NFTA_RANGE_TO_DATA, &last_length);
	struct smt2 *smt = run->smt;

	if (!first || !last || length != last_length || length == 0 ||
		at + length > SMT2_REGISTERS) {
		smt2_may_stop(run);
		return;
	}
	const char *term = smt2_name_bits(
		smt, (unsigned int)(8 * length), smt2_bytes(smt, run->registers + at, length));
	const char *inside = smt2_between(smt, term, first, last, length);

	smt2_narrow(run,
		smt2_of(data, NFTA_RANGE_OP) == NFT_RANGE_NEQ ? smt2_not(smt, inside) : inside);
}

/* Others --------------------------------------------------------------------------------------- */

static void do_nothing(struct smt2_run *run, const struct nltree *data)
{
	(void)run;
	(void)data;
}

static void do_stop_some(struct smt2_run *run, const struct nltree *data)
{
	(void)data;
	smt2_may_stop(run);
}

/* What is loaded is not translated, nor where to: all registers are free. */
static void do_load(struct smt2_run *run, const struct nltree *data)
{
	(void)data;
	smt2_may_stop(run);
	memset(run->registers, 0, sizeof(run->registers));
}

static void do_reject(struct smt2_run *run, const struct nltree *data)
{
	(void)data;
	smt2_leave(run, false);
}

/* Of a chain of type nat; the packet is accepted there. */
static void translate(struct smt2_run *run, bool source)
{
	smt2_note(run);
	smt2_forget_field(run, source ? SMT2_SADDR : SMT2_DADDR);
	smt2_forget_field(run, source ? SMT2_SPORT : SMT2_DPORT);
	smt2_leave(run, true);
}

static void do_nat(struct smt2_run *run, const struct nltree *data)
{
	translate(run, smt2_of(data, NFTA_NAT_TYPE) == NFT_NAT_SNAT);
}

static void do_masq(struct smt2_run *run, const struct nltree *data)
{
	(void)data;
	translate(run, true);
}

static void do_redir(struct smt2_run *run, const struct nltree *data)
{
	(void)data;
	translate(run, false);
}

static void do_notrack(struct smt2_run *run, const struct nltree *data)
{
	static const enum smt2_field gone[] = { SMT2_CT_STATE, SMT2_CT_MARK, SMT2_CT_DIRECTION,
		SMT2_CT_STATUS };

	(void)data;
	smt2_note(run);
	for (size_t i = 0; i < sizeof(gone) / sizeof(gone[0]); i++)
		smt2_forget_field(run, gone[i]);
}

/* To whoever lets it go on, or does not. */
static void do_divert(struct smt2_run *run, const struct nltree *data)
{
	(void)data;
	smt2_may_stop(run);
	smt2_leave(run, true);
}

static void do_copy(struct smt2_run *run, const struct nltree *data)
{
	(void)data;
	smt2_note(run);
}

/* Anything may come of it. */
static void do_unknown(struct smt2_run *run, const struct nltree *data)
{
	(void)data;
	smt2_note(run);
	smt2_forget_all(run);
	memset(run->registers, 0, sizeof(run->registers));
	smt2_leave_anyhow(
		run, smt2_name(run->smt, smt2_and(run->smt, run->alive, smt2_any(run->smt))));
}

static void do_object(struct smt2_run *run, const struct nltree *data)
{
	uint64_t type = smt2_of(data, NFTA_OBJREF_IMM_TYPE);

	if (type == NFT_OBJECT_SYNPROXY)
		do_divert(run, data);
	else if (type != NFT_OBJECT_COUNTER)
		smt2_may_stop(run);
}

static void do_exthdr(struct smt2_run *run, const struct nltree *data)
{
	if (nltree_has(data, NFTA_EXTHDR_SREG))
		smt2_may_stop(run);
	else
		do_load(run, data);
}

static const struct {
	const char *name;
	void (*function)(struct smt2_run *run, const struct nltree *data);
} actions[] = {
	{ "bitwise", do_bitwise },
	{ "byteorder", do_byteorder },
	{ "cmp", do_cmp },
	{ "connlimit", do_stop_some },
	{ "counter", do_nothing },
	{ "ct", smt2_do_ct },
	{ "dup", do_copy },
	{ "dynset", do_stop_some },
	{ "exthdr", do_exthdr },
	{ "fib", do_load },
	{ "flow_offload", do_copy },
	{ "fwd", do_divert },
	{ "hash", do_load },
	{ "immediate", smt2_do_immediate },
	{ "last", do_nothing },
	{ "limit", do_stop_some },
	{ "log", do_nothing },
	{ "lookup", smt2_do_lookup },
	{ "masq", do_masq },
	{ "match", do_stop_some },
	{ "meta", smt2_do_meta },
	{ "nat", do_nat },
	{ "notrack", do_notrack },
	{ "numgen", do_load },
	{ "objref", do_object },
	{ "osf", do_load },
	{ "payload", smt2_do_payload },
	{ "queue", do_divert },
	{ "quota", do_stop_some },
	{ "range", do_range },
	{ "redir", do_redir },
	{ "reject", do_reject },
	{ "rt", do_load },
	{ "socket", do_load },
	{ "synproxy", do_divert },
	{ "tproxy", do_divert },
	{ "tunnel", do_load },
	{ "xfrm", do_load },
};

static void do_expression(struct smt2_run *run, const struct nltree *expression)
{
	const char *name = nltree_text(expression, NFTA_EXPR_NAME);

	run->expression = name ? name : "?";
	for (size_t i = 0;
		name && nltree_is_known(expression) && i < sizeof(actions) / sizeof(actions[0]);
		i++)
		if (strcmp(actions[i].name, name) == 0) {
			actions[i].function(run, nltree_find(expression, NFTA_EXPR_DATA));
			return;
		}
	do_unknown(run, expression);
}

void smt2_rule(struct smt2_run *run)
{
	const struct nltree *rule = run->place->rule;
	const struct nltree *list = nltree_find(rule, NFTA_RULE_EXPRESSIONS);

	/* Something of the rule beside its expressions: also of those, it says nothing. */
	for (size_t i = 0; i < rule->count; i++)
		if (rule->children[i].kind == NLTREE_UNKNOWN) {
			run->expression = "rule";
			do_unknown(run, NULL);
		}
	for (size_t i = 0; list && i < list->count && !run->ended && !run->smt->failed; i++)
		do_expression(run, &list->children[i]);
}
