/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "storeline.h"

#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exception.h"
#include "width.h"

#define LINE_MAX_BYTES 8192

static const char *const state_names[STORE_STATES] = {
	[STORE_PENDING] = "pending",
	[STORE_CONFIRMED] = "confirmed",
	[STORE_ROLLED_BACK] = "rolled-back",
	[STORE_REFUSED] = "refused",
};

const char *store_state_name(enum store_state state)
{
	return state_names[state];
}

/* ---- members ---- */

enum member_type {
	MEMBER_NUMBER,
	MEMBER_UID,
	MEMBER_TIME,
	MEMBER_TEXT,
	MEMBER_FLAG,
	MEMBER_STATE,
	MEMBER_DIGEST,
};

struct member {
	const char *key;
	enum member_type type;
	size_t offset, size;
};

#define AT(member)   offsetof(struct store_entry, member), sizeof(((struct store_entry *)0)->member)
#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

static const struct member members[] = {
	{ "number", MEMBER_NUMBER, AT(number) },
	{ "revision", MEMBER_TEXT, AT(revision) },
	{ "digest", MEMBER_DIGEST, AT(digest) },
	{ "time", MEMBER_TIME, AT(time) },
	{ "uid", MEMBER_UID, AT(uid) },
	{ "who", MEMBER_TEXT, AT(who) },
	{ "approver_uid", MEMBER_UID, AT(approver_uid) },
	{ "approver", MEMBER_TEXT, AT(approver) },
	{ "ticket", MEMBER_TEXT, AT(ticket) },
	{ "reason", MEMBER_TEXT, AT(reason) },
	{ "of", MEMBER_NUMBER, AT(of) },
	{ "two_person", MEMBER_FLAG, AT(two_person) },
	{ "confirm_seconds", MEMBER_NUMBER, AT(confirm_seconds) },
	{ "paths", MEMBER_NUMBER, AT(paths) },
	{ "added", MEMBER_NUMBER, AT(added) },
	{ "removed", MEMBER_NUMBER, AT(removed) },
	{ "changed", MEMBER_NUMBER, AT(changed) },
	{ "state", MEMBER_STATE, AT(state) },
	{ "ended", MEMBER_TIME, AT(ended) },
	{ "ended_by", MEMBER_TEXT, AT(ended_by) },
};

void store_text(char *place, size_t size, const char *text)
{
	size_t length = text ? strlen(text) : 0, used = 0;

	for (size_t at = 0; at < length;) {
		uint32_t character;
		size_t bytes = width_decode(text + at, length - at, &character);
		bool broken = character == WIDTH_REPLACEMENT && bytes == 1;

		if (used + bytes >= size)
			break;
		memcpy(place + used, broken ? "?" : text + at, bytes);
		used += bytes;
		at += bytes;
	}
	place[used] = '\0';
}

/* ---- writing ---- */

static void write_value(
	struct json *json, const struct store_entry *entry, const struct member *member)
{
	const void *value = (const char *)entry + member->offset;
	char text[2 * POLICY_DIGEST_LENGTH + 1];

	switch (member->type) {
	case MEMBER_NUMBER:
		json_unsigned(json, *(const uint64_t *)value);
		break;
	case MEMBER_UID:
		json_unsigned(json, *(const uint32_t *)value);
		break;
	case MEMBER_TIME:
		exception_time_format(*(const int64_t *)value, text);
		json_string(json, text);
		break;
	case MEMBER_TEXT:
		json_string(json, value);
		break;
	case MEMBER_FLAG:
		json_bool(json, *(const bool *)value);
		break;
	case MEMBER_STATE:
		json_string(json, state_names[*(const enum store_state *)value]);
		break;
	case MEMBER_DIGEST:
		sodium_bin2hex(text, sizeof(text), value, POLICY_DIGEST_LENGTH);
		json_string(json, text);
		break;
	}
}

void store_entry_write(struct json *json, const struct store_entry *entry)
{
	json_object_begin(json);
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		json_key(json, members[i].key);
		write_value(json, entry, &members[i]);
	}
	json_object_end(json);
	json_newline(json);
}

