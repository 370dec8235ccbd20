/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Facts and answers. */
#include "setup.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "i18n.h"
#include "width.h"

#define SSH_PORT 22

void setup_init(struct setup *setup)
{
	*setup = (struct setup){ .ssh_port = SSH_PORT };
	strcpy(setup->site, "site");
}

void setup_clear(struct setup *setup)
{
	for (size_t i = 0; i < setup->interface_count; i++) {
		struct setup_interface *interface = &setup->interfaces[i];

		free(interface->networks);
		free(interface->routes);
		for (int family = 0; family < ADDR_FAMILIES; family++) {
			addrset_clear(&interface->on_link[family]);
			addrset_clear(&interface->remote[family]);
		}
	}
	free(setup->interfaces);
	*setup = (struct setup){ 0 };
}

/* ---- facts ---- */

struct setup_interface *setup_add_interface(struct setup *setup, const char *name, bool up)
{
	struct setup_interface *interfaces, *interface;

	if (setup->interface_count >= SETUP_INTERFACES_MAX || strlen(name) > POLICY_IFNAME_MAX)
		return NULL;
	interfaces = reallocarray(
		setup->interfaces, setup->interface_count + 1, sizeof(*setup->interfaces));
	if (interfaces == NULL)
		return NULL;
	setup->interfaces = interfaces;
	interface = &interfaces[setup->interface_count++];
	*interface = (struct setup_interface){ .up = up };
	memcpy(interface->name, name, strlen(name));
	for (int family = 0; family < ADDR_FAMILIES; family++) {
		addrset_init(&interface->on_link[family], (enum addr_family)family);
		addrset_init(&interface->remote[family], (enum addr_family)family);
	}
	return interface;
}

struct setup_interface *setup_find_interface(const struct setup *setup, const char *name)
{
	for (size_t i = 0; i < setup->interface_count; i++)
		if (strcmp(setup->interfaces[i].name, name) == 0)
			return &setup->interfaces[i];
	return NULL;
}

/* Link-local, loopback, multicast, reserved: they belong to no segment. */
static bool is_special(const struct addr_prefix *prefix)
{
	const uint8_t *bytes = prefix->addr.bytes;

	if (prefix->length == 0)
		return false;
	if (prefix->addr.family == ADDR_IPV4)
		return bytes[0] == 0 || bytes[0] == 127 || bytes[0] >= 224 ||
		       (bytes[0] == 169 && bytes[1] == 254);
	return bytes[0] == 0 || bytes[0] == 0xff || (bytes[0] == 0xfe && (bytes[1] & 0xc0) == 0x80);
}

int setup_add_network(struct setup_interface *interface, const struct addr_prefix *prefix)
{
	struct addr_prefix *networks;

	if (is_special(prefix) || prefix->length == 0)
		return 0;
	for (size_t i = 0; i < interface->network_count; i++)
		if (addr_prefix_same(&interface->networks[i], prefix))
			return 0;
	networks =
		reallocarray(interface->networks, interface->network_count + 1, sizeof(*networks));
	if (networks == NULL)
		return -ENOMEM;
	interface->networks = networks;
	networks[interface->network_count++] = *prefix;
	return 0;
}

int setup_add_route(struct setup_interface *interface, const struct setup_route *route)
{
	struct setup_route *routes;

	if (is_special(&route->prefix))
		return 0;
	for (size_t i = 0; i < interface->route_count; i++)
		if (addr_prefix_same(&interface->routes[i].prefix, &route->prefix))
			return 0;
	routes = reallocarray(interface->routes, interface->route_count + 1, sizeof(*routes));
	if (routes == NULL)
		return -ENOMEM;
	interface->routes = routes;
	routes[interface->route_count++] = *route;
	return 0;
}

static bool holds(const struct addr_prefix *prefix, const struct addr *addr)
{
	struct addr_range range = addr_prefix_range(prefix);

	return prefix->addr.family == addr->family &&
	       memcmp(range.first, addr->bytes, sizeof(range.first)) <= 0 &&
	       memcmp(range.last, addr->bytes, sizeof(range.last)) >= 0;
}

