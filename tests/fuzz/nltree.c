/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any attributes as each kind of message of nf_tables (the first byte): as a tree, as JSON and as
 * attributes again they stay the same. And any messages of the other readers of a host. */
#include <string.h>

#include "nftschema.h"
#include "nlhost_impl.h"

#include "demand.h"

static void write_out(const struct nltree *tree, struct json *json)
{
	json_init(json);
	nltree_write(tree, json);
	demand(!json->failed, "memory");
}

static void check_json(const struct nltree *tree, const struct nltree_schema *schema)
{
	struct json first, second;
	struct jsonpull pull;
	struct nltree loaded = { 0 };

	write_out(tree, &first);
	jsonpull_init(&pull, first.text, first.length);
	demand(nltree_load(&pull, schema, &loaded), "what was written is loaded");
	demand(jsonpull_end(&pull), "all of it");
	write_out(&loaded, &second);
	demand(strcmp(first.text, second.text) == 0, "and written as it was");
	demand(nltree_is_known(tree) == nltree_is_known(&loaded), "as well known");
	nltree_clear(&loaded);
	jsonpull_clear(&pull);
	json_clear(&first);
	json_clear(&second);
}

static void check_attributes(const struct nltree *tree, const struct nltree_schema *schema)
{
	static uint8_t buffer[1 << 20] __attribute__((aligned(4)));
	struct json first, second;
	struct nltree again = { 0 };
	size_t length;

	demand(nltree_put(tree, buffer, sizeof(buffer), &length) == 0, "there is room");
	demand(nltree_read((struct attrs){ buffer, length }, schema, &again) == 0,
		"what was put is read");
	write_out(tree, &first);
	write_out(&again, &second);
	demand(strcmp(first.text, second.text) == 0, "as it was");
	nltree_clear(&again);
	json_clear(&first);
	json_clear(&second);
}

static void check_tree(const uint8_t *bytes, size_t length, enum nftschema_message kind)
{
	struct nltree tree = { 0 };

	if (nltree_read((struct attrs){ bytes, length }, nftschema(kind), &tree) == 0) {
		check_json(&tree, nftschema(kind));
		check_attributes(&tree, nftschema(kind));
	}
	nltree_clear(&tree);
}

/* One behind the other. */
static void check_messages(const uint8_t *bytes, size_t length)
{
	static int (*const functions[])(const struct nlmsghdr *,
		struct hostsnap *) = { nlhost_take_xfrm, nlhost_take_packet, nlhost_take_hook };
	const struct nlmsghdr *message = (const void *)bytes;
	int left = (int)length;
	struct hostsnap *snap;

	demand(hostsnap_new(&snap) == 0, "memory");
	while (attrs_message_ok(message, left)) {
		size_t step = NLMSG_ALIGN(message->nlmsg_len);
		struct nlroute_proxy proxy;
		struct nlroute_filter class;

		for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
			(void)functions[i](message, snap);
		if (nlroute_proxy(message, &proxy) == 0)
			demand(proxy.address.family < ADDR_FAMILIES, "a family");
		if (nlroute_class(message, &class) == 0)
			demand(strlen(class.actions) < sizeof(class.actions), "actions fit");
		if (step >= (size_t)left)
			break;
		left -= (int)step;
		message = (const void *)((const uint8_t *)message + step);
	}
	hostsnap_free(snap);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	uint8_t *copy;

	if (length == 0)
		return 0;
	/* Aligned, and with an end that the sanitizer knows. */
	copy = malloc(length);
	demand(copy != NULL, "memory");
	memcpy(copy, bytes + 1, length - 1);
	if (bytes[0] < NFTSCHEMA_COUNT)
		check_tree(copy, length - 1, bytes[0]);
	else
		check_messages(copy, length - 1);
	free(copy);
	return 0;
}
