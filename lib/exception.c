/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The register as a whole: what its lines add up to. */
#include "exception.h"

#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "array.h"

static void set_digest(struct exception_register *reg, const char *line, size_t length)
{
	crypto_generichash(
		reg->digest, sizeof(reg->digest), (const unsigned char *)line, length, NULL, 0);
}

void exception_register_init(struct exception_register *reg)
{
	*reg = (struct exception_register){ 0 };
	set_digest(reg, "", 0);
}

static void clear_step(struct exception_step *step)
{
	free(step->user);
	free(step->text);
	*step = (struct exception_step){ 0 };
}

static void clear_exception(struct exception *exception)
{
	exception_entry_clear(&exception->request);
	clear_step(&exception->decided);
	clear_step(&exception->ended);
	clear_step(&exception->reported);
}

void exception_register_clear(struct exception_register *reg)
{
	for (size_t i = 0; i < reg->count; i++)
		clear_exception(&reg->items[i]);
	free(reg->items);
	strmap_clear(&reg->ids);
	exception_register_init(reg);
}

static struct exception *find(const struct exception_register *reg, const char *id)
{
	size_t index;

	return id && strmap_find(&reg->ids, id, &index) ? &reg->items[index] : NULL;
}

const struct exception *exception_find(const struct exception_register *reg, const char *id)
{
	return find(reg, id);
}

/* ---- what comes next ---- */

/* Numbers go up by one in the order of the lines, so the last request tells. */
static int next_id(const struct exception_register *reg, int64_t time, char **ret_id)
{
	const char *last = reg->count ? reg->items[reg->count - 1].request.id : "";
	time_t seconds = (time_t)time;
	unsigned int year = 0, number = 0;
	struct tm tm;

	gmtime_r(&seconds, &tm);
	if (sscanf(last, "X-%u-%u", &year, &number) != 2 || (int)year != tm.tm_year + 1900)
		number = 0;
	if (asprintf(ret_id, "X-%04d-%04u", tm.tm_year + 1900, number + 1) < 0)
		return -ENOMEM;
	return 0;
}

int exception_prepare(const struct exception_register *reg, struct exception_entry *entry)
{
	entry->line = reg->lines + 1;
	if (entry->time < reg->time)
		entry->time = reg->time;
	memcpy(entry->previous, reg->digest, sizeof(entry->previous));
	if (entry->action != EXCEPTION_REQUEST)
		return 0;
	if (entry->start == 0)
		entry->start = entry->time;
	if (entry->id)
		return 0;
	return next_id(reg, entry->time, &entry->id);
}

/* ---- taking an entry ---- */

static int copy_text(const char *text, char **ret_copy)
{
	*ret_copy = text ? strdup(text) : NULL;
	return text && *ret_copy == NULL ? -ENOMEM : 0;
}

static int copy_entry(const struct exception_entry *entry, struct exception_entry *ret_copy)
{
	*ret_copy = *entry;
	ret_copy->id = ret_copy->user = ret_copy->from = ret_copy->to = NULL;
	ret_copy->service = ret_copy->clauses = ret_copy->text = NULL;
	if (copy_text(entry->id, &ret_copy->id) < 0 ||
		copy_text(entry->user, &ret_copy->user) < 0 ||
		copy_text(entry->from, &ret_copy->from) < 0 ||
		copy_text(entry->to, &ret_copy->to) < 0 ||
		copy_text(entry->service, &ret_copy->service) < 0 ||
		copy_text(entry->clauses, &ret_copy->clauses) < 0 ||
		copy_text(entry->text, &ret_copy->text) < 0) {
		exception_entry_clear(ret_copy);
		return -ENOMEM;
	}
	return 0;
}

static int add_request(struct exception_register *reg, const struct exception_entry *entry)
{
	struct exception *exception;
	int r;

	struct exception *items = array_reserve(reg->items, sizeof(*items), reg->count, &reg->room);

	if (!items)
		return -ENOMEM;
	reg->items = items;
	exception = &reg->items[reg->count];
	*exception = (struct exception){ 0 };
	if ((r = copy_entry(entry, &exception->request)) < 0)
		return r;
	exception->state = entry->emergency ? EXCEPTION_EMERGENCY : EXCEPTION_REQUESTED;
	if ((r = strmap_add(&reg->ids, exception->request.id, reg->count)) < 0) {
		clear_exception(exception);
		return r;
	}
	reg->count++;
	return 0;
}

