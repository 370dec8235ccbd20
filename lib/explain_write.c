/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A draft as text: what is put into the configuration to be tried, and what is shown of it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "explain_draft.h"
#include "i18n.h"

#define STAND_IN_MAC                                                                               \
	"02:00:00:00:00:01" /* as explain has it of a host of which nothing is known               \
			     */
#define TEXT_MAX 1024

/* Text as it is tried, and as it is shown. */
struct pair {
	char tried[TEXT_MAX], shown[TEXT_MAX];
};

static void append(char text[TEXT_MAX], const char *more)
{
	size_t length = strlen(text);

	snprintf(text + length, TEXT_MAX - length, "%s", more);
}

/* key = "value"; */
static void add_member(struct pair *pair, const char *key, const char *tried, const char *shown)
{
	char text[TEXT_MAX];

	snprintf(text, sizeof(text), " %s = \"%s\";", key, tried);
	append(pair->tried, text);
	snprintf(text, sizeof(text), " %s = \"%s\";", key, shown);
	append(pair->shown, text);
}

static void add_both(struct pair *pair, const char *text)
{
	append(pair->tried, text);
	append(pair->shown, text);
}

static void add_needed(
	struct explain_change *change, enum explain_fact fact, const struct addr *addr)
{
	struct explain_needed *needed = &change->needed[change->needed_count];

	if (change->needed_count == EXPLAIN_EDITS_MAX)
		return;
	change->needed_count++;
	needed->fact = fact;
	needed->address[0] = '\0';
	if (addr != NULL)
		addr_format(addr->family, addr->bytes, needed->address);
}

static int take_edit(struct explain_change *change, const char *list, unsigned int line,
	bool member, const char *text)
{
	struct explain_edit *edit = &change->edits[change->edit_count];

	if (change->edit_count == EXPLAIN_EDITS_MAX)
		return -EINVAL;
	*edit = (struct explain_edit){ list, line, member, strdup(text) };
	if (edit->text == NULL)
		return -ENOMEM;
	change->edit_count++;
	return 0;
}

/* One more element of a list, "gateway.input" for one of a group. */
static int write_element(struct conf_draft *text, struct explain_change *change, const char *list,
	const struct pair *pair)
{
	const char *dot = strchr(list, '.');
	char element[TEXT_MAX], group[32];
	unsigned int line;
	int error;

	snprintf(group, sizeof(group), "%.*s", dot != NULL ? (int)(dot - list) : 0, list);
	snprintf(element, sizeof(element), "{%.*s }", TEXT_MAX - 4, pair->tried);
	error = conf_draft_add(
		text, dot != NULL ? group : NULL, dot != NULL ? dot + 1 : list, element, &line);
	snprintf(element, sizeof(element), "{%.*s }", TEXT_MAX - 4, pair->shown);
	return error < 0 ? error : take_edit(change, list, line, false, element);
}

/* One more key of a host that is there. */
static int write_member(const struct draft *draft, struct conf_draft *text,
	struct explain_change *change, const struct policy_host *host, const char *key,
	const char *tried, const char *shown)
{
	size_t index = (size_t)(host - draft->explain->policy->hosts);
	char value[TEXT_MAX];
	unsigned int line;
	int error;

	snprintf(value, sizeof(value), "\"%s\"", tried);
	error = conf_draft_set(text, "hosts", index, key, value, &line);
	snprintf(value, sizeof(value), "%s = \"%s\";", key, shown);
	return error < 0 ? error : take_edit(change, "hosts", line, true, value);
}

/* The MAC that is tried and shown: that which the packet came with, if it is said. */
static void mac_texts(const struct draft *draft, int end, char tried[MAC_TEXT_MAX], char shown[64])
{
	bool said = end == DRAFT_FROM && draft->explain->mac_said;

	snprintf(tried, MAC_TEXT_MAX, "%s", STAND_IN_MAC);
	if (said)
		mac_format(draft->explain->packet.mac, tried);
	snprintf(shown, 64, "%s", said ? tried : _("<MAC address>"));
}

static void need_host(const struct draft_end *end, struct explain_change *change)
{
	if (end->wants_mac)
		add_needed(change, end->next_hop ? FACT_ROUTER_MAC : FACT_MAC, &end->addr);
	if (end->wants_role != HOST_ORDINARY)
		add_needed(change, end->wants_role == HOST_VDI ? FACT_VDI : FACT_SANITIZER,
			&end->addr);
}

static int write_host(const struct draft *draft, int index, struct conf_draft *text,
	struct explain_change *change)
{
	const struct draft_end *end = &draft->ends[index];
	const char *key = end->next_hop ? "next_hop_mac" : "mac";
	char tried[MAC_TEXT_MAX], shown[64], address[ADDR_TEXT_MAX];
	struct pair pair = { "", "" };
	int error = 0;

	if (end->gateway || !draft_wants_host(end))
		return 0;
	need_host(end, change);
	mac_texts(draft, index, tried, shown);
	if (end->host != NULL) {
		if (end->wants_mac)
			error = write_member(draft, text, change, end->host, key, tried, shown);
		if (error == 0 && end->wants_role != HOST_ORDINARY)
			error = write_member(draft, text, change, end->host, "role",
				host_role_name(end->wants_role), host_role_name(end->wants_role));
		return error;
	}
	addr_format(end->addr.family, end->addr.bytes, address);
	add_member(&pair, "name", end->name, end->name);
	add_member(&pair, "address", address, address);
	if (end->wants_mac)
		add_member(&pair, key, tried, shown);
	if (end->wants_role != HOST_ORDINARY)
		add_member(&pair, "role", host_role_name(end->wants_role),
			host_role_name(end->wants_role));
	return write_element(text, change, "hosts", &pair);
}

