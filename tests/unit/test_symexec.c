/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of packets against single packets: what the rule set of the fictional city, as it stands in
 * the kernel, lets pass by symexec.h and by the interpreter of the rule set that was compiled. The
 * two share no code: one reads the kernel's own messages, the other the compiler's result.
 */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/evaluate.h"
#include "../../lib/nlsnapshot.h"
#include "../../lib/symexec.h"
#include "inkernel.h"
#include "suite.h"
#include "sympacket.h"

#define PACKETS 30000

static const char *const interfaces[] = { "eno1.110", "eno1.120", "eno1.130", "eno2.210",
	"eno2.220", "eno2.230", "eno2.240", "eno3.310", "eno3.320", "eno3.330", "eno3.340",
	"eno4.90", "eth9", "lo" };

static struct ruleset *city;
static struct snapshot *snapshot;
static struct symexec *worlds[PKT_WORLDS];

static void set_up(void)
{
	struct bdd_budget budget = { 0 };

	in_kernel_set_up();
	city = compile_city();
	apply(city);
	ck_assert_int_eq(nlsnapshot_read(sock, NULL, &snapshot), 0);
	for (unsigned int i = 0; i < PKT_WORLDS; i++) {
		ck_assert_int_eq(symexec_new(snapshot, i, &worlds[i]), 0);
		ck_assert_int_eq(symexec_run(worlds[i], &budget), 0);
	}
}

static void tear_down(void)
{
	for (unsigned int i = 0; i < PKT_WORLDS; i++)
		symexec_free(worlds[i]);
	snapshot_free(snapshot);
	ruleset_free(city);
	in_kernel_tear_down();
}

/* Random packets, near to what the rules speak of ------------------------------------------------
 */

static unsigned int pick(unsigned int count)
{
	return (unsigned int)rand() % count;
}

/* An element of any set that holds such values, or a neighbour of it; all zero when there is none.
 */
static void pick_value(enum field_type type, size_t length, uint8_t *ret_bytes)
{
	memset(ret_bytes, 0, length);
	for (unsigned int tries = 0; tries < 200; tries++) {
		const struct set *set = &city->sets[pick((unsigned int)city->set_count)];
		unsigned int offset = 0;

		for (unsigned int i = 0; i < set->field_count && set->count > 0; i++) {
			if (set->fields[i] == type) {
				const uint8_t *element =
					set->elements +
					pick((unsigned int)set->count) * set->stride;
				bool end = set->flags & SET_INTERVAL && rand() % 2;

				memcpy(ret_bytes, element + (end ? set->key_length : 0) + offset,
					length);
				if (rand() % 5 == 0)
					ret_bytes[length - 1] ^= (uint8_t)(1 + pick(3));
				return;
			}
			offset += field_info(set->fields[i])->slot;
		}
	}
}

static void pick_address(enum addr_family family, uint8_t *bytes)
{
	pick_value(family == ADDR_IPV4 ? FIELD_IPV4_ADDR : FIELD_IPV6_ADDR, addr_length(family),
		bytes);
}

