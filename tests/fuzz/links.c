/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any messages of the kernel about interfaces: what is kept of them stays a list of interfaces. */
#include <stdlib.h>

/* Fuzzers are linked with the library only. */
#include "../../daemon/links.c"
#include "../../daemon/loop.c"

#include "demand.h"

static void ignore(enum links_event event, const char *interface, const char *segment, void *data)
{
	(void)segment;
	(void)data;
	demand(links_event_name(event) != NULL, "an event has a name");
	demand(interface[0] != '\0', "an event is about an interface");
}

static void check(struct links *links)
{
	for (size_t i = 0; i < links->count; i++) {
		const struct link *link = &links->items[i];
		demand(find_index(links, link->index) == link, "an index stands once");
		demand(strlen(link->name) < IFNAMSIZ, "a name fits");
		demand(links_present(links, link->name), "what is there is found");
	}
}

/* Twice, as the answer to a question for all, and as events: the second time nothing is new. */
int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const struct policy_segment segments[] = {
		{ .interface = "e0", .full_name = "lgwan.a" },
		{ .interface = "e1", .full_name = "internet.a" },
	};
	static const struct policy policy = { .segments = (struct policy_segment *)segments,
		.segment_count = 2 };
	union {
		struct nlmsghdr header;
		uint8_t bytes[MESSAGE_BYTES];
	} buffer;
	struct links links = { .fd = -1, .function = ignore };
	if (length > sizeof(buffer))
		return 0;
	/* Behind what was received lies what was there before. */
	memset(&buffer, 0xa5, sizeof(buffer));
	memcpy(&buffer, bytes, length);
	links.dumping = true;
	read_messages(&links, &buffer.header, (int)length);
	check(&links);
	links_watch(&links, &policy);
	read_messages(&links, &buffer.header, (int)length);
	check(&links);
	free(links.items);
	return 0;
}
