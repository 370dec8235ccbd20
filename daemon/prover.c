/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "prover.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "clock.h"
#include "enforcer.h"
#include "proverproc.h"

#define DELAY_MS  300 /* changes come together */
#define TEXT_MAX  600
#define NAMES_MAX 400

struct prover {
	struct enforcer *enforcer;
	int socket;
	struct loop_source *source, *delay, *interval;
	uint64_t number;	/* of the last request */
	const char *why, *next; /* of what is being answered; of what is asked then; or NULL */
	int64_t ended;		/* monotonic ns, the last answer */
	/* What was found last. */
	unsigned int result; /* enum certificate_result; CERTIFICATE_RESULTS: failed; else none */
	int64_t time, proved;
	uint64_t milliseconds;
	char text[TEXT_MAX];
};

#define RESULT_NONE (CERTIFICATE_RESULTS + 1u)

static const char *result_name(unsigned int result)
{
	if (result < CERTIFICATE_RESULTS)
		return certificate_result_name((enum certificate_result)result);
	return result == CERTIFICATE_RESULTS ? "failed" : "none";
}

/* Answers -------------------------------------------------------------------------------------- */

struct answer {
	uint64_t number, result, cells, more, less, undecided, contradictions, generation,
		milliseconds;
	char text[TEXT_MAX], witness[TEXT_MAX], items[NAMES_MAX], digest[65];
};

static bool take_answer(struct message *message, struct answer *ret_answer)
{
	ret_answer->number = message_get_number(message);
	ret_answer->result = message_get_number(message);
	message_get_string(message, ret_answer->text, sizeof(ret_answer->text));
	message_get_string(message, ret_answer->witness, sizeof(ret_answer->witness));
	ret_answer->cells = message_get_number(message);
	ret_answer->more = message_get_number(message);
	ret_answer->less = message_get_number(message);
	ret_answer->undecided = message_get_number(message);
	message_get_string(message, ret_answer->items, sizeof(ret_answer->items));
	ret_answer->contradictions = message_get_number(message);
	message_get_string(message, ret_answer->digest, sizeof(ret_answer->digest));
	ret_answer->generation = message_get_number(message);
	ret_answer->milliseconds = message_get_number(message);
	return message->type == PROVER_ANSWER && message_complete(message) &&
	       ret_answer->result <= CERTIFICATE_RESULTS;
}

static void record(const struct prover *prover, const struct answer *answer)
{
	static const struct {
		const char *action, *text;
	} events[] = {
		[CERTIFICATE_PROVED] = { "proof",
			"proved: exactly what the policy permits can pass, and nothing else" },
		[CERTIFICATE_RESTRAINED] = { "proof",
			"proved: nothing can pass that the policy does not permit; less does, at "
			"this time" },
		[CERTIFICATE_LOST] = { "proof-lost", "the gateway is not as the policy says" },
		[CERTIFICATE_UNDECIDED] = { "proof-undecided",
			"whether the gateway is as the policy says cannot be decided" },
		[CERTIFICATE_RESULTS] = { "proof-failed",
			"whether the gateway is as the policy says could not be looked at" },
	};
	char numbers[7][24];
	const uint64_t values[7] = { answer->cells, answer->more, answer->less, answer->undecided,
		answer->contradictions, answer->generation, answer->milliseconds };

	for (size_t i = 0; i < 7; i++)
		snprintf(numbers[i], sizeof(numbers[i]), "%" PRIu64, values[i]);
	const char *const pairs[] = { "why", prover->why, "proof.result",
		result_name((unsigned int)answer->result), "what", answer->text, "proof.witness",
		answer->witness, "proof.cells", numbers[0], "proof.more", numbers[1], "proof.less",
		numbers[2], "proof.undecided", numbers[3], "proof.items", answer->items,
		"proof.connections", numbers[4], "proof.generation", numbers[5],
		"proof.milliseconds", numbers[6], "proof.snapshot", answer->digest, NULL };

	reclink_event(prover->enforcer->reclink, events[answer->result].action,
		answer->result <= CERTIFICATE_RESTRAINED, events[answer->result].text, pairs);
}

static void arm_next(struct prover *prover);

static void end_of_process(struct prover *prover)
{
	struct answer answer = { .result = CERTIFICATE_RESULTS };

	loop_remove(prover->source);
	prover->source = NULL;
	close(prover->socket);
	prover->socket = -1;
	snprintf(answer.text, sizeof(answer.text), "the process that proves has ended");
	if (!prover->why)
		prover->why = "time";
	record(prover, &answer);
	prover->result = CERTIFICATE_RESULTS;
	prover->time = clock_realtime() / CLOCK_SECOND;
	snprintf(prover->text, sizeof(prover->text), "%s", answer.text);
}

/* What somebody else's change has not changed is not worth a record. */
static bool is_news(const struct prover *prover, const struct answer *answer)
{
	return strcmp(prover->why, "change") != 0 || answer->result != prover->result ||
	       strcmp(answer->text, prover->text) != 0;
}

static void on_answer(struct loop *loop, int fd, uint32_t events, void *data)
{
	static struct message message;
	struct prover *prover = data;
	struct answer answer;
	int r = message_receive(fd, &message);

	(void)loop;
	(void)events;
	if (r == -EAGAIN)
		return;
	if (r < 0 || !take_answer(&message, &answer)) {
		message_close_fd(&message);
		end_of_process(prover);
		return;
	}
	if (!prover->why || answer.number != prover->number)
		return;
	if (answer.text[0] == '\0' && answer.items[0] != '\0')
		snprintf(answer.text, sizeof(answer.text), "inventory: %.500s", answer.items);
	if (is_news(prover, &answer))
		record(prover, &answer);
	prover->result = (unsigned int)answer.result;
	prover->time = clock_realtime() / CLOCK_SECOND;
	if (answer.result == CERTIFICATE_PROVED)
		prover->proved = prover->time;
	prover->milliseconds = answer.milliseconds;
	snprintf(prover->text, sizeof(prover->text), "%s", answer.text);
	prover->ended = clock_monotonic();
	prover->why = NULL;
	arm_next(prover);
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
	prover->why = prover->next;
	prover->next = NULL;
	if (message_send(prover->socket, &message) < 0)
		end_of_process(prover);
}

void prover_ask(struct prover *prover, const char *why)
{
	if (!prover)
		return;
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

struct prover_state prover_state(const struct prover *prover)
{
	struct prover_state state = { .result = "none", .text = "" };

	if (!prover)
		return state;
	state.result = result_name(prover->result);
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
		r = loop_add_timer(enforcer->loop, on_delay, prover, &prover->delay);
	}
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
	free(prover);
}
