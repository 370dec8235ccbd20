/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "status.h"

#include <errno.h>
#include <stdlib.h>

#include "ctlexception.h"
#include "status_impl.h"

const struct policy *status_policy(const struct status_report *report)
{
	return lifecycle_policy(report->enforcer->lifecycle);
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
	message_put_string(message, status_policy(report)->zones[segment->zone].name);
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
	message_put_string(message, zone_matrix_place(status_policy(report), from));
	message_put_string(message, zone_matrix_place(status_policy(report), to));
	message_put_number(message, matrix->pairs[index].paths);
	message_put_number(message, matrix->pairs[index].blocked);
	message_put_number(message, matrix->pairs[index].only_observed);
	message_put_number(message, matrix->pairs[index].observed);
	message_put_number(message, matrix->pairs[index].closed);
}

/* The counters of each pair, by reason. 0: no more. */
static int next_denied(struct status_report *report, size_t position, struct message *message)
{
	const struct zone_matrix *matrix = &report->matrix;
	size_t count = matrix->places * matrix->places * REASON_COUNT;

	for (; position < count; position++, report->position++) {
		size_t index = position / REASON_COUNT;
		enum reason reason = (enum reason)(position % REASON_COUNT);
		const struct zone_pair *pair = &matrix->pairs[index];

		if (!(pair->reasons & UINT32_C(1) << reason))
			continue;
		message_begin(message, CTL_DENIED);
		message_put_string(
			message, zone_matrix_place(status_policy(report), index / matrix->places));
		message_put_string(
			message, zone_matrix_place(status_policy(report), index % matrix->places));
		message_put_string(message, reason_name(reason));
		message_put_number(message, pair->denied[reason]);
		return 1;
	}
	return 0;
}

static int next_zone(struct status_report *report, struct message *message)
{
	const struct policy *policy = status_policy(report);
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
	position -= report->matrix.places * report->matrix.places;
	return next_denied(report, position, message);
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
	const struct policy *policy = status_policy(report);
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
		report->next = status_fields_next;
		return status_fields_begin(report);
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
