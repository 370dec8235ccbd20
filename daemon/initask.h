/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The questions of "hedate init" on a terminal. */
#ifndef HEDATE_INITASK_H
#define HEDATE_INITASK_H

#include <stdio.h>

#include "../lib/conf.h"
#include "../lib/setup.h"

/* Ask everything; what setup holds already is the default. An answer that cannot be is explained
 * and asked for again. 0; -ECANCELED at the end of the input; -ENOMEM. */
int initask(struct setup *setup, const struct conf_options *options, FILE *in, FILE *out);

#endif
