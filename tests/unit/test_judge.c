/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Each kind of check, as a clause "T" of a profile of its own, against a small town to which one
 * thing is added: what keeps the clause, and what does not. */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "suite.h"
#include "town.h"

/* The only finding of a clause, NULL when there is none. */
static const struct diag *finding_of(const char *number)
{
	const struct diag *found = NULL;
	for (size_t i = 0; i < diag_list_length(diags); i++) {
		const struct diag *diag = diag_list_get(diags, i);
		if (diag->clause.number == NULL || strcmp(diag->clause.number, number) != 0)
			continue;
		ck_assert_msg(found == NULL, "two findings of %s", number);
		found = diag;
	}
	return found;
}

struct judged {
	const char *check; /* without severity */
	const char *place, *text;
	const char *wanted; /* in the message; NULL: the clause is kept */
};

#define ISOLATION_ALL	   "kind = \"isolation\"; scope = \"all\";"
#define ISOLATION_INTERNET "kind = \"isolation\"; scope = \"internet\";"

static const struct judged isolation[] = {
	{ ISOLATION_ALL, PATH("from = \"bound\"; to = \"link\";"), UNDECLARED },
	{ ISOLATION_ALL, PATH("from = \"eltax\"; to = \"bound\";"), UNDECLARED },
	{ ISOLATION_ALL, PATH("from = \"bound\"; to = \"link\"; " ATTESTED), NULL },
	{ ISOLATION_ALL, PATH("from = \"bound\"; to = \"proxy\"; " ATTESTED), CUT_OFF },
	{ ISOLATION_ALL, PATH("from = \"world\"; to = \"bound\"; " ATTESTED), CUT_OFF },
	{ ISOLATION_ALL, PATH("from = \"bound\"; to = \"branch\";"), NULL },
	{ ISOLATION_ALL, PATH("from = \"bound\"; to = \"10.11.0.1\";"), NULL },
	{ ISOLATION_ALL, PATH("from = \"link\"; to = \"eltax\";"), NULL },
	{ ISOLATION_INTERNET, PATH("from = \"bound\"; to = \"link\";"), NULL },
	{ ISOLATION_INTERNET, PATH("from = \"bound\"; to = \"proxy\";"), CUT_OFF },
	{ ISOLATION_INTERNET, PATH("from = \"10.12.0.1\"; to = \"bound\";"), CUT_OFF },
	{ ISOLATION_ALL, "@TOP@",
		"observe = ( { from = \"mynumber\"; to = \"lgwan\"; reason = "
		"\"x\"; } );",
		"the boundary of zone \"mynumber\" of kind mynumber is never open" },
	{ ISOLATION_INTERNET, "@TOP@",
		"observe = ( { from = \"lgwan\"; to = \"tax\"; reason = \"x\"; } );", NULL },
	{ ISOLATION_INTERNET, "@TOP@",
		"observe = ( { from = \"internet\"; to = \"tax\"; reason = \"x\"; } );",
		"the boundary of zone \"tax\" of kind mynumber is never open" },
	{ ISOLATION_ALL, "@TOP@",
		"observe = ( { from = \"lgwan\"; to = \"asp\"; reason = \"x\"; } );", NULL },
};

#define HOSTS	 "kind = \"specified-hosts\";"
#define SERVICE	 "kind = \"specified-service\";"
#define ANY_PORT "permits every port"

