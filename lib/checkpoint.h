/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A checkpoint: the state of the log at one moment, signed. Its form is that of C2SP's signed-note
 * and tlog-checkpoint, UTF-8, each line ended by a newline:
 *
 *	<origin>			who writes this log, see below
 *	<size>				lines in the tree (merkle.h), decimal
 *	<root>				base64 of the tree's root
 *	index <number>			of the checkpoint, from 0, one more each time
 *	time <RFC 3339, UTC, ns>
 *	segment <file> <bytes>		file of the log in which the last line lies, and its length
 *					up to there; 0 for a file that begins
 *	sequence <number>		event.sequence of the last line, 0: there is none
 *	key <base64>			Ed25519 public key that this checkpoint is signed with
 *	next <base64>			the one that the next checkpoint is signed with
 *	tree[ <base64>]...		the tree's compact range, the largest subtree first
 *	<empty line>
 *	— <origin> <base64>		of 4 bytes key id and 64 bytes Ed25519 signature of all
 *					before the empty line
 *
 * The key id is the beginning of SHA-256(<origin> || 0x0A || 0x01 || public key). A checkpoint is
 * valid when it is byte for byte what its contents are written as, when the root is that of the
 * compact range, and when the signature is one of its own key. It belongs into a log when its
 * origin is the log's, its index follows, its key is the one that the checkpoint before announced,
 * its size and sequence do not go back, and the lines give its root.
 *
 * The origin is "hedate/<host name>/<16 hex digits>", these the beginning of the SHA-256 of the
 * first public key: so no two logs share one.
 */
#ifndef HEDATE_CHECKPOINT_H
#define HEDATE_CHECKPOINT_H

#include <stdint.h>

#include "logname.h"
#include "merkle.h"

#define CHECKPOINT_ORIGIN_MAX 128 /* with NUL */
#define CHECKPOINT_KEY	      32
#define CHECKPOINT_SEED	      32   /* a secret key */
#define CHECKPOINT_MAX	      4096 /* bytes of a signed one, with NUL */
#define CHECKPOINT_VKEY_MAX   256

/* A place in the log, between two groups, and the tree up to it. */
struct logpoint {
	char file[LOGNAME_MAX];
	uint64_t end; /* bytes */
	uint64_t sequence;
	struct merkle_range tree;
};

struct checkpoint {
	char origin[CHECKPOINT_ORIGIN_MAX];
	uint64_t index;
	int64_t time;
	struct logpoint at;
	uint8_t key[CHECKPOINT_KEY], next[CHECKPOINT_KEY];
};

/* What is signed, without the empty line. Its length. */
size_t checkpoint_format(const struct checkpoint *checkpoint, char text[CHECKPOINT_MAX]);
/* The same, signed with the seed that checkpoint->key belongs to. Its length. */
size_t checkpoint_sign(const struct checkpoint *checkpoint, const uint8_t seed[CHECKPOINT_SEED],
	char text[CHECKPOINT_MAX]);

/*
 * Read the one that text begins with, signed or not. Its length; -EINVAL for anything else, also
 * when it is not written as checkpoint_format() does or its root is not that of its compact range;
 * -EBADMSG when all is well but the signature is not by its own key (*ret_checkpoint is valid).
 */
int checkpoint_parse(const char *text, size_t length, struct checkpoint *ret_checkpoint);
int checkpoint_parse_body(const char *text, size_t length, struct checkpoint *ret_checkpoint);

/* A public key as C2SP's signed-note writes it: "<origin>+<key id>+<base64>". */
void checkpoint_vkey(
	const char *origin, const uint8_t key[CHECKPOINT_KEY], char text[CHECKPOINT_VKEY_MAX]);
/* 0, or -EINVAL. */
int checkpoint_vkey_parse(
	const char *text, char origin[CHECKPOINT_ORIGIN_MAX], uint8_t key[CHECKPOINT_KEY]);

/* The origin of the log that begins with this key. Of host, what may not be in one becomes '-'. */
void checkpoint_origin(
	const char *host, const uint8_t key[CHECKPOINT_KEY], char origin[CHECKPOINT_ORIGIN_MAX]);

#endif
