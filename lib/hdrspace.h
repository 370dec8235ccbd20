/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The space of all packets: what rules may look at, as a list of fields, and sets of packets as
 * decision diagrams (bdd.h) over them.
 *
 * A field is a number of up to 128 bits in the order in which nftables compares it (the first byte
 * of an address is the most significant). Every test of a field that rules make depends only on
 * between which of all their bounds the value lies. So first all tests are noted; hdrspace_seal()
 * cuts each field at their bounds into "atoms"; then sets are made. A diagram has one variable for
 * each bit of an atom's number: no bits of an address, and an IPv6 address costs what an IPv4 one
 * does. Nothing is lost by that: a set that is made of noted tests holds an atom as a whole or not
 * at all, and any member of the atom is a real witness.
 *
 * A test of bits that do not begin with the field's first one (mark & 0xff00, flags & (syn | ack))
 * cuts the field at their edges into segments, each with atoms of its own; a range over several
 * segments is compared segment by segment. Bits from the first one on are a prefix: their test is a
 * range of the whole field.
 */
#ifndef HEDATE_HDRSPACE_H
#define HEDATE_HDRSPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bdd.h"

#define HDRSPACE_FIELDS_MAX 64

typedef unsigned __int128 hdr_value;

struct hdrspace;

struct hdr_range {
	hdr_value first, last; /* both are in it */
};

/* No fields yet. 0, or -ENOMEM. */
int hdrspace_new(struct hdrspace **ret_space);
void hdrspace_free(struct hdrspace *space); /* accepts NULL */

/* Add a field of bits 1..128; the diagrams' variables stand in the order in which fields are added.
 * Its number, or -E2BIG. */
int hdrspace_add_field(struct hdrspace *space, unsigned int bits);

/* Of two fields, each may stand in the other's place: that with far fewer atoms in the first, for
 * all of the other's are told again for each set of them. */
void hdrspace_either_first(struct hdrspace *space, unsigned int a, unsigned int b);

/* Some bits of a field, as a number: (value >> shift) & (2^bits - 1). */
struct hdr_slice {
	unsigned int field, shift, bits;
};

/* Note a test: is the slice in a range? Before hdrspace_seal(). 0; -EINVAL: no such bits, or a
 * range that they cannot be in; -ENOMEM. */
int hdrspace_note(struct hdrspace *space, struct hdr_slice slice, struct hdr_range range);

/* The single values that a field as a whole has been tested for, before hdrspace_seal(), each once:
 * at most max of them into ret_values. How many those are. */
size_t hdrspace_noted(
	const struct hdrspace *space, unsigned int field, hdr_value *ret_values, size_t max);

/* Make the atoms. 0; -E2BIG: more variables than BDD_LEVELS_MAX; -ENOMEM. */
int hdrspace_seal(struct hdrspace *space, const struct bdd_budget *budget);
/* For what hdrspace_seal() has made; and how many atoms a field has, for figures. */
struct bdd *hdrspace_bdd(struct hdrspace *space);
size_t hdrspace_atoms(const struct hdrspace *space, unsigned int field);
/* The first value of an atom of a field, for tests at bounds; number: any, taken modulo. */
hdr_value hdrspace_bound(const struct hdrspace *space, unsigned int field, uint64_t number);

/* The packets with the slice in a range; in any of count ranges. Each was noted: else BDD_NONE, as
 * for whatever bdd_error() says. */
bdd_node hdrspace_test(struct hdrspace *space, struct hdr_slice slice, struct hdr_range range);
bdd_node hdrspace_tests(struct hdrspace *space, struct hdr_slice slice,
	const struct hdr_range *ranges, size_t count);
/*
 * Many boxes at once: count of them, each a range for each of some fields, no field twice; box i
 * has ranges[i * field_count] on. To note what they test, before hdrspace_seal(); the packets that
 * are in any of them. They are made into a diagram from its root on, which costs what the boxes do
 * and not what all the unions on the way to the whole would.
 */
struct hdr_boxes {
	const unsigned int *fields;
	unsigned int field_count;
	const struct hdr_range *ranges;
	size_t count;
};
int hdrspace_note_boxes(struct hdrspace *space, const struct hdr_boxes *boxes);
bdd_node hdrspace_boxes(struct hdrspace *space, const struct hdr_boxes *boxes);
/* The packets of a set, with whatever values in some fields: HDRSPACE_FIELD() of each, or-ed. */
#define HDRSPACE_FIELD(number) (UINT64_C(1) << (number))
bdd_node hdrspace_forget(struct hdrspace *space, bdd_node set, uint64_t fields);

/*
 * What fields are cut into where more than one atom came of it, in the order of the diagrams'
 * variables: every set is a union of products of such columns' atoms.
 */
struct hdr_column {
	struct hdr_slice slice;
	size_t atoms;
	size_t segment; /* of the field */
};
/* 0 with *ret_columns (freed by the caller), -ENOMEM. */
int hdrspace_columns(
	const struct hdrspace *space, struct hdr_column **ret_columns, size_t *ret_count);
/* The values of an atom. */
struct hdr_range hdrspace_atom(
	const struct hdrspace *space, const struct hdr_column *column, size_t atom);
struct hdr_packet;
size_t hdrspace_atom_of(const struct hdrspace *space, const struct hdr_column *column,
	const struct hdr_packet *packet);
/* The packets with an atom that is flagged. */
bdd_node hdrspace_in_column(
	struct hdrspace *space, const struct hdr_column *column, const bool *flags);
/* Flag the atoms with which some packet is in a set. */
void hdrspace_column_of(
	struct hdrspace *space, const struct hdr_column *column, bdd_node set, bool *ret_atoms);

/* A packet, value by value; HDRSPACE_FIELDS_MAX of them. */
struct hdr_packet {
	hdr_value values[HDRSPACE_FIELDS_MAX];
};
bool hdrspace_holds(const struct hdrspace *space, bdd_node set, const struct hdr_packet *packet);
/*
 * Some packet of a set, as near to *packet as one walk finds: fields that do not matter keep the
 * value that stands there, others keep it where it belongs to the atom that was found. False: there
 * is none (BDD_EMPTY, BDD_NONE).
 */
bool hdrspace_pick(const struct hdrspace *space, bdd_node set, struct hdr_packet *packet);

#endif
