/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/errtext.h"
#include "clock.h"

#define NAME_MAX_BYTES 32 /* POLICY_NAME_MAX */
#define POLICIES_KEPT  16

/* An event that waits, with its own copies of all texts. */
struct waiting {
	struct waiting *next;
	struct record_event event;
	struct record_extra *extras;
	char *texts;
};

/* A policy, as lines name it. */
struct named_policy {
	char revision[16], profile[NAME_MAX_BYTES + 1], model[NAME_MAX_BYTES + 1];
};

struct journal {
	struct logwrite *log;
	journal_changed_function changed;
	void *data;
	char site[LOGWRITE_TEXT_MAX], table[LOGWRITE_TEXT_MAX];
	struct named_policy policies[POLICIES_KEPT]; /* a ring */
	size_t next_policy;
	struct json line;
	struct waiting *first, *last;
	size_t waiting;
	uint64_t events_lost;
	bool in_epoch;
	int error; /* why the log cannot be written, 0: it can */
};

int journal_open(const char *directory, const struct logwrite_io *io,
	journal_changed_function changed, void *data, struct journal **ret_journal,
	struct logwrite_state *ret_state)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	if (!journal)
		return -ENOMEM;
	json_init(&journal->line);
	journal->changed = changed;
	journal->data = data;
	int r = logwrite_open(directory, io, &journal->log, ret_state);
	if (r < 0) {
		free(journal);
		return r;
	}
	memcpy(journal->site, ret_state->site, sizeof(journal->site));
	memcpy(journal->table, ret_state->table, sizeof(journal->table));
	*ret_journal = journal;
	return 0;
}

static void drop_first(struct journal *journal)
{
	struct waiting *waiting = journal->first;
	journal->first = waiting->next;
	if (!journal->first)
		journal->last = NULL;
	journal->waiting--;
	free(waiting->extras);
	free(waiting->texts);
	free(waiting);
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	journal_rollback(journal);
	(void)journal_retry(journal);
	while (journal->first)
		drop_first(journal);
	logwrite_close(journal->log);
	json_clear(&journal->line);
	free(journal);
}

static int set_text(char text[LOGWRITE_TEXT_MAX], const char *value)
{
	size_t size = strlen(value) + 1;
	if (size > LOGWRITE_TEXT_MAX)
		return -EINVAL;
	memcpy(text, value, size);
	return 0;
}

int journal_set_site(struct journal *journal, const char *site)
{
	return set_text(journal->site, site);
}

int journal_set_table(struct journal *journal, const char *table)
{
	return set_text(journal->table, table);
}

void journal_get_table(const struct journal *journal, char table[LOGWRITE_TEXT_MAX])
{
	memcpy(table, journal->table, LOGWRITE_TEXT_MAX);
}

void journal_set_segment(struct journal *journal, uint64_t bytes)
{
	logwrite_set_segment(journal->log, bytes);
}

uint64_t journal_sequence(const struct journal *journal)
{
	return logwrite_committed(journal->log);
}

struct logwrite *journal_log(struct journal *journal)
{
	return journal->in_epoch || journal->error ? NULL : journal->log;
}

static const struct named_policy *find_policy(const struct journal *journal, const char *revision)
{
	for (size_t i = 0; revision && revision[0] != '\0' && i < POLICIES_KEPT; i++)
		if (strcmp(journal->policies[i].revision, revision) == 0)
			return &journal->policies[i];
	return NULL;
}

int journal_add_policy(
	struct journal *journal, const char *revision, const char *profile, const char *model)
{
	struct named_policy *policy = &journal->policies[journal->next_policy];
	if (strlen(revision) >= sizeof(policy->revision) ||
		strlen(profile) >= sizeof(policy->profile) ||
		strlen(model) >= sizeof(policy->model))
		return -EINVAL;
	if (find_policy(journal, revision))
		return 0; /* a revision always stands for the same */
	snprintf(policy->revision, sizeof(policy->revision), "%s", revision);
	snprintf(policy->profile, sizeof(policy->profile), "%s", profile);
	snprintf(policy->model, sizeof(policy->model), "%s", model);
	journal->next_policy = (journal->next_policy + 1) % POLICIES_KEPT;
	return 0;
}

