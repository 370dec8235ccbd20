/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two rule sets in one space, for the packets of a part. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "ctstate.h"
#include "semdiff_impl.h"
#include "snapsame.h"

/* A part that is being decided. */
struct comparing {
	const struct semdiff_common *common;
	const struct semdiff_part *part;
	struct hdrspace *space;
	struct symexec *before, *after;
	struct semdiff *diff;
	struct zonespace *zones;
	struct bdd *bdd;
	bdd_node asked;	    /* packets that are asked about */
	bool doubts_alike;  /* what is not understood is the same in both */
	bool fragments;	    /* see struct semdiff_world */
	bdd_node not_first; /* all fragments but the first of a packet */
	bdd_node phases[SEMDIFF_PHASES];
	bdd_node sets[SYM_WAYS][SEMDIFF_KINDS];
};

/* Packets apart ---------------------------------------------------------------------------------
 */

static struct hdr_slice offset_slice(enum pkt_world world)
{
	return world == PKT_IPV4 ? (struct hdr_slice){ PKT_FRAG_OFF, 0, 13 }
				 : pkt_slice(world, PKT_FRAG_OFF);
}

static struct hdr_range not_first(enum pkt_world world)
{
	return (struct hdr_range){ 1, world == PKT_IPV4 ? 0x1fff : 1 };
}

/* Cut off before the ports, or in TCP before the flags: the kernel takes none of them for the
 * packet of a connection. Field PKT_TRUNCATED is the number of bytes that there are, and one more.
 */
#define BEFORE_PORTS ((struct hdr_range){ 1, 4 })
#define BEFORE_FLAGS ((struct hdr_range){ 1, 14 })
#define TCP	     ((struct hdr_range){ IPPROTO_TCP, IPPROTO_TCP })

static int note_apart(struct hdrspace *space, enum pkt_world world)
{
	int r = hdrspace_note(space, offset_slice(world), not_first(world));

	if (r == 0)
		r = hdrspace_note(space, pkt_slice(world, PKT_TRUNCATED), BEFORE_PORTS);
	if (r == 0)
		r = hdrspace_note(space, pkt_slice(world, PKT_TRUNCATED), BEFORE_FLAGS);
	return r < 0 ? r : hdrspace_note(space, pkt_slice(world, PKT_L4PROTO), TCP);
}

static bdd_node cut_short(struct comparing *comparing)
{
	struct hdrspace *space = comparing->space;
	struct hdr_slice length = pkt_slice(comparing->common->world, PKT_TRUNCATED);
	bdd_node tcp = hdrspace_test(space, pkt_slice(comparing->common->world, PKT_L4PROTO), TCP);

	return bdd_or(comparing->bdd, hdrspace_test(space, length, BEFORE_PORTS),
		bdd_and(comparing->bdd, tcp, hdrspace_test(space, length, BEFORE_FLAGS)));
}

/* What differs on a way ------------------------------------------------------------------------ */

static bdd_node either(struct bdd *bdd, bdd_node a, bdd_node b)
{
	return bdd_or(bdd, bdd_diff(bdd, a, b), bdd_diff(bdd, b, a));
}

/* Packets of which it is not known on either side whether they pass are treated alike where the
 * same unknown decides about both. */
static bdd_node undecided(
	struct comparing *comparing, const bdd_node may[2], const bdd_node must[2], bdd_node known)
{
	struct bdd *bdd = comparing->bdd;
	bdd_node set = bdd_or(bdd, either(bdd, may[0], may[1]), either(bdd, must[0], must[1]));
	bdd_node both =
		bdd_and(bdd, bdd_diff(bdd, may[0], must[0]), bdd_diff(bdd, may[1], must[1]));

	if (!comparing->doubts_alike) {
		set = bdd_or(bdd, set, bdd_diff(bdd, both, comparing->not_first));
		comparing->fragments |= bdd_and(bdd, bdd_and(bdd, both, comparing->not_first),
						comparing->asked) != BDD_EMPTY;
	}
	return bdd_diff(bdd, set, known);
}

static void compare_way(struct comparing *comparing, enum sym_way way)
{
	struct symexec *const sides[2] = { comparing->before, comparing->after };
	struct bdd *bdd = comparing->bdd;
	bdd_node *sets = comparing->sets[way];
	bdd_node may[2], must[2];

	for (unsigned int kind = 0; kind < SEMDIFF_KINDS; kind++)
		sets[kind] = BDD_EMPTY;
	if (comparing->part->scope.ways && !(comparing->part->scope.ways & 1u << way))
		return;
	for (unsigned int i = 0; i < 2; i++) {
		may[i] = symexec_may_pass(sides[i], way);
		must[i] = symexec_must_pass(sides[i], way);
	}
	sets[SEMDIFF_PERMITTED] = bdd_diff(bdd, must[1], may[0]);
	sets[SEMDIFF_FORBIDDEN] = bdd_diff(bdd, must[0], may[1]);
	bdd_node known = bdd_or(bdd, sets[SEMDIFF_PERMITTED], sets[SEMDIFF_FORBIDDEN]);

	sets[SEMDIFF_UNDECIDED] = undecided(comparing, may, must, known);
	if (!comparing->common->question->logs)
		return;
	bdd_node before = symexec_may_log(sides[0], way), after = symexec_may_log(sides[1], way);
	bdd_node told = bdd_or(bdd, known, sets[SEMDIFF_UNDECIDED]);

	sets[SEMDIFF_RECORDED] = bdd_diff(bdd, bdd_diff(bdd, after, before), told);
	sets[SEMDIFF_UNRECORDED] = bdd_diff(bdd, bdd_diff(bdd, before, after), told);
}

