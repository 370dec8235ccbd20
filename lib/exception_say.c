/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why something may not be done with an exception, in words. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "exception.h"
#include "i18n.h"

#define DAY  86400
#define HOUR 3600

/* A sentence and what would mend it. In both, {id} {what} {number} {length} {state} stand for the
 * refusal's members; formats in a table could not be checked. */
struct words {
	const char *name, *cause, *fix;
};

static const struct words errors[EXCEPTION_ERRORS] = {
	[EXCEPTION_OK] = { "ok", "", "" },
	[EXCEPTION_ERROR_MISSING] = { "missing", N_("{what} is missing"),
		N_("an exception has applicant, approver, reason, clauses, path, start and end") },
	[EXCEPTION_ERROR_TEXT] = { "text",
		N_("{what} holds a line break, control characters or bytes that are not UTF-8"),
		"" },
	[EXCEPTION_ERROR_LONG] = { "long-text",
		N_("{what} is too long: at most {number} bytes are allowed"), "" },
	[EXCEPTION_ERROR_CLAUSES] = { "clauses", N_("one of the clauses is empty"),
		N_("write the clauses' numbers with a comma between each two") },
	[EXCEPTION_ERROR_ENDLESS] = { "endless", N_("it has no end"),
		N_("every exception ends: give --until or --for") },
	[EXCEPTION_ERROR_REVERSED] = { "reversed", N_("it ends when it begins, or earlier"),
		N_("give an end after its start") },
	[EXCEPTION_ERROR_PAST] = { "past", N_("its end is past already"),
		N_("give an end that is still to come") },
	[EXCEPTION_ERROR_BACKDATED] = { "backdated", N_("its start is past: it is backdated"),
		N_("leave --start out: it begins when it is granted") },
	[EXCEPTION_ERROR_TOO_LONG] = { "too-long", N_("it lasts longer than {length}"),
		N_("ask for less, and again when it ends (exceptions.longest_days)") },
	[EXCEPTION_ERROR_EMERGENCY_LONG] = { "emergency-too-long",
		N_("an emergency lasts {length} at most"),
		N_("ask for less, and for an ordinary exception meanwhile "
		   "(exceptions.emergency_hours)") },
	[EXCEPTION_ERROR_EMERGENCY_LATER] = { "emergency-later", N_("an emergency begins at once"),
		N_("leave --start out, or ask for an ordinary exception") },
	[EXCEPTION_ERROR_UNREPORTED] = { "unreported",
		N_("{id}, an emergency on the same path, was not reported yet"),
		N_("report on it first: hedate exception report {id}") },
	[EXCEPTION_ERROR_DUPLICATE] = { "duplicate", N_("{id} asks for the same already"),
		N_("wait for what becomes of {id}, or have it refused or revoked first") },
	[EXCEPTION_ERROR_OVERLAP] = { "overlap",
		N_("{id} is on the same path, at times of this one"),
		N_("let this one begin when {id} ends, or have {id} refused or revoked first") },
	[EXCEPTION_ERROR_UNKNOWN] = { "unknown", N_("there is no exception {id}"),
		N_("hedate exception list shows all there are") },
	[EXCEPTION_ERROR_SELF] = { "self-approved", N_("{id} was asked for by you"),
		N_("another person approves it; if there is none, --override puts on record "
		   "why") },
	[EXCEPTION_ERROR_OVERRIDE] = { "needless-override",
		N_("{id} was asked for by another person: there is nothing to override"),
		N_("leave --override out") },
	[EXCEPTION_ERROR_STATE] = { "state", N_("{id} is {state}"), "" },
	[EXCEPTION_ERROR_NO_REPORT] = { "no-report",
		N_("{id} is no emergency: no report on it is due"), "" },
	[EXCEPTION_ERROR_REPORTED] = { "reported", N_("{id} was reported on already"), "" },
	[EXCEPTION_ERROR_NOT_ENDED] = { "not-ended", N_("{id} has not come to its end"), "" },
	[EXCEPTION_ERROR_FULL] = { "full", N_("the register has {number} lines and takes no more"),
		N_("stop hedated, move the register to an archive, start hedated") },
};

