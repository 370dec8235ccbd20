/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The list of what is isolated: targets, entries, its text; and its table in the kernel. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "../../lib/isolation.h"
#include "../../lib/nftxact.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"

static struct isolation list;

static void end_list(void)
{
	isolation_clear(&list);
}

static struct isolation_step step_of(const char *user, const char *reason)
{
	struct isolation_step step = { .uid = 1000, .time = 1763700000 };

	snprintf(step.user, sizeof(step.user), "%s", user);
	snprintf(step.reason, sizeof(step.reason), "%s", reason);
	return step;
}

static struct isolation_entry *add(const char *text, const char *zone)
{
	struct isolation_step step = step_of("taro", "不審な通信");
	struct isolation_target target;
	struct isolation_entry *entry;

	ck_assert_int_eq(isolation_target_parse(text, &target), 0);
	ck_assert_int_eq(isolation_add(&list, &target, zone, &step, &entry), 0);
	return entry;
}

static void release(const char *text)
{
	struct isolation_step step = step_of("hanako", "確認済み");
	struct isolation_target target;
	struct isolation_entry *entry;

	ck_assert_int_eq(isolation_target_parse(text, &target), 0);
	entry = isolation_find(&list, &target);
	ck_assert_ptr_nonnull(entry);
	isolation_release(&list, entry, &step);
}

/* Targets ------------------------------------------------------------------------------------- */

static const struct {
	const char *text;
	int result;
	enum isolation_kind kind;
	const char *form;
} targets[] = {
	{ "eth0", 0, ISOLATION_INTERFACE, "eth0" },
	{ "eno1.120", 0, ISOLATION_INTERFACE, "eno1.120" },
	{ "10.1.0.5", 0, ISOLATION_ADDRESS, "10.1.0.5" },
	{ "10.1.0.5/32", 0, ISOLATION_ADDRESS, "10.1.0.5" },
	{ "10.1.0.0/24", 0, ISOLATION_ADDRESS, "10.1.0.0/24" },
	{ "10.1.0.5/24", -EDOM, ISOLATION_ADDRESS, "10.1.0.0/24" },
	{ "0.0.0.0/0", 0, ISOLATION_ADDRESS, "0.0.0.0/0" },
	{ "FD00:1:0::5", 0, ISOLATION_ADDRESS, "fd00:1::5" },
	{ "fd00:1::/32", 0, ISOLATION_ADDRESS, "fd00:1::/32" },
	{ "00-00-5E-00-53-60", 0, ISOLATION_DEVICE, "00:00:5e:00:53:60" },
	{ "", -EINVAL, ISOLATION_INTERFACE, "" },
	{ "lo", -EINVAL, ISOLATION_INTERFACE, "" },
	{ ".", -EINVAL, ISOLATION_INTERFACE, "" },
	{ "a/b", -EINVAL, ISOLATION_INTERFACE, "" },
	{ "a b", -EINVAL, ISOLATION_INTERFACE, "" },
	{ "a\tb", -EINVAL, ISOLATION_INTERFACE, "" },
	{ "隔離", -EINVAL, ISOLATION_INTERFACE, "" },
	{ "0123456789abcdef", -EINVAL, ISOLATION_INTERFACE, "" },
	{ "ff:ff:ff:ff:ff:ff", -EINVAL, ISOLATION_INTERFACE, "" },
};

START_TEST(target_text)
{
	struct isolation_target parsed;

	ck_assert_int_eq(isolation_target_parse(targets[_i].text, &parsed), targets[_i].result);
	if (targets[_i].result != -EINVAL)
		ck_assert_int_eq(parsed.kind, targets[_i].kind);
	ck_assert_str_eq(parsed.text, targets[_i].form);
}
END_TEST

/* The list ------------------------------------------------------------------------------------ */