static const struct judged specified[] = {
	{ HOSTS, PATH("from = \"bound\"; to = \"link\";"), NULL },
	{ HOSTS, PATH("from = \"10.1.0.10\"; to = \"fd00:2::10\";"), NULL },
	{ HOSTS, PATH("from = \"mynumber.servers\"; to = \"link\";"),
		"its source is not one host" },
	{ HOSTS, PATH("from = \"bound\"; to = \"lgwan.servers\";"), "its target is not one host" },
	{ HOSTS, PATH("from = \"bound\"; to = \"172.28.0.0/16\";"), "its target is not one host" },
	{ HOSTS, PATH("from = \"mynumber.servers\"; to = \"branch\";"), NULL },
	{ HOSTS, "@TOP@", "observe = ( { from = \"lgwan\"; to = \"tax\"; reason = \"x\"; } );",
		"the boundary of zone \"tax\" of kind mynumber is never open" },
	{ HOSTS, "@TOP@", "observe = ( { from = \"mynumber\"; to = \"tax\"; reason = \"x\"; } );",
		NULL },
	{ SERVICE, PATH("from = \"bound\"; to = \"link\";"), NULL },
	{ SERVICE, SERVED("service = \"wide\"; from = \"bound\"; to = \"link\";"), NULL },
	{ SERVICE, SERVED("service = \"ping\"; from = \"bound\"; to = \"link\";"), NULL },
	{ SERVICE, SERVED("service = \"bulk\"; from = \"bound\"; to = \"link\";"), ANY_PORT },
	{ SERVICE, SERVED("service = [ \"ssh\", \"bulk\" ]; from = \"bound\"; to = \"link\";"),
		ANY_PORT },
	{ SERVICE, SERVED("service = \"span\"; from = \"bound\"; to = \"link\";"), ANY_PORT },
	{ SERVICE, SERVED("service = \"gre\"; from = \"bound\"; to = \"link\";"),
		"is not limited to ports" },
	{ SERVICE "portless = true;", SERVED("service = \"gre\"; from = \"bound\"; to = \"link\";"),
		NULL },
	{ SERVICE "portless = true;",
		SERVED("service = \"bulk\"; from = \"bound\"; to = \"link\";"), ANY_PORT },
	{ SERVICE, SERVED("service = \"bulk\"; from = \"free\"; to = \"branch\";"), NULL },
};

#define LOCAL	 "kind = \"specified-device\"; ends = \"local\";"
#define SOURCE	 "kind = \"specified-device\"; ends = \"source\";"
#define NO_MAC	 "its source is not bound to a MAC"
#define NO_MAC_T "its target is not bound to a MAC"

static const struct judged device[] = {
	{ LOCAL, PATH("from = \"bound\"; to = \"link\";"), NULL },
	{ LOCAL, PATH("from = \"10.1.0.10\"; to = \"10.2.0.10\";"), NULL },
	{ LOCAL, PATH("from = \"free\"; to = \"link\";"), NO_MAC },
	{ LOCAL, PATH("from = \"10.1.0.99\"; to = \"link\";"), NO_MAC },
	{ LOCAL, PATH("from = \"bound\"; to = \"link-free\";"), NO_MAC_T },
	{ LOCAL, PATH("from = \"link-free\"; to = \"bound\";"), NO_MAC },
	{ LOCAL, PATH("from = \"link\"; to = \"free\";"), NO_MAC_T },
	/* The peer behind a router is the peer's; a host of ours behind one needs the router's. */
	{ LOCAL, PATH("from = \"bound\"; to = \"eltax\";"), NULL },
	{ LOCAL, PATH("from = \"branch\"; to = \"eltax\";"), NO_MAC },
	{ LOCAL, PATH("from = \"branch-bound\"; to = \"eltax\";"), NULL },
	{ LOCAL, PATH("from = \"eltax\"; to = \"branch\";"), NO_MAC_T },
	/* Not one host: that is for specified-hosts to say. */
	{ LOCAL, PATH("from = \"mynumber.servers\"; to = \"lgwan\";"), NULL },
	{ SOURCE, PATH("from = \"bound\"; to = \"link-free\";"), NULL },
	{ SOURCE, PATH("from = \"free\"; to = \"link\";"), NO_MAC },
	{ SOURCE, PATH("from = \"branch\"; to = \"eltax\";"), NULL },
};

#define PEER "kind = \"specified-peer\";"

