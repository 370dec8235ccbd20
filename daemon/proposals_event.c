/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What happens to proposals, as events of the log. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "../lib/exception.h"
#include "proposals_impl.h"

static const struct {
	const char *action, *done, *not_done;
} steps[] = {
	{ "propose", "a change was proposed", "a change was proposed" },
	{ "propose-refused", "", "a change could not be proposed" },
	{ "propose-withdrawn", "who made a proposal took it back",
		"who made a proposal took it back" },
	{ "refuse", "another person refused a proposal", "another person refused a proposal" },
	{ "propose-expired", "a proposal came to its end", "a proposal came to its end" },
	{ "approve", "a proposal was approved", "a proposal was approved" },
	{ "approve-refused", "a proposal was not approved", "a proposal was not approved" },
};

static const char *text_of(const char *action, bool done)
{
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
		if (strcmp(steps[i].action, action) == 0)
			return done ? steps[i].done : steps[i].not_done;
	return "";
}

/* Pairs of key and value, without those that have none. */
#define PAIRS_MAX 16
struct pairs {
	const char *list[2 * PAIRS_MAX + 1];
	size_t count;
};

static void add(struct pairs *pairs, const char *key, const char *value)
{
	if (!value || value[0] == '\0')
		return;
	pairs->list[pairs->count++] = key;
	pairs->list[pairs->count++] = value;
	pairs->list[pairs->count] = NULL;
}

/* The members of a proposal. */
struct texts {
	char digest[PROPOSAL_DIGEST_MAX], base[PROPOSAL_DIGEST_MAX];
	char proposer_uid[16], expires[EXCEPTION_TIME_MAX], of[24], uid[16], pid[16];
};

static void add_proposal(struct pairs *pairs, const struct proposal *proposal, struct texts *texts)
{
	proposal_digest_text(proposal->digest, texts->digest);
	proposal_digest_text(proposal->base, texts->base);
	exception_time_format(proposal->expires, texts->expires);
	snprintf(texts->proposer_uid, sizeof(texts->proposer_uid), "%" PRIu32, proposal->uid);
	snprintf(texts->of, sizeof(texts->of), "%" PRIu64, proposal->of);
	add(pairs, "proposal", texts->digest);
	add(pairs, "kind", proposal_kind_name(proposal->kind));
	add(pairs, "proposer_uid", texts->proposer_uid);
	add(pairs, "proposer", proposal->who);
	add(pairs, "file", proposal->file);
	add(pairs, "ticket", proposal->ticket);
	add(pairs, "reason", proposal->reason);
	add(pairs, "base", texts->base);
	add(pairs, "expires", texts->expires);
	if (proposal->of > 0)
		add(pairs, "of", texts->of);
}

void proposals_record(const struct proposals *proposals, const char *action,
	const struct proposal *proposal, const struct proposals_person *person, const char *why)
{
	struct pairs pairs = { 0 };
	struct texts texts;

	if (!proposals->enforcer)
		return;
	if (proposal)
		add_proposal(&pairs, proposal, &texts);
	if (person) {
		snprintf(texts.uid, sizeof(texts.uid), "%u", person->uid);
		snprintf(texts.pid, sizeof(texts.pid), "%d", person->pid);
		add(&pairs, "uid", texts.uid);
		add(&pairs, "user", person->who);
		add(&pairs, "pid", texts.pid);
	}
	add(&pairs, "why", why);
	reclink_event(
		proposals->enforcer->reclink, action, !why, text_of(action, !why), pairs.list);
}

void proposals_record_broken(const struct proposals *proposals, const char *name)
{
	char count[24];

	snprintf(count, sizeof(count), "%zu", proposals->broken);
	reclink_event(proposals->enforcer->reclink, "proposal-broken", false,
		"files of proposals are not what they should be, and are not used",
		(const char *const[]){ "file", name, "count", count, NULL });
}
