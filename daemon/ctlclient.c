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

/* What the daemon, which speaks English only, says in RESULT, for the caller's language. */
static const char *const said[] = {
	N_("no recorder is connected; the kernel goes on counting"),
	N_("not on disk after 10 seconds; it goes on"),
	N_("refused: only root and members of the group hedate-approver may do this"),
	N_("refused: only root and members of the group hedate-operator may do this"),
	N_("no recorder is connected; nothing was put on record"),
	N_("there is no hold with this number"),
	N_("there are as many holds as there can be, or the disk is full"),
	N_("the file with the holds cannot be read; nothing is removed"),
	N_("that record is not in the log yet, or was reviewed before"),
	N_("a text is too long"),
	N_("refused: only root and members of the groups hedate-operator, hedate-approver and "
	   "hedate-csirt may do this"),
	N_("refused: only root and members of the groups hedate-operator and hedate-approver may "
	   "do this"),
	N_("refused: only root and members of the groups hedate-operator, hedate-approver, "
	   "hedate-csirt and hedate-auditor may ask this"),
	N_("in place, but what was read back from the kernel differs"),
	N_("out of memory; nothing changed"),
	N_("revoked on record, but the rule set could not be changed; it is tried again and again"),
	N_("somebody changed the register of exceptions; nothing is granted until hedated is "
	   "started again"),
	N_("the exception was refused; nothing changed"),
	N_("the path of the exception was refused; nothing changed"),
	N_("the register of exceptions cannot be used: nothing is granted; \"hedate status\" says "
	   "why"),
	N_("the path is closed, but that could not be put into the register; revoke it again when "
	   "there is space"),
	N_("the register of exceptions cannot be written; nothing changed"),
	N_("the register of exceptions: no space left; nothing changed"),
	N_("the rule set could not be changed; the exception is revoked again"),
	N_("the configuration was refused; nothing changed"),
	N_("the policy was replaced while it was being read; ask again"),
	N_("the rule set could not be put in place; nothing changed"),
	N_("refused: it cannot be told who asks; the process that asked is gone, or its entry in "
	   "/proc is hidden from hedated"),
	N_("a proposal is called by the first 12 digits of its digest, or more"),
	N_("several proposals begin with these digits"),
	N_("no proposal has this digest; it may have ended, or was decided on: \"hedate "
	   "proposals\" shows those that wait"),
	N_("all digits of the digest are needed"),
	N_("refused: you have proposed it yourself; another person has to approve it"),
	N_("refused: the proposal has ended"),
	N_("refused: another configuration has come into force since it was proposed, so that "
	   "nobody has seen what it would change now; propose it again"),
	N_("refused: what you have seen is what it would have changed of another configuration; "
	   "look at it again"),
	N_("refused: only members of the group hedate-approver, root, and who has proposed it may "
	   "do this"),
	N_("refused: 8 proposals of yours wait already; take one back with \"hedate refuse\""),
	N_("refused: too many proposals wait already; \"hedate proposals\" shows them"),
	N_("refused: another person has proposed this already; \"hedate approve\" approves it"),
	N_("the proposal cannot be read: its file is broken"),
	N_("refused: this is not the name of the site that is enforced here"),
	N_("refused: a reason is needed"),
	N_("refused: the gateway is open already"),
	N_("the gateway is not open: all is enforced"),
};

static void translate(char text[CTL_TEXT_MAX])
{
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]); i++) {
		if (strcmp(text, said[i]) == 0) {
			snprintf(text, CTL_TEXT_MAX, "%s", _(said[i]));
			return;
		}
	}
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
	translate(text);
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
