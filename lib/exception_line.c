/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Lines of the register: one table of their members, for writing and for reading. */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "exception.h"

static const char *const action_names[EXCEPTION_ACTIONS] = {
	[EXCEPTION_REQUEST] = "request",
	[EXCEPTION_APPROVE] = "approve",
	[EXCEPTION_REFUSE] = "refuse",
	[EXCEPTION_REVOKE] = "revoke",
	[EXCEPTION_REPORT] = "report",
	[EXCEPTION_EXPIRE] = "expire",
	[EXCEPTION_REPAIR] = "repair",
};

const char *exception_action_name(enum exception_action action)
{
	return action_names[action];
}

/* ---- members ---- */

enum member_type {
	MEMBER_NUMBER,
	MEMBER_UID,
	MEMBER_TIME,
	MEMBER_ACTION,
	MEMBER_TEXT,
	MEMBER_FLAG,
	MEMBER_DIGEST,
};

#define ON(action)  (1u << (action))
#define ALL_ACTIONS ((1u << EXCEPTION_ACTIONS) - 1)
#define AT(member)  offsetof(struct exception_entry, member)

struct member {
	const char *key;
	enum member_type type;
	size_t offset;
	unsigned int actions; /* whose lines have it */
	bool optional;
};

static const struct member members[] = {
	{ "line", MEMBER_NUMBER, AT(line), ALL_ACTIONS, false },
	{ "time", MEMBER_TIME, AT(time), ALL_ACTIONS, false },
	{ "action", MEMBER_ACTION, AT(action), ALL_ACTIONS, false },
	{ "exception", MEMBER_TEXT, AT(id), ALL_ACTIONS & ~ON(EXCEPTION_REPAIR), false },
	{ "uid", MEMBER_UID, AT(uid), ALL_ACTIONS, false },
	{ "user", MEMBER_TEXT, AT(user), ALL_ACTIONS, false },
	{ "from", MEMBER_TEXT, AT(from), ON(EXCEPTION_REQUEST), false },
	{ "to", MEMBER_TEXT, AT(to), ON(EXCEPTION_REQUEST), false },
	{ "service", MEMBER_TEXT, AT(service), ON(EXCEPTION_REQUEST), false },
	{ "start", MEMBER_TIME, AT(start), ON(EXCEPTION_REQUEST), false },
	{ "end", MEMBER_TIME, AT(end), ON(EXCEPTION_REQUEST), false },
	{ "emergency", MEMBER_FLAG, AT(emergency), ON(EXCEPTION_REQUEST), false },
	{ "clauses", MEMBER_TEXT, AT(clauses), ON(EXCEPTION_REQUEST), false },
	{ "reason", MEMBER_TEXT, AT(text),
		ON(EXCEPTION_REQUEST) | ON(EXCEPTION_REFUSE) | ON(EXCEPTION_REVOKE), false },
	{ "override", MEMBER_TEXT, AT(text), ON(EXCEPTION_APPROVE), true },
	{ "report", MEMBER_TEXT, AT(text), ON(EXCEPTION_REPORT), false },
	{ "bytes", MEMBER_NUMBER, AT(bytes), ON(EXCEPTION_REPAIR), false },
	{ "previous", MEMBER_DIGEST, AT(previous), ALL_ACTIONS, false },
};
#define MEMBER_COUNT (sizeof(members) / sizeof(members[0]))

static void *place_of(struct exception_entry *entry, const struct member *member)
{
	return (char *)entry + member->offset;
}

static const void *value_of(const struct exception_entry *entry, const struct member *member)
{
	return (const char *)entry + member->offset;
}

/* ---- times ---- */

