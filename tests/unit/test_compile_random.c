/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Random policies and packets, against the policy read straight. */
#include <check.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/compile.h"
#include "../../lib/compile_internal.h"
#include "../../lib/conf.h"
#include "../../lib/permitted.h"
#include "city.h"
#include "suite.h"

static const char *const segments[] = { "c1", "c2", "l1", "i1" };
static const char *const ends[] = { "bound", "relay", "core", "core.servers", "core.cloud", "lgwan",
	"internet", "10.1.0.0/28", "10.1.0.8/29", "10.1.1.7", "172.16.0.0/16", "172.16.4.0/22",
	"10.2.0.0/30", "203.0.113.0/24", "203.0.113.7", "fd00:1::/112", "fd00:3::10",
	"2001:db8:9::/48" };
static const char *const addresses[] = { "10.1.0.10", "10.1.0.7", "10.1.0.99", "10.1.1.7",
	"172.16.4.1", "172.20.0.1", "10.2.0.10", "10.2.0.3", "203.0.113.7", "203.0.113.99",
	"fd00:1::10", "fd00:1::7", "fd00:2::1", "fd00:3::10", "2001:db8:9::1", "2001:db8:8::1" };

#define PICK(array) ((array)[(size_t)rand() % (sizeof(array) / sizeof((array)[0]))])

static void random_service(char *text, size_t size, unsigned int number)
{
	unsigned int port = 1000 + (unsigned int)rand() % 6, width = (unsigned int)rand() % 4;
	static const char *const others[] = { "tcp = \"any\";", "icmp = \"8\"; icmpv6 = \"128\";",
		"icmp = [\"3/1\", \"8\"]; tcp = 1003;", "protocol = [47];",
		"udp = \"any\"; tcp = \"1000-1003\";" };

	if (rand() % 3 == 0)
		snprintf(text, size, "{ name = \"s%u\"; %s },", number, PICK(others));
	else if (width == 0)
		snprintf(text, size, "{ name = \"s%u\"; tcp = %u; udp = %u; },", number, port,
			port + 1);
	else
		snprintf(text, size, "{ name = \"s%u\"; tcp = [\"%u-%u\", \"2000\"]; },", number,
			port, port + width);
}

/* A policy of up to max paths; those that the reader refuses (a path to itself, no family in
 * common) are left out by trying one after the other. */
static char *random_policy(unsigned int max)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	char line[256];

	fputs("site = { name = \"t\"; };\n", out);
	fputs(strstr(CITY, "zones"), out);
	fseek(out, -(long)strlen(");\n"), SEEK_CUR);
	fputs(",\n", out);
	for (unsigned int i = 0; i < 6; i++) {
		random_service(line, sizeof(line), i);
		if (i == 5)
			line[strlen(line) - 1] = '\n';
		fputs(line, out);
	}
	fputs(");\npaths = (", out);
	for (unsigned int i = 0; i < max; i++)
		fprintf(out,
			"%s{ name = \"p%u\"; from = \"%s\"; to = \"%s\"; service = \"s%u\"; "
			"reason = \"r\"; }",
			i ? ",\n" : "", i, PICK(ends), PICK(ends), (unsigned int)rand() % 6);
	fputs(");\n", out);
	fclose(out);
	return text;
}

/* Some zones limited, some pairs observed. */
static void add_limits_and_observes(void)
{
	policy->observes = calloc(9, sizeof(*policy->observes));
	ck_assert_ptr_nonnull(policy->observes);
	for (size_t i = 0; i < 3; i++) {
		if (rand() % 3 == 0)
			policy->zones[i].limit = (struct policy_limit){ 5, 60, 7, { 0 } };
		for (size_t j = 0; j < 3; j++)
			if (i != j && rand() % 4 == 0)
				policy->observes[policy->observe_count++] =
					(struct policy_observe){ .from = i, .to = j };
	}
}

/* A policy that the reader takes, from random ones. */
static void random_compile(void)
{
	for (;;) {
		char *text = random_policy(1 + (unsigned int)rand() % 3 * 2);

		from_text_set_up();
		int error = conf_parse(text, strlen(text), "random.conf", diags, &policy);

		free(text);
		if (error == 0) {
			add_limits_and_observes();
			error = compile_policy(policy, diags, &ruleset);
			if (error < 0)
				diag_list_print(diags, stdout, false);
			ck_assert_int_eq(error, 0);
			return;
		}
		from_text_tear_down();
	}
}

