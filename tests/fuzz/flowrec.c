/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The parser of blocked packets and of log prefixes on any bytes. */
#include <stdlib.h>
#include <string.h>

#include "flowrec.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct flow_packet packet;
	struct flow_prefix prefix;
	uint32_t mark;
	if (length < sizeof(mark))
		return 0;
	memcpy(&mark, bytes, sizeof(mark));
	bytes += sizeof(mark);
	length -= sizeof(mark);
	memset(&packet, 0xff, sizeof(packet));
	if (flow_packet_parse(bytes, length, mark, &packet) == 0 &&
		(packet.key.family > 1 || packet.key.class >= FLOW_CLASS_COUNT ||
			packet.key.generation > 1 || packet.length == 0))
		abort();
	char *text = malloc(length + 1);
	if (!text)
		return 0;
	memcpy(text, bytes, length);
	text[length] = '\0';
	flow_prefix_parse(text, &prefix);
	free(text);
	return 0;
}
