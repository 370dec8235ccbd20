/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nftxact_refusal.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "errtext.h"
#include "i18n.h"
#include "nlsock.h"

static const struct diag_loc nowhere = { 0 };

static void explain_permission(struct diag_list *diags)
{
	diag_add(diags, DIAG_ERROR, nowhere,
		_("run as root, or with CAP_NET_ADMIN in the network namespace of the gateway; "
		  "when another program has made the table its own (nft list tables shows flags "
		  "owner), end that program"),
		_("the kernel does not permit reading or changing its packet filter"));
}

static void explain_no_nftables(struct diag_list *diags)
{
	diag_add(diags, DIAG_ERROR, nowhere,
		_("load the module nf_tables, or boot a kernel with CONFIG_NF_TABLES and "
		  "CONFIG_NF_TABLES_INET"),
		_("the kernel has no nf_tables"));
}

int refusal_of_reading(int error, struct diag_list *diags)
{
	if (error == -EPERM)
		explain_permission(diags);
	else if (error == -EOPNOTSUPP || error == -EPROTONOSUPPORT)
		explain_no_nftables(diags);
	else if (error == -EAGAIN)
		diag_add(diags, DIAG_ERROR, nowhere,
			_("find the program that does so (nft monitor), and end it"),
			_("other programs change the kernel's packet filter all the time"));
	else
		diag_add(diags, DIAG_ERROR, nowhere, NULL,
			_("reading the kernel's packet filter: %s"), errtext(error));
	return error == -EPROTONOSUPPORT ? -EOPNOTSUPP : error;
}

/* Expressions that may be modules of their own, and what brings them. The others are part of
 * nf_tables since Linux 5.17. */
static const struct {
	const char *expression, *option, *module;
} modules[] = {
	{ "ct", "CONFIG_NFT_CT", "nft_ct" },
	{ "log", "CONFIG_NFT_LOG, CONFIG_NETFILTER_NETLINK_LOG", "nft_log, nfnetlink_log" },
	{ "objref", "CONFIG_NFT_OBJREF", "nft_objref" },
	{ "counter", "CONFIG_NFT_COUNTER", "nft_counter" },
	{ "limit", "CONFIG_NFT_LIMIT", "nft_limit" },
};

static int explain_expression(const char *name, struct diag_loc loc, struct diag_list *diags)
{
	for (size_t i = 0; i < sizeof(modules) / sizeof(modules[0]); i++) {
		char fix[160];

		if (strcmp(modules[i].expression, name) != 0)
			continue;
		snprintf(fix, sizeof(fix), _("load %s, or boot a kernel with %s"),
			modules[i].module, modules[i].option);
		diag_add(diags, DIAG_ERROR, loc, fix,
			_("the kernel has no nf_tables expression \"%s\""), name);
		return -EOPNOTSUPP;
	}
	diag_add(diags, DIAG_ERROR, loc, _("boot a kernel of version 5.17 or later"),
		_("the kernel has no nf_tables expression \"%s\""), name);
	return -EOPNOTSUPP;
}

/* Expressions that were told of: every rule that uses one is refused, once is enough. */
struct told {
	char names[4][32];
	size_t count;
};

static bool is_told(struct told *told, const char *name)
{
	for (size_t i = 0; i < told->count; i++)
		if (strcmp(told->names[i], name) == 0)
			return true;
	if (told->count < sizeof(told->names) / sizeof(told->names[0]))
		snprintf(told->names[told->count++], sizeof(told->names[0]), "%s", name);
	return false;
}

static int explain_error(const struct nftgen *batch, const struct nlsock_error *error,
	const char *file, struct told *told, struct diag_list *diags)
{
	struct diag_loc loc = { .file = file };
	char text[300], name[sizeof(told->names[0])];

	nftgen_describe(batch, error, text, sizeof(text), &loc.line);
	if (loc.line == 0)
		loc.file = NULL;
	if ((error->error == ENOENT || error->error == EOPNOTSUPP) &&
		nftgen_refused_expression(batch, error, name, sizeof(name)))
		return is_told(told, name) ? -EOPNOTSUPP : explain_expression(name, loc, diags);
	if (error->error == EPERM) {
		explain_permission(diags);
		return -EPERM;
	}
	if (error->error == EOPNOTSUPP || error->error == EAFNOSUPPORT) {
		diag_add(diags, DIAG_ERROR, loc,
			_("boot a kernel with CONFIG_NF_TABLES and CONFIG_NF_TABLES_INET"),
			_("the kernel does not support this: %s"), text);
		return -EOPNOTSUPP;
	}
	diag_add(diags, DIAG_ERROR, loc, NULL, _("the kernel refuses %s: %s%s%s"), text,
		errtext(-error->error), error->text[0] ? ": " : "", error->text);
	return error->error == ENOMEM ? -ENOMEM : -EINVAL;
}

int refusal_of_owner(uint32_t port, struct diag_list *diags)
{
	diag_add(diags, DIAG_ERROR, nowhere,
		_("when another hedated runs in this network namespace, end it; else find that "
		  "program, and end it (nft list tables shows flags owner)"),
		_("another program has made table hedate its own (netlink port %u, as a rule the "
		  "number of its process)"),
		port);
	return -EPERM;
}

int refusal_of_writing(
	const struct nftgen *batch, int error, const char *file, struct diag_list *diags)
{
	struct diag_loc loc = { 0 };
	char text[300] = "";

	if (batch)
		nftgen_describe_last(batch, text, sizeof(text), &loc.line);
	if (loc.line)
		loc.file = file;
	diag_add(diags, DIAG_ERROR, loc, NULL, _("writing %s for the kernel: %s"), text,
		errtext(error));
	return error;
}

int refusal_of_batch(const struct nftgen *batch, int error, const struct nlsock_error *errors,
	size_t count, const char *file, struct diag_list *diags)
{
	struct told told = { .count = 0 };
	int result = 0;

	for (size_t i = 0; i < count && result != -EPERM; i++) {
		int one = explain_error(batch, &errors[i], file, &told, diags);

		if (result == 0 || result == -EINVAL)
			result = one;
	}
	if (count)
		return result;
	if (error == -EMSGSIZE) {
		diag_add(diags, DIAG_ERROR, nowhere,
			_("run with CAP_NET_ADMIN in the first user namespace, or raise the sysctl "
			  "net.core.wmem_max"),
			_("the rule set is larger than what this process may send at once"));
		return error;
	}
	if (error == -EPERM) {
		explain_permission(diags);
		return error;
	}
	diag_add(diags, DIAG_ERROR, nowhere, NULL, _("sending the rule set to the kernel: %s"),
		errtext(error));
	return error;
}