static const struct judged peer[] = {
	{ PEER, PATH("from = \"bound\"; to = \"link\"; " ATTESTED), NULL },
	{ PEER,
		PATH("from = \"bound\"; to = \"link\"; specified = { attested_by = \"x\"; "
		     "attested_on = \"2026-11-22\"; };"),
		"is in the future" },
	{ PEER,
		PATH("from = \"bound\"; to = \"link\"; specified = { attested_by = \"x\"; "
		     "attested_on = \"2026-11-21\"; };"),
		NULL },
	{ PEER, PATH("from = \"bound\"; to = \"eltax\"; " PUBLIC), NULL },
	{ PEER, PATH("from = \"eltax\"; to = \"bound\"; " PUBLIC), NULL },
	{ PEER, PATH("from = \"bound\"; to = \"link\"; " PUBLIC), "on the link of this gateway" },
	{ PEER,
		PATH("from = \"bound\"; to = \"eltax\"; specified = { public_body = true; via = "
		     "\"asp\"; };"),
		"not reached through LGWAN" },
	{ PEER, PATH("from = \"bound\"; to = \"link\";"), NULL },
};

#define BOTH	"kind = \"sanitize\"; direction = \"both\";"
#define IN	"kind = \"sanitize\"; direction = \"in\";"
#define HARMFUL "without making it harmless"
#define OUTWARD "from zone \"lgwan\" to zone \"internet\" without"
#define INWARD	"from zone \"internet\" to zone \"lgwan\" without"

static const struct judged sanitize[] = {
	{ BOTH, PATH("from = \"mail\"; to = \"proxy\"; data = \"forward\";"), OUTWARD },
	{ BOTH, PATH("from = \"mail\"; to = \"proxy\"; data = \"reverse\";"), HARMFUL },
	{ BOTH, PATH("from = \"proxy\"; to = \"mail\"; data = \"reverse\";"), HARMFUL },
	{ BOTH, PATH("from = \"mail\"; to = \"cleaner\"; " CLEANED), NULL },
	{ BOTH, PATH("from = \"lgwan.servers\"; to = \"office-suite\"; local_breakout = true;"),
		NULL },
	{ BOTH, PATH("from = \"mail\"; to = \"10.8.0.1\";"), NULL },
	{ IN, PATH("from = \"mail\"; to = \"proxy\"; data = \"forward\";"), NULL },
	{ IN, PATH("from = \"mail\"; to = \"proxy\"; data = \"reverse\";"), INWARD },
	{ IN, PATH("from = \"mail\"; to = \"proxy\";"), INWARD },
	{ IN, PATH("from = \"proxy\"; to = \"mail\"; data = \"forward\";"), INWARD },
	{ IN, PATH("from = \"proxy\"; to = \"mail\"; data = \"reverse\";"), NULL },
	{ IN, PATH("from = \"cleaner\"; to = \"mail\"; data = \"forward\"; " CLEANED), NULL },
	{ IN, "@TOP@", "observe = ( { from = \"lgwan\"; to = \"internet\"; reason = \"x\"; } );",
		"data passes sanitized only" },
};

#define SANITIZER "kind = \"sanitizer\";"
#define UP	  "kind = \"screen-transfer\"; from = \"lgwan\"; to = \"internet\";"
#define DOWN	  "kind = \"screen-transfer\"; from = \"internet\"; to = \"lgwan\";"

