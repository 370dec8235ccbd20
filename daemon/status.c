/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/compile.h"
#include "../lib/decode.h"
#include "../lib/drift.h"
#include "ctlexception.h"
#include "pathhits.h"
#include "zonematrix.h"

struct status_report {
	const struct enforcer *enforcer;
	unsigned int serial; /* of the policy that it is about */
	enum exit_code result;
	int (*next)(struct status_report *report, struct message *message);
	size_t position;

	/* STATUS */
	const char *state;
	uint32_t kernel_generation;
	struct flowset_totals totals;
	/* ZONES */
	struct zone_matrix matrix;
	/* PATHS */
	struct path_hits hits;
	struct openings openings;
	size_t opening; /* the next of them */
};

/* STATUS --------------------------------------------------------------------------------------- */

/* Every time the whole table is read back: what was true a second ago is not asked for. */
static int read_state(struct status_report *report)
{
	const struct lifecycle *lifecycle = report->enforcer->lifecycle;
	const struct ruleset *expected = lifecycle_ruleset(lifecycle);
	struct nlsock *socket = lifecycle_socket(lifecycle);
	struct ruleset *actual = NULL;
	size_t differences = 0;
	int r = lifecycle_find_times(report->enforcer->lifecycle, realtime_ms(), NULL);

	if (r < 0)
		return r;
	r = decode_table(socket, TABLE_NAME, expected, &actual, &report->kernel_generation);

	if (r == -ENOENT) {
		report->state = "none";
		report->result = EXIT_DIFFERS;
		return nlsock_generation(socket, &report->kernel_generation);
	}
	if (r == 0)
		r = drift_compare(expected, actual, NULL, NULL, &differences);
	ruleset_free(actual);
	malloc_trim(0);
	if (r < 0)
		return r;
	report->state = differences ? "differs" : "enforcing";
	report->result = differences ? EXIT_DIFFERS : EXIT_OK;
	return 0;
}

static int begin_status(struct status_report *report)
{
	int r = read_state(report);

	if (r < 0)
		return r;
	r = flowset_totals(report->enforcer->flowset, &report->totals);
	/* Without a table there is nothing to add up, and nothing to claim. */
	return r == -ENOENT ? 0 : r;
}

typedef void (*field_value)(const struct status_report *report, char *text, size_t size);

static void number(char *text, size_t size, uint64_t value)
{
	snprintf(text, size, "%" PRIu64, value);
}

static const struct policy *policy_of(const struct status_report *report)
{
	return lifecycle_policy(report->enforcer->lifecycle);
}

static void put_site(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", policy_of(report)->site);
}

static void put_label(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", policy_of(report)->label);
}

static void put_revision(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", policy_of(report)->revision);
}

static void put_profile(const struct status_report *report, char *text, size_t size)
{
	const char *name = policy_of(report)->profile_name;

	snprintf(text, size, "%s", name ? name : "");
}

static void put_model(const struct status_report *report, char *text, size_t size)
{
	const char *name = policy_of(report)->model_name;

	snprintf(text, size, "%s", name ? name : "");
}

static void put_file(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", policy_of(report)->file);
}

static void put_applied_at(const struct status_report *report, char *text, size_t size)
{
	char time[TIME_TEXT_MAX];

	time_format(lifecycle_applied_at(report->enforcer->lifecycle), time);
	snprintf(text, size, "%s", time);
}

static void put_state(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", report->state);
}

static void put_observed(const struct status_report *report, char *text, size_t size)
{
	const struct policy *policy = policy_of(report);
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < policy->observe_count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s > %s", i ? ", " : "",
			policy->zones[policy->observes[i].from].name,
			policy->zones[policy->observes[i].to].name);
}

static void put_generation(const struct status_report *report, char *text, size_t size)
{
	number(text, size, report->kernel_generation);
}

static void put_recorder(const struct status_report *report, char *text, size_t size)
{
	bool connected = reclink_connected(report->enforcer->reclink);

	snprintf(text, size, "%s", connected ? "connected" : "absent");
}

static void put_table(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", lifecycle_epoch(report->enforcer->lifecycle)->table);
}

static void put_epoch(const struct status_report *report, char *text, size_t size)
{
	number(text, size, lifecycle_epoch(report->enforcer->lifecycle)->number);
}

static void put_kernel(const struct status_report *report, char *text, size_t size)
{
	number(text, size, report->totals.balance.kernel);
}

/* What the recorder has not told is not known, whatever the kernel says. */
static void put_recorded(const struct status_report *report, char *text, size_t size)
{
	if (report->totals.known)
		number(text, size, report->totals.recorded);
	else
		snprintf(text, size, "unknown");
}

static void put_lost(const struct status_report *report, char *text, size_t size)
{
	if (report->totals.known)
		number(text, size, report->totals.lost);
	else
		snprintf(text, size, "unknown");
}

