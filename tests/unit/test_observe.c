/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Limits of zones and pairs that are only observed, packet by packet and in the kernel. Random
 * ones: test_compile_random.c. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "../../lib/compile.h"
#include "../../lib/compile_internal.h"
#include "../../lib/conf.h"
#include "../../lib/evaluate.h"
#include "../../lib/nftprint.h"
#include "../../lib/nftxact.h"
#include "fromtext.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"
#include "testdir.h"

#define LIMIT "limit = { rate = 100; per = \"minute\"; burst = 7; };"
#define ZONES(limit)                                                                               \
	"site = { name = \"town\"; }; zones = ("                                                   \
	"{ name = \"core\"; kind = \"lgwan\"; segments = ("                                        \
	"{ name = \"a\"; interface = \"c1\"; networks = [\"10.1.0.0/24\", \"fd00:1::/64\"]; },"    \
	"{ name = \"b\"; interface = \"c2\"; networks = [\"10.1.1.0/24\", \"fd00:2::/64\"]; } ); " \
	"}, { name = \"lgwan\"; kind = \"lgwan\"; " limit " segments = ("                          \
	"{ name = \"a\"; interface = \"l1\"; networks = [\"10.2.0.0/24\", \"fd00:3::/64\"]; },"    \
	"{ name = \"b\"; interface = \"l2\"; networks = [\"10.2.1.0/24\", \"fd00:4::/64\"]; } ); " \
	"}, { name = \"internet\"; kind = \"internet\"; segments = ("                              \
	"{ name = \"up\"; interface = \"i1\"; networks = [\"192.0.2.0/29\", \"2001:db8::/64\"];"   \
	"remote = [\"0.0.0.0/0\", \"::/0\"]; } ); } );"                                            \
	"services = ( { name = \"https\"; tcp = 443; }, { name = \"dns\"; udp = 53; } );"
#define PATH(name, from, to, service)                                                              \
	"{ name = \"" name "\"; from = \"" from "\"; to = \"" to "\"; service = \"" service        \
	"\"; reason = \"r\"; }"
#define PATHS                                                                                      \
	"paths = (" PATH("P1", "lgwan", "internet", "https") "," PATH("P2", "core.a", "lgwan.a",   \
		"https") "," PATH("P3", "lgwan.a", "lgwan.b", "https") ");"
#define GATEWAY                                                                                    \
	"gateway = { input = ( { name = \"G\"; from = \"lgwan\"; service = \"https\"; reason = "   \
	"\"r\"; } ); };"
#define OBSERVE "{ from = \"lgwan\"; to = \"internet\"; reason = \"r\"; }"
#define OTHER	"{ from = \"core\"; to = \"lgwan\"; reason = \"r\"; }"

static struct eval_result run(const struct eval_packet *made, enum eval_flow flow)
{
	struct eval_packet other = *made;
	struct eval_result result;

	other.flow = flow;
	evaluate_chain(ruleset, made->oif ? "forward" : "input", &other, &result);
	ck_assert_int_ne(result.verdict, EVAL_UNKNOWN);
	return result;
}

static void passes(const struct eval_packet *made)
{
	struct eval_result result = run(made, EVAL_FLOW_NEW);

	ck_assert_msg(result.verdict == EVAL_ACCEPT, "%s", result.deny);
	ck_assert_str_eq(result.prefix, "");
	ck_assert_str_eq(result.blocked, "");
	ck_assert_uint_eq(result.mark, 0);
}

/* words: "<reason> <from> <to>" */
static void is_denied(const struct eval_packet *made, const char *words)
{
	struct eval_result result = run(made, EVAL_FLOW_NEW);
	char prefix[RULESET_PREFIX_MAX + 1];

	snprintf(prefix, sizeof(prefix), "hedate %s %s", words, policy->revision);
	ck_assert_msg(result.verdict == EVAL_DROP, "accepted");
	ck_assert_str_eq(result.prefix, prefix);
	ck_assert_str_eq(result.blocked, "blocked-a");
}

/* Limits -------------------------------------------------------------------------------------- */

