/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "names.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/array.h"

static int make_room(struct names *names)
{
	char **texts = array_reserve(names->texts, sizeof(*texts), names->count, &names->room);

	if (!texts)
		return -1;
	names->texts = texts;
	return 0;
}

uint16_t names_add(struct names *names, const char *text)
{
	size_t number;
	if (text[0] == '\0')
		return NAMES_NONE;
	if (strmap_find(&names->numbers, text, &number))
		return (uint16_t)number;
	if (names->count == NAMES_MAX || make_room(names) < 0)
		return NAMES_NONE;
	char *copy = strdup(text);
	if (!copy || strmap_add(&names->numbers, copy, names->count) < 0) {
		free(copy);
		return NAMES_NONE;
	}
	names->texts[names->count] = copy;
	return (uint16_t)names->count++;
}

const char *names_text(const struct names *names, uint16_t number)
{
	return number < names->count ? names->texts[number] : "";
}

void names_clear(struct names *names)
{
	strmap_clear(&names->numbers);
	for (size_t i = 0; i < names->count; i++)
		free(names->texts[i]);
	free(names->texts);
	memset(names, 0, sizeof(*names));
}
