/* SPDX-License-Identifier: GPL-2.0-or-later */
/* An oracle's rules and packets as what is tried has them. */
#ifndef HEDATE_TEST_ORACLE_TRIED_H
#define HEDATE_TEST_ORACLE_TRIED_H

#include "../../lib/pktspace.h"
#include "../../lib/snapshot.h"
#include "oracle.h"

extern const enum pkt_field oracle_theirs[ORACLE_FIELDS];

/* The caller owns it. Fails the test when it is none. */
struct snapshot *oracle_snapshot(const struct oracle_rules *rules);
/* What an oracle does not model is 0. */
struct hdr_packet oracle_to_theirs(
	const struct oracle_rules *rules, const struct oracle_packet *packet);

#endif
