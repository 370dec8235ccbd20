/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The tables of this program beside its own (TABLE_NAME, compile.h; ISOLATION_TABLE, isolation.h).
 */
#ifndef HEDATE_TABLENAMES_H
#define HEDATE_TABLENAMES_H

#define CLOSED_TABLE "hedate-guard" /* nftclosed.h */
#define LOCK_TABLE   "hedate-lock"  /* nftlock.h */

#endif
