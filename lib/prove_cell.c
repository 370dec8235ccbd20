/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One pair of places. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <net/if_arp.h>
#include <netinet/in.h>

#include "ctstate.h"
#include "pathboxes.h"
#include "prove_impl.h"

/* All that is asked of one cell. */
struct asking {
	struct proving *proving;
	struct prove_cell *cell;
	enum sym_way way;
	const struct policy_observe *observe; /* or NULL */
	const struct policy_path *const *there, *const *back;
	size_t there_count, back_count;
	bdd_node pair;		/* its packets */
	bdd_node open, replies; /* that its paths permit */
	bdd_node marked;	/* of connections with one of their marks */
	bdd_node marked_back;	/* ... that began the other way */
};

/* Sets of many paths ---------------------------------------------------------------------------
 */

static bool is_closed(const struct proving *proving, const struct policy_path *path)
{
	const struct openings *openings = proving->question->openings;

	for (size_t i = 0; openings && i < openings->count; i++)
		if (&proving->policy->paths[openings->items[i].path] == path)
			return !openings->items[i].state.open;
	return false;
}

/* Which paths: all but those that are closed, or but those that are open at times only, of which
 * nothing must pass. */
typedef bool (*path_filter)(const struct proving *proving, const struct policy_path *path);

static bool is_always(const struct proving *proving, const struct policy_path *path)
{
	(void)proving;
	return !policy_path_timed(path);
}

static bool is_open(const struct proving *proving, const struct policy_path *path)
{
	return !is_closed(proving, path);
}

/* Are none of them open at times only? Then those that are open are all of them, always. */
static bool are_untimed(const struct policy_path *const *paths, size_t count)
{
	size_t i = 0;

	while (i < count && !policy_path_timed(paths[i]))
		i++;
	return i == count;
}

/* The union over paths. BDD_NONE: out of memory, or past the budget. */
static bdd_node all_of(struct proving *proving, const struct policy_path *const *paths,
	size_t count, path_filter filter, enum pathboxes_kind kind)
{
	const struct pathboxes pathboxes = { .policy = proving->policy,
		.world = proving->world,
		.space = symexec_space(proving->exec),
		.zones = proving->zones };
	const struct policy_path **kept = calloc(count + 1, sizeof(*kept));

	for (size_t i = 0; kept && i < count; i++)
		kept[i] = filter(proving, paths[i]) ? paths[i] : NULL;
	bdd_node all = kept ? pathboxes_all(&pathboxes, kind, kept, count) : BDD_NONE;

	free(kept);
	return all;
}

/* What is permitted ----------------------------------------------------------------------------
 */

static bdd_node or_three(struct bdd *bdd, bdd_node a, bdd_node b, bdd_node c)
{
	return bdd_or(bdd, a, bdd_or(bdd, b, c));
}

/* To and from the gateway, whatever the paths. */
static bdd_node of_gateway(const struct asking *asking)
{
	struct zonespace *zones = asking->proving->zones;

	if (asking->way == SYM_FORWARD)
		return BDD_EMPTY;
	return asking->way == SYM_INPUT ? zonespace_link(zones)
					: bdd_or(asking->proving->bdd, zonespace_link(zones),
						  zonespace_errors(zones));
}

/* By paths alone. */
static bdd_node by_paths(const struct asking *asking, enum prove_phase phase)
{
	struct proving *proving = asking->proving;
	struct bdd *bdd = proving->bdd;
	bdd_node there = bdd_and(bdd, proving->original, asking->open);

	if (phase == PROVE_NEW)
		return bdd_or(bdd, there, asking->marked);
	if (phase == PROVE_ESTABLISHED)
		return or_three(bdd, asking->marked,
			bdd_and(bdd, zonespace_states(proving->zones, CT_ESTABLISHED), there),
			bdd_and(bdd, proving->reply, asking->replies));
	/* What is not tracked begins nothing, and is forwarded never. */
	if (asking->way == SYM_FORWARD)
		return BDD_EMPTY;
	return bdd_and(bdd, zonespace_states(proving->zones, CT_UNTRACKED), asking->open);
}

static bdd_node permitted(const struct asking *asking, enum prove_phase phase)
{
	if (asking->observe && phase != PROVE_STRAY)
		return BDD_ALL;
	return bdd_or(asking->proving->bdd, by_paths(asking, phase), of_gateway(asking));
}

