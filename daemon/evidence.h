/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory of evidence: files that are copied, answers of programs, their digests, a signature.
 * A part that cannot be had is named, and the others are still collected.
 */
#ifndef HEDATE_EVIDENCE_H
#define HEDATE_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "evidencekey.h"

#define EVIDENCE_NAME_MAX 96
#define EVIDENCE_SUMS	  "SHA256SUMS" /* as sha256sum writes it, of all files before it */
#define EVIDENCE_PARTS	  "evidence.json"
#define EVIDENCE_HEX_MAX  65

struct evidence_part {
	char name[EVIDENCE_NAME_MAX];
	int error;  /* negative errno: it is missing, or not whole */
	int status; /* the exit status of the program that it comes from; -1: from none */
};

struct evidence {
	int directory; /* open */
	struct evidence_part *parts;
	size_t count;
	size_t missing; /* of them */
};

/* Make the directory, which must not exist yet, for its owner alone. 0, or negative errno. */
int evidence_begin(struct evidence *ret_evidence, const char *path);
void evidence_clear(struct evidence *evidence); /* the files stay */

/* Each: 0 when the part is there; -ENOMEM; other negative errno: it is in parts as missing. Names
 * are "<name>" or "<directory>/<name>"; the directory is made when it is not there. */
int evidence_copy(struct evidence *evidence, const char *name, const char *path);
/* The program's standard output; it is looked for where the system's programs are. A program that
 * cannot be started is missing; with any exit status up to 125 it has answered. */
int evidence_run(struct evidence *evidence, const char *name, char *const argv[]);
int evidence_write(struct evidence *evidence, const char *name, const char *text, size_t length);
/* A part that could not be made; error: negative errno. error, or -ENOMEM. */
int evidence_missing(struct evidence *evidence, const char *name, int error);

/*
 * Write the digests of all parts that are there, and sign them: SHA256SUMS, SHA256SUMS.sig (64
 * bytes, Ed25519), evidence.pub (PEM). All is on disk then. digest: SHA-256 of SHA256SUMS, in hex.
 * 0, or negative errno.
 */
int evidence_finish(
	struct evidence *evidence, const struct evidencekey *key, char digest[EVIDENCE_HEX_MAX]);

#endif
