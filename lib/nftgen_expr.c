/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rules: statements to expressions. */
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/if_arp.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <libnftnl/expr.h>
#include <libnftnl/rule.h>
#include <libnftnl/udata.h>

#include "implied.h"
#include "nftgen_impl.h"

struct writer {
	const struct ruleset *ruleset;
	struct nftnl_rule *rule;
	struct implied known;
	bool failed; /* out of memory; nothing more is added */
};

/* libnftnl owns an expression once it was added to a rule. NULL when out of memory. */
static struct nftnl_expr *add(struct writer *writer, const char *name)
{
	struct nftnl_expr *expr = writer->failed ? NULL : nftnl_expr_alloc(name);

	if (expr)
		nftnl_rule_add_expr(writer->rule, expr);
	else
		writer->failed = true;
	return expr;
}

static void put_number(
	struct writer *writer, struct nftnl_expr *expr, uint16_t attribute, uint32_t value)
{
	if (!writer->failed)
		nftnl_expr_set_u32(expr, attribute, value);
}

static void put_bytes(struct writer *writer, struct nftnl_expr *expr, uint16_t attribute,
	const void *value, unsigned int length)
{
	if (!writer->failed && nftnl_expr_set(expr, attribute, value, length) < 0)
		writer->failed = true;
}

static void put_text(
	struct writer *writer, struct nftnl_expr *expr, uint16_t attribute, const char *value)
{
	if (!writer->failed && nftnl_expr_set_str(expr, attribute, value) < 0)
		writer->failed = true;
}

/* Registers are 16 slots of four bytes. One that begins a group of four has the number that older
 * kernels know it by; the kernel and nft write it so too. */
static uint32_t register_number(unsigned int slot)
{
	return slot % 4 == 0 ? NFT_REG_1 + slot / 4 : NFT_REG32_00 + slot;
}

static void load(
	struct writer *writer, enum selector selector, unsigned int length, unsigned int slot)
{
	const struct selector_info *info = selector_info(selector);
	struct nftnl_expr *expr;

	switch (info->source) {
	case SOURCE_META:
		expr = add(writer, "meta");
		put_number(writer, expr, NFTNL_EXPR_META_KEY, info->key);
		put_number(writer, expr, NFTNL_EXPR_META_DREG, register_number(slot));
		break;
	case SOURCE_CT:
		expr = add(writer, "ct");
		put_number(writer, expr, NFTNL_EXPR_CT_KEY, info->key);
		put_number(writer, expr, NFTNL_EXPR_CT_DREG, register_number(slot));
		break;
	case SOURCE_PAYLOAD:
		expr = add(writer, "payload");
		put_number(writer, expr, NFTNL_EXPR_PAYLOAD_BASE, info->key);
		put_number(writer, expr, NFTNL_EXPR_PAYLOAD_OFFSET, info->offset);
		put_number(writer, expr, NFTNL_EXPR_PAYLOAD_LEN, length);
		put_number(writer, expr, NFTNL_EXPR_PAYLOAD_DREG, register_number(slot));
		break;
	}
}

static void compare(
	struct writer *writer, unsigned int operation, const void *data, unsigned int length)
{
	struct nftnl_expr *expr = add(writer, "cmp");

	put_number(writer, expr, NFTNL_EXPR_CMP_SREG, NFT_REG_1);
	put_number(writer, expr, NFTNL_EXPR_CMP_OP, operation);
	put_bytes(writer, expr, NFTNL_EXPR_CMP_DATA, data, length);
}

static void mask(
	struct writer *writer, const uint8_t *keep, const uint8_t *flip, unsigned int length)
{
	struct nftnl_expr *expr = add(writer, "bitwise");

	put_number(writer, expr, NFTNL_EXPR_BITWISE_SREG, NFT_REG_1);
	put_number(writer, expr, NFTNL_EXPR_BITWISE_DREG, NFT_REG_1);
	put_number(writer, expr, NFTNL_EXPR_BITWISE_OP, NFT_BITWISE_BOOL);
	put_number(writer, expr, NFTNL_EXPR_BITWISE_LEN, length);
	put_bytes(writer, expr, NFTNL_EXPR_BITWISE_MASK, keep, length);
	put_bytes(writer, expr, NFTNL_EXPR_BITWISE_XOR, flip, length);
}

