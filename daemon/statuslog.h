/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the log is, as "hedate status" shows it: rows of its table, of the fields of keeping.h. */
#ifndef HEDATE_STATUSLOG_H
#define HEDATE_STATUSLOG_H

#include "ctlclient.h"
#include "table.h"

/* Is this one of its fields? */
bool statuslog_has(const char *key);
/* The rows; none when the recorder has not told. */
void statuslog_show(struct table *table, const struct ctl_fields *status);
/* The value of a field, as JSON: a number, a text, or null for what is not known. */
void statuslog_put_json(struct json *json, const struct ctl_field *field);

#endif
