/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Regions of random sets: all of them together are the set, as wide as can be; and how regions
 * read.
 */
#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/ctstate.h"
#include "../../lib/pktregion.h"
#include "../../lib/pkttext.h"
#include "suite.h"

#define ROUNDS 60

static struct hdrspace *space;
static bdd_node care;

static hdr_value in_memory(uint32_t number)
{
	uint8_t bytes[4];

	memcpy(bytes, &number, sizeof(bytes));
	return (hdr_value)bytes[0] << 24 | (hdr_value)bytes[1] << 16 | (hdr_value)bytes[2] << 8 |
	       bytes[3];
}

static hdr_value name(const char *text)
{
	hdr_value value = 0;

	for (size_t i = 0, length = strlen(text); i < 16; i++)
		value = value << 8 | (i < length ? (unsigned char)text[i] : 0);
	return value;
}

/* What the rules of these tests look at. */
static const struct tested {
	enum pkt_field field;
	unsigned int shift, bits;
	hdr_value first, last;
} tested[] = {
	{ PKT_SADDR, 0, 32, 0x0a010000, 0x0a0100ff },
	{ PKT_SADDR, 0, 32, 0x0a010010, 0x0a010010 },
	{ PKT_DADDR, 0, 32, 0x0a020000, 0x0a02ffff },
	{ PKT_DADDR, 0, 32, 0x0a020005, 0x0a020009 },
	{ PKT_L4PROTO, 0, 8, 6, 6 },
	{ PKT_L4PROTO, 0, 8, 17, 17 },
	{ PKT_DPORT, 0, 16, 443, 443 },
	{ PKT_DPORT, 0, 16, 1024, 65535 },
	{ PKT_SPORT, 0, 16, 53, 53 },
	{ PKT_MARK, 8, 8, 3, 3 },
	{ PKT_TCP_FLAGS, 1, 1, 1, 1 },
	{ PKT_TCP_FLAGS, 4, 1, 0, 0 },
};
#define TESTED (sizeof(tested) / sizeof(tested[0]))

static const uint32_t states[] = { CT_NEW, CT_ESTABLISHED, CT_RELATED, CT_INVALID, CT_UNTRACKED };
static const char *const interfaces[] = { "eth0", "eth1" };

static struct hdr_slice slice_of(const struct tested *test)
{
	return (struct hdr_slice){ test->field, test->shift, test->bits };
}

static bdd_node set_of(const struct tested *test)
{
	return hdrspace_test(space, slice_of(test), (struct hdr_range){ test->first, test->last });
}

static bdd_node in_state(uint32_t state)
{
	hdr_value value = in_memory(state);

	return hdrspace_test(
		space, pkt_slice(PKT_IPV4, PKT_CT_STATE), (struct hdr_range){ value, value });
}

static bdd_node by_interface(enum pkt_field field, const char *text)
{
	return hdrspace_test(
		space, pkt_slice(PKT_IPV4, field), (struct hdr_range){ name(text), name(text) });
}

static void note(struct hdr_slice slice, hdr_value first, hdr_value last)
{
	ck_assert_int_eq(hdrspace_note(space, slice, (struct hdr_range){ first, last }), 0);
}

static void set_up(void)
{
	struct bdd_budget budget = { 0 };

	ck_assert_int_eq(pktspace_new(PKT_IPV4, &space), 0);
	for (size_t i = 0; i < TESTED; i++)
		note(slice_of(&tested[i]), tested[i].first, tested[i].last);
	for (size_t i = 0; i < 5; i++)
		note(pkt_slice(PKT_IPV4, PKT_CT_STATE), in_memory(states[i]), in_memory(states[i]));
	/* As "ct state established,related" does it: two bits of it. */
	note((struct hdr_slice){ PKT_CT_STATE, 25, 2 }, 0, 0);
	for (size_t i = 0; i < 2; i++) {
		note(pkt_slice(PKT_IPV4, PKT_IIFNAME), name(interfaces[i]), name(interfaces[i]));
		note(pkt_slice(PKT_IPV4, PKT_OIFNAME), name(interfaces[i]), name(interfaces[i]));
	}
	ck_assert_int_eq(hdrspace_seal(space, &budget), 0);
	care = BDD_EMPTY;
	for (size_t i = 0; i < 5; i++)
		care = bdd_or(hdrspace_bdd(space), care, in_state(states[i]));
}

static void tear_down(void)
{
	hdrspace_free(space);
}

static bdd_node and (bdd_node a, bdd_node b)
{
	return bdd_and(hdrspace_bdd(space), a, b);
}

static bdd_node or (bdd_node a, bdd_node b)
{
	return bdd_or(hdrspace_bdd(space), a, b);
}

