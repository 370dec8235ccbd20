/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any messages of the kernel's table of connections: what is taken from one can be written down. */
#include <string.h>

#include "attr.h"
#include "nlconntrack.h"

#include "demand.h"

static void check(const struct conntrack_entry *entry)
{
	char text[CONNTRACK_TEXT_MAX];

	conntrack_format(entry, text);
	demand(strlen(text) < sizeof(text) - 1, "the text fits");
	demand(entry->family == ADDR_IPV4 || entry->family == ADDR_IPV6, "a family");
	demand(entry->has_ports || (entry->sport == 0 && entry->dport == 0),
		"no ports, no numbers");
	demand(entry->family == ADDR_IPV6 || entry->source[4] == 0, "the rest of IPv4 is zero");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	void *copy = malloc(length + 1);
	const struct nlmsghdr *message = copy;
	int left = (int)length;
	struct conntrack_entry entry;

	demand(copy != NULL, "memory");
	memcpy(copy, bytes, length);
	while (attrs_message_ok(message, left)) {
		size_t step = NLMSG_ALIGN(message->nlmsg_len);

		if (conntrack_parse(message, &entry) == 0)
			check(&entry);
		if (step >= (size_t)left)
			break;
		left -= (int)step;
		message = (const void *)((const uint8_t *)message + step);
	}
	free(copy);
	return 0;
}
