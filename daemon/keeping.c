/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keeping.h"

#include <inttypes.h>
#include <stdio.h>

#include "../lib/record.h"
#include "recproto.h"

static void put_text(struct message *message, const char *key, const char *value)
{
	message_put_string(message, key);
	message_put_string(message, value);
}

static void put_number(struct message *message, const char *key, uint64_t value)
{
	char text[24];
	snprintf(text, sizeof(text), "%" PRIu64, value);
	put_text(message, key, text);
}

static void put_time(struct message *message, const char *key, int64_t time)
{
	char text[RECORD_TIME_MAX] = "";
	if (time)
		record_time_format(time, text);
	put_text(message, key, text);
}

static void put_state(struct message *message, const struct housekeep_state *state)
{
	put_number(message, "log_files", state->files);
	put_number(message, "log_bytes", state->bytes);
	put_text(message, "log_oldest", state->oldest);
	put_number(message, "log_disk_free_percent", state->free_percent);
	put_text(message, "log_room",
		state->low	   ? "disk-low"
		: state->too_large ? "too-large"
				   : "ok");
}

static void put_sealed(struct message *message, const struct sealer_state *sealed)
{
	if (sealed->time)
		put_number(message, "log_checkpoint", sealed->index);
	else
		put_text(message, "log_checkpoint", "");
	put_time(message, "log_checkpoint_at", sealed->time);
	put_number(message, "log_checkpoint_sequence", sealed->sequence);
}

static void put_kept(struct message *message, const struct logkeep *keep)
{
	put_number(message, "log_holds", keep->hold_count);
	put_time(message, "log_exported_at", keep->export_note.time);
	put_text(message, "log_exported_to", keep->export_note.text);
	put_number(message, "log_exported_sequence", keep->exported);
	put_time(message, "log_reviewed_at", keep->review_note.time);
	put_text(message, "log_reviewed_by", keep->review_note.by);
	put_number(message, "log_reviewed_sequence", keep->reviewed);
}

void keeping_put(struct message *message, const struct housekeep *housekeep,
	const struct sealer_state *sealed, int64_t delay_ms)
{
	const struct logkeep *keep = housekeep_kept(housekeep);
	message_begin(message, REC_KEEPING);
	put_state(message, housekeep_state(housekeep));
	put_sealed(message, sealed);
	if (delay_ms < 0)
		put_text(message, "log_delay_ms", "");
	else
		put_number(message, "log_delay_ms", (uint64_t)delay_ms);
	if (keep)
		put_kept(message, keep);
	else
		put_text(message, "log_holds", "unreadable");
}
