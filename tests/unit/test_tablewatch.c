/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is heard of changes of rules, who made them, and repairs that never end. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../../daemon/clock.h"
#include "../../daemon/culprit.h"
#include "../../daemon/keptfd.h"
#include "../../daemon/storm.h"
#include "../../daemon/tablewatch.h"
#include "../../lib/nftclosed.h"
#include "../../lib/tableevent.h"
#include "inkernel.h"
#include "netspace.h"
#include "suite.h"

/* Watching ------------------------------------------------------------------------------------- */

static struct {
	struct loop *loop;
	struct tablewatch *watch;
	struct tablewatch_news news;
	unsigned int told, alarms;
} heard;

static void on_alarm(int64_t seen, void *data)
{
	ck_assert_ptr_eq(data, &heard);
	ck_assert_int_gt(seen, 0);
	heard.alarms++;
}

static void on_news(const struct tablewatch_news *news, void *data)
{
	ck_assert_ptr_eq(data, &heard);
	heard.news = *news;
	heard.told++;
}

static void set_up(void)
{
	in_kernel_set_up();
	memset(&heard, 0, sizeof(heard));
	ck_assert_int_eq(loop_new(&heard.loop), 0);
	ck_assert_int_eq(tablewatch_new(heard.loop, nlsock_port(sock), on_alarm, on_news, &heard,
				 &heard.watch),
		0);
}

static void tear_down(void)
{
	tablewatch_free(heard.watch);
	loop_free(heard.loop);
	in_kernel_tear_down();
}

static void hear(void)
{
	heard.told = heard.alarms = 0;
	memset(&heard.news, 0, sizeof(heard.news));
	tablewatch_hear(heard.watch);
}

static uint32_t generation(void)
{
	uint32_t now;

	ck_assert_int_eq(nlsock_generation(sock, &now), 0);
	return now;
}

/* What we do ourselves is no news, but for the generation. */
START_TEST(our_own)
{
	struct ruleset *ruleset = compile_blocking();

	hear();
	ck_assert_uint_eq(heard.told, 0);
	apply(ruleset);
	ck_assert_int_eq(nftclosed_stopgap(sock, "why"), 0);
	ck_assert_int_eq(nftclosed_stopgap(sock, NULL), 0);
	hear();
	ck_assert_uint_eq(heard.told, 1);
	ck_assert_uint_eq(heard.alarms, 0);
	ck_assert(!heard.news.ours && !heard.news.others && !heard.news.gone && !heard.news.lost);
	ck_assert_uint_eq(heard.news.commits, 0);
	ck_assert_uint_eq(heard.news.generation, generation());
	ruleset_free(ruleset);
}
END_TEST

START_TEST(by_others)
{
	static const struct {
		const char *command;
		bool ours, others, gone;
	} changes[] = {
		{ "nft add table inet other", false, true, false },
		{ "nft add table ip hedate", false, true, false },
		{ "nft add chain inet hedate x", true, false, false },
		{ "nft 'add chain inet hedate y; add chain inet other y'", true, true, false },
		{ "nft add table inet hedate-guard", true, false, false },
		{ "nft delete table inet hedate-guard", true, false, false },
		{ "nft delete table inet other", false, true, false },
		{ "nft flush ruleset", true, true, true },
	};
	struct ruleset *ruleset = compile_blocking();

	apply(ruleset);
	hear();
	for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
		netspace_run(0, changes[i].command);
		hear();
		ck_assert_msg(heard.news.ours == changes[i].ours &&
				      heard.news.others == changes[i].others &&
				      heard.news.gone == changes[i].gone && !heard.news.lost,
			"%s: ours %d, others %d, gone %d", changes[i].command, heard.news.ours,
			heard.news.others, heard.news.gone);
		ck_assert_uint_eq(heard.alarms, changes[i].ours);
		ck_assert_uint_eq(heard.news.commits, 1);
		ck_assert_str_eq(heard.news.culprit.name, "nft");
		ck_assert_uint_ne(heard.news.culprit.pid, 0);
		ck_assert_uint_eq(heard.news.generation, generation());
	}
	/* What a kernel refused is no change. */
	netspace_run(1, "nft delete table inet hedate");
	hear();
	ck_assert_uint_eq(heard.told, 0);
	ruleset_free(ruleset);
}
END_TEST

