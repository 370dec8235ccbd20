/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Expressions of a rule to statements. An expression that does anything that is not known here
 * becomes STMT_OPAQUE and makes all registers unknown, so that what follows it is not misread.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "attr.h"
#include "decode_impl.h"
#include "decode_registers.h"

/* From a decoder: the expression is opaque. */
#define OPAQUE	     (-EOPNOTSUPP)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int set_mark(struct reader *reader, uint32_t number)
{
	struct statement statement = { .kind = STMT_SET_MARK };
	struct slot *slot = reader_value(reader, number, SLOT_CONSTANT, 4);

	if (slot) {
		memcpy(statement.data, slot->flip, 4);
	} else {
		slot = reader_value(reader, number, SLOT_LOADED, 4);
		if (!slot || slot->selector != SEL_META_MARK || !slot->masked)
			return OPAQUE;
		/* (mark & mask) | data: a bit that is set anyway may as well be kept. */
		memcpy(statement.data, slot->flip, 4);
		for (unsigned int i = 0; i < 4; i++) {
			if (slot->keep[i] & slot->flip[i])
				return OPAQUE; /* it would be toggled */
			statement.mask[i] = slot->keep[i] | slot->flip[i];
		}
	}
	if (reader_add(reader, &statement) < 0)
		return -ENOMEM;
	return reader_forget(reader, SEL_META_MARK);
}

static int decode_meta(struct reader *reader, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_META_DREG] = ATTR_U32,
		[NFTA_META_KEY] = ATTR_U32,
		[NFTA_META_SREG] = ATTR_U32,
	};
	const struct nlattr *table[COUNT(kinds)];
	enum selector selector;
	uint32_t key;

	if (attrs_parse(attrs, kinds, COUNT(kinds), table) < 0 || !table[NFTA_META_KEY] ||
		!table[NFTA_META_DREG] == !table[NFTA_META_SREG])
		return OPAQUE;
	key = attr_u32(table[NFTA_META_KEY], 0);
	if (table[NFTA_META_SREG])
		return key == NFT_META_MARK ? set_mark(reader, attr_u32(table[NFTA_META_SREG], 0))
					    : OPAQUE;
	if (key == NFT_META_IIFTYPE)
		return reader_load(reader, attr_u32(table[NFTA_META_DREG], 0), SLOT_IIFTYPE,
			SEL_COUNT, sizeof(uint16_t));
	selector = reader_selector(reader, SOURCE_META, key, 0, 0);
	if (selector == SEL_COUNT)
		return OPAQUE;
	return reader_load(reader, attr_u32(table[NFTA_META_DREG], 0), SLOT_LOADED, selector,
		selector_info(selector)->length);
}

static int set_ct_mark(struct reader *reader, uint32_t number)
{
	int slot = reader_slot(number, 4);

	if (slot < 0 || !reader->map_waits || (unsigned int)slot != reader->map_slot ||
		!reader_value(reader, number, SLOT_MAPPED, 4))
		return OPAQUE;
	reader->map.kind = STMT_CT_MARK_MAP;
	if (reader_add(reader, &reader->map) < 0)
		return -ENOMEM;
	return reader_forget(reader, SEL_CT_MARK);
}

static int decode_ct(struct reader *reader, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_CT_DREG] = ATTR_U32,
		[NFTA_CT_KEY] = ATTR_U32,
		[NFTA_CT_SREG] = ATTR_U32,
	};
	const struct nlattr *table[COUNT(kinds)];
	enum selector selector;
	uint32_t key;

	if (attrs_parse(attrs, kinds, COUNT(kinds), table) < 0 || !table[NFTA_CT_KEY] ||
		!table[NFTA_CT_DREG] == !table[NFTA_CT_SREG])
		return OPAQUE;
	key = attr_u32(table[NFTA_CT_KEY], 0);
	if (table[NFTA_CT_SREG])
		return key == NFT_CT_MARK ? set_ct_mark(reader, attr_u32(table[NFTA_CT_SREG], 0))
					  : OPAQUE;
	selector = reader_selector(reader, SOURCE_CT, key, 0, 0);
	if (selector == SEL_COUNT)
		return OPAQUE;
	return reader_load(reader, attr_u32(table[NFTA_CT_DREG], 0), SLOT_LOADED, selector,
		selector_info(selector)->length);
}