static void put_pending(const struct status_report *report, char *text, size_t size)
{
	number(text, size, report->totals.balance.pending);
}

static void put_balanced(const struct status_report *report, char *text, size_t size)
{
	snprintf(text, size, "%s", report->totals.balance.balanced ? "true" : "false");
}

static void put_zones(const struct status_report *report, char *text, size_t size)
{
	number(text, size, policy_of(report)->zone_count);
}

static void put_paths(const struct status_report *report, char *text, size_t size)
{
	number(text, size, policy_of(report)->path_count);
}

static void put_register(const struct status_report *report, char *text, size_t size)
{
	const char *problem = exceptions_problem(report->enforcer->exceptions);

	snprintf(text, size, "%s", problem[0] ? problem : "ok");
}

static void put_exceptions(const struct status_report *report, char *text, size_t size)
{
	number(text, size, exceptions_count(report->enforcer->exceptions).in_force);
}

static void put_requested(const struct status_report *report, char *text, size_t size)
{
	number(text, size, exceptions_count(report->enforcer->exceptions).requested);
}

static void put_suspended(const struct status_report *report, char *text, size_t size)
{
	number(text, size, exceptions_count(report->enforcer->exceptions).suspended);
}

static void put_reports_due(const struct status_report *report, char *text, size_t size)
{
	number(text, size, exceptions_count(report->enforcer->exceptions).reports_due);
}

static void put_uptime(const struct status_report *report, char *text, size_t size)
{
	number(text, size, enforcer_uptime(report->enforcer));
}

static void put_version(const struct status_report *report, char *text, size_t size)
{
	(void)report;
	snprintf(text, size, "%s", HEDATE_VERSION);
}

static const struct {
	const char *key;
	field_value put;
} fields[] = {
	{ "site", put_site },
	{ "label", put_label },
	{ "revision", put_revision },
	{ "profile", put_profile },
	{ "model", put_model },
	{ "file", put_file },
	{ "applied_at", put_applied_at },
	{ "state", put_state },
	{ "observed", put_observed },
	{ "generation", put_generation },
	{ "recorder", put_recorder },
	{ "table", put_table },
	{ "epoch", put_epoch },
	{ "kernel_packets", put_kernel },
	{ "recorded_packets", put_recorded },
	{ "lost_packets", put_lost },
	{ "pending_packets", put_pending },
	{ "balanced", put_balanced },
	{ "zones", put_zones },
	{ "paths", put_paths },
	{ "exceptions_register", put_register },
	{ "exceptions_in_force", put_exceptions },
	{ "exceptions_requested", put_requested },
	{ "exceptions_suspended", put_suspended },
	{ "reports_due", put_reports_due },
	{ "uptime_seconds", put_uptime },
	{ "version", put_version },
};

static int next_field(struct status_report *report, struct message *message)
{
	char text[4096];

	if (report->position >= sizeof(fields) / sizeof(fields[0]))
		return 0;
	fields[report->position].put(report, text, sizeof(text));
	message_begin(message, CTL_FIELD);
	message_put_string(message, fields[report->position].key);
	message_put_string(message, text);
	report->position++;
	return 1;
}

/* ZONES ---------------------------------------------------------------------------------------- */

static int begin_zones(struct status_report *report)
{
	return zone_matrix_read(report->enforcer->lifecycle, &report->matrix);
}

static void put_zone(const struct policy_zone *zone, struct message *message)
{
	message_begin(message, CTL_ZONE);
	message_put_string(message, zone->name);
	message_put_string(message, zone->label);
	message_put_string(message, zone_kind_name(zone->kind));
	message_put_number(message, zone->open_inside);
	message_put_number(message, zone->limit.rate);
	message_put_number(message, zone->limit.per_seconds);
	message_put_number(message, zone->limit.burst);
}

static void put_segment(const struct status_report *report, const struct policy_segment *segment,
	struct message *message)
{
	const struct links *links = report->enforcer->links;
	char networks[4096];

	zone_networks_text(segment, networks, sizeof(networks));
	message_begin(message, CTL_SEGMENT);
	message_put_string(message, policy_of(report)->zones[segment->zone].name);
	message_put_string(message, segment->name);
	message_put_string(message, segment->interface);
	message_put_number(message, links_present(links, segment->interface));
	message_put_number(message, links_up(links, segment->interface));
	message_put_string(message, networks);
}

static void put_pair(const struct status_report *report, size_t index, struct message *message)
{
	const struct zone_matrix *matrix = &report->matrix;
	size_t from = index / matrix->places, to = index % matrix->places;

	message_begin(message, CTL_PAIR);
	message_put_string(message, zone_matrix_place(policy_of(report), from));
	message_put_string(message, zone_matrix_place(policy_of(report), to));
	message_put_number(message, matrix->pairs[index].paths);
	message_put_number(message, matrix->pairs[index].blocked);
	message_put_number(message, matrix->pairs[index].only_observed);
	message_put_number(message, matrix->pairs[index].observed);
	message_put_number(message, matrix->pairs[index].closed);
}