/* How good a way is: longer first, then the smaller metric; a network of one's own is best. */
struct way {
	struct setup_interface *interface;
	unsigned int length;
	uint32_t metric;
};

static void consider(struct way *best, struct setup_interface *interface,
	const struct addr_prefix *prefix, uint32_t metric, const struct addr *addr)
{
	if (!holds(prefix, addr))
		return;
	if (best->interface != NULL &&
		(prefix->length < best->length ||
			(prefix->length == best->length && metric >= best->metric)))
		return;
	*best = (struct way){ interface, prefix->length, metric };
}

struct setup_interface *setup_way_to(const struct setup *setup, const struct addr *addr)
{
	struct way best = { 0 };

	for (size_t i = 0; i < setup->interface_count; i++) {
		struct setup_interface *interface = &setup->interfaces[i];

		for (size_t j = 0; j < interface->network_count; j++)
			consider(&best, interface, &interface->networks[j], 0, addr);
		for (size_t j = 0; j < interface->route_count; j++)
			consider(&best, interface, &interface->routes[j].prefix,
				interface->routes[j].metric, addr);
	}
	return best.interface;
}

/* ---- answers ---- */

static int refuse(const char **ret_why, const char *why)
{
	*ret_why = why;
	return -EINVAL;
}

static bool is_letter(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool is_name(const char *text)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-";

	return is_letter(text[0]) && strlen(text) <= POLICY_NAME_MAX &&
	       text[strspn(text, allowed)] == '\0';
}

static int set_site(struct setup *setup, struct setup_interface *unused, const char *value,
	const char **ret_why)
{
	(void)unused;
	if (!is_name(value))
		return refuse(ret_why, _("a name is a-z first, then a-z, 0-9 and '-', 32 at most"));
	memcpy(setup->site, value, strlen(value) + 1);
	return 0;
}

/* profile and model: "" is none. */
static int set_reference(char place[POLICY_NAME_MAX + 1], const char *value, const char **ret_why)
{
	if (value[0] != '\0' && !is_name(value))
		return refuse(ret_why, _("a name is a-z first, then a-z, 0-9 and '-', 32 at most"));
	memcpy(place, value, strlen(value) + 1);
	return 0;
}

static int set_profile(struct setup *setup, struct setup_interface *unused, const char *value,
	const char **ret_why)
{
	(void)unused;
	return set_reference(setup->profile, value, ret_why);
}

static int set_model(struct setup *setup, struct setup_interface *unused, const char *value,
	const char **ret_why)
{
	(void)unused;
	return set_reference(setup->model, value, ret_why);
}

static int set_text(char place[POLICY_LABEL_MAX + 1], const char *value, const char **ret_why)
{
	size_t length = strlen(value);

	if (length > POLICY_LABEL_MAX)
		return refuse(ret_why, _("the text is too long"));
	for (size_t i = 0; i < length;) {
		uint32_t character;

		i += width_decode(value + i, length - i, &character);
		if (character == WIDTH_REPLACEMENT || !width_printable(character))
			return refuse(ret_why, _("the text holds characters that cannot be shown"));
	}
	memcpy(place, value, length + 1);
	return 0;
}

static int set_site_label(struct setup *setup, struct setup_interface *unused, const char *value,
	const char **ret_why)
{
	(void)unused;
	return set_text(setup->label, value, ret_why);
}

#define TEXT_SETTER(function, member)                                                              \
	static int function(struct setup *setup, struct setup_interface *interface,                \
		const char *value, const char **ret_why)                                           \
	{                                                                                          \
		(void)setup;                                                                       \
		return set_text(interface->member, value, ret_why);                                \
	}
TEXT_SETTER(set_label, label)
TEXT_SETTER(set_owner, owner)
TEXT_SETTER(set_permission, permission)
TEXT_SETTER(set_survey, survey)
TEXT_SETTER(set_encryption, encryption)

