/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "merkle.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <string.h>

static void hash_parts(const uint8_t *prefix, const void *a, size_t a_length, const void *b,
	size_t b_length, struct merkle_hash *ret_hash)
{
	struct sha256_ctx context;
	sha256_init(&context);
	sha256_update(&context, 1, prefix);
	sha256_update(&context, a_length, a);
	sha256_update(&context, b_length, b);
	sha256_digest(&context, MERKLE_HASH, ret_hash->bytes);
}

void merkle_leaf(const void *line, size_t length, struct merkle_hash *ret_hash)
{
	static const uint8_t prefix = 0;
	hash_parts(&prefix, line, length, "", 0, ret_hash);
}

/* ret_node may be one of the two. */
static void node(const struct merkle_hash *left, const struct merkle_hash *right,
	struct merkle_hash *ret_node)
{
	static const uint8_t prefix = 1;
	hash_parts(&prefix, left->bytes, MERKLE_HASH, right->bytes, MERKLE_HASH, ret_node);
}

bool merkle_equal(const struct merkle_hash *a, const struct merkle_hash *b)
{
	return memcmp(a->bytes, b->bytes, MERKLE_HASH) == 0;
}

void merkle_append(struct merkle_range *range, const struct merkle_hash *leaf)
{
	struct merkle_hash carry = *leaf;
	unsigned int level = 0;
	for (; range->size >> level & 1; level++)
		node(&range->nodes[level], &carry, &carry);
	range->nodes[level] = carry;
	range->size++;
}

void merkle_root(const struct merkle_range *range, struct merkle_hash *ret_root)
{
	bool found = false;
	for (unsigned int level = 0; level < MERKLE_LEVELS; level++) {
		if (!(range->size >> level & 1))
			continue;
		if (found)
			node(&range->nodes[level], ret_root, ret_root);
		else
			*ret_root = range->nodes[level];
		found = true;
	}
	if (!found) {
		struct sha256_ctx context;
		sha256_init(&context);
		sha256_digest(&context, MERKLE_HASH, ret_root->bytes);
	}
}

/* Proofs -------------------------------------------------------------------------------------- */

/* The largest power of two below size (> 1): where its tree divides. */
static uint64_t half(uint64_t size)
{
	return UINT64_C(1) << (63 - __builtin_clzll(size - 1));
}

static void reverse(struct merkle_span *spans, size_t count)
{
	for (size_t i = 0; i < count / 2; i++) {
		struct merkle_span swap = spans[i];
		spans[i] = spans[count - 1 - i];
		spans[count - 1 - i] = swap;
	}
}

size_t merkle_inclusion_spans(
	uint64_t index, uint64_t size, struct merkle_span spans[MERKLE_LEVELS])
{
	size_t count = 0;
	uint64_t start = 0;
	while (size > 1) {
		uint64_t left = half(size);
		if (index - start < left) {
			spans[count++] = (struct merkle_span){ start + left, size - left };
			size = left;
		} else {
			spans[count++] = (struct merkle_span){ start, left };
			start += left;
			size -= left;
		}
	}
	reverse(spans, count);
	return count;
}

size_t merkle_consistency_spans(
	uint64_t first, uint64_t size, struct merkle_span spans[MERKLE_LEVELS])
{
	size_t count = 0;
	uint64_t start = 0;
	bool whole = true; /* the old tree is a subtree of the new one, and its root is known */
	while (first < size) {
		uint64_t left = half(size);
		if (first <= left) {
			spans[count++] = (struct merkle_span){ start + left, size - left };
			size = left;
		} else {
			spans[count++] = (struct merkle_span){ start, left };
			start += left;
			first -= left;
			size -= left;
			whole = false;
		}
	}
	if (!whole)
		spans[count++] = (struct merkle_span){ start, size };
	reverse(spans, count);
	return count;
}

