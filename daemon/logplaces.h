/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Places (zones, segments) that a query names: one that neither the running policy nor the log
 * knows is a slip of the finger.
 */
#ifndef HEDATE_LOGPLACES_H
#define HEDATE_LOGPLACES_H

#include "../lib/suggest.h"
#include "logquery.h"

#define LOG_PLACES_MAX 3 /* of a filter: --zone, both of --pair */

struct log_place {
	const char *name; /* as asked for; NULL: not asked for */
	bool known;	  /* to the daemon, or met in the log */
	struct suggest suggest;
};

struct log_places {
	struct log_place places[LOG_PLACES_MAX];
	char **zones; /* the daemon's names of places, owned: suggestions point at them */
	size_t zone_count;
	bool asked; /* the daemon answered */
};

/* Ask the daemon, if there are any; without one to ask, all of them may be right. */
void log_places_ask(
	struct log_places *places, const struct cli *cli, const struct log_filter *filter);
void log_places_clear(struct log_places *places);

/* Places that the log itself mentions are known, though the policy may have none such any more. */
void log_places_note(struct log_places *places, const struct log_record *record);

/* Nothing was found: is that because of a name? EXIT_OK, or EXIT_USAGE after a complaint. */
int log_places_check(const struct log_places *places, const struct cmd_usage *usage);

#endif
