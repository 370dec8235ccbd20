/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lock: a second table for kernels that know flag owner of a table and not flag persist (5.12
 * to 6.8). Our own table may not be owned there, for it would go with its owner, and the gateway
 * would be open. This one may: all it does is to drop what our table has not permitted, so when it
 * goes with its owner, nothing opens; and while the owner lives nobody else can take it away, so
 * that nothing new passes although our own table was.
 *
 *	table inet hedate-lock	chain forward: hook forward, priority 5, policy drop
 *		ct mark != 0 accept
 *
 * Whatever our table lets by is of a connection with the mark of its path (compile.h); without our
 * table no new connection has one.
 */
#ifndef HEDATE_NFTLOCK_H
#define HEDATE_NFTLOCK_H

#include <stdbool.h>

#include "diag.h"
#include "nlsock.h"
#include "tablenames.h"

/* Can a table be this socket's own, if only as long as the socket is open? Found out as
 * nftxact_can_own() does. 0 with *ret_can, or negative errno. */
int nftlock_can(struct nlsock *socket, bool *ret_can);

/* Put it in place, or find it there, as the socket's own, and read it back. Once our table is
 * there. As nftxact_apply(). */
int nftlock_put(struct nlsock *socket, struct diag_list *diags);
/* Take it away. 0, or negative errno; -ENOENT: there is none. */
int nftlock_remove(struct nlsock *socket);

#endif
