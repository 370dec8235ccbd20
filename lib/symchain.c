/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chains, and the base chains that packets meet on their way. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter_ipv4.h>

#include "symexec_impl.h"

/* Chains --------------------------------------------------------------------------------------- */

/* First one, then with what goes on the other. */
static struct sym_outcome compose(
	struct symexec *exec, struct sym_outcome *first, struct sym_outcome *second)
{
	struct sym_outcome outcome = { .exact = first->exact && second->exact };

	if (!outcome.exact) {
		sym_tell_drops(exec, first);
		sym_tell_drops(exec, second);
	}
	for (unsigned int i = 0; i < SYM_EXITS; i++)
		if (i != SYM_DROP || !outcome.exact)
			outcome.may[i] =
				sym_or_and(exec, i == SYM_CONTINUE ? BDD_EMPTY : first->may[i],
					first->may[SYM_CONTINUE], second->may[i]);
	if (exec->follows_logs)
		outcome.may_log =
			sym_or_and(exec, first->may_log, first->may[SYM_CONTINUE], second->may_log);
	return outcome;
}

static struct sym_outcome do_rules(struct symexec *exec, const struct sym_place *place,
	size_t first, size_t count, const struct sym_written *before, struct sym_dirt *dirt)
{
	struct sym_outcome left = SYM_GOES_ON, right;
	struct sym_dirt half = { SYM_NOBODY, SYM_NOBODY };

	if (count == 0 || exec->error) {
		sym_join_written(&dirt->on, before);
		return left;
	}
	if (count == 1) {
		struct sym_place there = *place;

		there.rule = &place->chain->rules[first];
		return sym_rule(exec, &there, before, dirt);
	}
	left = do_rules(exec, place, first, count / 2, before, &half);
	sym_join_written(&dirt->gone, &half.gone);
	right = do_rules(exec, place, first + count / 2, count - count / 2, &half.on, dirt);
	return compose(exec, &left, &right);
}

static struct sym_summary *find_summary(
	const struct symexec *exec, const struct sym_place *place, const struct sym_written *dirty)
{
	for (struct sym_summary *summary = exec->summaries; summary; summary = summary->next)
		if (summary->chain == place->chain && summary->hook == place->hook &&
			memcmp(&summary->stage, &place->stage, sizeof(place->stage)) == 0 &&
			memcmp(&summary->dirty_before, dirty, sizeof(*dirty)) == 0)
			return summary;
	return NULL;
}

static struct sym_summary *add_summary(
	struct symexec *exec, const struct sym_place *place, const struct sym_written *dirty)
{
	struct sym_summary *summary = calloc(1, sizeof(*summary));

	if (!summary) {
		sym_fail(exec, -ENOMEM);
		return NULL;
	}
	summary->chain = place->chain;
	summary->hook = place->hook;
	summary->stage = place->stage;
	summary->dirty_before = *dirty;
	summary->next = exec->summaries;
	exec->summaries = summary;
	return summary;
}

struct sym_outcome sym_chain(
	struct symexec *exec, const struct sym_place *place, struct sym_written *dirty)
{
	if (exec->trace)
		return sym_trace_chain(exec, place, dirty);
	/* Then nothing depends on what was written. */
	if (exec->noting)
		*dirty = (struct sym_written){ .nobody = false };
	struct sym_summary *summary = find_summary(exec, place, dirty);

	if (summary && summary->busy)
		sym_fail(exec, -ELOOP);
	if (!summary && (summary = add_summary(exec, place, dirty)) != NULL) {
		struct sym_dirt dirt = { SYM_NOBODY, SYM_NOBODY };

		summary->busy = true;
		summary->outcome = do_rules(exec, place, 0, place->chain->rule_count, dirty, &dirt);
		summary->outcome.may[SYM_CONTINUE] = sym_or(
			exec, summary->outcome.may[SYM_CONTINUE], summary->outcome.may[SYM_RETURN]);
		summary->outcome.may[SYM_RETURN] = BDD_EMPTY;
		summary->dirty_after = dirt.on;
		sym_join_written(&summary->dirty_after, &dirt.gone);
		summary->busy = false;
	}
	if (!summary || exec->error)
		return SYM_GOES_ON;
	*dirty = summary->dirty_after;
	return summary->outcome;
}

static void free_summaries(struct symexec *exec)
{
	struct sym_summary *next;

	for (struct sym_summary *summary = exec->summaries; summary; summary = next) {
		next = summary->next;
		free(summary);
	}
	exec->summaries = NULL;
}

