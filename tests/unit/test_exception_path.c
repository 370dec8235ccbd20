/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the texts of a request mean in a policy, and what does not pass there. */
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/conf.h"
#include "../../lib/conf_check_path.h"
#include "../../lib/exception_path.h"
#include "suite.h"

static const char text[] =
	"site = { name = \"town\"; };\n"
	"zones = ( { name = \"work\"; kind = \"lgwan\"; segments = (\n"
	"  { name = \"servers\"; interface = \"eth1\"; networks = [ \"10.1.0.0/24\", "
	"\"fd00:1::/64\" ]; },\n"
	"  { name = \"desks\"; interface = \"eth2\"; networks = \"10.1.1.0/24\"; } ); },\n"
	"  { name = \"admin\"; kind = \"management\"; segments = ( { name = \"lan\"; interface = "
	"\"eth9\"; networks = \"10.9.0.0/24\"; } ); } );\n"
	"hosts = ( { name = \"files\"; address = [ \"10.1.0.10\", \"fd00:1::10\" ]; } );\n"
	"services = ( { name = \"https\"; tcp = 443; }, { name = \"web\"; tcp = [ 80, 443 ]; } );\n"
	"paths = ( { name = \"P1\"; from = \"10.1.1.0/25\"; to = \"files\"; service = \"web\"; "
	"reason = \"r\"; } );\n";

static struct diag_list *diags;
static struct policy *policy;
static struct policy_path path;
static struct exception_entry request;

static void set_up(void)
{
	ck_assert_int_eq(diag_list_new(&diags), 0);
	ck_assert_int_eq(conf_parse(text, strlen(text), "t.conf", diags, &policy), 0);
	diag_list_free(diags);
	ck_assert_int_eq(diag_list_new(&diags), 0);
	request = (struct exception_entry){
		.action = EXCEPTION_REQUEST,
		.id = strdup("X-2026-0001"),
		.from = strdup("10.1.1.9"),
		.to = strdup("files"),
		.service = strdup("tcp/445"),
		.text = strdup("障害"),
		.start = 1000,
		.end = 2000,
	};
}

static void tear_down(void)
{
	exception_entry_clear(&request);
	policy_path_clear(&path);
	policy_free(policy);
	diag_list_free(diags);
}

static void set(char **place, const char *string)
{
	free(*place);
	*place = strdup(string);
}

static int make(void)
{
	policy_path_clear(&path);
	return exception_path_make(policy, &request, diags, &path);
}

START_TEST(test_path)
{
	const struct policy_service *service;

	ck_assert_int_eq(make(), 0);
	ck_assert_str_eq(path.name, "X-2026-0001");
	ck_assert_str_eq(path.exception, "X-2026-0001");
	ck_assert_str_eq(path.reason, "障害");
	ck_assert(policy_path_timed(&path));
	ck_assert_int_eq(path.not_before, 1000);
	ck_assert_int_eq(path.not_after, 2000);
	ck_assert_str_eq(path.from.text, "10.1.1.9");
	ck_assert_uint_eq(path.from.part_count, 1);
	ck_assert_uint_eq(path.to.part_count, 1);
	ck_assert_uint_eq(path.service_count, 1);
	service = &policy->services[path.services[0]];
	ck_assert_str_eq(service->name, "tcp/445");
	ck_assert_uint_eq(service->entries[0].protocol, IPPROTO_TCP);
	ck_assert_uint_eq(service->entries[0].ports.first, 445);
	ck_assert_uint_eq(service->entries[0].ports.last, 445);
	ck_assert_uint_eq(diag_list_length(diags), 0);
}
END_TEST

