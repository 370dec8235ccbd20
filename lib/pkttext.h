/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One packet of pktspace.h as a person writes it, and for programs. Nothing of it is translated. */
#ifndef HEDATE_PKTTEXT_H
#define HEDATE_PKTTEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "json.h"
#include "pktspace.h"

#define PKTTEXT_MAX 512

/* Which interfaces it has: one to or from the host itself has but one. */
enum pkttext_ends {
	PKTTEXT_IN = 1 << 0,
	PKTTEXT_OUT = 1 << 1,
};

/* "eno1.110 10.10.16.10 > eno3.340 203.0.113.80 tcp 49152 > 443 new". */
void pkttext(enum pkt_world world, const struct hdr_packet *packet, unsigned int ends,
	char text[PKTTEXT_MAX]);
/* One object: interfaces, addresses, protocol, ports, state, mark, ... */
void pkttext_json(enum pkt_world world, const struct hdr_packet *packet, unsigned int ends,
	struct json *json);

/* The name in PKT_IIFNAME, PKT_OIFNAME. */
void pkttext_interface(hdr_value value, char name[17]);
/* "new", "established", ...; "?" for none of them. */
const char *pkttext_state(hdr_value value);

#endif
