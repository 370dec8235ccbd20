/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any messages of the kernel about the host's network, and what is judged of them. */
#include <string.h>

#include "attr.h"
#include "host.h"
#include "nlroute.h"
#include "nlsock.h"

#include "demand.h"
#include "smallpolicy.h"

static void take(struct host *host, const struct nlmsghdr *message)
{
	static const nlsock_message functions[] = { host_take_link, host_take_route, host_take_rule,
		host_take_switches, host_take_filter };
	struct nlroute_address address;
	struct nlroute_filter qdisc;
	struct nlroute_neighbour neighbour;

	for (size_t i = 0; i < sizeof(functions) / sizeof(functions[0]); i++)
		demand(functions[i](message, host) == 0, "memory");
	if (nlroute_address(message, &address) == 0)
		demand(address.length <= addr_length(address.local.family) * 8, "a length");
	if (nlroute_neighbour(message, &neighbour) == 0 && neighbour.address.family == ADDR_IPV4)
		demand(memcmp(neighbour.address.bytes + 4, (uint8_t[12]){ 0 }, 12) == 0,
			"nothing behind an address");
	if (nlroute_qdisc(message, &qdisc) == 0)
		demand(strlen(qdisc.kind) < sizeof(qdisc.kind), "a kind fits");
}

static void check(const struct host *host, const struct policy *policy)
{
	struct host_findings findings;

	for (size_t i = 0; i < host->link_count; i++)
		demand(host_find_link(host, host->links[i].link.index) == &host->links[i],
			"an index stands once");
	demand(host_judge(host, policy, &findings) == 0, "memory");
	demand(findings.count <= HOST_FINDINGS_MAX, "not too many findings");
	for (size_t i = 1; i < findings.count; i++)
		demand(strcmp(findings.list[i - 1].text, findings.list[i].text) < 0,
			"sorted, each once");
	host_findings_clear(&findings);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	static struct policy *policy;
	void *copy = malloc(length + 1);
	const struct nlmsghdr *message = copy;
	int left = (int)length;
	struct host host;

	if (!policy)
		policy = make_policy();
	demand(copy != NULL, "memory");
	memcpy(copy, bytes, length);
	host_init(&host);
	while (attrs_message_ok(message, left)) {
		size_t step = NLMSG_ALIGN(message->nlmsg_len);

		take(&host, message);
		if (step >= (size_t)left)
			break;
		left -= (int)step;
		message = (const void *)((const uint8_t *)message + step);
	}
	check(&host, policy);
	host_clear(&host);
	free(copy);
	return 0;
}
