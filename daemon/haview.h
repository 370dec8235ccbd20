/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a pair of gateways compares, as "hedate digest" and "hedate ha" ask for it and show it. */
#ifndef HEDATE_HAVIEW_H
#define HEDATE_HAVIEW_H

#include "../lib/hapair.h"
#include "cmd.h"

/* Ask hedated. EXIT_OK, or an exit code after complaints. */
int haview_ask(const struct cli *cli, struct hapair_side *ret_side);

/* A member for people. */
const char *haview_title(enum hapair_member member);
/* The members of a comparison by name, with blanks between: "digest state". */
void haview_names(unsigned int differs, char *text, size_t size);

#endif
