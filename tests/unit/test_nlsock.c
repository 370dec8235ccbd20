/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The netlink socket, in a network namespace of its own: what goes right, and every way in which
 * it goes wrong that can be brought about. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "../../lib/decode.h"
#include "../../lib/decode_impl.h"
#include "../../lib/nftgen.h"
#include "netspace.h"
#include "suite.h"

#define MANY 3000

/* Each call says that something was lost. */
static bool only_losses;

/* NOLINTNEXTLINE(readability-inconsistent-declaration-parameter-name) */
ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
	if (!only_losses)
		return syscall(SYS_recvmsg, fd, message, flags);
	errno = ENOBUFS;
	return -1;
}

static struct nlsock *sock;
static struct ruleset *ruleset;

static void set_up(void)
{
	netspace_enter();
	ck_assert_int_eq(nlsock_open(&sock), 0);
	ck_assert_int_eq(ruleset_new("hedate", &ruleset), 0);
}

static void tear_down(void)
{
	ruleset_free(ruleset);
	nlsock_close(sock);
}

static uint32_t generation(void)
{
	uint32_t value;

	ck_assert_int_eq(nlsock_generation(sock, &value), 0);
	return value;
}

/* A set of MANY elements with its table, in the kernel. */
static struct set *add_many(void)
{
	enum field_type mark = FIELD_MARK;
	struct set *set = ruleset_add_set(ruleset, "many", 0, &mark, 1, FIELD_INVALID);
	struct nlsock_error errors[1];
	struct nftgen *batch;
	const void *bytes;
	size_t length, count;
	uint32_t last;

	for (uint32_t i = 0; i < MANY; i++)
		ck_assert_int_eq(set_add_element(set, (uint8_t *)&i, NULL, 0, 0), 0);
	ck_assert_int_eq(nftgen_new(sock, 0, &batch), 0);
	ck_assert_int_eq(nftgen_add_all(batch, ruleset), 0);
	ck_assert_int_eq(nftgen_finish(batch, &bytes, &length, &last), 0);
	ck_assert_int_eq(nlsock_batch(sock, bytes, length, last, errors, 1, &count), 0);
	nftgen_free(batch);
	return set;
}

/* A batch that adds the table, in a buffer of its own. */
struct sent {
	struct nftgen *batch;
	const void *bytes;
	size_t length;
	uint32_t last;
};

static struct sent table_batch(uint32_t at)
{
	struct sent sent;

	ck_assert_int_eq(nftgen_new(sock, at, &sent.batch), 0);
	ck_assert_int_eq(nftgen_add_table(sent.batch, ruleset), 0);
	ck_assert_int_eq(nftgen_finish(sent.batch, &sent.bytes, &sent.length, &sent.last), 0);
	return sent;
}

static bool has_table(void)
{
	struct ruleset *names;
	uint32_t at;
	bool foreign;
	int error = decode_names(sock, "hedate", &names, &at, &foreign);

	if (error == 0)
		ruleset_free(names);
	ck_assert_int_eq(error, error == 0 ? 0 : -ENOENT);
	return error == 0;
}

START_TEST(commit_moves_generation)
{
	uint32_t before = generation();
	struct sent sent = table_batch(before);
	struct nlsock_error errors[2];
	size_t count;

	ck_assert_int_eq(
		nlsock_batch(sock, sent.bytes, sent.length, sent.last, errors, 2, &count), 0);
	ck_assert_uint_eq(count, 0);
	ck_assert_uint_eq(generation(), before + 1);
	ck_assert(has_table());
	nftgen_free(sent.batch);
}
END_TEST

START_TEST(stale_generation)
{
	uint32_t before = generation();
	struct sent sent = table_batch(before + 7);
	struct nlsock_error errors[2];
	size_t count;

	ck_assert_int_eq(nlsock_batch(sock, sent.bytes, sent.length, sent.last, errors, 2, &count),
		-ERESTART);
	ck_assert_uint_eq(generation(), before);
	ck_assert(!has_table());
	nftgen_free(sent.batch);
}
END_TEST

/* The answer to the last message is not a commit: without its end, a batch does nothing, and no
 * error says so. Who sends must look at the generation. */
START_TEST(acknowledged_is_not_committed)
{
	uint32_t before = generation();
	struct sent sent = table_batch(before);
	const size_t end = NLMSG_HDRLEN + sizeof(struct nfgenmsg);
	struct nlsock_error errors[2];
	size_t count;

	ck_assert_int_eq(
		nlsock_batch(sock, sent.bytes, sent.length - end, sent.last, errors, 2, &count), 0);
	ck_assert_uint_eq(generation(), before);
	ck_assert(!has_table());
	nftgen_free(sent.batch);
}
END_TEST

