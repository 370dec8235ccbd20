/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Evidence and the log vouch for each other. Before anything is collected, the public key that will
 * sign goes on record; a proof shows that this record is in the log under a checkpoint, so that who
 * trusts the log's keys need not trust the one of the evidence. Afterwards the digest goes on
 * record.
 */
#ifndef HEDATE_EVIDENCERECORD_H
#define HEDATE_EVIDENCERECORD_H

#include "cmd.h"

struct evidencerecord {
	const struct cli *cli;
	const char *log;	     /* directory */
	const char *reader, *reason; /* or NULL */
};

/* The key (base64) goes on record; wait until that is sealed. EXIT_OK with the proof, the caller's
 * to free; otherwise it was said what failed. */
int evidencerecord_begin(const struct evidencerecord *record, const char *key, char **ret_proof);
/* The digest of SHA256SUMS (hex) goes on record. */
int evidencerecord_end(const struct evidencerecord *record, const char *digest);

#endif
