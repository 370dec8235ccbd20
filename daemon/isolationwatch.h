/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedated and what is isolated: puts on record what was isolated and released, by whomever and
 * whenever, also while no hedated ran; has it in the kernel again when somebody took it away; tells
 * the command line which interfaces a zone has, and isolates those that a zone gets later.
 */
#ifndef HEDATE_ISOLATIONWATCH_H
#define HEDATE_ISOLATIONWATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "../lib/isolation.h"

#define ISOLATIONWATCH_MS   1000
#define ISOLATIONWATCH_FILE "isolation" /* in the state directory: the last number on record */

struct enforcer;
struct isolationwatch;

/* enforcer is borrowed, and has a loop, a lifecycle with a policy, and reclink. The list is beside
 * the configuration file of the lifecycle. 0, or negative errno. */
int isolationwatch_new(
	struct enforcer *enforcer, const char *state_directory, struct isolationwatch **ret_watch);
void isolationwatch_free(struct isolationwatch *watch); /* accepts NULL */

/* Look now: somebody has just been served. */
void isolationwatch_look(struct isolationwatch *watch);
/* Somebody changed a table that may be this one: look a moment later. Accepts NULL. */
void isolationwatch_heard(struct isolationwatch *watch);
/* An interface came, or is another one: look now, where that matters. Accepts NULL. */
void isolationwatch_links(struct isolationwatch *watch);
/* A policy is in place. Accepts NULL. */
void isolationwatch_applied(struct isolationwatch *watch);

/* The list as it was read last; what it points to stays until isolationwatch_free(). */
const struct isolation *isolationwatch_list(const struct isolationwatch *watch);
/* Is all that is isolated in the kernel, as far as is known? */
bool isolationwatch_sound(const struct isolationwatch *watch);
/* Entries in force, and the packets of theirs that did not pass until the last look. */
size_t isolationwatch_count(const struct isolationwatch *watch);
uint64_t isolationwatch_packets(const struct isolationwatch *watch);

#endif
