/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets, maps and their elements. */
#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include <libnftnl/expr.h>
#include <libnftnl/set.h>
#include <libnftnl/udata.h>

#include "attr.h"
#include "nftgen_impl.h"

/* Elements of one message. The list's length has 16 bits: the longest element (two keys of
 * RULESET_KEY_MAX and a verdict with a chain's name) takes about 350 bytes. */
#define ELEMENTS_BYTES_MAX 60000

/* enum byteorder of nft, which it keeps in a set's user data to print by. */
#define NFT_BYTEORDER_HOST 1
#define NFT_BYTEORDER_BIG  2

unsigned int nftgen_key_length(const struct set *set)
{
	return set->field_count == 1 ? field_info(set->fields[0])->length : set->key_length;
}

int nftgen_verdict_code(enum verdict verdict)
{
	switch (verdict) {
	case VERDICT_ACCEPT:
		return NF_ACCEPT;
	case VERDICT_DROP:
		return NF_DROP;
	case VERDICT_JUMP:
		return NFT_JUMP;
	case VERDICT_GOTO:
		return NFT_GOTO;
	case VERDICT_RETURN:
		return NFT_RETURN;
	}
	return NF_DROP;
}

static bool is_host_order(enum field_type type)
{
	return field_info(type)->host_order || type == FIELD_IFNAME;
}

/* Ranges compare bytes from the first to the last, so a field in host order has none. A name of
 * an interface is no number at all; as one field of several it stands for itself. */
static bool is_expressible(const struct set *set)
{
	if (set->field_count == 0 || (set->flags & SET_DYNAMIC && set->flags & SET_INTERVAL))
		return false;
	if (set->flags & SET_TIMEOUT && set->flags & (SET_DYNAMIC | SET_INTERVAL))
		return false;
	if (!(set->flags & SET_INTERVAL))
		return true;
	if (set->field_count == 1)
		return !is_host_order(set->fields[0]);
	for (unsigned int i = 0; i < set->field_count; i++)
		if (field_info(set->fields[i])->host_order)
			return false;
	return true;
}

static uint32_t kernel_flags(const struct set *set)
{
	uint32_t flags = 0;

	if (set->flags & SET_INTERVAL)
		flags |= NFT_SET_INTERVAL | (set->field_count > 1 ? NFT_SET_CONCAT : 0);
	if (set->flags & SET_DYNAMIC)
		flags |= NFT_SET_EVAL;
	if (set->flags & SET_MAP)
		flags |= NFT_SET_MAP;
	if (set->flags & SET_TIMEOUT)
		flags |= NFT_SET_TIMEOUT;
	return flags;
}

uint32_t nftgen_set_size(const struct set *set)
{
	/* Elements whose time is over count until the kernel clears them away. */
	if (set->size || set->flags & (SET_DYNAMIC | SET_INTERVAL | SET_COUNTER | SET_TIMEOUT))
		return set->size;
	return (uint32_t)set->count;
}

static int put_fields(struct nftnl_set *built, const struct set *set)
{
	uint8_t lengths[RULESET_FIELDS_MAX];
	uint32_t type = 0;

	for (unsigned int i = 0; i < set->field_count; i++) {
		const struct field_info *info = field_info(set->fields[i]);

		type = type << 6 | info->nft_number;
		lengths[i] = (uint8_t)info->length;
	}
	nftnl_set_set_u32(built, NFTNL_SET_KEY_TYPE, type);
	nftnl_set_set_u32(built, NFTNL_SET_KEY_LEN, nftgen_key_length(set));
	if (!(set->flags & SET_INTERVAL) || set->field_count == 1)
		return 0;
	return nftnl_set_set_data(built, NFTNL_SET_DESC_CONCAT, lengths, set->field_count) < 0
		       ? -ENOMEM
		       : 0;
}

