/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Each kind of check, as a clause "T" of a profile of its own, against a small town to which one
 * thing is added: what keeps the clause, and what does not. And what the three documents have to do
 * with each other.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/conf.h"
#include "../../lib/judge.h"
#include "suite.h"

/* @X@ is replaced by what a case adds there. */
static const char town[] =
	"site = { name = \"town\"; profile = \"test\"; @SITE@ };\n"
	"zones = (\n"
	"  { name = \"mynumber\"; kind = \"mynumber\"; @MYNUMBER@ segments = (\n"
	"    { name = \"servers\"; interface = \"e1\"; networks = [ \"10.1.0.0/24\", "
	"\"fd00:1::/64\" ]; },\n"
	"    { name = \"cloud\"; interface = \"e2\"; networks = [ \"10.5.0.0/30\" ]; @CLOUD@\n"
	"      remote = [ \"10.210.0.0/20\" ]; } ); },\n"
	"  { name = \"tax\"; kind = \"mynumber\"; segments = (\n"
	"    { name = \"servers\"; interface = \"e10\"; networks = [ \"10.11.0.0/24\" ]; } ); },\n"
	"  { name = \"lgwan\"; kind = \"lgwan\"; segments = (\n"
	"    { name = \"servers\"; interface = \"e3\"; networks = [ \"10.2.0.0/24\", "
	"\"fd00:2::/64\" ]; },\n"
	"    { name = \"external\"; interface = \"e4\"; networks = [ \"172.20.255.0/29\" ]; "
	"@LGWAN@\n"
	"      remote = [ \"172.28.0.0/16\" ]; } ); },\n"
	"  { name = \"asp\"; kind = \"lgwan\"; segments = (\n"
	"    { name = \"line\"; interface = \"e5\"; networks = [ \"10.8.0.0/24\" ]; } ); },\n"
	"  { name = \"internet\"; kind = \"internet\"; segments = (\n"
	"    { name = \"office\"; interface = \"e6\"; networks = [ \"10.3.0.0/24\" ]; },\n"
	"    { name = \"uplink\"; interface = \"e7\"; networks = [ \"192.0.2.0/29\" ]; @UPLINK@\n"
	"      remote = [ \"0.0.0.0/0\" ]; } ); },\n"
	"  { name = \"library\"; kind = \"internet\"; role = \"public\"; segments = (\n"
	"    { name = \"seats\"; interface = \"e8\"; networks = [ \"10.12.0.0/24\" ]; } ); },\n"
	"  { name = \"cameras\"; kind = \"lgwan\"; role = \"iot\"; segments = (\n"
	"    { name = \"street\"; interface = \"e9\"; networks = [ \"10.13.0.0/24\" ]; } ); },\n"
	"  { name = \"admin\"; kind = \"management\"; segments = (\n"
	"    { name = \"lan\"; interface = \"e11\"; networks = \"10.9.0.0/24\"; } ); } );\n"
	"hosts = (\n"
	"  { name = \"bound\"; address = [ \"10.1.0.10\", \"fd00:1::10\" ]; mac = "
	"\"00:00:5e:00:53:10\"; },\n"
	"  { name = \"free\"; address = \"10.1.0.11\"; },\n"
	"  { name = \"branch\"; address = \"10.210.0.1\"; },\n"
	"  { name = \"branch-bound\"; address = \"10.210.0.2\"; next_hop_mac = "
	"\"00:00:5e:00:53:20\"; },\n"
	"  { name = \"link\"; address = [ \"10.2.0.10\", \"fd00:2::10\" ]; mac = "
	"\"00:00:5e:00:53:11\"; },\n"
	"  { name = \"link-free\"; address = \"10.2.0.11\"; },\n"
	"  { name = \"mail\"; address = \"10.2.0.25\"; },\n"
	"  { name = \"eltax\"; address = \"172.28.1.20\"; },\n"
	"  { name = \"vdi\"; address = \"10.3.0.10\"; role = \"vdi\"; },\n"
	"  { name = \"lgwan-vdi\"; address = \"10.2.0.12\"; role = \"vdi\"; },\n"
	"  { name = \"cleaner\"; address = \"10.3.0.5\"; role = \"sanitizer\"; },\n"
	"  { name = \"lgwan-cleaner\"; address = \"10.2.0.13\"; role = \"sanitizer\"; },\n"
	"  { name = \"proxy\"; address = \"10.3.0.80\"; },\n"
	"  { name = \"world\"; address = \"203.0.113.5\"; },\n"
	"  { name = \"cloud-proxy\"; address = \"198.51.100.10\"; },\n"
	"  { name = \"operator\"; address = \"10.9.0.5\"; } );\n"
	"networks = ( { name = \"half-cloud\"; networks = [ \"198.51.100.0/24\", "
	"\"198.51.101.0/24\" ]; } );\n"
	"services = ( { name = \"https\"; tcp = 443; }, { name = \"bulk\"; tcp = \"any\"; },\n"
	"  { name = \"span\"; udp = \"1-65535\"; }, { name = \"wide\"; tcp = \"1024-65535\"; },\n"
	"  { name = \"gre\"; protocol = 47; }, { name = \"ping\"; icmp = \"echo-request\"; },\n"
	"  { name = \"ssh\"; tcp = 22; } );\n"
	"security_cloud = { label = \"県\"; networks = [ \"198.51.100.0/24\" ]; };\n"
	"local_breakout = ( { name = \"office-suite\"; networks = [ \"203.0.113.0/28\" ]; } );\n"
	"@TOP@\n"
	"paths = (\n"
	"  { name = \"P0\"; from = \"lgwan.servers\"; to = \"eltax\"; service = \"https\"; reason "
	"= "
	"\"x\"; }\n"
	"  @PATH@ );\n"
	"gateway = { input = ( { name = \"A1\"; from = \"operator\"; service = \"ssh\"; reason = "
	"\"x\"; } );\n"
	"  output = ( { name = \"A2\"; to = \"operator\"; service = \"https\"; reason = \"x\"; } "
	"@OUTPUT@ ); };\n";