static void put_implied(struct writer *writer, const struct statement *statement)
{
	struct implied missing = implied_missing(&writer->known, statement);
	uint16_t ethernet = ARPHRD_ETHER;

	if (missing.nfproto) {
		load(writer, SEL_META_NFPROTO, 1, 0);
		compare(writer, NFT_CMP_EQ, &missing.nfproto, 1);
	}
	if (missing.ether) {
		struct nftnl_expr *expr = add(writer, "meta");

		put_number(writer, expr, NFTNL_EXPR_META_KEY, NFT_META_IIFTYPE);
		put_number(writer, expr, NFTNL_EXPR_META_DREG, NFT_REG_1);
		compare(writer, NFT_CMP_EQ, &ethernet, sizeof(ethernet));
	}
	if (missing.l4proto) {
		load(writer, SEL_META_L4PROTO, 1, 0);
		compare(writer, NFT_CMP_EQ, &missing.l4proto, 1);
	}
}

/* The concatenated selectors, from register 1 on, as they stand in the set's keys. */
static int load_key(struct writer *writer, const struct statement *statement, const struct set *set)
{
	unsigned int slot = 0;

	if (statement->selector_count != set->field_count)
		return -EINVAL;
	for (unsigned int i = 0; i < statement->selector_count; i++) {
		const struct selector_info *info = selector_info(statement->selectors[i]);

		if (field_info(info->field)->slot != field_info(set->fields[i])->slot ||
			info->field == FIELD_INVALID)
			return -EINVAL;
		load(writer, statement->selectors[i], info->length, slot);
		slot += field_info(info->field)->slot / 4;
	}
	return 0;
}

static int put_compare(struct writer *writer, const struct statement *statement)
{
	static const uint8_t zero[sizeof(statement->mask)];
	const struct selector_info *info = selector_info(statement->selectors[0]);
	unsigned int length = statement->length ? statement->length : info->length;

	if (statement->selector_count != 1 || length > info->length ||
		length > sizeof(statement->data) ||
		(length < info->length && info->source != SOURCE_PAYLOAD))
		return -EINVAL;
	load(writer, statement->selectors[0], length, 0);
	if (memcmp(statement->mask, zero, sizeof(zero)) != 0)
		mask(writer, statement->mask, zero, length);
	compare(writer, statement->negate ? NFT_CMP_NEQ : NFT_CMP_EQ, statement->data, length);
	return 0;
}

/* A lookup in the named set; value: which slot takes the element's value, or the verdict. */
static int put_lookup(struct writer *writer, const struct statement *statement,
	enum field_type value, uint32_t value_register)
{
	const struct set *set = ruleset_find_set(writer->ruleset, statement->name);
	struct nftnl_expr *expr;
	int error;

	if (!set || set->value != value || (statement->negate && value != FIELD_INVALID))
		return -EINVAL;
	error = load_key(writer, statement, set);
	if (error < 0)
		return error;
	expr = add(writer, "lookup");
	put_text(writer, expr, NFTNL_EXPR_LOOKUP_SET, set->name);
	put_number(writer, expr, NFTNL_EXPR_LOOKUP_SREG, NFT_REG_1);
	if (value != FIELD_INVALID)
		put_number(writer, expr, NFTNL_EXPR_LOOKUP_DREG, value_register);
	if (statement->negate)
		put_number(writer, expr, NFTNL_EXPR_LOOKUP_FLAGS, NFT_LOOKUP_F_INV);
	return 0;
}

static int put_set_lookup(struct writer *writer, const struct statement *statement)
{
	return put_lookup(writer, statement, FIELD_INVALID, 0);
}

static int put_vmap(struct writer *writer, const struct statement *statement)
{
	return put_lookup(writer, statement, FIELD_VERDICT, NFT_REG_VERDICT);
}

static int put_ct_mark_map(struct writer *writer, const struct statement *statement)
{
	int error = put_lookup(writer, statement, FIELD_MARK, NFT_REG_1);
	struct nftnl_expr *expr;

	if (error < 0)
		return error;
	expr = add(writer, "ct");
	put_number(writer, expr, NFTNL_EXPR_CT_KEY, NFT_CT_MARK);
	put_number(writer, expr, NFTNL_EXPR_CT_SREG, NFT_REG_1);
	return 0;
}

