/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ctlclient.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "../lib/errtext.h"
#include "said.h"

/* 0 with *ret_socket connected, or negative errno. */
static int open_socket(const char *run_directory, unsigned int seconds, int *ret_socket)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	struct timeval timeout = { .tv_sec = (time_t)seconds };
	int length, fd, error;

	length = snprintf(
		address.sun_path, sizeof(address.sun_path), "%s/" CONTROL_SOCKET, run_directory);
	if (length < 0 || (size_t)length >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	/* A daemon that hangs must not hang us. */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof(timeout)) < 0 ||
		setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof(timeout)) < 0 ||
		connect(fd, (const struct sockaddr *)&address, sizeof(address)) < 0) {
		error = -errno;
		close(fd);
		return error;
	}
	*ret_socket = fd;
	return 0;
}

static int not_reachable(const struct cli *cli, const struct ctl_request *request, int error)
{
	if (request->quiet)
		return EXIT_UNREACHABLE;
	if (error == -EAGAIN) {
		cmd_failed(_("hedated at %s/%s did not answer within %u seconds"),
			cli->run_directory, CONTROL_SOCKET, request->seconds);
		return EXIT_UNREACHABLE;
	}
	cmd_failed(_("hedated cannot be reached at %s/%s: %s"), cli->run_directory, CONTROL_SOCKET,
		errtext(error));
	switch (error) {
	case -ENOENT:
	case -ECONNREFUSED:
		cmd_failed(_("is it running? \"systemctl status hedated\" tells"));
		break;
	case -EACCES:
	case -EPERM:
		cmd_failed(_("be root, or a member of one of the groups hedate-operator, "
			     "hedate-approver, hedate-csirt and hedate-auditor"));
		break;
	default:
		break;
	}
	return EXIT_UNREACHABLE;
}

static int send_request(int socket, const struct ctl_request *request, struct message *message)
{
	int error;

	message_begin(message, (uint16_t)request->type);
	if (request->text)
		message_put_string(message, request->text);
	if (request->put)
		request->put(message, request->put_data);
	message->fd = request->fd;
	error = message_send(socket, message);
	message->fd = -1; /* it stays the caller's */
	return error;
}

static int not_valid(const struct ctl_request *request)
{
	if (!request->quiet)
		cmd_failed(_("hedated's answer is not understood; are both of one version?"));
	return EXIT_FAILED;
}

/* RESULT: exit code, text. */
static int take_result(
	struct message *message, const struct ctl_request *request, char ret_text[CTL_TEXT_MAX])
{
	char own[CTL_TEXT_MAX], *text = ret_text ? ret_text : own;
	uint64_t code = message_get_number(message);

	message_get_string(message, text, CTL_TEXT_MAX);
	if (!message_complete(message) || code > EXIT_DIFFERS) {
		text[0] = '\0';
		return not_valid(request);
	}
	said_translate(text, CTL_TEXT_MAX);
	if (!ret_text && code != EXIT_OK && text[0] != '\0' && !request->quiet)
		cmd_failed("%s", text);
	return (int)code;
}

static int read_answers(int socket, const struct cli *cli, const struct ctl_request *request,
	struct message *message, ctl_answer function, void *data, char ret_text[CTL_TEXT_MAX])
{
	for (;;) {
		int error = message_receive(socket, message);
		int exit_code;

		if (error == -EBADMSG)
			return not_valid(request);
		if (error < 0)
			return not_reachable(cli, request, error);
		message_close_fd(message); /* no answer brings one */
		if (message->type == CTL_RESULT)
			return take_result(message, request, ret_text);
		exit_code = function ? function(message, data) : EXIT_OK;
		if (exit_code != EXIT_OK)
			return exit_code;
		if (message->failed)
			return not_valid(request);
	}
}

int ctl_call(const struct cli *cli, const struct ctl_request *request, ctl_answer function,
	void *data, char ret_text[CTL_TEXT_MAX])
{
	struct message *message = malloc(sizeof(*message));
	int socket = -1, error, exit_code;

	if (ret_text)
		ret_text[0] = '\0';
	if (!message)
		return cmd_failed(_("out of memory"));
	error = open_socket(cli->run_directory, request->seconds, &socket);
	if (!error)
		error = send_request(socket, request, message);
	exit_code = error ? not_reachable(cli, request, error)
			  : read_answers(socket, cli, request, message, function, data, ret_text);
	if (socket >= 0)
		close(socket);
	free(message);
	return exit_code;
}

char *ctl_take_string(struct message *message)
{
	char *text = malloc(MESSAGE_MAX), *copy = NULL;

	if (!text)
		return NULL;
	message_get_string(message, text, MESSAGE_MAX);
	if (!message->failed)
		copy = strdup(text);
	free(text);
	return copy;
}

void ctl_fields_clear(struct ctl_fields *fields)
{
	for (size_t i = 0; i < fields->count; i++)
		free(fields->fields[i].value);
	free(fields->fields);
	memset(fields, 0, sizeof(*fields));
}

int ctl_fields_take(struct ctl_fields *fields, struct message *message)
{
	struct ctl_field *grown = reallocarray(fields->fields, fields->count + 1, sizeof(*grown));
	struct ctl_field *field;

	if (!grown)
		return cmd_failed(_("out of memory"));
	fields->fields = grown;
	field = &grown[fields->count];
	message_get_string(message, field->key, sizeof(field->key));
	field->value = ctl_take_string(message);
	if (message_complete(message) && !field->value)
		return cmd_failed(_("out of memory"));
	if (!message_complete(message)) {
		message->failed = true;
		free(field->value);
		return EXIT_OK;
	}
	fields->count++;
	return EXIT_OK;
}

const char *ctl_fields_find(const struct ctl_fields *fields, const char *key)
{
	for (size_t i = 0; i < fields->count; i++) {
		if (strcmp(fields->fields[i].key, key) == 0)
			return fields->fields[i].value;
	}
	return NULL;
}

bool ctl_fields_number(const struct ctl_fields *fields, const char *key, uint64_t *ret_value)
{
	const char *text = ctl_fields_find(fields, key);
	unsigned long value;

	if (!text || !options_number(text, UINT64_MAX, &value))
		return false;
	*ret_value = value;
	return true;
}
