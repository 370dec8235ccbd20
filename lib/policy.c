/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "policy.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "profile.h"

#define EPOCH_SECONDS_DEFAULT	 10
#define PROVE_SECONDS_DEFAULT	 3600
#define FLOW_LIMIT_DEFAULT	 262144
#define LOG_GROUP_DEFAULT	 100
#define EMERGENCY_HOURS_DEFAULT	 72
#define EXCEPTION_DAYS_DEFAULT	 90
#define PROPOSAL_SECONDS_DEFAULT 86400

int policy_new(struct policy **ret_policy)
{
	struct policy *policy = calloc(1, sizeof(*policy));

	if (policy == NULL)
		return -ENOMEM;
	policy->fragments = POLICY_FRAGMENTS_DROP;
	policy->epoch_seconds = EPOCH_SECONDS_DEFAULT;
	policy->prove_seconds = PROVE_SECONDS_DEFAULT;
	policy->flow_limit = FLOW_LIMIT_DEFAULT;
	policy->log_group = LOG_GROUP_DEFAULT;
	policy->log = (struct policy_log){
		.compress = true,
		.retention_days = 365,
		.segment = UINT64_C(1) << 30,
		.scan_targets = 20,
		.scan_seconds = 60,
	};
	policy->emergency_hours = EMERGENCY_HOURS_DEFAULT;
	policy->exception_days = EXCEPTION_DAYS_DEFAULT;
	policy->proposal_seconds = PROPOSAL_SECONDS_DEFAULT;
	for (int family = 0; family < ADDR_FAMILIES; family++)
		addrset_init(&policy->cloud[family], (enum addr_family)family);
	*ret_policy = policy;
	return 0;
}

static void clear_sets(struct addrset sets[ADDR_FAMILIES])
{
	for (int family = 0; family < ADDR_FAMILIES; family++)
		addrset_clear(&sets[family]);
}

static void clear_zones(struct policy *policy)
{
	for (size_t i = 0; i < policy->zone_count; i++) {
		free(policy->zones[i].name);
		free(policy->zones[i].label);
	}
	free(policy->zones);
}

static void clear_segments(struct policy *policy)
{
	for (size_t i = 0; i < policy->segment_count; i++) {
		struct policy_segment *segment = &policy->segments[i];

		free(segment->name);
		free(segment->full_name);
		free(segment->label);
		free(segment->interface);
		clear_sets(segment->on_link);
		clear_sets(segment->source);
		free(segment->prefixes);
		free(segment->external.owner);
		free(segment->external.permission);
		free(segment->external.survey);
		free(segment->line.encryption);
	}
	free(policy->segments);
}

static void clear_hosts(struct policy *policy)
{
	for (size_t i = 0; i < policy->host_count; i++) {
		free(policy->hosts[i].name);
		free(policy->hosts[i].label);
		free(policy->hosts[i].addresses);
	}
	free(policy->hosts);
}

static void clear_networks(struct policy *policy)
{
	for (size_t i = 0; i < policy->network_count; i++) {
		free(policy->networks[i].name);
		free(policy->networks[i].label);
		clear_sets(policy->networks[i].addresses);
	}
	free(policy->networks);
}

void policy_drop_services(struct policy *policy, size_t count)
{
	while (policy->service_count > count) {
		struct policy_service *service = &policy->services[--policy->service_count];

		free(service->name);
		free(service->label);
		free(service->entries);
	}
}

static void clear_services(struct policy *policy)
{
	policy_drop_services(policy, 0);
	free(policy->services);
}

void policy_end_clear(struct policy_end *end)
{
	for (size_t i = 0; i < end->part_count; i++)
		clear_sets(end->parts[i].addresses);
	free(end->parts);
	free(end->text);
	*end = (struct policy_end){ 0 };
}

void policy_path_clear(struct policy_path *path)
{
	free(path->name);
	free(path->reason);
	free(path->services);
	free(path->specified.attested_by);
	free(path->specified.attested_on);
	free(path->windows);
	free(path->exception);
	policy_end_clear(&path->from);
	policy_end_clear(&path->to);
	*path = (struct policy_path){ 0 };
}

int policy_add_path(struct policy *policy, struct policy_path *path)
{
	struct policy_path *paths =
		reallocarray(policy->paths, policy->path_count + 1, sizeof(*paths));

	if (!paths)
		return -ENOMEM;
	policy->paths = paths;
	paths[policy->path_count++] = *path;
	*path = (struct policy_path){ 0 };
	return 0;
}