static int put_value(struct nftnl_set *built, const struct set *set)
{
	if (!(set->flags & SET_MAP))
		return 0;
	if (set->value == FIELD_VERDICT) {
		nftnl_set_set_u32(built, NFTNL_SET_DATA_TYPE, NFT_DATA_VERDICT);
		nftnl_set_set_u32(built, NFTNL_SET_DATA_LEN, field_info(FIELD_VERDICT)->length);
		return 0;
	}
	if (set->value != FIELD_MARK)
		return -EINVAL;
	nftnl_set_set_u32(built, NFTNL_SET_DATA_TYPE, field_info(FIELD_MARK)->nft_number);
	nftnl_set_set_u32(built, NFTNL_SET_DATA_LEN, sizeof(uint32_t));
	return 0;
}

/* What nft reads to print elements by. A concatenation has no order of its own. */
static int put_userdata(struct nftnl_set *built, const struct set *set)
{
	struct nftnl_udata_buf *userdata = nftnl_udata_buf_alloc(64);
	uint32_t order = is_host_order(set->fields[0]) ? NFT_BYTEORDER_HOST : NFT_BYTEORDER_BIG;
	uint32_t value_order = set->value == FIELD_MARK ? NFT_BYTEORDER_HOST : 0;
	int error = -ENOMEM;

	if (!userdata)
		return -ENOMEM;
	if (nftnl_udata_put_u32(
		    userdata, NFTNL_UDATA_SET_KEYBYTEORDER, set->field_count == 1 ? order : 0) &&
		(!(set->flags & SET_MAP) || nftnl_udata_put_u32(userdata,
						    NFTNL_UDATA_SET_DATABYTEORDER, value_order)) &&
		nftnl_set_set_data(built, NFTNL_SET_USERDATA, nftnl_udata_buf_data(userdata),
			nftnl_udata_buf_len(userdata)) >= 0)
		error = 0;
	nftnl_udata_buf_free(userdata);
	return error;
}

static int put_counter(struct nftnl_set *built, const struct set *set)
{
	struct nftnl_expr *counter;

	if (!(set->flags & SET_COUNTER))
		return 0;
	counter = nftnl_expr_alloc("counter");
	if (!counter)
		return -ENOMEM;
	nftnl_set_add_expr(built, counter);
	return 0;
}

static int fill_set(struct nftnl_set *built, const struct ruleset *ruleset, const struct set *set)
{
	int error;

	if (nftnl_set_set_str(built, NFTNL_SET_TABLE, ruleset->table) < 0 ||
		nftnl_set_set_str(built, NFTNL_SET_NAME, set->name) < 0)
		return -ENOMEM;
	nftnl_set_set_u32(built, NFTNL_SET_FLAGS, kernel_flags(set));
	/* The kernel wants an identifier, which only references within a batch by number use. */
	nftnl_set_set_u32(built, NFTNL_SET_ID, 1);
	if (nftgen_set_size(set))
		nftnl_set_set_u32(built, NFTNL_SET_DESC_SIZE, nftgen_set_size(set));
	error = put_fields(built, set);
	if (error == 0)
		error = put_value(built, set);
	if (error == 0)
		error = put_userdata(built, set);
	return error < 0 ? error : put_counter(built, set);
}

int nftgen_add_set(struct nftgen *batch, const struct ruleset *ruleset, const struct set *set)
{
	struct origin origin = { .kind = ORIGIN_SET, .name = set->name };
	struct nlmsghdr *message;
	struct nftnl_set *built;
	int error;

	nftgen_attempt(batch, &origin);
	if (!is_expressible(set))
		return -EINVAL;
	built = nftnl_set_alloc();
	if (!built)
		return -ENOMEM;
	error = fill_set(built, ruleset, set);
	if (error < 0)
		goto out;
	message = nftgen_begin(batch, NFT_MSG_NEWSET, NLM_F_CREATE | NLM_F_EXCL, &origin);
	error = -ENOMEM;
	if (!message)
		goto out;
	nftnl_set_nlmsg_build_payload(message, built);
	nftgen_end(batch, message);
	error = 0;
out:
	nftnl_set_free(built);
	return error;
}

