/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Captured packets on any bytes: a kind of link, then packets, each with its length and a step of
 * time before it. Every packet is counted once. */
#include "demand.h"

#include <string.h>

#include "compile.h"
#include "conf.h"
#include "replay.h"

#define TEXT                                                                                       \
	"site = { name = \"t\"; };\n"                                                              \
	"zones = ( { name = \"a\"; kind = \"lgwan\"; segments = ( { name = \"s\"; interface = "    \
	"\"a0\"; networks = [\"10.1.0.0/24\", \"fd00:1::/64\"]; } ); }, { name = \"b\"; kind = "   \
	"\"lgwan\"; segments = ( { name = \"s\"; interface = \"b0\"; networks = [\"10.2.0.0/24\"," \
	" \"fd00:2::/64\"]; remote = [ \"0.0.0.0/0\", \"::/0\" ]; } ); } );\n"                     \
	"services = ( { name = \"s\"; tcp = \"1-1023\"; udp = \"any\"; icmp = \"any\"; icmpv6 = "  \
	"\"any\"; } );\n"                                                                          \
	"paths = ( { name = \"p\"; from = \"a\"; to = \"b\"; service = \"s\"; reason = \"r\"; } "  \
	");\n"

static struct policy *policy;
static struct ruleset *ruleset;

static void read_policy(void)
{
	struct diag_list *diags;

	demand(diag_list_new(&diags) == 0 &&
			conf_parse(TEXT, sizeof(TEXT) - 1, "t", diags, &policy) == 0 &&
			compile_policy(policy, diags, &ruleset) == 0,
		"the policy is valid");
	diag_list_free(diags);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static const int links[] = { 0, 1, 12, 108, 113, 228, 276 };
	static const struct replay_options options;
	struct replay_totals totals;
	struct replay *replay;
	uint64_t sum = 0;
	int64_t time = 0;
	int link;

	if (policy == NULL)
		read_policy();
	if (length == 0)
		return 0;
	link = links[bytes[0] % (sizeof(links) / sizeof(links[0]))];
	demand(replay_new(policy, ruleset, NULL, &options, &replay) == 0, "there is memory");
	for (bytes++, length--; length >= 2;) {
		size_t size = bytes[0] < length - 2 ? bytes[0] : length - 2;
		struct replay_frame frame;

		if (!replay_link(link, bytes + 2, size, size + bytes[1] % 3, &frame))
			frame = (struct replay_frame){ .bytes = bytes + 2 };
		frame.time = time += (int64_t)bytes[1] * 1000000000;
		demand(replay_packet(replay, &frame) == 0, "a packet is no error");
		bytes += 2 + size;
		length -= 2 + size;
	}
	totals = replay_totals(replay);
	for (int i = 0; i < REPLAY_SKIPS; i++)
		sum += totals.skipped[i];
	demand(sum + totals.permitted + totals.blocked + totals.unknown == totals.packets,
		"each packet is counted once");
	replay_free(replay);
	return 0;
}
