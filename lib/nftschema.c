/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The attributes of nf_tables' messages (linux/netfilter/nf_tables.h, net/netfilter/nft_*.c), as
 * tables. What is not here is kept as unknown by nltree.c, and makes what holds it undecidable.
 */
#include "nftschema.h"

#include <string.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nf_tables_compat.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Values ----------------------------------------------------------------------------------------
 */

static const struct nltree_attr verdict_attrs[] = {
	{ NFTA_VERDICT_CODE, "code", NLTREE_U32, NULL },
	{ NFTA_VERDICT_CHAIN, "chain", NLTREE_TEXT, NULL },
};
static const struct nltree_schema verdict_schema = { verdict_attrs, COUNT(verdict_attrs), NULL };

static const struct nltree_attr data_attrs[] = {
	{ NFTA_DATA_VALUE, "value", NLTREE_BYTES, NULL },
	{ NFTA_DATA_VERDICT, "verdict", NLTREE_NEST, &verdict_schema },
};
static const struct nltree_schema data_schema = { data_attrs, COUNT(data_attrs), NULL };

/* Expressions -----------------------------------------------------------------------------------
 */

static const struct nltree_schema *expression_of(const char *name);

static const struct nltree_schema no_schema = { NULL, 0, NULL };
static const struct nltree_attr expr_attrs[] = {
	{ NFTA_EXPR_NAME, "name", NLTREE_TEXT, NULL },
	{ NFTA_EXPR_DATA, "data", NLTREE_NEST, &no_schema }, /* by the name */
};
static const struct nltree_schema expr_schema = { expr_attrs, COUNT(expr_attrs), expression_of };
static const struct nltree_attr exprs_attrs[] = {
	{ NFTA_LIST_ELEM, "expression", NLTREE_CHOICE, &expr_schema },
};
static const struct nltree_schema exprs_schema = { exprs_attrs, COUNT(exprs_attrs), NULL };

static const struct nltree_attr immediate_attrs[] = {
	{ NFTA_IMMEDIATE_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_IMMEDIATE_DATA, "data", NLTREE_NEST, &data_schema },
};
static const struct nltree_schema immediate_schema = { immediate_attrs, COUNT(immediate_attrs),
	NULL };

static const struct nltree_attr cmp_attrs[] = {
	{ NFTA_CMP_SREG, "sreg", NLTREE_U32, NULL },
	{ NFTA_CMP_OP, "op", NLTREE_U32, NULL },
	{ NFTA_CMP_DATA, "data", NLTREE_NEST, &data_schema },
};
static const struct nltree_schema cmp_schema = { cmp_attrs, COUNT(cmp_attrs), NULL };

static const struct nltree_attr range_attrs[] = {
	{ NFTA_RANGE_SREG, "sreg", NLTREE_U32, NULL },
	{ NFTA_RANGE_OP, "op", NLTREE_U32, NULL },
	{ NFTA_RANGE_FROM_DATA, "from_data", NLTREE_NEST, &data_schema },
	{ NFTA_RANGE_TO_DATA, "to_data", NLTREE_NEST, &data_schema },
};
static const struct nltree_schema range_schema = { range_attrs, COUNT(range_attrs), NULL };

static const struct nltree_attr bitwise_attrs[] = {
	{ NFTA_BITWISE_SREG, "sreg", NLTREE_U32, NULL },
	{ NFTA_BITWISE_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_BITWISE_LEN, "len", NLTREE_U32, NULL },
	{ NFTA_BITWISE_MASK, "mask", NLTREE_NEST, &data_schema },
	{ NFTA_BITWISE_XOR, "xor", NLTREE_NEST, &data_schema },
	{ NFTA_BITWISE_OP, "op", NLTREE_U32, NULL },
	{ NFTA_BITWISE_DATA, "data", NLTREE_NEST, &data_schema },
};
static const struct nltree_schema bitwise_schema = { bitwise_attrs, COUNT(bitwise_attrs), NULL };

static const struct nltree_attr byteorder_attrs[] = {
	{ NFTA_BYTEORDER_SREG, "sreg", NLTREE_U32, NULL },
	{ NFTA_BYTEORDER_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_BYTEORDER_OP, "op", NLTREE_U32, NULL },
	{ NFTA_BYTEORDER_LEN, "len", NLTREE_U32, NULL },
	{ NFTA_BYTEORDER_SIZE, "size", NLTREE_U32, NULL },
};
static const struct nltree_schema byteorder_schema = { byteorder_attrs, COUNT(byteorder_attrs),
	NULL };

