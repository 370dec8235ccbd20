/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "oracle_tried.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lib/diag.h"
#include "sympacket.h"

const enum pkt_field oracle_theirs[ORACLE_FIELDS] = { PKT_IIFNAME, PKT_OIFNAME, PKT_CT_MARK,
	PKT_CT_STATE, PKT_L4PROTO, PKT_MARK, PKT_LENGTH, PKT_TTL, PKT_SADDR, PKT_DADDR, PKT_DPORT,
	PKT_SPORT };

struct snapshot *oracle_snapshot(const struct oracle_rules *rules)
{
	struct snapshot *snapshot;
	struct diag_list *diags;
	char *text = oracle_text(rules);

	ck_assert_int_eq(diag_list_new(&diags), 0);
	if (snapshot_load(text, strlen(text), "rules", diags, &snapshot) < 0) {
		diag_list_print(diags, stderr, false);
		ck_abort_msg("the rules are no snapshot: %s", text);
	}
	diag_list_free(diags);
	free(text);
	return snapshot;
}

struct hdr_packet oracle_to_theirs(
	const struct oracle_rules *rules, const struct oracle_packet *packet)
{
	struct hdr_packet theirs = { { 0 } };

	for (unsigned int i = 0; i < ORACLE_FIELDS; i++)
		theirs.values[oracle_theirs[i]] =
			value_of_bytes(packet->bytes[i], oracle_field_bytes(rules->six, i));
	theirs.values[PKT_NEXTHDR] = theirs.values[PKT_L4PROTO];
	return theirs;
}
