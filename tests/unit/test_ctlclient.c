/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The command's side of the control protocol, against daemons of every kind. */
#include <check.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../daemon/ctlclient.h"
#include "suite.h"
#include "testdir.h"

/* In place of the program's own. */
static unsigned int complaints;

int cmd_failed(const char *format, ...)
{
	va_list arguments;

	complaints++;
	va_start(arguments, format);
	vprintf(format, arguments);
	va_end(arguments);
	putchar('\n');
	return EXIT_FAILED;
}

static char directory[TESTDIR_PATH];
static int listener;
static pid_t daemon_pid;
static struct cli cli;

static void make_directory(void)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	testdir_make(directory, "ctl");
	snprintf(address.sun_path, sizeof(address.sun_path), "%s/" CONTROL_SOCKET, directory);
	listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	ck_assert_int_ge(listener, 0);
	ck_assert_int_eq(bind(listener, (const struct sockaddr *)&address, sizeof(address)), 0);
	cli.run_directory = directory;
	complaints = 0;
	daemon_pid = 0;
}

static void remove_directory(void)
{
	if (daemon_pid > 0)
		waitpid(daemon_pid, NULL, 0);
	close(listener);
	testdir_remove(directory);
}

static void put_field(int socket, const char *key, const char *value)
{
	static struct message message;

	message_begin(&message, CTL_FIELD);
	message_put_string(&message, key);
	message_put_string(&message, value);
	if (message_send(socket, &message) < 0)
		_exit(1);
}

static void put_result(int socket, uint64_t code, const char *text)
{
	static struct message message;

	message_begin(&message, CTL_RESULT);
	message_put_number(&message, code);
	message_put_string(&message, text);
	if (message_send(socket, &message) < 0)
		_exit(1);
}

/* A daemon that takes one request and then does this. */
static void start_daemon(void (*answer)(int socket, struct message *request))
{
	ck_assert_int_eq(listen(listener, 1), 0);
	fflush(NULL);
	daemon_pid = fork();
	ck_assert_int_ge(daemon_pid, 0);
	if (daemon_pid == 0) {
		static struct message request;
		int socket = accept(listener, NULL, NULL);

		if (socket < 0 || message_receive(socket, &request) < 0)
			_exit(1);
		answer(socket, &request);
		_exit(0);
	}
}

static int take_field(struct message *message, void *data)
{
	if (message->type != CTL_FIELD) {
		message->failed = true;
		return EXIT_OK;
	}
	return ctl_fields_take(data, message);
}

static int call(struct ctl_fields *fields, char text[CTL_TEXT_MAX])
{
	struct ctl_request request = { .type = CTL_STATUS, .fd = -1, .seconds = 1 };

	return ctl_call(&cli, &request, take_field, fields, text);
}

static void answer_well(int socket, struct message *request)
{
	if (request->type != CTL_STATUS || message_more(request))
		_exit(1);
	put_field(socket, "site", "青葉野市");
	put_field(socket, "paths", "29");
	put_field(socket, "state", "");
	put_result(socket, EXIT_OK, "text");
}

START_TEST(test_answer)
{
	struct ctl_fields fields = { 0 };
	char text[CTL_TEXT_MAX];
	uint64_t number = 0;

	start_daemon(answer_well);
	ck_assert_int_eq(call(&fields, text), EXIT_OK);
	ck_assert_str_eq(text, "text");
	ck_assert_uint_eq(fields.count, 3);
	ck_assert_str_eq(ctl_fields_find(&fields, "site"), "青葉野市");
	ck_assert_str_eq(ctl_fields_find(&fields, "state"), "");
	ck_assert_ptr_null(ctl_fields_find(&fields, "none"));
	ck_assert(ctl_fields_number(&fields, "paths", &number));
	ck_assert_uint_eq(number, 29);
	ck_assert(!ctl_fields_number(&fields, "site", &number));
	ck_assert(!ctl_fields_number(&fields, "none", &number));
	ctl_fields_clear(&fields);
	ck_assert_uint_eq(complaints, 0);
}
END_TEST

static void answer_differs(int socket, struct message *request)
{
	(void)request;
	put_result(socket, EXIT_DIFFERS, "why");
}

START_TEST(test_exit_code)
{
	struct ctl_request request = { .type = CTL_FLUSH, .fd = -1, .seconds = 1 };

	start_daemon(answer_differs);
	ck_assert_int_eq(ctl_call(&cli, &request, NULL, NULL, NULL), EXIT_DIFFERS);
	/* Nobody took the text: it was said. */
	ck_assert_uint_eq(complaints, 1);
}
END_TEST

static void answer_code(int socket, struct message *request)
{
	(void)request;
	put_result(socket, 77, "");
}

static void answer_other(int socket, struct message *request)
{
	message_begin(request, CTL_PATH);
	message_put_string(request, "F01");
	if (message_send(socket, request) < 0)
		_exit(1);
	put_result(socket, EXIT_OK, "");
}

