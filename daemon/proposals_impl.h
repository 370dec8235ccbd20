/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of proposals.h share. */
#ifndef HEDATE_PROPOSALS_IMPL_H
#define HEDATE_PROPOSALS_IMPL_H

#include "enforcer.h"
#include "proposalfile.h"
#include "proposals.h"

struct proposals_kept {
	struct proposal proposal;
	size_t length; /* of its bytes */
};

struct proposals {
	int directory; /* -1: it cannot be had */
	struct proposals_kept items[PROPOSALS_MAX];
	size_t count;
	size_t broken; /* files that are none */
	char broken_name[PROPOSALFILE_NAME_MAX];
	char problem[PROPOSALS_WHY_MAX];
	struct enforcer *enforcer; /* NULL before proposals_attach() */
	struct loop_source *timer;
};

/* proposals.c */
int64_t proposals_now(void);
/* Take one away, from the disk, too. 0, or negative errno: it is still there. */
int proposals_drop(struct proposals *proposals, const struct proposal *proposal);
/* Add one to those in memory. */
void proposals_add(struct proposals *proposals, const struct proposal *proposal, size_t length);
/* Bring the timer to the next end, taking away what has ended. */
void proposals_arm(struct proposals *proposals);
__attribute__((format(printf, 2, 3))) enum exit_code proposals_fail(
	struct proposals_result *result, const char *format, ...);

/* proposals_event.c: person NULL: nobody asked; why NULL: it was done. */
void proposals_record(const struct proposals *proposals, const char *action,
	const struct proposal *proposal, const struct proposals_person *person, const char *why);
void proposals_record_broken(const struct proposals *proposals, const char *name);

#endif
