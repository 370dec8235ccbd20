/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the process of one request does, see proverproc.h. */
#ifndef HEDATE_PROVERWORK_H
#define HEDATE_PROVERWORK_H

#include <stdint.h>

#include "message.h"
#include "proverproc.h"

#define PROVERPROC_SOCKET 3 /* where it sends what it has found */

/* request: read as far as its number, 0 for none. Ends the process: with EXIT_SUCCESS when all that
 * there is to say was sent. */
_Noreturn void proverwork(
	const struct proverproc_options *options, uint64_t number, struct message *request);
/* Say that it could not be done, because that process ended badly. */
void proverwork_failed(uint16_t type, uint64_t number, const char *why);

#endif
