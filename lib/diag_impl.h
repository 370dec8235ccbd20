/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list itself: diag.c fills it, diag_print.c shows it. */
#ifndef HEDATE_DIAG_IMPL_H
#define HEDATE_DIAG_IMPL_H

#include "diag.h"

struct source {
	char *file;
	char *text; /* NULL: only its name is known */
	size_t length;
};

struct diag_list {
	struct diag *findings;
	size_t count, room;
	size_t severities[DIAG_NOTE + 1];
	struct source *sources;
	size_t source_count;
	bool out_of_memory;
};

/* The source of this name, or NULL. */
const struct source *diag_find_source(const struct diag_list *list, const char *file);

#endif
