/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Trees → netlink attributes, for readers of messages. See nltree.h. */
#include "nltree.h"

#include <errno.h>
#include <string.h>

struct putting {
	uint8_t *next;
	size_t left;
};

static int put_children(const struct nltree *tree, struct putting *to);

/* The value of an attribute behind its header, as far as it is no nest. */
static int put_value(const struct nltree *node, struct putting *to)
{
	static const size_t lengths[] = {
		[NLTREE_U8] = 1, [NLTREE_U16] = 2, [NLTREE_U32] = 4, [NLTREE_U64] = 8
	};
	bool text = node->kind == NLTREE_TEXT;
	bool number = node->kind >= NLTREE_U8 && node->kind <= NLTREE_U64;
	size_t length = number ? lengths[node->kind] : node->length + text;

	if (length > to->left)
		return -E2BIG;
	for (size_t i = 0; number && i < length; i++)
		to->next[i] = (uint8_t)(node->number >> 8 * (length - 1 - i));
	if (!number && length > 0)
		memcpy(to->next, node->bytes, length);
	to->next += length;
	to->left -= length;
	return 0;
}

static int put_node(const struct nltree *node, struct putting *to)
{
	bool nest = node->kind >= NLTREE_NEST && node->kind <= NLTREE_CHOICE;
	struct nlattr header = { .nla_type = node->attr ? node->attr->type : node->type };
	uint8_t *start = to->next;

	if (to->left < NLA_HDRLEN)
		return -E2BIG;
	to->next += NLA_HDRLEN;
	to->left -= NLA_HDRLEN;
	int r = nest ? put_children(node, to) : put_value(node, to);
	size_t length = (size_t)(to->next - start), pad = NLA_ALIGN(length) - length;

	if (r == 0 && (length > UINT16_MAX || pad > to->left))
		r = -E2BIG;
	if (r < 0)
		return r;
	header.nla_len = (uint16_t)length;
	if (nest)
		header.nla_type |= NLA_F_NESTED;
	memcpy(start, &header, sizeof(header));
	memset(to->next, 0, pad);
	to->next += pad;
	to->left -= pad;
	return 0;
}

static int put_children(const struct nltree *tree, struct putting *to)
{
	int r = 0;

	for (size_t i = 0; i < tree->count && r == 0; i++)
		r = put_node(&tree->children[i], to);
	return r;
}

int nltree_put(const struct nltree *root, void *buffer, size_t room, size_t *ret_length)
{
	struct putting to = { .next = buffer, .left = room };
	int r = put_children(root, &to);

	*ret_length = room - to.left;
	return r;
}
