/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The way of a packet through all tables of a host, for people and as JSON. */
#ifndef HEDATE_TRACEVIEW_H
#define HEDATE_TRACEVIEW_H

#include "../lib/explain_trace.h"
#include "cmd.h"

/* generation: of the snapshot. */
void traceview_print(const struct cli *cli, uint32_t generation, const struct explain *explain,
	const struct explain_trace *trace);
/* Member "kernel" of an object: null when trace is. */
void traceview_json(struct json *json, uint32_t generation, const struct explain_trace *trace);

#endif