/* Made again, nothing is added twice. */
START_TEST(test_services)
{
	size_t count = policy->service_count;

	set(&request.service, "https, tcp/445 ,udp/1024-2047,sctp/any,tcp/445");
	ck_assert_int_eq(make(), 0);
	ck_assert_uint_eq(path.service_count, 4);
	ck_assert_str_eq(policy->services[path.services[0]].name, "https");
	ck_assert_uint_eq(policy->services[path.services[2]].entries[0].protocol, IPPROTO_UDP);
	ck_assert_uint_eq(policy->services[path.services[2]].entries[0].ports.last, 2047);
	ck_assert(policy->services[path.services[3]].entries[0].whole);
	ck_assert_uint_eq(policy->service_count, count + 3);
	ck_assert_int_eq(make(), 0);
	ck_assert_uint_eq(policy->service_count, count + 3);
}
END_TEST

#define SERVICE_FIX                                                                                \
	"name a service of the configuration, or a protocol and ports: \"tcp/445\", "              \
	"\"udp/1024-2047\", \"tcp/any\""

static const struct {
	const char *from, *to, *service, *message, *fix;
} refused[] = {
	{ "10.1.1.9", "flies", "https",
		"exception X-2026-0001: no host, network, segment or zone is named \"flies\"",
		"did you mean \"files\"?" },
	{ "10.7.0.1", "files", "https", "exception X-2026-0001: \"10.7.0.1\" is in no segment",
		"add its network to the networks or remote of the segment it is in" },
	{ "10.1.1.9/24", "files", "https",
		"exception X-2026-0001: \"10.1.1.9/24\" has bits set past its prefix length",
		"the network is \"10.1.1.0/24\"" },
	{ "10.1.1.9", "gateway", "https",
		"exception X-2026-0001: the gateway itself is no end of a path",
		"declare it in gateway.input or gateway.output" },
	{ "10.1.1.9", "files", "htps", "exception X-2026-0001: \"htps\" is no service",
		"did you mean \"https\"?" },
	{ "10.1.1.9", "files", "any", "exception X-2026-0001: \"any\" is no service", SERVICE_FIX },
	{ "10.1.1.9", "files", "", "exception X-2026-0001: \"\" is no service", SERVICE_FIX },
	{ "10.1.1.9", "files", "https,", "exception X-2026-0001: \"\" is no service", SERVICE_FIX },
	{ "10.1.1.9", "files", "tcp/0", "exception X-2026-0001: \"tcp/0\" is no service",
		SERVICE_FIX },
	{ "10.1.1.9", "files", "tcp/9-1", "exception X-2026-0001: \"tcp/9-1\" is no service",
		SERVICE_FIX },
	{ "10.1.1.9", "files", "tcp", "exception X-2026-0001: \"tcp\" is no service", SERVICE_FIX },
	{ "10.1.1.9", "files", "/445", "exception X-2026-0001: \"/445\" is no service",
		SERVICE_FIX },
	{ "10.1.1.9", "files", "icmp/8", "exception X-2026-0001: \"icmp/8\" is no service",
		SERVICE_FIX },
};

START_TEST(test_refused)
{
	set(&request.from, refused[_i].from);
	set(&request.to, refused[_i].to);
	set(&request.service, refused[_i].service);
	ck_assert_int_eq(make(), -EINVAL);
	ck_assert_uint_eq(diag_list_length(diags), 1);
	ck_assert_str_eq(diag_list_get(diags, 0)->message, refused[_i].message);
	ck_assert_pstr_eq(diag_list_get(diags, 0)->fix, refused[_i].fix);
	ck_assert_ptr_null(path.name);
}
END_TEST

/* Everything that is wrong is said at once. */
START_TEST(test_all_findings)
{
	set(&request.from, "flies");
	set(&request.to, "10.7.0.1");
	set(&request.service, "tcp/x");
	ck_assert_int_eq(make(), -EINVAL);
	ck_assert_uint_eq(diag_list_length(diags), 3);
}
END_TEST

