/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nf_tables' messages hold (nltree.h). */
#ifndef HEDATE_NFTSCHEMA_H
#define HEDATE_NFTSCHEMA_H

#include "nltree.h"

enum nftschema_message {
	NFTSCHEMA_TABLE,
	NFTSCHEMA_CHAIN,
	NFTSCHEMA_RULE,
	NFTSCHEMA_SET,
	NFTSCHEMA_ELEMENTS,
	NFTSCHEMA_OBJECT,
	NFTSCHEMA_FLOWTABLE,
	NFTSCHEMA_COUNT,
};

/* Its attributes, behind the netfilter header. */
const struct nltree_schema *nftschema(enum nftschema_message message);

#endif
