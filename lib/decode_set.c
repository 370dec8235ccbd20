/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Definitions of sets, and their elements in the rule set. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "array.h"
#include "attr.h"
#include "decode_impl.h"
#include "nftgen_impl.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Since Linux 6.16, for information: the backend's name and the number of elements. */
#define SET_ATTRIBUTE_TYPE  19
#define SET_ATTRIBUTE_COUNT 20

/* From this number of elements on, asking for each by its key is faster than a dump. */
#define KNOWN_WORTHWHILE 200000

/* Dumps of a set, until one tells of no element twice. */
#define DUMPS_MAX 16

#define FLAGS_KNOWN                                                                                \
	(NFT_SET_INTERVAL | NFT_SET_MAP | NFT_SET_EVAL | NFT_SET_CONCAT | NFT_SET_EXPR |           \
		NFT_SET_TIMEOUT)

static enum field_type field_of_number(uint32_t number)
{
	for (unsigned int i = 0; i < FIELD_COUNT; i++)
		if (i != FIELD_INVALID && field_info((enum field_type)i)->nft_number == number)
			return (enum field_type)i;
	return FIELD_INVALID;
}

/* Six bits a field, the last in the lowest. The number of fields; 0 for what is not known. */
static unsigned int read_fields(uint32_t type, enum field_type fields[RULESET_FIELDS_MAX])
{
	unsigned int count = 0;

	for (uint32_t rest = type; rest; rest >>= 6)
		count++;
	if (count > RULESET_FIELDS_MAX)
		return 0;
	for (unsigned int i = 0; i < count; i++) {
		fields[i] = field_of_number(type >> 6 * (count - 1 - i) & 0x3f);
		if (fields[i] == FIELD_INVALID || fields[i] == FIELD_VERDICT)
			return 0;
	}
	return count;
}

static const enum attr_kind set_kinds[] = {
	[NFTA_SET_TABLE] = ATTR_TEXT,
	[NFTA_SET_NAME] = ATTR_TEXT,
	[NFTA_SET_FLAGS] = ATTR_U32,
	[NFTA_SET_KEY_TYPE] = ATTR_U32,
	[NFTA_SET_KEY_LEN] = ATTR_U32,
	[NFTA_SET_DATA_TYPE] = ATTR_U32,
	[NFTA_SET_DATA_LEN] = ATTR_U32,
	[NFTA_SET_POLICY] = ATTR_IGNORED,
	[NFTA_SET_DESC] = ATTR_NEST,
	[NFTA_SET_ID] = ATTR_IGNORED,
	[NFTA_SET_TIMEOUT] = ATTR_REFUSED,
	[NFTA_SET_GC_INTERVAL] = ATTR_REFUSED,
	[NFTA_SET_USERDATA] = ATTR_IGNORED,
	[NFTA_SET_PAD] = ATTR_IGNORED,
	[NFTA_SET_OBJ_TYPE] = ATTR_REFUSED,
	[NFTA_SET_HANDLE] = ATTR_IGNORED,
	[NFTA_SET_EXPR] = ATTR_NEST,
	[NFTA_SET_EXPRESSIONS] = ATTR_REFUSED,
	[SET_ATTRIBUTE_TYPE] = ATTR_IGNORED,
	[SET_ATTRIBUTE_COUNT] = ATTR_IGNORED,
};

static uint32_t read_size(const struct nlattr *description)
{
	static const enum attr_kind kinds[] = {
		[NFTA_SET_DESC_SIZE] = ATTR_U32,
		[NFTA_SET_DESC_CONCAT] = ATTR_IGNORED,
	};
	const struct nlattr *table[COUNT(kinds)];

	if (!description || attrs_parse(attrs_of_nest(description), kinds, COUNT(kinds), table) < 0)
		return 0;
	return attr_u32(table[NFTA_SET_DESC_SIZE], 0);
}

