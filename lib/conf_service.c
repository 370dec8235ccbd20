/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Services: protocols, ports, ICMP types. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "conf_node.h"
#include "conf_protocol.h"
#include "i18n.h"
#include "suggest.h"

#define VALUES_MAX 1024 /* of one key */
#define TEXT_MAX   64	/* bytes of one value */

/* Decimal digits up to max. */
static bool parse_number(const char *text, unsigned int max, unsigned int *ret_number)
{
	char *end;
	unsigned long number;

	if (text[0] < '0' || text[0] > '9' || strlen(text) > 9)
		return false;
	number = strtoul(text, &end, 10);
	if (*end != '\0' || number > max)
		return false;
	*ret_number = (unsigned int)number;
	return true;
}

/* A value as text: a string, or a number written without quotes. */
static bool value_text(struct conf *conf, const config_setting_t *setting, char text[TEXT_MAX])
{
	const char *string;

	if (config_setting_type(setting) == CONFIG_TYPE_INT ||
		config_setting_type(setting) == CONFIG_TYPE_INT64) {
		snprintf(text, TEXT_MAX, "%lld", config_setting_get_int64(setting));
		return true;
	}
	string = conf_string(conf, setting);
	if (string == NULL)
		return false;
	snprintf(text, TEXT_MAX, "%s", string);
	return true;
}

static int add_entry(struct policy_service *service, const struct policy_service_entry *entry)
{
	struct policy_service_entry *entries;

	entries =
		reallocarray(service->entries, service->entry_count + 1, sizeof(*service->entries));
	if (entries == NULL)
		return -ENOMEM;
	service->entries = entries;
	entries[service->entry_count++] = *entry;
	return 0;
}

/* ---- ports ---- */

/* Why a port or range is none. */
static void refuse_ports(struct conf *conf, const config_setting_t *setting, const char *text)
{
	unsigned int first, last;
	char begin[TEXT_MAX];
	const char *dash = strchr(text, '-');

	if (dash != NULL && dash != text) {
		snprintf(begin, sizeof(begin), "%.*s", (int)(dash - text), text);
		if (parse_number(begin, UINT16_MAX, &first) &&
			parse_number(dash + 1, UINT16_MAX, &last) && first > last) {
			conf_error(conf, setting,
				conf_fix(conf, _("the range is \"%u-%u\""), last, first),
				_("%s: the range \"%s\" ends before it begins"), conf->subject,
				text);
			return;
		}
	}
	conf_error(conf, setting,
		strchr(text, ',') != NULL
			? _("a list of ports is [ \"80\", \"443\" ]")
			: _("ports are 1 to 65535, \"1024-2047\" is a range, \"any\" all of them"),
		_("%s: \"%s\" is not a port"), conf->subject, text);
}

static int read_port(struct conf *conf, const config_setting_t *setting,
	struct policy_service *service, uint8_t protocol)
{
	struct policy_service_entry entry = { .protocol = protocol };
	char text[TEXT_MAX];

	if (!value_text(conf, setting, text))
		return 0;
	if (strcmp(text, "any") == 0) {
		entry.whole = true;
	} else if (port_range_parse(text, &entry.ports) < 0) {
		refuse_ports(conf, setting, text);
		return 0;
	} else if (entry.ports.first == 0) {
		conf_error(conf, setting, _("ports are 1 to 65535"), _("%s: port 0 is reserved"),
			conf->subject);
		return 0;
	}
	return add_entry(service, &entry);
}

