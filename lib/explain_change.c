/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain_change.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "assertion.h"
#include "explain_draft.h"
#include "judge.h"

#define ROUNDS_MAX 16
#define METHODS	   3
#define NAMES_MAX  256
#define SMTP_PORT  25

const char *explain_fact_name(enum explain_fact fact)
{
	static const char *const names[FACT_COUNT] = {
		[FACT_REASON] = "reason",
		[FACT_MAC] = "mac",
		[FACT_ROUTER_MAC] = "router-mac",
		[FACT_REPLACED] = "replaced",
		[FACT_ATTESTED] = "attested",
		[FACT_PUBLIC_BODY] = "public-body",
		[FACT_MAIL_TEXT] = "mail-text",
		[FACT_SCREEN] = "screen-transfer",
		[FACT_FILES] = "file-sanitize",
		[FACT_SANITIZER] = "sanitizer",
		[FACT_VDI] = "vdi",
		[FACT_BREAKOUT] = "breakout",
	};

	return names[fact];
}

/* ---- what the judges refuse ---- */

/* A search. */
struct search {
	const struct explain_source *source;
	struct draft draft;
	struct explain_change *change;
	enum sanitize methods[METHODS]; /* still to be tried, in this order */
	size_t method_count;
};

/* What is refused of one draft. */
struct refused {
	struct search *search;
	struct {
		const struct profile_check *check;
		size_t refusal; /* in change->refusals; EXPLAIN_REFUSALS_MAX: no room for it */
	} list[EXPLAIN_REFUSALS_MAX];
	size_t count;
};

/* The same is said once. Its index, or EXPLAIN_REFUSALS_MAX. */
static size_t add_refusal(struct explain_change *change, const struct profile *document,
	const struct profile_clause *clause, const char *asks, const char *message)
{
	struct explain_refusal *refusal = &change->refusals[change->refusal_count];

	for (size_t i = 0; i < change->refusal_count; i++)
		if (change->refusals[i].clause == clause &&
			strcmp(change->refusals[i].message, message) == 0)
			return i;
	if (change->refusal_count == EXPLAIN_REFUSALS_MAX)
		return EXPLAIN_REFUSALS_MAX;
	*refusal =
		(struct explain_refusal){ document, clause, asks, strdup(message), false, false };
	if (refusal->message == NULL)
		return EXPLAIN_REFUSALS_MAX;
	return change->refusal_count++;
}

static int collect(const struct judge_finding *finding, void *data)
{
	struct refused *refused = data;

	if (finding->severity != CLAUSE_REFUSE || refused->count == EXPLAIN_REFUSALS_MAX)
		return 0;
	refused->list[refused->count].check = finding->check;
	refused->list[refused->count++].refusal = add_refusal(refused->search->change,
		finding->document, finding->clause,
		finding->check->asks[0] != '\0' ? finding->check->asks : finding->clause->text,
		finding->message);
	return 0;
}

static int judge(struct search *search, struct refused *ret_refused)
{
	struct draft_shadow shadow;
	struct judge *judge;
	int error = draft_shadow(&search->draft, &shadow);

	*ret_refused = (struct refused){ .search = search };
	if (error < 0)
		return error;
	error = judge_new(&shadow.policy, &search->source->today, &judge);
	if (error == 0) {
		error = judge_path(judge, &shadow.path, collect, ret_refused);
		judge_free(judge);
	}
	draft_shadow_clear(&shadow);
	return error;
}

/* ---- what helps ---- */

static const struct policy_zone *zone_of(const struct draft *draft, int end)
{
	const struct policy *policy = draft->explain->policy;
	size_t segment = policy_segment_of(policy, &draft->ends[end].addr);

	if (draft->ends[end].gateway || segment >= policy->segment_count)
		return NULL;
	return &policy->zones[policy->segments[segment].zone];
}

static bool has_kind(const struct draft *draft, int end, enum zone_kind kind)
{
	const struct policy_zone *zone = zone_of(draft, end);

	return zone != NULL && zone->kind == kind;
}