static unsigned int read_flags(const struct nlattr *const *table)
{
	uint32_t flags = attr_u32(table[NFTA_SET_FLAGS], 0);
	struct counter_value counter;
	unsigned int result = 0;

	if (flags & NFT_SET_INTERVAL)
		result |= SET_INTERVAL;
	if (flags & NFT_SET_EVAL)
		result |= SET_DYNAMIC;
	if (flags & NFT_SET_MAP)
		result |= SET_MAP;
	if (flags & NFT_SET_TIMEOUT)
		result |= SET_TIMEOUT;
	if (table[NFTA_SET_EXPR] && decode_counter_expression(table[NFTA_SET_EXPR], &counter))
		result |= SET_COUNTER;
	return result;
}

static enum field_type read_value(const struct nlattr *const *table)
{
	uint32_t type = attr_u32(table[NFTA_SET_DATA_TYPE], 0);

	if (type == NFT_DATA_VERDICT)
		return FIELD_VERDICT;
	return type == field_info(FIELD_MARK)->nft_number &&
			       attr_u32(table[NFTA_SET_DATA_LEN], 0) == sizeof(uint32_t)
		       ? FIELD_MARK
		       : FIELD_INVALID;
}

/* What the definition says beyond what struct set holds. */
static bool has_more(const struct nlattr *const *table, const struct set *set)
{
	uint32_t flags = attr_u32(table[NFTA_SET_FLAGS], 0);
	bool concatenated = (set->flags & SET_INTERVAL) && set->field_count > 1;

	if (flags & ~(uint32_t)FLAGS_KNOWN || !(flags & NFT_SET_CONCAT) == concatenated)
		return true;
	if (attr_u32(table[NFTA_SET_KEY_LEN], 0) != nftgen_key_length(set))
		return true;
	if (!(set->flags & SET_MAP) != (set->value == FIELD_INVALID))
		return true;
	return table[NFTA_SET_EXPR] && !(set->flags & SET_COUNTER);
}

/* A set whose key is not known is kept by its name; its elements will not be what they seem. */
static struct set *add_set(struct ruleset *ruleset, const char *name,
	const struct nlattr *const *table, bool *ret_known)
{
	static const enum field_type any = FIELD_MARK;
	enum field_type fields[RULESET_FIELDS_MAX];
	unsigned int count = read_fields(attr_u32(table[NFTA_SET_KEY_TYPE], 0), fields);
	unsigned int flags = read_flags(table);
	struct set *set = NULL;

	if (count)
		set = ruleset_add_set(ruleset, name, flags, fields, count,
			flags & SET_MAP ? read_value(table) : FIELD_INVALID);
	*ret_known = set && !has_more(table, set);
	return set ? set : ruleset_add_set(ruleset, name, 0, &any, 1, FIELD_INVALID);
}

int decode_set_message(const struct nlmsghdr *message, void *data)
{
	struct decoder *decoder = data;
	const struct nlattr *table[COUNT(set_kinds)];
	int error = attrs_parse(attrs_of_message(message), set_kinds, COUNT(set_kinds), table);
	const char *name;
	struct set *set;
	bool known;

	if (error == -EBADMSG || !table[NFTA_SET_TABLE] || !table[NFTA_SET_NAME])
		return -EBADMSG;
	if (strcmp(attr_text(table[NFTA_SET_TABLE]), decoder->ruleset->table) != 0)
		return 0;
	name = attr_text(table[NFTA_SET_NAME]);
	if (ruleset_find_set(decoder->ruleset, name))
		return -EBADMSG;
	/* Part of a rule, which becomes opaque; it comes and goes with it. */
	if (attr_u32(table[NFTA_SET_FLAGS], 0) & NFT_SET_ANONYMOUS)
		return decode_unknown(decoder->ruleset, "anonymous set %s", name);
	set = add_set(decoder->ruleset, name, table, &known);
	if (set)
		set->size = read_size(table[NFTA_SET_DESC]);
	else
		decoder->foreign = true;
	return error == 0 && known ? 0
				   : decode_unknown(decoder->ruleset,
					     "set %s: key, flags %#x or other properties", name,
					     attr_u32(table[NFTA_SET_FLAGS], 0));
}