START_TEST(once_in_force)
{
	struct isolation_step step = step_of("taro", "x");
	struct isolation_target same;
	struct isolation_entry *entry;

	add("10.1.0.5", "");
	ck_assert_int_eq(isolation_target_parse("10.1.0.5/32", &same), 0);
	ck_assert_int_eq(isolation_add(&list, &same, "", &step, &entry), -EEXIST);
	ck_assert_uint_eq(entry->isolated.number, 1);
	release("10.1.0.5");
	ck_assert_ptr_null(isolation_find(&list, &same));
	ck_assert_uint_eq(list.last, 2);
	ck_assert_int_eq(isolation_add(&list, &same, "", &step, &entry), 0);
	ck_assert_uint_eq(entry->isolated.number, 3);
	ck_assert_uint_eq(isolation_count(&list), 1);
}
END_TEST

START_TEST(limits)
{
	struct isolation_step step = step_of("taro", "x");
	struct isolation_target target;
	struct isolation_entry *entry;
	char text[32];

	for (unsigned int i = 0; i < ISOLATION_IN_FORCE; i++) {
		snprintf(text, sizeof(text), "10.1.%u.%u", i / 200, 1 + i % 200);
		add(text, "");
	}
	ck_assert_int_eq(isolation_target_parse("eth0", &target), 0);
	ck_assert_int_eq(isolation_add(&list, &target, "", &step, &entry), -ENOSPC);
	release("10.1.0.1");
	ck_assert_int_eq(isolation_add(&list, &target, "", &step, &entry), 0);
	for (unsigned int i = 1; i < ISOLATION_IN_FORCE; i++) {
		snprintf(text, sizeof(text), "10.1.%u.%u", i / 200, 1 + i % 200);
		release(text);
	}
	ck_assert_uint_eq(list.count, ISOLATION_IN_FORCE + 1);
	isolation_trim(&list);
	ck_assert_uint_eq(list.count, ISOLATION_RELEASED + 1);
	ck_assert_uint_eq(isolation_count(&list), 1);
	ck_assert_ptr_nonnull(isolation_find(&list, &target));
	/* The newest stayed. */
	ck_assert_uint_eq(list.entries[list.count - 2].isolated.number, ISOLATION_IN_FORCE);
}
END_TEST

START_TEST(reasons)
{
	char text[ISOLATION_REASON_MAX + 1];

	memset(text, 'x', sizeof(text));
	text[ISOLATION_REASON_MAX] = '\0';
	ck_assert(!isolation_reason_ok(text));
	text[ISOLATION_REASON_MAX - 1] = '\0';
	ck_assert(isolation_reason_ok(text));
	ck_assert(isolation_reason_ok("マルウェア感染の疑い"));
	ck_assert(!isolation_reason_ok("a\tb"));
	ck_assert(!isolation_reason_ok("a\nb"));
	ck_assert(!isolation_reason_ok("\xff"));
}
END_TEST

/* Its text ------------------------------------------------------------------------------------ */

static char *format(size_t *ret_length)
{
	char *text;

	ck_assert_int_eq(isolation_format(&list, &text, ret_length), 0);
	return text;
}

static void fill(void)
{
	add("my0", "mynumber");
	add("10.1.0.5", "");
	add("fd00:1::/32", "");
	add("00:00:5e:00:53:60", "");
	release("10.1.0.5");
	list.entries[1].packets = 12;
	list.entries[1].bytes = 3456;
}

START_TEST(written)
{
	struct isolation read;
	unsigned int line;
	size_t length, again_length;
	char *text, *again;

	fill();
	text = format(&length);
	ck_assert_str_eq(text,
		"hedate isolation 1\n"
		"1\tinterface\tmy0\tmynumber\t1000\ttaro\t1763700000\t不審な通信\n"
		"2\taddress\t10.1.0.5\t\t1000\ttaro\t1763700000\t不審な通信"
		"\t5\t1000\thanako\t1763700000\t確認済み\t12\t3456\n"
		"3\taddress\tfd00:1::/32\t\t1000\ttaro\t1763700000\t不審な通信\n"
		"4\tdevice\t00:00:5e:00:53:60\t\t1000\ttaro\t1763700000\t不審な通信\n"
		"end 4\n");
	ck_assert_int_eq(isolation_parse(text, length, &read, &line), 0);
	ck_assert_uint_eq(read.last, 5);
	ck_assert_uint_eq(isolation_count(&read), 3);
	isolation_clear(&list);
	list = read;
	again = format(&again_length);
	ck_assert_str_eq(again, text);
	free(text);
	free(again);
}
END_TEST

