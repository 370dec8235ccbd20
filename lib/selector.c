/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What selectors and set fields are: the tables behind ruleset.h. */
#include <assert.h>
#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */

#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>

#include "ruleset.h"

#define META(text, meta_key, bytes, host, type)                                                    \
	{                                                                                          \
		.name = (text), .source = SOURCE_META, .key = (meta_key), .length = (bytes),       \
		.host_order = (host), .field = (type)                                              \
	}
#define CT(text, ct_key, bytes, host, type)                                                        \
	{                                                                                          \
		.name = (text), .source = SOURCE_CT, .key = (ct_key), .length = (bytes),           \
		.host_order = (host), .field = (type)                                              \
	}
#define LINK(text, at, bytes, type)                                                                \
	{                                                                                          \
		.name = (text), .source = SOURCE_PAYLOAD, .key = NFT_PAYLOAD_LL_HEADER,            \
		.offset = (at), .length = (bytes), .field = (type)                                 \
	}
#define NETWORK(text, at, bytes, type, nfproto)                                                    \
	{                                                                                          \
		.name = (text), .source = SOURCE_PAYLOAD, .key = NFT_PAYLOAD_NETWORK_HEADER,       \
		.offset = (at), .length = (bytes), .field = (type), .needs_nfproto = (nfproto)     \
	}
#define TRANSPORT(text, at, bytes, type, nfproto, protocol)                                        \
	{                                                                                          \
		.name = (text), .source = SOURCE_PAYLOAD, .key = NFT_PAYLOAD_TRANSPORT_HEADER,     \
		.offset = (at), .length = (bytes), .field = (type), .needs_nfproto = (nfproto),    \
		.needs_l4proto = (protocol)                                                        \
	}

/* Offsets: Ethernet II, RFC 791, RFC 8200, RFC 9293, RFC 792, RFC 4443. */
static const struct selector_info selectors[] = {
	[SEL_META_IIFNAME] = META("iifname", NFT_META_IIFNAME, 16, false, FIELD_IFNAME),
	[SEL_META_OIFNAME] = META("oifname", NFT_META_OIFNAME, 16, false, FIELD_IFNAME),
	[SEL_META_NFPROTO] = META("meta nfproto", NFT_META_NFPROTO, 1, false, FIELD_INVALID),
	[SEL_META_L4PROTO] = META("meta l4proto", NFT_META_L4PROTO, 1, false, FIELD_INET_PROTO),
	[SEL_META_MARK] = META("meta mark", NFT_META_MARK, 4, true, FIELD_MARK),
	[SEL_CT_STATE] = CT("ct state", NFT_CT_STATE, 4, true, FIELD_INVALID),
	[SEL_CT_DIRECTION] = CT("ct direction", NFT_CT_DIRECTION, 1, false, FIELD_INVALID),
	[SEL_CT_MARK] = CT("ct mark", NFT_CT_MARK, 4, true, FIELD_MARK),
	[SEL_ETHER_SADDR] = LINK("ether saddr", 6, 6, FIELD_ETHER_ADDR),
	[SEL_ETHER_DADDR] = LINK("ether daddr", 0, 6, FIELD_ETHER_ADDR),
	[SEL_IP_SADDR] = NETWORK("ip saddr", 12, 4, FIELD_IPV4_ADDR, NFPROTO_IPV4),
	[SEL_IP_DADDR] = NETWORK("ip daddr", 16, 4, FIELD_IPV4_ADDR, NFPROTO_IPV4),
	[SEL_IP_FRAG_OFF] = NETWORK("ip frag-off", 6, 2, FIELD_INVALID, NFPROTO_IPV4),
	[SEL_IP6_SADDR] = NETWORK("ip6 saddr", 8, 16, FIELD_IPV6_ADDR, NFPROTO_IPV6),
	[SEL_IP6_DADDR] = NETWORK("ip6 daddr", 24, 16, FIELD_IPV6_ADDR, NFPROTO_IPV6),
	[SEL_IP6_NEXTHDR] = NETWORK("ip6 nexthdr", 6, 1, FIELD_INET_PROTO, NFPROTO_IPV6),
	[SEL_IP6_HOPLIMIT] = NETWORK("ip6 hoplimit", 7, 1, FIELD_INVALID, NFPROTO_IPV6),
	[SEL_TH_SPORT] = TRANSPORT("th sport", 0, 2, FIELD_INET_SERVICE, 0, 0),
	[SEL_TH_DPORT] = TRANSPORT("th dport", 2, 2, FIELD_INET_SERVICE, 0, 0),
	[SEL_TCP_FLAGS] = TRANSPORT("tcp flags", 13, 1, FIELD_INVALID, 0, IPPROTO_TCP),
	[SEL_ICMP_TYPE] = TRANSPORT("icmp type", 0, 1, FIELD_ICMP_TYPE, NFPROTO_IPV4, IPPROTO_ICMP),
	[SEL_ICMP_CODE] = TRANSPORT("icmp code", 1, 1, FIELD_ICMP_CODE, NFPROTO_IPV4, IPPROTO_ICMP),
	[SEL_ICMPV6_TYPE] =
		TRANSPORT("icmpv6 type", 0, 1, FIELD_ICMPV6_TYPE, NFPROTO_IPV6, IPPROTO_ICMPV6),
	[SEL_ICMPV6_CODE] =
		TRANSPORT("icmpv6 code", 1, 1, FIELD_ICMPV6_CODE, NFPROTO_IPV6, IPPROTO_ICMPV6),
};

/* Numbers as nft 1.0.6 sends them in NFTA_SET_KEY_TYPE. */
static const struct field_info fields[] = {
	[FIELD_INVALID] = { "invalid", 0, 0, 0, false },
	[FIELD_IPV4_ADDR] = { "ipv4_addr", 7, 4, 4, false },
	[FIELD_IPV6_ADDR] = { "ipv6_addr", 8, 16, 16, false },
	[FIELD_ETHER_ADDR] = { "ether_addr", 9, 6, 8, false },
	[FIELD_INET_PROTO] = { "inet_proto", 12, 1, 4, false },
	[FIELD_INET_SERVICE] = { "inet_service", 13, 2, 4, false },
	[FIELD_ICMP_TYPE] = { "icmp_type", 14, 1, 4, false },
	[FIELD_ICMP_CODE] = { "icmp_code", 32, 1, 4, false },
	[FIELD_ICMPV6_TYPE] = { "icmpv6_type", 29, 1, 4, false },
	[FIELD_ICMPV6_CODE] = { "icmpv6_code", 33, 1, 4, false },
	[FIELD_MARK] = { "mark", 19, 4, 4, true },
	[FIELD_IFNAME] = { "ifname", 41, 16, 16, false },
	[FIELD_VERDICT] = { "verdict", 1, 16, 16, false },
};

static_assert(sizeof(selectors) / sizeof(selectors[0]) == SEL_COUNT, "a selector is missing");
static_assert(sizeof(fields) / sizeof(fields[0]) == FIELD_COUNT, "a field type is missing");

const struct selector_info *selector_info(enum selector selector)
{
	return &selectors[selector];
}

const struct field_info *field_info(enum field_type type)
{
	return &fields[type];
}
