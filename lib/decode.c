/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "decode.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libmnl/libmnl.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include "attr.h"
#include "decode_impl.h"
#include "nftgen.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* How often a read that a change got in the way of is begun again. */
#define TRIES_MAX 16

struct nlmsghdr *decode_request(
	struct nlsock *socket, void *buffer, unsigned int type, unsigned int flags)
{
	struct nlmsghdr *request = mnl_nlmsg_put_header(buffer);
	struct nfgenmsg family = { .nfgen_family = nlsock_family(socket) };

	request->nlmsg_type = (uint16_t)(NFNL_SUBSYS_NFTABLES << 8 | type);
	request->nlmsg_flags = (uint16_t)(NLM_F_REQUEST | flags);
	request->nlmsg_seq = nlsock_next_sequence(socket);
	memcpy(mnl_nlmsg_put_extra_header(request, sizeof(family)), &family, sizeof(family));
	return request;
}

int decode_unknown(struct ruleset *ruleset, const char *format, ...)
{
	char **unknown = realloc(
		ruleset->unknown, (ruleset->unknown_count + 1) * sizeof(ruleset->unknown[0]));
	char text[DECODE_TEXT_MAX];
	va_list list;

	if (!unknown)
		return -ENOMEM;
	ruleset->unknown = unknown;
	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	unknown[ruleset->unknown_count] = strdup(text);
	if (!unknown[ruleset->unknown_count])
		return -ENOMEM;
	ruleset->unknown_count++;
	return 0;
}

const struct nlattr *decode_value(const struct nlattr *nest)
{
	struct attrs attrs = attrs_of_nest(nest);
	const struct nlattr *attr = attrs_next(&attrs);

	return attr && attr_type(attr) == NFTA_DATA_VALUE && attr_length(attr) <= RULESET_KEY_MAX
		       ? attr
		       : NULL;
}

static int verdict_of_code(uint32_t code, enum verdict *ret_verdict)
{
	static const enum verdict verdicts[] = { VERDICT_ACCEPT, VERDICT_DROP, VERDICT_JUMP,
		VERDICT_GOTO, VERDICT_RETURN };
	static const int32_t codes[] = { NF_ACCEPT, NF_DROP, NFT_JUMP, NFT_GOTO, NFT_RETURN };

	for (unsigned int i = 0; i < COUNT(codes); i++) {
		if (code == (uint32_t)codes[i]) {
			*ret_verdict = verdicts[i];
			return 0;
		}
	}
	return -EOPNOTSUPP;
}

int decode_verdict(const struct nlattr *nest, enum verdict *ret_verdict, const char **ret_chain)
{
	static const enum attr_kind data_kinds[] = {
		[NFTA_DATA_VERDICT] = ATTR_NEST,
	};
	static const enum attr_kind verdict_kinds[] = {
		[NFTA_VERDICT_CODE] = ATTR_U32,
		[NFTA_VERDICT_CHAIN] = ATTR_TEXT,
	};
	const struct nlattr *data[COUNT(data_kinds)], *table[COUNT(verdict_kinds)];
	bool names;

	if (attrs_parse(attrs_of_nest(nest), data_kinds, COUNT(data_kinds), data) < 0 ||
		!data[NFTA_DATA_VERDICT] ||
		attrs_parse(attrs_of_nest(data[NFTA_DATA_VERDICT]), verdict_kinds,
			COUNT(verdict_kinds), table) < 0 ||
		!table[NFTA_VERDICT_CODE] ||
		verdict_of_code(attr_u32(table[NFTA_VERDICT_CODE], 0), ret_verdict) < 0)
		return -EOPNOTSUPP;
	names = *ret_verdict == VERDICT_JUMP || *ret_verdict == VERDICT_GOTO;
	*ret_chain = attr_text(table[NFTA_VERDICT_CHAIN]);
	return names == (*ret_chain != NULL) ? 0 : -EOPNOTSUPP;
}