static char root[] = "/tmp/hedate-judge.XXXXXX";
static struct diag_list *diags;
static struct policy *policy;

/* ---- files ---- */

static void write_file(const char *name, const char *text)
{
	char path[100];
	snprintf(path, sizeof(path), "%s/%s", root, name);
	FILE *file = fopen(path, "w");
	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	ck_assert_int_eq(fchmod(fileno(file), 0644), 0);
	ck_assert_int_eq(fclose(file), 0);
}

static void remove_file(const char *name)
{
	char path[100];
	snprintf(path, sizeof(path), "%s/%s", root, name);
	remove(path);
}

static void make_directory(const char *name)
{
	char path[100];
	snprintf(path, sizeof(path), "%s/%s", root, name);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void set_up(void)
{
	strcpy(root + strlen(root) - 6, "XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(root));
	make_directory("profiles");
	make_directory("models");
	ck_assert_int_eq(diag_list_new(&diags), 0);
	policy = NULL;
}

static void tear_down(void)
{
	static const char *const names[] = { "town.conf", "profiles/test.conf", "models/m.conf",
		"models/n.conf", "profiles", "models" };
	policy_free(policy);
	diag_list_free(diags);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		remove_file(names[i]);
	ck_assert_int_eq(rmdir(root), 0);
}

static void start_again(void)
{
	policy_free(policy);
	policy = NULL;
	diag_list_free(diags);
	ck_assert_int_eq(diag_list_new(&diags), 0);
}

/* A document of one clause, "T" in a profile, "M" in a model. */
static void write_document(const char *file, const char *name, const char *number,
	const char *checks, const char *permits)
{
	char text[4096];
	snprintf(text, sizeof(text),
		"profile = { name = \"%s\"; document = \"the document\"; };\n"
		"clauses = ( { number = \"%s\"; title = \"t\"; text = \"what it asks\";\n"
		"  checks = ( %s ); permits = ( %s ); } );\n",
		name, number, checks, permits);
	write_file(file, text);
}

#define ALL_CLASSES                                                                                \
	"\"mynumber_inside\", \"lgwan_inside\", \"internet_inside\", \"specified\", "              \
	"\"crossing\", \"mail_text\", \"screen_transfer\", \"file_sanitize\", \"exchange\", "      \
	"\"local_breakout\", \"egress\", \"gateway\", \"management\", \"exception\""

/* The town, with place "@X@" filled by text and all other places empty. */
static void write_town(const char *place, const char *text)
{
	char *filled = NULL;
	size_t length;
	FILE *out = open_memstream(&filled, &length);
	const char *at = town;
	for (const char *mark; (mark = strchr(at, '@')) != NULL; at = strchr(mark + 1, '@') + 1) {
		fwrite(at, 1, (size_t)(mark - at), out);
		if (strncmp(mark, place, strlen(place)) == 0)
			fputs(text, out);
	}
	fputs(at, out);
	ck_assert_int_eq(fclose(out), 0);
	write_file("town.conf", filled);
	free(filled);
}

/* Name these documents in the town that was written. */
static void name_documents(const char *documents)
{
	char path[100], text[16384], more[100];
	snprintf(path, sizeof(path), "%s/town.conf", root);
	FILE *file = fopen(path, "r");
	ck_assert_ptr_nonnull(file);
	size_t length = fread(text, 1, sizeof(text) - sizeof(more), file);
	fclose(file);
	text[length] = '\0';
	snprintf(more, sizeof(more), "site = { name = \"town\"; %s", documents);
	const char *rest = strstr(text, " };\n");
	ck_assert_ptr_nonnull(rest);
	memmove(text + strlen(more), rest, strlen(rest) + 1);
	memcpy(text, more, strlen(more));
	write_file("town.conf", text);
}

static int read_town(int year, int month, int day)
{
	const char *const roots[] = { "/nonexistent", root };
	const struct conf_options options = { roots, 2, { year, month, day } };
	char path[100];
	snprintf(path, sizeof(path), "%s/town.conf", root);
	return conf_read_file(path, &options, diags, &policy);
}

static void show(void)
{
	diag_list_print(diags, stdout, false);
}

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

/* ---- kinds of checks ---- */

struct judged {
	const char *check; /* without severity */
	const char *place, *text;
	const char *wanted; /* in the message; NULL: the clause is kept */
};

#define PATH(more)   "@PATH@", ", { name = \"X\"; reason = \"x\"; service = \"https\"; " more " }"
#define SERVED(more) "@PATH@", ", { name = \"X\"; reason = \"x\"; " more " }"
#define ATTESTED     "specified = { attested_by = \"x\"; attested_on = \"2026-04-01\"; };"
#define PUBLIC	     "specified = { public_body = true; via = \"lgwan\"; };"

#define ISOLATION_ALL	   "kind = \"isolation\"; scope = \"all\";"
#define ISOLATION_INTERNET "kind = \"isolation\"; scope = \"internet\";"
#define CUT_OFF		   "they are cut off from each other"
#define UNDECLARED	   "is not declared as a specified communication"

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
#define CLEANED "sanitize = \"file_sanitize\";"
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
#define TEXTED	  "sanitize = \"mail_text\";"
#define SCREEN	  "sanitize = \"screen_transfer\";"
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
#define OPENS	    "opens no connection to zone"

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
#define EXTERNAL     "external = { owner = \"x\"; permission = \"x\"; survey = \"x\"; };"

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
		show();
	ck_assert_msg((found != NULL) == judged_shown, "%s %s: %s", judged->check, severity,
		judged->text);
	if (refused)
		ck_assert_int_eq(r, -EINVAL);
	if (!found)
		return;
	if (strstr(found->message, judged->wanted) == NULL)
		show();
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

/* ---- what has findings of several subjects ---- */

static unsigned int count_of(const char *number, enum diag_severity severity, const char *words)
{
	unsigned int count = 0;
	for (size_t i = 0; i < diag_list_length(diags); i++) {
		const struct diag *diag = diag_list_get(diags, i);
		count += diag->severity == severity && diag->clause.number != NULL &&
			 strcmp(diag->clause.number, number) == 0 &&
			 strstr(diag->message, words) != NULL;
	}
	return count;
}

static int judge_text(const char *check, const char *place, const char *text)
{
	start_again();
	write_document("profiles/test.conf", "test", "T", check, ALL_CLASSES);
	write_town(place, text);
	return read_town(2026, 11, 21);
}

/* Three segments have remote networks. */
START_TEST(test_external)
{
	static const char all[] = "{ kind = \"external\"; severity = \"refuse\"; needs = [ "
				  "\"owner\", \"permission\", \"survey\" ]; }";
	static const char survey[] = "{ kind = \"external\"; severity = \"refuse\"; needs = "
				     "\"survey\"; }";
	ck_assert_int_eq(judge_text(all, "@CLOUD@", ""), -EINVAL);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "does not state whose it is"), 3);
	ck_assert_int_eq(judge_text(all, "@CLOUD@", EXTERNAL), -EINVAL);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "does not state whose it is"), 2);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "mynumber.cloud"), 0);
	ck_assert_int_eq(judge_text(all, "@CLOUD@", "external = { owner = \"x\"; };"), -EINVAL);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "\"mynumber.cloud\""), 2);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "does not state the permission"), 1);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "does not state its survey"), 1);
	ck_assert_int_eq(judge_text(survey, "@CLOUD@", "external = { owner = \"x\"; };"), -EINVAL);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "\"mynumber.cloud\""), 1);
}
END_TEST

