/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A record of a flow → the chain of the rule set that blocked it (compile.h). */
#ifndef HEDATE_LOGRULE_H
#define HEDATE_LOGRULE_H

#include "ruleset.h"

/* What the record says; NULL: nothing. */
struct logrule_flow {
	const char *reason;
	const char *zone_source, *zone_destination;
	const char *segment_source; /* "<zone>.<segment>" */
};

/* 0, or -EINVAL when the record does not say it. */
int logrule_chain(const struct logrule_flow *flow, char chain[RULESET_NAME_MAX + 1]);

#endif
