/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The closed tables: nothing is forwarded. They are made of constants, without a file and without
 * memory of their own, so that they can be put in place before anything else is known.
 *
 *	table inet hedate-guard	chain forward: hook forward, priority -300, policy drop, no rule
 *				chain errors: hook output, drops ICMP and ICMPv6 errors
 *	table bridge hedate-guard	chain forward, for what a bridge of this host passes on
 *
 * An ICMP error quotes the packet that it is about, up to 1280 bytes, and goes to that packet's
 * source: with a forged source it would carry them from one zone into another, without anything
 * having been forwarded. Else the gateway's own traffic is left alone: somebody must be able to
 * log in and mend it. The
 * comment of the tables says why they are there, as "nft list ruleset" shows it.
 */
#ifndef HEDATE_NFTCLOSED_H
#define HEDATE_NFTCLOSED_H

#include <stdbool.h>

#include "nlsock.h"
#include "tablenames.h"

#define CLOSED_COMMENT_MAX 128 /* bytes, with its NUL */

/*
 * Put them in place, or in the place of those that are there, in one transaction a family; why is
 * the comment, cut to its size. Then both are read back. 0: nothing is forwarded any more.
 * Negative errno: of family inet, which must be there; -EILSEQ when what was read back is
 * something else. That of family bridge, which a kernel may not have, goes to *ret_bridge:
 * 0 when bridges are shut, or when there can be none.
 */
int nftclosed_put(struct nlsock *socket, const char *why, int *ret_bridge);

/* Take them away; there may be none. 0, or negative errno. */
int nftclosed_remove(struct nlsock *socket);

/*
 * That of family inet alone, in the one transaction that is the least that shuts forwarding, and
 * not read back: a stopgap while something better is made. NULL takes it away. 0, or negative
 * errno.
 */
int nftclosed_stopgap(struct nlsock *socket, const char *why);

/* Are they there, of either family, and why? 0; -ENOENT: no; other negative errno. why is "" when
 * their comment is not one of ours. */
int nftclosed_find(struct nlsock *socket, char why[CLOSED_COMMENT_MAX]);

#endif
