/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Snapshots: built from messages, written, loaded back, and refused where they are not what
 * snapshot_write() writes. */
#include <check.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/hostsnap.h"
#include "../../lib/nlsnapshot.h"
#include "diags.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"

static struct json written;

static const char *write_out(const struct snapshot *snapshot)
{
	json_reset(&written);
	snapshot_write(snapshot, &written);
	ck_assert(!written.failed);
	return written.text;
}

/* What is loaded is written as it stood. */
static void check_round_trip(const struct snapshot *snapshot)
{
	char *first = strdup(write_out(snapshot));
	struct snapshot *again;

	ck_assert_int_eq(snapshot_load(first, strlen(first), "s", diags, &again), 0);
	ck_assert_str_eq(write_out(again), first);
	snapshot_free(again);
	free(first);
}

START_TEST(empty)
{
	struct snapshot *snapshot = snapshot_new();

	check_round_trip(snapshot);
	ck_assert_str_eq(write_out(snapshot),
		"{\"hedate.snapshot\":1,\"generation\":0,\"time\":0,\"machine\":\"\",\"tables\":[],"
		"\"host\":null,\"connections\":null}");
	snapshot_free(snapshot);
}
END_TEST

START_TEST(city_as_in_the_kernel)
{
	struct ruleset *city = compile_city();
	struct snapshot *snapshot;

	apply(city);
	ck_assert_int_eq(nlsnapshot_read(sock, NULL, &snapshot), 0);
	ck_assert_uint_gt(snapshot->table_count, 0);
	snapshot->time = 1795290000;
	snapshot->machine = strdup("gw 6.1.0-18-amd64");
	check_round_trip(snapshot);
	snapshot_free(snapshot);
	ruleset_free(city);
}
END_TEST

/* One that was read from a kernel, as it stands in a file: what it has is found in it. */
START_TEST(recorded)
{
	static char text[65536];
	FILE *file = fopen("tests/unit/snapshot.json", "r");
	struct snapshot *snapshot;
	size_t length;

	ck_assert_ptr_nonnull(file);
	length = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	ck_assert_int_eq(snapshot_load(text, length, "s", diags, &snapshot), 0);
	check_round_trip(snapshot);
	ck_assert_mem_eq(written.text, text, length);
	ck_assert_uint_eq(snapshot->table_count, 2);
	ck_assert_uint_eq(snapshot->tables[0].chain_count, 2);
	ck_assert_uint_eq(snapshot->tables[0].chains[0].rule_count, 3);
	const struct snap_set *set = snap_find_set(&snapshot->tables[0], "s");

	ck_assert_ptr_nonnull(set);
	ck_assert_uint_eq(set->element_count, 2);
	for (size_t i = 0; i < set->element_count; i++)
		ck_assert(nltree_is_known(&set->elements[i]));
	ck_assert_ptr_nonnull(host_find_name(&snapshot->host->host, "m0"));
	ck_assert_str_eq(host_find_name(&snapshot->host->host, "m0")->link.kind, "macvlan");
	ck_assert(host_find_name(&snapshot->host->host, "e0")->filter.redirects);
	ck_assert_int_eq(snapshot->host->parts[HOSTSNAP_HOOKS].error, -EINVAL);
	snapshot_free(snapshot);
}
END_TEST

static const struct conntrack_entry entry = { .family = ADDR_IPV6,
	.protocol = 6,
	.source = { 0xfd, 1, [15] = 1 },
	.destination = { 0xfd, 2, [15] = 0xff },
	.reply_source = { 0xfd, 2, [15] = 0xff },
	.reply_destination = { 0xfd, 1, [15] = 1 },
	.has_ports = true,
	.sport = 65535,
	.dport = 443,
	.mark = UINT32_MAX,
	.has_id = true,
	.id = 7,
	.zone = 9 };

static struct host_link make_link(void)
{
	struct host_link link = { .link = { .index = 7,
					  .name = "eth0",
					  .flags = UINT32_MAX,
					  .master = 3,
					  .lower = 2,
					  .lower_elsewhere = true,
					  .kind = "macvlan",
					  .xdp = true,
					  .xdp_program = 12 },
		.filter = { .kind = "u32", .index = 7, .redirects = true } };

