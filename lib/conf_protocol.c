/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_protocol.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

const struct conf_protocol conf_icmp_types[] = {
	{ "echo-reply", 0 },
	{ "destination-unreachable", 3 },
	{ "source-quench", 4 },
	{ "redirect", 5 },
	{ "echo-request", 8 },
	{ "router-advertisement", 9 },
	{ "router-solicitation", 10 },
	{ "time-exceeded", 11 },
	{ "parameter-problem", 12 },
	{ "timestamp-request", 13 },
	{ "timestamp-reply", 14 },
	{ "info-request", 15 },
	{ "info-reply", 16 },
	{ "address-mask-request", 17 },
	{ "address-mask-reply", 18 },
	{ 0 },
};

const struct conf_protocol conf_icmpv6_types[] = {
	{ "destination-unreachable", 1 },
	{ "packet-too-big", 2 },
	{ "time-exceeded", 3 },
	{ "parameter-problem", 4 },
	{ "echo-request", 128 },
	{ "echo-reply", 129 },
	{ "mld-listener-query", 130 },
	{ "mld-listener-report", 131 },
	{ "mld-listener-done", 132 },
	{ "nd-router-solicit", 133 },
	{ "nd-router-advert", 134 },
	{ "nd-neighbor-solicit", 135 },
	{ "nd-neighbor-advert", 136 },
	{ "nd-redirect", 137 },
	{ "router-renumbering", 138 },
	{ "mld2-listener-report", 143 },
	{ 0 },
};

const struct conf_protocol conf_protocols[] = {
	{ "igmp", 2 },
	{ "ipip", 4 },
	{ "ipv6", 41 },
	{ "gre", 47 },
	{ "esp", 50 },
	{ "ah", 51 },
	{ "eigrp", 88 },
	{ "ospf", 89 },
	{ "pim", 103 },
	{ "vrrp", 112 },
	{ "l2tp", 115 },
	{ 0 },
};

const struct conf_protocol conf_protocol_keys[] = {
	{ "tcp", IPPROTO_TCP },
	{ "udp", IPPROTO_UDP },
	{ "sctp", IPPROTO_SCTP },
	{ "dccp", IPPROTO_DCCP },
	{ "udplite", IPPROTO_UDPLITE },
	{ "icmp", IPPROTO_ICMP },
	{ "icmpv6", IPPROTO_ICMPV6 },
	{ 0 },
};

const struct conf_protocol conf_extension_headers[] = {
	{ "hop-by-hop options", 0 },
	{ "routing", 43 },
	{ "fragment", 44 },
	{ "destination options", 60 },
	{ "mobility", 135 },
	{ "HIP", 139 },
	{ "Shim6", 140 },
	{ 0 },
};

const struct conf_protocol *conf_protocol_numbered(
	const struct conf_protocol *table, unsigned int number)
{
	for (; table->name != NULL; table++)
		if (table->number == number)
			return table;
	return NULL;
}

const struct conf_protocol *conf_protocol_named(const struct conf_protocol *table, const char *name)
{
	for (; table->name != NULL; table++)
		if (strcmp(table->name, name) == 0)
			return table;
	return NULL;
}
