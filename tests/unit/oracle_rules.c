/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random rules. What they test is near to a handful of packets, so that rules meet: a load is
 * compared with what such a packet has there, or with a neighbour of it.
 */
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "oracle.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const unsigned int field_bytes[2][ORACLE_FIELDS] = {
	{ 16, 16, 4, 4, 1, 4, 2, 1, 4, 4, 2, 2 },
	{ 16, 16, 4, 4, 1, 4, 2, 1, 16, 16, 2, 2 },
};

unsigned int oracle_field_bytes(bool six, enum oracle_field field)
{
	return field_bytes[six][field];
}

unsigned int oracle_dice(struct oracle_rules *rules, unsigned int count)
{
	uint64_t mixed = rules->random += 0x9e3779b97f4a7c15;

	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
	return (unsigned int)((mixed ^ (mixed >> 31)) % count);
}

#define dice oracle_dice

/* Loads -----------------------------------------------------------------------------------------
 */

/* Where fields stand in headers; what may be loaded is within a run of neighbours. */
static const struct place {
	unsigned int base, offset;
	enum oracle_field field;
} places[2][6] = {
	{
		{ NFT_PAYLOAD_NETWORK_HEADER, 2, ORACLE_LENGTH },
		{ NFT_PAYLOAD_NETWORK_HEADER, 8, ORACLE_HOPS },
		{ NFT_PAYLOAD_NETWORK_HEADER, 12, ORACLE_SADDR },
		{ NFT_PAYLOAD_NETWORK_HEADER, 16, ORACLE_DADDR },
		{ NFT_PAYLOAD_TRANSPORT_HEADER, 0, ORACLE_SPORT },
		{ NFT_PAYLOAD_TRANSPORT_HEADER, 2, ORACLE_DPORT },
	},
	{
		{ NFT_PAYLOAD_NETWORK_HEADER, 4, ORACLE_LENGTH },
		{ NFT_PAYLOAD_NETWORK_HEADER, 7, ORACLE_HOPS },
		{ NFT_PAYLOAD_NETWORK_HEADER, 8, ORACLE_SADDR },
		{ NFT_PAYLOAD_NETWORK_HEADER, 24, ORACLE_DADDR },
		{ NFT_PAYLOAD_TRANSPORT_HEADER, 0, ORACLE_SPORT },
		{ NFT_PAYLOAD_TRANSPORT_HEADER, 2, ORACLE_DPORT },
	},
};

/* What else there is. */
static const struct word {
	enum oracle_kind kind;
	unsigned int number;
	enum oracle_field field;
} words[] = {
	{ ORACLE_META, NFT_META_IIFNAME, ORACLE_IIF },
	{ ORACLE_META, NFT_META_OIFNAME, ORACLE_OIF },
	{ ORACLE_META, NFT_META_L4PROTO, ORACLE_PROTOCOL },
	{ ORACLE_META, NFT_META_MARK, ORACLE_MARK },
	{ ORACLE_META, NFT_META_NFPROTO, ORACLE_NOTHING },
	{ ORACLE_CT, NFT_CT_STATE, ORACLE_STATE },
	{ ORACLE_CT, NFT_CT_MARK, ORACLE_CT_MARK },
};

static const struct word *word_of(const struct oracle_op *op)
{
	for (unsigned int i = 0; i < LENGTH(words); i++)
		if (words[i].kind == op->kind && words[i].number == op->number)
			return &words[i];
	return NULL;
}

unsigned int oracle_load_length(const struct oracle_op *op)
{
	const struct word *word = word_of(op);

	if (!word)
		return op->length;
	return word->field == ORACLE_NOTHING ? 1 : field_bytes[0][word->field];
}

static struct oracle_byte of_packet(
	const struct oracle_rules *rules, const struct oracle_op *op, unsigned int index)
{
	unsigned int offset = op->offset + index;

	for (unsigned int i = 0; i < LENGTH(places[0]); i++) {
		const struct place *place = &places[rules->six][i];

		if (place->base == op->number && offset >= place->offset &&
			offset < place->offset + field_bytes[rules->six][place->field])
			return (struct oracle_byte){ place->field, offset - place->offset, false,
				false };
	}
	return (struct oracle_byte){ ORACLE_NOTHING, 0, false, false };
}

