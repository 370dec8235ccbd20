/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Programs of BPF that are attached, as far as bpf(2) tells it and rtnetlink does not. */
#ifndef HEDATE_HOSTBPF_H
#define HEDATE_HOSTBPF_H

#include "hostsnap.h"

/* The part HOSTSNAP_BPF. 0; -EPERM: it takes CAP_SYS_ADMIN, and without it nothing is asked (a
 * filter of system calls may end who asks); other negative errno. */
int hostbpf_read(struct hostsnap *snap);

#endif