	for (unsigned int i = 0; i < SWITCH_COUNT; i++)
		link.link.switches[i] = (int)i - 1;
	return link;
}

static struct snapshot *make_whole(void)
{
	struct snapshot *snapshot = snapshot_new();
	struct host_link link = make_link();
	struct nlroute_route route = { .prefix = { { ADDR_IPV4, { 10, 1 } }, 16 },
		.table = 254,
		.metric = 5,
		.type = 1,
		.protocol = 3,
		.encap = 5,
		.interfaces = { 7, 8 },
		.interface_count = 2,
		.more_hops = true };
	struct nlroute_rule rule = {
		.family = ADDR_IPV6, .priority = 9, .table = 77, .action = 1, .selective = true
	};

	ck_assert_int_eq(hostsnap_new(&snapshot->host), 0);
	ck_assert_int_eq(host_add_link(&snapshot->host->host, &link), 0);
	ck_assert_int_eq(host_add_route(&snapshot->host->host, &route), 0);
	ck_assert_int_eq(host_add_rule(&snapshot->host->host, &rule), 0);
	for (unsigned int i = 0; i < HOSTSNAP_PARTS; i++) {
		snapshot->host->parts[i].error = i % 3 ? 0 : -EPERM;
		if (i % 3)
			ck_assert_int_eq(hostsnap_add(snapshot->host, i, "eth0", "a \"name\"\n",
						 hostsnap_part_name(i)),
				0);
	}
	snapshot->connections.error = 0;
	ck_assert_int_eq(snap_add_connection(&snapshot->connections, &entry), 0);
	return snapshot;
}

START_TEST(host_and_connections)
{
	struct snapshot *snapshot = make_whole(), *again;

	check_round_trip(snapshot);
	ck_assert_int_eq(snapshot_load(written.text, written.length, "s", diags, &again), 0);
	ck_assert_uint_eq(again->connections.count, 1);
	ck_assert_mem_eq(&again->connections.list[0], &entry, sizeof(entry));
	ck_assert_int_eq(again->host->parts[HOSTSNAP_LINKS].error, -EPERM);
	ck_assert_str_eq(hostsnap_value(again->host, HOSTSNAP_ADDRESSES, "eth0", "a \"name\"\n"),
		"addresses");
	ck_assert_ptr_null(hostsnap_value(again->host, HOSTSNAP_ADDRESSES, "eth0", "other"));
	ck_assert_int_eq(again->host->host.links[0].link.switches[SWITCH_ROUTE_LOCALNET],
		SWITCH_ROUTE_LOCALNET - 1);
	ck_assert_uint_eq(again->host->host.routes[0].interface_count, 2);
	snapshot_free(again);
	snapshot_free(snapshot);
}
END_TEST

/* The kernel takes any bytes as a name, and two of them stay two. */
START_TEST(names_of_any_bytes)
{
	static const char *const names[] = { "\xff", "\xfe", "日本", "\xe6\x97" };
	struct snapshot *snapshot = snapshot_new(), *again;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct nltree tree = { .kind = NLTREE_NEST };
		struct nltree *node = nltree_add(&tree, &nftschema(NFTSCHEMA_TABLE)->attrs[0]);

		ck_assert_int_eq(node->attr->type, NFTA_TABLE_NAME);
		ck_assert_int_eq(nltree_set_bytes(node, names[i], strlen(names[i])), 0);
		ck_assert_int_eq(snapshot_add(snapshot, NFTSCHEMA_TABLE, NFPROTO_INET, &tree), 0);
	}
	check_round_trip(snapshot);
	ck_assert_int_eq(snapshot_load(written.text, written.length, "s", diags, &again), 0);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		ck_assert_str_eq(snap_table_name(&again->tables[i]), names[i]);
	snapshot_free(again);
	snapshot_free(snapshot);
}
END_TEST

/* Refusals ------------------------------------------------------------------------------------- */

