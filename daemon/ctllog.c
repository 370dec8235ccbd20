/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctllog.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "../lib/errtext.h"
#include "../lib/logkeep.h"
#include "ctlanswer.h"
#include "localuser.h"

static const struct {
	enum ctl_message type;
	enum rec_request_kind kind;
} kinds[] = {
	{ CTL_LOG_HOLD, REC_HOLD },
	{ CTL_LOG_RELEASE, REC_RELEASE },
	{ CTL_LOG_EXPORTED, REC_EXPORTED },
	{ CTL_LOG_REVIEWED, REC_REVIEWED },
	{ CTL_EVIDENCE_BEGUN, REC_EVIDENCE_BEGUN },
	{ CTL_EVIDENCE, REC_EVIDENCE },
	{ CTL_ALERT_RUN, REC_ALERT_RUN },
	{ CTL_INSPECT, REC_INSPECT },
	{ CTL_INSPECT_NOTE, REC_INSPECT_NOTE },
	{ CTL_INSPECT_SIGNED, REC_INSPECT_SIGNED },
};

int ctllog_ask(struct reckeep *keep, struct reclink *link, struct message *message, uid_t uid,
	struct reckeep_waiter *waiter)
{
	char by[LOCALUSER_MAX], text[LOGKEEP_TEXT_MAX];
	struct rec_request request = { .uid = uid, .by = by, .text = text };
	size_t i = 0;
	while (i < sizeof(kinds) / sizeof(kinds[0]) && kinds[i].type != message->type)
		i++;
	request.number = message_get_number(message);
	request.since = (int64_t)message_get_number(message);
	message_get_string(message, text, sizeof(text));
	if (i == sizeof(kinds) / sizeof(kinds[0]) || !message_complete(message))
		return -EBADMSG;
	request.kind = kinds[i].kind;
	localuser_name(uid, by);
	return reckeep_ask(keep, link, &request, waiter);
}

static const char *words_of(int error)
{
	static const struct {
		int error;
		const char *text;
	} words[] = {
		{ -ENOTCONN, "no recorder is connected; nothing was put on record" },
		{ -ENOENT, "there is no hold with this number" },
		{ -ENOSPC, "there are as many holds as there can be, or the disk is full" },
		{ -EBADMSG, "the file with the holds cannot be read; nothing is removed" },
		{ -ERANGE, "that record is not in the log yet, or was reviewed before" },
		{ -EINVAL, "a text is too long, or not what it should be" },
		{ -EDQUOT, "too many in this minute; it was counted, which will be on record" },
	};
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (words[i].error == error)
			return words[i].text;
	return errtext_english(error);
}

int ctllog_answer(struct sendq *queue, int error, uint64_t number)
{
	struct message message;
	char text[24];
	if (error)
		return ctlanswer_result(queue, EXIT_FAILED, words_of(error));
	snprintf(text, sizeof(text), "%" PRIu64, number);
	message_begin(&message, CTL_FIELD);
	message_put_string(&message, "number");
	message_put_string(&message, text);
	int r = sendq_push(queue, &message);
	return r < 0 ? r : ctlanswer_result(queue, EXIT_OK, "");
}