struct oracle_byte oracle_load(const struct oracle_rules *rules, const struct oracle_op *op,
	enum oracle_hook hook, unsigned int index)
{
	const struct word *word = word_of(op);
	struct oracle_byte byte = { ORACLE_NOTHING, op->a[index], false, false };

	if (op->kind == ORACLE_PAYLOAD) {
		byte = of_packet(rules, op, index);
		/* The router has taken one off. */
		byte.less = byte.field == ORACLE_HOPS && hook != ORACLE_PREROUTING;
	} else if (word && word->field == ORACLE_NOTHING) {
		byte.index = rules->six ? NFPROTO_IPV6 : NFPROTO_IPV4;
	} else if (word && word->field == ORACLE_OIF && hook == ORACLE_PREROUTING) {
		byte.index = 0; /* not known yet */
	} else if (word) {
		byte = (struct oracle_byte){ word->field, index, false,
			word->field == ORACLE_CT_MARK };
	}
	return byte;
}

/* Packets ---------------------------------------------------------------------------------------
 */

static void put_number(uint8_t *bytes, unsigned int length, uint64_t number)
{
	for (unsigned int i = 0; i < length; i++)
		bytes[length - 1 - i] = (uint8_t)(number >> 8 * i);
}

static void put_name(uint8_t *bytes, unsigned int number)
{
	static const char *const names[] = { "eth0", "eth1", "eth10", "ppp0" };

	memset(bytes, 0, ORACLE_FIELD_BYTES);
	memcpy(bytes, names[number], strlen(names[number]));
}

static void random_address(struct oracle_rules *rules, uint8_t *bytes)
{
	static const uint8_t six[] = { 0xfd, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0 };

	if (rules->six)
		memcpy(bytes, six, sizeof(six));
	bytes += rules->six ? 12 : 0;
	bytes[0] = dice(rules, 2) ? 10 : 172;
	bytes[1] = (uint8_t)(16 + dice(rules, 2));
	bytes[2] = (uint8_t)(dice(rules, 3) ? 0 : 255);
	bytes[3] = (uint8_t)dice(rules, 256);
}

static void random_packet(struct oracle_rules *rules, struct oracle_packet *packet)
{
	static const uint8_t states[] = { 1, 2, 4, 8, 8, 64 };
	static const uint8_t protocols[] = { 6, 6, 17, 132 };
	static const uint16_t ports[] = { 0, 22, 53, 80, 443, 1023, 1024, 65535 };

	memset(packet, 0, sizeof(*packet));
	put_name(packet->bytes[ORACLE_IIF], dice(rules, 4));
	put_name(packet->bytes[ORACLE_OIF], dice(rules, 4));
	packet->bytes[ORACLE_CT_MARK][dice(rules, 2)] = (uint8_t)dice(rules, 3);
	packet->bytes[ORACLE_STATE][0] = states[dice(rules, 6)];
	packet->bytes[ORACLE_PROTOCOL][0] = protocols[dice(rules, LENGTH(protocols))];
	packet->bytes[ORACLE_MARK][dice(rules, 2)] = (uint8_t)dice(rules, 3);
	put_number(packet->bytes[ORACLE_LENGTH], 2, dice(rules, 2) ? 40 : 1500);
	packet->bytes[ORACLE_HOPS][0] = (uint8_t)(1 + dice(rules, 255));
	random_address(rules, packet->bytes[ORACLE_SADDR]);
	random_address(rules, packet->bytes[ORACLE_DADDR]);
	put_number(packet->bytes[ORACLE_DPORT], 2, ports[dice(rules, 8)]);
	put_number(packet->bytes[ORACLE_SPORT], 2, ports[dice(rules, 8)]);
}

/* One more, or less. */
static void step(uint8_t *bytes, unsigned int length, bool up)
{
	while (length-- > 0) {
		bytes[length] = (uint8_t)(bytes[length] + (up ? 1 : 0xff));
		if (bytes[length] != (up ? 0 : 0xff))
			return;
	}
}

