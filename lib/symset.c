/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which packets' keys are in a set. Three shapes (net/netfilter/nft_set_*.c): plain elements;
 * ranges of one field, told as sorted bounds, where an element with NFT_SET_ELEM_INTERVAL_END is
 * the first value behind a range; ranges of several fields, told by their first and last value in
 * each field.
 */
#include "symexec_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#define FIELDS_MAX 16 /* a key has at most 64 bytes, a field at least 4 */

/* An element as a box, each field from first to last. */
struct box {
	uint8_t first[PKT_BYTES_MAX], last[PKT_BYTES_MAX];
	struct sym_verdict verdict;
	bool unsure; /* it may be there or not */
};

struct boxes {
	struct box *boxes;
	size_t count;
	unsigned int lengths[FIELDS_MAX]; /* of the fields, padded as in registers */
	unsigned int field_count;
	unsigned int key_length;
	const struct nltree *catchall; /* what is in no other element, or NULL */
};

/* Reading elements ----------------------------------------------------------------------------- */

static const uint8_t *key_of(
	const struct nltree *element, uint16_t attribute, unsigned int key_length)
{
	size_t length;
	const uint8_t *bytes =
		nltree_bytes(nltree_find(element, attribute), NFTA_DATA_VALUE, &length);

	return length == key_length ? bytes : NULL;
}

static struct sym_verdict verdict_of(const struct nltree *element)
{
	const struct nltree *verdict =
		nltree_find(nltree_find(element, NFTA_SET_ELEM_DATA), NFTA_DATA_VERDICT);

	return (struct sym_verdict){ (uint32_t)nltree_number(verdict, NFTA_VERDICT_CODE, 0),
		nltree_text(verdict, NFTA_VERDICT_CHAIN) };
}

/* Expressions that an element may have and that let every packet be in it. */
static bool only_counts(const struct nltree *expression)
{
	const char *name = nltree_text(expression, NFTA_EXPR_NAME);

	return name && (strcmp(name, "counter") == 0 || strcmp(name, "last") == 0);
}

static bool is_sure(const struct nltree *element, uint32_t set_flags)
{
	const struct nltree *one = nltree_find(element, NFTA_SET_ELEM_EXPR);
	const struct nltree *list = nltree_find(element, NFTA_SET_ELEM_EXPRESSIONS);

	if (set_flags & NFT_SET_TIMEOUT && nltree_has(element, NFTA_SET_ELEM_EXPIRATION))
		return false;
	if (one && !only_counts(one))
		return false;
	for (size_t i = 0; list && i < list->count; i++)
		if (!only_counts(&list->children[i]))
			return false;
	return true;
}

static bool find_fields(const struct snap_set *set, struct boxes *boxes)
{
	const struct nltree *fields =
		nltree_find(nltree_find(&set->tree, NFTA_SET_DESC), NFTA_SET_DESC_CONCAT);
	unsigned int sum = 0;

	boxes->key_length = (unsigned int)nltree_number(&set->tree, NFTA_SET_KEY_LEN, 0);
	if (boxes->key_length == 0 || boxes->key_length > PKT_BYTES_MAX)
		return false;
	for (size_t i = 0; fields && i < fields->count && i < FIELDS_MAX; i++) {
		uint64_t length = nltree_number(&fields->children[i], NFTA_SET_FIELD_LEN, 0);

		if (length == 0 || length > PKT_BYTES_MAX)
			return false;
		boxes->lengths[i] = (unsigned int)(length + 3) / 4 * 4;
		sum += boxes->lengths[i];
		boxes->field_count++;
	}
	if (boxes->field_count == 0) {
		boxes->lengths[0] = sum = boxes->key_length;
		boxes->field_count = 1;
	}
	return sum == boxes->key_length && (!fields || fields->count <= FIELDS_MAX);
}