/* Items ---------------------------------------------------------------------------------------- */

static enum sym_way way_of(const struct policy *policy, size_t from, size_t to)
{
	return from == ZONESPACE_GATEWAY(policy) ? SYM_OUTPUT
	       : to == ZONESPACE_GATEWAY(policy) ? SYM_INPUT
						 : SYM_FORWARD;
}

/* What is nearest to what people expect of such a packet. */
static struct hdr_packet near_packet(enum pkt_world world, enum semdiff_phase phase)
{
	static const uint32_t states[SEMDIFF_PHASES] = { CT_NEW, CT_ESTABLISHED, CT_INVALID };
	struct hdr_packet packet = pktregion_everyday(world);

	packet.values[PKT_CT_STATE] = pkt_number(&states[phase], sizeof(states[phase]));
	if (phase != SEMDIFF_NEW)
		packet.values[PKT_TCP_FLAGS] = 0x10; /* ACK */
	return packet;
}

static int take_item(struct comparing *comparing, const struct semdiff_item *wanted, bdd_node pair)
{
	struct bdd *bdd = comparing->bdd;
	enum sym_way way = way_of(&comparing->common->places, wanted->from, wanted->to);
	bdd_node care = bdd_and(bdd, pair, comparing->phases[wanted->phase]);
	bdd_node set = bdd_and(
		bdd, bdd_and(bdd, care, comparing->asked), comparing->sets[way][wanted->kind]);
	struct hdr_packet near = near_packet(comparing->common->world, wanted->phase);

	if (set == BDD_EMPTY)
		return 0;
	if (set == BDD_NONE) /* no answer is not "nothing", whatever its reason */
		return bdd_error(bdd) ? bdd_error(bdd) : -EINVAL;
	struct semdiff_item *item = semdiff_item(comparing->diff, wanted);
	if (!item)
		return -ENOMEM;
	return pktregion_list(comparing->space, comparing->common->world, set, care, &near,
		comparing->common->question->regions[wanted->phase], &item->regions);
}

static bdd_node packets_of_pair(struct comparing *comparing, size_t from, size_t to)
{
	struct bdd *bdd = comparing->bdd;
	bdd_node valid =
		bdd_or(bdd, symexec_valid(comparing->before), symexec_valid(comparing->after));

	return bdd_and(bdd, valid,
		bdd_and(bdd, zonespace_from(comparing->zones, from),
			zonespace_to(comparing->zones, to)));
}

static int take_pair(struct comparing *comparing, size_t from, size_t to)
{
	const bdd_node *sets = comparing->sets[way_of(&comparing->common->places, from, to)];
	int r = 0;

	for (unsigned int kind = 0; kind < SEMDIFF_KINDS && r == 0; kind++) {
		if (sets[kind] == BDD_EMPTY)
			continue;
		bdd_node pair = packets_of_pair(comparing, from, to);

		for (unsigned int phase = 0; phase < SEMDIFF_PHASES && r == 0; phase++)
			r = take_item(comparing,
				&(struct semdiff_item){ .kind = (enum semdiff_kind)kind,
					.phase = (enum semdiff_phase)phase,
					.world = comparing->common->world,
					.from = from,
					.to = to },
				pair);
	}
	return r;
}

static int take_all(struct comparing *comparing)
{
	const struct policy *places = &comparing->common->places;
	struct zonespace *zones = comparing->zones;
	struct bdd *bdd = comparing->bdd;
	int r = 0;

	comparing->phases[SEMDIFF_STRAY] = bdd_or(
		bdd, zonespace_states(zones, CT_INVALID | CT_UNTRACKED), cut_short(comparing));
	comparing->phases[SEMDIFF_NEW] = bdd_diff(bdd,
		bdd_and(bdd, zonespace_states(zones, CT_NEW),
			bdd_and(bdd, zonespace_direction(zones, false), zonespace_unmarked(zones))),
		comparing->phases[SEMDIFF_STRAY]);
	comparing->phases[SEMDIFF_KNOWN] = bdd_not(
		bdd, bdd_or(bdd, comparing->phases[SEMDIFF_NEW], comparing->phases[SEMDIFF_STRAY]));
	for (unsigned int way = 0; way < SYM_WAYS; way++)
		compare_way(comparing, (enum sym_way)way);
	for (size_t from = 0; from < ZONESPACE_PLACES(places) && r == 0; from++)
		for (size_t to = 0; to < ZONESPACE_PLACES(places) && r == 0; to++)
			if (from != to || from != ZONESPACE_GATEWAY(places))
				r = take_pair(comparing, from, to);
	return r;
}

