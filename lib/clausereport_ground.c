/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the answer of each check rests on. */
#include "clausereport_impl.h"
#include "i18n.h"

#define CONFIGURATION (1u << EVIDENCE_CONFIGURATION)
#define KERNEL	      (1u << EVIDENCE_KERNEL)
#define LOG	      (1u << EVIDENCE_LOG)
#define LEDGER	      (1u << EVIDENCE_LEDGER)
#define REGISTER      (1u << EVIDENCE_REGISTER)
#define HISTORY	      (1u << EVIDENCE_HISTORY)

#define BOTH (CONFIGURATION | KERNEL)

static const struct clause_ground judged[CHECK_KINDS] = {
	[CHECK_ISOLATION] = { BOTH, false, NULL,
		N_("what crosses the boundary of residents' data was declared for it, and the "
		   "kernel lets nothing else pass") },
	[CHECK_SPECIFIED_HOSTS] = { BOTH, false, NULL,
		N_("every path across the boundary leads from one host to one host") },
	[CHECK_SPECIFIED_SERVICE] = { BOTH, false, NULL,
		N_("every path across the boundary is limited to ports") },
	[CHECK_SPECIFIED_DEVICE] = { BOTH, false, NULL,
		N_("every path across the boundary is bound to MAC addresses, as far as they can "
		   "be seen") },
	[CHECK_SPECIFIED_PEER] = { BOTH, true, N_("no specified communication is declared"),
		N_("each peer is stated not to reach the Internet, or to be a public body's system "
		   "behind LGWAN") },
	[CHECK_SANITIZE] = { BOTH, false, NULL,
		N_("what leads data between LGWAN and the Internet's side names its method; "
		   "whether "
		   "contents were sanitized is for the device that does it") },
	[CHECK_SANITIZER] = { BOTH, true, N_("no path names a method of sanitizing"),
		N_("each path with a method leads to or from a device that was stated to do it") },
	[CHECK_SCREEN_TRANSFER] = { BOTH, false, N_("no path transfers a screen"),
		N_("every screen is opened from the permitted side") },
	[CHECK_EGRESS] = { BOTH, false, NULL,
		N_("no path leads to the Internet past the security cloud") },
	[CHECK_LOCAL_BREAKOUT] = { BOTH, false, NULL,
		N_("no path leads straight to a cloud but as the clause allows") },
	[CHECK_ROLES] = { BOTH, false, NULL,
		N_("no zone of such a role opens connections to the inner zones") },
	[CHECK_EXTERNAL] = { CONFIGURATION, true, N_("no segment connects an outside network"),
		N_("the configuration states of each outside network what the clause asks for") },
	[CHECK_LINE] = { CONFIGURATION, true,
		N_("no segment of such a zone leads to a remote network"),
		N_("the configuration states by which line each remote network is reached") },
	[CHECK_EXTERNAL_AUDIT] = { CONFIGURATION, true, NULL,
		N_("the configuration states the days of confirmation and audit, and none is "
		   "due") },
	[CHECK_MODEL] = { CONFIGURATION, false, N_("the site names no model"),
		N_("the site's model is one that the clause names") },
	[CHECK_DEVICE_BINDING] = { BOTH, false, N_("no host of such a zone is declared"),
		N_("every host of such a zone is bound to its MAC") },
	[CHECK_LOG] = { LOG | LEDGER, false, NULL,
		N_("every blocked packet is in a record or counted as lost, and the records are "
		   "what was sealed") },
};

static const struct clause_ground enforced[MECHANISMS] = {
	[MECHANISM_DEFAULT_DENY] = { BOTH, false, NULL,
		N_("proved over all packets: what no path names does not pass") },
	[MECHANISM_INTERFACES] = { BOTH, false, NULL,
		N_("proved over all packets: by an interface of no zone nothing is forwarded") },
	[MECHANISM_SOURCE_CHECK] = { BOTH, false, NULL,
		N_("proved over all packets: no source passes but by its own interface") },
	[MECHANISM_ROUTE_CHECK] = { BOTH, false, NULL,
		N_("proved over all packets: none leaves by an interface of another segment") },
	[MECHANISM_GATEWAY] = { BOTH, false, NULL,
		N_("proved over all packets: to and from the gateway passes what was declared") },
	[MECHANISM_READ_BACK] = { BOTH, false, NULL,
		N_("the kernel's rules were read, and are those of the configuration") },
	[MECHANISM_ATOMIC] = { KERNEL | HISTORY, false, NULL,
		N_("the kernel has the rules of one change as a whole, and the history names it") },
	[MECHANISM_CUT] = { BOTH, false, NULL,
		N_("no connection is in the kernel that no path permits any more") },
	[MECHANISM_FILE_CHECK] = { CONFIGURATION | HISTORY, false, NULL,
		N_("the configuration in force is the one that the history names") },
	[MECHANISM_ROLES] = { HISTORY | LOG, false, NULL,
		N_("who changed something, and who approved it, is on record") },
	[MECHANISM_LIMITS] = { BOTH, false, NULL,
		N_("the limits of the configuration are in the kernel's rules") },
	[MECHANISM_EXCEPTIONS] = { REGISTER | KERNEL, false, NULL,
		N_("every exception is in the register with both persons, and none outlasts its "
		   "end") },
	[MECHANISM_ASSERTIONS] = { BOTH, false, NULL,
		N_("what must pass and what must not is in the configuration, and was tried") },
};

const struct clause_ground *clause_ground_of(const struct profile_check *check)
{
	const struct clause_ground *ground =
		check->kind == CHECK_ENFORCED ? &enforced[check->mechanism] : &judged[check->kind];

	return ground->evidence != 0 ? ground : NULL;
}
