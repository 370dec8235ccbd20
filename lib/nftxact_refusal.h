/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the kernel refused, for people: what is missing, where it was asked for, what to do. */
#ifndef HEDATE_NFTXACT_REFUSAL_H
#define HEDATE_NFTXACT_REFUSAL_H

#include "diag.h"
#include "nftgen.h"

/* Without a batch: the kernel could not even be read. Returns error, as nftxact_apply() would. */
int refusal_of_reading(int error, struct diag_list *diags);

/* The table is the own one of another socket, which has this netlink port. Returns -EPERM. */
int refusal_of_owner(uint32_t port, struct diag_list *diags);

/* The batch could not even be written. Returns error. */
int refusal_of_writing(
	const struct nftgen *batch, int error, const char *file, struct diag_list *diags);

/* A batch failed with error (negative) and these findings of the kernel. Returns the error that
 * nftxact_apply() reports. */
int refusal_of_batch(const struct nftgen *batch, int error, const struct nlsock_error *errors,
	size_t count, const char *file, struct diag_list *diags);

#endif
