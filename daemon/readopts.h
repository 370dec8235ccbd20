/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How every program reads a configuration: where its profile and model are, what day it is. */
#ifndef HEDATE_READOPTS_H
#define HEDATE_READOPTS_H

#include "../lib/conf.h"

#ifndef HEDATE_DATADIR
#define HEDATE_DATADIR "/usr/share/hedate"
#endif

#define READOPTS_ROOTS 3

struct readopts {
	const char *roots[READOPTS_ROOTS];
	struct conf_options options;
};

/* Looked through in this order: first (an option's value, borrowed; or NULL), /etc/hedate, what
 * was installed. Valid until the next call; the day is that of the call. */
const struct conf_options *readopts_now(struct readopts *readopts, const char *first);

#endif