int decode_table_message(const struct nlmsghdr *message, void *data)
{
	static const enum attr_kind kinds[] = {
		[NFTA_TABLE_NAME] = ATTR_TEXT,
		[NFTA_TABLE_FLAGS] = ATTR_U32,
		[NFTA_TABLE_USE] = ATTR_IGNORED,
		[NFTA_TABLE_HANDLE] = ATTR_U64,
		[NFTA_TABLE_PAD] = ATTR_IGNORED,
		[NFTA_TABLE_USERDATA] = ATTR_IGNORED,
		[NFTA_TABLE_OWNER] = ATTR_U32,
	};
	const struct nlattr *table[COUNT(kinds)];
	struct decoder *decoder = data;
	int error = attrs_parse(attrs_of_message(message), kinds, COUNT(kinds), table);
	uint32_t flags;

	if (error == -EBADMSG)
		return error;
	flags = attr_u32(table[NFTA_TABLE_FLAGS], 0);
	decoder->ruleset->handle = attr_u64(table[NFTA_TABLE_HANDLE], 0);
	decoder->ruleset->persist = flags & NFTGEN_TABLE_PERSIST;
	if (flags & NFT_TABLE_F_OWNER)
		decoder->ruleset->owner = attr_u32(table[NFTA_TABLE_OWNER], UINT32_MAX);
	flags &= ~(uint32_t)(NFT_TABLE_F_OWNER | NFTGEN_TABLE_PERSIST);
	if (error < 0 || flags)
		return decode_unknown(decoder->ruleset, "table flags %#x%s", flags,
			flags & NFT_TABLE_F_DORMANT ? " (dormant)" : "");
	return 0;
}

static const enum attr_kind chain_kinds[] = {
	[NFTA_CHAIN_TABLE] = ATTR_TEXT,
	[NFTA_CHAIN_HANDLE] = ATTR_IGNORED,
	[NFTA_CHAIN_NAME] = ATTR_TEXT,
	[NFTA_CHAIN_HOOK] = ATTR_NEST,
	[NFTA_CHAIN_POLICY] = ATTR_U32,
	[NFTA_CHAIN_USE] = ATTR_IGNORED,
	[NFTA_CHAIN_TYPE] = ATTR_TEXT,
	[NFTA_CHAIN_COUNTERS] = ATTR_IGNORED,
	[NFTA_CHAIN_PAD] = ATTR_IGNORED,
	[NFTA_CHAIN_FLAGS] = ATTR_U32,
	[NFTA_CHAIN_ID] = ATTR_IGNORED,
	[NFTA_CHAIN_USERDATA] = ATTR_IGNORED,
};

/* HOOK_NONE for one that the rule set cannot hold. */
static enum hook hook_of(uint8_t family, uint32_t number)
{
	static const enum hook hooks[] = {
		[NF_INET_PRE_ROUTING] = HOOK_PREROUTING,
		[NF_INET_LOCAL_IN] = HOOK_INPUT,
		[NF_INET_FORWARD] = HOOK_FORWARD,
		[NF_INET_LOCAL_OUT] = HOOK_OUTPUT,
	};

	if (family == NFPROTO_NETDEV)
		return number == NF_NETDEV_EGRESS ? HOOK_EGRESS : HOOK_NONE;
	return number < COUNT(hooks) ? hooks[number] : HOOK_NONE;
}

/* That of one interface, which the kernel tells beside the list that has only this one. */
static int read_device(const struct nlattr *device, struct chain *chain)
{
	if ((device != NULL) != (chain->hook == HOOK_EGRESS))
		return -EOPNOTSUPP;
	if (!device)
		return 0;
	chain->device = strdup(attr_text(device));
	return chain->device ? 0 : -ENOMEM;
}

/* 0; -EOPNOTSUPP for a hook that the rule set cannot hold; -ENOMEM. */
static int read_hook(uint8_t family, const struct nlattr *const *table, struct chain *chain)
{
	static const enum attr_kind kinds[] = {
		[NFTA_HOOK_HOOKNUM] = ATTR_U32,
		[NFTA_HOOK_PRIORITY] = ATTR_U32,
		[NFTA_HOOK_DEV] = ATTR_TEXT,
		[NFTA_HOOK_DEVS] = ATTR_NEST,
	};
	const struct nlattr *hook[COUNT(kinds)];
	uint32_t policy;

	if (attrs_parse(attrs_of_nest(table[NFTA_CHAIN_HOOK]), kinds, COUNT(kinds), hook) < 0 ||
		!table[NFTA_CHAIN_TYPE] || strcmp(attr_text(table[NFTA_CHAIN_TYPE]), "filter") != 0)
		return -EOPNOTSUPP;
	policy = attr_u32(table[NFTA_CHAIN_POLICY], NF_ACCEPT);
	chain->hook = hook_of(family, attr_u32(hook[NFTA_HOOK_HOOKNUM], UINT32_MAX));
	if (chain->hook == HOOK_NONE || (policy != NF_ACCEPT && policy != NF_DROP))
		return -EOPNOTSUPP;
	chain->priority = (int)attr_u32(hook[NFTA_HOOK_PRIORITY], 0);
	chain->policy_drop = policy == NF_DROP;
	return read_device(hook[NFTA_HOOK_DEV], chain);
}

