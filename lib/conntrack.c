/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conntrack.h"

#include <netinet/in.h>
#include <stdio.h>

uint16_t conntrack_port(const struct conntrack_entry *entry)
{
	return entry->has_icmp ? (uint16_t)(entry->icmp_type << 8 | entry->icmp_code)
			       : entry->dport;
}

static const char *protocol_name(uint8_t protocol, char number[8])
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	default:
		snprintf(number, 8, "%u", protocol);
		return number;
	}
}

void conntrack_format(const struct conntrack_entry *entry, char text[CONNTRACK_TEXT_MAX])
{
	const char *open = entry->family == ADDR_IPV6 ? "[" : "";
	const char *close = entry->family == ADDR_IPV6 ? "]" : "";
	char source[ADDR_TEXT_MAX], destination[ADDR_TEXT_MAX], number[8];
	const char *protocol = protocol_name(entry->protocol, number);

	addr_format(entry->family, entry->source, source);
	addr_format(entry->family, entry->destination, destination);
	if (entry->has_ports)
		snprintf(text, CONNTRACK_TEXT_MAX, "%s %s%s%s:%u > %s%s%s:%u", protocol, open,
			source, close, entry->sport, open, destination, close, entry->dport);
	else if (entry->has_icmp)
		snprintf(text, CONNTRACK_TEXT_MAX, "%s %s > %s %u/%u", protocol, source,
			destination, entry->icmp_type, entry->icmp_code);
	else
		snprintf(text, CONNTRACK_TEXT_MAX, "%s %s > %s", protocol, source, destination);
}
