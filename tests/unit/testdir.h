/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A directory of a test: made, filled, looked at, and taken away. Calls that a test has put
 * something of its own in the place of (write(), unlinkat()...) are the system's here. */
#ifndef HEDATE_TEST_TESTDIR_H
#define HEDATE_TEST_TESTDIR_H

#include <stdbool.h>

#define TESTDIR_PATH 64

/* A new one, empty: /tmp/hedate-NAME.XXXXXX. */
void testdir_make(char path[TESTDIR_PATH], const char *name);
/* Without its files: directories in it stay as they are. Nothing to do where there is none such. */
void testdir_empty(const char *path);
/* It, and all that is in it. */
void testdir_remove(const char *path);

/* A file in it holds this text and nothing else, or also this text, behind what it holds. */
void testdir_put(const char *path, const char *name, const char *text);
void testdir_append(const char *path, const char *name, const char *text);
/* Bytes of a file in it; -1: there is none. */
long testdir_size(const char *path, const char *name);

#endif
