/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a shell completes of a command line, from the table of commands: its words, its options, and
 * of what kind each argument is. The kind follows from the name that --help shows for it: FILE is a
 * file, PATH a permitted path. Printed as a script by one file for each shell.
 */
#ifndef HEDATE_COMPLETION_H
#define HEDATE_COMPLETION_H

#include <stdio.h>

#include "cmd.h"

/*
 * One of these, each with what may be offered:
 *	""			nothing: it is a person's to write
 *	"file", "directory"	names of files, of directories
 *	"words:a b c"		these words
 *	"values:KIND"		what hedate completion values KIND tells (completion_values.h)
 */
#define COMPLETION_KIND_MAX	512
#define COMPLETION_OPERANDS_MAX 4

struct completion_operand {
	char kinds[2][COMPLETION_KIND_MAX]; /* the second one: an alternative, or "" */
	char name[32];			    /* as --help shows it, untranslated */
};

struct completion {
	const char *name; /* "log verify"; "" for what comes before the command */
	const char *help; /* NULL for "" and commands that are not shown */
	const struct cmd_usage *usage;
	const struct command *words; /* below it, or NULL */
	struct completion_operand operands[COMPLETION_OPERANDS_MAX];
	size_t operand_count;
};

/* Call function for "" and every command that is shown, those below others included. */
typedef void (*completion_function)(const struct completion *completion, void *data);
void completion_walk(struct cli *cli, completion_function function, void *data);

/* The kind of an option's argument, by its name; "unknown:NAME" for one that is not known, which is
 * a mistake in the table. */
void completion_kind(const char *command, const char *argument, char kind[COMPLETION_KIND_MAX]);
/* Of option i, the common ones behind the command's own; NULL past the last. */
const struct option_spec *completion_option(const struct completion *completion, size_t i);
/* May its argument be left out? */
bool completion_is_optional(const struct option_spec *spec);

/* The script for a shell, on stdout. installed: for every language that people have, so that it
 * asks hedate again where descriptions are not in English. */
void completion_bash(struct cli *cli);
void completion_fish(struct cli *cli, bool installed);
void completion_zsh(struct cli *cli, bool installed);

/* Print the values of a kind that hedated, or this host, knows now, one a line. Says nothing when
 * they cannot be known, or when it takes longer than a person waits. False: no such kind. */
bool completion_values(const struct cli *cli, const char *kind);

#endif