/* A span within the known range is one of its nodes, when its parent in the tree reaches beyond. */
static bool known_node(const struct merkle_range *known, const struct merkle_span *span,
	struct merkle_hash *ret_hash)
{
	uint64_t start = 0;
	for (unsigned int level = MERKLE_LEVELS; level-- > 0;) {
		uint64_t count = UINT64_C(1) << level;
		if (!(known->size & count))
			continue;
		if (start == span->start && count == span->count) {
			*ret_hash = known->nodes[level];
			return true;
		}
		start += count;
	}
	return false;
}

void merkle_prover_begin(struct merkle_prover *prover, const struct merkle_range *known,
	const struct merkle_span *spans, size_t count)
{
	memset(prover, 0, sizeof(*prover));
	memcpy(prover->spans, spans, count * sizeof(*spans));
	prover->count = count;
	prover->next = known->size;
	for (size_t i = 0; i < count; i++) {
		if (spans[i].start >= known->size)
			continue;
		/* A span lies at a multiple of its size: the known part of it is what the range
		 * ends with. */
		if (spans[i].start + spans[i].count > known->size) {
			prover->parts[i] = *known;
			prover->parts[i].size = known->size - spans[i].start;
		} else if (!known_node(known, &spans[i], &prover->hashes[i])) {
			prover->failed = true;
		}
	}
}

void merkle_prover_leaf(struct merkle_prover *prover, const struct merkle_hash *leaf)
{
	for (size_t i = 0; i < prover->count; i++)
		if (prover->next >= prover->spans[i].start &&
			prover->next - prover->spans[i].start < prover->spans[i].count)
			merkle_append(&prover->parts[i], leaf);
	prover->next++;
}

int merkle_prover_end(struct merkle_prover *prover)
{
	for (size_t i = 0; i < prover->count; i++) {
		const struct merkle_range *part = &prover->parts[i];
		if (prover->next < prover->spans[i].start + prover->spans[i].count)
			prover->failed = true;
		if (part->size == prover->spans[i].count)
			merkle_root(part, &prover->hashes[i]);
	}
	return prover->failed ? -EINVAL : 0;
}

bool merkle_inclusion_holds(const struct merkle_hash *leaf, uint64_t index, uint64_t size,
	const struct merkle_hash *proof, size_t count, const struct merkle_hash *root)
{
	uint64_t last = size - 1;
	struct merkle_hash hash = *leaf;
	if (index >= size)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (last == 0)
			return false;
		if ((index & 1) || index == last) {
			node(&proof[i], &hash, &hash);
			for (; !(index & 1) && index; index >>= 1)
				last >>= 1;
		} else {
			node(&hash, &proof[i], &hash);
		}
		index >>= 1;
		last >>= 1;
	}
	return last == 0 && merkle_equal(&hash, root);
}

bool merkle_consistency_holds(uint64_t first, const struct merkle_hash *first_root, uint64_t size,
	const struct merkle_hash *root, const struct merkle_hash *proof, size_t count)
{
	uint64_t index = first - 1, last = size - 1;
	struct merkle_hash old, new;
	size_t i = 0;
	if (first == 0 || first > size)
		return false;
	if (first == size)
		return count == 0 && merkle_equal(first_root, root);
	for (; index & 1; index >>= 1)
		last >>= 1;
	/* A full subtree's root is not part of the proof. */
	if ((first & (first - 1)) != 0 && count == 0)
		return false;
	old = new = (first & (first - 1)) == 0 ? *first_root : proof[i++];
	for (; i < count; i++) {
		if (last == 0)
			return false;
		if ((index & 1) || index == last) {
			node(&proof[i], &old, &old);
			node(&proof[i], &new, &new);
			for (; !(index & 1) && index; index >>= 1)
				last >>= 1;
		} else {
			node(&new, &proof[i], &new);
		}
		index >>= 1;
		last >>= 1;
	}
	return last == 0 && merkle_equal(&old, first_root) && merkle_equal(&new, root);
}
