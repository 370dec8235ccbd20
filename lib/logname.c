/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logname.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* '#' stands for a digit. */
static bool matches(const char *text, const char *pattern)
{
	for (; *pattern; text++, pattern++)
		if (*pattern == '#' ? *text < '0' || *text > '9' : *text != *pattern)
			return false;
	return *text == '\0';
}

int logname_parse(const char *text, struct logname *ret_name)
{
	struct logname name = { 0 };
	if (matches(text, "hedate-########_##.jsonl"))
		name.part = (unsigned int)(text[16] - '0') * 10 + (unsigned int)(text[17] - '0');
	else if (!matches(text, "hedate-########.jsonl"))
		return -EINVAL;
	memcpy(name.day, text + 7, 8);
	*ret_name = name;
	return 0;
}

void logname_format(const struct logname *name, char text[LOGNAME_MAX])
{
	if (name->part)
		snprintf(text, LOGNAME_MAX, "hedate-%.8s_%02u.jsonl", name->day, name->part % 100);
	else
		snprintf(text, LOGNAME_MAX, "hedate-%.8s.jsonl", name->day);
}
