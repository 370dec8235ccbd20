/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why something was blocked, in words. */
#ifndef HEDATE_REASONVIEW_H
#define HEDATE_REASONVIEW_H

/* Of event.reason, translated: "no path between these zones permits it". "" for one that is not
 * known. */
const char *reasonview_text(const char *reason);

#endif
