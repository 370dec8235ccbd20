/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows from the sections of a report: what its reader has to know first. */
#include <errno.h>

#include "report.h"

int report_finish(struct report *report)
{
	return report->failed ? -ENOMEM : 0;
}

bool report_whole(const struct report *report)
{
	(void)report;
	return false;
}
