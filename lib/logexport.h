/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of sealed files of the log, for another medium. Beside them stand their checkpoints, the
 * first public key, and LOGEXPORT_SUMS in the form of sha256sum(1), so that "sha256sum -c" checks
 * the copies, and "hedate log verify -d" and hedate-verify what is in them.
 *
 * Copied is each file that does not grow any more, in the form that it has, and of the one that
 * grows what its last checkpoint seals. What was copied earlier as a whole is left alone. Each copy
 * is on the medium, read back and found to be the same before its line is in LOGEXPORT_SUMS.
 */
#ifndef HEDATE_LOGEXPORT_H
#define HEDATE_LOGEXPORT_H

#include <stddef.h>
#include <stdint.h>

#define LOGEXPORT_SUMS	   "SHA256SUMS"
#define LOGEXPORT_NAME_MAX 64

struct logexport_request {
	const char *log, *directory; /* from, to; both exist */
	/* A file was copied; bytes of it. */
	void (*copied)(const char *name, uint64_t bytes, void *data);
	void *data;
};

struct logexport_result {
	uint64_t copied, bytes;		 /* files, and what is in them */
	uint64_t present;		 /* files that had been copied before */
	uint64_t sequence;		 /* of the last record that is there now; 0: none */
	char failed[LOGEXPORT_NAME_MAX]; /* the file that it failed with, "" */
};

/* 0; -EEXIST: a file that is there is another one; -EIO, also when what was read back differs;
 * -ENODATA: nothing is sealed yet; other negative errno. What was copied before stays. */
int logexport_run(const struct logexport_request *request, struct logexport_result *ret_result);

#endif
