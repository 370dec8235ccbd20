/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records of the log as a person sees them: one row a record. */
#ifndef HEDATE_LOGVIEW_H
#define HEDATE_LOGVIEW_H

#include "../lib/logrecord.h"
#include "table.h"

/* A table with the columns of the log. 0, or -ENOMEM. */
int logview_new(bool color, struct table **ret_table);
/* Add a row. */
void logview_add(struct table *table, const struct log_record *record);

#endif
