/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tableevent.h"

#include <stdio.h>
#include <string.h>

#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "attr.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void read_commit(const struct nlmsghdr *message, struct tableevent *event)
{
	struct attrs attrs = attrs_of_message(message);
	const struct nlattr *attr;

	event->kind = TABLEEVENT_COMMIT;
	while ((attr = attrs_next(&attrs)) != NULL) {
		bool number = attr_length(attr) == sizeof(uint32_t);

		if (attr_type(attr) == NFTA_GEN_ID && number)
			event->generation = attr_u32(attr, 0);
		else if (attr_type(attr) == NFTA_GEN_PROC_PID && number)
			event->pid = attr_u32(attr, 0);
		else if (attr_type(attr) == NFTA_GEN_PROC_NAME)
			snprintf(event->name, sizeof(event->name), "%.*s", (int)attr_length(attr),
				(const char *)attr_value(attr));
	}
}

/* The table is the first attribute of all kinds of objects. */
static const char *read_table(const struct nlmsghdr *message)
{
	struct attrs attrs = attrs_of_message(message);
	const struct nlattr *attr;

	while ((attr = attrs_next(&attrs)) != NULL) {
		const char *text = attr_value(attr);
		size_t length = attr_length(attr);

		if (attr_type(attr) != NFTA_TABLE_NAME)
			continue;
		return length > 0 && strnlen(text, length) == length - 1 ? text : NULL;
	}
	return NULL;
}

void tableevent_read(const struct nlmsghdr *message, struct tableevent *ret_event)
{
	unsigned int type = message->nlmsg_type & 0xff;
	struct nfgenmsg header = { 0 };

	*ret_event = (struct tableevent){ .port = message->nlmsg_pid };
	if (message->nlmsg_type >> 8 != NFNL_SUBSYS_NFTABLES)
		return;
	if (message->nlmsg_len >= NLMSG_LENGTH(sizeof(header)))
		memcpy(&header, (const uint8_t *)message + NLMSG_HDRLEN, sizeof(header));
	if (type == NFT_MSG_NEWGEN) {
		read_commit(message, ret_event);
		return;
	}
	ret_event->kind = TABLEEVENT_CHANGE;
	ret_event->family = header.nfgen_family;
	ret_event->table = read_table(message);
	ret_event->deletes_table = type == NFT_MSG_DELTABLE;
}