/* An interval set of one field gives the beginnings and the ends of its ranges one by one. */
struct boundary {
	uint8_t key[RULESET_KEY_MAX];
	bool end; /* the first value behind a range */
	uint32_t value;
};

struct filling {
	struct ruleset *ruleset;
	size_t set; /* index: the array does not move, but verdicts are added */
	struct boundary *boundaries;
	size_t count, room;
	bool unknown;
};

/* The value of a map's element. -EOPNOTSUPP for one that is not known. */
static int read_map_value(struct filling *filling, const struct element *element, uint32_t *value)
{
	const struct set *set = &filling->ruleset->sets[filling->set];
	enum verdict verdict;
	const char *chain;
	int error;

	*value = 0;
	if (!(set->flags & SET_MAP))
		return element->data || element->verdict ? -EOPNOTSUPP : 0;
	if (set->value != FIELD_VERDICT) {
		if (element->data_length != sizeof(*value))
			return -EOPNOTSUPP;
		memcpy(value, element->data, sizeof(*value));
		return 0;
	}
	if (!element->verdict)
		return -EOPNOTSUPP;
	error = decode_verdict(element->verdict, &verdict, &chain);
	return error < 0 ? error : ruleset_verdict(filling->ruleset, verdict, chain, value);
}

static int add_boundary(struct filling *filling, const struct element *element, uint32_t value)
{
	struct boundary *boundary = array_reserve(
		filling->boundaries, sizeof(*boundary), filling->count, &filling->room);

	if (!boundary)
		return -ENOMEM;
	filling->boundaries = boundary;
	boundary = &filling->boundaries[filling->count++];
	memset(boundary, 0, sizeof(*boundary));
	memcpy(boundary->key, element->key, element->key_length);
	boundary->end = element->flags & NFT_SET_ELEM_INTERVAL_END;
	boundary->value = value;
	return 0;
}

static int add_element(struct filling *filling, const struct element *element, uint32_t value)
{
	struct set *set = &filling->ruleset->sets[filling->set];
	uint8_t key[RULESET_KEY_MAX] = { 0 }, end[RULESET_KEY_MAX] = { 0 };
	bool range = set->flags & SET_INTERVAL;

	if (element->key_end && (!range || element->key_end_length != element->key_length))
		return -EOPNOTSUPP;
	memcpy(key, element->key, element->key_length);
	memcpy(end, element->key_end ? element->key_end : element->key, element->key_length);
	if (set_add_element(set, key, end, value, 0) < 0)
		return -ENOMEM;
	/* One that is just ending still has an end. */
	if (!element->timeout)
		return 0;
	return set_put_timeout(set, set->count - 1, element->expiration ? element->expiration : 1);
}

static int fill_element(const struct element *element, void *data)
{
	struct filling *filling = data;
	const struct set *set = &filling->ruleset->sets[filling->set];
	bool halves = (set->flags & SET_INTERVAL) && set->field_count == 1;
	uint32_t value = 0;
	int error = 0;

	if (element->unknown || element->key_length != nftgen_key_length(set) ||
		element->flags & ~(halves ? (uint32_t)NFT_SET_ELEM_INTERVAL_END : 0) ||
		(element->has_counter && !(set->flags & SET_COUNTER)) ||
		(element->timeout && (halves || !(set->flags & SET_TIMEOUT))))
		error = -EOPNOTSUPP;
	if (error == 0 && !(element->flags & NFT_SET_ELEM_INTERVAL_END))
		error = read_map_value(filling, element, &value);
	if (error == 0)
		error = halves ? add_boundary(filling, element, value)
			       : add_element(filling, element, value);
	if (error == -EOPNOTSUPP) {
		filling->unknown = true;
		error = 0;
	}
	return error;
}

/* By key; where a range ends and another begins, the end comes first. */
static int compare_boundaries(const void *a, const void *b)
{
	const struct boundary *x = a, *y = b;
	int order = memcmp(x->key, y->key, sizeof(x->key));

	return order ? order : (int)y->end - (int)x->end;
}

