/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the recorder tells hedated of the log (REC_KEEPING), for "hedate status". */
#ifndef HEDATE_KEEPING_H
#define HEDATE_KEEPING_H

#include "housekeep.h"
#include "message.h"

/*
 * Pairs of key and value, as they stand in the status: log_files, log_bytes, log_oldest ("" for
 * none), log_disk_free_percent, log_room ("ok", "disk-low", "too-large"), log_holds (their number,
 * or "unreadable"), log_checkpoint (index of the last one, "" for none), log_checkpoint_at,
 * log_checkpoint_sequence, log_exported_at, log_exported_to, log_exported_sequence,
 * log_reviewed_at, log_reviewed_by, log_reviewed_sequence; times are RFC 3339, "" for never.
 * log_delay_ms: delay_ms, "" for -1 (committer.h).
 */
void keeping_put(struct message *message, const struct housekeep *housekeep,
	const struct sealer_state *sealed, int64_t delay_ms);

#endif
