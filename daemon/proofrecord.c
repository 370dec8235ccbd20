/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The event of what a proof has found. */
#include <inttypes.h>
#include <stdio.h>

#include "prooffinding.h"
#include "reclink.h"

void prooffinding_record(
	struct reclink *reclink, const struct prooffinding *finding, const char *why)
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
		[PROOFFINDING_FAILED] = { "proof-failed",
			"whether the gateway is as the policy says could not be looked at" },
	};
	char numbers[7][24];
	const uint64_t values[7] = { finding->cells, finding->more, finding->less,
		finding->undecided, finding->contradictions, finding->generation,
		finding->milliseconds };

	for (size_t i = 0; i < 7; i++)
		snprintf(numbers[i], sizeof(numbers[i]), "%" PRIu64, values[i]);
	const char *const pairs[] = { "why", why, "proof.result",
		prooffinding_result(finding->result), "what", finding->text, "proof.witness",
		finding->witness, "proof.cells", numbers[0], "proof.more", numbers[1], "proof.less",
		numbers[2], "proof.undecided", numbers[3], "proof.items", finding->items,
		"proof.connections", numbers[4], "proof.generation", numbers[5],
		"proof.milliseconds", numbers[6], "proof.snapshot", finding->digest, NULL };

	reclink_event(reclink, events[finding->result].action,
		finding->result <= CERTIFICATE_RESTRAINED, events[finding->result].text, pairs);
}
