/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reasonview.h"

#include "../lib/compile.h"
#include "../lib/i18n.h"

const char *reasonview_text(const char *reason)
{
	static const char *const texts[REASON_COUNT] = {
		[REASON_NO_PATH] = N_("no path permits it"),
		[REASON_SPOOF] = N_("its source does not belong to the segment it came from"),
		[REASON_DEVICE] = N_("its source is bound to another MAC address"),
		[REASON_INTERFACE] = N_("it came by an interface that is in no zone"),
		[REASON_ROUTE] = N_("its destination is not of the segment it would leave by"),
		[REASON_INVALID] = N_("it belongs to no connection"),
		[REASON_FRAGMENT] = N_("it is a fragment"),
		[REASON_EXTENSION] = N_("it has an IPv6 extension header"),
		[REASON_INPUT] = N_("it was for the gateway itself, and is not declared"),
		[REASON_OUTPUT] = N_("it came from the gateway itself, and is not declared"),
		[REASON_REVOKED] = N_("the path of its connection was withdrawn"),
		[REASON_LIMIT] = N_("a path permits it, but its zone opens too many connections"),
		[REASON_OBSERVED] = N_("no path permits it, and it PASSED: its pair is observed"),
		[REASON_EXPIRED] = N_("its path is closed at this time"),
		[REASON_ISLAND] = N_("nothing was forwarded at that time"),
	};
	enum reason number;

	if (reason_parse(reason, &number) < 0 || !texts[number])
		return "";
	return _(texts[number]);
}
