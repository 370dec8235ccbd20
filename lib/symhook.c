/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The base chains that packets meet on their way. */
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>

#include "snaphook.h"
#include "symexec_impl.h"

static bdd_node of_device(struct symexec *exec, enum pkt_field field, const char *name)
{
	struct pkt_load load;
	uint8_t bytes[16] = { 0 };

	pkt_load_field(exec->world, field, &load);
	strncpy((char *)bytes, name, sizeof(bytes) - 1);
	return sym_between(exec, load.bytes, load.length, bytes, bytes).may;
}

/* The packets of the devices that a chain is bound to; all, where it is bound to none. */
static bdd_node of_devices(struct symexec *exec, const struct snap_chain *chain, uint32_t hook)
{
	enum pkt_field field = hook == SNAPHOOK_EGRESS ? PKT_OIFNAME : PKT_IIFNAME;
	bdd_node devices = BDD_EMPTY;
	const char *name;

	if (hook != SNAPHOOK_INGRESS && hook != SNAPHOOK_EGRESS)
		return BDD_ALL;
	for (size_t i = 0; (name = snaphook_device(chain, i)) != NULL; i++)
		devices = sym_or(exec, devices, of_device(exec, field, name));
	return devices;
}

/* Does a base chain come after the kernel has looked up the packet's connection? */
static bool is_tracked(uint32_t hook, int32_t priority)
{
	if (hook == NF_INET_PRE_ROUTING || hook == NF_INET_LOCAL_OUT)
		return priority > NF_IP_PRI_CONNTRACK;
	return hook != SNAPHOOK_INGRESS && hook != SNAPHOOK_EARLY;
}

static struct sym_place place_of(const struct snaphook_base *base, uint32_t hook, bool forwarded)
{
	static const uint32_t beside[] = { [0] = NF_INET_PRE_ROUTING,
		[SNAPHOOK_EARLY - SNAPHOOK_INGRESS] = NF_INET_PRE_ROUTING,
		[SNAPHOOK_EGRESS - SNAPHOOK_INGRESS] = NF_INET_POST_ROUTING };
	bool whole = hook != SNAPHOOK_INGRESS && hook != SNAPHOOK_EARLY;

	return (struct sym_place){ .table = base->table,
		.chain = base->chain,
		.hook = hook >= SNAPHOOK_INGRESS ? beside[hook - SNAPHOOK_INGRESS] : hook,
		.stage = { .whole = whole,
			.tracked = is_tracked(hook, base->priority),
			.hop_less = forwarded && whole && hook != NF_INET_PRE_ROUTING } };
}

static void run_base(struct symexec *exec, const struct snaphook_base *base, uint32_t hook,
	bool forwarded, struct sym_written *dirty, bdd_node *may_accept, bdd_node *may_drop)
{
	struct sym_place place = place_of(base, hook, forwarded);
	int32_t policy = (int32_t)nltree_number(&base->chain->tree, NFTA_CHAIN_POLICY, NF_ACCEPT);
	bdd_node here = of_devices(exec, base->chain, hook);

	if (base->nat)
		here = sym_and(exec, here, exec->new_connection);
	if (exec->trace &&
		!sym_trace_base(exec, &place, hook, base->priority, here, *may_accept, *may_drop))
		return;
	struct sym_written before = *dirty;
	struct sym_outcome outcome = sym_chain(exec, &place, dirty);

	/* Who does not come to it goes on as well. */
	if (here != BDD_ALL || hook >= SNAPHOOK_INGRESS || base->nat)
		sym_join_written(dirty, &before);
	enum sym_exit end = policy == NF_DROP ? SYM_DROP : SYM_ACCEPT;

	if (exec->follows_logs)
		exec->may_log = sym_or_and(
			exec, exec->may_log, exec->reach, sym_and(exec, here, outcome.may_log));

	if (exec->trace)
		sym_trace_policy(exec, &place, &outcome, policy);
	if (end == SYM_DROP && outcome.exact) {
		/* What is not told as leaving otherwise is dropped. */
		outcome.may[SYM_CONTINUE] = BDD_EMPTY;
		sym_tell_drops(exec, &outcome);
	} else {
		sym_tell_drops(exec, &outcome);
		outcome.may[end] = sym_or(exec, outcome.may[end], outcome.may[SYM_CONTINUE]);
	}
	*may_accept = sym_and(
		exec, *may_accept, sym_or(exec, outcome.may[SYM_ACCEPT], sym_not(exec, here)));
	*may_drop = sym_or(exec, *may_drop, sym_and(exec, outcome.may[SYM_DROP], here));
}

static bool same_fields(const struct sym_written *a, const struct sym_written *b)
{
	return memcmp(a, b, sizeof(*a)) == 0;
}

/* Packets come to a hook's chains of a priority, or to its end: those of known connections have had
 * one of their ends translated then. */