static const struct nltree_attr lookup_attrs[] = {
	{ NFTA_LOOKUP_SET, "set", NLTREE_TEXT, NULL },
	{ NFTA_LOOKUP_SREG, "sreg", NLTREE_U32, NULL },
	{ NFTA_LOOKUP_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_LOOKUP_SET_ID, "set_id", NLTREE_SKIPPED, NULL },
	{ NFTA_LOOKUP_FLAGS, "flags", NLTREE_U32, NULL },
};
static const struct nltree_schema lookup_schema = { lookup_attrs, COUNT(lookup_attrs), NULL };

static const struct nltree_attr dynset_attrs[] = {
	{ NFTA_DYNSET_SET_NAME, "set_name", NLTREE_TEXT, NULL },
	{ NFTA_DYNSET_SET_ID, "set_id", NLTREE_SKIPPED, NULL },
	{ NFTA_DYNSET_OP, "op", NLTREE_U32, NULL },
	{ NFTA_DYNSET_SREG_KEY, "sreg_key", NLTREE_U32, NULL },
	{ NFTA_DYNSET_SREG_DATA, "sreg_data", NLTREE_U32, NULL },
	{ NFTA_DYNSET_TIMEOUT, "timeout", NLTREE_U64, NULL },
	{ NFTA_DYNSET_EXPR, "expr", NLTREE_CHOICE, &expr_schema },
	{ NFTA_DYNSET_PAD, "pad", NLTREE_SKIPPED, NULL },
	{ NFTA_DYNSET_FLAGS, "flags", NLTREE_U32, NULL },
	{ NFTA_DYNSET_EXPRESSIONS, "expressions", NLTREE_LIST, &exprs_schema },
};
static const struct nltree_schema dynset_schema = { dynset_attrs, COUNT(dynset_attrs), NULL };

static const struct nltree_attr payload_attrs[] = {
	{ NFTA_PAYLOAD_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_PAYLOAD_BASE, "base", NLTREE_U32, NULL },
	{ NFTA_PAYLOAD_OFFSET, "offset", NLTREE_U32, NULL },
	{ NFTA_PAYLOAD_LEN, "len", NLTREE_U32, NULL },
	{ NFTA_PAYLOAD_SREG, "sreg", NLTREE_U32, NULL },
	{ NFTA_PAYLOAD_CSUM_TYPE, "csum_type", NLTREE_U32, NULL },
	{ NFTA_PAYLOAD_CSUM_OFFSET, "csum_offset", NLTREE_U32, NULL },
	{ NFTA_PAYLOAD_CSUM_FLAGS, "csum_flags", NLTREE_U32, NULL },
};
static const struct nltree_schema payload_schema = { payload_attrs, COUNT(payload_attrs), NULL };

static const struct nltree_attr exthdr_attrs[] = {
	{ NFTA_EXTHDR_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_EXTHDR_TYPE, "type", NLTREE_U8, NULL },
	{ NFTA_EXTHDR_OFFSET, "offset", NLTREE_U32, NULL },
	{ NFTA_EXTHDR_LEN, "len", NLTREE_U32, NULL },
	{ NFTA_EXTHDR_FLAGS, "flags", NLTREE_U32, NULL },
	{ NFTA_EXTHDR_OP, "op", NLTREE_U32, NULL },
	{ NFTA_EXTHDR_SREG, "sreg", NLTREE_U32, NULL },
};
static const struct nltree_schema exthdr_schema = { exthdr_attrs, COUNT(exthdr_attrs), NULL };

static const struct nltree_attr meta_attrs[] = {
	{ NFTA_META_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_META_KEY, "key", NLTREE_U32, NULL },
	{ NFTA_META_SREG, "sreg", NLTREE_U32, NULL },
};
static const struct nltree_schema meta_schema = { meta_attrs, COUNT(meta_attrs), NULL };

static const struct nltree_attr hash_attrs[] = {
	{ NFTA_HASH_SREG, "sreg", NLTREE_U32, NULL },
	{ NFTA_HASH_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_HASH_LEN, "len", NLTREE_U32, NULL },
	{ NFTA_HASH_MODULUS, "modulus", NLTREE_U32, NULL },
	{ NFTA_HASH_SEED, "seed", NLTREE_U32, NULL },
	{ NFTA_HASH_OFFSET, "offset", NLTREE_U32, NULL },
	{ NFTA_HASH_TYPE, "type", NLTREE_U32, NULL },
};
static const struct nltree_schema hash_schema = { hash_attrs, COUNT(hash_attrs), NULL };

