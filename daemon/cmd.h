/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a command of hedate sees. Each lies in a file of its own, cmd_<name>.c, with the same parts
 * in the same order: what its options fill, its table of options, its usage, its work. Commands
 * return an exit code (ctlproto.h). What a person reads is translated, JSON never is.
 */
#ifndef HEDATE_CMD_H
#define HEDATE_CMD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "../lib/i18n.h"
#include "../lib/json.h"
#include "ctlproto.h"
#include "options.h"

enum color_mode {
	COLOR_AUTO,
	COLOR_ALWAYS,
	COLOR_NEVER,
};

struct cmd_usage;

/* What holds for every command. */
struct cli {
	const char *run_directory;
	const char *profiles; /* where to look for profiles and models first, or NULL */
	enum color_mode color_mode;
	bool json;
	bool no_pager;
	bool color;	  /* for stdout; known once the command's options were read */
	bool error_color; /* for stderr */
	/* Not to be run, only described: cmd_parse() hands over the usage, and the command ends. */
	void (*describe)(const struct cmd_usage *usage, void *data);
	void *describe_data;
};

struct command {
	const char *name;
	int (*function)(struct cli *cli, int argc, char **argv);
	const char *help; /* one line, marked for translation */
};

int cmd_approve(struct cli *cli, int argc, char **argv);
int cmd_close(struct cli *cli, int argc, char **argv);
int cmd_open(struct cli *cli, int argc, char **argv);
int cmd_proposal(struct cli *cli, int argc, char **argv);
int cmd_proposals(struct cli *cli, int argc, char **argv);
int cmd_refuse(struct cli *cli, int argc, char **argv);
int cmd_alert(struct cli *cli, int argc, char **argv);
int cmd_apply(struct cli *cli, int argc, char **argv);
int cmd_check(struct cli *cli, int argc, char **argv);
int cmd_completion(struct cli *cli, int argc, char **argv);
int cmd_compile(struct cli *cli, int argc, char **argv);
int cmd_confirm(struct cli *cli, int argc, char **argv);
int cmd_diff(struct cli *cli, int argc, char **argv);
int cmd_digest(struct cli *cli, int argc, char **argv);
int cmd_evidence(struct cli *cli, int argc, char **argv);
int cmd_exception(struct cli *cli, int argc, char **argv);
/* Its words, each with a --help of its own; the last has no name. */
extern const struct command cmd_exception_commands[];
int cmd_explain(struct cli *cli, int argc, char **argv);
int cmd_flush(struct cli *cli, int argc, char **argv);
int cmd_help(struct cli *cli, int argc, char **argv);
int cmd_history(struct cli *cli, int argc, char **argv);
int cmd_ha(struct cli *cli, int argc, char **argv);
int cmd_incident(struct cli *cli, int argc, char **argv);
int cmd_init(struct cli *cli, int argc, char **argv);
int cmd_inspect(struct cli *cli, int argc, char **argv);
/* Its words, each with a --help of its own; the last has no name. */
extern const struct command cmd_inspect_commands[];
int cmd_isolate(struct cli *cli, int argc, char **argv);
int cmd_isolated(struct cli *cli, int argc, char **argv);
int cmd_lint(struct cli *cli, int argc, char **argv);
int cmd_log(struct cli *cli, int argc, char **argv);
extern const struct command cmd_log_commands[]; /* likewise */
int cmd_log_export(struct cli *cli, int argc, char **argv);
int cmd_log_hold(struct cli *cli, int argc, char **argv);
int cmd_log_index(struct cli *cli, int argc, char **argv);
int cmd_log_pcap(struct cli *cli, int argc, char **argv);
int cmd_log_prove(struct cli *cli, int argc, char **argv);
int cmd_log_review(struct cli *cli, int argc, char **argv);
int cmd_log_show(struct cli *cli, int argc, char **argv);
int cmd_log_verify(struct cli *cli, int argc, char **argv);
int cmd_metrics(struct cli *cli, int argc, char **argv);
int cmd_paths(struct cli *cli, int argc, char **argv);
int cmd_prove(struct cli *cli, int argc, char **argv);
int cmd_replay(struct cli *cli, int argc, char **argv);
int cmd_report(struct cli *cli, int argc, char **argv);
int cmd_rollback(struct cli *cli, int argc, char **argv);
int cmd_quarantine(struct cli *cli, int argc, char **argv);
int cmd_release(struct cli *cli, int argc, char **argv);
int cmd_status(struct cli *cli, int argc, char **argv);
int cmd_zones(struct cli *cli, int argc, char **argv);

/* For --help. */
struct cmd_usage {
	const char *name;
	const char *operands; /* "FILE", marked for translation, or "" */
	const char *about;    /* a paragraph, marked for translation */
	const struct option_spec *options;
	size_t option_count;
};

/* An option (index in the usage's table) or operand (OPTIONS_OPERAND) of a command. 0, or
 * EXIT_USAGE after cmd_usage_error(). */
typedef int (*cmd_option)(int option, const char *value, void *data);

/* Read a command's line. function may be NULL for a command with neither options nor operands of
 * its own. True: go on; false: end with *ret_exit (--help, --version, a mistake). */
bool cmd_parse(struct cli *cli, const struct cmd_usage *usage, int argc, char **argv,
	cmd_option function, void *data, int *ret_exit);

/* Complain about the command line, EXIT_USAGE. */
__attribute__((format(printf, 2, 3))) int cmd_usage_error(
	const struct cmd_usage *usage, const char *format, ...);
/* Complain that something failed, EXIT_FAILED. */
__attribute__((format(printf, 1, 2))) int cmd_failed(const char *format, ...);

/*
 * What every command's JSON has as its first member, "json_version": a number that grows when a
 * member goes or comes to mean something else, not when one is added. Only the records of the log,
 * which are shown as they stand, are without it.
 */
#define CMD_JSON_VERSION 1

/* Write the object that json holds to stdout, its version first, with a newline, and clear it.
 * EXIT_OK, or EXIT_FAILED when memory had run out. */
int cmd_put_json(struct json *json);
/* The same, without what ends it ("}" and a newline), for a command that goes on by itself. */
int cmd_begin_json(struct json *json);
/* Write {"json_version": .., "key": [, for a list whose items follow; "]}" ends it. */
void cmd_begin_json_list(const char *key);
/* Write {"json_version": .., key: was it done?, "message": ..}: all that there is to say of a step.
 * exit_code again, or EXIT_FAILED when it could not be written. */
int cmd_put_json_done(const char *key, int exit_code, const char *message);

#endif
