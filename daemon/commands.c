/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "commands.h"

#include <string.h>

#include "../lib/suggest.h"

static const struct command commands[] = {
	{ "init", cmd_init, N_("write a first configuration for this host") },
	{ "check", cmd_check, N_("check a configuration, show what it permits") },
	{ "explain", cmd_explain, N_("what becomes of a packet, why, and what would permit it") },
	{ "lint", cmd_lint, N_("paths that a configuration would not miss") },
	{ "replay", cmd_replay, N_("what a configuration would do with captured traffic") },
	{ "compile", cmd_compile, N_("print the rule set of a configuration in nft's language") },
	{ "apply", cmd_apply, N_("put a configuration in force") },
	{ "confirm", cmd_confirm, N_("confirm the change that waits for it") },
	{ "rollback", cmd_rollback, N_("put a configuration in force again that was before") },
	{ "history", cmd_history, N_("the configurations that were put in force, by whom") },
	{ "proposals", cmd_proposals, N_("changes that wait for the approval of another person") },
	{ "proposal", cmd_proposal, N_("one of them, and what it would change") },
	{ "approve", cmd_approve, N_("put in force what another person has proposed") },
	{ "refuse", cmd_refuse, N_("refuse it, or take back what you have proposed") },
	{ "open", cmd_open, N_("ask to stop enforcing: NOTHING is blocked then") },
	{ "close", cmd_close, N_("enforce again, after that") },
	{ "status", cmd_status, N_("what is in force, and whether every block is on record") },
	{ "zones", cmd_zones, N_("zones, segments, interfaces, and the matrix of zone pairs") },
	{ "paths", cmd_paths, N_("permitted paths and how often they were used") },
	{ "prove", cmd_prove, N_("decide from the kernel's rules what can pass between zones") },
	{ "diff", cmd_diff, N_("which packets one rule set lets pass and another does not") },
	{ "exception", cmd_exception, N_("exceptions to the security policy, for a time") },
	{ "isolate", cmd_isolate, N_("cut off a zone, an interface or a peer, at once") },
	{ "quarantine", cmd_quarantine, N_("cut off one device") },
	{ "release", cmd_release, N_("end an isolation or quarantine") },
	{ "isolated", cmd_isolated, N_("what is cut off, by whom and why") },
	{ "log", cmd_log, N_("blocked flows and events on record") },
	{ "alert", cmd_alert, N_("follow the log, and tell somebody of what happens") },
	{ "incident", cmd_incident, N_("draft the report of an incident") },
	{ "report", cmd_report, N_("write the report of an audit, to be read and signed") },
	{ "inspect", cmd_inspect, N_("inspect the separation, keep the result, sign it off") },
	{ "evidence", cmd_evidence, N_("collect evidence in a signed directory") },
	{ "metrics", cmd_metrics, N_("the state of the gateway as numbers, for Prometheus") },
	{ "digest", cmd_digest, N_("what the other gateway of a pair compares") },
	{ "ha", cmd_ha, N_("has the other gateway of a pair the same in force?") },
	{ "flush", cmd_flush, N_("put everything that was counted on record now") },
	{ "help", cmd_help, N_("what a command is for, and its options") },
	/* For shells, not for people. */
	{ "completion", cmd_completion, NULL },
	{ 0 },
};

/* Accepted before and after the command. */
const struct option_spec commands_options[COMMON_COUNT] = {
	[COMMON_RUN] = { "run-directory", 'r', N_("DIR"), N_("where the daemon's socket is") },
	[COMMON_PROFILES] = { "profiles", 0, N_("DIR"),
		N_("look for profiles and models in DIR first") },
	[COMMON_COLOR] = { "color", 0, N_("WHEN"), N_("auto, always or never") },
	[COMMON_JSON] = { "json", 0, NULL, N_("write JSON, for programs") },
	[COMMON_NO_PAGER] = { "no-pager", 0, NULL,
		N_("print also what is longer than the screen at once") },
	[COMMON_HELP] = { "help", 'h', NULL, N_("show this help") },
	[COMMON_VERSION] = { "version", 'V', NULL, N_("show the version") },
};

const struct cmd_usage commands_usage = {
	"",
	N_("COMMAND ..."),
	N_("Keeps the networks of a municipality apart, and shows that it does."),
	NULL,
	0,
};

/* Commands whose first operand is one of these, each with options and a --help of its own. */
static const struct {
	const char *name;
	const struct command *words;
} worded[] = {
	{ "", commands },
	{ "exception", cmd_exception_commands },
	{ "inspect", cmd_inspect_commands },
	{ "log", cmd_log_commands },
};

const struct command *commands_below(const char *name)
{
	for (size_t i = 0; i < sizeof(worded) / sizeof(worded[0]); i++)
		if (strcmp(worded[i].name, name) == 0)
			return worded[i].words;
	return NULL;
}

const struct command *commands_find(
	const struct command *list, const char *name, const char **ret_meant)
{
	struct suggest suggest = { .word = name };

	for (; list->name; list++) {
		if (strcmp(list->name, name) == 0)
			return list;
		if (list->help)
			suggest_consider(&suggest, list->name);
	}
	*ret_meant = suggest.best;
	return NULL;
}
