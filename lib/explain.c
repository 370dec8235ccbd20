/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "ctstate.h"
#include "explain_impl.h"
#include "judge.h"

#define TCP_SYN	    0x02u
#define TCP_ACK	    0x10u
#define SOURCE_PORT 49152 /* any: no rule reads it to decide */

/* ---- the packet ---- */

/* Its place among the policy's segments. */
static struct explain_place place_of(
	const struct policy *policy, const struct addr *addr, const char *said)
{
	struct explain_place place = { .segment = policy->segment_count, .said = said != NULL };

	if (said == NULL) {
		place.segment = policy_segment_of(policy, addr);
		if (place.segment < policy->segment_count)
			place.interface = policy->segments[place.segment].interface;
		return place;
	}
	place.interface = said;
	for (size_t i = 0; i < policy->segment_count; i++)
		if (strcmp(policy->segments[i].interface, said) == 0)
			place.segment = i;
	return place;
}

/* The MAC bound to the source, or one of a host of which nothing is known. */
static void take_mac(struct explain *explain)
{
	static const uint8_t unknown[MAC_LENGTH] = { 0x02, 0, 0, 0, 0, 0x01 };
	const struct policy *policy = explain->policy;
	uint8_t *mac = explain->packet.mac;

	if (explain->mac_said)
		return;
	memcpy(mac, unknown, MAC_LENGTH);
	for (size_t i = 0; i < policy->host_count; i++) {
		const struct policy_host *host = &policy->hosts[i];

		for (size_t j = 0; host->has_mac && j < host->address_count; j++) {
			if (addr_compare(&host->addresses[j], &explain->from) != 0)
				continue;
			memcpy(mac, host->mac, MAC_LENGTH);
			explain->mac_bound = true;
		}
	}
}

static void make_packet(struct explain *explain)
{
	const struct policy_service_entry *service = &explain->service;
	struct eval_packet *packet = &explain->packet;

	packet->iif = explain->in.gateway ? NULL : explain->in.interface;
	packet->oif = explain->out.gateway ? NULL : explain->out.interface;
	packet->family = explain->from.family;
	memcpy(packet->saddr, explain->from.bytes, sizeof(packet->saddr));
	memcpy(packet->daddr, explain->to.bytes, sizeof(packet->daddr));
	packet->protocol = packet->next_header = service->protocol;
	packet->sport = SOURCE_PORT;
	packet->dport = service->whole ? 0 : service->ports.first;
	packet->tcp_flags = explain->question->bare ? TCP_ACK : TCP_SYN;
	packet->hop_limit = 63;
	packet->ct_state = CT_NEW;
	take_mac(explain);
}

/* ---- its way ---- */

static void enter(struct explain *explain, const struct chain *base)
{
	struct explain_base *bases =
		reallocarray(explain->bases, explain->base_count + 1, sizeof(*explain->bases));

	explain->out_of_memory = explain->out_of_memory || bases == NULL;
	if (bases == NULL)
		return;
	explain->bases = bases;
	bases[explain->base_count++] =
		(struct explain_base){ .chain = base, .first_rule = explain->rule_count };
}

static void match(struct explain *explain, const struct eval_step *step)
{
	struct explain_rule *rules;

	if (explain->base_count == 0)
		return;
	rules = array_reserve(
		explain->rules, sizeof(*rules), explain->rule_count, &explain->rule_room);
	explain->out_of_memory = explain->out_of_memory || rules == NULL;
	if (rules == NULL)
		return;
	explain->rules = rules;
	explain->bases[explain->base_count - 1].rule_count++;
	explain->rules[explain->rule_count++] =
		(struct explain_rule){ explain->bases[explain->base_count - 1].chain, step->chain,
			step->rule, step->depth, step->line };
}

static void see(const struct eval_step *step, void *data)
{
	struct explain *explain = data;

	if (step->event == EVAL_ENTERS)
		enter(explain, step->chain);
	else if (step->event == EVAL_MATCHES)
		match(explain, step);
	else if (explain->base_count > 0)
		explain->bases[explain->base_count - 1].verdict = step->result->verdict;
}