static void clear_paths(struct policy *policy)
{
	for (size_t i = 0; i < policy->path_count; i++)
		policy_path_clear(&policy->paths[i]);
	free(policy->paths);
}

static void clear_breakouts(struct policy *policy)
{
	for (size_t i = 0; i < policy->breakout_count; i++) {
		free(policy->breakouts[i].name);
		free(policy->breakouts[i].label);
		clear_sets(policy->breakouts[i].addresses);
	}
	free(policy->breakouts);
}

static void clear_alerts(struct policy *policy)
{
	for (size_t i = 0; i < policy->alert_count; i++) {
		struct policy_alert *alert = &policy->alerts[i];

		free(alert->name);
		free(alert->action);
		free(alert->reason);
		free(alert->from);
		free(alert->to);
		for (size_t n = 0; n < alert->command_count; n++)
			free(alert->command[n]);
		free(alert->command);
	}
	free(policy->alerts);
	free(policy->ha.peer);
	for (size_t i = 0; i < policy->ha.command_count; i++)
		free(policy->ha.command[i]);
	free(policy->ha.command);
}

static void clear_assertions(struct policy *policy)
{
	for (size_t i = 0; i < policy->assertion_count; i++) {
		free(policy->assertions[i].name);
		free(policy->assertions[i].services);
		policy_end_clear(&policy->assertions[i].from);
		policy_end_clear(&policy->assertions[i].to);
	}
	free(policy->assertions);
}

static void clear_observes(struct policy *policy)
{
	for (size_t i = 0; i < policy->observe_count; i++)
		free(policy->observes[i].reason);
	free(policy->observes);
}

static void clear_site(struct policy *policy)
{
	free(policy->site);
	free(policy->label);
	free(policy->file);
	free(policy->time_zone);
	profile_free(policy->profile);
	profile_free(policy->model);
	free(policy->profile_name);
	free(policy->model_name);
	free(policy->confirmed_on);
	free(policy->audited_on);
	free(policy->cloud_label);
	clear_sets(policy->cloud);
}

void policy_free(struct policy *policy)
{
	if (policy == NULL)
		return;
	clear_assertions(policy);
	clear_alerts(policy);
	clear_observes(policy);
	clear_breakouts(policy);
	clear_paths(policy);
	clear_services(policy);
	clear_networks(policy);
	clear_hosts(policy);
	clear_segments(policy);
	clear_zones(policy);
	clear_site(policy);
	free(policy);
}

static const char *const zone_kinds[] = {
	[ZONE_MYNUMBER] = "mynumber",
	[ZONE_LGWAN] = "lgwan",
	[ZONE_INTERNET] = "internet",
	[ZONE_MANAGEMENT] = "management",
};

const char *zone_kind_name(enum zone_kind kind)
{
	return zone_kinds[kind];
}

int zone_kind_parse(const char *text, enum zone_kind *ret_kind)
{
	for (size_t i = 0; i < sizeof(zone_kinds) / sizeof(zone_kinds[0]); i++) {
		if (strcmp(text, zone_kinds[i]) == 0) {
			*ret_kind = (enum zone_kind)i;
			return 0;
		}
	}
	return -EINVAL;
}

const char *path_data_name(enum path_data data)
{
	static const char *const names[] = {
		[PATH_DATA_FORWARD] = "forward",
		[PATH_DATA_REVERSE] = "reverse",
		[PATH_DATA_BOTH] = "both",
	};

	return names[data];
}

const char *zone_role_name(enum zone_role role)
{
	static const char *const names[] = {
		[ZONE_ORDINARY] = "ordinary",
		[ZONE_PUBLIC] = "public",
		[ZONE_IOT] = "iot",
	};

	return names[role];
}

const char *host_role_name(enum host_role role)
{
	static const char *const names[] = {
		[HOST_ORDINARY] = "ordinary",
		[HOST_SANITIZER] = "sanitizer",
		[HOST_VDI] = "vdi",
	};

	return names[role];
}

const char *line_type_name(enum line_type type)
{
	static const char *const names[] = {
		[LINE_UNSTATED] = "unstated",
		[LINE_DEDICATED] = "dedicated",
		[LINE_LGWAN] = "lgwan",
		[LINE_VPN] = "vpn",
		[LINE_INTERNET] = "internet",
	};

	return names[type];
}