START_TEST(limit_objects_of_zones)
{
	compile(ZONES(LIMIT) PATHS);
	ck_assert_uint_eq(ruleset->limit_count, 1);
	ck_assert_str_eq(ruleset->limits[0].name, "limit-lgwan");
	ck_assert_uint_eq(ruleset->limits[0].rate, 100);
	ck_assert_uint_eq(ruleset->limits[0].per_seconds, 60);
	ck_assert_uint_eq(ruleset->limits[0].burst, 7);
	ck_assert_ptr_nonnull(ruleset_find_chain(ruleset, "lgwan-to-internet.limit"));
	ck_assert_ptr_nonnull(ruleset_find_chain(ruleset, "lgwan-to-lgwan.limit"));
	/* Without a path there is nothing to limit; other zones have no limit. */
	ck_assert_ptr_null(ruleset_find_chain(ruleset, "lgwan-to-core.limit"));
	ck_assert_ptr_null(ruleset_find_chain(ruleset, "core-to-lgwan.limit"));
	forget();
	compile(ZONES("") PATHS);
	ck_assert_uint_eq(ruleset->limit_count, 0);
}
END_TEST

START_TEST(limit_bites)
{
	struct eval_packet made = packet("l1", "i1", "10.2.0.9", "203.0.113.9");
	struct eval_result result;

	compile(ZONES(LIMIT) PATHS GATEWAY);
	passes(&made);
	made.over_limit = true;
	is_denied(&made, "limit lgwan internet");
	result = run(&made, EVAL_FLOW_NEW);
	ck_assert_str_eq(result.deny, "deny-limit-lgwan-internet");
	ck_assert_uint_eq(result.mark, deny_code(REASON_LIMIT, "lgwan", "internet"));
	ck_assert_uint_eq(result.hits, 0);
	/* What no path permits is not measured. */
	made.dport = 80;
	is_denied(&made, "no-path lgwan internet");
	made = packet("l1", "i1", "fd00:3::9", "2001:db8:9::1");
	made.over_limit = true;
	is_denied(&made, "limit lgwan internet");
	made = packet("l1", "l2", "10.2.0.9", "10.2.1.9");
	made.over_limit = true;
	is_denied(&made, "limit lgwan lgwan");
	/* Another zone, though towards the limited one; and the gateway itself. */
	made = packet("c1", "l1", "10.1.0.9", "10.2.0.9");
	made.over_limit = true;
	passes(&made);
	made = packet("l1", NULL, "10.2.0.9", "10.2.0.1");
	made.over_limit = true;
	passes(&made);
}
END_TEST

/* Connections that are open go on, under their mark or under another. */
START_TEST(limit_is_of_new_connections)
{
	struct eval_packet made = packet("l1", "i1", "10.2.0.9", "203.0.113.9");

	compile(ZONES(LIMIT) PATHS);
	made.over_limit = true;
	made.ct_mark = policy->paths[0].id;
	passes(&made);
	made.ct_state = CT_ESTABLISHED;
	made.tcp_flags = TCP_ACK;
	passes(&made);
	made.ct_mark = 1;
	passes(&made);
	made = packet("i1", "l1", "203.0.113.9", "10.2.0.9");
	made.sport = 443;
	made.dport = 40000;
	made.ct_state = CT_ESTABLISHED;
	made.ct_direction = 1;
	made.ct_mark = 1;
	made.over_limit = true;
	passes(&made);
}
END_TEST

/* A path that is open at times is limited as any other. */
START_TEST(limit_of_timed_paths)
{
	struct eval_packet made = packet("l1", "i1", "10.2.0.9", "203.0.113.9");

	compile(ZONES(LIMIT) "paths = ( { name = \"T\"; from = \"lgwan\"; to = \"internet\"; "
			     "service = \"https\"; reason = \"r\"; windows = ( { days = "
			     "\"daily\"; from = \"08:00\"; until = \"17:00\"; } ); } );");
	made.timed_open = true;
	passes(&made);
	made.over_limit = true;
	is_denied(&made, "limit lgwan internet");
	made.timed_open = false;
	is_denied(&made, "expired lgwan internet");
}
END_TEST

/* Observed pairs ------------------------------------------------------------------------------ */

static void is_observed(const struct eval_packet *made)
{
	struct eval_result result = run(made, EVAL_FLOW_NEW);
	char prefix[RULESET_PREFIX_MAX + 1];

	snprintf(prefix, sizeof(prefix), "hedate observed lgwan internet %s", policy->revision);
	ck_assert_msg(result.verdict == EVAL_ACCEPT, "%s", result.deny);
	ck_assert_str_eq(result.prefix, prefix);
	ck_assert_str_eq(result.deny, "observe-lgwan-internet");
	ck_assert_str_eq(result.blocked, "blocked-a");
	ck_assert_uint_eq(result.mark, 0);
	ck_assert_uint_eq(result.ct_mark, policy->observes[0].id);
	ck_assert_uint_eq(result.hits, 0);
}