static const struct nltree_attr socket_attrs[] = {
	{ NFTA_SOCKET_KEY, "key", NLTREE_U32, NULL },
	{ NFTA_SOCKET_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_SOCKET_LEVEL, "level", NLTREE_U32, NULL },
};
static const struct nltree_schema socket_schema = { socket_attrs, COUNT(socket_attrs), NULL };

static const struct nltree_attr rt_attrs[] = {
	{ NFTA_RT_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_RT_KEY, "key", NLTREE_U32, NULL },
};
static const struct nltree_schema rt_schema = { rt_attrs, COUNT(rt_attrs), NULL };

static const struct nltree_attr tproxy_attrs[] = {
	{ NFTA_TPROXY_FAMILY, "family", NLTREE_U32, NULL },
	{ NFTA_TPROXY_REG_ADDR, "reg_addr", NLTREE_U32, NULL },
	{ NFTA_TPROXY_REG_PORT, "reg_port", NLTREE_U32, NULL },
};
static const struct nltree_schema tproxy_schema = { tproxy_attrs, COUNT(tproxy_attrs), NULL };

static const struct nltree_attr ct_attrs[] = {
	{ NFTA_CT_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_CT_KEY, "key", NLTREE_U32, NULL },
	{ NFTA_CT_DIRECTION, "direction", NLTREE_U8, NULL },
	{ NFTA_CT_SREG, "sreg", NLTREE_U32, NULL },
};
static const struct nltree_schema ct_schema = { ct_attrs, COUNT(ct_attrs), NULL };

static const struct nltree_attr flow_offload_attrs[] = {
	{ NFTA_FLOW_TABLE_NAME, "table_name", NLTREE_TEXT, NULL },
};
static const struct nltree_schema flow_offload_schema = { flow_offload_attrs,
	COUNT(flow_offload_attrs), NULL };

static const struct nltree_attr limit_attrs[] = {
	{ NFTA_LIMIT_RATE, "rate", NLTREE_U64, NULL },
	{ NFTA_LIMIT_UNIT, "unit", NLTREE_U64, NULL },
	{ NFTA_LIMIT_BURST, "burst", NLTREE_U32, NULL },
	{ NFTA_LIMIT_TYPE, "type", NLTREE_U32, NULL },
	{ NFTA_LIMIT_FLAGS, "flags", NLTREE_U32, NULL },
	{ NFTA_LIMIT_PAD, "pad", NLTREE_SKIPPED, NULL },
};
static const struct nltree_schema limit_schema = { limit_attrs, COUNT(limit_attrs), NULL };

static const struct nltree_attr last_attrs[] = {
	{ NFTA_LAST_SET, "set", NLTREE_U32, NULL },
	{ NFTA_LAST_MSECS, "msecs", NLTREE_U64, NULL },
	{ NFTA_LAST_PAD, "pad", NLTREE_SKIPPED, NULL },
};
static const struct nltree_schema last_schema = { last_attrs, COUNT(last_attrs), NULL };

static const struct nltree_attr connlimit_attrs[] = {
	{ NFTA_CONNLIMIT_COUNT, "count", NLTREE_U32, NULL },
	{ NFTA_CONNLIMIT_FLAGS, "flags", NLTREE_U32, NULL },
};
static const struct nltree_schema connlimit_schema = { connlimit_attrs, COUNT(connlimit_attrs),
	NULL };

static const struct nltree_attr counter_attrs[] = {
	{ NFTA_COUNTER_BYTES, "bytes", NLTREE_U64, NULL },
	{ NFTA_COUNTER_PACKETS, "packets", NLTREE_U64, NULL },
	{ NFTA_COUNTER_PAD, "pad", NLTREE_SKIPPED, NULL },
};
static const struct nltree_schema counter_schema = { counter_attrs, COUNT(counter_attrs), NULL };

static const struct nltree_attr log_attrs[] = {
	{ NFTA_LOG_GROUP, "group", NLTREE_U16, NULL },
	{ NFTA_LOG_PREFIX, "prefix", NLTREE_TEXT, NULL },
	{ NFTA_LOG_SNAPLEN, "snaplen", NLTREE_U32, NULL },
	{ NFTA_LOG_QTHRESHOLD, "qthreshold", NLTREE_U16, NULL },
	{ NFTA_LOG_LEVEL, "level", NLTREE_U32, NULL },
	{ NFTA_LOG_FLAGS, "flags", NLTREE_U32, NULL },
};
static const struct nltree_schema log_schema = { log_attrs, COUNT(log_attrs), NULL };

