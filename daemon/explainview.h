/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "hedate explain" found out, for people and as JSON. */
#ifndef HEDATE_EXPLAINVIEW_H
#define HEDATE_EXPLAINVIEW_H

#include "../lib/explain_change.h"
#include "../lib/explain_trace.h"
#include "cmd.h"

/* file: the configuration, as it was named. */
void explainview_print(const struct cli *cli, const char *file, const struct explain *explain,
	const struct explain_change *change);
/* trace: through all tables of a snapshot of that generation; NULL: none was asked for. An exit
 * code. */
int explainview_print_json(const char *file, const struct explain *explain,
	const struct explain_change *change, uint32_t generation,
	const struct explain_trace *trace);

#endif
