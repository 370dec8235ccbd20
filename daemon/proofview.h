/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A proof for people: the matrix of places, what is not as it should be, and why. */
#ifndef HEDATE_PROOFVIEW_H
#define HEDATE_PROOFVIEW_H

#include "../lib/certificate.h"
#include "cmd.h"

/* To stdout. EXIT_OK, or EXIT_FAILED when memory ran out. */
int proofview_show(const struct cli *cli, const struct certificate *certificate);

#endif
