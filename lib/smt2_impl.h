/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of smt2.h share. Terms are text, and live as long as struct smt2. */
#ifndef HEDATE_SMT2_IMPL_H
#define HEDATE_SMT2_IMPL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "smt2.h"

/* Fields of a packet; each a bit-vector of whole bytes, in the order in which they stand in memory
 * or in the header. */
enum smt2_field {
	SMT2_IIFNAME,
	SMT2_OIFNAME,
	SMT2_IIFTYPE,
	SMT2_OIFTYPE,
	SMT2_CT_STATE,
	SMT2_CT_DIRECTION,
	SMT2_CT_STATUS,
	SMT2_CT_MARK,
	SMT2_MARK,
	SMT2_PKTTYPE,
	SMT2_L4PROTO,
	SMT2_CUT,      /* n: has n - 1 bytes from its transport header on; 0: at least 255 */
	SMT2_FRAGMENT, /* IPv4: as in the header; IPv6: not 0 for all fragments but the first */
	SMT2_ETHER_SADDR,
	SMT2_ETHER_DADDR,
	SMT2_TOS,
	SMT2_FLOW,
	SMT2_LENGTH,
	SMT2_ID,
	SMT2_TTL,
	SMT2_NEXTHDR,
	SMT2_SADDR,
	SMT2_DADDR,
	SMT2_SPORT,
	SMT2_DPORT,
	SMT2_TCP_FLAGS,
	SMT2_ICMP_TYPE,
	SMT2_ICMP_CODE,
	SMT2_FIELDS,
};

/* What they hold at a place, each the name of a constant. NULL: not in this world. */
struct smt2_packet {
	const char *fields[SMT2_FIELDS];
};

/* One byte of a register. */
enum smt2_byte_kind {
	SMT2_UNSET, /* anything */
	SMT2_CONSTANT,
	SMT2_PART, /* of a term */
};
struct smt2_byte {
	enum smt2_byte_kind kind;
	uint8_t value;
	const char *term;
	unsigned int index, of; /* byte of bytes, 0 is the most significant */
};

struct smt2_list {
	const char **items;
	size_t count, room;
};

#define SMT2_REGISTERS 64 /* bytes */

struct smt2_stage {
	uint32_t hook; /* NF_INET_* */
	bool tracked;  /* behind conntrack */
	bool hop_less; /* forwarded, and one taken off its hop limit */
};

struct smt2_place {
	const struct snap_table *table;
	const struct snap_chain *chain;
	const struct nltree *rule;
	struct smt2_stage stage;
	unsigned int depth; /* of jumps */
};

/* A chain for packets that come to it with these fields: conditions under which they are accepted,
 * go back to where it was jumped from, and what they hold then. Else they are dropped. */
struct smt2_chain {
	const struct snap_chain *chain;
	struct smt2_stage stage;
	struct smt2_packet before, after;
	const char *accepted, *returned;
	struct smt2_chain *next;
};

struct smt2_text;

struct smt2 {
	const struct prove_question *question;
	enum pkt_world world;
	FILE *body;
	struct smt2_text *texts; /* all terms */
	uint64_t names, free;	 /* how many there are */
	size_t bytes, most;	 /* of texts */
	bool failed;		 /* out of memory, or of what it may have */
	bool keeps_connections;
	bool translates; /* connections may have other addresses than their packets */
	bool unchanged;	 /* no rule writes to packets */
	const char *raw[SMT2_REGISTERS]; /* bytes of transport headers that are in no field */
	struct smt2_packet came;
	const char *later, *no_connection, *is_new;
	struct smt2_chain *chains;
	struct smt2_list notes; /* what was left free */
};

/* A rule on its way from left to right. */
struct smt2_run {
	struct smt2 *smt;
	const struct smt2_place *place;
	const char *expression;	   /* its name */
	const char *alive;	   /* who has come so far */
	struct smt2_packet packet; /* as rewritten */
	struct smt2_byte registers[SMT2_REGISTERS];
	struct smt2_list accepted, returned, back, left;
	bool ended;
};