static struct pktregions *list(bdd_node set, size_t max)
{
	struct hdr_packet near = pktregion_everyday(PKT_IPV4);
	struct pktregions *regions;

	ck_assert_int_eq(pktregion_list(space, PKT_IPV4, set, care, &near, max, &regions), 0);
	return regions;
}

/* Sets ----------------------------------------------------------------------------------------- */

/* A range of the bits of a mask. More than one run of bits have one value alone. */
static bdd_node in_range(enum pkt_field field, hdr_value mask, struct hdr_range range)
{
	bdd_node set = BDD_ALL;
	unsigned int shift = 0;

	while (mask) {
		struct hdr_slice slice = { field, 0, 0 };

		for (; !(mask & 1); mask >>= 1)
			shift++;
		slice.shift = shift;
		for (; mask & 1; mask >>= 1)
			slice.bits++;
		shift += slice.bits;
		ck_assert(!mask || range.first == range.last);
		hdr_value bits = ~(hdr_value)0 >> (128 - slice.bits);
		struct hdr_range here = { range.first >> slice.shift & bits,
			range.last >> slice.shift & bits };

		set = and(set, hdrspace_test(space, slice, here));
	}
	return set;
}

/* All packets of a region, from what it tells alone. */
static bdd_node all_of(const struct pktregion *region)
{
	bdd_node set = BDD_ALL;

	for (size_t i = 0; i < region->count; i++) {
		const struct pktregion_part *part = &region->parts[i];
		bdd_node here = BDD_EMPTY;

		for (size_t k = 0; k < part->count; k++)
			here = or (here, in_range(part->field, part->mask, part->ranges[k]));
		ck_assert_uint_ne(here, BDD_EMPTY);
		set = and(set, here);
	}
	return set;
}

static bdd_node random_set(unsigned int depth)
{
	unsigned int which = (unsigned int)rand();
	bdd_node left, right;

	if (depth == 0) {
		which %= TESTED + 7;
		if (which < TESTED)
			return set_of(&tested[which]);
		return which < TESTED + 5 ? in_state(states[which - TESTED])
					  : by_interface(PKT_IIFNAME, interfaces[which % 2]);
	}
	left = random_set(depth - 1);
	right = random_set(depth - 1);
	return which % 5 < 2   ? or (left, right)
	       : which % 5 < 4 ? and(left, right)
			       : bdd_diff(hdrspace_bdd(space), left, right);
}

/* The regions of a set hold it, all of it that matters, and nothing else that does. */
static void check_regions(bdd_node set)
{
	struct pktregions *regions = list(set, 0);
	bdd_node all = BDD_EMPTY;

	ck_assert(!regions->more);
	for (size_t i = 0; i < regions->count; i++) {
		const struct pktregion *region = &regions->regions[i];
		bdd_node here = and(all_of(region), care);

		ck_assert_uint_ne(here, BDD_NONE);
		ck_assert_uint_eq(and(here, set), here);
		ck_assert(hdrspace_holds(space, here, &region->witness));
		ck_assert(i == 0 || region->share <= regions->regions[i - 1].share);
		all = or (all, here);
	}
	ck_assert_uint_eq(all, and(set, care));
	pktregions_free(regions);
}

START_TEST(regions_are_the_set)
{
	srand(7);
	for (unsigned int i = 0; i < ROUNDS; i++)
		check_regions(random_set(1 + i % 4));
	check_regions(BDD_EMPTY);
	check_regions(BDD_ALL);
}
END_TEST

START_TEST(what_is_past_the_limit_is_more)
{
	bdd_node set = or (and(set_of(&tested[0]), set_of(&tested[6])),
				  and(set_of(&tested[2]), set_of(&tested[8])));
	struct pktregions *regions = list(set, 1);

	ck_assert_uint_eq(regions->count, 1);
	ck_assert(regions->more);
	pktregions_free(regions);
	regions = list(set, 2);
	ck_assert_uint_eq(regions->count, 2);
	ck_assert(!regions->more);
	pktregions_free(regions);
}
END_TEST

