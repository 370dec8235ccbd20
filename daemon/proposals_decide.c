/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Approving and refusing. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/errtext.h"
#include "opengate.h"
#include "proposals_impl.h"

static enum exit_code find(const struct proposals *proposals, const char *digits,
	const struct proposal **ret_proposal, struct proposals_result *result)
{
	int r = proposals_find(proposals, digits, ret_proposal);

	if (r == -EINVAL)
		return proposals_fail(result,
			"a proposal is called by the first 12 digits of its digest, or more");
	if (r == -ENOTUNIQ)
		return proposals_fail(result, "several proposals begin with these digits");
	return r < 0 ? proposals_fail(result,
			       "no proposal has this digest; it may have ended, or was decided on: "
			       "\"hedate proposals\" shows those that wait")
		     : EXIT_OK;
}

/* ---- approving ---- */

static enum exit_code check(const struct proposals *proposals, const struct proposal *proposal,
	const char *digits, const char *base, const struct proposals_person *person,
	struct proposals_result *result)
{
	char now[PROPOSAL_DIGEST_MAX];

	if (strlen(digits) != PROPOSAL_DIGEST_MAX - 1)
		return proposals_fail(result, "all digits of the digest are needed");
	if (proposal->uid == person->uid)
		return proposals_fail(result,
			"refused: you have proposed it yourself; another person has to approve it");
	if (proposals_now() >= proposal->expires)
		return proposals_fail(result, "refused: the proposal has ended");
	if (!proposals_current(proposals, proposal))
		return proposals_fail(result,
			"refused: another configuration has come into force since it was proposed, "
			"so that nobody has seen what it would change now; propose it again");
	proposal_digest_text(lifecycle_policy(proposals->enforcer->lifecycle)->digest, now);
	if (strcmp(base, now) != 0)
		return proposals_fail(result,
			"refused: what you have seen is what it would have changed of another "
			"configuration; look at it again");
	return EXIT_OK;
}

static enum exit_code apply(struct proposals *proposals, const struct proposal *proposal,
	const struct proposals_person *person, struct diag_list *diags,
	struct proposals_result *result)
{
	char name[PROPOSALFILE_NAME_MAX], *bytes;
	struct change_request request = {
		.how = "approval",
		.name = proposal->file[0] != '\0' ? proposal->file : "configuration",
		.fd = -1,
		.uid = proposal->uid,
		.pid = person->pid,
		.who = proposal->who,
		.approved = true,
		.approver_uid = person->uid,
		.approver = person->who,
		.ticket = proposal->ticket,
		.reason = proposal->reason,
		.confirm_seconds = proposal->confirm_seconds,
		.of = proposal->of,
	};
	struct proposal again;
	int r;

	proposalfile_name(proposal, name);
	r = proposalfile_get(proposals->directory, name, &again, &bytes, &request.length);
	if (r == 0 && memcmp(&again.digest, &proposal->digest, sizeof(again.digest)) != 0) {
		free(bytes);
		r = -EBADMSG;
	}
	if (r < 0)
		return proposals_fail(result, "the proposal cannot be read: %s",
			r == -EBADMSG ? "its file is broken" : errtext_english(r));
	request.bytes = bytes;
	enum exit_code code =
		enforcer_apply(proposals->enforcer, &request, diags, &result->applied);

	free(bytes);
	if (code != EXIT_OK && code != EXIT_DIFFERS)
		snprintf(result->why, sizeof(result->why), "%s",
			result->applied.why[0] != '\0' ? result->applied.why
			: code == EXIT_CONFIG ? "the configuration was refused; nothing changed"
					      : "the rule set could not be put in place; nothing "
						"changed");
	return code;
}

static enum exit_code carry_out(struct proposals *proposals, const struct proposal *proposal,
	const struct proposals_person *person, struct diag_list *diags,
	struct proposals_result *result)
{
	const struct proposals_person proposer = { proposal->uid, 0, proposal->who };

	if (proposal->kind == PROPOSAL_APPLY)
		return apply(proposals, proposal, person, diags, result);
	return opengate_open(proposals->enforcer->opengate, &proposer, person, proposal->reason,
		diags, result->why);
}

enum exit_code proposals_approve(struct proposals *proposals, const char *digits, const char *base,
	const struct proposals_person *person, struct diag_list *diags,
	struct proposals_result *ret_result)
{
	const struct proposal *found = NULL;
	struct proposal proposal;

	*ret_result = (struct proposals_result){ 0 };
	enum exit_code code = find(proposals, digits, &found, ret_result);

	if (code == EXIT_OK)
		code = check(proposals, found, digits, base, person, ret_result);
	if (code != EXIT_OK) {
		proposals_record(proposals, "approve-refused", found, person, ret_result->why);
		return code;
	}
	proposal = *found;
	/* First, so that it stands before what it brings about. */
	proposals_record(proposals, "approve", &proposal, person, NULL);
	code = carry_out(proposals, &proposal, person, diags, ret_result);
	if (code == EXIT_OK || code == EXIT_DIFFERS)
		(void)proposals_drop(proposals, found); /* else it is stale, and ends */
	else
		proposals_record(proposals, "approve-refused", &proposal, person, ret_result->why);
	return code;
}

/* ---- refusing ---- */

enum exit_code proposals_refuse(struct proposals *proposals, const char *digits,
	const struct proposals_person *person, bool may_decide, const char *reason,
	struct proposals_result *ret_result)
{
	const struct proposal *found;
	struct proposal proposal;
	int r;

	*ret_result = (struct proposals_result){ 0 };
	if (find(proposals, digits, &found, ret_result) != EXIT_OK)
		return EXIT_FAILED;
	bool own = found->uid == person->uid;

	if (!own && !may_decide)
		return proposals_fail(ret_result,
			"refused: only members of the group hedate-approver, root, and who has "
			"proposed it may do this");
	proposal = *found;
	if ((r = proposals_drop(proposals, found)) < 0)
		return proposals_fail(
			ret_result, "the proposal cannot be taken away: %s", errtext_english(r));
	proposals_record(proposals, own ? "propose-withdrawn" : "refuse", &proposal, person,
		reason[0] != '\0' ? reason : NULL);
	return EXIT_OK;
}
