/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks for scans (lib/scan.h) in what is blocked, as it comes, and puts them on record:
 *
 *	scan		a source has tried that many targets. It is a source address, or where that
 *			is forged (reason "spoof"), a MAC address
 *	scan-end	it tries fewer than half as many in that time
 *	scan-anew	the recorder has started, and knows of no try before
 *	scan-overflow	targets were forgotten before their time, or scans were found and not
 *			written, because there were too many; how many
 *
 * Not every blocked packet is a try: what a path permits and was blocked all the same ("limit",
 * "island"), what belongs to a connection that was open ("revoked"), and answers of ICMP are none.
 */
#ifndef HEDATE_SCANWATCH_H
#define HEDATE_SCANWATCH_H

#include <stddef.h>

#include "../lib/record.h"
#include "ifnames.h"
#include "journal.h"
#include "nflog.h"
#include "topology.h"

#define SCANWATCH_EVENTS_MAX 600 /* a minute; more are counted */

struct scanwatch;

/* All borrowed. 0, or -ENOMEM. */
int scanwatch_new(struct journal *journal, const struct topology *topology, struct ifnames *ifnames,
	struct scanwatch **ret_watch);
void scanwatch_free(struct scanwatch *watch); /* accepts NULL */

/* As of scan_configure(). */
int scanwatch_configure(struct scanwatch *watch, unsigned int targets, unsigned int seconds);

/* A packet of NFLOG. */
void scanwatch_packet(struct scanwatch *watch, const struct nflog_packet *packet);
/* A flow of which no packet was seen, only the kernel's count, at the end of its epoch. */
void scanwatch_flow(struct scanwatch *watch, const struct record_flow *flow);
/* Write what was found, after some packets; and every few seconds, also when none come. */
void scanwatch_flush(struct scanwatch *watch);
void scanwatch_tick(struct scanwatch *watch);

#endif
