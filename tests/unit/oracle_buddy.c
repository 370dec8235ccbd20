/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "oracle_buddy.h"

#include <check.h>
#include <dlfcn.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

/* BuDDy's functions, and its numbers of operations. */
enum { OP_AND, OP_XOR, OP_OR };
static struct {
	int (*init)(int, int);
	void (*done)(void);
	int (*setvarnum)(int);
	int (*setmaxincrease)(int);
	int (*ithvar)(int);
	int (*apply)(int, int, int);
	int (*ite)(int, int, int);
	int (*not )(int);
	int (*addref)(int);
	int (*var)(int);
	int (*low)(int);
	int (*high)(int);
	double (*satcount)(int);
	void *(*gbc_hook)(void *);
} lib;

static bool six_now;
static int first_bit[ORACLE_FIELDS + 1];

/* The library ---------------------------------------------------------------------------------- */

bool buddy_open(void)
{
	static const struct {
		const char *name;
		void *place;
	} names[] = { { "bdd_init", &lib.init }, { "bdd_done", &lib.done },
		{ "bdd_setvarnum", &lib.setvarnum }, { "bdd_setmaxincrease", &lib.setmaxincrease },
		{ "bdd_ithvar", &lib.ithvar }, { "bdd_apply", &lib.apply }, { "bdd_ite", &lib.ite },
		{ "bdd_not", &lib.not }, { "bdd_addref", &lib.addref }, { "bdd_var", &lib.var },
		{ "bdd_low", &lib.low }, { "bdd_high", &lib.high },
		{ "bdd_satcount", &lib.satcount }, { "bdd_gbc_hook", &lib.gbc_hook } };
	void *library = dlopen("libbdd.so.0", RTLD_NOW | RTLD_LOCAL);

	for (unsigned int i = 0; library && i < sizeof(names) / sizeof(names[0]); i++) {
		void *function = dlsym(library, names[i].name);

		if (!function)
			return false;
		memcpy(names[i].place, &function, sizeof(function));
	}
	return library != NULL;
}

void buddy_begin(bool six)
{
	int bits = 0;

	for (unsigned int i = 0; i < ORACLE_FIELDS; i++) {
		first_bit[i] = bits;
		bits += 8 * (int)oracle_field_bytes(six, i);
	}
	first_bit[ORACLE_FIELDS] = bits;
	six_now = six;
	ck_assert_int_ge(lib.init(400000, 40000), 0);
	lib.gbc_hook(NULL); /* it would tell of itself */
	lib.setmaxincrease(1000000);
	ck_assert_int_ge(lib.setvarnum(bits), 0);
}

void buddy_end(void)
{
	lib.done();
}

/* Nothing is given back before the end. */
static buddy_set keep(int set)
{
	if (set < 0)
		ck_abort_msg("BuDDy's error %d", set);
	return lib.addref(set);
}

buddy_set buddy_and(buddy_set a, buddy_set b)
{
	return keep(lib.apply(a, b, OP_AND));
}

buddy_set buddy_or(buddy_set a, buddy_set b)
{
	return keep(lib.apply(a, b, OP_OR));
}

buddy_set buddy_differ(buddy_set a, buddy_set b)
{
	return keep(lib.apply(a, b, OP_XOR));
}

static buddy_set not_in(buddy_set a)
{
	return keep(lib.not(a));
}

static buddy_set choose(buddy_set which, buddy_set yes, buddy_set no)
{
	return keep(lib.ite(which, yes, no));
}

static buddy_set bit(enum oracle_field field, unsigned int number)
{
	return keep(lib.ithvar(first_bit[field] + (int)number));
}

double buddy_count(buddy_set set)
{
	return lib.satcount(set);
}

/* Which bit of which field a variable stands for. */
static int bit_of(int variable, unsigned int *ret_field)
{
	*ret_field = 0;
	while (first_bit[*ret_field + 1] <= variable)
		++*ret_field;
	return variable - first_bit[*ret_field];
}

bool buddy_holds(buddy_set set, const struct oracle_packet *packet)
{
	while (set > 1) {
		unsigned int field;
		int number = bit_of(lib.var(set), &field);

		set = packet->bytes[field][number / 8] & 0x80 >> number % 8 ? lib.high(set)
									    : lib.low(set);
	}
	return set == 1;
}

struct oracle_packet buddy_pick(buddy_set set)
{
	struct oracle_packet packet = { { { 0 } } };

	while (set > 1) {
		unsigned int field;
		int number = bit_of(lib.var(set), &field);

		if (lib.low(set) == 0)
			packet.bytes[field][number / 8] |= (uint8_t)(0x80 >> number % 8);
		set = lib.low(set) == 0 ? lib.high(set) : lib.low(set);
	}
	return packet;
}

/* Comparing: bits from the first, most significant one ------------------------------------------
 */

/* Whether bits are at least, or at most, a number's. */
static buddy_set at_least(const buddy_set *bits, const bool *number, unsigned int count)
{
	buddy_set result = 1;

	while (count-- > 0)
		result = number[count] ? buddy_and(bits[count], result)
				       : buddy_or(bits[count], result);
	return result;
}

