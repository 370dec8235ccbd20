/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must hold of the rule set, and who is told of what happens. */
#include <stddef.h>

#include "change_impl.h"

/* ---- assertions ---- */

static size_t count_assertions(const struct policy *policy)
{
	return policy->assertion_count;
}

static const void *assertion_at(const struct policy *policy, size_t index)
{
	return &policy->assertions[index];
}

static void name_assertion(struct change_text *text, const struct change_side *side)
{
	const struct policy_assertion *assertion = side->object;

	change_put_text(text, assertion->name);
}

static void put_must(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_assertion *assertion = side->object;

	(void)offset;
	change_put_text(text, assertion->must_pass ? "pass" : "block");
}

/* As written, and the addresses. */
static void put_end(struct change_text *text, const struct change_side *side, size_t offset)
{
	const char *object = side->object;
	const struct policy_end *end = (const struct policy_end *)(const void *)(object + offset);

	if (end->part_count == 0) {
		change_put_text(text, "gateway");
		return;
	}
	for (size_t i = 0; i < end->part_count; i++)
		change_put_sets(text, end->parts[i].addresses);
	if (end->text)
		change_put(text, " (%s)", end->text);
}

static void put_mac(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_assertion *assertion = side->object;
	char mac[MAC_TEXT_MAX];

	(void)offset;
	if (!assertion->has_mac)
		return;
	mac_format(assertion->mac, mac);
	change_put_text(text, mac);
}

static void put_services(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_assertion *assertion = side->object;

	(void)offset;
	for (size_t i = 0; i < assertion->service_count; i++) {
		change_put_comma(text);
		change_put_entries(text, &side->policy->services[assertion->services[i]]);
	}
}

/* A claim that is another one is not made any more. */
#define OTHER_CLAIM NULL, CHANGE_WEAKENS, CHANGE_WEAKENS, 0, 0

static const struct change_key assertion_keys[] = {
	{ "must", put_must, 0, OTHER_CLAIM },
	{ "from", put_end, offsetof(struct policy_assertion, from), OTHER_CLAIM },
	{ "to", put_end, offsetof(struct policy_assertion, to), OTHER_CLAIM },
	{ "mac", put_mac, 0, OTHER_CLAIM },
	{ "service", put_services, 0, OTHER_CLAIM },
	{ 0 },
};

/* ---- alerts ---- */

static size_t count_alerts(const struct policy *policy)
{
	return policy->alert_count;
}

static const void *alert_at(const struct policy *policy, size_t index)
{
	return &policy->alerts[index];
}

static void name_alert(struct change_text *text, const struct change_side *side)
{
	const struct policy_alert *alert = side->object;

	change_put_text(text, alert->name);
}

static void put_command(struct change_text *text, const struct change_side *side, size_t offset)
{
	const struct policy_alert *alert = side->object;

	(void)offset;
	for (size_t i = 0; i < alert->command_count; i++)
		change_put(text, "%s\"%s\"", i > 0 ? " " : "", alert->command[i]);
}

#define ALERT(member) offsetof(struct policy_alert, member)

static const struct change_key alert_keys[] = {
	{ "action", change_put_string, ALERT(action), OTHER_CLAIM },
	{ "reason", change_put_string, ALERT(reason), OTHER_CLAIM },
	{ "from", change_put_string, ALERT(from), OTHER_CLAIM },
	{ "to", change_put_string, ALERT(to), OTHER_CLAIM },
	{ "count", change_put_number, ALERT(count), change_relate_number, CHANGE_WEAKENS, 0, 0, 0 },
	{ "packets", change_put_number, ALERT(packets), change_relate_number, CHANGE_WEAKENS, 0, 0,
		0 },
	{ "seconds", change_put_number, ALERT(seconds), change_relate_number, 0, CHANGE_WEAKENS, 0,
		0 },
	{ "every", change_put_number, ALERT(every), change_relate_number, CHANGE_WEAKENS, 0, 0, 0 },
	{ "command", put_command, 0, OTHER_CLAIM },
	{ 0 },
};

const struct change_kind change_claims[] = {
	{ CHANGE_ASSERTION, count_assertions, assertion_at, name_assertion, assertion_keys, 0,
		CHANGE_WEAKENS },
	{ CHANGE_ALERT, count_alerts, alert_at, name_alert, alert_keys, 0, CHANGE_WEAKENS },
	{ 0 },
};
