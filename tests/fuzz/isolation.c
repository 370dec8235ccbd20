/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Any text as the list of what is isolated: what is read can be written, and is read again as the
 * same; and makes a rule set. */
#include <string.h>

#include "../../lib/isolation.h"

#include "demand.h"

static void check(const struct isolation *isolation, const char *text, size_t length)
{
	size_t again_length;
	char *again;

	demand(isolation_format(isolation, &again, &again_length) == 0, "what was read is written");
	demand(again_length == length && memcmp(again, text, length) == 0,
		"what was read whole is written as it stood");
	free(again);
}

static void check_rules(const struct isolation *isolation)
{
	struct ruleset *ruleset;

	demand(isolation_rules(isolation, &ruleset) == 0, "what was read makes rules");
	demand(ruleset->counter_count == isolation_count(isolation), "each entry counts");
	ruleset_free(ruleset);
}

static void check_target(const char *text, size_t length)
{
	char name[64] = "";
	struct isolation_target target, again;

	memcpy(name, text, length < sizeof(name) ? length : sizeof(name) - 1);
	if (isolation_target_parse(name, &target) != 0)
		return;
	demand(isolation_target_parse(target.text, &again) == 0, "one form of a target is one");
	demand(strcmp(target.text, again.text) == 0 && target.kind == again.kind,
		"the form of a target is its own");
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t length)
{
	struct isolation isolation;
	unsigned int line;
	int r = isolation_parse((const char *)bytes, length, &isolation, &line);

	demand(r == 0 || line > 0, "a broken line has a number");
	demand(isolation_count(&isolation) <= isolation.count,
		"no more are in force than there are");
	if (r == 0)
		check(&isolation, (const char *)bytes, length);
	check_rules(&isolation);
	check_target((const char *)bytes, length);
	isolation_clear(&isolation);
	return 0;
}
