/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the paths of a policy are used: by what the kernel counts, and in captured traffic. */
#ifndef HEDATE_PATHUSE_H
#define HEDATE_PATHUSE_H

#include "../lib/ruleset.h"
#include "lintview.h"

/* Ask hedated how often each path was used, and note those of the policy that were not, if that
 * is known for days or longer. An exit code. */
int pathuse_unused(const struct cli *cli, const struct policy *policy, unsigned int days,
	struct lintview *view);

/* Read a capture, and note paths that permit more than was used there. An exit code. */
int pathuse_traffic(const char *file, const struct policy *policy, const struct ruleset *ruleset,
	struct lintview *view);

#endif