static void answer_more(int socket, struct message *request)
{
	message_begin(request, CTL_FIELD);
	message_put_string(request, "key");
	message_put_string(request, "value");
	message_put_string(request, "more");
	if (message_send(socket, request) < 0)
		_exit(1);
	put_result(socket, EXIT_OK, "");
}

static void answer_less(int socket, struct message *request)
{
	message_begin(request, CTL_RESULT);
	message_put_number(request, EXIT_OK);
	if (message_send(socket, request) < 0)
		_exit(1);
}

static void answer_garbage(int socket, struct message *request)
{
	(void)request;
	if (send(socket, "\xff\xff\xff\xff\xff\xff\xff\xff garbage", 16, 0) < 0)
		_exit(1);
}

static void answer_long_key(int socket, struct message *request)
{
	char key[CTL_KEY_MAX + 1];

	(void)request;
	memset(key, 'k', sizeof(key) - 1);
	key[sizeof(key) - 1] = '\0';
	put_field(socket, key, "value");
	put_result(socket, EXIT_OK, "");
}

static void answer_long_text(int socket, struct message *request)
{
	char text[CTL_TEXT_MAX + 1];

	(void)request;
	memset(text, 't', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	put_result(socket, EXIT_OK, text);
}

static void (*const bad_answers[])(int socket, struct message *request) = { answer_code,
	answer_other, answer_more, answer_less, answer_garbage, answer_long_key, answer_long_text };

START_TEST(test_not_valid)
{
	struct ctl_fields fields = { 0 };
	char text[CTL_TEXT_MAX];

	start_daemon(bad_answers[_i]);
	ck_assert_int_eq(call(&fields, text), EXIT_FAILED);
	ck_assert_uint_eq(complaints, 1);
	ctl_fields_clear(&fields);
}
END_TEST

static void answer_nothing(int socket, struct message *request)
{
	(void)request;
	close(socket);
}

static void answer_half(int socket, struct message *request)
{
	(void)request;
	put_field(socket, "site", "x");
}

static void answer_late(int socket, struct message *request)
{
	(void)request;
	(void)socket;
	sleep(3);
}

static void (*const absent[])(
	int socket, struct message *request) = { answer_nothing, answer_half, answer_late };

START_TEST(test_ends_or_hangs)
{
	struct ctl_fields fields = { 0 };
	char text[CTL_TEXT_MAX];

	start_daemon(absent[_i]);
	ck_assert_int_eq(call(&fields, text), EXIT_UNREACHABLE);
	ck_assert_uint_ge(complaints, 1);
	ctl_fields_clear(&fields);
}
END_TEST

START_TEST(test_nobody_listens)
{
	struct ctl_request request = { .type = CTL_STATUS, .fd = -1, .seconds = 1, .quiet = true };
	char path[128];

	ck_assert_int_eq(ctl_call(&cli, &request, NULL, NULL, NULL), EXIT_UNREACHABLE);
	ck_assert_uint_eq(complaints, 0);
	request.quiet = false;
	ck_assert_int_eq(ctl_call(&cli, &request, NULL, NULL, NULL), EXIT_UNREACHABLE);
	ck_assert_uint_ge(complaints, 1);
	snprintf(path, sizeof(path), "%s/" CONTROL_SOCKET, directory);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(ctl_call(&cli, &request, NULL, NULL, NULL), EXIT_UNREACHABLE);
}
END_TEST

static void answer_file(int socket, struct message *request)
{
	char name[64], bytes[8] = "";

	message_get_string(request, name, sizeof(name));
	if (!message_complete(request) || strcmp(name, "some.conf") != 0 || request->fd < 0 ||
		read(request->fd, bytes, 5) != 5)
		_exit(1);
	put_result(socket, EXIT_OK, bytes);
}

START_TEST(test_descriptor)
{
	FILE *file = tmpfile();
	struct ctl_request request = { .type = CTL_APPLY, .text = "some.conf", .seconds = 1 };
	char text[CTL_TEXT_MAX];

	ck_assert_ptr_nonnull(file);
	fputs("hello", file);
	rewind(file);
	request.fd = fileno(file);
	start_daemon(answer_file);
	ck_assert_int_eq(ctl_call(&cli, &request, NULL, NULL, text), EXIT_OK);
	ck_assert_str_eq(text, "hello");
	/* It is still ours. */
	ck_assert_int_eq(fclose(file), 0);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof((array)[0]))

int main(void)
{
	Suite *suite = suite_create("ctlclient");
	TCase *tests = tcase_create("ctlclient");

	tcase_set_timeout(tests, 20);
	tcase_add_checked_fixture(tests, make_directory, remove_directory);
	tcase_add_test(tests, test_answer);
	tcase_add_test(tests, test_exit_code);
	tcase_add_loop_test(tests, test_not_valid, 0, COUNT(bad_answers));
	tcase_add_loop_test(tests, test_ends_or_hangs, 0, COUNT(absent));
	tcase_add_test(tests, test_nobody_listens);
	tcase_add_test(tests, test_descriptor);
	suite_add_tcase(suite, tests);
	return suite_run(suite);
}
