/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "town.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../lib/conf.h"
#include "testdir.h"

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

static char root[TESTDIR_PATH];

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

static void make_directory(const char *name)
{
	char path[100];
	snprintf(path, sizeof(path), "%s/%s", root, name);
	ck_assert_int_eq(mkdir(path, 0755), 0);
}

void town_set_up(void)
{
	testdir_make(root, "judge");
	make_directory("profiles");
	make_directory("models");
	ck_assert_int_eq(diag_list_new(&diags), 0);
	policy = NULL;
}

void town_tear_down(void)
{
	policy_free(policy);
	diag_list_free(diags);
	testdir_remove(root);
}

void start_again(void)
{
	policy_free(policy);
	policy = NULL;
	diag_list_free(diags);
	ck_assert_int_eq(diag_list_new(&diags), 0);
}

void write_document(const char *file, const char *name, const char *number, const char *checks,
	const char *permits)
{
	char text[4096];
	snprintf(text, sizeof(text),
		"profile = { name = \"%s\"; document = \"the document\"; };\n"
		"clauses = ( { number = \"%s\"; title = \"t\"; text = \"what it asks\";\n"
		"  checks = ( %s ); permits = ( %s ); } );\n",
		name, number, checks, permits);
	write_file(file, text);
}

void write_town(const char *place, const char *text)
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

void name_documents(const char *documents)
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

int read_town(int year, int month, int day)
{
	const char *const roots[] = { "/nonexistent", root };
	const struct conf_options options = { roots, 2, { year, month, day } };
	char path[100];
	snprintf(path, sizeof(path), "%s/town.conf", root);
	return conf_read_file(path, &options, diags, &policy);
}

unsigned int count_of(const char *number, enum diag_severity severity, const char *words)
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

int judge_text(const char *check, const char *place, const char *text)
{
	start_again();
	write_document("profiles/test.conf", "test", "T", check, ALL_CLASSES);
	write_town(place, text);
	return read_town(2026, 11, 21);
}