static const struct judged devices[] = {
	{ SANITIZER, PATH("from = \"mail\"; to = \"cleaner\"; " CLEANED), NULL },
	{ SANITIZER, PATH("from = \"10.3.0.5\"; to = \"mail\"; " TEXTED), NULL },
	{ SANITIZER, PATH("from = \"lgwan-cleaner\"; to = \"proxy\"; " CLEANED), NULL },
	{ SANITIZER, PATH("from = \"mail\"; to = \"proxy\"; " CLEANED),
		"neither end is a host with role = \"sanitizer\"" },
	{ SANITIZER, PATH("from = \"mail\"; to = \"vdi\"; " TEXTED), "role = \"sanitizer\"" },
	{ SANITIZER, PATH("from = \"lgwan.servers\"; to = \"vdi\"; " SCREEN), NULL },
	{ SANITIZER, PATH("from = \"lgwan.servers\"; to = \"cleaner\"; " SCREEN),
		"role = \"vdi\"" },
	{ SANITIZER, PATH("from = \"mail\"; to = \"proxy\";"), NULL },
	{ SANITIZER "zone = \"internet\";", PATH("from = \"mail\"; to = \"cleaner\"; " CLEANED),
		NULL },
	{ SANITIZER "zone = \"internet\";",
		PATH("from = \"lgwan-cleaner\"; to = \"proxy\"; " CLEANED),
		"stands in zone \"lgwan\" of kind lgwan" },
	{ UP, PATH("from = \"lgwan.servers\"; to = \"vdi\"; " SCREEN), NULL },
	{ UP, PATH("from = \"internet.office\"; to = \"lgwan-vdi\"; " SCREEN),
		"screens are opened from kind lgwan to kind internet" },
	{ UP, PATH("from = \"lgwan-vdi\"; to = \"proxy\"; " SCREEN),
		"the host whose screen is shown opens the connection" },
	{ UP, PATH("from = \"internet.office\"; to = \"mail\"; " CLEANED), NULL },
	{ DOWN, PATH("from = \"internet.office\"; to = \"lgwan-vdi\"; " SCREEN), NULL },
	{ DOWN, PATH("from = \"lgwan.servers\"; to = \"vdi\"; " SCREEN),
		"screens are opened from kind internet to kind lgwan" },
};

#define EGRESS	"kind = \"egress\";"
#define PAST	"leads past the security cloud"
#define ALLOWED "kind = \"local-breakout\"; allowed = true;"
#define FORBID	"kind = \"local-breakout\"; allowed = false;"

static const struct judged egress[] = {
	{ EGRESS, PATH("from = \"proxy\"; to = \"cloud-proxy\";"), NULL },
	{ EGRESS, PATH("from = \"cloud-proxy\"; to = \"proxy\";"), NULL },
	{ EGRESS, PATH("from = \"proxy\"; to = \"198.51.100.0/25\";"), NULL },
	{ EGRESS, PATH("from = \"proxy\"; to = \"world\";"), PAST },
	{ EGRESS, PATH("from = \"world\"; to = \"proxy\";"), PAST },
	{ EGRESS, PATH("from = \"proxy\"; to = \"half-cloud\";"), PAST },
	{ EGRESS, PATH("from = \"proxy\"; to = \"internet.uplink\";"), PAST },
	{ EGRESS, PATH("from = \"internet.office\"; to = \"internet\";"), PAST },
	{ EGRESS, PATH("from = \"proxy\"; to = \"192.0.2.1\";"), NULL },
	{ EGRESS, PATH("from = \"internet.office\"; to = \"10.12.0.1\";"), NULL },
	{ EGRESS, PATH("from = \"mail\"; to = \"world\";"), PAST },
	{ EGRESS, PATH("from = \"mail\"; to = \"office-suite\"; local_breakout = true;"), NULL },
	{ EGRESS, "@OUTPUT@",
		", { name = \"X\"; to = \"world\"; service = \"https\"; reason = "
		"\"x\"; }",
		PAST },
	{ EGRESS, "@OUTPUT@",
		", { name = \"X\"; to = \"cloud-proxy\"; service = \"https\"; reason "
		"= \"x\"; }",
		NULL },
	{ EGRESS, "@TOP@",
		"observe = ( { from = \"lgwan\"; to = \"internet\"; reason = \"x\"; } );",
		"has an uplink" },
	{ EGRESS, "@TOP@", "observe = ( { from = \"lgwan\"; to = \"library\"; reason = \"x\"; } );",
		NULL },
	{ ALLOWED, PATH("from = \"mail\"; to = \"office-suite\"; local_breakout = true;"), NULL },
	{ FORBID, PATH("from = \"mail\"; to = \"office-suite\"; local_breakout = true;"),
		"is a local breakout" },
	{ FORBID, PATH("from = \"mail\"; to = \"office-suite\";"), NULL },
	{ ALLOWED "from = \"lgwan\";",
		PATH("from = \"proxy\"; to = \"office-suite\"; local_breakout = true;"),
		"it is for zones of kind lgwan" },
	{ ALLOWED "from = \"lgwan\";",
		PATH("from = \"mail\"; to = \"office-suite\"; local_breakout = true;"), NULL },
};

