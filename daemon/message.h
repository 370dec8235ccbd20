/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounded, typed messages between our processes over SOCK_SEQPACKET UNIX sockets of one machine.
 *
 * A message is one packet of at most MESSAGE_MAX bytes:
 *	u16 type  u16 protocol version (MESSAGE_VERSION)  u32 length of what follows
 *	then fields, in the order that the type's description gives, each
 *	u8 'u' u64 value | u8 's' u32 length, bytes without NUL | u8 'b' u32 length, bytes
 * in host byte order. A packet is valid only when its length is exact, its version is ours, each
 * field has the tag that was asked for, strings hold no NUL, and nothing is left over. Anything
 * else closes the connection. At most one file descriptor may come with a message.
 */
#ifndef HEDATE_MESSAGE_H
#define HEDATE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_MAX	65536
#define MESSAGE_VERSION 1

struct message {
	uint16_t type;
	size_t length;	 /* bytes of fields in body */
	size_t position; /* reading: next field */
	bool failed;	 /* a put did not fit, or a get did not match; stays set */
	int fd; /* -1 for none. Attached for sending: stays the caller's. Received: owned by
		 * the message until message_take_fd() or message_close_fd() */
	uint8_t body[MESSAGE_MAX];
};

void message_begin(struct message *message, uint16_t type);
void message_put_number(struct message *message, uint64_t value);
void message_put_string(struct message *message, const char *value);
void message_put_bytes(struct message *message, const void *value, size_t length);

uint64_t message_get_number(struct message *message);
/* Copy a string with its NUL into text; longer than size - 1 fails the message. */
void message_get_string(struct message *message, char *text, size_t size);
/* Borrowed bytes inside the message; NULL when the message failed. */
const void *message_get_bytes(struct message *message, size_t *ret_length);
/* Everything matched and nothing is left over? */
bool message_complete(const struct message *message);
/* More fields to read? */
bool message_more(const struct message *message);

/* The received descriptor, now the caller's; -1 for none. */
int message_take_fd(struct message *message);
/* Close the received descriptor if there is one. */
void message_close_fd(struct message *message);

/* Send. 0; -EAGAIN when the socket is full; -EMSGSIZE when a put had failed; other -errno, -EPIPE
 * when the peer closed (no signal is raised). */
int message_send(int socket, const struct message *message);
/* Receive one. 0; -EAGAIN; -ECONNRESET when the peer closed; -EBADMSG for what is not valid; other
 * -errno. No descriptor is left open unless 0 is returned. */
int message_receive(int socket, struct message *ret_message);

#endif
