/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy that is in force on this host, or of a file, for commands that need no daemon:
 * compiled, with the exceptions that are granted as paths of it.
 */
#ifndef HEDATE_INFORCE_H
#define HEDATE_INFORCE_H

#include "../lib/diag.h"
#include "../lib/policy.h"

struct inforce {
	const char *config;	/* NULL: what was put in place last, by the store */
	const char *own;	/* whose store that is, and what is read where there is none */
	const char *profiles;	/* where to look for profiles and models first, or NULL */
	const char *exceptions; /* the register of exceptions; "": none */
	int64_t now;		/* for exceptions, Unix time in seconds */
};

#define INFORCE_PROBLEM_MAX 512

/* 0 with *ret_policy, the caller's; -EINVAL: findings in diags say why; -ENOMEM; other negative
 * errno with the problem in words, "<file>: ...". */
int inforce_policy(const struct inforce *inforce, struct diag_list *diags,
	char problem[INFORCE_PROBLEM_MAX], struct policy **ret_policy);

#endif
