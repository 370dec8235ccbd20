/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whoever isolates something may sit behind it. */
#ifndef HEDATE_CUTOFF_H
#define HEDATE_CUTOFF_H

/* Say so on stderr when what is about to be isolated carries the caller's own ssh session. Whoever
 * isolates in an emergency is not held up by this. */
void cutoff_warn(const char *config_file, const char *target);

#endif
