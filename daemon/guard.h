/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hedated --guard: what is in the kernel before any network is. First nothing is forwarded
 * (lib/nftclosed.h), then the confirmed configuration is put in place, with all timed paths shut,
 * as an island where it asks for that, and what is isolated; when all was read back and is as it
 * should be, what that permits is forwarded, as soon as the host forwards at all.
 *
 * Whatever is wrong, nothing is forwarded, the reason is said, and stands in the comment of the
 * closed tables, where hedated finds it. Nothing is read but the directories of the configuration,
 * of profiles and of time zones.
 */
#ifndef HEDATE_GUARD_H
#define HEDATE_GUARD_H

#include "ctlproto.h"
#include "settings.h"

/* EXIT_OK: guarded, or closed, or a hedated runs and nothing was done. EXIT_FAILED: not even
 * closed. EXIT_DIFFERS: closed, but for what bridges of this host pass on. */
enum exit_code guard_run(const struct settings *settings);

#endif
