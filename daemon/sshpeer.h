/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where the person who runs this command has come from by ssh. */
#ifndef HEDATE_SSHPEER_H
#define HEDATE_SSHPEER_H

#include <stdbool.h>
#include <stdint.h>

#include "../lib/addrset.h"

struct sshpeer {
	char client[ADDR_TEXT_MAX]; /* its address, as sshd wrote it */
	uint16_t port;		    /* of this host */
};

/* By SSH_CONNECTION, of this process or the nearest one above it that has it: sudo and su hand it
 * on to nobody. False: there is none. */
bool sshpeer_find(struct sshpeer *ret_peer);

#endif