static uint8_t family_of(const struct nlmsghdr *message)
{
	const struct nfgenmsg *header = mnl_nlmsg_get_payload(message);

	return mnl_nlmsg_get_payload_len(message) >= sizeof(*header) ? header->nfgen_family
								     : NFPROTO_INET;
}

/* A chain that is not there is taken for one that nobody made: then the epoch that it counts is
 * forgotten, and its packets with it. No memory is no such chain. */
static int decode_unnamed(struct ruleset *ruleset, const char *name)
{
	if (name[0] && strlen(name) <= RULESET_NAME_MAX && !ruleset_find_chain(ruleset, name))
		return -ENOMEM;
	return decode_unknown(ruleset, "chain %s: its name", name);
}

int decode_chain_message(const struct nlmsghdr *message, void *data)
{
	struct decoder *decoder = data;
	const struct nlattr *table[COUNT(chain_kinds)];
	int error = attrs_parse(attrs_of_message(message), chain_kinds, COUNT(chain_kinds), table);
	struct chain *chain;

	if (error == -EBADMSG || !table[NFTA_CHAIN_TABLE] || !table[NFTA_CHAIN_NAME])
		return -EBADMSG;
	if (strcmp(attr_text(table[NFTA_CHAIN_TABLE]), decoder->ruleset->table) != 0)
		return 0;
	chain = ruleset_add_chain(decoder->ruleset, attr_text(table[NFTA_CHAIN_NAME]));
	if (!chain)
		return decode_unnamed(decoder->ruleset, attr_text(table[NFTA_CHAIN_NAME]));
	if (error == 0 && table[NFTA_CHAIN_HOOK])
		error = read_hook(family_of(message), table, chain);
	if (error == -ENOMEM)
		return error;
	if (attr_u32(table[NFTA_CHAIN_FLAGS], 0) & ~(uint32_t)NFT_CHAIN_BASE)
		error = -EOPNOTSUPP;
	return error < 0
		       ? decode_unknown(decoder->ruleset, "chain %s: its hook or type", chain->name)
		       : 0;
}

int decode_flowtable_message(const struct nlmsghdr *message, void *data)
{
	struct decoder *decoder = data;
	const char *table = decoder->ruleset->table;
	struct attrs attrs = attrs_of_message(message);
	const struct nlattr *attr;

	while ((attr = attrs_next(&attrs)) != NULL) {
		if (attr_type(attr) != NFTA_FLOWTABLE_TABLE ||
			attr_length(attr) != strlen(table) + 1 ||
			memcmp(attr_value(attr), table, attr_length(attr)) != 0)
			continue;
		decoder->foreign = true;
		return decode_unknown(decoder->ruleset, "a flowtable");
	}
	return 0;
}

/* The comment in a rule's user data: type, length, text with its NUL. */
static int read_comment(const struct nlattr *userdata, struct rule *rule)
{
	const uint8_t *bytes = attr_value(userdata);
	size_t left = attr_length(userdata);

	while (left >= 2 && left - 2 >= bytes[1]) {
		if (bytes[0] == 0 && bytes[1] > 0 && bytes[1 + bytes[1]] == 0) {
			rule->comment = strdup((const char *)bytes + 2);
			return rule->comment ? 0 : -ENOMEM;
		}
		left -= 2u + bytes[1];
		bytes += 2u + bytes[1];
	}
	return 0;
}