/* (mark & mask) | data is what the kernel calls (mark & (mask & ~data)) ^ data. */
static int put_set_mark(struct writer *writer, const struct statement *statement)
{
	struct nftnl_expr *expr;
	uint32_t keep, data;

	memcpy(&keep, statement->mask, sizeof(keep));
	memcpy(&data, statement->data, sizeof(data));
	if (keep) {
		keep &= ~data;
		load(writer, SEL_META_MARK, sizeof(keep), 0);
		mask(writer, (const uint8_t *)&keep, (const uint8_t *)&data, sizeof(keep));
	} else {
		expr = add(writer, "immediate");
		put_number(writer, expr, NFTNL_EXPR_IMM_DREG, NFT_REG_1);
		put_bytes(writer, expr, NFTNL_EXPR_IMM_DATA, &data, sizeof(data));
	}
	expr = add(writer, "meta");
	put_number(writer, expr, NFTNL_EXPR_META_KEY, NFT_META_MARK);
	put_number(writer, expr, NFTNL_EXPR_META_SREG, NFT_REG_1);
	return 0;
}

static int put_add(struct writer *writer, const struct statement *statement)
{
	const struct set *set = ruleset_find_set(writer->ruleset, statement->name);
	struct nftnl_expr *expr, *counter;
	int error;

	if (!set || !(set->flags & SET_DYNAMIC) || set->flags & SET_MAP)
		return -EINVAL;
	error = load_key(writer, statement, set);
	if (error < 0)
		return error;
	expr = add(writer, "dynset");
	put_text(writer, expr, NFTNL_EXPR_DYNSET_SET_NAME, set->name);
	put_number(writer, expr, NFTNL_EXPR_DYNSET_OP, NFT_DYNSET_OP_ADD);
	put_number(writer, expr, NFTNL_EXPR_DYNSET_SREG_KEY, NFT_REG_1);
	counter = writer->failed ? NULL : nftnl_expr_alloc("counter");
	if (!counter) {
		writer->failed = true;
		return 0;
	}
	nftnl_expr_add_expr(expr, NFTNL_EXPR_DYNSET_EXPR, counter);
	return 0;
}

static void put_object(struct writer *writer, uint32_t type, const char *name)
{
	struct nftnl_expr *expr = add(writer, "objref");

	put_number(writer, expr, NFTNL_EXPR_OBJREF_IMM_TYPE, type);
	put_text(writer, expr, NFTNL_EXPR_OBJREF_IMM_NAME, name);
}

static int put_counter(struct writer *writer, const struct statement *statement)
{
	put_object(writer, NFT_OBJECT_COUNTER, statement->name);
	return 0;
}

static int put_limit(struct writer *writer, const struct statement *statement)
{
	if (!ruleset_find_limit(writer->ruleset, statement->name))
		return -EINVAL;
	put_object(writer, NFT_OBJECT_LIMIT, statement->name);
	return 0;
}

static int put_log(struct writer *writer, const struct statement *statement)
{
	struct nftnl_expr *expr = add(writer, "log");

	if (writer->failed)
		return 0;
	if (statement->prefix)
		put_text(writer, expr, NFTNL_EXPR_LOG_PREFIX, statement->prefix);
	nftnl_expr_set_u16(expr, NFTNL_EXPR_LOG_GROUP, statement->group);
	if (statement->snaplen)
		put_number(writer, expr, NFTNL_EXPR_LOG_SNAPLEN, statement->snaplen);
	return 0;
}

static int put_verdict(struct writer *writer, const struct statement *statement)
{
	bool names = statement->verdict == VERDICT_JUMP || statement->verdict == VERDICT_GOTO;
	struct nftnl_expr *expr;

	if (names != (statement->name != NULL) ||
		(names && !ruleset_find_chain(writer->ruleset, statement->name)))
		return -EINVAL;
	expr = add(writer, "immediate");
	put_number(writer, expr, NFTNL_EXPR_IMM_DREG, NFT_REG_VERDICT);
	put_number(writer, expr, NFTNL_EXPR_IMM_VERDICT,
		(uint32_t)nftgen_verdict_code(statement->verdict));
	if (names)
		put_text(writer, expr, NFTNL_EXPR_IMM_CHAIN, statement->name);
	return 0;
}