/* smt2_term.c. Formatted as printf() does; never NULL. */
const char *smt2_format(struct smt2 *smt, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void smt2_free_texts(struct smt2 *smt);
void smt2_list_add(struct smt2 *smt, struct smt2_list *list, const char *item);
void smt2_list_free(struct smt2_list *list);
/* Of "and", "or" of any number. */
const char *smt2_join(struct smt2 *smt, const char *operation, const struct smt2_list *list);
const char *smt2_and(struct smt2 *smt, const char *a, const char *b);
const char *smt2_or(struct smt2 *smt, const char *a, const char *b);
const char *smt2_not(struct smt2 *smt, const char *a);
/* A name for a condition, for a term of so many bits; what it stands for is written. */
const char *smt2_name(struct smt2 *smt, const char *condition);
const char *smt2_name_bits(struct smt2 *smt, unsigned int bits, const char *term);
/* A name that stands for anything. */
const char *smt2_any(struct smt2 *smt);
const char *smt2_any_bits(struct smt2 *smt, unsigned int bits);
const char *smt2_hex(struct smt2 *smt, const void *bytes, size_t length);
const char *smt2_number(struct smt2 *smt, uint32_t number, unsigned int bytes);
/* Bytes of registers as one term. */
const char *smt2_bytes(struct smt2 *smt, const struct smt2_byte *bytes, size_t length);
/* first <= term <= last, where that says anything. */
const char *smt2_between(
	struct smt2 *smt, const char *term, const void *first, const void *last, size_t length);
bool smt2_is(const char *term, const char *what); /* "true", "false" */

/* smt2_packet.c: fields. */
unsigned int smt2_field_bits(enum pkt_world world, enum smt2_field field);
/* Declare what the packet holds as it comes; what there can be is returned. */
const char *smt2_declare(struct smt2 *smt);
const char *smt2_is_field(struct smt2 *smt, enum smt2_field field, uint32_t number);
const char *smt2_in_memory(struct smt2 *smt, enum smt2_field field, uint32_t number);
const char *smt2_later(struct smt2 *smt, const char *fragment);
/* Does no rule write to packets? */
bool smt2_leaves_packets(const struct snapshot *snapshot);

/* smt2_load.c */
void smt2_store(struct smt2_run *run, uint64_t number, const struct smt2_byte *bytes, size_t count);
void smt2_store_any(struct smt2_run *run, uint64_t number, unsigned int length);
void smt2_store_constant(
	struct smt2_run *run, uint64_t number, const uint8_t *bytes, size_t length);
void smt2_store_term(struct smt2_run *run, uint64_t number, const char *term, unsigned int length);
unsigned int smt2_register(uint64_t number); /* its first byte; SMT2_REGISTERS: none */
void smt2_do_meta(struct smt2_run *run, const struct nltree *data);
void smt2_do_ct(struct smt2_run *run, const struct nltree *data);
/* smt2_payload.c */
void smt2_do_payload(struct smt2_run *run, const struct nltree *data);

/* smt2_rule.c */
void smt2_narrow(struct smt2_run *run, const char *condition);
void smt2_may_stop(struct smt2_run *run);
void smt2_note(struct smt2_run *run);
void smt2_write_field(struct smt2_run *run, enum smt2_field field, uint64_t source);
void smt2_forget_field(struct smt2_run *run, enum smt2_field field);
void smt2_forget_all(struct smt2_run *run);
uint64_t smt2_of(const struct nltree *data, uint16_t attribute);
const uint8_t *smt2_value(const struct nltree *data, uint16_t attribute, size_t *ret_length);
/* What comes of who meets all tests of a rule. */
void smt2_rule(struct smt2_run *run);

/* smt2_verdict.c */
void smt2_do_immediate(struct smt2_run *run, const struct nltree *data);
void smt2_do_lookup(struct smt2_run *run, const struct nltree *data);
void smt2_leave(struct smt2_run *run, bool accepted);
void smt2_leave_anyhow(struct smt2_run *run, const char *taken);

/* smt2_set.c: elements as conditions over a key. */
struct smt2_element {
	const struct nltree *element;
	const char *condition;
	int32_t code; /* of its verdict */
	const char *chain;
};
struct smt2_set {
	bool understood;
	bool overlap; /* more than one may be found */
	struct smt2_element *elements;
	size_t count;
	const struct nltree *catchall;
};
/* The elements of a set, for the bytes that are looked up. ret_set is to be freed with
 * smt2_set_clear() in every case. */
void smt2_set_read(struct smt2 *smt, const struct snap_set *from, const struct smt2_byte *bytes,
	struct smt2_set *ret_set);
void smt2_set_clear(struct smt2_set *set);

/* smt2_chain.c */
struct smt2_chain smt2_follow(
	struct smt2 *smt, const struct smt2_place *place, const struct smt2_packet *packet);
void smt2_forget_chains(struct smt2 *smt);
/* smt2_hook.c: the condition under which a packet may pass. */
const char *smt2_way(struct smt2 *smt, enum sym_way way);

/* smt2_policy.c: the cells of a world. */
void smt2_cells(struct smt2 *smt, const char *valid, const char *const passes[SYM_WAYS]);

#endif
