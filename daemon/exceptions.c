/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exceptions.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "enforcer.h"
#include "exceptions_impl.h"
#include "lifecycle.h"

#define LOOK_SECONDS  30 /* at most until ends are looked at again */
#define RETRY_SECONDS 1	 /* until the rule set is tried again */
#define OURSELVES     "hedated"

#define CHANGED_BY_OTHERS "somebody else changed it while hedated was running"

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

/* ---- lines ---- */

/* Would the line be read as what it says, in its place? One that is not breaks the register. */
static int check_line(const struct exceptions *exceptions, const struct json *json)
{
	struct exception_refusal refusal;
	struct exception_entry again;
	int r = exception_line_read(json->text, json->length, &again);

	if (r == 0)
		r = exception_check(&exceptions->reg, &again, NULL, &refusal);
	exception_entry_clear(&again);
	return r;
}

/* Half of what a register can hold is for requests, so that each can be ended. */
static bool has_room(const struct exceptions *exceptions, const struct exception_entry *entry)
{
	return entry->action != EXCEPTION_REQUEST ||
	       exceptionfile_length(exceptions->file) < EXCEPTIONFILE_MAX / 2;
}

/* The policy in place knows how late it is. */
static void tell_time(const struct exceptions *exceptions)
{
	if (exceptions->enforcer)
		lifecycle_policy_to_extend(exceptions->lifecycle)->exceptions_since =
			exceptions_since(exceptions);
}

/* Put a prepared and checked entry on record. 0; negative errno: nothing changed. */
static int put_line(struct exceptions *exceptions, const struct exception_entry *entry)
{
	struct json json;
	int r = has_room(exceptions, entry) ? -ENOMEM : -EFBIG;

	json_init(&json);
	exception_line_write(&json, entry);
	if (!json.failed && r != -EFBIG)
		r = check_line(exceptions, &json);
	if (r == 0)
		r = exceptionfile_append(exceptions->file, json.text, json.length);
	if (r == 0 && (exception_add(&exceptions->reg, entry, json.text, json.length) < 0 ||
			      exceptions_make_room(exceptions) < 0))
		/* On disk, but not with us: only reading it again helps. */
		snprintf(exceptions->problem, sizeof(exceptions->problem),
			"out of memory; restart hedated");
	json_clear(&json);
	if (r == 0) {
		tell_time(exceptions);
		exceptions_record_step(exceptions, entry);
	}
	return r;
}

/* A step that hedated takes itself. */
static int put_own(struct exceptions *exceptions, enum exception_action action, const char *id,
	const char *text, uint64_t bytes)
{
	struct exception_entry entry = {
		.time = exceptions_now(exceptions),
		.action = action,
		.uid = getuid(),
		.user = strdup(OURSELVES),
		.id = id ? strdup(id) : NULL,
		.text = text ? strdup(text) : NULL,
		.bytes = bytes,
	};
	struct exception_refusal refusal = { 0 };
	int r = exception_prepare(&exceptions->reg, &entry);

	if (r == 0)
		r = exception_check(&exceptions->reg, &entry, NULL, &refusal);
	if (r == 0)
		r = put_line(exceptions, &entry);
	exception_entry_clear(&entry);
	return r;
}

/* ---- the register on disk ---- */

