/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "prover.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "enforcer.h"
#include "prooffinding.h"
#include "proverproc.h"

#define DELAY_MS 300 /* changes come together */

struct prover {
	struct enforcer *enforcer;
	int socket;
	struct loop_source *source, *delay, *interval;
	struct packetask *packets;
	uint64_t number;	/* of the last request */
	const char *why, *next; /* of what is being answered; of what is asked then; or NULL */
	int64_t ended;		/* monotonic ns, the last answer */
	/* What was found last. */
	uint64_t result; /* of prooffinding.h; or RESULT_NONE */
	int64_t time, proved;
	uint64_t milliseconds;
	char text[sizeof(((struct prooffinding *)0)->text)];
};

#define RESULT_NONE (PROOFFINDING_FAILED + UINT64_C(1))

/* Answers -------------------------------------------------------------------------------------- */

static void arm_next(struct prover *prover);

static void end_of_process(struct prover *prover)
{
	struct prooffinding finding = { .result = PROOFFINDING_FAILED };

	loop_remove(prover->source);
	prover->source = NULL;
	close(prover->socket);
	prover->socket = -1;
	snprintf(finding.text, sizeof(finding.text), "the process that proves has ended");
	if (!prover->why)
		prover->why = "time";
	prooffinding_record(prover->enforcer->reclink, &finding, prover->why);
	prover->result = PROOFFINDING_FAILED;
	prover->time = clock_realtime() / CLOCK_SECOND;
	snprintf(prover->text, sizeof(prover->text), "%s", finding.text);
	packetask_disconnected(prover->packets);
}

/* What somebody else's change has not changed is not worth a record. */
static bool is_news(const struct prover *prover, const struct prooffinding *finding)
{
	return strcmp(prover->why, "change") != 0 || finding->result != prover->result ||
	       strcmp(finding->text, prover->text) != 0;
}

/* 0, or -EBADMSG. */
static int take_finding(struct prover *prover, struct message *message)
{
	struct prooffinding finding;
	uint64_t number = message_get_number(message);

	if (!prooffinding_take(message, &finding))
		return -EBADMSG;
	if (!prover->why || number != prover->number)
		return 0;
	if (is_news(prover, &finding))
		prooffinding_record(prover->enforcer->reclink, &finding, prover->why);
	prover->result = finding.result;
	prover->time = clock_realtime() / CLOCK_SECOND;
	if (finding.result == CERTIFICATE_PROVED)
		prover->proved = prover->time;
	prover->milliseconds = finding.milliseconds;
	snprintf(prover->text, sizeof(prover->text), "%s", finding.text);
	prover->ended = clock_monotonic();
	prover->why = NULL;
	arm_next(prover);
	return 0;
}

static void on_answer(struct loop *loop, int fd, uint32_t events, void *data)
{
	static struct message message;
	struct prover *prover = data;
	int r = message_receive(fd, &message);

	(void)loop;
	(void)events;
	if (r == -EAGAIN)
		return;
	if (r == 0)
		r = message.type == PROVER_ANSWER ? take_finding(prover, &message)
						  : packetask_take(prover->packets, &message);
	message_close_fd(&message);
	if (r < 0)
		end_of_process(prover);
}

/* Requests ------------------------------------------------------------------------------------- */

static void arm_next(struct prover *prover)
{
	int64_t calm = (clock_monotonic() - prover->ended) / CLOCK_MILLISECOND;
	uint64_t wait = DELAY_MS;

	if (!prover->next || prover->why || prover->socket < 0)
		return;
	if (prover->ended && calm < PROVER_LEAST_MS - DELAY_MS)
		wait = (uint64_t)(PROVER_LEAST_MS - calm);
	(void)loop_set_timer(prover->delay, wait, 0);
}