/* Base chains ---------------------------------------------------------------------------------- */

struct base {
	const struct snap_table *table;
	const struct snap_chain *chain;
	int32_t priority;
};

struct bases {
	struct base *bases;
	size_t count;
};

/* What of NF_INET_PRE_ROUTING comes before fragments are put together. */
#define HOOK_EARLY 102

/* The hook that a base chain is at, as above; UINT32_MAX: none that packets of this world meet. */
static uint32_t hook_of(
	const struct symexec *exec, const struct snap_table *table, const struct snap_chain *chain)
{
	static const uint8_t families[PKT_WORLDS] = { NFPROTO_IPV4, NFPROTO_IPV6 };
	const struct nltree *hook = nltree_find(&chain->tree, NFTA_CHAIN_HOOK);
	uint32_t number = (uint32_t)nltree_number(hook, NFTA_HOOK_HOOKNUM, UINT32_MAX);

	if (!hook)
		return UINT32_MAX;
	if (table->family == NFPROTO_NETDEV)
		return number == NF_NETDEV_INGRESS  ? SYM_HOOK_INGRESS
		       : number == NF_NETDEV_EGRESS ? SYM_HOOK_EGRESS
						    : UINT32_MAX;
	if (table->family != NFPROTO_INET && table->family != families[exec->world])
		return UINT32_MAX;
	if (table->family == NFPROTO_INET && number == NF_INET_INGRESS)
		return SYM_HOOK_INGRESS;
	if (number == NF_INET_PRE_ROUTING &&
		(int32_t)nltree_number(hook, NFTA_HOOK_PRIORITY, 0) <= NF_IP_PRI_CONNTRACK_DEFRAG)
		return HOOK_EARLY;
	return number;
}

/* Addresses are translated at places of their own, where the chains of type nat are asked, too. */
static int32_t nat_priority(uint32_t hook)
{
	return hook == NF_INET_PRE_ROUTING || hook == NF_INET_LOCAL_OUT ? NF_IP_PRI_NAT_DST
									: NF_IP_PRI_NAT_SRC;
}

/* A chain of type nat sees the first packet of each connection. */
static bool is_nat(const struct snap_chain *chain)
{
	const char *type = nltree_text(&chain->tree, NFTA_CHAIN_TYPE);

	return type && strcmp(type, "nat") == 0;
}

static int compare_bases(const void *a, const void *b)
{
	const struct base *left = a, *right = b;

	return left->priority < right->priority ? -1 : left->priority > right->priority;
}

/* The base chains at a hook, in the order of their priorities; among equal ones in that of their
 * tables, which decides nothing: each is asked about all packets, and what one of them rewrites is
 * free for all of them (see run_hook()). */
static int find_bases(const struct symexec *exec, uint32_t hook, struct bases *ret_bases)
{
	const struct snapshot *snapshot = exec->snapshot;
	size_t room = 0;

	*ret_bases = (struct bases){ 0 };
	for (size_t i = 0; i < snapshot->table_count; i++)
		room += snapshot->tables[i].chain_count;
	ret_bases->bases = calloc(room + 1, sizeof(*ret_bases->bases));
	if (!ret_bases->bases)
		return -ENOMEM;
	for (size_t i = 0; i < snapshot->table_count; i++) {
		const struct snap_table *table = &snapshot->tables[i];

		if (nltree_number(&table->tree, NFTA_TABLE_FLAGS, 0) & NFT_TABLE_F_DORMANT)
			continue;
		for (size_t k = 0; k < table->chain_count; k++) {
			const struct snap_chain *chain = &table->chains[k];
			const struct nltree *at = nltree_find(&chain->tree, NFTA_CHAIN_HOOK);

			if (hook_of(exec, table, chain) == hook)
				ret_bases->bases[ret_bases->count++] = (struct base){ table, chain,
					is_nat(chain) ? nat_priority(hook)
						      : (int32_t)nltree_number(
								at, NFTA_HOOK_PRIORITY, 0) };
		}
	}
	qsort(ret_bases->bases, ret_bases->count, sizeof(*ret_bases->bases), compare_bases);
	return 0;
}

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
	enum pkt_field field = hook == SYM_HOOK_EGRESS ? PKT_OIFNAME : PKT_IIFNAME;
	const struct nltree *at = nltree_find(&chain->tree, NFTA_CHAIN_HOOK);
	const char *name = nltree_text(at, NFTA_HOOK_DEV);
	const struct nltree *list = nltree_find(at, NFTA_HOOK_DEVS);
	bdd_node devices = BDD_EMPTY;

	if (hook != SYM_HOOK_INGRESS && hook != SYM_HOOK_EGRESS)
		return BDD_ALL;
	if (name)
		devices = of_device(exec, field, name);
	for (size_t i = 0; list && i < list->count; i++)
		if (list->children[i].kind == NLTREE_TEXT)
			devices = sym_or(exec, devices,
				of_device(exec, field, (const char *)list->children[i].bytes));
	return devices;
}

