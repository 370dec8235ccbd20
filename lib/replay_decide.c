/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the rule set does with one packet, in the state that its connection has. */
#include <string.h>

#include "ctstate.h"
#include "replay_impl.h"
#include "schedule.h"

const struct policy_path *replay_path_of(const struct policy *policy, uint32_t mark)
{
	for (size_t i = 0; mark != 0 && i < policy->path_count; i++)
		if (policy->paths[i].id == mark)
			return &policy->paths[i];
	return NULL;
}

static bool is_open(const struct replay *replay, const struct policy_path *path, int64_t now)
{
	struct schedule_state state;
	struct schedule schedule;

	schedule_init(&schedule, replay->zone, now / REPLAY_SECOND);
	schedule_path(&schedule, path, &state);
	return state.open;
}

static void set_connection(const struct replay *replay, const struct replay_seen *seen,
	const struct replay_membership *membership, struct eval_packet *packet)
{
	const struct replay_follow *follow = &replay->follows[membership->flow];

	packet->ct_direction = membership->answer;
	if (replay_untracked(seen)) {
		packet->ct_state = CT_UNTRACKED;
		packet->no_ct = true;
	} else if (!membership->known && (seen->error || !replay_begins(seen))) {
		packet->ct_state = CT_INVALID;
		packet->no_ct = true;
	} else if (!membership->known) {
		packet->ct_state = CT_NEW;
	} else {
		packet->ct_mark = follow->mark;
		packet->ct_state = membership->related			    ? CT_RELATED
				   : membership->answer || follow->answered ? CT_ESTABLISHED
									    : CT_NEW;
	}
}

/* The MAC bound to the source, when that of the frame is not its own. */
static void set_mac(const struct replay *replay, const struct replay_frame *frame,
	const struct replay_tuple *tuple, struct eval_packet *packet)
{
	static const uint8_t unknown[MAC_LENGTH] = { 0x02, 0, 0, 0, 0, 0x01 };
	const struct policy *policy = replay->policy;
	size_t length = addr_length((enum addr_family)tuple->family);

	if (frame->has_mac && !replay->options->no_mac) {
		memcpy(packet->mac, frame->mac, MAC_LENGTH);
		return;
	}
	memcpy(packet->mac, unknown, MAC_LENGTH);
	for (size_t i = 0; i < policy->host_count; i++) {
		const struct policy_host *host = &policy->hosts[i];

		for (size_t j = 0; host->has_mac && j < host->address_count; j++)
			if (host->addresses[j].family == (enum addr_family)tuple->family &&
				memcmp(host->addresses[j].bytes, tuple->source, length) == 0)
				memcpy(packet->mac, host->mac, MAC_LENGTH);
	}
}

static struct eval_packet make_packet(const struct replay *replay, const struct replay_frame *frame,
	const struct replay_seen *seen, const struct replay_route *route,
	const struct replay_membership *membership)
{
	struct eval_packet packet = { .iif = route->iif,
		.oif = route->oif,
		.family = (enum addr_family)seen->tuple.family,
		.protocol = seen->tuple.protocol,
		.truncated = seen->truncated,
		.sport = seen->packet.sport,
		.dport = seen->packet.has_icmp ? seen->tuple.dport : seen->packet.dport,
		.tcp_flags = seen->packet.tcp_flags,
		.frag_off = seen->frag_off,
		.next_header = seen->next_header,
		.hop_limit = seen->hop_limit };

	/* Put together before it is looked at. */
	if (replay->policy->fragments == POLICY_FRAGMENTS_REASSEMBLE)
		packet.frag_off = 0;
	memcpy(packet.saddr, seen->tuple.source, sizeof(packet.saddr));
	memcpy(packet.daddr, seen->tuple.destination, sizeof(packet.daddr));
	set_mac(replay, frame, &seen->tuple, &packet);
	set_connection(replay, seen, membership, &packet);
	return packet;
}

static void make_signature(const struct eval_packet *packet, struct replay_signature *signature)
{
	signature->iif = packet->iif;
	signature->oif = packet->oif;
	signature->ct_state = packet->ct_state;
	signature->ct_mark = packet->ct_mark;
	signature->frag_off = packet->frag_off;
	memcpy(signature->mac, packet->mac, MAC_LENGTH);
	signature->ct_direction = packet->ct_direction;
	signature->tcp_flags = packet->tcp_flags;
	signature->next_header = packet->next_header;
	signature->local = packet->hop_limit == UINT8_MAX;
	signature->no_ct = packet->no_ct;
	signature->truncated = packet->truncated;
}

static bool same_signature(const struct replay_signature *a, const struct replay_signature *b)
{
	return a->iif == b->iif && a->oif == b->oif && a->ct_state == b->ct_state &&
	       a->ct_mark == b->ct_mark && a->frag_off == b->frag_off &&
	       memcmp(a->mac, b->mac, MAC_LENGTH) == 0 && a->ct_direction == b->ct_direction &&
	       a->tcp_flags == b->tcp_flags && a->next_header == b->next_header &&
	       a->local == b->local && a->no_ct == b->no_ct && a->truncated == b->truncated;
}

/* A path that is open at times is tried open, when it is open at that time. */
static void ask(const struct replay *replay, struct eval_packet *packet, int64_t now,
	struct eval_result *met)
{
	const struct policy_path *path;

	packet->timed_open = replay->timed;
	evaluate(replay->ruleset, packet, met);
	if (!replay->timed || !met->timed)
		return;
	path = replay_path_of(replay->policy, met->ct_mark);
	if (met->verdict == EVAL_ACCEPT && path != NULL && policy_path_timed(path) &&
		is_open(replay, path, now))
		return;
	packet->timed_open = false;
	evaluate(replay->ruleset, packet, met);
}

const struct replay_decision *replay_decide(struct replay *replay, const struct replay_frame *frame,
	const struct replay_seen *seen, const struct replay_route *route,
	const struct replay_membership *membership, bool *ret_no_ct)
{
	struct replay_decision *decision =
		&replay->follows[membership->flow].decisions[membership->answer];
	struct eval_packet packet = make_packet(replay, frame, seen, route, membership);
	struct replay_signature signature;
	struct eval_result met;

	*ret_no_ct = packet.no_ct;
	make_signature(&packet, &signature);
	if (decision->valid && same_signature(&decision->signature, &signature))
		return decision;
	ask(replay, &packet, frame->time, &met);
	*decision = (struct replay_decision){ .signature = signature,
		.valid = !replay->timed && !membership->related,
		.verdict = met.verdict,
		.ct_mark = met.ct_mark,
		.prefix = met.prefix };
	return decision;
}
