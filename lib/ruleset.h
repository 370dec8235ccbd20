/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The neutral rule set (IR). compile writes it, nftgen turns it into netlink, nftprint into nft's
 * language, decode reads it back from the kernel, drift compares two of them.
 *
 * One table, of family inet but for what has HOOK_EGRESS. A rule is a list of statements evaluated
 * from left to right; a statement that does not match ends the rule. A statement reads the packet
 * through selectors; one table (selector_info()) holds all that a translator must know of each.
 *
 * Values and set keys are stored as they stand in nftables' registers: each field padded with
 * zeros to a multiple of four bytes (selector_info()->slot), integers that nftables keeps in host
 * byte order (marks, interface indexes, ct state) in host byte order, all else in network order.
 */
#ifndef HEDATE_RULESET_H
#define HEDATE_RULESET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "strmap.h"

#define RULESET_NAME_MAX                                                                           \
	127 /* bytes of a chain, set or object name we make; the kernel takes 255 */
#define RULESET_KEY_MAX	    64	/* NFT_DATA_VALUE_MAXLEN */
#define RULESET_FIELDS_MAX  5	/* nft 1.0.6 cannot write a concatenation of more */
#define RULESET_PREFIX_MAX  127 /* bytes of a log prefix, NF_LOG_PREFIXLEN - 1 */
#define RULESET_COMMENT_MAX 128

/* What a statement reads of a packet. The order is that of selector_info()'s table. */
enum selector {
	SEL_META_IIFNAME,
	SEL_META_OIFNAME,
	SEL_META_NFPROTO,
	SEL_META_L4PROTO,
	SEL_META_MARK,
	SEL_CT_STATE,
	SEL_CT_DIRECTION,
	SEL_CT_MARK,
	SEL_ETHER_SADDR,
	SEL_ETHER_DADDR, /* of a packet that leaves by an interface: HOOK_EGRESS */
	SEL_IP_SADDR,
	SEL_IP_DADDR,
	SEL_IP_FRAG_OFF,
	SEL_IP6_SADDR,
	SEL_IP6_DADDR,
	SEL_IP6_NEXTHDR,
	SEL_IP6_HOPLIMIT,
	SEL_TH_SPORT,
	SEL_TH_DPORT,
	SEL_TCP_FLAGS,
	SEL_ICMP_TYPE,
	SEL_ICMP_CODE,
	SEL_ICMPV6_TYPE,
	SEL_ICMPV6_CODE,
	SEL_COUNT,
};

enum selector_source {
	SOURCE_META,	/* NFTA_META_KEY */
	SOURCE_CT,	/* NFTA_CT_KEY */
	SOURCE_PAYLOAD, /* NFTA_PAYLOAD_BASE, _OFFSET */
};

/* Data types of set fields, with nft's names and numbers (nft's include/datatype.h), which the
 * kernel stores for userspace in NFTA_SET_KEY_TYPE: six bits a field. */
enum field_type {
	FIELD_INVALID,
	FIELD_IPV4_ADDR,
	FIELD_IPV6_ADDR,
	FIELD_ETHER_ADDR,
	FIELD_INET_PROTO,
	FIELD_INET_SERVICE,
	FIELD_ICMP_TYPE,
	FIELD_ICMP_CODE,
	FIELD_ICMPV6_TYPE,
	FIELD_ICMPV6_CODE,
	FIELD_MARK,
	FIELD_IFNAME,
	FIELD_VERDICT,
	FIELD_COUNT,
};

struct field_info {
	const char *name;    /* "ipv4_addr" */
	uint32_t nft_number; /* nft's TYPE_IPADDR and so on */
	unsigned int length; /* bytes of a value */
	unsigned int slot;   /* the same, padded to a multiple of four */
	bool host_order;     /* an integer that nftables keeps in host byte order */
};

struct selector_info {
	const char *name; /* as nft writes it: "ip saddr" */
	enum selector_source source;
	uint32_t key;	     /* NFT_META_*, NFT_CT_*, or for payload NFT_PAYLOAD_* base */
	uint32_t offset;     /* of the payload, in bytes */
	unsigned int length; /* bytes loaded */
	bool host_order;
	enum field_type field; /* type of a set field fed by it; FIELD_INVALID: not in sets */
	/* What must have been tested before the payload means anything; 0 for none. */
	uint8_t needs_nfproto; /* NFPROTO_IPV4, NFPROTO_IPV6 */
	uint8_t needs_l4proto; /* IPPROTO_TCP, IPPROTO_ICMP, IPPROTO_ICMPV6 */
};

const struct selector_info *selector_info(enum selector selector);
const struct field_info *field_info(enum field_type type);

