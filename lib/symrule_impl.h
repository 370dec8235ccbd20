/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of symrule.c share: a rule that is being run. */
#ifndef HEDATE_SYMRULE_IMPL_H
#define HEDATE_SYMRULE_IMPL_H

#include "symexec_impl.h"

#define REGISTER_BYTES 64 /* NFT_REG32_00 .. NFT_REG32_15 */
#define LOADS_MAX      8  /* of registers that are there at one time */

/* What registers hold from a byte on: one of several answers, by the packet's transport. */
struct sym_loaded {
	unsigned int at;
	struct pkt_load loads[PKT_TRANSPORTS];
	unsigned int count;
};

struct sym_run {
	struct symexec *exec;
	const struct sym_place *place;
	struct sym_written dirty; /* what may have been rewritten up to here */
	struct sym_dirt *dirt;
	struct sym_loaded loaded[LOADS_MAX];
	unsigned int loaded_count;
	struct sym_match alive;	     /* the packets that have come so far */
	unsigned int transports;     /* that they may have: enum pkt_transport, or-ed */
	bdd_node left;		     /* those that have left for sure */
	struct sym_outcome *outcome; /* exact as long as it is */
	bool ended;		     /* by a verdict */
	const char *name;	     /* of the expression */
	uint16_t target;	     /* its attribute that tells where it loads to */
};

/* symrule_registers.c */

/* Write answers into a register; write what is not known. */
void sym_store(struct sym_run *run, uint64_t number, struct pkt_load *loads, unsigned int count);
void sym_store_free(struct sym_run *run, uint64_t number, unsigned int length);
void sym_load_constant(struct sym_run *run, uint64_t target, const void *bytes, size_t length);
/* A number of four bytes between bounds; one of its bytes. */
void sym_load_bounded(struct sym_run *run, uint64_t target, const struct sym_bounds *bounds);
struct pkt_byte sym_bounded_byte(const struct sym_bounds *bounds, unsigned int index);
/* All that stands from a register on, for length bytes, in one place; NULL when it does not. */
struct sym_loaded *sym_loaded_at(struct sym_run *run, uint64_t from, uint64_t length);
/* A test of the bytes from a register on. */
typedef struct sym_match (*sym_key_test)(
	struct symexec *exec, const struct sym_key *key, const void *data);
struct sym_match sym_test_key(struct sym_run *run, uint64_t number, unsigned int length,
	sym_key_test test, const void *data);

/* symrule.c */

/* May later fragments come here? */
bool sym_meets_pieces(const struct sym_run *run);

void sym_run_doubt(struct sym_run *run, enum sym_doubt_kind kind);
/* Some that have come so far may meet this or not: then it is a doubt. */
void sym_doubt_match(struct sym_run *run, struct sym_match match);
/* From now on packets may leave in several ways. */
void sym_run_inexact(struct sym_run *run);
/* Only packets that meet this go on. */
void sym_narrow(struct sym_run *run, struct sym_match match);
/* Something that packets go through, or not. */
void sym_may_stop(struct sym_run *run);
void sym_rewrite(struct sym_run *run, enum pkt_field field);
/* With what stands in a register. */
void sym_rewrite_from(struct sym_run *run, enum pkt_field field, uint64_t source);
/* The packets of match, of those that have come so far: for who traces one. */
void sym_run_report(struct sym_run *run, struct sym_match match, const struct sym_effect *effect);
void sym_rewrite_all(struct sym_run *run);
/* An attribute of an expression: UINT32_MAX when it is not there; the bytes of a value, or NULL. */
uint64_t sym_number(const struct nltree *data, uint16_t attribute);
const uint8_t *sym_bytes(const struct nltree *data, uint16_t attribute, size_t *ret_length);

/* Expressions. symrule_load.c */
void sym_do_meta(struct sym_run *run, const struct nltree *data);
void sym_do_ct(struct sym_run *run, const struct nltree *data);
void sym_do_payload(struct sym_run *run, const struct nltree *data);
void sym_do_bitwise(struct sym_run *run, const struct nltree *data);
void sym_do_byteorder(struct sym_run *run, const struct nltree *data);
/* symrule_test.c */
void sym_do_cmp(struct sym_run *run, const struct nltree *data);
void sym_do_range(struct sym_run *run, const struct nltree *data);
void sym_do_lookup(struct sym_run *run, const struct nltree *data);
void sym_do_immediate(struct sym_run *run, const struct nltree *data);

#endif
