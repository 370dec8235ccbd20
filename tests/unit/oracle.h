/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random rule sets, and two ways to tell what they do with packets that share nothing with
 * symexec.h and its parts: packet by packet (oracle_packet.c), and as a set over plain bits that is
 * built rule by rule by BuDDy (oracle_buddy.c). The rules are made as a list of nf_tables'
 * expressions, and written as a snapshot (oracle_text.c) for what is tried.
 */
#ifndef HEDATE_TEST_ORACLE_H
#define HEDATE_TEST_ORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum oracle_field {
	ORACLE_IIF,
	ORACLE_OIF,
	ORACLE_CT_MARK,
	ORACLE_STATE,
	ORACLE_PROTOCOL,
	ORACLE_MARK,
	ORACLE_LENGTH,
	ORACLE_HOPS,
	ORACLE_SADDR,
	ORACLE_DADDR,
	ORACLE_DPORT,
	ORACLE_SPORT,
	ORACLE_FIELDS,
	ORACLE_NOTHING = ORACLE_FIELDS, /* a byte that is known */
};

#define ORACLE_FIELD_BYTES 16
#define ORACLE_KEY_BYTES   32
#define ORACLE_REGISTERS   64

struct oracle_packet {
	uint8_t bytes[ORACLE_FIELDS][ORACLE_FIELD_BYTES];
};

enum oracle_hook { ORACLE_PREROUTING, ORACLE_FORWARD = 2, ORACLE_POSTROUTING = 4 };

enum oracle_kind {
	ORACLE_PAYLOAD, /* number: NFT_PAYLOAD_*; offset, length */
	ORACLE_META,	/* number: NFT_META_* */
	ORACLE_CT,	/* number: NFT_CT_* */
	ORACLE_SET_META,
	ORACLE_SET_CT,
	ORACLE_CONSTANT, /* a, length: into the register */
	ORACLE_CMP,	 /* number: NFT_CMP_*; a, length */
	ORACLE_RANGE,	 /* number: NFT_RANGE_*; a to b, length */
	ORACLE_BITWISE,	 /* a: mask, b: xor, length */
	ORACLE_LOOKUP,	 /* set; number: NFT_LOOKUP_F_INV or 0 */
	ORACLE_VERDICT_MAP,
	ORACLE_COUNTER,
	ORACLE_VERDICT,
};

struct oracle_verdict {
	int32_t code; /* NF_ACCEPT, NFT_JUMP, ... */
	unsigned int chain;
};

struct oracle_op {
	enum oracle_kind kind;
	unsigned int number, offset, length, at; /* at: the register's first byte */
	unsigned int set;
	uint8_t a[ORACLE_KEY_BYTES], b[ORACLE_KEY_BYTES];
	struct oracle_verdict verdict;
};

#define ORACLE_OPS	12
#define ORACLE_RULES	24
#define ORACLE_CHAINS	8
#define ORACLE_SETS	64
#define ORACLE_ELEMENTS 12
#define ORACLE_SLOTS	4

struct oracle_rule {
	struct oracle_op ops[ORACLE_OPS];
	unsigned int count;
};

struct oracle_chain {
	bool base;
	enum oracle_hook hook;
	int32_t priority, policy;
	struct oracle_rule rules[ORACLE_RULES];
	unsigned int count;
};

enum oracle_set_kind { ORACLE_SINGLE, ORACLE_INTERVAL, ORACLE_BOXES };

struct oracle_element {
	uint8_t first[ORACLE_KEY_BYTES], last[ORACLE_KEY_BYTES];
	struct oracle_verdict verdict;
};

struct oracle_set {
	enum oracle_set_kind kind;
	bool map;
	unsigned int slots, lengths[ORACLE_SLOTS], key_length;
	struct oracle_element elements[ORACLE_ELEMENTS];
	unsigned int count;
};

/* Chains jump to those of higher numbers only. */
struct oracle_rules {
	bool six, marks; /* marks: rules write them */
	uint64_t random;
	struct oracle_packet pool[6]; /* what the rules speak of */
	struct oracle_chain chains[ORACLE_CHAINS];
	unsigned int chain_count, base_count; /* base chains come first, in their order */
	struct oracle_set sets[ORACLE_SETS];
	unsigned int set_count;
};

/* Rules of a seed, which stay the same. */
void oracle_make(struct oracle_rules *rules, uint64_t seed, bool six);
/* The next random number below count. */
unsigned int oracle_dice(struct oracle_rules *rules, unsigned int count);
/* A packet put together of what the rules speak of, and of neighbours. */
struct oracle_packet oracle_packet(struct oracle_rules *rules);

unsigned int oracle_field_bytes(bool six, enum oracle_field field);
/* What a load brings, byte by byte. */
struct oracle_byte {
	enum oracle_field field;
	unsigned int index; /* or the byte itself, when it is known */
	bool less;	    /* one has been taken off */
	bool connection;    /* the rule ends where there is none */
};
struct oracle_byte oracle_load(const struct oracle_rules *rules, const struct oracle_op *op,
	enum oracle_hook hook, unsigned int index);
unsigned int oracle_load_length(const struct oracle_op *op);

/* As a snapshot's JSON; the caller frees it. */
char *oracle_text(const struct oracle_rules *rules);

/* Does a packet pass all base chains? */
bool oracle_passes(const struct oracle_rules *rules, const struct oracle_packet *packet);

#endif
