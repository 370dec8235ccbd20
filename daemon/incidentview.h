/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The report of an incident: what the log tells is filled in, what it cannot tell is left to be
 * filled in by people, and said. Markdown, in the reader's language.
 */
#ifndef HEDATE_INCIDENTVIEW_H
#define HEDATE_INCIDENTVIEW_H

#include "../lib/policy.h"
#include "incident.h"

enum incident_reader {
	INCIDENT_CISO,
	INCIDENT_PREFECTURE,
	INCIDENT_MINISTRY,
	INCIDENT_READERS,
};

struct incident_report {
	const struct incident *incident;
	const struct log_query *query;
	enum incident_reader reader;
	bool addresses;		     /* also to readers outside */
	const struct policy *policy; /* for what the sources may reach; NULL: not known */
};

/* "ciso"; 0, or -EINVAL. */
int incidentview_parse(const char *text, enum incident_reader *ret_reader);

/* To stdout. An exit code. */
int incidentview_print(const struct incident_report *report);
int incidentview_print_json(const struct incident_report *report);

#endif