#define HEAD  "{\"hedate.snapshot\":1,\"generation\":0,\"time\":0,\"machine\":\"\",\"tables\":"
#define TAIL  ",\"host\":null,\"connections\":null}"
#define TABLE "{\"family\":1,\"table\":{\"name\":\"t\"},"
#define REST  "\"chains\":[],\"sets\":[],\"objects\":[],\"flowtables\":[]}"

static const struct {
	const char *text, *finding;
	unsigned int line, column; /* 0: of any */
} refused[] = {
	{ "", "an object must stand here", 1, 1 },
	{ "[]", "an object must stand here", 1, 1 },
	{ "{}", "a member is missing: \"hedate.snapshot\"", 1, 2 },
	{ "{\n\"hedate.snapshot\":2}",
		"this version of the format is not known: \"hedate.snapshot\"", 2, 20 },
	{ "{\"hedate.snapshot\":1,\"time\":1}", "another member must stand here: \"generation\"", 1,
		21 },
	{ "{\"hedate.snapshot\":1,\"generation\":4294967296}", "this number is too big", 1, 35 },
	{ "{\"hedate.snapshot\":1,\"generation\":01}", "a whole number must stand here", 1, 35 },
	{ "{\"hedate.snapshot\":1,\"generation\":1.5}", "a whole number must stand here", 1, 35 },
	{ "{\"hedate.snapshot\":1,\"generation\":-1}", "a whole number must stand here", 1, 35 },
	{ HEAD "[]" TAIL "x", "nothing may follow here", 0, 0 },
	{ HEAD "[]" TAIL ",", "nothing may follow here", 0, 0 },
	{ HEAD "[", "an object must stand here", 0, 0 },
	{ HEAD "[,]" TAIL, "an object must stand here", 0, 0 },
	{ HEAD "[" TABLE REST "," TABLE REST "]" TAIL, "this name stands twice: \"table\"", 0, 0 },
	{ HEAD "[{\"family\":256", "this number is too big", 0, 0 },
	{ HEAD "[{\"family\":1,\"table\":{}", "this has no name", 0, 0 },
	{ HEAD "[{\"family\":1,\"table\":{\"nom\":\"t\"}", "there is no attribute of this name", 0,
		0 },
	{ HEAD "[{\"family\":1,\"table\":{\"name\":\"t\",\"name\":\"t\"}",
		"this attribute stands twice: \"name\"", 0, 0 },
	{ HEAD "[{\"family\":1,\"table\":{\"name\":\"\\u0000\"}", "this is no character of a text",
		0, 0 },
	{ HEAD "[{\"family\":1,\"table\":{\"name\":\"\\ud800\"}", "half a character", 0, 0 },
	{ HEAD "[{\"family\":1,\"table\":{\"name\":\"\\x\"}", "there is no such escape", 0, 0 },
	{ HEAD "[{\"family\":1,\"table\":{\"name\":\"\xff\"}", "this is no character of a text", 0,
		0 },
	{ HEAD "[{\"family\":1,\"table\":{\"name\":\"t}", "a text does not end", 0, 0 },
	{ HEAD "[{\"family\":1,\"table\":{\"name\":{\"text\":\"0\"}}",
		"the digits are not even in number", 0, 0 },
	{ HEAD "[{\"family\":1,\"table\":{\"name\":{\"text\":\"0g\"}}",
		"these are no hexadecimal digits", 0, 0 },
	{ HEAD "[{\"family\":1,\"table\":{\"name\":{\"text\":\"00\"}}",
		"this is no character of a text", 0, 0 },
	{ HEAD "[{\"family\":1,\"table\":{\"name\":\"t\",\"unknown\":[{\"type\":65536}]}",
		"this number is too big", 0, 0 },
	{ HEAD "[{\"family\":1,\"table\":{\"unknown\":[],\"name\":\"t\"}",
		"this member is not known", 0, 0 },
	{ HEAD "[" TABLE "\"chains\":[{\"chain\":{\"table\":\"u\",\"name\":\"c\"}",
		"this names another table than the one it is in", 0, 0 },
	{ HEAD "[" TABLE "\"chains\":[{\"chain\":{\"table\":\"t\",\"name\":\"c\"},\"rules\":[{"
	       "\"table\":\"t\",\"chain\":\"d\"}",
		"this names another chain than the one it is in", 0, 0 },
	{ HEAD "[" TABLE "\"chains\":[{\"chain\":{\"table\":\"t\",\"name\":\"c\"},\"rules\":[]},{"
	       "\"chain\":{\"table\":\"t\",\"name\":\"c\"}",
		"this name stands twice: \"chain\"", 0, 0 },
	{ HEAD "[" TABLE "\"chains\":[],\"sets\":[{\"set\":{\"table\":\"t\",\"name\":\"s\"},"
	       "\"elements\":[{\"key\":{\"value\":7",
		"a text must stand here", 0, 0 },
	{ HEAD "[],\"host\":{}", "a member is missing: \"all\"", 0, 0 },
	{ HEAD "[],\"host\":null,\"connections\":{\"error\":1", "this number is too big", 0, 0 },
	{ HEAD "[],\"host\":null,\"connections\":{\"error\":0,\"list\":[{\"family\":2,",
		"a text must stand here", 0, 0 },
};