static void open_problem(struct exceptions *exceptions, const char *directory, int error)
{
	const char *why = strerror(-error);

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
	return put_own(exceptions, EXCEPTION_REPAIR, NULL, NULL, reading->torn);
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

/* ---- ends ---- */

/* The next end of one that a line is to say of, or a while from now. */
static int64_t next_look(const struct exceptions *exceptions, int64_t now)
{
	int64_t next = now + LOOK_SECONDS;

	if (exceptions->renew_due)
		next = now + RETRY_SECONDS;
	for (size_t i = 0; i < exceptions->reg.count; i++) {
		const struct exception *exception = &exceptions->reg.items[i];

		if (exception_is_over(exception, exception->request.end) &&
			exception->request.end > now && exception->request.end < next)
			next = exception->request.end;
	}
	return next;
}

/* Where the clock was set back it is taken to stand still. */
static void arm(struct exceptions *exceptions)
{
	int64_t now = clock_realtime() / 1000000, least = exceptions_now(exceptions);
	int64_t next = next_look(exceptions, least) * 1000;

	if (now < least * 1000)
		now = least * 1000;
	if (exceptions->timer)
		(void)loop_set_timer(
			exceptions->timer, next > now ? (uint64_t)(next - now) + 1 : 1, 0);
}

static enum exit_code renew(struct exceptions *exceptions, struct diag_list *diags)
{
	enum exit_code code = enforcer_renew(exceptions->enforcer, diags);

	exceptions->renew_due = code != EXIT_OK && code != EXIT_DIFFERS;
	return code;
}

static void try_again(struct exceptions *exceptions)
{
	struct diag_list *diags;

	if (diag_list_new(&diags) < 0)
		return;
	(void)renew(exceptions, diags);
	diag_list_free(diags);
}

/* The register cannot be relied on any more: nothing is granted from now on. */
static void give_up(struct exceptions *exceptions, const char *why)
{
	snprintf(exceptions->problem, sizeof(exceptions->problem), "%s", why);
	exceptions_record_found(exceptions);
	try_again(exceptions);
}

/* Put the end of one on record. False: it could not be, which is said once. */
static bool put_end(struct exceptions *exceptions, const char *id)
{
	int r = put_own(exceptions, EXCEPTION_EXPIRE, id, NULL, 0);

	if (r == -ESTALE)
		give_up(exceptions, CHANGED_BY_OTHERS);
	else if (r < 0 && !exceptions->end_unwritten)
		exceptions_record_failed(exceptions, id,
			"that it has ended could not be put into the register; it is tried again");
	exceptions->end_unwritten = r < 0;
	return r == 0;
}

/* The kernel has ended them; here it is put on record. What cannot be written is tried again. */
static void look(struct loop *loop, void *data)
{
	struct exceptions *exceptions = data;
	int64_t now = exceptions_now(exceptions);

	(void)loop;
	for (size_t i = 0; exceptions->problem[0] == '\0' && i < exceptions->reg.count; i++) {
		const struct exception *exception = &exceptions->reg.items[i];

		if (!exception_is_over(exception, now))
			continue;
		exceptions->seen = now;
		tell_time(exceptions);
		if (!put_end(exceptions, exception->request.id))
			break;
	}
	if (exceptions->renew_due)
		try_again(exceptions);
	arm(exceptions);
}

int exceptions_start(struct exceptions *exceptions, struct enforcer *enforcer)
{
	int r = loop_add_timer(enforcer->loop, look, exceptions, &exceptions->timer);

	if (r < 0)
		return r;
	exceptions->enforcer = enforcer;
	if (exceptions->problem[0] != '\0')
		exceptions_record_found(exceptions);
	else if (exceptions->torn > 0)
		exceptions_record_step(
			exceptions, &(struct exception_entry){ .action = EXCEPTION_REPAIR,
					    .line = exceptions->reg.lines,
					    .bytes = exceptions->torn });
	exceptions_applied(exceptions);
	return loop_set_timer(exceptions->timer, 1, 0);
}

/* ---- steps of callers ---- */

static void answer(struct exceptions_result *result, enum exit_code code, const char *text)
{
	result->code = code;
	result->text = text;
}

/* Can the path be had in the policy in place, and beside its assertions? What it would add to the
 * policy is added only when it is granted. */
static int try_path(struct exceptions *exceptions, const struct exception_entry *request,
	struct diag_list *diags)
{
	struct policy *policy = lifecycle_policy_to_extend(exceptions->lifecycle);
	size_t services = policy->service_count;
	int r = exceptions_add_path(policy, request, false, diags);

	if (r == 0) {
		exceptions->trying = request;
		r = lifecycle_try(exceptions->lifecycle, diags);
		exceptions->trying = NULL;
	}
	policy_drop_services(policy, services);
	return r;
}

/* Is the step one that the register and the policy in place permit? */
static bool is_permitted(struct exceptions *exceptions, struct exception_entry *entry,
	struct diag_list *diags, struct exceptions_result *result)
{
	struct policy *policy = lifecycle_policy_to_extend(exceptions->lifecycle);
	const struct exception_limits limits = {
		.longest = (int64_t)policy->exception_days * 86400,
		.emergency = (int64_t)policy->emergency_hours * 3600,
		.meet = exceptions_meet,
		.data = exceptions,
	};
	const struct exception_entry *request = entry;
	int r = 0;

	if (exception_check(&exceptions->reg, entry, &limits, &result->refusal) < 0) {
		answer(result, EXIT_FAILED, "the exception was refused; nothing changed");
		exceptions_record_denied(
			exceptions, entry, exception_error_name(result->refusal.error));
		return false;
	}
	if (entry->action == EXCEPTION_APPROVE)
		request = &exception_find(&exceptions->reg, entry->id)->request;
	if (entry->action == EXCEPTION_REQUEST || entry->action == EXCEPTION_APPROVE)
		r = try_path(exceptions, request, diags);
	if (r == 0)
		return true;
	answer(result, EXIT_FAILED,
		r == -EINVAL ? "the path of the exception was refused; nothing changed"
			     : "out of memory; nothing changed");
	exceptions_record_denied(exceptions, entry, r == -EINVAL ? "path" : "out of memory");
	return false;
}

/* It is on record but could not be put in place: it is granted no more. */
static void take_back(
	struct exceptions *exceptions, const char *id, struct exceptions_result *result)
{
	answer(result, EXIT_FAILED,
		"the rule set could not be changed; the exception is revoked again");
	exceptions_record_failed(exceptions, id, "the rule set could not be changed");
	if (put_own(exceptions, EXCEPTION_REVOKE, id, "the rule set could not be changed", 0) < 0)
		give_up(exceptions, "an exception could neither be put in place nor revoked");
}

/* Put the rule set in order with the register. */
static void take_effect(struct exceptions *exceptions, const struct exception_entry *entry,
	struct diag_list *diags, struct exceptions_result *result)
{
	enum exit_code code = renew(exceptions, diags);

	if (code == EXIT_OK)
		return;
	if (code == EXIT_DIFFERS)
		answer(result, code, "in place, but what was read back from the kernel differs");
	else if (entry->action == EXCEPTION_REVOKE)
		answer(result, code,
			"revoked on record, but the rule set could not be changed; it is tried "
			"again and again");
	else
		take_back(exceptions, entry->id, result);
}

/* What is revoked is closed also when there is no line of it: a full disk keeps nothing open. */
static void close_unwritten(struct exceptions *exceptions, const struct exception_entry *entry,
	struct diag_list *diags, struct exceptions_result *result)
{
	const struct exception *exception = exception_find(&exceptions->reg, entry->id);
	enum exit_code code;

	exceptions->effects[exception - exceptions->reg.items].closed = true;
	code = renew(exceptions, diags);
	if (code == EXIT_OK || code == EXIT_DIFFERS)
		answer(result, EXIT_FAILED,
			"the path is closed, but that could not be put into the register; revoke "
			"it again when there is space");
}

static bool has_effect(const struct exception_entry *entry)
{
	return entry->action == EXCEPTION_APPROVE || entry->action == EXCEPTION_REVOKE ||
	       (entry->action == EXCEPTION_REQUEST && entry->emergency);
}

static void put_step(struct exceptions *exceptions, const struct exception_entry *entry,
	struct diag_list *diags, struct exceptions_result *result)
{
	int r = put_line(exceptions, entry);

	if (r < 0) {
		answer(result, EXIT_FAILED,
			r == -ESTALE ? "somebody changed the register of exceptions; nothing is "
				       "granted until hedated is started again"
			: r == -ENOSPC || r == -EDQUOT || r == -EFBIG
				? "the register of exceptions: no space left; nothing changed"
				: "the register of exceptions cannot be written; nothing changed");
		exceptions_record_failed(exceptions, entry->id, result->text);
		if (r == -ESTALE)
			give_up(exceptions, CHANGED_BY_OTHERS);
		else if (entry->action == EXCEPTION_REVOKE)
			close_unwritten(exceptions, entry, diags, result);
		return;
	}
	if (has_effect(entry))
		take_effect(exceptions, entry, diags, result);
	result->exception = exception_find(&exceptions->reg, entry->id);
	arm(exceptions);
}

void exceptions_take(struct exceptions *exceptions, struct exception_entry *entry,
	struct diag_list *diags, struct exceptions_result *ret_result)
{
	*ret_result = (struct exceptions_result){ .code = EXIT_OK, .text = "" };
	if (exceptions->problem[0] != '\0') {
		answer(ret_result, EXIT_FAILED,
			"the register of exceptions cannot be used: nothing is granted; \"hedate "
			"status\" says why");
		return;
	}
	entry->time = exceptions_now(exceptions);
	if (exception_prepare(&exceptions->reg, entry) < 0)
		answer(ret_result, EXIT_FAILED, "out of memory; nothing changed");
	else if (is_permitted(exceptions, entry, diags, ret_result))
		put_step(exceptions, entry, diags, ret_result);
}