/* Of a line that carries this revision, NULL for none. */
static struct record_origin origin(const struct journal *journal, const char *revision)
{
	const struct named_policy *policy = find_policy(journal, revision);
	return (struct record_origin){
		.site = journal->site,
		.table = journal->table,
		.profile = policy ? policy->profile : NULL,
		.model = policy ? policy->model : NULL,
	};
}

/* Which day it is decides about the file of a group, at its first line. */
static int64_t time_of(const struct journal *journal)
{
	bool first = logwrite_sequence(journal->log) == logwrite_committed(journal->log) + 1;
	return first ? clock_realtime() : 0;
}

/* Give the line that was made to the log. */
static int put_line(struct journal *journal)
{
	int r = -ENOMEM;
	if (!journal->line.failed)
		r = logwrite_line(
			journal->log, journal->line.text, journal->line.length, time_of(journal));
	json_reset(&journal->line);
	return r;
}

static int put_event(struct journal *journal, const struct record_event *event)
{
	const struct record_origin by = origin(journal, event->revision);
	record_event_write(&journal->line, &by, logwrite_sequence(journal->log), event);
	return put_line(journal);
}

/* Copies of an event -------------------------------------------------------------------------- */

static size_t text_size(const char *text)
{
	return text ? strlen(text) + 1 : 0;
}

static const char *copy_text(char **room, const char *text)
{
	if (!text)
		return NULL;
	size_t size = strlen(text) + 1;
	char *copy = memcpy(*room, text, size);
	*room += size;
	return copy;
}

static struct waiting *copy_event(const struct record_event *event)
{
	size_t size = text_size(event->action) + text_size(event->outcome) +
		      text_size(event->revision) + text_size(event->message);
	for (size_t i = 0; i < event->extra_count; i++)
		size += text_size(event->extras[i].key) + text_size(event->extras[i].text);
	struct waiting *copy = calloc(1, sizeof(*copy));
	if (!copy)
		return NULL;
	copy->texts = malloc(size + 1);
	copy->extras = calloc(event->extra_count + 1, sizeof(*copy->extras));
	if (!copy->texts || !copy->extras) {
		free(copy->texts);
		free(copy->extras);
		free(copy);
		return NULL;
	}
	char *room = copy->texts;
	copy->event = *event;
	copy->event.action = copy_text(&room, event->action);
	copy->event.outcome = copy_text(&room, event->outcome);
	copy->event.revision = copy_text(&room, event->revision);
	copy->event.message = copy_text(&room, event->message);
	copy->event.extras = copy->extras;
	for (size_t i = 0; i < event->extra_count; i++) {
		copy->extras[i] = event->extras[i];
		copy->extras[i].key = copy_text(&room, event->extras[i].key);
		copy->extras[i].text = copy_text(&room, event->extras[i].text);
	}
	return copy;
}

void journal_queue(struct journal *journal, const struct record_event *event)
{
	struct waiting *copy = journal->waiting < JOURNAL_EVENTS_MAX ? copy_event(event) : NULL;
	if (!copy) {
		journal->events_lost++;
		return;
	}
	if (journal->last)
		journal->last->next = copy;
	else
		journal->first = copy;
	journal->last = copy;
	journal->waiting++;
}

/* Failure ------------------------------------------------------------------------------------- */

static void fail(struct journal *journal, int error)
{
	if (journal->error) {
		journal->error = error;
		return;
	}
	const struct record_extra extra = { .key = "error", .text = errtext_english(error) };
	const struct record_event event = {
		.time = clock_realtime(),
		.action = "log-failed",
		.outcome = "failure",
		.message = "the log cannot be written; the kernel goes on blocking and counting",
		.extras = &extra,
		.extra_count = 1,
	};
	journal->error = error;
	journal_queue(journal, &event);
	journal->changed(error, journal->data);
}