/* Not to the Internet; else as a specified communication. */
static bool declare(struct search *search, const struct profile_check *check)
{
	struct draft *draft = &search->draft;
	int peer = has_kind(draft, DRAFT_FROM, ZONE_MYNUMBER) ? DRAFT_TO : DRAFT_FROM;

	(void)check;
	if (draft->specified != DRAFT_NOT_SPECIFIED || has_kind(draft, peer, ZONE_INTERNET))
		return false;
	draft->specified = has_kind(draft, peer, ZONE_LGWAN) && draft->ends[peer].next_hop
				   ? DRAFT_PUBLIC_BODY
				   : DRAFT_ATTESTED;
	return true;
}

static bool attest(struct search *search, const struct profile_check *check)
{
	(void)check;
	if (search->draft.specified != DRAFT_PUBLIC_BODY)
		return false;
	search->draft.specified = DRAFT_ATTESTED;
	return true;
}

/* The side that opens first; then the other. */
static bool bind_mac(struct search *search, const struct profile_check *check)
{
	struct draft *draft = &search->draft;

	(void)check;
	for (int i = 0; i < 2; i++) {
		const struct draft_end *end = &draft->ends[i];

		if (end->gateway || end->wants_mac || (end->host != NULL && end->host->has_mac))
			continue;
		draft_want(draft, i, true, HOST_ORDINARY);
		return true;
	}
	return false;
}

static bool next_method(struct search *search, const struct profile_check *check)
{
	struct draft *draft = &search->draft;

	(void)check;
	if (search->method_count == 0)
		return false;
	draft->sanitize = search->methods[0];
	search->method_count--;
	memmove(search->methods, search->methods + 1,
		search->method_count * sizeof(search->methods[0]));
	draft->ends[DRAFT_FROM].wants_role = HOST_ORDINARY;
	draft->ends[DRAFT_TO].wants_role = HOST_ORDINARY;
	return true;
}

static bool choose_method(struct search *search, const struct profile_check *check)
{
	return search->draft.sanitize == SANITIZE_NONE && next_method(search, check);
}

/* Can this end be the device? Screens are shown by what is connected to. */
static bool can_be(const struct draft *draft, int index, enum host_role role,
	const struct profile_check *check)
{
	const struct draft_end *end = &draft->ends[index];
	const struct policy_zone *zone = zone_of(draft, index);

	if (zone == NULL || end->wants_role != HOST_ORDINARY ||
		(end->host != NULL && end->host->role != HOST_ORDINARY))
		return false;
	if (role == HOST_VDI)
		return index == DRAFT_TO;
	return check->zone_kinds == 0 ? zone->kind == ZONE_INTERNET
				      : (check->zone_kinds & 1u << zone->kind) != 0;
}

static bool declare_device(struct search *search, const struct profile_check *check)
{
	struct draft *draft = &search->draft;
	enum host_role role =
		draft->sanitize == SANITIZE_SCREEN_TRANSFER ? HOST_VDI : HOST_SANITIZER;
	bool declared = draft->ends[DRAFT_FROM].wants_role != HOST_ORDINARY ||
			draft->ends[DRAFT_TO].wants_role != HOST_ORDINARY;

	for (int i = 0; !declared && i < 2; i++) {
		if (!can_be(draft, i, role, check))
			continue;
		draft_want(draft, i, false, role);
		return true;
	}
	return next_method(search, check);
}

/* Past the security cloud only to a cloud that is listed. */
static bool break_out(struct search *search, const struct profile_check *check)
{
	struct draft *draft = &search->draft;

	(void)check;
	if (draft->breakout || !has_kind(draft, DRAFT_TO, ZONE_INTERNET) ||
		!draft->ends[DRAFT_TO].next_hop)
		return false;
	draft->breakout = true;
	draft->sanitize = SANITIZE_NONE;
	draft->ends[DRAFT_FROM].wants_role = HOST_ORDINARY;
	draft->ends[DRAFT_TO].wants_role = HOST_ORDINARY;
	return true;
}