/* Does a base chain come after the kernel has looked up the packet's connection? */
static bool is_tracked(uint32_t hook, int32_t priority)
{
	if (hook == NF_INET_PRE_ROUTING || hook == NF_INET_LOCAL_OUT)
		return priority > NF_IP_PRI_CONNTRACK;
	return hook != SYM_HOOK_INGRESS && hook != HOOK_EARLY;
}

static void run_base(struct symexec *exec, const struct base *base, uint32_t hook, bool forwarded,
	struct sym_written *dirty, bdd_node *may_accept, bdd_node *may_drop)
{
	static const uint32_t kernel_hooks[] = { NF_INET_PRE_ROUTING, NF_INET_POST_ROUTING,
		NF_INET_PRE_ROUTING };
	struct sym_place place = { .table = base->table,
		.chain = base->chain,
		.hook = hook >= SYM_HOOK_INGRESS ? kernel_hooks[hook - SYM_HOOK_INGRESS] : hook,
		.stage = { .whole = hook != SYM_HOOK_INGRESS && hook != HOOK_EARLY,
			.tracked = is_tracked(hook, base->priority),
			.hop_less = forwarded && hook != SYM_HOOK_INGRESS && hook != HOOK_EARLY &&
				    hook != NF_INET_PRE_ROUTING } };
	int32_t policy = (int32_t)nltree_number(&base->chain->tree, NFTA_CHAIN_POLICY, NF_ACCEPT);
	bdd_node here = of_devices(exec, base->chain, hook);

	if (is_nat(base->chain))
		here = sym_and(exec, here, exec->new_connection);
	if (exec->trace &&
		!sym_trace_base(exec, &place, base->priority, here, *may_accept, *may_drop))
		return;
	struct sym_written before = *dirty;
	struct sym_outcome outcome = sym_chain(exec, &place, dirty);

