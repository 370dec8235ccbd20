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
	static const char *const inner[] = { "flow-blocked", "flow-observed", "overflow",
		"detail-lost", "records-lost" };
	return !is_one_of(line->action, inner, sizeof(inner) / sizeof(inner[0]));
}

/* The end of more lines than itself, perhaps. */
static bool is_group(const struct line *line)
{
	static const char *const actions[] = { "ledger", "records-recovered" };
	return is_one_of(line->action, actions, sizeof(actions) / sizeof(actions[0]));
}

static bool has_state(const struct line *line)
{
	static const char *const actions[] = { "ledger", "recorder-start" };
	return is_one_of(line->action, actions, sizeof(actions) / sizeof(actions[0]));
}

/* Events that may have been written by one commit: more than the recorder lets wait. */
#define EVENTS_AT_ONCE 1100

/*
 * Going back. What was synced is whole; of the last commit, which may not have been, a power cut
 * can have left any part: its end, with nothing but zeros before it. So a group's end is not the
 * log's end as long as a line of the same commit is none. A commit is an epoch or a number of
 * events.
 */
struct search {
	bool found;	     /* the end of a group, everything behind which was whole so far */
	struct line end;     /* its line */
	struct logtail tail; /* where it is */
	uint64_t next;	     /* sequence number of the line behind the one that is looked at */
	bool inside;	     /* the line before may be of the same group */
	unsigned int events; /* that were looked at since it was found */
};

static void take_end(struct search *search, const struct line *line,
	const struct logread_position *begin, size_t length)
{
	search->found = true;
	search->end = *line;
	memcpy(search->tail.file, begin->file, sizeof(search->tail.file));
	search->tail.end = begin->offset + (int64_t)length + 1;
	search->inside = is_group(line);
	search->events = 0;
}

/* True: what is before this line was written by an earlier commit. */
static bool look_at(struct search *search, const struct line *line, bool valid,
	const struct logread_position *begin, size_t length)
{
	/* A commit lies in one file; the file before may end with what could not be cut off. */
	if (search->found && strcmp(begin->file, search->tail.file) != 0)
		return true;
	bool whole = valid && (!search->found || line->state.sequence + 1 == search->next);
	bool end = valid && ends_group(line);
	search->next = line->state.sequence;
	if (!whole)
		search->found = false;
	if (search->found && end &&
		(search->inside || is_group(line) || ++search->events > EVENTS_AT_ONCE))
		return true;
	if (!search->found && end)
		take_end(search, line, begin, length);
	return false;
}

/* Back to the end of the last whole group. 1 with its line, 0 when there is none, negative errno.
 */
static int find_end(struct logread *log, struct logtail *tail, struct line *line)
{
	struct search search = { 0 };
	char *text;
	size_t length;
	bool enough = false;
	int r = 1;
	while (!enough && (r = logread_previous(log, &text, &length)) > 0) {
		struct logread_position begin;
		struct line found;
		logread_tell(log, &begin);
		bool valid = parse(text, length, &found) == 0;
		enough = look_at(&search, &found, valid, &begin, length);
	}
	if (r < 0 || !search.found)
		return r < 0 ? r : 0;
	*tail = search.tail;
	*line = search.end;
	struct logread_position at = { .offset = tail->end };
	memcpy(at.file, tail->file, sizeof(at.file));
	logread_seek(log, &at);
	r = logread_previous(log, &text, &length);
	return r < 0 ? r : 1;
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
