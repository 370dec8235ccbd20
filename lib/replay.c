/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "replay.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "replay_impl.h"

#define TCP_FIN		0x01u
#define TCP_RST		0x04u
#define RECENT_TIME	REPLAY_SECOND
#define FRAGMENT_OFFSET 0x1fffu

int replay_new(const struct policy *policy, const struct ruleset *ruleset,
	const struct zonetime *zone, const struct replay_options *options,
	struct replay **ret_replay)
{
	struct replay *replay = calloc(1, sizeof(*replay));

	if (replay == NULL)
		return -ENOMEM;
	replay->policy = policy;
	replay->ruleset = ruleset;
	replay->zone = zone;
	replay->options = options;
	for (size_t i = 0; i < policy->path_count; i++)
		replay->timed = replay->timed || policy_path_timed(&policy->paths[i]);
	*ret_replay = replay;
	return 0;
}

void replay_free(struct replay *replay)
{
	if (replay == NULL)
		return;
	replay_table_clear(&replay->table);
	free(replay->flows);
	free(replay->follows);
	free(replay);
}

static int skip(struct replay *replay, enum replay_skip why)
{
	replay->totals.skipped[why]++;
	return 0;
}

/* ---- where it comes and goes ---- */

static bool is_own(const struct replay *replay, const struct addr *addr)
{
	for (size_t i = 0; i < replay->options->own_count; i++)
		if (addr_compare(&replay->options->own[i], addr) == 0)
			return true;
	return false;
}

static bool on_link(const struct policy *policy, size_t segment, const struct addr *addr)
{
	return addrset_contains(&policy->segments[segment].on_link[addr->family], addr->bytes);
}

/* One of its ends: the gateway, a segment, or SIZE_MAX for none. */
static size_t place_of(const struct replay *replay, const uint8_t *bytes, enum addr_family family)
{
	struct addr addr = { .family = family };
	size_t segment;

	memcpy(addr.bytes, bytes, sizeof(addr.bytes));
	if (is_own(replay, &addr))
		return replay->policy->segment_count;
	segment = policy_segment_of(replay->policy, &addr);
	return segment < replay->policy->segment_count ? segment : SIZE_MAX;
}

/* True: it goes by the gateway. */
static bool find_route(const struct replay *replay, const struct replay_tuple *tuple, bool answer,
	struct replay_route *route, enum replay_skip *ret_why)
{
	const struct policy *policy = replay->policy;
	enum addr_family family = (enum addr_family)tuple->family;
	struct addr source = { .family = family }, destination = { .family = family };
	const char *iif = answer ? NULL : replay->options->iif;

	memcpy(source.bytes, tuple->source, sizeof(source.bytes));
	memcpy(destination.bytes, tuple->destination, sizeof(destination.bytes));
	*ret_why = REPLAY_NO_SEGMENT;
	route->in = place_of(replay, tuple->source, family);
	route->out = place_of(replay, tuple->destination, family);
	if (route->out == SIZE_MAX || (route->in == SIZE_MAX && iif == NULL))
		return false;
	if (iif != NULL)
		route->in = SIZE_MAX;
	for (size_t i = 0; iif != NULL && i < policy->segment_count; i++)
		if (strcmp(policy->segments[i].interface, iif) == 0)
			route->in = i;
	*ret_why = REPLAY_INSIDE;
	if (route->in == route->out && (route->in == policy->segment_count ||
					       (on_link(policy, route->in, &source) &&
						       on_link(policy, route->in, &destination))))
		return false;
	route->oif =
		route->out < policy->segment_count ? policy->segments[route->out].interface : NULL;
	route->iif =
		route->in < policy->segment_count ? policy->segments[route->in].interface : iif;
	return true;
}

/* ---- connections ---- */

/* nf_conntrack's default times, in seconds. */
static int64_t timeout_of(const struct replay_flow *flow, const struct replay_follow *follow)
{
	if (flow->protocol == IPPROTO_TCP && follow->ending)
		return 120;
	if (flow->protocol == IPPROTO_TCP)
		return follow->answered ? 432000 : 120;
	if (flow->protocol == IPPROTO_UDP)
		return follow->answered ? 120 : 30;
	return flow->protocol == IPPROTO_ICMP || flow->protocol == IPPROTO_ICMPV6 ? 30 : 600;
}

static void forget_if_over(struct replay *replay, size_t index, int64_t now)
{
	struct replay_follow *follow = &replay->follows[index];
	const struct replay_flow *flow = &replay->flows[index];

	if (follow->confirmed && now - flow->last > timeout_of(flow, follow) * REPLAY_SECOND)
		*follow = (struct replay_follow){ 0 };
}

