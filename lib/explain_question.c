/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was asked, put into addresses and numbers. */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conf_protocol.h"
#include "explain_impl.h"
#include "i18n.h"
#include "suggest.h"

#define WORD_MAX 64

static const struct diag_loc nowhere;

/* ---- addresses ---- */

static const struct policy_host *find_host(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->host_count; i++)
		if (strcmp(policy->hosts[i].name, name) == 0)
			return &policy->hosts[i];
	return NULL;
}

static bool host_address(
	const struct policy_host *host, enum addr_family family, struct addr *ret_addr)
{
	for (size_t i = 0; i < host->address_count; i++) {
		*ret_addr = host->addresses[i];
		if (ret_addr->family == family)
			return true;
	}
	return false;
}

static int refuse_name(const struct policy *policy, const char *text, struct diag_list *diags)
{
	struct suggest suggest = { .word = text };
	char fix[WORD_MAX + 64];

	for (size_t i = 0; i < policy->host_count; i++)
		suggest_consider(&suggest, policy->hosts[i].name);
	snprintf(fix, sizeof(fix), _("did you mean \"%s\"?"), suggest.best ? suggest.best : "");
	diag_add(diags, DIAG_ERROR, nowhere,
		suggest.best ? fix
			     : _("give an address, the name of a host of the configuration, or "
				 "\"gateway\""),
		_("\"%s\" is neither an address nor the name of a host"), text);
	return -EINVAL;
}

static int read_address(const struct policy *policy, const char *text, enum addr_family family,
	struct diag_list *diags, struct addr *ret_addr)
{
	const struct policy_host *host;

	if (addr_parse(text, ret_addr) == 0)
		return 0;
	host = find_host(policy, text);
	if (host == NULL)
		return refuse_name(policy, text, diags);
	if (host_address(host, family, ret_addr))
		return 0;
	diag_add(diags, DIAG_ERROR, nowhere, NULL, _("host \"%s\" has no address of %s"), text,
		family == ADDR_IPV4 ? "IPv4" : "IPv6");
	return -EINVAL;
}

/* The gateway's own address is in no configuration: one of the network that it is asked by stands
 * for all of them, for no rule reads it to decide. */
static void take_own_address(
	const struct policy *policy, const struct addr *other, struct addr *ret_addr)
{
	size_t index = policy_segment_of(policy, other);

	*ret_addr = (struct addr){ .family = other->family };
	if (index < policy->segment_count && policy->segments[index].on_link[other->family].count)
		memcpy(ret_addr->bytes,
			policy->segments[index].on_link[other->family].ranges[0].first,
			sizeof(ret_addr->bytes));
	ret_addr->bytes[addr_length(other->family) - 1] |= 1;
}

/* Of the family of what is written as an address. */
static enum addr_family family_of(const struct explain_question *question)
{
	struct addr addr;

	if (addr_parse(question->from, &addr) == 0 || addr_parse(question->to, &addr) == 0)
		return addr.family;
	return question->ipv6 ? ADDR_IPV6 : ADDR_IPV4;
}

static int read_ends(struct explain *explain, struct diag_list *diags)
{
	const struct explain_question *question = explain->question;
	enum addr_family family = family_of(question);
	int from = 0, to = 0;

	explain->in.gateway = strcmp(question->from, EXPLAIN_GATEWAY) == 0;
	explain->out.gateway = strcmp(question->to, EXPLAIN_GATEWAY) == 0;
	if (explain->in.gateway && explain->out.gateway) {
		diag_add(diags, DIAG_ERROR, nowhere, NULL, "%s",
			_("what the gateway sends to itself comes by no rule"));
		return -EINVAL;
	}
	if (!explain->in.gateway)
		from = read_address(explain->policy, question->from, family, diags, &explain->from);
	if (!explain->out.gateway)
		to = read_address(explain->policy, question->to, family, diags, &explain->to);
	if (from < 0 || to < 0)
		return -EINVAL;
	if (explain->in.gateway)
		take_own_address(explain->policy, &explain->to, &explain->from);
	if (explain->out.gateway)
		take_own_address(explain->policy, &explain->from, &explain->to);
	if (explain->from.family == explain->to.family)
		return 0;
	diag_add(diags, DIAG_ERROR, nowhere, NULL, _("\"%s\" and \"%s\" are not of one family"),
		question->from, question->to);
	return -EINVAL;
}

/* ---- service ---- */

static bool read_number(const char *text, unsigned long max, unsigned long *ret_number)
{
	char *end;

	if (text[0] < '0' || text[0] > '9' || strlen(text) > 6)
		return false;
	*ret_number = strtoul(text, &end, 10);
	return *end == '\0' && *ret_number <= max;
}

static bool has_ports(uint8_t protocol)
{
	return protocol == IPPROTO_TCP || protocol == IPPROTO_UDP || protocol == IPPROTO_SCTP ||
	       protocol == IPPROTO_DCCP || protocol == IPPROTO_UDPLITE;
}