static const struct nltree_attr queue_attrs[] = {
	{ NFTA_QUEUE_NUM, "num", NLTREE_U16, NULL },
	{ NFTA_QUEUE_TOTAL, "total", NLTREE_U16, NULL },
	{ NFTA_QUEUE_FLAGS, "flags", NLTREE_U16, NULL },
	{ NFTA_QUEUE_SREG_QNUM, "sreg_qnum", NLTREE_U32, NULL },
};
static const struct nltree_schema queue_schema = { queue_attrs, COUNT(queue_attrs), NULL };

static const struct nltree_attr quota_attrs[] = {
	{ NFTA_QUOTA_BYTES, "bytes", NLTREE_U64, NULL },
	{ NFTA_QUOTA_FLAGS, "flags", NLTREE_U32, NULL },
	{ NFTA_QUOTA_PAD, "pad", NLTREE_SKIPPED, NULL },
	{ NFTA_QUOTA_CONSUMED, "consumed", NLTREE_U64, NULL },
};
static const struct nltree_schema quota_schema = { quota_attrs, COUNT(quota_attrs), NULL };

static const struct nltree_attr reject_attrs[] = {
	{ NFTA_REJECT_TYPE, "type", NLTREE_U32, NULL },
	{ NFTA_REJECT_ICMP_CODE, "icmp_code", NLTREE_U8, NULL },
};
static const struct nltree_schema reject_schema = { reject_attrs, COUNT(reject_attrs), NULL };

static const struct nltree_attr nat_attrs[] = {
	{ NFTA_NAT_TYPE, "type", NLTREE_U32, NULL },
	{ NFTA_NAT_FAMILY, "family", NLTREE_U32, NULL },
	{ NFTA_NAT_REG_ADDR_MIN, "reg_addr_min", NLTREE_U32, NULL },
	{ NFTA_NAT_REG_ADDR_MAX, "reg_addr_max", NLTREE_U32, NULL },
	{ NFTA_NAT_REG_PROTO_MIN, "reg_proto_min", NLTREE_U32, NULL },
	{ NFTA_NAT_REG_PROTO_MAX, "reg_proto_max", NLTREE_U32, NULL },
	{ NFTA_NAT_FLAGS, "flags", NLTREE_U32, NULL },
};
static const struct nltree_schema nat_schema = { nat_attrs, COUNT(nat_attrs), NULL };

static const struct nltree_attr masq_attrs[] = {
	{ NFTA_MASQ_FLAGS, "flags", NLTREE_U32, NULL },
	{ NFTA_MASQ_REG_PROTO_MIN, "reg_proto_min", NLTREE_U32, NULL },
	{ NFTA_MASQ_REG_PROTO_MAX, "reg_proto_max", NLTREE_U32, NULL },
};
static const struct nltree_schema masq_schema = { masq_attrs, COUNT(masq_attrs), NULL };

static const struct nltree_attr redir_attrs[] = {
	{ NFTA_REDIR_REG_PROTO_MIN, "reg_proto_min", NLTREE_U32, NULL },
	{ NFTA_REDIR_REG_PROTO_MAX, "reg_proto_max", NLTREE_U32, NULL },
	{ NFTA_REDIR_FLAGS, "flags", NLTREE_U32, NULL },
};
static const struct nltree_schema redir_schema = { redir_attrs, COUNT(redir_attrs), NULL };

static const struct nltree_attr dup_attrs[] = {
	{ NFTA_DUP_SREG_ADDR, "sreg_addr", NLTREE_U32, NULL },
	{ NFTA_DUP_SREG_DEV, "sreg_dev", NLTREE_U32, NULL },
};
static const struct nltree_schema dup_schema = { dup_attrs, COUNT(dup_attrs), NULL };

static const struct nltree_attr fwd_attrs[] = {
	{ NFTA_FWD_SREG_DEV, "sreg_dev", NLTREE_U32, NULL },
	{ NFTA_FWD_SREG_ADDR, "sreg_addr", NLTREE_U32, NULL },
	{ NFTA_FWD_NFPROTO, "nfproto", NLTREE_U32, NULL },
};
static const struct nltree_schema fwd_schema = { fwd_attrs, COUNT(fwd_attrs), NULL };

static const struct nltree_attr objref_attrs[] = {
	{ NFTA_OBJREF_IMM_TYPE, "imm_type", NLTREE_U32, NULL },
	{ NFTA_OBJREF_IMM_NAME, "imm_name", NLTREE_TEXT, NULL },
	{ NFTA_OBJREF_SET_SREG, "set_sreg", NLTREE_U32, NULL },
	{ NFTA_OBJREF_SET_NAME, "set_name", NLTREE_TEXT, NULL },
	{ NFTA_OBJREF_SET_ID, "set_id", NLTREE_SKIPPED, NULL },
};
static const struct nltree_schema objref_schema = { objref_attrs, COUNT(objref_attrs), NULL };