static const struct {
	const char *from, *to, *service, *message;
} checked[] = {
	{ "10.1.1.9", "files", "tcp/445", NULL },
	{ "10.1.1.9", "files", "tcp/443",
		"path \"X-2026-0001\" is already permitted by path \"P1\" on line 8" },
	{ "10.1.1.0/25", "files", "web",
		"path \"X-2026-0001\" is already permitted by path \"P1\" on line 8" },
	{ "10.1.1.9", "files", "tcp/443-444", NULL },
	{ "10.1.1.128", "files", "https", NULL },
	{ "10.1.1.9", "10.9.0.7", "https",
		"path \"X-2026-0001\": zone \"admin\" is of kind \"management\" and never "
		"forwards" },
	{ "10.1.1.9", "fd00:1::10", "https",
		"path \"X-2026-0001\": one end has IPv4 addresses only, the other IPv6 only" },
};

START_TEST(test_checked)
{
	set(&request.from, checked[_i].from);
	set(&request.to, checked[_i].to);
	set(&request.service, checked[_i].service);
	ck_assert_int_eq(make(), 0);
	ck_assert_int_eq(conf_check_other_path(policy, &path, diags), 0);
	if (checked[_i].message == NULL) {
		ck_assert_uint_eq(diag_list_length(diags), 0);
	} else {
		ck_assert_uint_eq(diag_list_count(diags, DIAG_ERROR), 1);
		ck_assert_str_eq(diag_list_get(diags, 0)->message, checked[_i].message);
		if (strstr(checked[_i].message, "already permitted"))
			ck_assert_str_eq(
				diag_list_get(diags, 0)->fix, "no exception is needed for it");
	}
}
END_TEST

/* ---- clauses ---- */

static const char boundary[] =
	"site = { name = \"town\"; };\n"
	"zones = ( { name = \"residents\"; kind = \"mynumber\"; segments = ( { name = "
	"\"servers\"; interface = \"eth1\"; networks = \"10.1.0.0/24\"; } ); },\n"
	"  { name = \"work\"; kind = \"lgwan\"; segments = ( { name = \"desks\"; interface = "
	"\"eth2\"; networks = \"10.2.0.0/24\"; } ); },\n"
	"  { name = \"outside\"; kind = \"internet\"; segments = ( { name = \"uplink\"; interface "
	"= "
	"\"eth3\"; networks = \"10.3.0.0/24\"; remote = \"0.0.0.0/0\"; } ); } );\n"
	"hosts = ( { name = \"bound\"; address = \"10.1.0.10\"; mac = \"00:00:5e:00:53:10\"; "
	"} );\n";

/* hedate's own rules, where a site has no profile. */
static const struct {
	const char *from, *to, *service, *clauses;
	const char *broken[3]; /* and not named, in this order */
} judged[] = {
	{ "bound", "10.2.0.10", "tcp/445", "x", { NULL } },
	{ "10.1.0.11", "10.2.0.10", "tcp/445", "x", { "hedate-4" } },
	{ "10.1.0.11", "10.2.0.10", "tcp/445", "hedate-4", { NULL } },
	{ "10.1.0.11", "10.2.0.10", "tcp/445", "x, hedate-4 ,y", { NULL } },
	{ "10.1.0.11", "10.2.0.10", "tcp/445", "hedate-44,hedate,hedate-", { "hedate-4" } },
	{ "10.1.0.0/25", "10.2.0.10", "tcp/445", "hedate-4", { "hedate-2" } },
	{ "10.1.0.0/25", "work", "tcp/any", "x", { "hedate-2", "hedate-2", "hedate-3" } },
	{ "10.1.0.0/25", "work", "tcp/any", "hedate-2,hedate-3,hedate-4", { NULL } },
	{ "10.1.0.0/25", "work", "tcp/any", "hedate-3,hedate-4,hedate-2", { NULL } },
};

