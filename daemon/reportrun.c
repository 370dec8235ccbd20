/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "reportrun.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "../lib/errtext.h"
#include "exceptionfile.h"
#include "language.h"
#include "store.h"

#define UNUSED_DAYS 90

void reportask_init(const struct cli *cli, struct reportask *ask)
{
	*ask = (struct reportask){
		.language = "ja",
		.log = LOG_DIRECTORY,
		.index = LOG_INDEX_DIRECTORY,
		.unused_days = UNUSED_DAYS,
		.inforce = {
			.own = CONFIG_FILE,
			.profiles = cli->profiles,
			.exceptions = STATE_DIRECTORY "/" EXCEPTIONFILE_NAME,
		},
	};
}

void reportask_take(struct reportask *ask, enum reportask_option option, const char *value)
{
	const char **const places[REPORTASK_OPTIONS] = {
		[REPORTASK_SNAPSHOT] = &ask->snapshot,
		[REPORTASK_CONFIG] = &ask->inforce.config,
		[REPORTASK_EXCEPTIONS] = &ask->inforce.exceptions,
		[REPORTASK_LOG] = &ask->log,
		[REPORTASK_INDEX] = &ask->index,
	};

	if (option == REPORTASK_NO_VERIFY)
		ask->no_verify = true;
	else
		*places[option] = value;
}

static int find_policy(
	struct inforce inforce, int64_t now, struct diag_list *diags, struct policy **ret_policy)
{
	char problem[INFORCE_PROBLEM_MAX];
	int r;

	inforce.now = now;
	r = inforce_policy(&inforce, diags, problem, ret_policy);
	if (r == -ENOMEM)
		return cmd_failed(_("out of memory"));
	if (r < 0 && r != -EINVAL)
		return cmd_failed("%s", problem);
	return r < 0 ? EXIT_CONFIG : EXIT_OK;
}

static void fill_head(struct report *report, const struct reportask *ask)
{
	struct report_head *head = &report->head;
	struct utsname name;

	head->language = report_keep(report, ask->language);
	head->made = ask->now;
	head->since = ask->since;
	head->until = ask->until;
	head->program = HEDATE_VERSION;
	if (!ask->snapshot && uname(&name) == 0)
		head->machine = report_keep(report, name.nodename);
	head->auditor = report_keep(report, ask->auditor);
	head->auditee = report_keep(report, ask->auditee);
}

/* What was looked at, by its digest. */
static void fill_evidence(struct reportrun *run, struct reportfacts *facts)
{
	const struct snapshot *snapshot = run->taken.snapshot;

	facts->snapshot_evidence = report_evidence_add(run->report, "snapshot",
		snapshot->machine ? snapshot->machine : "", "SHA-256", run->taken.digest,
		sizeof(run->taken.digest));
	facts->policy_evidence = report_evidence_add(run->report, "configuration",
		run->policy->file, "BLAKE2b-256", run->policy->digest, sizeof(run->policy->digest));
}

/* Beside which file the configurations lie that were put in place. A file that is named may be one
 * of another gateway, or a copy, with its own beside it; or one that is only asked about. */
static const char *store_owner(const struct inforce *inforce)
{
	return inforce->config && store_is_there(inforce->config) ? inforce->config : inforce->own;
}

static int gather(const struct cli *cli, const struct reportask *ask, struct reportrun *run)
{
	struct reportfacts facts = {
		.cli = cli,
		.now = ask->now,
		.since = ask->since,
		.until = ask->until,
		.policy = run->policy,
		.taken = &run->taken,
		.certificate = &run->proof.certificate,
		.exceptions = ask->inforce.exceptions,
		.log = ask->log,
		.index = ask->index,
		.own = store_owner(&ask->inforce),
		.previous = ask->previous,
		.unused_days = ask->unused_days,
		.no_verify = ask->no_verify,
		.live = !ask->snapshot,
	};
	struct language language = { .variable = NULL };
	int r;

	if (report_new(&run->report) < 0 || language_begin(&language, ask->language) < 0)
		return cmd_failed(_("out of memory"));
	run->report->zone = run->zone;
	fill_head(run->report, ask);
	fill_evidence(run, &facts);
	r = reportfill(run->report, &facts);
	language_end(&language);
	return r < 0 ? cmd_failed(_("out of memory")) : EXIT_OK;
}

int reportrun(const struct cli *cli, const struct reportask *ask, struct diag_list *diags,
	struct reportrun *ret_run)
{
	struct reportrun *run = ret_run;
	int exit_code, r;

	memset(run, 0, sizeof(*run));
	exit_code = takesnapshot(cli, ask->snapshot, diags, &run->taken);
	if (exit_code != EXIT_OK)
		return exit_code;
	exit_code = find_policy(ask->inforce,
		run->taken.snapshot->time ? run->taken.snapshot->time : ask->now, diags,
		&run->policy);
	if (exit_code != EXIT_OK)
		return exit_code;
	proofrun_init(&run->proof, run->taken.snapshot, run->taken.digest, run->policy, ask->now);
	r = proofrun_decide(&run->proof);
	if (r < 0)
		return cmd_failed("%s", r == -ENOMEM ? _("out of memory") : errtext(r));
	/* Without it times are in UTC, which they say. */
	(void)zonetime_load(run->policy->time_zone, &run->zone);
	return gather(cli, ask, run);
}

void reportrun_clear(struct reportrun *run)
{
	report_free(run->report);
	proofrun_clear(&run->proof);
	zonetime_free(run->zone);
	policy_free(run->policy);
	takesnapshot_clear(&run->taken);
	memset(run, 0, sizeof(*run));
}