/* Connections with the mark of what leads there, or back. */
static bdd_node marks_there(const struct asking *asking)
{
	struct proving *proving = asking->proving;
	bdd_node set =
		all_of(proving, asking->there, asking->there_count, is_open, PATHBOXES_MARKED);

	return asking->observe ? bdd_or(proving->bdd, set,
					 zonespace_observed(proving->zones, asking->observe, false))
			       : set;
}

static bdd_node marks_back(const struct asking *asking)
{
	struct proving *proving = asking->proving;
	const struct policy_observe *back =
		policy_observe_of(proving->policy, asking->cell->to, asking->cell->from);
	bdd_node set =
		all_of(proving, asking->back, asking->back_count, is_open, PATHBOXES_MARKED_BACK);

	return back ? bdd_or(proving->bdd, set, zonespace_observed(proving->zones, back, true))
		    : set;
}

/* Witnesses ------------------------------------------------------------------------------------
 */

/* The first interface and address of a place, as far as it has them. */
static void put_place(
	const struct proving *proving, size_t place, hdr_value *interface, hdr_value *address)
{
	enum addr_family family = proving->world == PKT_IPV4 ? ADDR_IPV4 : ADDR_IPV6;

	*interface = pkt_interface("other");
	if (place >= proving->policy->zone_count)
		return;
	const struct policy_zone *zone = &proving->policy->zones[place];
	if (zone->segment_count == 0)
		return;
	const struct policy_segment *segment = &proving->policy->segments[zone->first_segment];

	*interface = pkt_interface(segment->interface);
	if (segment->on_link[family].count)
		*address =
			pkt_number(segment->on_link[family].ranges[0].first, addr_length(family)) +
			10;
}

/* What a person would take for an ordinary packet of this cell: fields that do not matter stay. */
static struct hdr_packet ordinary(const struct asking *asking, enum prove_phase phase)
{
	static const uint32_t states[PROVE_PHASES] = { CT_NEW, CT_ESTABLISHED, CT_INVALID };
	static const uint16_t ethernet = ARPHRD_ETHER;
	struct hdr_packet packet = { { 0 } };
	hdr_value *at = packet.values;

	put_place(asking->proving, asking->cell->from, &at[PKT_IIFNAME], &at[PKT_SADDR]);
	put_place(asking->proving, asking->cell->to, &at[PKT_OIFNAME], &at[PKT_DADDR]);
	at[PKT_IIFTYPE] = at[PKT_OIFTYPE] = pkt_number(&ethernet, sizeof(ethernet));
	at[PKT_CT_STATE] = pkt_number(&states[phase], sizeof(states[phase]));
	at[PKT_L4PROTO] = at[PKT_NEXTHDR] = IPPROTO_TCP;
	at[PKT_FRAG_OFF] = asking->proving->world == PKT_IPV4 ? 0x4000 : 0;
	at[PKT_TCP_FLAGS] = phase == PROVE_NEW ? 0x02 : 0x10;
	at[PKT_TTL] = 63;
	at[PKT_SPORT] = 49152;
	at[PKT_DPORT] = 443;
	return packet;
}

static void take_witness(const struct asking *asking, bdd_node set, enum prove_phase phase)
{
	struct prove_answer *answer = &asking->cell->phases[phase];

	struct proving *proving = asking->proving;
	bdd_node unmarked = bdd_and(proving->bdd, set, zonespace_unmarked(proving->zones));

	/* The first packet of a connection says more than one of those that follow. */
	if (phase == PROVE_NEW && unmarked != BDD_EMPTY)
		set = unmarked;
	answer->witness = ordinary(asking, phase);
	answer->has_witness = hdrspace_pick(symexec_space(proving->exec), set, &answer->witness);
}

/* Less -----------------------------------------------------------------------------------------
 */

/*
 * A path is open when for each of its addresses, protocols and ports a packet passes: of the MAC
 * address that is bound to them, of a fragment that is whole, and so on. So these fields are
 * forgotten. Of a connection that is known only its mark is asked for: whatever its addresses are.
 */
