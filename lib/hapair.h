/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two gateways of a pair tell each other, as a flat JSON object of texts, and what must be
 * the same on both. It comes from another machine: it is read strictly, and whatever it says can be
 * shown and put on record as it stands.
 */
#ifndef HEDATE_HAPAIR_H
#define HEDATE_HAPAIR_H

#include <stdint.h>

#include "json.h"
#include "policy.h"

#define HAPAIR_TEXT_MAX 128   /* bytes of a text, with its NUL */
#define HAPAIR_LINE_MAX 16384 /* bytes of the object; more is refused */

enum hapair_member {
	HAPAIR_SITE,
	HAPAIR_DIGEST,	   /* hapair_digest() of what is in force, in hex */
	HAPAIR_REVISION,   /* of the file; may differ */
	HAPAIR_STATE,	   /* "enforcing", when the kernel has it */
	HAPAIR_ISLAND,	   /* "no", or why nothing is forwarded */
	HAPAIR_CONFIRMED,  /* "true"; "false": what is in force waits to be confirmed */
	HAPAIR_ISOLATED,   /* how many places are isolated; "" when nobody can tell */
	HAPAIR_EXCEPTIONS, /* how many are in force */
	HAPAIR_VERSION,	   /* of hedated; may differ */
	HAPAIR_MEMBERS,
};

struct hapair_side {
	char text[HAPAIR_MEMBERS][HAPAIR_TEXT_MAX];
};

const char *hapair_name(enum hapair_member member); /* "digest" */

void hapair_write(struct json *json, const struct hapair_side *side);
/* Other members, of another version, are left out. 0; -EBADMSG: one is missing, comes twice, is no
 * text, or has something else in it than it can have; -EFBIG; -ENOMEM. */
int hapair_read(const char *text, size_t length, struct hapair_side *ret_side);

/* The members in which the two are not as they must be, as bits 1 << member; 0: they agree. A side
 * that does not enforce disagrees with any. */
unsigned int hapair_compare(const struct hapair_side *ours, const struct hapair_side *theirs);

/*
 * The digest of what a policy means (change.h): names, addresses, what is permitted and recorded;
 * not the order and the form of its text, and not "ha", which names the other gateway. 0, or
 * -ENOMEM.
 */
int hapair_digest(const struct policy *policy, uint8_t ret_digest[POLICY_DIGEST_LENGTH]);

#endif
