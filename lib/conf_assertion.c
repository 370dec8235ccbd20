/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What must pass and what must be blocked: assertions = ( { name; must; from; to; ... } ). */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "conf_node.h"
#include "i18n.h"

#define GATEWAY "gateway"

/* An assertion being read. */
struct reader {
	struct policy_assertion *assertion;
	bool broken; /* what a service of it stands for is not known */
};

static int read_name(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_assertion *assertion = ((struct reader *)object)->assertion;
	int error = conf_name(conf, setting, CHARSET_NAME, &assertion->name);
	size_t other;

	if (error < 0 || assertion->name == NULL)
		return error;
	error = strmap_add(&conf->assertions, assertion->name, conf->policy->assertion_count - 1);
	if (error != -EEXIST)
		return error;
	strmap_find(&conf->assertions, assertion->name, &other);
	conf_error(conf, setting, NULL, _("%s: the name stands already on line %u"), conf->subject,
		conf->policy->assertions[other].loc.line);
	return 0;
}

static int read_must(struct conf *conf, const config_setting_t *setting, void *object)
{
	static const char *const names[] = { "block", "pass" };
	struct policy_assertion *assertion = ((struct reader *)object)->assertion;
	size_t index;

	if (conf_choice(conf, setting, names, 2, &index))
		assertion->must_pass = index == 1;
	return 0;
}

/* Is it the name of a host? A name of something else holds many addresses. */
static bool names_host(struct conf *conf, const config_setting_t *setting, const char *text)
{
	size_t value;

	if (!strmap_find(&conf->names, text, &value) || NAMED_KIND(value) == NAMED_HOST)
		return true;
	conf_error(conf, setting, _("name a host, or write the address of one"),
		_("%s: \"%s\" stands for many addresses; an assertion is about one host"),
		conf->subject, text);
	return false;
}

static bool is_one_address(struct conf *conf, const config_setting_t *setting, const char *text)
{
	struct addr_prefix prefix;

	if (!endpoint_is_literal(text) || addr_prefix_parse(text, &prefix) < 0 ||
		prefix.length == 8 * addr_length(prefix.addr.family))
		return true;
	conf_error(conf, setting, _("write one address of it"),
		_("%s: \"%s\" is a network; an assertion is about one host"), conf->subject, text);
	return false;
}

static int read_end(struct conf *conf, const config_setting_t *setting, struct policy_end *end)
{
	const char *text = conf_string(conf, setting);

	if (text == NULL)
		return 0;
	if (strcmp(text, GATEWAY) == 0) {
		end->text = strdup(text);
		return end->text == NULL ? -ENOMEM : 0;
	}
	if (!names_host(conf, setting, text) || !is_one_address(conf, setting, text))
		return 0;
	return conf_end(conf, setting, end);
}

static int read_from(struct conf *conf, const config_setting_t *setting, void *object)
{
	return read_end(conf, setting, &((struct reader *)object)->assertion->from);
}

static int read_to(struct conf *conf, const config_setting_t *setting, void *object)
{
	return read_end(conf, setting, &((struct reader *)object)->assertion->to);
}

static int read_services(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct reader *reader = object;

	return conf_read_service_names(conf, setting, &reader->assertion->services,
		&reader->assertion->service_count, &reader->broken);
}

static int read_mac(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_assertion *assertion = ((struct reader *)object)->assertion;

	assertion->has_mac = conf_mac(conf, setting, assertion->mac);
	return 0;
}

static const struct conf_key assertion_keys[] = {
	{ "name", true, read_name },
	{ "must", true, read_must },
	{ "from", true, read_from },
	{ "to", true, read_to },
	{ "service", true, read_services },
	{ "mac", false, read_mac },
	{ 0 },
};

/* ---- does it say something that can be tried? ---- */

static bool has_family(const struct policy_end *end, enum addr_family family)
{
	for (size_t i = 0; i < end->part_count; i++)
		if (end->parts[i].addresses[family].count > 0)
			return true;
	/* The gateway is reached at addresses of the family that the other end has. */
	return end->part_count == 0;
}

static bool entry_applies(
	const struct policy_service_entry *entry, const bool families[ADDR_FAMILIES])
{
	if (entry->protocol == IPPROTO_ICMP)
		return families[ADDR_IPV4];
	if (entry->protocol == IPPROTO_ICMPV6)
		return families[ADDR_IPV6];
	return true;
}

