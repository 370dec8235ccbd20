/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The memory of a report, its evidence, and the words that all sections use. */
#include "report.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

/* What a report points to lies in blocks, each behind its head, and is freed with all the others.
 */
struct report_block {
	struct report_block *next;
	max_align_t bytes[];
};

int report_new(struct report **ret_report)
{
	struct report *report = calloc(1, sizeof(*report));

	if (!report)
		return -ENOMEM;
	*ret_report = report;
	return 0;
}

void report_free(struct report *report)
{
	if (!report)
		return;
	while (report->blocks) {
		struct report_block *block = report->blocks;

		report->blocks = block->next;
		free(block);
	}
	free(report);
}

/* All zeros; NULL when memory ran out. */
static void *take(struct report *report, size_t count, size_t size)
{
	struct report_block *block = NULL;
	size_t bytes;

	if (!__builtin_mul_overflow(count, size, &bytes) &&
		!__builtin_add_overflow(bytes, sizeof(*block), &bytes))
		block = calloc(1, bytes);
	if (!block) {
		report->failed = true;
		return NULL;
	}
	block->next = report->blocks;
	report->blocks = block;
	return block->bytes;
}

const char *report_keep_n(struct report *report, const char *text, size_t length)
{
	char *copy = length > 0 ? take(report, length + 1, 1) : NULL;

	if (!copy)
		return "";
	memcpy(copy, text, length);
	return copy;
}

const char *report_keep(struct report *report, const char *text)
{
	return text ? report_keep_n(report, text, strlen(text)) : "";
}

const char *report_print(struct report *report, const char *format, ...)
{
	va_list arguments;
	char *copy;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	copy = length >= 0 ? take(report, (size_t)length + 1, 1) : NULL;
	if (!copy) {
		report->failed = true;
		return "";
	}
	va_start(arguments, format);
	(void)vsnprintf(copy, (size_t)length + 1, format, arguments);
	va_end(arguments);
	return copy;
}

/* Is there room for no more? It is for so many as the next power of two, 8 or more. */
static bool is_full(size_t count)
{
	return count == 0 || (count >= 8 && (count & (count - 1)) == 0);
}

void *report_add(struct report *report, void *array, size_t *count, size_t size)
{
	unsigned char *items;

	memcpy(&items, array, sizeof(items));
	if (is_full(*count)) {
		size_t room = *count == 0 ? 8 : *count > SIZE_MAX / 2 ? SIZE_MAX : 2 * *count;
		unsigned char *grown = take(report, room, size);

		if (!grown)
			return NULL;
		if (*count > 0)
			memcpy(grown, items, *count * size);
		items = grown;
		memcpy(array, &items, sizeof(items));
	}
	return items + (*count)++ * size;
}

/* ---- evidence ---- */

unsigned int report_evidence_add(struct report *report, const char *name, const char *what,
	const char *algorithm, const uint8_t *digest, size_t length)
{
	struct report_evidence *evidence;
	char hex[REPORT_DIGEST_MAX] = "";

	if (2 * length < sizeof(hex))
		sodium_bin2hex(hex, sizeof(hex), digest, length);
	for (size_t i = 0; i < report->evidence_count; i++) {
		evidence = &report->evidence[i];
		if (strcmp(evidence->name, name) == 0 && strcmp(evidence->what, what) == 0 &&
			strcmp(evidence->digest, hex) == 0)
			return (unsigned int)i + 1;
	}
	evidence = report_add(
		report, &report->evidence, &report->evidence_count, sizeof(*report->evidence));
	if (!evidence)
		return 0;
	evidence->name = report_keep(report, name);
	evidence->what = report_keep(report, what);
	evidence->algorithm = algorithm;
	memcpy(evidence->digest, hex, sizeof(hex));
	return (unsigned int)report->evidence_count;
}

void report_read(struct report_source *source, unsigned int evidence)
{
	source->state = REPORT_READ;
	source->evidence = evidence;
}

void report_unread(struct report *report, struct report_source *source, const char *problem)
{
	source->state = REPORT_UNREAD;
	source->problem = report_keep(report, problem);
}

void report_partly(struct report *report, struct report_source *source, const char *problem)
{
	source->state = REPORT_PARTLY;
	source->problem = report_keep(report, problem);
}

/* ---- results ---- */

enum report_result report_worse(enum report_result a, enum report_result b)
{
	static const unsigned char weights[REPORT_RESULTS] = {
		[REPORT_NOT_APPLICABLE] = 0,
		[REPORT_CONFORMS] = 1,
		[REPORT_CONFIRM] = 2,
		[REPORT_FAILS] = 3,
	};

	return weights[a] >= weights[b] ? a : b;
}