static const struct nltree_attr fib_attrs[] = {
	{ NFTA_FIB_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_FIB_RESULT, "result", NLTREE_U32, NULL },
	{ NFTA_FIB_FLAGS, "flags", NLTREE_U32, NULL },
};
static const struct nltree_schema fib_schema = { fib_attrs, COUNT(fib_attrs), NULL };

static const struct nltree_attr numgen_attrs[] = {
	{ NFTA_NG_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_NG_MODULUS, "modulus", NLTREE_U32, NULL },
	{ NFTA_NG_TYPE, "type", NLTREE_U32, NULL },
	{ NFTA_NG_OFFSET, "offset", NLTREE_U32, NULL },
};
static const struct nltree_schema numgen_schema = { numgen_attrs, COUNT(numgen_attrs), NULL };

static const struct nltree_attr xfrm_attrs[] = {
	{ NFTA_XFRM_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_XFRM_KEY, "key", NLTREE_U32, NULL },
	{ NFTA_XFRM_DIR, "dir", NLTREE_U8, NULL },
	{ NFTA_XFRM_SPNUM, "spnum", NLTREE_U32, NULL },
};
static const struct nltree_schema xfrm_schema = { xfrm_attrs, COUNT(xfrm_attrs), NULL };

static const struct nltree_attr osf_attrs[] = {
	{ NFTA_OSF_DREG, "dreg", NLTREE_U32, NULL },
	{ NFTA_OSF_TTL, "ttl", NLTREE_U8, NULL },
	{ NFTA_OSF_FLAGS, "flags", NLTREE_U32, NULL },
};
static const struct nltree_schema osf_schema = { osf_attrs, COUNT(osf_attrs), NULL };

static const struct nltree_attr tunnel_attrs[] = {
	{ NFTA_TUNNEL_KEY, "key", NLTREE_U32, NULL },
	{ NFTA_TUNNEL_DREG, "dreg", NLTREE_U32, NULL },
};
static const struct nltree_schema tunnel_schema = { tunnel_attrs, COUNT(tunnel_attrs), NULL };

static const struct nltree_attr synproxy_attrs[] = {
	{ NFTA_SYNPROXY_MSS, "mss", NLTREE_U16, NULL },
	{ NFTA_SYNPROXY_WSCALE, "wscale", NLTREE_U8, NULL },
	{ NFTA_SYNPROXY_FLAGS, "flags", NLTREE_U32, NULL },
};
static const struct nltree_schema synproxy_schema = { synproxy_attrs, COUNT(synproxy_attrs), NULL };

static const struct nltree_attr match_attrs[] = {
	{ NFTA_MATCH_NAME, "name", NLTREE_TEXT, NULL },
	{ NFTA_MATCH_REV, "rev", NLTREE_U32, NULL },
	{ NFTA_MATCH_INFO, "info", NLTREE_BYTES, NULL },
};
static const struct nltree_schema match_schema = { match_attrs, COUNT(match_attrs), NULL };

static const struct nltree_attr target_attrs[] = {
	{ NFTA_TARGET_NAME, "name", NLTREE_TEXT, NULL },
	{ NFTA_TARGET_REV, "rev", NLTREE_U32, NULL },
	{ NFTA_TARGET_INFO, "info", NLTREE_BYTES, NULL },
};
static const struct nltree_schema target_schema = { target_attrs, COUNT(target_attrs), NULL };

static const struct {
	const char *name;
	const struct nltree_schema *schema;
} expressions[] = {
	{ "bitwise", &bitwise_schema },
	{ "byteorder", &byteorder_schema },
	{ "cmp", &cmp_schema },
	{ "connlimit", &connlimit_schema },
	{ "counter", &counter_schema },
	{ "ct", &ct_schema },
	{ "dup", &dup_schema },
	{ "dynset", &dynset_schema },
	{ "exthdr", &exthdr_schema },
	{ "fib", &fib_schema },
	{ "flow_offload", &flow_offload_schema },
	{ "fwd", &fwd_schema },
	{ "hash", &hash_schema },
	{ "immediate", &immediate_schema },
	{ "last", &last_schema },
	{ "limit", &limit_schema },
	{ "log", &log_schema },
	{ "lookup", &lookup_schema },
	{ "masq", &masq_schema },
	{ "match", &match_schema },
	{ "meta", &meta_schema },
	{ "nat", &nat_schema },
	{ "notrack", &no_schema },
	{ "numgen", &numgen_schema },
	{ "objref", &objref_schema },
	{ "osf", &osf_schema },
	{ "payload", &payload_schema },
	{ "queue", &queue_schema },
	{ "quota", &quota_schema },
	{ "range", &range_schema },
	{ "redir", &redir_schema },
	{ "reject", &reject_schema },
	{ "rt", &rt_schema },
	{ "socket", &socket_schema },
	{ "synproxy", &synproxy_schema },
	{ "target", &target_schema },
	{ "tproxy", &tproxy_schema },
	{ "tunnel", &tunnel_schema },
	{ "xfrm", &xfrm_schema },
};