/* Adds what a check misses; false: nothing helps. */
typedef bool (*remedy)(struct search *search, const struct profile_check *check);
static const remedy remedies[CHECK_KINDS] = {
	[CHECK_ISOLATION] = declare,
	[CHECK_SPECIFIED_PEER] = attest,
	[CHECK_SPECIFIED_DEVICE] = bind_mac,
	[CHECK_SANITIZE] = choose_method,
	[CHECK_SANITIZER] = declare_device,
	[CHECK_SCREEN_TRANSFER] = next_method,
	[CHECK_EGRESS] = break_out,
};

/* The likeliest method first: by the devices that the ends are, by the service, by who opens. */
static void order_methods(struct search *search)
{
	const struct draft *draft = &search->draft;
	const struct policy_service_entry *service = &draft->explain->service;
	bool mail = service->protocol == IPPROTO_TCP && service->ports.first == SMTP_PORT;
	bool screen = has_kind(draft, DRAFT_FROM, ZONE_LGWAN);

	for (int i = 0; i < 2; i++)
		if (draft->ends[i].host != NULL && draft->ends[i].host->role == HOST_SANITIZER)
			screen = false;
	search->methods[0] = SANITIZE_FILE;
	if (mail)
		search->methods[0] = SANITIZE_MAIL_TEXT;
	else if (screen)
		search->methods[0] = SANITIZE_SCREEN_TRANSFER;
	search->method_count = 1;
	for (int method = SANITIZE_FILE; method > SANITIZE_NONE; method--)
		if ((enum sanitize)method != search->methods[0] &&
			((enum sanitize)method != SANITIZE_MAIL_TEXT || mail))
			search->methods[search->method_count++] = (enum sanitize)method;
}

/* One remedy at a time: what it changes may make another one needless. 1: refused for good. */
static int help(struct search *search, const struct refused *refused)
{
	for (size_t i = 0; i < refused->count; i++) {
		const struct profile_check *check = refused->list[i].check;
		size_t refusal = refused->list[i].refusal;

		if (remedies[check->kind] != NULL && remedies[check->kind](search, check))
			return 0;
		if (refusal < EXPLAIN_REFUSALS_MAX)
			search->change->refusals[refusal].last = true;
		return 1;
	}
	return 0;
}

/* What no remedy is known for is looked at first. */
static void hopeless_first(struct refused *refused)
{
	for (size_t i = 1; i < refused->count; i++) {
		if (remedies[refused->list[i].check->kind] != NULL ||
			remedies[refused->list[0].check->kind] == NULL)
			continue;
		refused->list[0] = refused->list[i];
	}
}

/* Until the judges refuse nothing: 0. 1: they always would. */
static int satisfy_judges(struct search *search)
{
	struct refused refused;
	int r = judge(search, &refused);

	for (size_t i = 0; i < search->change->refusal_count; i++)
		search->change->refusals[i].plain = true;
	for (unsigned int round = 0; r == 0 && refused.count > 0; round++) {
		hopeless_first(&refused);
		r = round == ROUNDS_MAX ? 1 : help(search, &refused);
		if (r == 0)
			r = judge(search, &refused);
	}
	return r;
}

/* ---- trying it ---- */

/* Why the configuration would be refused. */
static void take_errors(struct explain_change *change, const struct diag_list *diags)
{
	for (size_t i = 0; i < diag_list_length(diags); i++) {
		const struct diag *diag = diag_list_get(diags, i);
		size_t index;

		if (diag->severity != DIAG_ERROR)
			continue;
		index = add_refusal(change, NULL, NULL, "", diag->message);
		if (index < EXPLAIN_REFUSALS_MAX)
			change->refusals[index].last = true;
	}
}

/* Assertions that say of it that it is blocked. */
static int try_assertions(
	struct explain_change *change, const struct policy *policy, const struct ruleset *ruleset)
{
	struct assertion_results results;
	char names[NAMES_MAX];
	struct diag_list *diags;
	int error = diag_list_new(&diags);