static int decode_payload(struct reader *reader, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_PAYLOAD_DREG] = ATTR_U32,
		[NFTA_PAYLOAD_BASE] = ATTR_U32,
		[NFTA_PAYLOAD_OFFSET] = ATTR_U32,
		[NFTA_PAYLOAD_LEN] = ATTR_U32,
	};
	const struct nlattr *table[COUNT(kinds)];
	enum selector selector;
	uint32_t length;

	if (attrs_parse(attrs, kinds, COUNT(kinds), table) < 0 || !table[NFTA_PAYLOAD_DREG] ||
		!table[NFTA_PAYLOAD_BASE] || !table[NFTA_PAYLOAD_OFFSET])
		return OPAQUE;
	length = attr_u32(table[NFTA_PAYLOAD_LEN], 0);
	selector = length ? reader_selector(reader, SOURCE_PAYLOAD,
				    attr_u32(table[NFTA_PAYLOAD_BASE], 0),
				    attr_u32(table[NFTA_PAYLOAD_OFFSET], 0), length)
			  : SEL_COUNT;
	if (selector == SEL_COUNT)
		return OPAQUE;
	return reader_load(
		reader, attr_u32(table[NFTA_PAYLOAD_DREG], 0), SLOT_LOADED, selector, length);
}

static int decode_bitwise(struct reader *reader, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_BITWISE_SREG] = ATTR_U32,
		[NFTA_BITWISE_DREG] = ATTR_U32,
		[NFTA_BITWISE_LEN] = ATTR_U32,
		[NFTA_BITWISE_MASK] = ATTR_NEST,
		[NFTA_BITWISE_XOR] = ATTR_NEST,
		[NFTA_BITWISE_OP] = ATTR_U32,
	};
	const struct nlattr *table[COUNT(kinds)], *keep, *flip;
	uint32_t source, length;
	struct slot *slots;

	if (attrs_parse(attrs, kinds, COUNT(kinds), table) < 0 || !table[NFTA_BITWISE_SREG] ||
		!table[NFTA_BITWISE_MASK] || !table[NFTA_BITWISE_XOR] ||
		attr_u32(table[NFTA_BITWISE_OP], NFT_BITWISE_BOOL) != NFT_BITWISE_BOOL)
		return OPAQUE;
	source = attr_u32(table[NFTA_BITWISE_SREG], 0);
	length = attr_u32(table[NFTA_BITWISE_LEN], 0);
	keep = decode_value(table[NFTA_BITWISE_MASK]);
	flip = decode_value(table[NFTA_BITWISE_XOR]);
	if (source != attr_u32(table[NFTA_BITWISE_DREG], 0) || length == 0 || length > 16 ||
		!keep || attr_length(keep) != length || !flip || attr_length(flip) != length)
		return OPAQUE;
	slots = reader_value(reader, source, SLOT_LOADED, length);
	if (!slots || slots[0].masked)
		return OPAQUE;
	for (unsigned int i = 0; i < length; i++) {
		slots[i / 4].masked = true;
		slots[i / 4].used = false;
		slots[i / 4].keep[i % 4] = ((const uint8_t *)attr_value(keep))[i];
		slots[i / 4].flip[i % 4] = ((const uint8_t *)attr_value(flip))[i];
	}
	return 0;
}

/* nft converts a byte to network order, which does nothing; anything longer is not expected. */
static int decode_byteorder(struct reader *reader, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_BYTEORDER_SREG] = ATTR_U32,
		[NFTA_BYTEORDER_DREG] = ATTR_U32,
		[NFTA_BYTEORDER_OP] = ATTR_U32,
		[NFTA_BYTEORDER_LEN] = ATTR_U32,
		[NFTA_BYTEORDER_SIZE] = ATTR_U32,
	};
	const struct nlattr *table[COUNT(kinds)];

	(void)reader;
	if (attrs_parse(attrs, kinds, COUNT(kinds), table) < 0 ||
		attr_u32(table[NFTA_BYTEORDER_SREG], 0) !=
			attr_u32(table[NFTA_BYTEORDER_DREG], 1) ||
		attr_u32(table[NFTA_BYTEORDER_LEN], 2) != 1 ||
		attr_u32(table[NFTA_BYTEORDER_SIZE], 0) != 2)
		return OPAQUE;
	return 0;
}