static void on_delay(struct loop *loop, void *data)
{
	struct prover *prover = data;
	struct message message;

	(void)loop;
	if (prover->why || !prover->next || prover->socket < 0)
		return;
	message_begin(&message, PROVER_ASK);
	message_put_number(&message, ++prover->number);
	int r = message_send(prover->socket, &message);

	if (r == -EAGAIN) { /* it has enough to do */
		arm_next(prover);
		return;
	}
	prover->why = prover->next;
	prover->next = NULL;
	if (r < 0)
		end_of_process(prover);
}

void prover_ask(struct prover *prover, const char *why)
{
	if (!prover)
		return;
	/* What hedated itself may not read may have changed, too. */
	if (strcmp(why, "time") != 0)
		wholeproof_ask(prover->enforcer->whole, why);
	/* An apply says more than what follows from it. */
	if (!prover->next || strcmp(why, "apply") == 0)
		prover->next = why;
	arm_next(prover);
}

static void on_interval(struct loop *loop, void *data)
{
	(void)loop;
	prover_ask(data, "time");
}

void prover_configure(struct prover *prover)
{
	const struct policy *policy = prover ? lifecycle_policy(prover->enforcer->lifecycle) : NULL;
	uint64_t period = policy ? UINT64_C(1000) * policy->prove_seconds : 0;

	if (!prover)
		return;
	if (period)
		(void)loop_set_timer(prover->interval, period, period);
	else
		loop_stop_timer(prover->interval);
}

int prover_snapshot(struct prover *prover, int connection)
{
	struct message message;

	if (!prover || prover->socket < 0)
		return -ENOTCONN;
	message_begin(&message, PROVER_SNAPSHOT);
	message.fd = connection;
	return message_send(prover->socket, &message);
}

bool prover_compare(struct prover *prover, const struct packettexts *texts,
	struct packetask_waiter *waiter, enum changepackets_why *ret_why)
{
	*ret_why = CHANGEPACKETS_NO_WORKER;
	return prover && packetask_ask(prover->packets, prover->socket, texts, waiter, ret_why);
}

void prover_cancel(struct prover *prover, struct packetask_waiter *waiter)
{
	if (prover)
		packetask_cancel(prover->packets, waiter);
}

struct prover_state prover_state(const struct prover *prover)
{
	struct prover_state state = { .result = "none", .text = "" };

	if (!prover)
		return state;
	state.result = prover->result == RESULT_NONE ? "none" : prooffinding_result(prover->result);
	state.time = prover->time;
	state.proved = prover->proved;
	state.milliseconds = prover->milliseconds;
	state.text = prover->text;
	return state;
}

/* --------------------------------------------------------------------------------------------- */

int prover_new(struct enforcer *enforcer, int socket, struct prover **ret_prover)
{
	struct prover *prover = calloc(1, sizeof(*prover));
	int r = prover ? 0 : -ENOMEM;

	if (r == 0) {
		prover->enforcer = enforcer;
		prover->socket = socket;
		prover->result = RESULT_NONE;
		r = packetask_new(&prover->packets);
	}
	if (r == 0)
		r = loop_add_timer(enforcer->loop, on_delay, prover, &prover->delay);
	if (r == 0)
		r = loop_add_timer(enforcer->loop, on_interval, prover, &prover->interval);
	if (r == 0 && socket >= 0)
		r = loop_add_fd(
			enforcer->loop, socket, EPOLLIN, on_answer, prover, &prover->source);
	if (r < 0) {
		if (socket >= 0)
			close(socket);
		if (prover)
			prover->socket = -1;
		prover_free(prover);
		return r;
	}
	prover_configure(prover);
	prover_ask(prover, "start");
	*ret_prover = prover;
	return 0;
}

void prover_free(struct prover *prover)
{
	if (!prover)
		return;
	loop_remove(prover->source);
	loop_remove(prover->delay);
	loop_remove(prover->interval);
	if (prover->socket >= 0)
		close(prover->socket);
	packetask_free(prover->packets);
	free(prover);
}
