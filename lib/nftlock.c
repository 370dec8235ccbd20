/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nftlock.h"

#include <errno.h>

#include "nftgen.h"
#include "nftxact.h"
#include "nftxact_impl.h"

#define PRIORITY 5 /* after our own table, which sets the mark */

int nftlock_can(struct nlsock *socket, bool *ret_can)
{
	return nftxact_probe(socket, false, ret_can);
}

/* ct mark != 0 accept */
static int add_rule(struct chain *chain)
{
	struct rule *rule = chain_add_rule(chain);
	struct statement *mark = rule ? rule_add_statement(rule, STMT_COMPARE) : NULL;

	if (!mark)
		return -ENOMEM;
	mark->selectors[0] = SEL_CT_MARK;
	mark->selector_count = 1;
	mark->negate = true;
	struct statement *verdict = rule_add_statement(rule, STMT_VERDICT);

	if (!verdict)
		return -ENOMEM;
	verdict->verdict = VERDICT_ACCEPT;
	return 0;
}

static int make(const struct nlsock *socket, struct ruleset **ret_ruleset)
{
	struct ruleset *ruleset;
	int error = ruleset_new(LOCK_TABLE, &ruleset);

	if (error < 0)
		return error;
	ruleset->owner = nlsock_port(socket);
	struct chain *chain = ruleset_add_chain(ruleset, "forward");

	error = chain ? add_rule(chain) : -ENOMEM;
	if (error < 0) {
		ruleset_free(ruleset);
		return error;
	}
	chain->hook = HOOK_FORWARD;
	chain->priority = PRIORITY;
	chain->policy_drop = true;
	*ret_ruleset = ruleset;
	return 0;
}

/* One that is not ours alone cannot be made so: it goes, and comes anew. */
int nftlock_put(struct nlsock *socket, struct diag_list *diags)
{
	struct ruleset *lock;
	int error = make(socket, &lock);

	if (error < 0)
		return error;
	error = nftxact_apply(socket, lock, NULL, diags);
	ruleset_free(lock);
	return error;
}

static int delete_lock(struct nftgen *batch, const struct ruleset *ruleset)
{
	(void)ruleset;
	return nftgen_delete_table(batch, LOCK_TABLE);
}

int nftlock_remove(struct nlsock *socket)
{
	return nftxact_send(socket, NULL, delete_lock);
}
