/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel itself drops of what comes in, where no rule of ours sees it, from its own
 * counters:
 *
 *	reverse-path	rp_filter: the route back to the source leads out of another interface. What
 *			a policy's zones do not allow as a source was dropped before, as "spoof"
 *	martian		addresses that cannot be a source or target
 *	no-route	there is no route to where it goes
 *	address		its target is no address that it could have
 *	header		what is broken, too short, or has no hops left
 *
 * They are of all that comes in, for the gateway itself as well.
 */
#ifndef HEDATE_NETCOUNT_H
#define HEDATE_NETCOUNT_H

#include <stdbool.h>
#include <stdint.h>

enum netcount_kind {
	NETCOUNT_REVERSE_PATH,
	NETCOUNT_MARTIAN,
	NETCOUNT_NO_ROUTE,
	NETCOUNT_ADDRESS,
	NETCOUNT_HEADER,
	NETCOUNT_KINDS,
};

struct netcount {
	uint64_t of[NETCOUNT_KINDS];
};

/* The forms of the kernel's files, below /proc/self/net. */
enum netcount_form {
	NETCOUNT_PAIRS, /* netstat, snmp: a line of names and one of numbers, each after its group
			 */
	NETCOUNT_LINES, /* snmp6: a name and a number in each line */
	NETCOUNT_TABLE, /* stat/rt_cache: a line of names, and hexadecimal ones for each processor
			 */
	NETCOUNT_FORMS,
};

/* Add up what a file of this form has. What it does not have is 0. */
void netcount_add(struct netcount *count, enum netcount_form form, const char *text);

#endif