struct oracle_packet oracle_packet(struct oracle_rules *rules)
{
	static const enum oracle_field stepped[] = { ORACLE_MARK, ORACLE_CT_MARK, ORACLE_SADDR,
		ORACLE_DADDR, ORACLE_DPORT, ORACLE_SPORT };
	struct oracle_packet packet;

	for (unsigned int i = 0; i < ORACLE_FIELDS; i++)
		memcpy(packet.bytes[i], rules->pool[dice(rules, LENGTH(rules->pool))].bytes[i],
			ORACLE_FIELD_BYTES);
	for (unsigned int i = 0; i < 2; i++) {
		enum oracle_field field = stepped[dice(rules, LENGTH(stepped))];

		if (dice(rules, 2))
			step(packet.bytes[field], field_bytes[rules->six][field], dice(rules, 2));
	}
	return packet;
}

/* Tests -----------------------------------------------------------------------------------------
 */

static void choose_payload(struct oracle_rules *rules, struct oracle_op *op, unsigned int room)
{
	const struct place *place = &places[rules->six][dice(rules, LENGTH(places[0]))];
	unsigned int length = field_bytes[rules->six][place->field];
	/* A long field in many pieces would have as many atoms as they have together. */
	unsigned int skip = dice(rules, 3) ? 0 : length > 4 ? 8 : dice(rules, length);
	bool joined = place->field == ORACLE_SADDR || place->field == ORACLE_SPORT;

	op->kind = ORACLE_PAYLOAD;
	op->number = place->base;
	op->offset = place->offset + skip;
	op->length = length - skip;
	/* Both addresses, both ports; or part of one. */
	if (joined && dice(rules, 4) == 0)
		op->length += length;
	else if (dice(rules, 4) == 0)
		op->length = op->length > 4 ? 4 : 1 + dice(rules, op->length);
	if (op->length > room)
		op->length = room;
}

static struct oracle_op choose_load(struct oracle_rules *rules, unsigned int at, unsigned int room)
{
	struct oracle_op op = { .at = at };
	const struct word *word;

	if (dice(rules, 2) == 0) {
		word = &words[dice(rules, LENGTH(words))];
		op.kind = word->kind;
		op.number = word->number;
	}
	if (op.kind == ORACLE_PAYLOAD || oracle_load_length(&op) > room)
		choose_payload(rules, &op, room);
	return op;
}

/* What one of the packets has there, or a neighbour. */
static void choose_value(
	struct oracle_rules *rules, const struct oracle_op *load, uint8_t *ret_bytes)
{
	const struct oracle_packet *packet = &rules->pool[dice(rules, LENGTH(rules->pool))];
	unsigned int length = oracle_load_length(load);

	for (unsigned int i = 0; i < length; i++) {
		struct oracle_byte byte = oracle_load(rules, load, ORACLE_FORWARD, i);

		ret_bytes[i] =
			byte.field == ORACLE_NOTHING
				? (uint8_t)byte.index
				: (uint8_t)(packet->bytes[byte.field][byte.index] - byte.less);
	}
	if (dice(rules, 4) == 0)
		step(ret_bytes, length, dice(rules, 2));
}

static void swap(uint8_t *a, uint8_t *b, unsigned int length)
{
	uint8_t kept[ORACLE_KEY_BYTES];

	if (memcmp(a, b, length) <= 0)
		return;
	memcpy(kept, a, length);
	memcpy(a, b, length);
	memcpy(b, kept, length);
}

static void add_op(struct oracle_rule *rule, struct oracle_op op)
{
	rule->ops[rule->count++] = op;
}

static void add_bitwise(
	struct oracle_rules *rules, struct oracle_rule *rule, unsigned int length, uint8_t *value)
{
	struct oracle_op op = { .kind = ORACLE_BITWISE, .length = length };
	unsigned int prefix = dice(rules, 8 * length + 1);

	for (unsigned int i = 0; i < 8 * length; i++)
		if (i < prefix)
			op.a[i / 8] |= (uint8_t)(0x80 >> i % 8);
	if (length <= 4 && dice(rules, 3) == 0)
		memset(op.a, 0, length);
	if (length <= 4 && dice(rules, 3) == 0)
		op.a[dice(rules, length)] ^= (uint8_t)(1 << dice(rules, 8));
	if (dice(rules, 4) == 0)
		op.b[dice(rules, length)] ^= (uint8_t)(1 << dice(rules, 8));
	for (unsigned int i = 0; i < length; i++)
		value[i] = (value[i] & op.a[i]) ^ op.b[i];
	add_op(rule, op);
}

