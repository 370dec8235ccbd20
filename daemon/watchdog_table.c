/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The enforcer's check: see watchdog.h. */
#include <errno.h>
#include <stdlib.h>

#include "../lib/nftxact.h"
#include "watchdog.h"

int watchdog_table(struct nlsock *socket, uint32_t owner, unsigned int generation)
{
	struct nftxact_table table;
	unsigned int actual = 0;
	char *comment = NULL;
	int r = nftxact_table(socket, &table);

	if (r == 0 && table.owner != owner)
		r = -EPERM;
	if (r == 0)
		r = nftxact_generation(socket, &actual, &comment);
	free(comment);
	if (r < 0)
		return r;
	return actual == generation ? 0 : -ESTALE;
}
