/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/merkle.h"
#include "suite.h"

/* The inputs of RFC 6962's reference implementation, and the roots of the first 1 to 8 of them. */
static const struct {
	const char *hex;
	const char *root;
} reference[] = {
	{ "", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
	{ "00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
	{ "10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
	{ "2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
	{ "3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
	{ "40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
	{ "5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
	{ "606162636465666768696a6b6c6d6e6f",
		"5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
};
#define REFERENCES (sizeof(reference) / sizeof(reference[0]))

static void unhex(const char *hex, struct merkle_hash *hash)
{
	size_t length;
	ck_assert_int_eq(
		sodium_hex2bin(hash->bytes, MERKLE_HASH, hex, strlen(hex), NULL, &length, NULL), 0);
}

START_TEST(test_reference)
{
	struct merkle_range range = { 0 };
	struct merkle_hash root, expected;
	merkle_root(&range, &root);
	unhex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", &expected);
	ck_assert(merkle_equal(&root, &expected));
	for (size_t i = 0; i < REFERENCES; i++) {
		uint8_t bytes[32];
		size_t length;
		struct merkle_hash leaf;
		sodium_hex2bin(bytes, sizeof(bytes), reference[i].hex, strlen(reference[i].hex),
			NULL, &length, NULL);
		merkle_leaf(bytes, length, &leaf);
		merkle_append(&range, &leaf);
		merkle_root(&range, &root);
		unhex(reference[i].root, &expected);
		ck_assert_msg(merkle_equal(&root, &expected), "the first %zu", i + 1);
	}
	ck_assert_uint_eq(range.size, REFERENCES);
}
END_TEST

#define LEAVES 70

static struct merkle_hash leaves[LEAVES];

static void make_leaves(void)
{
	for (size_t i = 0; i < LEAVES; i++)
		merkle_leaf(&i, sizeof(i), &leaves[i]);
}

/* The root as RFC 6962 defines it, by recursion. */
static void slow_root(size_t start, size_t count, struct merkle_hash *root)
{
	uint8_t both[1 + 2 * MERKLE_HASH] = { 1 };
	struct merkle_hash half[2];
	size_t left = 1;
	if (count == 1) {
		*root = leaves[start];
		return;
	}
	while (left * 2 < count)
		left *= 2;
	slow_root(start, left, &half[0]);
	slow_root(start + left, count - left, &half[1]);
	memcpy(both + 1, half, sizeof(half));
	crypto_hash_sha256(root->bytes, both, sizeof(both));
}

static void range_of(size_t count, struct merkle_range *range)
{
	memset(range, 0, sizeof(*range));
	for (size_t i = 0; i < count; i++)
		merkle_append(range, &leaves[i]);
}

START_TEST(test_ranges)
{
	struct merkle_range range;
	struct merkle_hash root, expected;
	make_leaves();
	for (size_t count = 1; count <= LEAVES; count++) {
		range_of(count, &range);
		merkle_root(&range, &root);
		slow_root(0, count, &expected);
		ck_assert(merkle_equal(&root, &expected));
	}
}
END_TEST

/* Make the proof from a range that is known and the leaves behind it. */
static int prove(struct merkle_prover *prover, size_t known, size_t size,
	const struct merkle_span *spans, size_t count)
{
	struct merkle_range range;
	range_of(known, &range);
	merkle_prover_begin(prover, &range, spans, count);
	for (size_t i = known; i < size; i++)
		merkle_prover_leaf(prover, &leaves[i]);
	return merkle_prover_end(prover);
}

START_TEST(test_inclusion)
{
	static struct merkle_prover prover;
	struct merkle_span spans[MERKLE_LEVELS];
	struct merkle_hash root;
	make_leaves();
	for (size_t size = 1; size <= LEAVES; size += size < 20 ? 1 : 7) {
		slow_root(0, size, &root);
		for (size_t index = 0; index < size; index++) {
			size_t count = merkle_inclusion_spans(index, size, spans);
			for (size_t known = 0; known <= index; known++) {
				ck_assert_int_eq(prove(&prover, known, size, spans, count), 0);
				ck_assert(merkle_inclusion_holds(
					&leaves[index], index, size, prover.hashes, count, &root));
			}
			ck_assert(!merkle_inclusion_holds(&leaves[(index + 1) % LEAVES], index,
				size, prover.hashes, count, &root));
			ck_assert(!merkle_inclusion_holds(
				&leaves[index], size, size, prover.hashes, count, &root));
			if (count == 0)
				continue;
			ck_assert(!merkle_inclusion_holds(
				&leaves[index], index, size, prover.hashes, count - 1, &root));
			prover.hashes[count - 1].bytes[0] ^= 1;
			ck_assert(!merkle_inclusion_holds(
				&leaves[index], index, size, prover.hashes, count, &root));
		}
	}
}
END_TEST

START_TEST(test_prover_lacks)
{
	static struct merkle_prover prover;
	struct merkle_span spans[MERKLE_LEVELS];
	make_leaves();
	/* Leaf 2 lies in what is known: leaf 3 alone is not. */
	size_t count = merkle_inclusion_spans(2, 8, spans);
	ck_assert_int_lt(prove(&prover, 4, 8, spans, count), 0);
	/* The last leaf is not given. */
	ck_assert_int_lt(prove(&prover, 0, 7, spans, count), 0);
}
END_TEST

START_TEST(test_consistency)
{
	static struct merkle_prover prover;
	struct merkle_span spans[MERKLE_LEVELS];
	struct merkle_hash old, root;
	make_leaves();
	for (size_t size = 1; size <= LEAVES; size += size < 20 ? 1 : 7) {
		slow_root(0, size, &root);
		for (size_t first = 1; first <= size; first++) {
			size_t count = merkle_consistency_spans(first, size, spans);
			slow_root(0, first, &old);
			ck_assert_int_eq(prove(&prover, 0, size, spans, count), 0);
			ck_assert(merkle_consistency_holds(
				first, &old, size, &root, prover.hashes, count));
			ck_assert(!merkle_consistency_holds(
				0, &old, size, &root, prover.hashes, count));
			ck_assert(!merkle_consistency_holds(
				size + 1, &old, size, &root, prover.hashes, count));
			old.bytes[3] ^= 4;
			ck_assert(!merkle_consistency_holds(
				first, &old, size, &root, prover.hashes, count));
			old.bytes[3] ^= 4;
			if (count == 0)
				continue;
			prover.hashes[0].bytes[9] ^= 1;
			ck_assert(!merkle_consistency_holds(
				first, &old, size, &root, prover.hashes, count));
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("merkle");
	TCase *tests = tcase_create("merkle");
	if (sodium_init() < 0)
		return EXIT_FAILURE;
	tcase_add_test(tests, test_reference);
	tcase_add_test(tests, test_ranges);
	tcase_add_test(tests, test_inclusion);
	tcase_add_test(tests, test_prover_lacks);
	tcase_add_test(tests, test_consistency);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
