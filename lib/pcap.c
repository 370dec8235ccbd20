/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pcap.h"

#define MAGIC_NANOSECONDS 0xa1b23c4du
#define LINKTYPE_RAW	  101 /* IPv4 or IPv6, as the first four bits say */
#define SECOND		  INT64_C(1000000000)

void pcap_begin(FILE *out)
{
	const struct {
		uint32_t magic;
		uint16_t major, minor;
		uint32_t unused[2];
		uint32_t longest, link;
	} head = { MAGIC_NANOSECONDS, 2, 4, { 0, 0 }, PCAP_PACKET_MAX, LINKTYPE_RAW };

	fwrite(&head, sizeof(head), 1, out);
}

void pcap_packet(FILE *out, int64_t time, const uint8_t *bytes, size_t length, size_t whole)
{
	const struct {
		uint32_t seconds, nanoseconds, length, whole;
	} head = { (uint32_t)(time / SECOND), (uint32_t)(time % SECOND), (uint32_t)length,
		(uint32_t)(whole > length ? whole : length) };

	fwrite(&head, sizeof(head), 1, out);
	fwrite(bytes, 1, length, out);
}
