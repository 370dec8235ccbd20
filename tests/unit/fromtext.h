/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A configuration that stands in the test itself, and what becomes of it. Anything that goes wrong
 * here fails the test. */
#ifndef HEDATE_TEST_FROMTEXT_H
#define HEDATE_TEST_FROMTEXT_H

#include "../../lib/evaluate.h"
#include "../../lib/policy.h"
#include "../../lib/ruleset.h"
#include "diags.h"

extern struct policy *policy;	/* of the text parsed last, or NULL */
extern struct ruleset *ruleset; /* of the text compiled last, or NULL */

/* The fixture. */
void from_text_set_up(void);
void from_text_tear_down(void);

/* A text without errors: file "test.conf". */
void parse(const char *text);
void compile(const char *text);
/* Every part of a text that it begins with is refused or valid, and says which. */
void parse_prefixes(const char *text, size_t length);
/* Forget policy and rule set before the next. diags stay. */
void forget(void);

/* A valid first packet: TCP SYN to port 443, IPv4 or IPv6 as the addresses are. oif NULL: to the
 * gateway itself. */
struct eval_packet packet(const char *iif, const char *oif, const char *from, const char *to);

#endif