/* Which selectors make up a set's key that begins at a register. */
static int read_key(
	struct reader *reader, uint32_t number, const struct set *set, struct statement *statement)
{
	int slot = reader_slot(number, set->key_length);

	if (slot < 0)
		return OPAQUE;
	for (unsigned int i = 0; i < set->field_count; i++) {
		const struct field_info *field = field_info(set->fields[i]);
		const struct slot *value = reader_value(
			reader, NFT_REG32_00 + (unsigned int)slot, SLOT_LOADED, field->length);

		if (!value || value->masked ||
			selector_info(value->selector)->field == FIELD_INVALID)
			return OPAQUE;
		statement->selectors[i] = value->selector;
		slot += (int)field->slot / 4;
	}
	statement->selector_count = set->field_count;
	statement->name = set->name;
	return 0;
}

static int wait_for_value(struct reader *reader, const struct statement *lookup, uint32_t number)
{
	int slot = reader_slot(number, 4);

	if (slot < 0)
		return OPAQUE;
	if (reader_settle(reader, lookup) < 0 ||
		reader_load(reader, number, SLOT_MAPPED, SEL_COUNT, 4) < 0)
		return -ENOMEM;
	reader->map_waits = true;
	reader->map = *lookup;
	reader->map_slot = (unsigned int)slot;
	return 0;
}

static int decode_lookup(struct reader *reader, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_LOOKUP_SET] = ATTR_TEXT,
		[NFTA_LOOKUP_SREG] = ATTR_U32,
		[NFTA_LOOKUP_DREG] = ATTR_U32,
		[NFTA_LOOKUP_SET_ID] = ATTR_IGNORED,
		[NFTA_LOOKUP_FLAGS] = ATTR_U32,
	};
	const struct nlattr *table[COUNT(kinds)];
	struct statement statement = { .kind = STMT_LOOKUP };
	uint32_t target, flags;
	const struct set *set;

	if (attrs_parse(attrs, kinds, COUNT(kinds), table) < 0 || !table[NFTA_LOOKUP_SET])
		return OPAQUE;
	set = ruleset_find_set(reader->ruleset, attr_text(table[NFTA_LOOKUP_SET]));
	flags = attr_u32(table[NFTA_LOOKUP_FLAGS], 0);
	if (!set || flags & ~(uint32_t)NFT_LOOKUP_F_INV ||
		read_key(reader, attr_u32(table[NFTA_LOOKUP_SREG], NFT_REG_VERDICT), set,
			&statement) < 0)
		return OPAQUE;
	statement.negate = flags & NFT_LOOKUP_F_INV;
	if (!table[NFTA_LOOKUP_DREG])
		return set->value == FIELD_INVALID ? reader_add(reader, &statement) : OPAQUE;
	target = attr_u32(table[NFTA_LOOKUP_DREG], 0);
	if (statement.negate)
		return OPAQUE;
	if (set->value == FIELD_VERDICT && target == NFT_REG_VERDICT) {
		statement.kind = STMT_VMAP;
		return reader_add(reader, &statement);
	}
	return set->value == FIELD_MARK ? wait_for_value(reader, &statement, target) : OPAQUE;
}