START_TEST(observed)
{
	static const struct {
		const char *in, *from, *to;
		uint8_t protocol;
		uint16_t dport;
	} cases[] = {
		{ "l1", "10.2.0.9", "203.0.113.9", IPPROTO_TCP, 80 },
		{ "l2", "10.2.1.9", "203.0.113.9", IPPROTO_UDP, 53 },
		{ "l1", "10.2.0.9", "203.0.113.9", IPPROTO_ICMP, 8 << 8 },
		{ "l1", "10.2.0.9", "203.0.113.9", IPPROTO_GRE, 0 },
		{ "l1", "fd00:3::9", "2001:db8:9::1", IPPROTO_TCP, 80 },
		{ "l2", "fd00:4::9", "2001:db8:9::1", IPPROTO_UDP, 53 },
		{ "l1", "fd00:3::9", "2001:db8:9::1", IPPROTO_ICMPV6, 128 << 8 },
	};

	compile(ZONES("") PATHS "observe = (" OBSERVE ");");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct eval_packet made = packet(cases[i].in, "i1", cases[i].from, cases[i].to);

		made.protocol = made.next_header = cases[i].protocol;
		made.dport = cases[i].dport;
		is_observed(&made);
		/* What follows, and replies. */
		made.ct_mark = policy->observes[0].id;
		passes(&made);
		made = packet("i1", cases[i].in, cases[i].to, cases[i].from);
		made.ct_mark = policy->observes[0].id;
		made.ct_state = CT_ESTABLISHED;
		made.ct_direction = 1;
		passes(&made);
	}
}
END_TEST

/* What a path permits has its path's mark; all that fails for another reason fails still. */
START_TEST(observed_is_only_what_has_no_path)
{
	struct eval_packet made = packet("l1", "i1", "10.2.0.9", "203.0.113.9");

	compile(ZONES("") PATHS GATEWAY "observe = (" OBSERVE ");");
	passes(&made);
	ck_assert_uint_eq(run(&made, EVAL_FLOW_NEW).ct_mark, policy->paths[0].id);
	made.dport = 80;
	made.tcp_flags = TCP_ACK;
	is_denied(&made, "invalid lgwan internet");
	made.tcp_flags = TCP_SYN;
	made.ct_state = CT_ESTABLISHED;
	is_denied(&made, "revoked lgwan internet");
	made.ct_state = CT_RELATED;
	is_denied(&made, "revoked lgwan internet");
	made.ct_state = CT_INVALID;
	made.no_ct = true;
	is_denied(&made, "invalid lgwan internet");
	made = packet("l1", "i1", "10.2.0.9", "10.1.0.9");
	is_denied(&made, "route lgwan internet");
	made = packet("l1", "i1", "fd00:3::9", "2001:db8:9::1");
	made.dport = 80;
	made.next_header = IPPROTO_DSTOPTS;
	is_denied(&made, "extension lgwan internet");
	/* The other way, other pairs, the gateway. */
	made = packet("i1", "l1", "203.0.113.9", "10.2.0.9");
	is_denied(&made, "no-path internet lgwan");
	made.ct_mark = policy->observes[0].id + 1;
	made.ct_direction = 1;
	made.ct_state = CT_ESTABLISHED;
	is_denied(&made, "revoked internet lgwan");
	made = packet("c1", "i1", "10.1.0.9", "203.0.113.9");
	is_denied(&made, "no-path core internet");
	made = packet("l1", NULL, "10.2.0.9", "10.2.0.1");
	made.dport = 80;
	is_denied(&made, "input lgwan gateway");
	/* The mark of an observed connection opens nothing else. */
	made = packet("c1", "i1", "10.1.0.9", "203.0.113.9");
	made.ct_mark = policy->observes[0].id;
	is_denied(&made, "no-path core internet");
}
END_TEST

/* Counted once each, in each generation, whatever the flow sets can take; never dropped. A denied
 * packet in the same sets is. */
