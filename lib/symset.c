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

static bool find_fields(const struct snap_set *set, struct sym_boxes *boxes)
{
	const struct nltree *fields =
		nltree_find(nltree_find(&set->tree, NFTA_SET_DESC), NFTA_SET_DESC_CONCAT);
	unsigned int sum = 0;

	boxes->key_length = (unsigned int)nltree_number(&set->tree, NFTA_SET_KEY_LEN, 0);
	if (boxes->key_length == 0 || boxes->key_length > PKT_BYTES_MAX)
		return false;
	for (size_t i = 0; fields && i < fields->count && i < SYM_KEY_FIELDS_MAX; i++) {
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
	return sum == boxes->key_length && (!fields || fields->count <= SYM_KEY_FIELDS_MAX);
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
	const struct snap_set *set, struct sym_boxes *boxes, size_t *ret_count, int *ret_error)
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

/* A range of one field ends before the next bound, or with the last value. */
static void fill_range(const struct nltree *const *sorted, size_t count, size_t i,
	unsigned int length, struct sym_box *box)
{
	box->first = key_of(sorted[i], NFTA_SET_ELEM_KEY, length);
	box->last = i + 1 < count ? key_of(sorted[i + 1], NFTA_SET_ELEM_KEY, length) : NULL;
	box->before = i + 1 < count;
}

static void fill_box(const struct nltree *element, unsigned int length, struct sym_box *box)
{
	const uint8_t *end = key_of(element, NFTA_SET_ELEM_KEY_END, length);

	box->first = key_of(element, NFTA_SET_ELEM_KEY, length);
	box->last = end ? end : box->first;
}

static bool is_end(const struct nltree *element)
{
	return nltree_number(element, NFTA_SET_ELEM_FLAGS, 0) & NFT_SET_ELEM_INTERVAL_END;
}

/* 0, or -ENOMEM; boxes->understood says whether they hold what the set does. */
static int read_boxes(struct sym_boxes *boxes)
{
	const struct snap_set *set = boxes->set;
	uint32_t flags = (uint32_t)nltree_number(&set->tree, NFTA_SET_FLAGS, 0);
	size_t count;
	int error;

	/* What packets put into it is not part of the rules. */
	if (flags & NFT_SET_EVAL || !nltree_is_known(&set->tree) || !find_fields(set, boxes))
		return 0;
	const struct nltree **sorted = sort_elements(set, boxes, &count, &error);
	if (!sorted)
		return error;
	bool ranges = flags & NFT_SET_INTERVAL && boxes->field_count == 1;

	boxes->points = !(flags & NFT_SET_INTERVAL);
	boxes->overlap = flags & NFT_SET_INTERVAL && boxes->field_count > 1;
	boxes->boxes = calloc(count + 1, sizeof(*boxes->boxes));
	for (size_t i = 0; boxes->boxes && i < count; i++) {
		struct sym_box *box = &boxes->boxes[boxes->count];

		if (ranges && is_end(sorted[i]))
			continue;
		if (ranges)
			fill_range(sorted, count, i, boxes->key_length, box);
		else
			fill_box(sorted[i], boxes->key_length, box);
		box->element = sorted[i];
		box->unsure = !is_sure(sorted[i], flags);
		boxes->count++;
	}
	free(sorted);
	boxes->understood = boxes->boxes != NULL;
	return boxes->boxes ? 0 : -ENOMEM;
}

/* Verdicts ------------------------------------------------------------------------------------- */

static int compare_verdicts(const struct sym_verdict *a, const struct sym_verdict *b)
{
	if (a->code != b->code)
		return a->code < b->code ? -1 : 1;
	return strcmp(a->chain ? a->chain : "", b->chain ? b->chain : "");
}

static int compare_boxes(const void *a, const void *b)
{
	const struct sym_box *left = a, *right = b;
	struct sym_verdict left_verdict = verdict_of(left->element);
	struct sym_verdict right_verdict = verdict_of(right->element);

	return compare_verdicts(&left_verdict, &right_verdict);
}

/* The boxes of each verdict stand together. */
static int group_boxes(struct sym_boxes *boxes)
{
	boxes->verdicts = calloc(boxes->count + 1, sizeof(*boxes->verdicts));
	boxes->starts = calloc(boxes->count + 2, sizeof(*boxes->starts));
	if (!boxes->verdicts || !boxes->starts)
		return -ENOMEM;
	qsort(boxes->boxes, boxes->count, sizeof(*boxes->boxes), compare_boxes);
	for (size_t i = 0; i < boxes->count; i++) {
		struct sym_verdict verdict = verdict_of(boxes->boxes[i].element);
		unsigned int known = boxes->verdict_count;

		if (known > 0 && compare_verdicts(&boxes->verdicts[known - 1], &verdict) == 0)
			continue;
		boxes->starts[known] = i;
		boxes->verdicts[boxes->verdict_count++] = verdict;
	}
	boxes->starts[boxes->verdict_count] = boxes->count;
	if (boxes->catchall)
		boxes->verdicts[boxes->verdict_count++] = verdict_of(boxes->catchall);
	return 0;
}

/* Data ------------------------------------------------------------------------------------------
 */

/* Between which values the data of all elements are, where they are numbers of four bytes. */
static void bound_data(struct sym_boxes *boxes)
{
	struct sym_bounds *data = &boxes->data;

	boxes->bounded = boxes->count > 0 && !boxes->catchall;
	for (size_t i = 0; i < boxes->count && boxes->bounded; i++) {
		size_t length;
		const uint8_t *bytes =
			nltree_bytes(nltree_find(boxes->boxes[i].element, NFTA_SET_ELEM_DATA),
				NFTA_DATA_VALUE, &length);

		boxes->bounded = bytes && length == sizeof(data->first);
		if (!boxes->bounded)
			return;
		if (i == 0 || memcmp(bytes, data->first, length) < 0)
			memcpy(data->first, bytes, length);
		if (i == 0 || memcmp(bytes, data->last, length) > 0)
			memcpy(data->last, bytes, length);
	}
}

/* Sets that were read ----------------------------------------------------------------------------
 */

const struct sym_boxes *sym_boxes(struct symexec *exec, const struct snap_set *set)
{
	struct sym_boxes *boxes = exec->sets;

	while (boxes && boxes->set != set)
		boxes = boxes->next;
	if (boxes)
		return boxes;
	boxes = calloc(1, sizeof(*boxes));
	if (!boxes) {
		sym_fail(exec, -ENOMEM);
		return NULL;
	}
	boxes->set = set;
	boxes->next = exec->sets;
	exec->sets = boxes;
	int r = read_boxes(boxes);
	if (r == 0 && boxes->understood &&
		nltree_number(&set->tree, NFTA_SET_DATA_TYPE, 0) == NFT_DATA_VERDICT)
		r = group_boxes(boxes);
	if (boxes->understood)
		bound_data(boxes);
	if (r < 0)
		sym_fail(exec, r);
	return boxes;
}

void sym_boxes_free(struct sym_boxes *boxes)
{
	while (boxes) {
		struct sym_boxes *next = boxes->next;

		free(boxes->boxes);
		free(boxes->verdicts);
		free(boxes->starts);
		free(boxes);
		boxes = next;
	}
}

/* Packets -------------------------------------------------------------------------------------- */

static struct sym_match in_any(
	struct symexec *exec, const struct sym_boxes *boxes, const struct sym_key *key)
{
	return sym_in_boxes(exec, boxes, 0, boxes->count, key);
}

static struct sym_match in_catchall(
	struct symexec *exec, const struct sym_boxes *boxes, const struct sym_key *key)
{
	struct sym_match match = sym_match_not(exec, in_any(exec, boxes, key));

	if (exec->trace && match.may != BDD_EMPTY)
		sym_trace_hit(exec, boxes->set, boxes->catchall);
	return match;
}

struct sym_match sym_in_set(
	struct symexec *exec, const struct sym_boxes *boxes, const struct sym_key *key)
{
	if (!boxes->understood || boxes->key_length != key->length)
		return SYM_UNKNOWN;
	/* Whatever is not in another element. */
	if (boxes->catchall)
		return SYM_ALWAYS;
	return in_any(exec, boxes, key);
}

struct sym_match sym_in_group(struct symexec *exec, const struct sym_boxes *boxes,
	const struct sym_key *key, unsigned int verdict)
{
	if (boxes->key_length != key->length)
		return SYM_UNKNOWN;
	if (boxes->catchall && verdict + 1 == boxes->verdict_count)
		return in_catchall(exec, boxes, key);
	size_t first = boxes->starts[verdict];

	return sym_in_boxes(exec, boxes, first, boxes->starts[verdict + 1] - first, key);
}
