/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The tables of others: looked at when hedated starts and whenever somebody changed one, judged
 * (foreign.h), and put on record. They are not touched: whose they are, we do not know.
 */
#ifndef HEDATE_FOREIGNWATCH_H
#define HEDATE_FOREIGNWATCH_H

#include <stddef.h>

#include "culprit.h"

struct enforcer;
struct foreignwatch;

/* enforcer is borrowed; it has a loop and reclink. What is there now goes on record. 0, or negative
 * errno. */
int foreignwatch_new(struct enforcer *enforcer, struct foreignwatch **ret_watch);
void foreignwatch_free(struct foreignwatch *watch); /* accepts NULL */

/* Somebody changed a table that is not ours; NULL: it is not known who. The look comes a moment
 * later, and later still where changes do not end. */
void foreignwatch_changed(struct foreignwatch *watch, const struct culprit *culprit);

/* How many there are, without those of hedate; and those that are a risk, "ip nat (nat, mark)", a
 * semicolon between, "" for none. */
size_t foreignwatch_count(const struct foreignwatch *watch);
size_t foreignwatch_risky(const struct foreignwatch *watch, char *text, size_t size);

#endif
