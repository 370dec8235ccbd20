/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The identity of a blocked flow: what the key of its flow set element holds (compile.h). The
 * enforcer makes it from an element, the recorder from a packet; both must give the same bytes.
 */
#ifndef HEDATE_FLOWKEY_H
#define HEDATE_FLOWKEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum flow_class {
	FLOW_TCP,
	FLOW_UDP,
	FLOW_ICMP,
	FLOW_OTHER, /* other protocols, packets too short for ports, fragments, packets with an IPv6
		     * extension header, and what overflowed */
	FLOW_CLASS_COUNT,
};

/* Fragments: these bits of IPv4's fragment field (more fragments, and the offset: RFC 791), or an
 * extension header of IPv6. The kernel would take what lies where ports should be for ports. */
#define FLOW_FRAGMENT_BITS 0x3fffu
/* IPv6 extension headers (IANA "Protocol Numbers"): hop-by-hop, routing, fragment, authentication
 * (which Linux reads over like the others), destination options, mobility, HIP, Shim6. */
#define FLOW_EXTENSIONS                                                                            \
	{                                                                                          \
		0, 43, 44, 51, 60, 135, 139, 140                                                   \
	}

/* No padding, unused bytes zero: compared and hashed as bytes. */
struct flow_key {
	uint8_t saddr[16]; /* network order; IPv4 in the first four bytes */
	uint8_t daddr[16];
	uint32_t code;	    /* DENY_CODE_MASK part of the mark */
	uint16_t sport;	    /* host order; ICMP: type; FLOW_OTHER: 0 */
	uint16_t dport;	    /* host order; ICMP: code; FLOW_OTHER: 0 */
	uint8_t family;	    /* enum addr_family */
	uint8_t class;	    /* enum flow_class */
	uint8_t protocol;   /* IPPROTO_* */
	uint8_t generation; /* 0 a, 1 b */
};

/* Named "<this>-a" and "<this>-b" in the kernel: packets that came to the generation, flows that
 * were added to its sets, packets that no set could take; and the set of how many of the last each
 * mark had. */
#define FLOW_BLOCKED  "blocked"
#define FLOW_ADDED    "flows"
#define FLOW_OVERFLOW "overflow"
#define FLOW_CODES    "overflow-codes"

/* "flows-a" */
#define FLOW_NAME_MAX 24
void flow_name(char name[FLOW_NAME_MAX], const char *base, unsigned int generation);

#define FLOW_SETS 8 /* a generation: FLOW_CLASS_COUNT classes of two families */

/* "flow-tcp4-a"; class and family as above. The text is constant. */
const char *flow_set_name(unsigned int generation, enum flow_class class, unsigned int family);

/* "flow-tcp4-spare-a": where a flow goes that its own set refused although it has room; NULL for a
 * class that has none. Elements of both have the same keys. */
const char *flow_spare_name(unsigned int generation, enum flow_class class, unsigned int family);

/* The identity of the same packet in FLOW_OTHER, where it falls when its own set is full. */
struct flow_key flow_key_other(const struct flow_key *key);

/* From an element's key (struct set form). 0, or -EINVAL for a length that does not fit. */
int flow_key_from_element(unsigned int generation, enum flow_class class, unsigned int family,
	const uint8_t *element, unsigned int length, struct flow_key *ret_key);

#endif
