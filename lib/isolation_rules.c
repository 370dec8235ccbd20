/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of what is isolated, behind all that accepts: what table "hedate" lets pass comes by
 * here, packets of open connections too. Each entry counts by itself, so entries may overlap.
 *
 *	chain input	from any of them, by a set of each kind		jump isolated-from
 *	chain forward	from any of them, to any of them		jump ...
 *	chain output	to any of them					jump isolated-to
 *	chain isolated-from	from it	counter name "isolation-<number>" drop
 *	chain isolated-to	to it	...
 *
 * So a packet that no entry is about costs a lookup for each kind and end, however many entries
 * there are; only what is dropped goes by them one after the other.
 *
 * Of a packet that leaves, the kernel does not know yet here which device it will reach: what is
 * sent to a device is dropped where it leaves (isolation_frames.c).
 */
#include "isolation.h"
#include "rulemake.h"

#define PRIORITY 10 /* table "hedate" is at 0 */

/* Which end of a packet a rule is about. */
enum end {
	END_FROM,
	END_TO,
	ENDS,
};

/* The rules of the entries themselves. */
static const char *const entry_chains[ENDS] = { "isolated-from", "isolated-to" };

static const struct {
	const char *name;
	enum hook hook;
	bool ends[ENDS];
} chains[] = {
	{ "input", HOOK_INPUT, { [END_FROM] = true } },
	{ "forward", HOOK_FORWARD, { [END_FROM] = true, [END_TO] = true } },
	{ "output", HOOK_OUTPUT, { [END_TO] = true } },
};
#define CHAINS (sizeof(chains) / sizeof(chains[0]))

/* The sets of all that is isolated; NO_SELECTOR for an end that cannot be told. */
#define NO_SELECTOR SEL_COUNT
static const struct gate {
	const char *set;
	enum isolation_kind kind;
	enum addr_family family; /* of ADDRESS */
	enum field_type field;
	enum selector selectors[ENDS];
} gates[] = {
	{ "isolated-interfaces", ISOLATION_INTERFACE, ADDR_IPV4, FIELD_IFNAME,
		{ SEL_META_IIFNAME, SEL_META_OIFNAME } },
	{ "isolated-ipv4", ISOLATION_ADDRESS, ADDR_IPV4, FIELD_IPV4_ADDR,
		{ SEL_IP_SADDR, SEL_IP_DADDR } },
	{ "isolated-ipv6", ISOLATION_ADDRESS, ADDR_IPV6, FIELD_IPV6_ADDR,
		{ SEL_IP6_SADDR, SEL_IP6_DADDR } },
	{ "isolated-devices", ISOLATION_DEVICE, ADDR_IPV4, FIELD_ETHER_ADDR,
		{ SEL_ETHER_SADDR, NO_SELECTOR } },
};
#define GATES (sizeof(gates) / sizeof(gates[0]))

static bool is_behind(const struct gate *gate, const struct isolation_entry *entry)
{
	return isolation_in_force(entry) && entry->target.kind == gate->kind &&
	       (gate->kind != ISOLATION_ADDRESS ||
		       entry->target.prefix.addr.family == gate->family);
}

static const struct gate *gate_of(const struct isolation_entry *entry)
{
	for (size_t i = 0; i < GATES; i++)
		if (is_behind(&gates[i], entry))
			return &gates[i];
	return NULL;
}

/* The entries ------------------------------------------------------------------------------------
 */

static void test_end(struct maker *make, const struct isolation_target *target,
	const struct gate *gate, enum end end)
{
	const struct addr_prefix *prefix = &target->prefix;

	switch (target->kind) {
	case ISOLATION_INTERFACE:
		make_interface(make, gate->selectors[end], target->text);
		break;
	case ISOLATION_ADDRESS:
		make_family(make, gate->family);
		make_prefix(make, gate->selectors[end], gate->family, prefix->addr.bytes,
			prefix->length);
		break;
	case ISOLATION_DEVICE:
		make_device(make, gate->selectors[end], target->mac);
		break;
	case ISOLATION_KINDS:
		break;
	}
}

static void add_entries(struct maker *make, const struct isolation *isolation, enum end end)
{
	char name[ISOLATION_COUNTER_MAX];

	for (size_t i = 0; i < isolation->count; i++) {
		const struct isolation_entry *entry = &isolation->entries[i];
		const struct gate *gate = gate_of(entry);

		if (!gate || gate->selectors[end] == NO_SELECTOR)
			continue;
		isolation_counter_name(entry, name);
		make_rule(make, 0);
		test_end(make, &entry->target, gate, end);
		make_counter(make, name);
		make_verdict(make, VERDICT_DROP, NULL);
	}
}

/* The sets ---------------------------------------------------------------------------------------
 */

