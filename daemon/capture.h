/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reading a capture (pcap, pcapng) with libpcap. What is in it is untrusted: before the first of
 * its bytes is looked at, the process gives up all that it may do beside reading and writing what
 * it has open. */
#ifndef HEDATE_CAPTURE_H
#define HEDATE_CAPTURE_H

#include "../lib/replay.h"
#include "cmd.h"

struct capture;

/* Open it; "-" is standard input. EXIT_OK, or EXIT_FAILED after a complaint. */
int capture_open(const char *name, struct capture **ret_capture);
void capture_close(struct capture *capture); /* accepts NULL */

/* Give up rights, then read all of it. EXIT_OK; EXIT_FAILED after a complaint: also for a capture
 * that ends in the middle of a packet, whose whole ones were replayed. */
int capture_replay(struct capture *capture, struct replay *replay);

#endif
