/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "semdiff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "ctstate.h"
#include "pkttext.h"
#include "snapsame.h"

/* One world that is being decided. */
struct comparing {
	const struct semdiff_question *question;
	struct policy places; /* the question's zones, and nothing else */
	enum pkt_world world;
	struct semdiff_world *result;
	struct semdiff *diff;
	struct zonespace *zones;
	struct bdd *bdd;
	bool doubts_alike;  /* what is not understood is the same in both */
	bdd_node fragments; /* all but the first of a packet */
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
	struct hdrspace *space = comparing->result->space;
	struct hdr_slice length = pkt_slice(comparing->world, PKT_TRUNCATED);
	bdd_node tcp = hdrspace_test(space, pkt_slice(comparing->world, PKT_L4PROTO), TCP);

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
		set = bdd_or(bdd, set, bdd_diff(bdd, both, comparing->fragments));
		comparing->result->fragments |=
			bdd_and(bdd, both, comparing->fragments) != BDD_EMPTY;
	}
	return bdd_diff(bdd, set, known);
}

static void compare_way(struct comparing *comparing, enum sym_way way)
{
	struct symexec *const sides[2] = { comparing->result->before, comparing->result->after };
	struct bdd *bdd = comparing->bdd;
	bdd_node *sets = comparing->sets[way];
	bdd_node may[2], must[2];

	for (unsigned int i = 0; i < 2; i++) {
		may[i] = symexec_may_pass(sides[i], way);
		must[i] = symexec_must_pass(sides[i], way);
	}
	sets[SEMDIFF_PERMITTED] = bdd_diff(bdd, must[1], may[0]);
	sets[SEMDIFF_FORBIDDEN] = bdd_diff(bdd, must[0], may[1]);
	bdd_node known = bdd_or(bdd, sets[SEMDIFF_PERMITTED], sets[SEMDIFF_FORBIDDEN]);

	sets[SEMDIFF_UNDECIDED] = undecided(comparing, may, must, known);
	sets[SEMDIFF_RECORDED] = sets[SEMDIFF_UNRECORDED] = BDD_EMPTY;
	if (!comparing->question->logs)
		return;
	bdd_node before = symexec_may_log(sides[0], way), after = symexec_may_log(sides[1], way);
	bdd_node told = bdd_or(bdd, known, sets[SEMDIFF_UNDECIDED]);

	sets[SEMDIFF_RECORDED] = bdd_diff(bdd, bdd_diff(bdd, after, before), told);
	sets[SEMDIFF_UNRECORDED] = bdd_diff(bdd, bdd_diff(bdd, before, after), told);
}

/* Items ---------------------------------------------------------------------------------------- */

static struct semdiff_item *add_item(struct semdiff *diff)
{
	if (diff->count == diff->room) {
		size_t room = diff->room ? 2 * diff->room : 16;
		struct semdiff_item *grown = reallocarray(diff->items, room, sizeof(*diff->items));

		if (!grown)
			return NULL;
		diff->items = grown;
		diff->room = room;
	}
	return memset(&diff->items[diff->count++], 0, sizeof(*diff->items));
}

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
	enum sym_way way = way_of(&comparing->places, wanted->from, wanted->to);
	bdd_node care = bdd_and(bdd, pair, comparing->phases[wanted->phase]);
	bdd_node set = bdd_and(bdd, care, comparing->sets[way][wanted->kind]);
	struct hdr_packet near = near_packet(comparing->world, wanted->phase);

	if (set == BDD_EMPTY)
		return 0;
	if (set == BDD_NONE) /* no answer is not "nothing", whatever its reason */
		return bdd_error(bdd) ? bdd_error(bdd) : -EINVAL;
	struct semdiff_item *item = add_item(comparing->diff);
	if (!item)
		return -ENOMEM;
	*item = *wanted;
	return pktregion_list(comparing->result->space, comparing->world, set, care, &near,
		comparing->question->regions[wanted->phase], &item->regions);
}

static bdd_node packets_of_pair(struct comparing *comparing, size_t from, size_t to)
{
	struct bdd *bdd = comparing->bdd;
	bdd_node valid = bdd_or(bdd, symexec_valid(comparing->result->before),
		symexec_valid(comparing->result->after));

	return bdd_and(bdd, valid,
		bdd_and(bdd, zonespace_from(comparing->zones, from),
			zonespace_to(comparing->zones, to)));
}

static int take_pair(struct comparing *comparing, size_t from, size_t to)
{
	const bdd_node *sets = comparing->sets[way_of(&comparing->places, from, to)];
	int r = 0;

	for (unsigned int kind = 0; kind < SEMDIFF_KINDS && r == 0; kind++) {
		if (sets[kind] == BDD_EMPTY)
			continue;
		bdd_node pair = packets_of_pair(comparing, from, to);

		for (unsigned int phase = 0; phase < SEMDIFF_PHASES && r == 0; phase++)
			r = take_item(comparing,
				&(struct semdiff_item){ .kind = (enum semdiff_kind)kind,
					.phase = (enum semdiff_phase)phase,
					.world = comparing->world,
					.from = from,
					.to = to },
				pair);
	}
	return r;
}

