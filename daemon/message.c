/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* What stands before the fields, as it is on the socket. */
struct message_header {
	uint16_t type;
	uint16_t version;
	uint32_t length;
};

#define BODY_MAX (MESSAGE_MAX - sizeof(struct message_header))

enum message_tag {
	TAG_NUMBER = 'u',
	TAG_STRING = 's',
	TAG_BYTES = 'b',
};

/* The body is large and its unused part is never read: it is not cleared. */
void message_begin(struct message *message, uint16_t type)
{
	message->type = type;
	message->length = 0;
	message->position = 0;
	message->failed = false;
	message->fd = -1;
}

static void put(struct message *message, uint8_t tag, const void *head, size_t head_length,
	const void *value, size_t length)
{
	size_t room = BODY_MAX - message->length;
	if (message->failed || length > room || 1 + head_length > room - length) {
		message->failed = true;
		return;
	}
	uint8_t *field = message->body + message->length;
	field[0] = tag;
	memcpy(field + 1, head, head_length);
	if (length > 0)
		memcpy(field + 1 + head_length, value, length);
	message->length += 1 + head_length + length;
}

void message_put_number(struct message *message, uint64_t value)
{
	put(message, TAG_NUMBER, &value, sizeof(value), NULL, 0);
}

static void put_sized(struct message *message, uint8_t tag, const void *value, size_t length)
{
	/* A length that does not fit 32 bits does not fit the body either: put() refuses it. */
	uint32_t head = (uint32_t)length;
	put(message, tag, &head, sizeof(head), value, length);
}

void message_put_string(struct message *message, const char *value)
{
	put_sized(message, TAG_STRING, value, strlen(value));
}

void message_put_bytes(struct message *message, const void *value, size_t length)
{
	put_sized(message, TAG_BYTES, value, length);
}

/* The next field's bytes after its tag, and step over them; NULL fails the message. */
static const uint8_t *take(struct message *message, size_t length)
{
	if (message->failed || length > message->length - message->position) {
		message->failed = true;
		return NULL;
	}
	const uint8_t *bytes = message->body + message->position;
	message->position += length;
	return bytes;
}

static bool take_tag(struct message *message, enum message_tag tag)
{
	const uint8_t *byte = take(message, 1);
	if (byte && *byte != tag)
		message->failed = true;
	return !message->failed;
}

static const void *take_sized(struct message *message, enum message_tag tag, size_t *ret_length)
{
	uint32_t length = 0;
	*ret_length = 0;
	if (!take_tag(message, tag))
		return NULL;
	const uint8_t *head = take(message, sizeof(length));
	if (!head)
		return NULL;
	memcpy(&length, head, sizeof(length));
	const uint8_t *bytes = take(message, length);
	if (bytes)
		*ret_length = length;
	return bytes;
}

uint64_t message_get_number(struct message *message)
{
	uint64_t value = 0;
	if (!take_tag(message, TAG_NUMBER))
		return 0;
	const uint8_t *bytes = take(message, sizeof(value));
	if (bytes)
		memcpy(&value, bytes, sizeof(value));
	return value;
}

void message_get_string(struct message *message, char *text, size_t size)
{
	size_t length;
	const char *bytes = take_sized(message, TAG_STRING, &length);
	text[0] = '\0';
	if (!bytes)
		return;
	if (length >= size || memchr(bytes, '\0', length)) {
		message->failed = true;
		return;
	}
	memcpy(text, bytes, length);
	text[length] = '\0';
}

const void *message_get_bytes(struct message *message, size_t *ret_length)
{
	return take_sized(message, TAG_BYTES, ret_length);
}

bool message_complete(const struct message *message)
{
	return !message->failed && message->position == message->length;
}

bool message_more(const struct message *message)
{
	return !message->failed && message->position < message->length;
}

int message_take_fd(struct message *message)
{
	int fd = message->fd;
	message->fd = -1;
	return fd;
}

void message_close_fd(struct message *message)
{
	if (message->fd >= 0)
		close(message_take_fd(message));
}

/* Room for one descriptor, aligned as the kernel wants it. */
union control {
	struct cmsghdr align;
	uint8_t bytes[CMSG_SPACE(sizeof(int))];
};

static void attach(struct msghdr *packet, union control *control, int fd)
{
	memset(control, 0, sizeof(*control));
	packet->msg_control = control->bytes;
	packet->msg_controllen = sizeof(control->bytes);
	struct cmsghdr *head = CMSG_FIRSTHDR(packet);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
}

int message_send(int socket, const struct message *message)
{
	if (message->failed)
		return -EMSGSIZE;
	struct message_header header = {
		.type = message->type,
		.version = MESSAGE_VERSION,
		.length = (uint32_t)message->length,
	};
	/* sendmsg() only reads; struct iovec has no const. */
	union {
		const uint8_t *read;
		void *base;
	} body = { .read = message->body };
	struct iovec parts[2] = {
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = body.base, .iov_len = message->length },
	};
	struct msghdr packet = { .msg_iov = parts, .msg_iovlen = 2 };
	union control control;
	if (message->fd >= 0)
		attach(&packet, &control, message->fd);
	ssize_t sent;
	do
		sent = sendmsg(socket, &packet, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

/* Take the descriptor that came with the packet. More than fit were closed by the kernel, which
 * sets MSG_CTRUNC; the one that fit is still ours. */
static void take_control(struct msghdr *packet, struct message *message)
{
	for (struct cmsghdr *head = CMSG_FIRSTHDR(packet); head; head = CMSG_NXTHDR(packet, head)) {
		if (head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS ||
			head->cmsg_len != CMSG_LEN(sizeof(message->fd)) || message->fd >= 0)
			continue;
		memcpy(&message->fd, CMSG_DATA(head), sizeof(message->fd));
	}
}

static bool packet_valid(
	const struct msghdr *packet, const struct message_header *header, size_t received)
{
	return !(packet->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) && received >= sizeof(*header) &&
	       header->version == MESSAGE_VERSION && header->length == received - sizeof(*header);
}

int message_receive(int socket, struct message *ret_message)
{
	message_begin(ret_message, 0);
	struct message_header header = { 0 };
	union control control;
	struct iovec parts[2] = {
		{ .iov_base = &header, .iov_len = sizeof(header) },
		{ .iov_base = ret_message->body, .iov_len = BODY_MAX },
	};
	struct msghdr packet = {
		.msg_iov = parts,
		.msg_iovlen = 2,
		.msg_control = control.bytes,
		/* Not CMSG_SPACE: its padding would hold a second descriptor. */
		.msg_controllen = CMSG_LEN(sizeof(int)),
	};
	ssize_t received;
	do
		received = recvmsg(socket, &packet, MSG_CMSG_CLOEXEC);
	while (received < 0 && errno == EINTR);
	if (received < 0)
		return -errno;
	take_control(&packet, ret_message);
	/* No valid message is empty, so 0 is the end, whatever the peer meant by it. */
	if (received == 0 || !packet_valid(&packet, &header, (size_t)received)) {
		message_close_fd(ret_message);
		return received == 0 ? -ECONNRESET : -EBADMSG;
	}
	ret_message->type = header.type;
	ret_message->length = header.length;
	return 0;
}