/* ---- reading ---- */

static int read_unsigned(const char *text, uint64_t max, uint64_t *ret_number)
{
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -EINVAL;
	errno = 0;
	*ret_number = strtoull(text, &end, 10);
	return *end != '\0' || errno != 0 || *ret_number > max ? -EINVAL : 0;
}

static int read_uid(const char *text, uint32_t *place)
{
	uint64_t number = 0;
	int r = read_unsigned(text, UINT32_MAX, &number);

	*place = (uint32_t)number;
	return r;
}

static int read_text(const char *text, char *place, size_t size)
{
	int length = snprintf(place, size, "%s", text);

	return length < 0 || (size_t)length >= size ? -EINVAL : 0;
}

static int read_state(const char *text, enum store_state *ret_state)
{
	for (int i = 0; i < STORE_STATES; i++) {
		if (strcmp(text, state_names[i]) == 0) {
			*ret_state = (enum store_state)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int read_digest(const char *text, uint8_t *place)
{
	size_t length;
	int r = sodium_hex2bin(
		place, POLICY_DIGEST_LENGTH, text, strlen(text), NULL, &length, NULL);

	return r < 0 || length != POLICY_DIGEST_LENGTH ? -EINVAL : 0;
}

/* What has the wrong type is found by writing again: text is never NULL. */
static int read_value(const struct json_member *from, const struct member *member, void *place)
{
	switch (member->type) {
	case MEMBER_NUMBER:
		return read_unsigned(from->text, UINT64_MAX, place);
	case MEMBER_UID:
		return read_uid(from->text, place);
	case MEMBER_TIME:
		return exception_time_parse(from->text, place);
	case MEMBER_TEXT:
		return read_text(from->text, place, member->size);
	case MEMBER_FLAG:
		*(bool *)place = from->type == JSON_TRUE;
		return 0;
	case MEMBER_STATE:
		return read_state(from->text, place);
	case MEMBER_DIGEST:
		return read_digest(from->text, place);
	}
	return -EINVAL;
}

static int take_member(const struct json_member *from, void *data)
{
	struct store_entry *entry = data;

	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		if (strcmp(members[i].key, from->key) == 0)
			return read_value(from, &members[i], (char *)entry + members[i].offset);
	}
	return -EINVAL;
}

int store_entry_read(const char *line, size_t length, struct store_entry *ret_entry)
{
	struct json again;

	*ret_entry = (struct store_entry){ 0 };
	if (length == 0 || length > LINE_MAX_BYTES || line[length - 1] != '\n')
		return -EINVAL;
	int r = json_read_copy(line, length, take_member, ret_entry);

	if (r < 0)
		return r;
	json_init(&again);
	store_entry_write(&again, ret_entry);
	return json_compare(&again, line, length);
}

/* ---- which of them counts ---- */

void store_current_write(const struct store_current *current, char text[STORE_CURRENT_MAX])
{
	int length =
		snprintf(text, STORE_CURRENT_MAX, "confirmed %" PRIu64 "\n", current->confirmed);

	if (current->pending)
		snprintf(text + length, STORE_CURRENT_MAX - (size_t)length,
			"pending %" PRIu64 " %" PRId64 " %s %" PRId64 "\n", current->pending,
			current->deadline, current->boot, current->deadline_boot);
}

int store_current_read(const char *text, size_t length, struct store_current *ret_current)
{
	struct store_current current = { 0 };
	char copy[STORE_CURRENT_MAX], again[STORE_CURRENT_MAX];

	if (length >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, length);
	copy[length] = '\0';
	int count =
		sscanf(copy, "confirmed %" SCNu64 " pending %" SCNu64 " %" SCNd64 " %36s %" SCNd64,
			&current.confirmed, &current.pending, &current.deadline, current.boot,
			&current.deadline_boot);

	if (count != 1 && count != 5)
		return -EINVAL;
	store_current_write(&current, again);
	if (strlen(again) != length || memcmp(again, text, length) != 0)
		return -EINVAL;
	*ret_current = current;
	return 0;
}
