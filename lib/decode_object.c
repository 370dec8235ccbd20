/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stateful objects: counters, and limits of ours. */
#include <errno.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "attr.h"
#include "decode_impl.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int decode_object_attributes(
	const struct nlmsghdr *message, const struct nlattr *ret_table[NFTA_OBJ_MAX + 1])
{
	static const enum attr_kind kinds[NFTA_OBJ_MAX + 1] = {
		[NFTA_OBJ_TABLE] = ATTR_TEXT,
		[NFTA_OBJ_NAME] = ATTR_TEXT,
		[NFTA_OBJ_TYPE] = ATTR_U32,
		[NFTA_OBJ_DATA] = ATTR_NEST,
		[NFTA_OBJ_USE] = ATTR_IGNORED,
		[NFTA_OBJ_HANDLE] = ATTR_IGNORED,
		[NFTA_OBJ_PAD] = ATTR_IGNORED,
		[NFTA_OBJ_USERDATA] = ATTR_IGNORED,
	};
	int error = attrs_parse(attrs_of_message(message), kinds, COUNT(kinds), ret_table);

	if (error == -EBADMSG)
		return error;
	return ret_table[NFTA_OBJ_TABLE] && ret_table[NFTA_OBJ_NAME] ? error : -EBADMSG;
}

/* False: it does what no limit of ours does. */
static bool read_limit(const struct nlattr *nest, struct limit *limit)
{
	static const enum attr_kind kinds[] = {
		[NFTA_LIMIT_RATE] = ATTR_U64,
		[NFTA_LIMIT_UNIT] = ATTR_U64,
		[NFTA_LIMIT_BURST] = ATTR_U32,
		[NFTA_LIMIT_TYPE] = ATTR_U32,
		[NFTA_LIMIT_FLAGS] = ATTR_U32,
		[NFTA_LIMIT_PAD] = ATTR_IGNORED,
	};
	const struct nlattr *table[COUNT(kinds)];
	uint64_t rate, unit;

	if (!nest || attrs_parse(attrs_of_nest(nest), kinds, COUNT(kinds), table) < 0)
		return false;
	rate = attr_u64(table[NFTA_LIMIT_RATE], 0);
	unit = attr_u64(table[NFTA_LIMIT_UNIT], 0);
	limit->rate = (uint32_t)rate;
	limit->per_seconds = (uint32_t)unit;
	limit->burst = attr_u32(table[NFTA_LIMIT_BURST], 0);
	return rate > 0 && rate <= UINT32_MAX && limit_period(unit) && limit->burst > 0 &&
	       attr_u32(table[NFTA_LIMIT_TYPE], NFT_LIMIT_PKTS) == NFT_LIMIT_PKTS &&
	       attr_u32(table[NFTA_LIMIT_FLAGS], 0) == NFT_LIMIT_F_INV;
}

/* 0; -EOPNOTSUPP for an object that the rule set cannot hold. */
static int read_object(struct ruleset *ruleset, const struct nlattr *const *table)
{
	const char *name = attr_text(table[NFTA_OBJ_NAME]);
	struct limit limit = { 0 };

	switch (attr_u32(table[NFTA_OBJ_TYPE], NFT_OBJECT_UNSPEC)) {
	case NFT_OBJECT_COUNTER:
		return ruleset_add_counter(ruleset, name);
	case NFT_OBJECT_LIMIT:
		if (!read_limit(table[NFTA_OBJ_DATA], &limit))
			return -EOPNOTSUPP;
		return ruleset_add_limit(ruleset, name, limit.rate, limit.per_seconds, limit.burst);
	default:
		return -EOPNOTSUPP;
	}
}

int decode_object_message(const struct nlmsghdr *message, void *data)
{
	const struct nlattr *table[NFTA_OBJ_MAX + 1];
	struct decoder *decoder = data;
	int error = decode_object_attributes(message, table);

	if (error == -EBADMSG)
		return error;
	if (strcmp(attr_text(table[NFTA_OBJ_TABLE]), decoder->ruleset->table) != 0)
		return 0;
	if (error == 0)
		error = read_object(decoder->ruleset, table);
	if (error == -EEXIST)
		return -EBADMSG;
	if (error != -EOPNOTSUPP)
		return error;
	decoder->foreign = true;
	return decode_unknown(decoder->ruleset, "object %s: it is no counter, nor a limit of ours",
		attr_text(table[NFTA_OBJ_NAME]));
}
