/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What "hedate explain" found out, for people and as JSON. */
#ifndef HEDATE_EXPLAINVIEW_H
#define HEDATE_EXPLAINVIEW_H

#include "../lib/explain_change.h"
#include "cmd.h"

/* file: the configuration, as it was named. */
void explainview_print(const struct cli *cli, const char *file, const struct explain *explain,
	const struct explain_change *change);
/* An exit code. */
int explainview_print_json(
	const char *file, const struct explain *explain, const struct explain_change *change);

#endif
