/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Kernel → list of foreign tables. */
#ifndef HEDATE_DECODE_FOREIGN_H
#define HEDATE_DECODE_FOREIGN_H

#include "foreign.h"
#include "nlsock.h"

/* All tables of all families but table "hedate" of family inet, judged, sorted; the caller clears
 * it. 0 with the generation that it belongs to; -EAGAIN when the rules changed all the time: then
 * *ret_list is what was read last, and *ret_generation 0; other negative errno. */
int decode_foreign(struct nlsock *socket, struct foreign_list *ret_list, uint32_t *ret_generation);

#endif
