/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy that is in force on this host, or of a file, for commands that need no daemon:
 * compiled, with the exceptions that are granted as paths of it.
 */
#ifndef HEDATE_INFORCE_H
#define HEDATE_INFORCE_H

#include "../lib/diag.h"
#include "../lib/policy.h"
#include "cmd.h"

struct inforce {
	const char *config;	/* NULL: what was put in place last, by the store */
	const char *exceptions; /* the register of exceptions; NULL: that of this host; "": none */
	int64_t now;		/* for exceptions, Unix time in seconds */
};

/* Complains itself, but for findings, which are in diags. EXIT_OK; EXIT_CONFIG; EXIT_FAILED. The
 * caller owns the policy. */
int inforce_policy(const struct cli *cli, const struct inforce *inforce, struct diag_list *diags,
	struct policy **ret_policy);

#endif