static bool entry_permits(const struct policy_service_entry *entry, const struct eval_packet *made)
{
	/* ICMP belongs to IPv4, ICMPv6 to IPv6. */
	uint8_t foreign = made->family == ADDR_IPV4 ? IPPROTO_ICMPV6 : IPPROTO_ICMP;

	if (entry->protocol != made->protocol || entry->protocol == foreign)
		return false;
	return entry->whole ||
	       (made->dport >= entry->ports.first && made->dport <= entry->ports.last);
}

static bool end_has(const struct policy_end *end, size_t segment, enum addr_family family,
	const uint8_t *address)
{
	for (size_t i = 0; i < end->part_count; i++)
		if (end->parts[i].segment == segment &&
			addrset_contains(&end->parts[i].addresses[family], address))
			return true;
	return false;
}

static bool path_permits(
	const struct policy_path *path, size_t from, size_t to, const struct eval_packet *made)
{
	if (!end_has(&path->from, from, made->family, made->saddr) ||
		!end_has(&path->to, to, made->family, made->daddr))
		return false;
	for (size_t i = 0; i < path->service_count; i++) {
		const struct policy_service *service = &policy->services[path->services[i]];

		for (size_t j = 0; j < service->entry_count; j++)
			if (entry_permits(&service->entries[j], made))
				return true;
	}
	return false;
}

static size_t segment_of_interface(const char *interface)
{
	for (size_t i = 0; i < policy->segment_count; i++)
		if (strcmp(policy->segments[i].interface, interface) == 0)
			return i;
	ck_abort_msg("no segment has %s", interface);
	return 0;
}

static const struct policy_observe *observe_of(size_t from, size_t to)
{
	return policy_observe_of(policy, policy->segments[from].zone, policy->segments[to].zone);
}

/* The reason that the policy gives, or REASON_COUNT when it permits the packet. */
static enum reason expected_reason(const struct eval_packet *made)
{
	size_t from = segment_of_interface(made->iif), to = segment_of_interface(made->oif);

	if (made->iif[0] == 'c' && made->iif[1] == '1') {
		const struct policy_host *host = &policy->hosts[0];

		for (size_t i = 0; i < host->address_count; i++)
			if (host->addresses[i].family == made->family &&
				memcmp(host->addresses[i].bytes, made->saddr, 16) == 0 &&
				memcmp(host->mac, made->mac, MAC_LENGTH) != 0)
				return REASON_DEVICE;
	}
	if (!addrset_contains(&policy->segments[from].source[made->family], made->saddr))
		return REASON_SPOOF;
	if (!addrset_contains(&policy->segments[to].source[made->family], made->daddr))
		return REASON_ROUTE;
	for (size_t i = 0; i < policy->path_count; i++)
		if (path_permits(&policy->paths[i], from, to, made))
			return policy->zones[policy->segments[from].zone].limit.rate &&
					       made->over_limit
				       ? REASON_LIMIT
				       : REASON_COUNT;
	return observe_of(from, to) ? REASON_OBSERVED : REASON_NO_PATH;
}

/* An address at the edge of a range, or just beyond it. */
static void edge_address(enum addr_family family, const struct addr_range *range, uint8_t *bytes)
{
	size_t last = addr_length(family) - 1;

	memcpy(bytes, rand() % 2 ? range->first : range->last, 16);
	if (rand() % 6 == 0)
		bytes[last] = (uint8_t)(bytes[last] + (rand() % 2 ? 1 : 255));
}

static void put_service(struct eval_packet *made, const struct policy_service_entry *entry)
{
	made->protocol = made->next_header = entry->protocol;
	if (entry->whole)
		return;
	made->dport = rand() % 2 ? entry->ports.first : entry->ports.last;
	if (rand() % 6 == 0)
		made->dport = (uint16_t)(made->dport + (rand() % 2 ? 1 : -1));
}

