/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "report_shape.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const char *const state_names[] = {
	[REPORT_UNREAD] = "unread",
	[REPORT_PARTLY] = "partly",
	[REPORT_READ] = "read",
};
static const struct report_words states = { state_names, LENGTH(state_names) };

static const char *const result_names[REPORT_RESULTS] = {
	[REPORT_CONFIRM] = "confirm",
	[REPORT_CONFORMS] = "conforms",
	[REPORT_FAILS] = "fails",
	[REPORT_NOT_APPLICABLE] = "not_applicable",
};
static const struct report_words results = { result_names, LENGTH(result_names) };

static const char *const link_names[] = {
	[REPORT_LINK_UNKNOWN] = "unknown",
	[REPORT_LINK_MISSING] = "missing",
	[REPORT_LINK_DOWN] = "down",
	[REPORT_LINK_UP] = "up",
};
static const struct report_words links = { link_names, LENGTH(link_names) };

static const char *const effect_names[] = {
	[REPORT_NEUTRAL] = "neutral",
	[REPORT_OPENS] = "opens",
	[REPORT_CLOSES] = "closes",
};
static const struct report_words effects = { effect_names, LENGTH(effect_names) };

const char *report_result_name(enum report_result result)
{
	return result_names[result];
}

/* What kind a member is of, by its type: the compiler finds one that is none of them. An int64_t is
 * a time. */
/* clang-format off */
#define KIND(type, member) \
	_Generic(((struct type *)NULL)->member, \
		const char *: REPORT_FIELD_TEXT, \
		char *: REPORT_FIELD_DIGEST, \
		bool: REPORT_FIELD_BOOL, \
		unsigned int: REPORT_FIELD_UNSIGNED, \
		uint64_t: REPORT_FIELD_NUMBER, \
		int64_t: REPORT_FIELD_TIME)