static bool is_icmp(uint8_t protocol)
{
	return protocol == IPPROTO_ICMP || protocol == IPPROTO_ICMPV6;
}

/* "icmp" means that of the packet's family. */
static bool read_protocol(const char *word, enum addr_family family, uint8_t *ret_protocol)
{
	const struct conf_protocol *found = conf_protocol_named(conf_protocol_keys, word);
	unsigned long number;

	if (found == NULL)
		found = conf_protocol_named(conf_protocols, word);
	if (found != NULL)
		number = found->number;
	else if (!read_number(word, UINT8_MAX - 1, &number) || number == 0)
		return false;
	if (is_icmp((uint8_t)number))
		number = family == ADDR_IPV4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	*ret_protocol = (uint8_t)number;
	return true;
}

/* "echo-request", "8", "3/4"; without it, echo-request. */
static bool read_icmp(uint8_t protocol, const char *given, struct port_range *ret_ports)
{
	const struct conf_protocol *types =
		protocol == IPPROTO_ICMP ? conf_icmp_types : conf_icmpv6_types;
	const char *text = given != NULL ? given : "echo-request", *slash = strchr(text, '/');
	const struct conf_protocol *named = conf_protocol_named(types, text);
	unsigned long type, code = 0;
	char word[WORD_MAX];

	if (named != NULL) {
		type = named->number;
	} else {
		snprintf(word, sizeof(word), "%.*s",
			(int)(slash != NULL ? (size_t)(slash - text) : strlen(text)), text);
		if (!read_number(word, UINT8_MAX, &type) ||
			(slash != NULL && !read_number(slash + 1, UINT8_MAX, &code)))
			return false;
	}
	ret_ports->first = ret_ports->last = (uint16_t)(type << 8 | code);
	return true;
}

static bool read_port(const char *text, struct port_range *ret_ports)
{
	unsigned long port;

	if (text == NULL || !read_number(text, UINT16_MAX, &port) || port == 0)
		return false;
	ret_ports->first = ret_ports->last = (uint16_t)port;
	return true;
}

static int read_service(struct explain *explain, struct diag_list *diags)
{
	struct policy_service_entry *entry = &explain->service;
	const char *text = explain->question->service, *slash = strchr(text, '/');
	const char *rest = slash != NULL ? slash + 1 : NULL;
	char word[WORD_MAX];
	bool valid;

	snprintf(word, sizeof(word), "%.*s",
		(int)(slash != NULL ? (size_t)(slash - text) : strlen(text)), text);
	valid = read_protocol(word, explain->from.family, &entry->protocol);
	if (valid && has_ports(entry->protocol))
		valid = read_port(rest, &entry->ports);
	else if (valid && is_icmp(entry->protocol))
		valid = read_icmp(entry->protocol, rest, &entry->ports);
	else if (valid)
		valid = entry->whole = rest == NULL;
	if (valid)
		return 0;
	diag_add(diags, DIAG_ERROR, nowhere,
		_("a protocol and a port, \"tcp/443\"; \"icmp/echo-request\"; or a protocol "
		  "without ports, \"gre\""),
		_("\"%s\" is no service"), text);
	return -EINVAL;
}

/* ---- the rest ---- */

static int read_mac(struct explain *explain, struct diag_list *diags)
{
	const char *text = explain->question->mac;

	explain->mac_said = text != NULL;
	if (text == NULL || mac_parse(text, explain->packet.mac) == 0)
		return 0;
	diag_add(diags, DIAG_ERROR, nowhere, _("a MAC address is 00:00:5e:00:53:01"),
		_("\"%s\" is no MAC address of a host"), text);
	return -EINVAL;
}

int explain_understand(struct explain *explain, struct diag_list *diags)
{
	int ends = read_ends(explain, diags);
	int service = read_service(explain, diags);
	int mac = read_mac(explain, diags);

	return ends < 0 || service < 0 || mac < 0 ? -EINVAL : 0;
}

/* An address that no segment has comes from nowhere, and no route leads to it. */
static int check_place(const struct explain_place *place, const char *text, struct diag_list *diags)
{
	if (place->gateway || place->interface != NULL)
		return 0;
	diag_add(diags, DIAG_ERROR, nowhere,
		_("say the interface with --iif, or add the address to a segment of the "
		  "configuration"),
		_("\"%s\" is in no segment of the configuration: where it is is not known"), text);
	return -EINVAL;
}

int explain_check_places(const struct explain *explain, struct diag_list *diags)
{
	const struct explain_question *question = explain->question;
	int in = check_place(&explain->in, question->from, diags);
	int out = check_place(&explain->out, question->to, diags);

	if (explain->in.gateway && question->iif != NULL) {
		diag_add(diags, DIAG_ERROR, nowhere, NULL, "%s",
			_("what the gateway sends comes in by no interface"));
		return -EINVAL;
	}
	return in < 0 || out < 0 ? -EINVAL : 0;
}
