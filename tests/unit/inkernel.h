/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What tests of transactions share: a namespace, a socket, rule sets, and a look at what came of
 * them. Anything that goes wrong here fails the test. */
#ifndef HEDATE_TEST_INKERNEL_H
#define HEDATE_TEST_INKERNEL_H

#include <check.h>

#include "../../lib/nlsock.h"
#include "../../lib/ruleset.h"
#include "diags.h"

#define CITY "conf/aobano.conf"

extern struct nlsock *sock;

/* The fixture: a network namespace, sock in it, diags empty. */
void in_kernel_set_up(void);
void in_kernel_tear_down(void);

/* Put it in place; there must be nothing to say about it. */
void apply(struct ruleset *ruleset);
/* How the table differs from what it should be, "" when it does not; until the next call. */
const char *table_differences(struct ruleset *expected);
void check_table(struct ruleset *expected);

/* The rule set of the fictional city. The caller owns it. */
struct ruleset *compile_city(void);
/* Packets from here to 127.0.0.2 leave by lo, which every rule set accepts in its first rule of
 * chain output: here they are blocked. */
struct ruleset *compile_blocking(void);

#endif
