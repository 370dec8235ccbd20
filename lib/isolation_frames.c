/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is sent to a device in quarantine: a table of family netdev, where frames leave, for only
 * there is it known which device is next. It sees what is forwarded, what this host sends itself,
 * and what crosses a bridge of this host; of the latter also what the device sends.
 *
 *	chain egress-<interface>	to any of them, by a set	jump isolated-to
 *					of any of them			jump isolated-from
 *	chain isolated-to	to it	counter name "isolation-<number>" drop
 *	chain isolated-from	from it	...
 *
 * The kernel calls such a chain for one interface: there is one for each that has Ethernet's
 * addresses.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "isolation.h"
#include "rulemake.h"

#define PRIORITY 0
#define SET_NAME "isolated-devices"

static const struct {
	const char *chain;
	enum selector selector;
} ends[] = {
	{ "isolated-to", SEL_ETHER_DADDR },
	{ "isolated-from", SEL_ETHER_SADDR },
};
#define ENDS (sizeof(ends) / sizeof(ends[0]))

static bool is_device(const struct isolation_entry *entry)
{
	return isolation_in_force(entry) && entry->target.kind == ISOLATION_DEVICE;
}

/* Those of one end, into the chain begun last. */
static void add_entries(struct maker *make, const struct isolation *isolation, size_t end)
{
	char name[ISOLATION_COUNTER_MAX];

	for (size_t i = 0; i < isolation->count; i++) {
		const struct isolation_entry *entry = &isolation->entries[i];

		if (!is_device(entry))
			continue;
		isolation_counter_name(entry, name);
		make_rule(make, 0);
		make_device(make, ends[end].selector, entry->target.mac);
		make_counter(make, name);
		make_verdict(make, VERDICT_DROP, NULL);
	}
}

static void add_gate(struct maker *make, const struct isolation *isolation, size_t end)
{
	const struct selectors selectors = { { ends[end].selector }, 1 };

	(void)isolation;
	make_rule(make, 0);
	make_keyed(make, STMT_LOOKUP, &selectors, SET_NAME);
	make_verdict(make, VERDICT_JUMP, ends[end].chain);
}

static void add_set(struct maker *make, const struct isolation *isolation)
{
	const enum field_type field = FIELD_ETHER_ADDR;
	struct set *set = make_set(make, SET_NAME, 0, &field, 1, FIELD_INVALID);

	for (size_t i = 0; set && i < isolation->count; i++) {
		uint8_t key[RULESET_KEY_MAX];
		unsigned int offset = 0;

		if (!is_device(&isolation->entries[i]))
			continue;
		key_put(key, &offset, field, isolation->entries[i].target.mac);
		make_element(make, set, key, NULL, 0, 0);
	}
}

static void add_chain(struct maker *make, const char *interface)
{
	char name[sizeof(ISOLATION_FRAMES_CHAIN) + POLICY_IFNAME_MAX];

	snprintf(name, sizeof(name), ISOLATION_FRAMES_CHAIN "%s", interface);
	make_base_chain(make, name, HOOK_EGRESS, PRIORITY);
	if (make->error < 0)
		return;
	struct chain *chain = &make->ruleset->chains[make->chain];

	chain->policy_drop = false;
	chain->device = strdup(interface);
	if (!chain->device)
		make->error = -ENOMEM;
}

/* What stands in the chain of an interface about one end. */
typedef void (*put_rules)(struct maker *make, const struct isolation *isolation, size_t end);

static void add_chains(struct maker *make, const struct isolation *isolation,
	const char *const *interfaces, size_t count, put_rules put)
{
	for (size_t i = 0; i < count; i++) {
		add_chain(make, interfaces[i]);
		for (size_t end = 0; end < ENDS; end++)
			put(make, isolation, end);
	}
}

static void begin(struct maker *make, const struct isolation *isolation)
{
	char name[ISOLATION_COUNTER_MAX];

	make->error = ruleset_new(ISOLATION_TABLE, &make->ruleset);
	for (size_t i = 0; i < isolation->count && make->error == 0; i++) {
		if (!is_device(&isolation->entries[i]))
			continue;
		isolation_counter_name(&isolation->entries[i], name);
		make_counter_object(make, name);
	}
}

static int finish(struct maker *make, struct ruleset **ret_ruleset)
{
	if (make->error < 0)
		ruleset_free(make->ruleset);
	else
		*ret_ruleset = make->ruleset;
	return make->error;
}

int isolation_frame_rules(const struct isolation *isolation, const char *const *interfaces,
	size_t count, struct ruleset **ret_ruleset)
{
	struct maker make = { 0 };

	begin(&make, isolation);
	if (make.error == 0)
		add_set(&make, isolation);
	for (size_t end = 0; end < ENDS && make.error == 0; end++) {
		make_chain(&make, ends[end].chain);
		add_entries(&make, isolation, end);
	}
	if (make.error == 0)
		add_chains(&make, isolation, interfaces, count, add_gate);
	return finish(&make, ret_ruleset);
}

int isolation_frame_rules_beside(const struct isolation *isolation, const char *const *interfaces,
	size_t count, struct ruleset **ret_ruleset)
{
	struct maker make = { 0 };

	begin(&make, isolation);
	if (make.error == 0)
		add_chains(&make, isolation, interfaces, count, add_entries);
	return finish(&make, ret_ruleset);
}