static int compare_elements(const void *a, const void *b)
{
	const struct nltree *const *left = a, *const *right = b;
	size_t left_length, right_length;
	const uint8_t *left_key =
		nltree_bytes(nltree_find(*left, NFTA_SET_ELEM_KEY), NFTA_DATA_VALUE, &left_length);
	const uint8_t *right_key = nltree_bytes(
		nltree_find(*right, NFTA_SET_ELEM_KEY), NFTA_DATA_VALUE, &right_length);
	int order = memcmp(
		left_key, right_key, left_length < right_length ? left_length : right_length);

	/* At one key the end of what is before comes first, then the start of what follows. */
	if (order == 0)
		order = (int)(nltree_number(*right, NFTA_SET_ELEM_FLAGS, 0) &
				NFT_SET_ELEM_INTERVAL_END) -
			(int)(nltree_number(*left, NFTA_SET_ELEM_FLAGS, 0) &
				NFT_SET_ELEM_INTERVAL_END);
	return order;
}

/* The elements by their keys, without catch-alls; each has a key of the set's length. NULL: some
 * have not, *ret_error: 0, or -ENOMEM. */
static const struct nltree **sort_elements(
	const struct snap_set *set, struct boxes *boxes, size_t *ret_count, int *ret_error)
{
	const struct nltree **sorted =
		calloc(set->element_count + 1, sizeof(const struct nltree *));

	*ret_count = 0;
	*ret_error = sorted ? 0 : -ENOMEM;
	for (size_t i = 0; sorted && i < set->element_count; i++) {
		const struct nltree *element = &set->elements[i];

		if (nltree_number(element, NFTA_SET_ELEM_FLAGS, 0) & NFT_SET_ELEM_CATCHALL) {
			boxes->catchall = element;
			continue;
		}
		if (!nltree_is_known(element) ||
			!key_of(element, NFTA_SET_ELEM_KEY, boxes->key_length)) {
			free(sorted);
			return NULL;
		}
		sorted[(*ret_count)++] = element;
	}
	if (sorted)
		qsort(sorted, *ret_count, sizeof(const struct nltree *), compare_elements);
	return sorted;
}

/* What is one less, as a number of length bytes. */
static void decrease(uint8_t *bytes, unsigned int length)
{
	while (length-- > 0 && bytes[length]-- == 0)
		;
}

/* A range of one field ends before the next bound, or with the last value. */
static void fill_range(const struct nltree *const *sorted, size_t count, size_t i,
	unsigned int length, struct box *box)
{
	memcpy(box->first, key_of(sorted[i], NFTA_SET_ELEM_KEY, length), length);
	memset(box->last, 0xff, length);
	if (i + 1 == count)
		return;
	memcpy(box->last, key_of(sorted[i + 1], NFTA_SET_ELEM_KEY, length), length);
	decrease(box->last, length);
}

static void fill_box(const struct nltree *element, unsigned int length, struct box *box)
{
	const uint8_t *end = key_of(element, NFTA_SET_ELEM_KEY_END, length);

	memcpy(box->first, key_of(element, NFTA_SET_ELEM_KEY, length), length);
	memcpy(box->last, end ? end : box->first, length);
}

static bool is_end(const struct nltree *element)
{
	return nltree_number(element, NFTA_SET_ELEM_FLAGS, 0) & NFT_SET_ELEM_INTERVAL_END;
}

/* 1: boxes holds what the set does; 0: it is not understood; or -ENOMEM. */
static int read_boxes(const struct snap_set *set, struct boxes *boxes)
{
	uint32_t flags = (uint32_t)nltree_number(&set->tree, NFTA_SET_FLAGS, 0);
	size_t count;
	int error;

	*boxes = (struct boxes){ 0 };
	if (!nltree_is_known(&set->tree) || !find_fields(set, boxes))
		return 0;
	const struct nltree **sorted = sort_elements(set, boxes, &count, &error);
	if (!sorted)
		return error;
	bool ranges = flags & NFT_SET_INTERVAL && boxes->field_count == 1;

	boxes->boxes = calloc(count + 1, sizeof(*boxes->boxes));
	for (size_t i = 0; boxes->boxes && i < count; i++) {
		struct box *box = &boxes->boxes[boxes->count];

		if (ranges && is_end(sorted[i]))
			continue;
		if (ranges)
			fill_range(sorted, count, i, boxes->key_length, box);
		else
			fill_box(sorted[i], boxes->key_length, box);
		box->verdict = verdict_of(sorted[i]);
		box->unsure = !is_sure(sorted[i], flags);
		boxes->count++;
	}
	free(sorted);
	return boxes->boxes ? 1 : -ENOMEM;
}