static int set_use(struct setup *setup, struct setup_interface *interface, const char *value,
	const char **ret_why)
{
	enum zone_kind kind;

	(void)setup;
	if (strcmp(value, "none") == 0) {
		interface->used = false;
		return 0;
	}
	if (zone_kind_parse(value, &kind) < 0)
		return refuse(ret_why, _("one of mynumber, lgwan, internet, management and none"));
	if (interface->network_count == 0)
		return refuse(ret_why, _("the interface has no address: it can be in no zone yet"));
	interface->used = true;
	interface->kind = kind;
	return 0;
}

static int set_line(struct setup *setup, struct setup_interface *interface, const char *value,
	const char **ret_why)
{
	static const enum line_type types[] = { LINE_DEDICATED, LINE_LGWAN, LINE_VPN,
		LINE_INTERNET };

	(void)setup;
	if (value[0] == '\0') {
		interface->line = LINE_UNSTATED;
		return 0;
	}
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (strcmp(value, line_type_name(types[i])) == 0) {
			interface->line = types[i];
			return 0;
		}
	}
	return refuse(ret_why, _("one of dedicated, lgwan, vpn and internet"));
}

/* One address that ssh comes from. */
static int parse_ssh(const char *text, struct addr *ret_addr, const char **ret_why)
{
	struct addr_prefix host;

	if (addr_parse(text, ret_addr) < 0)
		return refuse(ret_why, _("addresses look like \"10.1.2.3\" or \"fd00:1:2::3\""));
	host = (struct addr_prefix){ *ret_addr, (unsigned int)addr_length(ret_addr->family) * 8 };
	if (is_special(&host))
		return refuse(ret_why, _("no host of a network has such an address"));
	return 0;
}

static int set_ssh(struct setup *setup, struct setup_interface *unused, const char *value,
	const char **ret_why)
{
	struct addr found[SETUP_SSH_MAX];
	size_t count = 0;

	(void)unused;
	if (strcmp(value, "none") == 0) {
		setup->ssh_count = 0;
		return 0;
	}
	for (value += strspn(value, ", "); *value != '\0'; value += strspn(value, ", ")) {
		size_t length = strcspn(value, ", ");
		char text[ADDR_TEXT_MAX] = "";

		if (count == SETUP_SSH_MAX || length >= sizeof(text))
			return refuse(ret_why, _("at most 8 addresses, with commas"));
		memcpy(text, value, length);
		if (parse_ssh(text, &found[count++], ret_why) < 0)
			return -EINVAL;
		value += length;
	}
	if (count == 0)
		return refuse(ret_why, _("an address, or none"));
	memcpy(setup->ssh, found, count * sizeof(found[0]));
	setup->ssh_count = count;
	return 0;
}

static const struct setup_key {
	const char *name;
	bool of_interface;
	int (*set)(struct setup *setup, struct setup_interface *interface, const char *value,
		const char **ret_why);
} keys[] = {
	{ "site", false, set_site },
	{ "label", false, set_site_label },
	{ "profile", false, set_profile },
	{ "model", false, set_model },
	{ "ssh", false, set_ssh },
	{ "interface", true, set_use },
	{ "label", true, set_label },
	{ "owner", true, set_owner },
	{ "permission", true, set_permission },
	{ "survey", true, set_survey },
	{ "line", true, set_line },
	{ "encryption", true, set_encryption },
};

int setup_set(struct setup *setup, const char *key, struct setup_interface *interface,
	const char *value, const char **ret_why)
{
	bool other_form = false;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (strcmp(keys[i].name, key) != 0)
			continue;
		if (keys[i].of_interface == (interface != NULL))
			return keys[i].set(setup, interface, value, ret_why);
		other_form = true;
	}
	if (other_form && interface != NULL)
		return refuse(ret_why, _("this is asked of the whole site, not of an interface"));
	if (other_form)
		return refuse(ret_why, _("name the interface, as in \"interface eth1 = lgwan\""));
	return refuse(ret_why,
		_("the keys are site, label, profile, model, ssh, interface, owner, permission, "
		  "survey, line and encryption"));
}
