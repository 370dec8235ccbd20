/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of status.h share. */
#ifndef HEDATE_STATUS_IMPL_H
#define HEDATE_STATUS_IMPL_H

#include "pathhits.h"
#include "status.h"
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

/* The policy that is in force. */
const struct policy *status_policy(const struct status_report *report);

/* STATUS: read what is the kernel's; then a field at a time. As status_begin, status_next. */
int status_fields_begin(struct status_report *report);
int status_fields_next(struct status_report *report, struct message *ret_message);

#endif
