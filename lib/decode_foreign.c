/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decode_foreign.h"

#include <errno.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "decode_impl.h"

#define TRIES_MAX 4

static int take(const struct nlmsghdr *message, void *data)
{
	return foreign_take(data, message);
}

/* table NULL: of all. */
static int ask(struct nlsock *socket, unsigned int type, uint8_t family, const char *table,
	struct foreign_list *list)
{
	uint8_t buffer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request = decode_request(socket, buffer, type, NLM_F_DUMP);
	const struct nfgenmsg header = { .nfgen_family = family };

	memcpy(mnl_nlmsg_get_payload(request), &header, sizeof(header));
	if (table)
		mnl_attr_put_strz(request, NFTA_RULE_TABLE, table);
	return nlsock_request(socket, request, take, list);
}

/* Our own rules are many, and not asked for. */
static int ask_rules(struct nlsock *socket, struct foreign_list *list)
{
	int error = 0;

	for (size_t i = 0; i < list->count && error == 0; i++)
		error = ask(socket, NFT_MSG_GETRULE, list->tables[i].family, list->tables[i].name,
			list);
	return error;
}

static int read_all(struct nlsock *socket, struct foreign_list *list)
{
	static const unsigned int questions[] = { NFT_MSG_GETTABLE, NFT_MSG_GETCHAIN,
		NFT_MSG_GETSET, NFT_MSG_GETFLOWTABLE };
	int error = 0;

	for (size_t i = 0; i < sizeof(questions) / sizeof(questions[0]) && error == 0; i++) {
		error = ask(socket, questions[i], NFPROTO_UNSPEC, NULL, list);
		/* Nothing of anybody's: there is nothing to look into. */
		if (error == 0 && list->count == 0)
			return 0;
	}
	return error < 0 ? error : ask_rules(socket, list);
}

static bool is_passing(int error)
{
	return error == 0 || error == -EINTR || error == -ENOBUFS || error == -ENOENT;
}

int decode_foreign(struct nlsock *socket, struct foreign_list *ret_list, uint32_t *ret_generation)
{
	uint32_t before, after;
	int error = -EAGAIN;

	*ret_list = (struct foreign_list){ 0 };
	*ret_generation = 0;
	for (unsigned int tries = 0; tries < TRIES_MAX; tries++) {
		foreign_clear(ret_list);
		error = nlsock_generation(socket, &before);
		if (error == 0)
			error = read_all(socket, ret_list);
		if (error == 0)
			error = nlsock_generation(socket, &after);
		if (error == 0 && before == after) {
			foreign_sort(ret_list);
			*ret_generation = after;
			return 0;
		}
		if (!is_passing(error))
			break;
		error = -EAGAIN;
	}
	foreign_sort(ret_list);
	if (error != -EAGAIN)
		foreign_clear(ret_list);
	return error;
}
