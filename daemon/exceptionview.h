/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Exceptions as the daemon answers them (EXCEPTIONS), and how they are shown. */
#ifndef HEDATE_EXCEPTIONVIEW_H
#define HEDATE_EXCEPTIONVIEW_H

#include <stdbool.h>
#include <stddef.h>

#include "cmd.h"
#include "ctlclient.h"
#include "table.h"

/* One of them: its JSON, and the members of that. */
struct exception_record {
	char *json;
	struct ctl_fields members;
};

struct exception_records {
	struct exception_record *items;
	size_t count, room;
};

/* Take the message EXCEPTION, as ctl_answer does; data is struct exception_records. */
int exceptionview_take(struct message *message, void *data);
/* Ask for all of them. The exit code; what went wrong was said. */
int exceptionview_ask(const struct cli *cli, struct exception_records *ret_records);
void exceptionview_clear(struct exception_records *records);

/* "" for one that is not there. */
const char *exceptionview_member(const struct exception_record *record, const char *key);
bool exceptionview_is(const struct exception_record *record, const char *key); /* true */

/* "2026-11-21 18:30:00 JST", of a member that is a time; "" for none. */
#define EXCEPTIONVIEW_TIME_MAX 100
void exceptionview_time(
	const struct exception_record *record, const char *key, char text[EXCEPTIONVIEW_TIME_MAX]);

/* The word for its state, as a cell. */
void exceptionview_put_state(struct table *table, const struct exception_record *record);
/* In force, suspended, or with a report due? */
bool exceptionview_is_open(const struct exception_record *record);
void exceptionview_clear_record(struct exception_record *record);

/* Those that are in force or have a report due, as a table with a heading; nothing when there are
 * none. The exit code. */
int exceptionview_print_open(const struct cli *cli, const struct exception_records *records);
/* All of them as a table. */
int exceptionview_print(const struct cli *cli, const struct exception_records *records);

#endif
