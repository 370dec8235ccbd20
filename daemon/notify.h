/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a service manager is told: systemd's notification datagram, sd_notify(3). */
#ifndef HEDATE_NOTIFY_H
#define HEDATE_NOTIFY_H

/* Send "READY=1", "STOPPING=1", "STATUS=..."; lines are separated by newlines. 0 also when
 * nobody asked ($NOTIFY_SOCKET is not set), else negative errno. */
int notify_send(const char *state);
/* The same with a descriptor, of which the service manager gets a duplicate; -1: none. */
int notify_send_fd(const char *state, int passed);

#endif