void exception_time_format(int64_t time, char text[EXCEPTION_TIME_MAX])
{
	time_t seconds = (time_t)(time < 0		       ? 0
				  : time > EXCEPTION_TIME_LAST ? EXCEPTION_TIME_LAST
							       : time);
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(text, EXCEPTION_TIME_MAX, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

/* What is not written as exception_time_format() does is no time. */
int exception_time_parse(const char *text, int64_t *ret_time)
{
	char again[EXCEPTION_TIME_MAX];
	struct tm tm = { 0 };
	const char *end = strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm);
	int64_t time = end == NULL || *end != '\0' ? -1 : timegm(&tm);

	if (time < 0 || time > EXCEPTION_TIME_LAST)
		return -EINVAL;
	exception_time_format(time, again);
	if (strcmp(again, text) != 0)
		return -EINVAL;
	*ret_time = time;
	return 0;
}

/* ---- writing ---- */

static void write_value(
	struct json *json, const struct exception_entry *entry, const struct member *member)
{
	const void *value = value_of(entry, member);
	char text[2 * EXCEPTION_DIGEST + 1];

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
	case MEMBER_ACTION:
		json_string(json, action_names[*(const enum exception_action *)value]);
		break;
	case MEMBER_TEXT:
		json_string(json, *(char *const *)value ? *(char *const *)value : "");
		break;
	case MEMBER_FLAG:
		json_bool(json, *(const bool *)value);
		break;
	case MEMBER_DIGEST:
		sodium_bin2hex(text, sizeof(text), value, EXCEPTION_DIGEST);
		json_string(json, text);
		break;
	}
}

static bool is_written(const struct exception_entry *entry, const struct member *member)
{
	if (!(member->actions & ON(entry->action)))
		return false;
	return !member->optional || *(char *const *)value_of(entry, member) != NULL;
}

void exception_line_write(struct json *json, const struct exception_entry *entry)
{
	json_object_begin(json);
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		if (!is_written(entry, &members[i]))
			continue;
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

static int read_action(const char *text, enum exception_action *ret_action)
{
	for (int i = 0; i < EXCEPTION_ACTIONS; i++) {
		if (strcmp(text, action_names[i]) == 0) {
			*ret_action = (enum exception_action)i;
			return 0;
		}
	}
	return -EINVAL;
}

static int read_text(const char *text, char **place)
{
	if (*place != NULL)
		return -EINVAL;
	*place = strdup(text);
	return *place == NULL ? -ENOMEM : 0;
}

static int read_digest(const char *text, uint8_t digest[EXCEPTION_DIGEST])
{
	size_t length;
	int r = sodium_hex2bin(digest, EXCEPTION_DIGEST, text, strlen(text), NULL, &length, NULL);

	return r < 0 || length != EXCEPTION_DIGEST ? -EINVAL : 0;
}

static int read_value(const struct json_member *from, const struct member *member, void *place)
{
	static const enum json_type types[] = {
		[MEMBER_NUMBER] = JSON_NUMBER,
		[MEMBER_UID] = JSON_NUMBER,
		[MEMBER_TIME] = JSON_STRING,
		[MEMBER_ACTION] = JSON_STRING,
		[MEMBER_TEXT] = JSON_STRING,
		[MEMBER_FLAG] = JSON_TRUE,
		[MEMBER_DIGEST] = JSON_STRING,
	};
	uint64_t number = 0;
	int r = from->type == types[member->type] ? 0 : -EINVAL;

	switch (member->type) {
	case MEMBER_NUMBER:
		return r < 0 ? r : read_unsigned(from->text, UINT64_MAX, place);
	case MEMBER_UID:
		r = r < 0 ? r : read_unsigned(from->text, UINT32_MAX, &number);
		*(uint32_t *)place = (uint32_t)number;
		return r;
	case MEMBER_TIME:
		return r < 0 ? r : exception_time_parse(from->text, place);
	case MEMBER_ACTION:
		return r < 0 ? r : read_action(from->text, place);
	case MEMBER_TEXT:
		return r < 0 ? r : read_text(from->text, place);
	case MEMBER_FLAG:
		*(bool *)place = from->type == JSON_TRUE;
		return from->type == JSON_TRUE || from->type == JSON_FALSE ? 0 : -EINVAL;
	case MEMBER_DIGEST:
		return r < 0 ? r : read_digest(from->text, place);
	}
	return -EINVAL;
}

/* The action stands before all that depends on it; a wrong order is found by writing again. */
static int take_member(const struct json_member *from, void *data)
{
	struct exception_entry *entry = data;

	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		if (strcmp(members[i].key, from->key) == 0)
			return read_value(from, &members[i], place_of(entry, &members[i]));
	}
	return -EINVAL;
}

