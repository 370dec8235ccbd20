/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading the JSON of a report, by the same tables that it was written by. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "exception.h"
#include "i18n.h"
#include "jsonpull.h"
#include "policy.h"
#include "report_json.h"
#include "report_shape.h"

struct loading {
	struct jsonpull pull;
	struct report *report;
};

static bool load_object(struct loading *loading, const struct report_shape *shape, void *object);

static bool load_text(struct loading *loading, void *place)
{
	const char *text;

	if (!jsonpull_string(&loading->pull))
		return false;
	text = report_keep_n(loading->report, loading->pull.string, loading->pull.string_length);
	memcpy(place, &text, sizeof(text));
	return !loading->report->failed || jsonpull_no_memory(&loading->pull);
}

static bool load_digest(struct loading *loading, char *place)
{
	if (!jsonpull_string(&loading->pull))
		return false;
	if (loading->pull.string_length >= REPORT_DIGEST_MAX)
		return jsonpull_refuse(&loading->pull, N_("this is no digest"), NULL);
	memcpy(place, loading->pull.string, loading->pull.string_length + 1);
	return true;
}

static bool load_time(struct loading *loading, void *place)
{
	int64_t seconds = 0;

	if (jsonpull_peek(&loading->pull) == 'n')
		return jsonpull_null(&loading->pull);
	if (!jsonpull_string(&loading->pull))
		return false;
	if (exception_time_parse(loading->pull.string, &seconds) < 0)
		return jsonpull_refuse(&loading->pull, N_("this is no time"), NULL);
	memcpy(place, &seconds, sizeof(seconds));
	return true;
}

static bool load_word(struct loading *loading, const struct report_words *words, void *place)
{
	if (!jsonpull_string(&loading->pull))
		return false;
	for (unsigned int i = 0; i < words->count; i++)
		if (strcmp(words->names[i], loading->pull.string) == 0) {
			memcpy(place, &i, sizeof(i));
			return true;
		}
	return jsonpull_refuse(&loading->pull, N_("a report has no such word here"), NULL);
}

static bool load_number(struct loading *loading, uint64_t max, size_t size, void *place)
{
	uint64_t number = 0;
	unsigned int narrow;

	if (!jsonpull_unsigned(&loading->pull, max, &number))
		return false;
	narrow = (unsigned int)number;
	memcpy(place, size == sizeof(number) ? (const void *)&number : &narrow, size);
	return true;
}

static bool load_bool(struct loading *loading, void *place)
{
	bool value = false;

	if (!jsonpull_bool(&loading->pull, &value))
		return false;
	memcpy(place, &value, sizeof(value));
	return true;
}

/* Of objects, or of texts when shape is NULL. */
static bool load_array(
	struct loading *loading, const struct report_shape *shape, void *place, size_t *count)
{
	size_t size = shape ? shape->size : sizeof(const char *);

	if (!jsonpull_array(&loading->pull))
		return false;
	while (jsonpull_element(&loading->pull)) {
		void *item = report_add(loading->report, place, count, size);

		if (!item)
			return jsonpull_no_memory(&loading->pull);
		if (!(shape ? load_object(loading, shape, item) : load_text(loading, item)))
			return false;
	}
	return !loading->pull.error;
}

static bool load_families(struct loading *loading, unsigned char *place)
{
	size_t count = 0;

	if (!jsonpull_array(&loading->pull))
		return false;
	while (jsonpull_element(&loading->pull)) {
		if (count == REPORT_FAMILIES)
			return jsonpull_refuse(&loading->pull, N_("this is one too many"), NULL);
		if (!load_text(loading, place + count++ * sizeof(const char *)))
			return false;
	}
	return !loading->pull.error;
}

static bool load_member(
	struct loading *loading, const struct report_field *field, unsigned char *object)
{
	unsigned char *place = object + field->offset;

	if (!jsonpull_member(&loading->pull, field->key))
		return false;
	switch (field->kind) {
	case REPORT_FIELD_TEXT:
		return load_text(loading, place);
	case REPORT_FIELD_DIGEST:
		return load_digest(loading, (char *)place);
	case REPORT_FIELD_BOOL:
		return load_bool(loading, place);
	case REPORT_FIELD_UNSIGNED:
		return load_number(loading, UINT32_MAX, sizeof(unsigned int), place);
	case REPORT_FIELD_NUMBER:
		return load_number(loading, UINT64_MAX, sizeof(uint64_t), place);
	case REPORT_FIELD_TIME:
		return load_time(loading, place);
	case REPORT_FIELD_WORD:
		return load_word(loading, field->words, place);
	case REPORT_FIELD_OBJECT:
		return load_object(loading, field->shape, place);
	case REPORT_FIELD_ARRAY:
	case REPORT_FIELD_TEXTS:
		return load_array(loading, field->shape, place, (size_t *)(object + field->count));
	case REPORT_FIELD_FAMILIES:
		return load_families(loading, place);
	}
	return false;
}

