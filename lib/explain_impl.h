/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of explain share. */
#ifndef HEDATE_EXPLAIN_IMPL_H
#define HEDATE_EXPLAIN_IMPL_H

#include "diag.h"
#include "explain.h"

/* explain_question.c: read the question into from, to, service, packet.mac; in and out know whether
 * they are the gateway. 0, or -EINVAL with the reason in diags. */
int explain_understand(struct explain *explain, struct diag_list *diags);
/* Can it come and go so at all? 0, or -EINVAL with the reason in diags. */
int explain_check_places(const struct explain *explain, struct diag_list *diags);

#endif
