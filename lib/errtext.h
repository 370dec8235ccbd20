/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an error of the system is called. The C library has such texts as well, but in Japanese only
 * where the translations of all of Debian are installed.
 */
#ifndef HEDATE_ERRTEXT_H
#define HEDATE_ERRTEXT_H

/* The error is negative, as functions return it (-errno); the text is never NULL, and nobody's to
 * free. One that has no text here is called by its name ("ENOTTY"), or by "unknown error". */
const char *errtext(int error);		/* in the reader's language */
const char *errtext_english(int error); /* for records, and for what others translate */
/* An English one in the reader's language; NULL: it is none. */
const char *errtext_translated(const char *english);
const char *errtext_name(int error); /* "EPERM"; "?": there is no such error */

#endif