START_TEST(observed_in_flow_sets)
{
	static const enum eval_flow flows[] = { EVAL_FLOW_NEW, EVAL_FLOW_KNOWN, EVAL_FLOW_FULL,
		EVAL_FLOW_FULL_ALL };

	compile(ZONES("") PATHS "observe = (" OBSERVE ");");
	for (unsigned int i = 0; i < 2 * 2 * 4; i++) {
		enum eval_flow flow = flows[i % 4];
		unsigned int generation = i / 4 % 2;
		bool other = i / 8;
		struct eval_packet made = packet(
			other ? "c1" : "l1", "i1", other ? "10.1.0.9" : "10.2.0.9", "203.0.113.9");
		struct eval_result result;

		ck_assert_int_eq(compile_generation(ruleset, generation, NULL), 0);
		made.dport = 80;
		result = run(&made, flow);
		ck_assert_int_eq(result.verdict == EVAL_ACCEPT, !other);
		ck_assert_str_eq(result.blocked, generation ? "blocked-b" : "blocked-a");
		ck_assert_str_eq(result.deny,
			other ? "deny-no-path-core-internet" : "observe-lgwan-internet");
		ck_assert_int_eq(result.prefix[0] == '\0', flow == EVAL_FLOW_KNOWN);
		ck_assert_int_eq(result.overflow, flow == EVAL_FLOW_FULL_ALL);
		ck_assert_int_eq(result.flow[0] == '\0', flow == EVAL_FLOW_FULL_ALL);
		ck_assert_int_eq(result.mark == 0, !other);
		ck_assert_int_eq(result.ct_mark == policy->observes[0].id, !other);
	}
}
END_TEST

/* Taken away: its connections are cut, but those that a path permits by now. */
START_TEST(observed_no_more)
{
	struct eval_packet made = packet("l1", "i1", "10.2.0.9", "203.0.113.9");
	uint32_t id;

	compile(ZONES("") PATHS "observe = (" OBSERVE "," OTHER ");");
	id = policy->observes[0].id;
	ck_assert_uint_ne(id, 0);
	ck_assert_uint_ne(id, policy->observes[1].id);
	forget();
	/* The other order, other paths: the same id. */
	compile(ZONES("") "observe = (" OTHER "," OBSERVE ");");
	ck_assert_uint_eq(policy->observes[1].id, id);
	forget();
	compile(ZONES("") PATHS "observe = (" OTHER ");");
	made.ct_mark = id;
	made.ct_state = CT_ESTABLISHED;
	made.tcp_flags = TCP_ACK;
	passes(&made);
	ck_assert_uint_eq(run(&made, EVAL_FLOW_NEW).ct_mark, policy->paths[0].id);
	made.dport = 80;
	is_denied(&made, "revoked lgwan internet");
	made = packet("i1", "l1", "203.0.113.9", "10.2.0.9");
	made.sport = 80;
	made.ct_mark = id;
	made.ct_direction = 1;
	made.ct_state = CT_ESTABLISHED;
	is_denied(&made, "revoked internet lgwan");
}
END_TEST

/* A closed path is no path to a new connection; but what it had let through is cut. */
START_TEST(observed_and_timed)
{
	struct eval_packet made = packet("l1", "i1", "10.2.0.9", "203.0.113.9");

	compile(ZONES("") "paths = ( { name = \"T\"; from = \"lgwan\"; to = \"internet\"; "
			  "service = \"https\"; reason = \"r\"; windows = ( { days = "
			  "\"daily\"; from = \"08:00\"; until = \"17:00\"; } ); } );"
			  "observe = (" OBSERVE ");");
	is_observed(&made);
	made.timed_open = true;
	passes(&made);
	ck_assert_uint_eq(run(&made, EVAL_FLOW_NEW).ct_mark, policy->paths[0].id);
	made.timed_open = false;
	made.ct_mark = policy->paths[0].id;
	made.ct_state = CT_ESTABLISHED;
	made.tcp_flags = TCP_ACK;
	is_denied(&made, "expired lgwan internet");
}
END_TEST

/* A limit is of what paths permit; what is only observed is not measured. */
START_TEST(observed_and_limited)
{
	struct eval_packet made = packet("l1", "i1", "10.2.0.9", "203.0.113.9");

	compile(ZONES(LIMIT) PATHS "observe = (" OBSERVE ");");
	made.over_limit = true;
	is_denied(&made, "limit lgwan internet");
	made.dport = 80;
	is_observed(&made);
}
END_TEST