enum verdict {
	VERDICT_ACCEPT,
	VERDICT_DROP,
	VERDICT_JUMP,
	VERDICT_GOTO,
	VERDICT_RETURN,
};

enum statement_kind {
	/* value & mask  ==  (or !=, with negate) data. All selectors but the first are unused. */
	STMT_COMPARE,
	/* Concatenated selectors (not) in a named set. */
	STMT_LOOKUP,
	/* Concatenated selectors pick a verdict from a named map; no element: go on. */
	STMT_VMAP,
	/* ct mark set <concatenated selectors> map @set; no element: the rule does not match. */
	STMT_CT_MARK_MAP,
	/* meta mark set (meta mark & mask) | data; a zero mask is a plain assignment. */
	STMT_SET_MARK,
	/* Add the concatenated selectors to a dynamic set, with a counter. Full: rule does not
	   match. */
	STMT_ADD,
	/* Count on a named counter. */
	STMT_COUNTER,
	/* Take one from a named limit; matches when there is none left. */
	STMT_LIMIT,
	/* Send to NFLOG. */
	STMT_LOG,
	STMT_VERDICT,
	/* Only made by decode: something that this version does not know. Equal to nothing. */
	STMT_OPAQUE,
};

struct statement {
	enum statement_kind kind;
	enum selector selectors[RULESET_FIELDS_MAX];
	unsigned int selector_count;
	bool negate;	  /* COMPARE, LOOKUP */
	uint8_t data[16]; /* COMPARE: value in register form; SET_MARK: 4 bytes host order */
	uint8_t mask[16]; /* COMPARE: all zero for no mask; SET_MARK */
	char *name;	  /* set, map, counter, limit; VERDICT: the chain; OPAQUE: its expression */
	enum verdict verdict; /* VERDICT */
	char *prefix;	      /* LOG */
	uint16_t group;	      /* LOG */
	uint32_t snaplen;     /* LOG, bytes */
	/* COMPARE with a prefix: only the first bytes are loaded (nft's form of /8, /16, /24). 0:
	 * all. */
	unsigned int length;
};

struct rule {
	struct statement *statements;
	size_t count;
	char *comment;	   /* or NULL; nft's rule comment */
	unsigned int line; /* of the configuration that asked for it; 0: none */
	uint64_t handle;   /* the kernel's number of it; 0: not known */
};

enum hook {
	HOOK_NONE, /* a regular chain */
	HOOK_PREROUTING,
	HOOK_INPUT,
	HOOK_FORWARD,
	HOOK_OUTPUT,
	HOOK_EGRESS, /* of one interface, in a table of family netdev */
};

struct chain {
	char *name;
	enum hook hook;
	int priority;
	bool policy_drop; /* base chains only */
	char *device;	  /* HOOK_EGRESS: the interface; else NULL */
	struct rule *rules;
	size_t count;
	/* Its rules may be replaced while the table stays: the epoch switch (see compile.h). */
	bool switched;
};

enum set_flags {
	SET_INTERVAL = 1 << 0, /* ranges; with several fields nftables uses pipapo */
	/* Filled by packets: what it has is not part of the rule set. Elements that stand here are
	 * put into it when it is made, and are never taken out. */
	SET_DYNAMIC = 1 << 1,
	SET_COUNTER = 1 << 2, /* each element counts */
	SET_MAP = 1 << 3,     /* key → value */
	SET_TIMEOUT = 1 << 4, /* elements end by themselves: see struct set */
};

/*
 * Elements are packed, stride bytes each:
 *	key[key_length]  key_end[key_length] (only SET_INTERVAL)  value[4] (only SET_MAP)
 * A range is closed, first <= last in memcmp order, in every field. The value of a data map is
 * a mark in host byte order; that of a verdict map an index into ruleset.verdicts.
 *
 * The elements of a SET_TIMEOUT set are those that it may have; which of them it has now, and for
 * how long, is in timeouts. In one read from the kernel they are those that it has.
 */
struct set {
	char *name;
	unsigned int flags; /* enum set_flags */
	enum field_type fields[RULESET_FIELDS_MAX];
	unsigned int field_count;
	enum field_type value; /* of a map: FIELD_MARK or FIELD_VERDICT; else FIELD_INVALID */
	uint32_t size;	       /* limit told to the kernel; 0: none */
	unsigned int key_length;
	unsigned int stride;
	uint8_t *elements;
	unsigned int *lines; /* configuration line of each element, or NULL */
	/* SET_TIMEOUT: milliseconds that each element stays from now on; NULL: not known. 0: it is
	 * not in the set; read from the kernel, that it never ends. */
	uint64_t *timeouts;
	size_t count, room;
};