/* No answer is no empty list. */
START_TEST(past_the_budget_there_is_no_list)
{
	struct hdr_packet near = pktregion_everyday(PKT_IPV4);
	struct bdd_budget small = { .nodes = 40 };
	struct pktregions *regions = NULL;
	struct hdrspace *narrow;

	ck_assert_int_eq(pktspace_new(PKT_IPV4, &narrow), 0);
	for (unsigned int i = 0; i < 64; i++)
		ck_assert_int_eq(hdrspace_note(narrow, pkt_slice(PKT_IPV4, PKT_SADDR),
					 (struct hdr_range){ 4 * i, 4 * i + 1 }),
			0);
	ck_assert_int_eq(hdrspace_seal(narrow, &small), 0);
	bdd_node set = BDD_EMPTY;
	for (unsigned int i = 0; i < 64; i++)
		set = bdd_or(hdrspace_bdd(narrow), set,
			hdrspace_test(narrow, pkt_slice(PKT_IPV4, PKT_SADDR),
				(struct hdr_range){ 4 * i, 4 * i + 1 }));
	ck_assert_uint_eq(set, BDD_NONE);
	ck_assert_int_eq(
		pktregion_list(narrow, PKT_IPV4, set, BDD_ALL, &near, 0, &regions), -E2BIG);
	ck_assert_ptr_null(regions);
	hdrspace_free(narrow);
	/* A set that was never found, for whatever reason. */
	ck_assert_int_eq(
		pktregion_list(space, PKT_IPV4, BDD_NONE, care, &near, 0, &regions), -EINVAL);
	ck_assert_ptr_null(regions);
}
END_TEST

/* Words ---------------------------------------------------------------------------------------- */

static void check_text(bdd_node set, const char *expected)
{
	struct pktregions *regions = list(set, 0);
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	ck_assert_ptr_nonnull(out);
	for (size_t i = 0; i < regions->count; i++) {
		pktregion_print(out, PKT_IPV4, &regions->regions[i]);
		fputc('\n', out);
	}
	fclose(out);
	ck_assert_str_eq(text, expected);
	free(text);
	pktregions_free(regions);
}

START_TEST(regions_read_well)
{
	check_text(BDD_ALL, "* > *\n");
	check_text(
		and(set_of(&tested[0]), set_of(&tested[3])), "10.1.0.0/24 > 10.2.0.5-10.2.0.9\n");
	check_text(and(and(by_interface(PKT_IIFNAME, "eth0"), set_of(&tested[4])),
			   and(set_of(&tested[6]), set_of(&tested[8]))),
		"eth0 > * tcp 443 sport 53\n");
	check_text(and(or (set_of(&tested[4]), set_of(&tested[5])), set_of(&tested[7])),
		"* > * tcp,udp 1024-65535\n");
	check_text(set_of(&tested[6]), "* > * * 443\n");
	check_text(bdd_not(hdrspace_bdd(space), by_interface(PKT_OIFNAME, "eth1")), "* > !eth1\n");
	check_text(or (in_state(CT_ESTABLISHED), in_state(CT_RELATED)),
		"* > *; ct state established,related\n");
	check_text(set_of(&tested[9]), "* > *; meta mark & 0xff0000 0x30000\n");
	/* A SYN is what packets of everyday begin with; an acknowledgement is told. */
	check_text(and(set_of(&tested[10]), set_of(&tested[11])), "* > *\n");
	check_text(and(set_of(&tested[10]), bdd_not(hdrspace_bdd(space), set_of(&tested[11]))),
		"* > *; tcp flags & 0x12 0x12\n");
}
END_TEST

START_TEST(regions_are_json)
{
	struct pktregions *regions = list(
		and(and(by_interface(PKT_IIFNAME, "eth0"), set_of(&tested[4])),
			and(set_of(&tested[6]), bdd_not(hdrspace_bdd(space), set_of(&tested[1])))),
		0);
	struct json json;

	ck_assert_uint_eq(regions->count, 1);
	json_init(&json);
	pktregion_write(&json, PKT_IPV4, &regions->regions[0], PKTTEXT_IN | PKTTEXT_OUT);
	ck_assert(!json.failed);
	ck_assert_str_eq(json.text,
		"{\"in\":[\"eth0\"],\"protocol\":[\"tcp\"],\"source\":{\"not\":[\"10.1.0.16\"]},"
		"\"destination_port\":[\"443\"],\"witness\":{\"in\":\"eth0\",\"out\":\"\","
		"\"source\":\"192.0.2.1\",\"destination\":\"198.51.100.1\",\"protocol\":\"tcp\","
		"\"source_port\":40000,\"destination_port\":443,\"state\":\"new\",\"direction\":"
		"\"original\",\"ct_mark\":0,\"mark\":0,\"later_fragment\":false}}");
	json_clear(&json);
	pktregions_free(regions);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pktregion");
	TCase *tcase = tcase_create("pktregion");

	tcase_add_checked_fixture(tcase, set_up, tear_down);
	tcase_add_test(tcase, regions_are_the_set);
	tcase_add_test(tcase, what_is_past_the_limit_is_more);
	tcase_add_test(tcase, past_the_budget_there_is_no_list);
	tcase_add_test(tcase, regions_read_well);
	tcase_add_test(tcase, regions_are_json);
	suite_add_tcase(suite, tcase);
	return suite_run(suite);
}
