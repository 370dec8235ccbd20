/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wholeproof.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/fileio.h"
#include "clock.h"
#include "ctlanswer.h"
#include "enforcer.h"
#include "prooffinding.h"

#define RESULT_NONE (PROOFFINDING_FAILED + UINT64_C(1))

struct wholeproof {
	struct enforcer *enforcer;
	struct loop_source *delay;
	char *wanted;	 /* name of the file */
	const char *why; /* one is to be asked for, for this; or NULL */
	int64_t asked;	 /* monotonic ns, the last time; 0: never */
	/* What was told last. */
	uint64_t result;
	int64_t time, told; /* realtime seconds; monotonic ns */
	char text[sizeof(((struct prooffinding *)0)->text)];
};

/* Asking ---------------------------------------------------------------------------------------
 */

/* Whoever wants to know looks at the file; where nobody does, nothing is lost. */
static void on_delay(struct loop *loop, void *data)
{
	struct wholeproof *whole = data;
	char text[64];

	(void)loop;
	if (!whole->why)
		return;
	int length = snprintf(text, sizeof(text), "%s\n", whole->why);
	int fd = open(whole->wanted,
		O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0644);

	whole->why = NULL;
	whole->asked = clock_monotonic();
	if (fd < 0)
		return;
	(void)fileio_write(write, fd, text, (size_t)length, NULL);
	close(fd);
}

void wholeproof_ask(struct wholeproof *whole, const char *why)
{
	uint64_t wait = WHOLEPROOF_DELAY_MS;

	if (!whole || whole->why)
		return;
	int64_t calm = (clock_monotonic() - whole->asked) / CLOCK_MILLISECOND;

	if (whole->asked && calm < WHOLEPROOF_LEAST_MS)
		wait = (uint64_t)(WHOLEPROOF_LEAST_MS - calm);
	if (loop_set_timer(whole->delay, wait, 0) == 0)
		whole->why = why;
}

/* Being told -----------------------------------------------------------------------------------
 */

int wholeproof_answer(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue)
{
	struct wholeproof *whole = enforcer->whole;
	struct prooffinding finding;

	if (!prooffinding_take(message, &finding))
		return -EBADMSG;
	if (caller->peer.uid != 0)
		return ctlanswer_result(
			queue, EXIT_FAILED, "only root can read all that a whole proof is of");
	prooffinding_record(enforcer->reclink, &finding, "whole");
	whole->result = finding.result;
	whole->time = clock_realtime() / CLOCK_SECOND;
	whole->told = clock_monotonic();
	snprintf(whole->text, sizeof(whole->text), "%s", finding.text);
	return ctlanswer_result(queue, EXIT_OK, "");
}

struct wholeproof_state wholeproof_state(const struct wholeproof *whole)
{
	struct wholeproof_state state = { .result = "none", .text = "" };

	if (!whole || whole->result == RESULT_NONE)
		return state;
	state.result = prooffinding_result(whole->result);
	state.time = whole->time;
	state.text = whole->text;
	return state;
}

/* Judging --------------------------------------------------------------------------------------
 */

static void judge_whole(const struct wholeproof *whole, char *text, size_t size)
{
	int64_t age = (clock_monotonic() - whole->told) / CLOCK_SECOND;

	if (whole->result > CERTIFICATE_RESTRAINED)
		snprintf(text, size, "%s: %s", prooffinding_result(whole->result), whole->text);
	else if (age > WHOLEPROOF_OLD_SECONDS)
		snprintf(text, size, "the last whole one is %" PRId64 " minutes old", age / 60);
	else
		snprintf(text, size, "ok");
}

/* What hedated alone cannot decide is no news as long as the whole one may still come. */
void wholeproof_judge(const struct enforcer *enforcer, char *text, size_t size)
{
	const struct prover_state own = prover_state(enforcer->prover);
	const struct wholeproof *whole = enforcer->whole;
	bool undecided = strcmp(own.result, "undecided") == 0;

	snprintf(text, size, "ok");
	if (strcmp(own.result, "lost") == 0 || strcmp(own.result, "failed") == 0)
		snprintf(text, size, "%s: %s", own.result, own.text);
	else if (whole && whole->result != RESULT_NONE)
		judge_whole(whole, text, size);
	else if (undecided && enforcer_uptime(enforcer) > WHOLEPROOF_OLD_SECONDS)
		snprintf(text, size, "undecided: %s; and no whole one was made", own.text);
}

/* ---------------------------------------------------------------------------------------------- */

int wholeproof_new(
	struct enforcer *enforcer, const char *run_directory, struct wholeproof **ret_whole)
{
	struct wholeproof *whole = calloc(1, sizeof(*whole));
	int r = 0;

	if (!whole)
		return -ENOMEM;
	whole->enforcer = enforcer;
	whole->result = RESULT_NONE;
	if (asprintf(&whole->wanted, "%s/" WHOLEPROOF_WANTED, run_directory) < 0) {
		whole->wanted = NULL;
		r = -ENOMEM;
	}
	if (r == 0)
		r = loop_add_timer(enforcer->loop, on_delay, whole, &whole->delay);
	if (r < 0) {
		wholeproof_free(whole);
		return r;
	}
	wholeproof_ask(whole, "start");
	*ret_whole = whole;
	return 0;
}

void wholeproof_free(struct wholeproof *whole)
{
	if (!whole)
		return;
	loop_remove(whole->delay);
	free(whole->wanted);
	free(whole);
}
