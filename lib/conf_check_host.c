/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "conf_check_host.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"

/* ---- MACs ---- */

/* How many of its addresses are in the networks of the segment itself, so that its own MAC is seen
 * with them. */
static size_t count_on_link(const struct policy *policy, const struct policy_host *host)
{
	const struct policy_segment *segment = &policy->segments[host->segment];
	size_t count = 0;

	for (size_t i = 0; i < host->address_count; i++)
		count += addrset_contains(
			&segment->on_link[host->addresses[i].family], host->addresses[i].bytes);
	return count;
}

static void check_mac(
	const struct policy *policy, const struct policy_host *host, struct diag_list *diags)
{
	const char *segment = policy->segments[host->segment].full_name;
	size_t on_link = count_on_link(policy, host);

	if (on_link > 0 && on_link < host->address_count)
		diag_add(diags, DIAG_ERROR, host->loc,
			_("give the addresses behind the router a name of their own, with "
			  "next_hop_mac"),
			_("host \"%s\": some of its addresses are in the networks of segment "
			  "\"%s\" itself, others behind a router: one MAC cannot be that of both"),
			host->name, segment);
	else if (on_link == 0 && !host->next_hop_mac)
		diag_add(diags, DIAG_ERROR, host->loc,
			_("write next_hop_mac, with the MAC of the router: its packets carry that"),
			_("host \"%s\": its own MAC cannot be seen, it is not in the networks of "
			  "segment \"%s\" itself"),
			host->name, segment);
	else if (on_link > 0 && host->next_hop_mac)
		diag_add(diags, DIAG_ERROR, host->loc, _("write mac, with the MAC of the host"),
			_("host \"%s\": next_hop_mac is for hosts behind a router, but it is in "
			  "the networks of segment \"%s\" itself"),
			host->name, segment);
}

/* ---- addresses ---- */

struct host_address {
	const struct policy_host *host;
	const struct addr *addr;
};

static int compare_addresses(const void *left, const void *right)
{
	const struct host_address *a = left, *b = right;
	int order = addr_compare(a->addr, b->addr);

	if (order == 0) /* hosts lie in the order of the file */
		order = a->host < b->host ? -1 : a->host > b->host;
	return order;
}

static void report_shared_address(const struct host_address *first,
	const struct host_address *second, struct diag_list *diags)
{
	const struct policy_host *a = first->host, *b = second->host;
	bool contradictory =
		a->has_mac && b->has_mac && memcmp(a->mac, b->mac, sizeof(a->mac)) != 0;
	char text[ADDR_TEXT_MAX];

	addr_format(second->addr->family, second->addr->bytes, text);
	if (contradictory)
		diag_add(diags, DIAG_ERROR, b->loc, NULL,
			_("host \"%s\": %s is bound to another MAC by host \"%s\" on line %u"),
			b->name, text, a->name, a->loc.line);
	else
		diag_add(diags, DIAG_WARNING, b->loc, NULL,
			_("host \"%s\": %s is an address of host \"%s\" on line %u as well"),
			b->name, text, a->name, a->loc.line);
}

static int check_shared_addresses(const struct policy *policy, struct diag_list *diags)
{
	struct host_address *addresses;
	size_t count = 0, room = 1;

	for (size_t i = 0; i < policy->host_count; i++)
		room += policy->hosts[i].address_count;
	addresses = calloc(room, sizeof(*addresses));
	if (addresses == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < policy->host_count; i++)
		for (size_t j = 0; j < policy->hosts[i].address_count; j++)
			addresses[count++] = (struct host_address){ &policy->hosts[i],
				&policy->hosts[i].addresses[j] };
	qsort(addresses, count, sizeof(*addresses), compare_addresses);
	for (size_t i = 1; i < count; i++)
		if (addr_compare(addresses[i].addr, addresses[i - 1].addr) == 0)
			report_shared_address(&addresses[i - 1], &addresses[i], diags);
	free(addresses);
	return 0;
}

int conf_check_hosts(const struct policy *policy, struct diag_list *diags)
{
	for (size_t i = 0; i < policy->host_count; i++) {
		const struct policy_host *host = &policy->hosts[i];

		if (host->has_mac && host->segment < policy->segment_count)
			check_mac(policy, host, diags);
	}
	return check_shared_addresses(policy, diags);
}
