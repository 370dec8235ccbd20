/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctlproposal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/conf.h"
#include "ctlanswer.h"
#include "ctlsummary.h"
#include "localuser.h"
#include "opengate.h"
#include "proposals.h"
#include "roles.h"

/* Who asks, with a name. */
struct asked {
	struct proposals_person person;
	char who[LOCALUSER_MAX];
};

static void person_of(const struct caller *caller, struct asked *asked)
{
	localuser_name(caller->person, asked->who);
	asked->person = (struct proposals_person){ caller->person, caller->peer.pid, asked->who };
}

static int put_proposal(
	const struct proposals *proposals, const struct proposal *proposal, struct sendq *queue)
{
	struct message message;
	struct json json;
	int r = -ENOMEM;

	json_init(&json);
	proposal_write(&json, proposal);
	if (!json.failed) {
		message_begin(&message, CTL_PROPOSAL);
		message_put_string(&message, json.text);
		message_put_number(&message, proposals_current(proposals, proposal));
		r = sendq_push(queue, &message);
	}
	json_clear(&json);
	return r;
}

/* What a proposal would change now, of which configuration. */
static int put_look(const struct enforcer *enforcer, const struct proposals_result *result,
	const struct diag_list *diags, struct sendq *queue)
{
	const struct policy *policy = lifecycle_policy(enforcer->lifecycle);
	char base[PROPOSAL_DIGEST_MAX];
	int r = diags ? ctlanswer_diags(queue, diags) : 0;

	if (r == 0 && result->proposal)
		r = put_proposal(enforcer->proposals, result->proposal, queue);
	if (r == 0)
		r = ctlsummary_put(queue, result->change);
	if (r < 0 || !policy)
		return r;
	proposal_digest_text(policy->digest, base);
	return ctlanswer_field(queue, "base", base);
}

int ctlproposal_list(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue)
{
	const struct proposals *proposals = enforcer->proposals;
	int r = 0;

	(void)caller;
	if (!message_complete(message))
		return -EBADMSG;
	for (size_t i = 0; i < proposals_count(proposals) && r == 0; i++)
		r = put_proposal(proposals, proposals_at(proposals, i), queue);
	if (r < 0)
		return r;
	const char *problem = proposals_problem(proposals);

	return ctlanswer_result(queue, problem[0] != '\0' ? EXIT_FAILED : EXIT_OK, problem);
}

/* ---- looking ---- */

static int refuse_digits(int error, struct sendq *queue)
{
	return ctlanswer_result(queue, EXIT_FAILED,
		error == -EINVAL ? "a proposal is called by the first 12 digits of its digest, or "
				   "more"
		: error == -ENOTUNIQ ? "several proposals begin with these digits"
				     : "no proposal has this digest; it may have ended, or was "
				       "decided on: \"hedate proposals\" shows those that wait");
}

/* Of one that was looked at; its packets come in between. */
static int end_look(const struct enforcer *enforcer, enum exit_code code,
	struct proposals_result *result, struct diag_list *diags, struct ctlsummary_answer *answer)
{
	int r = put_look(enforcer, result, diags, answer->queue);

	if (code == EXIT_OK) {
		answer->texts = result->texts;
		result->texts = (struct packettexts){ .wanted = false };
	}
	proposals_result_clear(result);
	diag_list_free(diags);
	return r < 0 ? r : ctlanswer_result(&answer->last, code, result->why);
}

static int look(struct enforcer *enforcer, const struct proposal *proposal,
	struct ctlsummary_answer *answer)
{
	struct proposals_result result;
	struct diag_list *diags;
	int r = diag_list_new(&diags);

	if (r < 0)
		return r;
	enum exit_code code = proposals_look(enforcer->proposals, proposal, diags, &result);

	return end_look(enforcer, code, &result, diags, answer);
}

int ctlproposal_show(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct ctlsummary_answer *answer)
{
	char digits[PROPOSAL_DIGEST_MAX];
	const struct proposal *proposal;

	(void)caller;
	message_get_string(message, digits, sizeof(digits));
	if (!message_complete(message))
		return -EBADMSG;
	int r = proposals_find(enforcer->proposals, digits, &proposal);

	return r < 0 ? refuse_digits(r, answer->queue) : look(enforcer, proposal, answer);
}

int ctlproposal_try(struct enforcer *enforcer, struct message *message, const struct caller *caller,
	struct ctlsummary_answer *answer)
{
	char name[CTLANSWER_FILE_MAX];
	struct proposals_result result;
	struct diag_list *diags;

