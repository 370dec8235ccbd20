/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A register of exceptions, and steps that are taken in it. Anything that is not as expected fails
 * the test. */
#ifndef HEDATE_TEST_REGISTER_H
#define HEDATE_TEST_REGISTER_H

#include "../../lib/exception.h"

#define NOW    INT64_C(1795253400) /* 2026-11-21T09:30:00Z */
#define HOUR   3600
#define DAY    86400
#define SATO   1001
#define SUZUKI 1002

extern const struct exception_limits limits;
extern struct exception_register reg;
extern struct exception_entry entry; /* that is being made, or was made last */
extern struct exception_refusal refusal;
extern struct json text; /* all lines that were taken */

/* The fixture. */
void register_set_up(void);
void register_tear_down(void);

/* entry: a request that is all right, an ordinary one for an hour from now; or another step. */
void make_request(void);
void make_step(enum exception_action action, const char *id, uint32_t uid, int64_t time,
	const char *words);
void set(char **place, const char *string); /* of entry */
/* The whole way of an entry that is permitted. */
void take(void);
/* Made and taken. */
void step(enum exception_action action, const char *id, uint32_t uid, int64_t time,
	const char *words);
void request(void);
void request_emergency(void);

void ck_refused(enum exception_error error);
/* Of the first exception. */
void ck_state(int64_t now, const char *state, bool in_force, bool report_due);
/* What is said of the refusal. */
void ck_words(const char *cause, const char *fix);

#endif
