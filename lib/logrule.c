/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "logrule.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>

#include "compile.h"

/* What is decided on arrival, before it is known where a packet goes, names its segment. */
static bool of_segment(enum reason reason)
{
	return reason == REASON_SPOOF || reason == REASON_DEVICE || reason == REASON_FRAGMENT;
}

int logrule_chain(const struct logrule_flow *flow, char chain[RULESET_NAME_MAX + 1])
{
	char prefix[DENIAL_PREFIX_MAX];
	enum reason reason;
	const char *from;
	int length;

	if (!flow->reason || reason_parse(flow->reason, &reason) < 0)
		return -EINVAL;
	from = of_segment(reason) ? flow->segment_source : flow->zone_source;
	if (!from || !flow->zone_destination)
		return -EINVAL;
	length = snprintf(chain, RULESET_NAME_MAX + 1, "%s%s-%s", denial_prefix(reason, prefix),
		from, flow->zone_destination);
	return length > RULESET_NAME_MAX ? -EINVAL : 0;
}
