/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command's side of the control protocol (ctlproto.h). */
#ifndef HEDATE_CTLCLIENT_H
#define HEDATE_CTLCLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "cmd.h"
#include "message.h"

struct ctl_request {
	enum ctl_message type;
	const char *text; /* APPLY: name of the file; NULL for none */
	/* More fields; may be NULL. */
	void (*put)(struct message *message, const void *data);
	const void *put_data;
	int fd;		      /* passed along, stays the caller's; -1 for none */
	unsigned int seconds; /* to wait for each answer */
	bool quiet;	      /* say nothing when the daemon is not reachable */
};

#define CTL_TEXT_MAX 4096 /* of RESULT's message */

/* An answer before RESULT. EXIT_OK to go on. Fields that do not match are found afterwards: the
 * function may use what it got only if message_complete(). */
typedef int (*ctl_answer)(struct message *message, void *data);

/*
 * Ask. The exit code of RESULT, with its message in ret_text (may be NULL: it goes to stderr if
 * the code is not EXIT_OK); EXIT_UNREACHABLE; EXIT_FAILED for answers that are not valid; or what
 * function returned.
 */
int ctl_call(const struct cli *cli, const struct ctl_request *request, ctl_answer function,
	void *data, char ret_text[CTL_TEXT_MAX]);

/* The FIELDs of an answer, in the order they came. All zero is none. */
#define CTL_KEY_MAX 64
struct ctl_field {
	char key[CTL_KEY_MAX];
	char *value; /* owned */
};
struct ctl_fields {
	struct ctl_field *fields;
	size_t count;
};

void ctl_fields_clear(struct ctl_fields *fields);
/* Take a FIELD; EXIT_OK, also when the message is not valid; EXIT_FAILED when memory ran out. */
int ctl_fields_take(struct ctl_fields *fields, struct message *message);
/* NULL when there is none of that name. */
const char *ctl_fields_find(const struct ctl_fields *fields, const char *key);
/* False when it is not there or not a number. */
bool ctl_fields_number(const struct ctl_fields *fields, const char *key, uint64_t *ret_value);

/* The next string of a message as an owned copy; NULL when the message is not valid, or memory ran
 * out. */
char *ctl_take_string(struct message *message);

#endif