static int take_all(struct comparing *comparing)
{
	const struct policy *places = &comparing->places;
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

/* Worlds --------------------------------------------------------------------------------------- */

/* Both rule sets in one space, and the zones. */
static int run_both(struct comparing *comparing)
{
	const struct semdiff_question *question = comparing->question;
	struct semdiff_world *result = comparing->result;
	int r = pktspace_new(comparing->world, &result->space);

	if (r == 0)
		r = symexec_new_in(
			question->before, comparing->world, result->space, &result->before);
	if (r == 0)
		r = symexec_new_in(
			question->after, comparing->world, result->space, &result->after);
	if (r == 0)
		r = zonespace_new(
			&comparing->places, comparing->world, result->space, &comparing->zones);
	if (r == 0 && question->logs) {
		symexec_follow_logs(result->before);
		symexec_follow_logs(result->after);
	}
	if (r == 0)
		r = zonespace_note(comparing->zones);
	if (r == 0)
		r = note_apart(result->space, comparing->world);
	if (r == 0)
		r = symexec_note(result->before);
	if (r == 0)
		r = symexec_note(result->after);
	if (r == 0)
		r = hdrspace_seal(result->space, &question->budget);
	if (r == 0)
		r = symexec_decide(result->before);
	return r < 0 ? r : symexec_decide(result->after);
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

static int compare_world(
	const struct semdiff_question *question, enum pkt_world world, struct semdiff *diff)
{
	static const struct policy nowhere = { .zone_count = 0 };
	struct comparing comparing = { .question = question,
		.places = question->policy ? *question->policy : nowhere,
		.world = world,
		.result = &diff->worlds[world],
		.diff = diff };

	comparing.places.path_count = 0;
	comparing.places.observe_count = 0;
	int r = run_both(&comparing);
	if (r == 0) {
		comparing.bdd = hdrspace_bdd(comparing.result->space);
		comparing.fragments = hdrspace_test(
			comparing.result->space, offset_slice(world), not_first(world));
		comparing.doubts_alike =
			are_alike(comparing.result->before, question->before, question->after) &&
			are_alike(comparing.result->after, question->after, question->before);
		r = take_all(&comparing);
	}
	zonespace_free(comparing.zones);
	comparing.result->error = r;
	return r == -ENOMEM ? r : 0;
}

static int compare_items(const void *a, const void *b)
{
	const struct semdiff_item *left = a, *right = b;
	const size_t keys[2][5] = {
		{ left->kind, left->from, left->to, left->world, left->phase },
		{ right->kind, right->from, right->to, right->world, right->phase },
	};

	for (size_t i = 0; i < 5; i++)
		if (keys[0][i] != keys[1][i])
			return keys[0][i] < keys[1][i] ? -1 : 1;
	return 0;
}

/* What was found before the budget was used up is not all, and not shown. */
static void forget_world(struct semdiff *diff, enum pkt_world world)
{
	size_t kept = 0;

	for (size_t i = 0; i < diff->count; i++) {
		if (diff->items[i].world == world)
			pktregions_free(diff->items[i].regions);
		else
			diff->items[kept++] = diff->items[i];
	}
	diff->count = kept;
}

int semdiff_find(const struct semdiff_question *question, struct semdiff **ret_diff)
{
	struct semdiff *diff = calloc(1, sizeof(*diff));
	int r = diff ? 0 : -ENOMEM;

	for (unsigned int world = 0; world < PKT_WORLDS && r == 0; world++) {
		r = compare_world(question, (enum pkt_world)world, diff);
		if (r == 0 && diff->worlds[world].error)
			forget_world(diff, (enum pkt_world)world);
	}
	if (r < 0) {
		semdiff_free(diff);
		return r;
	}
	if (diff->count > 1)
		qsort(diff->items, diff->count, sizeof(*diff->items), compare_items);
	*ret_diff = diff;
	return 0;
}

void semdiff_free(struct semdiff *diff)
{
	if (!diff)
		return;
	for (size_t i = 0; i < diff->count; i++)
		pktregions_free(diff->items[i].regions);
	free(diff->items);
	for (unsigned int i = 0; i < PKT_WORLDS; i++) {
		symexec_free(diff->worlds[i].before);
		symexec_free(diff->worlds[i].after);
		hdrspace_free(diff->worlds[i].space);
	}
	free(diff);
}

/* Answers -------------------------------------------------------------------------------------- */

enum semdiff_result semdiff_result(const struct semdiff *diff)
{
	static const enum semdiff_result results[SEMDIFF_KINDS] = {
		[SEMDIFF_PERMITTED] = SEMDIFF_DIFFERS,
		[SEMDIFF_FORBIDDEN] = SEMDIFF_DIFFERS,
		[SEMDIFF_RECORDED] = SEMDIFF_LOGS,
		[SEMDIFF_UNRECORDED] = SEMDIFF_LOGS,
		[SEMDIFF_UNDECIDED] = SEMDIFF_UNKNOWN,
	};
	bool found[SEMDIFF_UNKNOWN + 1] = { false };

	for (unsigned int i = 0; i < PKT_WORLDS; i++)
		found[SEMDIFF_UNKNOWN] |= diff->worlds[i].error != 0;
	for (size_t i = 0; i < diff->count; i++)
		found[results[diff->items[i].kind]] = true;
	if (found[SEMDIFF_DIFFERS])
		return SEMDIFF_DIFFERS;
	/* That nothing else passes is said only where it is known. */
	if (found[SEMDIFF_UNKNOWN])
		return SEMDIFF_UNKNOWN;
	return found[SEMDIFF_LOGS] ? SEMDIFF_LOGS : SEMDIFF_SAME;
}

const char *semdiff_kind_name(enum semdiff_kind kind)
{
	static const char *const names[SEMDIFF_KINDS] = { "permitted", "forbidden", "recorded",
		"unrecorded", "undecided" };

	return names[kind];
}

const char *semdiff_phase_name(enum semdiff_phase phase)
{
	static const char *const names[SEMDIFF_PHASES] = { "new", "known", "stray" };

	return names[phase];
}

const char *semdiff_result_name(enum semdiff_result result)
{
	static const char *const names[] = { "same", "differs", "logs", "unknown" };

	return names[result];
}

unsigned int semdiff_ends(const struct policy *policy, size_t from, size_t to)
{
	size_t gateway = policy ? ZONESPACE_GATEWAY(policy) : 0;

	return (from != gateway ? PKTTEXT_IN : 0u) | (to != gateway ? PKTTEXT_OUT : 0u);
}

const char *semdiff_place(const struct policy *policy, size_t place)
{
	size_t zones = policy ? policy->zone_count : 0;

	return place < zones ? policy->zones[place].name : place == zones ? "gateway" : "other";
}

static void write_text(struct json *json, const char *key, const char *text)
{
	json_key(json, key);
	json_string(json, text);
}

static void write_item(
	struct json *json, const struct policy *policy, const struct semdiff_item *item)
{
	json_object_begin(json);
	write_text(json, "kind", semdiff_kind_name(item->kind));
	write_text(json, "world", item->world == PKT_IPV4 ? "ipv4" : "ipv6");
	write_text(json, "phase", semdiff_phase_name(item->phase));
	write_text(json, "from", semdiff_place(policy, item->from));
	write_text(json, "to", semdiff_place(policy, item->to));
	json_key(json, "regions");
	json_array_begin(json);
	for (size_t i = 0; i < item->regions->count; i++)
		pktregion_write(json, item->world, &item->regions->regions[i],
			semdiff_ends(policy, item->from, item->to));
	json_array_end(json);
	json_key(json, "more");
	json_bool(json, item->regions->more);
	json_object_end(json);
}

static void write_doubts(struct json *json, const char *side, const struct symexec *exec)
{
	const struct sym_doubt *doubts;
	size_t count = exec ? symexec_doubts(exec, &doubts) : 0;

	for (size_t i = 0; i < count; i++) {
		json_object_begin(json);
		write_text(json, "side", side);
		write_text(json, "table", doubts[i].table);
		write_text(json, "chain", doubts[i].chain);
		json_key(json, "handle");
		json_unsigned(json, doubts[i].handle);
		write_text(json, "expression", doubts[i].expression);
		json_object_end(json);
	}
}

static void write_world(struct json *json, const struct semdiff_world *world, const char *name)
{
	json_object_begin(json);
	write_text(json, "world", name);
	json_key(json, "decided");
	json_bool(json, world->error == 0);
	json_key(json, "later_fragments_left_out");
	json_bool(json, world->fragments);
	json_key(json, "doubts");
	json_array_begin(json);
	write_doubts(json, "before", world->before);
	write_doubts(json, "after", world->after);
	json_array_end(json);
	json_object_end(json);
}

void semdiff_write(struct json *json, const struct policy *policy, const struct semdiff *diff)
{
	json_object_begin(json);
	json_key(json, "hedate.diff");
	json_unsigned(json, 1);
	write_text(json, "result", semdiff_result_name(semdiff_result(diff)));
	json_key(json, "items");
	json_array_begin(json);
	for (size_t i = 0; i < diff->count; i++)
		write_item(json, policy, &diff->items[i]);
	json_array_end(json);
	json_key(json, "worlds");
	json_array_begin(json);
	write_world(json, &diff->worlds[PKT_IPV4], "ipv4");
	write_world(json, &diff->worlds[PKT_IPV6], "ipv6");
	json_array_end(json);
	json_object_end(json);
}
