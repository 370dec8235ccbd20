/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proposals.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "clock.h"
#include "proposals_impl.h"

#define LOOK_MS 60000 /* the clock may be set */

int64_t proposals_now(void)
{
	return clock_realtime() / CLOCK_SECOND;
}

enum exit_code proposals_fail(struct proposals_result *result, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(result->why, sizeof(result->why), format, arguments);
	va_end(arguments);
	return EXIT_FAILED;
}

void proposals_result_clear(struct proposals_result *result)
{
	change_free(result->change);
	result->change = NULL;
	packettexts_clear(&result->texts);
	change_result_clear(&result->applied);
}

/* ---- those that there are ---- */

const char *proposals_problem(const struct proposals *proposals)
{
	return proposals->problem;
}

size_t proposals_count(const struct proposals *proposals)
{
	return proposals->count;
}

const struct proposal *proposals_at(const struct proposals *proposals, size_t index)
{
	return &proposals->items[index].proposal;
}

int proposals_find(
	const struct proposals *proposals, const char *digits, const struct proposal **ret_proposal)
{
	size_t length = strlen(digits), found = 0;

	if (length < PROPOSALS_DIGITS_LEAST || strspn(digits, "0123456789abcdef") != length)
		return -EINVAL;
	for (size_t i = 0; i < proposals->count; i++) {
		const struct proposal *proposal = &proposals->items[i].proposal;
		char digest[PROPOSAL_DIGEST_MAX];

		proposal_digest_text(proposal->digest, digest);
		if (length > strlen(digest) || strncmp(digest, digits, length) != 0)
			continue;
		*ret_proposal = proposal;
		found++;
	}
	return found == 0 ? -ENOENT : found > 1 ? -ENOTUNIQ : 0;
}

bool proposals_current(const struct proposals *proposals, const struct proposal *proposal)
{
	const struct policy *policy = lifecycle_policy(proposals->enforcer->lifecycle);

	return policy && memcmp(policy->digest, proposal->base, sizeof(proposal->base)) == 0;
}

static struct proposals_kept *find_kept(
	struct proposals *proposals, const struct proposal *proposal)
{
	for (size_t i = 0; i < proposals->count; i++)
		if (&proposals->items[i].proposal == proposal)
			return &proposals->items[i];
	return NULL;
}

void proposals_add(struct proposals *proposals, const struct proposal *proposal, size_t length)
{
	size_t place = proposals->count++;

	while (place > 0 && proposals->items[place - 1].proposal.time > proposal->time) {
		proposals->items[place] = proposals->items[place - 1];
		place--;
	}
	proposals->items[place] = (struct proposals_kept){ *proposal, length };
}

int proposals_drop(struct proposals *proposals, const struct proposal *proposal)
{
	struct proposals_kept *kept = find_kept(proposals, proposal);
	int r = proposalfile_remove(proposals->directory, proposal);

	if (r < 0 || !kept)
		return r;
	size_t after = proposals->count - (size_t)(kept - proposals->items) - 1;

	memmove(kept, kept + 1, after * sizeof(*kept));
	proposals->count--;
	return 0;
}

/* ---- reading them ---- */

static int take_file(const char *name, void *data)
{
	struct proposals *proposals = data;
	struct proposal proposal;
	char *bytes = NULL;
	size_t length = 0;
	int r = proposalfile_get(proposals->directory, name, &proposal, &bytes, &length);

	free(bytes);
	if (r == -ENOMEM)
		return r;
	if (r == 0 && proposals->count < PROPOSALS_MAX) {
		proposals_add(proposals, &proposal, length);
		return 0;
	}
	proposals->broken++;
	snprintf(proposals->broken_name, sizeof(proposals->broken_name), "%s", name);
	return 0;
}

int proposals_new(const char *state_directory, const struct sandbox_user *user,
	struct proposals **ret_proposals)
{
	struct proposals *proposals = calloc(1, sizeof(*proposals));
	int r;

	if (!proposals)
		return -ENOMEM;
	proposals->directory = -1;
	r = proposalfile_open(state_directory, user, &proposals->directory);
	if (r == 0)
		r = proposalfile_each(proposals->directory, take_file, proposals);
	if (r == -ENOMEM) {
		proposals_free(proposals);
		return r;
	}
	if (r < 0)
		snprintf(proposals->problem, sizeof(proposals->problem),
			"%s/" PROPOSALFILE_DIRECTORY ": %s", state_directory,
			r == -EPERM ? "it belongs to another user, or others may write to it"
				    : errtext_english(r));
	*ret_proposals = proposals;
	return 0;
}

void proposals_free(struct proposals *proposals)
{
	if (!proposals)
		return;
	loop_remove(proposals->timer);
	if (proposals->directory >= 0)
		close(proposals->directory);
	free(proposals);
}

/* ---- their ends ---- */

static bool has_ended(const struct proposal *proposal, int64_t now)
{
	return now >= proposal->expires;
}

static void drop_ended(struct proposals *proposals, int64_t now)
{
	for (size_t i = 0; i < proposals->count;) {
		struct proposal proposal = proposals->items[i].proposal;

		if (!has_ended(&proposal, now) ||
			proposals_drop(proposals, &proposals->items[i].proposal) < 0)
			i++;
		else
			proposals_record(proposals, "propose-expired", &proposal, NULL, NULL);
	}
}

void proposals_arm(struct proposals *proposals)
{
	int64_t now = proposals_now();
	uint64_t delay = LOOK_MS;

	drop_ended(proposals, now);
	for (size_t i = 0; i < proposals->count; i++) {
		int64_t left = proposals->items[i].proposal.expires - now;

		/* One that could not be taken away is tried again. */
		if (left > 0 && (uint64_t)left * 1000 < delay)
			delay = (uint64_t)left * 1000;
	}
	if (proposals->count > 0)
		(void)loop_set_timer(proposals->timer, delay, 0);
	else
		loop_stop_timer(proposals->timer);
}

static void on_timer(struct loop *loop, void *data)
{
	(void)loop;
	proposals_arm(data);
}

int proposals_attach(struct proposals *proposals, struct enforcer *enforcer)
{
	int r = loop_add_timer(enforcer->loop, on_timer, proposals, &proposals->timer);

	if (r < 0)
		return r;
	proposals->enforcer = enforcer;
	if (proposals->broken > 0)
		proposals_record_broken(proposals, proposals->broken_name);
	proposals_arm(proposals);
	return 0;
}