static void pass_translation(
	const struct symexec *exec, uint32_t hook, int32_t priority, struct sym_written *dirty)
{
	static const enum pkt_field ends[2][2] = { { PKT_SADDR, PKT_SPORT },
		{ PKT_DADDR, PKT_DPORT } };
	bool destination = snaphook_nat_priority(hook) == NF_IP_PRI_NAT_DST;

	if (!exec->translates || hook >= SNAPHOOK_INGRESS || hook == NF_INET_FORWARD ||
		priority < snaphook_nat_priority(hook))
		return;
	for (size_t i = 0; i < 2; i++)
		if (dirty->fields[ends[destination][i]] == SYM_AS_IT_CAME)
			dirty->fields[ends[destination][i]] = SYM_TRANSLATED;
}

/* Has every packet been dropped for sure? */
static bool is_over(struct symexec *exec, bdd_node may_accept)
{
	return !exec->noting && !exec->trace && sym_and(exec, may_accept, exec->valid) == BDD_EMPTY;
}

/* All base chains of a hook. Among those of one priority the order is not known: what any of them
 * rewrites is free for each. */
static void run_hook(struct symexec *exec, uint32_t hook, bool forwarded, struct sym_written *dirty,
	bdd_node *may_accept, bdd_node *may_drop)
{
	struct snaphook_bases bases;
	int r = snaphook_bases(exec->snapshot, exec->world, hook, &bases);

	if (r < 0)
		sym_fail(exec, r);
	for (size_t i = 0, end; r == 0 && i < bases.count; i = end) {
		struct sym_written before, after;
		bdd_node accept, drop;

		if (is_over(exec, *may_accept)) { /* what comes now, nobody comes to */
			*may_drop = BDD_ALL;
			break;
		}
		for (end = i;
			end < bases.count && bases.list[end].priority == bases.list[i].priority;
			end++)
			;
		pass_translation(exec, hook, bases.list[i].priority, dirty);
		exec->reach = *may_accept;
		do {
			before = *dirty;
			accept = *may_accept;
			drop = *may_drop;
			for (size_t k = i; k < end; k++) {
				after = before;
				run_base(exec, &bases.list[k], hook, forwarded, &after, &accept,
					&drop);
				if (end - i > 1)
					sym_join_written(dirty, &after);
				else
					*dirty = after;
			}
		} while (end - i > 1 && !exec->trace && !same_fields(&before, dirty) &&
			 !exec->error);
		*may_accept = accept;
		*may_drop = drop;
	}
	pass_translation(exec, hook, INT32_MAX, dirty);
	snaphook_bases_clear(&bases);
}

/* A packet in pieces comes by when its first piece does. That has the addresses and the first eight
 * bytes of the transport header; of what else tells pieces from the whole nothing is known. */
static bdd_node put_together(struct symexec *exec, bdd_node accepted)
{
	static const uint64_t fields = HDRSPACE_FIELD(PKT_FRAG_OFF) | HDRSPACE_FIELD(PKT_LENGTH) |
				       HDRSPACE_FIELD(PKT_NEXTHDR) | HDRSPACE_FIELD(PKT_TRUNCATED) |
				       HDRSPACE_FIELD(PKT_TCP_FLAGS);

	if (!exec->keeps_connections || exec->noting || exec->trace)
		return accepted;
	bdd_node pieces = sym_and(exec, exec->may_be_first, accepted);

	return sym_or(exec, accepted, hdrspace_forget(exec->space, pieces, fields));
}

void sym_run_way(struct symexec *exec, enum sym_way way)
{
	static const struct {
		uint32_t hooks[6];
		size_t count;
	} ways[SYM_WAYS] = {
		[SYM_FORWARD] = { { SNAPHOOK_INGRESS, SNAPHOOK_EARLY, NF_INET_PRE_ROUTING,
					  NF_INET_FORWARD, NF_INET_POST_ROUTING, SNAPHOOK_EGRESS },
			6 },
		[SYM_INPUT] = { { SNAPHOOK_INGRESS, SNAPHOOK_EARLY, NF_INET_PRE_ROUTING,
					NF_INET_LOCAL_IN },
			4 },
		[SYM_OUTPUT] = { { NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING, SNAPHOOK_EGRESS }, 3 },
	};
	struct sym_written dirty = { .nobody = false };

	exec->translates = snaphook_translates(exec->snapshot, exec->world);
	bdd_node may_accept = BDD_ALL, may_drop = BDD_EMPTY;

	exec->may_log = BDD_EMPTY;
	for (size_t i = 0; i < ways[way].count && !exec->error; i++) {
		run_hook(exec, ways[way].hooks[i], way == SYM_FORWARD, &dirty, &may_accept,
			&may_drop);
		if (ways[way].hooks[i] == SNAPHOOK_EARLY)
			may_accept = put_together(exec, may_accept);
	}
	exec->log[way] = exec->may_log;
	exec->pass_may[way] = may_accept;
	exec->pass_drop[way] = may_drop;
}
