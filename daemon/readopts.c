/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "readopts.h"

#include <time.h>

#include "ctlproto.h"

static struct calendar_date today(void)
{
	struct tm parts;
	time_t now = time(NULL);

	if (!localtime_r(&now, &parts))
		return (struct calendar_date){ 0 };
	return (struct calendar_date){ parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday };
}

const struct conf_options *readopts_now(struct readopts *readopts, const char *first)
{
	size_t count = 0;

	if (first)
		readopts->roots[count++] = first;
	readopts->roots[count++] = CONFIG_DIRECTORY;
	readopts->roots[count++] = HEDATE_DATADIR;
	readopts->options = (struct conf_options){ readopts->roots, count, today() };
	return &readopts->options;
}
