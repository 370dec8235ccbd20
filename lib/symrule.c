/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One rule: its expressions from left to right, with registers whose bytes are known as far as
 * pktspace.h knows them. An expression that fails (NFT_BREAK) ends the rule and the next one goes
 * on. What is written to a packet makes that field free for all rules behind: a packet may or may
 * not have come by here.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "symrule_impl.h"

/* What expressions do ----------------------------------------------------------------------------
 */

bool sym_meets_pieces(const struct sym_run *run)
{
	return !run->place->stage.whole || !run->exec->keeps_connections;
}

void sym_run_doubt(struct sym_run *run, enum sym_doubt_kind kind)
{
	sym_doubt(run->exec, kind, run->place, run->name);
}

/* Who has left so far and in none of the other ways was dropped. */
void sym_run_inexact(struct sym_run *run)
{
	struct sym_outcome *outcome = run->outcome;

	if (!outcome->exact)
		return;
	sym_tell_drops(run->exec, outcome);
	outcome->may[SYM_DROP] = sym_and(run->exec, outcome->may[SYM_DROP], run->left);
}

void sym_doubt_match(struct sym_run *run, struct sym_match match)
{
	struct sym_match both = sym_match_and(run->exec, run->alive, match);

	if (both.may == both.must)
		return;
	sym_run_inexact(run);
	if (sym_and(run->exec, run->alive.may,
		    sym_and(run->exec, match.may, sym_not(run->exec, match.must))) != BDD_EMPTY)
		sym_run_doubt(run, SYM_DOUBT_TEST);
}

/* Only packets that meet this go on. */
void sym_narrow(struct sym_run *run, struct sym_match match)
{
	sym_doubt_match(run, match);
	/* Who fails goes on with the next rule, with what this one has rewritten. */
	if (match.must != BDD_ALL)
		sym_join_written(&run->dirt->on, &run->dirty);
	run->alive = sym_match_and(run->exec, run->alive, match);
	if (run->alive.may == BDD_EMPTY)
		run->ended = true; /* nobody comes to what follows */
}

void sym_run_report(struct sym_run *run, struct sym_match match, const struct sym_effect *effect)
{
	if (run->exec->trace)
		sym_trace_rule(
			run->exec, run->place, sym_match_and(run->exec, run->alive, match), effect);
}

static void leave(struct sym_run *run, enum sym_exit way, bool diverted)
{
	const struct sym_effect effect = { .verdict = way == SYM_ACCEPT ? NF_ACCEPT : NF_DROP,
		.diverted = diverted };

	sym_run_report(run, SYM_ALWAYS, &effect);
	run->outcome->may[way] = sym_or(run->exec, run->outcome->may[way], run->alive.may);
	run->left = sym_or(run->exec, run->left, run->alive.must);
	sym_join_written(&run->dirt->gone, &run->dirty);
	run->ended = true;
}

/* All that have come so far leave. */
static void leave_all(struct sym_run *run, enum sym_exit way)
{
	leave(run, way, false);
}

void sym_rewrite(struct sym_run *run, enum pkt_field field)
{
	struct sym_bounds *bounds = sym_bounds_of(&run->dirty, field);

	run->dirty.fields[field] = SYM_WRITTEN;
	if (bounds)
		*bounds = (struct sym_bounds){ { 0 }, { 0 } };
}

/* The bounds of what a register holds; false: it has none. */
static bool bounds_of_register(const struct sym_loaded *loaded, struct sym_bounds *ret_bounds)
{
	if (!loaded || loaded->count != 1)
		return false;
	for (unsigned int i = 0; i < sizeof(ret_bounds->first); i++) {
		const struct pkt_byte *byte = &loaded->loads[0].bytes[i];
		bool bounded = byte->kind == PKT_BYTE_BOUNDED && byte->index == i;

		if (!bounded && byte->kind != PKT_BYTE_CONSTANT)
			return false;
		/* Either all of them, or all known. */
		if (byte->kind != loaded->loads[0].bytes[0].kind)
			return false;
		ret_bounds->first[i] = byte->flip;
		ret_bounds->last[i] = bounded ? byte->mask : byte->flip;
	}
	return true;
}

/* Of one packet it is known what was written, when it comes here for sure. */
void sym_rewrite_from(struct sym_run *run, enum pkt_field field, uint64_t source)
{
	struct sym_trace *trace = run->exec->trace;
	unsigned int length = pkt_field_bits(run->exec->world, field) / 8;
	const struct sym_loaded *loaded = sym_loaded_at(run, source, length);
	bool known = trace && trace->here.sure && run->alive.must == BDD_ALL && loaded &&
		     loaded->count == 1;
	hdr_value value = 0;

	for (unsigned int i = 0; known && i < length; i++) {
		known = loaded->loads[0].bytes[i].kind == PKT_BYTE_CONSTANT;
		value = value << 8 | loaded->loads[0].bytes[i].flip;
	}
	sym_rewrite(run, field);
	if (known) {
		run->dirty.fields[field] = SYM_AS_IT_CAME;
		trace->packet.values[field] = value;
		return;
	}
	struct sym_bounds *bounds = sym_bounds_of(&run->dirty, field), found;

	if (bounds && bounds_of_register(loaded, &found)) {
		run->dirty.fields[field] = SYM_BOUNDED;
		*bounds = found;
	}
}

