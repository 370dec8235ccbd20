/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logkeep.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fileio.h"
#include "json.h"
#include "logtime.h"
#include "record.h"

#define FILE_MAX (1u << 20)

/* Reading ------------------------------------------------------------------------------------- */

/* A line: the number that its first key has, and what stands behind it. */
struct line {
	char kind[16];
	uint64_t number;
	int64_t since;
	struct logkeep_note note;
};

/* What is no UTF-8 has grown when it was written: the end may be missing. */
static int take_text(char *to, size_t size, const struct json_member *member)
{
	if (member->type != JSON_STRING)
		return -EBADMSG;
	snprintf(to, size, "%s", member->text);
	return 0;
}

static int take_time(int64_t *ret_time, const struct json_member *member)
{
	if (member->type != JSON_STRING)
		return -EBADMSG;
	/* Nothing is written that is before 1970. */
	return logtime_parse(member->text, ret_time) < 0 || *ret_time < 0 ? -EBADMSG : 0;
}

static int take_number(struct line *line, const struct json_member *member)
{
	char *end;
	if (member->type != JSON_NUMBER || line->kind[0] || strlen(member->key) > 15)
		return -EBADMSG;
	errno = 0;
	line->number = strtoull(member->text, &end, 10);
	memcpy(line->kind, member->key, strlen(member->key) + 1);
	return errno || *end || member->text[0] == '-' ? -EBADMSG : 0;
}

static int take_member(const struct json_member *member, void *data)
{
	struct line *line = data;
	if (strcmp(member->key, "since") == 0)
		return take_time(&line->since, member);
	if (strcmp(member->key, "time") == 0)
		return take_time(&line->note.time, member);
	if (strcmp(member->key, "by") == 0)
		return take_text(line->note.by, sizeof(line->note.by), member);
	if (strcmp(member->key, "text") == 0)
		return take_text(line->note.text, sizeof(line->note.text), member);
	return take_number(line, member);
}

static int take_hold(struct logkeep *keep, const struct line *line)
{
	if (keep->hold_count == LOGKEEP_HOLDS_MAX)
		return -EBADMSG;
	struct logkeep_hold *hold = &keep->holds[keep->hold_count++];
	hold->number = line->number;
	hold->since = line->since;
	hold->note = line->note;
	return 0;
}

static int take_line(struct logkeep *keep, const struct line *line)
{
	if (strcmp(line->kind, "hold") == 0)
		return take_hold(keep, line);
	if (strcmp(line->kind, "holds") == 0) {
		keep->holds_given = line->number;
	} else if (strcmp(line->kind, "exported") == 0) {
		keep->exported = line->number;
		keep->export_note = line->note;
	} else if (strcmp(line->kind, "reviewed") == 0) {
		keep->reviewed = line->number;
		keep->review_note = line->note;
	} else {
		return -EBADMSG;
	}
	return 0;
}

int logkeep_parse(char *text, size_t length, struct logkeep *ret_keep)
{
	int r = 0;
	memset(ret_keep, 0, sizeof(*ret_keep));
	while (length > 0 && r == 0) {
		struct line line = { 0 };
		char *end = memchr(text, '\n', length);
		size_t used = end ? (size_t)(end + 1 - text) : length;
		/* A file that was cut off is not one: a hold may be missing. */
		if (!end || json_read_object(text, used, take_member, &line) < 0)
			return -EBADMSG;
		r = take_line(ret_keep, &line);
		text += used;
		length -= used;
	}
	return r;
}

int logkeep_read(int directory, struct logkeep *ret_keep)
{
	char *text = NULL;
	size_t length = 0;
	memset(ret_keep, 0, sizeof(*ret_keep));
	int r = fileio_load_at(directory, LOGKEEP_FILE, FILE_MAX, &text, &length);
	if (r < 0)
		return r == -ENOENT ? 0 : r == -EINVAL || r == -EFBIG ? -EBADMSG : r;
	r = logkeep_parse(text, length, ret_keep);
	free(text);
	return r;
}

/* Writing ------------------------------------------------------------------------------------- */

static void put_line(struct json *json, const char *kind, uint64_t number, const int64_t *since,
	const struct logkeep_note *note)
{
	json_object_begin(json);
	json_key(json, kind);
	json_unsigned(json, number);
	if (since)
		record_time_put(json, "since", *since);
	if (note) {
		record_time_put(json, "time", note->time);
		json_key(json, "by");
		json_string(json, note->by);
		json_key(json, "text");
		json_string(json, note->text);
	}
	json_object_end(json);
	json_newline(json);
}

int logkeep_write(int directory, const struct logkeep *keep)
{
	struct json json;
	json_init(&json);
	for (size_t i = 0; i < keep->hold_count; i++)
		put_line(&json, "hold", keep->holds[i].number, &keep->holds[i].since,
			&keep->holds[i].note);
	put_line(&json, "holds", keep->holds_given, NULL, NULL);
	if (keep->export_note.time)
		put_line(&json, "exported", keep->exported, NULL, &keep->export_note);
	if (keep->review_note.time)
		put_line(&json, "reviewed", keep->reviewed, NULL, &keep->review_note);
	int r = json.failed ? -ENOMEM
			    : fileio_replace(directory, LOGKEEP_FILE, LOGKEEP_FILE ".new", 0640,
				      json.text, json.length);
	json_clear(&json);
	return r;
}

/* Holds --------------------------------------------------------------------------------------- */

int logkeep_place(
	struct logkeep *keep, int64_t since, const struct logkeep_note *note, uint64_t *ret_number)
{
	if (keep->hold_count == LOGKEEP_HOLDS_MAX)
		return -ENOSPC;
	struct logkeep_hold *hold = &keep->holds[keep->hold_count++];
	hold->number = ++keep->holds_given;
	hold->since = since;
	hold->note = *note;
	*ret_number = hold->number;
	return 0;
}

int logkeep_release(struct logkeep *keep, uint64_t number)
{
	for (size_t i = 0; i < keep->hold_count; i++)
		if (keep->holds[i].number == number) {
			keep->hold_count--;
			memmove(&keep->holds[i], &keep->holds[i + 1],
				(keep->hold_count - i) * sizeof(keep->holds[0]));
			return 0;
		}
	return -ENOENT;
}

int64_t logkeep_held_since(const struct logkeep *keep)
{
	int64_t since = INT64_MAX;
	for (size_t i = 0; i < keep->hold_count; i++)
		if (keep->holds[i].since < since)
			since = keep->holds[i].since;
	return since;
}
