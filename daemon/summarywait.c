/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "summarywait.h"

#include <errno.h>

struct ctlsummary_answer *summarywait_begin(struct summarywait *wait, struct sendq *queue,
	struct prover *prover, void (*function)(void *data), void *data)
{
	*wait = (struct summarywait){
		.prover = prover,
		.answer = { .queue = queue },
		.function = function,
		.data = data,
	};
	sendq_init(&wait->answer.last, queue->limit);
	return &wait->answer;
}

/* What was found of packets, and RESULT behind it. NULL: nothing could be said of them. */
static int end(struct summarywait *wait, const struct change *packets)
{
	int r = packets ? ctlsummary_put(wait->answer.queue, packets) : -ENOMEM;

	return r < 0 ? r : ctlsummary_answer_end(&wait->answer);
}

static int end_without(struct summarywait *wait, enum changepackets_why why)
{
	struct change *unknown = packetask_unknown(why);
	int r = end(wait, unknown);

	change_free(unknown);
	return r;
}

static void on_compared(const struct change *packets, void *data)
{
	struct summarywait *wait = data;

	wait->comparing = false;
	/* Out of memory: closed without an answer. */
	(void)end(wait, packets);
	wait->function(wait->data);
}

int summarywait_compare(struct summarywait *wait)
{
	struct packettexts *texts = &wait->answer.texts;
	enum changepackets_why why;

	if (!texts->wanted)
		return ctlsummary_answer_end(&wait->answer);
	wait->packets = (struct packetask_waiter){ .function = on_compared, .data = wait };
	wait->comparing = prover_compare(wait->prover, texts, &wait->packets, &why);
	packettexts_clear(texts);
	return wait->comparing ? 0 : end_without(wait, why);
}

void summarywait_late(struct summarywait *wait)
{
	prover_cancel(wait->prover, &wait->packets);
	wait->comparing = false;
	(void)end_without(wait, CHANGEPACKETS_LATE);
}

void summarywait_clear(struct summarywait *wait)
{
	if (wait->comparing)
		prover_cancel(wait->prover, &wait->packets);
	wait->comparing = false;
	ctlsummary_answer_clear(&wait->answer);
}
