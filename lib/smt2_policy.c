/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the policy permits, and the questions. */
#include "smt2_impl.h"

#include <string.h>

#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>

#include "certificate.h"
#include "ctstate.h"
#include "zonespace.h"

/* A pair of places in one world. */
struct pair {
	struct smt2 *smt;
	const struct policy *policy;
	size_t from, to;
	enum sym_way way;
	const char *packets;		  /* that go from one to the other */
	const char *open, *replies;	  /* what its paths permit, and those that lead back */
	const char *marked, *marked_back; /* with a mark of one of them */
};

/* Parts of paths -------------------------------------------------------------------------------
 */

static const char *by_name(struct smt2 *smt, enum smt2_field field, const char *name)
{
	uint8_t bytes[16] = { 0 };

	memcpy(bytes, name, strnlen(name, sizeof(bytes) - 1));
	return smt2_format(
		smt, "(= %s %s)", smt->came.fields[field], smt2_hex(smt, bytes, sizeof(bytes)));
}

static const char *by_number(struct smt2 *smt, enum smt2_field field, uint32_t first, uint32_t last)
{
	unsigned int bytes = smt2_field_bits(smt->world, field) / 8;
	const char *term = smt->came.fields[field];

	if (first == last)
		return smt2_is_field(smt, field, first);
	return smt2_format(smt, "(and (bvule %s %s) (bvule %s %s))", smt2_number(smt, first, bytes),
		term, term, smt2_number(smt, last, bytes));
}

static const char *by_segment(const struct pair *pair, enum smt2_field field, size_t segment)
{
	return by_name(pair->smt, field, pair->policy->segments[segment].interface);
}

static const char *by_zone(const struct pair *pair, enum smt2_field field, size_t zone)
{
	const struct policy_zone *place = &pair->policy->zones[zone];
	const char *any = "false";

	for (size_t i = 0; i < place->segment_count; i++)
		any = smt2_or(pair->smt, any, by_segment(pair, field, place->first_segment + i));
	return any;
}

static const char *by_addresses(
	const struct pair *pair, enum smt2_field field, const struct addrset *addresses)
{
	struct smt2_list list = { 0 };
	struct smt2 *smt = pair->smt;

	for (size_t i = 0; i < addresses->count; i++)
		smt2_list_add(smt, &list,
			smt2_between(smt, smt->came.fields[field], addresses->ranges[i].first,
				addresses->ranges[i].last, addr_length(addresses->family)));
	const char *any = smt2_join(smt, "or", &list);

	smt2_list_free(&list);
	return any;
}

/* How an end of a path is looked at. */
enum by {
	BY_ADDRESS,
	BY_INTERFACE, /* of connections that were permitted once */
};

/* The gateway's own end has no parts: it says nothing. */
static const char *by_end(const struct pair *pair, const struct policy_end *end,
	enum smt2_field interface, enum by by)
{
	enum smt2_field address = interface == SMT2_IIFNAME ? SMT2_SADDR : SMT2_DADDR;
	enum addr_family family = pair->smt->world == PKT_IPV4 ? ADDR_IPV4 : ADDR_IPV6;
	const char *any = end->part_count ? "false" : "true";
	struct smt2 *smt = pair->smt;

	for (size_t i = 0; i < end->part_count; i++) {
		const struct policy_part *part = &end->parts[i];
		const char *here = by_segment(pair, interface, part->segment);

		if (by == BY_ADDRESS)
			here = smt2_and(
				smt, here, by_addresses(pair, address, &part->addresses[family]));
		any = smt2_or(smt, any, here);
	}
	return any;
}

/* The service's port, or ICMP's type and code, stands in the destination port; in replies in the
 * source port, and ICMP's are of another type. */
static const char *by_entry(
	struct smt2 *smt, const struct policy_service_entry *entry, bool replies)
{
	const char *protocol = smt2_is_field(smt, SMT2_L4PROTO, entry->protocol);
	bool is_icmp = entry->protocol == IPPROTO_ICMP || entry->protocol == IPPROTO_ICMPV6;
	uint32_t first = entry->ports.first, last = entry->ports.last;

	if (entry->whole || (is_icmp && replies))
		return protocol;
	if (!is_icmp)
		return smt2_and(smt, protocol,
			by_number(smt, replies ? SMT2_SPORT : SMT2_DPORT, first, last));
	const char *type = by_number(smt, SMT2_ICMP_TYPE, first >> 8, last >> 8);

	if (first >> 8 == last >> 8)
		type = smt2_and(
			smt, type, by_number(smt, SMT2_ICMP_CODE, first & 0xff, last & 0xff));
	return smt2_and(smt, protocol, type);
}

static const char *by_services(
	const struct pair *pair, const struct policy_path *path, bool replies)
{
	const char *any = "false";

	for (size_t i = 0; i < path->service_count; i++) {
		const struct policy_service *service = &pair->policy->services[path->services[i]];

		if (service->any)
			return "true";
		for (size_t k = 0; k < service->entry_count; k++)
			any = smt2_or(
				pair->smt, any, by_entry(pair->smt, &service->entries[k], replies));
	}
	return any;
}

