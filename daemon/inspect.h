/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Self-inspections (自己点検): each is a report, kept as the JSON that "hedate report --data"
 * writes, "000001.json" and so on. That it was made, what is to be improved, and who has signed it
 * off are records of the log, by its number and the digest of its bytes.
 */
#ifndef HEDATE_INSPECT_H
#define HEDATE_INSPECT_H

#include <stddef.h>
#include <stdint.h>

#include "../lib/report_json.h"
#include "cmd.h"

#define INSPECT_DIRECTORY "/var/lib/hedate-inspect"
#define INSPECT_DIGEST	  65 /* SHA-256 in hex, with NUL */

#define INSPECT_MADE   "inspect" /* event.action */
#define INSPECT_NOTE   "inspect-note"
#define INSPECT_SIGNED "inspect-signed"

/* The numbers of all that are there, growing; the caller's. 0 (also where there is no directory:
 * none), or negative errno. */
int inspect_list(const char *directory, uint64_t **ret_numbers, size_t *ret_count);
/* Its file; the caller's. NULL: no memory. */
char *inspect_path(const char *directory, uint64_t number);

struct inspection {
	struct report *report;
	char digest[INSPECT_DIGEST]; /* of its bytes */
};

/* 0; negative errno with the problem in words. */
int inspect_load(const char *directory, uint64_t number, char problem[REPORT_PROBLEM_MAX],
	struct inspection *ret_inspection);
void inspect_clear(struct inspection *inspection);

/* What somebody put on record about one. */
struct inspect_step {
	uint64_t number, sequence;
	int64_t time;	     /* Unix time */
	const char *action;  /* one of the above */
	char *user, *digest; /* owned */
	char *text;	     /* owned: who signed wrote it, or what is to be improved */
};

struct inspect_steps {
	struct inspect_step *steps; /* owned; by action, each in its order */
	size_t count;
};

/* Of all of them, or of one. An exit code: EXIT_FAILED after a complaint, also when only some of
 * the log could be read. To be cleared in each case. */
int inspect_steps_read(const struct cli *cli, const char *log, const char *index, uint64_t number,
	struct inspect_steps *ret_steps);
void inspect_steps_clear(struct inspect_steps *steps);

#endif
