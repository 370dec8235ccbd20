/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of hdrspace.h share. */
#ifndef HEDATE_HDRSPACE_IMPL_H
#define HEDATE_HDRSPACE_IMPL_H

#include "hdrspace.h"

struct hdr_values {
	hdr_value *values;
	size_t count, room;
};

/* Which atom every so many values, from the second cut on, are in; and the last atom. */
struct hdr_index {
	uint32_t *atoms; /* NULL: there are few */
	unsigned int shift;
};

/* Some bits of a field. */
struct hdr_segment {
	unsigned int shift, bits; /* (value >> shift) & low bits */
	struct hdr_values cuts;	  /* first value of each atom, sorted; the first is 0 */
	struct hdr_index index;
	unsigned int level, level_count; /* of its variables, the most significant one first */
};

struct hdr_test {
	struct hdr_slice slice;
	struct hdr_range range;
};

struct hdr_field {
	unsigned int bits;
	struct hdr_test *tests; /* that were noted, until it is sealed: each once */
	size_t test_count;
	uint32_t *places;	      /* finds them: their number and one, by their hash */
	size_t place_mask;	      /* twice as many */
	struct hdr_segment *segments; /* from the most significant bits on */
	size_t segment_count;
};

struct hdrspace {
	struct hdr_field fields[HDRSPACE_FIELDS_MAX];
	unsigned int field_count;
	unsigned int order[HDRSPACE_FIELDS_MAX]; /* of the fields' variables, by field */
	unsigned int either[2];			 /* hdrspace_either_first(); the same: none */
	struct bdd *bdd;			 /* NULL: not sealed */
};

/* The value with so many bits, all of them ones; the segment's bits of a field's value. */
hdr_value hdr_low_bits(unsigned int bits);
hdr_value hdr_part(const struct hdr_segment *segment, hdr_value value);

/* hdratoms.c. Note a test, which the field's bits can meet: 0, or -ENOMEM. */
int hdr_note(struct hdr_field *field, const struct hdr_test *test);
/* Of all that were noted. 0, or -ENOMEM. */
int hdr_make_atoms(struct hdr_field *field);
void hdr_field_clear(struct hdr_field *field);
/* The segments of a slice: those from *ret_first on to *ret_end - 1. False: it is not cut there. */
bool hdr_find_segments(
	const struct hdr_field *field, struct hdr_slice slice, size_t *ret_first, size_t *ret_end);
/* The number of the atom that a segment's value is in; does it begin an atom? Else a test was not
 * noted. */
size_t hdr_find_atom(const struct hdr_segment *segment, hdr_value value);
bool hdr_is_cut(const struct hdr_segment *segment, hdr_value value);

#endif
