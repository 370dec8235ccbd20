/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was decided, as one JSON object: of which snapshot and policy, when and where, on what
 * assumptions, the verdict of each cell, what can pass by the rules, the connections. Equal facts
 * give equal bytes, so that somebody else can decide again and compare.
 *
 * A signed certificate is a file of one line:
 *
 *	{"certificate":OBJECT,"signature":{"key":"<base64>","ed25519":"<base64>"}}
 *
 * The signature is over the bytes of OBJECT as they stand.
 */
#ifndef HEDATE_CERTIFICATE_H
#define HEDATE_CERTIFICATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "bypass.h"
#include "ctaudit.h"
#include "json.h"
#include "prove.h"

#define CERTIFICATE_VERSION 1

/* Of a proof as a whole, from the best. */
enum certificate_result {
	CERTIFICATE_PROVED,
	CERTIFICATE_RESTRAINED, /* no more than the policy permits; less, by tables of ours */
	CERTIFICATE_LOST,	/* more or less passes than the policy permits, or can */
	CERTIFICATE_UNDECIDED,	/* nothing of that kind was found, but not all could be decided */
	CERTIFICATE_RESULTS,
};
const char *certificate_result_name(enum certificate_result result); /* "proved" */

struct certificate {
	const struct snapshot *snapshot;
	uint8_t digest[SNAPSHOT_DIGEST_LENGTH]; /* of the snapshot's bytes */
	const struct policy *policy;
	const struct proof *proof;
	const struct bypass_list *bypass;  /* NULL: nobody looked */
	const struct ctaudit *connections; /* NULL: nobody looked */
	const char *version;		   /* of the program */
	int64_t time;			   /* when it was decided, Unix time in seconds */
	struct bdd_budget budget;
};

enum certificate_result certificate_result(const struct certificate *certificate);
/* OBJECT. json.failed says whether memory was enough. */
void certificate_write(const struct certificate *certificate, struct json *json);

/* The name of a place of a policy: a zone's, "gateway", "other". */
const char *certificate_place(const struct policy *policy, size_t place);

#define CERTIFICATE_KEY	      32
#define CERTIFICATE_SIGNATURE 64

/* The line of a signed one, with its newline; object is as certificate_write() made it. */
void certificate_sign(struct json *json, const char *object, const uint8_t key[CERTIFICATE_KEY],
	const uint8_t signature[CERTIFICATE_SIGNATURE]);

struct certificate_parts {
	const char *object; /* in the text */
	size_t length;
	uint8_t key[CERTIFICATE_KEY], signature[CERTIFICATE_SIGNATURE];
};
/* Take a signed one apart. 0; -EINVAL: it is none, or not in exactly that form. */
int certificate_parse(const char *text, size_t length, struct certificate_parts *ret_parts);
/* Is the signature right? Whose key it is, is another question. */
bool certificate_verify(const struct certificate_parts *parts);

/* What an object says of itself; texts are cut to their sizes. */
struct certificate_facts {
	uint64_t version;
	char result[16], time[40], machine[128], site[64];
	char snapshot_digest[65], policy_digest[65], revision[16];
	int64_t seconds; /* of time */
	struct bdd_budget budget;
};
/* 0; -EINVAL; -ENOMEM. */
int certificate_read(const char *object, size_t length, struct certificate_facts *ret_facts);

#endif