/* More than there is room for. */
START_TEST(overrun)
{
	netspace_run(0, "for i in $(seq 6); do for j in $(seq 1500); do"
			" echo add table inet t$j; done | nft -f -; nft flush ruleset; done");
	hear();
	ck_assert_uint_eq(heard.told, 1);
	ck_assert(heard.news.lost || heard.news.commits > 0);
	for (unsigned int i = 0; i < 100 && heard.told; i++)
		hear();
	ck_assert_uint_eq(heard.told, 0);
	netspace_run(0, "nft add table inet after");
	hear();
	ck_assert(heard.news.others && !heard.news.lost);
}
END_TEST

/* Messages ------------------------------------------------------------------------------------- */

START_TEST(malformed)
{
	union {
		struct nlmsghdr header;
		uint8_t bytes[256];
	} buffer = { .bytes = { 0 } };
	struct tableevent event;
	struct nlmsghdr *message = &buffer.header;

	message->nlmsg_len = NLMSG_HDRLEN;
	tableevent_read(message, &event);
	ck_assert_int_eq(event.kind, TABLEEVENT_OTHER);
	/* An object that does not say of which table may be of any. */
	message->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWRULE;
	message->nlmsg_pid = 7;
	tableevent_read(message, &event);
	ck_assert_int_eq(event.kind, TABLEEVENT_CHANGE);
	ck_assert_ptr_null(event.table);
	ck_assert_uint_eq(event.port, 7);
	mnl_nlmsg_put_extra_header(message, sizeof(struct nfgenmsg));
	mnl_attr_put(message, NFTA_RULE_TABLE, 3, "abc"); /* without an end */
	tableevent_read(message, &event);
	ck_assert_ptr_null(event.table);
	message->nlmsg_type = NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_NEWGEN;
	mnl_attr_put(message, NFTA_GEN_PROC_NAME, 30, "a name that is much too long..");
	mnl_attr_put(message, NFTA_GEN_ID, 2, "xx");
	tableevent_read(message, &event);
	ck_assert_int_eq(event.kind, TABLEEVENT_COMMIT);
	ck_assert_uint_eq(event.generation, 0);
	ck_assert_str_eq(event.name, "a name that is ");
}
END_TEST

/* Who ------------------------------------------------------------------------------------------ */

#define PROC "/tmp/hedate-culprit"

static void write_file(const char *pid, const char *name, const char *text, size_t length)
{
	char path[128];

	snprintf(path, sizeof(path), PROC "/%s/%s", pid, name);
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(text, 1, length, file), length);
	fclose(file);
}

static void make_process(const char *pid, const char *comm, const char *login)
{
	char path[128];

	snprintf(path, sizeof(path), PROC "/%s", pid);
	(void)mkdir(PROC, 0755);
	(void)mkdir(path, 0755);
	write_file(pid, "comm", comm, strlen(comm));
	write_file(pid, "status", "Name:\tx\nUid:\t5\t6\t7\t8\n", 22);
	write_file(pid, "loginuid", login, strlen(login));
	write_file(pid, "cmdline", "nft\0flush\0\x1b[31m\0", 16);
	snprintf(path, sizeof(path), PROC "/%s/exe", pid);
	(void)unlink(path);
	ck_assert_int_eq(symlink("/usr/sbin/nft", path), 0);
}

