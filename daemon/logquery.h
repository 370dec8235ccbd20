/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Going through the log for what "hedate log" was asked for. */
#ifndef HEDATE_LOGQUERY_H
#define HEDATE_LOGQUERY_H

#include "../lib/logrecord.h"
#include "../lib/policy.h"
#include "cmd.h"

struct log_query {
	const struct cmd_usage *usage; /* for complaints */
	const char *directory;
	struct log_filter filter;
	bool since_set; /* so that older files need not be read */
	bool last_set;
	size_t last; /* only so many, the last ones */
	bool follow;
	char pair[4 * (POLICY_NAME_MAX + 1)]; /* what filter.from and .to point into */
	char protocol[4];		      /* what filter.protocol may point to */
};

/* Print what matches. An exit code. */
int log_query_run(const struct cli *cli, const struct log_query *query);

#endif
