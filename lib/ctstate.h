/* SPDX-License-Identifier: GPL-2.0-or-later */
/* States of connections as nftables has them in "ct state": NF_CT_STATE_BIT() and its kin of
 * linux/netfilter/nf_conntrack_common.h, as one type of number. */
#ifndef HEDATE_CTSTATE_H
#define HEDATE_CTSTATE_H

#define CT_INVALID     0x01u
#define CT_ESTABLISHED 0x02u
#define CT_RELATED     0x04u
#define CT_NEW	       0x08u
#define CT_UNTRACKED   0x40u
#define CT_ALL	       (CT_INVALID | CT_ESTABLISHED | CT_RELATED | CT_NEW | CT_UNTRACKED)

#endif
