/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drift.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"
#include "implied.h"
#include "nftprint.h"

/* Clocks and commits take their time: by so many milliseconds what is in a SET_TIMEOUT set may be
 * off. */
#define DRIFT_SLACK 10000

struct comparison {
	const struct ruleset *expected, *actual;
	drift_difference callback;
	void *data;
	size_t count;
};

__attribute__((format(printf, 2, 3))) static int differ(
	struct comparison *comparison, const char *format, ...)
{
	va_list list;
	char *text;
	int result;

	comparison->count++;
	if (!comparison->callback)
		return 0;
	va_start(list, format);
	result = vasprintf(&text, format, list);
	va_end(list);
	if (result < 0)
		return -ENOMEM;
	result = comparison->callback(text, comparison->data);
	free(text);
	return result < 0 ? result : 0;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_compare(const struct statement *a, const struct statement *b)
{
	unsigned int whole = selector_info(a->selectors[0])->length;
	unsigned int length = a->length ? a->length : whole;

	return length == (b->length ? b->length : whole) && a->negate == b->negate &&
	       memcmp(a->data, b->data, length) == 0 && memcmp(a->mask, b->mask, length) == 0;
}

/* A bit that is set anyway may be kept or not. */
static bool same_mark(const struct statement *a, const struct statement *b)
{
	uint32_t data[2], mask[2];

	memcpy(&data[0], a->data, sizeof(data[0]));
	memcpy(&data[1], b->data, sizeof(data[1]));
	memcpy(&mask[0], a->mask, sizeof(mask[0]));
	memcpy(&mask[1], b->mask, sizeof(mask[1]));
	return data[0] == data[1] && (mask[0] & ~data[0]) == (mask[1] & ~data[1]);
}

/* "blocked-a" and "blocked-b". */
static bool same_generations(const char *a, const char *b)
{
	size_t length = a && b ? strlen(a) : 0;

	return length > 0 && strlen(b) == length && strncmp(a, b, length - 1) == 0 &&
	       (b[length - 1] == 'a' || b[length - 1] == 'b');
}

static bool same_statement(const struct statement *a, const struct statement *b, bool switched)
{
	if (a->kind != b->kind || a->selector_count != b->selector_count)
		return false;
	for (unsigned int i = 0; i < a->selector_count; i++)
		if (a->selectors[i] != b->selectors[i])
			return false;
	switch (a->kind) {
	case STMT_COMPARE:
		return same_compare(a, b);
	case STMT_LOOKUP:
		return a->negate == b->negate && same_text(a->name, b->name);
	case STMT_VMAP:
	case STMT_CT_MARK_MAP:
	case STMT_ADD:
	case STMT_COUNTER:
	case STMT_LIMIT:
		return same_text(a->name, b->name);
	case STMT_SET_MARK:
		return same_mark(a, b);
	case STMT_LOG:
		return a->group == b->group && a->snaplen == b->snaplen &&
		       same_text(a->prefix, b->prefix);
	case STMT_VERDICT:
		return a->verdict == b->verdict &&
		       (same_text(a->name, b->name) ||
			       (switched && same_generations(a->name, b->name)));
	case STMT_OPAQUE:
		return false;
	}
	return false;
}

static bool same_rule(const struct rule *a, const struct rule *b, bool switched)
{
	struct implied known_a = { 0 }, known_b = { 0 };
	size_t i = 0, j = 0;

	if (!switched && !same_text(a->comment, b->comment))
		return false;
	for (;;) {
		i = implied_skip(&known_a, a, i);
		j = implied_skip(&known_b, b, j);
		if (i == a->count || j == b->count)
			return i == a->count && j == b->count;
		if (!same_statement(&a->statements[i], &b->statements[j], switched))
			return false;
		implied_learn(&known_a, &a->statements[i++]);
		implied_learn(&known_b, &b->statements[j++]);
	}
}

bool drift_same_rule(const struct rule *a, const struct rule *b)
{
	return same_rule(a, b, false);
}

bool drift_same_rules(const struct chain *a, const struct chain *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!drift_same_rule(&a->rules[i], &b->rules[i]))
			return false;
	return true;
}

