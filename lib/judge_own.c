/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What hedate insists on by itself, as clauses of its own: what holds for a site without a profile,
 * and where a profile says nothing. One check in each. The first is never set aside (judge.h).
 */
#include <stdint.h>

#include "i18n.h"
#include "judge.h"

#define TEXT(literal) ((char *)(uintptr_t)(literal)) /* never written to, never freed */

#define RULE(rule_number, rule_title, rule_text, ...)                                              \
	{                                                                                          \
		.number = TEXT(rule_number), .title = TEXT(rule_title), .text = TEXT(rule_text),   \
		.document = TEXT(""),                                                              \
		.checks = &(struct profile_check){ .asks = TEXT(""),                               \
			.from = ZONE_MANAGEMENT,                                                   \
			.to = ZONE_MANAGEMENT,                                                     \
			__VA_ARGS__ },                                                             \
		.check_count = 1                                                                   \
	}

static struct profile_clause clauses[] = {
	RULE("hedate-1", N_("residents' data and the Internet"),
		N_("Zones of kind mynumber and internet are cut off from each other."),
		.kind = CHECK_ISOLATION, .severity = CLAUSE_REFUSE, .internet_only = true),
	RULE("hedate-2", N_("hosts across the boundary"),
		N_("A path across the boundary of residents' data leads from one host to one "
		   "host."),
		.kind = CHECK_SPECIFIED_HOSTS, .severity = CLAUSE_REFUSE),
	RULE("hedate-3", N_("services across the boundary"),
		N_("A path across the boundary of residents' data is limited to ports."),
		.kind = CHECK_SPECIFIED_SERVICE, .severity = CLAUSE_REFUSE, .portless = true),
	RULE("hedate-4", N_("devices across the boundary"),
		N_("A host that opens connections across the boundary of residents' data is bound "
		   "to its MAC."),
		.kind = CHECK_SPECIFIED_DEVICE, .severity = CLAUSE_REFUSE, .source_only = true),
	RULE("hedate-5", N_("devices that sanitize"),
		N_("A path that names a method of sanitizing leads to or from a device that is "
		   "declared for it."),
		.kind = CHECK_SANITIZER, .severity = CLAUSE_REFUSE),
	RULE("hedate-6", N_("local breakout"),
		N_("Clouds are reached directly under a model that allows it."),
		.kind = CHECK_LOCAL_BREAKOUT, .severity = CLAUSE_REFUSE, .allowed = false),
	RULE("hedate-7", N_("zones for people from outside, and for things"),
		N_("A zone with role public or iot opens no connection to zones of kind lgwan or "
		   "mynumber."),
		.kind = CHECK_ROLES, .severity = CLAUSE_WARN,
		.roles = 1u << ZONE_PUBLIC | 1u << ZONE_IOT),
};

static const struct profile own = {
	.name = TEXT("hedate"),
	.label = TEXT("hedate"),
	.document = TEXT(N_("hedate's own rules")),
	.dated = TEXT(""),
	.file = TEXT(""),
	.clauses = clauses,
	.clause_count = sizeof(clauses) / sizeof(clauses[0]),
};

const struct profile *judge_own(void)
{
	return &own;
}