static const struct nltree_schema *expression_of(const char *name)
{
	for (size_t i = 0; i < COUNT(expressions); i++)
		if (strcmp(expressions[i].name, name) == 0)
			return expressions[i].schema;
	return NULL;
}

/* Messages --------------------------------------------------------------------------------------
 */

static const struct nltree_attr device_attrs[] = {
	{ NFTA_DEVICE_NAME, "name", NLTREE_TEXT, NULL },
};
static const struct nltree_schema device_schema = { device_attrs, COUNT(device_attrs), NULL };

static const struct nltree_attr table_attrs[] = {
	{ NFTA_TABLE_NAME, "name", NLTREE_TEXT, NULL },
	{ NFTA_TABLE_FLAGS, "flags", NLTREE_U32, NULL },
	{ NFTA_TABLE_USE, "use", NLTREE_SKIPPED, NULL },
	{ NFTA_TABLE_HANDLE, "handle", NLTREE_U64, NULL },
	{ NFTA_TABLE_PAD, "pad", NLTREE_SKIPPED, NULL },
	{ NFTA_TABLE_USERDATA, "userdata", NLTREE_BYTES, NULL },
	{ NFTA_TABLE_OWNER, "owner", NLTREE_U32, NULL },
};
static const struct nltree_schema table_schema = { table_attrs, COUNT(table_attrs), NULL };

static const struct nltree_attr hook_attrs[] = {
	{ NFTA_HOOK_HOOKNUM, "hooknum", NLTREE_U32, NULL },
	{ NFTA_HOOK_PRIORITY, "priority", NLTREE_U32, NULL },
	{ NFTA_HOOK_DEV, "dev", NLTREE_TEXT, NULL },
	{ NFTA_HOOK_DEVS, "devs", NLTREE_LIST, &device_schema },
};
static const struct nltree_schema hook_schema = { hook_attrs, COUNT(hook_attrs), NULL };

static const struct nltree_attr counters_attrs[] = {
	{ NFTA_COUNTER_BYTES, "bytes", NLTREE_U64, NULL },
	{ NFTA_COUNTER_PACKETS, "packets", NLTREE_U64, NULL },
	{ NFTA_COUNTER_PAD, "pad", NLTREE_SKIPPED, NULL },
};
static const struct nltree_schema counters_schema = { counters_attrs, COUNT(counters_attrs), NULL };

static const struct nltree_attr chain_attrs[] = {
	{ NFTA_CHAIN_TABLE, "table", NLTREE_TEXT, NULL },
	{ NFTA_CHAIN_HANDLE, "handle", NLTREE_U64, NULL },
	{ NFTA_CHAIN_NAME, "name", NLTREE_TEXT, NULL },
	{ NFTA_CHAIN_HOOK, "hook", NLTREE_NEST, &hook_schema },
	{ NFTA_CHAIN_POLICY, "policy", NLTREE_U32, NULL },
	{ NFTA_CHAIN_USE, "use", NLTREE_SKIPPED, NULL },
	{ NFTA_CHAIN_TYPE, "type", NLTREE_TEXT, NULL },
	{ NFTA_CHAIN_COUNTERS, "counters", NLTREE_NEST, &counters_schema },
	{ NFTA_CHAIN_PAD, "pad", NLTREE_SKIPPED, NULL },
	{ NFTA_CHAIN_FLAGS, "flags", NLTREE_U32, NULL },
	{ NFTA_CHAIN_ID, "id", NLTREE_SKIPPED, NULL },
	{ NFTA_CHAIN_USERDATA, "userdata", NLTREE_BYTES, NULL },
};
static const struct nltree_schema chain_schema = { chain_attrs, COUNT(chain_attrs), NULL };