static bool is_kept(enum sym_way way, enum prove_phase phase, enum pkt_field field)
{
	switch (field) {
	case PKT_CT_STATE:
	case PKT_CT_DIRECTION:
		return true;
	case PKT_IIFNAME:
		return way != SYM_OUTPUT;
	case PKT_OIFNAME:
		return way != SYM_INPUT;
	case PKT_CT_MARK:
		return phase == PROVE_ESTABLISHED;
	case PKT_SADDR:
		return phase == PROVE_NEW && way != SYM_OUTPUT;
	case PKT_DADDR:
		return phase == PROVE_NEW && way != SYM_INPUT;
	case PKT_L4PROTO:
	case PKT_SPORT:
	case PKT_DPORT:
	case PKT_ICMP_TYPE:
	case PKT_ICMP_CODE:
		return phase == PROVE_NEW;
	default:
		return false;
	}
}

static bdd_node forget(
	struct proving *proving, enum sym_way way, enum prove_phase phase, bdd_node set)
{
	set = bdd_and(proving->bdd, set, proving->phases[phase]);
	/* The first packet has no mark yet: with one, any would pass. */
	if (phase == PROVE_NEW)
		set = bdd_and(proving->bdd, set, zonespace_unmarked(proving->zones));

	uint64_t fields = 0;

	for (unsigned int field = 0; field < PKT_FIELDS; field++)
		if (!is_kept(way, phase, (enum pkt_field)field))
			fields |= HDRSPACE_FIELD(field);
	return hdrspace_forget(symexec_space(proving->exec), set, fields);
}

static const struct prove_reach *reach(
	struct proving *proving, enum sym_way way, enum prove_phase phase)
{
	struct prove_reach *reach = &proving->reached[way][phase];

	if (!reach->known) {
		reach->must = forget(proving, way, phase, proving->must[way]);
		reach->may = proving->may[way] == proving->must[way]
				     ? reach->must
				     : forget(proving, way, phase, proving->may[way]);
		reach->known = true;
	}
	return reach;
}

/* The packets of paths that are open always. */
static bdd_node open_always(const struct asking *asking)
{
	if (are_untimed(asking->there, asking->there_count))
		return asking->open;
	return all_of(
		asking->proving, asking->there, asking->there_count, is_always, PATHBOXES_OPEN);
}

/* What must pass of the cell, all paths together. */
static bdd_node wanted(const struct asking *asking, enum prove_phase phase)
{
	struct proving *proving = asking->proving;
	struct bdd *bdd = proving->bdd;
	bdd_node set = BDD_EMPTY;

	if (phase == PROVE_NEW)
		set = bdd_and(bdd, proving->original, open_always(asking));
	else if (phase == PROVE_ESTABLISHED)
		set = bdd_and(bdd, zonespace_states(proving->zones, CT_ESTABLISHED),
			bdd_or(bdd,
				bdd_and(bdd, proving->original,
					all_of(proving, asking->there, asking->there_count,
						is_always, PATHBOXES_MARKED_HERE)),
				bdd_and(bdd, proving->reply,
					all_of(proving, asking->back, asking->back_count, is_always,
						PATHBOXES_MARKED_BACK_HERE))));
	return bdd_and(bdd, set, bdd_and(bdd, proving->phases[phase], asking->pair));
}

/* Of which path is it? */
static const struct policy_path *path_of(
	const struct asking *asking, enum prove_phase phase, bdd_node missing)
{
	struct proving *proving = asking->proving;

	for (size_t i = 0; i < asking->there_count + asking->back_count; i++) {
		bool back = i >= asking->there_count;
		const struct policy_path *path =
			back ? asking->back[i - asking->there_count] : asking->there[i];
		enum pathboxes_kind kind = back			? PATHBOXES_MARKED_BACK_HERE
					   : phase == PROVE_NEW ? PATHBOXES_OPEN
								: PATHBOXES_MARKED_HERE;
		bdd_node set = all_of(proving, &path, 1, is_always, kind);

		if (back && phase == PROVE_NEW)
			continue;
		if (bdd_and(proving->bdd, set, missing) != BDD_EMPTY)
			return path;
	}
	return NULL;
}

