/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What hedated puts on record of the other gateway: what is new, and not too often. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../daemon/ctlproto.h"
#include "../../daemon/hapeer.h"
#include "city.h"
#include "suite.h"

static char events[4096];

/* In place of that of reclink.c. */
void reclink_event(struct reclink *link, const char *action, bool success, const char *text,
	const char *const *pairs)
{
	size_t used = strlen(events);

	(void)link;
	ck_assert_str_ne(text, "");
	used += (size_t)snprintf(
		events + used, sizeof(events) - used, "%s %d", action, success ? 1 : 0);
	for (; pairs[0]; pairs += 2)
		if (strcmp(pairs[0], "uid") != 0 && strcmp(pairs[0], "user") != 0)
			used += (size_t)snprintf(
				events + used, sizeof(events) - used, " %s=%s", pairs[0], pairs[1]);
	snprintf(events + used, sizeof(events) - used, "\n");
}

static struct hapeer peer;

static int tell(const char *name, const char *what, uint64_t now)
{
	const struct caller caller = { .known = CALLER_BY_USER, .person = 0 };
	struct sendq queue;
	struct message message;

	sendq_init(&queue, 1 << 16);
	message_begin(&message, CTL_HA);
	message_put_string(&message, name);
	message_put_string(&message, what);
	int r = hapeer_answer(&peer, NULL, &message, &caller, now, &queue);

	sendq_clear(&queue);
	return r;
}

START_TEST(what_is_new)
{
	ck_assert_int_eq(tell("gw2", "", 1), 0);
	ck_assert_int_eq(tell("gw2", "", 2), 0);
	ck_assert_int_eq(tell("gw2", "digest", 3), 0);
	ck_assert_int_eq(tell("gw2", "digest", 4), 0);
	ck_assert_int_eq(tell("gw2", "digest state", 5), 0);
	ck_assert_int_eq(tell("gw2", "no-answer", 6), 0);
	ck_assert_int_eq(tell("gw2", "", 7), 0);
	ck_assert_str_eq(events, "ha-agrees 1 peer=gw2\n"
				 "ha-differs 0 peer=gw2 differs=digest\n"
				 "ha-differs 0 peer=gw2 differs=digest state\n"
				 "ha-differs 0 peer=gw2 differs=no-answer\n"
				 "ha-agrees 1 peer=gw2\n");
}
END_TEST

/* Whoever may tell may not fill the log; and what is told last is on record in the end. */
START_TEST(not_too_often)
{
	char *at = events;
	int lines = 0;

	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(tell("gw2", i % 2 ? "digest" : "", 1), 0);
	for (; (at = strchr(at, '\n')) != NULL; at++)
		lines++;
	ck_assert_int_eq(lines, LIMITER_EVENTS);
	events[0] = '\0';
	ck_assert_int_eq(tell("gw2", "state", 2), 0);
	ck_assert_int_eq(tell("gw2", "state", 2 + LIMITER_SECONDS), 0);
	ck_assert_str_eq(events, "ha-differs 0 peer=gw2 differs=state\n");
}
END_TEST

START_TEST(bad_messages)
{
	char what[HAPEER_WHAT_MAX + 1];

	memset(what, 'a', sizeof(what));
	what[HAPEER_WHAT_MAX] = '\0';
	ck_assert_int_eq(tell("gw2", what, 1), -EBADMSG);
	ck_assert_int_eq(tell("", "", 1), -EBADMSG);
	ck_assert_int_eq(tell("gw\n", "", 1), -EBADMSG);
	ck_assert_int_eq(tell("gw2", "\x1b[0m", 1), -EBADMSG);
	ck_assert_str_eq(events, "");
}
END_TEST

START_TEST(digest_is_kept)
{
	char first[sizeof(peer.digest)];

	parse(CITY "paths = (" PATHS ");\n" GATEWAY);
	hapeer_digest(&peer, policy, 1);
	ck_assert_uint_eq(strlen(peer.digest), 2 * POLICY_DIGEST_LENGTH);
	strcpy(first, peer.digest);
	peer.digest[0] = 'x'; /* not made anew for the same one */
	hapeer_digest(&peer, policy, 1);
	ck_assert_int_eq(peer.digest[0], 'x');
	hapeer_digest(&peer, policy, 2);
	ck_assert_str_eq(peer.digest, first);
	policy_free(policy);
	parse(CITY);
	hapeer_digest(&peer, policy, 2);
	ck_assert_str_ne(peer.digest, first);
	policy_free(policy);
	policy = NULL;
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hapeer");
	TCase *all = tcase_create("all");

	tcase_add_checked_fixture(all, from_text_set_up, from_text_tear_down);
	tcase_add_test(all, what_is_new);
	tcase_add_test(all, not_too_often);
	tcase_add_test(all, bad_messages);
	tcase_add_test(all, digest_is_kept);
	suite_add_tcase(suite, all);
	return suite_run(suite);
}