START_TEST(test_judged)
{
	const struct calendar_date never = { 0 };
	size_t broken = 0;

	policy_free(policy);
	ck_assert_int_eq(conf_parse(boundary, strlen(boundary), "b.conf", diags, &policy), 0);
	diag_list_free(diags);
	ck_assert_int_eq(diag_list_new(&diags), 0);
	set(&request.from, judged[_i].from);
	set(&request.to, judged[_i].to);
	set(&request.service, judged[_i].service);
	ck_assert_int_eq(make(), 0);
	ck_assert_int_eq(exception_path_judge(policy, &path, judged[_i].clauses, &never, diags), 0);
	while (broken < 3 && judged[_i].broken[broken] != NULL)
		broken++;
	ck_assert_uint_eq(diag_list_count(diags, DIAG_ERROR), broken);
	for (size_t i = 0; i < broken; i++) {
		const struct diag *diag = diag_list_get(diags, i);
		char fix[128];

		ck_assert_str_eq(diag->clause.number, judged[_i].broken[i]);
		snprintf(fix, sizeof(fix), "name each clause that it deviates from: --clause '%s'",
			judged[_i].broken[i]);
		ck_assert_str_eq(diag->fix, fix);
	}
}
END_TEST

/* Whatever is named, and whichever way. */
static const char *const apart[][2] = {
	{ "bound", "203.0.113.80" },
	{ "bound", "10.3.0.5" },
	{ "10.3.0.5", "bound" },
	{ "10.1.0.0/24", "outside" },
};

START_TEST(test_internet)
{
	const struct calendar_date never = { 0 };

	policy_free(policy);
	ck_assert_int_eq(conf_parse(boundary, strlen(boundary), "b.conf", diags, &policy), 0);
	diag_list_free(diags);
	ck_assert_int_eq(diag_list_new(&diags), 0);
	set(&request.from, apart[_i][0]);
	set(&request.to, apart[_i][1]);
	ck_assert_int_eq(make(), 0);
	ck_assert_int_eq(
		exception_path_judge(policy, &path, "hedate-1,hedate-2,hedate-4", &never, diags),
		0);
	ck_assert_uint_eq(diag_list_length(diags), 1);
	ck_assert_str_eq(diag_list_get(diags, 0)->clause.number, "hedate-1");
	ck_assert_str_eq(
		diag_list_get(diags, 0)->fix, "lead it through a host in a zone of kind lgwan");
}
END_TEST

/* Whether there are connections that both "10.1.1.9" → "files" tcp/445 and this one permit. */
static const struct {
	const char *from, *to, *service;
	bool meet;
} others[] = {
	{ "10.1.1.9", "files", "tcp/445", true },
	{ "10.1.1.9", "10.1.0.10", "tcp/445", true },
	{ "10.1.1.0/24", "10.1.0.0/24", "tcp/440-450", true },
	{ "10.1.1.9", "files", "tcp/any", true },
	{ "10.1.1.9", "files", "udp/1,tcp/445-446", true },
	{ "10.1.1.9", "files", "udp/445", false },
	{ "10.1.1.9", "files", "tcp/446", false },
	{ "10.1.1.9", "files", "tcp/444", false },
	{ "10.1.1.8", "files", "tcp/445", false },
	{ "10.1.1.9", "10.1.0.11", "tcp/445", false },
	{ "files", "10.1.1.9", "tcp/445", false },
};

START_TEST(test_meet)
{
	struct policy_path other = { 0 };

	ck_assert_int_eq(make(), 0);
	set(&request.from, others[_i].from);
	set(&request.to, others[_i].to);
	set(&request.service, others[_i].service);
	ck_assert_int_eq(exception_path_make(policy, &request, diags, &other), 0);
	ck_assert(exception_paths_meet(policy, &path, &other) == others[_i].meet);
	ck_assert(exception_paths_meet(policy, &other, &path) == others[_i].meet);
	policy_path_clear(&other);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("exception_path");
	TCase *tests = tcase_create("path");

	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, test_path);
	tcase_add_test(tests, test_services);
	tcase_add_loop_test(tests, test_refused, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(tests, test_all_findings);
	tcase_add_loop_test(tests, test_checked, 0, sizeof(checked) / sizeof(checked[0]));
	tcase_add_loop_test(tests, test_judged, 0, sizeof(judged) / sizeof(judged[0]));
	tcase_add_loop_test(tests, test_internet, 0, (int)(sizeof(apart) / sizeof(apart[0])));
	tcase_add_loop_test(tests, test_meet, 0, sizeof(others) / sizeof(others[0]));
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