static bool is_open(const struct smt2 *smt, const struct policy_path *path)
{
	const struct openings *openings = smt->question->openings;

	for (size_t i = 0; openings && i < openings->count; i++)
		if (&smt->question->policy->paths[openings->items[i].path] == path)
			return openings->items[i].state.open;
	return true;
}

/* A pair's paths -------------------------------------------------------------------------------
 */

static const char *one_path(
	const struct pair *pair, const struct policy_path *path, bool back, bool marked)
{
	const struct policy_end *in = back ? &path->to : &path->from;
	const struct policy_end *out = back ? &path->from : &path->to;
	enum by by = marked ? BY_INTERFACE : BY_ADDRESS;
	struct smt2 *smt = pair->smt;
	const char *ends = smt2_and(
		smt, by_end(pair, in, SMT2_IIFNAME, by), by_end(pair, out, SMT2_OIFNAME, by));

	return smt2_name(smt, smt2_and(smt, ends,
				      marked ? smt2_in_memory(smt, SMT2_CT_MARK, path->id)
					     : by_services(pair, path, back)));
}

/* Of all paths that lead from one place to the other; with back, of those that lead back. */
static const char *all_paths(const struct pair *pair, bool back, bool marked)
{
	size_t from = back ? pair->to : pair->from, to = back ? pair->from : pair->to;
	const struct policy *policy = pair->policy;
	struct smt2 *smt = pair->smt;
	struct smt2_list list = { 0 };

	for (size_t i = 0; i < policy->path_count; i++) {
		const struct policy_path *path = &policy->paths[i];

		if (policy_path_zone_from(policy, path) != from ||
			policy_path_zone_to(policy, path) != to || !is_open(smt, path))
			continue;
		fprintf(smt->body, "; path %s%s%s\n", path->name, back ? ", back" : "",
			marked ? ", by its mark" : "");
		smt2_list_add(smt, &list, one_path(pair, path, back, marked));
	}
	const struct policy_observe *observe = policy_observe_of(policy, from, to);

	if (marked && observe)
		smt2_list_add(smt, &list,
			smt2_and(smt, smt2_in_memory(smt, SMT2_CT_MARK, observe->id),
				smt2_and(smt, by_zone(pair, SMT2_IIFNAME, pair->from),
					by_zone(pair, SMT2_OIFNAME, pair->to))));
	const char *any = smt2_name(smt, smt2_join(smt, "or", &list));

	smt2_list_free(&list);
	return any;
}

static const char *by_place(const struct pair *pair, enum smt2_field field, size_t place)
{
	const char *declared = "false";

	if (place < pair->policy->zone_count)
		return by_zone(pair, field, place);
	if (place == ZONESPACE_GATEWAY(pair->policy))
		return "true";
	for (size_t i = 0; i < pair->policy->zone_count; i++)
		declared = smt2_or(pair->smt, declared, by_zone(pair, field, i));
	return smt2_not(pair->smt, declared);
}

/* The gateway's packets to itself are nobody's. */
static const char *packets_of(const struct pair *pair)
{
	struct smt2 *smt = pair->smt;
	const char *packets = smt2_and(smt, by_place(pair, SMT2_IIFNAME, pair->from),
		by_place(pair, SMT2_OIFNAME, pair->to));

	if (pair->way != SYM_FORWARD)
		packets = smt2_and(smt, packets,
			smt2_not(smt,
				by_name(smt, pair->way == SYM_OUTPUT ? SMT2_OIFNAME : SMT2_IIFNAME,
					"lo")));
	return smt2_name(smt, packets);
}

/* What the gateway needs -----------------------------------------------------------------------
 */

static const char *on_link(struct smt2 *smt)
{
	const char *any = "false";

	if (smt->world != PKT_IPV6)
		return any;
	for (size_t i = 0; i < ZONESPACE_MESSAGES; i++) {
		const struct zonespace_message *message = &zonespace_messages[i];

		any = smt2_or(smt, any,
			smt2_and(smt, smt2_is_field(smt, SMT2_TTL, message->hops),
				by_number(smt, SMT2_ICMP_TYPE, message->first, message->last)));
	}
	return smt2_and(smt, smt2_is_field(smt, SMT2_L4PROTO, IPPROTO_ICMPV6), any);
}

/* Errors that a router owes: about a connection, and "too big" about any packet. */
static const char *errors(struct smt2 *smt)
{
	bool ip4 = smt->world == PKT_IPV4;
	const char *too_big = smt2_and(smt,
		smt2_is_field(smt, SMT2_ICMP_TYPE, ip4 ? ICMP_DEST_UNREACH : ICMP6_PACKET_TOO_BIG),
		smt2_is_field(smt, SMT2_ICMP_CODE, ip4 ? ICMP_FRAG_NEEDED : 0));

	return smt2_and(smt, smt2_is_field(smt, SMT2_L4PROTO, ip4 ? IPPROTO_ICMP : IPPROTO_ICMPV6),
		smt2_or(smt, too_big, smt2_in_memory(smt, SMT2_CT_STATE, CT_RELATED)));
}