static const struct nltree_attr rule_attrs[] = {
	{ NFTA_RULE_TABLE, "table", NLTREE_TEXT, NULL },
	{ NFTA_RULE_CHAIN, "chain", NLTREE_TEXT, NULL },
	{ NFTA_RULE_HANDLE, "handle", NLTREE_U64, NULL },
	{ NFTA_RULE_EXPRESSIONS, "expressions", NLTREE_LIST, &exprs_schema },
	{ NFTA_RULE_COMPAT, "compat", NLTREE_SKIPPED, NULL },
	{ NFTA_RULE_POSITION, "position", NLTREE_U64, NULL },
	{ NFTA_RULE_USERDATA, "userdata", NLTREE_BYTES, NULL },
	{ NFTA_RULE_PAD, "pad", NLTREE_SKIPPED, NULL },
	{ NFTA_RULE_ID, "id", NLTREE_SKIPPED, NULL },
};
static const struct nltree_schema rule_schema = { rule_attrs, COUNT(rule_attrs), NULL };

static const struct nltree_attr field_attrs[] = {
	{ NFTA_SET_FIELD_LEN, "len", NLTREE_U32, NULL },
};
static const struct nltree_schema field_schema = { field_attrs, COUNT(field_attrs), NULL };

static const struct nltree_attr concat_attrs[] = {
	{ NFTA_LIST_ELEM, "field", NLTREE_NEST, &field_schema },
};
static const struct nltree_schema concat_schema = { concat_attrs, COUNT(concat_attrs), NULL };

static const struct nltree_attr desc_attrs[] = {
	{ NFTA_SET_DESC_SIZE, "size", NLTREE_U32, NULL },
	{ NFTA_SET_DESC_CONCAT, "concat", NLTREE_LIST, &concat_schema },
};
static const struct nltree_schema desc_schema = { desc_attrs, COUNT(desc_attrs), NULL };

static const struct nltree_attr set_attrs[] = {
	{ NFTA_SET_TABLE, "table", NLTREE_TEXT, NULL },
	{ NFTA_SET_NAME, "name", NLTREE_TEXT, NULL },
	{ NFTA_SET_FLAGS, "flags", NLTREE_U32, NULL },
	{ NFTA_SET_KEY_TYPE, "key_type", NLTREE_U32, NULL },
	{ NFTA_SET_KEY_LEN, "key_len", NLTREE_U32, NULL },
	{ NFTA_SET_DATA_TYPE, "data_type", NLTREE_U32, NULL },
	{ NFTA_SET_DATA_LEN, "data_len", NLTREE_U32, NULL },
	{ NFTA_SET_POLICY, "policy", NLTREE_SKIPPED, NULL },
	{ NFTA_SET_DESC, "desc", NLTREE_NEST, &desc_schema },
	{ NFTA_SET_ID, "id", NLTREE_SKIPPED, NULL },
	{ NFTA_SET_TIMEOUT, "timeout", NLTREE_U64, NULL },
	{ NFTA_SET_GC_INTERVAL, "gc_interval", NLTREE_SKIPPED, NULL },
	{ NFTA_SET_USERDATA, "userdata", NLTREE_BYTES, NULL },
	{ NFTA_SET_PAD, "pad", NLTREE_SKIPPED, NULL },
	{ NFTA_SET_OBJ_TYPE, "obj_type", NLTREE_U32, NULL },
	{ NFTA_SET_HANDLE, "handle", NLTREE_U64, NULL },
	{ NFTA_SET_EXPR, "expr", NLTREE_CHOICE, &expr_schema },
	{ NFTA_SET_EXPRESSIONS, "expressions", NLTREE_LIST, &exprs_schema },
	/* Newer than this header: the data structure that was chosen, and the number of elements.
	 */
	{ 19, "type", NLTREE_SKIPPED, NULL },
	{ 20, "count", NLTREE_SKIPPED, NULL },
};
static const struct nltree_schema set_schema = { set_attrs, COUNT(set_attrs), NULL };

static const struct nltree_attr elem_attrs[] = {
	{ NFTA_SET_ELEM_KEY, "key", NLTREE_NEST, &data_schema },
	{ NFTA_SET_ELEM_DATA, "data", NLTREE_NEST, &data_schema },
	{ NFTA_SET_ELEM_FLAGS, "flags", NLTREE_U32, NULL },
	{ NFTA_SET_ELEM_TIMEOUT, "timeout", NLTREE_U64, NULL },
	{ NFTA_SET_ELEM_EXPIRATION, "expiration", NLTREE_U64, NULL },
	{ NFTA_SET_ELEM_USERDATA, "userdata", NLTREE_BYTES, NULL },
	{ NFTA_SET_ELEM_EXPR, "expr", NLTREE_CHOICE, &expr_schema },
	{ NFTA_SET_ELEM_PAD, "pad", NLTREE_SKIPPED, NULL },
	{ NFTA_SET_ELEM_OBJREF, "objref", NLTREE_TEXT, NULL },
	{ NFTA_SET_ELEM_KEY_END, "key_end", NLTREE_NEST, &data_schema },
	{ NFTA_SET_ELEM_EXPRESSIONS, "expressions", NLTREE_LIST, &exprs_schema },
};
static const struct nltree_schema elem_schema = { elem_attrs, COUNT(elem_attrs), NULL };