static const struct policy_path *path_of(const struct policy *policy, uint32_t mark)
{
	for (size_t i = 0; mark != 0 && i < policy->path_count; i++)
		if (policy->paths[i].id == mark)
			return &policy->paths[i];
	return NULL;
}

static bool is_open(const struct explain *explain, const struct openings *openings,
	const struct policy_path *path)
{
	size_t index = (size_t)(path - explain->policy->paths);

	for (size_t i = 0; openings != NULL && i < openings->count; i++)
		if (openings->items[i].path == index)
			return openings->items[i].state.open;
	return false;
}

/* Timed paths are tried open; the one that lets it pass is open now, or all of them are closed. */
static void go(struct explain *explain, const struct openings *openings)
{
	const struct policy_path *timed = NULL;
	struct eval_result met;

	explain->packet.timed_open = true;
	evaluate(explain->ruleset, &explain->packet, &met);
	if (met.verdict == EVAL_ACCEPT && met.timed)
		timed = path_of(explain->policy, met.ct_mark);
	if (timed == NULL || !policy_path_timed(timed) || !is_open(explain, openings, timed)) {
		explain->packet.timed_open = false;
		explain->closed = timed;
	}
	evaluate_steps(explain->ruleset, &explain->packet, see, explain, &explain->met);
}

/* ---- what decided ---- */

static const struct policy_host *host_of(const struct policy *policy, const struct addr *addr)
{
	for (size_t i = 0; i < policy->host_count; i++)
		for (size_t j = 0; policy->hosts[i].has_mac && j < policy->hosts[i].address_count;
			j++)
			if (addr_compare(&policy->hosts[i].addresses[j], addr) == 0)
				return &policy->hosts[i];
	return NULL;
}

static struct diag_loc segment_loc(const struct policy *policy, const struct explain_place *place)
{
	return place->segment < policy->segment_count ? policy->segments[place->segment].loc
						      : (struct diag_loc){ 0 };
}

static struct diag_loc denial_loc(const struct explain *explain)
{
	const struct policy *policy = explain->policy;
	const struct policy_host *host;

	switch (explain->reason) {
	case REASON_SPOOF:
		return segment_loc(policy, &explain->in);
	case REASON_ROUTE:
		return segment_loc(policy, &explain->out);
	case REASON_DEVICE:
		host = host_of(policy, &explain->from);
		return host != NULL ? host->loc : (struct diag_loc){ 0 };
	case REASON_EXPIRED:
		return explain->closed != NULL ? explain->closed->loc : (struct diag_loc){ 0 };
	default:
		return (struct diag_loc){ 0 };
	}
}

/* What hedate does for each reason, in the words of profiles. */
static bool mechanism_of(enum reason reason, enum mechanism *ret_mechanism)
{
	static const struct {
		enum reason reason;
		enum mechanism mechanism;
	} table[] = {
		{ REASON_NO_PATH, MECHANISM_DEFAULT_DENY },
		{ REASON_SPOOF, MECHANISM_SOURCE_CHECK },
		{ REASON_INTERFACE, MECHANISM_INTERFACES },
		{ REASON_ROUTE, MECHANISM_ROUTE_CHECK },
		{ REASON_INVALID, MECHANISM_DEFAULT_DENY },
		{ REASON_INPUT, MECHANISM_GATEWAY },
		{ REASON_OUTPUT, MECHANISM_GATEWAY },
		{ REASON_EXPIRED, MECHANISM_CUT },
	};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		*ret_mechanism = table[i].mechanism;
		if (table[i].reason == reason)
			return true;
	}
	return false;
}

static bool clause_has(const struct profile_clause *clause, enum reason reason)
{
	enum mechanism mechanism;
	bool known = mechanism_of(reason, &mechanism);

	for (size_t i = 0; i < clause->check_count; i++) {
		const struct profile_check *check = &clause->checks[i];

		if (known && check->kind == CHECK_ENFORCED && check->mechanism == mechanism)
			return true;
		if (reason == REASON_DEVICE && check->kind == CHECK_DEVICE_BINDING)
			return true;
	}
	return false;
}

