/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "language.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/i18n.h"

bool language_is_known(const char *language)
{
	return strcmp(language, "ja") == 0 || strcmp(language, "en") == 0;
}

/* LANGUAGE is heeded in any locale but "C"; setlocale() makes gettext look at it again. */
int language_begin(struct language *language, const char *name)
{
	const char *variable = getenv("LANGUAGE");
	const char *messages = setlocale(LC_MESSAGES, NULL);

	language->variable = strdup(variable ? variable : "");
	language->messages = strdup(messages ? messages : "C");
	if (!language->variable || !language->messages || setenv("LANGUAGE", name, 1) < 0) {
		language_end(language);
		return -ENOMEM;
	}
	setlocale(LC_MESSAGES, "C.UTF-8");
	bind_textdomain_codeset("hedate", "UTF-8");
	return 0;
}

void language_end(struct language *language)
{
	if (language->variable && language->messages) {
		if (language->variable[0] != '\0')
			(void)setenv("LANGUAGE", language->variable, 1);
		else
			(void)unsetenv("LANGUAGE");
		setlocale(LC_MESSAGES, language->messages);
		bind_textdomain_codeset("hedate", NULL);
	}
	free(language->variable);
	free(language->messages);
	*language = (struct language){ .variable = NULL };
}