/* Hosts on the link, of that kind of zone, without a MAC: the three that are not "link". */
START_TEST(test_device_binding)
{
	static const char binding[] = "{ kind = \"device-binding\"; severity = \"refuse\"; zone = "
				      "\"lgwan\"; }";
	ck_assert_int_eq(judge_text(binding, "@PATH@", ""), -EINVAL);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "is not bound to a MAC"), 4);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "\"link\""), 0);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "\"eltax\""), 0);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, "\"mail\""), 1);
}
END_TEST

/* An audit that is due is warned of, whatever the severity; counted from the later of the two. */
START_TEST(test_audit_due)
{
	static const struct {
		const char *site;
		int year, month, day;
		bool due;
	} cases[] = {
		{ "confirmed = \"2025-11-21\";", 2026, 11, 21, false },
		{ "confirmed = \"2025-11-20\";", 2026, 11, 21, true },
		{ "confirmed = \"2024-01-01\"; audited = \"2026-02-28\";", 2026, 11, 21, false },
		{ "confirmed = \"2024-01-01\"; audited = \"2025-02-28\";", 2026, 2, 28, false },
		{ "confirmed = \"2024-01-01\"; audited = \"2025-02-28\";", 2026, 3, 1, true },
		{ "confirmed = \"2026-01-01\"; audited = \"2020-01-01\";", 2026, 11, 21, false },
		{ "confirmed = \"2024-02-29\";", 2025, 2, 28, false },
		{ "confirmed = \"2024-02-29\";", 2025, 3, 1, true },
		{ "confirmed = \"2000-01-01\";", 0, 0, 0, false }, /* nobody knows the day */
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		start_again();
		write_document("profiles/test.conf", "test", "T",
			"{ kind = \"external-audit\"; severity = \"refuse\"; months = 12; }",
			ALL_CLASSES);
		write_town("@SITE@", cases[i].site);
		ck_assert_int_eq(read_town(cases[i].year, cases[i].month, cases[i].day), 0);
		ck_assert_uint_eq(count_of("T", DIAG_WARNING, "was due on"), cases[i].due);
	}
}
END_TEST