void sym_rewrite_all(struct sym_run *run)
{
	for (unsigned int i = 0; i < PKT_FIELDS; i++)
		sym_rewrite(run, i);
	sym_run_doubt(run, SYM_DOUBT_REWRITE);
}

/* Something that packets go through, or not. */
void sym_may_stop(struct sym_run *run)
{
	sym_narrow(run, SYM_UNKNOWN);
}

uint64_t sym_number(const struct nltree *data, uint16_t attribute)
{
	return nltree_number(data, attribute, UINT32_MAX);
}

const uint8_t *sym_bytes(const struct nltree *data, uint16_t attribute, size_t *ret_length)
{
	return nltree_bytes(nltree_find(data, attribute), NFTA_DATA_VALUE, ret_length);
}

/* Other expressions ---------------------------------------------------------------------------- */

static void do_nothing(struct sym_run *run, const struct nltree *data)
{
	(void)run;
	(void)data;
}

/* Sets and meters that fill up, limits, quotas: who comes later is stopped. */
static void do_stop_some(struct sym_run *run, const struct nltree *data)
{
	(void)data;
	sym_may_stop(run);
}

/* Loads of what is not modelled; their target is the attribute of that number. */
static void load_free(struct sym_run *run, const struct nltree *data, uint16_t target)
{
	sym_may_stop(run);
	sym_store_free(run, sym_number(data, target), PKT_BYTES_MAX);
}

static void do_exthdr(struct sym_run *run, const struct nltree *data)
{
	if (nltree_has(data, NFTA_EXTHDR_SREG)) {
		sym_run_doubt(run, SYM_DOUBT_REWRITE);
		sym_may_stop(run);
		return;
	}
	load_free(run, data, NFTA_EXTHDR_DREG);
}

static void do_load(struct sym_run *run, const struct nltree *data)
{
	load_free(run, data, run->target);
}

static void do_reject(struct sym_run *run, const struct nltree *data)
{
	(void)data;
	leave_all(run, SYM_DROP);
}

/* Of a chain of type nat; the packet is accepted there. */
static void translate(struct sym_run *run, enum pkt_field address, enum pkt_field port)
{
	sym_rewrite(run, address);
	sym_rewrite(run, port);
	sym_run_doubt(run, SYM_DOUBT_REWRITE);
	/* What cannot be translated is dropped: headers that are cut off, no address or port left.
	 */
	run->outcome->may[SYM_DROP] =
		sym_or(run->exec, run->outcome->may[SYM_DROP], run->alive.may);
	leave_all(run, SYM_ACCEPT);
}

static void do_nat(struct sym_run *run, const struct nltree *data)
{
	if (sym_number(data, NFTA_NAT_TYPE) == NFT_NAT_SNAT)
		translate(run, PKT_SADDR, PKT_SPORT);
	else
		translate(run, PKT_DADDR, PKT_DPORT);
}

static void do_masq(struct sym_run *run, const struct nltree *data)
{
	(void)data;
	translate(run, PKT_SADDR, PKT_SPORT);
}

static void do_redir(struct sym_run *run, const struct nltree *data)
{
	(void)data;
	translate(run, PKT_DADDR, PKT_DPORT);
}

static void do_notrack(struct sym_run *run, const struct nltree *data)
{
	(void)data;
	sym_rewrite(run, PKT_CT_STATE);
	sym_rewrite(run, PKT_CT_MARK);
	sym_rewrite(run, PKT_CT_DIRECTION);
	sym_rewrite(run, PKT_CT_STATUS);
	sym_run_doubt(run, SYM_DOUBT_REWRITE);
}

/* Elsewhere: to a program, another interface, past the hooks. Whoever has it may let it go on. */
static void do_divert(struct sym_run *run, const struct nltree *data)
{
	(void)data;
	sym_run_doubt(run, SYM_DOUBT_DIVERT);
	sym_run_inexact(run);
	run->outcome->may[SYM_ACCEPT] =
		sym_or(run->exec, run->outcome->may[SYM_ACCEPT], run->alive.may);
	leave(run, SYM_DROP, true);
}

/* A copy, or what comes of the connection later; this packet goes on. */
static void do_divert_more(struct sym_run *run, const struct nltree *data)
{
	(void)data;
	sym_run_doubt(run, SYM_DOUBT_DIVERT);
}

static void do_unknown(struct sym_run *run, const struct nltree *data)
{
	static const struct sym_effect effect = { .verdict = NFT_CONTINUE, .diverted = true };

	(void)data;
	sym_rewrite_all(run);
	sym_run_doubt(run, SYM_DOUBT_DIVERT);
	sym_join_written(&run->dirt->gone, &run->dirty);
	sym_join_written(&run->dirt->on, &run->dirty);
	sym_run_inexact(run);
	for (unsigned int i = 0; i < SYM_EXITS; i++)
		run->outcome->may[i] = sym_or(run->exec, run->outcome->may[i], run->alive.may);
	sym_run_report(run, SYM_UNKNOWN, &effect);
	sym_may_stop(run);
}

