/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../daemon/message.h"
#include "suite.h"

static int ends[2];
static struct message sent, got;

static void open_pair(void)
{
	ck_assert_int_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends), 0);
}

static void close_pair(void)
{
	close(ends[0]);
	if (ends[1] >= 0)
		close(ends[1]);
}

START_TEST(test_round_trip)
{
	char text[8];
	size_t length;
	message_begin(&sent, 7);
	message_put_number(&sent, UINT64_MAX);
	message_put_string(&sent, "隔て");
	message_put_string(&sent, "");
	message_put_bytes(&sent, "a\0b", 3);
	message_put_bytes(&sent, NULL, 0);
	ck_assert_int_eq(message_send(ends[0], &sent), 0);
	ck_assert_int_eq(message_receive(ends[1], &got), 0);
	ck_assert_uint_eq(got.type, 7);
	ck_assert_int_eq(got.fd, -1);
	ck_assert(!message_complete(&got));
	ck_assert_uint_eq(message_get_number(&got), UINT64_MAX);
	message_get_string(&got, text, sizeof(text));
	ck_assert_str_eq(text, "隔て");
	message_get_string(&got, text, sizeof(text));
	ck_assert_str_eq(text, "");
	ck_assert_mem_eq(message_get_bytes(&got, &length), "a\0b", 3);
	ck_assert_uint_eq(length, 3);
	ck_assert(message_more(&got));
	ck_assert_ptr_nonnull(message_get_bytes(&got, &length));
	ck_assert_uint_eq(length, 0);
	ck_assert(message_complete(&got));
	ck_assert(!message_more(&got));
}
END_TEST

START_TEST(test_wrong_tag_fails_for_good)
{
	char text[8] = "x";
	message_begin(&sent, 1);
	message_put_number(&sent, 5);
	message_put_number(&sent, 6);
	ck_assert_int_eq(message_send(ends[0], &sent), 0);
	ck_assert_int_eq(message_receive(ends[1], &got), 0);
	message_get_string(&got, text, sizeof(text));
	ck_assert_str_eq(text, "");
	ck_assert(got.failed);
	ck_assert_uint_eq(message_get_number(&got), 0);
	ck_assert(!message_complete(&got));
	ck_assert(!message_more(&got));
}
END_TEST

START_TEST(test_reading_past_the_end_fails)
{
	message_begin(&sent, 1);
	ck_assert_int_eq(message_send(ends[0], &sent), 0);
	ck_assert_int_eq(message_receive(ends[1], &got), 0);
	ck_assert(message_complete(&got));
	ck_assert_uint_eq(message_get_number(&got), 0);
	ck_assert(!message_complete(&got));
}
END_TEST

START_TEST(test_string_limits)
{
	char text[4];
	message_begin(&sent, 1);
	message_put_string(&sent, "abc");
	message_put_string(&sent, "abcd");
	ck_assert_int_eq(message_send(ends[0], &sent), 0);
	ck_assert_int_eq(message_receive(ends[1], &got), 0);
	message_get_string(&got, text, sizeof(text));
	ck_assert_str_eq(text, "abc");
	message_get_string(&got, text, sizeof(text));
	ck_assert_str_eq(text, "");
	ck_assert(got.failed);
}
END_TEST

START_TEST(test_string_with_nul_fails)
{
	/* The writer cannot make one: change the tag of a bytes field. */
	char text[8];
	message_begin(&sent, 1);
	message_put_bytes(&sent, "a\0b", 3);
	sent.body[0] = 's';
	ck_assert_int_eq(message_send(ends[0], &sent), 0);
	ck_assert_int_eq(message_receive(ends[1], &got), 0);
	message_get_string(&got, text, sizeof(text));
	ck_assert(got.failed);
}
END_TEST

START_TEST(test_length_past_the_end_fails)
{
	size_t length;
	message_begin(&sent, 1);
	message_put_bytes(&sent, "abc", 3);
	sent.body[1] = 4;
	ck_assert_int_eq(message_send(ends[0], &sent), 0);
	ck_assert_int_eq(message_receive(ends[1], &got), 0);
	ck_assert_ptr_null(message_get_bytes(&got, &length));
	ck_assert_uint_eq(length, 0);
	ck_assert(got.failed);
}
END_TEST

START_TEST(test_largest)
{
	static uint8_t bytes[MESSAGE_MAX];
	size_t length, most = MESSAGE_MAX - 8 - 5;
	memset(bytes, 0xa5, sizeof(bytes));
	message_begin(&sent, 1);
	message_put_bytes(&sent, bytes, most);
	ck_assert_int_eq(message_send(ends[0], &sent), 0);
	ck_assert_int_eq(message_receive(ends[1], &got), 0);
	ck_assert_mem_eq(message_get_bytes(&got, &length), bytes, most);
	ck_assert_uint_eq(length, most);
	ck_assert(message_complete(&got));

	message_begin(&sent, 1);
	message_put_bytes(&sent, bytes, most + 1);
	ck_assert(sent.failed);
	ck_assert_int_eq(message_send(ends[0], &sent), -EMSGSIZE);
	message_begin(&sent, 1);
	message_put_bytes(&sent, bytes, SIZE_MAX);
	ck_assert(sent.failed);
}
END_TEST

