/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "hedate replay" found, for people and as JSON. */
#ifndef HEDATE_REPLAYVIEW_H
#define HEDATE_REPLAYVIEW_H

#include "../lib/replay.h"
#include "cmd.h"

struct replayview {
	const struct policy *policy;
	const struct replay *replay;
	bool flows;	   /* each of them */
	unsigned long top; /* so many of the flows that would be blocked; 0: none */
};

/* Exit codes. */
int replayview_print(const struct cli *cli, const struct replayview *view);
int replayview_print_json(const struct replayview *view);

#endif