static int write_service(
	const struct draft *draft, struct conf_draft *text, struct explain_change *change)
{
	char value[64], name[POLICY_NAME_MAX + 1], member[80];
	struct pair pair = { "", "" };

	if (draft->service != NULL)
		return 0;
	draft_service_value(&draft->explain->service, value, sizeof(value), name, sizeof(name));
	add_member(&pair, "name", draft->service_name, draft->service_name);
	snprintf(member, sizeof(member), " %s;", value);
	add_both(&pair, member);
	return write_element(text, change, "services", &pair);
}

static int write_breakout(
	const struct draft *draft, struct conf_draft *text, struct explain_change *change)
{
	char address[ADDR_TEXT_MAX];
	struct pair pair = { "", "" };

	if (!draft->breakout)
		return 0;
	addr_format(draft->ends[DRAFT_TO].addr.family, draft->ends[DRAFT_TO].addr.bytes, address);
	add_needed(change, FACT_BREAKOUT, &draft->ends[DRAFT_TO].addr);
	add_member(&pair, "name", draft->breakout_name, draft->breakout_name);
	add_member(&pair, "networks", address, address);
	return write_element(text, change, "local_breakout", &pair);
}

static void put_specified(
	const struct draft *draft, struct pair *pair, struct explain_change *change)
{
	const struct policy *policy = draft->explain->policy;
	size_t zone = draft_other_zone(draft);
	char today[CALENDAR_TEXT_MAX], text[128];
	const struct draft_end *peer = &draft->ends[DRAFT_TO];

	if (draft->specified == DRAFT_NOT_SPECIFIED)
		return;
	if (policy->zones[policy->segments[policy_segment_of(policy, &peer->addr)].zone].kind ==
		ZONE_MYNUMBER)
		peer = &draft->ends[DRAFT_FROM];
	if (draft->specified == DRAFT_PUBLIC_BODY) {
		add_needed(change, FACT_PUBLIC_BODY, &peer->addr);
		snprintf(text, sizeof(text), " specified = { public_body = true; via = \"%s\"; };",
			zone < policy->zone_count ? policy->zones[zone].name : "");
		add_both(pair, text);
		return;
	}
	add_needed(change, FACT_ATTESTED, &peer->addr);
	calendar_format(&draft->today, today);
	add_both(pair, " specified = {");
	add_member(pair, "attested_by", "?", _("<who attests it>"));
	add_member(pair, "attested_on", today, _("<YYYY-MM-DD>"));
	add_both(pair, " };");
}

static void put_sanitize(
	const struct draft *draft, struct pair *pair, struct explain_change *change)
{
	static const enum explain_fact facts[] = {
		[SANITIZE_NONE] = FACT_COUNT,
		[SANITIZE_MAIL_TEXT] = FACT_MAIL_TEXT,
		[SANITIZE_SCREEN_TRANSFER] = FACT_SCREEN,
		[SANITIZE_FILE] = FACT_FILES,
	};
	const char *name = sanitize_name(draft->sanitize);

	if (draft->sanitize == SANITIZE_NONE)
		return;
	add_needed(change, facts[draft->sanitize], NULL);
	add_member(pair, "sanitize", name, name);
}

static int write_path(
	const struct draft *draft, struct conf_draft *text, struct explain_change *change)
{
	static const char *const lists[] = {
		[PATH_FORWARD] = "paths",
		[PATH_INPUT] = "gateway.input",
		[PATH_OUTPUT] = "gateway.output",
	};
	char address[ADDR_TEXT_MAX];
	struct pair pair = { "", "" };
	const char *end;

	add_member(&pair, "name", draft->name, draft->name);
	if (draft->direction != PATH_OUTPUT) {
		end = draft_end_text(&draft->ends[DRAFT_FROM], address);
		add_member(&pair, "from", end, end);
	}
	if (draft->direction != PATH_INPUT) {
		end = draft->breakout ? draft->breakout_name
				      : draft_end_text(&draft->ends[DRAFT_TO], address);
		add_member(&pair, "to", end, end);
	}
	add_member(&pair, "service", draft->service_name, draft->service_name);
	add_needed(change, FACT_REASON, NULL);
	add_member(&pair, "reason", "?", _("<why it is needed>"));
	put_sanitize(draft, &pair, change);
	put_specified(draft, &pair, change);
	if (draft->breakout)
		add_both(&pair, " local_breakout = true;");
	return write_element(text, change, lists[draft->direction], &pair);
}

static int write_replaced(
	const struct draft *draft, struct conf_draft *text, struct explain_change *change)
{
	const struct draft_end *end = &draft->ends[DRAFT_FROM];
	char tried[MAC_TEXT_MAX], shown[64];

	if (end->host == NULL)
		return -ENOENT;
	mac_texts(draft, DRAFT_FROM, tried, shown);
	add_needed(change, FACT_REPLACED, &end->addr);
	return write_member(draft, text, change, end->host,
		end->host->next_hop_mac ? "next_hop_mac" : "mac", tried, shown);
}

int draft_write(const struct draft *draft, struct conf_draft *text, struct explain_change *change)
{
	int error;

	if (draft->replace_mac)
		return write_replaced(draft, text, change);
	error = write_path(draft, text, change);
	if (error == 0)
		error = write_service(draft, text, change);
	if (error == 0)
		error = write_breakout(draft, text, change);
	for (int i = 0; error == 0 && i < 2; i++)
		error = write_host(draft, i, text, change);
	return error;
}