START_TEST(test_full_socket)
{
	message_begin(&sent, 1);
	int r = 0;
	for (int i = 0; i < 1000000 && r == 0; i++)
		r = message_send(ends[0], &sent);
	ck_assert_int_eq(r, -EAGAIN);
}
END_TEST

START_TEST(test_nothing_and_closed)
{
	ck_assert_int_eq(message_receive(ends[0], &got), -EAGAIN);
	close(ends[1]);
	ends[1] = -1;
	ck_assert_int_eq(message_receive(ends[0], &got), -ECONNRESET);
	message_begin(&sent, 1);
	ck_assert_int_eq(message_send(ends[0], &sent), -EPIPE);
}
END_TEST

/* Headers as they are on the socket: type, version, length, then bytes after it. */
static const struct {
	uint16_t version;
	uint32_t length;
	size_t bytes;
	int result;
} header_cases[] = {
	{ MESSAGE_VERSION, 0, 8, 0 },
	{ MESSAGE_VERSION, 0, 7, -EBADMSG },
	{ MESSAGE_VERSION, 0, 1, -EBADMSG },
	{ MESSAGE_VERSION, 0, 9, -EBADMSG },
	{ MESSAGE_VERSION, 1, 8, -EBADMSG },
	{ MESSAGE_VERSION, UINT32_MAX, 8, -EBADMSG },
	{ MESSAGE_VERSION + 1, 0, 8, -EBADMSG },
	{ 0, 0, 8, -EBADMSG },
	{ MESSAGE_VERSION, MESSAGE_MAX - 7, MESSAGE_MAX + 1, -EBADMSG },
};

START_TEST(test_headers)
{
	static uint8_t packet[MESSAGE_MAX + 1];
	uint16_t type = 3;
	memset(packet, 0, sizeof(packet));
	memcpy(packet, &type, 2);
	memcpy(packet + 2, &header_cases[_i].version, 2);
	memcpy(packet + 4, &header_cases[_i].length, 4);
	ck_assert_int_eq(
		send(ends[0], packet, header_cases[_i].bytes, 0), (ssize_t)header_cases[_i].bytes);
	ck_assert_int_eq(message_receive(ends[1], &got), header_cases[_i].result);
}
END_TEST

static int open_descriptors(void)
{
	int count = 0;
	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

START_TEST(test_descriptor)
{
	struct stat here, there;
	message_begin(&sent, 1);
	sent.fd = open("/dev/null", O_RDONLY);
	ck_assert_int_ge(sent.fd, 0);
	ck_assert_int_eq(message_send(ends[0], &sent), 0);
	ck_assert_int_eq(message_receive(ends[1], &got), 0);
	ck_assert_int_ge(got.fd, 0);
	ck_assert_int_ne(got.fd, sent.fd);
	ck_assert_int_eq(fstat(sent.fd, &here), 0);
	ck_assert_int_eq(fstat(got.fd, &there), 0);
	ck_assert_uint_eq(here.st_rdev, there.st_rdev);
	ck_assert(fcntl(got.fd, F_GETFD) & FD_CLOEXEC);
	int before = open_descriptors();
	message_close_fd(&got);
	ck_assert_int_eq(open_descriptors(), before - 1);
	ck_assert_int_eq(message_take_fd(&got), -1);
	close(sent.fd);
}
END_TEST

START_TEST(test_two_descriptors_are_refused_and_closed)
{
	uint8_t packet[8] = { 1, 0, MESSAGE_VERSION, 0 };
	int fds[2] = { open("/dev/null", O_RDONLY), open("/dev/null", O_RDONLY) };
	union {
		struct cmsghdr align;
		uint8_t bytes[CMSG_SPACE(sizeof(fds))];
	} control = { 0 };
	struct iovec part = { .iov_base = packet, .iov_len = sizeof(packet) };
	struct msghdr header = { .msg_iov = &part,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof(control.bytes) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&header);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fds));
	memcpy(CMSG_DATA(head), fds, sizeof(fds));
	ck_assert_int_eq(sendmsg(ends[0], &header, 0), sizeof(packet));
	close(fds[0]);
	close(fds[1]);
	int before = open_descriptors();
	ck_assert_int_eq(message_receive(ends[1], &got), -EBADMSG);
	ck_assert_int_eq(open_descriptors(), before);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("message");
	TCase *tests = tcase_create("message");
	tcase_add_checked_fixture(tests, open_pair, close_pair);
	tcase_add_test(tests, test_round_trip);
	tcase_add_test(tests, test_wrong_tag_fails_for_good);
	tcase_add_test(tests, test_reading_past_the_end_fails);
	tcase_add_test(tests, test_string_limits);
	tcase_add_test(tests, test_string_with_nul_fails);
	tcase_add_test(tests, test_length_past_the_end_fails);
	tcase_add_test(tests, test_largest);
	tcase_add_test(tests, test_full_socket);
	tcase_add_test(tests, test_nothing_and_closed);
	tcase_add_loop_test(tests, test_headers, 0, sizeof(header_cases) / sizeof(header_cases[0]));
	tcase_add_test(tests, test_descriptor);
	tcase_add_test(tests, test_two_descriptors_are_refused_and_closed);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
