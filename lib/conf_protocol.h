/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of protocols and ICMP types, as services are written with them. */
#ifndef HEDATE_CONF_PROTOCOL_H
#define HEDATE_CONF_PROTOCOL_H

/* A number that has a name. Tables end with one without. */
struct conf_protocol {
	const char *name;
	unsigned int number;
};

/* IANA's ICMP type numbers, by nft's names. */
extern const struct conf_protocol conf_icmp_types[];
extern const struct conf_protocol conf_icmpv6_types[];
/* Protocols without ports that a municipality's gateway may meet. */
extern const struct conf_protocol conf_protocols[];
/* Protocols that have a key of their own. */
extern const struct conf_protocol conf_protocol_keys[];
/* IPv6 extension headers share the numbers of protocols. */
extern const struct conf_protocol conf_extension_headers[];

/* NULL when there is none. */
const struct conf_protocol *conf_protocol_numbered(
	const struct conf_protocol *table, unsigned int number);
const struct conf_protocol *conf_protocol_named(
	const struct conf_protocol *table, const char *name);

#endif