static buddy_set at_most(const buddy_set *bits, const bool *number, unsigned int count)
{
	buddy_set result = 1;

	while (count-- > 0)
		result = number[count] ? buddy_or(not_in(bits[count]), result)
				       : buddy_and(not_in(bits[count]), result);
	return result;
}

buddy_set buddy_between(enum oracle_field field, unsigned int shift, unsigned int bits,
	unsigned __int128 first, unsigned __int128 last)
{
	unsigned int all = 8 * oracle_field_bytes(six_now, field);
	buddy_set variables[128];
	bool low[128], high[128];

	for (unsigned int i = 0; i < bits; i++) {
		variables[i] = bit(field, all - shift - bits + i);
		low[i] = first >> (bits - 1 - i) & 1;
		high[i] = last >> (bits - 1 - i) & 1;
	}
	return buddy_and(at_least(variables, low, bits), at_most(variables, high, bits));
}

/* Rules ---------------------------------------------------------------------------------------- */

struct run {
	const struct oracle_rules *rules;
	enum oracle_hook hook;
	buddy_set fields[ORACLE_FIELDS][8 * ORACLE_FIELD_BYTES]; /* as they are now */
	buddy_set registers[8 * ORACLE_REGISTERS];
	buddy_set connected;
};

struct end {
	buddy_set accepted, dropped, returned;
};

/* One taken off eight bits. */
static void take_off(buddy_set *bits)
{
	buddy_set borrow = 1;

	for (unsigned int i = 8; i-- > 0;) {
		buddy_set old = bits[i];

		bits[i] = buddy_differ(old, borrow);
		borrow = buddy_and(not_in(old), borrow);
	}
}

/* The packets that go on. */
static buddy_set load(struct run *run, const struct oracle_op *op, buddy_set match)
{
	unsigned int length = oracle_load_length(op);

	for (unsigned int i = 0; i < (length + 3) / 4 * 4; i++) {
		buddy_set *to = &run->registers[8 * (op->at + i)];
		struct oracle_byte byte = { ORACLE_NOTHING, 0, false, false };

		if (i < length)
			byte = oracle_load(run->rules, op, run->hook, i);
		for (unsigned int k = 0; k < 8; k++)
			to[k] = byte.field == ORACLE_NOTHING
					? (byte.index & 0x80 >> k) != 0
					: run->fields[byte.field][8 * byte.index + k];
		if (byte.less)
			take_off(to);
		if (byte.connection)
			match = buddy_and(match, run->connected);
	}
	return match;
}

static void to_bits(const uint8_t *bytes, unsigned int length, bool *ret_bits)
{
	for (unsigned int i = 0; i < 8 * length; i++)
		ret_bits[i] = bytes[i / 8] & 0x80 >> i % 8;
}

static buddy_set in_range(
	const buddy_set *key, const uint8_t *first, const uint8_t *last, unsigned int length)
{
	bool low[8 * ORACLE_KEY_BYTES], high[8 * ORACLE_KEY_BYTES];

	to_bits(first, length, low);
	to_bits(last, length, high);
	return buddy_and(at_least(key, low, 8 * length), at_most(key, high, 8 * length));
}

static buddy_set compare(const buddy_set *key, const struct oracle_op *op)
{
	bool number[8 * ORACLE_KEY_BYTES];

	to_bits(op->a, op->length, number);
	buddy_set more = at_least(key, number, 8 * op->length);
	buddy_set less = at_most(key, number, 8 * op->length);

	switch (op->number) {
	case NFT_CMP_EQ:
		return buddy_and(more, less);
	case NFT_CMP_NEQ:
		return not_in(buddy_and(more, less));
	case NFT_CMP_LT:
		return not_in(more);
	case NFT_CMP_LTE:
		return less;
	case NFT_CMP_GT:
		return not_in(less);
	default:
		return more;
	}
}

static buddy_set in_element(
	const struct oracle_set *set, const struct oracle_element *element, const buddy_set *key)
{
	buddy_set result = 1;

	for (unsigned int i = 0, at = 0; i < set->slots; at += (set->lengths[i] + 3) / 4 * 4, i++)
		result = buddy_and(result, in_range(key + 8 * (size_t)at, element->first + at,
						   element->last + at, set->lengths[i]));
	return result;
}

static buddy_set in_set(const struct oracle_set *set, const buddy_set *key)
{
	buddy_set result = 0;

	for (unsigned int i = 0; i < set->count; i++)
		result = buddy_or(result, in_element(set, &set->elements[i], key));
	return result;
}

static void rewrite(
	struct run *run, enum oracle_field field, const struct oracle_op *op, buddy_set match)
{
	for (unsigned int i = 0; i < 32; i++)
		run->fields[field][i] =
			choose(match, run->registers[8 * op->at + i], run->fields[field][i]);
}

static struct end run_chain(struct run *run, unsigned int number, buddy_set live);

