/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Making proposals, and what they would change. */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/conf.h"
#include "../lib/errtext.h"
#include "proposals_impl.h"

static void copy_text(char *place, size_t size, const char *text)
{
	snprintf(place, size, "%s", text ? text : "");
}

/* ---- room ---- */

static size_t count_of(const struct proposals *proposals, uid_t uid)
{
	size_t count = 0;

	for (size_t i = 0; i < proposals->count; i++)
		count += proposals->items[i].proposal.uid == uid;
	return count;
}

static size_t bytes_of(const struct proposals *proposals)
{
	size_t bytes = 0;

	for (size_t i = 0; i < proposals->count; i++)
		bytes += proposals->items[i].length;
	return bytes;
}

static enum exit_code check_room(const struct proposals *proposals, uid_t uid, size_t length,
	struct proposals_result *result)
{
	if (proposals->problem[0] != '\0')
		return proposals_fail(result, "nothing can be proposed: %s", proposals->problem);
	if (count_of(proposals, uid) >= PROPOSALS_MAX_OF_ONE)
		return proposals_fail(result,
			"refused: 8 proposals of yours wait already; take one back with \"hedate "
			"refuse\"");
	if (proposals->count >= PROPOSALS_MAX || length > PROPOSALS_BYTES_MAX - bytes_of(proposals))
		return proposals_fail(result, "refused: too many proposals wait already; \"hedate "
					      "proposals\" shows them");
	return EXIT_OK;
}

/* The same bytes are there already: who may put them there once more? */
static enum exit_code replace(struct proposals *proposals, const struct proposal *proposal,
	struct proposals_result *result)
{
	char digest[PROPOSAL_DIGEST_MAX];
	const struct proposal *old;
	int r;

	proposal_digest_text(proposal->digest, digest);
	if (proposals_find(proposals, digest, &old) < 0)
		return EXIT_OK;
	if (old->uid != proposal->uid && proposals_current(proposals, old))
		return proposals_fail(result,
			"refused: another person has proposed this already; \"hedate approve\" "
			"approves it");
	r = proposals_drop(proposals, old);
	return r < 0 ? proposals_fail(result, "the proposal cannot be kept: %s", errtext_english(r))
		     : EXIT_OK;
}

/* ---- keeping one ---- */

static enum exit_code keep(struct proposals *proposals, struct proposal *proposal,
	const char *bytes, size_t length, struct proposals_result *result)
{
	const struct policy *policy = lifecycle_policy(proposals->enforcer->lifecycle);
	char digest[PROPOSAL_DIGEST_MAX];
	int r;

	proposal->time = proposals_now();
	proposal->expires = proposal->time + policy->proposal_seconds;
	memcpy(proposal->base, policy->digest, sizeof(proposal->base));
	crypto_generichash(proposal->digest, sizeof(proposal->digest), (const unsigned char *)bytes,
		length, NULL, 0);
	if (replace(proposals, proposal, result) != EXIT_OK ||
		check_room(proposals, proposal->uid, length, result) != EXIT_OK)
		return EXIT_FAILED;
	r = proposalfile_put(proposals->directory, proposal, bytes, length);
	if (r < 0)
		return proposals_fail(
			result, "the proposal cannot be kept: %s", errtext_english(r));
	proposals_add(proposals, proposal, length);
	proposals_arm(proposals);
	proposal_digest_text(proposal->digest, digest);
	return proposals_find(proposals, digest, &result->proposal) == 0
		       ? EXIT_OK
		       : proposals_fail(result, "the proposal has ended already");
}

/* ---- configurations ---- */

/* Would it be accepted, and what would it change? packets: of those, too. */
static enum exit_code judge(struct proposals *proposals, const struct lifecycle_text *text,
	bool packets, struct diag_list *diags, struct proposals_result *result)
{
	struct lifecycle *lifecycle = proposals->enforcer->lifecycle;
	struct candidate *candidate;
	enum exit_code code =
		lifecycle_prepare(lifecycle, text, diags, &candidate, &result->applied.change);

	if (code != EXIT_OK)
		return code;
	if (change_find(lifecycle_policy(lifecycle), candidate_policy(candidate), &result->change) <
		0)
		code = proposals_fail(result, "out of memory");
	/* Found here, of the two configurations whose digests are approved, whenever somebody asks:
	 * neither who proposes nor who approves has to believe the other's computer. */
	else if (packets)
		changes_texts(proposals->enforcer->changes, text, &result->texts);
	lifecycle_abandon(candidate);
	return code;
}

static int load(const struct proposals *proposals, const struct change_request *request,
	struct diag_list *diags, char **ret_bytes, size_t *ret_length)
{
	const struct lifecycle *lifecycle = proposals->enforcer->lifecycle;

	if (request->fd >= 0)
		return conf_load(request->fd, request->name, diags, ret_bytes, ret_length);
	return conf_load_file(lifecycle_config_file(lifecycle), diags, ret_bytes, ret_length);
}

