/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "explain_draft.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_protocol.h"
#include "endpoint.h"

/* ---- names ---- */

static bool is_taken(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->path_count; i++)
		if (strcmp(policy->paths[i].name, name) == 0)
			return true;
	for (size_t i = 0; i < policy->host_count; i++)
		if (strcmp(policy->hosts[i].name, name) == 0)
			return true;
	for (size_t i = 0; i < policy->network_count; i++)
		if (strcmp(policy->networks[i].name, name) == 0)
			return true;
	for (size_t i = 0; i < policy->service_count; i++)
		if (strcmp(policy->services[i].name, name) == 0)
			return true;
	for (size_t i = 0; i < policy->zone_count; i++)
		if (strcmp(policy->zones[i].name, name) == 0)
			return true;
	for (size_t i = 0; i < policy->breakout_count; i++)
		if (strcmp(policy->breakouts[i].name, name) == 0)
			return true;
	return false;
}

/* "new-host", "new-host-2" ... */
static void free_name(const struct policy *policy, const char *base, char name[POLICY_NAME_MAX + 1])
{
	snprintf(name, POLICY_NAME_MAX + 1, "%s", base);
	for (unsigned int i = 2; is_taken(policy, name) && i < UINT16_MAX; i++)
		snprintf(name, POLICY_NAME_MAX + 1, "%.20s-%u", base, i);
}

/* ---- ends ---- */

static const struct policy_host *host_of(const struct policy *policy, const struct addr *addr)
{
	const struct policy_host *found = NULL;

	for (size_t i = 0; i < policy->host_count; i++)
		for (size_t j = 0; j < policy->hosts[i].address_count; j++)
			if (addr_compare(&policy->hosts[i].addresses[j], addr) == 0 &&
				(found == NULL || (!found->has_mac && policy->hosts[i].has_mac)))
				found = &policy->hosts[i];
	return found;
}

/* A host of more addresses than these would permit more than is asked for: "tcp/443 from
 * 10.0.0.1" is not "from all addresses of that host". But one address of each family is one
 * machine, and named as what it is. */
static bool is_one_machine(const struct policy_host *host)
{
	size_t counts[ADDR_FAMILIES] = { 0 };

	for (size_t i = 0; i < host->address_count; i++)
		counts[host->addresses[i].family]++;
	return counts[ADDR_IPV4] <= 1 && counts[ADDR_IPV6] <= 1;
}

static void init_end(struct draft_end *end, const struct explain *explain,
	const struct explain_place *place, const struct addr *addr)
{
	const struct policy *policy = explain->policy;
	size_t segment = policy_segment_of(policy, addr);

	end->gateway = place->gateway;
	end->addr = *addr;
	if (end->gateway)
		return;
	end->host = host_of(policy, addr);
	end->next_hop =
		segment < policy->segment_count &&
		!addrset_contains(&policy->segments[segment].on_link[addr->family], addr->bytes);
	if (end->host != NULL && is_one_machine(end->host))
		snprintf(end->name, sizeof(end->name), "%s", end->host->name);
}

const char *draft_end_text(const struct draft_end *end, char text[ADDR_TEXT_MAX])
{
	if (end->name[0] != '\0')
		return end->name;
	addr_format(end->addr.family, end->addr.bytes, text);
	return text;
}

bool draft_wants_host(const struct draft_end *end)
{
	return end->wants_mac || end->wants_role != HOST_ORDINARY;
}

/* ---- service ---- */