int decode_rule_message(const struct nlmsghdr *message, void *data)
{
	static const enum attr_kind kinds[] = {
		[NFTA_RULE_TABLE] = ATTR_TEXT,
		[NFTA_RULE_CHAIN] = ATTR_TEXT,
		[NFTA_RULE_HANDLE] = ATTR_U64,
		[NFTA_RULE_EXPRESSIONS] = ATTR_NEST,
		[NFTA_RULE_POSITION] = ATTR_IGNORED,
		[NFTA_RULE_USERDATA] = ATTR_BYTES,
		[NFTA_RULE_PAD] = ATTR_IGNORED,
		[NFTA_RULE_ID] = ATTR_IGNORED,
	};
	const struct nlattr *table[COUNT(kinds)];
	struct decoder *decoder = data;
	int error = attrs_parse(attrs_of_message(message), kinds, COUNT(kinds), table);
	struct chain *chain;
	struct rule *rule;

	if (error == -EBADMSG || !table[NFTA_RULE_TABLE] || !table[NFTA_RULE_CHAIN])
		return -EBADMSG;
	if (strcmp(attr_text(table[NFTA_RULE_TABLE]), decoder->ruleset->table) != 0)
		return 0;
	chain = ruleset_find_chain(decoder->ruleset, attr_text(table[NFTA_RULE_CHAIN]));
	if (!chain)
		return decode_unknown(
			decoder->ruleset, "a rule of chain %s", attr_text(table[NFTA_RULE_CHAIN]));
	rule = chain_add_rule(chain);
	if (!rule)
		return -ENOMEM;
	rule->handle = attr_u64(table[NFTA_RULE_HANDLE], 0);
	if (error < 0) {
		struct statement *statement = rule_add_statement(rule, STMT_OPAQUE);

		if (!statement || !(statement->name = strdup("rule attribute")))
			return -ENOMEM;
	}
	if (table[NFTA_RULE_EXPRESSIONS] &&
		decode_expressions(decoder->ruleset, table[NFTA_RULE_EXPRESSIONS], rule) < 0)
		return -ENOMEM;
	return table[NFTA_RULE_USERDATA] ? read_comment(table[NFTA_RULE_USERDATA], rule) : 0;
}

/* What is asked of the kernel, in the order that references need. */
struct question {
	unsigned int type;
	uint16_t table_attribute;
	nlsock_message callback;
};

static const struct question definitions[] = {
	{ NFT_MSG_GETCHAIN, NFTA_CHAIN_TABLE, decode_chain_message },
	{ NFT_MSG_GETSET, NFTA_SET_TABLE, decode_set_message },
	{ NFT_MSG_GETOBJ, NFTA_OBJ_TABLE, decode_object_message },
	{ NFT_MSG_GETFLOWTABLE, NFTA_FLOWTABLE_TABLE, decode_flowtable_message },
};

static int ask_dump(struct nlsock *socket, struct decoder *decoder, const struct question *question)
{
	uint8_t buffer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request = decode_request(socket, buffer, question->type, NLM_F_DUMP);

	mnl_attr_put_strz(request, question->table_attribute, decoder->ruleset->table);
	if (question->type == NFT_MSG_GETRULE && decoder->only_chain)
		mnl_attr_put_strz(request, NFTA_RULE_CHAIN, decoder->only_chain);
	return nlsock_request(socket, request, question->callback, decoder);
}

/* Does the table exist? Its own properties. */
static int read_table(struct nlsock *socket, struct decoder *decoder)
{
	uint8_t buffer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request = decode_request(socket, buffer, NFT_MSG_GETTABLE, NLM_F_ACK);

	mnl_attr_put_strz(request, NFTA_TABLE_NAME, decoder->ruleset->table);
	return nlsock_request(socket, request, decode_table_message, decoder);
}

static int read_definitions(struct nlsock *socket, struct decoder *decoder)
{
	int error = read_table(socket, decoder);

	for (unsigned int i = 0; i < COUNT(definitions) && error == 0; i++)
		error = ask_dump(socket, decoder, &definitions[i]);
	return error;
}

static int read_rules(struct nlsock *socket, struct decoder *decoder)
{
	static const struct question rules = { NFT_MSG_GETRULE, NFTA_RULE_TABLE,
		decode_rule_message };

	return ask_dump(socket, decoder, &rules);
}

