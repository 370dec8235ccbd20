/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A summary of a change (change.h) for people. */
#ifndef HEDATE_CHANGEVIEW_H
#define HEDATE_CHANGEVIEW_H

#include <stdbool.h>
#include <stdio.h>

#include "../lib/change.h"

/* Each item with its keys and what it opens, closes or weakens, and the counts. */
void changeview_print(const struct change *change, bool color, FILE *out);

/* What kind of thing an item is of, translated: "path". */
const char *changeview_what(enum change_what what);

#endif