static bool is_icmp(uint8_t protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

/* One entry that holds just what is asked for; of ICMP, the type. */
static bool says(const struct policy_service_entry *entry, const struct policy_service_entry *asked)
{
	if (entry->protocol != asked->protocol || entry->whole != asked->whole)
		return false;
	if (asked->whole)
		return true;
	if (is_icmp(asked->protocol))
		return entry->ports.first >> 8 == asked->ports.first >> 8 &&
		       entry->ports.last >> 8 == asked->ports.first >> 8 &&
		       entry->ports.first <= asked->ports.first &&
		       entry->ports.last >= asked->ports.first;
	return entry->ports.first == asked->ports.first && entry->ports.last == asked->ports.first;
}

/* The same for the other family's ICMP is beside the point. */
static bool is_beside(
	const struct policy_service_entry *entry, const struct policy_service_entry *asked)
{
	return is_icmp(asked->protocol) && is_icmp(entry->protocol) &&
	       entry->protocol != asked->protocol;
}

static const struct policy_service *find_service(
	const struct policy *policy, const struct policy_service_entry *asked)
{
	for (size_t i = 0; i < policy->service_count; i++) {
		const struct policy_service *service = &policy->services[i];
		bool found = false, more = service->any;

		for (size_t j = 0; j < service->entry_count; j++) {
			found = found || says(&service->entries[j], asked);
			more = more || (!says(&service->entries[j], asked) &&
					       !is_beside(&service->entries[j], asked));
		}
		if (found && !more)
			return service;
	}
	return NULL;
}

void draft_service_value(
	const struct policy_service_entry *entry, char *text, size_t size, char *name, size_t room)
{
	const struct conf_protocol *own =
		conf_protocol_numbered(conf_protocol_keys, entry->protocol);
	const struct conf_protocol *other = conf_protocol_numbered(conf_protocols, entry->protocol);
	unsigned int port = entry->ports.first;

	if (own != NULL && is_icmp(entry->protocol)) {
		snprintf(text, size, "%s = \"%u/%u\"", own->name, port >> 8, port & UINT8_MAX);
		snprintf(name, room, "%s-%u-%u", own->name, port >> 8, port & UINT8_MAX);
	} else if (own != NULL) {
		snprintf(text, size, "%s = %u", own->name, port);
		snprintf(name, room, "%s-%u", own->name, port);
	} else if (other != NULL) {
		snprintf(text, size, "protocol = \"%s\"", other->name);
		snprintf(name, room, "%s", other->name);
	} else {
		snprintf(text, size, "protocol = %u", entry->protocol);
		snprintf(name, room, "protocol-%u", entry->protocol);
	}
}

void draft_init(struct draft *draft, const struct explain *explain, struct calendar_date today)
{
	char value[64], name[POLICY_NAME_MAX + 1];

	*draft = (struct draft){ .explain = explain, .today = today, .direction = PATH_FORWARD };
	if (explain->out.gateway)
		draft->direction = PATH_INPUT;
	else if (explain->in.gateway)
		draft->direction = PATH_OUTPUT;
	free_name(explain->policy, "NEW", draft->name);
	init_end(&draft->ends[DRAFT_FROM], explain, &explain->in, &explain->from);
	init_end(&draft->ends[DRAFT_TO], explain, &explain->out, &explain->to);
	draft->service = find_service(explain->policy, &explain->service);
	draft_service_value(&explain->service, value, sizeof(value), name, sizeof(name));
	if (draft->service != NULL)
		snprintf(draft->service_name, sizeof(draft->service_name), "%s",
			draft->service->name);
	else
		free_name(explain->policy, name, draft->service_name);
	free_name(explain->policy, "new-cloud", draft->breakout_name);
}

void draft_want(struct draft *draft, int index, bool mac, enum host_role role)
{
	struct draft_end *end = &draft->ends[index];
	const char *other = draft->ends[1 - index].name;

	end->wants_mac = end->wants_mac || mac;
	if (role != HOST_ORDINARY)
		end->wants_role = role;
	if (end->host != NULL || end->name[0] != '\0')
		return;
	free_name(draft->explain->policy, "new-host", end->name);
	if (strcmp(end->name, other) == 0)
		free_name(draft->explain->policy, "new-host-b", end->name);
}

/* ---- the path, to be judged ---- */

/* Hosts that want to be another one than the policy has, or are not there, come last. */
static int shadow_hosts(const struct draft *draft, struct draft_shadow *shadow)
{
	struct policy *policy = &shadow->policy;
	struct policy_host *hosts = calloc(policy->host_count + 2, sizeof(*hosts));

	if (hosts == NULL)
		return -ENOMEM;
	if (policy->host_count > 0)
		memcpy(hosts, policy->hosts, policy->host_count * sizeof(*hosts));
	for (int i = 0; i < 2; i++) {
		const struct draft_end *end = &draft->ends[i];
		struct policy_host *host = &hosts[policy->host_count];

		if (end->gateway || !draft_wants_host(end))
			continue;
		if (end->host != NULL)
			host = &hosts[end->host - draft->explain->policy->hosts];
		else
			*host = (struct policy_host){ .name = (char *)(uintptr_t)end->name,
				.segment = policy_segment_of(policy, &end->addr),
				.addresses = (struct addr *)(uintptr_t)&end->addr,
				.address_count = 1 };
		host->has_mac = host->has_mac || end->wants_mac;
		host->next_hop_mac = end->wants_mac ? end->next_hop : host->next_hop_mac;
		if (end->wants_role != HOST_ORDINARY)
			host->role = end->wants_role;
		policy->host_count += end->host == NULL;
	}
	shadow->hosts = policy->hosts = hosts;
	return 0;
}

static int shadow_service(const struct draft *draft, struct draft_shadow *shadow)
{
	struct policy *policy = &shadow->policy;
	struct policy_service *services = calloc(policy->service_count + 1, sizeof(*services));

	shadow->path.services = malloc(sizeof(*shadow->path.services));
	if (services == NULL || shadow->path.services == NULL) {
		free(services);
		return -ENOMEM;
	}
	if (policy->service_count > 0)
		memcpy(services, policy->services, policy->service_count * sizeof(*services));
	shadow->entry = draft->explain->service;
	services[policy->service_count] =
		(struct policy_service){ .name = (char *)(uintptr_t)draft->service_name,
			.label = (char *)(uintptr_t) "",
			.entries = &shadow->entry,
			.entry_count = 1 };
	shadow->services = policy->services = services;
	shadow->path.services[0] = policy->service_count++;
	shadow->path.service_count = 1;
	return 0;
}

static int shadow_end(
	const struct draft_shadow *shadow, const struct draft_end *end, struct policy_end *ret_end)
{
	struct endpoint_query query = { .policy = &shadow->policy, .subject = "" };
	char text[ADDR_TEXT_MAX];
	int error;

	if (end->gateway)
		return 0;
	error = diag_list_new(&query.diags);
	if (error < 0)
		return error;
	error = endpoint_resolve(&query, draft_end_text(end, text), ret_end);
	if (error == 0 && ret_end->part_count == 0)
		error = -EINVAL;
	diag_list_free(query.diags);
	return error;
}

size_t draft_other_zone(const struct draft *draft)
{
	const struct policy *policy = draft->explain->policy;

	for (int i = 0; i < 2; i++) {
		size_t segment = policy_segment_of(policy, &draft->ends[i].addr);

		if (segment < policy->segment_count &&
			policy->zones[policy->segments[segment].zone].kind != ZONE_MYNUMBER)
			return policy->segments[segment].zone;
	}
	return policy->zone_count;
}

static void shadow_specified(const struct draft *draft, struct draft_shadow *shadow)
{
	struct policy_specified *specified = &shadow->path.specified;

	if (draft->specified == DRAFT_NOT_SPECIFIED)
		return;
	calendar_format(&draft->today, shadow->attested_on);
	specified->given = true;
	specified->public_body = draft->specified == DRAFT_PUBLIC_BODY;
	specified->via =
		specified->public_body ? draft_other_zone(draft) : shadow->policy.zone_count;
	specified->attested_by = (char *)(uintptr_t)(specified->public_body ? "" : "?");
	specified->attested_on =
		specified->public_body ? (char *)(uintptr_t) "" : shadow->attested_on;
}

int draft_shadow(const struct draft *draft, struct draft_shadow *shadow)
{
	int error;

	*shadow = (struct draft_shadow){ .policy = *draft->explain->policy };
	shadow->path = (struct policy_path){ .name = (char *)(uintptr_t)draft->name,
		.reason = (char *)(uintptr_t) "?",
		.direction = draft->direction,
		.data = PATH_DATA_BOTH,
		.sanitize = draft->sanitize,
		.local_breakout = draft->breakout };
	shadow_specified(draft, shadow);
	error = shadow_hosts(draft, shadow);
	if (error == 0)
		error = shadow_service(draft, shadow);
	if (error == 0)
		error = shadow_end(shadow, &draft->ends[DRAFT_FROM], &shadow->path.from);
	if (error == 0)
		error = shadow_end(shadow, &draft->ends[DRAFT_TO], &shadow->path.to);
	if (error < 0)
		draft_shadow_clear(shadow);
	return error;
}

void draft_shadow_clear(struct draft_shadow *shadow)
{
	policy_end_clear(&shadow->path.from);
	policy_end_clear(&shadow->path.to);
	free(shadow->path.services);
	free(shadow->services);
	free(shadow->hosts);
	*shadow = (struct draft_shadow){ 0 };
}