static void put_data(
	struct nlmsghdr *message, unsigned int type, const uint8_t *value, unsigned int length)
{
	struct nlattr *nest = mnl_attr_nest_start(message, (uint16_t)type);

	mnl_attr_put(message, NFTA_DATA_VALUE, length, value);
	mnl_attr_nest_end(message, nest);
}

static int put_verdict(struct nlmsghdr *message, const struct ruleset *ruleset, uint32_t index)
{
	struct nlattr *data, *nest;
	const struct verdict_value *value;

	if (index >= ruleset->verdict_count)
		return -EINVAL;
	value = &ruleset->verdicts[index];
	data = mnl_attr_nest_start(message, NFTA_SET_ELEM_DATA);
	nest = mnl_attr_nest_start(message, NFTA_DATA_VERDICT);
	mnl_attr_put_u32(
		message, NFTA_VERDICT_CODE, htonl((uint32_t)nftgen_verdict_code(value->verdict)));
	if (value->chain)
		mnl_attr_put_strz(message, NFTA_VERDICT_CHAIN, value->chain);
	mnl_attr_nest_end(message, nest);
	mnl_attr_nest_end(message, data);
	return 0;
}

static int put_element_value(struct nlmsghdr *message, const struct ruleset *ruleset,
	const struct set *set, const uint8_t *element)
{
	const uint8_t *value = element + set->stride - sizeof(uint32_t);
	uint32_t index;

	if (!(set->flags & SET_MAP))
		return 0;
	if (set->value != FIELD_VERDICT) {
		put_data(message, NFTA_SET_ELEM_DATA, value, sizeof(uint32_t));
		return 0;
	}
	memcpy(&index, value, sizeof(index));
	return put_verdict(message, ruleset, index);
}

/* One more than a number in network order. false when it was the greatest. */
static bool next_number(uint8_t *value, unsigned int length)
{
	while (length-- > 0)
		if (++value[length] != 0)
			return true;
	return false;
}

/* A range of one field: an element where it begins and one, flagged, behind its end. None ends a
 * range that reaches the greatest value. */
static void put_range_end(
	struct nlmsghdr *message, const struct set *set, const uint8_t *last, unsigned int length)
{
	uint8_t behind[RULESET_KEY_MAX];
	struct nlattr *nest;

	memcpy(behind, last, set->key_length);
	if (!next_number(behind, length))
		return;
	nest = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
	put_data(message, NFTA_SET_ELEM_KEY, behind, length);
	mnl_attr_put_u32(message, NFTA_SET_ELEM_FLAGS, htonl(NFT_SET_ELEM_INTERVAL_END));
	mnl_attr_nest_end(message, nest);
}

static int put_element(struct nlmsghdr *message, const struct ruleset *ruleset,
	const struct set *set, size_t index)
{
	const uint8_t *element = set->elements + index * set->stride;
	uint64_t timeout = set->timeouts ? set->timeouts[index] : 0;
	bool interval = set->flags & SET_INTERVAL;
	unsigned int length = nftgen_key_length(set);
	const uint8_t *last = element + set->key_length;
	struct nlattr *nest;
	int error;

	if (interval && memcmp(element, last, set->key_length) > 0)
		return -EINVAL;
	nest = mnl_attr_nest_start(message, NFTA_LIST_ELEM);
	put_data(message, NFTA_SET_ELEM_KEY, element, length);
	if (interval && set->field_count > 1)
		put_data(message, NFTA_SET_ELEM_KEY_END, last, length);
	error = put_element_value(message, ruleset, set, element);
	if (timeout)
		mnl_attr_put_u64(message, NFTA_SET_ELEM_TIMEOUT, htobe64(timeout));
	mnl_attr_nest_end(message, nest);
	if (error == 0 && interval && set->field_count == 1)
		put_range_end(message, set, last, length);
	return error;
}

