/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a host tells of itself in files only (/proc): parts of a snapshot. Each function: 0, or
 * negative errno: why the part could not be read. */
#ifndef HEDATE_HOSTPROC_H
#define HEDATE_HOSTPROC_H

#include "hostsnap.h"

/* What the kernel may be built with, or not, so that what it has not need not be looked for. */
#define HOSTPROC_NETFILTER_BPF "netfilter-bpf" /* programs of BPF at netfilter's hooks */
#define HOSTPROC_TCX	       "tcx"	       /* programs of BPF at interfaces, beside tc(8) */
#define HOSTPROC_EBTABLES      "ebtables"      /* the older one */
#define HOSTPROC_ILA	       "ila"	 /* identifier locator addressing rewrites addresses */
#define HOSTPROC_MODULES       "modules" /* that are not of the kernel's own source */

int hostproc_switches(struct hostsnap *snap);
int hostproc_ipvs(struct hostsnap *snap);
int hostproc_xtables(struct hostsnap *snap);
int hostproc_kernel(struct hostsnap *snap);

#endif