/* The clause of the profile that asks for what was done. */
static void find_clause(struct explain *explain)
{
	const struct profile *profile = explain->policy->profile;
	struct judge_ground ground;

	if (explain->path != NULL) {
		ground = judge_ground(explain->policy, explain->path);
		explain->document = ground.document;
		explain->clause = ground.clause;
		return;
	}
	for (size_t i = 0; profile != NULL && i < profile->clause_count; i++) {
		if (!clause_has(&profile->clauses[i], explain->reason))
			continue;
		explain->document = profile;
		explain->clause = &profile->clauses[i];
		return;
	}
}

static void take_pass(struct explain *explain)
{
	const struct policy *policy = explain->policy;

	explain->path = path_of(policy, explain->met.ct_mark);
	for (size_t i = 0; explain->path == NULL && i < policy->observe_count; i++)
		if (policy->observes[i].id == explain->met.ct_mark)
			explain->observe = &policy->observes[i];
	if (explain->path != NULL)
		explain->loc = explain->path->loc;
	else if (explain->observe != NULL)
		explain->loc = explain->observe->loc;
}

static void take_denial(struct explain *explain)
{
	if (flow_prefix_parse(explain->met.prefix, &explain->denial) < 0 ||
		reason_parse(explain->denial.reason, &explain->reason) < 0) {
		explain->denial = (struct flow_prefix){ 0 };
		explain->reason = REASON_COUNT;
		return;
	}
	explain->loc = denial_loc(explain);
}

bool explain_is_bookkeeping(const struct explain_rule *rule)
{
	return rule->depth > 0 || denial_counts(rule->chain->name);
}

/* The last rule of the last base chain that does not record; what ends a chain is none. */
static void find_decisive(struct explain *explain)
{
	const struct explain_base *base;

	explain->decisive = explain->rule_count;
	if (explain->base_count == 0)
		return;
	base = &explain->bases[explain->base_count - 1];
	if (explain->met.rule == base->chain->count && explain->met.chain == base->chain->name)
		return;
	for (size_t i = 0; i < base->rule_count; i++)
		if (!explain_is_bookkeeping(&explain->rules[base->first_rule + i]))
			explain->decisive = base->first_rule + i;
}

static void decide(struct explain *explain)
{
	explain->reason = REASON_COUNT;
	find_decisive(explain);
	if (explain->met.verdict == EVAL_ACCEPT)
		take_pass(explain);
	else if (explain->met.verdict == EVAL_DROP)
		take_denial(explain);
	if (explain->met.verdict != EVAL_UNKNOWN)
		find_clause(explain);
}

int explain_packet(const struct policy *policy, const struct ruleset *ruleset,
	const struct openings *openings, const struct explain_question *question,
	struct diag_list *diags, struct explain *ret_explain)
{
	int error;

	*ret_explain =
		(struct explain){ .policy = policy, .ruleset = ruleset, .question = question };
	error = explain_understand(ret_explain, diags);
	if (error < 0)
		return error;
	if (!ret_explain->in.gateway)
		ret_explain->in = place_of(policy, &ret_explain->from, question->iif);
	if (!ret_explain->out.gateway)
		ret_explain->out = place_of(policy, &ret_explain->to, NULL);
	error = explain_check_places(ret_explain, diags);
	if (error < 0)
		return error;
	make_packet(ret_explain);
	go(ret_explain, openings);
	decide(ret_explain);
	if (!ret_explain->out_of_memory)
		return 0;
	explain_clear(ret_explain);
	return -ENOMEM;
}

void explain_clear(struct explain *explain)
{
	free(explain->bases);
	free(explain->rules);
	*explain = (struct explain){ 0 };
}

const char *explain_verdict_name(const struct explain *explain)
{
	static const char *const names[] = {
		[EVAL_UNKNOWN] = "unknown",
		[EVAL_ACCEPT] = "passes",
		[EVAL_DROP] = "blocked",
	};

	return names[explain->met.verdict];
}
