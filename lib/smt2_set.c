/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Elements of sets as conditions over a key: single values; ranges of one field, told by sorted
 * bounds of which some are marked as ends; ranges of several fields, told by both keys.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>

#include "smt2_impl.h"

#define FIELDS_MAX 16

/* The fields of a key, and the term of each. */
struct key {
	unsigned int lengths[FIELDS_MAX];
	const char *terms[FIELDS_MAX];
	unsigned int count, length;
};

static const uint8_t *key_of(const struct nltree *element, uint16_t attribute, size_t key_length)
{
	size_t length;
	const uint8_t *bytes = smt2_value(element, attribute, &length);

	return length == key_length ? bytes : NULL;
}

static bool find_fields(const struct snap_set *set, struct key *key)
{
	const struct nltree *fields =
		nltree_find(nltree_find(&set->tree, NFTA_SET_DESC), NFTA_SET_DESC_CONCAT);
	unsigned int sum = 0;

	key->length = (unsigned int)nltree_number(&set->tree, NFTA_SET_KEY_LEN, 0);
	if (!fields || fields->count == 0) {
		key->lengths[0] = key->length;
		key->count = 1;
		return true;
	}
	for (size_t i = 0; i < fields->count && i < FIELDS_MAX; i++) {
		uint64_t length = nltree_number(&fields->children[i], NFTA_SET_FIELD_LEN, 0);

		if (length == 0 || length > SMT2_REGISTERS)
			return false;
		key->lengths[i] = (unsigned int)(length + 3) / 4 * 4;
		sum += key->lengths[i];
		key->count++;
	}
	return fields->count <= FIELDS_MAX && sum == key->length;
}

static void name_fields(struct smt2 *smt, const struct smt2_byte *bytes, struct key *key)
{
	unsigned int at = 0;

	for (unsigned int i = 0; i < key->count; i++) {
		key->terms[i] = smt2_name_bits(
			smt, 8 * key->lengths[i], smt2_bytes(smt, bytes + at, key->lengths[i]));
		at += key->lengths[i];
	}
}

/* Expressions that an element may have and that let every packet be in it. */
static bool only_counts(const struct nltree *expression)
{
	const char *name = nltree_text(expression, NFTA_EXPR_NAME);

	return name && (strcmp(name, "counter") == 0 || strcmp(name, "last") == 0);
}

/* Is it there for every packet? It may end by itself, or by what it limits. */
static bool is_sure(const struct nltree *element, uint64_t flags)
{
	const struct nltree *one = nltree_find(element, NFTA_SET_ELEM_EXPR);
	const struct nltree *list = nltree_find(element, NFTA_SET_ELEM_EXPRESSIONS);

	if ((flags & NFT_SET_TIMEOUT && nltree_has(element, NFTA_SET_ELEM_EXPIRATION)) ||
		(one && !only_counts(one)))
		return false;
	for (size_t i = 0; list && i < list->count; i++)
		if (!only_counts(&list->children[i]))
			return false;
	return true;
}

static bool is_end(const struct nltree *element)
{
	return nltree_number(element, NFTA_SET_ELEM_FLAGS, 0) & NFT_SET_ELEM_INTERVAL_END;
}

/* By their keys; at one key the end of what is before, then the start of what follows. */
static int compare_elements(const void *a, const void *b)
{
	const struct nltree *const *left = a, *const *right = b;
	size_t length, other;
	const uint8_t *left_key = smt2_value(*left, NFTA_SET_ELEM_KEY, &length);
	const uint8_t *right_key = smt2_value(*right, NFTA_SET_ELEM_KEY, &other);
	int order = memcmp(left_key, right_key, length < other ? length : other);

	return order ? order : (int)is_end(*right) - (int)is_end(*left);
}

/* From its first value to the one before the next bound, or to the last there is. */
static const char *in_range(
	struct smt2 *smt, const struct key *key, const uint8_t *first, const uint8_t *behind)
{
	uint8_t last[SMT2_REGISTERS];

	memset(last, 0xff, sizeof(last));
	if (behind) {
		memcpy(last, behind, key->length);
		for (size_t i = key->length; i-- > 0 && last[i]-- == 0;)
			;
	}
	return smt2_between(smt, key->terms[0], first, last, key->length);
}

