/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The Merkle tree of RFC 6962 (section 2.1) over the lines of the log, with SHA-256.
 *
 *	leaf  SHA-256(0x00 || the line's bytes without its newline)
 *	node  SHA-256(0x01 || left || right)
 *	root of no leaves  SHA-256 of nothing
 *
 * A tree that grows is kept as its compact range: the roots of the full subtrees that it falls
 * into, one for each bit that is set in its size. SHA-256 comes from nettle, which uses the
 * processor's own instructions for it; libsodium's does not.
 */
#ifndef HEDATE_MERKLE_H
#define HEDATE_MERKLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MERKLE_HASH   32 /* bytes */
#define MERKLE_LEVELS 64

struct merkle_hash {
	uint8_t bytes[MERKLE_HASH];
};

/* All zero: the empty tree. */
struct merkle_range {
	uint64_t size;				 /* leaves */
	struct merkle_hash nodes[MERKLE_LEVELS]; /* [l]: when bit l of size is set */
};

void merkle_leaf(const void *line, size_t length, struct merkle_hash *ret_hash);
bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b);
void merkle_append(struct merkle_range *range, const struct merkle_hash *leaf);
void merkle_root(const struct merkle_range *range, struct merkle_hash *ret_root);

/* The subtree of the leaves from start on, count of them. */
struct merkle_span {
	uint64_t start, count;
};

/*
 * Which subtrees' roots make up a proof, in the order in which RFC 6962 lists them. At most
 * MERKLE_LEVELS; their number is returned.
 *	inclusion    of leaf index in a tree of size leaves (index < size)
 *	consistency  of the tree of the first leaves with that of size (0 < first <= size)
 */
size_t merkle_inclusion_spans(
	uint64_t index, uint64_t size, struct merkle_span spans[MERKLE_LEVELS]);
size_t merkle_consistency_spans(
	uint64_t first, uint64_t size, struct merkle_span spans[MERKLE_LEVELS]);

/*
 * Finds the roots of such spans in one pass over the leaves behind a range that is known already:
 * the leaf of an inclusion proof, or the first size of a consistency proof, lies in it no more.
 */
struct merkle_prover {
	struct merkle_span spans[MERKLE_LEVELS];
	struct merkle_hash hashes[MERKLE_LEVELS]; /* the proof, once all leaves were given */
	struct merkle_range parts[MERKLE_LEVELS];
	size_t count;
	uint64_t next; /* index of the leaf that comes next */
	bool failed;   /* a leaf of the known range would be needed */
};
void merkle_prover_begin(struct merkle_prover *prover, const struct merkle_range *known,
	const struct merkle_span *spans, size_t count);
void merkle_prover_leaf(struct merkle_prover *prover, const struct merkle_hash *leaf);
/* 0; -EINVAL when leaves are missing, or were not given that are in the known range. */
int merkle_prover_end(struct merkle_prover *prover);

/* Does the proof hold? (RFC 9162, sections 2.1.3.2 and 2.1.4.2) */
bool merkle_inclusion_holds(const struct merkle_hash *leaf, uint64_t index, uint64_t size,
	const struct merkle_hash *proof, size_t count, const struct merkle_hash *root);
bool merkle_consistency_holds(uint64_t first, const struct merkle_hash *first_root, uint64_t size,
	const struct merkle_hash *root, const struct merkle_hash *proof, size_t count);

#endif