START_TEST(empty)
{
	struct isolation read;
	unsigned int line;
	size_t length;
	char *text = format(&length);

	ck_assert_int_eq(isolation_parse(text, length, &read, &line), 0);
	ck_assert_uint_eq(read.count, 0);
	free(text);
}
END_TEST

/* Cut off anywhere, it is not read as something else. */
START_TEST(torn)
{
	size_t length;
	char *text;

	fill();
	text = format(&length);
	for (size_t i = 0; i < length; i++) {
		struct isolation read;
		unsigned int line;

		ck_assert_int_eq(isolation_parse(text, i, &read, &line), -EINVAL);
		isolation_clear(&read);
	}
	free(text);
}
END_TEST

/* Lines that cannot stand there, and which one is named. */
#define HEAD "hedate isolation 1\n"
#define ONE  "1\tinterface\tmy0\t\t0\troot\t1\tx\n"
#define TWO  "2\tinterface\tmy1\t\t0\troot\t1\tx\n"
static const struct {
	const char *text;
	unsigned int line;
	size_t before; /* entries that were read before it */
} broken[] = {
	{ "", 1, 0 },
	{ "hedate isolation 2\nend 0\n", 1, 0 },
	{ HEAD ONE "end 2\n", 3, 1 },
	{ HEAD ONE "end 1\nend 1\n", 3, 1 },
	{ HEAD ONE "end 1", 3, 1 },
	{ HEAD ONE ONE "end 2\n", 3, 1 },
	{ HEAD TWO ONE "end 2\n", 3, 1 },
	{ HEAD ONE "2\tinterface\tmy0\t\t0\troot\t1\tx\nend 2\n", 3, 1 },
	{ HEAD "0\tinterface\tmy0\t\t0\troot\t1\tx\nend 1\n", 2, 0 },
	{ HEAD "01\tinterface\tmy0\t\t0\troot\t1\tx\nend 1\n", 2, 0 },
	{ HEAD "x\tinterface\tmy0\t\t0\troot\t1\tx\nend 1\n", 2, 0 },
	{ HEAD "18446744073709551616\tinterface\tmy0\t\t0\troot\t1\tx\nend 1\n", 2, 0 },
	{ HEAD "1\taddress\tmy0\t\t0\troot\t1\tx\nend 1\n", 2, 0 },
	{ HEAD "1\taddress\t10.1.0.5/32\t\t0\troot\t1\tx\nend 1\n", 2, 0 },
	{ HEAD "1\taddress\t10.1.0.5/24\t\t0\troot\t1\tx\nend 1\n", 2, 0 },
	{ HEAD "1\tinterface\tlo\t\t0\troot\t1\tx\nend 1\n", 2, 0 },
	{ HEAD "1\tinterface\tmy0\t\t4294967296\troot\t1\tx\nend 1\n", 2, 0 },
	{ HEAD "1\tinterface\tmy0\t\t0\troot\t-1\tx\nend 1\n", 2, 0 },
	{ HEAD "1\tinterface\tmy0\t\t0\troot\t1\nend 1\n", 2, 0 },
	{ HEAD "1\tinterface\tmy0\t\t0\troot\t1\tx\ty\nend 1\n", 2, 0 },
	{ HEAD "1\tinterface\tmy0\t\t0\troot\t1\t\x01\nend 1\n", 2, 0 },
	{ HEAD "1\tinterface\tmy0\t\t0\troot\t1\tx\t1\t0\troot\t1\tx\t0\t0\nend 1\n", 2, 0 },
	{ HEAD "1\tinterface\tmy0\t\t0\troot\t1\tx\t2\t0\troot\t1\tx\t0\t-\nend 1\n", 2, 0 },
	{ HEAD "1\tinterface\tmy0\t\t0\troot\t1\tx\t2\t0\troot\t1\tx\t0\t0\t0\nend 1\n", 2, 0 },
};