START_TEST(culprits)
{
	struct culprit culprit;
	struct culprit_text text;
	const char *pairs[CULPRIT_PAIRS + 1];
	size_t count = 0;

	make_process("41", "nft\n", "1000");
	make_process("42", "other\n", "4294967295");
	culprit_find(PROC, 41, 0, "nft", &culprit);
	ck_assert(culprit.found && culprit.has_login);
	ck_assert_uint_eq(culprit.uid, 6);
	ck_assert_uint_eq(culprit.login, 1000);
	ck_assert_str_eq(culprit.program, "/usr/sbin/nft");
	ck_assert_str_eq(culprit.command, "nft flush ?[31m");
	culprit_pairs(&culprit, &text, pairs, &count);
	ck_assert_uint_eq(count, CULPRIT_PAIRS);
	ck_assert_str_eq(pairs[1], "41");
	/* Somebody else has the number. */
	culprit_find(PROC, 42, 42, "nft", &culprit);
	ck_assert(!culprit.found && !culprit.has_login);
	ck_assert_uint_eq(culprit.pid, 42);
	ck_assert_str_eq(culprit.name, "nft");
	ck_assert_str_eq(culprit.program, "");
	count = 0;
	culprit_pairs(&culprit, &text, pairs, &count);
	ck_assert_uint_eq(count, 4);
	/* Its number in another namespace is that of its socket. */
	culprit_find(PROC, 42, 41, "nft", &culprit);
	ck_assert(culprit.found);
	ck_assert_uint_eq(culprit.pid, 42);
	/* Nobody logged in; nobody is there; nothing is known. */
	culprit_find(PROC, 42, 0, "other", &culprit);
	ck_assert(culprit.found && !culprit.has_login);
	culprit_find(PROC, 43, 0, "gone", &culprit);
	ck_assert(!culprit.found);
	culprit_find(PROC, 0, 0, "", &culprit);
	count = 0;
	culprit_pairs(&culprit, &text, pairs, &count);
	ck_assert_uint_eq(count, 0);
	ck_assert_int_eq(system("rm -r " PROC), 0);
	/* And a real one. */
	culprit_find("/proc", (uint32_t)getpid(), 0, "test_tablewatch", &culprit);
	ck_assert(culprit.found);
	ck_assert_uint_eq(culprit.uid, geteuid());
	ck_assert_ptr_nonnull(strstr(culprit.program, "test_tablewatch"));
}
END_TEST

/* Storms --------------------------------------------------------------------------------------- */

START_TEST(storms)
{
	struct storm storm = { 0 };
	int64_t now = 100 * CLOCK_SECOND;
	uint64_t longest = 0;

	/* A repair now and then is none. */
	for (unsigned int i = 0; i < 100; i++, now += CLOCK_SECOND) {
		ck_assert_int_eq(storm_repaired(&storm, now), STORM_NOTHING);
		ck_assert_uint_eq(storm_pause(&storm, now), 0);
	}
	now += STORM_SECONDS * CLOCK_SECOND;
	for (unsigned int i = 1; i < STORM_REPAIRS; i++, now += CLOCK_MILLISECOND)
		ck_assert_int_eq(storm_repaired(&storm, now), STORM_NOTHING);
	ck_assert(!storm_ended(&storm, now));
	ck_assert_int_eq(storm_repaired(&storm, now), STORM_BEGINS);
	ck_assert_uint_eq(storm_pause(&storm, now), STORM_PAUSE_MIN_MS);
	ck_assert_uint_eq(storm_pause(&storm, now + 5 * CLOCK_MILLISECOND - 1), 6);
	ck_assert_uint_eq(storm_pause(&storm, now + STORM_PAUSE_MIN_MS * CLOCK_MILLISECOND), 0);
	/* The pause grows, and has an end; its numbers come again and again. */
	int64_t began = now;
	unsigned int told = 0;

	for (unsigned int i = 0; i < 1000; i++) {
		uint64_t pause = storm_pause(&storm, now);

		ck_assert_uint_ge(pause, longest);
		ck_assert_uint_le(pause, STORM_PAUSE_MAX_MS);
		longest = pause;
		now += (int64_t)pause * CLOCK_MILLISECOND;
		told += storm_repaired(&storm, now) == STORM_GOES_ON;
	}
	ck_assert_uint_eq(longest, STORM_PAUSE_MAX_MS);
	ck_assert_uint_eq(told, (now - began) / CLOCK_SECOND / STORM_TELL_SECONDS);
	ck_assert(!storm_ended(&storm, now + STORM_SECONDS * CLOCK_SECOND - 1));
	ck_assert(storm_ended(&storm, now + STORM_SECONDS * CLOCK_SECOND));
	ck_assert(!storm_ended(&storm, now + STORM_SECONDS * CLOCK_SECOND));
	ck_assert_int_eq(storm_repaired(&storm, now), STORM_NOTHING);
}
END_TEST

/* The service manager -------------------------------------------------------------------------- */

/* In a process of its own, which has these descriptors to lose. Where it went wrong, or 0. */
#define REQUIRE(condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			_exit(1 + __LINE__ % 255);                                                 \
	} while (0)

static void handed_over(const char *pid, const char *count, const char *names)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", getpid());
	REQUIRE(setenv("LISTEN_PID", pid ? pid : text, 1) == 0);
	REQUIRE(setenv("LISTEN_FDS", count, 1) == 0);
	REQUIRE(setenv("LISTEN_FDNAMES", names, 1) == 0);
	for (int fd = 3; fd < 6; fd++)
		REQUIRE(dup2(STDERR_FILENO, fd) == fd);
}

