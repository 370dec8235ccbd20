/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a proof has found, in short: as it goes from who decided to hedated, to the log and to the
 * status. */
#ifndef HEDATE_PROOFFINDING_H
#define HEDATE_PROOFFINDING_H

#include <stdbool.h>

#include "../lib/certificate.h"
#include "../lib/pkttext.h"
#include "message.h"

#define PROOFFINDING_FAILED CERTIFICATE_RESULTS /* beside enum certificate_result */

struct prooffinding {
	uint64_t result;
	char text[600];		   /* what there is to say of it */
	char witness[PKTTEXT_MAX]; /* or "" */
	uint64_t cells, more, less, undecided;
	char items[400];	 /* of the inventory that do not hold, with commas between */
	uint64_t contradictions; /* connections */
	char digest[2 * SNAPSHOT_DIGEST_LENGTH + 1];
	uint64_t generation, milliseconds;
};

/* All but the time that it took. */
void prooffinding_of(const struct certificate *certificate, struct prooffinding *ret_finding);

void prooffinding_put(struct message *message, const struct prooffinding *finding);
/* false: it is none; the message must end there. */
bool prooffinding_take(struct message *message, struct prooffinding *ret_finding);

const char *prooffinding_result(uint64_t result); /* "proved", ..., "failed" */

struct reclink;
/* Put it on record. why: what it was made for. */
void prooffinding_record(
	struct reclink *reclink, const struct prooffinding *finding, const char *why);

#endif
