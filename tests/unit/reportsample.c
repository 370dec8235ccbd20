/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reportsample.h"

#include <check.h>
#include <string.h>

#include "report_json.h"
#include "report_shape.h"

struct filling {
	struct report *report;
	const char *text;
	size_t items;
	uint64_t number;
};

static void fill_object(
	struct filling *filling, const struct report_shape *shape, unsigned char *object);

static void fill_text(const struct filling *filling, unsigned char *place)
{
	const char *text = report_keep(filling->report, filling->text);

	memcpy(place, &text, sizeof(text));
}

static void fill_array(
	struct filling *filling, const struct report_field *field, unsigned char *object)
{
	size_t size = field->shape ? field->shape->size : sizeof(const char *);
	size_t count = 0;

	for (size_t i = 0; i < filling->items; i++) {
		unsigned char *item =
			report_add(filling->report, object + field->offset, &count, size);

		ck_assert_ptr_nonnull(item);
		if (field->shape)
			fill_object(filling, field->shape, item);
		else
			fill_text(filling, item);
	}
	memcpy(object + field->count, &count, sizeof(count));
}

static void fill_number(
	struct filling *filling, const struct report_field *field, unsigned char *place)
{
	uint64_t number = ++filling->number;
	unsigned int narrow = (unsigned int)number;
	bool truth = true;

	switch (field->kind) {
	case REPORT_FIELD_BOOL:
		memcpy(place, &truth, sizeof(truth));
		break;
	case REPORT_FIELD_WORD:
		narrow %= field->words->count;
		memcpy(place, &narrow, sizeof(narrow));
		break;
	case REPORT_FIELD_UNSIGNED:
		memcpy(place, &narrow, sizeof(narrow));
		break;
	default:
		memcpy(place, &number, sizeof(number));
		break;
	}
}

static void fill_object(
	struct filling *filling, const struct report_shape *shape, unsigned char *object)
{
	for (size_t i = 0; i < shape->count; i++) {
		const struct report_field *field = &shape->fields[i];
		unsigned char *place = object + field->offset;

		if (field->kind == REPORT_FIELD_TEXT)
			fill_text(filling, place);
		else if (field->kind == REPORT_FIELD_DIGEST)
			memset(place, 'a', REPORT_DIGEST_MAX - 1);
		else if (field->kind == REPORT_FIELD_OBJECT)
			fill_object(filling, field->shape, place);
		else if (field->kind == REPORT_FIELD_ARRAY || field->kind == REPORT_FIELD_TEXTS)
			fill_array(filling, field, object);
		else if (field->kind == REPORT_FIELD_FAMILIES)
			for (size_t k = 0; k < REPORT_FAMILIES; k++)
				fill_text(filling, place + k * sizeof(const char *));
		else
			fill_number(filling, field, place);
	}
}

/* All digests are the same. */
static void connect_checks(struct report_clause *clause)
{
	for (size_t i = 0; i < clause->check_count; i++)
		for (size_t k = 0; k < clause->checks[i].evidence_count; k++)
			clause->checks[i].evidence[k].number = (unsigned int)k + 1;
}

/* Indexes that lead to something: two places, four pairs. */
static void connect(struct report *report)
{
	struct report_matrix *matrix = &report->matrix;

	for (size_t i = 0; i < report->site.segment_count; i++)
		report->site.segments[i].zone = 0;
	matrix->cell_count = 0;
	for (size_t i = 0; i < matrix->place_count * matrix->place_count; i++) {
		struct report_cell *cell =
			report_add(report, &matrix->cells, &matrix->cell_count, sizeof(*cell));

		ck_assert_ptr_nonnull(cell);
		cell->from = i / matrix->place_count;
		cell->to = i % matrix->place_count;
		cell->asked = true;
		cell->verdict = cell->verdicts[0] = cell->verdicts[1] =
			report_keep(report, matrix->places[0].name);
		cell->path_count = i == 0 ? matrix->path_count : 0;
		cell->first_path = i == 0 ? 0 : matrix->path_count;
	}
	for (size_t i = 0; i < matrix->path_count; i++)
		matrix->paths[i].from_place = matrix->paths[i].to_place = 0;
	for (size_t i = 0; i < matrix->deviation_count; i++)
		matrix->deviations[i].from = matrix->deviations[i].to = 0;
	for (size_t i = 0; i < report->conformity.document_count; i++)
		for (size_t k = 0; k < report->conformity.documents[i].clause_count; k++)
			connect_checks(&report->conformity.documents[i].clauses[k]);
}

struct report *reportsample(const char *text, size_t items)
{
	struct filling filling = { .text = text, .items = items };

	ck_assert_int_eq(report_new(&filling.report), 0);
	fill_object(&filling, &report_shape, (unsigned char *)filling.report);
	connect(filling.report);
	ck_assert(!filling.report->failed);
	return filling.report;
}

char *reportsample_json(const struct report *report)
{
	struct json json;

	json_init(&json);
	report_write(report, &json);
	ck_assert(!json.failed);
	return json.text;
}

struct report *reportsample_good(void)
{
	struct report *report;

	ck_assert_int_eq(report_new(&report), 0);
	struct report_source *const sources[] = {
		&report->site.source,
		&report->matrix.source,
		&report->conformity.source,
		&report->flows.source,
		&report->equation.source,
		&report->changes.source,
		&report->exceptions.source,
		&report->drift.source,
		&report->bypass.source,
		&report->unused.source,
		&report->listeners.source,
		&report->clock.source,
		&report->log.source,
		&report->checkpoint.source,
		&report->events.source,
		&report->outside.source,
	};
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++)
		report_read(sources[i], 0);
	report->matrix.connections_read = true;
	report->equation.holds = true;
	report->clock.synchronised = true;
	report->log.verified = true;
	report->log.retention_days = 365;
	report->log.exported.time = 1;
	return report;
}