/* The revision of the policy is the last word of every log prefix. */
static void find_revision(struct ruleset *ruleset)
{
	for (size_t i = 0; i < ruleset->chain_count; i++) {
		for (size_t j = 0; j < ruleset->chains[i].count; j++) {
			const struct rule *rule = &ruleset->chains[i].rules[j];

			for (size_t k = 0; k < rule->count; k++) {
				const char *prefix = rule->statements[k].prefix;
				const char *word = prefix ? strrchr(prefix, ' ') : NULL;

				if (!word || strlen(word + 1) != sizeof(ruleset->revision) - 1)
					continue;
				memcpy(ruleset->revision, word + 1, sizeof(ruleset->revision));
				return;
			}
		}
	}
}

static int read_all(struct nlsock *socket, struct decoder *decoder, const struct ruleset *like)
{
	int error = read_definitions(socket, decoder);

	if (error == 0)
		error = read_rules(socket, decoder);
	for (size_t i = 0; i < decoder->ruleset->set_count && error == 0; i++)
		error = decode_set_elements(socket, decoder->ruleset, i, like);
	if (error == 0) {
		find_revision(decoder->ruleset);
		ruleset_sort(decoder->ruleset);
	}
	return error;
}

static int read_names(struct nlsock *socket, struct decoder *decoder, const struct ruleset *like)
{
	(void)like;
	return read_definitions(socket, decoder);
}

static int read_chain(struct nlsock *socket, struct decoder *decoder, const struct ruleset *like)
{
	uint8_t buffer[1024] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *request = decode_request(socket, buffer, NFT_MSG_GETCHAIN, NLM_F_ACK);
	int error;

	(void)like;
	mnl_attr_put_strz(request, NFTA_CHAIN_TABLE, decoder->ruleset->table);
	mnl_attr_put_strz(request, NFTA_CHAIN_NAME, decoder->only_chain);
	error = nlsock_request(socket, request, decode_chain_message, decoder);
	return error == 0 ? read_rules(socket, decoder) : error;
}

typedef int (*reading)(struct nlsock *socket, struct decoder *decoder, const struct ruleset *like);

/* Read until nothing has changed meanwhile. */
static int read_unchanged(struct nlsock *socket, const char *table, const char *chain,
	const struct ruleset *like, reading read, struct ruleset **ret_ruleset,
	uint32_t *ret_generation, bool *ret_foreign)
{
	for (unsigned int tries = 0; tries < TRIES_MAX; tries++) {
		struct decoder decoder = { .only_chain = chain };
		uint32_t before, after = 0;
		int error = ruleset_new(table, &decoder.ruleset);

		if (error < 0)
			return error;
		error = nlsock_generation(socket, &before);
		if (error == 0)
			error = read(socket, &decoder, like);
		if (error == 0)
			error = nlsock_generation(socket, &after);
		if (error == 0 && before == after) {
			*ret_ruleset = decoder.ruleset;
			*ret_generation = after;
			if (ret_foreign)
				*ret_foreign = decoder.foreign;
			return 0;
		}
		ruleset_free(decoder.ruleset);
		/* Something that was there a moment ago may have gone: then look again. */
		if (error == -ENOENT && nlsock_generation(socket, &after) == 0 && before == after)
			return error;
		if (error < 0 && error != -EINTR && error != -ENOBUFS && error != -ENOENT)
			return error;
	}
	return -EAGAIN;
}

int decode_table(struct nlsock *socket, const char *table, const struct ruleset *like,
	struct ruleset **ret_ruleset, uint32_t *ret_generation)
{
	return read_unchanged(
		socket, table, NULL, like, read_all, ret_ruleset, ret_generation, NULL);
}

int decode_names(struct nlsock *socket, const char *table, struct ruleset **ret_ruleset,
	uint32_t *ret_generation, bool *ret_foreign)
{
	return read_unchanged(
		socket, table, NULL, NULL, read_names, ret_ruleset, ret_generation, ret_foreign);
}

int decode_contents(struct nlsock *socket, struct ruleset *names, const char *set, bool *ret_known)
{
	struct set *found = ruleset_find_set(names, set);
	size_t unknown = names->unknown_count;
	int error = decode_set_elements(socket, names, (size_t)(found - names->sets), NULL);

	if (error < 0)
		return error;
	ruleset_sort(names);
	*ret_known = names->unknown_count == unknown;
	return 0;
}

int decode_chain(struct nlsock *socket, const char *table, const char *chain,
	struct ruleset **ret_ruleset, uint32_t *ret_generation)
{
	return read_unchanged(
		socket, table, chain, NULL, read_chain, ret_ruleset, ret_generation, NULL);
}
