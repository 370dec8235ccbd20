/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of a packet that rules can look at, as a space (hdrspace.h), and where nf_tables'
 * loads find them. IPv4 and IPv6 are two worlds, each with a space of its own: what a load of the
 * network header means differs, nothing else needs to.
 *
 * What a load brings is a string of bytes: each one byte of a field, perhaps with bits masked and
 * flipped, or a constant, or free. Free is what this file does not model: it may be anything, and
 * anything else each time.
 */
#ifndef HEDATE_PKTSPACE_H
#define HEDATE_PKTSPACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hdrspace.h"

/* In the order of the diagrams' variables: measured, see the opening comment of pktspace.c. */
enum pkt_field {
	PKT_IIFNAME,
	PKT_OIFNAME,
	PKT_CT_MARK,
	PKT_IIFTYPE,
	PKT_CT_STATE, /* NF_CT_STATE_BIT(), one bit of five; 1: invalid, 64: untracked */
	PKT_CT_DIRECTION,
	PKT_CT_STATUS,
	PKT_L4PROTO,
	PKT_TRUNCATED, /* n: has n - 1 bytes from its transport header on; 0: at least 255 */
	PKT_FRAG_OFF,  /* IPv4: as in the header; IPv6: 1 for all fragments but the first */
	PKT_TCP_FLAGS,
	PKT_ETHER_SADDR,
	PKT_ETHER_DADDR,
	PKT_PKTTYPE,
	PKT_MARK,
	PKT_TOS,     /* IPv4 */
	PKT_FLOW,    /* IPv6: the first four bytes */
	PKT_LENGTH,  /* total length, or payload length */
	PKT_ID,	     /* IPv4 */
	PKT_TTL,     /* hop limit */
	PKT_NEXTHDR, /* IPv6: of the first header; IPv4's protocol is PKT_L4PROTO */
	PKT_SADDR,
	PKT_OIFTYPE,
	PKT_DADDR,
	PKT_DPORT,
	PKT_SPORT,
	PKT_ICMP_TYPE,
	PKT_ICMP_CODE,
	PKT_FIELDS,
};

enum pkt_world {
	PKT_IPV4,
	PKT_IPV6,
	PKT_WORLDS,
};

const char *pkt_field_name(enum pkt_field field); /* as nft writes it: "ip saddr" */
/* 0: it is not in that world. */
unsigned int pkt_field_bits(enum pkt_world world, enum pkt_field field);
/* All of a field. */
struct hdr_slice pkt_slice(enum pkt_world world, enum pkt_field field);

/* A space with all of the fields, numbered by enum pkt_field. 0, or -ENOMEM. */
int pktspace_new(enum pkt_world world, struct hdrspace **ret_space);

enum pkt_byte_kind {
	PKT_BYTE_FREE,
	PKT_BYTE_CONSTANT, /* flip */
	PKT_BYTE_BOUNDED,  /* one of four bytes of a number from all their flip to all their mask */
	PKT_BYTE_FIELD,	   /* (byte & mask) ^ flip; index 0 is the most significant byte */
};
struct pkt_byte {
	uint8_t kind, field, index, mask, flip;
	uint8_t translated; /* of a connection that is known, it may have been */
	uint8_t minus;	    /* taken off first; of fields of one byte */
};

/* For which packets a load of the transport header brings these bytes. */
enum pkt_transport {
	PKT_ANY = 0,
	PKT_TCP = 1 << 0,
	PKT_PORTS = 1 << 1, /* other protocols that begin with two ports */
	PKT_ICMP = 1 << 2,  /* that of this world */
	PKT_OTHER = 1 << 3,
};
#define PKT_TRANSPORTS 4

#define PKT_BYTES_MAX 64 /* NFT_DATA_VALUE_MAXLEN */

struct pkt_load {
	struct pkt_byte bytes[PKT_BYTES_MAX];
	unsigned int length;
	unsigned int transports; /* or-ed; PKT_ANY: for every packet */
};

/* Protocols of a transport in a world, 0 at the end; NULL for PKT_OTHER. */
const uint8_t *pkt_protocols(enum pkt_world world, enum pkt_transport transport);

/* That of a protocol. */
enum pkt_transport pkt_transport_of(enum pkt_world world, uint8_t protocol);

/* A load of payload, base NFT_PAYLOAD_*: up to PKT_TRANSPORTS answers that together are for every
 * packet. Their number. length is 1..PKT_BYTES_MAX. */
unsigned int pkt_load_payload(enum pkt_world world, uint32_t base, uint32_t offset, uint32_t length,
	struct pkt_load *ret_loads);
/* All of a field in the order in which it stands in a register: high bytes first, which is also how
 * host_order fields are compared, see pktspace.c. */
void pkt_load_field(enum pkt_world world, enum pkt_field field, struct pkt_load *ret_load);

/* Bytes as the number that a field's value is: the first is the most significant. length is up to
 * 16. */
hdr_value pkt_number(const void *bytes, size_t length);
/* One more, or less, than the number that they are: the first is the most significant. False: there
 * is none, and they have gone round. */
bool pkt_step(uint8_t *bytes, size_t length, bool up);
/* The value of PKT_IIFNAME and PKT_OIFNAME for an interface of a name; 0 for NULL, where there is
 * none. */
hdr_value pkt_interface(const char *name);

#endif