static void add_test(struct oracle_rules *rules, struct oracle_rule *rule)
{
	struct oracle_op load = choose_load(rules, 0, 16);
	struct oracle_op test = { .kind = dice(rules, 4) ? ORACLE_CMP : ORACLE_RANGE };

	test.length = oracle_load_length(&load);
	choose_value(rules, &load, test.a);
	choose_value(rules, &load, test.b);
	add_op(rule, load);
	if (dice(rules, 4) == 0)
		add_bitwise(rules, rule, test.length, test.a);
	if (test.kind == ORACLE_RANGE) {
		swap(test.a, test.b, test.length);
		test.number = dice(rules, 4) ? NFT_RANGE_EQ : NFT_RANGE_NEQ;
	} else {
		test.number = dice(rules, 2) ? NFT_CMP_EQ : dice(rules, NFT_CMP_GTE + 1);
		/* An interface by the beginning of its name. */
		if (test.length == 16 && dice(rules, 4) == 0)
			test.length = 1 + dice(rules, 5);
	}
	add_op(rule, test);
}

/* Sets ------------------------------------------------------------------------------------------
 */

static bool overlap(const struct oracle_set *set, const struct oracle_element *a,
	const struct oracle_element *b)
{
	for (unsigned int i = 0, at = 0; i < set->slots; at += (set->lengths[i] + 3) / 4 * 4, i++)
		if (memcmp(a->last + at, b->first + at, set->lengths[i]) < 0 ||
			memcmp(b->last + at, a->first + at, set->lengths[i]) < 0)
			return false;
	return true;
}

static struct oracle_verdict choose_verdict(struct oracle_rules *rules, unsigned int chain)
{
	static const int32_t codes[] = { NF_ACCEPT, NF_ACCEPT, NF_DROP, NF_DROP, NFT_CONTINUE,
		NFT_RETURN, NFT_JUMP, NFT_JUMP, NFT_GOTO };
	struct oracle_verdict verdict = { codes[dice(rules, LENGTH(codes))], 0 };
	unsigned int first = chain + 1 > rules->base_count ? chain + 1 : rules->base_count;

	if (first >= rules->chain_count && (verdict.code == NFT_JUMP || verdict.code == NFT_GOTO))
		verdict.code = NF_ACCEPT;
	if (verdict.code == NFT_JUMP || verdict.code == NFT_GOTO)
		verdict.chain = first + dice(rules, rules->chain_count - first);
	return verdict;
}

static void add_element(struct oracle_rules *rules, struct oracle_set *set,
	const struct oracle_op *loads, unsigned int chain)
{
	struct oracle_element *element = &set->elements[set->count];

	memset(element, 0, sizeof(*element));
	for (unsigned int i = 0, at = 0; i < set->slots; at += (set->lengths[i] + 3) / 4 * 4, i++) {
		choose_value(rules, &loads[i], element->first + at);
		memcpy(element->last + at, element->first + at, set->lengths[i]);
		if (set->kind != ORACLE_SINGLE && dice(rules, 2)) {
			choose_value(rules, &loads[i], element->last + at);
			swap(element->first + at, element->last + at, set->lengths[i]);
		}
	}
	if (set->map)
		element->verdict = choose_verdict(rules, chain);
	for (unsigned int i = 0; i < set->count; i++)
		if (overlap(set, &set->elements[i], element))
			return; /* the kernel would not take it, or it would say nothing */
	set->count++;
}

static void add_lookup(
	struct oracle_rules *rules, struct oracle_rule *rule, unsigned int chain, bool map)
{
	struct oracle_set *set = &rules->sets[rules->set_count];
	struct oracle_op loads[ORACLE_SLOTS],
		lookup = { .kind = map ? ORACLE_VERDICT_MAP : ORACLE_LOOKUP,
			.set = rules->set_count++ };

