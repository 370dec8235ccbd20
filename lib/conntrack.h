/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An entry of the kernel's table of connections (nlconntrack.h reads them). */
#ifndef HEDATE_CONNTRACK_H
#define HEDATE_CONNTRACK_H

#include <stdbool.h>
#include <stdint.h>

#include "addrset.h"

/* A connection, as its first packet was. Addresses are in network order, IPv4 in the first four
 * bytes, unused bytes zero; numbers in host order. */
struct conntrack_entry {
	enum addr_family family;
	uint8_t protocol; /* IPPROTO_* */
	uint8_t source[16], destination[16];
	/* Whom the answers come from and go to: other than above where something translates. */
	uint8_t reply_source[16], reply_destination[16];
	bool has_ports;	       /* TCP, UDP and what else has them */
	uint16_t sport, dport; /* 0 without */
	bool has_icmp;
	uint16_t icmp_id;
	uint8_t icmp_type, icmp_code;
	uint32_t mark; /* 0: none */
	bool has_id;
	uint32_t id;	     /* of this entry: another one of the same addresses has another */
	uint16_t zone;	     /* conntrack's own, 0 for all that nobody put elsewhere */
	uint16_t tuple_zone; /* the same, of its first direction alone */
};

/* ICMP's type and code, as services have them; else the destination port. */
uint16_t conntrack_port(const struct conntrack_entry *entry);

#define CONNTRACK_TEXT_MAX (2 * ADDR_TEXT_MAX + 48)
/* "tcp 10.1.0.10:40000 > 10.2.0.10:443", "icmp 10.1.0.10 > 10.2.0.10 8/0", "47 fd00::1 > fd00::2"
 */
void conntrack_format(const struct conntrack_entry *entry, char text[CONNTRACK_TEXT_MAX]);

#endif
