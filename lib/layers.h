/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Overlapping boxes into layers of disjoint ones. A box is a closed range in every field of a
 * key; nftables' interval maps refuse overlapping elements, so boxes that share a point go to
 * different layers. Lookups try layer 0 first, so of two boxes that overlap the one given first
 * has the lower layer. Only where that would take more than LAYERS_MAX layers (a long chain of
 * boxes, each overlapping the next) is that order given up, and each box gets the lowest layer
 * in which nothing is in its way.
 */
#ifndef HEDATE_LAYERS_H
#define HEDATE_LAYERS_H

#include <stddef.h>
#include <stdint.h>

#define LAYERS_MAX 64 /* bits of a uint64_t, see layers.c */

/* A box is first[key_length] last[key_length] as in struct set's elements. */
struct layer_box {
	const uint8_t *first;
	const uint8_t *last;
};

/*
 * Put each of count boxes into a layer. fields holds the width of each field in bytes, padded
 * ones, as they lie in the key. 0 with ret_layers filled and *ret_layer_count set; -E2BIG when
 * more than LAYERS_MAX would be needed, with *ret_layer_count the index of the box that was too
 * much; -ENOMEM. About n log n for sets in which few boxes overlap.
 */
int layers_assign(const struct layer_box *boxes, size_t count, const unsigned int *fields,
	unsigned int field_count, unsigned int *ret_layers, unsigned int *ret_layer_count);

#endif
