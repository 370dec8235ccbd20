/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decode_registers.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

int reader_slot(uint32_t number, unsigned int length)
{
	unsigned int slot;

	if (number >= NFT_REG_1 && number <= NFT_REG_4)
		slot = (number - NFT_REG_1) * 4;
	else if (number >= NFT_REG32_00 && number <= NFT_REG32_15)
		slot = number - NFT_REG32_00;
	else
		return -1;
	return length > 0 && slot * 4 + length <= SLOTS * 4 ? (int)slot : -1;
}

int reader_opaque(struct reader *reader, const char *name)
{
	struct statement *statement = rule_add_statement(reader->rule, STMT_OPAQUE);

	if (!statement)
		return -ENOMEM;
	statement->name = strdup(name);
	return statement->name ? 0 : -ENOMEM;
}

int reader_forget_slots(struct reader *reader, unsigned int first, unsigned int count)
{
	bool unread = false;

	for (unsigned int i = first; i < first + count; i++) {
		unread |= reader->slots[i].kind != SLOT_EMPTY &&
			  reader->slots[i].kind != SLOT_CONSTANT && !reader->slots[i].used;
		reader->slots[i] = (struct slot){ .kind = SLOT_EMPTY };
	}
	return unread ? reader_opaque(reader, "unused load") : 0;
}

/* Is a waiting test for Ethernet what next needs? Comparisons, of the protocol for one, may stand
 * between the two. */
static bool ether_is_lost(struct reader *reader, const struct statement *next)
{
	if (!reader->ether_waits)
		return false;
	for (unsigned int i = 0; next && i < next->selector_count; i++) {
		if (next->selectors[i] == SEL_ETHER_SADDR ||
			next->selectors[i] == SEL_ETHER_DADDR) {
			reader->ether_waits = false;
			return false;
		}
	}
	if (next && next->kind == STMT_COMPARE)
		return false;
	reader->ether_waits = false;
	return true;
}

int reader_settle(struct reader *reader, const struct statement *next)
{
	bool map_is_lost = reader->map_waits && !(next && next->kind == STMT_CT_MARK_MAP);

	reader->map_waits = false;
	if (map_is_lost && reader_opaque(reader, "lookup") < 0)
		return -ENOMEM;
	return ether_is_lost(reader, next) ? reader_opaque(reader, "meta iiftype") : 0;
}

int reader_add(struct reader *reader, const struct statement *wanted)
{
	struct statement *statement;
	char *name = NULL;

	if (reader_settle(reader, wanted) < 0)
		return -ENOMEM;
	if (wanted->name) {
		name = strdup(wanted->name);
		if (!name)
			return -ENOMEM;
	}
	statement = rule_add_statement(reader->rule, wanted->kind);
	if (!statement) {
		free(name);
		return -ENOMEM;
	}
	*statement = *wanted;
	statement->name = name;
	implied_learn(&reader->known, statement);
	return 0;
}

bool reader_tested(const struct reader *reader, const struct selector_info *info)
{
	return (!info->needs_nfproto || info->needs_nfproto == reader->known.nfproto) &&
	       (!info->needs_l4proto || info->needs_l4proto == reader->known.l4proto);
}

static bool is_address(enum field_type type)
{
	return type == FIELD_IPV4_ADDR || type == FIELD_IPV6_ADDR;
}

enum selector reader_selector(const struct reader *reader, enum selector_source source,
	uint32_t key, uint32_t offset, unsigned int length)
{
	for (unsigned int i = 0; i < SEL_COUNT; i++) {
		const struct selector_info *info = selector_info((enum selector)i);

		if (info->source != source || info->key != key || !reader_tested(reader, info))
			continue;
		if (source != SOURCE_PAYLOAD ||
			(info->offset == offset &&
				(length == info->length ||
					(length < info->length && is_address(info->field)))))
			return (enum selector)i;
	}
	return SEL_COUNT;
}

int reader_load(struct reader *reader, uint32_t number, enum slot_kind kind, enum selector selector,
	unsigned int length)
{
	int first = reader_slot(number, length);
	unsigned int parts = (length + 3) / 4;

	if (first < 0)
		return -EOPNOTSUPP;
	if (reader_forget_slots(reader, (unsigned int)first, parts) < 0)
		return -ENOMEM;
	for (unsigned int i = 0; i < parts; i++)
		reader->slots[(unsigned int)first + i] = (struct slot){
			.kind = kind,
			.selector = selector,
			.part = i,
			.length = length,
		};
	return 0;
}

struct slot *reader_value(
	struct reader *reader, uint32_t number, enum slot_kind kind, unsigned int length)
{
	int first = reader_slot(number, length);
	struct slot *slots;

	if (first < 0)
		return NULL;
	slots = &reader->slots[first];
	for (unsigned int i = 0; i < (length + 3) / 4; i++) {
		if (slots[i].kind != kind || slots[i].part != i || slots[i].length != length ||
			slots[i].selector != slots[0].selector)
			return NULL;
	}
	for (unsigned int i = 0; i < (length + 3) / 4; i++)
		slots[i].used = true;
	return slots;
}

int reader_forget(struct reader *reader, enum selector selector)
{
	for (unsigned int i = 0; i < SLOTS; i++)
		if (reader->slots[i].kind == SLOT_LOADED && reader->slots[i].selector == selector &&
			reader_forget_slots(reader, i, 1) < 0)
			return -ENOMEM;
	return 0;
}
