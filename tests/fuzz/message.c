/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Any packet on a socket between our processes: received, and read with any sequence of gets. The
 * first bytes of the input say which gets, the rest is the packet.
 */
#include <stdlib.h>
#include <sys/socket.h>

/* Fuzzers are linked with the library only. */
#include "../../daemon/message.c"

#define GETS 8

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

static void get(struct message *message, uint8_t which)
{
	char text[32];
	size_t length;
	switch (which % 3) {
	case 0:
		message_get_number(message);
		break;
	case 1:
		message_get_string(message, text, 1 + which % sizeof(text));
		if (strlen(text) >= sizeof(text))
			abort();
		break;
	case 2: {
		const uint8_t *got = message_get_bytes(message, &length);
		if (!got && length > 0)
			abort();
		if (got && (got < message->body || length > message->length ||
				   got + length > message->body + message->length))
			abort();
		break;
	}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct message message;
	int ends[2];
	if (length < GETS || socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) < 0)
		return 0;
	if (send(ends[0], bytes + GETS, length - GETS, 0) >= 0 &&
		message_receive(ends[1], &message) == 0) {
		for (int i = 0; i < GETS; i++)
			get(&message, bytes[i]);
		if (message_complete(&message) && message_more(&message))
			abort();
		message_close_fd(&message);
	}
	close(ends[0]);
	close(ends[1]);
	return 0;
}
