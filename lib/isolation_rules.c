/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of what is isolated, behind all that accepts: what table "hedate" lets pass comes by
 * here, packets of open connections too. Each entry counts by itself, so entries may overlap.
 *
 *	chain input	from it		counter name "isolation-<number>" drop
 *	chain forward	from it, to it	...
 *	chain output	to it		...
 *
 * Of a packet that leaves, the kernel does not know yet which device it will reach: a device is cut
 * off by what comes from it, which every connection needs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "isolation.h"
#include "rulemake.h"

#define PRIORITY 10 /* table "hedate" is at 0 */

/* Which end of a packet a rule is about. */
enum end {
	END_FROM = 1 << 0,
	END_TO = 1 << 1,
};

static const struct {
	const char *name;
	enum hook hook;
	unsigned int ends; /* enum end */
} chains[] = {
	{ "input", HOOK_INPUT, END_FROM },
	{ "forward", HOOK_FORWARD, END_FROM | END_TO },
	{ "output", HOOK_OUTPUT, END_TO },
};
#define CHAINS (sizeof(chains) / sizeof(chains[0]))

static void counter_name(const struct isolation_entry *entry, char name[RULESET_NAME_MAX + 1])
{
	snprintf(name, RULESET_NAME_MAX + 1, ISOLATION_COUNTER "%" PRIu64, entry->isolated.number);
}

static void test_address(struct maker *make, const struct addr_prefix *prefix, enum end end)
{
	static const enum selector selectors[ADDR_FAMILIES][2] = {
		[ADDR_IPV4] = { SEL_IP_SADDR, SEL_IP_DADDR },
		[ADDR_IPV6] = { SEL_IP6_SADDR, SEL_IP6_DADDR },
	};
	enum addr_family family = prefix->addr.family;

	make_family(make, family);
	make_prefix(
		make, selectors[family][end == END_TO], family, prefix->addr.bytes, prefix->length);
}

static void test_end(struct maker *make, const struct isolation_target *target, enum end end)
{
	switch (target->kind) {
	case ISOLATION_INTERFACE:
		make_interface(
			make, end == END_FROM ? SEL_META_IIFNAME : SEL_META_OIFNAME, target->text);
		break;
	case ISOLATION_ADDRESS:
		test_address(make, &target->prefix, end);
		break;
	case ISOLATION_DEVICE:
		make_device(make, target->mac);
		break;
	case ISOLATION_KINDS:
		break;
	}
}

static void add_rule(struct maker *make, const struct isolation_entry *entry, enum end end)
{
	char name[RULESET_NAME_MAX + 1];

	if (entry->target.kind == ISOLATION_DEVICE && end == END_TO)
		return;
	counter_name(entry, name);
	make_rule(make, 0);
	test_end(make, &entry->target, end);
	make_counter(make, name);
	make_verdict(make, VERDICT_DROP, NULL);
}

static void add_chain(struct maker *make, const struct isolation *isolation, size_t index)
{
	make_base_chain(make, chains[index].name, chains[index].hook, PRIORITY);
	if (make->error == 0)
		make->ruleset->chains[make->chain].policy_drop = false;
	for (size_t i = 0; i < isolation->count; i++) {
		const struct isolation_entry *entry = &isolation->entries[i];

		if (!isolation_in_force(entry))
			continue;
		if (chains[index].ends & END_FROM)
			add_rule(make, entry, END_FROM);
		if (chains[index].ends & END_TO)
			add_rule(make, entry, END_TO);
	}
}

int isolation_rules(const struct isolation *isolation, struct ruleset **ret_ruleset)
{
	struct maker make = { 0 };
	char name[RULESET_NAME_MAX + 1];
	int error = ruleset_new(ISOLATION_TABLE, &make.ruleset);

	if (error < 0)
		return error;
	for (size_t i = 0; i < isolation->count; i++) {
		if (!isolation_in_force(&isolation->entries[i]))
			continue;
		counter_name(&isolation->entries[i], name);
		make_counter_object(&make, name);
	}
	for (size_t i = 0; i < CHAINS; i++)
		add_chain(&make, isolation, i);
	if (make.error < 0) {
		ruleset_free(make.ruleset);
		return make.error;
	}
	*ret_ruleset = make.ruleset;
	return 0;
}
