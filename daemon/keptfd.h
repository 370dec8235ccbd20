/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table's socket in the keeping of the service manager, systemd's fd store: a table is
 * protected as long as anybody holds the socket that owns it, so it stays so while hedated is being
 * started again, or has been killed.
 */
#ifndef HEDATE_KEPTFD_H
#define HEDATE_KEPTFD_H

/* What the service manager kept under this name and has handed back, or -1; all else that it handed
 * over is closed. Only once in a process: its variables of the environment are taken away. */
int keptfd_take(const char *name);

/* Give it a duplicate to keep, once: what it has handed over it has still, and its room is for as many
 * as its unit says. 0, also when there is no service manager; or negative errno. */
int keptfd_give(const char *name, int fd);
/* It is to let go of what it keeps under this name. */
int keptfd_drop(const char *name);

#endif