/* Packets -------------------------------------------------------------------------------------- */

static struct sym_match in_box(struct symexec *exec, const struct boxes *boxes,
	const struct box *box, const struct sym_key *key)
{
	struct sym_match match = SYM_ALWAYS;
	unsigned int at = 0;

	for (unsigned int i = 0; i < boxes->field_count; i++) {
		match = sym_match_and(exec, match,
			sym_between(exec, key->bytes + at, boxes->lengths[i], box->first + at,
				box->last + at));
		at += boxes->lengths[i];
	}
	return match;
}

static bool same_verdict(const struct sym_verdict *a, const struct sym_verdict *b)
{
	return a->code == b->code &&
	       (a->chain && b->chain ? strcmp(a->chain, b->chain) == 0 : a->chain == b->chain);
}

/* In any of the boxes, with the verdict (or without it, wanted false); NULL: whatever it is. */
static struct sym_match in_boxes(struct symexec *exec, const struct boxes *boxes,
	const struct sym_key *key, const struct sym_verdict *verdict, bool wanted)
{
	bdd_node *may = calloc(boxes->count + 1, sizeof(*may));
	bdd_node *must = calloc(boxes->count + 1, sizeof(*must));
	struct sym_match match = SYM_NEVER;
	size_t count = 0, sure = 0;

	if (!may || !must)
		sym_fail(exec, -ENOMEM);
	for (size_t i = 0; may && must && i < boxes->count; i++) {
		const struct box *box = &boxes->boxes[i];

		if (verdict && same_verdict(&box->verdict, verdict) != wanted)
			continue;
		struct sym_match here = in_box(exec, boxes, box, key);

		may[count++] = here.may;
		if (!box->unsure)
			must[sure++] = here.must;
	}
	if (may && must) {
		match.may = sym_or_all(exec, may, count);
		match.must = sym_or_all(exec, must, sure);
	}
	free(may);
	free(must);
	return match;
}

static struct sym_match in_catchall(struct symexec *exec, const struct boxes *boxes,
	const struct sym_key *key, const struct sym_verdict *verdict)
{
	struct sym_verdict here = verdict_of(boxes->catchall);

	if (verdict && !same_verdict(&here, verdict))
		return SYM_NEVER;
	return sym_match_not(exec, in_boxes(exec, boxes, key, NULL, true));
}

struct sym_match sym_in_set(struct symexec *exec, const struct snap_set *set,
	const struct sym_key *key, const struct sym_verdict *verdict)
{
	struct sym_match match = SYM_UNKNOWN;
	struct boxes boxes;
	int r = 0;

	/* What packets put into it is not part of the rules. */
	if (!(nltree_number(&set->tree, NFTA_SET_FLAGS, 0) & NFT_SET_EVAL))
		r = read_boxes(set, &boxes);
	if (r < 0)
		sym_fail(exec, r);
	if (r <= 0)
		return match;
	if (boxes.key_length == key->length) {
		match = in_boxes(exec, &boxes, key, verdict, true);
		/* Where elements overlap, which of them is found is not known. */
		if (verdict)
			match.must = sym_and(exec, match.must,
				sym_not(exec, in_boxes(exec, &boxes, key, verdict, false).may));
		if (boxes.catchall)
			match = sym_match_or(exec, match, in_catchall(exec, &boxes, key, verdict));
	}
	free(boxes.boxes);
	return match;
}

int sym_set_verdicts(
	const struct snap_set *set, struct sym_verdict **ret_verdicts, size_t *ret_count)
{
	struct sym_verdict *verdicts = calloc(set->element_count + 1, sizeof(*verdicts));
	size_t count = 0;

	if (!verdicts)
		return -ENOMEM;
	for (size_t i = 0; i < set->element_count; i++) {
		struct sym_verdict verdict = verdict_of(&set->elements[i]);
		size_t known = 0;

		if (is_end(&set->elements[i]) && !nltree_has(&set->elements[i], NFTA_SET_ELEM_DATA))
			continue;
		while (known < count && !same_verdict(&verdicts[known], &verdict))
			known++;
		if (known == count)
			verdicts[count++] = verdict;
	}
	*ret_verdicts = verdicts;
	*ret_count = count;
	return 0;
}
