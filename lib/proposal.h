/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one person asks for and another decides: a configuration that is to be put in force, or that
 * nothing is enforced any more. The line that stands before its bytes on disk
 * (daemon/proposalfile.h); it is read strictly: what would not be written in exactly that way is
 * broken.
 */
#ifndef HEDATE_PROPOSAL_H
#define HEDATE_PROPOSAL_H

#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "policy.h"
#include "storeline.h"

#define PROPOSAL_FILE_MAX  1024 /* bytes of a file's name, with the NUL */
#define PROPOSAL_AS_POLICY (-1) /* of confirm_seconds */

enum proposal_kind {
	PROPOSAL_APPLY, /* the bytes are a configuration */
	PROPOSAL_OPEN,	/* they are what was asked for, in words, and when */
	PROPOSAL_KINDS,
};
const char *proposal_kind_name(enum proposal_kind kind); /* "apply" */

struct proposal {
	enum proposal_kind kind;
	uint8_t digest[POLICY_DIGEST_LENGTH]; /* BLAKE2b-256 of the bytes; what it is called by */
	uint8_t base[POLICY_DIGEST_LENGTH];   /* of the configuration in force when it was made */
	int64_t time, expires;		      /* realtime, seconds */
	uint32_t uid;			      /* who asks */
	char who[STORE_NAME_MAX];
	char file[PROPOSAL_FILE_MAX]; /* what it was read from, for messages */
	char ticket[STORE_TICKET_MAX];
	char reason[STORE_REASON_MAX];
	int64_t confirm_seconds; /* see struct change_request */
	uint64_t of;		 /* a rollback to this number; 0: it is none */
};

#define PROPOSAL_DIGEST_MAX (2 * POLICY_DIGEST_LENGTH + 1) /* bytes of it as text */
void proposal_digest_text(const uint8_t *digest, char text[PROPOSAL_DIGEST_MAX]);
/* 0, or -EINVAL. */
int proposal_digest_parse(const char *text, uint8_t digest[POLICY_DIGEST_LENGTH]);

/* One line, with its newline. */
void proposal_write(struct json *json, const struct proposal *proposal);
/* The line without its newline. 0; -EINVAL: broken; -ENOMEM. */
int proposal_read(const char *line, size_t length, struct proposal *ret_proposal);

#endif
