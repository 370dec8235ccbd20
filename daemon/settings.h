/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hedated's command line. */
#ifndef HEDATE_SETTINGS_H
#define HEDATE_SETTINGS_H

#include <stdbool.h>

/* Strings are those of the command line, or constant. */
struct settings {
	const char *config;
	const char *profiles; /* where to look for profiles and models first, or NULL */
	const char *run_directory;
	const char *user; /* NULL: the default */
	bool guard;	  /* only what is to be there before the network is, see guard.h */
	bool with_recorder;
	const char *recorder; /* NULL: beside us */
	const char *log_directory, *state_directory;
	bool no_persist; /* as on a kernel that does not know this flag of tables */
	bool unowned;	 /* the table is to be watched only, where it could be our own */
};

/* true: run. Else *ret_exit is the exit status: help was shown, or a complaint. */
bool settings_parse(int argc, char **argv, struct settings *ret_settings, int *ret_exit);

#endif