static bool service_applies(const struct policy *policy, const struct policy_assertion *assertion,
	const bool families[ADDR_FAMILIES])
{
	for (size_t i = 0; i < assertion->service_count; i++) {
		const struct policy_service *service = &policy->services[assertion->services[i]];

		for (size_t j = 0; j < service->entry_count; j++)
			if (entry_applies(&service->entries[j], families))
				return true;
	}
	return false;
}

static void check_families(struct conf *conf, const struct policy_assertion *assertion)
{
	bool families[ADDR_FAMILIES], any = false;

	for (int i = 0; i < ADDR_FAMILIES; i++) {
		families[i] = has_family(&assertion->from, (enum addr_family)i) &&
			      has_family(&assertion->to, (enum addr_family)i);
		any |= families[i];
	}
	if (!any)
		diag_add(conf->diags, DIAG_ERROR, assertion->loc,
			_("give both ends an address of the same family"),
			_("%s: one end has only IPv4 addresses, the other only IPv6 addresses"),
			conf->subject);
	else if (!service_applies(conf->policy, assertion, families))
		diag_add(conf->diags, DIAG_ERROR, assertion->loc,
			_("icmp is of IPv4, icmpv6 of IPv6"),
			_("%s: the ends have no addresses of the family that the service is of"),
			conf->subject);
}

static void check_ends(struct conf *conf, const struct policy_assertion *assertion)
{
	const struct policy_end *from = &assertion->from, *to = &assertion->to;

	if (assertion->has_mac && from->part_count == 0)
		diag_add(conf->diags, DIAG_ERROR, assertion->loc,
			_("mac is that of the host in from; remove it"),
			_("%s: what the gateway sends has its own MAC address"), conf->subject);
	if (from->part_count == 0 && to->part_count == 0)
		diag_add(conf->diags, DIAG_ERROR, assertion->loc, NULL,
			_("%s: both ends are the gateway itself"), conf->subject);
	else if (from->part_count > 0 && to->part_count > 0 &&
		 from->parts[0].segment == to->parts[0].segment)
		diag_add(conf->diags, DIAG_ERROR, assertion->loc, NULL,
			_("%s: both ends are in segment \"%s\": what they send to each other does "
			  "not pass the gateway"),
			conf->subject, conf->policy->segments[from->parts[0].segment].full_name);
	else
		check_families(conf, assertion);
}

/* An end whose networks have errors is not known, and is not the gateway. */
static bool is_known(const struct policy_end *end)
{
	return end->part_count > 0 || (end->text != NULL && strcmp(end->text, GATEWAY) == 0);
}

/* ---- the list ---- */

static int read_assertion(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy *policy = conf->policy;
	struct policy_assertion *assertions = array_reserve(policy->assertions, sizeof(*assertions),
		policy->assertion_count, &conf->assertion_room);
	size_t errors = diag_list_count(conf->diags, DIAG_ERROR);
	struct reader reader = { 0 };
	int error;

	(void)object;
	if (assertions == NULL)
		return -ENOMEM;
	policy->assertions = assertions;
	reader.assertion = &assertions[policy->assertion_count++];
	*reader.assertion = (struct policy_assertion){ .loc = conf_group_loc(conf, setting) };
	conf_set_subject(conf, N_("assertion"), setting, policy->assertion_count);
	error = conf_group(conf, setting, assertion_keys, &reader);
	if (error < 0)
		return error;
	if (!conf_failed_since(conf, errors) && !reader.broken &&
		is_known(&reader.assertion->from) && is_known(&reader.assertion->to))
		check_ends(conf, reader.assertion);
	if (conf_default_text(&reader.assertion->name) < 0 ||
		conf_default_text(&reader.assertion->from.text) < 0 ||
		conf_default_text(&reader.assertion->to.text) < 0)
		return -ENOMEM;
	return 0;
}

int conf_read_assertions(struct conf *conf, const config_setting_t *setting, void *object)
{
	int count = config_setting_is_list(setting) ? config_setting_length(setting) : 0;

	if (count > POLICY_ASSERTIONS_MAX) {
		diag_add(conf->diags, DIAG_ERROR,
			conf_value_loc(
				conf, config_setting_get_elem(setting, POLICY_ASSERTIONS_MAX)),
			NULL, _("more than %d assertions"), POLICY_ASSERTIONS_MAX);
		return 0;
	}
	return conf_list(conf, setting, true, read_assertion, object);
}