/* Which packets are asked about ------------------------------------------------------------------
 */

static struct hdr_range only(hdr_value value)
{
	return (struct hdr_range){ value, value };
}

static int note_names(struct comparing *comparing)
{
	const struct sym_names *in = &comparing->part->scope.in;
	struct hdr_slice slice = pkt_slice(comparing->common->world, PKT_IIFNAME);
	int r = 0;

	for (size_t i = 0; i < in->count && r == 0; i++)
		r = hdrspace_note(comparing->space, slice, only(in->values[i]));
	return r;
}

static bdd_node asked_about(struct comparing *comparing)
{
	const struct sym_names *in = &comparing->part->scope.in;
	struct hdr_slice slice = pkt_slice(comparing->common->world, PKT_IIFNAME);
	bdd_node set = BDD_EMPTY;

	if (!in->values)
		return BDD_ALL;
	for (size_t i = 0; i < in->count; i++)
		set = bdd_or(comparing->bdd, set,
			hdrspace_test(comparing->space, slice, only(in->values[i])));
	return in->others ? bdd_not(comparing->bdd, set) : set;
}

/* The part ---------------------------------------------------------------------------------------
 */

static int set_up(struct comparing *comparing)
{
	const struct semdiff_common *common = comparing->common;
	const struct semdiff_question *question = common->question;
	int r = pktspace_new(common->world, &comparing->space);

	if (r == 0)
		r = symexec_new_in(
			question->before, common->world, comparing->space, &comparing->before);
	if (r == 0)
		r = symexec_new_in(
			question->after, common->world, comparing->space, &comparing->after);
	if (r == 0)
		r = zonespace_new(
			&common->places, common->world, comparing->space, &comparing->zones);
	if (r < 0)
		return r;
	symexec_restrict(comparing->before, &comparing->part->scope);
	symexec_restrict(comparing->after, &comparing->part->scope);
	if (question->logs) {
		symexec_follow_logs(comparing->before);
		symexec_follow_logs(comparing->after);
	}
	return 0;
}

/* Both rule sets in one space, and the zones. */
static int run_both(struct comparing *comparing)
{
	int r = zonespace_note(comparing->zones);

	if (r == 0)
		r = note_apart(comparing->space, comparing->common->world);
	if (r == 0)
		r = note_names(comparing);
	if (r == 0)
		r = symexec_note(comparing->before);
	if (r == 0)
		r = symexec_note(comparing->after);
	if (r == 0)
		r = hdrspace_seal(comparing->space, &comparing->part->budget);
	if (r == 0)
		r = symexec_decide(comparing->before);
	return r < 0 ? r : symexec_decide(comparing->after);
}

/* Does every doubt stand in a table that the other side has just the same? */
static bool are_alike(
	const struct symexec *exec, const struct snapshot *here, const struct snapshot *there)
{
	const struct sym_doubt *doubts;
	size_t count = symexec_doubts(exec, &doubts);

	for (size_t i = 0; i < count; i++)
		if (!snapsame_table(here, there, doubts[i].family, doubts[i].table))
			return false;
	return true;
}

static int compare(struct comparing *comparing)
{
	const struct semdiff_common *common = comparing->common;
	const struct semdiff_question *question = common->question;
	int r = set_up(comparing);

	if (r == 0)
		r = run_both(comparing);
	if (r < 0)
		return r;
	comparing->bdd = hdrspace_bdd(comparing->space);
	comparing->asked = asked_about(comparing);
	comparing->not_first = hdrspace_test(
		comparing->space, offset_slice(common->world), not_first(common->world));
	comparing->doubts_alike = are_alike(comparing->before, question->before, question->after) &&
				  are_alike(comparing->after, question->after, question->before);
	return take_all(comparing);
}

/* What was found before the budget was used up is not all, and not told. */
static int take_result(struct comparing *comparing, struct semdiff *diff)
{
	struct semdiff_world *result = comparing->common->result;
	int r = semdiff_join(diff, comparing->diff);

	result->fragments |= comparing->fragments;
	if (r == 0)
		r = symexec_add_doubts(result->before, comparing->before);
	return r < 0 ? r : symexec_add_doubts(result->after, comparing->after);
}

int semdiff_part(const struct semdiff_common *common, const struct semdiff_part *part,
	struct semdiff *diff, uint64_t *ret_steps)
{
	struct semdiff found = { .items = NULL };
	struct comparing comparing = { .common = common, .part = part, .diff = &found };
	int r = compare(&comparing);

	if (r == 0)
		r = take_result(&comparing, diff);
	struct bdd *bdd = comparing.space ? hdrspace_bdd(comparing.space) : NULL;

	*ret_steps = bdd ? bdd_steps(bdd) : 0;
	semdiff_forget(&found, common->world);
	free(found.items);
	zonespace_free(comparing.zones);
	symexec_free(comparing.before);
	symexec_free(comparing.after);
	hdrspace_free(comparing.space);
	return r;
}