/* A bucket of burst packets, full at first, that rate packets a period fill up again: at most rate
 * + burst packets of any period are not more than the limit. */
struct limit {
	char *name;
	uint32_t rate;	      /* not 0 */
	uint32_t per_seconds; /* 1, 60, 3600 */
	uint32_t burst;	      /* not 0 */
};

struct verdict_value {
	enum verdict verdict;
	char *chain; /* jump and goto */
};

struct ruleset {
	char *table; /* "hedate" */
	/* The netlink port of the one socket that may change the table; 0: whoever may change
	 * rules. persist: it stays when that socket is gone. What is put in place has both, or no
	 * owner. */
	uint32_t owner;
	bool persist;
	uint64_t handle; /* the kernel's number of the table, never used twice; 0: not known */
	struct chain *chains;
	size_t chain_count, chain_room;
	struct set *sets;
	size_t set_count, set_room;
	char **counters; /* named counter objects */
	size_t counter_count, counter_room;
	struct limit *limits; /* named limit objects */
	size_t limit_count, limit_room;
	struct verdict_value *verdicts;
	size_t verdict_count, verdict_room;
	/* The kernel's generation in which this, and nothing else, was read back from its table
	 * (nftxact.h); 0: not known to be there. */
	uint32_t in_kernel;
	char revision[13]; /* of the policy; "" for one read from the kernel that carries none */
	/* Only made by decode: what the table has that nothing above can hold ("chain x: hook
	 * postrouting of type nat"). Equal to nothing, like STMT_OPAQUE. */
	char **unknown;
	size_t unknown_count;
	/* Name to index in the arrays above. Chains, sets, counters and limits are only ever added.
	 */
	struct strmap chain_names, set_names, counter_names, limit_names;
};

/* 0, or -ENOMEM. */
int ruleset_new(const char *table, struct ruleset **ret_ruleset);
void ruleset_free(struct ruleset *ruleset);

/* Builders. Pointers they return are valid until the next call that adds one of the same kind,
 * so callers keep names or indexes, not pointers. NULL: out of memory, or (chain, set, counter)
 * the name is empty, too long or taken. */
struct chain *ruleset_add_chain(struct ruleset *ruleset, const char *name);
struct rule *chain_add_rule(struct chain *chain);
struct statement *rule_add_statement(struct rule *rule, enum statement_kind kind);
struct set *ruleset_add_set(struct ruleset *ruleset, const char *name, unsigned int flags,
	const enum field_type *fields, unsigned int field_count, enum field_type value);
/* key_end is ignored unless SET_INTERVAL, value unless SET_MAP. 0, or -ENOMEM. */
int set_add_element(struct set *set, const uint8_t *key, const uint8_t *key_end, uint32_t value,
	unsigned int line);
/* How long an element stays in its SET_TIMEOUT set; see struct set. 0, or -ENOMEM. */
int set_put_timeout(struct set *set, size_t index, uint64_t milliseconds);
/* The index for a verdict map's value; equal verdicts share one. 0, or -ENOMEM. */
int ruleset_verdict(
	struct ruleset *ruleset, enum verdict verdict, const char *chain, uint32_t *ret_index);
int ruleset_add_counter(struct ruleset *ruleset, const char *name); /* 0, -EEXIST, -ENOMEM */
/* 0, -EEXIST, -ENOMEM. */
int ruleset_add_limit(struct ruleset *ruleset, const char *name, uint32_t rate,
	uint32_t per_seconds, uint32_t burst);

/* Is its name that of a set or map? */
bool statement_refers_to_set(const struct statement *statement);

struct chain *ruleset_find_chain(const struct ruleset *ruleset, const char *name);
struct set *ruleset_find_set(const struct ruleset *ruleset, const char *name);
struct limit *ruleset_find_limit(const struct ruleset *ruleset, const char *name);
/* The period of a limit as nft writes it, "second"; NULL for one that a limit cannot have. */
const char *limit_period(uint64_t seconds);

/* Sort the elements of a set, or of every set, in memcmp order of their keys; both sides of a
 * comparison are sorted first. */
void set_sort(struct set *set);
void ruleset_sort(struct ruleset *ruleset);

/* Append a field in register form to a key at *offset and advance it by the field's slot. */
void key_put(uint8_t *key, unsigned int *offset, enum field_type type, const void *value);
void key_put_u8(uint8_t *key, unsigned int *offset, enum field_type type, uint8_t value);
void key_put_be16(uint8_t *key, unsigned int *offset, enum field_type type, uint16_t host_value);
void key_put_mark(uint8_t *key, unsigned int *offset, uint32_t mark);
void key_put_ifname(uint8_t *key, unsigned int *offset, const char *name);

#endif
