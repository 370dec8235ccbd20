/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proposals as the daemon answers them, and how they are shown. */
#ifndef HEDATE_PROPOSALVIEW_H
#define HEDATE_PROPOSALVIEW_H

#include "../lib/proposal.h"
#include "applyview.h"
#include "summarytake.h"

struct proposal_record {
	struct proposal proposal;
	bool current; /* made on what is in force now */
};

/* All that was answered. */
struct proposalview {
	struct proposal_record *items; /* owned */
	size_t count;
	struct summary summary;
	struct applyview view; /* findings, fields, what RESULT says */
};

void proposalview_begin(const struct cli *cli, struct proposalview *ret_view);
void proposalview_clear(struct proposalview *view);
/* For ctl_call(); data is the view. */
int proposalview_take(struct message *message, void *data);

/* Ask for one by the digits of its digest, with what it would change. The exit code; what went
 * wrong was said. */
int proposalview_ask(const struct cli *cli, const char *digits, struct proposalview *ret_view);
/* The configuration that the summary is against: its digest, or "". */
const char *proposalview_base(const struct proposalview *view);

/* For people: one with all that is known of it; what is found and what it would change. */
void proposalview_print(const struct cli *cli, const struct proposalview *view);
void proposalview_print_summary(const struct cli *cli, const struct proposalview *view);
/* For programs: {"proposal":..., "current":..., "base":..., "changes":[...], ..., "message":...};
 * done_key: a key that says whether it was done, or NULL. The exit code. */
int proposalview_json(const struct proposalview *view, const char *done_key, int exit_code);

/* What became of a request that changes the configuration in force, or proposes it where that needs
 * two persons: all of it, for people or programs. The exit code to end with. */
int proposalview_finish(const struct cli *cli, const struct proposalview *view,
	const struct applyview_file *file, int exit_code);

/* "2026-11-21 18:30:00 JST" */
#define PROPOSALVIEW_TIME_MAX 100
void proposalview_time(int64_t seconds, char text[PROPOSALVIEW_TIME_MAX]);

/* A line that a person types after a question, without its end; false: there is none. */
bool proposalview_read_line(const char *question, char *line, size_t size);

#endif
