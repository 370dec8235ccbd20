/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <net/if_arp.h>
#include <netinet/in.h>

#include <linux/netfilter/nf_tables.h>

#include "array.h"
#include "ctstate.h"
#include "snaphook.h"
#include "symexec_impl.h"

#define FRAGMENT_BITS 13 /* of the IPv4 header's flags and offset: the offset */

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
	sym_forget_chains(exec);
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

/* What there is at all ------------------------------------------------------------------------- */

static bdd_node field_is(struct symexec *exec, enum pkt_field field, hdr_value value)
{
	return sym_test(exec, pkt_slice(exec->world, field), (struct hdr_range){ value, value });
}

/* Numbers as they stand in memory, see pktspace.c. */
static hdr_value in_memory(uint32_t number)
{
	uint8_t bytes[4];

	memcpy(bytes, &number, sizeof(bytes));
	return pkt_number(bytes, sizeof(bytes));
}

static hdr_value short_in_memory(uint16_t number)
{
	uint8_t bytes[2];

	memcpy(bytes, &number, sizeof(bytes));
	return pkt_number(bytes, sizeof(bytes));
}

static bdd_node one_of_states(struct symexec *exec, const uint32_t *states, size_t count)
{
	bdd_node result = BDD_EMPTY;

	for (size_t i = 0; i < count; i++)
		result = sym_or(exec, result, field_is(exec, PKT_CT_STATE, in_memory(states[i])));
	return result;
}

static bdd_node later_fragment(struct symexec *exec)
{
	struct hdr_slice offset = { PKT_FRAG_OFF, 0, exec->world == PKT_IPV4 ? FRAGMENT_BITS : 1 };

	return sym_not(exec, sym_test(exec, offset, (struct hdr_range){ 0, 0 }));
}

/* In IPv6, the header that tells may stand behind others, of which nothing is told. */
static void prepare_fragments(struct symexec *exec)
{
	static const uint8_t before[] = { IPPROTO_HOPOPTS, IPPROTO_ROUTING, IPPROTO_AH,
		IPPROTO_DSTOPTS };
	struct hdr_slice more = { PKT_FRAG_OFF, FRAGMENT_BITS, 1 };

	exec->later_fragment = later_fragment(exec);
	if (exec->world == PKT_IPV4) {
		exec->first_fragment =
			sym_and(exec, sym_test(exec, more, (struct hdr_range){ 1, 1 }),
				sym_not(exec, exec->later_fragment));
		exec->may_be_first = exec->first_fragment;
		return;
	}
	exec->first_fragment = field_is(exec, PKT_NEXTHDR, IPPROTO_FRAGMENT);
	exec->may_be_first = exec->first_fragment;
	for (size_t i = 0; i < sizeof(before); i++)
		exec->may_be_first =
			sym_or(exec, exec->may_be_first, field_is(exec, PKT_NEXTHDR, before[i]));
	exec->may_be_first = sym_and(exec, exec->may_be_first, sym_not(exec, exec->later_fragment));
}

/* Of a fragment that is not the first one nothing is known from its transport header on, as of a
 * protocol that is not known. */
static void prepare_transports(struct symexec *exec)
{
	bdd_node known = BDD_EMPTY;

	for (unsigned int i = 0; i < PKT_TRANSPORTS; i++) {
		const uint8_t *protocols = pkt_protocols(exec->world, 1u << i);
		bdd_node set = BDD_EMPTY;

		for (size_t k = 0; protocols && protocols[k]; k++)
			set = sym_or(exec, set, field_is(exec, PKT_L4PROTO, protocols[k]));
		set = sym_and(exec, set, sym_not(exec, exec->later_fragment));
		exec->transports[i] = protocols ? set : sym_not(exec, known);
		known = sym_or(exec, known, set);
	}
}

void sym_prepare(struct symexec *exec)
{
	static const uint32_t without[] = { CT_INVALID, CT_UNTRACKED };
	static const uint32_t states[] = { CT_INVALID, CT_ESTABLISHED, CT_RELATED, CT_NEW,
		CT_UNTRACKED };

	exec->keeps_connections = snaphook_keeps_connections(exec->snapshot, exec->world);
	prepare_fragments(exec);
	prepare_transports(exec);
	exec->no_connection = one_of_states(exec, without, 2);
	exec->ethernet = field_is(exec, PKT_IIFTYPE, short_in_memory(ARPHRD_ETHER));
	exec->new_connection = field_is(exec, PKT_CT_STATE, in_memory(CT_NEW));
	exec->untranslated = sym_or(exec, exec->new_connection, exec->no_connection);
	exec->valid = sym_and(exec, one_of_states(exec, states, 5),
		sym_test(exec, pkt_slice(exec->world, PKT_CT_DIRECTION),
			(struct hdr_range){ 0, 1 }));
	if (exec->keeps_connections)
		exec->valid = sym_and(exec, exec->valid,
			sym_not(exec, sym_or(exec, exec->later_fragment, exec->first_fragment)));
}

/* All ways ------------------------------------------------------------------------------------ */

static void run_all(struct symexec *exec)
{
	sym_prepare(exec);
	for (unsigned int i = 0; i < SYM_WAYS; i++)
		if (exec->scope.ways == 0 || exec->scope.ways >> i & 1)
			sym_run_way(exec, i);
		else
			exec->pass_may[i] = exec->pass_drop[i] = BDD_NONE;
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
	sym_forget_chains(exec);
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

/* What is not understood ----------------------------------------------------------------------- */

static void add_doubt(struct symexec *exec, const struct sym_doubt *doubt)
{
	for (size_t i = 0; i < exec->doubt_count; i++)
		if (exec->doubts[i].handle == doubt->handle &&
			exec->doubts[i].kind == doubt->kind &&
			exec->doubts[i].expression == doubt->expression &&
			exec->doubts[i].table == doubt->table)
			return;
	struct sym_doubt *grown =
		array_reserve(exec->doubts, sizeof(*grown), exec->doubt_count, &exec->doubt_room);

	if (!grown) {
		sym_fail(exec, -ENOMEM);
		return;
	}
	exec->doubts = grown;
	exec->doubts[exec->doubt_count++] = *doubt;
}

void sym_doubt(struct symexec *exec, enum sym_doubt_kind kind, const struct sym_place *place,
	const char *expression)
{
	uint64_t handle = nltree_number(place->rule, NFTA_RULE_HANDLE, 0);

	if (exec->trace)
		exec->trace->here.doubt = expression;
	if (exec->noting || exec->trace)
		return;
	const struct sym_doubt doubt = { kind, place->table->family, snap_table_name(place->table),
		snap_chain_name(place->chain), handle, expression };

	add_doubt(exec, &doubt);
}

int symexec_add_doubts(struct symexec *exec, const struct symexec *other)
{
	for (size_t i = 0; i < other->doubt_count; i++)
		add_doubt(exec, &other->doubts[i]);
	return exec->error;
}

size_t symexec_doubts(const struct symexec *exec, const struct sym_doubt **ret_doubts)
{
	*ret_doubts = exec->doubts;
	return exec->doubt_count;
}