/* A rule as nft writes it; "" for none. The caller frees it. NULL when out of memory. */
static char *rule_text(const struct ruleset *ruleset, const struct rule *rule)
{
	char *text = NULL;
	size_t length = 0;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		return NULL;
	if (rule)
		(void)nftprint_rule(ruleset, rule, out);
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int differ_rule(struct comparison *comparison, const struct chain *expected,
	const struct chain *actual, size_t index)
{
	const struct rule *wanted = index < expected->count ? &expected->rules[index] : NULL;
	const struct rule *found = index < actual->count ? &actual->rules[index] : NULL;
	char *wanted_text = rule_text(comparison->expected, wanted);
	char *found_text = rule_text(comparison->actual, found);
	int error = -ENOMEM;

	if (!wanted_text || !found_text)
		goto out;
	if (!found)
		error = differ(comparison, _("chain %s: rule %zu is missing: %s"), expected->name,
			index + 1, wanted_text);
	else if (!wanted)
		error = differ(comparison, _("chain %s: rule %zu should not be there: %s"),
			expected->name, index + 1, found_text);
	else
		error = differ(comparison,
			_("chain %s: rule %zu differs: it should be: %s; it is: %s"),
			expected->name, index + 1, wanted_text, found_text);
out:
	free(wanted_text);
	free(found_text);
	return error;
}

bool drift_same_hook(const struct chain *a, const struct chain *b)
{
	if (a->hook != b->hook || (a->hook != HOOK_NONE && a->priority != b->priority))
		return false;
	return a->hook != HOOK_EGRESS ||
	       (a->device && b->device && strcmp(a->device, b->device) == 0);
}

static int compare_chain(struct comparison *comparison, const struct chain *expected)
{
	const struct chain *actual = ruleset_find_chain(comparison->actual, expected->name);
	int error = 0;

	if (!actual)
		return differ(comparison, _("chain %s is missing"), expected->name);
	if (!drift_same_hook(expected, actual))
		error = differ(
			comparison, _("chain %s is at another hook or priority"), expected->name);
	else if (expected->hook != HOOK_NONE && expected->policy_drop != actual->policy_drop)
		error = differ(comparison, _("chain %s: its policy is %s"), expected->name,
			actual->policy_drop ? "drop" : "accept");
	for (size_t i = 0; error == 0 && (i < expected->count || i < actual->count); i++)
		if (i >= expected->count || i >= actual->count ||
			!same_rule(&expected->rules[i], &actual->rules[i], expected->switched))
			error = differ_rule(comparison, expected, actual, i);
	return error;
}

bool drift_same_shape(const struct set *a, const struct set *b)
{
	if (a->flags != b->flags || a->value != b->value || a->field_count != b->field_count)
		return false;
	for (unsigned int i = 0; i < a->field_count; i++)
		if (a->fields[i] != b->fields[i])
			return false;
	return true;
}

bool drift_same_value(const struct ruleset *one, const struct ruleset *other, const struct set *set,
	const uint8_t *one_element, const uint8_t *other_element)
{
	const struct verdict_value *a, *b;
	uint32_t i, j;

	if (!(set->flags & SET_MAP))
		return true;
	memcpy(&i, one_element + set->stride - sizeof(i), sizeof(i));
	memcpy(&j, other_element + set->stride - sizeof(j), sizeof(j));
	if (set->value != FIELD_VERDICT)
		return i == j;
	a = &one->verdicts[i];
	b = &other->verdicts[j];
	return a->verdict == b->verdict && same_text(a->chain, b->chain);
}

static const uint8_t *set_element(const struct set *set, size_t index)
{
	return index < set->count ? set->elements + index * set->stride : NULL;
}

static int compare_elements(
	struct comparison *comparison, const struct set *expected, const struct set *actual)
{
	size_t length = expected->key_length * (expected->flags & SET_INTERVAL ? 2u : 1u);
	size_t i = 0, j = 0, missing = 0, foreign = 0, changed = 0;

	while (i < expected->count || j < actual->count) {
		const uint8_t *a = set_element(expected, i), *b = set_element(actual, j);
		int order = !a ? 1 : !b ? -1 : memcmp(a, b, length);

		missing += order < 0;
		foreign += order > 0;
		changed += order == 0 && !drift_same_value(comparison->expected, comparison->actual,
						 expected, a, b);
		i += order <= 0;
		j += order >= 0;
	}
	if (missing + foreign + changed == 0)
		return 0;
	return differ(comparison,
		_("set %s: %zu elements are missing, %zu should not be there, %zu have another "
		  "value"),
		expected->name, missing, foreign, changed);
}

/* Has the element, which may be in its set, other time than it should? It may be in the set only
 * for the time that expected says (0: not any more), if that is known, and never without an end. */
static bool has_other_time(const struct set *expected, size_t i, const struct set *actual, size_t j)
{
	uint64_t found = actual->timeouts ? actual->timeouts[j] : 0;

	if (found == 0)
		return true;
	return expected->timeouts && found > expected->timeouts[i] + DRIFT_SLACK;
}

/* Is the element, which is not in its set, to be there for some time to come? */
static bool is_due(const struct set *expected, size_t i)
{
	return expected->timeouts && expected->timeouts[i] > DRIFT_SLACK;
}

static int compare_timed(
	struct comparison *comparison, const struct set *expected, const struct set *actual)
{
	size_t i = 0, j = 0, missing = 0, foreign = 0, changed = 0;

	while (i < expected->count || j < actual->count) {
		const uint8_t *a = set_element(expected, i), *b = set_element(actual, j);
		int order = !a ? 1 : !b ? -1 : memcmp(a, b, expected->key_length);

		missing += order < 0 && is_due(expected, i);
		foreign += order > 0;
		changed += order == 0 && has_other_time(expected, i, actual, j);
		i += order <= 0;
		j += order >= 0;
	}
	if (missing + foreign + changed == 0)
		return 0;
	return differ(comparison,
		_("set %s: %zu elements are missing, %zu should not be there at any time, %zu stay "
		  "too long"),
		expected->name, missing, foreign, changed);
}

static int compare_set(struct comparison *comparison, const struct set *expected)
{
	const struct set *actual = ruleset_find_set(comparison->actual, expected->name);

	if (!actual)
		return differ(comparison, _("set %s is missing"), expected->name);
	if (!drift_same_shape(expected, actual))
		return differ(comparison, _("set %s has other fields or flags"), expected->name);
	if (expected->flags & SET_DYNAMIC)
		return 0;
	return expected->flags & SET_TIMEOUT ? compare_timed(comparison, expected, actual)
					     : compare_elements(comparison, expected, actual);
}

bool drift_same_limit(const struct limit *a, const struct limit *b)
{
	return a->rate == b->rate && a->per_seconds == b->per_seconds && a->burst == b->burst;
}

static int compare_limit(struct comparison *comparison, const struct limit *expected)
{
	const struct limit *actual = ruleset_find_limit(comparison->actual, expected->name);

	if (!actual)
		return differ(comparison, _("limit %s is missing"), expected->name);
	if (drift_same_limit(expected, actual))
		return 0;
	return differ(comparison,
		_("limit %s differs: it should be %u in %u s, burst %u; it is %u in %u s, burst "
		  "%u"),
		expected->name, expected->rate, expected->per_seconds, expected->burst,
		actual->rate, actual->per_seconds, actual->burst);
}

static int find_foreign(struct comparison *comparison)
{
	const struct ruleset *expected = comparison->expected, *actual = comparison->actual;
	int error = 0;

	for (size_t i = 0; i < actual->chain_count && error == 0; i++)
		if (!ruleset_find_chain(expected, actual->chains[i].name))
			error = differ(comparison, _("chain %s should not be there"),
				actual->chains[i].name);
	for (size_t i = 0; i < actual->set_count && error == 0; i++)
		if (!ruleset_find_set(expected, actual->sets[i].name))
			error = differ(
				comparison, _("set %s should not be there"), actual->sets[i].name);
	for (size_t i = 0; i < actual->limit_count && error == 0; i++)
		if (!ruleset_find_limit(expected, actual->limits[i].name))
			error = differ(comparison, _("limit %s should not be there"),
				actual->limits[i].name);
	for (size_t i = 0; i < actual->unknown_count && error == 0; i++)
		error = differ(comparison, _("not known to this version: %s"), actual->unknown[i]);
	return error;
}

static int compare_owner(struct comparison *comparison)
{
	const struct ruleset *expected = comparison->expected, *actual = comparison->actual;

	if (actual->owner && actual->owner != expected->owner)
		return differ(comparison, _("another program has made the table its own"));
	if (expected->owner && !actual->owner)
		return differ(comparison, _("the table is not protected: it has no owner"));
	if (expected->persist && !actual->persist)
		return differ(
			comparison, _("the table would go with its owner: it has no flag persist"));
	return 0;
}

int drift_compare(const struct ruleset *expected, const struct ruleset *actual,
	drift_difference callback, void *data, size_t *ret_count)
{
	struct comparison comparison = {
		.expected = expected, .actual = actual, .callback = callback, .data = data
	};
	size_t index;
	int error = compare_owner(&comparison);

	for (size_t i = 0; i < expected->chain_count && error == 0; i++)
		error = compare_chain(&comparison, &expected->chains[i]);
	for (size_t i = 0; i < expected->set_count && error == 0; i++)
		error = compare_set(&comparison, &expected->sets[i]);
	for (size_t i = 0; i < expected->counter_count && error == 0; i++)
		if (!strmap_find(&actual->counter_names, expected->counters[i], &index))
			error = differ(
				&comparison, _("counter %s is missing"), expected->counters[i]);
	for (size_t i = 0; i < expected->limit_count && error == 0; i++)
		error = compare_limit(&comparison, &expected->limits[i]);
	if (error == 0)
		error = find_foreign(&comparison);
	*ret_count = comparison.count;
	return error;
}