const char *sanitize_name(enum sanitize sanitize)
{
	static const char *const names[] = {
		[SANITIZE_NONE] = "none",
		[SANITIZE_MAIL_TEXT] = "mail_text",
		[SANITIZE_SCREEN_TRANSFER] = "screen_transfer",
		[SANITIZE_FILE] = "file_sanitize",
	};

	return names[sanitize];
}

size_t policy_segment_of(const struct policy *policy, const struct addr *addr)
{
	size_t i = 0;

	while (i < policy->segment_count &&
		!addrset_contains(&policy->segments[i].source[addr->family], addr->bytes))
		i++;
	return i;
}

static size_t zone_of_end(const struct policy *policy, const struct policy_end *end)
{
	if (end->part_count == 0)
		return policy->zone_count;
	return policy->segments[end->parts[0].segment].zone;
}

const struct policy_observe *policy_observe_of(const struct policy *policy, size_t from, size_t to)
{
	for (size_t i = 0; i < policy->observe_count; i++)
		if (policy->observes[i].from == from && policy->observes[i].to == to)
			return &policy->observes[i];
	return NULL;
}

size_t policy_path_zone_from(const struct policy *policy, const struct policy_path *path)
{
	return zone_of_end(policy, &path->from);
}

size_t policy_path_zone_to(const struct policy *policy, const struct policy_path *path)
{
	return zone_of_end(policy, &path->to);
}

/* ---- a path's service as text ---- */

/* Text of a fixed size, cut where it is full. */
struct text {
	char *bytes;
	size_t size, length;
};

__attribute__((format(printf, 2, 3))) static void append(struct text *text, const char *format, ...)
{
	va_list arguments;
	int length;

	va_start(arguments, format);
	length =
		vsnprintf(text->bytes + text->length, text->size - text->length, format, arguments);
	va_end(arguments);
	if (length > 0)
		text->length += (size_t)length;
	if (text->length >= text->size)
		text->length = text->size - 1;
}

static const char *protocol_name(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "tcp";
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	case IPPROTO_DCCP:
		return "dccp";
	case IPPROTO_UDPLITE:
		return "udplite";
	case IPPROTO_ICMP:
		return "icmp";
	case IPPROTO_ICMPV6:
		return "icmpv6";
	}
	return NULL;
}

static void append_protocol(struct text *text, const struct policy_service_entry *entry)
{
	const char *name = protocol_name(entry->protocol);

	if (text->length > 0)
		append(text, "; ");
	if (name != NULL)
		append(text, "%s", name);
	else
		append(text, "protocol %u", entry->protocol);
}

static void append_icmp(struct text *text, const struct port_range *range)
{
	append(text, "%u", range->first >> 8);
	if (range->first == range->last)
		append(text, "/%u", range->first & 0xff);
	else if (range->first >> 8 != range->last >> 8)
		append(text, "-%u", range->last >> 8);
}

static void append_ports(struct text *text, const struct policy_service_entry *entry)
{
	if (entry->whole) {
		append(text, protocol_name(entry->protocol) != NULL ? " any" : "");
		return;
	}
	append(text, " ");
	if (entry->protocol == IPPROTO_ICMP || entry->protocol == IPPROTO_ICMPV6)
		append_icmp(text, &entry->ports);
	else if (entry->ports.first == entry->ports.last)
		append(text, "%u", entry->ports.first);
	else
		append(text, "%u-%u", entry->ports.first, entry->ports.last);
}

void policy_entry_text(const struct policy_service_entry *entry, char *text, size_t size)
{
	struct text out = { .bytes = text, .size = size };

	if (size == 0)
		return;
	text[0] = '\0';
	append_protocol(&out, entry);
	append_ports(&out, entry);
}

void policy_services_text(
	const struct policy *policy, const size_t *services, size_t count, char *text, size_t size)
{
	struct text out = { .bytes = text, .size = size };
	const struct policy_service_entry *last = NULL;

	if (size == 0)
		return;
	text[0] = '\0';
	for (size_t i = 0; i < count; i++) {
		const struct policy_service *service = &policy->services[services[i]];

		if (service->any)
			append(&out, "any");
		for (size_t j = 0; j < service->entry_count; j++) {
			const struct policy_service_entry *entry = &service->entries[j];

			if (last == NULL || last->protocol != entry->protocol || entry->whole)
				append_protocol(&out, entry);
			else
				append(&out, ",");
			append_ports(&out, entry);
			last = entry;
		}
	}
}

void policy_path_service_text(
	const struct policy *policy, const struct policy_path *path, char *text, size_t size)
{
	policy_services_text(policy, path->services, path->service_count, text, size);
}
