/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hapeer.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <sodium.h>

#include "ctlanswer.h"
#include "localuser.h"

void hapeer_digest(struct hapeer *peer, const struct policy *policy, int64_t since)
{
	uint8_t digest[POLICY_DIGEST_LENGTH];

	if (peer->digest[0] != '\0' && peer->since == since &&
		memcmp(peer->of, policy->digest, sizeof(peer->of)) == 0)
		return;
	peer->digest[0] = '\0';
	if (hapair_digest(policy, digest) < 0)
		return;
	sodium_bin2hex(peer->digest, sizeof(peer->digest), digest, sizeof(digest));
	memcpy(peer->of, policy->digest, sizeof(peer->of));
	peer->since = since;
}

static void record(struct hapeer *peer, struct reclink *link, const struct caller *caller)
{
	char uid[16], user[LOCALUSER_MAX];
	bool agrees = peer->what[0] == '\0';

	localuser_name(caller->person, user);
	snprintf(uid, sizeof(uid), "%u", caller->person);
	const char *const pairs[] = { "peer", peer->peer, "uid", uid, "user", user,
		agrees ? NULL : "differs", peer->what, NULL };

	if (agrees)
		reclink_event(link, "ha-agrees", true,
			"the other gateway of the pair has the same in force", pairs);
	else
		reclink_event(link, "ha-differs", false,
			"the other gateway of the pair has not the same in force, or does not tell",
			pairs);
}

/* It goes into the log: printable ASCII. */
static bool is_plain(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text < ' ' || *text > '~')
			return false;
	return true;
}

int hapeer_answer(struct hapeer *peer, struct reclink *link, struct message *message,
	const struct caller *caller, uint64_t now, struct sendq *queue)
{
	char name[sizeof(peer->peer)] = "", what[sizeof(peer->what)] = "";
	uint64_t left_out;

	message_get_string(message, name, sizeof(name));
	message_get_string(message, what, sizeof(what));
	if (!message_complete(message) || name[0] == '\0' || !is_plain(name) || !is_plain(what))
		return -EBADMSG;
	if (peer->told && strcmp(peer->peer, name) == 0 && strcmp(peer->what, what) == 0)
		return ctlanswer_result(queue, EXIT_OK, "");
	/* What is left out now is told by the next one. */
	if (!limiter_pass(&peer->limiter, now, &left_out))
		return ctlanswer_result(queue, EXIT_OK, "");
	memcpy(peer->peer, name, sizeof(name));
	memcpy(peer->what, what, sizeof(what));
	peer->told = true;
	record(peer, link, caller);
	return ctlanswer_result(queue, EXIT_OK, "");
}