static struct eval_packet random_packet(void)
{
	static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP,
		IPPROTO_ICMPV6, IPPROTO_GRE, IPPROTO_SCTP };
	static const uint32_t states[] = { 1, 2, 4, 8, 8, 8, 64 };
	static const uint8_t next_headers[] = { 0, 43, 44, 60, 59 };
	const unsigned int count = sizeof(interfaces) / sizeof(interfaces[0]);
	struct eval_packet packet = { .iif = interfaces[pick(count)],
		.oif = interfaces[pick(count)],
		.family = rand() % 2 ? ADDR_IPV4 : ADDR_IPV6,
		.protocol = protocols[pick(sizeof(protocols))],
		.ct_state = states[pick(7)],
		.ct_direction = rand() % 4 == 0,
		.hop_limit = (uint8_t)(rand() % 2 ? 255 : 1),
		.tcp_flags = (uint8_t)(rand() % 2 ? 2 : pick(256)),
		.truncated = rand() % 30 == 0,
		.frag_off = (uint16_t)(rand() % 3 ? 0x4000
				       : pick(4)  ? 0
						  : 0x2000) };

	pick_address(packet.family, packet.saddr);
	pick_address(packet.family, packet.daddr);
	pick_value(FIELD_ETHER_ADDR, MAC_LENGTH, packet.mac);
	pick_value(FIELD_MARK, 4, (uint8_t *)&packet.ct_mark);
	uint8_t ports[4];

	pick_value(FIELD_INET_SERVICE, 2, ports);
	pick_value(FIELD_INET_SERVICE, 2, ports + 2);
	packet.sport = (uint16_t)(ports[0] << 8 | ports[1]);
	packet.dport = (uint16_t)(ports[2] << 8 | ports[3]);
	if (packet.protocol == IPPROTO_ICMP || packet.protocol == IPPROTO_ICMPV6)
		packet.dport = (uint16_t)(pick(9) << 8 | pick(6));
	packet.next_header = rand() % 8 ? packet.protocol : next_headers[pick(5)];
	packet.no_ct = packet.ct_state == 1 || packet.ct_state == 64;
	return packet;
}

static struct hdr_packet as_values(const struct eval_packet *packet)
{
	static const uint16_t ethernet = 1;
	bool icmp =
		packet->protocol == (packet->family == ADDR_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
	struct hdr_packet values = { 0 };
	hdr_value *at = values.values;

	at[PKT_IIFNAME] = value_of_name(packet->iif);
	at[PKT_OIFNAME] = value_of_name(packet->oif);
	at[PKT_IIFTYPE] = at[PKT_OIFTYPE] = value_of_bytes(&ethernet, 2);
	at[PKT_CT_STATE] = value_of_bytes(&packet->ct_state, 4);
	at[PKT_CT_DIRECTION] = packet->ct_direction;
	at[PKT_CT_MARK] = value_of_bytes(&packet->ct_mark, 4);
	at[PKT_L4PROTO] = packet->protocol;
	at[PKT_TRUNCATED] = packet->truncated;
	at[PKT_FRAG_OFF] = packet->family == ADDR_IPV4 ? packet->frag_off : 0;
	at[PKT_TCP_FLAGS] = packet->tcp_flags;
	at[PKT_ETHER_SADDR] = value_of_bytes(packet->mac, MAC_LENGTH);
	at[PKT_TTL] = packet->hop_limit;
	at[PKT_NEXTHDR] = packet->next_header;
	at[PKT_SADDR] = value_of_bytes(packet->saddr, addr_length(packet->family));
	at[PKT_DADDR] = value_of_bytes(packet->daddr, addr_length(packet->family));
	at[PKT_SPORT] = packet->sport;
	at[PKT_DPORT] = packet->dport;
	at[PKT_ICMP_TYPE] = icmp ? packet->dport >> 8 : 0;
	at[PKT_ICMP_CODE] = icmp ? packet->dport & 0xff : 0;
	return values;
}

static void put_bytes(hdr_value value, void *bytes, size_t length)
{
	while (length-- > 0) {
		((uint8_t *)bytes)[length] = (uint8_t)value;
		value >>= 8;
	}
}

/* The packet that values are of. Names are kept in storage. */
static struct eval_packet as_packet(
	enum addr_family family, const struct hdr_packet *values, char storage[2][17])
{
	const hdr_value *at = values->values;
	struct eval_packet packet = { .iif = storage[0],
		.oif = storage[1],
		.family = family,
		.protocol = (uint8_t)at[PKT_L4PROTO],
		.ct_direction = (uint8_t)at[PKT_CT_DIRECTION],
		.tcp_flags = (uint8_t)at[PKT_TCP_FLAGS],
		.truncated = at[PKT_TRUNCATED] != 0,
		.frag_off = (uint16_t)(family == ADDR_IPV4 ? at[PKT_FRAG_OFF] : 0),
		.hop_limit = (uint8_t)at[PKT_TTL],
		.next_header = (uint8_t)at[PKT_NEXTHDR],
		.sport = (uint16_t)at[PKT_SPORT],
		.dport = (uint16_t)at[PKT_DPORT] };

