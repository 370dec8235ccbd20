/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recorder must know to write records: WELCOME, and a policy's places and codes. */
#ifndef HEDATE_RECPOLICY_H
#define HEDATE_RECPOLICY_H

#include "lifecycle.h"
#include "reclink.h"

/* with_socket: send the NFLOG socket along. 0, or negative errno of reclink_push(). */
int recpolicy_welcome(struct reclink *link, const struct lifecycle *lifecycle, bool with_socket);

/*
 * POLICY, PLACE..., CODE..., POLICY_END. Besides the codes of the rule set in place those that
 * counters of earlier policies in the kernel stand for: packets that they denied may still wait
 * in a flow set. 0, or negative errno.
 */
int recpolicy_send(struct reclink *link, const struct lifecycle *lifecycle);

#endif