static const struct nltree_attr elems_attrs[] = {
	{ NFTA_LIST_ELEM, "element", NLTREE_NEST, &elem_schema },
};
static const struct nltree_schema elems_schema = { elems_attrs, COUNT(elems_attrs), NULL };

static const struct nltree_attr elements_attrs[] = {
	{ NFTA_SET_ELEM_LIST_TABLE, "table", NLTREE_TEXT, NULL },
	{ NFTA_SET_ELEM_LIST_SET, "set", NLTREE_TEXT, NULL },
	{ NFTA_SET_ELEM_LIST_ELEMENTS, "elements", NLTREE_LIST, &elems_schema },
	{ NFTA_SET_ELEM_LIST_SET_ID, "set_id", NLTREE_SKIPPED, NULL },
};
static const struct nltree_schema elements_schema = { elements_attrs, COUNT(elements_attrs), NULL };

static const struct nltree_attr object_attrs[] = {
	{ NFTA_OBJ_TABLE, "table", NLTREE_TEXT, NULL },
	{ NFTA_OBJ_NAME, "name", NLTREE_TEXT, NULL },
	{ NFTA_OBJ_TYPE, "type", NLTREE_U32, NULL },
	{ NFTA_OBJ_DATA, "data", NLTREE_SKIPPED, NULL }, /* what it has counted */
	{ NFTA_OBJ_USE, "use", NLTREE_SKIPPED, NULL },
	{ NFTA_OBJ_HANDLE, "handle", NLTREE_U64, NULL },
	{ NFTA_OBJ_PAD, "pad", NLTREE_SKIPPED, NULL },
	{ NFTA_OBJ_USERDATA, "userdata", NLTREE_BYTES, NULL },
};
static const struct nltree_schema object_schema = { object_attrs, COUNT(object_attrs), NULL };

static const struct nltree_attr flow_hook_attrs[] = {
	{ NFTA_FLOWTABLE_HOOK_NUM, "num", NLTREE_U32, NULL },
	{ NFTA_FLOWTABLE_HOOK_PRIORITY, "priority", NLTREE_U32, NULL },
	{ NFTA_FLOWTABLE_HOOK_DEVS, "devs", NLTREE_LIST, &device_schema },
};
static const struct nltree_schema flow_hook_schema = { flow_hook_attrs, COUNT(flow_hook_attrs),
	NULL };
static const struct nltree_attr flowtable_attrs[] = {
	{ NFTA_FLOWTABLE_TABLE, "table", NLTREE_TEXT, NULL },
	{ NFTA_FLOWTABLE_NAME, "name", NLTREE_TEXT, NULL },
	{ NFTA_FLOWTABLE_HOOK, "hook", NLTREE_NEST, &flow_hook_schema },
	{ NFTA_FLOWTABLE_USE, "use", NLTREE_SKIPPED, NULL },
	{ NFTA_FLOWTABLE_HANDLE, "handle", NLTREE_U64, NULL },
	{ NFTA_FLOWTABLE_PAD, "pad", NLTREE_SKIPPED, NULL },
	{ NFTA_FLOWTABLE_FLAGS, "flags", NLTREE_U32, NULL },
};
static const struct nltree_schema flowtable_schema = { flowtable_attrs, COUNT(flowtable_attrs),
	NULL };

const struct nltree_schema *nftschema(enum nftschema_message message)
{
	static const struct nltree_schema *const schemas[] = {
		[NFTSCHEMA_TABLE] = &table_schema,
		[NFTSCHEMA_CHAIN] = &chain_schema,
		[NFTSCHEMA_RULE] = &rule_schema,
		[NFTSCHEMA_SET] = &set_schema,
		[NFTSCHEMA_ELEMENTS] = &elements_schema,
		[NFTSCHEMA_OBJECT] = &object_schema,
		[NFTSCHEMA_FLOWTABLE] = &flowtable_schema,
	};

	return schemas[message];
}