static int put_recovery(struct journal *journal)
{
	const struct record_event recovered = {
		.time = clock_realtime(),
		.action = "log-recovered",
		.outcome = "success",
		.message = "the log can be written again",
	};
	return journal->error ? put_event(journal, &recovered) : 0;
}

static int put_lost(struct journal *journal)
{
	const struct record_extra count = { .key = "count", .number = journal->events_lost };
	const struct record_event lost = {
		.time = clock_realtime(),
		.action = "events-lost",
		.outcome = "failure",
		.message = "events were lost while the log could not be written",
		.extras = &count,
		.extra_count = 1,
	};
	return journal->events_lost ? put_event(journal, &lost) : 0;
}

int journal_retry(struct journal *journal)
{
	if (journal->in_epoch || (!journal->first && !journal->events_lost))
		return journal->error;
	int r = 0;
	for (struct waiting *next = journal->first; next && r == 0; next = next->next)
		r = put_event(journal, &next->event);
	if (r == 0)
		r = put_lost(journal);
	if (r == 0)
		r = put_recovery(journal);
	if (r == 0)
		r = logwrite_commit(journal->log);
	if (r < 0) {
		logwrite_rollback(journal->log);
		fail(journal, r);
		return r;
	}
	while (journal->first)
		drop_first(journal);
	journal->events_lost = 0;
	if (journal->error) {
		journal->error = 0;
		journal->changed(0, journal->data);
	}
	return 0;
}

void journal_flush(struct journal *journal)
{
	/* While it cannot be written, only the timer tries. */
	if (!journal->error)
		(void)journal_retry(journal);
}

void journal_event(struct journal *journal, const struct record_event *event)
{
	journal_queue(journal, event);
	journal_flush(journal);
}

bool journal_waits(const struct journal *journal)
{
	return journal->first || journal->events_lost;
}

/* Epochs -------------------------------------------------------------------------------------- */

int journal_begin(struct journal *journal)
{
	if (journal->error)
		return -EBUSY;
	journal->in_epoch = true;
	return 0;
}

void journal_rollback(struct journal *journal)
{
	if (!journal->in_epoch)
		return;
	logwrite_rollback(journal->log);
	journal->in_epoch = false;
	if (!journal->error)
		(void)journal_retry(journal);
}

/* The epoch cannot be written. */
static int give_up(struct journal *journal, int error)
{
	logwrite_rollback(journal->log);
	journal->in_epoch = false;
	fail(journal, error);
	return error;
}

int journal_flow(struct journal *journal, const struct record_flow *flow)
{
	const struct record_origin by = origin(journal, flow->revision);
	record_flow_write(&journal->line, &by, logwrite_sequence(journal->log), flow);
	int r = put_line(journal);
	return r < 0 ? give_up(journal, r) : 0;
}

int journal_note(struct journal *journal, const struct record_event *event)
{
	int r = put_event(journal, event);
	return r < 0 ? give_up(journal, r) : 0;
}

/* The last line was given to the log, or not (r). */
static int end_group(struct journal *journal, int r)
{
	if (r == 0)
		r = logwrite_commit(journal->log);
	if (r < 0)
		return give_up(journal, r);
	journal->in_epoch = false;
	(void)journal_retry(journal);
	return 0;
}

int journal_commit(struct journal *journal, const struct record_ledger *ledger)
{
	const struct record_origin by = origin(journal, NULL);
	record_ledger_write(
		&journal->line, &by, logwrite_sequence(journal->log), clock_realtime(), ledger);
	return end_group(journal, put_line(journal));
}

int journal_commit_event(struct journal *journal, const struct record_event *event)
{
	return end_group(journal, put_event(journal, event));
}