START_TEST(names)
{
	char prefix[DENIAL_PREFIX_MAX];

	ck_assert_str_eq(denial_prefix(REASON_LIMIT, prefix), "deny-limit-");
	ck_assert_str_eq(denial_prefix(REASON_OBSERVED, prefix), "observe-");
	ck_assert(denial_counts("deny-no-path-a-b") && denial_counts("observe-a-b"));
	ck_assert(!denial_counts("blocked-a") && !denial_counts("observed"));
	/* A zone that is named so that two chains would be one. */
	const char *text = "site = { name = \"t\"; }; zones = ("
			   "{ name = \"observe-a\"; kind = \"lgwan\"; segments = ( { name = \"s\"; "
			   "interface = \"e1\"; networks = \"10.1.0.0/24\"; } ); },"
			   "{ name = \"a\"; kind = \"lgwan\"; segments = ( { name = \"s\"; "
			   "interface = \"e2\"; networks = \"10.2.0.0/24\"; } ); },"
			   "{ name = \"b\"; kind = \"lgwan\"; segments = ( { name = \"s\"; "
			   "interface = \"e3\"; networks = \"10.3.0.0/24\"; } ); },"
			   "{ name = \"to-b\"; kind = \"internet\"; segments = ( { name = \"s\"; "
			   "interface = \"e4\"; networks = \"10.4.0.0/24\"; } ); } );"
			   "observe = ( { from = \"a\"; to = \"to-b\"; reason = \"r\"; } );";

	ck_assert_int_eq(conf_parse(text, strlen(text), "test.conf", diags, &policy), 0);
	ck_assert_int_eq(compile_policy(policy, diags, &ruleset), -EINVAL);
	ck_assert_uint_eq(diag_list_count(diags, DIAG_ERROR), 1);
	ck_assert_ptr_nonnull(strstr(
		diag_list_get(diags, diag_list_length(diags) - 1)->message, "observe-a-to-b"));
	ruleset = NULL;
}
END_TEST

/* By the site's own policy -------------------------------------------------------------------- */

#define KINDS                                                                                      \
	"site = { name = \"t\"; %s }; zones = ("                                                   \
	"{ name = \"my\"; kind = \"mynumber\"; segments = ( { name = \"s\"; interface = \"e1\"; "  \
	"networks = \"10.1.0.0/24\"; } ); },"                                                      \
	"{ name = \"lg\"; kind = \"lgwan\"; segments = ( { name = \"s\"; interface = \"e2\"; "     \
	"networks = \"10.2.0.0/24\"; } ); },"                                                      \
	"{ name = \"in\"; kind = \"internet\"; segments = ( { name = \"s\"; interface = \"e3\"; "  \
	"networks = \"10.3.0.0/24\"; } ); } );"                                                    \
	"observe = ( { from = \"%s\"; to = \"%s\"; reason = \"r\"; } );"

static char directory[TESTDIR_PATH];

static void write_file(const char *name, const char *text)
{
	char path[100];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	out = fopen(path, "w");
	ck_assert_ptr_nonnull(out);
	fputs(text, out);
	ck_assert_int_eq(fclose(out), 0);
	ck_assert_int_eq(chmod(path, 0644), 0);
}

/* The errors that reading the policy gives; the first one's clause in *ret_clause. */
static size_t errors_of(const char *site, const char *from, const char *to, const char **ret_clause)
{
	const char *const roots[] = { directory };
	const struct conf_options options = { .roots = roots, .root_count = 1 };
	char text[2000], path[100];
	size_t errors;

	snprintf(text, sizeof(text), KINDS, site, from, to);
	write_file("policy.conf", text);
	snprintf(path, sizeof(path), "%s/policy.conf", directory);
	(void)conf_read_file(path, &options, diags, &policy);
	errors = diag_list_count(diags, DIAG_ERROR);
	*ret_clause = "";
	for (size_t i = 0; i < diag_list_length(diags) && errors > 0; i++) {
		const struct diag *diag = diag_list_get(diags, i);

		if (diag->severity == DIAG_ERROR && diag->clause.number)
			*ret_clause = diag->clause.number;
	}
	return errors;
}

static const struct {
	const char *scope, *from, *to;
	const char *clause; /* that refuses it; NULL: it may be observed */
} pairs[] = {
	{ "", "my", "lg", "hedate-2" },
	{ "", "my", "in", "hedate-1" },
	{ "", "in", "my", "hedate-1" },
	{ "", "lg", "in", NULL },
	{ "all", "my", "lg", "第1条" },
	{ "all", "lg", "my", "第1条" },
	{ "all", "my", "in", "第1条" },
	{ "all", "in", "lg", NULL },
	{ "internet", "my", "lg", "hedate-2" },
	{ "internet", "lg", "my", "hedate-2" },
	{ "internet", "in", "my", "第1条" },
};