#define ROLES(role) "kind = \"roles\"; role = " role ";"

static const struct judged roles[] = {
	{ ROLES("\"public\""), PATH("from = \"10.12.0.1\"; to = \"mail\"; data = \"reverse\";"),
		OPENS },
	{ ROLES("\"public\""), PATH("from = \"10.13.0.1\"; to = \"mail\";"), NULL },
	{ ROLES("\"iot\""), PATH("from = \"10.13.0.1\"; to = \"mail\";"), OPENS },
	{ ROLES("[ \"public\", \"iot\" ]"), PATH("from = \"10.13.0.1\"; to = \"eltax\";"), OPENS },
	{ ROLES("\"iot\""), PATH("from = \"mail\"; to = \"10.13.0.1\";"), NULL },
	{ ROLES("\"iot\""), PATH("from = \"10.13.0.1\"; to = \"10.13.0.9\";"), NULL },
	{ ROLES("\"public\""), PATH("from = \"10.12.0.1\"; to = \"proxy\";"), NULL },
	{ ROLES("\"iot\""), "@TOP@",
		"observe = ( { from = \"cameras\"; to = \"lgwan\"; reason = \"x\"; } );", OPENS },
};

#define NEEDS(needs) "kind = \"external\"; needs = " needs ";"
#define LINE(more)   "kind = \"line\"; zone = \"mynumber\";" more
#define BINDING	     "kind = \"device-binding\"; zone = \"lgwan\";"

/* Only mynumber.cloud is asked about: the other segments are said to be in order. */
static const struct judged line[] = {
	{ LINE("type = \"dedicated\";"), "@CLOUD@", "line = { type = \"dedicated\"; };", NULL },
	{ LINE("type = \"dedicated\";"), "@CLOUD@", "",
		"the line to what is remote of it is not "
		"stated" },
	{ LINE("type = \"dedicated\";"), "@CLOUD@", "line = { type = \"vpn\"; };",
		"a line of type \"vpn\" may not lead there" },
	{ LINE("type = [ \"vpn\", \"dedicated\" ];"), "@CLOUD@", "line = { type = \"vpn\"; };",
		NULL },
	{ LINE("encryption = true;"), "@CLOUD@", "line = { type = \"dedicated\"; };",
		"the encryption of the line is not stated" },
	{ LINE("encryption = true;"), "@CLOUD@", "", "the encryption of the line is not stated" },
	{ LINE("encryption = true;"), "@CLOUD@",
		"line = { type = \"vpn\"; encryption = \"IPsec\"; };", NULL },
	{ LINE(""), "@CLOUD@", "", NULL },
};