START_TEST(broken_line)
{
	struct isolation read;
	unsigned int line;

	ck_assert_int_eq(
		isolation_parse(broken[_i].text, strlen(broken[_i].text), &read, &line), -EINVAL);
	ck_assert_uint_eq(line, broken[_i].line);
	ck_assert_uint_eq(read.count, broken[_i].before);
	isolation_clear(&read);
}
END_TEST

/* Its table ----------------------------------------------------------------------------------- */

static const struct {
	const char *what;
	const char *has, *lacks; /* NULL: nothing */
} listings[] = {
	{ "chain inet hedate-isolate forward", "priority filter + 10; policy accept;", "counter" },
	{ "chain inet hedate-isolate forward", "iifname @isolated-interfaces jump isolated-from",
		NULL },
	{ "chain inet hedate-isolate forward", "oifname @isolated-interfaces jump isolated-to",
		NULL },
	{ "chain inet hedate-isolate forward", "ip saddr @isolated-ipv4 jump isolated-from", NULL },
	{ "chain inet hedate-isolate forward", "ip6 daddr @isolated-ipv6 jump isolated-to", NULL },
	{ "chain inet hedate-isolate forward", "ether saddr @isolated-devices jump isolated-from",
		"ether daddr" },
	{ "chain inet hedate-isolate input", "ip saddr @isolated-ipv4", "daddr" },
	{ "chain inet hedate-isolate input", "jump isolated-from", "oifname" },
	{ "chain inet hedate-isolate output", "ip daddr @isolated-ipv4", "saddr" },
	{ "chain inet hedate-isolate output", "jump isolated-to", "iifname" },
	{ "chain inet hedate-isolate isolated-from",
		"iifname \"my0\" counter name \"isolation-1\" drop", "daddr" },
	{ "chain inet hedate-isolate isolated-to",
		"oifname \"my0\" counter name \"isolation-1\" drop", "saddr" },
	{ "chain inet hedate-isolate isolated-to",
		"ip6 daddr fd00:1::/32 counter name \"isolation-3\" drop", NULL },
	{ "chain inet hedate-isolate isolated-from",
		"ether saddr 00:00:5e:00:53:60 counter name \"isolation-4\" drop", "10.1.0.5" },
	{ "chain inet hedate-isolate isolated-from", "ip saddr 192.0.2.0/28 counter", NULL },
	{ "chain inet hedate-isolate isolated-from", "ip saddr 10.9.0.0/16 counter", NULL },
	/* All of them are within it. */
	{ "set inet hedate-isolate isolated-ipv4", "{ 0.0.0.0/0 }", "," },
};

static void look_for(size_t index)
{
	char command[128];

	snprintf(command, sizeof(command), "nft list %s", listings[index].what);
	const char *listing = netspace_run(0, command);

	ck_assert_ptr_nonnull(strstr(listing, listings[index].has));
	if (listings[index].lacks)
		ck_assert_ptr_null(strstr(listing, listings[index].lacks));
}

START_TEST(table)
{
	struct ruleset *ruleset;

	fill();
	add("192.0.2.0/28", "");
	add("10.9.0.0/16", "");
	add("0.0.0.0/0", "");
	add("::/0", "");
	add("198.51.100.0/25", "");
	ck_assert_int_eq(isolation_rules(&list, &ruleset), 0);
	ck_assert_int_eq(nftxact_apply(sock, ruleset, "", diags), 0);
	/* Once more: what is there is what should be. */
	ck_assert_int_eq(nftxact_apply(sock, ruleset, "", diags), 0);
	ruleset_free(ruleset);
	ck_assert_uint_eq(diag_list_length(diags), 0);
	for (size_t i = 0; i < sizeof(listings) / sizeof(listings[0]); i++)
		look_for(i);
	/* What nft lists, it can read. */
	netspace_run(0, "listing=$(nft list table inet hedate-isolate) && "
			"nft delete table inet hedate-isolate && echo \"$listing\" | nft -f -");
}
END_TEST