static int put_opaque(struct writer *writer, const struct statement *statement)
{
	(void)writer;
	(void)statement;
	return -EINVAL;
}

static int (*const put_statement[])(struct writer *, const struct statement *) = {
	[STMT_COMPARE] = put_compare,
	[STMT_LOOKUP] = put_set_lookup,
	[STMT_VMAP] = put_vmap,
	[STMT_CT_MARK_MAP] = put_ct_mark_map,
	[STMT_SET_MARK] = put_set_mark,
	[STMT_ADD] = put_add,
	[STMT_COUNTER] = put_counter,
	[STMT_LIMIT] = put_limit,
	[STMT_LOG] = put_log,
	[STMT_VERDICT] = put_verdict,
	[STMT_OPAQUE] = put_opaque,
};

static int put_comment(struct nftnl_rule *built, const char *comment)
{
	struct nftnl_udata_buf *userdata;
	int error = -ENOMEM;

	if (!comment)
		return 0;
	if (strlen(comment) > RULESET_COMMENT_MAX)
		return -EINVAL;
	userdata = nftnl_udata_buf_alloc(RULESET_COMMENT_MAX + 8);
	if (!userdata)
		return -ENOMEM;
	if (nftnl_udata_put_strz(userdata, NFTNL_UDATA_RULE_COMMENT, comment) &&
		nftnl_rule_set_data(built, NFTNL_RULE_USERDATA, nftnl_udata_buf_data(userdata),
			nftnl_udata_buf_len(userdata)) >= 0)
		error = 0;
	nftnl_udata_buf_free(userdata);
	return error;
}

static int fill_rule(struct writer *writer, const struct chain *chain, const struct rule *rule)
{
	if (rule->count > NFTGEN_STATEMENTS_MAX)
		return -EINVAL;
	if (nftnl_rule_set_str(writer->rule, NFTNL_RULE_TABLE, writer->ruleset->table) < 0 ||
		nftnl_rule_set_str(writer->rule, NFTNL_RULE_CHAIN, chain->name) < 0)
		return -ENOMEM;
	for (size_t i = 0; i < rule->count; i++) {
		const struct statement *statement = &rule->statements[i];
		int error;

		put_implied(writer, statement);
		error = put_statement[statement->kind](writer, statement);
		if (error < 0)
			return error;
		implied_learn(&writer->known, statement);
	}
	return writer->failed ? -ENOMEM : put_comment(writer->rule, rule->comment);
}

static int add_rule(struct nftgen *batch, const struct ruleset *ruleset, const struct chain *chain,
	size_t index)
{
	const struct rule *rule = &chain->rules[index];
	struct origin origin = {
		.kind = ORIGIN_RULE, .name = chain->name, .index = index, .line = rule->line
	};
	struct writer writer = { .ruleset = ruleset, .rule = nftnl_rule_alloc() };
	struct nlmsghdr *message;
	int error;

	nftgen_attempt(batch, &origin);
	if (!writer.rule)
		return -ENOMEM;
	error = fill_rule(&writer, chain, rule);
	if (error < 0)
		goto out;
	error = -ENOMEM;
	message = nftgen_begin(batch, NFT_MSG_NEWRULE, NLM_F_CREATE | NLM_F_APPEND, &origin);
	if (!message)
		goto out;
	nftnl_rule_nlmsg_build_payload(message, writer.rule);
	nftgen_end(batch, message);
	error = 0;
out:
	nftnl_rule_free(writer.rule);
	return error;
}

int nftgen_add_rules_from(struct nftgen *batch, const struct ruleset *ruleset,
	const struct chain *chain, size_t first)
{
	int error = 0;

	for (size_t i = first; i < chain->count && error == 0; i++)
		error = add_rule(batch, ruleset, chain, i);
	return error;
}

int nftgen_add_rules(struct nftgen *batch, const struct ruleset *ruleset, const struct chain *chain)
{
	return nftgen_add_rules_from(batch, ruleset, chain, 0);
}