static void fill(struct proposal *proposal, const struct change_request *request, const char *file)
{
	*proposal = (struct proposal){
		.kind = PROPOSAL_APPLY,
		.uid = request->uid,
		.confirm_seconds = request->confirm_seconds,
		.of = request->of,
	};
	copy_text(proposal->who, sizeof(proposal->who), request->who);
	copy_text(proposal->file, sizeof(proposal->file), file);
	copy_text(proposal->ticket, sizeof(proposal->ticket), request->ticket);
	copy_text(proposal->reason, sizeof(proposal->reason), request->reason);
}

static enum exit_code propose(struct proposals *proposals, const struct change_request *request,
	const struct lifecycle_text *text, struct diag_list *diags, struct proposals_result *result)
{
	const struct proposals_person person = { request->uid, request->pid, request->who };
	struct proposal proposal;
	enum exit_code code = judge(proposals, text, request->packets, diags, result);

	fill(&proposal, request, text->name);
	if (code == EXIT_OK)
		code = keep(proposals, &proposal, text->bytes, text->length, result);
	if (code == EXIT_OK)
		proposals_record(proposals, "propose", result->proposal, &person, NULL);
	else if (code == EXIT_FAILED)
		proposals_record(proposals, "propose-refused", NULL, &person, result->why);
	return code;
}

typedef enum exit_code (*text_function)(struct proposals *proposals,
	const struct change_request *request, const struct lifecycle_text *text,
	struct diag_list *diags, struct proposals_result *result);

/* Have its text read, and do something with it. */
static enum exit_code with_text(struct proposals *proposals, const struct change_request *request,
	text_function function, struct diag_list *diags, struct proposals_result *result)
{
	const struct lifecycle *lifecycle = proposals->enforcer->lifecycle;
	struct lifecycle_text text = {
		request->name ? request->name : lifecycle_config_file(lifecycle),
		request->bytes,
		request->length,
	};
	char *bytes = NULL;
	int r = 0;

	*result = (struct proposals_result){ 0 };
	if (request->fd >= 0 || !request->bytes) {
		r = load(proposals, request, diags, &bytes, &text.length);
		text.bytes = bytes;
	}
	if (r < 0)
		return r == -EINVAL ? EXIT_CONFIG
				    : proposals_fail(result, "reading it: %s", errtext_english(r));
	enum exit_code code = function(proposals, request, &text, diags, result);

	free(bytes);
	return code;
}

enum exit_code proposals_propose(struct proposals *proposals, const struct change_request *request,
	struct diag_list *diags, struct proposals_result *ret_result)
{
	return with_text(proposals, request, propose, diags, ret_result);
}

static enum exit_code only_judge(struct proposals *proposals, const struct change_request *request,
	const struct lifecycle_text *text, struct diag_list *diags, struct proposals_result *result)
{
	return judge(proposals, text, request->packets, diags, result);
}

enum exit_code proposals_try(struct proposals *proposals, const struct change_request *request,
	struct diag_list *diags, struct proposals_result *ret_result)
{
	return with_text(proposals, request, only_judge, diags, ret_result);
}

enum exit_code proposals_look(struct proposals *proposals, const struct proposal *proposal,
	struct diag_list *diags, struct proposals_result *ret_result)
{
	char name[PROPOSALFILE_NAME_MAX], *bytes;
	struct lifecycle_text text = { .name = proposal->file };
	struct proposal again;
	int r;

	*ret_result = (struct proposals_result){ .proposal = proposal };
	proposalfile_name(proposal, name);
	r = proposalfile_get(proposals->directory, name, &again, &bytes, &text.length);
	if (r < 0)
		return proposals_fail(ret_result, "the proposal cannot be read: %s",
			r == -EBADMSG ? "its file is broken" : errtext_english(r));
	text.bytes = bytes;
	enum exit_code code = proposal->kind == PROPOSAL_APPLY
				      ? judge(proposals, &text, true, diags, ret_result)
				      : EXIT_OK;

	free(bytes);
	return code;
}

/* ---- that nothing is enforced ---- */

enum exit_code proposals_propose_open(struct proposals *proposals,
	const struct proposals_person *person, const char *reason,
	struct proposals_result *ret_result)
{
	const struct policy *policy = lifecycle_policy(proposals->enforcer->lifecycle);
	struct proposal proposal = {
		.kind = PROPOSAL_OPEN,
		.uid = person->uid,
		.confirm_seconds = PROPOSAL_AS_POLICY,
	};
	char text[PROPOSALS_WHY_MAX + STORE_REASON_MAX];
	enum exit_code code;
	int length;

	*ret_result = (struct proposals_result){ 0 };
	copy_text(proposal.who, sizeof(proposal.who), person->who);
	copy_text(proposal.reason, sizeof(proposal.reason), reason);
	length = snprintf(text, sizeof(text),
		"open the gateway of %s\nasked for by %u at %" PRId64 "\n%s\n", policy->site,
		person->uid, proposals_now(), reason);
	code = keep(proposals, &proposal, text, (size_t)length, ret_result);
	if (code == EXIT_OK)
		proposals_record(proposals, "propose", ret_result->proposal, person, NULL);
	return code;
}