	memset(storage, 0, 2 * sizeof(storage[0]));
	put_bytes(at[PKT_IIFNAME], storage[0], 16);
	put_bytes(at[PKT_OIFNAME], storage[1], 16);
	put_bytes(at[PKT_SADDR], packet.saddr, addr_length(family));
	put_bytes(at[PKT_DADDR], packet.daddr, addr_length(family));
	put_bytes(at[PKT_ETHER_SADDR], packet.mac, MAC_LENGTH);
	put_bytes(at[PKT_CT_STATE], &packet.ct_state, 4);
	put_bytes(at[PKT_CT_MARK], &packet.ct_mark, 4);
	packet.no_ct = packet.ct_state == 1 || packet.ct_state == 64;
	if (packet.protocol == (family == ADDR_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6))
		packet.dport = (uint16_t)(at[PKT_ICMP_TYPE] << 8 | at[PKT_ICMP_CODE]);
	return packet;
}

/* Tests ---------------------------------------------------------------------------------------- */

START_TEST(packets_pass_as_they_are_judged_one_by_one)
{
	size_t passed = 0;

	srand(random_seed("packets_pass_as_they_are_judged_one_by_one"));
	for (unsigned int i = 0; i < PACKETS; i++) {
		struct eval_packet packet = random_packet();
		struct hdr_packet values = as_values(&packet);
		struct symexec *exec = worlds[packet.family == ADDR_IPV4 ? PKT_IPV4 : PKT_IPV6];
		struct eval_result result;

		evaluate(city, &packet, &result);
		if (result.verdict == EVAL_UNKNOWN)
			continue; /* fields that the interpreter refuses to read */
		bool may = hdrspace_holds(
			symexec_space(exec), symexec_may_pass(exec, SYM_FORWARD), &values);
		bool must = hdrspace_holds(
			symexec_space(exec), symexec_must_pass(exec, SYM_FORWARD), &values);

		ck_assert_msg(may == (result.verdict == EVAL_ACCEPT) && must == may,
			"packet %u: %s > %s %s state %u protocol %u ports %u %u: judged %d in %s, "
			"may %d, must %d",
			i, packet.iif, packet.oif, packet.family == ADDR_IPV4 ? "IPv4" : "IPv6",
			packet.ct_state, packet.protocol, packet.sport, packet.dport,
			result.verdict == EVAL_ACCEPT, result.chain, may, must);
		passed += may;
	}
	printf("%zu of %u passed\n", passed, PACKETS);
}
END_TEST

/* What the interpreter does not know of is left as it is. */
static bdd_node ordinary(struct symexec *exec, bdd_node set)
{
	static const uint16_t ethernet = 1;
	struct hdrspace *space = symexec_space(exec);
	struct hdr_range range = { value_of_bytes(&ethernet, 2), value_of_bytes(&ethernet, 2) };
	struct hdr_slice slice = pkt_slice(PKT_IPV4, PKT_IIFTYPE), whole = { PKT_FRAG_OFF, 0, 1 };
	struct bdd *bdd = hdrspace_bdd(space);

	set = bdd_and(bdd, set, hdrspace_test(space, slice, range));
	if (exec == worlds[PKT_IPV6])
		set = bdd_and(bdd, set, hdrspace_test(space, whole, (struct hdr_range){ 0, 0 }));
	return set;
}

/* Random packets hardly ever pass. The nearest to them that do, and the nearest that do not: the
 * interpreter says the same of both. */
START_TEST(what_is_picked_is_judged_alike)
{
	unsigned int judged[2] = { 0, 0 };
	char names[2][17];

	srand(random_seed("what_is_picked_is_judged_alike"));
	for (unsigned int i = 0; i < PACKETS; i++) {
		struct eval_packet packet = random_packet();
		struct symexec *exec = worlds[packet.family == ADDR_IPV4 ? PKT_IPV4 : PKT_IPV6];
		bdd_node set = symexec_may_pass(exec, SYM_FORWARD);
		struct hdr_packet values = as_values(&packet);
		bool wanted = rand() % 2;
		struct eval_result result;

		if (!wanted)
			set = bdd_diff(hdrspace_bdd(symexec_space(exec)), symexec_valid(exec), set);
		set = ordinary(exec, set);
		ck_assert(hdrspace_pick(symexec_space(exec), set, &values));
		ck_assert(hdrspace_holds(symexec_space(exec), set, &values));
		packet = as_packet(packet.family, &values, names);
		evaluate(city, &packet, &result);
		if (result.verdict == EVAL_UNKNOWN)
			continue;
		ck_assert_msg((result.verdict == EVAL_ACCEPT) == wanted,
			"packet %u: %s > %s %s state %u protocol %u: judged %d in %s", i,
			packet.iif, packet.oif, packet.family == ADDR_IPV4 ? "IPv4" : "IPv6",
			packet.ct_state, packet.protocol, !wanted, result.chain);
		judged[wanted]++;
	}
	printf("%u that pass, %u that do not\n", judged[1], judged[0]);
	ck_assert_uint_gt(judged[0], PACKETS / 4);
	ck_assert_uint_gt(judged[1], PACKETS / 4);
}
END_TEST

/* Nothing is in doubt about a rule set of ours: what may pass does. */
START_TEST(the_city_is_decided)
{
	for (unsigned int i = 0; i < PKT_WORLDS; i++)
		for (unsigned int way = 0; way < SYM_WAYS; way++)
			ck_assert_uint_eq(symexec_may_pass(worlds[i], way),
				symexec_must_pass(worlds[i], way));
}
END_TEST

static int ignore_step(const struct sym_step *step, void *data)
{
	(void)step, (void)data;
	return 0;
}

static const char *describe(const struct symexec *exec, const struct hdr_packet *packet)
{
	static char text[2000];
	FILE *out = fmemopen(text, sizeof(text), "w");

	fprintf(out, "%s", exec == worlds[PKT_IPV4] ? "IPv4" : "IPv6");
	for (unsigned int i = 0; i < PKT_FIELDS; i++)
		if (packet->values[i])
			fprintf(out, " %s=%llx%016llx", pkt_field_name(i),
				(unsigned long long)(packet->values[i] >> 64),
				(unsigned long long)packet->values[i]);
	fclose(out);
	return text;
}

/* One packet by itself goes where all of them together do. */
START_TEST(traces_end_as_sets_say)
{
	srand(random_seed("traces_end_as_sets_say"));
	for (unsigned int i = 0; i < PACKETS / 20; i++) {
		struct eval_packet packet = random_packet();
		struct symexec *exec = worlds[packet.family == ADDR_IPV4 ? PKT_IPV4 : PKT_IPV6];
		bdd_node set = symexec_may_pass(exec, SYM_FORWARD);
		struct hdr_packet values = as_values(&packet);
		struct sym_end end;

		if (i % 2)
			set = bdd_diff(hdrspace_bdd(symexec_space(exec)), symexec_valid(exec), set);
		ck_assert(hdrspace_pick(symexec_space(exec), ordinary(exec, set), &values));
		ck_assert_int_eq(
			symexec_trace(exec, SYM_FORWARD, &values, ignore_step, NULL, &end), 0);
		ck_assert_msg(
			end.may_pass == (i % 2 == 0), "packet %u: %s", i, describe(exec, &values));
		ck_assert(end.must_pass == end.may_pass);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("symexec");
	TCase *tcase = tcase_create("symexec");

	tcase_set_timeout(tcase, 120);
	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, packets_pass_as_they_are_judged_one_by_one);
	tcase_add_test(tcase, what_is_picked_is_judged_alike);
	tcase_add_test(tcase, the_city_is_decided);
	tcase_add_test(tcase, traces_end_as_sets_say);
	suite_add_tcase(suite, tcase);
	return suite_run_in_netspace(suite);
}