/* ---- documents among each other ---- */

#define NOTHING "{ kind = \"none\"; severity = \"not-applicable\"; }"

/* hedate's own rules hold where profile and model have no check of the kind; the first one always.
 */
START_TEST(test_own_rules)
{
	static const char segment_to_link[] = ", { name = \"X\"; from = \"mynumber.servers\"; to = "
					      "\"link\"; service = \"https\"; reason = \"x\"; }";
	static const char hosts[] = "{ kind = \"specified-hosts\"; severity = \"evidence\"; }";
	ck_assert_int_eq(judge_text(NOTHING, "@PATH@", segment_to_link), -EINVAL);
	ck_assert_uint_eq(count_of("hedate-2", DIAG_ERROR, "its source is not one host"), 1);
	ck_assert_int_eq(judge_text(hosts, "@PATH@", segment_to_link), 0);
	ck_assert_uint_eq(count_of("hedate-2", DIAG_ERROR, ""), 0);
	static const char to_internet[] = ", { name = \"X\"; from = \"bound\"; to = \"proxy\"; "
					  "service = \"https\"; reason = \"x\"; }";
	static const char weak[] = "{ kind = \"isolation\"; severity = \"warn\"; scope = "
				   "\"internet\"; }";
	ck_assert_int_eq(judge_text(weak, "@PATH@", to_internet), -EINVAL);
	ck_assert_uint_eq(count_of("T", DIAG_WARNING, CUT_OFF), 1);
	ck_assert_uint_eq(count_of("hedate-1", DIAG_ERROR, CUT_OFF), 1);
	static const char strict[] = "{ kind = \"isolation\"; severity = \"refuse\"; scope = "
				     "\"all\"; }";
	ck_assert_int_eq(judge_text(strict, "@PATH@", to_internet), -EINVAL);
	ck_assert_uint_eq(count_of("T", DIAG_ERROR, CUT_OFF), 1);
	ck_assert_uint_eq(count_of("hedate-1", DIAG_ERROR, ""), 0);
	/* No model, no local breakout; not asked of a site that names neither. */
	ck_assert_int_eq(
		judge_text(NOTHING,
			PATH("from = \"mail\"; to = \"office-suite\"; local_breakout = true;")),
		-EINVAL);
	ck_assert_uint_eq(count_of("hedate-6", DIAG_ERROR, "is a local breakout"), 1);
	ck_assert_int_eq(judge_text(NOTHING, PATH("from = \"10.13.0.1\"; to = \"mail\";")), 0);
	ck_assert_uint_eq(count_of("hedate-7", DIAG_WARNING, OPENS), 1);
}
END_TEST

