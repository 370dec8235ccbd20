/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sealing the log: checkpoints (checkpoint.h) beside its files, and the key that signs them.
 *
 * "hedate-20261120.seal" holds the checkpoints whose segment is "hedate-20261120.jsonl", one after
 * the other. The first one of a file, but for the log's very first, is that of the segment's
 * beginning, with 0 bytes: so what the file before still held is sealed by it, and a segment can be
 * verified without those before it. A file is valid when it is a sequence of valid checkpoints.
 *
 * Each checkpoint has a key of its own, and names the public key of the next. The secret keys lie
 * in a directory of their own, in "seal.key" (0600), which is replaced as a whole:
 *
 *	hedate sealing key
 *	seed <base64>		of the key that signs the next checkpoint
 *	next-seed <base64>	of the one after it
 *	sealed <bytes>		length of the .seal file after the last checkpoint
 *	...			the last checkpoint's place in the log, written as a checkpoint
 *				without a signature, but with the index and keys of the next one
 *
 * A checkpoint is on disk before the keys move on; the file with the old key is then overwritten.
 * When that was cut short, the next start finds a checkpoint that has the index of the key, and
 * moves the keys on. A checkpoint of which only a part was written is cut off.
 *
 * Whoever becomes root at some time gets the key of that time: he can neither change what was
 * sealed before nor sign for it. What he can do is to cut off the end of the log with its
 * checkpoints, together with the key: that is found with a checkpoint that was kept elsewhere.
 */
#ifndef HEDATE_SEAL_H
#define HEDATE_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "checkpoint.h"

#define SEAL_KEY_FILE  "seal.key"
#define SEAL_VKEY_FILE "hedate.vkey" /* in the log's directory: the first public key */

struct seal;

/*
 * Take the keys in key_directory, or make the first ones for a log that is then named after host,
 * and write the first public key to SEAL_VKEY_FILE. Both directories exist; one process at a time.
 * 0, *ret_began when the keys are new; -EBADMSG when the key file is not one; other negative errno.
 */
int seal_open(const char *log_directory, const char *key_directory, const char *host,
	struct seal **ret_seal, bool *ret_began);
void seal_close(struct seal *seal); /* wipes the keys from memory; accepts NULL */

/* The last checkpoint's place; an empty tree when there is none. Borrowed. */
const struct logpoint *seal_last(const struct seal *seal);
/* The index of the next checkpoint. */
uint64_t seal_index(const struct seal *seal);
/* The public key that signs the next checkpoint. */
void seal_vkey(const struct seal *seal, char text[CHECKPOINT_VKEY_MAX]);

/* Sign where the log is now, time (realtime ns); opened is where its file begins. 0 when it is on
 * disk and the key is gone; negative errno: no checkpoint was made, or the keys could not move on,
 * which is tried first the next time. */
int seal_put(
	struct seal *seal, const struct logpoint *opened, const struct logpoint *at, int64_t time);

/* "hedate-20261120.jsonl" <-> "hedate-20261120.seal". -EINVAL: not such a name. */
int seal_name(const char *segment, char name[LOGNAME_MAX]);
int seal_segment(const char *name, char segment[LOGNAME_MAX]);

/* What may be known of the keys: origin and index of the next checkpoint. 0, -ENOENT, -EACCES,
 * -EBADMSG, other negative errno. */
int seal_peek(const char *key_directory, struct checkpoint *ret_next);

#endif
