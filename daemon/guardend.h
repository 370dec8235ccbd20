/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedated's word on what the guard left shut: see guard.h. */
#ifndef HEDATE_GUARDEND_H
#define HEDATE_GUARDEND_H

struct enforcer;

/* The policy in place was read back: once what is isolated is in the kernel as well, the closed
 * tables go, and why they were there is put on record. Nothing to do, and cheap, when there are
 * none. */
void guardend_try(struct enforcer *enforcer);

/* Why nothing is forwarded, "" when it is. */
const char *guardend_why(const struct enforcer *enforcer);

#endif