	if (!map && dice(rules, 4) == 0)
		lookup.number = NFT_LOOKUP_F_INV;
	set->map = map;
	set->kind = dice(rules, 3);
	set->slots = set->kind == ORACLE_INTERVAL ? 1 : 1 + dice(rules, 3);
	if (set->kind == ORACLE_BOXES && set->slots == 1)
		set->slots = 2;
	for (unsigned int i = 0; i < set->slots; i++) {
		/* Room for the next ones, of 4 bytes each. */
		loads[i] = choose_load(rules, set->key_length,
			ORACLE_KEY_BYTES - set->key_length - 4 * (set->slots - 1 - i) < 16 ? 4
											   : 16);
		set->lengths[i] = oracle_load_length(&loads[i]);
		set->key_length += (set->lengths[i] + 3) / 4 * 4;
		add_op(rule, loads[i]);
	}
	if (set->slots == 1)
		set->key_length = set->lengths[0];
	for (unsigned int i = 1 + dice(rules, 10); i > 0; i--)
		add_element(rules, set, loads, chain);
	add_op(rule, lookup);
}

/* Rules -----------------------------------------------------------------------------------------
 */

static void add_mark(struct oracle_rules *rules, struct oracle_rule *rule)
{
	struct oracle_op constant = { .kind = ORACLE_CONSTANT, .length = 4 };
	struct oracle_op write = { .kind = ORACLE_SET_META, .number = NFT_META_MARK };

	constant.a[dice(rules, 2)] = (uint8_t)dice(rules, 3);
	if (dice(rules, 2)) {
		write.kind = ORACLE_SET_CT;
		write.number = NFT_CT_MARK;
	}
	add_op(rule, constant);
	add_op(rule, write);
}

static void make_rule(struct oracle_rules *rules, struct oracle_rule *rule, unsigned int chain)
{
	bool room = rules->set_count + 2 < ORACLE_SETS;
	struct oracle_op last = { .kind = ORACLE_VERDICT };

	if (dice(rules, 3))
		add_test(rules, rule);
	if (room && dice(rules, 3) == 0)
		add_lookup(rules, rule, chain, false);
	if (room && dice(rules, 6) == 0) {
		add_lookup(rules, rule, chain, true);
		return;
	}
	if (rules->marks && dice(rules, 5) == 0) {
		add_mark(rules, rule);
		return;
	}
	add_op(rule, (struct oracle_op){ .kind = ORACLE_COUNTER });
	last.verdict = choose_verdict(rules, chain);
	if (rule->count == 1 && dice(rules, 3))
		last.verdict = (struct oracle_verdict){ NFT_CONTINUE, 0 }; /* not for all packets */
	add_op(rule, last);
}

void oracle_make(struct oracle_rules *rules, uint64_t seed, bool six)
{
	static const struct {
		enum oracle_hook hook;
		int32_t priority;
	} bases[] = { { ORACLE_PREROUTING, -150 }, { ORACLE_FORWARD, -10 }, { ORACLE_FORWARD, 7 },
		{ ORACLE_POSTROUTING, 50 } };

	memset(rules, 0, sizeof(*rules));
	rules->random = seed;
	rules->six = six;
	rules->marks = dice(rules, 3) == 0;
	for (unsigned int i = 0; i < LENGTH(rules->pool); i++)
		random_packet(rules, &rules->pool[i]);
	for (unsigned int i = 0; i < LENGTH(bases); i++)
		if (i == 1 || dice(rules, 3) == 0)
			rules->chains[rules->base_count++] = (struct oracle_chain){ .base = true,
				.hook = bases[i].hook,
				.priority = bases[i].priority,
				.policy = dice(rules, 2) ? NF_ACCEPT : NF_DROP };
	rules->chain_count = rules->base_count + dice(rules, ORACLE_CHAINS - rules->base_count + 1);
	for (unsigned int i = 0; i < rules->chain_count; i++) {
		struct oracle_chain *chain = &rules->chains[i];

		chain->count = 1 + dice(rules, chain->base ? 12 : 5);
		for (unsigned int k = 0; k < chain->count; k++)
			make_rule(rules, &chain->rules[k], i);
	}
}
