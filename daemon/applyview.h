/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The answer to a request that changes the configuration in force, for people and programs. */
#ifndef HEDATE_APPLYVIEW_H
#define HEDATE_APPLYVIEW_H

#include "../lib/change.h"
#include "ctlclient.h"

#define APPLYVIEW_SECONDS 300 /* to wait for it */

/* What the daemon answered. */
struct applyview {
	const char *kind; /* of diagnostics that are kept: "text" or "json" */
	char *diags;	  /* perhaps it came in pieces; owned; NULL until it came */
	size_t length;
	struct ctl_fields change;
	char text[CTL_TEXT_MAX]; /* of RESULT */
};

/* What a person says of a change, as options of several commands. */
struct applyview_words {
	const char *confirm, *ticket, *reason; /* as typed; NULL: not given */
	uint64_t seconds;		       /* applyview_check() */
};
/* EXIT_OK; EXIT_USAGE after a complaint. */
int applyview_check(const struct cmd_usage *usage, struct applyview_words *words);
/* As fields of the request. */
void applyview_put_words(struct message *message, const struct applyview_words *words);

void applyview_begin(const struct cli *cli, struct applyview *ret_view);
void applyview_clear(struct applyview *view);
/* For ctl_call(); data is the view. */
int applyview_take(struct message *message, void *data);

/* The file that was to be applied; NULL: none is at hand. fd: open on it, or -1. */
struct applyview_file {
	const char *name;
	int fd;
};
/* Show it all; summary: what changes, for programs, or NULL. The exit code to end with. */
int applyview_print(const struct cli *cli, const struct applyview *view,
	const struct change *summary, const struct applyview_file *file, int exit_code);

#endif
