/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any messages of the kernel about interfaces, addresses and routes, as facts for a setup. */
#include <stdlib.h>

/* Fuzzers are linked with the library only. */
#include "../../daemon/hostnet.c"

#include "attr.h"
#include "demand.h"

static void check_prefix(const struct addr_prefix *prefix)
{
	struct addr_prefix whole = prefix_of(&prefix->addr, prefix->length);
	demand(prefix->length <= addr_length(prefix->addr.family) * 8, "a length that is possible");
	demand(memcmp(&whole.addr, &prefix->addr, sizeof(whole.addr)) == 0, "no bits of a host");
}

static void check(const struct setup *setup)
{
	demand(setup->interface_count <= SETUP_INTERFACES_MAX, "not too many interfaces");
	for (size_t i = 0; i < setup->interface_count; i++) {
		const struct setup_interface *interface = &setup->interfaces[i];
		demand(strnlen(interface->name, sizeof(interface->name)) < sizeof(interface->name),
			"a name fits");
		for (size_t j = 0; j < interface->network_count; j++)
			check_prefix(&interface->networks[j]);
		for (size_t j = 0; j < interface->route_count; j++)
			check_prefix(&interface->routes[j].prefix);
	}
}

/* Each reader gets all messages, and takes those of its kind. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const mnl_cb_t functions[] = { on_link, on_address, on_route };
	struct setup setup;
	struct reader reader = { .setup = &setup };
	void *copy = malloc(length + 1);
	demand(copy != NULL, "memory");
	memcpy(copy, bytes, length);
	setup_init(&setup);
	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]) && !reader.error; i++) {
		const struct nlmsghdr *message = copy;
		int left = (int)length;
		for (; attrs_message_ok(message, left) && !reader.error;
			message = mnl_nlmsg_next(message, &left))
			(void)functions[i](message, &reader);
	}
	check(&setup);
	setup_clear(&setup);
	free(reader.indexes);
	free(copy);
	return 0;
}