/* Is there a path whose packets do not all pass? */
static void find_missing(const struct asking *asking, enum prove_phase phase)
{
	struct proving *proving = asking->proving;
	struct prove_answer *answer = &asking->cell->phases[phase];
	bdd_node all = wanted(asking, phase);

	if (all == BDD_EMPTY)
		return;
	const struct prove_reach *reached = reach(proving, asking->way, phase);
	bdd_node closed = bdd_diff(proving->bdd, all, reached->may);
	bdd_node missing = bdd_diff(proving->bdd, all, reached->must);

	if (closed == BDD_NONE || missing == BDD_NONE) {
		answer->verdict = PROVE_BUDGET;
		return;
	}
	if (closed == BDD_EMPTY) {
		const struct policy *policy = proving->policy;
		size_t from = asking->cell->from;
		bool limited = from < policy->zone_count && policy->zones[from].limit.rate > 0;

		if (missing == BDD_EMPTY || limited || proving->may_be_stopped)
			return;
	}
	answer->verdict = closed == BDD_EMPTY ? PROVE_UNDECIDED : PROVE_LESS;
	missing = closed == BDD_EMPTY ? missing : closed;
	answer->path = path_of(asking, phase, missing);
	take_witness(asking, missing, phase);
}

/* The cell -------------------------------------------------------------------------------------
 */

static void decide(const struct asking *asking, enum prove_phase phase)
{
	struct proving *proving = asking->proving;
	struct bdd *bdd = proving->bdd;
	struct prove_answer *answer = &asking->cell->phases[phase];
	bdd_node pair = bdd_and(bdd, asking->pair, proving->phases[phase]);
	bdd_node may = bdd_and(bdd, pair, proving->may[asking->way]);

	/* No connection that begins has the mark of one that began the other way. */
	if (phase == PROVE_NEW)
		may = bdd_diff(bdd, may, asking->marked_back);
	bdd_node more = bdd_diff(bdd, may, permitted(asking, phase));
	bdd_node surely = bdd_and(bdd, more, proving->must[asking->way]);

	if (more == BDD_NONE || surely == BDD_NONE) {
		answer->verdict = PROVE_BUDGET;
	} else if (more != BDD_EMPTY) {
		answer->verdict = surely != BDD_EMPTY ? PROVE_MORE : PROVE_UNDECIDED;
		take_witness(asking, surely != BDD_EMPTY ? surely : more, phase);
	} else {
		answer->verdict = may == BDD_EMPTY  ? PROVE_SEPARATE
				  : asking->observe ? PROVE_OBSERVED
						    : PROVE_EXACT;
		find_missing(asking, phase);
	}
}

enum sym_way prove_cell_way(const struct policy *policy, const struct prove_cell *cell)
{
	if (cell->to == ZONESPACE_GATEWAY(policy))
		return SYM_INPUT;
	return cell->from == ZONESPACE_GATEWAY(policy) ? SYM_OUTPUT : SYM_FORWARD;
}

/* The gateway's packets to itself are no cell. */
static bdd_node pair_of(const struct asking *asking)
{
	struct proving *proving = asking->proving;
	bdd_node pair = bdd_and(proving->bdd, zonespace_from(proving->zones, asking->cell->from),
		zonespace_to(proving->zones, asking->cell->to));

	if (asking->way == SYM_FORWARD)
		return pair;
	return bdd_diff(
		proving->bdd, pair, zonespace_loopback(proving->zones, asking->way == SYM_OUTPUT));
}

int prove_cell(struct proving *proving, struct prove_cell *cell)
{
	const struct policy *policy = proving->policy;
	struct bdd *bdd = proving->bdd;
	struct asking asking = {
		.proving = proving,
		.cell = cell,
		.way = prove_cell_way(policy, cell),
		.observe = policy_observe_of(policy, cell->from, cell->to),
	};

	asking.there_count = prove_index_find(&proving->index, cell->from, cell->to, &asking.there);
	asking.back_count = prove_index_find(&proving->index, cell->to, cell->from, &asking.back);
	cell->paths = asking.there_count;
	asking.pair = pair_of(&asking);
	asking.open = all_of(proving, asking.there, asking.there_count, is_open, PATHBOXES_OPEN);
	asking.replies =
		all_of(proving, asking.back, asking.back_count, is_open, PATHBOXES_REPLIES);
	asking.marked_back = marks_back(&asking);
	asking.marked = bdd_or(bdd, marks_there(&asking), asking.marked_back);
	for (unsigned int phase = 0; phase < PROVE_PHASES; phase++)
		decide(&asking, (enum prove_phase)phase);
	return bdd_error(bdd) == -ENOMEM ? -ENOMEM : 0;
}
