/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "prooffinding.h"

#include <stdio.h>
#include <string.h>

#include <sodium.h>

/* The worst answer is told in full. */
static void note_answer(struct prooffinding *finding, const struct certificate *certificate,
	const struct prove_cell *cell, enum prove_phase phase, enum prove_verdict *worst)
{
	static const unsigned int ends[SYM_WAYS] = { PKTTEXT_IN | PKTTEXT_OUT, PKTTEXT_IN,
		PKTTEXT_OUT };
	const struct prove_answer *answer = &cell->phases[phase];

	finding->cells++;
	finding->more += answer->verdict == PROVE_MORE;
	finding->less += answer->verdict == PROVE_LESS;
	finding->undecided += answer->verdict == PROVE_UNDECIDED || answer->verdict == PROVE_BUDGET;
	if (answer->verdict <= *worst)
		return;
	*worst = answer->verdict;
	snprintf(finding->text, sizeof(finding->text), "%s > %s, %s, %s: %s%s%s",
		certificate_place(certificate->policy, cell->from),
		certificate_place(certificate->policy, cell->to),
		cell->world == PKT_IPV4 ? "IPv4" : "IPv6", prove_phase_name(phase),
		prove_verdict_name(answer->verdict), answer->path ? ", path " : "",
		answer->path ? answer->path->name : "");
	finding->witness[0] = '\0';
	if (answer->has_witness)
		pkttext(cell->world, &answer->witness,
			ends[prove_cell_way(certificate->policy, cell)], finding->witness);
}

static void note_items(struct prooffinding *finding, const struct bypass_list *list)
{
	for (size_t i = 0; list && i < list->count; i++) {
		const struct bypass_item *item = &list->items[i];
		size_t length = strlen(finding->items);

		if (item->state == BYPASS_OK || (item->state == BYPASS_PRESENT && item->harmless))
			continue;
		snprintf(finding->items + length, sizeof(finding->items) - length, "%s%s",
			length ? ", " : "", item->name);
	}
}

void prooffinding_of(const struct certificate *certificate, struct prooffinding *ret_finding)
{
	const struct proof *proof = certificate->proof;
	enum prove_verdict worst = PROVE_OBSERVED;

	*ret_finding = (struct prooffinding){ .result = certificate_result(certificate),
		.generation = certificate->snapshot->generation };
	for (unsigned int i = 0; i < PKT_WORLDS; i++)
		for (size_t k = 0; k < proof->worlds[i].cell_count * PROVE_PHASES; k++)
			note_answer(ret_finding, certificate,
				&proof->worlds[i].cells[k / PROVE_PHASES],
				(enum prove_phase)(k % PROVE_PHASES), &worst);
	note_items(ret_finding, certificate->bypass);
	if (certificate->connections)
		ret_finding->contradictions =
			certificate->connections->count + certificate->connections->left_out;
	if (ret_finding->text[0] == '\0' && ret_finding->items[0] != '\0')
		snprintf(ret_finding->text, sizeof(ret_finding->text), "inventory: %s",
			ret_finding->items);
	sodium_bin2hex(ret_finding->digest, sizeof(ret_finding->digest), certificate->digest,
		sizeof(certificate->digest));
}

void prooffinding_put(struct message *message, const struct prooffinding *finding)
{
	message_put_number(message, finding->result);
	message_put_string(message, finding->text);
	message_put_string(message, finding->witness);
	message_put_number(message, finding->cells);
	message_put_number(message, finding->more);
	message_put_number(message, finding->less);
	message_put_number(message, finding->undecided);
	message_put_string(message, finding->items);
	message_put_number(message, finding->contradictions);
	message_put_string(message, finding->digest);
	message_put_number(message, finding->generation);
	message_put_number(message, finding->milliseconds);
}

bool prooffinding_take(struct message *message, struct prooffinding *ret_finding)
{
	ret_finding->result = message_get_number(message);
	message_get_string(message, ret_finding->text, sizeof(ret_finding->text));
	message_get_string(message, ret_finding->witness, sizeof(ret_finding->witness));
	ret_finding->cells = message_get_number(message);
	ret_finding->more = message_get_number(message);
	ret_finding->less = message_get_number(message);
	ret_finding->undecided = message_get_number(message);
	message_get_string(message, ret_finding->items, sizeof(ret_finding->items));
	ret_finding->contradictions = message_get_number(message);
	message_get_string(message, ret_finding->digest, sizeof(ret_finding->digest));
	ret_finding->generation = message_get_number(message);
	ret_finding->milliseconds = message_get_number(message);
	return message_complete(message) && ret_finding->result <= PROOFFINDING_FAILED;
}

const char *prooffinding_result(uint64_t result)
{
	return result < CERTIFICATE_RESULTS
		       ? certificate_result_name((enum certificate_result)result)
		       : "failed";
}
