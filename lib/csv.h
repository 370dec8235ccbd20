/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Comma-separated values as RFC 4180 has them, so that a spreadsheet reads them and is not misled:
 * UTF-8 with a byte order mark; every field in quotes; what would be taken for a formula has a
 * quote
 * (') in front; characters that do not print are written as \uXXXX, so that a row is a line.
 */
#ifndef HEDATE_CSV_H
#define HEDATE_CSV_H

#include <stdbool.h>
#include <stdio.h>

void csv_begin(FILE *out);
/* One field; after the last one the row ends. */
void csv_field(FILE *out, const char *text, bool last);

#endif