	(void)caller;
	message_get_string(message, name, sizeof(name));
	bool packets = message_get_number(message) != 0;

	if (!message_complete(message))
		return -EBADMSG;
	int r = diag_list_new(&diags);

	if (r < 0)
		return r;
	const struct change_request request = {
		.name = message->fd < 0	  ? NULL
			: name[0] != '\0' ? name
					  : "configuration",
		.fd = message->fd,
		.packets = packets,
	};
	enum exit_code code = proposals_try(enforcer->proposals, &request, diags, &result);

	return end_look(enforcer, code, &result, diags, answer);
}

/* ---- proposing ---- */

int ctlproposal_propose(struct enforcer *enforcer, const struct change_request *request,
	struct ctlsummary_answer *answer)
{
	struct proposals_result result;
	struct diag_list *diags;
	int r = diag_list_new(&diags);

	if (r < 0)
		return r;
	enum exit_code code = proposals_propose(enforcer->proposals, request, diags, &result);

	return end_look(enforcer, code, &result, diags, answer);
}

int ctlproposal_open(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue)
{
	char site[POLICY_LABEL_MAX], reason[STORE_REASON_MAX];
	const struct policy *policy = lifecycle_policy(enforcer->lifecycle);
	struct proposals_result result = { 0 };
	struct asked asked;
	enum exit_code code = EXIT_FAILED;

	message_get_string(message, site, sizeof(site));
	message_get_string(message, reason, sizeof(reason));
	if (!message_complete(message))
		return -EBADMSG;
	person_of(caller, &asked);
	if (!policy || strcmp(site, policy->site) != 0)
		snprintf(result.why, sizeof(result.why),
			"refused: this is not the name of the site that is enforced here");
	else if (reason[0] == '\0')
		snprintf(result.why, sizeof(result.why), "refused: a reason is needed");
	else
		code = proposals_propose_open(enforcer->proposals, &asked.person, reason, &result);
	if (!result.proposal)
		opengate_record_refusal(enforcer->opengate, &asked.person, result.why);
	int r = put_look(enforcer, &result, NULL, queue);

	return r < 0 ? r : ctlanswer_result(queue, code, result.why);
}

int ctlproposal_close(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue)
{
	char reason[STORE_REASON_MAX], why[PROPOSALS_WHY_MAX] = "";
	struct asked asked;

	message_get_string(message, reason, sizeof(reason));
	if (!message_complete(message))
		return -EBADMSG;
	person_of(caller, &asked);
	enum exit_code code = opengate_close(enforcer->opengate, &asked.person, reason, why);

	return ctlanswer_result(queue, code, why);
}

/* ---- deciding ---- */

int ctlproposal_approve(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue)
{
	char digits[PROPOSAL_DIGEST_MAX], base[PROPOSAL_DIGEST_MAX];
	struct proposals_result result;
	struct diag_list *diags;
	struct asked asked;

	message_get_string(message, digits, sizeof(digits));
	message_get_string(message, base, sizeof(base));
	if (!message_complete(message))
		return -EBADMSG;
	int r = diag_list_new(&diags);

	if (r < 0)
		return r;
	person_of(caller, &asked);
	enum exit_code code =
		proposals_approve(enforcer->proposals, digits, base, &asked.person, diags, &result);

	r = ctlanswer_diags(queue, diags);
	diag_list_free(diags);
	proposals_result_clear(&result);
	if (r < 0)
		return r;
	/* Of one to open there is no revision: it is the same. */
	if (result.why[0] != '\0' || result.applied.change.after[0] == '\0')
		return ctlanswer_result(queue, code, result.why);
	return ctlanswer_apply(
		queue, code, &result.applied, lifecycle_config_file(enforcer->lifecycle));
}

int ctlproposal_refuse(struct enforcer *enforcer, struct message *message,
	const struct caller *caller, struct sendq *queue)
{
	char digits[PROPOSAL_DIGEST_MAX], reason[STORE_REASON_MAX];
	struct proposals_result result;
	struct asked asked;

	message_get_string(message, digits, sizeof(digits));
	message_get_string(message, reason, sizeof(reason));
	if (!message_complete(message))
		return -EBADMSG;
	person_of(caller, &asked);
	enum exit_code code = proposals_refuse(enforcer->proposals, digits, &asked.person,
		caller->rights & RIGHT_DECIDE, reason, &result);

	return ctlanswer_result(queue, code, result.why);
}
