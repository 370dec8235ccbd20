/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logtail.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json.h"
#include "logread.h"
#include "logtime.h"

/* What is looked at in a line. */
struct line {
	char action[32];
	char writeahead[40];
	int64_t time;
	struct logwrite_state state;
};

static void take_text(char *text, size_t size, const struct json_member *member)
{
	snprintf(text, size, "%s", member->text);
}

static void take_number(uint64_t *value, const struct json_member *member)
{
	if (member->type == JSON_NUMBER)
		*value = strtoull(member->text, NULL, 10);
}

static int take_member(const struct json_member *member, void *data)
{
	struct line *line = data;
	const struct {
		const char *key;
		uint64_t *value;
	} numbers[] = {
		{ "event.sequence", &line->state.sequence },
		{ "hedate.epoch", &line->state.epoch },
		{ "hedate.ledger.recorded", &line->state.epoch_recorded },
		{ "hedate.ledger.lost", &line->state.epoch_lost },
		{ "hedate.total.recorded", &line->state.total_recorded },
		{ "hedate.total.lost", &line->state.total_lost },
	};
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (strcmp(member->key, numbers[i].key) == 0)
			take_number(numbers[i].value, member);
	if (strcmp(member->key, "event.action") == 0)
		take_text(line->action, sizeof(line->action), member);
	else if (strcmp(member->key, "hedate.writeahead") == 0)
		take_text(line->writeahead, sizeof(line->writeahead), member);
	else if (strcmp(member->key, "observer.name") == 0)
		take_text(line->state.site, sizeof(line->state.site), member);
	else if (strcmp(member->key, "hedate.table") == 0)
		take_text(line->state.table, sizeof(line->state.table), member);
	else if (strcmp(member->key, "@timestamp") == 0)
		return logtime_parse(member->text, &line->time);
	return 0;
}

/* 0; -EINVAL when it is no line of the log. */
static int parse(char *text, size_t length, struct line *ret_line)
{
	memset(ret_line, 0, sizeof(*ret_line));
	int r = json_read_object(text, length, take_member, ret_line);
	return r == 0 && ret_line->action[0] && ret_line->state.sequence ? 0 : -EINVAL;
}

static bool is_one_of(const char *action, const char *const *names, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(action, names[i]) == 0)
			return true;
	return false;
}

static bool ends_group(const struct line *line)
{
	static const char *const inner[] = { "flow-blocked", "flow-observed", "detail-lost",
		"records-lost" };
	return !is_one_of(line->action, inner, sizeof(inner) / sizeof(inner[0]));
}

static bool has_state(const struct line *line)
{
	static const char *const actions[] = { "ledger", "recorder-start" };
	return is_one_of(line->action, actions, sizeof(actions) / sizeof(actions[0]));
}

/* Back to the end of the last group. 1 with the line, 0 when there is none, negative errno. */
static int find_end(struct logread *log, struct logtail *tail, struct line *line)
{
	char *text;
	size_t length;
	int r;
	while ((r = logread_previous(log, &text, &length)) > 0) {
		struct logread_position begin;
		logread_tell(log, &begin);
		if (parse(text, length, line) < 0 || !ends_group(line))
			continue;
		memcpy(tail->file, begin.file, sizeof(tail->file));
		tail->end = begin.offset + (int64_t)length + 1;
		return 1;
	}
	return r;
}

/* From the last group's last line, which is in line, on to one that carries the state. */
static int find_state(struct logread *log, struct line *line, struct logwrite_state *state)
{
	int r = 1;
	while (r > 0 && !has_state(line)) {
		char *text;
		size_t length;
		r = logread_previous(log, &text, &length);
		if (r > 0 && parse(text, length, line) < 0)
			line->action[0] = '\0';
	}
	if (r > 0) {
		uint64_t sequence = state->sequence;
		int64_t time = state->time;
		*state = line->state;
		state->sequence = sequence;
		state->time = time;
	}
	return r < 0 ? r : 0;
}

int logtail_read(const char *directory, struct logtail *ret_tail, struct logwrite_state *ret_state)
{
	struct logread *log;
	struct line line = { 0 };
	memset(ret_tail, 0, sizeof(*ret_tail));
	memset(ret_state, 0, sizeof(*ret_state));
	int r = logread_open(directory, &log);
	if (r < 0)
		return r;
	r = logread_seek_end(log);
	if (r >= 0)
		r = find_end(log, ret_tail, &line);
	if (r > 0) {
		ret_state->sequence = line.state.sequence;
		ret_state->time = line.time;
		r = find_state(log, &line, ret_state);
	}
	logread_close(log);
	return r < 0 ? r : 0;
}

int logtail_find(const char *directory, uint64_t sequence, const char *action, const char *value)
{
	struct logread *log;
	struct line line;
	char *text;
	size_t length;
	bool found = false, passed = false;
	int r = logread_open(directory, &log);
	if (r < 0)
		return r;
	r = logread_seek_end(log);
	while (r >= 0 && !found && !passed && (r = logread_previous(log, &text, &length)) > 0) {
		if (parse(text, length, &line) < 0)
			continue;
		passed = line.state.sequence <= sequence;
		found = !passed && strcmp(line.action, action) == 0 &&
			strcmp(line.writeahead, value) == 0;
	}
	logread_close(log);
	return r < 0 ? r : found;
}
