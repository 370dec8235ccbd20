/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where what is isolated is kept: the directory "isolated" beside the configuration file.
 *
 *	entries	the list (lib/isolation.h); there is none as long as nothing was isolated
 *	zones	the interfaces of each zone, a line "<zone> <interface>" each with a tab between, of
 *		the policy in force: so a zone can be isolated without a configuration
 *
 * Each file is there as a whole or not at all. The command line writes the list as well as hedated;
 * neither waits long for the other, which may hang.
 */
#ifndef HEDATE_ISOLATEFILE_H
#define HEDATE_ISOLATEFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "../lib/isolation.h"

#define ISOLATEFILE_DIRECTORY "isolated"
#define ISOLATEFILE_ENTRIES   "entries"
#define ISOLATEFILE_BROKEN    "entries.broken" /* what could not be read, set aside */
#define ISOLATEFILE_ZONES     "zones"
#define ISOLATEFILE_WAIT_MS   300 /* for another one who writes */

/* The directory beside a configuration file. make: it is made where it is missing, for the user
 * that hedated becomes where there is one. 0 with a descriptor; -ENOENT: there is none; other
 * negative errno. */
int isolatefile_open(const char *config_file, bool make, int *ret_directory);

/* Keep others out, but wait no longer than ISOLATEFILE_WAIT_MS: who holds it may hang. Ends when
 * the descriptor is closed. */
bool isolatefile_lock(int directory); /* false: another one has it still */

/* 0: the list, empty where there is no file; -EINVAL: it is broken at *ret_line, what comes before
 * is in the list; other negative errno. The caller clears it in every case. */
int isolatefile_load(int directory, struct isolation *ret_isolation, unsigned int *ret_line);
/* On disk when it returns 0; negative errno: the file is as it was. */
int isolatefile_save(int directory, const struct isolation *isolation);
/* Another name for a list that cannot be read. */
void isolatefile_set_aside(int directory);

/* Of each line, in its order. Negative errno stops. */
typedef int (*isolatefile_line)(const char *zone, const char *interface, void *data);
/* 0; -EINVAL: what is there is not such a file; other negative errno of reading, or of function.
 * The texts are the caller's to free, in one piece: *ret_text, NULL for none. */
int isolatefile_zones(int directory, isolatefile_line function, void *data, char **ret_text);
/* Write the zones of a policy, unless they stand there already. 0, or negative errno. */
int isolatefile_put_zones(int directory, const struct policy *policy);

#endif
