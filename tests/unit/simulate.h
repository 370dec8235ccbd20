/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel would do with a packet: an interpreter of the rule set (ruleset.h), slow and
 * plain, for tests. Elements are searched one by one; dynamic sets hold what the test says.
 */
#ifndef HEDATE_TESTS_SIMULATE_H
#define HEDATE_TESTS_SIMULATE_H

#include <stdbool.h>
#include <stdint.h>

#include "../../lib/addrset.h"
#include "../../lib/ruleset.h"

struct sim_packet {
	const char *iif, *oif;
	enum addr_family family;
	uint8_t saddr[16], daddr[16];
	uint8_t mac[MAC_LENGTH];
	bool no_mac; /* came by an interface without Ethernet */
	uint8_t protocol;
	bool truncated;	       /* ends after the IP header: no transport field can be loaded */
	uint16_t sport, dport; /* of ICMP: dport is type << 8 | code */
	uint8_t tcp_flags;
	uint16_t frag_off;   /* as in the header, flags included */
	uint8_t next_header; /* IPv6: of the first header */
	uint8_t hop_limit;
	bool no_ct; /* no connection: state is invalid or untracked, no mark, no direction */
	uint32_t ct_state;
	uint8_t ct_direction;
	uint32_t ct_mark;
	bool over_limit; /* no limit has anything left */
};

enum sim_flow {
	SIM_FLOW_NEW,	/* in no flow set; they take it */
	SIM_FLOW_KNOWN, /* in its flow set */
	SIM_FLOW_FULL,	/* flow sets of TCP, UDP and ICMP take no more */
	SIM_FLOW_FULL_ALL,
};

struct sim_result {
	bool accepted;
	uint32_t ct_mark; /* after it */
	uint32_t mark;
	char prefix[RULESET_PREFIX_MAX + 1]; /* "" when it was not logged */
	char deny[RULESET_NAME_MAX + 1];     /* the last counter "deny-..." that counted it */
	char blocked[RULESET_NAME_MAX + 1];  /* "blocked-a", "blocked-b" */
	char flow[RULESET_NAME_MAX + 1];     /* the flow set that has it now */
	bool overflow;
	unsigned int hits; /* times an element of @hits was hit */
};

/* Through one base chain. Fails the test for a rule set that is not sound: a name that does not
 * exist, a loop, a statement that cannot be evaluated. */
void sim_run(const struct ruleset *ruleset, const char *chain, const struct sim_packet *packet,
	enum sim_flow flow, struct sim_result *ret_result);

#endif