/* How many of so many packets leave. */
static unsigned int send_packets(const char *address, unsigned int count)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons(9) };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	unsigned int left = 0;

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(inet_pton(AF_INET, address, &to.sin_addr), 1);
	for (unsigned int i = 0; i < count; i++)
		left += sendto(fd, "x", 1, 0, (struct sockaddr *)&to, sizeof(to)) == 1;
	close(fd);
	return left;
}

static void put_in_place(void)
{
	struct ruleset *ruleset;

	ck_assert_int_eq(isolation_rules(&list, &ruleset), 0);
	ck_assert_int_eq(nftxact_apply(sock, ruleset, "", diags), 0);
	ruleset_free(ruleset);
}

#define COUNTED "nft list counter inet hedate-isolate isolation-1 | grep -q 'packets 2 '"

/* Another entry, and the end of one: what the others have counted stays. */
START_TEST(counts_stay)
{
	add("127.0.0.2", "");
	put_in_place();
	ck_assert_uint_eq(send_packets("127.0.0.2", 2), 0);
	netspace_run(0, COUNTED);
	add("127.0.0.3", "");
	put_in_place();
	netspace_run(0, COUNTED);
	ck_assert_uint_eq(send_packets("127.0.0.3", 1), 0);
	ck_assert_uint_eq(send_packets("127.0.0.4", 1), 1);
	release("127.0.0.3");
	put_in_place();
	netspace_run(0, COUNTED);
	ck_assert_uint_eq(send_packets("127.0.0.3", 1), 1);
	ck_assert_uint_eq(send_packets("127.0.0.2", 1), 0);
}
END_TEST

/* Beside entries that the list does not have: these stay as they are, the new ones hold too, within
 * a network that is isolated already as well. */
START_TEST(beside)
{
	struct ruleset *ruleset;

	add("127.0.0.2", "");
	put_in_place();
	isolation_clear(&list);
	list.last = 1;
	add("127.0.0.3", "");
	add("127.0.0.0/30", "");
	ck_assert_int_eq(isolation_rules_beside(&list, &ruleset), 0);
	ck_assert_int_eq(nftxact_add(sock, ruleset, diags), 0);
	ruleset_free(ruleset);
	ck_assert_uint_eq(send_packets("127.0.0.2", 2), 0);
	netspace_run(0, COUNTED);
	ck_assert_uint_eq(send_packets("127.0.0.3", 1), 0);
	ck_assert_uint_eq(send_packets("127.0.0.1", 1), 0);
	ck_assert_uint_eq(send_packets("127.0.0.4", 1), 1);
	/* All of it from a list that knows all of it. */
	isolation_clear(&list);
	add("127.0.0.2", "");
	add("127.0.0.3", "");
	add("127.0.0.0/30", "");
	put_in_place();
	netspace_run(0, COUNTED);
	ck_assert_uint_eq(send_packets("127.0.0.1", 1), 0);
	ck_assert_uint_eq(send_packets("127.0.0.4", 1), 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("isolation");
	TCase *pure = tcase_create("list"), *kernel = tcase_create("kernel");

	tcase_add_checked_fixture(pure, NULL, end_list);
	tcase_add_loop_test(pure, target_text, 0, sizeof(targets) / sizeof(targets[0]));
	tcase_add_test(pure, once_in_force);
	tcase_add_test(pure, limits);
	tcase_add_test(pure, reasons);
	tcase_add_test(pure, written);
	tcase_add_test(pure, empty);
	tcase_add_test(pure, torn);
	tcase_add_loop_test(pure, broken_line, 0, sizeof(broken) / sizeof(broken[0]));
	suite_add_tcase(suite, pure);
	tcase_add_checked_fixture(kernel, in_kernel_set_up, in_kernel_tear_down);
	tcase_add_checked_fixture(kernel, NULL, end_list);
	tcase_add_test(kernel, table);
	tcase_add_test(kernel, counts_stay);
	tcase_add_test(kernel, beside);
	suite_add_tcase(suite, kernel);
	return suite_run_in_netspace(suite);
}