static bool load_members(struct loading *loading, const struct report_shape *shape, void *object)
{
	for (size_t i = 0; i < shape->count; i++)
		if (!load_member(loading, &shape->fields[i], object))
			return false;
	return true;
}

static bool load_object(struct loading *loading, const struct report_shape *shape, void *object)
{
	return jsonpull_object(&loading->pull) && load_members(loading, shape, object) &&
	       jsonpull_object_end(&loading->pull);
}

/* Do all indexes lead to something? */
static bool has_valid_indexes(const struct report *report)
{
	const struct report_matrix *matrix = &report->matrix;

	for (size_t i = 0; i < report->site.segment_count; i++)
		if (report->site.segments[i].zone >= report->site.zone_count)
			return false;
	if (matrix->place_count > POLICY_ZONES_MAX + 2 ||
		(matrix->cell_count != 0 &&
			matrix->cell_count != matrix->place_count * matrix->place_count))
		return false;
	for (size_t i = 0; i < matrix->cell_count; i++) {
		const struct report_cell *cell = &matrix->cells[i];

		if (cell->from != i / matrix->place_count || cell->to != i % matrix->place_count ||
			cell->first_path > matrix->path_count ||
			cell->path_count > matrix->path_count - cell->first_path)
			return false;
	}
	for (size_t i = 0; i < matrix->path_count; i++)
		if (matrix->paths[i].from_place >= matrix->place_count ||
			matrix->paths[i].to_place >= matrix->place_count)
			return false;
	for (size_t i = 0; i < matrix->deviation_count; i++)
		if (matrix->deviations[i].from >= matrix->place_count ||
			matrix->deviations[i].to >= matrix->place_count)
			return false;
	return true;
}

static bool is_ground(const struct report *report, const struct report_ground *ground)
{
	return ground->number > 0 && ground->number <= report->evidence_count &&
	       strcmp(report->evidence[ground->number - 1].digest, ground->digest) == 0;
}

/* Is all that checks rest on in the list of the evidence, with the same digest? */
static bool has_valid_grounds(const struct report *report, const struct report_clauses *document)
{
	for (size_t i = 0; i < document->clause_count; i++)
		for (size_t k = 0; k < document->clauses[i].check_count; k++) {
			const struct report_check *check = &document->clauses[i].checks[k];

			for (size_t j = 0; j < check->evidence_count; j++)
				if (!is_ground(report, &check->evidence[j]))
					return false;
		}
	return true;
}

static bool has_valid_evidence(const struct report *report)
{
	for (size_t i = 0; i < report->conformity.document_count; i++)
		if (!has_valid_grounds(report, &report->conformity.documents[i]))
			return false;
	return true;
}

static bool load_all(struct loading *loading)
{
	uint64_t version = 0;

	if (!jsonpull_object(&loading->pull) || !jsonpull_member(&loading->pull, "json_version") ||
		!jsonpull_unsigned(&loading->pull, UINT64_MAX, &version) ||
		!jsonpull_member(&loading->pull, "document") || !jsonpull_string(&loading->pull))
		return false;
	if (strcmp(loading->pull.string, REPORT_DOCUMENT) != 0)
		return jsonpull_refuse(&loading->pull, N_("this is no report"), NULL);
	if (version != REPORT_VERSION)
		return jsonpull_refuse(
			&loading->pull, N_("this is of another version of hedate"), NULL);
	if (!load_members(loading, &report_shape, loading->report) ||
		!jsonpull_object_end(&loading->pull) || !jsonpull_end(&loading->pull))
		return false;
	return (has_valid_indexes(loading->report) && has_valid_evidence(loading->report)) ||
	       jsonpull_refuse(&loading->pull, N_("something is named that is not there"), NULL);
}

static void tell(const struct jsonpull *pull, char problem[REPORT_PROBLEM_MAX])
{
	unsigned int line, column;

	jsonpull_where(pull, &line, &column);
	if (pull->about)
		snprintf(problem, REPORT_PROBLEM_MAX, "%u:%u: %s: %s", line, column, pull->about,
			_(pull->cause));
	else
		snprintf(problem, REPORT_PROBLEM_MAX, "%u:%u: %s", line, column, _(pull->cause));
}

int report_load(const char *text, size_t length, char problem[REPORT_PROBLEM_MAX],
	struct report **ret_report)
{
	struct loading loading = { 0 };
	int r = report_new(&loading.report);

	if (r < 0)
		return r;
	jsonpull_init(&loading.pull, text, length);
	if (!load_all(&loading)) {
		tell(&loading.pull, problem);
		r = loading.pull.error;
	}
	jsonpull_clear(&loading.pull);
	if (r < 0)
		report_free(loading.report);
	else
		*ret_report = loading.report;
	return r;
}
