/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets for tests, written as text. */
#ifndef HEDATE_TEST_SYMPACKET_H
#define HEDATE_TEST_SYMPACKET_H

#include "../../lib/pktspace.h"

/* "iif=eth0 oif=eth1 saddr=10.0.0.1 proto=6 dport=22 state=8": fields by the names in sympacket.c,
 * numbers as in C. What is not named: eth0, eth1, Ethernet, TCP, a new connection. The packet is of
 * IPv6 when an address has a colon. Fails the test on a name that is none. */
struct hdr_packet packet_of(const char *text, enum pkt_world *ret_world);

/* Values as fields have them: bytes from the most significant one; a number as it stands in
 * memory; an interface's name. */
hdr_value value_of_bytes(const void *bytes, size_t length);
hdr_value value_of_name(const char *name);

#endif