/* What the profile has said the model does not say again, unless it is stricter. */
START_TEST(test_profile_before_model)
{
	static const char *const severities[] = { "refuse", "warn" };
	for (int p = 0; p < 2; p++)
		for (int m = 0; m < 2; m++) {
			char check[2][100];
			snprintf(check[0], sizeof(check[0]),
				"{ kind = \"isolation\"; scope = \"all\"; severity = \"%s\"; }",
				severities[p]);
			snprintf(check[1], sizeof(check[1]),
				"{ kind = \"isolation\"; scope = \"all\"; severity = \"%s\"; }",
				severities[m]);
			start_again();
			write_document("profiles/test.conf", "test", "T", check[0], ALL_CLASSES);
			write_document("models/m.conf", "m", "M", check[1], "\"exception\"");
			write_town("@PATH@", ", { name = \"X\"; from = \"bound\"; to = \"link\"; "
					     "service = \"https\"; reason = \"x\"; }");
			name_documents("profile = \"test\"; model = \"m\";");
			ck_assert_int_eq(read_town(2026, 11, 21), p == 0 || m == 0 ? -EINVAL : 0);
			ck_assert_uint_eq(
				count_of("T", p == 0 ? DIAG_ERROR : DIAG_WARNING, UNDECLARED), 1);
			ck_assert_uint_eq(
				count_of("M", m == 0 ? DIAG_ERROR : DIAG_WARNING, UNDECLARED),
				m < p);
		}
}
END_TEST

/* ---- grounds ---- */

static const struct policy_path *path_named(const char *name)
{
	for (size_t i = 0; i < policy->path_count; i++)
		if (strcmp(policy->paths[i].name, name) == 0)
			return &policy->paths[i];
	ck_abort_msg("no path %s", name);
	return NULL;
}

