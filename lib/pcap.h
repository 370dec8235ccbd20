/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Writing packets as a pcap file (draft-ietf-opsawg-pcap): IP packets without a link layer, times
 * in nanoseconds, in this machine's byte order. */
#ifndef HEDATE_PCAP_H
#define HEDATE_PCAP_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define PCAP_PACKET_MAX 65535

void pcap_begin(FILE *out);
/* A packet's first bytes, up to PCAP_PACKET_MAX; whole: how many it had. time: nanoseconds since
 * 1970. Whether it could be written ferror() says. */
void pcap_packet(FILE *out, int64_t time, const uint8_t *bytes, size_t length, size_t whole);

#endif