static int take_step(struct exception_step *step, const struct exception_entry *entry)
{
	*step = (struct exception_step){ entry->line, entry->time, entry->uid, NULL, NULL };
	if (copy_text(entry->user, &step->user) < 0 || copy_text(entry->text, &step->text) < 0) {
		clear_step(step);
		return -ENOMEM;
	}
	return 0;
}

/* What an action does to an exception that is there already. */
static int add_step(struct exception *exception, const struct exception_entry *entry)
{
	const struct {
		struct exception_step *step;
		enum exception_state state;
	} effects[EXCEPTION_ACTIONS] = {
		[EXCEPTION_APPROVE] = { &exception->decided, EXCEPTION_GRANTED },
		[EXCEPTION_REFUSE] = { &exception->decided, EXCEPTION_REFUSED },
		[EXCEPTION_REVOKE] = { &exception->ended, EXCEPTION_REVOKED },
		[EXCEPTION_REPORT] = { &exception->reported, exception->state },
		[EXCEPTION_EXPIRE] = { &exception->ended, EXCEPTION_EXPIRED },
	};
	struct exception_step *step = effects[entry->action].step;
	int r = step ? take_step(step, entry) : -EINVAL;

	if (r == 0)
		exception->state = effects[entry->action].state;
	return r;
}

int exception_add(struct exception_register *reg, const struct exception_entry *entry,
	const char *line, size_t length)
{
	struct exception *exception = find(reg, entry->id);
	int r = 0;

	if (entry->action == EXCEPTION_REQUEST)
		r = add_request(reg, entry);
	else if (entry->action != EXCEPTION_REPAIR)
		r = exception ? add_step(exception, entry) : -EINVAL;
	if (r < 0)
		return r;
	reg->lines = entry->line;
	reg->time = entry->time;
	set_digest(reg, line, length);
	return 0;
}

/* ---- reading all of it ---- */

/* Does the entry follow what is there? Its number and time, its digest, its id, its action. */
static const char *check_place(
	const struct exception_register *reg, const struct exception_entry *entry)
{
	struct exception_refusal refusal;
	const char *wrong = NULL;
	char *id = NULL;

	if (entry->line != reg->lines + 1)
		return "its number does not follow";
	if (memcmp(entry->previous, reg->digest, sizeof(reg->digest)) != 0)
		return "the line before is not the one that it was written after";
	if (entry->time < reg->time)
		return "its time is before that of the line before";
	if (exception_check(reg, entry, NULL, &refusal) < 0)
		return "the lines before do not permit it";
	if (entry->action != EXCEPTION_REQUEST)
		return NULL;
	if (next_id(reg, entry->time, &id) < 0)
		return "out of memory";
	if (strcmp(id, entry->id) != 0)
		wrong = "its exception's number does not follow";
	free(id);
	return wrong;
}

static int read_line(struct exception_register *reg, const char *line, size_t length,
	struct exception_reading *reading)
{
	struct exception_entry entry;
	const char *wrong = NULL;
	int r = exception_line_read(line, length, &entry);

	if (r == -EINVAL)
		wrong = "it is no line of a register";
	else if (r == 0)
		wrong = check_place(reg, &entry);
	if (wrong == NULL && r == 0)
		r = exception_add(reg, &entry, line, length);
	exception_entry_clear(&entry);
	if (wrong == NULL)
		return r;
	reading->broken_line = reg->lines + 1;
	snprintf(reading->broken, sizeof(reading->broken), "%s", wrong);
	return -EBADMSG;
}

int exception_register_read(struct exception_register *reg, const char *text, size_t length,
	struct exception_reading *ret_reading)
{
	size_t at = 0;

	*ret_reading = (struct exception_reading){ 0 };
	while (at < length) {
		const char *newline = memchr(text + at, '\n', length - at);
		size_t size;
		int r;

		if (newline == NULL)
			break;
		size = (size_t)(newline - (text + at)) + 1;
		if ((r = read_line(reg, text + at, size, ret_reading)) < 0)
			return r;
		at += size;
	}
	ret_reading->valid = at;
	ret_reading->torn = length - at;
	return 0;
}
