/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Segments that are not there: what retention removed is told apart from what is missing. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "logrecord.h"
#include "logverify_impl.h"
#include "sealcut.h"

int logverify_note_gone(struct logverify *verify, const char *file, uint64_t first, uint64_t last)
{
	if (verify->gone_count && strcmp(verify->gone[verify->gone_count - 1].file, file) == 0) {
		verify->gone[verify->gone_count - 1].last = last;
		return 0;
	}
	struct logverify_gone *gone =
		array_reserve_next(verify->gone, sizeof(*gone), verify->gone_count);
	if (!gone)
		return -ENOMEM;
	verify->gone = gone;
	gone += verify->gone_count++;
	memset(gone, 0, sizeof(*gone));
	memcpy(gone->file, file, sizeof(gone->file));
	gone->first = first;
	gone->last = last;
	return 0;
}

bool logverify_is_gone(struct logverify *verify, const struct checkpoint *one)
{
	struct logverify_gone *gone =
		verify->gone_count ? &verify->gone[verify->gone_count - 1] : NULL;
	if (!gone || one->at.end == 0 || strcmp(gone->file, one->at.file) != 0)
		return false;
	gone->time = one->time;
	gone->last = one->at.sequence;
	return true;
}

/* The text behind a key, up to its quote; NULL: the line has none. */
static const char *find_text(const char *line, size_t length, const char *key, size_t *ret_length)
{
	const char *at = memmem(line, length, key, strlen(key));
	if (!at)
		return NULL;
	at += strlen(key);
	const char *end = memchr(at, '"', length - (size_t)(at - line));
	*ret_length = end ? (size_t)(end - at) : 0;
	return end ? at : NULL;
}

void logverify_look_for_removal(struct logverify *verify, const char *line, size_t length)
{
	static const char action[] = "\"event.action\":\"" LOGVERIFY_REMOVED "\"";
	static const char index[] = "\"hedate." SEALCUT_INDEX_KEY "\":";
	size_t size;
	if ((verify->gone_count == 0 && verify->summary->first_index == 0) ||
		!memmem(line, length, action, sizeof(action) - 1))
		return;
	const char *number = memmem(line, length, index, sizeof(index) - 1);
	verify->cut |= number && strtoull(number + sizeof(index) - 1, NULL, 10) ==
					 verify->summary->first_index;
	const char *file =
		find_text(line, length, "\"hedate." LOGVERIFY_REMOVED_KEY "\":\"", &size);
	if (!file || size >= LOGNAME_MAX)
		return;
	char name[LOGNAME_MAX] = "";
	memcpy(name, file, size);
	if (strcmp(name, verify->removal) > 0)
		memcpy(verify->removal, name, sizeof(name));
	for (size_t i = 0; i < verify->gone_count; i++)
		if (strcmp(verify->gone[i].file, name) == 0)
			(void)log_record_time(line, length, &verify->gone[i].removed);
}

void logverify_settle_removals(struct logverify *verify, bool sealed)
{
	if (sealed && strcmp(verify->removal, verify->removed) > 0)
		memcpy(verify->removed, verify->removal, sizeof(verify->removed));
	memcpy(verify->removal, verify->removed, sizeof(verify->removal));
	verify->cut_sealed |= sealed && verify->cut;
	verify->cut = false;
}

void logverify_tell_gone(struct logverify *verify)
{
	struct logverify_summary *summary = verify->summary;
	for (size_t i = 0; i < verify->gone_count; i++) {
		const struct logverify_gone *gone = &verify->gone[i];
		if (strcmp(gone->file, verify->removed) > 0) {
			logverify_tell(verify, LOGVERIFY_SEGMENT_MISSING, gone->file, gone->first,
				gone->last);
			continue;
		}
		int64_t age = gone->removed - gone->time;
		summary->removed++;
		summary->removed_last = gone->last;
		if (gone->removed && gone->time &&
			(summary->removed_age == 0 || age < summary->removed_age))
			summary->removed_age = age;
	}
}