int exception_line_read(const char *line, size_t length, struct exception_entry *ret_entry)
{
	struct json again;

	*ret_entry = (struct exception_entry){ 0 };
	if (length == 0 || length > EXCEPTION_LINE_MAX || line[length - 1] != '\n')
		return -EINVAL;
	int r = json_read_copy(line, length, take_member, ret_entry);

	if (r < 0)
		return r;
	json_init(&again);
	exception_line_write(&again, ret_entry);
	return json_compare(&again, line, length);
}

void exception_entry_clear(struct exception_entry *entry)
{
	for (size_t i = 0; i < MEMBER_COUNT; i++) {
		if (members[i].type == MEMBER_TEXT) {
			char **place = place_of(entry, &members[i]);

			free(*place);
			*place = NULL;
		}
	}
	*entry = (struct exception_entry){ 0 };
}

/* ---- an exception as it is ---- */

static void write_time(struct json *json, const char *key, int64_t time)
{
	char text[EXCEPTION_TIME_MAX];

	exception_time_format(time, text);
	json_key(json, key);
	json_string(json, text);
}

static void write_text(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	json_string(json, text ? text : "");
}

/* "approved_at", "approved_uid", "approved_by", and the words, or nothing. */
static void write_step(
	struct json *json, const struct exception_step *step, const char *done, const char *words)
{
	char key[32];

	if (step->line == 0)
		return;
	snprintf(key, sizeof(key), "%s_at", done);
	write_time(json, key, step->time);
	snprintf(key, sizeof(key), "%s_uid", done);
	json_key(json, key);
	json_unsigned(json, step->uid);
	snprintf(key, sizeof(key), "%s_by", done);
	write_text(json, key, step->user);
	if (words && step->text)
		write_text(json, words, step->text);
}

void exception_write(
	struct json *json, const struct exception *exception, int64_t now, const char *suspended)
{
	const struct exception_entry *request = &exception->request;
	enum exception_state state = exception_state_at(exception, now);
	bool refused = exception->state == EXCEPTION_REFUSED;
	bool revoked = exception->state == EXCEPTION_REVOKED;

	json_object_begin(json);
	write_text(json, "exception", request->id);
	write_text(json, "state", exception_state_name(state));
	json_key(json, "in_force");
	json_bool(json, exception_in_force(exception, now) && !suspended);
	if (suspended)
		write_text(json, "suspended", suspended);
	json_key(json, "emergency");
	json_bool(json, request->emergency);
	json_key(json, "report_due");
	json_bool(json, exception_report_due(exception));
	write_text(json, "from", request->from);
	write_text(json, "to", request->to);
	write_text(json, "service", request->service);
	write_time(json, "start", request->start);
	write_time(json, "end", request->end);
	write_text(json, "clauses", request->clauses);
	write_text(json, "reason", request->text);
	write_time(json, "requested_at", request->time);
	json_key(json, "requested_uid");
	json_unsigned(json, request->uid);
	write_text(json, "requested_by", request->user);
	write_step(json, &exception->decided, refused ? "refused" : "approved",
		refused ? "refused_reason" : "override");
	write_step(json, &exception->ended, revoked ? "revoked" : "expired",
		revoked ? "revoked_reason" : NULL);
	write_step(json, &exception->reported, "reported", "report");
	json_object_end(json);
}
