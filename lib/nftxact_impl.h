/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Steps that transactions on the table share. Internal to nftxact. */
#ifndef HEDATE_NFTXACT_IMPL_H
#define HEDATE_NFTXACT_IMPL_H

#include "diag.h"
#include "nftgen.h"

#define NFTXACT_ERRORS_MAX 8

/* Send a batch that is complete but for its end. ret_errors has room for NFTXACT_ERRORS_MAX. 0;
 * -ERESTART: the generation has moved on; other negative errno. */
int nftxact_commit(struct nlsock *socket, struct nftgen *batch, struct nlsock_error *ret_errors,
	size_t *ret_count);

/* Send one change alone, of whatever generation: build() puts it into the batch, from the rule set
 * that it is given. 0, or negative errno. */
int nftxact_send(struct nlsock *socket, const struct ruleset *ruleset,
	int (*build)(struct nftgen *batch, const struct ruleset *ruleset));

/* Can a table be this socket's own, and (persist) outlive it? As nftxact_can_own(). */
int nftxact_probe(struct nlsock *socket, bool persist, bool *ret_can);

/* Packets go on being counted where they are: in the generation that in_place (NULL: none) counts
 * in. 0, or -ENOMEM. */
int nftxact_keep_generation(const struct ruleset *in_place, struct ruleset *ruleset);

/* Read back and compare. 0: ruleset is in the kernel, and says in which generation it was seen
 * there; -EILSEQ: it is not, or could not be read. diags (NULL: nobody) is told how. */
int nftxact_verify(struct nlsock *socket, struct ruleset *ruleset, struct diag_list *diags);

#endif