START_TEST(test_classes)
{
	static const struct {
		const char *place, *text;
		enum path_class class;
	} cases[] = {
		{ PATH("from = \"bound\"; to = \"branch\";"), CLASS_MYNUMBER_INSIDE },
		{ PATH("from = \"bound\"; to = \"10.11.0.1\";"), CLASS_MYNUMBER_INSIDE },
		{ PATH("from = \"mail\"; to = \"eltax\";"), CLASS_LGWAN_INSIDE },
		{ PATH("from = \"mail\"; to = \"10.8.0.1\";"), CLASS_LGWAN_INSIDE },
		{ PATH("from = \"internet.office\"; to = \"10.12.0.1\";"), CLASS_INTERNET_INSIDE },
		{ PATH("from = \"proxy\"; to = \"192.0.2.1\";"), CLASS_INTERNET_INSIDE },
		{ PATH("from = \"proxy\"; to = \"cloud-proxy\";"), CLASS_EGRESS },
		{ PATH("from = \"world\"; to = \"proxy\";"), CLASS_EGRESS },
		{ PATH("from = \"proxy\"; to = \"office-suite\"; local_breakout = true;"),
			CLASS_LOCAL_BREAKOUT },
		{ PATH("from = \"mail\"; to = \"office-suite\"; local_breakout = true;"),
			CLASS_LOCAL_BREAKOUT },
		{ PATH("from = \"bound\"; to = \"link\";"), CLASS_CROSSING },
		{ PATH("from = \"bound\"; to = \"link\"; " ATTESTED), CLASS_SPECIFIED },
		{ PATH("from = \"mail\"; to = \"cleaner\"; " TEXTED), CLASS_MAIL_TEXT },
		{ PATH("from = \"mail\"; to = \"cleaner\"; " CLEANED), CLASS_FILE_SANITIZE },
		{ PATH("from = \"mail\"; to = \"vdi\"; " SCREEN), CLASS_SCREEN_TRANSFER },
		{ PATH("from = \"mail\"; to = \"cleaner\";"), CLASS_EXCHANGE },
		{ "@OUTPUT@",
			", { name = \"X\"; to = \"cloud-proxy\"; service = \"https\"; reason "
			"= \"x\"; }",
			CLASS_GATEWAY },
	};
	static const char allowed[] =
		"{ kind = \"local-breakout\"; severity = \"refuse\"; allowed = "
		"true; }";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char permits[100], words[100];
		int r = judge_text(allowed, cases[i].place, cases[i].text);
		if (r != 0)
			show();
		ck_assert_int_eq(r, 0);
		ck_assert_str_eq(path_class_name(judge_class(policy, path_named("X"))),
			path_class_name(cases[i].class));
		ck_assert_int_eq(judge_class(policy, path_named("A1")), CLASS_MANAGEMENT);
		ck_assert_str_eq(judge_ground(policy, path_named("X")).clause->number, "T");
		/* Without a clause for it there is a warning, and no ground. */
		start_again();
		snprintf(permits, sizeof(permits), "\"%s\"",
			cases[i].class == CLASS_EXCEPTION ? "gateway" : "exception");
		write_document("profiles/test.conf", "test", "T", allowed, permits);
		ck_assert_int_eq(read_town(2026, 11, 21), 0);
		ck_assert_ptr_null(judge_ground(policy, path_named("X")).clause);
		snprintf(words, sizeof(words), "permits paths of class \"%s\"",
			path_class_name(cases[i].class));
		unsigned int found = 0;
		for (size_t j = 0; j < diag_list_length(diags); j++)
			found += strstr(diag_list_get(diags, j)->message, words) != NULL;
		ck_assert_uint_eq(found, 1);
	}
}
END_TEST

/* What the site does not have is not named. */
START_TEST(test_groundless_names)
{
	static const struct {
		const char *documents, *wanted;
	} cases[] = {
		{ "profile = \"test\";", "no clause of profile \"test\" permits" },
		{ "model = \"m\";", "no clause of model \"m\" permits" },
		{ "profile = \"test\"; model = \"m\";",
			"no clause of profile \"test\" or model \"m\" permits" },
	};
	static const char check[] = "{ kind = \"local-breakout\"; severity = \"refuse\"; "
				    "allowed = true; }";
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int found = 0;
		start_again();
		write_document("profiles/test.conf", "test", "T", check, "\"exception\"");
		write_document("models/m.conf", "m", "M", check, "\"exception\"");
		write_town("@PATH@", "");
		name_documents(cases[i].documents);
		ck_assert_int_eq(read_town(2026, 11, 21), 0);
		for (size_t j = 0; j < diag_list_length(diags); j++) {
			const char *message = diag_list_get(diags, j)->message;
			ck_assert_ptr_null(strstr(message, "\"\""));
			found += strstr(message, "path \"P0\": ") == message &&
				 strstr(message, cases[i].wanted) != NULL;
		}
		ck_assert_uint_eq(found, 1);
	}
}
END_TEST