START_TEST(refusals)
{
	const char *text = refused[_i].text;
	struct snapshot *snapshot = NULL;

	int r = snapshot_load(text, strlen(text), "f.json", diags, &snapshot);

	ck_assert_int_eq(r, -EINVAL);
	ck_assert_ptr_null(snapshot);
	ck_assert_uint_eq(diag_list_length(diags), 1);
	const struct diag *diag = diag_list_get(diags, 0);

	if (!strstr(diag->message, "this is no snapshot: "))
		ck_abort_msg("%s", diag->message);
	ck_assert_str_eq(diag->message + strlen("this is no snapshot: "), refused[_i].finding);
	if (refused[_i].line) {
		ck_assert_uint_eq(diag->loc.line, refused[_i].line);
		ck_assert_uint_eq(diag->loc.column, refused[_i].column);
	}
	ck_assert_str_eq(diag->loc.file, "f.json");
}
END_TEST

/* No prefix of a file is a file. */
START_TEST(cut_short)
{
	struct snapshot *snapshot = make_whole(), *again = NULL;
	size_t length;

	(void)write_out(snapshot);
	length = written.length;
	for (size_t i = 0; i < length; i++) {
		char *cut = malloc(i + 1);

		memcpy(cut, written.text, i);
		ck_assert_int_eq(snapshot_load(cut, i, "s", diags, &again), -EINVAL);
		ck_assert_ptr_null(again);
		free(cut);
	}
	snapshot_free(snapshot);
}
END_TEST

START_TEST(digest)
{
	static const uint8_t expected[] = { 0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41,
		0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23, 0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a,
		0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad };
	uint8_t bytes[SNAPSHOT_DIGEST_LENGTH];

	snapshot_digest("abc", 3, bytes);
	ck_assert_mem_eq(bytes, expected, sizeof(expected));
}
END_TEST

static void set_up(void)
{
	ck_assert_int_eq(diag_list_new(&diags), 0);
	json_init(&written);
}

static void tear_down(void)
{
	diag_list_free(diags);
	json_clear(&written);
}

static void set_up_kernel(void)
{
	in_kernel_set_up();
	json_init(&written);
}

static void tear_down_kernel(void)
{
	json_clear(&written);
	in_kernel_tear_down();
}

int main(void)
{
	Suite *suite = suite_create("snapshot");
	TCase *file = tcase_create("file"), *kernel = tcase_create("kernel");

	tcase_add_checked_fixture(file, set_up, tear_down);
	tcase_add_test(file, empty);
	tcase_add_test(file, recorded);
	tcase_add_test(file, host_and_connections);
	tcase_add_test(file, names_of_any_bytes);
	tcase_add_loop_test(file, refusals, 0, sizeof(refused) / sizeof(refused[0]));
	tcase_add_test(file, cut_short);
	tcase_add_test(file, digest);
	suite_add_tcase(suite, file);
	tcase_set_timeout(kernel, 60);
	tcase_add_checked_fixture(kernel, set_up_kernel, tear_down_kernel);
	tcase_add_test(kernel, city_as_in_the_kernel);
	suite_add_tcase(suite, kernel);
	return suite_run_in_netspace(suite);
}
