/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What may be done with an exception, and when. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "exception.h"
#include "width.h"

const char *exception_state_name(enum exception_state state)
{
	static const char *const names[] = {
		[EXCEPTION_REQUESTED] = "requested",
		[EXCEPTION_GRANTED] = "granted",
		[EXCEPTION_REFUSED] = "refused",
		[EXCEPTION_EMERGENCY] = "emergency",
		[EXCEPTION_REVOKED] = "revoked",
		[EXCEPTION_EXPIRED] = "expired",
	};

	return names[state];
}

/* ---- what is ---- */

/* In a state that its end ends? */
static bool is_open(const struct exception *exception)
{
	return exception->state == EXCEPTION_REQUESTED || exception->state == EXCEPTION_GRANTED ||
	       exception->state == EXCEPTION_EMERGENCY;
}

bool exception_is_over(const struct exception *exception, int64_t now)
{
	return is_open(exception) && exception->request.end <= now;
}

enum exception_state exception_state_at(const struct exception *exception, int64_t now)
{
	return exception_is_over(exception, now) ? EXCEPTION_EXPIRED : exception->state;
}

bool exception_in_force(const struct exception *exception, int64_t now)
{
	enum exception_state state = exception_state_at(exception, now);

	return (state == EXCEPTION_GRANTED || state == EXCEPTION_EMERGENCY) &&
	       exception->request.start <= now;
}

bool exception_report_due(const struct exception *exception)
{
	return exception->request.emergency && exception->reported.line == 0;
}

/* ---- checks ---- */

struct check {
	const struct exception_register *reg;
	const struct exception_entry *entry;
	const struct exception_limits *limits; /* NULL: the line was written already */
	struct exception_refusal *refusal;
};

static int refuse(const struct check *check, enum exception_error error)
{
	check->refusal->error = error;
	return -EINVAL;
}

static int refuse_text(
	const struct check *check, enum exception_error error, const char *key, int64_t number)
{
	snprintf(check->refusal->what, sizeof(check->refusal->what), "%s", key);
	check->refusal->number = number;
	return refuse(check, error);
}

static int refuse_number(const struct check *check, enum exception_error error, int64_t number)
{
	check->refusal->number = number;
	return refuse(check, error);
}

static int refuse_other(
	const struct check *check, enum exception_error error, const struct exception *other)
{
	snprintf(check->refusal->id, sizeof(check->refusal->id), "%s", other->request.id);
	return refuse(check, error);
}

/* ---- texts ---- */

static int check_text(const struct check *check, const char *key, const char *text, size_t max)
{
	if (text == NULL || text[strspn(text, " ")] == '\0')
		return refuse_text(check, EXCEPTION_ERROR_MISSING, key, 0);
	if (strlen(text) > max)
		return refuse_text(check, EXCEPTION_ERROR_LONG, key, (int64_t)max);
	return width_printable_text(text) ? 0 : refuse_text(check, EXCEPTION_ERROR_TEXT, key, 0);
}

/* Numbers with commas between: none is empty. */
static int check_clauses(const struct check *check)
{
	const char *at = check->entry->clauses;

	for (;;) {
		size_t length = strcspn(at, ",");

		if (strspn(at, " ") >= length)
			return refuse(check, EXCEPTION_ERROR_CLAUSES);
		if (at[length] == '\0')
			return 0;
		at += length + 1;
	}
}

