/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of hdrspace.h share. */
#ifndef HEDATE_HDRSPACE_IMPL_H
#define HEDATE_HDRSPACE_IMPL_H

#include "hdrspace.h"

struct hdr_values {
	hdr_value *values;
	size_t count, room;
};

/* Some bits of a field. */
struct hdr_segment {
	unsigned int shift, bits;	 /* (value >> shift) & low bits */
	struct hdr_values cuts;		 /* first value of each atom, sorted; the first is 0 */
	unsigned int level, level_count; /* of its variables, the most significant one first */
};

struct hdr_test {
	struct hdr_slice slice;
	struct hdr_range range;
};

struct hdr_field {
	unsigned int bits;
	struct hdr_test *tests; /* that were noted */
	size_t test_count, test_room;
	struct hdr_segment *segments; /* from the most significant bits on */
	size_t segment_count;
};

struct hdrspace {
	struct hdr_field fields[HDRSPACE_FIELDS_MAX];
	unsigned int field_count;
	struct bdd *bdd; /* NULL: not sealed */
};

/* The value with so many bits, all of them ones; the segment's bits of a field's value. */
hdr_value hdr_low_bits(unsigned int bits);
hdr_value hdr_part(const struct hdr_segment *segment, hdr_value value);
/* The number of the atom that a segment's value is in; does it begin an atom? Else a test was not
 * noted. */
size_t hdr_find_atom(const struct hdr_segment *segment, hdr_value value);
bool hdr_is_cut(const struct hdr_segment *segment, hdr_value value);

#endif