static void take_descriptors(void)
{
	REQUIRE(keptfd_take("table") == -1);
	handed_over(NULL, "3", "other:table:table");
	REQUIRE(keptfd_take("table") == 4);
	REQUIRE(fcntl(3, F_GETFD) < 0 && fcntl(5, F_GETFD) < 0);
	REQUIRE(fcntl(4, F_GETFD) >= 0);
	REQUIRE(keptfd_take("table") == -1);
	handed_over(NULL, "3", "tables:tab:");
	REQUIRE(keptfd_take("table") == -1);
	REQUIRE(fcntl(3, F_GETFD) < 0);
	/* For somebody else, or nonsense: what is there is not ours to close. */
	handed_over("1", "3", "table:table:table");
	REQUIRE(keptfd_take("table") == -1);
	REQUIRE(fcntl(3, F_GETFD) >= 0);
	handed_over(NULL, "many", "table");
	REQUIRE(keptfd_take("table") == -1);
	REQUIRE(getenv("LISTEN_FDS") == NULL);
	/* Nobody keeps anything. */
	REQUIRE(unsetenv("NOTIFY_SOCKET") == 0);
	REQUIRE(keptfd_give("table", 1) == 0);
	REQUIRE(keptfd_drop("table") == 0);
}

START_TEST(kept_descriptors)
{
	int status;
	pid_t child = fork();

	ck_assert_int_ge(child, 0);
	if (child == 0) {
		take_descriptors();
		_exit(0);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert(WIFEXITED(status));
	ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

START_TEST(kept_by_a_manager)
{
	static const char path[] = "/tmp/hedate-keptfd.sock";
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	union {
		struct cmsghdr header;
		uint8_t bytes[CMSG_SPACE(sizeof(int))];
	} control;
	char text[128] = "";
	struct iovec part = { text, sizeof(text) - 1 };
	struct msghdr message = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = &control,
		.msg_controllen = sizeof(control) };
	int manager = socket(AF_UNIX, SOCK_DGRAM, 0), kept;

	(void)unlink(path);
	memcpy(address.sun_path, path, sizeof(path));
	ck_assert_int_eq(bind(manager, (struct sockaddr *)&address, sizeof(address)), 0);
	ck_assert_int_eq(setenv("NOTIFY_SOCKET", path, 1), 0);
	ck_assert_int_eq(keptfd_give("table", nlsock_fd(sock)), 0);
	ck_assert_int_gt(recvmsg(manager, &message, 0), 0);
	ck_assert_str_eq(text, "FDSTORE=1\nFDNAME=table\nFDPOLL=0");
	ck_assert_int_eq(control.header.cmsg_type, SCM_RIGHTS);
	memcpy(&kept, CMSG_DATA(&control.header), sizeof(kept));

	struct nlsock *adopted;
	uint32_t port = nlsock_port(sock);

	ck_assert_int_eq(nlsock_adopt(kept, &adopted), 0);
	ck_assert_uint_eq(nlsock_port(adopted), port);
	nlsock_close(adopted);
	memset(text, 0, sizeof(text));
	ck_assert_int_eq(keptfd_drop("table"), 0);
	ck_assert_int_gt(recv(manager, text, sizeof(text) - 1, 0), 0);
	ck_assert_str_eq(text, "FDSTOREREMOVE=1\nFDNAME=table");
	close(manager);
	(void)unlink(path);
	ck_assert_int_eq(keptfd_give("table", nlsock_fd(sock)), -ENOENT);
}
END_TEST

static Suite *suite(void)
{
	Suite *made = suite_create("tablewatch");
	TCase *watch = tcase_create("watch"), *other = tcase_create("other");

	tcase_add_checked_fixture(watch, set_up, tear_down);
	tcase_add_test(watch, our_own);
	tcase_add_test(watch, by_others);
	tcase_add_test(watch, overrun);
	tcase_add_test(watch, kept_by_a_manager);
	tcase_set_timeout(watch, 120);
	suite_add_tcase(made, watch);
	tcase_add_test(other, malformed);
	tcase_add_test(other, culprits);
	tcase_add_test(other, storms);
	tcase_add_test(other, kept_descriptors);
	suite_add_tcase(made, other);
	return made;
}

int main(void)
{
	return suite_run_in_netspace(suite());
}
