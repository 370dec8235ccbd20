/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A blocked packet, as NFLOG delivered it → what a record needs of it. Pure parsing of untrusted
 * bytes: every length is checked, nothing is allocated. Sources: RFC 791, 8200, 9293, 768, 792,
 * 4443.
 */
#ifndef HEDATE_FLOWREC_H
#define HEDATE_FLOWREC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "flowkey.h"

/* "hedate <reason> <from> <to> <revision>", split. The rule set that forwards nothing belongs to no
 * revision: "" then. */
#define FLOW_PLACE_MAX 66 /* "<zone>.<segment>" and NUL */
struct flow_prefix {
	char reason[16];
	char from[FLOW_PLACE_MAX];
	char to[FLOW_PLACE_MAX];
	char revision[16];
};
/* 0, or -EINVAL for text that is not such a prefix. */
int flow_prefix_parse(const char *text, struct flow_prefix *ret_prefix);

struct flow_packet {
	struct flow_key key; /* family, class, protocol, addresses, ports; code and generation from
			      * the mark */
	uint32_t length;     /* of the IP packet, from its header */
	bool overflow;	     /* the mark said that its flow set could not take it */
	bool fragment;	     /* one of several */
	bool has_tcp_flags;
	uint8_t tcp_flags;
	bool has_icmp;
	uint8_t icmp_type, icmp_code;
	bool has_ports;
	uint16_t sport, dport; /* host order, also when key.class is FLOW_OTHER */
};

/*
 * Parse a packet that begins with its IP header; it may be cut anywhere. mark is NFULA_MARK in
 * host order. The class is the one that the kernel's rules chose (compile.h): as the kernel does,
 * extension headers of IPv6 are skipped up to AH, and what has no complete ports is FLOW_OTHER, as
 * are fragments and what has an extension header.
 * Where NFLOG's copy ends before the ports do, the kernel saw more than we do and the key differs:
 * such a flow is recorded without its packet's detail. 0; -EINVAL when not even the addresses can
 * be known (too short, neither IPv4 nor IPv6).
 */
int flow_packet_parse(
	const uint8_t *bytes, size_t length, uint32_t mark, struct flow_packet *ret_packet);

#endif
