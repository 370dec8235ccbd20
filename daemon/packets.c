/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "packets.h"

#include <stdlib.h>
#include <string.h>

#define ROOM_FIRST (64u << 10)

static bool reserve(struct packets *packets, size_t length)
{
	size_t room = packets->room ? packets->room : ROOM_FIRST;

	if (length > PACKETS_BYTES_MAX - packets->used)
		return false;
	while (room < packets->used + length)
		room *= 2;
	if (room > packets->room) {
		uint8_t *bytes = realloc(packets->bytes, room);

		if (!bytes)
			return false;
		packets->bytes = bytes;
		packets->room = room;
	}
	return true;
}

static void append(struct packets *packets, const void *bytes, size_t length)
{
	memcpy(packets->bytes + packets->used, bytes, length);
	packets->used += length;
}

uint32_t packets_add(struct packets *packets, const uint8_t *bytes, size_t length)
{
	uint16_t kept = (uint16_t)(length < packets->keep ? length : packets->keep);
	size_t place = packets->used;

	if (kept == 0)
		return 0;
	if (packets->broken || !reserve(packets, sizeof(kept) + kept)) {
		packets->dropped++;
		return 0;
	}
	append(packets, &kept, sizeof(kept));
	append(packets, bytes, kept);
	return (uint32_t)place + 1;
}

const uint8_t *packets_get(const struct packets *packets, uint32_t place, size_t *ret_length)
{
	uint16_t length;
	size_t at = (size_t)place - 1;

	if (place == 0 || packets->broken || at > packets->used ||
		packets->used - at < sizeof(length))
		return NULL;
	memcpy(&length, packets->bytes + at, sizeof(length));
	if (length > packets->used - at - sizeof(length))
		return NULL;
	*ret_length = length;
	return packets->bytes + at + sizeof(length);
}

void packets_clear(struct packets *packets)
{
	free(packets->bytes);
	*packets = (struct packets){ .keep = packets->keep };
}

void packets_append(struct packets *packets, const uint8_t *bytes, size_t length)
{
	if (packets->broken || !reserve(packets, length))
		packets->broken = true;
	else
		append(packets, bytes, length);
}
