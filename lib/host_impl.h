/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of host.h share. */
#ifndef HEDATE_HOST_IMPL_H
#define HEDATE_HOST_IMPL_H

#include "host.h"

struct host_judging {
	const struct host *host;
	const struct policy *policy;
	struct host_findings *findings;
	int error; /* -ENOMEM */
};

__attribute__((format(printf, 4, 5))) void host_found(struct host_judging *judging,
	enum host_risk risk, const char *interface, const char *format, ...);

/* The segment of an interface; segment_count: none. */
size_t host_segment_of(const struct policy *policy, const char *interface);

/* host_route.c */
void host_judge_routes(struct host_judging *judging);

#endif