	if (error < 0)
		return error;
	error = assertion_check(policy, ruleset, diags, &results);
	diag_list_free(diags);
	if (error == -EINVAL) {
		assertion_failed_names(policy, &results, names, sizeof(names));
		change->assertions = strdup(names);
		error = change->assertions == NULL ? -ENOMEM : 0;
	}
	assertion_results_clear(&results);
	return error;
}

/* Does the packet pass by that policy? 0, 1: no; negative errno. */
static int try_packet(struct search *search, struct policy *policy, struct diag_list *diags)
{
	struct explain explain;
	struct ruleset *ruleset;
	int r = compile_policy(policy, diags, &ruleset);

	if (r < 0)
		return r;
	r = explain_packet(policy, ruleset, NULL, search->draft.explain->question, diags, &explain);
	if (r == 0) {
		r = explain.met.verdict == EVAL_ACCEPT ? 0 : 1;
		explain_clear(&explain);
	}
	if (r == 0)
		r = try_assertions(search->change, policy, ruleset);
	ruleset_free(ruleset);
	return r;
}

static int try_text(struct search *search, const struct conf_draft *text)
{
	struct policy *policy = NULL;
	struct diag_list *diags;
	int r = diag_list_new(&diags);

	if (r < 0)
		return r;
	r = search->source->read(text->bytes, text->length, diags, &policy, search->source->data);
	if (r == 0)
		r = try_packet(search, policy, diags);
	if (r == -EINVAL) {
		take_errors(search->change, diags);
		r = 1;
	}
	policy_free(policy);
	diag_list_free(diags);
	return r;
}

static void forget_edits(struct explain_change *change)
{
	for (size_t i = 0; i < change->edit_count; i++)
		free(change->edits[i].text);
	change->edit_count = 0;
	change->needed_count = 0;
	free(change->assertions);
	change->assertions = NULL;
}

/* 0: it is found; 1: it is none; negative errno. */
static int try_draft(struct search *search)
{
	struct conf_draft text;
	int r = conf_draft_init(&text, search->source->bytes, search->source->length);

	if (r < 0)
		return r;
	r = draft_write(&search->draft, &text, search->change);
	if (r == 0)
		r = try_text(search, &text);
	else if (r != -ENOMEM)
		r = 1;
	conf_draft_clear(&text);
	if (r != 0)
		forget_edits(search->change);
	return r;
}

static void forget_refusals(struct explain_change *change)
{
	for (size_t i = 0; i < change->refusal_count; i++)
		free(change->refusals[i].message);
	change->refusal_count = 0;
}

/* What a path would let through, and what another MAC would. */
static bool is_for_path(const struct explain *explain)
{
	return explain->reason == REASON_NO_PATH || explain->reason == REASON_INPUT ||
	       explain->reason == REASON_OUTPUT;
}

int explain_find_change(const struct explain *explain, const struct explain_source *source,
	struct explain_change *ret_change)
{
	struct search search = { .source = source, .change = ret_change };
	int r;

	*ret_change = (struct explain_change){ 0 };
	if (!is_for_path(explain) && !(explain->reason == REASON_DEVICE && explain->mac_said))
		return 0;
	ret_change->tried = true;
	draft_init(&search.draft, explain, source->today);
	search.draft.replace_mac = explain->reason == REASON_DEVICE;
	order_methods(&search);
	r = search.draft.replace_mac ? 0 : satisfy_judges(&search);
	if (r == 0)
		r = try_draft(&search);
	ret_change->found = r == 0;
	if (r == 0)
		forget_refusals(ret_change);
	if (r < 0 && r != -EINVAL)
		explain_change_clear(ret_change);
	return r < 0 && r != -EINVAL ? r : 0;
}

void explain_change_clear(struct explain_change *change)
{
	forget_edits(change);
	forget_refusals(change);
	*change = (struct explain_change){ 0 };
}
