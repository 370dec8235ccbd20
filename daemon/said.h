/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hedated, which speaks English only, says in an answer, in the language of who asked. */
#ifndef HEDATE_SAID_H
#define HEDATE_SAID_H

#include <stddef.h>

/* In place: the text, or the parts of it between ": " that are known; errors of the system, too.
 * What nobody knows stays as it is. */
void said_translate(char *text, size_t size);

#endif