static bool find_connection(
	struct replay *replay, const struct replay_tuple *tuple, int64_t now, size_t *ret_flow)
{
	if (!replay_table_find(&replay->table, tuple, ret_flow))
		return false;
	forget_if_over(replay, *ret_flow, now);
	return replay->follows[*ret_flow].confirmed;
}

static struct replay_membership find_related(
	struct replay *replay, const struct replay_seen *seen, int64_t now)
{
	struct replay_membership membership = { .related = true };
	struct replay_tuple answer;

	if (!seen->has_quoted)
		return membership;
	/* It goes against what it quotes. */
	membership.answer = true;
	membership.found = find_connection(replay, &seen->quoted, now, &membership.flow);
	if (!membership.found && replay_answer(&seen->quoted, &answer)) {
		membership.answer = false;
		membership.found = find_connection(replay, &answer, now, &membership.flow);
	}
	membership.known = membership.found;
	return membership;
}

static struct replay_membership find_membership(
	struct replay *replay, const struct replay_seen *seen, int64_t now)
{
	struct replay_membership membership = { 0 };
	struct replay_tuple answer;

	if (seen->error) {
		membership = find_related(replay, seen, now);
		if (membership.found)
			return membership;
		membership = (struct replay_membership){ 0 };
	}
	if (find_connection(replay, &seen->tuple, now, &membership.flow)) {
		membership.found = membership.known = true;
		return membership;
	}
	if (replay_answer(&seen->tuple, &answer) &&
		find_connection(replay, &answer, now, &membership.flow)) {
		membership.found = membership.known = membership.answer = true;
		return membership;
	}
	membership.found = replay_table_find(&replay->table, &seen->tuple, &membership.flow);
	return membership;
}

/* ---- flows ---- */

static int make_room(struct replay *replay)
{
	size_t room = replay->room ? replay->room * 2 : 1024;
	struct replay_follow *follows;
	struct replay_flow *flows;

	if (replay->count < replay->room)
		return 0;
	flows = reallocarray(replay->flows, room, sizeof(*flows));
	if (flows == NULL)
		return -ENOMEM;
	replay->flows = flows;
	follows = reallocarray(replay->follows, room, sizeof(*follows));
	if (follows == NULL)
		return -ENOMEM;
	replay->follows = follows;
	replay->room = room;
	return 0;
}

static int add_flow(struct replay *replay, const struct replay_tuple *tuple,
	const struct replay_route *route, int64_t now, size_t *ret_index)
{
	int error = make_room(replay);

	if (error == 0)
		error = replay_table_add(&replay->table, tuple, replay->count);
	if (error < 0)
		return error;
	replay->flows[replay->count] = (struct replay_flow){ .family = tuple->family,
		.protocol = tuple->protocol,
		.sport = tuple->sport,
		.dport = tuple->dport,
		.in = route->in,
		.out = route->out,
		.first = now,
		.last = now };
	memcpy(replay->flows[replay->count].source, tuple->source, sizeof(tuple->source));
	memcpy(replay->flows[replay->count].destination, tuple->destination,
		sizeof(tuple->destination));
	replay->follows[replay->count] = (struct replay_follow){ 0 };
	*ret_index = replay->count++;
	return 0;
}

static void count_pass(struct replay *replay, struct replay_flow *flow, uint32_t mark)
{
	const struct policy *policy = replay->policy;

	replay->totals.permitted++;
	if (flow->permitted++ > 0)
		return;
	flow->path = replay_path_of(policy, mark);
	for (size_t i = 0; flow->path == NULL && i < policy->observe_count; i++)
		if (policy->observes[i].id == mark)
			flow->observe = &policy->observes[i];
}

static void follow_on(struct replay *replay, const struct replay_seen *seen,
	const struct replay_membership *membership, const struct replay_decision *decision,
	bool no_ct)
{
	struct replay_follow *follow = &replay->follows[membership->flow];

	if (membership->related || no_ct)
		return;
	follow->confirmed = true;
	follow->mark = decision->ct_mark;
	follow->answered = follow->answered || membership->answer;
	follow->ending = follow->ending || (seen->packet.tcp_flags & (TCP_FIN | TCP_RST)) != 0;
}

