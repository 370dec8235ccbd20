/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stateful objects: counters and limits. */
#include <errno.h>

#include <linux/netfilter/nf_tables.h>

#include <libnftnl/object.h>

#include "nftgen_impl.h"

/* NULL when out of memory. */
static struct nftnl_obj *new_object(const char *table, const char *name, uint32_t type)
{
	struct nftnl_obj *object = nftnl_obj_alloc();

	if (!object)
		return NULL;
	nftnl_obj_set_str(object, NFTNL_OBJ_TABLE, table);
	nftnl_obj_set_str(object, NFTNL_OBJ_NAME, name);
	nftnl_obj_set_u32(object, NFTNL_OBJ_TYPE, type);
	/* The library keeps copies, and does not say when it could not make one: building a message
	 * of what is not there would crash. */
	if (!nftnl_obj_get_str(object, NFTNL_OBJ_TABLE) ||
		!nftnl_obj_get_str(object, NFTNL_OBJ_NAME)) {
		nftnl_obj_free(object);
		return NULL;
	}
	return object;
}

/* Frees the object. */
static int put_object(struct nftgen *batch, struct nftnl_obj *object, const struct origin *origin)
{
	struct nlmsghdr *message =
		nftgen_begin(batch, NFT_MSG_NEWOBJ, NLM_F_CREATE | NLM_F_EXCL, origin);

	if (message) {
		nftnl_obj_nlmsg_build_payload(message, object);
		nftgen_end(batch, message);
	}
	nftnl_obj_free(object);
	return message ? 0 : -ENOMEM;
}

int nftgen_add_counter(struct nftgen *batch, const char *table, const char *counter)
{
	struct origin origin = { .kind = ORIGIN_COUNTER, .name = counter };
	struct nftnl_obj *object = new_object(table, counter, NFT_OBJECT_COUNTER);

	if (!object)
		return -ENOMEM;
	/* The kernel wants the data of an object, if only to say zero. */
	nftnl_obj_set_u64(object, NFTNL_OBJ_CTR_PKTS, 0);
	nftnl_obj_set_u64(object, NFTNL_OBJ_CTR_BYTES, 0);
	return put_object(batch, object, &origin);
}

int nftgen_add_limit(struct nftgen *batch, const char *table, const struct limit *limit)
{
	struct origin origin = { .kind = ORIGIN_LIMIT, .name = limit->name };
	struct nftnl_obj *object;

	/* The kernel would take a burst of 0 for one of 5. */
	if (limit->rate == 0 || limit->burst == 0 || !limit_period(limit->per_seconds))
		return -EINVAL;
	object = new_object(table, limit->name, NFT_OBJECT_LIMIT);
	if (!object)
		return -ENOMEM;
	nftnl_obj_set_u64(object, NFTNL_OBJ_LIMIT_RATE, limit->rate);
	nftnl_obj_set_u64(object, NFTNL_OBJ_LIMIT_UNIT, limit->per_seconds);
	nftnl_obj_set_u32(object, NFTNL_OBJ_LIMIT_BURST, limit->burst);
	nftnl_obj_set_u32(object, NFTNL_OBJ_LIMIT_TYPE, NFT_LIMIT_PKTS);
	nftnl_obj_set_u32(object, NFTNL_OBJ_LIMIT_FLAGS, NFT_LIMIT_F_INV);
	return put_object(batch, object, &origin);
}