START_TEST(isolated)
{
	bool named = pairs[_i].scope[0] != '\0';
	char path[100], text[600];
	const char *clause, *expected = pairs[_i].clause ? pairs[_i].clause : "";
	size_t errors;

	testdir_make(directory, "observe");
	snprintf(path, sizeof(path), "%s/profiles", directory);
	ck_assert_int_eq(mkdir(path, 0755), 0);
	snprintf(text, sizeof(text),
		"profile = { name = \"town\"; label = \"町\"; document = \"基本方針\"; };"
		"clauses = ( { number = \"第1条\"; title = \"分離\"; text = \"分離する\"; checks = "
		"("
		"{ kind = \"isolation\"; severity = \"refuse\"; scope = \"%s\"; } ); } );",
		named ? pairs[_i].scope : "all");
	write_file("profiles/town.conf", text);
	errors = errors_of(
		named ? "profile = \"town\";" : "", pairs[_i].from, pairs[_i].to, &clause);
	testdir_remove(directory);
	ck_assert_str_eq(clause, expected);
	ck_assert_uint_eq(errors, pairs[_i].clause != NULL);
}
END_TEST

/* In the kernel ------------------------------------------------------------------------------- */

static void tear_down_kernel(void)
{
	forget();
	in_kernel_tear_down();
}

START_TEST(in_kernel)
{
	FILE *pipe;

	compile(ZONES(LIMIT) PATHS "observe = (" OBSERVE "," OTHER ");");
	ck_assert_int_eq(nftxact_apply(sock, ruleset, "test.conf", diags), 0);
	check_table(ruleset);
	ck_assert_ptr_nonnull(
		strstr(netspace_run(0, "nft list chain inet hedate lgwan-to-internet.limit"),
			"ct state new limit name \"limit-lgwan\" goto deny-limit-lgwan-internet"));
	ck_assert_ptr_nonnull(
		strstr(netspace_run(0, "nft list chain inet hedate observe-lgwan-internet"),
			"snaplen 128 meta mark set 0x00000000 accept"));
	/* nft loads what nftprint writes, and it is the same. */
	pipe = popen("nft -f -", "w");
	ck_assert_ptr_nonnull(pipe);
	ck_assert_int_eq(nftprint(ruleset, pipe), 0);
	ck_assert_int_eq(pclose(pipe), 0);
	check_table(ruleset);
	/* Without them, and back. */
	forget();
	compile(ZONES("") PATHS);
	ck_assert_int_eq(nftxact_apply(sock, ruleset, "test.conf", diags), 0);
	check_table(ruleset);
	forget();
	compile(ZONES(LIMIT) PATHS "observe = (" OTHER ");");
	ck_assert_int_eq(nftxact_apply(sock, ruleset, "test.conf", diags), 0);
	check_table(ruleset);
	/* Somebody observes more. */
	netspace_run(0, "nft add rule inet hedate repeated accept");
	ck_assert_str_ne(table_differences(ruleset), "");
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("observe");
	TCase *plain = tcase_create("compile"), *kernel = tcase_create("kernel");

	tcase_add_checked_fixture(plain, from_text_set_up, from_text_tear_down);
	tcase_add_test(plain, limit_objects_of_zones);
	tcase_add_test(plain, limit_bites);
	tcase_add_test(plain, limit_is_of_new_connections);
	tcase_add_test(plain, limit_of_timed_paths);
	tcase_add_test(plain, observed);
	tcase_add_test(plain, observed_is_only_what_has_no_path);
	tcase_add_test(plain, observed_in_flow_sets);
	tcase_add_test(plain, observed_no_more);
	tcase_add_test(plain, observed_and_timed);
	tcase_add_test(plain, observed_and_limited);
	tcase_add_test(plain, names);
	tcase_add_loop_test(plain, isolated, 0, sizeof(pairs) / sizeof(pairs[0]));
	suite_add_tcase(suite, plain);
	tcase_set_timeout(kernel, 60);
	tcase_add_checked_fixture(kernel, in_kernel_set_up, tear_down_kernel);
	tcase_add_test(kernel, in_kernel);
	suite_add_tcase(suite, kernel);
	return suite;
}

int main(void)
{
	return suite_run_in_netspace(suite());
}
