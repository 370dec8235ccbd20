/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the log's directory in order, in short steps while the recorder has nothing more urgent to
 * do: compresses files that do not grow any more, removes those whose time is over, warns when the
 * disk or the log's own size runs out, and takes care of legal holds, exports and reviews. All of
 * it is on record.
 *
 * The record of a removal is sealed before the file goes, so that whoever verifies the log can tell
 * it from a file that is missing. Its checkpoints go with it (lib/sealcut.h).
 */
#ifndef HEDATE_HOUSEKEEP_H
#define HEDATE_HOUSEKEEP_H

#include "../lib/logkeep.h"
#include "../lib/policy.h"
#include "journal.h"
#include "loop.h"
#include "recproto.h"
#include "sealer.h"

struct housekeep;

/* How things are, for whoever asks. */
struct housekeep_state {
	uint64_t files, bytes; /* of the log, on disk */
	uint64_t free_percent; /* of the file system */
	bool low, too_large;   /* the disk, the log */
	char oldest[LOGNAME_MAX];
};

/* All borrowed. directory: the log's. changed is called when a state or what is kept is another
 * one. 0, or negative errno. */
int housekeep_new(struct loop *loop, struct journal *journal, struct sealer *sealer,
	const char *directory, void (*changed)(void *data), void *data,
	struct housekeep **ret_housekeep);
void housekeep_free(struct housekeep *housekeep); /* accepts NULL */

/* What the configuration says; before the first time nothing is removed or compressed. */
void housekeep_set(struct housekeep *housekeep, const struct policy_log *log);
/* A checkpoint was made: has the log gone on to another file? */
void housekeep_note(struct housekeep *housekeep);

/* Borrowed. NULL: the file with it cannot be read, and nothing is removed. */
const struct logkeep *housekeep_kept(const struct housekeep *housekeep);
const struct housekeep_state *housekeep_state(const struct housekeep *housekeep);

/*
 * What a person asks for. *ret_number: of the hold; or the record up to which was reviewed. 0 when
 * it is kept and on record; -ENOENT: there is no such hold; -ENOSPC: no more holds; -EBADMSG: the
 * file with them cannot be read; other negative errno.
 */
int housekeep_ask(
	struct housekeep *housekeep, const struct rec_request *request, uint64_t *ret_number);

#endif
