/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What clausereport.c and its table of grounds share. */
#ifndef HEDATE_CLAUSEREPORT_IMPL_H
#define HEDATE_CLAUSEREPORT_IMPL_H

#include "clausereport.h"

/* What the answer of a check rests on. */
struct clause_ground {
	unsigned int evidence; /* mask of 1 << enum evidence_source */
	bool stated;	       /* the configuration only repeats what somebody has stated */
	const char *nothing;   /* NULL: it is kept also when it is about nothing; else why it is
				* not applicable then; to be translated */
	const char *kept;      /* to be translated: what was seen when it is kept */
};

/* Of a check that has an answer: one that is judged, "enforced" or "log". NULL: of another. */
const struct clause_ground *clause_ground_of(const struct profile_check *check);

#endif