/* At the edges of what a path permits; false when the chosen parts have no family in common. */
static bool packet_of_path(struct eval_packet *made)
{
	const struct policy_path *path = &policy->paths[(size_t)rand() % policy->path_count];
	const struct policy_part *from = &path->from.parts[(size_t)rand() % path->from.part_count];
	const struct policy_part *to = &path->to.parts[(size_t)rand() % path->to.part_count];
	const struct policy_service *service = &policy->services[path->services[0]];
	enum addr_family family = rand() % 2 ? ADDR_IPV4 : ADDR_IPV6;
	const struct addrset *sources = &from->addresses[family];
	const struct addrset *destinations = &to->addresses[family];

	if (sources->count == 0 || destinations->count == 0)
		return false;
	*made = packet(policy->segments[from->segment].interface,
		policy->segments[to->segment].interface,
		family == ADDR_IPV4 ? "0.0.0.0" : "::", family == ADDR_IPV4 ? "0.0.0.0" : "::");
	edge_address(family, &sources->ranges[(size_t)rand() % sources->count], made->saddr);
	edge_address(
		family, &destinations->ranges[(size_t)rand() % destinations->count], made->daddr);
	put_service(made, &service->entries[(size_t)rand() % service->entry_count]);
	if (rand() % 4)
		memcpy(made->mac, bound_mac, MAC_LENGTH);
	return true;
}

/* Any packet, most of the time routed as it should be. */
static struct eval_packet packet_of_city(void)
{
	static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP,
		IPPROTO_ICMPV6, IPPROTO_GRE };
	struct eval_packet made, other;

	do {
		made = packet(PICK(segments), PICK(segments), PICK(addresses), "10.0.0.0");
		other = packet("c1", "c1", PICK(addresses), "10.0.0.0");
	} while (other.family != made.family);
	memcpy(made.daddr, other.saddr, 16);
	struct addr from = { .family = made.family }, to = { .family = made.family };

	memcpy(from.bytes, made.saddr, 16);
	memcpy(to.bytes, made.daddr, 16);
	if (rand() % 8)
		made.iif = policy->segments[policy_segment_of(policy, &from)].interface;
	if (rand() % 8)
		made.oif = policy->segments[policy_segment_of(policy, &to)].interface;
	if (rand() % 4)
		memcpy(made.mac, bound_mac, MAC_LENGTH);
	made.protocol = made.next_header = PICK(protocols);
	made.dport = (uint16_t)(999 + rand() % 9);
	if (made.protocol == IPPROTO_ICMP || made.protocol == IPPROTO_ICMPV6)
		made.dport = (uint16_t)((rand() % 2 ? 8 : rand() % 2 ? 128 : 3) << 8 | rand() % 3);
	return made;
}

static struct eval_packet random_packet(void)
{
	struct eval_packet made;

	if (rand() % 2 == 0 || !packet_of_path(&made))
		made = packet_of_city();
	made.over_limit = rand() % 2;
	return made;
}

/* A reply of a connection that passed: with its mark, then with one of another policy. */
static void check_reply(struct eval_packet made, uint32_t mark)
{
	struct eval_result result;

	swap_ends(&made);
	made.ct_state = CT_ESTABLISHED;
	made.tcp_flags = TCP_ACK;
	made.ct_mark = mark;
	evaluate_chain(ruleset, "forward", &made, &result);
	ck_assert(result.verdict == EVAL_ACCEPT && result.hits == 0);
	if (made.protocol == IPPROTO_ICMP || made.protocol == IPPROTO_ICMPV6)
		return;
	made.ct_mark = ~mark;
	evaluate_chain(ruleset, "forward", &made, &result);
	ck_assert(result.verdict == EVAL_ACCEPT && result.ct_mark == mark && result.hits == 1);
}

/* Recorded as a denied packet is, but it passes, as it came, and so does what follows. */
static void check_observed(struct eval_packet made, const struct eval_result *result,
	const struct policy_observe *observe)
{
	struct eval_result later;

	ck_assert(result->verdict == EVAL_ACCEPT && result->hits == 0);
	ck_assert_uint_eq(result->mark, 0);
	ck_assert_uint_ne(observe->id, 0);
	ck_assert_uint_eq(result->ct_mark, observe->id);
	ck_assert_str_eq(result->blocked, "blocked-a");
	made.ct_mark = observe->id;
	for (int reply = 0; reply < 2; reply++) {
		evaluate_chain(ruleset, "forward", &made, &later);
		ck_assert(later.verdict == EVAL_ACCEPT && later.prefix[0] == '\0' &&
			  later.blocked[0] == '\0');
		swap_ends(&made);
		made.ct_state = CT_ESTABLISHED;
		made.tcp_flags = TCP_ACK;
	}
}

