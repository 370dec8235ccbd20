/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which functions of the kernel see packets at its hooks. See nlhost.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nfnetlink.h>
#include <linux/netfilter/nfnetlink_hook.h>
#include <linux/netfilter_arp.h>
#include <linux/netfilter_bridge.h>
#include <stdio.h>
#include <string.h>

#include "attr.h"
#include "foreign.h"
#include "nlhost_impl.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define REQUEST_ROOM 128

static const enum attr_kind kinds[] = {
	[NFNLA_HOOK_HOOKNUM] = ATTR_U32,
	[NFNLA_HOOK_PRIORITY] = ATTR_U32,
	[NFNLA_HOOK_DEV] = ATTR_TEXT,
	[NFNLA_HOOK_FUNCTION_NAME] = ATTR_TEXT,
	[NFNLA_HOOK_MODULE_NAME] = ATTR_TEXT,
};

int nlhost_take_hook(const struct nlmsghdr *message, struct hostsnap *snap)
{
	const struct nlattr *table[COUNT(kinds)];
	struct nfgenmsg header;
	char subject[64], value[64];

	if (message->nlmsg_type != (NFNL_SUBSYS_HOOK << 8 | NFNL_MSG_HOOK_GET) ||
		message->nlmsg_len < NLMSG_LENGTH(sizeof(header)))
		return -EBADMSG;
	memcpy(&header, (const uint8_t *)message + NLMSG_HDRLEN, sizeof(header));
	if (attrs_parse(attrs_of_message(message), kinds, COUNT(kinds), table) == -EBADMSG)
		return -EBADMSG;
	snprintf(subject, sizeof(subject), "%s %u", foreign_family_name(header.nfgen_family),
		attr_u32(table[NFNLA_HOOK_HOOKNUM], UINT32_MAX));
	snprintf(value, sizeof(value), "%d", (int32_t)attr_u32(table[NFNLA_HOOK_PRIORITY], 0));
	/* A kernel that does not know the function's name does not tell one. */
	return hostsnap_add(snap, HOSTSNAP_HOOKS, subject,
		table[NFNLA_HOOK_FUNCTION_NAME] ? attr_text(table[NFNLA_HOOK_FUNCTION_NAME]) : "?",
		value);
}

static int on_hook(const struct nlmsghdr *message, void *data)
{
	return nlhost_take_hook(message, data);
}

static void put(struct nlmsghdr *request, uint16_t type, const void *value, size_t length)
{
	struct nlattr *attr = (void *)((char *)request + NLMSG_ALIGN(request->nlmsg_len));

	attr->nla_type = type;
	attr->nla_len = (uint16_t)(NLA_HDRLEN + length);
	memcpy((char *)attr + NLA_HDRLEN, value, length);
	request->nlmsg_len = NLMSG_ALIGN(request->nlmsg_len) + (uint32_t)NLA_ALIGN(attr->nla_len);
}

/* The hooks of a device are asked for by its name. */
static int dump(struct nlhost *host, uint8_t family, uint32_t hook, const char *device)
{
	_Alignas(struct nlmsghdr) uint8_t buffer[REQUEST_ROOM] = { 0 };
	struct nlmsghdr *request = (void *)buffer;
	struct nfgenmsg header = { .nfgen_family = family };
	uint32_t number = htonl(hook);

	request->nlmsg_len = NLMSG_LENGTH(sizeof(header));
	request->nlmsg_type = NFNL_SUBSYS_HOOK << 8 | NFNL_MSG_HOOK_GET;
	request->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	request->nlmsg_seq = nlsock_next_sequence(host->netfilter);
	memcpy(NLMSG_DATA(request), &header, sizeof(header));
	put(request, NFNLA_HOOK_HOOKNUM, &number, sizeof(number));
	if (device)
		put(request, NFNLA_HOOK_DEV, device, strlen(device) + 1);
	int r = nlsock_request(host->netfilter, request, on_hook, host->snap);

	/* A family or hook that this kernel has not, when it has any. */
	return r == -EOPNOTSUPP && family != NFPROTO_IPV4 ? 0 : r;
}

int nlhost_hooks(struct nlhost *host)
{
	static const struct {
		uint8_t family;
		uint32_t count;
	} hooks[] = {
		{ NFPROTO_IPV4, NF_INET_NUMHOOKS },
		{ NFPROTO_IPV6, NF_INET_NUMHOOKS },
		{ NFPROTO_ARP, NF_ARP_NUMHOOKS },
		{ NFPROTO_BRIDGE, NF_BR_NUMHOOKS },
	};
	const struct host *links = &host->snap->host;
	int r = 0;

	for (size_t i = 0; i < COUNT(hooks); i++)
		for (uint32_t hook = 0; hook < hooks[i].count && r == 0; hook++)
			r = dump(host, hooks[i].family, hook, NULL);
	for (size_t i = 0; i < links->link_count && r == 0; i++)
		for (uint32_t hook = 0; hook < NF_NETDEV_NUMHOOKS && r == 0; hook++)
			r = dump(host, NFPROTO_NETDEV, hook, links->links[i].link.name);
	return r;
}
