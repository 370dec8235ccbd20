/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot for a command: of a file, of this host's kernel where we may read it, else of hedated,
 * which answers who may read its status. Its bytes are kept, for saving and for their digest.
 */
#ifndef HEDATE_TAKESNAPSHOT_H
#define HEDATE_TAKESNAPSHOT_H

#include <stddef.h>
#include <stdint.h>

#include "../lib/diag.h"
#include "../lib/snapshot.h"
#include "cmd.h"

struct takesnapshot {
	struct snapshot *snapshot;
	char *text; /* with a NUL behind them */
	size_t length;
	uint8_t digest[SNAPSHOT_DIGEST_LENGTH]; /* of the text */
};

/* file: NULL for this host. Complains itself. EXIT_OK; EXIT_CONFIG: the file is no snapshot, diags
 * say why; EXIT_UNREACHABLE, EXIT_FAILED. */
int takesnapshot(const struct cli *cli, const char *file, struct diag_list *diags,
	struct takesnapshot *ret_taken);
void takesnapshot_clear(struct takesnapshot *taken);

/* Write its bytes to a new file. EXIT_OK, or EXIT_FAILED after a complaint. */
int takesnapshot_save(const struct takesnapshot *taken, const char *file);

#endif
