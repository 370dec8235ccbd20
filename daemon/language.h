/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The language of what is written next, where it is not to be the locale's: that of a report. */
#ifndef HEDATE_LANGUAGE_H
#define HEDATE_LANGUAGE_H

#include <stdbool.h>

/* "ja" or "en": what a report can be in. */
bool language_is_known(const char *language);

struct language {
	char *variable, *messages; /* owned: what LANGUAGE and LC_MESSAGES were */
};

/* Translate into this language from now on, in UTF-8, whatever the locale says. 0, or -ENOMEM. */
int language_begin(struct language *language, const char *name);
/* As it was before. Accepts one that did not begin. */
void language_end(struct language *language);

#endif