/* What an action needs, where the state forbids it. */
static const char *const needs[EXCEPTION_ACTIONS] = {
	[EXCEPTION_APPROVE] = N_("only what is requested can be approved"),
	[EXCEPTION_REFUSE] = N_("only what is requested can be refused"),
	[EXCEPTION_REVOKE] = N_("only what is granted, or an emergency, can be revoked"),
};

static const char *state_word(enum exception_state state)
{
	static const char *const words[] = {
		[EXCEPTION_REQUESTED] = N_("requested"),
		[EXCEPTION_GRANTED] = N_("granted"),
		[EXCEPTION_REFUSED] = N_("refused"),
		[EXCEPTION_EMERGENCY] = N_("an emergency in force"),
		[EXCEPTION_REVOKED] = N_("revoked"),
		[EXCEPTION_EXPIRED] = N_("expired"),
	};

	return _(words[state]);
}

static const char *what_word(const char *key)
{
	static const struct {
		const char *key, *word;
	} words[] = {
		{ "from", N_("the initiator (--from)") },
		{ "to", N_("the target (--to)") },
		{ "service", N_("the service (--service)") },
		{ "clauses", N_("the clause (--clause)") },
		{ "reason", N_("the reason (--reason)") },
		{ "override", N_("the reason of the override (--override)") },
		{ "report", N_("the report (--report)") },
	};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		if (strcmp(words[i].key, key) == 0)
			return _(words[i].word);
	}
	return key;
}

static void length_words(int64_t seconds, char *text, size_t size)
{
	if (seconds % DAY == 0)
		snprintf(text, size, _("%lld days"), (long long)(seconds / DAY));
	else
		snprintf(text, size, _("%lld hours"), (long long)(seconds / HOUR));
}

/* Append, cut off at size. */
static void append(char *text, size_t size, const char *more, size_t length)
{
	size_t used = strlen(text);

	if (length > size - 1 - used)
		length = size - 1 - used;
	memcpy(text + used, more, length);
	text[used + length] = '\0';
}

static void put_member(
	const struct exception_refusal *refusal, const char *name, char *text, size_t size)
{
	if (strncmp(name, "{id}", 4) == 0)
		snprintf(text, size, "%s", refusal->id);
	else if (strncmp(name, "{what}", 6) == 0)
		snprintf(text, size, "%s", what_word(refusal->what));
	else if (strncmp(name, "{number}", 8) == 0)
		snprintf(text, size, "%" PRId64, refusal->number);
	else if (strncmp(name, "{length}", 8) == 0)
		length_words(refusal->number, text, size);
	else
		snprintf(text, size, "%s", state_word(refusal->state));
}

/* Put members where their names stand. */
static void fill_in(
	const struct exception_refusal *refusal, const char *words, char *text, size_t size)
{
	char member[128];

	text[0] = '\0';
	while (*words != '\0') {
		size_t plain = strcspn(words, "{");

		append(text, size, words, plain);
		words += plain;
		if (*words == '\0')
			break;
		put_member(refusal, words, member, sizeof(member));
		append(text, size, member, strlen(member));
		words += strcspn(words, "}");
		words += *words == '}';
	}
}

const char *exception_error_name(enum exception_error error)
{
	return errors[error].name;
}

void exception_refusal_text(
	const struct exception_refusal *refusal, char *cause, char *fix, size_t size)
{
	const struct words *words = &errors[refusal->error];
	const char *mend = words->fix;

	if (refusal->error == EXCEPTION_ERROR_STATE && needs[refusal->action])
		mend = needs[refusal->action];
	if (refusal->error == EXCEPTION_ERROR_MISSING && strcmp(refusal->what, "clauses") == 0)
		mend = N_("name one that its path breaks; the answer says which others it breaks");
	fill_in(refusal, words->cause[0] ? _(words->cause) : "", cause, size);
	fill_in(refusal, mend[0] ? _(mend) : "", fix, size);
}
