/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "implied.h"

#include <stdlib.h>
#include <string.h>

static const uint8_t no_mask[sizeof(((struct statement *)NULL)->mask)];

/* A plain "selector == value" of one byte? */
static bool is_plain(const struct statement *statement, enum selector selector)
{
	return statement->kind == STMT_COMPARE && statement->selector_count == 1 &&
	       statement->selectors[0] == selector && !statement->negate &&
	       statement->length == 0 && memcmp(statement->mask, no_mask, sizeof(no_mask)) == 0;
}

static bool needs_ether(enum selector selector)
{
	return selector == SEL_ETHER_SADDR || selector == SEL_ETHER_DADDR;
}

struct implied implied_missing(const struct implied *known, const struct statement *statement)
{
	struct implied missing = { 0 };

	for (unsigned int i = 0; i < statement->selector_count; i++) {
		const struct selector_info *info = selector_info(statement->selectors[i]);

		if (info->needs_nfproto && info->needs_nfproto != known->nfproto)
			missing.nfproto = info->needs_nfproto;
		if (info->needs_l4proto && info->needs_l4proto != known->l4proto)
			missing.l4proto = info->needs_l4proto;
		if (needs_ether(statement->selectors[i]) && !known->ether)
			missing.ether = true;
	}
	return missing;
}

void implied_learn(struct implied *known, const struct statement *statement)
{
	struct implied missing = implied_missing(known, statement);

	if (missing.nfproto)
		known->nfproto = missing.nfproto;
	if (missing.l4proto)
		known->l4proto = missing.l4proto;
	if (missing.ether)
		known->ether = true;
	if (is_plain(statement, SEL_META_NFPROTO))
		known->nfproto = statement->data[0];
	if (is_plain(statement, SEL_META_L4PROTO))
		known->l4proto = statement->data[0];
}

/* Does statement only state what is missing? */
static bool states(const struct statement *statement, const struct implied *missing)
{
	if (is_plain(statement, SEL_META_NFPROTO))
		return missing->nfproto && statement->data[0] == missing->nfproto;
	if (is_plain(statement, SEL_META_L4PROTO))
		return missing->l4proto && statement->data[0] == missing->l4proto;
	return false;
}

static bool is_test(const struct statement *statement)
{
	return is_plain(statement, SEL_META_NFPROTO) || is_plain(statement, SEL_META_L4PROTO);
}

size_t implied_skip(struct implied *known, const struct rule *rule, size_t index)
{
	size_t needing = index;

	/* At most one test of each kind stands before the statement that needs them. */
	while (needing < rule->count && is_test(&rule->statements[needing]))
		needing++;
	if (needing == rule->count)
		return index;
	struct implied missing = implied_missing(known, &rule->statements[needing]);

	while (index < needing && states(&rule->statements[index], &missing))
		implied_learn(known, &rule->statements[index++]);
	return index;
}

void implied_drop(struct rule *rule)
{
	struct implied known = { 0 };
	size_t kept = 0;

	for (size_t i = 0; i < rule->count; i++) {
		size_t next = implied_skip(&known, rule, i);

		for (; i < next; i++) {
			free(rule->statements[i].name);
			free(rule->statements[i].prefix);
		}
		if (i == rule->count)
			break;
		implied_learn(&known, &rule->statements[i]);
		rule->statements[kept++] = rule->statements[i];
	}
	rule->count = kept;
}
