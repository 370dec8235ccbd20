/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Comparisons of what was loaded with a value: to statements. */
#include <errno.h>
#include <netinet/in.h> /* before the kernel's headers, which then leave its names alone */
#include <string.h>

#include <linux/if_arp.h>
#include <linux/netfilter/nf_tables.h>

#include "attr.h"
#include "decode_impl.h"
#include "decode_registers.h"

#define OPAQUE	     (-EOPNOTSUPP)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A comparison of an interface type can only be the test for Ethernet. */
static int compare_iiftype(struct reader *reader, bool negate, const uint8_t *data)
{
	const uint16_t ethernet = ARPHRD_ETHER;

	if (negate || memcmp(data, &ethernet, sizeof(ethernet)) != 0)
		return OPAQUE;
	if (reader_settle(reader, NULL) < 0)
		return -ENOMEM;
	reader->ether_waits = true;
	reader->known.ether = true;
	return 0;
}

/* nft joins "icmp type x icmp code y" into one comparison of two bytes. */
static int compare_icmp(struct reader *reader, const uint8_t *data)
{
	bool icmp6 = reader->known.l4proto == IPPROTO_ICMPV6;
	struct statement statement = { .kind = STMT_COMPARE, .selector_count = 1 };

	statement.selectors[0] = icmp6 ? SEL_ICMPV6_TYPE : SEL_ICMP_TYPE;
	statement.data[0] = data[0];
	if (reader_add(reader, &statement) < 0)
		return -ENOMEM;
	statement.selectors[0] = icmp6 ? SEL_ICMPV6_CODE : SEL_ICMP_CODE;
	statement.data[0] = data[1];
	return reader_add(reader, &statement);
}

static bool is_icmp(const struct reader *reader)
{
	return reader_tested(reader, selector_info(SEL_ICMP_TYPE)) ||
	       reader_tested(reader, selector_info(SEL_ICMPV6_TYPE));
}

static int compare_loaded(
	struct reader *reader, const struct slot *slots, bool negate, const uint8_t *data)
{
	static const uint8_t zero[16];
	unsigned int length = slots[0].length;
	const struct selector_info *info = selector_info(slots[0].selector);
	struct statement statement = {
		.kind = STMT_COMPARE,
		.selectors = { slots[0].selector },
		.selector_count = 1,
		.negate = negate,
		.length = length == info->length ? 0 : length,
	};

	if (slots[0].selector == SEL_TH_SPORT && is_icmp(reader) && !negate && !slots[0].masked)
		return compare_icmp(reader, data);
	memcpy(statement.data, data, length);
	if (slots[0].masked) {
		for (unsigned int i = 0; i < length; i++) {
			statement.mask[i] = slots[i / 4].keep[i % 4];
			if (slots[i / 4].flip[i % 4])
				return OPAQUE;
		}
		if (memcmp(statement.mask, zero, length) == 0)
			return OPAQUE;
	}
	return reader_add(reader, &statement);
}

int decode_comparison(struct reader *reader, struct attrs attrs)
{
	static const enum attr_kind kinds[] = {
		[NFTA_CMP_SREG] = ATTR_U32,
		[NFTA_CMP_OP] = ATTR_U32,
		[NFTA_CMP_DATA] = ATTR_NEST,
	};
	const struct nlattr *table[COUNT(kinds)], *value;
	uint32_t operation, source;
	struct slot *slots;
	size_t length;

	if (attrs_parse(attrs, kinds, COUNT(kinds), table) < 0 || !table[NFTA_CMP_DATA])
		return OPAQUE;
	source = attr_u32(table[NFTA_CMP_SREG], NFT_REG_VERDICT);
	operation = attr_u32(table[NFTA_CMP_OP], UINT32_MAX);
	value = decode_value(table[NFTA_CMP_DATA]);
	if ((operation != NFT_CMP_EQ && operation != NFT_CMP_NEQ) || !value)
		return OPAQUE;
	length = attr_length(value);
	if (length == 0 || length > 16)
		return OPAQUE;
	slots = reader_value(reader, source, SLOT_LOADED, (unsigned int)length);
	if (slots)
		return compare_loaded(reader, slots, operation == NFT_CMP_NEQ, attr_value(value));
	if (length != sizeof(uint16_t) ||
		!reader_value(reader, source, SLOT_IIFTYPE, sizeof(uint16_t)))
		return OPAQUE;
	return compare_iiftype(reader, operation == NFT_CMP_NEQ, attr_value(value));
}