/* One less than a number in network order, which is not zero. */
static void previous_number(uint8_t *value, unsigned int length)
{
	while (length-- > 0)
		if (value[length]-- != 0)
			return;
}

/* The range that begins at boundary i. */
static int add_range(struct filling *filling, size_t i)
{
	struct set *set = &filling->ruleset->sets[filling->set];
	const struct boundary *begin = &filling->boundaries[i];
	unsigned int length = nftgen_key_length(set);
	uint8_t last[RULESET_KEY_MAX] = { 0 };

	if (i + 1 == filling->count) {
		memset(last, 0xff, length);
	} else {
		if (memcmp(begin[0].key, begin[1].key, length) == 0)
			return -EOPNOTSUPP; /* two ranges begin here */
		memcpy(last, begin[1].key, length);
		previous_number(last, length);
	}
	return set_add_element(set, begin->key, last, begin->value, 0);
}

static int join_boundaries(struct filling *filling)
{
	if (filling->count)
		qsort(filling->boundaries, filling->count, sizeof(filling->boundaries[0]),
			compare_boundaries);
	for (size_t i = 0; i < filling->count; i++) {
		int error = filling->boundaries[i].end ? 0 : add_range(filling, i);

		if (error == -EOPNOTSUPP)
			filling->unknown = true;
		else if (error < 0)
			return error;
	}
	return 0;
}

/* The same set in like, if it has so many keys that to ask for them is worthwhile, and the kernel
 * adds none to them. */
static const struct set *find_like(const struct set *set, const struct ruleset *like)
{
	const struct set *other = like ? ruleset_find_set(like, set->name) : NULL;

	if (!other || set->flags & SET_INTERVAL || set->size != other->count ||
		other->count < KNOWN_WORTHWHILE || other->flags != set->flags ||
		nftgen_key_length(other) != nftgen_key_length(set))
		return NULL;
	return other;
}

/* Sorted. */
static bool has_key_twice(const struct set *set)
{
	for (size_t i = 1; i < set->count; i++)
		if (memcmp(set->elements + (i - 1) * set->stride, set->elements + i * set->stride,
			    set->key_length) == 0)
			return true;
	return false;
}

/*
 * The kernel makes a hash that elements were added to larger in the background, some time after
 * they were. A dump in the middle of that begins again in the new one, behind as many elements as
 * it has told of: some are told twice, and as many others not at all.
 */
static int dump(struct nlsock *socket, struct filling *filling)
{
	struct ruleset *ruleset = filling->ruleset;
	struct set *set = &ruleset->sets[filling->set];

	for (unsigned int tries = 0; tries < DUMPS_MAX; tries++) {
		set->count = 0;
		filling->unknown = false;
		int error = decode_walk(socket, ruleset->table, set->name, fill_element, filling);

		if (error < 0 || set->flags & SET_INTERVAL)
			return error;
		set_sort(set);
		if (!has_key_twice(set))
			return 0;
	}
	return -EINTR;
}

int decode_set_elements(
	struct nlsock *socket, struct ruleset *ruleset, size_t index, const struct ruleset *like)
{
	struct filling filling = { .ruleset = ruleset, .set = index };
	struct set *set = &ruleset->sets[index];
	const struct set *other = find_like(set, like);
	int error = 0;

	if (set->flags & SET_DYNAMIC)
		return 0;
	if (other)
		error = decode_walk_known(socket, ruleset->table, set->name, other->elements,
			nftgen_key_length(set), other->stride, other->count, fill_element,
			&filling);
	if (error == 0 && (!other || set->count != other->count))
		error = dump(socket, &filling);
	if (error == 0)
		error = join_boundaries(&filling);
	if (error == 0 && filling.unknown)
		error = decode_unknown(
			ruleset, "set %s: an element with other properties", set->name);
	free(filling.boundaries);
	return error;
}