START_TEST(errors_are_told)
{
	struct nlsock_error errors[3];
	struct nftgen *batch;
	const void *bytes;
	size_t length, count;
	uint32_t last;

	ck_assert_int_eq(nftgen_new(sock, 0, &batch), 0);
	ck_assert_int_eq(nftgen_add_table(batch, ruleset), 0);
	for (unsigned int i = 0; i < 5; i++)
		ck_assert_int_eq(nftgen_delete_chain(batch, "hedate", "nobody"), 0);
	ck_assert_int_eq(nftgen_finish(batch, &bytes, &length, &last), 0);
	ck_assert_int_eq(nlsock_batch(sock, bytes, length, last, errors, 3, &count), -ENOENT);
	ck_assert_uint_eq(count, 3);
	for (unsigned int i = 0; i < 3; i++) {
		ck_assert_int_eq(errors[i].error, ENOENT);
		ck_assert_uint_eq(errors[i].sequence, last - 4 + i);
		ck_assert_uint_ge(errors[i].offset, NLMSG_HDRLEN + sizeof(struct nfgenmsg));
	}
	ck_assert(!has_table());
	nftgen_free(batch);
}
END_TEST

/* Each of 30,000 messages is refused: more answers than the socket holds. */
START_TEST(answers_are_lost)
{
	struct nlsock_error errors[3];
	struct nftgen *batch;
	const void *bytes;
	size_t length, count;
	uint32_t last;
	int size = 1;

	ck_assert_int_eq(
		setsockopt(nlsock_fd(sock), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
	ck_assert_int_eq(nftgen_new(sock, 0, &batch), 0);
	for (unsigned int i = 0; i < 30000; i++)
		ck_assert_int_eq(nftgen_delete_chain(batch, "hedate", "nobody"), 0);
	ck_assert_int_eq(nftgen_finish(batch, &bytes, &length, &last), 0);
	ck_assert_int_eq(nlsock_batch(sock, bytes, length, last, errors, 3, &count), -ENOENT);
	ck_assert_uint_gt(count, 0);
	nftgen_free(batch);
	ck_assert_uint_gt(generation(), 0); /* nothing of it is left in the socket */
}
END_TEST

static int stop_at_once(const struct nlmsghdr *message, void *data)
{
	(void)message;
	++*(unsigned int *)data;
	return -ECANCELED;
}

static struct nlmsghdr *dump_request(void *buffer)
{
	struct nlmsghdr *request = decode_request(sock, buffer, NFT_MSG_GETSETELEM, NLM_F_DUMP);

	mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_TABLE, "hedate");
	mnl_attr_put_strz(request, NFTA_SET_ELEM_LIST_SET, "many");
	return request;
}

START_TEST(callback_stops_dump)
{
	static uint8_t buffer[DECODE_REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	unsigned int calls = 0;

	add_many();
	for (unsigned int i = 1; i <= 3; i++) {
		ck_assert_int_eq(nlsock_request(sock, dump_request(buffer), stop_at_once, &calls),
			-ECANCELED);
		ck_assert_uint_eq(calls, i);
	}
	ck_assert(has_table());
}
END_TEST

static int change_table(const struct nlmsghdr *message, void *data)
{
	(void)message;
	if (++*(unsigned int *)data == 1)
		netspace_run(0, "nft add table ip other");
	return 0;
}

START_TEST(dump_is_interrupted)
{
	static uint8_t buffer[DECODE_REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	unsigned int calls = 0;

	for (unsigned int i = 0; i < MANY; i++) {
		char name[20];

		snprintf(name, sizeof(name), "chain-%u", i);
		ck_assert_ptr_nonnull(ruleset_add_chain(ruleset, name));
	}
	add_many();
	ck_assert_int_eq(
		nlsock_request(sock, decode_request(sock, buffer, NFT_MSG_GETCHAIN, NLM_F_DUMP),
			change_table, &calls),
		-EINTR);
	calls = 1;
	ck_assert_int_eq(
		nlsock_request(sock, decode_request(sock, buffer, NFT_MSG_GETCHAIN, NLM_F_DUMP),
			change_table, &calls),
		0);
	ck_assert_uint_eq(calls, MANY + 1);
}
END_TEST

static int change_at_key(
	const uint8_t *key, unsigned int key_length, struct counter_value value, void *data)
{
	(void)key;
	(void)key_length;
	(void)value;
	if (++*(unsigned int *)data == 1)
		netspace_run(0, "nft add table ip other");
	return 0;
}

START_TEST(elements_are_interrupted)
{
	unsigned int calls = 0;

	add_many();
	ck_assert_int_eq(decode_elements(sock, "hedate", "many", change_at_key, &calls), -EINTR);
	calls = 1;
	ck_assert_int_eq(decode_elements(sock, "hedate", "many", change_at_key, &calls), 0);
	ck_assert_uint_eq(calls, MANY + 1);
}
END_TEST

static int count_key(
	const uint8_t *key, unsigned int key_length, struct counter_value value, void *data)
{
	size_t *count = data;
	uint32_t mark = (uint32_t)*count;

	(void)value;
	ck_assert_uint_eq(key_length, sizeof(mark));
	ck_assert_int_eq(memcmp(key, &mark, sizeof(mark)), 0);
	++*count;
	return 0;
}

/* A socket that holds only a few answers: fewer keys are asked for at once. */
START_TEST(known_keys_with_little_room)
{
	struct set *set = add_many();
	int size = 8192;
	size_t count = 0;

	ck_assert_int_eq(
		setsockopt(nlsock_fd(sock), SOL_SOCKET, SO_RCVBUF, &size, sizeof(size)), 0);
	ck_assert_int_eq(
		decode_known(sock, "hedate", "many", set->elements, 4, MANY, count_key, &count), 0);
	ck_assert_uint_eq(count, MANY);
}
END_TEST

static int stop_at_key(
	const uint8_t *key, unsigned int key_length, struct counter_value value, void *data)
{
	(void)key;
	(void)key_length;
	(void)value;
	return ++*(unsigned int *)data == 700 ? -ECANCELED : 0;
}

START_TEST(known_keys_stopped)
{
	struct set *set = add_many();
	unsigned int calls = 0;

	ck_assert_int_eq(
		decode_known(sock, "hedate", "many", set->elements, 4, MANY, stop_at_key, &calls),
		-ECANCELED);
	ck_assert_uint_eq(calls, 700);
	calls = 0;
	ck_assert_int_eq(decode_elements(sock, "hedate", "many", stop_at_key, &calls), -ECANCELED);
	ck_assert_uint_eq(calls, 700);
	ck_assert(has_table());
}
END_TEST

/* Answers to somebody's request of before are not taken for ours. */
START_TEST(stale_answers)
{
	static uint8_t buffer[DECODE_REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request = decode_request(sock, buffer, NFT_MSG_GETTABLE, NLM_F_ACK);

	mnl_attr_put_strz(request, NFTA_TABLE_NAME, "nobody");
	ck_assert_int_eq(
		send(nlsock_fd(sock), request, request->nlmsg_len, 0), (int)request->nlmsg_len);
	ck_assert_uint_gt(generation(), 0);
}
END_TEST

START_TEST(unknown_subsystem)
{
	static uint8_t buffer[DECODE_REQUEST_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request = decode_request(sock, buffer, NFT_MSG_GETGEN, NLM_F_ACK);

	/* What nlsock_generation() takes for a kernel without nf_tables. */
	request->nlmsg_type = 200 << 8;
	ck_assert_int_eq(nlsock_request(sock, request, NULL, NULL), -EINVAL);
}
END_TEST

START_TEST(without_capability)
{
	struct sent sent = table_batch(0);
	struct nlsock_error errors[2];
	static uint8_t large[64 << 20];
	uint32_t at;
	size_t count;

	ck_assert_int_eq(setuid(65534), 0);
	ck_assert_int_eq(nlsock_generation(sock, &at), -EPERM);
	ck_assert_int_eq(
		nlsock_batch(sock, sent.bytes, sent.length, sent.last, errors, 2, &count), -EPERM);
	/* Nor may the send buffer be grown. */
	ck_assert_int_eq(nlsock_batch(sock, large, sizeof(large), 1, errors, 2, &count), -EMSGSIZE);
	ck_assert_uint_eq(count, 0);
	nftgen_free(sent.batch);
}
END_TEST

START_TEST(closed_socket)
{
	uint32_t at;

	close(nlsock_fd(sock));
	ck_assert_int_eq(nlsock_generation(sock, &at), -EBADF);
	ck_assert_int_eq(open("/dev/null", 0), nlsock_fd(sock));
	ck_assert_int_eq(nlsock_generation(sock, &at), -ENOTSOCK);
}
END_TEST

/* Answers that no kernel sends
 * --------------------------------------------------------------------- */

static int outcome(
	uint16_t type, const void *payload, size_t length, struct nlsock_error *ret_error)
{
	static uint8_t buffer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);

	message->nlmsg_type = type;
	message->nlmsg_flags = NLM_F_ACK_TLVS | NLM_F_CAPPED;
	memcpy(mnl_nlmsg_put_extra_header(message, length), payload, length);
	message->nlmsg_len = (uint32_t)(NLMSG_HDRLEN + length);
	return nlsock_outcome(message, ret_error);
}

START_TEST(outcomes)
{
	struct answer {
		struct nlmsgerr header;
		struct nlattr attr;
		char text[60];
	} answer = { .header.error = -ENOENT, .header.msg.nlmsg_seq = 9 };
	struct nlsock_error error = { 0 };
	int32_t done = -ENOBUFS;

	ck_assert_int_eq(outcome(NLMSG_ERROR, &answer, 3, &error), -EBADMSG);
	ck_assert_int_eq(
		outcome(NLMSG_ERROR, &answer.header, sizeof(answer.header), &error), -ENOENT);
	ck_assert_int_eq(error.error, ENOENT);
	ck_assert_uint_eq(error.sequence, 9);
	answer.attr.nla_type = NLMSGERR_ATTR_MSG;
	answer.attr.nla_len = NLA_HDRLEN + 6;
	strcpy(answer.text, "words");
	ck_assert_int_eq(outcome(NLMSG_ERROR, &answer,
				 offsetof(struct answer, text) + sizeof("words"), &error),
		-ENOENT);
	ck_assert_str_eq(error.text, "words");
	memset(answer.text, 'x', sizeof(answer.text)); /* no NUL */
	answer.attr.nla_len = NLA_HDRLEN + sizeof(answer.text);
	ck_assert_int_eq(outcome(NLMSG_ERROR, &answer, sizeof(answer), &error), -ENOENT);
	ck_assert_str_eq(error.text, "");
	answer.attr.nla_len = 60000;
	ck_assert_int_eq(outcome(NLMSG_ERROR, &answer, sizeof(answer), &error), -ENOENT);
	answer.header.error = 5;
	ck_assert_int_eq(outcome(NLMSG_ERROR, &answer, sizeof(answer), &error), -EBADMSG);
	answer.header.error = INT32_MIN;
	ck_assert_int_eq(outcome(NLMSG_ERROR, &answer, sizeof(answer), &error), -EBADMSG);
	answer.header.error = 0;
	ck_assert_int_eq(outcome(NLMSG_ERROR, &answer, sizeof(answer), NULL), 1);
	ck_assert_int_eq(outcome(NLMSG_DONE, &done, sizeof(done), NULL), -ENOBUFS);
	done = 0;
	ck_assert_int_eq(outcome(NLMSG_DONE, &done, sizeof(done), NULL), 1);
	ck_assert_int_eq(outcome(NLMSG_DONE, &done, 0, NULL), 1);
	ck_assert_int_eq(outcome(NLMSG_NOOP, &done, 0, NULL), -EBADMSG);
	ck_assert_int_eq(outcome(NLMSG_OVERRUN, &done, 0, NULL), -EBADMSG);
	ck_assert_int_eq(outcome(NFNL_SUBSYS_NFTABLES << 8, &done, 4, NULL), 0);
}
END_TEST

/* Nothing but losses, one after the other: an end of it, and not one that says all went well. */
START_TEST(losses_without_end)
{
	struct nlsock_error errors[1];
	uint32_t generation, last;
	struct nftgen *batch;
	const void *bytes;
	size_t length, count;

	ck_assert_int_eq(nftgen_new(sock, 0, &batch), 0);
	ck_assert_int_eq(nftgen_add_table(batch, ruleset), 0);
	ck_assert_int_eq(nftgen_finish(batch, &bytes, &length, &last), 0);
	only_losses = true;
	ck_assert_int_lt(nlsock_generation(sock, &generation), 0);
	ck_assert_int_eq(nlsock_batch(sock, bytes, length, last, errors, 1, &count), -ENOBUFS);
	ck_assert_uint_eq(count, 0);
	only_losses = false;
	nftgen_free(batch);
	/* It is in place all the same, and the socket is as good as before. */
	netspace_run(0, "nft list table inet hedate");
	ck_assert_int_eq(nlsock_generation(sock, &generation), 0);
}
END_TEST

static Suite *suite(void)
{
	Suite *suite = suite_create("nlsock");
	TCase *test = tcase_create("nlsock");

	tcase_set_timeout(test, 60);
	tcase_add_checked_fixture(test, set_up, tear_down);
	tcase_add_test(test, commit_moves_generation);
	tcase_add_test(test, stale_generation);
	tcase_add_test(test, acknowledged_is_not_committed);
	tcase_add_test(test, errors_are_told);
	tcase_add_test(test, answers_are_lost);
	tcase_add_test(test, callback_stops_dump);
	tcase_add_test(test, dump_is_interrupted);
	tcase_add_test(test, elements_are_interrupted);
	tcase_add_test(test, known_keys_with_little_room);
	tcase_add_test(test, known_keys_stopped);
	tcase_add_test(test, stale_answers);
	tcase_add_test(test, unknown_subsystem);
	tcase_add_test(test, without_capability);
	tcase_add_test(test, closed_socket);
	tcase_add_test(test, losses_without_end);
	tcase_add_test(test, outcomes);
	suite_add_tcase(suite, test);
	return suite;
}

int main(void)
{
	return suite_run_in_netspace(suite());
}
