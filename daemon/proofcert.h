/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Certificates (certificate.h) as files of the command line. */
#ifndef HEDATE_PROOFCERT_H
#define HEDATE_PROOFCERT_H

#include "../lib/certificate.h"
#include "cmd.h"

/* Write a new file, signed with the key of evidence (made where there is none), its digest on
 * record. Complains itself; EXIT_OK, also when it could not be put on record, which is said. */
int proofcert_write(const struct cli *cli, const char *file, const char *key,
	const struct certificate *certificate);

struct proofcert {
	char *text; /* the file */
	struct certificate_parts parts;
	struct certificate_facts facts;
};

/* Read one and check its signature; say whose key it is. Complains itself. */
int proofcert_read(const struct cli *cli, const char *file, struct proofcert *ret_read);
void proofcert_clear(struct proofcert *read);
/* Is it of this snapshot and policy? Complains itself. */
int proofcert_matches(const struct proofcert *read, const uint8_t digest[SNAPSHOT_DIGEST_LENGTH],
	const struct policy *policy);
/* Is what was decided again, with its time and budget, the same to the byte? Says so. */
int proofcert_compare(const struct proofcert *read, const struct certificate *again);

#endif
