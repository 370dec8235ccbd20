/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is put on record because somebody asks for it, and not kept otherwise. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../lib/alert.h"
#include "../lib/record.h"
#include "clock.h"
#include "housekeep_impl.h"

#define WORD_MAX      65 /* with NUL: a digest */
#define DIGEST_LENGTH 64 /* SHA-256 in hex */
#define KEY_LENGTH    44 /* of Ed25519 in base64 */
#define ALERT_LENGTH  64 /* of an alert's name, at most */
#define MINUTE	      (60 * CLOCK_SECOND)

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A request in the form that its event has. */
struct asked {
	const struct rec_request *request;
	char word[WORD_MAX]; /* the text's first one */
	const char *rest;
	char uid[24];
};

/* What others check is not put on record in another form than they expect. */
static int read_text(const struct rec_request *request, const char *letters, size_t shortest,
	size_t longest, struct asked *ret_asked)
{
	size_t length = letters ? strspn(request->text, letters) : strcspn(request->text, " ");
	if (request->text[length] != ' ' || length < shortest || length > longest)
		return -EINVAL;
	memcpy(ret_asked->word, request->text, length);
	ret_asked->word[length] = '\0';
	ret_asked->rest = request->text + length + 1;
	ret_asked->request = request;
	snprintf(ret_asked->uid, sizeof(ret_asked->uid), "%" PRIu64, request->uid);
	return 0;
}

static void record_evidence(struct housekeep *housekeep, const struct asked *asked,
	const char *event, const char *key, const char *message)
{
	const struct record_extra extras[] = {
		{ .key = key, .text = asked->word },
		{ .key = "uid", .text = asked->uid },
		{ .key = "user", .text = asked->request->by },
		{ .key = "text", .text = asked->rest },
	};
	housekeep_record(housekeep, event, true, message, extras, COUNT(extras));
	sealer_run(housekeep->sealer); /* the proof of it is waited for */
}

static int evidence_begun(struct housekeep *housekeep, const struct rec_request *request)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
	struct asked asked;
	int r = read_text(request, letters, KEY_LENGTH, KEY_LENGTH, &asked);
	if (r == 0)
		record_evidence(housekeep, &asked, "evidence-begun", "evidence.key",
			"evidence is being collected, and will be signed with this key");
	return r;
}

static int evidence(struct housekeep *housekeep, const struct rec_request *request)
{
	struct asked asked;
	int r = read_text(request, "0123456789abcdef", DIGEST_LENGTH, DIGEST_LENGTH, &asked);
	if (r == 0)
		record_evidence(housekeep, &asked, "evidence", "evidence.digest",
			"evidence was collected; this is the digest of it");
	return r;
}

/* May one more be written in this minute? */
static bool may_tell_alert(struct housekeep_told *told)
{
	int64_t now = clock_monotonic();
	if (now - told->minute >= MINUTE) {
		told->minute = now;
		told->said = 0;
	}
	if (told->said >= HOUSEKEEP_ALERTS_MAX) {
		told->unsaid++;
		return false;
	}
	told->said++;
	return true;
}

static int alert_run(struct housekeep *housekeep, const struct rec_request *request)
{
	struct housekeep_told *told = &housekeep->alerts;
	struct asked asked;
	int r = read_text(request, NULL, 1, ALERT_LENGTH, &asked);
	if (r < 0)
		return r;
	if (!may_tell_alert(told))
		return -EDQUOT;
	const struct record_extra extras[] = {
		{ .key = "alert.name", .text = asked.word },
		{ .key = "alert.end", .text = asked.rest },
		{ .key = "alert.suppressed", .number = request->number },
		{ .key = "uid", .text = asked.uid },
		{ .key = "user", .text = request->by },
		{ .key = "alert.unsaid", .number = told->unsaid },
	};
	housekeep_record(housekeep, ALERT_RUN_ACTION, strcmp(asked.rest, "status 0") == 0,
		"the command of an alert was run", extras, COUNT(extras) - (told->unsaid == 0));
	told->unsaid = 0;
	return 0;
}

/* Somebody has to know of which inspection. */
static int record_inspection(struct housekeep *housekeep, const struct rec_request *request,
	const char *event, const char *message)
{
	struct asked asked;
	int r = read_text(request, "0123456789abcdef", DIGEST_LENGTH, DIGEST_LENGTH, &asked);
	if (r < 0)
		return r;
	if (request->number == 0)
		return -EINVAL;
	const struct record_extra extras[] = {
		{ .key = "inspect.number", .number = request->number },
		{ .key = "inspect.digest", .text = asked.word },
		{ .key = "uid", .text = asked.uid },
		{ .key = "user", .text = request->by },
		{ .key = "text", .text = asked.rest },
	};
	housekeep_record(housekeep, event, true, message, extras, COUNT(extras));
	return 0;
}

static int inspect(struct housekeep *housekeep, const struct rec_request *request)
{
	return record_inspection(housekeep, request, "inspect",
		"a self-inspection was made; this is the digest of it");
}

static int inspect_note(struct housekeep *housekeep, const struct rec_request *request)
{
	return record_inspection(housekeep, request, "inspect-note",
		"what is to be improved after a self-inspection");
}

static int inspect_signed(struct housekeep *housekeep, const struct rec_request *request)
{
	return record_inspection(
		housekeep, request, "inspect-signed", "a self-inspection was signed off");
}

static const struct {
	enum rec_request_kind kind;
	int (*record)(struct housekeep *housekeep, const struct rec_request *request);
} kinds[] = {
	{ REC_EVIDENCE_BEGUN, evidence_begun },
	{ REC_EVIDENCE, evidence },
	{ REC_ALERT_RUN, alert_run },
	{ REC_INSPECT, inspect },
	{ REC_INSPECT_NOTE, inspect_note },
	{ REC_INSPECT_SIGNED, inspect_signed },
};

int housekeep_ask_event(
	struct housekeep *housekeep, const struct rec_request *request, uint64_t *ret_number)
{
	*ret_number = journal_sequence(housekeep->journal);
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].kind == request->kind)
			return kinds[i].record(housekeep, request);
	return -EINVAL;
}