/* Which of them let everybody pass is told by the object's type. */
static void do_object(struct sym_run *run, const struct nltree *data)
{
	uint64_t type = sym_number(data, NFTA_OBJREF_IMM_TYPE);

	if (type == NFT_OBJECT_COUNTER)
		return;
	if (type == NFT_OBJECT_SYNPROXY)
		do_divert(run, data);
	else
		sym_may_stop(run);
}

static void do_log(struct sym_run *run, const struct nltree *data)
{
	(void)data;
	if (run->exec->follows_logs)
		run->outcome->may_log = sym_or(run->exec, run->outcome->may_log, run->alive.may);
}

static const struct {
	const char *name;
	void (*function)(struct sym_run *run, const struct nltree *data);
	uint16_t target; /* of do_load(): its attribute for the register */
} actions[] = {
	{ "bitwise", sym_do_bitwise, 0 },
	{ "byteorder", sym_do_byteorder, 0 },
	{ "cmp", sym_do_cmp, 0 },
	{ "connlimit", do_stop_some, 0 },
	{ "counter", do_nothing, 0 },
	{ "ct", sym_do_ct, 0 },
	{ "dup", do_divert_more, 0 },
	{ "dynset", do_stop_some, 0 },
	{ "exthdr", do_exthdr, 0 },
	{ "fib", do_load, NFTA_FIB_DREG },
	{ "flow_offload", do_divert_more, 0 },
	{ "fwd", do_divert, 0 },
	{ "hash", do_load, NFTA_HASH_DREG },
	{ "immediate", sym_do_immediate, 0 },
	{ "last", do_nothing, 0 },
	{ "limit", do_stop_some, 0 },
	{ "log", do_log, 0 },
	{ "lookup", sym_do_lookup, 0 },
	{ "masq", do_masq, 0 },
	{ "match", do_stop_some, 0 },
	{ "meta", sym_do_meta, 0 },
	{ "nat", do_nat, 0 },
	{ "notrack", do_notrack, 0 },
	{ "numgen", do_load, NFTA_NG_DREG },
	{ "objref", do_object, 0 },
	{ "osf", do_load, NFTA_OSF_DREG },
	{ "payload", sym_do_payload, 0 },
	{ "queue", do_divert, 0 },
	{ "quota", do_stop_some, 0 },
	{ "range", sym_do_range, 0 },
	{ "redir", do_redir, 0 },
	{ "reject", do_reject, 0 },
	{ "rt", do_load, NFTA_RT_DREG },
	{ "socket", do_load, NFTA_SOCKET_DREG },
	{ "synproxy", do_divert, 0 },
	{ "tproxy", do_divert, 0 },
	{ "tunnel", do_load, NFTA_TUNNEL_DREG },
	{ "xfrm", do_load, NFTA_XFRM_DREG },
};

static void do_expression(struct sym_run *run, const struct nltree *expression)
{
	const char *name = nltree_text(expression, NFTA_EXPR_NAME);

	run->name = name ? name : "?";
	for (size_t i = 0;
		name && nltree_is_known(expression) && i < sizeof(actions) / sizeof(actions[0]);
		i++)
		if (strcmp(actions[i].name, name) == 0) {
			run->target = actions[i].target;
			actions[i].function(run, nltree_find(expression, NFTA_EXPR_DATA));
			return;
		}
	do_unknown(run, expression);
}

struct sym_outcome sym_rule(struct symexec *exec, const struct sym_place *place,
	const struct sym_written *before, struct sym_dirt *dirt)
{
	static const struct sym_effect goes_on = { .verdict = NFT_CONTINUE };
	const struct nltree *list = nltree_find(place->rule, NFTA_RULE_EXPRESSIONS);
	struct sym_outcome outcome = { { BDD_EMPTY, BDD_EMPTY, BDD_EMPTY, BDD_EMPTY },
		!exec->noting && !exec->trace, BDD_EMPTY };
	struct sym_run run = { .exec = exec,
		.place = place,
		.dirty = *before,
		.dirt = dirt,
		.alive = SYM_ALWAYS,
		.transports = PKT_TCP | PKT_PORTS | PKT_ICMP | PKT_OTHER,
		.left = BDD_EMPTY,
		.outcome = &outcome };

	if (!nltree_is_known(place->rule)) {
		/* Something of the rule beside its expressions: also of those, it says nothing. */
		run.name = "rule";
		for (size_t i = 0; i < place->rule->count; i++)
			if (place->rule->children[i].kind == NLTREE_UNKNOWN)
				do_unknown(&run, NULL);
	}
	for (size_t i = 0; list && i < list->count && !run.ended; i++)
		do_expression(&run, &list->children[i]);
	if (!run.ended) {
		sym_run_report(&run, SYM_ALWAYS, &goes_on);
		sym_join_written(&dirt->on, &run.dirty);
	}
	outcome.may[SYM_CONTINUE] =
		sym_or(exec, outcome.may[SYM_CONTINUE], sym_not(exec, run.left));
	return outcome;
}