/* Is there such an element, and in the set now? */
static bool is_there(const struct set *set, size_t index)
{
	if (index >= set->count)
		return false;
	return !(set->flags & SET_TIMEOUT) || (set->timeouts && set->timeouts[index]);
}

/* One message, from element *index on; *index is moved behind what went into it. */
static int put_elements(struct nftgen *batch, unsigned int type, const struct ruleset *ruleset,
	const struct set *set, size_t *index)
{
	/* A flow set may have them already, from a policy before this one. */
	unsigned int flags = type != NFT_MSG_NEWSETELEM ? 0
			     : set->flags & SET_DYNAMIC ? NLM_F_CREATE
							: NLM_F_CREATE | NLM_F_EXCL;
	struct origin origin = {
		.kind = ORIGIN_ELEMENTS, .name = set->name, .set = set, .index = *index
	};
	struct nlmsghdr *message = nftgen_begin(batch, type, flags, &origin);
	struct nlattr *list;
	uint32_t begin;

	if (!message)
		return -ENOMEM;
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_TABLE, ruleset->table);
	mnl_attr_put_strz(message, NFTA_SET_ELEM_LIST_SET, set->name);
	list = mnl_attr_nest_start(message, NFTA_SET_ELEM_LIST_ELEMENTS);
	begin = message->nlmsg_len;
	for (; is_there(set, *index) && message->nlmsg_len - begin < ELEMENTS_BYTES_MAX; ++*index) {
		int error = put_element(message, ruleset, set, *index);

		if (error < 0) {
			origin.index = *index;
			nftgen_attempt(batch, &origin);
			return error;
		}
	}
	mnl_attr_nest_end(message, list);
	nftgen_end(batch, message);
	return 0;
}

static int put_all_elements(struct nftgen *batch, unsigned int type, const struct ruleset *ruleset,
	const struct set *set)
{
	size_t index = 0;
	int error = 0;

	/* What packets added is theirs. */
	if (set->flags & SET_DYNAMIC && type != NFT_MSG_NEWSETELEM)
		return 0;
	while (index < set->count && error == 0) {
		if (is_there(set, index))
			error = put_elements(batch, type, ruleset, set, &index);
		else
			index++;
	}
	return error;
}

int nftgen_add_elements(struct nftgen *batch, const struct ruleset *ruleset, const struct set *set)
{
	return put_all_elements(batch, NFT_MSG_NEWSETELEM, ruleset, set);
}

int nftgen_delete_elements(
	struct nftgen *batch, const struct ruleset *ruleset, const struct set *set)
{
	return put_all_elements(batch, NFT_MSG_DELSETELEM, ruleset, set);
}

/* The flagged elements behind ranges belong to the element before them. */
static bool is_range_end(const struct nlattr *item)
{
	struct attrs attrs = attrs_of_nest(item);
	const struct nlattr *attr;

	while ((attr = attrs_next(&attrs)) != NULL)
		if (attr_type(attr) == NFTA_SET_ELEM_FLAGS)
			return true;
	return false;
}

static const struct nlattr *find_list(const struct nlmsghdr *message)
{
	struct attrs attrs = attrs_of_message(message);
	const struct nlattr *attr;

	do {
		attr = attrs_next(&attrs);
	} while (attr && attr_type(attr) != NFTA_SET_ELEM_LIST_ELEMENTS);
	return attr;
}

size_t nftgen_element_at(
	const struct nlmsghdr *message, const struct origin *origin, uint32_t offset)
{
	const struct nlattr *list = find_list(message), *item;
	struct attrs items = list ? attrs_of_nest(list) : (struct attrs){ NULL, 0 };
	size_t index = origin->index;
	bool first = true;

	while ((item = attrs_next(&items)) != NULL) {
		if ((size_t)((const uint8_t *)item - (const uint8_t *)message) > offset)
			break;
		if (!first && !is_range_end(item))
			index++;
		first = false;
	}
	return index;
}