static int next_zone(struct status_report *report, struct message *message)
{
	const struct policy *policy = policy_of(report);
	size_t position = report->position++;

	if (position < policy->zone_count) {
		put_zone(&policy->zones[position], message);
		return 1;
	}
	position -= policy->zone_count;
	if (position < policy->segment_count) {
		put_segment(report, &policy->segments[position], message);
		return 1;
	}
	position -= policy->segment_count;
	if (position < report->matrix.places * report->matrix.places) {
		put_pair(report, position, message);
		return 1;
	}
	return 0;
}

/* PATHS ---------------------------------------------------------------------------------------- */

static int begin_paths(struct status_report *report)
{
	const struct lifecycle *lifecycle = report->enforcer->lifecycle;
	int r = openings_at(lifecycle_policy(lifecycle), lifecycle_zone(lifecycle),
		realtime_ms() / 1000, &report->openings);

	return r < 0 ? r : path_hits_read(lifecycle_socket(lifecycle), &report->hits);
}

/* Of the path at the position; openings come in the order of the paths. */
static void put_opening(
	struct status_report *report, const struct policy_path *path, struct message *message)
{
	const struct openings *openings = &report->openings;
	struct schedule_state state = { true, SCHEDULE_NEVER };
	char windows[512], until[ZONETIME_TEXT_MAX] = "";
	bool timed = policy_path_timed(path);

	if (timed && report->opening < openings->count)
		state = openings->items[report->opening++].state;
	if (state.change != SCHEDULE_NEVER)
		zonetime_format(lifecycle_zone(report->enforcer->lifecycle), state.change, until);
	schedule_windows_text(path, windows, sizeof(windows));
	message_put_number(message, timed);
	message_put_string(message, windows);
	message_put_number(message, state.open);
	message_put_string(message, until);
}

static const char *direction_name(enum path_direction direction)
{
	switch (direction) {
	case PATH_FORWARD:
		return "forward";
	case PATH_INPUT:
		return "input";
	case PATH_OUTPUT:
		return "output";
	}
	return "";
}

static const char *end_text(const struct policy_end *end)
{
	return end->text ? end->text : "gateway";
}

static int next_path(struct status_report *report, struct message *message)
{
	const struct policy *policy = policy_of(report);
	char service[4096];

	if (report->position >= policy->path_count)
		return 0;
	const struct policy_path *path = &policy->paths[report->position++];
	struct counter_value hits = path_hits_of(&report->hits, path->id);

	policy_path_service_text(policy, path, service, sizeof(service));
	message_begin(message, CTL_PATH);
	message_put_string(message, path->name);
	message_put_number(message, path->id);
	message_put_string(message, direction_name(path->direction));
	message_put_string(message, end_text(&path->from));
	message_put_string(message, end_text(&path->to));
	message_put_string(message, service);
	message_put_string(message, path_data_name(path->data));
	message_put_string(message, path->reason);
	message_put_number(message, path->loc.line);
	message_put_number(message, hits.packets);
	message_put_number(message, hits.bytes);
	put_opening(report, path, message);
	return 1;
}

/* EXCEPTIONS ----------------------------------------------------------------------------------- */

static int next_exception(struct status_report *report, struct message *message)
{
	return ctlexception_put(report->enforcer->exceptions, report->position++, message);
}

/* ---------------------------------------------------------------------------------------------- */

static int begin(struct status_report *report, enum ctl_message request)
{
	if (request == CTL_STATUS) {
		report->next = next_field;
		return begin_status(report);
	}
	if (request == CTL_ZONES) {
		report->next = next_zone;
		return begin_zones(report);
	}
	if (request == CTL_EXCEPTIONS) {
		report->next = next_exception;
		return 0;
	}
	report->next = next_path;
	return begin_paths(report);
}

int status_begin(const struct enforcer *enforcer, enum ctl_message request,
	struct status_report **ret_report)
{
	struct status_report *report = calloc(1, sizeof(*report));

	if (!report)
		return -ENOMEM;
	report->enforcer = enforcer;
	report->serial = lifecycle_serial(enforcer->lifecycle);
	int r = begin(report, request);

	if (r < 0) {
		status_end(report);
		return r;
	}
	*ret_report = report;
	return 0;
}

void status_end(struct status_report *report)
{
	if (!report)
		return;
	zone_matrix_clear(&report->matrix);
	openings_clear(&report->openings);
	path_hits_clear(&report->hits);
	free(report);
}

int status_next(struct status_report *report, struct message *ret_message)
{
	if (report->serial != lifecycle_serial(report->enforcer->lifecycle))
		return -ESTALE;
	return report->next(report, ret_message);
}

enum exit_code status_result(const struct status_report *report)
{
	return report->result;
}