#define FIELD(type, member) \
	{ #member, KIND(type, member), offsetof(struct type, member), 0, NULL, NULL }
#define WORD(type, member, words) \
	{ #member, REPORT_FIELD_WORD, offsetof(struct type, member), 0, NULL, &(words) }
#define OBJECT(type, member, shape) \
	{ #member, REPORT_FIELD_OBJECT, offsetof(struct type, member), 0, &shape##_shape, NULL }
#define ARRAY(type, member, count, shape) \
	{ #member, REPORT_FIELD_ARRAY, offsetof(struct type, member), \
		offsetof(struct type, count), &shape##_shape, NULL }
#define TEXTS(type, member, count) \
	{ #member, REPORT_FIELD_TEXTS, offsetof(struct type, member), \
		offsetof(struct type, count), NULL, NULL }
#define FAMILIES(type, member) \
	{ #member, REPORT_FIELD_FAMILIES, offsetof(struct type, member), 0, NULL, NULL }
#define SHAPE(name, type) \
	static const struct report_shape name##_shape = { name##_fields, LENGTH(name##_fields), \
		sizeof(struct type) }
/* clang-format on */

static const struct report_field source_fields[] = {
	WORD(report_source, state, states),
	FIELD(report_source, problem),
	FIELD(report_source, evidence),
};
SHAPE(source, report_source);

static const struct report_field evidence_fields[] = {
	FIELD(report_evidence, name),
	FIELD(report_evidence, what),
	FIELD(report_evidence, algorithm),
	FIELD(report_evidence, digest),
};
SHAPE(evidence, report_evidence);

static const struct report_field head_fields[] = {
	FIELD(report_head, language),
	FIELD(report_head, made),
	FIELD(report_head, since),
	FIELD(report_head, until),
	FIELD(report_head, program),
	FIELD(report_head, machine),
	FIELD(report_head, auditor),
	FIELD(report_head, auditee),
};
SHAPE(head, report_head);

static const struct report_field document_fields[] = {
	FIELD(report_document, name),
	FIELD(report_document, label),
	FIELD(report_document, title),
	FIELD(report_document, dated),
	FIELD(report_document, digest),
};
SHAPE(document, report_document);

static const struct report_field zone_fields[] = {
	FIELD(report_zone, name),
	FIELD(report_zone, label),
	FIELD(report_zone, kind),
	FIELD(report_zone, role),
	FIELD(report_zone, open_inside),
};
SHAPE(zone, report_zone);

static const struct report_field segment_fields[] = {
	FIELD(report_segment, zone),
	FIELD(report_segment, name),
	FIELD(report_segment, label),
	FIELD(report_segment, interface),
	WORD(report_segment, link, links),
	FIELD(report_segment, networks),
	FIELD(report_segment, remote),
	FIELD(report_segment, owner),
	FIELD(report_segment, permission),
	FIELD(report_segment, survey),
	FIELD(report_segment, line),
	FIELD(report_segment, encryption),
};
SHAPE(segment, report_segment);

static const struct report_field site_fields[] = {
	OBJECT(report_site, source, source),
	FIELD(report_site, name),
	FIELD(report_site, label),
	OBJECT(report_site, profile, document),
	OBJECT(report_site, model, document),
	FIELD(report_site, revision),
	FIELD(report_site, time_zone),
	FIELD(report_site, two_person),
	ARRAY(report_site, zones, zone_count, zone),
	ARRAY(report_site, segments, segment_count, segment),
};
SHAPE(site, report_site);

static const struct report_field path_fields[] = {
	FIELD(report_path, name),
	FIELD(report_path, exception),
	FIELD(report_path, from_place),
	FIELD(report_path, to_place),
	FIELD(report_path, from),
	FIELD(report_path, to),
	FIELD(report_path, service),
	FIELD(report_path, class),
	FIELD(report_path, clause),
	FIELD(report_path, method),
	FIELD(report_path, data),
	FIELD(report_path, reason),
	FIELD(report_path, timed),
	FIELD(report_path, open),
	FIELD(report_path, hits_known),
	FIELD(report_path, hits),
};
SHAPE(path, report_path);

static const struct report_field cell_fields[] = {
	FIELD(report_cell, from),
	FIELD(report_cell, to),
	FIELD(report_cell, asked),
	FAMILIES(report_cell, verdicts),
	FIELD(report_cell, verdict),
	FIELD(report_cell, first_path),
	FIELD(report_cell, path_count),
	FIELD(report_cell, hits),
	FIELD(report_cell, blocked),
};
SHAPE(cell, report_cell);

static const struct report_field deviation_fields[] = {
	FIELD(report_deviation, from),
	FIELD(report_deviation, to),
	FIELD(report_deviation, family),
	FIELD(report_deviation, phase),
	FIELD(report_deviation, verdict),
	FIELD(report_deviation, path),
	FIELD(report_deviation, witness),
	FIELD(report_deviation, rules),
};
SHAPE(deviation, report_deviation);

static const struct report_field place_fields[] = {
	FIELD(report_place, name),
	FIELD(report_place, label),
	FIELD(report_place, kind),
};
SHAPE(place, report_place);

static const struct report_field matrix_fields[] = {
	OBJECT(report_matrix, source, source),
	FIELD(report_matrix, result),
	FIELD(report_matrix, time),
	FIELD(report_matrix, island),
	FIELD(report_matrix, isolation),
	FIELD(report_matrix, guard),
	ARRAY(report_matrix, places, place_count, place),
	ARRAY(report_matrix, cells, cell_count, cell),
	ARRAY(report_matrix, paths, path_count, path),
	ARRAY(report_matrix, deviations, deviation_count, deviation),
	FIELD(report_matrix, deviation_total),
	FIELD(report_matrix, connections_read),
	FIELD(report_matrix, connections),
	FIELD(report_matrix, connection_findings),
};
SHAPE(matrix, report_matrix);

static const struct report_field ground_fields[] = {
	FIELD(report_ground, number),
	FIELD(report_ground, digest),
};
SHAPE(ground, report_ground);

static const struct report_field check_fields[] = {
	FIELD(report_check, kind),
	FIELD(report_check, severity),
	FIELD(report_check, asks),
	WORD(report_check, result, results),
	FIELD(report_check, finding),
	FIELD(report_check, where),
	ARRAY(report_check, evidence, evidence_count, ground),
};
SHAPE(check, report_check);

static const struct report_field clause_fields[] = {
	FIELD(report_clause, number),
	FIELD(report_clause, title),
	FIELD(report_clause, text),
	WORD(report_clause, result, results),
	ARRAY(report_clause, checks, check_count, check),
};
SHAPE(clause, report_clause);

static const struct report_field clauses_fields[] = {
	FIELD(report_clauses, role),
	OBJECT(report_clauses, document, document),
	ARRAY(report_clauses, clauses, clause_count, clause),
};
SHAPE(clauses, report_clauses);

static const struct report_field conformity_fields[] = {
	OBJECT(report_conformity, source, source),
	ARRAY(report_conformity, documents, document_count, clauses),
};
SHAPE(conformity, report_conformity);

static const struct report_field row_fields[] = {
	FIELD(report_row, name),
	FIELD(report_row, second),
	FIELD(report_row, records),
	FIELD(report_row, packets),
};
SHAPE(row, report_row);

static const struct report_field rows_fields[] = {
	ARRAY(report_rows, rows, count, row),
};
SHAPE(rows, report_rows);

static const struct report_field bucket_fields[] = {
	FIELD(report_bucket, begin),
	FIELD(report_bucket, records),
	FIELD(report_bucket, packets),
	FIELD(report_bucket, lost),
	FIELD(report_bucket, complete),
};
SHAPE(bucket, report_bucket);

static const struct report_field scan_fields[] = {
	FIELD(report_scan, time),
	FIELD(report_scan, sequence),
	FIELD(report_scan, source),
	FIELD(report_scan, from),
	FIELD(report_scan, to),
	FIELD(report_scan, what),
};
SHAPE(scan, report_scan);

static const struct report_field flows_fields[] = {
	OBJECT(report_flows, source, source),
	FIELD(report_flows, records),
	FIELD(report_flows, packets),
	FIELD(report_flows, losses),
	FIELD(report_flows, lost_packets),
	FIELD(report_flows, observed_records),
	FIELD(report_flows, observed_packets),
	FIELD(report_flows, first),
	FIELD(report_flows, last),
	FIELD(report_flows, bucket_seconds),
	ARRAY(report_flows, buckets, bucket_count, bucket),
	OBJECT(report_flows, sources, rows),
	OBJECT(report_flows, destinations, rows),
	OBJECT(report_flows, ports, rows),
	OBJECT(report_flows, pairs, rows),
	OBJECT(report_flows, reasons, rows),
	ARRAY(report_flows, scans, scan_count, scan),
	FIELD(report_flows, scan_total),
};
SHAPE(flows, report_flows);

static const struct report_field equation_fields[] = {
	OBJECT(report_equation, source, source),
	FIELD(report_equation, kernel),
	FIELD(report_equation, recorded),
	FIELD(report_equation, lost),
	FIELD(report_equation, waiting),
	FIELD(report_equation, holds),
	FIELD(report_equation, epochs),
	FIELD(report_equation, unbalanced),
};
SHAPE(equation, report_equation);

static const struct report_field effect_line_fields[] = {
	WORD(report_effect_line, effect, effects),
	FIELD(report_effect_line, text),
};
SHAPE(effect_line, report_effect_line);

static const struct report_field change_fields[] = {
	FIELD(report_change, number),
	FIELD(report_change, time),
	FIELD(report_change, action),
	FIELD(report_change, who),
	FIELD(report_change, approver),
	FIELD(report_change, ticket),
	FIELD(report_change, reason),
	FIELD(report_change, outcome),
	FIELD(report_change, revision_before),
	FIELD(report_change, revision_after),
	FIELD(report_change, added),
	FIELD(report_change, removed),
	FIELD(report_change, changed),
	ARRAY(report_change, lines, line_count, effect_line),
};
SHAPE(change, report_change);

static const struct report_field changes_fields[] = {
	OBJECT(report_changes, source, source),
	ARRAY(report_changes, items, count, change),
	FIELD(report_changes, alone),
};
SHAPE(changes, report_changes);

static const struct report_field exception_fields[] = {
	FIELD(report_exception, id),
	FIELD(report_exception, state),
	FIELD(report_exception, emergency),
	FIELD(report_exception, in_force),
	FIELD(report_exception, report_due),
	FIELD(report_exception, due_since),
	FIELD(report_exception, applicant),
	FIELD(report_exception, approver),
	FIELD(report_exception, override),
	FIELD(report_exception, from),
	FIELD(report_exception, to),
	FIELD(report_exception, service),
	FIELD(report_exception, clauses),
	FIELD(report_exception, reason),
	FIELD(report_exception, report),
	FIELD(report_exception, requested),
	FIELD(report_exception, start),
	FIELD(report_exception, end),
	FIELD(report_exception, ended),
};
SHAPE(exception, report_exception);

static const struct report_field exceptions_fields[] = {
	OBJECT(report_exceptions, source, source),
	ARRAY(report_exceptions, items, count, exception),
	FIELD(report_exceptions, in_force),
	FIELD(report_exceptions, due),
};
SHAPE(exceptions, report_exceptions);

static const struct report_field drift_item_fields[] = {
	FIELD(report_drift_item, time),
	FIELD(report_drift_item, sequence),
	FIELD(report_drift_item, action),
	FIELD(report_drift_item, what),
	FIELD(report_drift_item, who),
	FIELD(report_drift_item, repaired),
};
SHAPE(drift_item, report_drift_item);

static const struct report_field drift_fields[] = {
	OBJECT(report_drift, source, source),
	ARRAY(report_drift, items, count, drift_item),
	FIELD(report_drift, found),
	FIELD(report_drift, repaired),
	FIELD(report_drift, open),
};
SHAPE(drift, report_drift);

static const struct report_field bypass_item_fields[] = {
	FIELD(report_bypass_item, name),
	FIELD(report_bypass_item, state),
	FIELD(report_bypass_item, harmless),
	FIELD(report_bypass_item, sentence),
	FIELD(report_bypass_item, what),
};
SHAPE(bypass_item, report_bypass_item);

static const struct report_field bypass_fields[] = {
	OBJECT(report_bypass, source, source),
	FIELD(report_bypass, holds),
	ARRAY(report_bypass, items, count, bypass_item),
	FIELD(report_bypass, left_out),
};
SHAPE(bypass, report_bypass);

static const struct report_field unused_fields[] = {
	OBJECT(report_unused, source, source),
	FIELD(report_unused, days),
	FIELD(report_unused, known_since),
	TEXTS(report_unused, paths, count),
};
SHAPE(unused, report_unused);

static const struct report_field listener_fields[] = {
	FIELD(report_listener, protocol),
	FIELD(report_listener, address),
	FIELD(report_listener, program),
	FIELD(report_listener, port),
	FIELD(report_listener, declared),
};
SHAPE(listener, report_listener);

static const struct report_field listeners_fields[] = {
	OBJECT(report_listeners, source, source),
	FIELD(report_listeners, programs_read),
	ARRAY(report_listeners, items, count, listener),
};
SHAPE(listeners, report_listeners);

static const struct report_field clock_fields[] = {
	OBJECT(report_clock, source, source),
	FIELD(report_clock, synchronised),
	FIELD(report_clock, detail),
	FIELD(report_clock, lost),
	FIELD(report_clock, jumps),
};
SHAPE(clock, report_clock);

static const struct report_field log_finding_fields[] = {
	FIELD(report_log_finding, name),
	FIELD(report_log_finding, meaning),
	FIELD(report_log_finding, file),
	FIELD(report_log_finding, first),
	FIELD(report_log_finding, last),
	FIELD(report_log_finding, checkpoints),
};
SHAPE(log_finding, report_log_finding);

static const struct report_field hold_fields[] = {
	FIELD(report_hold, number),
	FIELD(report_hold, since),
	FIELD(report_hold, placed),
	FIELD(report_hold, by),
	FIELD(report_hold, text),
};
SHAPE(hold, report_hold);

static const struct report_field log_step_fields[] = {
	FIELD(report_log_step, time),
	FIELD(report_log_step, sequence),
	FIELD(report_log_step, by),
	FIELD(report_log_step, text),
};
SHAPE(log_step, report_log_step);

static const struct report_field log_fields[] = {
	OBJECT(report_log, source, source),
	FIELD(report_log, verified),
	FIELD(report_log, lines),
	FIELD(report_log, bytes),
	FIELD(report_log, checkpoints),
	FIELD(report_log, unsealed),
	ARRAY(report_log, findings, finding_count, log_finding),
	FIELD(report_log, finding_total),
	FIELD(report_log, oldest),
	FIELD(report_log, newest),
	FIELD(report_log, retention_days),
	FIELD(report_log, removed),
	ARRAY(report_log, holds, hold_count, hold),
	OBJECT(report_log, exported, log_step),
	OBJECT(report_log, reviewed, log_step),
};
SHAPE(log, report_log);

static const struct report_field checkpoint_fields[] = {
	OBJECT(report_checkpoint, source, source),
	FIELD(report_checkpoint, origin),
	FIELD(report_checkpoint, index),
	FIELD(report_checkpoint, size),
	FIELD(report_checkpoint, time),
	FIELD(report_checkpoint, text),
	FIELD(report_checkpoint, vkey),
};
SHAPE(checkpoint, report_checkpoint);

static const struct report_field event_fields[] = {
	FIELD(report_event, action),
	FIELD(report_event, count),
	FIELD(report_event, first),
	FIELD(report_event, last),
};
SHAPE(event, report_event);

static const struct report_field events_fields[] = {
	OBJECT(report_events, source, source),
	ARRAY(report_events, items, count, event),
};
SHAPE(events, report_events);

static const struct report_field outside_date_fields[] = {
	FIELD(report_outside_date, name),
	FIELD(report_outside_date, clause),
	FIELD(report_outside_date, date),
	FIELD(report_outside_date, due),
	FIELD(report_outside_date, overdue),
};
SHAPE(outside_date, report_outside_date);

static const struct report_field outside_fields[] = {
	OBJECT(report_outside, source, source),
	FIELD(report_outside, asked),
	ARRAY(report_outside, items, count, outside_date),
};
SHAPE(outside, report_outside);

static const struct report_field point_fields[] = {
	WORD(report_point, result, results),
	FIELD(report_point, section),
	FIELD(report_point, text),
};
SHAPE(point, report_point);

static const struct report_field difference_item_fields[] = {
	FIELD(report_difference_item, section),
	FIELD(report_difference_item, what),
	FIELD(report_difference_item, before),
	FIELD(report_difference_item, after),
	FIELD(report_difference_item, worse),
	FIELD(report_difference_item, better),
};
SHAPE(difference_item, report_difference_item);

static const struct report_field difference_fields[] = {
	OBJECT(report_difference, source, source),
	FIELD(report_difference, made),
	FIELD(report_difference, digest),
	ARRAY(report_difference, items, count, difference_item),
};
SHAPE(difference, report_difference);

static const struct report_field whole_fields[] = {
	OBJECT(report, head, head),
	WORD(report, result, results),
	ARRAY(report, points, point_count, point),
	ARRAY(report, evidence, evidence_count, evidence),
	OBJECT(report, site, site),
	OBJECT(report, matrix, matrix),
	OBJECT(report, conformity, conformity),
	OBJECT(report, flows, flows),
	OBJECT(report, equation, equation),
	OBJECT(report, changes, changes),
	OBJECT(report, exceptions, exceptions),
	OBJECT(report, drift, drift),
	OBJECT(report, bypass, bypass),
	OBJECT(report, unused, unused),
	OBJECT(report, listeners, listeners),
	OBJECT(report, clock, clock),
	OBJECT(report, log, log),
	OBJECT(report, checkpoint, checkpoint),
	OBJECT(report, events, events),
	OBJECT(report, outside, outside),
	OBJECT(report, difference, difference),
};

const struct report_shape report_shape = { whole_fields, LENGTH(whole_fields),
	sizeof(struct report) };
