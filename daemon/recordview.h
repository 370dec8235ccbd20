/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One record in full, and what it means: why the flow was blocked, by which rule of which policy,
 * and what would permit it. */
#ifndef HEDATE_RECORDVIEW_H
#define HEDATE_RECORDVIEW_H

#include "../lib/compile.h"
#include "../lib/logmembers.h"
#include "cmd.h"

/* What would permit what was blocked for a reason, translated; "" when that is not known. */
const char *recordview_permit(enum reason reason);

/* An exit code. */
int recordview_print(const struct cli *cli, const struct logmembers *members);
/* One object: "record", the line as it stands; "explanation". */
int recordview_print_json(const struct logmembers *members);

#endif
