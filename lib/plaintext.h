/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Text that somebody else may have chosen, written where it must not reach beyond its place: what
 * has a meaning there is escaped, and what width_printable() refuses (controls, ends of lines,
 * characters that hide or reorder text) becomes \uXXXX, or \UXXXXXXXX past U+FFFF; what is not
 * UTF-8 becomes U+FFFD.
 */
#ifndef HEDATE_PLAINTEXT_H
#define HEDATE_PLAINTEXT_H

#include <stdio.h>

/* special: ASCII characters before which escape is put; a backslash that stands for an unprintable
 * character is escaped like any other. */
void plaintext_put_n(FILE *out, const char *text, size_t length, const char *special, char escape);
void plaintext_put(FILE *out, const char *text, const char *special, char escape);

#endif