static int check_texts(const struct check *check)
{
	const struct exception_entry *entry = check->entry;
	const struct {
		const char *key, *text;
		size_t max;
	} texts[] = {
		{ "from", entry->from, EXCEPTION_PLACE_MAX },
		{ "to", entry->to, EXCEPTION_PLACE_MAX },
		{ "service", entry->service, EXCEPTION_PLACE_MAX },
		{ "clauses", entry->clauses, EXCEPTION_PLACE_MAX },
		{ "reason", entry->text, EXCEPTION_TEXT_MAX },
	};
	int r = 0;

	for (size_t i = 0; r == 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
		r = check_text(check, texts[i].key, texts[i].text, texts[i].max);
	return r < 0 ? r : check_clauses(check);
}

/* ---- times ---- */

static int check_length(const struct check *check)
{
	const struct exception_entry *entry = check->entry;
	int64_t length = entry->end - entry->start;

	if (check->limits == NULL)
		return 0;
	if (entry->emergency && length > check->limits->emergency)
		return refuse_number(
			check, EXCEPTION_ERROR_EMERGENCY_LONG, check->limits->emergency);
	if (!entry->emergency && length > check->limits->longest)
		return refuse_number(check, EXCEPTION_ERROR_TOO_LONG, check->limits->longest);
	return 0;
}

static int check_times(const struct check *check)
{
	const struct exception_entry *entry = check->entry;

	if (entry->end <= 0 || entry->end > EXCEPTION_TIME_LAST)
		return refuse(check, EXCEPTION_ERROR_ENDLESS);
	if (entry->end <= entry->start)
		return refuse(check, EXCEPTION_ERROR_REVERSED);
	if (entry->end <= entry->time)
		return refuse(check, EXCEPTION_ERROR_PAST);
	if (entry->start < entry->time - EXCEPTION_TOLERANCE)
		return refuse(check, EXCEPTION_ERROR_BACKDATED);
	if (entry->emergency && entry->start > entry->time)
		return refuse(check, EXCEPTION_ERROR_EMERGENCY_LATER);
	return check_length(check);
}

/* ---- others on the same path ---- */

static bool is_same_path(const struct exception_entry *a, const struct exception_entry *b)
{
	return strcmp(a->from, b->from) == 0 && strcmp(a->to, b->to) == 0 &&
	       strcmp(a->service, b->service) == 0;
}

static bool meets(const struct check *check, const struct exception *other)
{
	const struct exception_limits *limits = check->limits;

	return is_same_path(check->entry, &other->request) ||
	       (limits->meet != NULL && limits->meet(check->entry, &other->request, limits->data));
}

/* What forbids both, if their paths meet. */
static enum exception_error compare_times(
	const struct exception_entry *entry, const struct exception *other)
{
	const struct exception_entry *request = &other->request;
	bool open = is_open(other) && !exception_is_over(other, entry->time);

	/* Else one emergency after the other would last as long as anybody likes. */
	if (entry->emergency && exception_report_due(other))
		return EXCEPTION_ERROR_UNREPORTED;
	if (!open || entry->start >= request->end || request->start >= entry->end)
		return EXCEPTION_OK;
	return entry->start == request->start && entry->end == request->end &&
			       entry->emergency == request->emergency
		       ? EXCEPTION_ERROR_DUPLICATE
		       : EXCEPTION_ERROR_OVERLAP;
}

/* Paths are compared last: that takes longest. */
static int check_other(const struct check *check, const struct exception *other)
{
	enum exception_error error = compare_times(check->entry, other);

	if (error == EXCEPTION_OK || !meets(check, other))
		return 0;
	if (error == EXCEPTION_ERROR_DUPLICATE && !is_same_path(check->entry, &other->request))
		error = EXCEPTION_ERROR_OVERLAP;
	return refuse_other(check, error, other);
}

static int check_others(const struct check *check)
{
	int r = 0;

	if (check->limits == NULL)
		return 0;
	for (size_t i = 0; r == 0 && i < check->reg->count; i++)
		r = check_other(check, &check->reg->items[i]);
	return r;
}

/* ---- actions ---- */

static int check_request(const struct check *check, const struct exception *exception)
{
	int r = check_texts(check);

	(void)exception;
	if (r == 0)
		r = check_times(check);
	return r < 0 ? r : check_others(check);
}

/* The action needs one of two states, at its time. */
static int check_state(const struct check *check, const struct exception *exception,
	enum exception_state one, enum exception_state other)
{
	enum exception_state state = exception_state_at(exception, check->entry->time);

	if (state == one || state == other)
		return 0;
	check->refusal->state = state;
	return refuse_other(check, EXCEPTION_ERROR_STATE, exception);
}

static int check_approve(const struct check *check, const struct exception *exception)
{
	const struct exception_entry *entry = check->entry;
	int r = check_state(check, exception, EXCEPTION_REQUESTED, EXCEPTION_REQUESTED);

	if (r < 0)
		return r;
	if (entry->uid != exception->request.uid)
		return entry->text ? refuse_other(check, EXCEPTION_ERROR_OVERRIDE, exception) : 0;
	if (entry->text == NULL)
		return refuse_other(check, EXCEPTION_ERROR_SELF, exception);
	return check_text(check, "override", entry->text, EXCEPTION_TEXT_MAX);
}

static int check_refuse(const struct check *check, const struct exception *exception)
{
	int r = check_state(check, exception, EXCEPTION_REQUESTED, EXCEPTION_REQUESTED);

	return r < 0 ? r : check_text(check, "reason", check->entry->text, EXCEPTION_TEXT_MAX);
}

static int check_revoke(const struct check *check, const struct exception *exception)
{
	int r = check_state(check, exception, EXCEPTION_GRANTED, EXCEPTION_EMERGENCY);

	return r < 0 ? r : check_text(check, "reason", check->entry->text, EXCEPTION_TEXT_MAX);
}

static int check_report(const struct check *check, const struct exception *exception)
{
	if (!exception->request.emergency)
		return refuse_other(check, EXCEPTION_ERROR_NO_REPORT, exception);
	if (!exception_report_due(exception))
		return refuse_other(check, EXCEPTION_ERROR_REPORTED, exception);
	return check_text(check, "report", check->entry->text, EXCEPTION_TEXT_MAX);
}

static int check_expire(const struct check *check, const struct exception *exception)
{
	if (exception_is_over(exception, check->entry->time))
		return 0;
	return refuse_other(check, EXCEPTION_ERROR_NOT_ENDED, exception);
}

static int check_repair(const struct check *check, const struct exception *exception)
{
	(void)check;
	(void)exception;
	return 0;
}

int exception_check(const struct exception_register *reg, const struct exception_entry *entry,
	const struct exception_limits *limits, struct exception_refusal *ret_refusal)
{
	static int (*const checks[EXCEPTION_ACTIONS])(
		const struct check *check, const struct exception *exception) = {
		[EXCEPTION_REQUEST] = check_request,
		[EXCEPTION_APPROVE] = check_approve,
		[EXCEPTION_REFUSE] = check_refuse,
		[EXCEPTION_REVOKE] = check_revoke,
		[EXCEPTION_REPORT] = check_report,
		[EXCEPTION_EXPIRE] = check_expire,
		[EXCEPTION_REPAIR] = check_repair,
	};
	const struct check check = { reg, entry, limits, ret_refusal };
	const struct exception *exception = exception_find(reg, entry->id);
	bool fresh = entry->action == EXCEPTION_REQUEST || entry->action == EXCEPTION_REPAIR;
	/* What was written already was permitted then. */
	uint64_t most = limits && entry->action == EXCEPTION_REQUEST ? EXCEPTION_LINES_REQUEST
								     : EXCEPTION_LINES_MAX;

	*ret_refusal = (struct exception_refusal){ .action = entry->action };
	if (reg->lines >= most)
		return refuse_number(&check, EXCEPTION_ERROR_FULL, (int64_t)most);
	if (!fresh && exception == NULL) {
		/* As it was asked for: it may be long, or hold anything. */
		if (entry->id && strlen(entry->id) < EXCEPTION_ID_MAX &&
			width_printable_text(entry->id))
			snprintf(ret_refusal->id, sizeof(ret_refusal->id), "%s", entry->id);
		return refuse(&check, EXCEPTION_ERROR_UNKNOWN);
	}
	return checks[entry->action](&check, exception);
}