static int decode_dynset(struct reader *reader, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_DYNSET_SET_NAME] = ATTR_TEXT,
		[NFTA_DYNSET_SET_ID] = ATTR_IGNORED,
		[NFTA_DYNSET_OP] = ATTR_U32,
		[NFTA_DYNSET_SREG_KEY] = ATTR_U32,
		[NFTA_DYNSET_TIMEOUT] = ATTR_U64,
		[NFTA_DYNSET_EXPR] = ATTR_NEST,
		[NFTA_DYNSET_PAD] = ATTR_IGNORED,
		[NFTA_DYNSET_FLAGS] = ATTR_U32,
	};
	const struct nlattr *table[COUNT(kinds)];
	struct statement statement = { .kind = STMT_ADD };
	struct counter_value counter;
	const struct set *set;

	if (attrs_parse(attrs, kinds, COUNT(kinds), table) < 0 || !table[NFTA_DYNSET_SET_NAME] ||
		attr_u32(table[NFTA_DYNSET_OP], UINT32_MAX) != NFT_DYNSET_OP_ADD ||
		attr_u64(table[NFTA_DYNSET_TIMEOUT], 0) != 0 ||
		attr_u32(table[NFTA_DYNSET_FLAGS], 0) & ~(uint32_t)NFT_DYNSET_F_EXPR)
		return OPAQUE;
	set = ruleset_find_set(reader->ruleset, attr_text(table[NFTA_DYNSET_SET_NAME]));
	if (!set || set->flags & SET_MAP)
		return OPAQUE;
	/* The kernel leaves the counter out where the set has it already. */
	if (table[NFTA_DYNSET_EXPR] ? !decode_counter_expression(table[NFTA_DYNSET_EXPR], &counter)
				    : !(set->flags & SET_COUNTER))
		return OPAQUE;
	if (read_key(reader, attr_u32(table[NFTA_DYNSET_SREG_KEY], NFT_REG_VERDICT), set,
		    &statement) < 0)
		return OPAQUE;
	return reader_add(reader, &statement);
}

static int decode_immediate(struct reader *reader, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_IMMEDIATE_DREG] = ATTR_U32,
		[NFTA_IMMEDIATE_DATA] = ATTR_NEST,
	};
	const struct nlattr *table[COUNT(kinds)], *value;
	struct statement statement = { .kind = STMT_VERDICT };
	const char *chain;
	uint32_t target;
	int error;

	if (attrs_parse(attrs, kinds, COUNT(kinds), table) < 0 || !table[NFTA_IMMEDIATE_DREG] ||
		!table[NFTA_IMMEDIATE_DATA])
		return OPAQUE;
	target = attr_u32(table[NFTA_IMMEDIATE_DREG], 0);
	value = decode_value(table[NFTA_IMMEDIATE_DATA]);
	if (target != NFT_REG_VERDICT) {
		error = value && attr_length(value) == 4
				? reader_load(reader, target, SLOT_CONSTANT, SEL_COUNT, 4)
				: OPAQUE;
		if (error == 0)
			memcpy(reader->slots[reader_slot(target, 4)].flip, attr_value(value), 4);
		return error;
	}
	if (decode_verdict(table[NFTA_IMMEDIATE_DATA], &statement.verdict, &chain) < 0)
		return OPAQUE;
	if (reader_settle(reader, NULL) < 0)
		return -ENOMEM;
	struct statement *added = rule_add_statement(reader->rule, STMT_VERDICT);

	if (!added)
		return -ENOMEM;
	added->verdict = statement.verdict;
	added->name = chain ? strdup(chain) : NULL;
	return chain && !added->name ? -ENOMEM : 0;
}

static int decode_objref(struct reader *reader, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_OBJREF_IMM_TYPE] = ATTR_U32,
		[NFTA_OBJREF_IMM_NAME] = ATTR_TEXT,
	};
	const struct nlattr *table[COUNT(kinds)];
	struct statement *added;
	uint32_t type;

	if (attrs_parse(attrs, kinds, COUNT(kinds), table) < 0 || !table[NFTA_OBJREF_IMM_NAME])
		return OPAQUE;
	type = attr_u32(table[NFTA_OBJREF_IMM_TYPE], 0);
	if (type != NFT_OBJECT_COUNTER && type != NFT_OBJECT_LIMIT)
		return OPAQUE;
	if (reader_settle(reader, NULL) < 0)
		return -ENOMEM;
	added = rule_add_statement(
		reader->rule, type == NFT_OBJECT_COUNTER ? STMT_COUNTER : STMT_LIMIT);
	if (!added)
		return -ENOMEM;
	added->name = strdup(attr_text(table[NFTA_OBJREF_IMM_NAME]));
	return added->name ? 0 : -ENOMEM;
}