/* Entries that overlap are one range of the set. */
static void put_ranges(struct maker *make, const struct gate *gate,
	const struct isolation *isolation, struct set *set)
{
	struct addrset all;
	int error = 0;

	addrset_init(&all, gate->family);
	for (size_t i = 0; i < isolation->count && error == 0; i++) {
		const struct isolation_entry *entry = &isolation->entries[i];
		struct addr_range range = addr_prefix_range(&entry->target.prefix);

		if (is_behind(gate, entry))
			error = addrset_add(&all, &range);
	}
	if (error < 0 && make->error == 0)
		make->error = error;
	for (size_t i = 0; i < all.count; i++)
		make_element(make, set, all.ranges[i].first, all.ranges[i].last, 0, 0);
	addrset_clear(&all);
}

static void put_names(struct maker *make, const struct gate *gate,
	const struct isolation *isolation, struct set *set)
{
	for (size_t i = 0; i < isolation->count; i++) {
		const struct isolation_target *target = &isolation->entries[i].target;
		uint8_t key[RULESET_KEY_MAX];
		unsigned int offset = 0;

		if (!is_behind(gate, &isolation->entries[i]))
			continue;
		if (gate->kind == ISOLATION_INTERFACE)
			key_put_ifname(key, &offset, target->text);
		else
			key_put(key, &offset, gate->field, target->mac);
		make_element(make, set, key, NULL, 0, 0);
	}
}

static bool is_used(const struct gate *gate, const struct isolation *isolation)
{
	for (size_t i = 0; i < isolation->count; i++)
		if (is_behind(gate, &isolation->entries[i]))
			return true;
	return false;
}

static void add_set(struct maker *make, const struct gate *gate, const struct isolation *isolation)
{
	bool ranges = gate->kind == ISOLATION_ADDRESS;
	struct set *set = make_set(
		make, gate->set, ranges ? SET_INTERVAL : 0, &gate->field, 1, FIELD_INVALID);

	if (set && ranges)
		put_ranges(make, gate, isolation, set);
	else if (set)
		put_names(make, gate, isolation, set);
}

static void add_gate(struct maker *make, const struct gate *gate, enum end end)
{
	const struct selectors selectors = { { gate->selectors[end] }, 1 };

	if (gate->selectors[end] == NO_SELECTOR)
		return;
	make_rule(make, 0);
	if (gate->kind == ISOLATION_ADDRESS)
		make_family(make, gate->family);
	make_keyed(make, STMT_LOOKUP, &selectors, gate->set);
	make_verdict(make, VERDICT_JUMP, entry_chains[end]);
}

static void add_gates(struct maker *make, const struct isolation *isolation, enum end end)
{
	for (size_t i = 0; i < GATES; i++)
		if (is_used(&gates[i], isolation))
			add_gate(make, &gates[i], end);
}

/* The table --------------------------------------------------------------------------------------
 */

/* What stands in the base chains about one end. */
typedef void (*put_rules)(struct maker *make, const struct isolation *isolation, enum end end);

static void add_chain(
	struct maker *make, const struct isolation *isolation, size_t index, put_rules put)
{
	make_base_chain(make, chains[index].name, chains[index].hook, PRIORITY);
	if (make->error == 0)
		make->ruleset->chains[make->chain].policy_drop = false;
	for (enum end end = 0; end < ENDS; end++)
		if (chains[index].ends[end])
			put(make, isolation, end);
}

static int finish(struct maker *make, struct ruleset **ret_ruleset)
{
	if (make->error < 0) {
		ruleset_free(make->ruleset);
		return make->error;
	}
	*ret_ruleset = make->ruleset;
	return 0;
}

static int begin(struct maker *make, const struct isolation *isolation)
{
	char name[ISOLATION_COUNTER_MAX];
	int error = ruleset_new(ISOLATION_TABLE, &make->ruleset);

	for (size_t i = 0; i < isolation->count && error == 0; i++) {
		if (!isolation_in_force(&isolation->entries[i]))
			continue;
		isolation_counter_name(&isolation->entries[i], name);
		make_counter_object(make, name);
	}
	return error;
}

int isolation_rules(const struct isolation *isolation, struct ruleset **ret_ruleset)
{
	struct maker make = { 0 };
	int error = begin(&make, isolation);

	if (error < 0)
		return error;
	for (size_t i = 0; i < GATES; i++)
		if (is_used(&gates[i], isolation))
			add_set(&make, &gates[i], isolation);
	for (enum end end = 0; end < ENDS; end++) {
		make_chain(&make, entry_chains[end]);
		add_entries(&make, isolation, end);
	}
	for (size_t i = 0; i < CHAINS; i++)
		add_chain(&make, isolation, i, add_gates);
	return finish(&make, ret_ruleset);
}

int isolation_rules_beside(const struct isolation *isolation, struct ruleset **ret_ruleset)
{
	struct maker make = { 0 };
	int error = begin(&make, isolation);

	if (error < 0)
		return error;
	for (size_t i = 0; i < CHAINS; i++)
		add_chain(&make, isolation, i, add_entries);
	return finish(&make, ret_ruleset);
}
