/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers for a monitoring system: families of samples with labels, written in Prometheus' text
 * format (version 0.0.4) or as JSON. Texts are borrowed until it was written, values of labels are
 * copied.
 */
#ifndef HEDATE_METRICS_H
#define HEDATE_METRICS_H

#include <stdint.h>
#include <stdio.h>

#include "json.h"

#define METRICS_LABELS_MAX 8

enum metric_type {
	METRIC_GAUGE,	/* goes up and down */
	METRIC_COUNTER, /* only grows, but for a new beginning at 0; its name ends in "_total" */
};

struct metrics;

/* 0, or -ENOMEM. */
int metrics_new(struct metrics **ret_metrics);
void metrics_free(struct metrics *metrics); /* accepts NULL */

/* The samples that follow belong to it. One without samples is not written. */
void metrics_family(
	struct metrics *metrics, const char *name, enum metric_type type, const char *help);

struct metric_label {
	const char *name, *value;
};
/* As the last argument of metrics_add(): METRIC_LABELS({ "from", from }, { "to", to }). */
#define METRIC_LABELS(...) ((const struct metric_label[]){ __VA_ARGS__, { NULL, NULL } })
/* A sample; NULL for one without labels. */
void metrics_add(struct metrics *metrics, uint64_t value, const struct metric_label *labels);

/* 0, or -ENOMEM when there was no memory for something: nothing is written then. */
int metrics_write(const struct metrics *metrics, FILE *out);
int metrics_write_json(const struct metrics *metrics, struct json *json);

#endif
