/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "attr.h"

#include <arpa/inet.h>
#include <endian.h>
#include <errno.h>
#include <string.h>

#include <linux/netfilter/nfnetlink.h>

bool attrs_message_ok(const struct nlmsghdr *message, int left)
{
	return left >= (int)sizeof(*message) && message->nlmsg_len >= sizeof(*message) &&
	       message->nlmsg_len <= (uint32_t)left;
}

struct attrs attrs_of_message(const struct nlmsghdr *message)
{
	const size_t header = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(struct nfgenmsg));

	if (message->nlmsg_len < header)
		return (struct attrs){ NULL, 0 };
	return (struct attrs){ (const uint8_t *)message + header, message->nlmsg_len - header };
}

struct attrs attrs_of_nest(const struct nlattr *nest)
{
	return (struct attrs){ attr_value(nest), attr_length(nest) };
}

const struct nlattr *attrs_next(struct attrs *attrs)
{
	const struct nlattr *attr = (const void *)attrs->next;
	size_t step;

	if (attrs->left < NLA_HDRLEN || attr->nla_len < NLA_HDRLEN || attr->nla_len > attrs->left)
		return NULL;
	/* The last one may lack its padding. */
	step = NLA_ALIGN(attr->nla_len);
	if (step > attrs->left)
		step = attrs->left;
	attrs->next += step;
	attrs->left -= step;
	return attr;
}

unsigned int attr_type(const struct nlattr *attr)
{
	return attr->nla_type & NLA_TYPE_MASK;
}

const void *attr_value(const struct nlattr *attr)
{
	return (const uint8_t *)attr + NLA_HDRLEN;
}

size_t attr_length(const struct nlattr *attr)
{
	return attr->nla_len - (size_t)NLA_HDRLEN;
}

static bool holds(const struct nlattr *attr, enum attr_kind kind)
{
	size_t length = attr_length(attr);

	switch (kind) {
	case ATTR_U16:
		return length == sizeof(uint16_t);
	case ATTR_U32:
		return length == sizeof(uint32_t);
	case ATTR_U64:
		return length == sizeof(uint64_t);
	case ATTR_TEXT:
		return length > 0 && strnlen(attr_value(attr), length) == length - 1;
	case ATTR_REFUSED:
	case ATTR_IGNORED:
	case ATTR_NEST:
	case ATTR_BYTES:
		return true;
	}
	return false;
}

int attrs_parse(struct attrs attrs, const enum attr_kind *kinds, unsigned int count,
	const struct nlattr **ret_table)
{
	const struct nlattr *attr;
	int result = 0;

	memset(ret_table, 0, count * sizeof(ret_table[0]));
	while ((attr = attrs_next(&attrs)) != NULL) {
		unsigned int type = attr_type(attr);

		if (type >= count || kinds[type] == ATTR_REFUSED) {
			result = -EOPNOTSUPP;
			continue;
		}
		if (!holds(attr, kinds[type]))
			return -EBADMSG;
		ret_table[type] = attr;
	}
	return attrs.left ? -EBADMSG : result;
}

uint16_t attr_u16(const struct nlattr *attr, uint16_t absent)
{
	uint16_t value;

	if (!attr)
		return absent;
	memcpy(&value, attr_value(attr), sizeof(value));
	return ntohs(value);
}

uint32_t attr_u32(const struct nlattr *attr, uint32_t absent)
{
	uint32_t value;

	if (!attr)
		return absent;
	memcpy(&value, attr_value(attr), sizeof(value));
	return ntohl(value);
}

uint64_t attr_u64(const struct nlattr *attr, uint64_t absent)
{
	uint64_t value;

	if (!attr)
		return absent;
	memcpy(&value, attr_value(attr), sizeof(value));
	return be64toh(value);
}

const char *attr_text(const struct nlattr *attr)
{
	return attr ? attr_value(attr) : NULL;
}