static const char *in_box(
	struct smt2 *smt, const struct key *key, const uint8_t *first, const uint8_t *last)
{
	const char *inside = "true";
	unsigned int at = 0;

	for (unsigned int i = 0; i < key->count; i++) {
		inside = smt2_and(smt, inside,
			smt2_between(smt, key->terms[i], first + at, last + at, key->lengths[i]));
		at += key->lengths[i];
	}
	return inside;
}

static void add_element(struct smt2 *smt, struct smt2_set *set, const struct nltree *element,
	uint64_t flags, const char *condition)
{
	const struct nltree *verdict =
		nltree_find(nltree_find(element, NFTA_SET_ELEM_DATA), NFTA_DATA_VERDICT);

	if (!is_sure(element, flags))
		condition = smt2_and(smt, condition, smt2_any(smt));
	set->elements[set->count++] = (struct smt2_element){ .element = element,
		.condition = condition,
		.code = (int32_t)nltree_number(verdict, NFTA_VERDICT_CODE, 0),
		.chain = nltree_text(verdict, NFTA_VERDICT_CHAIN) };
}

/* The elements by their keys, without a catch-all; NULL: some have no such key, or no memory. */
static const struct nltree **sort_elements(struct smt2 *smt, const struct snap_set *from,
	const struct key *key, struct smt2_set *set, size_t *ret_count)
{
	const struct nltree **sorted = calloc(from->element_count + 1, sizeof(*sorted));

	*ret_count = 0;
	smt->failed |= !sorted;
	for (size_t i = 0; sorted && i < from->element_count; i++) {
		const struct nltree *element = &from->elements[i];

		if (nltree_number(element, NFTA_SET_ELEM_FLAGS, 0) & NFT_SET_ELEM_CATCHALL) {
			set->catchall = element;
		} else if (!nltree_is_known(element) ||
			   !key_of(element, NFTA_SET_ELEM_KEY, key->length)) {
			free(sorted);
			return NULL;
		} else {
			sorted[(*ret_count)++] = element;
		}
	}
	if (sorted)
		qsort(sorted, *ret_count, sizeof(*sorted), compare_elements);
	return sorted;
}

void smt2_set_read(struct smt2 *smt, const struct snap_set *from, const struct smt2_byte *bytes,
	struct smt2_set *ret_set)
{
	uint64_t flags = nltree_number(&from->tree, NFTA_SET_FLAGS, 0);
	struct key key = { .count = 0 };
	size_t count;

	*ret_set = (struct smt2_set){ .understood = false };
	/* What packets put into it is not part of the rules. */
	if (flags & NFT_SET_EVAL || !nltree_is_known(&from->tree) || !find_fields(from, &key))
		return;
	const struct nltree **sorted = sort_elements(smt, from, &key, ret_set, &count);
	if (!sorted)
		return;
	bool ranges = flags & NFT_SET_INTERVAL && key.count == 1;

	name_fields(smt, bytes, &key);
	ret_set->overlap = flags & NFT_SET_INTERVAL && key.count > 1;
	ret_set->elements = calloc(count + 2, sizeof(*ret_set->elements));
	ret_set->understood = ret_set->elements != NULL;
	smt->failed |= !ret_set->elements;
	for (size_t i = 0; ret_set->elements && i < count; i++) {
		const uint8_t *first = key_of(sorted[i], NFTA_SET_ELEM_KEY, key.length);
		const uint8_t *last = key_of(sorted[i], NFTA_SET_ELEM_KEY_END, key.length);
		const uint8_t *behind =
			i + 1 < count ? key_of(sorted[i + 1], NFTA_SET_ELEM_KEY, key.length) : NULL;

		if (ranges && is_end(sorted[i]))
			continue;
		add_element(smt, ret_set, sorted[i], flags,
			ranges ? in_range(smt, &key, first, behind)
			       : in_box(smt, &key, first, last ? last : first));
	}
	free(sorted);
}

void smt2_set_clear(struct smt2_set *set)
{
	free(set->elements);
	*set = (struct smt2_set){ .understood = false };
}
