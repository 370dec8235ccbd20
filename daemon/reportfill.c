/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reportfill.h"

#include <errno.h>
#include <net/if.h>
#include <string.h>

#include <sodium.h>

#include "../lib/hostsnap.h"
#include "../lib/profile.h"
#include "../lib/report_compare.h"
#include "reportfile.h"

static void fill_document(
	struct report *report, struct report_document *document, const struct profile *profile)
{
	if (!profile)
		return;
	document->name = report_keep(report, profile->name);
	document->label = report_keep(report, profile->label);
	document->title = report_keep(report, profile->document);
	document->dated = report_keep(report, profile->dated);
	sodium_bin2hex(document->digest, sizeof(document->digest), profile->digest,
		sizeof(profile->digest));
}

static void fill_zones(struct report *report, const struct policy *policy)
{
	struct report_site *site = &report->site;

	for (size_t i = 0; i < policy->zone_count; i++) {
		const struct policy_zone *zone = &policy->zones[i];
		struct report_zone *item =
			report_add(report, &site->zones, &site->zone_count, sizeof(*item));

		if (!item)
			return;
		item->name = report_keep(report, zone->name);
		item->label = report_keep(report, zone->label);
		item->kind = zone_kind_name(zone->kind);
		item->role = zone_role_name(zone->role);
		item->open_inside = zone->open_inside;
	}
}

/* The networks of a segment that are on the interface itself, or that are not. */
static const char *networks(
	struct report *report, const struct policy_segment *segment, bool on_link)
{
	const char *list = "";

	for (size_t i = 0; i < segment->prefix_count; i++) {
		char text[ADDR_TEXT_MAX];

		if (segment->prefixes[i].on_link != on_link)
			continue;
		addr_prefix_format(&segment->prefixes[i].prefix, text);
		list = report_print(report, "%s%s%s", list, list[0] != '\0' ? ", " : "", text);
	}
	return list;
}

static enum report_link link_state(const struct reportfacts *facts, const char *interface)
{
	const struct hostsnap *host = facts->taken ? facts->taken->snapshot->host : NULL;

	if (!host || host->parts[HOSTSNAP_LINKS].error != 0)
		return REPORT_LINK_UNKNOWN;
	for (size_t i = 0; i < host->host.link_count; i++) {
		const struct nlroute_link *link = &host->host.links[i].link;

		if (strcmp(link->name, interface) == 0)
			return (link->flags & IFF_UP) ? REPORT_LINK_UP : REPORT_LINK_DOWN;
	}
	return REPORT_LINK_MISSING;
}

static void fill_segments(struct report *report, const struct reportfacts *facts)
{
	struct report_site *site = &report->site;

	for (size_t i = 0; i < facts->policy->segment_count; i++) {
		const struct policy_segment *segment = &facts->policy->segments[i];
		struct report_segment *item =
			report_add(report, &site->segments, &site->segment_count, sizeof(*item));

		if (!item)
			return;
		item->zone = segment->zone;
		item->name = report_keep(report, segment->name);
		item->label = report_keep(report, segment->label);
		item->interface = report_keep(report, segment->interface);
		item->link = link_state(facts, segment->interface);
		item->networks = networks(report, segment, true);
		item->remote = networks(report, segment, false);
		item->owner = report_keep(report, segment->external.owner);
		item->permission = report_keep(report, segment->external.permission);
		item->survey = report_keep(report, segment->external.survey);
		item->line = segment->line.type == LINE_UNSTATED
				     ? ""
				     : line_type_name(segment->line.type);
		item->encryption = report_keep(report, segment->line.encryption);
	}
}

void reportfill_site(struct report *report, const struct reportfacts *facts)
{
	const struct policy *policy = facts->policy;
	struct report_site *site = &report->site;

	if (!policy)
		return;
	site->name = report_keep(report, policy->site);
	site->label = report_keep(report, policy->label);
	fill_document(report, &site->profile, policy->profile);
	fill_document(report, &site->model, policy->model);
	site->revision = report_keep(report, policy->revision);
	site->time_zone = report_keep(report, policy->time_zone);
	site->two_person = policy->two_person;
	fill_zones(report, policy);
	fill_segments(report, facts);
	report_read(&site->source, facts->policy_evidence);
}

/* Against the one before, when all others are filled. */
static void fill_difference(struct report *report, const struct reportfacts *facts)
{
	char problem[REPORT_PROBLEM_MAX];
	uint8_t digest[REPORTFILE_DIGEST];
	struct report *before;
	int r;

	if (!facts->previous)
		return;
	r = reportfile_read(facts->previous, digest, problem, &before);
	if (r == -ENOMEM)
		report->failed = true;
	else if (r < 0)
		report_partly(report, &report->difference.source,
			report_print(report, "%s: %s", facts->previous, problem));
	else
		report_compare(report, before, digest);
	if (r == 0)
		report_free(before);
}

/* Each section by its subject. The matrix comes before what speaks of its paths, the log before its
 * checkpoint, and all of them before conformity, which rests on what they found. */
static const reportfill_function subjects[] = {
	reportfill_site,
	reportfill_matrix,
	reportfill_bypass,
	reportfill_listeners,
	reportfill_flows,
	reportfill_events,
	reportfill_equation,
	reportfill_unused,
	reportfill_exceptions,
	reportfill_log,
	reportfill_checkpoint,
	reportfill_outside,
	reportfill_conformity,
};

int reportfill(struct report *report, const struct reportfacts *facts)
{
	for (size_t i = 0; i < sizeof(subjects) / sizeof(subjects[0]); i++)
		subjects[i](report, facts);
	fill_difference(report, facts);
	return report_finish(report);
}
