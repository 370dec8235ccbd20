/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is the log what was sealed (seal.h)? Every line is hashed; every checkpoint's signature, key,
 * index and root are checked. What does not agree is named: between two checkpoints, by the
 * sequence numbers that the lines carry.
 *
 * A segment that is not there was removed by retention when a sealed record ("segment-removed")
 * behind it names it, or a later one: the recorder removes the oldest first. Otherwise it is
 * missing. The checkpoints of what was removed are removed, too (sealcut.h). Then the first public
 * key of all says nothing of what is left, as the keys cannot be followed from it: it is well with
 * the key of the first checkpoint that is there, or when a sealed record says that they were
 * removed and a checkpoint of those that are there was kept elsewhere.
 */
#ifndef HEDATE_LOGVERIFY_H
#define HEDATE_LOGVERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "checkpoint.h"
#include "logscan.h"

/* Records first, then checkpoints. */
enum logverify_code {
	LOGVERIFY_CHANGED,
	LOGVERIFY_INSERTED,
	LOGVERIFY_DELETED,
	LOGVERIFY_REORDERED,
	LOGVERIFY_TRUNCATED,
	LOGVERIFY_SEGMENT_MISSING,
	LOGVERIFY_LOG_MISSING,
	LOGVERIFY_DAMAGED,
	LOGVERIFY_UNSEALED,
	LOGVERIFY_CHECKPOINT_INVALID,
	LOGVERIFY_CHECKPOINT_MISSING,
	LOGVERIFY_CHECKPOINT_ORDER,
	LOGVERIFY_ORIGIN,
	LOGVERIFY_RESEALED,
	LOGVERIFY_KEY_WRONG,
	LOGVERIFY_KEPT_DIFFERS,
	LOGVERIFY_KEPT_MISSING,
	LOGVERIFY_COUNT,
};
/* As JSON has it: "segment-missing". */
const char *logverify_name(enum logverify_code code);
const char *logverify_meaning(enum logverify_code code); /* to be translated */

/* first to last: event.sequence of records, indexes of checkpoints. */
struct logverify_finding {
	enum logverify_code code;
	const char *file; /* "": the log as a whole */
	uint64_t first, last;
	bool checkpoints; /* first and last are indexes */
};

/* What to hold it against; all but directory may be NULL. */
struct logverify_request {
	const char *directory;
	const char *key_directory; /* where the key's index is looked at, if it may be read */
	const char *vkey;	   /* the first public key, or that of the first checkpoint that
				    * retention left, kept elsewhere */
	const char *kept;	   /* a checkpoint, kept elsewhere */
	size_t kept_length;
	void (*found)(const struct logverify_finding *finding, void *data);
	void (*progress)(uint64_t bytes, void *data); /* that were read */
	void *data;
};

struct logverify_summary {
	uint64_t lines, bytes, checkpoints, findings;
	uint64_t unsealed; /* lines behind the last checkpoint */
	uint64_t torn;	   /* bytes of an unfinished line at the end: what a crash leaves */
	uint64_t removed;  /* segments that retention removed, and the last of their records */
	uint64_t removed_last;
	int64_t removed_age;		/* ns, of the youngest when it was removed; 0: not known */
	uint64_t first_index;		/* of the first checkpoint: those before were moved away */
	bool first_on_record;		/* a sealed record says that retention removed them */
	bool key_known;			/* the key's index could be looked at */
	struct checkpoint last;		/* the last valid one, when checkpoints > 0 */
	char vkey[CHECKPOINT_VKEY_MAX]; /* of the first one */
};

/* 0 when it could be read: the findings say whether it is well; -EINVAL: vkey or kept is not valid;
 * -ENOENT: there is no log and nothing says that there should be; other negative errno. */
int logverify_run(const struct logverify_request *request, struct logverify_summary *ret_summary);

/* The action of the record of a removal, and its key that names the segment. */
#define LOGVERIFY_REMOVED     "segment-removed"
#define LOGVERIFY_REMOVED_KEY "log.file" /* written as "hedate.log.file" */

#endif