/* What an exception grants is judged before it is a path of the policy. */
static int collect(const struct judge_finding *finding, void *data)
{
	const char **numbers = data;
	for (size_t i = 0; i < 8; i++)
		if (numbers[i] == NULL) {
			numbers[i] = finding->clause->number;
			ck_assert_ptr_nonnull(finding->message);
			return 0;
		}
	return -E2BIG;
}

START_TEST(test_path_of_exception)
{
	static const char strict[] = "{ kind = \"isolation\"; severity = \"refuse\"; scope = "
				     "\"all\"; }";
	const struct calendar_date today = { 2026, 11, 21 };
	const char *numbers[9] = { NULL };
	struct judge *judge;
	ck_assert_int_eq(judge_text(strict, PATH("from = \"free\"; to = \"eltax\"; " ATTESTED)),
		-EINVAL); /* hedate-4: not bound */
	ck_assert_int_eq(
		judge_text(strict, PATH("from = \"bound\"; to = \"eltax\"; " ATTESTED)), 0);
	struct policy_path path = *path_named("X");
	struct policy_end from = path_named("P0")->from;
	path.specified.given = false;
	path.from = path_named("X")->from;
	ck_assert_int_eq(judge_new(policy, &today, &judge), 0);
	ck_assert_int_eq(judge_path(judge, &path, collect, numbers), 0);
	ck_assert_str_eq(numbers[0], "T");
	ck_assert_ptr_null(numbers[1]);
	path.exception = strdup("X-2026-0001");
	ck_assert_int_eq(judge_class(policy, &path), CLASS_EXCEPTION);
	ck_assert_str_eq(judge_ground(policy, &path).clause->number, "T");
	free(path.exception);
	path.exception = NULL;
	/* lgwan.servers → bound: not declared, and not one host. */
	numbers[0] = NULL;
	path.to = path.from;
	path.from = from;
	ck_assert_int_eq(judge_path(judge, &path, collect, numbers), 0);
	ck_assert_str_eq(numbers[0], "T");
	ck_assert_str_eq(numbers[1], "hedate-2");
	ck_assert_ptr_null(numbers[2]);
	judge_free(judge);
}
END_TEST

/* ---- identity ---- */

START_TEST(test_revision)
{
	char plain[POLICY_REVISION_LENGTH + 1], modelled[POLICY_REVISION_LENGTH + 1];
	ck_assert_int_eq(judge_text(NOTHING, "@PATH@", ""), 0);
	memcpy(plain, policy->revision, sizeof(plain));
	ck_assert_str_eq(policy->profile->name, "test");
	/* The same again; then another byte in the profile, then in the model. */
	ck_assert_int_eq(judge_text(NOTHING, "@PATH@", ""), 0);
	ck_assert_str_eq(policy->revision, plain);
	ck_assert_int_eq(judge_text(NOTHING " ", "@PATH@", ""), 0);
	ck_assert_str_ne(policy->revision, plain);
	write_document("models/m.conf", "m", "M", NOTHING, "\"exception\"");
	ck_assert_int_eq(judge_text(NOTHING, "@SITE@", "model = \"m\";"), 0);
	memcpy(modelled, policy->revision, sizeof(modelled));
	write_document("models/m.conf", "m", "M", NOTHING " ", "\"exception\"");
	ck_assert_int_eq(judge_text(NOTHING, "@SITE@", "model = \"m\";"), 0);
	ck_assert_str_ne(policy->revision, modelled);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("judge");
	TCase *tests = tcase_create("judge");
	tcase_add_checked_fixture(tests, set_up, tear_down);
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
	tcase_add_test(tests, test_external);
	tcase_add_test(tests, test_device_binding);
	tcase_add_test(tests, test_audit_due);
	tcase_add_test(tests, test_own_rules);
	tcase_add_test(tests, test_profile_before_model);
	tcase_add_test(tests, test_classes);
	tcase_add_test(tests, test_groundless_names);
	tcase_add_test(tests, test_path_of_exception);
	tcase_add_test(tests, test_revision);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