static const struct judged site[] = {
	{ "kind = \"model\"; fits = \"m\";", "@SITE@", "model = \"m\";", NULL },
	{ "kind = \"model\"; fits = [ \"a\", \"m\" ];", "@SITE@", "model = \"m\";", NULL },
	{ "kind = \"model\"; fits = \"a\";", "@SITE@", "model = \"m\";",
		"site: model \"m\" does not fit" },
	{ "kind = \"model\"; fits = \"a\";", "@SITE@", "", NULL },
	{ "kind = \"external-audit\"; months = 12;", "@SITE@", "", "confirmed is missing" },
	{ "kind = \"external-audit\"; months = 12;", "@SITE@", "confirmed = \"2026-01-01\";",
		NULL },
	{ "kind = \"external-audit\"; months = 12;", "@SITE@", "confirmed = \"2026-11-22\";",
		"confirmed = \"2026-11-22\" is in the future" },
	{ "kind = \"external-audit\"; months = 12;", "@SITE@",
		"confirmed = \"2024-01-01\"; audited = \"2027-01-01\";",
		"audited = \"2027-01-01\" is in the future" },
	{ "kind = \"external-audit\"; months = 12;", "@SITE@", "audited = \"2026-01-01\";",
		"confirmed is missing" },
	/* Other models are not asked. */
	{ "kind = \"external-audit\"; months = 12; models = \"n\";", "@SITE@", "model = \"m\";",
		NULL },
	{ "kind = \"external-audit\"; months = 12; models = [ \"n\", \"m\" ];", "@SITE@",
		"model = \"m\";", "confirmed is missing" },
	{ "kind = \"external-audit\"; months = 12; models = \"m\";", "@SITE@", "", NULL },
};

/* Refused, warned of, or not mentioned, according to the severity. */
static void judge_case(const struct judged *judged, const char *severity)
{
	char check[300];
	start_again();
	snprintf(check, sizeof(check), "{ %s severity = \"%s\"; }", judged->check, severity);
	/* read_kind() comes first, whatever the order of the keys. */
	write_document("profiles/test.conf", "test", "T", check, ALL_CLASSES);
	write_town(judged->place, judged->text);
	int r = read_town(2026, 11, 21);
	const struct diag *found = finding_of("T");
	bool judged_shown = judged->wanted != NULL && strcmp(severity, "evidence") != 0;
	bool refused = judged->wanted != NULL && strcmp(severity, "refuse") == 0;
	if ((found != NULL) != judged_shown)
		show_diags();
	ck_assert_msg((found != NULL) == judged_shown, "%s %s: %s", judged->check, severity,
		judged->text);
	if (refused)
		ck_assert_int_eq(r, -EINVAL);
	if (!found)
		return;
	if (strstr(found->message, judged->wanted) == NULL)
		show_diags();
	ck_assert_ptr_nonnull(strstr(found->message, judged->wanted));
	ck_assert_int_eq(found->severity, refused ? DIAG_ERROR : DIAG_WARNING);
	ck_assert_str_eq(found->clause.document, "the document");
	ck_assert_str_eq(found->clause.asks, "what it asks");
	ck_assert_uint_gt(found->loc.line, 0);
}

static void judge_cases(const struct judged *cases, size_t count)
{
	write_document("models/m.conf", "m", "M",
		"{ kind = \"none\"; severity = "
		"\"not-applicable\"; }",
		"\"exception\"");
	for (size_t i = 0; i < count; i++) {
		judge_case(&cases[i], "refuse");
		judge_case(&cases[i], "warn");
		judge_case(&cases[i], "evidence");
	}
}

#define CASES(name)                                                                                \
	START_TEST(test_##name)                                                                    \
	{                                                                                          \
		judge_cases(name, sizeof(name) / sizeof((name)[0]));                               \
	}                                                                                          \
	END_TEST

CASES(isolation)
CASES(specified)
CASES(device)
CASES(peer)
CASES(sanitize)
CASES(devices)
CASES(egress)
CASES(roles)
CASES(line)
CASES(site)

int main(void)
{
	Suite *suite = suite_create("judge");
	TCase *tests = tcase_create("judge");
	tcase_add_checked_fixture(tests, town_set_up, town_tear_down);
	tcase_set_timeout(tests, 120);
	tcase_add_test(tests, test_isolation);
	tcase_add_test(tests, test_specified);
	tcase_add_test(tests, test_device);
	tcase_add_test(tests, test_peer);
	tcase_add_test(tests, test_sanitize);
	tcase_add_test(tests, test_devices);
	tcase_add_test(tests, test_egress);
	tcase_add_test(tests, test_roles);
	tcase_add_test(tests, test_line);
	tcase_add_test(tests, test_site);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