/* What asks the policy itself says the same, whatever mark the connection has. */
static void check_permitted(const struct eval_packet *made, enum reason expected)
{
	struct permitted *permitted;
	struct permitted_flow flow = { .direction = PATH_FORWARD,
		.family = made->family,
		.protocol = made->protocol,
		.port = made->dport,
		.mark = rand() % 2 ? policy->paths[(size_t)rand() % policy->path_count].id
				   : (uint32_t)rand() };
	bool passes =
		expected == REASON_COUNT || expected == REASON_OBSERVED || expected == REASON_LIMIT;

	/* A connection does not tell by which interface it goes, nor from which MAC it came. */
	if (expected == REASON_DEVICE || expected == REASON_SPOOF || expected == REASON_ROUTE)
		return;
	memcpy(flow.source, made->saddr, sizeof(flow.source));
	memcpy(flow.destination, made->daddr, sizeof(flow.destination));
	ck_assert_int_eq(permitted_new(policy, NULL, &permitted), 0);
	ck_assert_int_eq(permitted_has(permitted, &flow), passes);
	permitted_free(permitted);
}

static void check_random_packet(unsigned int counts[REASON_COUNT + 1])
{
	struct eval_packet made = random_packet();
	enum reason expected = expected_reason(&made);
	struct eval_result result = run_to("forward", &made);

	check_permitted(&made, expected);
	size_t from = segment_of_interface(made.iif), to = segment_of_interface(made.oif);

	counts[expected]++;
	ck_assert_msg((result.verdict == EVAL_ACCEPT) ==
			      (expected == REASON_COUNT || expected == REASON_OBSERVED),
		"%s: %s", result.verdict == EVAL_ACCEPT ? "accepted" : result.deny,
		expected == REASON_COUNT ? "permitted" : reason_name(expected));
	if (expected != REASON_COUNT) {
		char prefix[64];

		snprintf(prefix, sizeof(prefix), "hedate %s ", reason_name(expected));
		ck_assert_msg(strncmp(result.prefix, prefix, strlen(prefix)) == 0, "%s, not %s",
			result.prefix, prefix);
		if (expected == REASON_OBSERVED)
			check_observed(made, &result, observe_of(from, to));
		return;
	}
	ck_assert_uint_eq(result.hits, 1);
	bool found = false;

	for (size_t i = 0; i < policy->path_count; i++)
		found = found || (policy->paths[i].id == result.ct_mark &&
					 path_permits(&policy->paths[i], from, to, &made));
	ck_assert_msg(found, "the mark is of no path that permits the packet");
	check_reply(made, result.ct_mark);
}

START_TEST(test_random)
{
	unsigned int counts[REASON_COUNT + 1] = { 0 };

	from_text_tear_down();
	for (unsigned int round = 0; round < 40; round++) {
		random_compile();
		for (unsigned int i = 0; i < 200; i++)
			check_random_packet(counts);
		from_text_tear_down();
	}
	for (unsigned int i = 0; i <= REASON_COUNT; i++)
		if (counts[i])
			printf("%s %u\n",
				i < REASON_COUNT ? reason_name((enum reason)i) : "accepted",
				counts[i]);
	/* It would prove nothing if one of these never came. */
	ck_assert_uint_gt(counts[REASON_COUNT], 400);
	ck_assert_uint_gt(counts[REASON_NO_PATH], 400);
	ck_assert_uint_gt(counts[REASON_DEVICE], 20);
	ck_assert_uint_gt(counts[REASON_LIMIT], 20);
	ck_assert_uint_gt(counts[REASON_OBSERVED], 100);
	from_text_set_up();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("compile_random");
	TCase *tests = tcase_create("compile_random");

	srand(random_seed("compile_random"));
	tcase_set_timeout(tests, 60);
	tcase_add_checked_fixture(tests, from_text_set_up, from_text_tear_down);
	tcase_add_test(tests, test_random);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