static int decode_log(struct reader *reader, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_LOG_GROUP] = ATTR_U16,
		[NFTA_LOG_PREFIX] = ATTR_TEXT,
		[NFTA_LOG_SNAPLEN] = ATTR_U32,
		[NFTA_LOG_QTHRESHOLD] = ATTR_U16,
	};
	const struct nlattr *table[COUNT(kinds)];
	struct statement *added;

	if (attrs_parse(attrs, kinds, COUNT(kinds), table) < 0 || !table[NFTA_LOG_GROUP] ||
		attr_u16(table[NFTA_LOG_QTHRESHOLD], 0) != 0)
		return OPAQUE;
	if (reader_settle(reader, NULL) < 0)
		return -ENOMEM;
	added = rule_add_statement(reader->rule, STMT_LOG);
	if (!added)
		return -ENOMEM;
	added->group = attr_u16(table[NFTA_LOG_GROUP], 0);
	added->snaplen = attr_u32(table[NFTA_LOG_SNAPLEN], 0);
	if (!table[NFTA_LOG_PREFIX])
		return 0;
	added->prefix = strdup(attr_text(table[NFTA_LOG_PREFIX]));
	return added->prefix ? 0 : -ENOMEM;
}

static const struct expression {
	const char *name;
	int (*decode)(struct reader *reader, struct attrs attrs);
} expressions[] = {
	{ "bitwise", decode_bitwise },
	{ "byteorder", decode_byteorder },
	{ "cmp", decode_comparison },
	{ "ct", decode_ct },
	{ "dynset", decode_dynset },
	{ "immediate", decode_immediate },
	{ "log", decode_log },
	{ "lookup", decode_lookup },
	{ "meta", decode_meta },
	{ "objref", decode_objref },
	{ "payload", decode_payload },
};

static int decode_expression(struct reader *reader, const struct nlattr *item)
{
	static const enum attr_kind kinds[] = {
		[NFTA_EXPR_NAME] = ATTR_TEXT,
		[NFTA_EXPR_DATA] = ATTR_NEST,
	};
	const struct nlattr *table[COUNT(kinds)];
	const char *name = "malformed";
	int error = OPAQUE;

	if (attrs_parse(attrs_of_nest(item), kinds, COUNT(kinds), table) == 0 &&
		table[NFTA_EXPR_NAME]) {
		struct attrs attrs = { NULL, 0 };

		name = attr_text(table[NFTA_EXPR_NAME]);
		if (table[NFTA_EXPR_DATA])
			attrs = attrs_of_nest(table[NFTA_EXPR_DATA]);
		for (unsigned int i = 0; i < COUNT(expressions); i++)
			if (strcmp(expressions[i].name, name) == 0)
				error = expressions[i].decode(reader, attrs);
	}
	if (error != OPAQUE)
		return error;
	/* It may have written any register, and tested anything. */
	if (reader_settle(reader, NULL) < 0)
		return -ENOMEM;
	memset(reader->slots, 0, sizeof(reader->slots));
	return reader_opaque(reader, name);
}

int decode_expressions(const struct ruleset *ruleset, const struct nlattr *list, struct rule *rule)
{
	struct reader reader = { .ruleset = ruleset, .rule = rule };
	struct attrs attrs = attrs_of_nest(list);
	const struct nlattr *item;

	while ((item = attrs_next(&attrs)) != NULL) {
		int error = decode_expression(&reader, item);

		if (error < 0)
			return error;
	}
	if (reader_settle(&reader, NULL) < 0 || reader_forget_slots(&reader, 0, SLOTS) < 0)
		return -ENOMEM;
	if (attrs.left && reader_opaque(&reader, "malformed") < 0)
		return -ENOMEM;
	implied_drop(rule);
	return 0;
}
