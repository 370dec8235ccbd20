/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One packet, rule by rule, as the kernel does it. */
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "oracle.h"

struct run {
	const struct oracle_rules *rules;
	enum oracle_hook hook;
	struct oracle_packet packet;
	uint8_t registers[ORACLE_REGISTERS];
};

static bool has_connection(const struct oracle_packet *packet)
{
	return packet->bytes[ORACLE_STATE][0] != 1 && packet->bytes[ORACLE_STATE][0] != 64;
}

static bool load(struct run *run, const struct oracle_op *op)
{
	unsigned int length = oracle_load_length(op);

	memset(run->registers + op->at, 0, (length + 3) / 4 * 4);
	for (unsigned int i = 0; i < length; i++) {
		struct oracle_byte byte = oracle_load(run->rules, op, run->hook, i);

		if (byte.connection && !has_connection(&run->packet))
			return false;
		run->registers[op->at + i] =
			byte.field == ORACLE_NOTHING
				? (uint8_t)byte.index
				: (uint8_t)(run->packet.bytes[byte.field][byte.index] - byte.less);
	}
	return true;
}

static bool compare(const uint8_t *key, const struct oracle_op *op)
{
	int order = memcmp(key, op->a, op->length);

	switch (op->number) {
	case NFT_CMP_EQ:
		return order == 0;
	case NFT_CMP_NEQ:
		return order != 0;
	case NFT_CMP_LT:
		return order < 0;
	case NFT_CMP_LTE:
		return order <= 0;
	case NFT_CMP_GT:
		return order > 0;
	default:
		return order >= 0;
	}
}

static bool in_element(
	const struct oracle_set *set, const struct oracle_element *element, const uint8_t *key)
{
	for (unsigned int i = 0, at = 0; i < set->slots; at += (set->lengths[i] + 3) / 4 * 4, i++)
		if (memcmp(key + at, element->first + at, set->lengths[i]) < 0 ||
			memcmp(key + at, element->last + at, set->lengths[i]) > 0)
			return false;
	return true;
}

static const struct oracle_element *find(const struct oracle_set *set, const uint8_t *key)
{
	for (unsigned int i = 0; i < set->count; i++)
		if (in_element(set, &set->elements[i], key))
			return &set->elements[i];
	return NULL;
}

static bool run_op(struct run *run, const struct oracle_op *op, struct oracle_verdict *verdict)
{
	uint8_t *key = run->registers + op->at;
	const struct oracle_element *element;

	switch (op->kind) {
	case ORACLE_PAYLOAD:
	case ORACLE_META:
	case ORACLE_CT:
	case ORACLE_CONSTANT:
		return load(run, op);
	case ORACLE_SET_META:
		memcpy(run->packet.bytes[ORACLE_MARK], key, 4);
		return true;
	case ORACLE_SET_CT:
		if (has_connection(&run->packet))
			memcpy(run->packet.bytes[ORACLE_CT_MARK], key, 4);
		return true;
	case ORACLE_CMP:
		return compare(key, op);
	case ORACLE_RANGE:
		return (memcmp(key, op->a, op->length) >= 0 &&
			       memcmp(key, op->b, op->length) <= 0) == (op->number == NFT_RANGE_EQ);
	case ORACLE_BITWISE:
		for (unsigned int i = 0; i < op->length; i++)
			key[i] = (key[i] & op->a[i]) ^ op->b[i];
		return true;
	case ORACLE_LOOKUP:
		return (find(&run->rules->sets[op->set], key) != NULL) == (op->number == 0);
	case ORACLE_VERDICT_MAP:
		element = find(&run->rules->sets[op->set], key);
		if (element)
			*verdict = element->verdict;
		return element != NULL;
	case ORACLE_VERDICT:
		*verdict = op->verdict;
		return true;
	default:
		return true;
	}
}

/* NF_ACCEPT, NF_DROP; NFT_RETURN: its end was reached. */
static int32_t run_chain(struct run *run, unsigned int number)
{
	const struct oracle_chain *chain = &run->rules->chains[number];

	for (unsigned int i = 0; i < chain->count; i++) {
		struct oracle_verdict verdict = { NFT_CONTINUE, 0 };
		const struct oracle_rule *rule = &chain->rules[i];

		for (unsigned int k = 0; k < rule->count; k++)
			if (!run_op(run, &rule->ops[k], &verdict) || verdict.code != NFT_CONTINUE)
				break;
		if (verdict.code == NFT_GOTO)
			return run_chain(run, verdict.chain);
		if (verdict.code == NFT_JUMP) {
			verdict.code = run_chain(run, verdict.chain);
			if (verdict.code == NFT_RETURN)
				continue;
		}
		if (verdict.code != NFT_CONTINUE)
			return verdict.code;
	}
	return NFT_RETURN;
}

bool oracle_passes(const struct oracle_rules *rules, const struct oracle_packet *packet)
{
	struct run run = { .rules = rules, .packet = *packet };

	for (unsigned int i = 0; i < rules->base_count; i++) {
		run.hook = rules->chains[i].hook;
		int32_t verdict = run_chain(&run, i);

		if (verdict == NFT_RETURN)
			verdict = rules->chains[i].policy;
		if (verdict == NF_DROP)
			return false;
	}
	return true;
}
