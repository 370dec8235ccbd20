/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "hedate lint" found, for people and as JSON. */
#ifndef HEDATE_LINTVIEW_H
#define HEDATE_LINTVIEW_H

#include "../lib/pathlint.h"
#include "cmd.h"

struct lintview {
	struct pathlint lint;
	bool asked_unused;
	/* The policy has been in force for so long; what was not used since then is known. */
	uint64_t seconds;
	size_t not_in_force; /* paths that are not, so that nothing is known of their use */
	const char *traffic; /* the capture, or NULL */
};

/* EXIT_OK: nothing was found; EXIT_FAILED: something was, or memory ran out. */
int lintview_print(const struct cli *cli, const char *file, const struct policy *policy,
	const struct lintview *view);

#endif
