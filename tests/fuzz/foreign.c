/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel tells of tables of others and of changes: any bytes, and well-formed messages
 * with expressions of any name and content.
 *
 *	byte 0	type of the message, byte 1 family, byte 2 odd: a rule around the rest
 *	rest	attributes; of a rule: its expressions
 */
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "attr.h"
#include "demand.h"
#include "foreign.h"
#include "tableevent.h"

#define MESSAGE_MAX 65536

static struct nlmsghdr *begin(uint8_t *buffer, unsigned int type, uint8_t family)
{
	struct nlmsghdr *message = mnl_nlmsg_put_header(buffer);
	const struct nfgenmsg header = { .nfgen_family = family };

	message->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
	memcpy(mnl_nlmsg_put_extra_header(message, sizeof(header)), &header, sizeof(header));
	return message;
}

static void append(struct nlmsghdr *message, const uint8_t *bytes, size_t length)
{
	if (length > MESSAGE_MAX - 256)
		length = MESSAGE_MAX - 256;
	memcpy((uint8_t *)message + message->nlmsg_len, bytes, length);
	message->nlmsg_len += (uint32_t)length;
}

static void put_rule(struct nlmsghdr *message, const uint8_t *bytes, size_t length)
{
	mnl_attr_put_strz(message, NFTA_RULE_TABLE, "t");
	mnl_attr_put_strz(message, NFTA_RULE_CHAIN, "c");
	if (length > 60000)
		length = 60000;
	mnl_attr_put(message, NFTA_RULE_EXPRESSIONS | NLA_F_NESTED, length, bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static uint8_t buffer[MESSAGE_MAX] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct foreign_list list = { 0 };
	struct tableevent event;
	char text[2048];

	if (length < 3)
		return 0;
	/* A table that the message may be about. */
	struct nlmsghdr *message = begin(buffer, NFT_MSG_NEWTABLE, bytes[1]);

	mnl_attr_put_strz(message, NFTA_TABLE_NAME, "t");
	demand(foreign_take(&list, message) == 0, "a table is taken");
	memset(buffer, 0, sizeof(buffer));
	message = begin(buffer, bytes[2] & 1 ? NFT_MSG_NEWRULE : bytes[0], bytes[1]);
	if (bytes[2] & 1)
		put_rule(message, bytes + 3, length - 3);
	else
		append(message, bytes + 3, length - 3);
	(void)foreign_take(&list, message);
	demand(list.count >= 1 && list.count <= 2, "one message, one table");
	tableevent_read(message, &event);
	demand(memchr(event.name, '\0', sizeof(event.name)) != NULL, "a name ends");
	for (size_t i = 0; i < list.count; i++) {
		demand(list.tables[i].risks < 1u << FOREIGN_RISKS, "risks that there are");
		foreign_risks_texts(list.tables[i].risks, text, sizeof(text));
	}
	foreign_clear(&list);
	return 0;
}
