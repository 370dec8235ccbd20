/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What requests are answered with (ctlproto.h), as messages in a caller's queue. */
#ifndef HEDATE_CTLANSWER_H
#define HEDATE_CTLANSWER_H

#include "../lib/diag.h"
#include "changes.h"
#include "ctlproto.h"
#include "sendq.h"

#define CTLANSWER_FILE_MAX 4096 /* bytes of a file's name, with its NUL */

/* Each returns 0, or negative errno of sendq_push(). */
int ctlanswer_result(struct sendq *queue, enum exit_code code, const char *text);

int ctlanswer_field(struct sendq *queue, const char *key, const char *value);
/* The findings of an apply, as text and as JSON; nothing when there are none. */
int ctlanswer_diags(struct sendq *queue, const struct diag_list *diags);

/* What an apply changed, when it did, and RESULT. next_file: what is read at the next start when
 * that is another file than the one applied, else "". */
int ctlanswer_apply(struct sendq *queue, enum exit_code code, const struct change_result *result,
	const char *next_file);

/* A FIELD with a number. */
int ctlanswer_number(struct sendq *queue, const char *key, uint64_t number);

#endif
