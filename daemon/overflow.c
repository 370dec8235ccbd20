/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "overflow.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/array.h"

#define CODES_MAX 131072
#define CODE_REST 0 /* no denial has it */

static int append(struct overflow *overflow, const struct overflow_code *code)
{
	if (overflow->count >= CODES_MAX)
		return -EPROTO;
	struct overflow_code *codes = array_reserve(
		overflow->codes, sizeof(*overflow->codes), overflow->count, &overflow->room);

	if (!codes)
		return -ENOMEM;
	overflow->codes = codes;
	overflow->codes[overflow->count++] = *code;
	return 0;
}

int overflow_add(struct overflow *overflow, const struct rec_overflow *codes, size_t count)
{
	int r = 0;

	for (size_t i = 0; i < count && r == 0; i++) {
		const struct overflow_code code = {
			.code = codes[i].code, .packets = codes[i].packets, .bytes = codes[i].bytes
		};

		r = code.code == CODE_REST ? -EPROTO : append(overflow, &code);
	}
	return r;
}

static int compare(const void *a, const void *b)
{
	const struct overflow_code *left = a, *right = b;

	return left->code < right->code ? -1 : left->code > right->code;
}

int overflow_total(struct overflow *overflow, uint64_t packets)
{
	uint64_t sum = 0;
	int r = 0;

	for (size_t i = 0; i < overflow->count; i++)
		sum += overflow->codes[i].packets;
	if (sum < packets)
		r = append(overflow,
			&(struct overflow_code){ .code = CODE_REST, .packets = packets - sum });
	if (overflow->count)
		qsort(overflow->codes, overflow->count, sizeof(*overflow->codes), compare);
	return r;
}

static uint64_t take_from(struct overflow *overflow, uint32_t code, uint64_t packets)
{
	const struct overflow_code key = { .code = code };
	struct overflow_code *found = overflow->count
					      ? bsearch(&key, overflow->codes, overflow->count,
							sizeof(*overflow->codes), compare)
					      : NULL;

	if (!found)
		return 0;
	uint64_t left = found->packets - found->recorded;
	uint64_t taken = packets < left ? packets : left;

	found->recorded += taken;
	return taken;
}

uint64_t overflow_take(struct overflow *overflow, uint32_t code, uint64_t packets)
{
	uint64_t taken = take_from(overflow, code, packets);

	return taken + (taken < packets ? take_from(overflow, CODE_REST, packets - taken) : 0);
}

void overflow_clear(struct overflow *overflow)
{
	free(overflow->codes);
	*overflow = (struct overflow){ 0 };
}
