/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the lines of the rows are that a filter lets through. */
#include <errno.h>
#include <stdlib.h>

#include "logindex_impl.h"

static bool wanted(
	const struct matches *matches, const uint16_t *kind, size_t row, bool only_unread)
{
	uint8_t bits = matches->rows ? matches->rows[row] : matches->verdicts[kind[row]];

	return bits != 0 && (!only_unread || kind[row] < LOGINDEX_KINDS_FIXED);
}

int logindex_lines(struct logindex *index, size_t part, const struct matches *matches,
	bool only_unread, struct logindex_lines *ret_lines)
{
	const struct part *descriptor = &index->parts[part];
	const uint32_t *offsets;
	const uint16_t *kind;
	size_t used = 0;
	int r;

	if (!index->lines)
		index->lines = reallocarray(NULL, LOGINDEX_ROWS, sizeof(*index->lines));
	if (!index->lines)
		return -ENOMEM;
	*ret_lines = (struct logindex_lines){ index->lines, 0 };
	if (matches->none)
		return 0;
	offsets = logindex_section(index, part, SECTION_OFFSETS, &r);
	kind = offsets ? logindex_section(index, part, SECTION_KIND, &r) : NULL;
	if (!kind)
		return r;
	for (size_t i = 0; i < descriptor->rows; i++) {
		int64_t end = i + 1 < descriptor->rows ? offsets[i + 1]
						       : descriptor->end - descriptor->begin;

		if (!wanted(matches, kind, i, only_unread))
			continue;
		if (end <= offsets[i] || end > descriptor->end - descriptor->begin)
			return -EBADMSG;
		index->lines[used++] = (struct logindex_line){ descriptor->begin + offsets[i],
			(size_t)(end - offsets[i] - 1) };
	}
	ret_lines->count = used;
	return 0;
}

int logindex_find(struct logindex *index, size_t part, const struct log_filter *filter,
	struct logindex_lines *ret_lines)
{
	struct matches matches = { .none = true };
	int r = logindex_match(index, part, filter, &matches);

	*ret_lines = (struct logindex_lines){ 0 };
	return r < 0 ? r : logindex_lines(index, part, &matches, false, ret_lines);
}