/* Packets that get a verdict; those that go on behind the rule. */
static buddy_set go(
	struct run *run, struct oracle_verdict verdict, buddy_set match, struct end *end)
{
	struct end inner;

	if (match == 0)
		return 0;
	switch (verdict.code) {
	case NF_ACCEPT:
		end->accepted = buddy_or(end->accepted, match);
		return 0;
	case NF_DROP:
		end->dropped = buddy_or(end->dropped, match);
		return 0;
	case NFT_RETURN:
		end->returned = buddy_or(end->returned, match);
		return 0;
	case NFT_CONTINUE:
		return match;
	default:
		inner = run_chain(run, verdict.chain, match);
		end->accepted = buddy_or(end->accepted, inner.accepted);
		end->dropped = buddy_or(end->dropped, inner.dropped);
		if (verdict.code == NFT_JUMP)
			return inner.returned;
		end->returned = buddy_or(end->returned, inner.returned);
		return 0;
	}
}

static buddy_set go_by_map(
	struct run *run, const struct oracle_op *op, buddy_set match, struct end *end)
{
	const struct oracle_set *set = &run->rules->sets[op->set];
	const buddy_set *key = &run->registers[8 * op->at];
	buddy_set on = buddy_and(match, not_in(in_set(set, key))), each[ORACLE_ELEMENTS];

	/* Before a chain that is jumped to writes registers anew. */
	for (unsigned int i = 0; i < set->count; i++)
		each[i] = buddy_and(match, in_element(set, &set->elements[i], key));
	for (unsigned int i = 0; i < set->count; i++)
		on = buddy_or(on, go(run, set->elements[i].verdict, each[i], end));
	return on;
}

static buddy_set run_op(struct run *run, const struct oracle_op *op, buddy_set match)
{
	buddy_set *key = &run->registers[8 * op->at], in;

	switch (op->kind) {
	case ORACLE_PAYLOAD:
	case ORACLE_META:
	case ORACLE_CT:
	case ORACLE_CONSTANT:
		return load(run, op, match);
	case ORACLE_SET_META:
		rewrite(run, ORACLE_MARK, op, match);
		return match;
	case ORACLE_SET_CT:
		rewrite(run, ORACLE_CT_MARK, op, buddy_and(match, run->connected));
		return match;
	case ORACLE_CMP:
		return buddy_and(match, compare(key, op));
	case ORACLE_RANGE:
		in = in_range(key, op->a, op->b, op->length);
		return buddy_and(match, op->number == NFT_RANGE_EQ ? in : not_in(in));
	case ORACLE_BITWISE:
		for (unsigned int i = 0; i < 8 * op->length; i++) {
			key[i] = op->a[i / 8] & 0x80 >> i % 8 ? key[i] : 0;
			key[i] = op->b[i / 8] & 0x80 >> i % 8 ? not_in(key[i]) : key[i];
		}
		return match;
	case ORACLE_LOOKUP:
		in = in_set(&run->rules->sets[op->set], key);
		return buddy_and(match, op->number == 0 ? in : not_in(in));
	default:
		return match;
	}
}

static struct end run_chain(struct run *run, unsigned int number, buddy_set live)
{
	const struct oracle_chain *chain = &run->rules->chains[number];
	struct end end = { 0, 0, 0 };

	for (unsigned int i = 0; i < chain->count && live != 0; i++) {
		const struct oracle_rule *rule = &chain->rules[i];
		const struct oracle_op *last = &rule->ops[rule->count - 1];
		buddy_set match = live, on;

		for (unsigned int k = 0; k < rule->count; k++)
			match = run_op(run, &rule->ops[k], match);
		if (last->kind == ORACLE_VERDICT)
			on = go(run, last->verdict, match, &end);
		else if (last->kind == ORACLE_VERDICT_MAP)
			on = go_by_map(run, last, match, &end);
		else
			on = match;
		live = buddy_or(buddy_and(live, not_in(match)), on);
	}
	end.returned = buddy_or(end.returned, live);
	return end;
}

buddy_set buddy_passes(const struct oracle_rules *rules)
{
	static struct run run;
	buddy_set live = 1;

	run.rules = rules;
	for (unsigned int i = 0; i < ORACLE_FIELDS; i++)
		for (unsigned int k = 0; k < 8 * oracle_field_bytes(rules->six, i); k++)
			run.fields[i][k] = bit(i, k);
	memset(run.registers, 0, sizeof(run.registers));
	/* Neither invalid nor untracked; the first byte in memory is the last of the number. */
	run.connected = not_in(buddy_or(buddy_between(ORACLE_STATE, 24, 8, 1, 1),
		buddy_between(ORACLE_STATE, 24, 8, 64, 64)));
	for (unsigned int i = 0; i < rules->base_count; i++) {
		run.hook = rules->chains[i].hook;
		struct end end = run_chain(&run, i, live);

		live = rules->chains[i].policy == NF_ACCEPT ? buddy_or(end.accepted, end.returned)
							    : end.accepted;
	}
	return live;
}
