/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the parts of foreign.h share. */
#ifndef HEDATE_FOREIGN_IMPL_H
#define HEDATE_FOREIGN_IMPL_H

#include "attr.h"
#include "foreign.h"

#define FOREIGN_BIT(risk) (UINT32_C(1) << (risk))

/* Note something that is not known. */
void foreign_opaque(struct foreign_table *table, const char *what);

/* What the expressions of a rule, a list, can do; their names go into the digest. */
void foreign_judge(struct foreign_table *table, const struct nlattr *expressions);
/* What a stateful object of this type can do (NFT_OBJECT_*). */
void foreign_judge_object(struct foreign_table *table, uint32_t type);

uint64_t foreign_digest(uint64_t digest, const void *bytes, size_t length);

#endif