static void take_decision(struct replay *replay, const struct replay_frame *frame,
	const struct replay_seen *seen, const struct replay_membership *membership,
	const struct replay_decision *decision, bool no_ct)
{
	struct replay_flow *flow = &replay->flows[membership->flow];

	flow->bytes += seen->packet.length;
	flow->last = frame->time;
	switch (decision->verdict) {
	case EVAL_ACCEPT:
		count_pass(replay, flow, decision->ct_mark);
		follow_on(replay, seen, membership, decision, no_ct);
		break;
	case EVAL_DROP:
		replay->totals.blocked++;
		if (flow->blocked++ == 0)
			flow->prefix = decision->prefix;
		break;
	case EVAL_UNKNOWN:
		replay->totals.unknown++;
		flow->unknown = true;
		break;
	}
}

/* ---- packets ---- */

/* Seen when it came? All that a router leaves as it is, is the same. */
static bool is_leaving(
	struct replay *replay, const struct replay_frame *frame, const struct replay_seen *seen)
{
	struct {
		struct replay_tuple tuple;
		uint8_t bytes[12]; /* identification, or flow label and length; sequence number */
	} same = { .tuple = seen->tuple };
	size_t header = seen->tuple.family == ADDR_IPV4 ? (size_t)(frame->bytes[0] & 0x0f) * 4 : 40;
	struct replay_recent *recent;
	uint64_t hash;
	bool leaving;

	memcpy(same.bytes, frame->bytes + 2, 4);
	if (frame->length >= header + 12)
		memcpy(same.bytes + 4, frame->bytes + header + 4, 8);
	hash = replay_hash(&same, sizeof(same));
	recent = &replay->recent[hash % REPLAY_RECENT];
	leaving = recent->hash == hash && seen->hop_limit + 1 == recent->hop_limit &&
		  frame->time - recent->time <= RECENT_TIME;
	*recent = (struct replay_recent){ hash, frame->time, seen->hop_limit };
	return leaving;
}

static int replay_seen_packet(
	struct replay *replay, const struct replay_frame *frame, const struct replay_seen *seen)
{
	struct replay_membership membership = find_membership(replay, seen, frame->time);
	const struct replay_decision *decision;
	enum replay_skip why;
	struct replay_route route;
	bool no_ct;
	int error;

	if (!find_route(replay, &seen->tuple, membership.answer, &route, &why))
		return skip(replay, why);
	if (!membership.found) {
		if (replay->count == REPLAY_FLOWS_MAX)
			return skip(replay, REPLAY_TOO_MANY);
		error = add_flow(replay, &seen->tuple, &route, frame->time, &membership.flow);
		if (error < 0)
			return error;
	}
	decision = replay_decide(replay, frame, seen, &route, &membership, &no_ct);
	take_decision(replay, frame, seen, &membership, decision, no_ct);
	return 0;
}

static bool is_later_fragment(const struct replay *replay, const struct replay_seen *seen)
{
	return replay->policy->fragments == POLICY_FRAGMENTS_REASSEMBLE && seen->packet.fragment &&
	       ((seen->frag_off & FRAGMENT_OFFSET) != 0 || !seen->packet.has_ports);
}

int replay_packet(struct replay *replay, const struct replay_frame *frame)
{
	struct replay_seen seen;

	if (replay->totals.packets++ == 0)
		replay->totals.first = frame->time;
	replay->totals.last = frame->time;
	if (replay_see(frame, &seen) < 0)
		return skip(replay, REPLAY_NO_IP);
	/* What the gateway itself sends, it sends once. */
	if (place_of(replay, seen.tuple.source, (enum addr_family)seen.tuple.family) !=
			replay->policy->segment_count &&
		(frame->leaving || is_leaving(replay, frame, &seen)))
		return skip(replay, REPLAY_LEAVING);
	if (seen.cut || is_later_fragment(replay, &seen))
		return skip(replay, REPLAY_CUT);
	return replay_seen_packet(replay, frame, &seen);
}

size_t replay_flows(const struct replay *replay, const struct replay_flow **ret_flows)
{
	*ret_flows = replay->flows;
	return replay->count;
}

struct replay_totals replay_totals(const struct replay *replay)
{
	return replay->totals;
}

const char *replay_skip_name(enum replay_skip skip_reason)
{
	static const char *const names[REPLAY_SKIPS] = {
		[REPLAY_NO_IP] = "no-ip",
		[REPLAY_CUT] = "cut",
		[REPLAY_LEAVING] = "leaving",
		[REPLAY_INSIDE] = "inside",
		[REPLAY_NO_SEGMENT] = "no-segment",
		[REPLAY_TOO_MANY] = "too-many",
	};

	return names[skip_reason];
}