static const char *of_gateway(const struct pair *pair)
{
	if (pair->way == SYM_FORWARD)
		return "false";
	return pair->way == SYM_INPUT ? on_link(pair->smt)
				      : smt2_or(pair->smt, on_link(pair->smt), errors(pair->smt));
}

/* Questions ------------------------------------------------------------------------------------
 */

static const char *by_paths(const struct pair *pair, enum prove_phase phase)
{
	struct smt2 *smt = pair->smt;
	const char *there = smt2_and(smt, smt2_is_field(smt, SMT2_CT_DIRECTION, 0), pair->open);
	const char *replies =
		smt2_and(smt, smt2_is_field(smt, SMT2_CT_DIRECTION, 1), pair->replies);
	const char *marked = smt2_or(smt, pair->marked, pair->marked_back);

	if (phase == PROVE_NEW)
		return smt2_or(smt, there, marked);
	if (phase == PROVE_ESTABLISHED)
		return smt2_or(smt, marked,
			smt2_or(smt,
				smt2_and(smt, smt2_in_memory(smt, SMT2_CT_STATE, CT_ESTABLISHED),
					there),
				replies));
	/* What is not tracked begins nothing, and is forwarded never. */
	if (pair->way == SYM_FORWARD)
		return "false";
	return smt2_and(smt, smt2_in_memory(smt, SMT2_CT_STATE, CT_UNTRACKED), pair->open);
}

static const char *in_phase(struct smt2 *smt, enum prove_phase phase)
{
	static const uint32_t states[PROVE_PHASES][2] = {
		[PROVE_NEW] = { CT_NEW, CT_NEW },
		[PROVE_ESTABLISHED] = { CT_ESTABLISHED, CT_RELATED },
		[PROVE_STRAY] = { CT_INVALID, CT_UNTRACKED },
	};
	const char *state = smt2_or(smt, smt2_in_memory(smt, SMT2_CT_STATE, states[phase][0]),
		smt2_in_memory(smt, SMT2_CT_STATE, states[phase][1]));

	/* A connection is new as long as nothing has come back. */
	if (phase == PROVE_NEW)
		state = smt2_and(smt, state, smt2_is_field(smt, SMT2_CT_DIRECTION, 0));
	return state;
}

static void ask(
	const struct pair *pair, enum prove_phase phase, const char *valid, const char *passes)
{
	bool observed = policy_observe_of(pair->policy, pair->from, pair->to) != NULL;
	struct smt2 *smt = pair->smt;
	const char *permitted = observed && phase != PROVE_STRAY
					? "true"
					: smt2_or(smt, by_paths(pair, phase), of_gateway(pair));

	fprintf(smt->body, "\n(push 1)\n(echo \"cell %s %s %s %s\")\n",
		certificate_place(pair->policy, pair->from),
		certificate_place(pair->policy, pair->to), smt->world == PKT_IPV4 ? "ipv4" : "ipv6",
		prove_phase_name(phase));
	fprintf(smt->body, "(assert %s)\n(assert %s)\n(assert %s)\n(assert %s)\n", valid,
		in_phase(smt, phase), pair->packets, passes);
	/* No connection that begins has the mark of one that began the other way. */
	if (phase == PROVE_NEW)
		fprintf(smt->body, "(assert %s)\n", smt2_not(smt, pair->marked_back));
	fprintf(smt->body, "(assert (! %s :named not-permitted))\n", smt2_not(smt, permitted));
	fputs("(check-sat)\n(pop 1)\n", smt->body);
}

static void ask_pair(struct pair *pair, const char *valid, const char *const passes[SYM_WAYS])
{
	size_t gateway = ZONESPACE_GATEWAY(pair->policy);

	pair->way = pair->to == gateway	    ? SYM_INPUT
		    : pair->from == gateway ? SYM_OUTPUT
					    : SYM_FORWARD;
	fprintf(pair->smt->body, "\n; from %s to %s\n", certificate_place(pair->policy, pair->from),
		certificate_place(pair->policy, pair->to));
	pair->packets = packets_of(pair);
	pair->open = all_paths(pair, false, false);
	pair->replies = all_paths(pair, true, false);
	pair->marked = all_paths(pair, false, true);
	pair->marked_back = all_paths(pair, true, true);
	for (unsigned int phase = 0; phase < PROVE_PHASES; phase++)
		ask(pair, (enum prove_phase)phase, valid, passes[pair->way]);
}

void smt2_cells(struct smt2 *smt, const char *valid, const char *const passes[SYM_WAYS])
{
	const struct prove_question *question = smt->question;
	size_t places = ZONESPACE_PLACES(question->policy),
	       gateway = ZONESPACE_GATEWAY(question->policy);

	for (size_t i = 0; i < places * places && !smt->failed; i++) {
		struct pair pair = {
			.smt = smt, .policy = question->policy, .from = i / places, .to = i % places
		};

		if ((pair.from != gateway || pair.to != gateway) &&
			(!question->one_pair ||
				(pair.from == question->from && pair.to == question->to)))
			ask_pair(&pair, valid, passes);
	}
}
