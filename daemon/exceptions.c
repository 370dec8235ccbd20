/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exceptions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "../lib/errtext.h"
#include "clock.h"
#include "exceptions_impl.h"
#include "lifecycle.h"

int64_t exceptions_since(const struct exceptions *exceptions)
{
	return exceptions->seen > exceptions->reg.time ? exceptions->seen : exceptions->reg.time;
}

int64_t exceptions_now(const struct exceptions *exceptions)
{
	int64_t now = clock_realtime() / CLOCK_SECOND;
	int64_t since = exceptions_since(exceptions);

	return now > since ? now : since;
}

const char *exceptions_problem(const struct exceptions *exceptions)
{
	return exceptions->problem;
}

const struct exception_register *exceptions_register(const struct exceptions *exceptions)
{
	return &exceptions->reg;
}

/* ---- the register on disk ---- */

static void open_problem(struct exceptions *exceptions, const char *directory, int error)
{
	const char *why = errtext_english(error);

	if (error == -EWOULDBLOCK)
		why = "another process has it open";
	else if (error == -EPERM)
		why = "it belongs to another user, or others may write to it";
	else if (error == -EINVAL)
		why = "it is not a regular file";
	snprintf(exceptions->problem, sizeof(exceptions->problem), "%s/%s: %s", directory,
		EXCEPTIONFILE_NAME, why);
}

/* What a crash left of a line is cut off, and that is a line itself. */
static int repair(struct exceptions *exceptions, const struct exception_reading *reading)
{
	int r = exceptionfile_cut(exceptions->file, reading->valid);

	if (r < 0)
		return r;
	exceptions->torn = reading->torn;
	return exceptions_put_own(exceptions, EXCEPTION_REPAIR, NULL, NULL, reading->torn);
}

static int read_register(
	struct exceptions *exceptions, const char *directory, const char *text, size_t length)
{
	struct exception_reading reading;
	int r = exception_register_read(&exceptions->reg, text, length, &reading);

	if (r == -EBADMSG) {
		snprintf(exceptions->problem, sizeof(exceptions->problem),
			"%s/%s: line %" PRIu64 " is not valid: %s", directory, EXCEPTIONFILE_NAME,
			reading.broken_line, reading.broken);
		return 0;
	}
	if (r == 0 && reading.torn > 0 && (r = repair(exceptions, &reading)) < 0 && r != -ENOMEM) {
		open_problem(exceptions, directory, r);
		return 0;
	}
	return r;
}

int exceptions_new(
	const char *directory, const struct sandbox_user *user, struct exceptions **ret_exceptions)
{
	struct exceptions *exceptions = calloc(1, sizeof(*exceptions));
	char *text = NULL;
	size_t length = 0;
	int r;

	if (!exceptions)
		return -ENOMEM;
	exception_register_init(&exceptions->reg);
	r = exceptionfile_open(directory, user, NULL, &exceptions->file, &text, &length);
	if (r == 0)
		r = read_register(exceptions, directory, text, length);
	else if (r != -ENOMEM)
		open_problem(exceptions, directory, r);
	free(text);
	if (r == -ENOMEM) {
		exceptions_free(exceptions);
		return r;
	}
	*ret_exceptions = exceptions;
	return 0;
}

void exceptions_free(struct exceptions *exceptions)
{
	if (!exceptions)
		return;
	loop_remove(exceptions->timer);
	exceptionfile_close(exceptions->file);
	exception_register_clear(&exceptions->reg);
	free(exceptions->effects);
	free(exceptions);
}

/* ---- the policy in place ---- */

void exceptions_attach(struct exceptions *exceptions, struct lifecycle *lifecycle)
{
	exceptions->lifecycle = lifecycle;
	exceptions->extension = (struct lifecycle_extension){
		.extend = exceptions_extend,
		.withdraw = exceptions_withdraw,
		.data = exceptions,
	};
	lifecycle_set_extension(lifecycle, &exceptions->extension);
}

void exceptions_applied(struct exceptions *exceptions)
{
	if (!exceptions || !exceptions->enforcer)
		return;
	for (size_t i = 0; i < exceptions->reg.count; i++) {
		struct exception_effect *effect = &exceptions->effects[i];
		bool changed = effect->suspended != effect->next;

		effect->suspended = effect->next;
		if (changed && (effect->next || exception_in_force(&exceptions->reg.items[i],
							exceptions_now(exceptions))))
			exceptions_record_suspended(exceptions, &exceptions->reg.items[i],
				effect->next ? effect->why : NULL);
	}
}

const char *exceptions_suspended(
	const struct exceptions *exceptions, const struct exception *exception)
{
	size_t index = (size_t)(exception - exceptions->reg.items);

	return index < exceptions->effect_room && exceptions->effects[index].suspended
		       ? exceptions->effects[index].why
		       : NULL;
}

struct exceptions_counts exceptions_count(const struct exceptions *exceptions)
{
	struct exceptions_counts counts = { 0 };
	int64_t now = exceptions_now(exceptions);

	if (exceptions->problem[0] != '\0')
		return counts;
	for (size_t i = 0; i < exceptions->reg.count; i++) {
		const struct exception *exception = &exceptions->reg.items[i];
		bool suspended = exceptions_suspended(exceptions, exception) != NULL;
		bool in_force = exception_in_force(exception, now);

		counts.in_force += in_force && !suspended;
		counts.suspended += in_force && suspended;
		counts.requested += exception_state_at(exception, now) == EXCEPTION_REQUESTED;
		counts.reports_due += exception_report_due(exception);
	}
	return counts;
}
