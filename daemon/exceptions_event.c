/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to exceptions, as events of the log. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "enforcer.h"
#include "exceptions_impl.h"

/* Pairs of key and value, without those that have none. */
#define PAIRS_MAX 24
struct pairs {
	const char *list[2 * PAIRS_MAX + 1];
	size_t count;
};

static void add(struct pairs *pairs, const char *key, const char *value)
{
	if (!value || value[0] == '\0' || pairs->count >= 2 * PAIRS_MAX)
		return;
	pairs->list[pairs->count++] = key;
	pairs->list[pairs->count++] = value;
	pairs->list[pairs->count] = NULL;
}

static void record(const struct exceptions *exceptions, const char *action, bool success,
	const char *text, const struct pairs *pairs)
{
	if (exceptions->enforcer)
		reclink_event(exceptions->enforcer->reclink, action, success, text, pairs->list);
}

static const struct {
	const char *action, *text;
} steps[EXCEPTION_ACTIONS] = {
	[EXCEPTION_REQUEST] = { "exception-requested", "an exception was asked for" },
	[EXCEPTION_APPROVE] = { "exception-approved", "an exception was approved" },
	[EXCEPTION_REFUSE] = { "exception-refused", "an exception was refused" },
	[EXCEPTION_REVOKE] = { "exception-revoked", "an exception was revoked" },
	[EXCEPTION_REPORT] = { "exception-reported", "an emergency was reported on" },
	[EXCEPTION_EXPIRE] = { "exception-expired", "an exception came to its end" },
	[EXCEPTION_REPAIR] = { "exception-register-repaired",
		"a line of the register of exceptions was torn and was cut off" },
};

/* The members of an entry, and of the request that it is about. */
struct step_texts {
	char line[24], uid[16], start[EXCEPTION_TIME_MAX], end[EXCEPTION_TIME_MAX], bytes[24];
	char digest[2 * EXCEPTION_DIGEST + 1];
};

static void add_request(
	struct pairs *pairs, const struct exception_entry *request, struct step_texts *texts)
{
	exception_time_format(request->start, texts->start);
	exception_time_format(request->end, texts->end);
	add(pairs, "from", request->from);
	add(pairs, "to", request->to);
	add(pairs, "service", request->service);
	add(pairs, "clauses", request->clauses);
	add(pairs, "start", texts->start);
	add(pairs, "end", texts->end);
	add(pairs, "emergency", request->emergency ? "true" : "false");
}

static void add_entry(
	struct pairs *pairs, const struct exception_entry *entry, struct step_texts *texts)
{
	const char *key = entry->action == EXCEPTION_APPROVE  ? "override"
			  : entry->action == EXCEPTION_REPORT ? "report"
							      : "reason";

	snprintf(texts->uid, sizeof(texts->uid), "%" PRIu32, entry->uid);
	add(pairs, "uid", texts->uid);
	add(pairs, "user", entry->user);
	add(pairs, key, entry->text);
}

/* The digest of the register's last line stands in the log, whose lines are kept by another: so a
 * register that was cut short, or written anew, does not agree with it. */
void exceptions_record_step(
	const struct exceptions *exceptions, const struct exception_entry *entry)
{
	const struct exception *exception = exception_find(&exceptions->reg, entry->id);
	struct pairs pairs = { 0 };
	struct step_texts texts = { 0 };

	add(&pairs, "exception", entry->id);
	add_entry(&pairs, entry, &texts);
	if (exception)
		add_request(&pairs, &exception->request, &texts);
	snprintf(texts.bytes, sizeof(texts.bytes), "%" PRIu64, entry->bytes);
	if (entry->action == EXCEPTION_REPAIR)
		add(&pairs, "bytes", texts.bytes);
	snprintf(texts.line, sizeof(texts.line), "%" PRIu64, entry->line);
	add(&pairs, "register_line", texts.line);
	sodium_bin2hex(texts.digest, sizeof(texts.digest), exceptions->reg.digest,
		sizeof(exceptions->reg.digest));
	add(&pairs, "register_digest", texts.digest);
	record(exceptions, steps[entry->action].action, true, steps[entry->action].text, &pairs);
}

void exceptions_record_denied(
	const struct exceptions *exceptions, const struct exception_entry *entry, const char *why)
{
	struct pairs pairs = { 0 };
	struct step_texts texts = { 0 };

	add(&pairs, "request", exception_action_name(entry->action));
	add(&pairs, "why", why);
	/* A request that was refused has no number: the next one has it. */
	if (entry->action == EXCEPTION_REQUEST)
		add_request(&pairs, entry, &texts);
	else
		add(&pairs, "exception", entry->id);
	add_entry(&pairs, entry, &texts);
	record(exceptions, "exception-denied", false, "a step of an exception was not taken",
		&pairs);
}

void exceptions_record_found(const struct exceptions *exceptions)
{
	struct pairs pairs = { 0 };

	add(&pairs, "why", exceptions->problem);
	record(exceptions, "exception-register-unusable", false,
		"the register of exceptions cannot be used: nothing is granted", &pairs);
}

void exceptions_record_suspended(
	const struct exceptions *exceptions, const struct exception *exception, const char *why)
{
	struct pairs pairs = { 0 };

	add(&pairs, "exception", exception->request.id);
	add(&pairs, "why", why);
	if (why)
		record(exceptions, "exception-suspended", false,
			"the policy in place cannot have the path of an exception", &pairs);
	else
		record(exceptions, "exception-resumed", true,
			"the policy in place has the path of an exception again", &pairs);
}

void exceptions_record_failed(const struct exceptions *exceptions, const char *id, const char *text)
{
	struct pairs pairs = { 0 };

	add(&pairs, "exception", id);
	record(exceptions, "exception-failed", false, text, &pairs);
}