/* One reader a protocol, since a table of keys holds functions. */
#define PORT_READER(protocol_word, number)                                                         \
	static int read_##protocol_word##_port(                                                    \
		struct conf *conf, const config_setting_t *setting, void *object)                  \
	{                                                                                          \
		return read_port(conf, setting, object, (number));                                 \
	}                                                                                          \
	static int read_##protocol_word(                                                           \
		struct conf *conf, const config_setting_t *setting, void *object)                  \
	{                                                                                          \
		return conf_values(                                                                \
			conf, setting, VALUES_MAX, read_##protocol_word##_port, object);           \
	}

PORT_READER(tcp, IPPROTO_TCP)
PORT_READER(udp, IPPROTO_UDP)
PORT_READER(sctp, IPPROTO_SCTP)
PORT_READER(dccp, IPPROTO_DCCP)
PORT_READER(udplite, IPPROTO_UDPLITE)

/* ---- ICMP ---- */

static void refuse_icmp(struct conf *conf, const config_setting_t *setting,
	const struct conf_protocol *types, const char *text)
{
	struct suggest suggest = { .word = text };
	const char *fix;

	for (; types->name != NULL; types++)
		suggest_consider(&suggest, types->name);
	fix = conf_did_you_mean(conf, &suggest);
	if (fix == NULL)
		fix = _("a name like \"echo-request\", a type \"8\", a type and code \"3/4\", or "
			"\"any\"");
	conf_error(conf, setting, fix, _("%s: \"%s\" is not an ICMP type"), conf->subject, text);
}

/* "echo-request", "8", "3/4": a range of type << 8 | code. */
static bool parse_icmp(
	const struct conf_protocol *types, const char *text, struct port_range *ret_range)
{
	const struct conf_protocol *named = conf_protocol_named(types, text);
	const char *slash = strchr(text, '/');
	unsigned int type, code = 0;
	char begin[TEXT_MAX];

	snprintf(begin, sizeof(begin), "%.*s",
		slash != NULL ? (int)(slash - text) : (int)strlen(text), text);
	if (named != NULL)
		type = named->number;
	else if (!parse_number(begin, UINT8_MAX, &type))
		return false;
	if (slash != NULL && !parse_number(slash + 1, UINT8_MAX, &code))
		return false;
	ret_range->first = (uint16_t)(type << 8 | code);
	ret_range->last = slash != NULL ? ret_range->first : (uint16_t)(type << 8 | UINT8_MAX);
	return true;
}

static int read_icmp_type(struct conf *conf, const config_setting_t *setting,
	struct policy_service *service, uint8_t protocol)
{
	const struct conf_protocol *types =
		protocol == IPPROTO_ICMP ? conf_icmp_types : conf_icmpv6_types;
	struct policy_service_entry entry = { .protocol = protocol };
	char text[TEXT_MAX];

	if (!value_text(conf, setting, text))
		return 0;
	entry.whole = strcmp(text, "any") == 0;
	if (!entry.whole && !parse_icmp(types, text, &entry.ports)) {
		refuse_icmp(conf, setting, types, text);
		return 0;
	}
	return add_entry(service, &entry);
}

static int read_icmpv4_value(struct conf *conf, const config_setting_t *setting, void *object)
{
	return read_icmp_type(conf, setting, object, IPPROTO_ICMP);
}

static int read_icmpv6_value(struct conf *conf, const config_setting_t *setting, void *object)
{
	return read_icmp_type(conf, setting, object, IPPROTO_ICMPV6);
}

static int read_icmp(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_values(conf, setting, VALUES_MAX, read_icmpv4_value, object);
}

static int read_icmpv6(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_values(conf, setting, VALUES_MAX, read_icmpv6_value, object);
}

/* ---- other protocols ---- */

static void refuse_protocol(struct conf *conf, const config_setting_t *setting, const char *text)
{
	struct suggest suggest = { .word = text };
	const char *fix;

	for (const struct conf_protocol *known = conf_protocols; known->name != NULL; known++)
		suggest_consider(&suggest, known->name);
	fix = conf_did_you_mean(conf, &suggest);
	if (fix == NULL)
		fix = _("a number 1 to 254, or one of igmp, ipip, ipv6, gre, esp, ah, eigrp, ospf, "
			"pim, vrrp, l2tp");
	conf_error(conf, setting, fix, _("%s: \"%s\" is not an IP protocol"), conf->subject, text);
}

/* The number of a protocol without a key of its own; false after an error. */
static bool parse_protocol(
	struct conf *conf, const config_setting_t *setting, const char *text, uint8_t *ret_protocol)
{
	const struct conf_protocol *found = conf_protocol_named(conf_protocols, text);
	unsigned int number = found != NULL ? found->number : 0;
	const struct conf_protocol *own = conf_protocol_named(conf_protocol_keys, text);

	if (found == NULL && own == NULL && !parse_number(text, UINT8_MAX - 1, &number)) {
		refuse_protocol(conf, setting, text);
		return false;
	}
	if (own == NULL && found == NULL)
		own = conf_protocol_numbered(conf_protocol_keys, number);
	if (own != NULL) {
		conf_error(conf, setting, conf_fix(conf, _("write: %s = \"any\";"), own->name),
			_("%s: protocol %s has a key of its own"), conf->subject, own->name);
		return false;
	}
	if (conf_protocol_numbered(conf_extension_headers, number) != NULL) {
		conf_error(conf, setting, NULL,
			_("%s: %u is an IPv6 extension header (%s), not a protocol"), conf->subject,
			number, conf_protocol_numbered(conf_extension_headers, number)->name);
		return false;
	}
	*ret_protocol = (uint8_t)number;
	return true;
}

static int read_protocol_value(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_service_entry entry = { .whole = true };
	char text[TEXT_MAX];

	if (!value_text(conf, setting, text) ||
		!parse_protocol(conf, setting, text, &entry.protocol))
		return 0;
	return add_entry(object, &entry);
}

static int read_protocol(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_values(conf, setting, VALUES_MAX, read_protocol_value, object);
}

/* ---- services ---- */

static int read_name(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_service *service = object;
	size_t other;
	int error = conf_name(conf, setting, CHARSET_NAME, &service->name);

	if (error < 0 || service->name == NULL)
		return error;
	error = strmap_add(&conf->services, service->name, conf->policy->service_count - 1);
	if (error != -EEXIST)
		return error;
	strmap_find(&conf->services, service->name, &other);
	conf_error(conf, setting, NULL, _("%s: the name stands already on line %u"), conf->subject,
		conf->policy->services[other].loc.line);
	return 0;
}

static int read_label(struct conf *conf, const config_setting_t *setting, void *object)
{
	struct policy_service *service = object;

	return conf_label(conf, setting, true, &service->label);
}

static const struct conf_key service_keys[] = {
	{ "name", true, read_name },
	{ "label", false, read_label },
	{ "tcp", false, read_tcp },
	{ "udp", false, read_udp },
	{ "sctp", false, read_sctp },
	{ "dccp", false, read_dccp },
	{ "udplite", false, read_udplite },
	{ "icmp", false, read_icmp },
	{ "icmpv6", false, read_icmpv6 },
	{ "protocol", false, read_protocol },
	{ 0 },
};

/* Does the group say anything at all of a protocol? Entries may be missing because of errors. */
static bool has_protocol(const config_setting_t *setting)
{
	if (!config_setting_is_group(setting) ||
		config_setting_get_member(setting, "protocol") != NULL)
		return true;
	for (const struct conf_protocol *key = conf_protocol_keys; key->name != NULL; key++)
		if (config_setting_get_member(setting, key->name) != NULL)
			return true;
	return false;
}

/* One more service, and its place in conf->broken_services. NULL: out of memory. */
static struct policy_service *new_service(struct conf *conf)
{
	struct policy *policy = conf->policy;
	struct policy_service *services = array_reserve(
		policy->services, sizeof(*services), policy->service_count, &conf->service_room);
	bool *broken;

	if (services == NULL)
		return NULL;
	policy->services = services;
	broken = array_reserve(
		conf->broken_services, sizeof(*broken), policy->service_count, &conf->broken_room);
	if (broken == NULL)
		return NULL;
	conf->broken_services = broken;
	broken[policy->service_count] = false;
	return &services[policy->service_count++];
}

static int read_service(struct conf *conf, const config_setting_t *setting, void *object)
{
	const struct policy *policy = conf->policy;
	struct policy_service *service = new_service(conf);
	size_t errors = diag_list_count(conf->diags, DIAG_ERROR);
	int error;

	(void)object;
	if (service == NULL)
		return -ENOMEM;
	*service = (struct policy_service){ .loc = conf_group_loc(conf, setting) };
	conf_set_subject(conf, N_("service"), setting, policy->service_count);
	error = conf_group(conf, setting, service_keys, service);
	if (error < 0)
		return error;
	if (!has_protocol(setting))
		conf_error(conf, setting, _("add for example: tcp = \"443\";"),
			_("%s: no protocol is given"), conf->subject);
	conf->broken_services[policy->service_count - 1] = conf_failed_since(conf, errors);
	if (conf_default_text(&service->name) < 0 || conf_default_text(&service->label) < 0)
		return -ENOMEM;
	return 0;
}

int conf_read_services(struct conf *conf, const config_setting_t *setting, void *object)
{
	return conf_list(conf, setting, true, read_service, object);
}
