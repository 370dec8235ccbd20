/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the log -> one part of an index. */
#ifndef HEDATE_LOGINDEX_BUILD_H
#define HEDATE_LOGINDEX_BUILD_H

#include <stdio.h>

#include "logindex_impl.h"

struct part_builder;

int part_builder_new(struct part_builder **ret_builder); /* 0, or -ENOMEM */
void part_builder_free(struct part_builder *builder);	 /* accepts NULL */

/* Begin a part at this byte of the segment. */
void part_builder_begin(struct part_builder *builder, int64_t begin);
/* Add the line at this byte (NUL-terminated, changed in place). The lines follow one another. 0, or
 * -ENOMEM. */
int part_builder_add(struct part_builder *builder, char *line, size_t length, int64_t offset);
bool part_builder_full(const struct part_builder *builder);
uint32_t part_builder_rows(const struct part_builder *builder);
/* Write the sections of the part, which has rows, to a file whose end is at *position, which moves
 * on, and describe it. 0, or negative errno. */
int part_builder_write(
	struct part_builder *builder, FILE *out, uint64_t *position, struct part *ret_part);

#endif
