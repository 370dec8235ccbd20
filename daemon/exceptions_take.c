/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps of callers. */
#include <errno.h>

#include "exceptions_impl.h"

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
	if (exceptions_put_own(
		    exceptions, EXCEPTION_REVOKE, id, "the rule set could not be changed", 0) < 0)
		exceptions_give_up(
			exceptions, "an exception could neither be put in place nor revoked");
}

/* Put the rule set in order with the register. */
static void take_effect(struct exceptions *exceptions, const struct exception_entry *entry,
	struct diag_list *diags, struct exceptions_result *result)
{
	enum exit_code code = exceptions_renew(exceptions, diags);

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
	code = exceptions_renew(exceptions, diags);
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
	int r = exceptions_put_line(exceptions, entry);

	if (r < 0) {
		answer(result, EXIT_FAILED,
			r == -ESTALE ? "somebody changed the register of exceptions; nothing is "
				       "granted until hedated is started again"
			: r == -ENOSPC || r == -EDQUOT || r == -EFBIG
				? "the register of exceptions: no space left; nothing changed"
				: "the register of exceptions cannot be written; nothing changed");
		exceptions_record_failed(exceptions, entry->id, result->text);
		if (r == -ESTALE)
			exceptions_give_up(exceptions, EXCEPTIONS_CHANGED_BY_OTHERS);
		else if (entry->action == EXCEPTION_REVOKE)
			close_unwritten(exceptions, entry, diags, result);
		return;
	}
	if (has_effect(entry))
		take_effect(exceptions, entry, diags, result);
	result->exception = exception_find(&exceptions->reg, entry->id);
	exceptions_arm(exceptions);
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