	/* Who does not come to it goes on as well. */
	if (here != BDD_ALL || hook >= SYM_HOOK_INGRESS || is_nat(base->chain))
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

/* Are connections translated? As soon as there is any chain of that type. */
static bool translates(const struct symexec *exec)
{
	const struct snapshot *snapshot = exec->snapshot;

	for (size_t i = 0; i < snapshot->table_count; i++)
		for (size_t k = 0; k < snapshot->tables[i].chain_count; k++) {
			const struct snap_chain *chain = &snapshot->tables[i].chains[k];

			if (is_nat(chain) &&
				hook_of(exec, &snapshot->tables[i], chain) != UINT32_MAX)
				return true;
		}
	return false;
}

/* Packets come to a hook's chains of a priority, or to its end: those of known connections have had
 * one of their ends translated then. */
static void pass_translation(
	const struct symexec *exec, uint32_t hook, int32_t priority, struct sym_written *dirty)
{
	static const enum pkt_field ends[2][2] = { { PKT_SADDR, PKT_SPORT },
		{ PKT_DADDR, PKT_DPORT } };
	bool destination = nat_priority(hook) == NF_IP_PRI_NAT_DST;

	if (!exec->translates || hook >= SYM_HOOK_INGRESS || hook == NF_INET_FORWARD ||
		priority < nat_priority(hook))
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
	struct bases bases;
	int r = find_bases(exec, hook, &bases);

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
			end < bases.count && bases.bases[end].priority == bases.bases[i].priority;
			end++)
			;
		pass_translation(exec, hook, bases.bases[i].priority, dirty);
		exec->reach = *may_accept;
		do {
			before = *dirty;
			accept = *may_accept;
			drop = *may_drop;
			for (size_t k = i; k < end; k++) {
				after = before;
				run_base(exec, &bases.bases[k], hook, forwarded, &after, &accept,
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
	free(bases.bases);
}

void sym_run_way(struct symexec *exec, enum sym_way way)
{
	static const struct {
		uint32_t hooks[6];
		size_t count;
	} ways[SYM_WAYS] = {
		[SYM_FORWARD] = { { SYM_HOOK_INGRESS, HOOK_EARLY, NF_INET_PRE_ROUTING,
					  NF_INET_FORWARD, NF_INET_POST_ROUTING, SYM_HOOK_EGRESS },
			6 },
		[SYM_INPUT] = { { SYM_HOOK_INGRESS, HOOK_EARLY, NF_INET_PRE_ROUTING,
					NF_INET_LOCAL_IN },
			4 },
		[SYM_OUTPUT] = { { NF_INET_LOCAL_OUT, NF_INET_POST_ROUTING, SYM_HOOK_EGRESS }, 3 },
	};
	struct sym_written dirty = { .nobody = false };

	exec->translates = translates(exec);
	bdd_node may_accept = BDD_ALL, may_drop = BDD_EMPTY;

	exec->may_log = BDD_EMPTY;
	for (size_t i = 0; i < ways[way].count && !exec->error; i++) {
		run_hook(exec, ways[way].hooks[i], way == SYM_FORWARD, &dirty, &may_accept,
			&may_drop);
		if (ways[way].hooks[i] == HOOK_EARLY)
			may_accept = sym_put_together(exec, may_accept);
	}
	exec->log[way] = exec->may_log;
	exec->pass_may[way] = may_accept;
	exec->pass_drop[way] = may_drop;
}

static void run_all(struct symexec *exec)
{
	sym_prepare(exec);
	for (unsigned int i = 0; i < SYM_WAYS; i++)
		if (exec->scope.ways == 0 || exec->scope.ways >> i & 1)
			sym_run_way(exec, i);
		else
			exec->pass_may[i] = exec->pass_drop[i] = BDD_NONE;
}

/* Beginning and end ---------------------------------------------------------------------------- */

int symexec_new_in(const struct snapshot *snapshot, enum pkt_world world, struct hdrspace *space,
	struct symexec **ret_exec)
{
	struct symexec *exec = calloc(1, sizeof(*exec));

	if (!exec)
		return -ENOMEM;
	exec->snapshot = snapshot;
	exec->world = world;
	exec->space = space;
	*ret_exec = exec;
	return 0;
}

int symexec_new(const struct snapshot *snapshot, enum pkt_world world, struct symexec **ret_exec)
{
	struct hdrspace *space;
	int r = pktspace_new(world, &space);

	if (r < 0)
		return r;
	r = symexec_new_in(snapshot, world, space, ret_exec);
	if (r < 0)
		hdrspace_free(space);
	else
		(*ret_exec)->own_space = true;
	return r;
}

void symexec_free(struct symexec *exec)
{
	if (!exec)
		return;
	free_summaries(exec);
	sym_boxes_free(exec->sets);
	free(exec->doubts);
	if (exec->own_space)
		hdrspace_free(exec->space);
	free(exec);
}

struct hdrspace *symexec_space(struct symexec *exec)
{
	return exec->space;
}

void symexec_follow_logs(struct symexec *exec)
{
	exec->follows_logs = true;
}

int symexec_note(struct symexec *exec)
{
	exec->noting = true;
	run_all(exec);
	exec->noting = false;
	free_summaries(exec);
	return exec->error;
}

int symexec_decide(struct symexec *exec)
{
	run_all(exec);
	return exec->error ? exec->error : bdd_error(hdrspace_bdd(exec->space));
}

int symexec_run(struct symexec *exec, const struct bdd_budget *budget)
{
	int r = symexec_note(exec);

	if (r == 0)
		r = hdrspace_seal(exec->space, budget);
	return r < 0 ? r : symexec_decide(exec);
}

bdd_node symexec_valid(struct symexec *exec)
{
	return exec->valid;
}

bdd_node symexec_may_pass(struct symexec *exec, enum sym_way way)
{
	return sym_and(exec, exec->pass_may[way], exec->valid);
}

bdd_node symexec_must_pass(struct symexec *exec, enum sym_way way)
{
	return sym_and(exec, sym_not(exec, exec->pass_drop[way]), exec->valid);
}

bdd_node symexec_may_log(struct symexec *exec, enum sym_way way)
{
	return sym_and(exec, exec->log[way], exec->valid);
}

size_t symexec_doubts(const struct symexec *exec, const struct sym_doubt **ret_doubts)
{
	*ret_doubts = exec->doubts;
	return exec->doubt_count;
}
