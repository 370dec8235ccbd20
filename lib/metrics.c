/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metrics.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"

struct label {
	const char *name;
	char *value; /* owned */
};

struct sample {
	uint64_t value;
	struct label labels[METRICS_LABELS_MAX];
	size_t label_count;
};

struct family {
	const char *name, *help;
	enum metric_type type;
	size_t first, count; /* samples */
};

struct metrics {
	struct family *families;
	size_t family_count, family_room;
	struct sample *samples;
	size_t sample_count, sample_room;
	bool failed;
};

int metrics_new(struct metrics **ret_metrics)
{
	*ret_metrics = calloc(1, sizeof(**ret_metrics));
	return *ret_metrics ? 0 : -ENOMEM;
}

void metrics_free(struct metrics *metrics)
{
	if (!metrics)
		return;
	for (size_t i = 0; i < metrics->sample_count; i++)
		for (size_t n = 0; n < metrics->samples[i].label_count; n++)
			free(metrics->samples[i].labels[n].value);
	free(metrics->samples);
	free(metrics->families);
	free(metrics);
}

/* Room for one more; NULL: there is none, and that is remembered. */
static void *room_for(struct metrics *metrics, void *array, size_t count, size_t *room, size_t size)
{
	void *grown = array_reserve(array, size, count, room);

	if (!grown)
		metrics->failed = true;
	return grown;
}

void metrics_family(
	struct metrics *metrics, const char *name, enum metric_type type, const char *help)
{
	struct family *families = room_for(metrics, metrics->families, metrics->family_count,
		&metrics->family_room, sizeof(*families));
	if (!families)
		return;
	metrics->families = families;
	families[metrics->family_count++] = (struct family){
		.name = name,
		.help = help,
		.type = type,
		.first = metrics->sample_count,
	};
}

static void add_labels(
	struct metrics *metrics, struct sample *sample, const struct metric_label *labels)
{
	for (; labels && labels->name && sample->label_count < METRICS_LABELS_MAX; labels++) {
		char *value = strdup(labels->value);
		if (!value) {
			metrics->failed = true;
			return;
		}
		sample->labels[sample->label_count++] = (struct label){ labels->name, value };
	}
}

void metrics_add(struct metrics *metrics, uint64_t value, const struct metric_label *labels)
{
	struct sample *samples = room_for(metrics, metrics->samples, metrics->sample_count,
		&metrics->sample_room, sizeof(*samples));
	if (!samples)
		return;
	metrics->samples = samples;
	if (metrics->family_count == 0)
		return;
	struct sample *sample = &samples[metrics->sample_count++];
	*sample = (struct sample){ .value = value };
	add_labels(metrics, sample, labels);
	metrics->families[metrics->family_count - 1].count++;
}

static const char *type_name(enum metric_type type)
{
	return type == METRIC_COUNTER ? "counter" : "gauge";
}

/* Prometheus: '\', newline, and in a label's value '"', behind a '\'. */
static void write_escaped(FILE *out, const char *text, bool quotes)
{
	for (; *text; text++) {
		if (*text == '\n')
			fputs("\\n", out);
		else if (*text == '\\' || (quotes && *text == '"'))
			fprintf(out, "\\%c", *text);
		else
			putc(*text, out);
	}
}

static void write_sample(FILE *out, const char *name, const struct sample *sample)
{
	fputs(name, out);
	for (size_t i = 0; i < sample->label_count; i++) {
		fprintf(out, "%s%s=\"", i == 0 ? "{" : ",", sample->labels[i].name);
		write_escaped(out, sample->labels[i].value, true);
		putc('"', out);
	}
	fprintf(out, "%s %" PRIu64 "\n", sample->label_count ? "}" : "", sample->value);
}

int metrics_write(const struct metrics *metrics, FILE *out)
{
	if (metrics->failed)
		return -ENOMEM;
	for (size_t i = 0; i < metrics->family_count; i++) {
		const struct family *family = &metrics->families[i];
		if (family->count == 0)
			continue;
		fprintf(out, "# HELP %s ", family->name);
		write_escaped(out, family->help, false);
		fprintf(out, "\n# TYPE %s %s\n", family->name, type_name(family->type));
		for (size_t n = 0; n < family->count; n++)
			write_sample(out, family->name, &metrics->samples[family->first + n]);
	}
	return 0;
}

static void write_json_sample(struct json *json, const struct sample *sample)
{
	json_object_begin(json);
	json_key(json, "labels");
	json_object_begin(json);
	for (size_t i = 0; i < sample->label_count; i++) {
		json_key(json, sample->labels[i].name);
		json_string(json, sample->labels[i].value);
	}
	json_object_end(json);
	json_key(json, "value");
	json_unsigned(json, sample->value);
	json_object_end(json);
}

int metrics_write_json(const struct metrics *metrics, struct json *json)
{
	if (metrics->failed)
		return -ENOMEM;
	json_array_begin(json);
	for (size_t i = 0; i < metrics->family_count; i++) {
		const struct family *family = &metrics->families[i];
		if (family->count == 0)
			continue;
		json_object_begin(json);
		json_key(json, "name");
		json_string(json, family->name);
		json_key(json, "type");
		json_string(json, type_name(family->type));
		json_key(json, "help");
		json_string(json, family->help);
		json_key(json, "samples");
		json_array_begin(json);
		for (size_t n = 0; n < family->count; n++)
			write_json_sample(json, &metrics->samples[family->first + n]);
		json_array_end(json);
		json_object_end(json);
	}
	json_array_end(json);
	return 0;
}
