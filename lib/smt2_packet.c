/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Packets as they come, and what there can be of them. */
#include <string.h>

#include <netinet/in.h>

#include <linux/netfilter/nf_tables.h>

#include "ctstate.h"
#include "smt2_impl.h"
#include "snaphook.h"

static const struct {
	const char *name;
	unsigned int bits[PKT_WORLDS];
} fields[SMT2_FIELDS] = {
	[SMT2_IIFNAME] = { "iifname", { 128, 128 } },
	[SMT2_OIFNAME] = { "oifname", { 128, 128 } },
	[SMT2_IIFTYPE] = { "iiftype", { 16, 16 } },
	[SMT2_OIFTYPE] = { "oiftype", { 16, 16 } },
	[SMT2_CT_STATE] = { "ct.state", { 32, 32 } },
	[SMT2_CT_DIRECTION] = { "ct.direction", { 8, 8 } },
	[SMT2_CT_STATUS] = { "ct.status", { 32, 32 } },
	[SMT2_CT_MARK] = { "ct.mark", { 32, 32 } },
	[SMT2_MARK] = { "mark", { 32, 32 } },
	[SMT2_PKTTYPE] = { "pkttype", { 8, 8 } },
	[SMT2_L4PROTO] = { "l4proto", { 8, 8 } },
	[SMT2_CUT] = { "cut", { 8, 8 } },
	[SMT2_FRAGMENT] = { "fragment", { 16, 8 } },
	[SMT2_ETHER_SADDR] = { "ether.saddr", { 48, 48 } },
	[SMT2_ETHER_DADDR] = { "ether.daddr", { 48, 48 } },
	[SMT2_TOS] = { "tos", { 8, 0 } },
	[SMT2_FLOW] = { "flow", { 0, 32 } },
	[SMT2_LENGTH] = { "length", { 16, 16 } },
	[SMT2_ID] = { "id", { 16, 0 } },
	[SMT2_TTL] = { "ttl", { 8, 8 } },
	[SMT2_NEXTHDR] = { "nexthdr", { 0, 8 } },
	[SMT2_SADDR] = { "saddr", { 32, 128 } },
	[SMT2_DADDR] = { "daddr", { 32, 128 } },
	[SMT2_SPORT] = { "sport", { 16, 16 } },
	[SMT2_DPORT] = { "dport", { 16, 16 } },
	[SMT2_TCP_FLAGS] = { "tcp.flags", { 8, 8 } },
	[SMT2_ICMP_TYPE] = { "icmp.type", { 8, 8 } },
	[SMT2_ICMP_CODE] = { "icmp.code", { 8, 8 } },
};

unsigned int smt2_field_bits(enum pkt_world world, enum smt2_field field)
{
	return fields[field].bits[world];
}

const char *smt2_is_field(struct smt2 *smt, enum smt2_field field, uint32_t number)
{
	return smt2_format(smt, "(= %s %s)", smt->came.fields[field],
		smt2_number(smt, number, fields[field].bits[smt->world] / 8));
}

const char *smt2_in_memory(struct smt2 *smt, enum smt2_field field, uint32_t number)
{
	return smt2_format(
		smt, "(= %s %s)", smt->came.fields[field], smt2_hex(smt, &number, sizeof(number)));
}

const char *smt2_later(struct smt2 *smt, const char *fragment)
{
	if (smt->world == PKT_IPV6)
		return smt2_format(smt, "(not (= %s #x00))", fragment);
	return smt2_format(smt, "(not (= ((_ extract 12 0) %s) #b0000000000000))", fragment);
}

/* A first fragment with others behind it. */
static const char *is_first(struct smt2 *smt)
{
	if (smt->world == PKT_IPV6)
		return smt2_is_field(smt, SMT2_NEXTHDR, IPPROTO_FRAGMENT);
	return smt2_format(
		smt, "(= ((_ extract 13 0) %s) #b10000000000000)", smt->came.fields[SMT2_FRAGMENT]);
}

static const char *one_state(struct smt2 *smt)
{
	static const uint32_t states[] = { CT_INVALID, CT_ESTABLISHED, CT_RELATED, CT_NEW,
		CT_UNTRACKED };
	const char *any = "false";

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		any = smt2_or(smt, any, smt2_in_memory(smt, SMT2_CT_STATE, states[i]));
	return any;
}

const char *smt2_declare(struct smt2 *smt)
{
	for (unsigned int i = 0; i < SMT2_FIELDS; i++) {
		unsigned int bits = fields[i].bits[smt->world];

		if (bits == 0)
			continue;
		smt->came.fields[i] = smt2_format(
			smt, "%s.%s", smt->world == PKT_IPV4 ? "ip4" : "ip6", fields[i].name);
		fprintf(smt->body, "(declare-const %s (_ BitVec %u))\n", smt->came.fields[i], bits);
	}
	smt->later = smt2_name(smt, smt2_later(smt, smt->came.fields[SMT2_FRAGMENT]));
	smt->is_new = smt2_name(smt, smt2_in_memory(smt, SMT2_CT_STATE, CT_NEW));
	smt->no_connection =
		smt2_name(smt, smt2_or(smt, smt2_in_memory(smt, SMT2_CT_STATE, CT_INVALID),
				       smt2_in_memory(smt, SMT2_CT_STATE, CT_UNTRACKED)));
	const char *valid = smt2_format(smt, "(and %s (bvule %s #x01))", one_state(smt),
		smt->came.fields[SMT2_CT_DIRECTION]);

	if (smt->keeps_connections)
		valid = smt2_and(
			smt, valid, smt2_not(smt, smt2_or(smt, smt->later, is_first(smt))));
	return smt2_name(smt, valid);
}

/* What rules do to packets in general ------------------------------------------------------------
 */

/* Those that leave a packet's bytes as they are. */
static bool leaves_packet(const struct nltree *expression)
{
	static const char *const harmless[] = { "bitwise", "byteorder", "cmp", "connlimit",
		"counter", "ct", "dynset", "fib", "hash", "immediate", "last", "limit", "log",
		"lookup", "meta", "numgen", "osf", "quota", "range", "reject", "rt", "socket" };
	const char *name = nltree_text(expression, NFTA_EXPR_NAME);

	if (!name || !nltree_is_known(expression))
		return false;
	if (strcmp(name, "payload") == 0)
		return !nltree_has(nltree_find(expression, NFTA_EXPR_DATA), NFTA_PAYLOAD_SREG);
	for (size_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		if (strcmp(name, harmless[i]) == 0)
			return true;
	return false;
}

static bool changes_packet(const struct nltree *expression)
{
	return !leaves_packet(expression);
}

bool smt2_leaves_packets(const struct snapshot *snapshot)
{
	for (size_t i = 0; i < snapshot->table_count; i++)
		for (size_t k = 0; k < snapshot->tables[i].chain_count; k++)
			if (snaphook_any_expression(&snapshot->tables[i].chains[k], changes_packet))
				return false;
	return true;
}
